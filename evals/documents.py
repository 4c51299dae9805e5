"""Measures added documents: is the right place found, is it quoted to the character, and is nothing
claimed where the documents do not answer?

The made-up documents of ``evals/documents`` are added to an empty shelf beside the library, as a
person would add them, and every question is asked as usual.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from assistant.assembly import Assistant, open_shelf, passage_search, vector_model
from assistant.documents.search import PassageSearch
from assistant.documents.shelf import Shelf, Wanted
from assistant.pipeline import Pipeline
from assistant.schema import BUNDLED, Answer, Outcome
from evals.cases import DocumentCase
from evals.figures import Rule, Scored, Table, share
from evals.records import CaseRecord, Progress, match, produce

FOLDER = Path(__file__).resolve().parent / "documents"
FOUND_WITHIN = 5
RULES = {
    "right place found, first": Rule(tolerance=0.04),
    "right place found, first five": Rule(tolerance=0.04),
    "right words shown": Rule(tolerance=0.05),
    "said to answer without need": Rule(better="lower", tolerance=0.05),
    "quoted to the character": Rule(must_be=1.0),
}

Pair = tuple[DocumentCase, "DocumentRecord"]


class DocumentRecord(CaseRecord):
    """What one question met. ``actual_found`` are the best passages as file and text;
    ``actual_quotes`` the words shown of documents, and ``actual_claimed`` whether they were said to
    answer rather than to lie near."""

    actual_outcome: Outcome | None = None
    actual_found: tuple[tuple[str, str], ...] = ()
    actual_quotes: tuple[tuple[str, str], ...] = ()
    actual_claimed: bool = False
    actual_exact: bool = True


@dataclass(frozen=True)
class Beside:
    """The assistant's pipeline with the made-up documents beside the library."""

    pipeline: Pipeline
    search: PassageSearch
    shelf: Shelf
    files: dict[str, str]


@contextmanager
def beside(assistant: Assistant, paths: Sequence[Path] = ()) -> Iterator[Beside]:
    """Add documents, the made-up ones unless others are named, to a shelf of their own, for as
    long as the block runs."""
    with TemporaryDirectory() as home:
        settings = assistant.settings.model_copy(update={"home": Path(home)})
        model = vector_model(assistant.settings)
        shelf = open_shelf(settings, model, assistant.settings.home)
        report = shelf.add(
            list(paths) or sorted(FOLDER.glob("[a-z]*.md")), Wanted(on_similar="keep")
        )
        broken = [f"{f.path}: {f.message}" for f in report.files if f.status != "added"]
        if broken:
            raise RuntimeError("; ".join(broken))
        search = passage_search(shelf, assistant.index, model.identity)
        retriever = assistant.retriever.with_documents(search)
        pipeline = replace(assistant.pipeline, retriever=retriever, documents=shelf.store)
        files = {d.id: Path(d.path).name for d in shelf.store.documents()}
        try:
            yield Beside(pipeline, search, shelf, files)
        finally:
            shelf.close()


def record(
    assistant: Assistant, cases: Sequence[DocumentCase], path: Path, progress: Progress
) -> list[DocumentRecord]:
    """Ask every question."""
    with beside(assistant) as held:

        def act(case: DocumentCase) -> DocumentRecord:
            answer = held.pipeline.ask(case.question, user=case.user)
            found = held.pipeline.retriever.search(case.question).passages[:FOUND_WITHIN]
            return DocumentRecord(
                id=case.id,
                actual_outcome=answer.outcome,
                actual_found=tuple((held.files[e.source_id], e.text) for e in found),
                actual_quotes=tuple(_quotes(answer, held.files)),
                actual_claimed=_claims(answer, held.pipeline),
                actual_exact=exactly_quoted(answer, held.shelf),
            )

        return produce(cases, act, DocumentRecord, path, progress)


def _quotes(answer: Answer, files: dict[str, str]) -> Iterator[tuple[str, str]]:
    """File and quoted words of every passage that an answer cites."""
    for citation in answer.citations:
        if citation.collection != BUNDLED:
            yield (
                files[citation.source_id],
                citation.text[citation.char_start : citation.char_end],
            )


def _claims(answer: Answer, pipeline: Pipeline) -> bool:
    """True where a document is said to answer, and not only to lie near."""
    near = pipeline.wording.text("documents_near_heading")
    own = {c.n for c in answer.citations if c.collection != BUNDLED}
    said = (
        {n for s in answer.summary for n in s.citations} if answer.outcome == "answered" else set()
    )
    for section in answer.sections:
        if section.kind == "document" and section.heading != near:
            said |= {n for statement in section.statements for n in statement.citations}
    return bool(own & said)


def exactly_quoted(answer: Answer, shelf: Shelf) -> bool:
    """True when every quoted passage is what the stored text holds at its place."""
    return all(
        shelf.store.span(citation.source_id, *citation.span) == citation.text
        for citation in answer.citations
        if citation.span is not None
    )


def score(cases: Sequence[DocumentCase], records: Iterable[DocumentRecord]) -> Scored:
    """The figures of a record."""
    matched = match(cases, records)
    pairs = matched.pairs
    held = [pair for pair in pairs if pair[0].answerable]
    others = [pair for pair in pairs if not pair[0].answerable]
    return Scored(
        figures={
            "right place found, first": share([_found(p, 1) for p in held]),
            "right place found, first five": share([_found(p, FOUND_WITHIN) for p in held]),
            "right words shown": share([_shown(p) for p in held]),
            "right words shown, and said to answer": share(
                [_shown(p) and p[1].actual_claimed for p in held]
            ),
            "said to answer without need": share([r.actual_claimed for _, r in others]),
            "shown as near without need": share(
                [bool(r.actual_quotes) and not r.actual_claimed for _, r in others]
            ),
            "quoted to the character": share([r.actual_exact for _, r in pairs]),
        },
        tables=(_by_feature(held), _worst(held, others)),
        counts={
            "scored": len(pairs),
            "unscored": len(matched.unscored),
            "not run": len(matched.not_run),
        },
        errors=matched.errors,
    )


def holds(case: DocumentCase, file: str, text: str) -> bool:
    """True when a text of a file holds one of the sentences that answer."""
    folded = " ".join(text.split())
    return file == case.document and any(" ".join(q.split()) in folded for q in case.quotes)


def _found(pair: Pair, within: int) -> bool:
    case, rec = pair
    return any(holds(case, file, text) for file, text in rec.actual_found[:within])


def _shown(pair: Pair) -> bool:
    case, rec = pair
    return any(holds(case, file, text) for file, text in rec.actual_quotes)


def _by_feature(held: Sequence[Pair]) -> Table:
    rows = []
    for feature in sorted({case.feature for case, _ in held}):
        own = [pair for pair in held if pair[0].feature == feature]
        first, five = (sum(_found(p, n) for p in own) for n in (1, FOUND_WITHIN))
        rows.append((feature, str(len(own)), str(first), str(five), str(sum(map(_shown, own)))))
    headings = ("feature", "questions", "found first", "found in five", "shown")
    return Table("By feature", headings, tuple(rows))


def _worst(held: Sequence[Pair], others: Sequence[Pair]) -> Table:
    missed = [(c.id, str(c.document), "not found") for c, r in held if not _found((c, r), 5)]
    claimed = [(c.id, c.near.partition(":")[0], "claimed") for c, r in others if r.actual_claimed]
    return Table("Cases to look at", ("case", "document", "what"), tuple(missed + claimed))
