"""For managers without a browser: the three views as markup, and what their actions do. The fitted
model is a stand-in that sees the same words."""

from __future__ import annotations

import asyncio
import datetime as dt
import io
import json
import re
import secrets
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import openpyxl
import pytest
from bs4 import BeautifulSoup
from bs4.element import Tag

from assistant.assembly import managers as assembly_managers
from assistant.assembly.managers import Managers
from assistant.checklists.filled import read_filled
from assistant.checklists.guidance import CONFIRM, Checker
from assistant.checklists.records import Confirmed, Filled, FilledRow, Readiness
from assistant.corpus import read_library
from assistant.documents.records import Limits
from assistant.interface import load_texts
from assistant.settings import read_settings
from assistant.web.downloads import Downloads
from assistant.web.managers import draft_views
from assistant.web.managers import views as managers_views
from assistant.web.managers.desk import (
    Checked,
    ManagersDesk,
    Screen,
    Telling,
    confirmations,
    filled_rows,
)
from assistant.web.managers.work import Ended, Step, Stopped, Stops, followed
from assistant.web.uploads import Uploads
from tests import small_checklists, small_library
from tests.small_checklists import FORCE, KEYS, OFTEN, PAY
from tests.test_check_guidance import DRAFT, FILLER, WEIGHTS, WordsMatch

TEXTS = load_texts()
HOSTILE = "<img src=x onerror=alert(1)> the keys are kept at the front desk."
NIGHT = "The worker will carry the keys of the medicines cupboard at night."


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = small_library.write_library(tmp_path_factory.mktemp("managers") / "corpus")
    return small_checklists.write_checklists(folder)


@pytest.fixture
def managers(corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Managers:
    """The tools on the small library, with a stand-in for what compares."""
    library = read_library(corpus)
    found = Managers(read_settings(home=tmp_path / "home", corpus=corpus), library)

    def opened(*args: object, **more: object) -> Checker:
        return Checker(found.checklists, library, WordsMatch(), weights=WEIGHTS)

    monkeypatch.setattr(assembly_managers, "open_checker", opened)
    return found


@pytest.fixture
def drafts(tmp_path: Path) -> Iterator[Uploads]:
    held = Uploads(tmp_path / "drafts", Limits(), TEXTS)
    yield held
    held.close()


@pytest.fixture
def desk(managers: Managers, drafts: Uploads) -> ManagersDesk:
    return ManagersDesk(managers, drafts, Downloads(), TEXTS)


def soup(markup: object) -> BeautifulSoup:
    return BeautifulSoup(str(markup), "html.parser")


def tag(found: object) -> Tag:
    assert isinstance(found, Tag)
    return found


def sent(drafts: Uploads, name: str, content: bytes) -> str:
    """A file as a browser sends it; the name of its batch."""

    async def pieces() -> AsyncIterator[bytes]:
        yield content

    batch = secrets.token_hex(16)
    asyncio.run(drafts.receive(batch, name, pieces()))
    return batch


def left(drafts: Uploads) -> list[str]:
    """What of browsers' files lies on the disk."""
    return [p.name for p in drafts.folder.rglob("*") if p.name != ".lock"]


def made(desk: ManagersDesk, slip: str) -> tuple[str, bytes]:
    """The file behind a link."""
    link = tag(soup(slip).find("a"))
    found = desk._downloads.get(str(link["href"]).split("/")[2])
    assert found is not None
    return found.name, found.content


def checked(desk: ManagersDesk, drafts: Uploads, text: str = DRAFT, **order: str) -> Checked:
    batch = sent(drafts, "Our policy.md", text.encode())
    screens = list(desk.check({"batch": batch, "stages": "supervising training", **order}, "p"))
    found = screens[-1].checked
    assert found is not None, screens[-1].progress
    return found


# ---------------------------------------------------------------- front and forms


def test_the_front_leads_to_each_view_by_its_address() -> None:
    ways = soup(managers_views.front(TEXTS)).select("h2 a")
    assert [way["href"] for way in ways] == [
        f"?place=managers&view={view}" for view in managers_views.VIEWS
    ]
    assert [way["data-view"] for way in ways] == list(managers_views.VIEWS)


def test_forms_offer_the_stages_and_countries_that_there_are(desk: ManagersDesk) -> None:
    checklist, draft, readiness = map(soup, desk.forms())
    boxes = [box["value"] for box in checklist.select("input[name=stage]")]
    assert boxes == ["training", "supervising"]
    countries = [o.text for o in checklist.select("#checklist-country option")]
    assert countries[0] == "England"
    assert {"USA", "Australia", "Wales"} <= set(countries)
    kinds = [o["value"] for o in draft.select("#draft-kind option")]
    assert kinds[0] == ""
    assert "supervision-policy" in kinds
    assert len(readiness.select("input[type=file]")) == 2
    for form in (checklist, draft, readiness):
        fields = form.select("input:not([type=checkbox]), select, textarea")
        named = {label["for"] for label in form.select("label")}
        assert fields
        assert all(field["id"] in named for field in fields)


def test_without_the_tools_each_view_says_so_calmly(drafts: Uploads) -> None:
    desk = ManagersDesk(None, drafts, Downloads(), TEXTS)
    assert all(TEXTS("managers.gone") in form for form in desk.forms())
    assert TEXTS("managers.gone") in str(desk.checklist({}).result)


# ---------------------------------------------------------------- checklists


def test_rows_stand_by_stage_with_who_how_strong_and_sources(desk: ManagersDesk) -> None:
    screen = desk.checklist({})
    page = soup(screen.result)
    assert [h.text for h in page.select(".check-stage h3")] == ["Training", "Supervising"]
    often = tag(page.select_one(f"[data-row={OFTEN}]"))
    assert tag(often.select_one(".row-who")).text == "The employer"
    assert tag(often.select_one(".force")).text.startswith("Should")
    assert often.select_one(".force svg")
    for mark in often.select("button.mark"):
        assert page.find(id=mark["data-card"])
    assert "4 rows" in str(screen.said)


def test_a_row_from_abroad_carries_its_country(desk: ManagersDesk) -> None:
    page = soup(desk.checklist({"stages": "training"}).result)
    badges = {
        tag(b.find_parent("li"))["data-row"]: b.text
        for b in page.select(".badge.foreign")
        if b.find_parent("li", class_="check-row")
    }
    assert badges == {PAY: "Australia"}
    at_home = soup(desk.checklist({"stages": "training", "country": "Australia"}).result)
    assert tag(at_home.select_one(f"[data-row={PAY}]")).select_one(".badge.foreign") is None


def test_where_sources_differ_there_is_a_way_on(desk: ManagersDesk, managers: Managers) -> None:
    page = soup(desk.checklist({"stages": "supervising"}).result)
    line = tag(page.select_one(f"[data-row={OFTEN}] .differ"))
    # No topic page shows this question, so it can be asked.
    assert tag(line.button)["data-ask"] == "Should peer support workers visit people at home alone?"
    brief = next(iter(managers.library.briefs.values()))
    about = brief.model_copy(update={"contested": ("home-visits",)})
    managers.library.briefs[brief.id] = about
    linked = soup(desk.checklist({"stages": "supervising"}).result)
    way = tag(linked.select_one(f"[data-row={OFTEN}] .differ a"))
    assert way["href"] == f"?topic={brief.id}"


def test_a_choice_without_rows_says_so(desk: ManagersDesk) -> None:
    page = desk.checklist({"kind": "job-description"}).result
    assert TEXTS("managers.checklist_none") in str(page)


def test_a_wrong_choice_is_told_with_what_to_do(desk: ManagersDesk) -> None:
    page = soup(desk.checklist({"stages": "juggling"}).result)
    told = tag(page.select_one(".failure"))
    assert "juggling" in told.text
    assert "supervising" in told.text


FILLED = json.dumps(
    {
        OFTEN: {"status": "partly", "owner": "Bo", "evidence": "Diary", "due": "2027-01-31"},
        FORCE: {"status": "in-place"},
        KEYS: {"status": "nonsense", "owner": "x" * 5000},
        "Not An Id": {"status": "partly"},
    }
)


def test_what_was_filled_in_is_taken_as_far_as_it_is_ours() -> None:
    rows = {row.id: row for row in filled_rows(FILLED)}
    assert set(rows) == {OFTEN, FORCE, KEYS}
    assert rows[OFTEN] == FilledRow(
        id=OFTEN, status="partly", owner="Bo", evidence="Diary", due="2027-01-31"
    )
    assert rows[KEYS].status == ""
    assert len(rows[KEYS].owner) == 1000
    assert filled_rows("[1]") == filled_rows("{") == filled_rows("") == ()


@pytest.mark.parametrize("form", ["xlsx", "csv", "json"])
def test_a_filled_in_file_can_be_read_again(
    desk: ManagersDesk, managers: Managers, tmp_path: Path, form: str
) -> None:
    name, content = made(desk, desk.checklist_file({"form": form, "filled": FILLED}))
    assert name == f"peer-support-checklist-{dt.date.today().isoformat()}.{form}"
    path = tmp_path / name
    path.write_bytes(content)
    found = read_filled(path, managers.checklists)
    assert found.date == dt.date.today()
    rows = {row.id: row for row in found.rows}
    assert (rows[OFTEN].status, rows[OFTEN].owner) == ("partly", "Bo")
    assert rows[PAY].status == ""


@pytest.mark.parametrize(("form", "starts"), [("docx", b"PK"), ("pdf", b"%PDF"), ("md", b"---")])
def test_papers_are_written(desk: ManagersDesk, form: str, starts: bytes) -> None:
    name, content = made(desk, desk.checklist_file({"form": form, "stages": "training"}))
    assert name.endswith(f".{form}")
    assert content.startswith(starts) or form == "md"


def test_a_file_that_cannot_be_made_says_so(desk: ManagersDesk) -> None:
    slip = soup(desk.checklist_file({"form": "exe"}))
    assert slip.find("a") is None
    assert "exe" in slip.text


# ---------------------------------------------------------------- drafts


def test_a_draft_is_checked_and_its_file_is_gone(desk: ManagersDesk, drafts: Uploads) -> None:
    batch = sent(drafts, "Our policy.md", DRAFT.encode())
    assert left(drafts)
    screens = list(desk.check({"batch": batch}, "page"))
    assert left(drafts) == []
    last = screens[-1]
    assert last.checked is not None
    # Not the path that it lay at.
    assert last.checked.draft.name == "Our policy.md"
    page = soup(last.result)
    assert page.text.count(CONFIRM) == 1
    assert "Keys of the medicines cupboard as a duty" in page.text
    assert "1 contradicted" in str(last.said)
    progress = [s.progress for s in screens if s.progress]
    assert TEXTS("managers.step_start") in str(progress[0])


def test_concerns_come_first_then_rows_by_verdict(desk: ManagersDesk, drafts: Uploads) -> None:
    found = checked(desk, drafts)
    page = soup(draft_views.result(found.check, found.draft, desk.managers.library, str, TEXTS))
    titles = [h.text for h in page.select(".reading h3")]
    assert titles == ["Wording that invites trouble", "Contradicts: 1", "Absent: 2", "Met: 1"]
    counts = [c.text for c in page.select(".counts li")]
    assert counts == ["Contradicts: 1", "Absent: 2", "Unclear: 0", "Met: 1"]
    jumps = [b["data-jump"] for b in page.select(".counts button")]
    assert all(page.find(id=jump) for jump in jumps)
    strengths = [f.text for f in page.select(".found-absent .force")]
    assert strengths == ["Must", "Should"]


def test_the_words_of_a_row_are_found_in_the_draft(desk: ManagersDesk, drafts: Uploads) -> None:
    found = checked(desk, drafts)
    page = soup(draft_views.result(found.check, found.draft, desk.managers.library, str, TEXTS))
    button = tag(page.select_one("#row-keys-duty ~ .draft-words button"))
    number = str(button["data-quoted"])
    parts = [s.text for s in page.select(".draft-said") if number in str(s["data-said"]).split()]
    assert "".join(parts) == NIGHT
    shown = [p.text for p in page.select(".draft-pages p")]
    assert "\n\n".join(shown) == found.draft.text


def test_words_that_overlap_belong_to_each(desk: ManagersDesk, drafts: Uploads) -> None:
    draft = checked(desk, drafts).draft
    start = draft.text.index("The worker")
    quoted = [(start, "The worker will carry"), (start + 4, "worker will carry the keys")]
    page = soup(draft_views.draft_text(draft, quoted, TEXTS))
    parts = [(s.text, s["data-said"]) for s in page.select(".draft-said")]
    assert parts == [("The ", "0"), ("worker will carry", "0 1"), (" the keys", "1")]
    assert "\n\n".join(p.text for p in page.select(".draft-pages p")) == draft.text


def test_a_draft_is_shown_as_text_never_as_markup(desk: ManagersDesk, drafts: Uploads) -> None:
    text = DRAFT.replace("A\nrecord", f"{HOSTILE} A\nrecord").encode()
    batch = sent(drafts, "<b>x</b>.txt", text)
    last = list(desk.check({"batch": batch}, "page"))[-1]
    page = soup(last.result)
    assert page.find("img") is None
    assert "onerror=alert(1)" in tag(page.select_one(".draft-pages")).text


def test_a_draft_can_be_compared_as_another_kind(desk: ManagersDesk, drafts: Uploads) -> None:
    found = checked(desk, drafts, setting="inpatient")
    assert found.check.kind.kind == "supervision-policy"
    last = list(desk.again({"kind": "policy"}, found, "page"))[-1]
    assert last.checked is not None
    assert (last.checked.check.kind.kind, last.checked.check.kind.given) == ("policy", True)
    assert last.checked.check.setting == "inpatient"
    chosen = tag(soup(last.result).select_one("#again-kind option[selected]"))
    assert chosen["value"] == "policy"
    gone = list(desk.again({"kind": "policy"}, None, "page"))[-1]
    assert TEXTS("managers.draft_gone") in str(gone.progress)


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("short.txt", "Too short.", "too few words"),
        ("french.txt", "le chat dort sur la table de la cuisine " * 12, "English"),
        ("a.xyz", "\x00\x01\x02" * 50, "a.xyz"),
    ],
)
def test_what_cannot_be_read_is_told_with_its_remedy(
    desk: ManagersDesk, drafts: Uploads, name: str, text: str, said: str
) -> None:
    batch = sent(drafts, name, text.encode())
    last = list(desk.check({"batch": batch}, "page"))[-1]
    told = tag(soup(last.progress).select_one(".failure"))
    assert said in told.text
    assert len(told.find_all("p")) == 2
    assert str(drafts.folder) not in told.text
    assert (last.checked, left(drafts)) == (None, [])


def test_an_earlier_result_does_not_stand_under_a_new_draft(
    desk: ManagersDesk, drafts: Uploads
) -> None:
    batch = sent(drafts, "short.txt", b"Too short.")
    screens = list(desk.check({"batch": batch}, "page"))
    assert screens[0] == Screen(result="", forget=True)
    assert all(screen.result is None for screen in screens[1:])


def test_without_a_file_it_says_what_to_do(desk: ManagersDesk, managers: Managers) -> None:
    (only,) = desk.check({"batch": "0" * 32}, "page")
    assert TEXTS("managers.draft_nothing") in str(only.progress)
    nowhere = ManagersDesk(managers, None, Downloads(), TEXTS)
    (only,) = nowhere.check({}, "page")
    assert TEXTS("managers.draft_nowhere") in str(only.progress)


def test_what_is_wrong_here_is_one_calm_sentence(
    desk: ManagersDesk,
    drafts: Uploads,
    managers: Managers,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def broken(*args: object, **more: object) -> None:
        raise RuntimeError("the secret words of the draft")

    monkeypatch.setattr(Managers, "check_guidance", broken)
    batch = sent(drafts, "Our policy.md", DRAFT.encode())
    last = list(desk.check({"batch": batch}, "page"))[-1]
    assert TEXTS("managers.broke") in str(last.progress)
    assert "secret" not in str(last.progress) + caplog.text
    assert left(drafts) == []


def test_a_check_can_be_stopped(
    desk: ManagersDesk, drafts: Uploads, monkeypatch: pytest.MonkeyPatch
) -> None:
    reached = []

    def slow(*args: object, progress: Callable[[str, int, int], None], **more: object) -> None:
        desk.stop("somebody else's")
        progress("Reading the draft", 1, 2)
        reached.append("after somebody else's stop")
        desk.stop("mine")
        progress("Reading the draft", 2, 2)
        reached.append("after mine")

    monkeypatch.setattr(Managers, "check_guidance", slow)
    batch = sent(drafts, "Our policy.md", DRAFT.encode())
    last = list(desk.check({"batch": batch}, "mine"))[-1]
    assert TEXTS("managers.stopped") in str(last.progress)
    assert last.checked is None
    assert reached == ["after somebody else's stop"]
    assert left(drafts) == []


def test_what_a_person_confirmed_goes_into_the_files(desk: ManagersDesk, drafts: Uploads) -> None:
    found = checked(desk, drafts)
    own = json.dumps(
        {
            OFTEN: {"verdict": "met"},
            FORCE: {"verdict": "unclear", "why": "Cut  in\nMay"},
            KEYS: {"verdict": ""},
            "elsewhere": {"verdict": "met"},
        }
    )
    assert confirmations(own)[FORCE] == Confirmed(verdict="unclear", why="Cut in May")
    name, content = made(desk, desk.draft_file({"form": "xlsx", "confirmed": own}, found))
    assert name.endswith(".xlsx")
    sheet = openpyxl.load_workbook(io.BytesIO(content)).worksheets[0]
    lines = [[str(cell or "") for cell in line] for line in sheet.iter_rows(values_only=True)]
    last = {line[0]: line[-1] for line in lines}
    assert last[OFTEN] == "Met"
    assert last[FORCE] == "Changed to Unclear: Cut in May"
    assert last[KEYS] == ""
    text = made(desk, desk.draft_file({"form": "md", "confirmed": own}, found))[1].decode()
    assert "2 of 4 rows were confirmed by a person; in 1 of these the verdict was changed." in text
    assert "Changed to Unclear: Cut in May" in text
    plain = made(desk, desk.draft_file({"form": "md"}, found))[1].decode()
    assert "Confirmed by a person" not in plain
    assert made(desk, desk.draft_file({"form": "docx"}, found))[1].startswith(b"PK")


def test_a_forgotten_draft_can_no_more_be_taken_away(desk: ManagersDesk) -> None:
    assert desk.forgotten().forget
    assert TEXTS("managers.draft_gone") in desk.draft_file({"form": "docx"}, None)


# ---------------------------------------------------------------- readiness


def test_the_picture_of_what_was_filled_in_on_the_page(desk: ManagersDesk) -> None:
    screen, found = desk.picture({"filled": FILLED, "stages": "supervising"})
    assert found is not None
    # Rows of the stage that is shown, and the one that was filled in before elsewhere.
    assert {stage.stage for stage in found.stages} == {"training", "supervising"}
    page = soup(screen.result)
    image = tag(page.find("img"))
    assert str(image["src"]).startswith("data:image/png;base64,iVBOR")
    assert "Supervising: 1 partly, 1 without a status." in str(image["alt"])
    rows = {tag(r.th).text: [c.text for c in r.find_all("td")] for r in page.select("tbody tr")}
    assert rows == {"Training": ["1", "0", "0", "0", "0"], "Supervising": ["0", "1", "0", "0", "1"]}
    gap = tag(page.select_one(".check-row"))
    assert "Owner: Bo · Due: 31 January 2027" in gap.text
    assert gap.select_one("button.mark")
    name, content = made(desk, desk.readiness_file({"form": "docx"}, found))
    assert name == f"readiness-{dt.date.today().isoformat()}.docx"
    assert content.startswith(b"PK")


def test_nothing_filled_in_is_no_picture(desk: ManagersDesk) -> None:
    screen, found = desk.picture({"filled": json.dumps({OFTEN: {"owner": "Bo"}})})
    assert found is None
    assert TEXTS("managers.filled_empty") in str(screen.result)
    assert TEXTS("managers.readiness_empty") in desk.readiness_file({"form": "docx"}, None)


def sheet(**statuses: str) -> bytes:
    return "\n".join(["Id,Status", *(f"{k},{v}" for k, v in statuses.items())]).encode()


def test_two_files_show_what_changed_and_are_deleted(desk: ManagersDesk, drafts: Uploads) -> None:
    now = sent(drafts, "ours.csv", sheet(**{OFTEN: "in place", KEYS: "not yet", FORCE: "partly"}))
    before = sent(drafts, "ours-2026-05-01.csv", sheet(**{OFTEN: "not yet", KEYS: "not yet"}))
    order = {"now": now, "before": before, "date-now": "2026-11-01"}
    screen, found = desk.picture_of_files(order)
    assert found is not None
    assert (found.date, found.before) == (dt.date(2026, 11, 1), dt.date(2026, 5, 1))
    page = soup(screen.result)
    assert tag(page.select_one(".count-line")).text == "1 November 2026, compared with 1 May 2026"
    assert "Not yet, now: In place" in page.text
    gaps = [g.text for g in page.select(".check-stage")[-1].select(".force")]
    assert [re.sub(r" .*", "", g) for g in gaps] == ["Must", "Must"]
    assert left(drafts) == []


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("ours.csv", b"A,B\n1,2\n", "no columns"),
        ("ours.csv", sheet(**{OFTEN: "perhaps"}), "in place, partly, not yet, does not apply"),
        ("ours.xlsx", b"nothing", "cannot be read as an Excel file"),
    ],
)
def test_a_file_that_is_no_checklist_is_told_with_what_to_do(
    desk: ManagersDesk, drafts: Uploads, name: str, content: bytes, said: str
) -> None:
    before = sent(drafts, "earlier.csv", sheet(**{OFTEN: "partly"}))
    order = {"now": sent(drafts, name, content), "before": before}
    screen, found = desk.picture_of_files(order)
    assert found is None
    told = tag(soup(screen.result).select_one(".failure")).text
    assert said in told
    # The page's own way, not the command line's; and not where the file lay.
    assert "peer-support checklist" not in told
    assert str(drafts.folder) not in told
    assert left(drafts) == []


def test_without_a_file_there_is_no_picture(desk: ManagersDesk) -> None:
    screen, found = desk.picture_of_files({"now": ""})
    assert found is None
    assert TEXTS("managers.readiness_empty") in str(screen.result)


def test_no_gap_is_said(managers: Managers) -> None:
    from assistant.web.managers import readiness_views

    rows = (FilledRow(id=OFTEN, status="in-place"),)
    found: Readiness = managers.readiness(Filled(name="ours", date=None, rows=rows))
    page = readiness_views.picture(found, b"", managers.library, managers.differing, TEXTS)
    assert TEXTS("managers.readiness_no_gaps") in page
    assert "In place (1)" in page


# ---------------------------------------------------------------- work


def test_work_is_followed_to_its_end() -> None:
    def work(tell: Callable[[str, int, int], None]) -> int:
        for n in range(50):
            tell("counting", n, 50)
        return 7

    *steps, end = followed(work, threading.Event())
    assert end == Ended(found=7)
    assert all(isinstance(step, Step) for step in steps)


def test_an_error_is_how_work_ended() -> None:
    def work(tell: Callable[[str, int, int], None]) -> int:
        raise ValueError("no")

    (end,) = followed(work, threading.Event())
    assert isinstance(end, Ended)
    assert isinstance(end.error, ValueError)


def test_stopped_work_ends_at_its_next_word() -> None:
    stop, ended = threading.Event(), threading.Event()

    def work(tell: Callable[[str, int, int], None]) -> int:
        try:
            while not ended.wait(0.01):
                tell("on and on", 0, 1)
        except Stopped:
            ended.set()
            raise
        return 0

    steps = followed(work, stop)
    assert isinstance(next(steps), Step)
    stop.set()
    assert list(steps) == [Ended(stopped=True)]
    assert ended.wait(10)


def test_what_a_page_begins_anew_ends_what_it_began_before() -> None:
    stops = Stops()
    first, other = stops.begin("a"), stops.begin("b")
    second = stops.begin("a")
    assert first.is_set()
    stops.end("a", first)
    stops.stop("a")
    assert second.is_set()
    assert not other.is_set()


def test_a_screen_reader_hears_each_step_once() -> None:
    told = Telling()
    assert [told.is_due(step) for step in ("one", "one", "two", "two")] == [
        True,
        False,
        True,
        False,
    ]


def test_steps_are_told_in_words() -> None:
    from assistant.checklists.comparing import COMPARING, READING
    from assistant.checklists.opening import EXAMPLES, PREPARING

    said = [draft_views.step_words(Step(s, 41, 120), TEXTS) for s in (COMPARING, READING)]
    assert said == ["Comparing it with 41 of 120 rows", "Reading the draft: 41 of 120 parts"]
    for step in (PREPARING, EXAMPLES):
        assert "once" in draft_views.step_words(Step(step, 0, 1), TEXTS)


def test_the_small_draft_is_what_these_tests_take_it_for() -> None:
    assert FILLER in DRAFT
    assert NIGHT in DRAFT
