"""Fits the weights of the ranking on the library's own asks.

Run ``python -m evals.fit_ranking HOME``. For each of five folds one ask of every note is taken out,
the library is indexed without it, and it is asked as a question: the note that it was written for
should come first. A linear softmax over the candidates' signals is fitted to that. No evaluation
question takes part. Prints the weights to copy into ``assistant/retrieval.py`` and the share of
held-out asks whose note comes first, or within five, under old and new weights.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import numpy.typing as npt

from assistant.assembly import retrieval_model, vector_model
from assistant.corpus import Library, LibraryData, read_library
from assistant.indexing.build import write_index
from assistant.indexing.store import load_index
from assistant.indexing.vectors import KeptModel
from assistant.retrieval import FIRST_PASS, SIGNALS, WEIGHTS, Retriever, read_glossary
from assistant.schema import Filters, Source
from assistant.settings import Settings, read_settings

FOLDS, PER_FOLD, CANDIDATES = 5, 500, 60

Group = tuple[npt.NDArray[np.float64], int]
"""Signals of one question's candidates, and the row of the right one."""


def without_fold(library: Library, fold: int) -> tuple[Library, list[tuple[str, str]]]:
    """The library with one ask of each note taken out, and those asks with their note's id."""
    held: list[tuple[str, str]] = []
    sources: list[Source] = []
    for source in library.data.sources:
        notes = []
        for note in source.notes:
            if fold < len(note.asks) and len(note.asks) > 2:
                held.append((note.asks[fold], note.id))
                asks = tuple(a for i, a in enumerate(note.asks) if i != fold)
                note = note.model_copy(update={"asks": asks})
            notes.append(note)
        sources.append(source.model_copy(update={"notes": tuple(notes)}))
    data: LibraryData = library.data.model_copy(update={"sources": tuple(sources)})
    return Library(data), held


def groups_of_fold(
    library: Library, fold: int, model: KeptModel, settings: Settings, work: Path
) -> list[Group]:
    """Ask every sampled held-out ask of one fold and keep its candidates' signals."""
    thinner, held = without_fold(library, fold)
    folder, manifest = write_index(work, f"fold{fold}", thinner, model, None)
    index = load_index(folder, manifest)
    retriever = Retriever(index, model.vectors, read_glossary(settings.corpus))
    chosen = np.random.default_rng(fold).choice(len(held), min(PER_FOLD, len(held)), replace=False)
    groups = []
    for ask, note_id in (held[i] for i in chosen):
        places, signals = retriever.signals(ask, Filters())
        rows = [i for i, p in enumerate(places) if index.units[int(p)].uid.startswith("note:")]
        table = np.stack([signals[name][rows] for name in SIGNALS], axis=1).astype(float)
        first = table @ np.array([FIRST_PASS.get(name, 0.0) for name in SIGNALS])
        best = np.argsort(-first)[:CANDIDATES]
        uids = [index.units[int(places[rows[i]])].uid for i in best]
        if f"note:{note_id}" in uids:
            groups.append((table[best], uids.index(f"note:{note_id}")))
    return groups


def fit(groups: list[Group], *, steps: int = 2000, decay: float = 1e-3) -> dict[str, float]:
    """Weights that make the right candidate likeliest, by plain gradient descent with momentum."""
    spread = np.concatenate([table for table, _ in groups]).std(axis=0) + 1e-9
    tables = [table / spread for table, _ in groups]
    weights = np.zeros(len(SIGNALS))
    momentum = np.zeros_like(weights)
    for _ in range(steps):
        slope = 2 * decay * weights
        for table, (_, right) in zip(tables, groups, strict=True):
            scores = table @ weights
            chance = np.exp(scores - scores.max())
            chance /= chance.sum()
            slope += (table.T @ chance - table[right]) / len(groups)
        momentum = 0.9 * momentum - 0.1 * slope
        weights += momentum
        if np.abs(slope).max() < 1e-4:
            break
    return {name: round(float(w), 3) for name, w in zip(SIGNALS, weights / spread, strict=True)}


def recovered(groups: list[Group], weights: dict[str, float]) -> tuple[float, float]:
    """Share of questions whose note comes first, and within the first five."""
    vector = np.array([weights.get(name, 0.0) for name in SIGNALS])
    ranks = np.array([int(((t @ vector) > (t @ vector)[right]).sum()) for t, right in groups])
    return float((ranks < 1).mean()), float((ranks < 5).mean())


def main() -> int:
    """Fit on even questions, show both weights on odd ones, then fit on all."""
    settings = read_settings()
    work = Path(sys.argv[1]) if len(sys.argv) > 1 else settings.home / "fit"
    library = read_library(settings.corpus)
    model = retrieval_model(vector_model(settings))
    groups: list[Group] = []
    for fold in range(FOLDS):
        groups += groups_of_fold(library, fold, model, settings, work)
        print(f"fold {fold + 1} of {FOLDS}: {len(groups)} questions", file=sys.stderr)
    for name, weights in (
        ("first pass", FIRST_PASS),
        ("in use", WEIGHTS),
        ("new", fit(groups[::2])),
    ):
        first, five = recovered(groups[1::2], weights)
        print(f"{name:<12} first {first:.3f}  within five {five:.3f}")
    print(fit(groups))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
