"""What models cost, where that is known: ``prices.toml``, or a file of the same form."""

from __future__ import annotations

import datetime as dt
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from assistant.chat_models.records import Address
from assistant.errors import ConfigurationError

FILE = Path(__file__).with_name("prices.toml")
LONGEST_PRICED = 100_000
_DATED = re.compile(r"-(?:\d{8}|\d{4}-\d{2}-\d{2}|latest)$")


@dataclass(frozen=True)
class Price:
    """US dollars per million tokens, the page that they were read from, the day of reading, and the
    newest day that the page speaks for."""

    input: float
    output: float
    read: dt.date
    as_of: dt.date
    page: str

    def of(self, input_tokens: int, output_tokens: int) -> float | None:
        """US dollars for so many tokens; None for longer prompts, which cost more with some."""
        if input_tokens > LONGEST_PRICED:
            return None
        return (self.input * input_tokens + self.output * output_tokens) / 1_000_000


def read_prices(file: Path = FILE) -> dict[str, Price]:
    """Prices by ``provider:name``.

    Raises:
        ConfigurationError: the file cannot be used.
    """
    try:
        rows = tomllib.loads(file.read_text(encoding="utf-8")).get("price", [])
        found = {
            str(row["model"]): Price(
                float(row["input"]),
                float(row["output"]),
                row["read"],
                row["as_of"],
                str(row["page"]),
            )
            for row in rows
        }
        if any(min(price.input, price.output) < 0 for price in found.values()):
            raise ValueError("negative")
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ConfigurationError(
            f"The prices in {file} cannot be read ({type(error).__name__}).",
            "Mend the file: each [[price]] has model, input, output, read, as_of and page.",
        ) from error
    return found


def price_of(address: Address, prices: Mapping[str, Price]) -> Price | None:
    """The price at a provider's own server; None where it is not known.

    A name that ends in a day is the model without it. Behind another address stands somebody
    else's service, whose prices are its own.
    """
    if address.base_url:
        return None
    return prices.get(str(address)) or prices.get(_DATED.sub("", str(address)))
