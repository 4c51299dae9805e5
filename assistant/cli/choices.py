"""Turns the values of filter options into filters; a value that nobody knows is a usage error that
names the nearest known ones."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, TypeVar

import typer

from assistant.cli.options import library_of, settings_of
from assistant.errors import UsageError

if TYPE_CHECKING:
    from assistant.corpus import Library
    from assistant.schema import AnyKind, Filters, User
    from assistant.settings import Settings

K = TypeVar("K", bound=str)
SHOWN_IN_FULL = 20


def one_of(value: str, known: Mapping[K, str], what: str) -> K:
    """The known value that is meant, however its letters are cased.

    Args:
        value: as typed; a known value or the words that readers see for it.
        known: known values with the words that readers see.
        what: what it is, for the message: "kind", "country".

    Raises:
        UsageError: nothing known is meant; names the nearest.
    """
    typed = " ".join(value.split()).casefold()
    for name, words in known.items():
        if typed in {name.casefold(), words.casefold()}:
            return name
    raise UsageError(f"There is no {what} called “{value}”.", _nearest_hint(typed, known, what))


def nearest(typed: str, known: Iterable[str], count: int = 3) -> list[str]:
    """The known names most like what was typed; may be none."""
    names = {name.casefold(): name for name in known}
    wanted = typed.casefold()
    found = difflib.get_close_matches(wanted, names, n=count, cutoff=0.6)
    found += [name for name in names if wanted and wanted in name and name not in found]
    return [names[name] for name in found[:count]]


def _nearest_hint(typed: str, known: Mapping[K, str], what: str) -> str:
    by_words: dict[str, str] = {words: name for name, words in known.items()}
    found = nearest(typed, known) + [by_words[words] for words in nearest(typed, by_words)]
    close = list(dict.fromkeys(found))[:4]
    if close:
        return f"The nearest: {', '.join(close)}."
    if what == "collection":
        return f"There are: {', '.join(known)}. Make one with: peer-support library collections"
    if len(known) <= SHOWN_IN_FULL:
        return f"Known: {', '.join(known)}."
    return f"Every {what} stands in: peer-support library stats"


def user_of(value: str | None) -> User | None:
    """Who asks, from what was typed.

    Raises:
        UsageError: no such user.
    """
    from assistant.presentation.words import USER_WORDS

    return one_of(value, USER_WORDS, "user") if value is not None else None


def kinds_of(values: Sequence[str]) -> tuple[AnyKind, ...]:
    """Kinds of source, from what was typed."""
    from assistant.presentation.words import KIND_WORDS

    return _all(values, KIND_WORDS, "kind")


def countries_of(
    values: Sequence[str], library: Library, added: Iterable[str] = ()
) -> tuple[str, ...]:
    """Countries that sources of the library or added documents come from, from what was typed."""
    held = sorted({source.jurisdiction for source in library.sources.values()} | set(added))
    return _all(values, {country: country for country in held}, "country")


def collections_of(
    values: Sequence[str], settings: Settings, *, bundled: bool = False
) -> tuple[str, ...]:
    """Collections by id or name, from what was typed; with ``bundled`` the library too."""
    from assistant.cli.added import opened_documents
    from assistant.documents.store import DEFAULT_COLLECTION
    from assistant.schema import BUNDLED

    with opened_documents(settings) as store:
        names = {c.id: c.name for c in (store.collections() if store else (DEFAULT_COLLECTION,))}
    return _all(values, {BUNDLED: "The library", **names} if bundled else names, "collection")


def added_countries(settings: Settings) -> frozenset[str]:
    """Countries that added documents are of."""
    from assistant.cli.added import opened_documents

    with opened_documents(settings) as store:
        return frozenset(d.details.country for d in store.documents()) if store else frozenset()


def topics_of(values: Sequence[str], library: Library) -> tuple[str, ...]:
    """Topics of the library, from what was typed."""
    return _all(values, library.topics, "topic")


def _all(values: Sequence[str], known: Mapping[K, str], what: str) -> tuple[K, ...]:
    return tuple(dict.fromkeys(one_of(value, known, what) for value in values))


def filters_of(
    ctx: typer.Context,
    *,
    country: Sequence[str] = (),
    kind: Sequence[str] = (),
    topic: Sequence[str] = (),
    setting: Sequence[str] = (),
    collection: Sequence[str] = (),
    user: User | None = None,
    year_from: int | None = None,
    year_to: int | None = None,
) -> Filters | None:
    """Filters from the options of a call; None where none was given.

    The library's files are read only where a country or a topic has to be known, the added
    documents only where a country or a collection has.

    Raises:
        UsageError: a value that nobody knows, or years the wrong way round.
    """
    from assistant.presentation.words import SETTING_WORDS
    from assistant.schema import Filters

    if year_from is not None and year_to is not None and year_from > year_to:
        raise UsageError(
            f"No year is from {year_from} on and up to {year_to}.",
            "Give --year-from the earlier year.",
        )
    chosen: dict[str, object] = {
        "kind": kinds_of(kind),
        "setting": _all(setting, SETTING_WORDS, "setting"),
        "user": (user,) if user else (),
        "year_from": year_from,
        "year_to": year_to,
    }
    if collection:
        chosen["collection"] = collections_of(collection, settings_of(ctx), bundled=True)
    if country or topic:
        library = library_of(ctx)
        added = added_countries(settings_of(ctx)) if country else ()
        chosen["jurisdiction"] = countries_of(country, library, added)
        chosen["topic"] = topics_of(topic, library)
    filters = Filters.model_validate(chosen)
    return None if filters.is_empty() else filters
