"""Every stage of the evaluation in one table: its cases, what it records, how that is scored."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assistant.assembly import Assistant
from evals import (
    answers,
    clarify,
    dialects,
    documents,
    feedback,
    followups,
    grounding,
    guidance,
    injection,
    personal,
    retrieval,
    risk,
    screening,
)
from evals.cases import StageName
from evals.figures import Rule, Scored
from evals.records import CaseRecord, Progress, read_records

Record = Callable[[Assistant, Sequence[Any], Path, Progress], Sequence[CaseRecord]]
Score = Callable[[Sequence[Any], Iterable[Any]], Scored]


@dataclass(frozen=True)
class Stage:
    """One stage.

    Args:
        about: what it measures, in a line for the report.
        rules: what the gate asks of its figures.
        model: the form of its records.
        record: does every case with the real assistant and writes the records.
        score: the figures of records, from cases and records alone.
        sees_examples: whether its cases must not be examples of the screen.
    """

    about: str
    rules: Mapping[str, Rule]
    model: type[CaseRecord]
    record: Record
    score: Score
    sees_examples: bool = False


STAGES: Mapping[StageName, Stage] = {
    "retrieval": Stage(
        "Are the notes that should be found among the first ones?",
        retrieval.RULES,
        retrieval.RetrievalRecord,
        retrieval.record,
        retrieval.score,
    ),
    "screening": Stage(
        "Who in danger is let through, and who is stopped without need?",
        screening.RULES,
        screening.ScreeningRecord,
        screening.record,
        screening.score,
        sees_examples=True,
    ),
    "risk": Stage(
        "Whose risk: own, another's, a question from the work? Paired messages.",
        risk.RULES,
        risk.RiskRecord,
        risk.record,
        risk.score,
        sees_examples=True,
    ),
    "answers": Stage(
        "Are answers given and refused when they should be, and do they rest on what they cite?",
        answers.RULES,
        answers.AnswerRecord,
        answers.record,
        answers.score,
    ),
    "clarify": Stage(
        "Does it ask back where a question may mean two things, and only there?",
        clarify.RULES,
        clarify.ClarifyRecord,
        clarify.record,
        clarify.score,
    ),
    "followups": Stage(
        "Are follow-ups understood without a language model?",
        followups.RULES,
        followups.FollowupRecord,
        followups.record,
        followups.score,
    ),
    "dialects": Stage(
        "Does the same question in other varieties of English find as good evidence?",
        dialects.RULES,
        dialects.DialectRecord,
        dialects.record,
        dialects.score,
    ),
    "injection": Stage(
        "Does text inside notes or questions change what the assistant does?",
        injection.RULES,
        injection.InjectionRecord,
        injection.record,
        injection.score,
    ),
    "personal": Stage(
        "Are personal details found and kept out of what is saved?",
        personal.RULES,
        personal.PersonalRecord,
        personal.record,
        personal.score,
    ),
    "documents": Stage(
        "Are added documents found, and quoted to the character, and only where they answer?",
        documents.RULES,
        documents.DocumentRecord,
        documents.record,
        documents.score,
    ),
    "grounding": Stage(
        "Does the gate keep back what the evidence does not bear out, and let pass what it does?",
        grounding.RULES,
        grounding.GroundingRecord,
        grounding.record,
        grounding.score,
    ),
    "guidance": Stage(
        "Is what a draft is said to meet really met, and is no gap called met?",
        guidance.RULES,
        guidance.GuidanceRecord,
        guidance.record,
        guidance.score,
    ),
    "feedback": Stage(
        "Does feedback on a learner's answer find the points that are in it?",
        feedback.RULES,
        feedback.FeedbackRecord,
        feedback.record,
        feedback.score,
    ),
}


def scored_file(name: StageName, cases: Sequence[Any], path: Path) -> Scored:
    """Score a record from its file alone."""
    stage = STAGES[name]
    return stage.score(cases, read_records(path, stage.model))
