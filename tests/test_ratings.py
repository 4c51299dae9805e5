"""What readers mark: kept in one private file, never lost, never of danger; drafts of cases."""

from __future__ import annotations

import datetime as dt
import json
import stat
import sys
import threading
from pathlib import Path

import pytest
import yaml
from pydantic import ValidationError

from assistant.cli import main
from assistant.errors import ConfigurationError, UsageError
from assistant.ratings import (
    FILE,
    TO_JUDGE,
    Rating,
    Ratings,
    draft_case,
    may_be_rated,
    rating_of,
    sentences_of,
)
from evals.cases import AnswerCase
from tests import fakes_web as fake

DAY = dt.date(2026, 11, 29)


def marked(words: str = "") -> Rating:
    return rating_of(
        fake.restraint(),
        "partly",
        {"summary.1": "out-of-date", "next_steps.0": "unclear"},
        words,
        lambda: DAY,
    )


def test_a_mark_is_kept_and_read_back(tmp_path: Path) -> None:
    store, rating = Ratings(tmp_path), marked("Mr Zebedee says the training is old")
    store.keep(rating)
    assert store.read().ratings == (rating,)
    assert (rating.day, rating.outcome, rating.library_version) == (DAY, "answered", "0")
    assert [mark.reason for mark in rating.marks] == ["out-of-date", "unclear"]
    assert "Zebedee" not in store.path.read_text()
    assert "uofa-2018-act-6" in rating.cited


def test_the_file_is_its_owners_alone(tmp_path: Path) -> None:
    if sys.platform == "win32":
        pytest.skip("rights are other things on Windows")
    store = Ratings(tmp_path)
    store.path.touch(mode=0o644)
    store.keep(marked())
    assert stat.S_IMODE(store.path.stat().st_mode) == 0o600
    store.keep(marked())
    store.delete(store.read().ratings[0].id)
    assert stat.S_IMODE(store.path.stat().st_mode) == 0o600


def test_every_sentence_stands_once_with_its_notes() -> None:
    sentences = sentences_of(fake.restraint())
    texts = [sentence.text for sentence in sentences]
    assert len(texts) == len(set(texts))
    assert "Check your job description and what training you hold." in texts
    assert sentences[1].notes == ("uofa-2018-act-6", "hcsw-code-england-2")


@pytest.mark.parametrize(
    "answer",
    [
        fake.crisis_self("q"),
        fake.crisis_other("q"),
        fake.clarify("q"),
        fake.answer("q", "failed"),
        fake.answer("q", "declined", risk_subject="own"),
    ],
)
def test_nothing_is_kept_where_somebody_may_be_in_danger(answer: object) -> None:
    assert not may_be_rated(answer)  # type: ignore[arg-type]
    with pytest.raises(UsageError):
        rating_of(answer, "wrong", {})  # type: ignore[arg-type]


def test_switched_off_nothing_is_written_but_what_is_there_can_go(tmp_path: Path) -> None:
    Ratings(tmp_path).keep(marked())
    off = Ratings(tmp_path, switched_on=False)
    with pytest.raises(ConfigurationError) as caught:
        off.keep(marked())
    assert "PEER_SUPPORT_RATINGS" in caught.value.hint
    assert len(off.read().ratings) == 1
    assert off.delete_all() == 1
    assert not (tmp_path / FILE).exists()


def test_a_mark_must_name_a_sentence() -> None:
    with pytest.raises(ValidationError):
        Rating.model_validate({**marked().model_dump(), "sentences": ()})


def test_broken_lines_are_named_and_not_lost(tmp_path: Path) -> None:
    store, first, second = Ratings(tmp_path), marked(), marked()
    store.keep(first)
    with store.path.open("ab") as file:
        file.write(b'{"id": "cut sh')
    store.keep(second)
    with store.path.open("ab") as file:
        file.write(b"\xff not even text\n")
    held = store.read()
    assert held.ratings == (first, second)
    assert [broken.line for broken in held.broken] == [2, 4]
    assert store.delete(first.id)
    assert not store.delete(first.id)
    assert store.path.read_bytes().startswith(b'{"id": "cut sh\n')
    assert b"\xff not even text\n" in store.path.read_bytes()
    assert store.read().ratings == (second,)
    assert store.delete_all() == 3


def test_many_may_write_at_once(tmp_path: Path) -> None:
    store = Ratings(tmp_path / "new")
    threads = [
        threading.Thread(target=lambda: [store.keep(marked()) for _ in range(5)]) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    held = store.read()
    assert (len(held.ratings), held.broken) == (20, ())


def test_a_file_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    (tmp_path / FILE).mkdir()
    store = Ratings(tmp_path)
    for act in (lambda: store.keep(marked()), store.read):
        with pytest.raises(ConfigurationError) as caught:
            act()
        assert FILE in caught.value.message


# ---------------------------------------------------------------- drafts of cases


def test_a_draft_holds_what_a_person_needs_and_is_no_case() -> None:
    draft = draft_case(marked("too old"))
    assert draft["question"] == fake.RESTRAINT
    assert draft["what_happened"]["outcome"] == "answered"
    assert "uofa-2018-act-6" in draft["what_happened"]["cited_notes"]
    assert draft["what_was_marked"]["words"] == "too old"
    assert draft["what_was_marked"]["sentences"][0]["reason"] == "out-of-date"
    assert draft["what_was_marked"]["sentences"][0]["notes"]
    with pytest.raises(ValidationError):
        AnswerCase.model_validate(draft)


def test_a_draft_that_somebody_judged_is_a_case() -> None:
    draft = draft_case(marked())
    for name in ("draft", "what_happened", "what_was_marked"):
        draft.pop(name)
    with pytest.raises(ValidationError):
        AnswerCase.model_validate(draft)
    draft |= {"user": "psw", "expected": "answer", "contested": True, "why": "Notes say so."}
    assert AnswerCase.model_validate(draft).question == fake.RESTRAINT


# ---------------------------------------------------------------- the command


@pytest.fixture
def store() -> Ratings:
    from assistant.settings import read_settings

    found = Ratings(read_settings().home)
    found.keep(marked("too old"))
    found.keep(marked())
    return found


def test_the_list_shows_what_was_marked(store: Ratings, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["ratings", "list"]) == 0
    shown = capsys.readouterr()
    assert "partly" in shown.out
    assert "out-of-date:" in shown.out
    assert "“too old”" in shown.out
    assert "2 marks. Marking is on." in shown.err
    assert main(["ratings", "list", "--json"]) == 0
    data = json.loads(capsys.readouterr().out)
    assert [Rating.model_validate(one) for one in data["ratings"]] == list(store.read().ratings)


def test_broken_lines_are_told(store: Ratings, capsys: pytest.CaptureFixture[str]) -> None:
    with store.path.open("ab") as file:
        file.write(b"{}\n")
    for command in (["ratings", "list"], ["ratings", "cases"]):
        assert main(command) == 0
        assert "line 3 cannot be read" in capsys.readouterr().err


def test_drafts_are_readable_and_written_whole(
    store: Ratings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "drafts.yaml"
    assert main(["ratings", "cases", "--output", str(file)]) == 0
    text = file.read_text(encoding="utf-8")
    assert text.startswith("# Drafts of cases")
    drafts = yaml.safe_load(text)
    assert [draft["draft"] for draft in drafts] == [True, True]
    assert drafts[0]["expected"].startswith(TO_JUDGE)
    assert main(["ratings", "cases", "--output", str(file)]) == 2
    assert "there already" in capsys.readouterr().err
    assert main(["ratings", "cases", "--output", str(file), "--force", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"path": str(file), "drafts": 2}
    assert main(["ratings", "cases", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == drafts


def test_drafts_never_come_to_lie_among_the_cases(
    store: Ratings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "evals" / "cases"
    folder.mkdir(parents=True)
    assert main(["ratings", "cases", "--output", str(folder / "answers-dev.jsonl")]) == 2
    assert "nobody has judged them" in capsys.readouterr().err
    assert list(folder.iterdir()) == []


def test_one_or_all_are_deleted(store: Ratings, capsys: pytest.CaptureFixture[str]) -> None:
    first, second = store.read().ratings
    assert main(["ratings", "delete", first.id]) == 0
    assert "1 mark deleted." in capsys.readouterr().err
    assert store.read().ratings == (second,)
    assert main(["ratings", "delete", first.id]) == 2
    assert "There is no mark" in capsys.readouterr().err
    for wrong in ([], [second.id, "--all"]):
        assert main(["ratings", "delete", *wrong]) == 2
    capsys.readouterr()
    assert main(["ratings", "delete", "--all", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"deleted": 1}
    assert not store.path.exists()


def test_nothing_marked_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["ratings", "list"]) == 0
    assert main(["ratings", "cases"]) == 0
    shown = capsys.readouterr()
    assert shown.out == ""
    assert "0 marks" in shown.err
    assert "0 drafts" in shown.err
