"""Counts tokens and cost by day and model, and refuses calls when the day's budget is spent.

One small file in the home folder, shared by all processes; nothing of what is asked is in it. The
day is this computer's. Calls that run at the same time may together go over a budget by what they
take: it is checked before a call and counted after.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from assistant.chat_models.prices import Price, price_of, read_prices
from assistant.chat_models.records import Address, ChatModelError

FOLDER, FILE = "models", "usage.json"
DAYS_KEPT = 400
CHARACTERS_A_TOKEN = 4
LOCK_SECONDS = 5.0


def estimated_tokens(text: str) -> int:
    """About how many tokens a text has: a quarter of its characters, rounded up."""
    return -(-len(text) // CHARACTERS_A_TOKEN)


@dataclass(frozen=True)
class Usage:
    """What was used. ``estimated_tokens`` are those that no server counted; ``dollars`` holds only
    calls whose price is known, ``unpriced`` counts the others."""

    calls: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    estimated_tokens: int = 0
    dollars: float = 0.0
    unpriced: int = 0

    @property
    def tokens(self) -> int:
        """All of them, counted or estimated."""
        return self.input_tokens + self.output_tokens + self.estimated_tokens

    def __add__(self, other: Usage) -> Usage:
        ours, theirs = asdict(self), asdict(other)
        return Usage(**{name: ours[name] + theirs[name] for name in ours})


class Budget:
    """A day's budget, and the account of what was used.

    Args:
        home: folder for the account.
        daily_dollars: most that a day's calls may cost; 0: any.
        daily_tokens: most tokens of a day's calls; 0: any number.
        prices: by ``provider:name``; those in the package where None.
        today: the day that counts.
    """

    def __init__(
        self,
        home: Path,
        daily_dollars: float = 0.0,
        daily_tokens: int = 0,
        prices: Mapping[str, Price] | None = None,
        today: Callable[[], dt.date] = dt.date.today,
    ) -> None:
        self._file = home / FOLDER / FILE
        self._dollars = daily_dollars
        self._tokens = daily_tokens
        self._prices = read_prices() if prices is None else prices
        self._today = today
        self._uncounted = False

    def check(self, address: Address) -> None:
        """Pass only where something of today's budget is left.

        Raises:
            ChatModelError: "budget": it is spent, or cannot be kept: no account can be read or
                written, or a model elsewhere has no known price and the budget is in dollars.
        """
        if not self._dollars and not self._tokens:
            return
        used = self._today_used()
        if self._tokens and used.tokens >= self._tokens:
            raise _spent(f"{used.tokens:,} of {self._tokens:,} tokens", "MODEL_DAILY_TOKENS")
        if not self._dollars:
            return
        if used.dollars >= self._dollars:
            amounts = f"{used.dollars:.2f} of {self._dollars:.2f} US dollars"
            raise _spent(amounts, "MODEL_DAILY_DOLLARS")
        if not address.local and price_of(address, self._prices) is None:
            raise ChatModelError(
                "budget",
                f"What '{address.name}' costs is not known, so no budget in dollars can be kept.",
                "Set a budget in tokens instead (PEER_SUPPORT_MODEL_DAILY_TOKENS), and"
                " PEER_SUPPORT_MODEL_DAILY_DOLLARS=0.",
            )

    def cost_of(
        self, address: Address, input_tokens: int | None, output_tokens: int | None
    ) -> float | None:
        """US dollars of a call; None where its tokens or the price are not known."""
        price = price_of(address, self._prices)
        if price is None or input_tokens is None or output_tokens is None:
            return None
        return price.of(input_tokens, output_tokens)

    def note(
        self,
        address: Address,
        input_tokens: int | None,
        output_tokens: int | None,
        *,
        estimated: int = 0,
    ) -> float | None:
        """Put a call on the account; never stands in the way of its reply.

        Args:
            address: of the model.
            input_tokens: as the server counted, None where it did not; ``output_tokens`` likewise.
            output_tokens: of the reply.
            estimated: tokens that no server counted.

        Returns:
            What it cost, in US dollars; None where that is not known.
        """
        cost = self.cost_of(address, input_tokens, output_tokens)
        unpriced = int(cost is None and not address.local)
        call = Usage(1, input_tokens or 0, output_tokens or 0, estimated, cost or 0.0, unpriced)
        try:
            with self._locked():
                days = _read(self._file)
                today = days.setdefault(self._today().isoformat(), {})
                today[str(address)] = today.get(str(address), Usage()) + call
                _write(self._file, dict(sorted(days.items())[-DAYS_KEPT:]))
        except (OSError, ValueError, ChatModelError):
            self._uncounted = True
        return cost

    def used(self) -> dict[str, dict[str, Usage]]:
        """What was used, by day (ISO) and ``provider:name``.

        Raises:
            ChatModelError: "budget": the account cannot be read.
        """
        try:
            return _read(self._file)
        except (OSError, ValueError) as error:
            raise self._broken() from error

    def _today_used(self) -> Usage:
        if self._uncounted:
            raise self._broken()
        return sum(self.used().get(self._today().isoformat(), {}).values(), Usage())

    def _broken(self) -> ChatModelError:
        return ChatModelError(
            "budget",
            f"The account of today's calls in {self._file} cannot be kept, so its budget cannot.",
            "Move the file away, or make its folder writable; then start the program anew.",
        )

    @contextmanager
    def _locked(self) -> Iterator[None]:
        from filelock import FileLock, Timeout

        self._file.parent.mkdir(parents=True, exist_ok=True)
        try:
            with FileLock(f"{self._file}.lock", timeout=LOCK_SECONDS):
                yield
        except Timeout as error:
            raise OSError("locked") from error


def _spent(amounts: str, setting: str) -> ChatModelError:
    return ChatModelError(
        "budget",
        f"Today's budget for the chat model is spent: {amounts}.",
        f"Go on tomorrow, or raise PEER_SUPPORT_{setting}.",
    )


def _read(file: Path) -> dict[str, dict[str, Usage]]:
    """Raises ``ValueError`` where the file is not what we write."""
    if not file.exists():
        return {}
    data: Any = json.loads(file.read_text(encoding="utf-8"))
    try:
        return {
            str(dt.date.fromisoformat(day)): {name: Usage(**used) for name, used in models.items()}
            for day, models in data.items()
        }
    except (TypeError, AttributeError) as error:
        raise ValueError("not an account") from error


def _write(file: Path, days: Mapping[str, Mapping[str, Usage]]) -> None:
    """Put a new file in the place of the old one: whoever reads meets one or the other."""
    plain = {day: {name: asdict(u) for name, u in models.items()} for day, models in days.items()}
    handle, name = tempfile.mkstemp(dir=file.parent, prefix=".usage-")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            json.dump(plain, stream, indent=1)
        os.replace(name, file)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
