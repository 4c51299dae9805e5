"""Measures added documents: how fast they are read and found, and how much memory that takes.

    python -m evals.speed [PASSAGES] [PATH…]

Makes Markdown documents of invented sentences until there are so many passages (10,000 unless told
otherwise), adds them to an empty home beside the library, searches and asks, and prints a table.
With paths, those files and folders are added in their place. Nothing is kept.

Run it on a machine that does nothing else. Where that cannot be had, the load average is printed
beside the times, and the speed of adding is also worked out from processor time, which other work
moves far less.
"""

from __future__ import annotations

import os
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
from assistant.documents.shelf import Shelf, Wanted
from assistant.documents.store import DocumentStore
from assistant.runs import usable_cores
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


def load() -> str:
    """How busy the machine is: above the number of cores, times say little."""
    return f"load average {os.getloadavg()[0]:.1f}, {usable_cores()} cores"


def processor_seconds() -> float:
    """Processor time of this process and of its children that have ended."""
    return sum(os.times()[:4])


def told_memory() -> str:
    """The most memory that this process held, and the most that one that reads files held."""
    own, reader = (
        resource.getrusage(kind).ru_maxrss // 1024
        for kind in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )
    prepared = "torch" in sys.modules
    more = " (with preparing the models, which happens once: run it again)" if prepared else ""
    return f"most memory: {own:,} MB{more}; the process that reads files: {reader:,} MB"


def main(arguments: Sequence[str]) -> int:
    """Measure and print."""
    wanted = int(arguments[0]) if arguments else PASSAGES
    paths = [Path(argument) for argument in arguments[1:]]
    settings = read_settings()
    model = vector_model(settings)
    model.fresh(["warm"])
    with TemporaryDirectory() as folder, Assistant.from_settings(settings) as assistant:
        home = Path(folder) / "home"
        shelf = open_shelf(settings.model_copy(update={"home": home}), model, settings.home)
        added(shelf, paths or [made(Path(folder) / "in", wanted)])
        for words in ("opened for the first time", "opened again"):
            search = passage_search(shelf, assistant.index, model.identity)
            began = time.perf_counter()
            search.held()
            print(f"{words}: {time.perf_counter() - began:.1f} s")
        measure(assistant, search, shelf.store)
        began = time.perf_counter()
        shelf.remove([shelf.store.documents()[0].id])
        print(f"one document removed: {time.perf_counter() - began:.2f} s")
        print(told_memory())
        shelf.close()
    return 0


def made(folder: Path, passages: int) -> Path:
    """A folder of made-up documents with about so many passages."""
    chance = random.Random(0)
    folder.mkdir()
    for number in range(max(1, passages // IN_A_FILE)):
        (folder / f"{number:05}.md").write_text(document(number, chance), encoding="utf-8")
    return folder


def added(shelf: Shelf, paths: Sequence[Path]) -> None:
    """Time adding: reading, cutting, embedding and writing."""
    began, used = time.perf_counter(), processor_seconds()
    report = shelf.add(paths, Wanted(on_similar="keep"))
    took, used = time.perf_counter() - began, processor_seconds() - used
    print(f"added: {report.documents:,} documents, {report.passages:,} passages ({load()})")
    print(f"  {took:.0f} s, {report.passages / took:.0f} passages a second")
    alone = report.passages * usable_cores() / used
    print(f"  {used:.0f} s of processor time, so {alone:.0f} passages a second with all cores free")


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
        print(f"{name}: median {seconds(times, 0.5)}, p95 {seconds(times, 0.95)} ({load()})")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
