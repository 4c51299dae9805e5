"""Drafts: read to the character, compared row by row, and told in plain words; the fitted model is
a stand-in that sees the same words."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from assistant.checklists import drafts, opening, verdicts
from assistant.checklists.claims import claim_of
from assistant.checklists.comparing import Candidate
from assistant.checklists.drafts import Draft, Span, draft_of, read_draft
from assistant.checklists.guidance import CONFIRM, Checker, kind_of
from assistant.checklists.kinds import guess_kind, kinds_within
from assistant.checklists.matching import LABELS, Matcher, Seen, covered
from assistant.checklists.papers import guidance_paper, guidance_sheet
from assistant.checklists.reading import read_checklists
from assistant.checklists.records import GuidanceCheck, Row
from assistant.checklists.verdicts import (
    ALLOWS,
    ORDER,
    OTHER_NUMBER,
    PERHAPS,
    Weights,
    judge,
    read_weights,
)
from assistant.checklists.worries import matched
from assistant.cli import check_guidance as command
from assistant.corpus import read_library
from assistant.documents.records import Block, Extract, Limits, Trouble
from assistant.embedding import bundled_model_folder
from assistant.errors import DocumentError, UsageError
from assistant.exports.records import Heading, Paragraph, Table
from tests import make_office, make_pdfs, small_checklists, small_library
from tests.small_checklists import FORCE, KEYS, OFTEN, PAY

FILLER = (
    "This paper was put together by the people team over the summer and was read by colleagues who"
    " have an interest in it, among them the estates team and the library. It will be looked at"
    " again when the present edition has run its course."
)
DRAFT = f"""# Supervision Policy

## 1 Purpose

{FILLER}

## 2 Supervision

In this trust peer support workers meet a supervisor who is an experienced peer every four weeks. A
record is kept by both.

## 3 The ward at night

The worker will carry the keys of the medicines cupboard at night.

## 4 Training

It is not so that staff of the unit are trained in the use of force before they are asked to use it.
"""
LIMITS = Limits()


class WordsMatch:
    """Stands in for the fitted matcher: words are alike where they are the same; a span that shares
    most words of an example says the same, unless it denies; "perhaps" leaves it open."""

    def __init__(self) -> None:
        self.words: dict[bytes, str] = {}

    def seen(self, texts: Sequence[str]) -> list[Seen]:
        """One token a word."""
        return [self._seen(text) for text in texts]

    def _seen(self, text: str) -> Seen:
        words = re.findall(r"[a-z]{3,}", text.lower()) or ["none"]
        finds = np.array([self._vector(word) for word in words])
        return Seen(finds, finds, np.full(len(words), 1 / len(words), dtype=np.float32))

    def _vector(self, word: str) -> np.ndarray:
        seed = int.from_bytes(hashlib.sha256(word.encode()).digest()[:4], "big")
        drawn = np.random.default_rng(seed).standard_normal(64)
        vector = np.asarray(drawn / np.linalg.norm(drawn), dtype=np.float32)
        self.words[vector.tobytes()] = word
        return vector

    def chances(self, example: Seen, span: Seen) -> np.ndarray:
        """By the words that are shared."""
        asked, said = ([self.words[row.tobytes()] for row in t.finds] for t in (example, span))
        if len(set(said) & set(asked)) < 0.6 * len(set(asked)):
            return np.array([0.02, 0.02, 0.02, 0.94], dtype=np.float32)
        if said.count("not") > asked.count("not"):
            return np.array([0.02, 0.02, 0.94, 0.02], dtype=np.float32)
        first = [0.02, 0.94] if "perhaps" in said else [0.94, 0.02]
        return np.array([*first, 0.02, 0.02], dtype=np.float32)


WEIGHTS = Weights(
    names=("read met", "unclear read", "contradicts read"),
    table=np.array([[1.0, 0, 0], [0, 1.0, 0], [0, 0, 0], [0, 0, 1.0]]),
    intercept=np.zeros(4),
    met_from=0.6,
)


@pytest.fixture(scope="module")
def checker(tmp_path_factory: pytest.TempPathFactory) -> Checker:
    corpus = small_library.write_library(tmp_path_factory.mktemp("checks") / "corpus")
    small_checklists.write_checklists(corpus)
    library = read_library(corpus)
    held = read_checklists(corpus, library)
    return Checker(held, library, WordsMatch(), weights=WEIGHTS)


def draft(text: str, tmp_path: Path, name: str = "draft.md") -> Draft:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return read_draft(path, LIMITS)


@pytest.fixture
def checked(checker: Checker, tmp_path: Path) -> GuidanceCheck:
    stages = ("supervising", "training")
    return checker.check(draft(DRAFT, tmp_path), stages=stages, country="England")


# ---------------------------------------------------------------- reading a draft


def test_every_span_is_the_exact_text_of_the_draft(tmp_path: Path) -> None:
    found = draft(DRAFT, tmp_path)
    shown = [found.shown(span) for span in found.spans]
    assert all(found.text.startswith(words.text, words.start) for words in shown)
    sentence = next(w for w in shown if w.text.startswith("The worker will carry"))
    assert sentence.heading == "Supervision Policy > 3 The ward at night"


def test_an_item_is_compared_with_the_words_that_lead_it_in(tmp_path: Path) -> None:
    text = (
        f"# Role\n\n{FILLER}\n\nThe worker is not asked to:\n\n- hold anybody\n- give medicines\n"
    )
    found = draft(text, tmp_path)
    span = next(s for s in found.spans if found.text[s.start : s.end] == "give medicines")
    assert span.text == "The worker is not asked to: give medicines"


def test_a_cell_is_compared_under_its_column(tmp_path: Path) -> None:
    table = (
        "| Area | Essential | Desirable |\n| --- | --- | --- |\n| Car | None | A full licence |\n"
    )
    found = draft(f"# Person specification\n\n{FILLER}\n\n{table}", tmp_path)
    span = next(s for s in found.spans if found.text[s.start : s.end] == "A full licence")
    assert span.text == "Desirable: A full licence"


def test_sentences_are_read_together_up_to_three(tmp_path: Path) -> None:
    found = draft(f"# Paper\n\n{FILLER} {FILLER}", tmp_path)
    counts = {len(re.findall(r"\.(?:\s|$)", span.text)) for span in found.spans}
    assert counts == {1, 2, 3}


def test_word_documents_are_read_with_their_headings(tmp_path: Path) -> None:
    body = make_office.styled("Lone working", "berschrift1") + make_office.p(FILLER)
    path = make_office.word(
        tmp_path / "d.docx", body, styles=make_office.heading_styles(lists=False)
    )
    found = read_draft(path, LIMITS)
    assert [heading.endswith("Lone working") for heading in found.headings] == [True]
    assert {span.heading for span in found.spans} == set(found.headings)


def test_a_page_is_named_where_the_format_has_pages(tmp_path: Path) -> None:
    found = read_draft(make_pdfs.policy(tmp_path / "policy.pdf"), LIMITS)
    assert found.pages
    assert {span.page for span in found.spans} <= set(range(1, found.pages + 1))


def test_a_missing_file_and_a_folder_are_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="There is no file"):
        read_draft(tmp_path / "none.docx", LIMITS)
    with pytest.raises(UsageError, match="is a folder"):
        read_draft(tmp_path, LIMITS)


def test_an_empty_and_a_very_short_draft_are_refused(tmp_path: Path) -> None:
    (tmp_path / "empty.md").write_text("", encoding="utf-8")
    with pytest.raises(DocumentError, match="empty"):
        read_draft(tmp_path / "empty.md", LIMITS)
    with pytest.raises(DocumentError, match=r"too few words \(3\)"):
        draft("# Lone working policy", tmp_path)


def test_a_scanned_draft_is_told_as_such(tmp_path: Path) -> None:
    with pytest.raises(DocumentError) as caught:
        read_draft(make_pdfs.scan(tmp_path / "scan.pdf", ["Supervision policy"]), LIMITS)
    assert caught.value.reason in {"scanned", "needs-ocr"}


def test_scanned_pages_among_others_are_named() -> None:
    blocks = (Block(kind="paragraph", text=FILLER, page=1),)
    trouble = Trouble(kind="scanned", page=2)
    found = draft_of(Extract(format="pdf", blocks=blocks, pages=2, troubles=(trouble,)), "x.pdf")
    assert found.remarks == (
        "Page 2 could not be read (pictures): what stands there was not compared.",
    )


def test_a_protected_draft_is_refused(tmp_path: Path) -> None:
    import pikepdf

    made, locked = make_pdfs.policy(tmp_path / "policy.pdf"), tmp_path / "locked.pdf"
    with pikepdf.open(made) as pdf:
        pdf.save(locked, encryption=pikepdf.Encryption(owner="o", user="u"))
    with pytest.raises(DocumentError) as caught:
        read_draft(locked, LIMITS)
    assert caught.value.reason == "encrypted"


@pytest.mark.parametrize(
    "text",
    [
        "Rhaid i bob gweithiwr cymorth cymheiriaid gael goruchwyliaeth bob pedair wythnos gan"
        " rywun sydd â phrofiad o'r gwaith, ac mae'r cyflogwr yn cadw cofnod o'r sgwrs. Nid yw'r"
        " gweithiwr yn cario allweddi'r cwpwrdd meddyginiaethau, ac mae'r tîm yn cael hyfforddiant"
        " cyn dechrau.",
        "Jede Genesungsbegleiterin erhält alle vier Wochen Supervision durch eine erfahrene"
        " Kollegin, die selbst in dieser Rolle gearbeitet hat. Die Klinik sorgt dafür, dass die"
        " Gespräche in der Arbeitszeit stattfinden, und hält die Ergebnisse gemeinsam mit der"
        " Mitarbeiterin fest. Alle Beteiligten besprechen jedes Jahr, ob sich diese Regelung"
        " bewährt hat.",
    ],
)
def test_another_language_is_told_as_such(text: str, tmp_path: Path) -> None:
    with pytest.raises(DocumentError, match="not seem to be in English"):
        draft(text, tmp_path)


def test_a_very_long_draft_is_read_and_remarked_upon() -> None:
    blocks = tuple(Block(kind="paragraph", text=FILLER, page=n) for n in range(1, 301))
    found = draft_of(Extract(format="pdf", blocks=blocks, pages=300), "long.pdf")
    assert found.pages == 300
    assert "300 pages, more than a policy of one service usually has" in found.remarks[0]
    # Sentence by sentence, so that it does not take many times as long as a short one.
    assert len(found.spans) == 300 * 2


# ---------------------------------------------------------------- kind


@pytest.mark.parametrize(
    ("title", "body", "kind"),
    [
        (
            "Job Description",
            "The post-holder is responsible to the team manager.",
            "job-description",
        ),
        ("Person Specification", "Essential and desirable criteria.", "person-specification"),
        ("Peer Supervision Policy", "Supervision is for supervisees.", "supervision-policy"),
        (
            "Service Specification",
            "The provider reports to commissioners.",
            "service-specification",
        ),
        ("Lone Working Policy", "This policy applies to all staff.", "policy"),
        ("Lived Experience Workforce Policy", "Supervision is monthly.", "policy"),
    ],
)
def test_the_kind_is_proposed_and_can_be_changed(
    title: str, body: str, kind: str, tmp_path: Path
) -> None:
    found = draft(f"# {title}\n\n{body} {FILLER}", tmp_path)
    guess = guess_kind(found)
    assert (guess.kind, guess.given) == (kind, False)
    assert abs(sum(guess.chances.values()) - 1) < 1e-9
    assert guess_kind(found, "policy").given


def test_a_job_description_with_a_person_specification_is_compared_with_both(
    tmp_path: Path,
) -> None:
    text = f"# Job Description\n\n{FILLER}\n\n## Person specification\n\n{FILLER}"
    kinds = kinds_within(draft(text, tmp_path), "job-description")
    assert kinds == ("job-description", "person-specification")


def test_kinds_are_named_as_people_write_them() -> None:
    assert kind_of("Job description") == "job-description"
    assert kind_of("supervision-policy") == "supervision-policy"
    assert kind_of("") is None
    with pytest.raises(UsageError, match="no kind of draft called “memo”"):
        kind_of("memo")


# ---------------------------------------------------------------- verdicts


def test_each_row_has_a_verdict_with_the_drafts_own_words(
    checked: GuidanceCheck, checker: Checker
) -> None:
    rows = {row.id: row for row in checked.rows}
    assert {row: found.verdict for row, found in rows.items()} == {
        OFTEN: "met",
        KEYS: "absent",
        FORCE: "contradicts",
        PAY: "absent",
    }
    (words, *_) = rows[OFTEN].draft_words
    assert words.text.startswith("In this trust peer support workers meet a supervisor")
    assert words.heading.endswith("2 Supervision")
    assert rows[KEYS].draft_words == ()
    cited = {c.n: c.evidence_id for c in checked.citations}
    assert tuple(cited[n] for n in rows[OFTEN].citations) == checker.held.rows[OFTEN].notes


def test_it_says_once_that_a_person_confirms(checked: GuidanceCheck) -> None:
    text = json.dumps(checked.model_dump(mode="json"))
    assert text.count(CONFIRM) == 1
    said = [b for b in guidance_paper(checked, {}).blocks if isinstance(b, Paragraph)]
    assert sum(CONFIRM in "".join(w.text for w in b.line) for b in said) == 1


def test_a_row_from_abroad_is_marked(checked: GuidanceCheck) -> None:
    assert {row.id for row in checked.rows if row.abroad} == {PAY}


def test_a_row_of_another_setting_is_left_out(checker: Checker, tmp_path: Path) -> None:
    found = checker.check(draft(DRAFT, tmp_path), stages=("supervising",), setting="online")
    assert [row.id for row in found.rows] == [OFTEN]


def test_stages_that_a_draft_does_not_deal_with_are_left_out_and_named(
    checker: Checker, tmp_path: Path
) -> None:
    found = checker.check(draft(DRAFT.split("## 4")[0], tmp_path))
    assert found.stages == ("supervising",)
    assert "training (2)" in found.remarks[-1]
    nothing = checker.check(draft(f"# Policy\n\n{FILLER}", tmp_path))
    assert nothing.stages == ("training", "supervising")
    assert {row.verdict for row in nothing.rows} == {"absent"}


def test_the_same_draft_gives_the_same_check(checker: Checker, tmp_path: Path) -> None:
    found = draft(DRAFT, tmp_path)
    assert checker.check(found) == checker.check(found)


def span(text: str) -> Span:
    return Span((text,), 0, len(text), None, "")


def candidate(met: float, **odds: float) -> Candidate:
    near = dict.fromkeys((*LABELS, "third", "claim"), 0.5)
    read = dict.fromkeys(LABELS, -5.0) | {"met": met, "best": met} | odds
    return Candidate(span=0, near=near, back=0.5, odds=read, claim_odds=read)


@pytest.fixture
def row(checker: Checker) -> Row:
    return checker.held.rows[OFTEN]


def test_met_needs_more_than_the_other_verdicts(row: Row) -> None:
    held = [span("Peer support workers meet a supervisor.")]
    assert judge(row, [candidate(2.0)], held, WEIGHTS).verdict == "met"
    near = judge(row, [candidate(0.3)], held, WEIGHTS)
    assert (near.verdict, near.why) == ("unclear", PERHAPS)
    assert near.spans == (0,)
    assert judge(row, [candidate(-3.0)], held, WEIGHTS).verdict == "absent"
    assert judge(row, [candidate(-3.0, contradicts=2.0)], held, WEIGHTS).verdict == "contradicts"


def test_what_a_draft_only_allows_is_unclear(row: Row) -> None:
    held = [span("Peer support workers may have a supervisor.")]
    found = judge(row, [candidate(3.0)], held, WEIGHTS)
    assert (found.verdict, found.why) == ("unclear", ALLOWS)
    bound = [span("Peer support workers will meet a supervisor, who may be a peer.")]
    assert judge(row, [candidate(3.0)], bound, WEIGHTS).verdict == "met"


def test_another_number_is_not_met(row: Row) -> None:
    held = [span("Peer support workers meet a supervisor every twelve weeks.")]
    found = judge(row, [candidate(3.0)], held, WEIGHTS)
    assert (found.verdict, found.why) == ("unclear", OTHER_NUMBER)
    same = [span("Peer support workers meet a supervisor every month.")]
    assert judge(row, [candidate(3.0)], same, WEIGHTS).verdict != "absent"


def test_nothing_to_read_is_absent(row: Row) -> None:
    assert judge(row, [], [], WEIGHTS).verdict == "absent"


def test_the_shipped_weights_know_every_signal() -> None:
    weights = read_weights()
    assert set(weights.names) <= set(verdicts.signals([candidate(0.9)]))
    assert weights.table.shape == (len(ORDER), len(weights.names))
    assert 0.3 < weights.met_from < 1


# ---------------------------------------------------------------- concerns


def test_a_concern_is_shown_with_the_drafts_words(checked: GuidanceCheck) -> None:
    (concern,) = checked.concerns
    assert concern.id == "keys-duty"
    assert concern.draft_words[0].text == (
        "The worker will carry the keys of the medicines cupboard at night."
    )
    cited = {c.n: c.evidence_id for c in checked.citations}
    assert [cited[n] for n in concern.citations] == ["ward-rules-2023-1"]


def test_a_denial_is_no_concern(checker: Checker, tmp_path: Path) -> None:
    text = DRAFT.replace("The worker will carry", "The worker will not carry")
    assert checker.check(draft(text, tmp_path)).concerns == ()


def test_a_pattern_under_a_denying_lead_does_not_count(checker: Checker) -> None:
    kind = checker.held.concerns[0]
    assert matched(kind, "The worker will carry the keys")
    assert not matched(kind, "The worker is not asked to: carry the keys")
    assert matched(kind, "This is not new. The worker will carry the keys")


# ---------------------------------------------------------------- papers


def test_the_paper_holds_each_verdict_under_its_heading(checked: GuidanceCheck) -> None:
    paper = guidance_paper(checked, {"supervising": "Supervising", "training": "Training"})
    headings = [b.text for b in paper.blocks if isinstance(b, Heading) and b.level == 1]
    assert headings == ["Wording that invites trouble", "Contradicts (1)", "Absent (2)", "Met (1)"]
    tables = [block for block in paper.blocks if isinstance(block, Table)]
    assert [len(table.rows) for table in tables] == [1, 2, 1]
    last = paper.blocks[-1]
    assert isinstance(last, Paragraph)
    assert checked.text_sha256 in last.line[0].text
    assert paper.record["rows"]


def test_the_sheet_has_a_column_to_confirm_in(checked: GuidanceCheck) -> None:
    (table,) = guidance_sheet(checked, {}).blocks
    assert isinstance(table, Table)
    assert table.columns[-1] == "Confirmed by a person"
    assert all(row[-1] == () for row in table.rows)


def test_english_is_told_by_its_common_words() -> None:
    assert drafts.is_english(FILLER.lower().split())
    assert not drafts.is_english("le chat dort sur la table de la cuisine".split())


# ---------------------------------------------------------------- the command


@pytest.fixture
def quick(checker: Checker, monkeypatch: pytest.MonkeyPatch) -> Checker:
    """The command with what checks drafts already open."""
    monkeypatch.setattr(opening, "open_checker", lambda *args, **more: checker)
    return checker


def corpus_of(tmp_path: Path) -> Path:
    return small_checklists.write_checklists(small_library.write_library(tmp_path / "corpus"))


def test_the_command_prints_the_form_that_others_build_on(
    quick: Checker, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "draft.md"
    path.write_text(DRAFT, encoding="utf-8")
    args = ("check-guidance", str(path), "--stage", "supervising", "--stage", "training", "--json")
    assert small_checklists.call(corpus_of(tmp_path), command, *args) == 0
    data = json.loads(capsys.readouterr().out)
    wanted = {"id", "requirement", "strength", "verdict", "draft_words", "citations"}
    assert all(wanted <= set(row) for row in data["rows"])
    assert {row["verdict"] for row in data["rows"]} <= {"met", "unclear", "absent", "contradicts"}
    assert [concern["id"] for concern in data["concerns"]] == ["keys-duty"]
    assert data["kind"] == {**data["kind"], "kind": "supervision-policy", "given": False}


def test_the_command_prints_a_page_with_the_drafts_words(
    quick: Checker, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "draft.md"
    path.write_text(DRAFT, encoding="utf-8")
    assert small_checklists.call(corpus_of(tmp_path), command, "check-guidance", str(path)) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert said.count(CONFIRM) == 1
    assert "Draft: “In this trust peer support workers meet a supervisor" in said
    assert "! Keys of the medicines cupboard as a duty" in said


def test_a_file_in_the_way_is_told_before_the_draft_is_read(
    quick: Checker, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, there = tmp_path / "missing.md", tmp_path / "out.docx"
    there.write_text("mine", encoding="utf-8")
    args = ("check-guidance", str(path), "--output", str(there))
    assert small_checklists.call(corpus_of(tmp_path), command, *args) == 2
    assert "out.docx" in capsys.readouterr().err
    assert there.read_text(encoding="utf-8") == "mine"


# ---------------------------------------------------------------- the matcher


def small_fitted() -> dict[str, np.ndarray]:
    """Arrays of the right shapes, drawn by a seed."""
    draw = np.random.default_rng(0)
    shapes = {
        "P.weight": (16, 768),
        "V.weight": (8, 768),
        "V.bias": (8,),
        "c1.weight": (12, 36),
        "c1.bias": (12,),
        "conv.weight": (10, 12, 3),
        "conv.bias": (10,),
        "h1.weight": (6, 20),
        "h1.bias": (6,),
        "h2.weight": (4, 6),
        "h2.bias": (4,),
        "rarity": (30_522,),
    }
    found = {name: draw.random(shape).astype(np.float32) - 0.4 for name, shape in shapes.items()}
    return found | {
        "rarity": np.abs(found["rarity"]),
        "scale": np.float32(12.0),
        "mu": np.zeros(768, np.float32),
        "sd": np.ones(768, np.float32),
    }


def small_matcher(read: list[str]) -> Matcher:
    folder = bundled_model_folder()

    def states(texts: Sequence[str]) -> list[np.ndarray]:
        read.extend(texts)
        counts = [len(tokenizer.encode(text).ids) - 2 for text in texts]
        return [
            np.random.default_rng(len(text)).random((count, 768)).astype(np.float32)
            for text, count in zip(texts, counts, strict=True)
        ]

    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.no_padding()
    return Matcher(states, folder / "tokenizer.json", small_fitted())


def test_a_text_covers_itself_and_is_read_once() -> None:
    read: list[str] = []
    matcher = small_matcher(read)
    one, again = matcher.seen(["Peers meet weekly.", "Peers meet weekly."])
    matcher.seen(["Peers meet weekly."])
    assert read == ["Peers meet weekly."]
    assert covered(one, again) == pytest.approx(1.0, abs=1e-5)
    chances = matcher.chances(one, again)
    assert chances.shape == (4,)
    assert chances.sum() == pytest.approx(1.0, abs=1e-5)


def test_a_text_without_words_can_be_compared() -> None:
    matcher = small_matcher([])
    empty, one = matcher.seen(["", "Peers meet weekly."])
    assert matcher.chances(one, empty).sum() == pytest.approx(1.0, abs=1e-5)


def test_examples_are_kept_and_give_the_same_the_next_time(tmp_path: Path) -> None:
    texts, path, read = ["Peers meet weekly.", "Peers never meet."], tmp_path / "g" / "k.npz", []
    first, second = small_matcher([]), small_matcher(read)
    opening.prepare(first, texts, path, lambda words, done, of: None)
    opening.prepare(second, texts, path, lambda words, done, of: None)
    assert read == []
    one, other = first.seen(texts), second.seen(texts)
    assert np.array_equal(first.chances(*one), second.chances(*other))


def test_kept_examples_that_do_not_fit_are_made_anew(tmp_path: Path) -> None:
    path = tmp_path / "k.npz"
    path.write_bytes(b"nothing")
    read: list[str] = []
    opening.prepare(small_matcher(read), ["Peers meet."], path, lambda words, done, of: None)
    assert read == ["Peers meet."]


def test_who_says_so_is_no_part_of_what_is_asked() -> None:
    said = "Peers lead the interviews, as in England's ENRICH model."
    assert claim_of(said) == "Peers lead the interviews."
    assert claim_of("Under PCREF the trust's plan is reviewed.") == "The trust's plan is reviewed."
    assert claim_of("Staff repeat the training every three years.") == (
        "Staff repeat the training every three years."
    )
