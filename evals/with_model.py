"""Measures what a chat model adds, part by part, beside the way without it. Needs a model.

    PEER_SUPPORT_MODEL=ollama:llama3.2 python -m evals.with_model [--split dev] [PART ...]

A part is kept switched on only where its figures are better. Everything else of the evaluation runs
without a model, so that its baselines mean the same on every machine.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from assistant.assembly import Assistant
from assistant.errors import AssistantError, UsageError
from assistant.schema import Answer
from assistant.settings import Settings, read_settings
from evals.cases import StageName, load_cases
from evals.figures import Figure
from evals.records import record_path, results_folder
from evals.stages import STAGES, scored_file

PARTS: dict[str, tuple[StageName, dict[str, bool]]] = {
    "write": ("answers", {}),
    "rewrite": ("followups", {"model_rewrite": True}),
    "widen": ("answers", {"model_widen": True}),
    "read_closely": ("answers", {"model_read_closely": True}),
}
"""Each part with the stage that measures it and the settings that switch it on."""


@dataclass
class Watched:
    """An assistant that counts what a model did."""

    inner: Assistant
    modes: Counter[str]
    calls: int = 0
    tokens: int = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)

    def ask(self, *args: Any, **more: Any) -> Answer:
        """The assistant's answer, counted."""
        answer = self.inner.ask(*args, **more)
        engine = answer.engine
        if engine.model is not None:
            self.modes[engine.fallback_reason or engine.mode] += 1
            self.modes["sentences withheld"] += len(engine.withheld)
        if answer.usage is not None:
            self.calls += answer.usage.calls
            self.tokens += (answer.usage.input_tokens or 0) + (answer.usage.output_tokens or 0)
        return answer


def settings_for(settings: Settings, part: str) -> tuple[Settings, Settings]:
    """The settings without and with a part, which differ in that one thing. Writing is off in both
    where a part changes only what is found: it would cost minutes and change no figure of that.

    Raises:
        UsageError: no model is set, or there is no such part.
    """
    if not settings.model:
        raise UsageError("No chat model is set.", "Set PEER_SUPPORT_MODEL=provider:name.")
    if part not in PARTS:
        raise UsageError(f"There is no part {part!r}.", f"Use one of: {', '.join(PARTS)}.")
    off: dict[str, object] = {name: False for _, on in PARTS.values() for name in on}
    off["model_write"] = part in ("write", "read_closely")
    on = settings.model_copy(update=off | PARTS[part][1])
    if part == "write":
        off["model"] = ""
    return settings.model_copy(update=off), on


def figures_of(
    settings: Settings,
    part: str,
    side: str,
    split: str,
    opened: Callable[[Settings], Assistant] = Assistant.from_settings,
) -> tuple[dict[str, Figure], Watched]:
    """The figures of a part's stage with some settings, and what the model did meanwhile."""
    stage = PARTS[part][0]
    cases = load_cases(stage, split, settings.corpus)
    watched = Watched(opened(settings), Counter())
    path = record_path(results_folder(settings), stage, f"{split}-{part}-{side}")
    seen: Any = watched
    STAGES[stage].record(seen, cases.cases, path, lambda words, done, of: None)
    return dict(scored_file(stage, cases.cases, path).figures), watched


def compared(part: str, without: dict[str, Figure], with_it: dict[str, Figure]) -> str:
    """Both sides of a part, a line a figure that differs."""
    lines = [f"{part} ({PARTS[part][0]}): figure, without, with, cases"]
    for name, figure in with_it.items():
        before = without.get(name)
        if before is not None and before.value != figure.value:
            lines.append(f"  {name}: {before.value}, {figure.value}, {figure.n}")
    return "\n".join(lines if len(lines) > 1 else [*lines, "  no figure differs"])


def main(argv: Sequence[str] | None = None) -> int:
    """Measure the parts that are named, or all."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("parts", nargs="*", metavar="PART", help=", ".join(PARTS))
    parser.add_argument("--split", choices=("dev", "test"), default="dev")
    given = parser.parse_args(argv)
    try:
        settings = read_settings()
        for part in given.parts or PARTS:
            off, on = settings_for(settings, part)
            without, _ = figures_of(off, part, "off", given.split)
            with_it, did = figures_of(on, part, "on", given.split)
            print(compared(part, without, with_it))
            print(f"  {did.calls} calls, {did.tokens} tokens; {dict(did.modes)}")
    except AssistantError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
