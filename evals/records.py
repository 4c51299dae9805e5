"""Records: what the assistant did with each case, kept apart from what it should have done.

A record is written line by line while a stage runs, so that an interrupted run keeps what it has.
A case on which the assistant broke is recorded with its error and stays *unscored*; a case without
a record was *not run*. Neither is counted as wrong.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

from assistant.schema import Record
from assistant.settings import Settings
from evals.cases import Case, CaseError, StageName, read_lines

Progress = Callable[[str, int, int], None]


class CaseRecord(Record):
    """What every record has: the case, and the error where the assistant broke on it."""

    id: str
    error: str = ""


C = TypeVar("C", bound=Case)
R = TypeVar("R", bound=CaseRecord)


@dataclass(frozen=True)
class Matched(Generic[C, R]):
    """Cases with their records, and those that cannot be scored."""

    pairs: tuple[tuple[C, R], ...]
    unscored: tuple[str, ...]
    not_run: tuple[str, ...]
    errors: tuple[str, ...] = ()


def produce(
    cases: Sequence[C],
    act: Callable[[C], R],
    model: type[R],
    path: Path,
    progress: Progress = lambda words, done, of: None,
) -> list[R]:
    """Run every case and write its record to ``path`` before the next one begins."""
    path.parent.mkdir(parents=True, exist_ok=True)
    records: list[R] = []
    with path.open("w", encoding="utf-8") as file:
        for number, case in enumerate(cases, 1):
            try:
                record = act(case)
            except Exception as error:
                # One broken case must not hide what became of the others.
                record = model(id=case.id, error=f"{type(error).__name__}: {error}")
            records.append(record)
            file.write(record.model_dump_json() + "\n")
            file.flush()
            progress(path.stem, number, len(cases))
    return records


def read_records(path: Path, model: type[R]) -> list[R]:
    """The records of a file.

    Raises:
        CaseError: the file is missing, broken, or holds two records of one case.
    """
    records = list(read_lines(path, model))
    ids = [record.id for record in records]
    if len(set(ids)) < len(ids):
        raise CaseError(path, None, "two records are of one case.")
    return records


def match(cases: Iterable[C], records: Iterable[R]) -> Matched[C, R]:
    """Put each case with its record; records of other cases are passed over."""
    by_id = {record.id: record for record in records}
    pairs: list[tuple[C, R]] = []
    unscored: list[str] = []
    not_run: list[str] = []
    errors: list[str] = []
    for case in cases:
        record = by_id.get(case.id)
        if record is None:
            not_run.append(case.id)
        elif record.error:
            unscored.append(case.id)
            errors.append(f"{case.id}: {record.error}")
        else:
            pairs.append((case, record))
    return Matched(tuple(pairs), tuple(unscored), tuple(not_run), tuple(errors))


def results_folder(settings: Settings) -> Path:
    """``evals/results`` in a checkout, ``evaluations`` in the user's folder when installed."""
    here = Path(__file__).resolve().parent
    in_checkout = (here.parent / "pyproject.toml").is_file()
    return here / "results" if in_checkout else settings.home / "evaluations"


def record_path(folder: Path, stage: StageName, split: str, now: dt.datetime | None = None) -> Path:
    """Where the record of a run is kept; named after the time in UTC."""
    moment = now or dt.datetime.now(dt.UTC)
    return folder / f"{stage}-{split}-{moment:%Y%m%dT%H%M%SZ}.jsonl"
