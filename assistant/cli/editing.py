"""``library edit``, ``remove`` and ``collections``: changes to what people added."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from assistant.cli.added import ask, opened_documents, shelf_of
from assistant.cli.choices import collections_of, kinds_of, one_of
from assistant.cli.documents import as_data, document_of, facts
from assistant.cli.options import JsonOption, settings_of
from assistant.cli.output import note, put, put_json, table
from assistant.errors import UsageError

if TYPE_CHECKING:
    from assistant.documents.records import Collection, Details, Document
    from assistant.documents.store import DocumentStore
    from assistant.settings import Settings

TitleOption = Annotated[str | None, typer.Option("--title", help="Its title.")]
IssuedOption = Annotated[
    str | None,
    typer.Option("--issued", metavar="DATE", help="When it came out: 2024, 2024-05 or 2024-05-31."),
]
ReviewDueOption = Annotated[
    str | None, typer.Option("--review-due", metavar="DATE", help="When its review is due.")
]
OneKindOption = Annotated[
    str | None,
    typer.Option("--kind", metavar="KIND", help="What it is, such as local-policy or trial."),
]
OneCountryOption = Annotated[
    str | None, typer.Option("--country", metavar="COUNTRY", help="Where it holds.")
]
WhoSpeaksOption = Annotated[
    str | None,
    typer.Option("--who-speaks", metavar="WHO", help="Who speaks, such as employer or peer-led."),
]
YesOption = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]


def add_to(group: typer.Typer) -> None:
    """Put the commands of this module into the group ``library``."""
    group.command(
        "edit",
        epilog="Example: peer-support library edit lone-working-1a2b3c4d --review-due 2027-03",
    )(edit)
    group.command(
        "remove", epilog="Example: peer-support library remove lone-working-1a2b3c4d --yes"
    )(remove)
    group.command(
        "collections",
        epilog='Example: peer-support library collections --add team --name "Our team"',
    )(collections)


# ---------------------------------------------------------------- edit


def edit(
    ctx: typer.Context,
    document_id: Annotated[str, typer.Argument(metavar="ID", help="Id of an added document.")],
    title: TitleOption = None,
    authors: Annotated[
        list[str] | None,
        typer.Option("--authors", metavar="NAME", help="An author; may be repeated, or use ;"),
    ] = None,
    issued: IssuedOption = None,
    reviewed: Annotated[
        str | None, typer.Option("--reviewed", metavar="DATE", help="When it was last reviewed.")
    ] = None,
    review_due: ReviewDueOption = None,
    published_in: Annotated[
        str | None, typer.Option("--published-in", help="Where it came out.")
    ] = None,
    kind: OneKindOption = None,
    country: OneCountryOption = None,
    who_speaks: WhoSpeaksOption = None,
    doi: Annotated[str | None, typer.Option("--doi", help="Its DOI.")] = None,
    pmid: Annotated[str | None, typer.Option("--pmid", help="Its PubMed number.")] = None,
    url: Annotated[str | None, typer.Option("--url", help="Its address.")] = None,
    superseded_by: Annotated[
        str | None,
        typer.Option("--superseded-by", help="Id or name of the edition that took its place."),
    ] = None,
    retracted: Annotated[
        str | None, typer.Option("--retracted", help="Where and when it was retracted.")
    ] = None,
    collection: Annotated[
        str | None, typer.Option("--collection", metavar="ID", help="Put it into this collection.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Change what is known of an added document. An empty value ("") takes one away."""
    given = details_given(
        title=title,
        authors=_authors(authors),
        issued=issued,
        reviewed=reviewed,
        review_due=review_due,
        published_in=published_in,
        kind=kind,
        country=country,
        who_speaks=who_speaks,
        doi=doi,
        pmid=pmid,
        url=url,
        superseded_by=superseded_by,
        retracted=retracted,
    )
    settings = settings_of(ctx)
    if not given and collection is None:
        raise UsageError("Nothing was given to change.", "For example: --review-due 2027-03")
    with opened_documents(settings) as store:
        document = document_of(store, document_id.strip())
    if superseded_by is not None and superseded_by.strip() == document.id:
        raise UsageError("A document cannot be superseded by itself.", "Give the newer one.")
    into = collections_of([collection], settings)[0] if collection is not None else None
    with shelf_of(settings) as shelf:
        changed = shelf.edit(document.id, given, into)
    if as_json:
        put_json(as_data(changed))
    else:
        put(f"{changed.id} was changed.")
        put("\n".join(facts(changed)))


def _authors(values: Sequence[str] | None) -> tuple[str, ...] | None:
    if values is None:
        return None
    return tuple(name.strip() for value in values for name in value.split(";") if name.strip())


def details_given(**values: Any) -> dict[str, object]:
    """Fields of ``Details`` from options, those not given left out.

    Raises:
        UsageError: a value cannot be used; names it.
    """
    from assistant.documents.records import Details
    from assistant.documents.shelf import changed_details
    from assistant.presentation.words import WHO_WORDS

    found: dict[str, Any] = {
        name: value.strip() if isinstance(value, str) else value
        for name, value in values.items()
        if value is not None
    }
    for name in ("title", "kind", "country", "who_speaks"):
        if found.get(name) == "":
            raise UsageError(f"--{name.replace('_', '-')} may not be empty.", "Give a value.")
    if "kind" in found:
        found["kind"] = kinds_of([found["kind"]])[0]
    if "who_speaks" in found:
        found["who_speaks"] = one_of(found["who_speaks"], WHO_WORDS, "speaker")
    _check_identifiers(found)
    _check_dates(found)
    checked: Details = changed_details(Details(title="any"), found)
    return {name: getattr(checked, name) for name in found}


def _check_identifiers(found: dict[str, Any]) -> None:
    from assistant.documents.metadata import identifiers_in

    if found.get("doi"):
        doi = identifiers_in(found["doi"])[0]
        if not doi:
            raise UsageError(f"“{found['doi']}” is no DOI.", "For example: 10.1000/xyz123")
        found["doi"] = doi
    if found.get("pmid") and not re.fullmatch(r"\d{1,8}", found["pmid"]):
        raise UsageError(f"“{found['pmid']}” is no PubMed number.", "It has digits only.")
    if found.get("url") and not re.match(r"https?://[^\s\"'<>]+$", found["url"]):
        raise UsageError(f"“{found['url']}” is no web address.", "It begins with https://")


def _check_dates(found: Mapping[str, Any]) -> None:
    from assistant.documents.currency import last_day

    for name in ("issued", "reviewed", "review_due"):
        value = found.get(name)
        form = re.fullmatch(r"\d{4}(-\d{2}){0,2}", value) if value else None
        if value and (form is None or last_day(value) is None):
            raise UsageError(
                f"--{name.replace('_', '-')}: “{value}” is no date.",
                "Dates are written 2024, 2024-05 or 2024-05-31.",
            )


# ---------------------------------------------------------------- remove


def remove(
    ctx: typer.Context,
    document_ids: Annotated[
        list[str] | None, typer.Argument(metavar="ID", help="Ids of added documents.")
    ] = None,
    collection: Annotated[
        str | None, typer.Option("--collection", metavar="ID", help="All of this collection.")
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="All that was added.")] = False,
    yes: YesOption = False,
    as_json: JsonOption = False,
) -> None:
    """Remove added documents with everything that was kept of them, the copies of their files too.

    The files that they were added from are not touched.
    """
    if sum((bool(document_ids), collection is not None, everything)) != 1:
        raise UsageError("Say what to remove in one way.", "Give ids, --collection ID or --all.")
    settings = settings_of(ctx)
    chosen = collections_of([collection], settings)[0] if collection is not None else None
    with opened_documents(settings) as store:
        documents = _chosen(store, document_ids or (), chosen)
    if documents and not yes:
        _confirm(documents)
    removed = 0
    if documents:
        with shelf_of(settings) as shelf:
            removed = shelf.remove([document.id for document in documents])
            left = shelf.store.counts()
    else:
        left = _counts(settings)
    if as_json:
        ids = [document.id for document in documents]
        put_json({"removed": removed, "ids": ids, "documents": left[0], "passages": left[1]})
    else:
        put(f"{_documents(removed)} removed; {_documents(left[0])} left.")


def _chosen(
    store: DocumentStore | None, ids: Sequence[str], collection: str | None
) -> list[Document]:
    if ids:
        wanted = dict.fromkeys(name.strip() for name in ids)
        return [document_of(store, name) for name in wanted]
    every = store.documents() if store else ()
    return [document for document in every if collection in {None, document.collection}]


def _counts(settings: Settings) -> tuple[int, int]:
    with opened_documents(settings) as store:
        return store.counts() if store else (0, 0)


def _documents(count: int) -> str:
    return f"{count:,} document{'' if count == 1 else 's'}"


def _confirm(documents: Sequence[Document]) -> None:
    for document in documents[:10]:
        note(f"  {document.id}: {document.details.title}")
    if len(documents) > 10:
        note(f"  and {len(documents) - 10:,} more")
    if not ask(f"Remove {_documents(len(documents))}? [y/N] ").casefold().startswith("y"):
        raise UsageError("Nothing was removed.", "To remove without being asked, add --yes.")


# ---------------------------------------------------------------- collections


def collections(
    ctx: typer.Context,
    add: Annotated[
        str | None, typer.Option("--add", metavar="ID", help="Make this one, or change it.")
    ] = None,
    name: Annotated[str | None, typer.Option("--name", help="Its name for readers.")] = None,
    kind: OneKindOption = None,
    country: OneCountryOption = None,
    who_speaks: WhoSpeaksOption = None,
    as_json: JsonOption = False,
) -> None:
    """List the collections, or make one; its kind, country and speaker are those of what is added
    to it."""
    settings = settings_of(ctx)
    given = details_given(kind=kind, country=country, who_speaks=who_speaks)
    if name is not None:
        if not name.strip():
            raise UsageError("--name may not be empty.", "Give a value.")
        given["name"] = name.strip()
    if add is None and given:
        raise UsageError("These say what a new collection is like.", "Add its id: --add ID")
    if add is not None:
        with shelf_of(settings) as shelf:
            shelf.add_collection(_collection(shelf.store, add.strip(), given))
    rows = _collection_rows(settings)
    if as_json:
        put_json(rows)
    else:
        heads = ("id", "kind", "country", "documents", "passages", "name")
        put(table(heads, [tuple(str(row[head]) for head in heads) for row in rows]))
        note("The library that comes along is the collection bundled.")


def _collection(store: DocumentStore, wanted: str, given: dict[str, object]) -> Collection:
    from assistant.documents.records import Collection
    from assistant.schema import BUNDLED

    if not re.fullmatch(r"[a-z0-9]+(?:-[a-z0-9]+)*", wanted) or len(wanted) > 60:
        raise UsageError(
            f"“{wanted}” cannot be the id of a collection.",
            "Use small letters, digits and hyphens, for example: our-team",
        )
    if wanted == BUNDLED:
        raise UsageError(f"{BUNDLED} is the library that comes along.", "Choose another id.")
    before = store.collection(wanted) or Collection(id=wanted, name=wanted)
    return Collection.model_validate({**before.model_dump(), **given})


def _collection_rows(settings: Settings) -> list[dict[str, Any]]:
    from assistant.documents.store import DEFAULT_COLLECTION

    with opened_documents(settings) as store:
        known = store.collections() if store else (DEFAULT_COLLECTION,)
        documents = store.documents() if store else ()
    rows = []
    for collection in known:
        own = [document for document in documents if document.collection == collection.id]
        counted = {"documents": len(own), "passages": sum(d.passages for d in own)}
        rows.append(collection.model_dump(mode="json") | counted)
    return rows
