"""Questions with texts of the library that readers judged for them, to fit on and nothing else.

One JSON object a line: the question, who asks, and for each text that was shown its digit and the
beginning of the hash of what it said: 3 answers what was asked, 2 helps towards it, 1 is of the
same subject, 0 of another matter. A text that says something else today is passed over.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Literal

from assistant.corpus import Library
from assistant.indexing.units import units_of
from assistant.schema import Record, Text
from evals.cases import FOLDER, read_lines

TRAINING = FOLDER.parent / "training"
ANSWERS, HELPS = 3, 2
HASHED = 8


class JudgedLine(Record):
    """A line of the file; ``judged`` has "<digit> <hash>" by uid."""

    question: Text
    asker: Literal["person", "carer", "psw", "manager", "trainer"]
    judged: dict[str, str]


@dataclass(frozen=True)
class Judged:
    """A question with the labels of the texts that stand as they were judged."""

    question: str
    labels: dict[str, int]


def judged(library: Library, name: str) -> list[Judged]:
    """The questions of a file of ``training/``, with the labels that hold today.

    Raises:
        CaseError: the file cannot be read or a line is not of this form.
    """
    today = {unit.uid: text_hash(unit.body) for unit in units_of(library)}
    found = []
    for line in read_lines(TRAINING / name, JudgedLine):
        labels = {}
        for uid, value in line.judged.items():
            digit, _, hashed = value.partition(" ")
            if today.get(uid) == hashed:
                labels[uid] = int(digit)
        found.append(Judged(line.question, labels))
    return found


def text_hash(text: str) -> str:
    """The beginning of the hash of what a text says."""
    return hashlib.sha256(text.encode()).hexdigest()[:HASHED]
