"""Your history without a browser: what comes back is distrusted, shown, put back and checked."""

from __future__ import annotations

import datetime as dt
import json
import logging
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from assistant.assembly import Assistant
from assistant.chat_models.records import Address
from assistant.corpus import Library
from assistant.errors import ConfigurationError
from assistant.interface import load_texts, texts_file
from assistant.schema import Answer, Statement
from assistant.settings import Settings, read_settings
from assistant.web import build_app
from assistant.web.history import checks as history_checks
from assistant.web.history import place
from assistant.web.history import views as look
from assistant.web.history.checks import standing
from assistant.web.history.records import (
    LONGEST_TITLE,
    MOST_ANSWERS,
    MOST_CHARACTERS,
    MOST_LISTED,
    Kept,
    Reopened,
    Reopener,
    answers_of,
    listing_of,
)
from tests import fakes_web as fake
from tests.small_library import ASK_LAW, ASK_SUPERVISION
from tests.test_web import StagedAssistant

TEXTS = load_texts()
TODAY = dt.date(2026, 11, 29)
ID = "0123456789abcdef0123456789abcdef"
HOSTILE = "<img src=x onerror=alert(1)>"
JS = Path(look.__file__).parent.with_name("static") / "history.js"


def row(**more: Any) -> dict[str, Any]:
    return {"id": ID, "title": "Can I say no?", "when": "2026-11-29T07:05", "count": 2} | more


def listed(rows: list[Any], **more: str) -> str:
    data = {"entries": json.dumps(rows), "state": "on", "today": TODAY.isoformat()}
    counts = {"total": str(len(rows)), "found": str(len(rows))}
    return str(look.listing(listing_of(data | counts | more), TEXTS))


def record(answer: Answer) -> str:
    return json.dumps(answer.model_dump(mode="json"), ensure_ascii=False, indent=2)


def records(*answers: Answer | str) -> str:
    return json.dumps([a if isinstance(a, str) else record(a) for a in answers])


def order(*answers: Answer | str, **more: str) -> dict[str, str]:
    data = {"id": ID, "key": "ab" * 16, "rev": "cd" * 16, "when": "2026-11-12T07:05"}
    return data | {"today": TODAY.isoformat(), "records": records(*answers)} | more


# ---------------------------------------------------------------- the list


def test_list_is_by_day_with_the_newest_first() -> None:
    shown = listed(
        [
            row(id="a" * 32, title="Older", when="2026-11-12T23:59", count=1),
            row(id="b" * 32, title="Noon", when="2026-11-29T12:00"),
            row(id="c" * 32, title="Before", when="2026-11-28T00:01"),
            row(id="d" * 32, title="Morning", when="2026-11-29T07:05"),
        ]
    )
    order_ = ["Today", "Noon", "Morning", "Yesterday", "Before", "12 November 2026", "Older"]
    places = [shown.index(f">{words}<") for words in order_]
    assert places == sorted(places)
    assert "4 conversations" in shown
    assert "2 answers" in shown
    assert "1 answer<" in shown


def test_each_way_to_change_one_names_what_it_is_about() -> None:
    shown = listed([row(title="First"), row(id="b" * 32, title="Second")])
    for title in ("First", "Second"):
        assert shown.count(f'<span class="heard">: {title}</span>') == 3
    assert f'href="?place=history&amp;view={ID}"' in shown


@pytest.mark.parametrize(
    "broken",
    [
        {},
        "no entry",
        None,
        7,
        row(id="../../etc"),
        row(id=HOSTILE),
        row(title=""),
        row(title="   "),
        row(title="x" * (LONGEST_TITLE + 1)),
        row(title=["a"]),
        row(when="yesterday"),
        row(when="2026-13-40T07:05"),
        row(when="2026-11-29T25:61"),
        row(count=0),
        row(count="many"),
    ],
)
def test_what_is_no_entry_is_counted_and_left_out(broken: object) -> None:
    asked = listing_of({"entries": json.dumps([row(), broken])})
    assert [entry.id for entry in asked.entries] == [ID]
    assert asked.broken == 1
    assert "One kept conversation cannot be read" in listed([row(), broken])


@pytest.mark.parametrize("entries", ["", "{", "{}", "null", "[" * 100_000, '"' + "x" * 50 + '"'])
def test_nonsense_lists_nothing(entries: str) -> None:
    asked = listing_of({"entries": entries, "total": "-1", "found": "9" * 40, "today": "soon"})
    assert asked.entries == ()
    assert (asked.total, asked.found, asked.state) == (0, 0, "off")
    assert asked.today == dt.date.today()


def test_hostile_titles_are_text() -> None:
    shown = listed([row(title=f'{HOSTILE}" onclick="x')])
    assert "<img" not in shown
    assert 'onclick="x"' not in shown
    assert "&lt;img" in shown


def test_list_is_capped_and_says_so() -> None:
    rows = [row(id=f"{n:032x}") for n in range(MOST_LISTED)]
    shown = listed(rows, total="450", found="300")
    assert shown.count("data-kept-open") == MOST_LISTED
    assert f"The newest {MOST_LISTED} are shown" in shown
    asked = listing_of({"entries": json.dumps([row(id=f"{n:032x}") for n in range(900)])})
    assert len(asked.entries) == MOST_LISTED


def test_empty_is_said_only_where_something_will_come() -> None:
    assert "Nothing is kept yet" in listed([], total="0")
    assert listed([], total="0", state="off") == ""
    assert "Try fewer" in listed([], total="3", found="0", query="yes")
    assert "1 of 3 conversations" in listed([row()], total="3", found="1", query="yes")
    assert "1 conversation<" in listed([row()])


def test_all_that_is_kept_can_be_deleted_even_if_none_can_be_read() -> None:
    shown = listed([], total="0", broken="2", state="off")
    assert "2 kept conversations cannot be read" in shown
    assert 'data-dialog="history-delete-all"' in shown


def test_only_known_words_are_said() -> None:
    assert look.said(HOSTILE, TEXTS) is None
    assert look.said("", TEXTS) is None
    for name in look.SAID:
        assert 'role="status"' in str(look.said(name, TEXTS))
    assert all(TEXTS(f"history.{name}") for name in look.TROUBLES)


def test_script_says_nothing_that_has_no_words() -> None:
    source = JS.read_text(encoding="utf-8")
    said = re.findall(r'\b(?:say|relist)\((?:\w+ \? )?"(\w+)"', source)
    assert {"busy", "deleted", "renamed", "gone", "not_deleted"} <= set(said) <= set(look.SAID)
    told = set(re.findall(r'"(full|large|\w+_kept)"', source))
    assert told == set(look.TROUBLES)


def test_every_sentence_of_the_place_is_used() -> None:
    table = tomllib.loads(texts_file().read_text(encoding="utf-8"))["history"]
    web = Path(look.__file__).parent
    source = "".join(p.read_text(encoding="utf-8") for p in web.glob("*.py"))
    made = {f"said_{name}" for name in look.SAID} | set(look.TROUBLES)
    made |= {"is_on", "is_off", "is_off_kept", "unavailable", "rename", "export", "delete"}
    made |= {f"{n}{one}" for n in ("unknown", "sentences", "left_out") for one in ("", "_one")}
    made |= {name for name in table if name.startswith(("finding_", "status_"))}
    assert [n for n in table if f'history.{n}"' not in source and n not in made] == []


# ---------------------------------------------------------------- what comes back


def test_records_that_are_kept_come_back_as_they_were() -> None:
    answer = fake.restraint()
    assert answers_of(records(answer)) == ((answer,), 0)


@pytest.mark.parametrize(
    "broken",
    [
        "",
        "{",
        "null",
        "[" * 50_000,
        '{"question": "q"}',
        record(fake.restraint()).replace('"outcome"', '"ending"'),
        record(fake.restraint())[:-40],
        record(fake.restraint("x" * MOST_CHARACTERS)),
    ],
)
def test_records_that_are_broken_are_counted_and_left_out(broken: str) -> None:
    found, left_out = answers_of(records(broken, fake.restraint(), broken))
    assert [answer.question for answer in found] == [fake.RESTRAINT]
    assert left_out == 2


def test_records_are_capped() -> None:
    answer = fake.unknown("how many?")
    assert len(answers_of(records(*[answer] * (MOST_ANSWERS + 5)))[0]) == MOST_ANSWERS
    assert answers_of("[" + " " * 13_000_000 + "]") == ((), 0)
    assert answers_of('[1, null, {"a": 1}]') == ((), 3)


@pytest.mark.parametrize("danger", [fake.crisis_self("q"), fake.crisis_other("q")])
def test_danger_never_comes_back(danger: Answer) -> None:
    assert answers_of(records(danger)) == ((), 0)
    own = fake.restraint().model_copy(update={"risk_subject": "own"})
    assert answers_of(records(own, fake.restraint()))[0] == (fake.restraint(),)


# ---------------------------------------------------------------- putting back


@pytest.fixture
def desk() -> Reopener:
    return Reopener(StagedAssistant(), TEXTS)


def test_conversation_can_be_gone_on_with(desk: Reopener) -> None:
    again = desk.reopen(order(fake.restraint(), fake.unknown("how many peers?")))
    back = place._put_back(desk, again)
    assert [turn.question for turn in back.turns] == [fake.RESTRAINT, "how many peers?"]
    html = back.html()
    assert html.index("From your history, 12 November 2026") < html.index('id="a1-question"')
    assert 'id="a2-question"' in html
    after = list(desk.ask("And after that?", back, "{}"))[-1].conversation
    assert after.html().count("From your history") == 1
    assert 'id="a3-question"' in after.html()
    assert isinstance(desk.assistant, StagedAssistant)
    assert [t.question for t in desk.assistant.asked[-1][1]] == [fake.RESTRAINT, "how many peers?"]


def test_banner_tells_the_script_which_conversation_it_is(desk: Reopener) -> None:
    shown = look.banner(desk.reopen(order(fake.restraint(), "{}")), TEXTS)
    assert f'data-reopened="{ID}"' in shown
    assert f'data-key="{"ab" * 16}"' in shown
    assert f'data-rev="{"cd" * 16}"' in shown
    assert 'data-left-out="1"' in shown
    assert "One answer of it cannot be read" in shown
    hostile = desk.reopen(order(fake.restraint(), id=HOSTILE, key='" onload="x', rev="../x"))
    assert (hostile.id, hostile.key, hostile.rev) == ("", "", "")


def test_hostile_records_are_text(desk: Reopener) -> None:
    answer = fake.restraint(HOSTILE)
    said = fake.said(f"{HOSTILE} says the sentence.", 1)
    bad = answer.citations[0].model_copy(
        update={"title": HOSTILE, "locator": HOSTILE, "url": "javascript:alert(1)", "text": HOSTILE}
    )
    answer = answer.model_copy(
        update={"summary": (said,), "citations": (bad, *answer.citations[1:])}
    )
    html = place._put_back(desk, desk.reopen(order(answer))).html()
    assert "<img" not in html
    assert 'href="javascript:' not in html


@pytest.mark.parametrize(
    ("when", "words"),
    [
        ("2026-11-29T07:05", "From your history, today at 07:05"),
        ("2026-11-28T07:05", "From your history, 28 November 2026"),
        ("nonsense", "Your history"),
    ],
)
def test_day_is_said(desk: Reopener, when: str, words: str) -> None:
    assert f">{words}</h2>" in look.banner(desk.reopen(order(fake.restraint(), when=when)), TEXTS)


def test_a_check_that_fails_is_said_and_logged_without_words(
    desk: Reopener, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fails(*_: object) -> None:
        raise RuntimeError(fake.RESTRAINT)

    monkeypatch.setattr("assistant.web.history.records.standing", fails)
    with caplog.at_level(logging.DEBUG):
        again = desk.reopen(order(fake.restraint()))
    assert again.standing is None
    assert "cannot be told just now" in look.banner(again, TEXTS)
    assert "RuntimeError" in caplog.text
    assert "restraint" not in caplog.text


def test_nothing_readable_gives_no_conversation(desk: Reopener) -> None:
    again = desk.reopen(order("{", ""))
    assert again.answers == ()
    assert again.left_out == 2
    assert place._put_back(desk, again).shown == ()


# ---------------------------------------------------------------- what it rests on


@pytest.fixture(scope="module")
def law(small_assistant: Assistant) -> Answer:
    found = small_assistant.ask(ASK_LAW)
    assert found.outcome == "answered"
    return found


@pytest.fixture(scope="module")
def supervision(small_assistant: Assistant) -> Answer:
    return small_assistant.ask(ASK_SUPERVISION)


def test_all_notes_stand(law: Answer, supervision: Answer, small_data: Library) -> None:
    found = standing((law, supervision, law), small_data)
    notes = {c.evidence_id for a in (law, supervision) for c in a.citations}
    assert found == history_checks.Standing(len(notes))
    assert f"All {len(notes)} notes" in banner_of(found)


def banner_of(found: history_checks.Standing | None, left_out: int = 0) -> str:
    moment = dt.datetime(2026, 11, 12, 7, 5)
    two = (fake.restraint(), fake.restraint())
    return str(look.banner(Reopened(ID, "", "", moment, TODAY, two, left_out, found), TEXTS))


def test_a_note_that_reads_otherwise_now_is_named(supervision: Answer, small_data: Library) -> None:
    cited = supervision.citations[0]
    note = small_data.notes[cited.evidence_id]
    other = note.model_copy(update={"text": note.text.replace("four", "six") + " Now."})
    library = library_with(small_data, {note.id: other})
    found = standing((supervision,), library)
    assert [(c.citation.evidence_id, c.finding) for c in found.changed] == [(note.id, "altered")]
    shown = banner_of(found)
    count = found.notes
    one = f"1 of the {count} notes that it rests on has changed since."
    assert (one if count > 1 else "has changed since") in shown
    assert "Reads otherwise now." in shown
    assert f'data-go="source:{cited.source_id}"' in shown
    assert f"In the answer to “{ASK_SUPERVISION}”" in shown


def library_with(library: Library, notes: dict[str, Any]) -> Library:
    sources = {
        key: source.model_copy(update={"notes": tuple(notes.get(n.id, n) for n in source.notes)})
        for key, source in library.sources.items()
    }
    made = object.__new__(type(library))
    for name, value in vars(library).items():
        object.__setattr__(made, name, value)
    object.__setattr__(made, "sources", sources)
    object.__setattr__(made, "notes", {n.id: n for s in sources.values() for n in s.notes})
    return made


def test_a_note_that_is_gone_is_named(law: Answer, small_data: Library) -> None:
    gone = law.citations[0].model_copy(update={"evidence_id": "nobody-2001-1"})
    answer = law.model_copy(update={"citations": (gone, *law.citations[1:])})
    found = standing((answer,), small_data)
    assert [c.finding for c in found.changed] == ["gone"]
    assert "No longer in the library." in banner_of(found)


def test_a_source_that_was_replaced_since_is_named(law: Answer, small_data: Library) -> None:
    before = law.citations[0].model_copy(update={"status": "retracted"})
    answer = law.model_copy(update={"citations": (before, *law.citations[1:])})
    found = standing((answer,), small_data)
    assert [(c.finding, c.status) for c in found.changed] == [("unchanged", "current")]
    assert "counts as current again" in banner_of(found)


def test_a_record_that_was_tampered_with_is_named(law: Answer, small_data: Library) -> None:
    bent = law.citations[0].model_copy(update={"text": "You must restrain people."})
    answer = law.model_copy(update={"citations": (bent, *law.citations[1:])})
    assert [c.finding for c in standing((answer,), small_data).changed] == ["broken"]
    twice = (*law.citations, bent.model_copy(update={"text_sha256": bent.text_sha256}))
    found = standing((law.model_copy(update={"citations": twice}),), small_data)
    assert {c.finding for c in found.changed} == {"broken"}
    assert "was changed after it was kept" in banner_of(found)


def test_a_sentence_that_no_brief_holds_is_counted(law: Answer, small_data: Library) -> None:
    first = law.summary[0]
    other = Statement.model_validate(
        first.model_dump() | {"text": "Peers must never be trained.", "verbatim": False}
    )
    answer = law.model_copy(update={"summary": (other, *law.summary[1:])})
    found = standing((answer,), small_data)
    assert (found.changed, found.sentences) == ((), 1)
    assert "One of its sentences would be put otherwise today." in banner_of(found)


class Shut:
    """Documents that cannot be read."""

    def span(self, document_id: str, start: int, end: int) -> str | None:
        raise ConfigurationError("shut", "")

    def whereabouts(self, text: str, first: str) -> str | None:
        raise ConfigurationError("shut", "")

    def status(self, document_id: str) -> str | None:
        raise ConfigurationError("shut", "")


def test_what_cannot_be_read_is_not_called_changed(law: Answer, small_data: Library) -> None:
    passage = law.citations[0].model_copy(update={"span": (0, 10), "evidence_id": "doc:0-10"})
    answer = law.model_copy(update={"citations": (passage, *law.citations[1:])})
    for documents in (None, Shut()):
        found = standing((answer,), small_data, documents)
        assert [c.finding for c in found.unknown] == ["unreadable"]
        assert found.changed == ()
        assert "Of one note it cannot be told" in banner_of(found)
        assert 'data-go="document:' in banner_of(found)


@pytest.mark.parametrize(
    ("notes", "changed", "words"),
    [
        (1, 0, "The one note that it rests on stands in the library as it did."),
        (1, 1, "The one note that it rests on has changed since."),
        (12, 0, "All 12 notes that it rests on stand"),
        (12, 1, "1 of the 12 notes that it rests on has changed since."),
        (12, 3, "3 of the 12 notes that it rests on have changed since."),
    ],
)
def test_one_and_many_are_said_right(notes: int, changed: int, words: str) -> None:
    one = history_checks.Changed(fake.citation(1, fake.ORDER[0]), "q", "gone")
    assert words in banner_of(history_checks.Standing(notes, (one,) * changed))
    assert "2 answers of it cannot be read" in banner_of(None, left_out=2)


# ---------------------------------------------------------------- the place


def page(**settings: object) -> str:
    assistant = StagedAssistant()
    assistant.settings = read_settings(home=assistant.settings.home, **settings)
    return json.dumps(build_app(assistant).get_config_file(), default=str, ensure_ascii=False)


def test_whoever_runs_the_page_can_forbid_it_for_everybody() -> None:
    shown = page(history=False)
    assert "data-history-forbidden" in shown
    assert "switched the history off for everybody" in shown
    assert "data-history-switch" not in shown
    assert "channel-history" not in shown


def test_place_begins_with_the_switch_off() -> None:
    shown = page()
    assert "data-history-forbidden" not in shown
    assert "channel-history" in shown
    assert "checked" not in str(look.controls(TEXTS, None))


@pytest.mark.parametrize(
    ("address", "words"),
    [
        (None, "Stays on this computer. Your questions"),
        (Address("ollama", "small", "http://localhost:1", "localhost:1", True), "ollama:small"),
        (Address("openai", "large", "", "api.openai.com", False), "goes to api.openai.com"),
    ],
)
def test_while_it_is_on_the_page_says_that_questions_are_kept(
    address: Address | None, words: str
) -> None:
    said = look.kept_words(TEXTS, address)
    assert words in said
    assert "kept in this browser" in said


def test_setting_is_on_by_default_and_changes_no_answer() -> None:
    assert Settings().history is True
    assert read_settings(history=False).answer_hash() == read_settings().answer_hash()


def test_entries_keep_to_the_form_that_the_script_writes() -> None:
    assert Kept.model_validate(row()).moment == dt.datetime(2026, 11, 29, 7, 5)
    source = JS.read_text(encoding="utf-8")
    for name, value in {
        "MOST_LISTED": MOST_LISTED,
        "MOST_ANSWERS": MOST_ANSWERS,
        "MOST_CHARACTERS": MOST_CHARACTERS,
        "LONGEST_TITLE": LONGEST_TITLE,
    }.items():
        assert f"const {name} = {value};" in source
