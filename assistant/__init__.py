"""Answers practical questions about mental health peer support, with sources that open.

from assistant import Assistant

with Assistant.open() as assistant:
    answer = assistant.ask("Who should supervise me?")
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from assistant.assembly import Assistant
    from assistant.schema import Answer, Evidence, Filters, Turn

__all__ = ["Answer", "Assistant", "Evidence", "Filters", "Turn", "__version__"]
__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    """Load the API when it is first asked for, so that ``--help`` need not wait for it."""
    if name == "Assistant":
        from assistant.assembly import Assistant

        return Assistant
    if name in __all__:
        from assistant import schema

        return getattr(schema, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
