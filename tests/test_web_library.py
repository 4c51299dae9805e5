"""Topics and the library on the page: groups, search, figures, uses, references; no browser."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import re
from collections.abc import Callable
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from assistant.checklists.reading import read_checklists
from assistant.corpus import Library, read_library
from assistant.counting import counts, tallies
from assistant.errors import CorpusError
from assistant.interface import Texts, load_texts
from assistant.presentation.markup import Html
from assistant.readings import Readings, read_readings
from assistant.resources import bundled_folder
from assistant.scenarios.reading import read_situations
from assistant.schema import Screening
from assistant.web.desk import Assistant
from assistant.web.downloads import Downloads
from assistant.web.library import figures as library_figures
from assistant.web.library import shelves
from assistant.web.library.charts import Part, Plot, figure
from assistant.web.library.desk import LibraryDesk
from assistant.web.library.figures import Figures
from assistant.web.library.search import Finder, Found, nearest, spans
from assistant.web.library.topic_groups import beside, grouped, name_of, read_groups, related
from assistant.web.library.topics import CONTESTED, with_anchors
from assistant.web.library.uses import SHOWN, uses_by_source
from tests import fakes_web as fake
from tests.situations import write_situations
from tests.small_checklists import write_checklists
from tests.small_library import write_library

CORPUS = bundled_folder("corpus")
TODAY = dt.date(2026, 11, 29)


@pytest.fixture(scope="module")
def bundled() -> Library:
    return read_library(CORPUS)


@pytest.fixture
def assistant() -> Any:
    return fake.FakeAssistant()


@pytest.fixture
def texts() -> Texts:
    return load_texts()


@pytest.fixture
def desk(assistant: Any, texts: Texts) -> LibraryDesk:
    return LibraryDesk(assistant, texts, Downloads(), lambda: TODAY)


def read_by_eye(markup: str) -> str:
    """The words of markup, without its elements."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", markup)).split())


class Balanced(HTMLParser):
    """Complains of elements that are not closed in order, and of ids that stand twice."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.ids += [value for name, value in attrs if name == "id" and value]
        if tag not in {"input", "br", "hr", "meta", "link"}:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def sound(markup: str) -> str:
    parser = Balanced()
    parser.feed(markup)
    assert parser.open == []
    assert len(parser.ids) == len(set(parser.ids))
    return markup


# ---------------------------------------------------------------- groups of topics


def test_every_bundled_brief_has_one_group_with_a_name(bundled: Library, texts: Texts) -> None:
    table = read_groups(CORPUS)
    named = [one for ids in table.values() for one in ids]
    assert sorted(named) == sorted(bundled.briefs)
    for group in grouped(bundled.briefs, table):
        assert name_of(group, texts) == texts(f"topics.group_{group.slug.replace('-', '_')}")


def test_a_brief_that_the_table_forgot_comes_last(texts: Texts) -> None:
    briefs = {n: fake.BRIEF.model_copy(update={"id": n, "title": n.title()}) for n in "cab"}
    groups = grouped(briefs, {"one": ("b", "gone"), "empty": ("gone",)})
    assert [[b.id for b in g.briefs] for g in groups] == [["b"], ["a", "c"]]
    assert name_of(groups[0], texts) == "One"
    assert name_of(groups[1], texts) == texts("topics.group_more")
    assert beside(briefs["a"], groups) == (groups[1], None, briefs["c"])
    assert beside(briefs["c"], groups) == (groups[1], briefs["a"], None)


@pytest.mark.parametrize("content", ["[a, b]", "one: a", "one: [1]", "one: [a", "\xff"])
def test_a_broken_table_is_named(tmp_path: Path, content: str) -> None:
    (tmp_path / "brief-groups.yaml").write_bytes(content.encode("latin-1"))
    with pytest.raises(CorpusError, match=r"brief-groups\.yaml"):
        read_groups(tmp_path)


def test_topics_are_listed_although_the_table_is_broken(
    assistant: Any, texts: Texts, tmp_path: Path
) -> None:
    (tmp_path / "brief-groups.yaml").write_text("[", encoding="utf-8")
    assistant.settings = assistant.settings.model_copy(update={"corpus": tmp_path})
    desk = LibraryDesk(assistant, texts, Downloads())
    assert "Restraint and your role" in desk.topics()


def test_no_table_is_one_group(tmp_path: Path, bundled: Library) -> None:
    assert read_groups(tmp_path) == {}
    assert len(grouped(bundled.briefs, {})) == 1


def test_related_topics_share_notes_or_topics(bundled: Library) -> None:
    found = related(bundled.briefs["restraint"], bundled.briefs)
    assert len(found) == 5
    assert "restraint" not in {brief.id for brief in found}
    assert "used-as-hca" in {brief.id for brief in found}
    alone = fake.BRIEF.model_copy(update={"topics": ("nothing-else",)})
    assert (
        related(
            alone, {"restraint": alone, "who-supervises": bundled.briefs["pay-and-progression"]}
        )
        == ()
    )


# ---------------------------------------------------------------- pages of topics


def test_the_list_says_where_sources_disagree_and_when_it_was_written(desk: LibraryDesk) -> None:
    page = sound(desk.topics())
    words = read_by_eye(page)
    assert "Tasks, and the limits of the role" in words
    assert "Sources disagree on one question" in words
    assert "Written November 2026, review by November 2027" in words
    assert "No English rule in this library says that you must restrain" in words
    assert f'href="?topic={CONTESTED}peers-and-restraint"' in page
    assert "can i say no to restraint?" in page


def test_an_overdue_review_is_told(assistant: Any, texts: Texts) -> None:
    desk = LibraryDesk(assistant, texts, Downloads(), lambda: dt.date(2028, 1, 1))
    assert "Review was due by 21 November 2027" in read_by_eye(desk.topics())


def test_topics_without_briefs_say_so(desk: LibraryDesk, assistant: Any) -> None:
    assistant.library.briefs.clear()
    assert "No topic pages" in desk.topics()


def test_a_topic_has_its_parts_its_neighbours_and_its_address(
    assistant: Any, bundled: Library, texts: Texts
) -> None:
    assistant.library = bundled
    desk = LibraryDesk(assistant, texts, Downloads(), lambda: TODAY)
    page = sound(desk.topic("restraint"))
    parts = re.findall(r'data-to-part="([^"]+)"', page)
    assert len(parts) >= 4
    for part in parts:
        assert f'id="{part}"' in page
    assert 'data-copy-link="?topic=restraint"' in page
    assert "data-print" in page
    assert page.index("Being used as a healthcare assistant") < page.rindex("Medication and")
    assert 'data-go="topic:contested.restraint"' in page
    assert page.index("</h1>") < page.index('class="summary"') < page.index(parts[0])


def test_first_and_last_of_a_group_have_one_neighbour(
    assistant: Any, bundled: Library, texts: Texts
) -> None:
    assistant.library = bundled
    desk = LibraryDesk(assistant, texts, Downloads())
    first, *_, last = read_groups(CORPUS)["tasks-and-limits"]
    assert 'class="before"' not in desk.topic(first)
    assert 'class="after"' in desk.topic(first)
    assert 'class="after"' not in desk.topic(last)


def test_topic_by_its_subject_and_unknown(desk: LibraryDesk) -> None:
    assert "Restraint and your role" in desk.topic("restraint")
    assert "no topic page of that name" in desk.topic("<script>")
    assert "<script>" not in desk.topic("<script>")
    assert "no topic page of that name" in desk.topic("contested.nothing")


def test_a_contested_question_shows_every_position_alike(desk: LibraryDesk) -> None:
    page = sound(desk.topic(CONTESTED + "peers-and-restraint"))
    assert page.count('class="position"') == 2
    assert "2 positions" in page
    assert "Australia&#x27;s national guidelines" in page
    assert 'data-go="topic:restraint"' in page


def test_anchors_keep_ids_and_words() -> None:
    page, parts = with_anchors(Html('<h2 id="a">A &amp; B</h2><h2><em>C</em></h2>'), "part")
    assert parts == (("a", "A &amp; B"), ("part-2", "C"))
    assert '<h2 id="a" tabindex="-1">' in page
    assert '<h2 id="part-2" tabindex="-1"><em>C</em></h2>' in page


def test_every_bundled_topic_can_be_shown(assistant: Any, bundled: Library, texts: Texts) -> None:
    assistant.library = bundled
    desk = LibraryDesk(assistant, texts, Downloads())
    sound(desk.topics())
    for brief in bundled.briefs:
        assert "<article" in desk.topic(brief)
    for question in bundled.contested:
        assert "contested-page" in desk.topic(CONTESTED + question)


# ---------------------------------------------------------------- searching


def titles(found: list[Found]) -> list[str]:
    return [one.source.id for one in found]


def anything(_: object) -> bool:
    return True


@pytest.mark.parametrize(
    ("typed", "first", "field"),
    [
        ("perkins", "perkins-repper-2019", "author"),
        ("contested TASKS", "perkins-repper-2019", "title"),
        ("berlin ward", "badouin-2023-restraint", "note"),
        ("frontiers 2023", "badouin-2023-restraint", "published"),
        ("preventing attenuat", "badouin-2023-restraint", "title"),
        ("umbrian restraints", "badouin-2023-restraint", None),
        ("the Act's", "uofa-2018-act", "title"),
    ],
)
def test_words_are_found_where_they_stand(typed: str, first: str, field: str | None) -> None:
    found = Finder(fake.FakeLibrary()).find(typed, anything)
    if field is None:
        assert found == []
        return
    assert found[0].source.id == first
    assert field in found[0].fields


def test_every_word_must_stand_somewhere_and_inflections_count() -> None:
    finder = Finder(fake.FakeLibrary())
    assert titles(finder.find("restraint berlin", anything)) == ["badouin-2023-restraint"]
    assert finder.find("restraint umbria", anything) == []
    reducing = {"badouin-2023-restraint", "bluebird-2003"}
    assert set(titles(finder.find("reduces", anything))) == reducing


def test_accents_and_marks_do_not_matter() -> None:
    library = fake.FakeLibrary()
    named = library.sources["bluebird-2003"].model_copy(update={"authors": ("Müller-Œuvre É",)})
    library.sources["bluebird-2003"] = named
    assert titles(Finder(library).find("muller", anything)) == ["bluebird-2003"]


def test_titles_come_before_notes_and_orders_can_be_chosen(bundled: Library) -> None:
    finder = Finder(bundled)
    best = finder.find("supervision", anything)
    assert "title" in best[0].fields
    by_title = finder.find("supervision", anything, "title")
    assert set(titles(best)) == set(titles(by_title))
    years = [one.source.year or 0 for one in finder.find("supervision", anything, "newest")]
    assert years == sorted(years, reverse=True)
    steps = [shelves.strength(o.source.kind) for o in finder.find("", anything, "strongest")]
    assert steps[0] == "law"
    assert steps == sorted(steps, key=["law", "guidance", "research", "opinion"].index)


def test_marks_stand_on_the_words_that_were_found() -> None:
    text = "Supervising peers, and “supervision” by a supervisor."
    assert [text[a:b] for a, b in spans(text, "supervision")] == ["Supervising", "supervision"]
    assert shelves.with_marks("<b> & peers", "peer") == "&lt;b&gt; &amp; <mark>peers</mark>"


@pytest.mark.parametrize(
    ("form", "count"),
    [
        ({}, 6),
        ({"q": "badouin"}, 1),
        ({"country": "USA"}, 1),
        ({"kind": "legislation"}, 1),
        ({"year": "2020"}, 2),
        ({"topic": "restraint"}, 6),
        ({"who": "peer-led"}, 1),
        ({"who": "nobody"}, 6),
        ({"status": "superseded"}, 1),
        ({"strength": "law"}, 1),
        ({"strength": "guidance", "country": "England"}, 1),
        ({"q": "nothing-like-this"}, 0),
    ],
)
def test_choices_narrow_the_list(desk: LibraryDesk, form: dict[str, object], count: int) -> None:
    assert len(shelves.find(desk.assistant.library, form)) == count


def test_the_shelf_counts_marks_and_offers_more(
    desk: LibraryDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "6 sources" in desk.shelf({})
    assert "1 of 6 sources" in desk.shelf({"q": "badouin"})
    found = sound(desk.shelf({"q": "berlin", "country": "Germany"}))
    assert "In one of its notes" in found
    assert "<mark>Berlin</mark>" in found
    assert "Narrowed to Germany" in found
    assert "In the title" in desk.shelf({"q": "attenuating"})
    assert "Superseded" in desk.shelf({"q": "bluebird"})
    assert "No source fits that" in desk.shelf({"kind": "charter"})
    monkeypatch.setattr(shelves, "PAGE", 4)
    assert "Show 2 more" in desk.shelf({})
    assert 'data-more="8"' in desk.shelf({})
    assert "data-more" not in desk.shelf({"shown": "8"})


def test_a_hostile_search_is_text(desk: LibraryDesk) -> None:
    page = desk.shelf({"q": "<img src=x onerror=alert(1)>", "sort": "<b>", "shown": "-1"})
    assert "<img" not in page
    assert 'data-ask="&lt;img' in page


def test_where_no_word_is_found_the_nearest_in_meaning_stand(
    desk: LibraryDesk, assistant: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def search(query: str, top: int = 10, filters: object = None) -> list[Any]:
        assert query == "made to hold somebody down"
        pairs = [("uofa-2018-act", "uofa-2018-act-6"), ("gone", "gone-1"), ("bluebird-2003",) * 2]
        return [SimpleNamespace(source_id=one[0], evidence_id=one[1]) for one in pairs]

    monkeypatch.setattr(assistant, "search", search)
    page = sound(desk.shelf({"q": "made to hold somebody down"}))
    assert "No source has all of these words" in page
    assert "Mental Health Units (Use of Force) Act 2018" in page
    assert 'data-ask="made to hold somebody down"' in page
    narrowed = desk.shelf({"q": "made to hold somebody down", "country": "Wales"})
    assert "Mental Health Units" not in narrowed


def test_help_stands_first_where_somebody_writes_of_their_own_danger(
    desk: LibraryDesk, assistant: Any
) -> None:
    def screen(words: str) -> Screening:
        subject = "own" if "end it" in words else "none"
        return Screening.model_construct(risk_subject=subject)

    assistant.screen = screen
    page = desk.shelf({"q": "i want to end it tonight"})
    assert page.index('href="tel:999"') < page.index("No source has all of these words")
    assert "tel:999" not in desk.shelf({"q": "how to end a contract kindly"})


def test_nearest_sources_come_once_with_their_notes() -> None:
    library = fake.FakeLibrary()
    found = nearest(
        [("uofa-2018-act", "uofa-2018-act-6"), ("uofa-2018-act", "uofa-2018-act-9")], library
    )
    assert [len(one.notes) for one in found] == [2]


# ---------------------------------------------------------------- where a source is used


@pytest.fixture
def furnished(tmp_path: Path) -> tuple[Path, Library]:
    """The small library with checklists and situations."""
    folder = write_library(tmp_path / "furnished")
    write_checklists(folder)
    write_situations(folder)
    return folder, read_library(folder)


def test_uses_are_what_rests_on_a_note(furnished: tuple[Path, Library]) -> None:
    folder, library = furnished
    checklists = read_checklists(folder, library)
    situations = read_situations(folder, library)
    uses = uses_by_source(library, checklists, {"supervising": "Supervising"}, situations)
    for source_id, held in uses.items():
        notes = {note.id for note in library.sources[source_id].notes}
        for brief in held.briefs:
            assert notes & {n for s in brief.sentences() for n in s.notes}
        for _, row in held.rows:
            assert notes & set(row.notes)
        assert len({row.id for _, row in held.rows}) == len(held.rows)
    guide = uses["supervision-guide-2020"]
    assert [row.id for _, row in guide.rows] == ["supervising-every-four-weeks"]
    assert [stage for stage, _ in guide.rows] == ["Supervising"]
    assert "two-chairs" in {situation.id for situation in guide.situations}


def test_topics_with_most_on_a_source_come_first(bundled: Library) -> None:
    for source_id, held in uses_by_source(bundled).items():
        notes = {note.id for note in bundled.sources[source_id].notes}
        resting = [
            sum(len(notes & set(s.notes)) for s in brief.sentences()) for brief in held.briefs
        ]
        assert resting == sorted(resting, reverse=True), source_id


def test_a_source_says_where_it_is_used(
    assistant: Any, furnished: tuple[Path, Library], texts: Texts
) -> None:
    folder, library = furnished
    assistant.library = library
    assistant.managers = SimpleNamespace(
        checklists=read_checklists(folder, library), stage_titles={"supervising": "Supervising"}
    )
    assistant.trainers = SimpleNamespace(situations=read_situations(folder, library))
    page = sound(LibraryDesk(assistant, texts, Downloads()).source("supervision-guide-2020"))
    assert 'href="?place=managers&amp;view=checklists"' in page
    assert 'href="?place=trainers&amp;view=exercise"' in page
    assert "Two chairs" in page
    assert "What we noted" in page


def test_broken_checklists_do_not_take_the_page_with_them(assistant: Any, texts: Texts) -> None:
    class Broken:
        @property
        def checklists(self) -> Any:
            raise CorpusError("checklists/a.yaml", "rows", "is broken")

        stage_titles: dict[str, str] = {}  # noqa: RUF012

    assistant.managers = Broken()
    page = LibraryDesk(assistant, texts, Downloads()).source("uofa-2018-act")
    assert 'data-go="topic:restraint"' in page


def test_many_uses_are_folded(assistant: Any, texts: Texts) -> None:
    briefs = {f"b{n}": fake.BRIEF.model_copy(update={"id": f"b{n}"}) for n in range(SHOWN + 3)}
    assistant.library = fake.FakeLibrary(briefs=briefs)
    page = sound(LibraryDesk(assistant, texts, Downloads()).source("uofa-2018-act"))
    assert "Show 3 more" in page
    assert page.count('data-go="topic:b') == SHOWN + 3


def test_a_source_that_nothing_rests_on_says_so(desk: LibraryDesk) -> None:
    page = desk.source("perkins-repper-2019")
    assert "No topic page, checklist or exercise rests on its notes" in page


def test_an_unknown_source_is_said_calmly(desk: LibraryDesk) -> None:
    assert "no source of that name" in desk.source("nothing")


def test_what_breaks_is_one_calm_sentence(
    desk: LibraryDesk, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError("secret words")

    monkeypatch.setattr(shelves, "find", broken)
    page = desk.shelf({"q": "secret words"})
    assert "could not be shown" in page
    assert "secret words" not in page + caplog.text


# ---------------------------------------------------------------- references


def test_the_reference_stands_in_three_styles(desk: LibraryDesk) -> None:
    page = desk.source("badouin-2023-restraint")
    for style in ("harvard", "apa", "vancouver"):
        assert f'data-copy="cite-{style}"' in page
        assert f'id="cite-{style}"' in page
    assert "<em>Frontiers in Psychiatry</em>" in page


def fetched(link: str, downloads: Downloads) -> tuple[str, bytes]:
    key = re.search(r"/download/([^/]+)/", link)
    assert key is not None
    made = downloads.get(key[1])
    assert made is not None
    return made.name, made.content


@pytest.mark.parametrize(
    ("form", "suffix", "holds"),
    [
        ("bibtex", ".bib", lambda text: text.startswith("@article")),
        ("ris", ".ris", lambda text: text.startswith("TY  - JOUR")),
        ("csl", ".json", lambda text: json.loads(text)[0]["DOI"] == "10.3389/fpsyt.2023.1089484"),
    ],
)
def test_a_file_for_a_reference_manager(
    desk: LibraryDesk, form: str, suffix: str, holds: Callable[[str], bool]
) -> None:
    link = desk.reference({"source": "badouin-2023-restraint", "form": form})
    name, content = fetched(link, desk.downloads)
    assert name == f"badouin-2023-restraint{suffix}"
    assert holds(content.decode("utf-8"))


def test_no_file_of_another_form_or_source(desk: LibraryDesk) -> None:
    assert desk.reference({"source": "badouin-2023-restraint", "form": "exe"}) == ""
    assert desk.reference({"source": "../etc", "form": "ris"}) == ""
    assert desk.reference({}) == ""


# ---------------------------------------------------------------- figures


@pytest.fixture(scope="module")
def figures(bundled: Library) -> Figures:
    return Figures(bundled, read_readings(CORPUS), TODAY, load_texts())


def test_bars_add_up_to_what_is_counted(figures: Figures, bundled: Library) -> None:
    for plot in library_figures.source_plots(figures):
        assert sum(part.count for part in plot.rows) == len(bundled.sources), plot.id
        assert sum(part.count for part in plot.bars(figures.texts)) in {
            len(bundled.sources),
            sum(part.count for part in plot.rows),
        }
    for plot in library_figures.note_plots(figures):
        total = sum(part.count for part in plot.rows)
        assert total > len(bundled.notes) if plot.overlaps else total == len(bundled.notes)


def test_lines_of_a_table_lead_to_what_they_count(figures: Figures, bundled: Library) -> None:
    from urllib.parse import parse_qsl

    led = 0
    for plot in library_figures.source_plots(figures):
        for part in plot.rows:
            if part.shelf:
                form: dict[str, object] = dict(parse_qsl(part.shelf))
                found = [s for s in bundled.sources.values() if shelves.fits(s, form)]
                assert len(found) == part.count, part
                led += 1
    assert led > 30


def test_figures_are_those_of_the_command(figures: Figures, bundled: Library) -> None:
    readings = figures.readings
    assert readings is not None
    told = counts(bundled, readings)
    assert told["by_country"] == tallies(bundled)["by_country"]
    country = next(p for p in library_figures.source_plots(figures) if p.id == "country")
    assert [part.count for part in country.rows] == list(told["by_country"].values())
    words = read_by_eye(sound(library_figures.figures_page(figures)))
    for number in (told["sources"], told["notes"], told["briefs"], told["contested"]):
        assert f"{number:,}" in words
    assert bundled.version in words
    assert f"{told['not_reached_notes']} of them" in words


def test_a_plot_is_told_without_colour(texts: Texts) -> None:
    plot = Plot("x", "By <b>", "Most are A.", "Sources", "Name", (Part("A & B", 3), Part("C", 0)))
    page = sound(figure(plot, texts))
    assert 'role="img"' in page
    assert ">A &amp; B</text>" in page
    assert ">3</text>" in page
    assert 'width="100.00%"' in page
    assert 'width="0.00%"' in page
    assert '<th scope="row">C</th><td class="number">0</td>' in page
    assert "<b>" not in page


def test_a_long_plot_draws_the_rest_as_one_bar(texts: Texts) -> None:
    rows = tuple(Part(f"{n}", 20 - n) for n in range(10))
    plot = Plot("x", "T", "S", "N", "C", rows, most=4)
    bars = plot.bars(texts)
    assert [bar.count for bar in bars] == [20, 19, 18, 17, 16 + 15 + 14 + 13 + 12 + 11]
    assert "6 others" in bars[-1].label
    assert len(Plot("x", "T", "S", "N", "C", rows[:5], most=4).bars(texts)) == 5
    assert len(Plot("x", "T", "S", "N", "C", rows, most=4, overlaps=True).bars(texts)) == 4


@pytest.mark.parametrize(
    ("days", "label"),
    [
        (0, "In the last 3 months"),
        (91, "In the last 3 months"),
        (92, "3 to 6 months ago"),
        (365, "6 to 12 months ago"),
        (540, "12 to 18 months ago"),
        (600, "More than 18 months ago, so due"),
    ],
)
def test_age_of_the_last_check(assistant: Any, texts: Texts, days: int, label: str) -> None:
    checked = TODAY - dt.timedelta(days=days)
    sources = {
        id_: source.model_copy(update={"checked": checked})
        for id_, source in assistant.library.sources.items()
    }
    held = Figures(fake.FakeLibrary(sources=sources), None, TODAY, texts)
    age = next(plot for plot in library_figures.source_plots(held) if plot.id == "age")
    assert {part.label: part.count for part in age.rows if part.count} == {label: len(sources)}


def test_what_is_due_is_listed_with_its_reason(assistant: Any, texts: Texts) -> None:
    later = Figures(assistant.library, None, dt.date(2028, 12, 1), texts)
    words = read_by_eye(library_figures.figures_page(later))
    assert "Replaced by something newer" in words
    assert "Past its review date" in words
    assert "Not checked for long" in words
    standing = {i: s for i, s in assistant.library.sources.items() if s.status == "current"}
    calm = Figures(fake.FakeLibrary(sources=standing), None, TODAY, texts)
    assert "Nothing is past its review date" in library_figures.figures_page(calm)


def test_the_file_of_figures_holds_every_row(desk: LibraryDesk) -> None:
    name, content = fetched(desk.figures_file(), desk.downloads)
    assert name == "library-figures-2026-11-29.csv"
    assert content.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))
    assert all(len(row) == 3 for row in rows)
    assert ["From which country (Sources)", "Germany", "1"] in rows
    assert ["", "Notes", "8"] in rows


def test_figures_are_counted_once_a_day(assistant: Any, texts: Texts) -> None:
    days = [TODAY, TODAY, TODAY + dt.timedelta(days=400)]
    desk = LibraryDesk(assistant, texts, Downloads(), lambda: days[0])
    first = desk.figures()
    assistant.library.sources.pop("bluebird-2003")
    assert desk.figures() == first
    days[0] = days[2]
    assert desk.figures() != first


def test_an_empty_library_has_figures(texts: Texts) -> None:
    nothing = fake.FakeLibrary(sources={}, notes={}, note_source={}, briefs={}, contested={})
    page = sound(library_figures.figures_page(Figures(nothing, None, TODAY, texts)))
    assert "Sources" in page


def test_readings_that_are_broken_are_left_out(
    assistant: Any, furnished: tuple[Path, Library], texts: Texts
) -> None:
    folder, library = furnished
    (folder / "readings").mkdir()
    (folder / "readings" / "a.yaml").write_text("id: [", encoding="utf-8")
    assistant.library = library
    assistant.settings = assistant.settings.model_copy(update={"corpus": folder})
    page = LibraryDesk(assistant, texts, Downloads()).figures()
    assert "a second time" not in page
    assert library.version in page
    unread = Figures(library, Readings({}, {}), TODAY, texts)
    assert "0 of" in library_figures.figures_page(unread)


# ---------------------------------------------------------------- another language


def test_words_of_the_library_are_marked_where_the_page_is_in_another_language(
    assistant: Any,
) -> None:
    table = load_texts()._table
    welsh = Texts(table, "cy")
    desk: LibraryDesk = LibraryDesk(assistant, welsh, Downloads(), lambda: TODAY)
    for page in (desk.topics(), desk.shelf({}), desk.source("uofa-2018-act")):
        assert 'lang="en"' in page
    assert 'lang="en"' not in LibraryDesk(assistant, load_texts(), Downloads()).topics()


def test_the_assistant_of_the_page_is_enough(assistant: Any) -> None:
    """Neither tools for managers and trainers nor a screen are needed."""
    held: Assistant = assistant
    assert not hasattr(held, "managers")
    assert "Where it is used" in LibraryDesk(held, load_texts(), Downloads()).source(
        "bluebird-2003"
    )
