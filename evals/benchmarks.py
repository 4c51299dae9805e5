"""Measures the parts of the search on public sets, on texts that nobody here wrote.

    python -m evals.benchmarks FOLDER

FOLDER holds sets in the layout of BEIR (``corpus.jsonl``, ``queries.jsonl``, ``qrels.tsv``) and, as
``mtrag_un/reference.jsonl``, conversations with their passages. The sets are not part of the
project and nothing is tuned on them. BM25 and the embedding model are those of the assistant; the
layer over the model was fitted for this field and is measured beside it. ``as added`` is how a text
of a user's own is ranked: with the weights of added documents, which need no asks.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import bm25s
import ir_measures
import numpy as np
import numpy.typing as npt
from ir_measures import R, Success, nDCG

from assistant.assembly import vector_model
from assistant.conversation import lean_of
from assistant.documents.search import weighted
from assistant.errors import UsageError
from assistant.head import read_head
from assistant.indexing import lexical
from assistant.retrieval import WEIGHTS
from assistant.settings import read_settings

Floats = npt.NDArray[np.float32]
LEXICAL_SHARE, NEIGHBOURS = 0.5, 5
PREVIOUS = 0.5
"""Weight of the scores of the question before, beside those of the last one."""
MEASURES = (nDCG @ 10, R @ 100, Success @ 5)


class Search:
    """BM25 and vectors over one set of texts."""

    def __init__(
        self,
        texts: Sequence[str],
        embed: Callable[[Sequence[str]], Floats],
        titles: Sequence[str] = (),
        layer: Callable[[Floats], Floats] = lambda vectors: vectors,
    ) -> None:
        self._folder = tempfile.TemporaryDirectory()
        lexical.write(Path(self._folder.name), texts)
        self._bm25 = bm25s.BM25.load(self._folder.name)
        self._embed, self._layer = embed, layer
        self._vectors = embed(texts)
        self._headed = layer(self._vectors)
        named = [row for row, title in enumerate(titles) if title.strip()]
        self._titles = np.zeros_like(self._vectors)
        if named:
            self._titles[named] = embed([titles[row] for row in named])

    def by_words(self, query: str) -> Floats:
        """BM25 of every text."""
        return lexical.scores(self._bm25, lexical.tokens(query))

    def by_meaning(self, query: str) -> Floats:
        """Cosine of every text."""
        return np.asarray(self._vectors @ self._embed([query])[0], dtype=np.float32)

    def fused(self, query: str) -> Floats:
        """Both, standardised and added."""
        words, meaning = standard(self.by_words(query)), standard(self.by_meaning(query))
        return LEXICAL_SHARE * words + (1 - LEXICAL_SHARE) * meaning

    def as_added(self, query: str) -> Floats:
        """With the weights of added documents; a text without a title has none near the query."""
        vector = self._embed([query])[0]
        signals = {
            "lexical": self.by_words(query),
            "plain": np.asarray(self._vectors @ vector, dtype=np.float32),
            "headed": np.asarray(self._headed @ self._layer(vector[None])[0], dtype=np.float32),
            "heading": np.asarray(self._titles @ vector, dtype=np.float32),
        }
        return weighted(signals)

    def as_the_library(self, query: str) -> Floats:
        """With the weights of the library's notes. These texts have no asks, gists or topics: the
        text stands in for asks and gist, and topics count for nothing."""
        meaning = self.by_meaning(query)
        best = self._vectors[np.argsort(-meaning, kind="stable")[:NEIGHBOURS]]
        neighbours = (self._vectors @ best.T).mean(axis=1)
        of_meaning = WEIGHTS["body"] + WEIGHTS["gist"] + WEIGHTS["ask"]
        total = (
            WEIGHTS["lexical"] * self.by_words(query)
            + WEIGHTS["coverage"] * lexical.coverage(self._bm25, lexical.tokens(query))
            + of_meaning * meaning
            + WEIGHTS["neighbours"] * neighbours
        )
        return np.asarray(total, dtype=np.float32)


def standard(scores: Floats) -> Floats:
    """Scores with mean 0 and spread 1."""
    return np.asarray((scores - scores.mean()) / (scores.std() + 1e-9), dtype=np.float32)


def read_lines(path: Path) -> list[dict[str, Any]]:
    """The objects of a JSON-lines file."""
    return [json.loads(line) for line in path.read_text("utf-8").split("\n") if line.strip()]


def measured(
    ids: Sequence[str], runs: dict[str, Floats], relevant: dict[str, dict[str, int]]
) -> str:
    """The measures of one way of ranking, in a line."""
    qrels = [ir_measures.Qrel(q, d, s) for q, docs in relevant.items() for d, s in docs.items()]
    run = []
    for query, scores in runs.items():
        for rank, row in enumerate(np.argsort(-scores, kind="stable")[:100], 1):
            run.append(ir_measures.ScoredDoc(query, ids[int(row)], 1.0 / rank))
    found = ir_measures.calc_aggregate(list(MEASURES), qrels, run)
    return "  ".join(f"{measure} {float(found[measure]):.3f}" for measure in MEASURES)


def beir(folder: Path, embed: Callable[[Sequence[str]], Floats]) -> list[str]:
    """One BEIR set: BM25, vectors, both fused, and as the assistant ranks."""
    docs = read_lines(folder / "corpus.jsonl")
    ids = [doc["_id"] for doc in docs]
    texts = [f"{doc.get('title', '')} {doc['text']}".strip() for doc in docs]
    relevant: dict[str, dict[str, int]] = {}
    for line in (folder / "qrels.tsv").read_text("utf-8").split("\n")[1:]:
        if line.strip():
            query, doc, score = line.split("\t")
            relevant.setdefault(query, {})[doc] = int(score)
    asked = {q["_id"]: q["text"] for q in read_lines(folder / "queries.jsonl")}
    asked = {key: text for key, text in asked.items() if key in relevant}
    titles = [str(doc.get("title") or "") for doc in docs]
    search = Search(texts, embed, titles, read_head())
    ways: dict[str, Callable[[str], Floats]] = {
        "BM25": search.by_words,
        "vectors": search.by_meaning,
        "fused": search.fused,
        "as the library": search.as_the_library,
        "as added": search.as_added,
    }
    lines: list[str] = []
    for way, rank in ways.items():
        runs = {key: rank(text) for key, text in asked.items()}
        lines.append(f"{folder.name:12} {way:15} {measured(ids, runs, relevant)}")
    return lines


def conversations(path: Path, embed: Callable[[Sequence[str]], Floats]) -> list[str]:
    """Follow-ups: the last turn alone, with the one before as one text (what the assistant does),
    and both scored apart and weighed (what it might do)."""
    tasks = read_lines(path)
    passages: dict[str, str] = {}
    for task in tasks:
        for context in task.get("contexts") or []:
            passages[context["document_id"]] = context["text"]
    ids = list(passages)
    search = Search(list(passages.values()), embed)
    relevant: dict[str, dict[str, int]] = {}
    turns: dict[str, list[str]] = {}
    for task in tasks:
        wanted = {c["document_id"]: 1 for c in task.get("contexts") or []}
        if wanted and _answerable(task):
            relevant[task["task_id"]] = wanted
            said = [t["text"] for t in task["input"] if t["speaker"] == "user"]
            turns[task["task_id"]] = said
    ways: dict[str, Callable[[list[str]], Floats]] = {
        "BM25, last": lambda t: search.by_words(t[-1]),
        "BM25, last two": lambda t: search.by_words(" ".join(t[-2:])),
        "fused, last": lambda t: search.fused(t[-1]),
        "fused, last two": lambda t: search.fused(" ".join(t[-2:])),
        "fused, weighed": lambda t: weighed(search, t),
    }
    return [
        f"{'mtrag_un':12} {len(relevant)} tasks  {way:16} "
        + measured(ids, {key: score(said) for key, said in turns.items()}, relevant)
        for way, score in ways.items()
    ]


def weighed(search: Search, turns: Sequence[str]) -> Floats:
    """The last turn, the one before it counting less; more where the last one leans on it."""
    last = search.fused(turns[-1])
    if len(turns) < 2:
        return last
    share = 1.0 if lean_of(turns[-1]) != "none" else PREVIOUS
    both = search.fused(" ".join(turns[-2:]))
    return last + both + share * PREVIOUS * search.fused(turns[-2])


def _answerable(task: dict[str, Any]) -> bool:
    kinds = task.get("Answerability") or task.get("answerability") or []
    words = " ".join(kinds) if isinstance(kinds, list) else str(kinds)
    return any(kind in words.upper() for kind in ("ANSWERABLE", "PARTIAL")) and (
        "UNANSWERABLE" not in words.upper()
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure every set of a folder."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    if len(given) != 1 or not Path(given[0]).is_dir():
        raise UsageError("One folder of sets is needed.", "python -m evals.benchmarks FOLDER")
    base = vector_model(read_settings())
    for folder in sorted(Path(given[0]).iterdir()):
        if (folder / "qrels.tsv").is_file():
            print("\n".join(beir(folder, base.fresh)), flush=True)
        elif (folder / "reference.jsonl").is_file():
            print("\n".join(conversations(folder / "reference.jsonl", base.fresh)), flush=True)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
