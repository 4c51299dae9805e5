"""``library``: lists, shows and checks what the library holds. No model is loaded.

What concerns documents that people added is in ``documents``, ``adding``, ``editing``, ``listing``,
``currency``, ``backup`` and ``states``; counting is in ``stats``.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from assistant.cli import adding, backup, editing, listing, states, stats
from assistant.cli.added import opened_documents
from assistant.cli.choices import (
    added_countries,
    collections_of,
    countries_of,
    kinds_of,
    nearest,
    one_of,
    topics_of,
)
from assistant.cli.currency import check_currency
from assistant.cli.documents import list_added, say_how_many, show_added
from assistant.cli.options import (
    CountryOption,
    JsonOption,
    KindOption,
    TopicOption,
    library_of,
    new_app,
    settings_of,
)
from assistant.cli.output import note, put, put_json, table, wrapped
from assistant.errors import ConfigurationError, UsageError

if TYPE_CHECKING:
    from assistant.corpus import Fault, Library
    from assistant.schema import Note, Source
    from assistant.settings import Settings

StatusOption = Annotated[
    list[str] | None,
    typer.Option(
        "--status",
        metavar="STATUS",
        help="Only current, superseded, retracted or review-due; may be repeated.",
    ),
]


def add_to(app: typer.Typer) -> None:
    """Put the commands of this module into the application."""
    group = new_app(
        "List, show, check and count what the library holds, and add documents of your own.",
        example="peer-support library add policies/",
    )
    group.command(
        "list", epilog="Example: peer-support library list --topic supervision --kind trial"
    )(list_sources)
    group.command("show", epilog="Example: peer-support library show mha-2025")(show)
    group.command("check", epilog="Example: peer-support library check --against paper.txt")(check)
    for module in (stats, adding, editing, listing, backup, states):
        module.add_to(group)
    app.add_typer(group, name="library")


# ---------------------------------------------------------------- list


def list_sources(
    ctx: typer.Context,
    topic: TopicOption = None,
    kind: KindOption = None,
    country: CountryOption = None,
    status: StatusOption = None,
    collection: Annotated[
        list[str] | None,
        typer.Option("--collection", metavar="ID", help="Only this collection of added documents."),
    ] = None,
    added: Annotated[bool, typer.Option("--added", help="List documents that you added.")] = False,
    as_json: JsonOption = False,
) -> None:
    """List the sources, newest first, or with --added the documents that were added, by title."""
    from assistant.presentation.words import STATUS_WORDS

    kinds = kinds_of(kind or ())
    statuses = [one_of(value, STATUS_WORDS, "status") for value in status or ()]
    settings = settings_of(ctx)
    if added or collection:
        if topic:
            raise UsageError("Added documents have no topics.", "Leave --topic out.")
        list_added(
            settings,
            kinds=kinds,
            countries=_added_countries(country, settings),
            statuses=statuses,
            collections=collections_of(collection or (), settings),
            as_json=as_json,
        )
        return
    library = library_of(ctx)
    topics = set(topics_of(topic or (), library))
    countries = countries_of(country or (), library)
    found = [
        source
        for source in library.sources.values()
        if (not kinds or source.kind in kinds)
        and (not countries or source.jurisdiction in countries)
        and (not statuses or source.status in statuses)
        and (not topics or any(topics & set(held.topics) for held in source.notes))
    ]
    found.sort(key=lambda source: (-(source.year or 0), source.id))
    if as_json:
        put_json([_without_notes(source) for source in found])
        return
    if found:
        put(table(("id", "year", "kind", "country", "status", "notes", "title"), map(_row, found)))
    note(f"{len(found)} of {len(library.sources)} sources.")
    say_how_many(settings)


def _added_countries(country: Iterable[str] | None, settings: Settings) -> list[str]:
    known = {name: name for name in sorted(added_countries(settings))}
    return [one_of(value, known, "country") for value in country or ()]


def _row(source: Source) -> tuple[str, ...]:
    return (
        source.id,
        str(source.year or "undated"),
        source.kind,
        source.jurisdiction,
        source.status,
        str(len(source.notes)),
        source.title,
    )


def _without_notes(source: Source) -> dict[str, Any]:
    """A source as data, with the number of its notes in their place."""
    return source.model_dump(mode="json", exclude={"notes"}) | {"notes": len(source.notes)}


# ---------------------------------------------------------------- show


def show(
    ctx: typer.Context,
    record_id: Annotated[
        str, typer.Argument(metavar="ID", help="Id of a source, a note, a document or a passage.")
    ],
    span: Annotated[
        str | None,
        typer.Option(
            "--span", metavar="START-END", help="Show these characters of an added document."
        ),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Show one source with its notes, one note with its source, or an added document.

    With --span, or the id of a passage, the exact words of a document are shown, marked, with a
    little around them. The id of a record that was joined to another one is followed, and the
    answer says so.
    """
    wanted = record_id.strip()
    library: Library | None = None
    documents: list[str] = []
    try:
        with opened_documents(settings_of(ctx)) as store:
            if store is not None and show_added(store, wanted, span, as_json):
                return
            documents = [document.id for document in store.documents()] if store else []
    except ConfigurationError:
        # The bundled library does not hang on what was added to it.
        library = library_of(ctx)
        if wanted not in library.sources and wanted not in library.notes:
            raise
    library = library or library_of(ctx)
    current = _current_id(library, wanted, documents)
    if span is not None:
        raise UsageError(
            f"{current} is of the bundled library, which has no spans.", "Leave --span out."
        )
    moved = wanted if current != wanted else None
    if moved:
        note(f"{moved} was joined to {current}.")
    if current in library.notes:
        held, source = library.notes[current], library.note_source[current]
        data = held.model_dump(mode="json") | {"source": _without_notes(source)}
        text = _note_page(held, source)
    else:
        source = library.sources[current]
        data = source.model_dump(mode="json")
        text = _source_page(source)
    if as_json:
        record = "note" if current in library.notes else "source"
        put_json({"record": record, "moved_from": moved} | data)
    else:
        put(text)


def _current_id(library: Library, wanted: str, documents: Iterable[str] = ()) -> str:
    """The id of the source or note that is meant, old ids followed.

    Raises:
        UsageError: there is none; names the nearest, or says that it was taken out.
    """
    if wanted in library.sources or wanted in library.notes:
        return wanted
    moved = library.current_note_id(wanted) or _moved_source(library, wanted)
    if moved is not None:
        return moved
    if wanted in library.data.merged_notes or wanted in library.data.merged_sources:
        raise UsageError(f"{wanted} was taken out of the library.", "Nothing stands in its place.")
    known = [*documents, *library.sources, *library.notes]
    close = nearest(wanted.partition(":")[0], known, count=4)
    hint = f"The nearest: {', '.join(close)}." if close else "See: peer-support library list"
    raise UsageError(f"There is no source, note or document {wanted}.", hint)


def _moved_source(library: Library, wanted: str) -> str | None:
    seen: set[str] = set()
    found: str | None = wanted
    while found is not None and found not in library.sources and found not in seen:
        seen.add(found)
        found = library.data.merged_sources.get(found)
    return found if found in library.sources else None


def _source_page(source: Source) -> str:
    from assistant.presentation.words import full_reference

    lines = [wrapped(full_reference(source)), "", *_facts(source)]
    for held in source.notes:
        lines += ["", *_note_lines(held)]
    return "\n".join(lines)


def _note_page(held: Note, source: Source) -> str:
    from assistant.presentation.words import full_reference

    asks = ["", "Questions that it answers:", *(wrapped(ask, "- ") for ask in held.asks)]
    lines = [*_note_lines(held), *asks, "", "From:", wrapped(full_reference(source))]
    return "\n".join([*lines, *_facts(source)])


def _facts(source: Source) -> list[str]:
    from assistant.presentation.words import (
        BASIS_WORDS,
        KIND_WORDS,
        SETTING_WORDS,
        STATUS_WORDS,
        WHO_WORDS,
        country,
        link,
    )

    status = STATUS_WORDS[source.status]
    if source.superseded_by:
        status += f" by {source.superseded_by}"
    rows = (
        ("Id", source.id),
        ("Kind", KIND_WORDS[source.kind]),
        ("Country", country(source.jurisdiction)),
        ("Who speaks", _who(WHO_WORDS[source.who_speaks], source.who_speaks_reason)),
        ("Settings", ", ".join(SETTING_WORDS[setting] for setting in source.settings)),
        ("Status", status + (f". {source.status_note}" if source.status_note else "")),
        ("Notes made", BASIS_WORDS[source.basis]),
        ("Checked", f"{source.checked:%Y-%m-%d}"),
        ("Licence", source.licence),
        ("Address", link(source.url, source.doi)),
    )
    return [wrapped(value, f"{name + ':':<12}", " " * 12) for name, value in rows if value]


def _who(words: str, reason: str) -> str:
    return f"{words} ({reason})" if reason else words


def _note_lines(held: Note) -> list[str]:
    from assistant.presentation.words import BASIS_WORDS, STANDS_AS_WORDS

    facts = [STANDS_AS_WORDS[held.stands_as], held.locator, ", ".join(held.topics)]
    if held.basis:
        facts.append(BASIS_WORDS[held.basis])
    lines = [held.id, wrapped(held.text, "  "), wrapped("; ".join(facts), "  ")]
    if held.our_reading:
        lines.append(wrapped(f"Our own reading: {held.our_reading}", "  "))
    return lines


# ---------------------------------------------------------------- check


def check(
    ctx: typer.Context,
    against: Annotated[
        list[Path] | None,
        typer.Option(
            "--against",
            metavar="FILE",
            help="A plain-text document whose words must not be copied; may be repeated.",
        ),
    ] = None,
    currency: Annotated[
        bool, typer.Option("--currency", help="List what is due, superseded or retracted instead.")
    ] = False,
    retractions: Annotated[
        Path | None,
        typer.Option(
            "--retractions", metavar="FILE", help="A list in the form of Retraction Watch (CSV)."
        ),
    ] = None,
    today: Annotated[
        str | None, typer.Option("--today", metavar="DATE", help="As if it were this day.")
    ] = None,
    mark: Annotated[
        bool, typer.Option("--mark", help="Mark added documents that are on the list as retracted.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Check every file of the library; one fault a line. Ends with 1 when there is any.

    With --currency: what is past its review date or near it, superseded or retracted, in the
    library and among added documents. Ends with 1 when anything is overdue or retracted.
    """
    from assistant.corpus import check_library

    if currency:
        if against:
            raise UsageError("--against does not go with --currency.", "Leave one of them out.")
        check_currency(ctx, retractions, today, mark, as_json)
        return
    if retractions or today or mark:
        raise UsageError("--retractions, --today and --mark go with --currency.", "Add --currency.")
    for path in against or ():
        if not path.is_file():
            raise UsageError(f"There is no file {path}.", "Give the path of a plain-text document.")
    folder = settings_of(ctx).corpus
    faults = check_library(folder, against or ())
    unread: tuple[str, ...] = ()
    if not faults:
        library = library_of(ctx)
        faults, unread = _read_again(library, folder)
        faults += _built_on_notes(library, folder)
    if as_json:
        rows = [{"file": f.file, "field": f.field, "message": f.message} for f in faults]
        put_json({"ok": not faults, "faults": rows, "unread_notes": list(unread)})
    elif faults:
        put("\n".join(" ".join(str(fault).split()) for fault in faults))
        note(f"{len(faults)} fault{'s' if len(faults) > 1 else ''}.")
    else:
        put("No fault was found.")
    if unread:
        note(f"{len(unread)} notes had no second reading yet (named by --json).")
    if faults:
        raise typer.Exit(1)


def _built_on_notes(library: Library, folder: Path) -> list[Fault]:
    """What is wrong with the checklists and the situations that rest on the library's notes."""
    from assistant.checklists.reading import check_checklists, checklist_files
    from assistant.scenarios.reading import check_situations

    # A library of somebody's own need have neither.
    faults = check_checklists(folder, library) if checklist_files(folder) else []
    return faults + (check_situations(folder, library) if (folder / "situations").exists() else [])


def _read_again(library: Library, folder: Path) -> tuple[list[Fault], tuple[str, ...]]:
    """What changed since it was read, and the notes without a second reading; nothing where the
    library keeps no readings."""
    from assistant.readings import READINGS, read_readings, reading_faults

    if not (folder / READINGS).is_dir():
        return [], ()
    readings = read_readings(folder)
    return list(reading_faults(library, readings)), readings.unread(library)
