"""Shows on standard error how a chat model writes: where the question goes, what passed so far.

On a terminal what passed stands there until the answer does; elsewhere nothing but the first line
is said, since the answer holds it all. Ctrl+C stops the model, not the answer: the one without the
model comes at once. A second Ctrl+C ends the program.
"""

from __future__ import annotations

import signal
import sys
import threading
from types import FrameType, TracebackType
from typing import TYPE_CHECKING, Any

from assistant.chat_models.records import Address, Cancel
from assistant.cli.output import clean, note

if TYPE_CHECKING:
    from rich.live import Live

    from assistant.schema import Statement

STAGES = {
    "screening": "Reading the question",
    "reading": "Looking in the library",
    "composing": "Putting the answer together",
    "writing": "Asking {model}",
}


def where_it_goes(address: Address) -> str:
    """One line on where a question goes."""
    if address.local:
        place = f" at {address.host}" if address.host else ""
        return f"The chat model {address}{place} is on this computer: nothing leaves it."
    return (
        f"The question, without personal details, goes to {address.host} with the texts that the"
        " answer rests on."
    )


class Listening:
    """Told what goes on while one question is answered.

    Args:
        address: of the chat model; None where there is none, and then nothing is shown.
        say_where: whether to say where the question goes.
    """

    def __init__(self, address: Address | None, *, say_where: bool = True) -> None:
        self.cancel = Cancel()
        self._address = address
        self._say_where = say_where
        self._live: Live | None = None
        self._stage = ""
        self._passed: list[str] = []
        self._before: Any = None

    def __enter__(self) -> Listening:
        if self._address is None:
            return self
        if self._say_where:
            note(where_it_goes(self._address))
        if sys.stderr.isatty():
            from rich.console import Console
            from rich.live import Live

            self._live = Live(console=Console(stderr=True), transient=True, auto_refresh=False)
            self._live.start()
        if threading.current_thread() is threading.main_thread():
            self._before = signal.signal(signal.SIGINT, self._stop)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        if self._live is not None:
            self._live.stop()
        if self._before is not None:
            signal.signal(signal.SIGINT, self._before)

    def _stop(self, number: int, frame: FrameType | None) -> None:
        if self.cancel.asked or self._stage != "writing":
            raise KeyboardInterrupt
        self.cancel()
        note("The model was stopped; this is the answer without it.")

    def stage(self, name: str) -> None:
        """A step began."""
        self._stage = name
        self._draw()

    def say(self, statement: Statement) -> None:
        """A statement passed the gate."""
        self._passed.append(clean(statement.text))
        self._draw()

    def _draw(self) -> None:
        if self._live is None:
            return
        from rich.text import Text

        words = STAGES.get(self._stage, self._stage).format(model=self._address)
        lines = [
            f"{words} … (Ctrl+C stops the model)" if self._stage == "writing" else f"{words} …"
        ]
        self._live.update(Text("\n".join([*lines, *self._passed])), refresh=True)
