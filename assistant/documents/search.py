"""Finds passages of added documents for a question.

An exact search over all passages by four signals: BM25 over title, headings and text; the cosine of
the question with the passage, with and without the layer that was learned for searching; and the
cosine with the title and headings. Each is put on one scale over all passages (mean 0, deviation 1)
before they are added with ``WEIGHTS``. How rare a word is, is told from the bundled library and the
added documents together, because within one lone-working policy "lone" is in every passage. What is
worked out once (vectors, word counts) is kept in one file that can be deleted at any time; it is
named after the texts and the model.

``WEIGHTS`` were fitted by ``evals/fit_passages.py`` on the development questions on made-up
documents; the test questions took no part.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import os
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from assistant.documents.currency import status_of
from assistant.documents.ownership import without_ownership
from assistant.documents.records import Document, Passage
from assistant.documents.store import DocumentStore, evidence_id
from assistant.force import force_of
from assistant.indexing import lexical
from assistant.indexing.vectors import KeptModel, Progress, text_key
from assistant.schema import BUNDLED, Evidence, Filters, StandsAs

Floats = npt.NDArray[np.float32]
Frequency = Callable[[str], int]
"""In how many units of the bundled library a token stands."""

K1, B = 1.5, 0.75
WEIGHTS: dict[str, float] = {"lexical": 0.44, "plain": 0.47, "headed": 0.98, "heading": 0.1}
SIGNALS = (*WEIGHTS, "coverage", "lead")
"""All signals of a passage; ``coverage`` is the share of the question's words that it holds, rare
words counting more, and ``lead`` how far its score lies above the sixth best one's."""
RIVALS = 5
OLD_COUNTS = 1.0
"""What being superseded or retracted takes from a score when passages are ordered."""
ON_NOTES_SCALE = (6.0, 1.6)
"""What a passage's score is put on the scale of the notes' scores with, where both stand in one
list: a constant and a factor."""
RESEARCH = frozenset(
    {"systematic-review", "trial", "cohort-study", "qualitative-study", "survey", "case-study"}
)


Head = Callable[[Floats], Floats]
"""The layer learned for searching: unit vectors to unit vectors, shape (n, dimensions)."""


def heading_text(document: Document, passage: Passage) -> str:
    """Title and headings of a passage, as they get a vector."""
    return ". ".join((document.details.title, *passage.heading))


@dataclass(frozen=True)
class Postings:
    """Word counts: for each token, the passages that hold it and how often."""

    place: Mapping[str, int]
    bounds: npt.NDArray[np.int64]
    rows: npt.NDArray[np.int32]
    counts: npt.NDArray[np.float32]
    lengths: Floats

    def of(self, token: str) -> tuple[npt.NDArray[np.int32], Floats]:
        """Rows that hold a token, and how often each does."""
        number = self.place.get(token)
        if number is None:
            return self.rows[:0], self.counts[:0]
        start, end = self.bounds[number : number + 2]
        return self.rows[start:end], self.counts[start:end]


def count_words(texts: Sequence[str]) -> Postings:
    """The postings of texts."""
    held: dict[str, list[tuple[int, int]]] = {}
    lengths = np.zeros(len(texts), dtype=np.float32)
    for row, text in enumerate(texts):
        words = Counter(lexical.tokens(text))
        lengths[row] = sum(words.values())
        for word, count in words.items():
            held.setdefault(word, []).append((row, count))
    vocabulary = sorted(held)
    sizes = [len(held[word]) for word in vocabulary]
    pairs = [pair for word in vocabulary for pair in held[word]]
    return Postings(
        place={word: number for number, word in enumerate(vocabulary)},
        bounds=np.concatenate(([0], np.cumsum(sizes))).astype(np.int64),
        rows=np.array([row for row, _ in pairs], dtype=np.int32),
        counts=np.array([count for _, count in pairs], dtype=np.float32),
        lengths=lengths,
    )


@dataclass(frozen=True)
class Held:
    """Everything that searching one state of the documents needs, one row a passage."""

    documents: Mapping[str, Document]
    names: Mapping[str, str]
    rows: tuple[tuple[str, Passage], ...]
    row_of: Mapping[str, int]
    plain: Floats
    headed: Floats
    headings: Floats
    postings: Postings


class PassageSearch:
    """Searches the added documents of one store; notices when they change.

    Args:
        store: the documents.
        model: the embedding model, with the documents' own cache.
        head: the layer learned for searching, where the model has one.
        frequency: how many bundled units hold a token.
        bundled: how many bundled units there are.
    """

    def __init__(
        self,
        store: DocumentStore,
        model: KeptModel,
        head: Head | None,
        frequency: Frequency,
        bundled: int,
    ) -> None:
        self._store = store
        self._model = model
        self._head = head or (lambda vectors: vectors)
        self._frequency = frequency
        self._bundled = bundled
        self._revision = -1
        self._held: Held | None = None

    @property
    def store(self) -> DocumentStore:
        """The documents that are searched."""
        return self._store

    def held(self, progress: Progress | None = None) -> Held:
        """The documents as they are now, read again when they changed."""
        revision = self._store.revision
        if self._held is None or revision != self._revision:
            self._held = _read(self._store, self._model, self._head, progress)
            self._revision = revision
        return self._held

    def find(self, typed: str, mended: str, filters: Filters, top: int = 8) -> tuple[Evidence, ...]:
        """The best passages, best first.

        Args:
            typed: the question, cleaned.
            mended: the same with misspelt words mended by the bundled library's words.
            filters: what to narrow to.
            top: how many at most.
        """
        held = self.held()
        if not held.rows or filters.collection == (BUNDLED,) or filters.topic:
            return ()
        # "What does our policy say on …" is about whose document it is, not about what it says.
        typed, mended = without_ownership(typed), without_ownership(mended)
        signals = self.signals(held, typed, mended)
        allowed = {key for key, doc in held.documents.items() if _passes(filters, doc)}
        replaced = {key for key, doc in held.documents.items() if _is_old(doc)}
        old = np.array([key in replaced for key, _ in held.rows], dtype=np.float32)
        order = np.argsort(-(signals["score"] - OLD_COUNTS * old), kind="stable").tolist()
        best = list(islice((row for row in order if held.rows[row][0] in allowed), top))
        return tuple(self._evidence(held, row, n, signals) for n, row in enumerate(best, 1))

    def names(self) -> Mapping[str, str]:
        """Names of the collections, by id."""
        return self.held().names

    def vectors(self, passages: Sequence[Evidence]) -> dict[str, Floats]:
        """The vectors of passages found, by evidence id."""
        held = self.held()
        return {p.evidence_id: held.headed[held.row_of[p.evidence_id]] for p in passages}

    def signals(self, held: Held, typed: str, mended: str) -> dict[str, Floats]:
        """The signals of every passage, each of shape (passages,), and their ``score``."""
        words = _words(typed, mended, held.postings)
        vector = self._model.fresh([mended])
        signals = {
            "lexical": self._bm25(held.postings, words),
            "plain": _cosines(held.plain, vector[0]),
            "headed": _cosines(held.headed, self._head(vector)[0]),
            "heading": _cosines(held.headings, vector[0]),
            "coverage": self._coverage(held.postings, words),
        }
        signals["score"] = weighted(signals)
        rival = np.sort(signals["score"])[::-1][RIVALS : RIVALS + 1]
        least = float(rival[0]) if len(rival) else float(signals["score"].min()) - 1.0
        signals["lead"] = np.asarray(signals["score"] - least, dtype=np.float32)
        return signals

    def _bm25(self, postings: Postings, words: Sequence[str]) -> Floats:
        total = np.zeros(len(postings.lengths), dtype=np.float32)
        usual = max(float(postings.lengths.mean()), 1.0) if len(total) else 1.0
        size = len(total) + self._bundled
        for word, times in Counter(words).items():
            rows, counts = postings.of(word)
            holders = len(rows) + self._frequency(word)
            rarity = np.log(1 + (size - holders + 0.5) / (holders + 0.5))
            length = 1 - B + B * postings.lengths[rows] / usual
            total[rows] += times * rarity * counts / (counts + K1 * length)
        return total

    def _coverage(self, postings: Postings, words: Sequence[str]) -> Floats:
        covered = np.zeros(len(postings.lengths), dtype=np.float32)
        total = 0.0
        size = len(covered) + self._bundled
        for word in set(words):
            rows, _ = postings.of(word)
            weight = float(np.log((size + 1) / (len(rows) + self._frequency(word) + 1)))
            covered[rows] += weight
            total += weight
        return np.asarray(covered / max(total, 1e-6), dtype=np.float32)

    def _evidence(self, held: Held, row: int, rank: int, signals: Mapping[str, Floats]) -> Evidence:
        document_id, passage = held.rows[row]
        parts = {name: round(float(signals[name][row]), 4) for name in SIGNALS}
        constant, factor = ON_NOTES_SCALE
        score = round(constant + factor * float(signals["score"][row]), 4)
        return passage_evidence(held.documents[document_id], passage, score, rank, parts)


def _words(typed: str, mended: str, postings: Postings) -> list[str]:
    """The question's tokens: as typed where a document holds them, mended where none does."""
    raw, fixed = lexical.tokens(typed), lexical.tokens(mended)
    if len(raw) != len(fixed):
        return fixed
    return [r if r in postings.place else f for r, f in zip(raw, fixed, strict=True)]


def _cosines(vectors: Floats, vector: Floats) -> Floats:
    return np.asarray(vectors @ vector, dtype=np.float32)


def weighted(signals: Mapping[str, Floats]) -> Floats:
    """The sum of the signals, each put on one scale over all passages."""
    total = sum(weight * _standard(signals[name]) for name, weight in WEIGHTS.items())
    return np.asarray(total, dtype=np.float32)


def _standard(values: Floats) -> Floats:
    return np.asarray((values - values.mean()) / max(float(values.std()), 1e-6), np.float32)


def passage_evidence(
    document: Document,
    passage: Passage,
    score: float = 0.0,
    rank: int = 0,
    parts: Mapping[str, float] | None = None,
) -> Evidence:
    """A passage as evidence, with what readers need to know of its document."""
    details = document.details
    return Evidence(
        evidence_id=evidence_id(document.id, passage.start, passage.end),
        source_id=document.id,
        text=passage.text,
        score=score,
        rank=rank,
        parts=dict(parts or {}),
        title=details.title,
        authors=details.authors,
        year=details.year,
        published_in=details.published_in or None,
        kind=details.kind,
        stands_as=stands_as(passage.text, details.kind),
        jurisdiction=details.country,
        who_speaks=details.who_speaks,
        basis="full-text",
        status=status_of(details, dt.date.today()),
        superseded_by=details.superseded_by,
        topics=(),
        users=(),
        settings=("any",),
        locator=passage.locator(),
        checked=document.added.date(),
        url=details.url,
        doi=details.doi,
        collection=document.collection,
        page=passage.page,
        span=(passage.start, passage.end),
    )


def stands_as(text: str, kind: str) -> StandsAs:
    """What a passage stands as: research finds and an opinion holds; in all else its strongest word
    of force decides, and a text without one says what is."""
    if kind in RESEARCH:
        return "finding"
    if kind in {"opinion", "position-statement"}:
        return "position"
    force = force_of(text)
    if force in {"must", "forbid"}:
        return "requirement"
    return "recommendation" if force in {"should", "may"} else "definition"


def _is_old(document: Document) -> bool:
    return bool(document.details.superseded_by or document.details.retracted)


def _passes(filters: Filters, document: Document) -> bool:
    details = document.details
    single = (
        (filters.jurisdiction, details.country),
        (filters.kind, details.kind),
        (filters.collection, document.collection),
    )
    if any(wanted and value not in wanted for wanted, value in single):
        return False
    year = details.year or 0
    if filters.year_from is not None and year < filters.year_from:
        return False
    return filters.year_to is None or 0 < year <= filters.year_to


# ---------------------------------------------------------------- what is kept


def _read(store: DocumentStore, model: KeptModel, head: Head, progress: Progress | None) -> Held:
    documents = {document.id: document for document in store.documents()}
    names = {collection.id: collection.name for collection in store.collections()}
    rows = tuple(store.every_passage())
    texts = [passage.text for _, passage in rows]
    headings = [heading_text(documents[key], passage) for key, passage in rows]
    path = store.folder / f"search-{_key([*texts, *headings], model.identity)}.npz"
    kept = _open(path, len(rows))
    if kept is None:
        kept = (*_vectors(model, texts, headings, progress), count_words(_joined(headings, texts)))
        _keep(path, *kept)
    plain, of_headings, postings = kept
    row_of = {evidence_id(key, p.start, p.end): row for row, (key, p) in enumerate(rows)}
    return Held(documents, names, rows, row_of, plain, head(plain), of_headings, postings)


def _joined(headings: Sequence[str], texts: Sequence[str]) -> list[str]:
    return [f"{heading}. {text}" for heading, text in zip(headings, texts, strict=True)]


def _vectors(
    model: KeptModel, texts: Sequence[str], headings: Sequence[str], progress: Progress | None
) -> tuple[Floats, Floats]:
    """Vectors of passages and of their headings, one row a passage."""
    if not texts:
        return np.zeros((0, 0), dtype=np.float32), np.zeros((0, 0), dtype=np.float32)
    unique = list(dict.fromkeys(headings))
    vectors = model.vectors([*texts, *unique], progress)
    place = {heading: len(texts) + number for number, heading in enumerate(unique)}
    return vectors[: len(texts)], vectors[[place[heading] for heading in headings]]


def _key(texts: Sequence[str], identity: str) -> str:
    digest = hashlib.sha256(identity.encode())
    for text in texts:
        digest.update(text_key(text).encode())
    return digest.hexdigest()[:16]


def _open(path: Path, size: int) -> tuple[Floats, Floats, Postings] | None:
    """What was kept; None where it is missing, damaged or of another size."""
    try:
        with np.load(path, allow_pickle=False) as arrays:
            words = bytes(arrays["words"]).decode("utf-8")
            postings = Postings(
                place={w: n for n, w in enumerate(words.split("\n"))} if words else {},
                bounds=arrays["bounds"],
                rows=arrays["rows"],
                counts=arrays["counts"],
                lengths=arrays["lengths"],
            )
            plain, headings = arrays["plain"], arrays["headings"]
    except (OSError, ValueError, KeyError, zipfile.BadZipFile, zlib.error):
        return None
    whole = len(plain) == len(headings) == len(postings.lengths) == size
    return (plain, headings, postings) if whole else None


def _keep(path: Path, plain: Floats, headings: Floats, postings: Postings) -> None:
    """Write in one step, in place of older ones; a search must not fail for want of room."""
    partial = path.with_name(f"{path.stem}.{os.getpid()}.part.npz")
    arrays: dict[str, Any] = {
        "plain": plain,
        "headings": headings,
        "words": np.frombuffer("\n".join(postings.place).encode("utf-8"), dtype=np.uint8),
        "bounds": postings.bounds,
        "rows": postings.rows,
        "counts": postings.counts,
        "lengths": postings.lengths,
    }
    try:
        np.savez(partial, **arrays)
        for older in path.parent.glob("search-*.npz"):
            if older != partial:
                older.unlink(missing_ok=True)
        os.replace(partial, path)
    except OSError:
        partial.unlink(missing_ok=True)
