"""Finds evidence for a question: BM25, three kinds of vectors, and a linear ranking over them.

Every unit of the index (notes, briefs, direct answers, contested questions) gets one score from the
same signals, and the kinds are told apart afterwards. It decides nothing about whether the evidence
is good enough; ``answering`` does.

The signals, all larger for better:

    lexical     BM25 over body, asks and names, words of the glossary added at a tenth
    body        cosine of the question with the unit's body
    ask         cosine with the nearest of the unit's asks
    gist        cosine with the mean of the unit's asks
    coverage    share of the question's words that the unit holds, rare words counting more
    topic       how far the unit's topics are those of the best fifteen
    neighbours  mean cosine of the unit's body with the bodies of the best five

Two things are added afterwards. A note that a direct answer or a contested question near the
question rests on, or that an editor put beside it, is raised (``endorsed``): somebody had read it
and judged that it bears on such a question. Notes of a
source that the question names are raised (``named``), and the best of them comes first.

The best that was found is then read together with the question (``read``, the reranker's log odds
that the text answers it), where the reranker can be had; that moves notes up and down, and is a
signal for what decides which direct answer leads.

``WEIGHTS`` were fitted on the library's own asks of 22 November 2026, each held out in turn as a
question for its note. ``evals/fit_ranking.py`` fits on the development questions today; what it
gave was no better on questions held out, so the weights stand.
"""

from __future__ import annotations

import copy
import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import yaml

from assistant.documents.search import PassageSearch
from assistant.errors import ConfigurationError, CorpusError
from assistant.indexing import lexical
from assistant.indexing.store import ASKS, BODIES, GISTS, Index
from assistant.indexing.units import Unit, passes, units_of, where_clause
from assistant.naming import names_of
from assistant.pair_odds import Odds
from assistant.reranker import as_read
from assistant.schema import BriefAnswer, Contested, Evidence, Filters, Note, Source
from assistant.spelling import Speller
from assistant.text import normalise

Floats = npt.NDArray[np.float32]

SIGNALS = ("lexical", "body", "ask", "gist", "coverage", "topic", "neighbours")
WEIGHTS: dict[str, float] = {
    "lexical": 0.316,
    "body": 7.746,
    "ask": 1.635,
    "gist": 3.76,
    "coverage": 4.508,
    "topic": 2.736,
    "neighbours": 1.651,
}
FIRST_PASS: dict[str, float] = {"lexical": 1.2, "body": 10.0, "ask": 9.2}
"""Weights of the first ordering, from which topics and neighbours are taken."""
NEAREST = 250
BEST = 3
_NAME = re.compile(r"(?<=[a-z,;:] )[A-Z][a-z]{2,}")
GLOSSARY_WEIGHT = 0.1
TOPIC_DEPTH, NEIGHBOUR_DEPTH = 15, 5
ENDORSED, ENDORSERS = 4.0, 3
"""What an endorsement adds at most for the best direct answer or contested question (less for the
next), and how many of each may endorse. Chosen on the development questions, as what follows."""
ENDORSED_HALF, ENDORSED_FADING, LEAST_ENDORSEMENT = 2.0, 1.5, 0.2
"""How far behind the best note the one that endorses may lie to count for half, how steeply that
fades, and below what it counts for nothing."""
ANSWERING, BEARING = 0.9, 0.6
"""The shares of that for notes that no sentence cites but that answer as well, or bear on it."""

READ = {"note": 8, "answer": 5}
"""How many of each kind are read together with the question."""
READ_COUNTS, READ_MOST, READ_BASE = 0.3, 4.0, 5
"""What a log odd of the reranker is worth in score, beyond what it counts for no more, and over how
many of the best notes it is levelled, so that scores as a whole stay where they were."""

NAMED, NAMED_FIRST = 4.0, 5
"""What is added to notes of a source that the question names, and of how many such sources the best
note is put before all others."""


@dataclass(frozen=True)
class Hit:
    """A unit found, with its score and the signals that it was made of."""

    uid: str
    score: float
    parts: dict[str, float]


@dataclass(frozen=True)
class Found:
    """What one search found, best first, by kind of unit."""

    evidence: tuple[Evidence, ...]
    briefs: tuple[Hit, ...]
    answers: tuple[Hit, ...]
    contested: tuple[Hit, ...]
    vectors: Mapping[str, Floats] = field(default_factory=dict)
    passages: tuple[Evidence, ...] = ()
    """Passages of added documents."""
    collections: Mapping[str, str] = field(default_factory=dict)
    """Names of the collections that the passages are of."""
    unreadable: bool = False
    """True where added documents cannot be read, so that nothing is known of them."""
    wording: Mapping[str, float] = field(default_factory=dict)
    """How the question's words lie in the best three units; see ``Retriever.wording``."""

    def closeness(self, one: Evidence, other: Evidence) -> float:
        """Cosine of two pieces of evidence; 0 where a vector is not held."""
        a, b = self.vectors.get(one.evidence_id), self.vectors.get(other.evidence_id)
        return float(a @ b) if a is not None and b is not None else 0.0


class Glossary:
    """Groups of words that mean the same in the field."""

    def __init__(self, groups: Sequence[Sequence[str]]) -> None:
        self._groups = [
            (re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, group))})s?(?!\w)"), tuple(group))
            for group in groups
        ]

    def widen(self, question: str) -> list[str]:
        """Words that mean the same as words of the question, and do not stand in it."""
        lowered = question.lower()
        found: list[str] = []
        for pattern, group in self._groups:
            if pattern.search(lowered):
                found += [word for word in group if word not in lowered]
        return found


def read_glossary(folder: Path) -> Glossary:
    """The glossary of a library's folder; an empty one where the file is missing.

    Raises:
        CorpusError: the file is not a list of lists of words.
    """
    path = folder / "glossary.yaml"
    if not path.exists():
        return Glossary([])
    try:
        groups = yaml.safe_load(path.read_text(encoding="utf-8")) or []
    except (yaml.YAMLError, UnicodeDecodeError, OSError) as error:
        raise CorpusError("glossary.yaml", "", f"cannot be read ({error})") from error
    if not isinstance(groups, list) or not all(isinstance(group, list) for group in groups):
        raise CorpusError("glossary.yaml", "", "must be a list of lists of words")
    return Glossary([[str(word) for word in group] for group in groups])


class Retriever:
    """Searches one open index."""

    def __init__(
        self,
        index: Index,
        embed: Callable[[Sequence[str]], Floats],
        glossary: Glossary,
        askable: Callable[[str], float] = lambda question: 0.0,
        documents: PassageSearch | None = None,
        unreadable: bool = False,
        read: Odds | None = None,
    ) -> None:
        self._index = index
        self._embed = embed
        self._glossary = glossary
        self._askable = askable
        self._documents = documents
        self._unreadable = unreadable
        self._topics = _topic_matrix(index)
        self._names = names_of(index.library)
        self._read = read
        self._units: dict[str, Unit] = {unit.uid: unit for unit in units_of(index.library)}
        self._first_ask = _first_asks(index, self._units)
        self._speller = Speller(text for unit in self._units.values() for text in unit.texts)

    def search(self, question: str, *, top: int = 10, filters: Filters | None = None) -> Found:
        """The best units for a question.

        Args:
            question: as asked, or made to stand alone.
            top: how many notes at most; other kinds give five each.
            filters: what to narrow to; briefs and contested questions are left out then.
        """
        filters = filters or Filters()
        typed = normalise(question)
        text = self._speller.mended(typed)
        vector = self._embed([text])[0]
        places, signals = self.signals(text, filters, vector)
        unreadable = self._unreadable
        passages: tuple[Evidence, ...] = ()
        names: Mapping[str, str] = {}
        passage_vectors: dict[str, Floats] = {}
        try:
            passages, names, passage_vectors = self._passages(typed, text, filters)
        except ConfigurationError:
            # The library answers all the same; the answer says that the documents could not.
            unreadable = True
        scores = _weighted(signals, WEIGHTS)
        uids = [self._index.units[int(place)].uid for place in places]
        endorsed = self._endorsed(uids, scores)
        named = self._named(text, uids, scores + endorsed)
        added = endorsed + named
        scores = scores + added
        # Equal scores keep the order of the index, so that the same question gives the same list.
        order = np.argsort(-scores, kind="stable")
        hits: dict[str, list[Hit]] = {"note": [], "brief": [], "answer": [], "contested": []}
        for row in order:
            into = hits[_kind(uids[row])]
            if len(into) < (top if _kind(uids[row]) == "note" else 5):
                parts = {name: round(float(signals[name][row]), 4) for name in SIGNALS}
                parts["endorsed"] = round(float(added[row]), 4)
                parts["named"] = round(float(named[row]), 4)
                into.append(Hit(uids[row], round(float(scores[row]), 4), parts))
        if self._read is not None:
            hits = self._reread(text, vector, hits, self._read)
        evidence = tuple(self._evidence(hit, rank) for rank, hit in enumerate(hits["note"], 1))
        best = sorted(range(len(uids)), key=lambda row: -(scores[row] - added[row]))[:BEST]
        return Found(
            evidence=evidence,
            briefs=tuple(hits["brief"]),
            answers=tuple(hits["answer"]),
            contested=tuple(hits["contested"]),
            passages=passages,
            collections=names,
            unreadable=unreadable,
            vectors={**self._body_vectors([e.evidence_id for e in evidence]), **passage_vectors},
            wording=self.wording(text, [int(places[row]) for row in best])
            | {"askable": self._askable(text)},
        )

    def _reread(
        self, text: str, vector: Floats, hits: Mapping[str, list[Hit]], read: Odds
    ) -> dict[str, list[Hit]]:
        """The hits with what the reranker makes of the best of each kind, notes in a new order."""
        chosen = [hit for kind, found in hits.items() for hit in found[: READ.get(kind, 0)]]
        texts = self._as_read([hit.uid for hit in chosen], vector)
        odds = read([(text, texts[hit.uid]) for hit in chosen])
        bounded = np.clip(odds, -READ_MOST, READ_MOST)
        seen = dict(zip((hit.uid for hit in chosen), bounded, strict=True))
        reread = {
            kind: [_with_read(hit, seen[hit.uid]) if hit.uid in seen else hit for hit in found]
            for kind, found in hits.items()
        }
        reread["note"] = _reordered(reread["note"])
        return reread

    def as_read(self, question: str, uids: Sequence[str]) -> dict[str, str]:
        """Units as the reranker is given them, by uid."""
        return self._as_read(uids, self._embed([normalise(question)])[0])

    def _as_read(self, uids: Sequence[str], vector: Floats) -> dict[str, str]:
        """Units with the ask of each that is nearest to the question."""
        units = [self._units[uid] for uid in uids]
        numbers = [self._first_ask[unit.uid] + n for unit in units for n in range(len(unit.asks))]
        near = self._index.vectors(ASKS, numbers) @ vector if numbers else np.zeros(0)
        found, start = {}, 0
        for unit in units:
            own = near[start : start + len(unit.asks)]
            start += len(unit.asks)
            ask = unit.asks[int(own.argmax())] if unit.asks else ""
            found[unit.uid] = as_read(ask, self._library_words(unit))
        return found

    def _library_words(self, unit: Unit) -> str:
        """What a unit says; of a direct answer without the title of its brief."""
        if unit.kind != "answer":
            return unit.body
        brief = self._index.library.briefs[unit.uid.split(":", 1)[1].partition("/")[0]]
        return unit.body.removeprefix(f"{brief.title}. ")

    def with_documents(self, documents: PassageSearch) -> Retriever:
        """The same retriever beside other added documents."""
        other = copy.copy(self)
        other._documents = documents
        return other

    def _passages(
        self, typed: str, mended: str, filters: Filters
    ) -> tuple[tuple[Evidence, ...], Mapping[str, str], dict[str, Floats]]:
        """Passages of added documents, names of their collections, and their vectors.

        Raises:
            ConfigurationError: they cannot be read.
        """
        if self._documents is None:
            return (), {}, {}
        found = self._documents.find(typed, mended, filters)
        if not found:
            return (), {}, {}
        return found, self._documents.names(), self._documents.vectors(found)

    def _endorsed(self, uids: Sequence[str], scores: Floats) -> Floats:
        """What is added to notes that the best direct answers and contested questions rest on, or
        that an editor put beside them; zero for all else."""
        added = np.zeros(len(uids), dtype=np.float32)
        notes = [row for row, uid in enumerate(uids) if _kind(uid) == "note"]
        if not notes:
            return added
        best = max(scores[row] for row in notes)
        row_of = {uids[row]: row for row in notes}
        for kind in ("answer", "contested"):
            rows = [row for row, uid in enumerate(uids) if _kind(uid) == kind]
            rows.sort(key=lambda row: -scores[row])
            for place, row in enumerate(rows[:ENDORSERS]):
                worth = _endorsement(float(best - scores[row]), place)
                for note, share in self._endorses(uids[row]).items():
                    if (found := row_of.get(f"note:{note}")) is not None:
                        added[found] = max(added[found], worth * share)
        return added

    def _endorses(self, uid: str) -> dict[str, float]:
        """The notes that a direct answer or a contested question speaks for, and how much."""
        library = self._index.library
        kind, _, name = uid.partition(":")
        if kind == "contested":
            asked: BriefAnswer | Contested = library.contested[name]
        else:
            brief_id, _, number = name.partition("/")
            asked = library.briefs[brief_id].answers[int(number)]
        return {
            **dict.fromkeys(asked.bearing, BEARING),
            **dict.fromkeys(asked.answering, ANSWERING),
            **dict.fromkeys(asked.cited, 1.0),
        }

    def _named(self, text: str, uids: Sequence[str], scores: Floats) -> Floats:
        """What is added to notes of the sources that the question names; zero for all else."""
        added = np.zeros(len(uids), dtype=np.float32)
        wanted = self._names.sources_named(text)
        if not wanted or not len(scores):
            return added
        library = self._index.library
        rows: dict[str, list[int]] = {}
        for row, uid in enumerate(uids):
            if _kind(uid) == "note":
                source = library.note_source[uid.removeprefix("note:")].id
                if source in wanted:
                    rows.setdefault(source, []).append(row)
        firsts = [max(own, key=lambda row: scores[row]) for own in rows.values()]
        for own in rows.values():
            added[own] = NAMED
        top = float(scores.max())
        for row in sorted(firsts, key=lambda row: -scores[row])[:NAMED_FIRST]:
            added[row] = max(NAMED, top - float(scores[row]) + NAMED)
        return added

    def _body_vectors(self, note_ids: Sequence[str]) -> dict[str, Floats]:
        if not note_ids:
            return {}
        places = [self._index.position[f"note:{note_id}"] for note_id in note_ids]
        return dict(zip(note_ids, self._index.vectors(BODIES, places), strict=True))

    def wording(self, text: str, places: Sequence[int]) -> dict[str, float]:
        """How a question's words lie in some units, rare words counting more; each 0 to 1.

        Returns:
            covered: share that at least one of the units holds.
            unknown: share that no unit of the whole library holds.
            rare_held: share of the question's two rarest words that the units hold.
            name_missing: 1 where a capitalised word inside the question stands in none of them.
        """
        words = list(dict.fromkeys(lexical.tokens(text)))
        weight = {word: lexical.rarity(self._index.bm25, word) for word in words}
        total = max(sum(weight.values()), 1e-6)
        holders = {word: set(lexical.holders(self._index.bm25, word).tolist()) for word in words}
        held = [word for word in words if holders[word] & set(places)]
        rare = sorted(words, key=lambda word: -weight[word])[:2]
        names = [token for name in _NAME.findall(text) for token in lexical.tokens(name)]
        missing = any(not holders.get(token, set()) & set(places) for token in names)
        return {
            "covered": sum(weight[word] for word in held) / total,
            "unknown": sum(weight[word] for word in words if not holders[word]) / total,
            "rare_held": sum(word in held for word in rare) / max(len(rare), 1),
            "name_missing": float(missing),
        }

    def knows(self, word: str) -> bool:
        """True when the word, stemmed, stands in the library; stop words count as known."""
        return all(token in self._index.bm25.vocab_dict for token in lexical.tokens(word))

    def signals(
        self, text: str, filters: Filters, vector: Floats | None = None
    ) -> tuple[npt.NDArray[np.int64], dict[str, Floats]]:
        """Candidate places in the index and their signals, one row a candidate."""
        index = self._index
        query_tokens = lexical.tokens(text)
        widened = [t for w in self._glossary.widen(text) for t in lexical.tokens(w)]
        extra = sorted(set(widened) - set(query_tokens))
        bm25 = lexical.scores(index.bm25, query_tokens)
        bm25 = bm25 + GLOSSARY_WEIGHT * lexical.scores(index.bm25, extra)
        vector = self._embed([text])[0] if vector is None else vector
        where = where_clause(filters)
        near = {
            name: index.nearest(name, vector, _within(index, name, NEAREST), where)
            for name in (BODIES, ASKS, GISTS)
        }
        places = self._candidates(bm25, near, filters, self._names.sources_named(text))
        bodies = index.vectors(BODIES, places.tolist()) if len(places) else _no_vectors(vector)
        gists = index.vectors(GISTS, places.tolist()) if len(places) else _no_vectors(vector)
        signals = {
            "lexical": bm25[places],
            "body": bodies @ vector,
            "ask": self._best_ask(near[ASKS], places),
            "gist": gists @ vector,
            "coverage": lexical.coverage(index.bm25, query_tokens)[places],
        }
        first = np.argsort(-_weighted(signals, FIRST_PASS), kind="stable")
        signals["topic"] = self._topic_agreement(places, first[:TOPIC_DEPTH])
        best = bodies[first[:NEIGHBOUR_DEPTH]]
        signals["neighbours"] = (
            (bodies @ best.T).mean(axis=1) if len(best) else np.zeros(len(places), np.float32)
        )
        return places, signals

    def _candidates(
        self,
        bm25: Floats,
        near: dict[str, list[tuple[str, float]]],
        filters: Filters,
        named: frozenset[str],
    ) -> npt.NDArray[np.int64]:
        allowed = np.array([passes(filters, unit.metadata) for unit in self._index.units])
        lexically = np.where(allowed, bm25, -1.0)
        best = np.argsort(-lexically, kind="stable")[:NEAREST]
        found = {int(place) for place in best if lexically[place] > 0}
        position = self._index.position
        found |= {position[uid] for pairs in near.values() for uid, _ in pairs}
        sources = (self._index.library.sources[source] for source in named)
        found |= {position[f"note:{note.id}"] for source in sources for note in source.notes}
        return np.array(sorted(place for place in found if allowed[place]), dtype=np.int64)

    def _best_ask(self, pairs: list[tuple[str, float]], places: npt.NDArray[np.int64]) -> Floats:
        """Similarity of each candidate's nearest ask; those not among the nearest get the least."""
        best: dict[str, float] = {}
        for uid, similarity in pairs:
            best[uid] = max(similarity, best.get(uid, -1.0))
        floor = min(best.values(), default=0.0)
        uids = (self._index.units[int(place)].uid for place in places)
        return np.array([best.get(uid, floor) for uid in uids], dtype=np.float32)

    def _topic_agreement(
        self, places: npt.NDArray[np.int64], best: npt.NDArray[np.int64]
    ) -> Floats:
        """Mean share, among the best candidates, of each candidate's own topics."""
        if not len(best):
            return np.zeros(len(places), dtype=np.float32)
        shares = self._topics[places[best]].mean(axis=0)
        own = self._topics[places]
        return np.asarray((own @ shares) / np.maximum(own.sum(axis=1), 1.0), dtype=np.float32)

    def _evidence(self, hit: Hit, rank: int) -> Evidence:
        note_id = hit.uid.removeprefix("note:")
        library = self._index.library
        return evidence_of(
            library.notes[note_id], library.note_source[note_id], hit.score, rank, hit.parts
        )


def evidence_of(
    note: Note, source: Source, score: float = 0.0, rank: int = 0, parts: Any = None
) -> Evidence:
    """A note as evidence, with what readers need to know of its source."""
    return Evidence(
        evidence_id=note.id,
        source_id=source.id,
        text=note.text,
        score=score,
        rank=rank,
        parts=parts or {},
        title=source.title,
        authors=source.authors,
        year=source.year,
        published_in=source.published_in,
        kind=source.kind,
        stands_as=note.stands_as,
        jurisdiction=source.jurisdiction,
        who_speaks=source.who_speaks,
        basis=note.basis or source.basis,
        status=source.status,
        superseded_by=source.superseded_by,
        topics=note.topics,
        users=note.users,
        settings=source.settings,
        locator=note.locator,
        our_reading=note.our_reading,
        checked=source.checked,
        url=source.url,
        doi=source.doi,
    )


def _kind(uid: str) -> str:
    return uid.partition(":")[0]


def _with_read(hit: Hit, odds: float) -> Hit:
    return replace(hit, parts={**hit.parts, "read": round(float(odds), 4)})


def _reordered(notes: Sequence[Hit]) -> list[Hit]:
    """Notes in the order of their scores with what reading them adds; notes that were not read
    stay behind those that were."""
    read = [hit for hit in notes if "read" in hit.parts]
    if not read:
        return list(notes)
    base = float(np.mean(sorted((hit.parts["read"] for hit in read), reverse=True)[:READ_BASE]))
    moved = [
        replace(hit, score=round(hit.score + READ_COUNTS * (hit.parts["read"] - base), 4))
        for hit in read
    ]
    moved.sort(key=lambda hit: -hit.score)
    rest = [hit for hit in notes if "read" not in hit.parts]
    last = moved[-1].score
    return [*moved, *(replace(hit, score=min(hit.score, last)) for hit in rest)]


def _first_asks(index: Index, units: Mapping[str, Unit]) -> dict[str, int]:
    """The running number of each unit's first ask among the asks of all."""
    first, count = {}, 0
    for record in index.units:
        first[record.uid] = count
        count += len(units[record.uid].asks)
    return first


def _endorsement(behind: float, place: int) -> float:
    """What a direct answer or contested question adds that lies so far behind the best note, as
    the first, second … of its kind. It fades, so that no small difference decides."""
    worth = (
        ENDORSED / (1.0 + math.exp(ENDORSED_FADING * (behind - ENDORSED_HALF))) / (1 + place / 2)
    )
    return worth if worth >= LEAST_ENDORSEMENT else 0.0


def _weighted(signals: dict[str, Floats], weights: dict[str, float]) -> Floats:
    total = sum(weight * signals[name] for name, weight in weights.items())
    return np.asarray(total, dtype=np.float32)


def _within(index: Index, name: str, wanted: int) -> int:
    held = index.manifest.asks if name == ASKS else index.manifest.units
    return max(1, min(wanted * (2 if name == ASKS else 1), held))


def _no_vectors(like: Floats) -> Floats:
    return np.zeros((0, like.shape[0]), dtype=np.float32)


def _topic_matrix(index: Index) -> Floats:
    """One row a unit, one column a topic; 1 where the unit has it."""
    topics = sorted(index.library.topics)
    return np.array(
        [[float(bool(unit.metadata.get(f"topic_{t}"))) for t in topics] for unit in index.units],
        dtype=np.float32,
    )
