"""Measures, and fits, the feedback on learners' free answers.

    python -m evals.feedback          figures on the dev answers
    python -m evals.feedback test     figures on the test answers
    python -m evals.feedback fit      writes assistant/scenarios/feedback.json from the dev answers

An answer was written by one person with a plan of what it does to each line of a rubric (found,
partly, missing, contradicts), who had not seen the examples of that rubric. The weights are a
multinomial logistic sum over ``spans.MEASURES``, with a ridge. The limits are chosen on weights
that never saw the situation of the answer that they judge; figures on dev that ``fit`` prints are
of the same kind. The test answers take no part in fitting.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from pydantic import Field

from assistant.assembly import Assistant, vector_model
from assistant.scenarios.feedback import (
    WEIGHTS_FILE,
    FeedbackReader,
    Limits,
    Weights,
    answer_text,
    judged,
)
from assistant.scenarios.reading import read_situations
from assistant.scenarios.records import LineVerdict, Situation
from assistant.scenarios.spans import CLASSES, MEASURES, spans_of
from evals.cases import FOLDER, CaseError, FeedbackCase, read_cases
from evals.figures import Figure, Rule, Scored, Table, crosstab, share, with_interval
from evals.metrics import auc, auc_interval
from evals.records import CaseRecord, Progress, match, produce

RULES = {
    "found is right": Rule(tolerance=0.04),
    "points found": Rule(tolerance=0.04),
    "missing is right": Rule(tolerance=0.05),
    "said to be found though the answer says the opposite": Rule(better="lower", tolerance=0.05),
    "words shown stand in the answer": Rule(must_be=1.0),
}
RIDGE, STEPS, RATE = 6.0, 600, 0.5
FOUND_RIGHT = 0.72
"""Share of the lines said to be found that must be so, where the limits are chosen."""
AGAINST_RIGHT = 0.4
"""The same for lines said to be contradicted; the least number of those is five."""

Floats = npt.NDArray[np.float64]


class FeedbackRecord(CaseRecord):
    """The verdict on each line, and whether the words shown stand in the answer."""

    actual_lines: dict[str, LineVerdict] = Field(default_factory=dict)
    actual_words_stand: bool = True


Pair = tuple[FeedbackCase, FeedbackRecord]
Line = tuple[LineVerdict, LineVerdict]


# ---------------------------------------------------------------- the stage


def record(
    assistant: Assistant, cases: Sequence[FeedbackCase], path: Path, progress: Progress
) -> list[FeedbackRecord]:
    """Give feedback on every answer."""
    model = vector_model(assistant.settings)
    situations = {s.id: s for s in read_situations(assistant.settings.corpus, assistant.library)}
    reader = FeedbackReader(assistant.library, model.fresh)

    def act(case: FeedbackCase) -> FeedbackRecord:
        text = answer_text(case.answer)
        found = reader.read(situations[case.situation], text)
        stand = all(line.words == text[line.start : line.end] for line in found.lines if line.words)
        verdicts = {line.id: line.verdict for line in found.lines}
        return FeedbackRecord(id=case.id, actual_lines=verdicts, actual_words_stand=stand)

    return produce(cases, act, FeedbackRecord, path, progress)


def score(cases: Sequence[FeedbackCase], records: Iterable[FeedbackRecord]) -> Scored:
    """The figures of a record."""
    matched = match(cases, records)
    lines = lines_of(matched.pairs)
    figures = figures_of(lines) | {
        "words shown stand in the answer": share(
            [record.actual_words_stand for _, record in matched.pairs]
        )
    }
    return Scored(
        figures=figures,
        tables=(
            crosstab("Lines, as judged and as told", lines, "judged"),
            _worst(matched.pairs),
        ),
        counts={
            "scored": len(matched.pairs),
            "unscored": len(matched.unscored),
            "not run": len(matched.not_run),
        },
        errors=matched.errors,
    )


def lines_of(pairs: Sequence[Pair]) -> list[Line]:
    """What was judged and what was told of every line; lines that a rubric no longer has are left
    out."""
    return [
        (wanted, record.actual_lines[line])
        for case, record in pairs
        for line, wanted in case.lines.items()
        if line in record.actual_lines
    ]


def figures_of(lines: Sequence[Line]) -> dict[str, Figure]:
    """How often each verdict is right, and how many of each are found."""
    figures = {
        "verdicts right": share([wanted == told for wanted, told in lines]),
        "touched or not, right": share(
            [(wanted == "missing") == (told == "missing") for wanted, told in lines]
        ),
    }
    for verdict, words in (("found", "points found"), ("missing", "missing lines told")):
        told = [wanted == verdict for wanted, told in lines if told == verdict]
        held = [told == verdict for wanted, told in lines if wanted == verdict]
        figures |= {f"{verdict} is right": share(told), words: share(held)}
    for verdict in ("partly", "contradicts"):
        told = [wanted == verdict for wanted, told in lines if told == verdict]
        held = [told == verdict for wanted, told in lines if wanted == verdict]
        figures |= {f"{verdict} is right": share(told), f"{verdict} told": share(held)}
    figures["said to be found though the answer says the opposite"] = share(
        [told == "found" for wanted, told in lines if wanted == "contradicts"]
    )
    return figures


def _worst(pairs: Sequence[Pair]) -> Table:
    """Answers with the most lines told wrongly."""
    wrong = []
    for case, record in pairs:
        lines = [
            f"{line}: {wanted}, told {record.actual_lines[line]}"
            for line, wanted in case.lines.items()
            if record.actual_lines.get(line, wanted) != wanted
        ]
        wrong.append((case.id, case.situation, str(len(lines)), "; ".join(lines)))
    wrong.sort(key=lambda row: -int(row[2]))
    return Table("Answers to look at", ("case", "situation", "wrong", "lines"), tuple(wrong[:20]))


# ---------------------------------------------------------------- fitting


def measured(
    reader: FeedbackReader, cases: Sequence[FeedbackCase], situations: Mapping[str, Situation]
) -> tuple[Floats, npt.NDArray[np.int_], list[str]]:
    """What is measured of every line, what it was judged to be, and the situation it is of."""
    rows: list[Floats] = []
    wanted: list[int] = []
    of: list[str] = []
    for case in cases:
        situation = situations[case.situation]
        text = answer_text(case.answer)
        rows.append(reader.taken(situation, text, spans_of(text)).rows)
        wanted += [CLASSES.index(case.lines[line.id]) for line in situation.rubric]
        of += [situation.id] * len(situation.rubric)
    return np.concatenate(rows), np.array(wanted), of


def fit(rows: Floats, wanted: npt.NDArray[np.int_]) -> Weights:
    """A multinomial logistic sum on standardised measures, by gradient descent; the constants carry
    no ridge."""
    mean, spread = rows.mean(axis=0), rows.std(axis=0)
    spread = np.where(spread > 0, spread, 1.0)
    table = (rows - mean) / spread
    target = np.eye(len(CLASSES))[wanted]
    weights, bias = np.zeros((len(CLASSES), rows.shape[1])), np.zeros(len(CLASSES))
    for _ in range(STEPS):
        scores = table @ weights.T + bias
        chance = np.exp(scores - scores.max(axis=1, keepdims=True))
        chance /= chance.sum(axis=1, keepdims=True)
        pull = (chance - target) / len(rows)
        weights -= RATE * (pull.T @ table + RIDGE * weights / len(rows))
        bias -= RATE * pull.sum(axis=0)
    return Weights(mean, spread, weights, bias, Limits(0.5, 0.5, 0.5))


def held_out(rows: Floats, wanted: npt.NDArray[np.int_], of: Sequence[str]) -> Floats:
    """The weight of each verdict on each line, by weights that never saw its situation."""
    groups = np.array(of)
    out = np.zeros((len(rows), len(CLASSES)))
    for name in sorted(set(of)):
        inside = groups == name
        out[inside] = fit(rows[~inside], wanted[~inside]).chances(rows[inside])
    return out


def limits_for(chances: Floats, wanted: npt.NDArray[np.int_]) -> Limits:
    """The limits with the best mean F1 over the verdicts among those that keep their word: what is
    said to be found, or contradicted, is so often enough."""
    best, chosen = -1.0, Limits(0.5, 0.5, 0.5)
    grid = product(
        np.arange(0.3, 0.75, 0.05), np.arange(0.3, 0.85, 0.05), np.arange(0.15, 0.65, 0.05)
    )
    for found, touched, against in grid:
        limits = Limits(float(found), float(touched), float(against))
        told = np.array([CLASSES.index(judged(row, limits)) for row in chances])
        right = [_right(told, wanted, place) for place in range(len(CLASSES))]
        if right[0][0] < FOUND_RIGHT or (right[2][1] and right[2][0] < AGAINST_RIGHT):
            continue
        value = float(np.mean([_f1(told, wanted, place) for place in range(len(CLASSES))]))
        if value > best:
            best, chosen = value, limits
    return chosen


def _right(
    told: npt.NDArray[np.int_], wanted: npt.NDArray[np.int_], place: int
) -> tuple[float, int]:
    said = told == place
    return (float((wanted[said] == place).mean()) if said.any() else 0.0), int(said.sum())


def _f1(told: npt.NDArray[np.int_], wanted: npt.NDArray[np.int_], place: int) -> float:
    both = int(((told == place) & (wanted == place)).sum())
    return 2 * both / max(int((told == place).sum()) + int((wanted == place).sum()), 1)


def as_data(weights: Weights) -> dict[str, Any]:
    """The weights as they are kept in a file."""
    return {
        "measures": list(MEASURES),
        "classes": list(CLASSES),
        "mean": weights.mean.round(5).tolist(),
        "scale": weights.scale.round(5).tolist(),
        "coefficients": weights.coefficients.round(4).tolist(),
        "bias": weights.bias.round(4).tolist(),
        "limits": {name: round(value, 3) for name, value in vars(weights.limits).items()},
    }


# ---------------------------------------------------------------- by hand


def main(argv: Sequence[str]) -> int:
    """Fit on dev, or print the figures of a split."""
    from assistant.corpus import read_library
    from assistant.settings import read_settings

    settings = read_settings()
    library = read_library(settings.corpus)
    situations = {s.id: s for s in read_situations(settings.corpus, library)}
    embed = vector_model(settings).fresh
    what = argv[0] if argv else "dev"
    if what not in {"dev", "test", "fit"}:
        raise CaseError(Path(what), None, "is neither dev, test nor fit.")
    cases = read_cases(FOLDER / f"feedback-{'dev' if what == 'fit' else what}.jsonl", FeedbackCase)
    reader = FeedbackReader(library, embed, _blank() if what == "fit" else None)
    if what == "fit":
        return _fit(*measured(reader, cases, situations))
    told = [_verdicts(reader, situations[case.situation], case.answer) for case in cases]
    lines = [
        (wanted, verdicts[line])
        for case, verdicts in zip(cases, told, strict=True)
        for line, wanted in case.lines.items()
        if line in verdicts
    ]
    _print(lines)
    return 0


def _verdicts(reader: FeedbackReader, situation: Situation, answer: str) -> dict[str, LineVerdict]:
    return {line.id: line.verdict for line in reader.read(situation, answer_text(answer)).lines}


def _blank() -> Weights:
    nothing = np.zeros(len(MEASURES))
    return Weights(nothing, nothing + 1, np.zeros((4, len(MEASURES))), np.zeros(4), Limits(1, 1, 1))


def _fit(rows: Floats, wanted: npt.NDArray[np.int_], of: list[str]) -> int:
    chances = held_out(rows, wanted, of)
    limits = limits_for(chances, wanted)
    weights = fit(rows, wanted)
    kept = Weights(weights.mean, weights.scale, weights.coefficients, weights.bias, limits)
    WEIGHTS_FILE.write_text(json.dumps(as_data(kept), indent=1) + "\n", encoding="utf-8")
    print("Each answer judged by weights that never saw its situation:")
    _print([(CLASSES[w], judged(row, limits)) for w, row in zip(wanted, chances, strict=True)])
    touched = 1 - chances[:, CLASSES.index("missing")]
    missing = wanted == CLASSES.index("missing")
    named: tuple[Callable[[], Any], ...] = (
        lambda: auc(touched[~missing].tolist(), touched[missing].tolist()),
        lambda: auc_interval(touched[~missing].tolist(), touched[missing].tolist()),
    )
    print("Touched above missing (area under the curve):", *(value() for value in named))
    print("Limits:", limits)
    return 0


def _print(lines: Sequence[Line]) -> None:
    for name, figure in figures_of(lines).items():
        print(f"{name:<56}{with_interval(figure)}  n={figure.n}")
    table = crosstab("", lines, "judged")
    print("\t".join(table.headings))
    for row in table.rows:
        print("\t".join(row))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
