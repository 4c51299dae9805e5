"""The readiness picture: one bar a stage, parted by status.

Told apart by colour, by how dark they are and by hatching, so that it can be read in grey and by
people who see few colours; the numbers stand in the bars, and the same stands in words beside it.
"""

from __future__ import annotations

import io
from typing import Any

from assistant.checklists.records import STATUS_WORDS, Readiness, StageCount, Status

_COLOURS: dict[Status | str, tuple[str, str, str]] = {
    "in-place": ("#0b3c5d", "", "white"),
    "partly": ("#5fa2ce", "//", "black"),
    "not-yet": ("#fbd28b", "..", "black"),
    "does-not-apply": ("#e6e6e6", "xx", "#444444"),
    "": ("#ffffff", "", "#444444"),
}
"""Fill, hatching and colour of the number for each status, from dark to light."""
_OPEN = "No status yet"
_DOTS = 160


def picture(found: Readiness) -> bytes:
    """The picture as PNG. Two dates stand one below the other within each stage."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    two = any(stage.before is not None for stage in found.stages)
    tall = 0.66 if two else 0.5
    figure, axes = pyplot.subplots(figsize=(7.4, 1.3 + tall * max(len(found.stages), 1)))
    try:
        _draw(axes, found, two)
        figure.tight_layout()
        out = io.BytesIO()
        # No date and no version in the file: the same checklist gives the same bytes.
        figure.savefig(out, format="png", dpi=_DOTS, metadata={"Software": None})
        return out.getvalue()
    finally:
        pyplot.close(figure)


def _draw(axes: Any, found: Readiness, two: bool) -> None:
    height = 0.34 if two else 0.6
    for number, stage in enumerate(reversed(found.stages)):
        at = number + (height / 2 + 0.03 if two else 0)
        if two and stage.before is not None:
            _bar(axes, number - height / 2 - 0.03, height, stage.counts, stage.open)
            _bar(axes, at, height, stage.before, stage.open_before)
            _dated(axes, found, number, height)
        else:
            _bar(axes, at, height, stage.counts, stage.open)
    axes.set_yticks(range(len(found.stages)))
    axes.set_yticklabels([_wrapped(stage.title) for stage in reversed(found.stages)])
    axes.tick_params(axis="y", length=0, pad=54 if two else 6)
    axes.set_xlabel("Rows of the checklist")
    axes.xaxis.get_major_locator().set_params(integer=True)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    _legend(axes, found)


def _bar(axes: Any, at: float, height: float, counts: dict[Status, int], left_open: int) -> None:
    start = 0
    parts: list[tuple[Status | str, int]] = [*counts.items(), ("", left_open)]
    for status, count in parts:
        if not count:
            continue
        fill, hatch, ink = _COLOURS[status]
        axes.barh(
            at,
            count,
            height,
            left=start,
            color=fill,
            hatch=hatch,
            edgecolor="#333333",
            linewidth=0.7,
        )
        box = {"boxstyle": "round,pad=0.15", "facecolor": fill, "edgecolor": "none"}
        axes.text(
            start + count / 2,
            at,
            str(count),
            ha="center",
            va="center",
            color=ink,
            fontsize=9,
            bbox=box,
        )
        start += count


def _dated(axes: Any, found: Readiness, number: int, height: float) -> None:
    for place, words in (
        (number + height / 2 + 0.03, found.before.isoformat() if found.before else "before"),
        (number - height / 2 - 0.03, found.date.isoformat() if found.date else "now"),
    ):
        axes.annotate(
            words,
            (0, place),
            xytext=(-4, 0),
            textcoords="offset points",
            ha="right",
            va="center",
            fontsize=7,
        )


def _legend(axes: Any, found: Readiness) -> None:
    from matplotlib.patches import Patch

    keys: list[tuple[Status | str, str]] = list(STATUS_WORDS.items())
    if any(stage.open for stage in found.stages):
        keys.append(("", _OPEN))
    patches = [
        Patch(facecolor=_COLOURS[key][0], hatch=_COLOURS[key][1], edgecolor="#333333", label=words)
        for key, words in keys
    ]
    axes.legend(
        handles=patches,
        loc="lower center",
        bbox_to_anchor=(0.4, 1.0),
        ncols=len(patches),
        frameon=False,
        fontsize=8,
        handlelength=1.6,
        columnspacing=1.2,
    )


def _wrapped(text: str, width: int = 24) -> str:
    import textwrap

    return "\n".join(textwrap.wrap(text, width))


def in_words(found: Readiness) -> str:
    """What the picture shows, for those who do not see it."""
    parts = [_stage_words(stage) for stage in found.stages]
    return "Bars of rows by status, one a stage. " + " ".join(parts)


def _stage_words(stage: StageCount) -> str:
    counts = [f"{n} {STATUS_WORDS[s].lower()}" for s, n in stage.counts.items() if n]
    if stage.open:
        counts.append(f"{stage.open} without a status")
    before = ""
    if stage.before is not None:
        held = [f"{n} {STATUS_WORDS[s].lower()}" for s, n in stage.before.items() if n]
        before = f" (before: {', '.join(held) or 'none'})"
    return f"{stage.title}: {', '.join(counts) or 'none'}{before}."
