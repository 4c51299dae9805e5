"""Checks what a caller wants the library narrowed to: a name that nobody knows would find nothing
in silence."""

from __future__ import annotations

import contextlib
import difflib
from collections.abc import Iterable, Mapping

from assistant.assembly import Assistant
from assistant.documents.store import DocumentStore
from assistant.errors import ConfigurationError, UsageError
from assistant.schema import BUNDLED, Filters

SHOWN_IN_FULL = 20


def known_filters(assistant: Assistant, filters: Filters | None) -> Filters | None:
    """The filters with countries, topics and collections as the library writes them; None where
    nothing is narrowed.

    Raises:
        UsageError: a name that nobody knows, or years the wrong way round.
    """
    if filters is None or filters.is_empty():
        return None
    first, last = filters.year_from, filters.year_to
    if first is not None and last is not None and first > last:
        raise UsageError(
            "“filters.year_from” is later than “filters.year_to”.", "Give the earlier year first."
        )
    changes: dict[str, tuple[str, ...]] = {}
    if filters.jurisdiction:
        changes["jurisdiction"] = _all(filters.jurisdiction, _countries(assistant), "jurisdiction")
    if filters.topic:
        changes["topic"] = _all(filters.topic, assistant.library.topics, "topic")
    if filters.collection:
        changes["collection"] = _all(filters.collection, _collections(assistant), "collection")
    return filters.model_copy(update=changes)


def nearest(typed: str, known: Iterable[str], count: int = 3) -> list[str]:
    """The known names most like what was typed; may be none."""
    names = {name.casefold(): name for name in known}
    found = difflib.get_close_matches(typed.casefold()[:200], names, n=count, cutoff=0.6)
    return [names[name] for name in found]


def _all(given: Iterable[str], known: Mapping[str, str], field: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(_one(value, known, field) for value in given))


def _one(value: str, known: Mapping[str, str], field: str) -> str:
    typed = " ".join(value.split()).casefold()
    for name, words in known.items():
        if typed in {name.casefold(), words.casefold()}:
            return name
    close = nearest(typed, known)
    hint = f"The nearest: {', '.join(close)}." if close else ""
    if not close and len(known) <= SHOWN_IN_FULL:
        hint = f"Known: {', '.join(known)}."
    raise UsageError(f"“filters.{field}” names something that the library does not hold.", hint)


def _countries(assistant: Assistant) -> dict[str, str]:
    held = {source.jurisdiction for source in assistant.library.sources.values()}
    store = _store(assistant)
    if store is not None:
        # The bundled library does not hang on what was added to it.
        with contextlib.suppress(ConfigurationError):
            held |= {document.details.country for document in store.documents()}
    return {country: country for country in sorted(held)}


def _collections(assistant: Assistant) -> dict[str, str]:
    store = _store(assistant)
    added = {c.id: c.name for c in store.collections()} if store is not None else {}
    return {BUNDLED: "The library", **added}


def _store(assistant: Assistant) -> DocumentStore | None:
    return assistant.shelf.store if assistant.shelf is not None else None
