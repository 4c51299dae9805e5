"""Measures added documents: how fast they are read and found, and how much memory that takes.

    python -m evals.speed [PASSAGES]

Makes Markdown documents of invented sentences until there are so many passages (10,000 unless told
otherwise), adds them to an empty home beside the library, searches and asks, and prints a table.
Run it on a machine that does nothing else. Nothing is kept.
"""

from __future__ import annotations

import random
import resource
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from assistant.assembly import Assistant, open_shelf, passage_search, vector_model
from assistant.documents.search import PassageSearch
from assistant.documents.shelf import Wanted
from assistant.documents.store import DocumentStore
from assistant.schema import Filters
from assistant.settings import read_settings
from evals.cases import load_cases

PASSAGES, IN_A_FILE, QUESTIONS = 10_000, 50, 60
_WHO = "worker peer supervisor manager volunteer nurse coordinator visitor trainer carer".split()
_FORCE = "must should may will can".split()
_DOES = "ring write meet visit record ask tell wait leave check plan share listen explain".split()
_WHAT = "record shift ward team plan visit policy group meeting story note form door garden".split()
_WHEN = "today weekly before after during without when until once twice".split()


def document(number: int, chance: random.Random) -> str:
    """A made-up policy of about ``IN_A_FILE`` passages of ninety words."""
    lines = [f"# Policy {number} on {chance.choice(_WHAT)} and {chance.choice(_DOES)}"]
    for section in range(IN_A_FILE):
        lines.append(f"## {section + 1} {chance.choice(_WHAT)} {chance.choice(_WHEN)}")
        sentences = []
        for _ in range(8):
            words = [chance.choice(part) for part in (_WHO, _FORCE, _DOES, _WHAT, _WHEN, _WHO)]
            sentences.append(f"The {' '.join(words)} number {chance.randrange(10_000)} and go.")
        lines.append(" ".join(sentences))
    return "\n\n".join(lines)


def seconds(times: Sequence[float], share: float) -> str:
    """A quantile in milliseconds."""
    return f"{1000 * float(np.quantile(times, share)):.0f} ms"


def peak_megabytes() -> int:
    """The most memory that this process and its children have held."""
    kinds = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    return max(resource.getrusage(kind).ru_maxrss for kind in kinds) // 1024


def main(arguments: Sequence[str]) -> int:
    """Measure and print."""
    wanted = int(arguments[0]) if arguments else PASSAGES
    settings = read_settings()
    model = vector_model(settings)
    model.fresh(["warm"])
    chance = random.Random(0)
    with TemporaryDirectory() as folder, Assistant.from_settings(settings) as assistant:
        source, home = Path(folder) / "in", Path(folder) / "home"
        source.mkdir()
        for number in range(max(1, wanted // IN_A_FILE)):
            (source / f"{number:05}.md").write_text(document(number, chance), encoding="utf-8")
        shelf = open_shelf(settings.model_copy(update={"home": home}), model)
        began = time.perf_counter()
        report = shelf.add([source], Wanted(on_similar="keep"))
        took = time.perf_counter() - began
        print(f"added: {report.documents:,} documents, {report.passages:,} passages")
        print(f"  {took:.0f} s, {report.passages / took:.0f} passages a second")
        search = passage_search(shelf, assistant.index, model.identity)
        began = time.perf_counter()
        search.held()
        print(f"opened for the first time: {time.perf_counter() - began:.1f} s")
        again = passage_search(shelf, assistant.index, model.identity)
        began = time.perf_counter()
        again.held()
        print(f"opened again: {time.perf_counter() - began:.1f} s")
        measure(assistant, search, shelf.store)
        began = time.perf_counter()
        shelf.remove([shelf.store.documents()[0].id])
        print(f"one document removed: {time.perf_counter() - began:.2f} s")
        print(f"most memory: {peak_megabytes():,} MB")
        shelf.close()
    return 0


def measure(assistant: Assistant, search: PassageSearch, store: DocumentStore) -> None:
    """Time searching and answering with the documents beside the library."""
    retriever = assistant.retriever.with_documents(search)
    pipeline = replace(assistant.pipeline, retriever=retriever, documents=store)
    cases = load_cases("documents", "dev", assistant.settings.corpus).cases[:QUESTIONS]
    questions = [case.asked for case in cases]
    for question in questions[:3]:
        pipeline.ask(question)
    alone, searched, answered = [], [], []
    for question in questions:
        began = time.perf_counter()
        search.find(question, question, Filters())
        alone.append(time.perf_counter() - began)
        began = time.perf_counter()
        retriever.search(question)
        searched.append(time.perf_counter() - began)
        began = time.perf_counter()
        pipeline.ask(question)
        answered.append(time.perf_counter() - began)
    for name, times in (
        ("passages searched", alone),
        ("library and passages searched", searched),
        ("answered", answered),
    ):
        print(f"{name}: median {seconds(times, 0.5)}, p95 {seconds(times, 0.95)}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
