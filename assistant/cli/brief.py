"""``brief``: lists the briefs and shows one with the notes that each sentence rests on."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from assistant.cli.choices import nearest
from assistant.cli.options import JsonOption, library_of, new_app, settings_of
from assistant.cli.output import note, put, put_json, table, wrapped
from assistant.errors import UsageError

if TYPE_CHECKING:
    from assistant.corpus import Library
    from assistant.schema import Brief, BriefSentence


def add_to(app: typer.Typer) -> None:
    """Put the commands of this module into the application."""
    group = new_app(
        "Read the briefs: short syntheses of one practical topic.",
        example="peer-support brief show restraint",
    )
    group.command("list", epilog="Example: peer-support brief list")(list_briefs)
    group.command("show", epilog="Example: peer-support brief show restraint --json")(show)
    group.command("review", epilog="Example: peer-support brief review restraint")(review)
    app.add_typer(group, name="brief")


def list_briefs(ctx: typer.Context, as_json: JsonOption = False) -> None:
    """List the briefs."""
    library = library_of(ctx)
    briefs = sorted(library.briefs.values(), key=lambda brief: brief.id)
    if as_json:
        put_json(
            [
                brief.model_dump(
                    mode="json",
                    include={"id", "title", "topics", "users", "written", "review_by"},
                )
                for brief in briefs
            ]
        )
    elif briefs:
        rows = [(brief.id, f"{brief.review_by:%Y-%m-%d}", brief.title) for brief in briefs]
        put(table(("id", "review by", "title"), rows))
    else:
        note("The library holds no briefs.")


def show(
    ctx: typer.Context,
    brief_id: Annotated[str, typer.Argument(metavar="ID", help="Id of a brief.")],
    as_json: JsonOption = False,
) -> None:
    """Show a brief: what is known, what to do, where sources disagree, what is not settled."""
    library = library_of(ctx)
    brief = library.briefs.get(brief_id.strip())
    if brief is None:
        close = nearest(brief_id.strip(), library.briefs)
        hint = f"The nearest: {', '.join(close)}." if close else "See: peer-support brief list"
        raise UsageError(f"There is no brief {brief_id.strip()}.", hint)
    if as_json:
        put_json(_data(brief, library))
    else:
        put("\n".join(_page(brief, library)))
    if brief.review_by < dt.date.today():
        note(f"This brief was to be reviewed by {brief.review_by:%Y-%m-%d}.")


def review(
    ctx: typer.Context,
    record_ids: Annotated[
        list[str], typer.Argument(metavar="ID", help="Ids of briefs or of contested questions.")
    ],
    as_json: JsonOption = False,
) -> None:
    """Record that every sentence was held against its notes as they stand today.

    For editors of a library: writes to its folder. `library check` fails when a note changes after.
    """
    from assistant.readings import Reviewed, keep_review, review_of

    library = library_of(ctx)
    kept = []
    for record_id in record_ids:
        record = library.briefs.get(record_id) or library.contested.get(record_id)
        if record is None:
            close = nearest(record_id, [*library.briefs, *library.contested])
            hint = f"The nearest: {', '.join(close)}." if close else "See: peer-support brief list"
            raise UsageError(f"There is no brief or contested question {record_id}.", hint)
        kinds: tuple[Reviewed, ...] = ("briefs", "contested")
        for kind in kinds:
            held = library.briefs if kind == "briefs" else library.contested
            if record_id in held:
                today = review_of(held[record_id], library, dt.date.today())
                kept.append(keep_review(settings_of(ctx).corpus, kind, today))
    if as_json:
        put_json({"reviews": [str(path) for path in kept]})
    else:
        note(f"{len(kept)} review{'' if len(kept) == 1 else 's'} recorded.")


def _data(brief: Brief, library: Library) -> dict[str, Any]:
    """The brief with its contested questions in full and a reference for each note."""
    from assistant.presentation.words import reference

    questions = [library.contested[key] for key in brief.contested]
    used = [n for sentence in brief.sentences() for n in sentence.notes]
    used += [n for question in questions for side in question.positions for n in side.notes]
    used += [n for answer in brief.answers for n in (*answer.answering, *answer.bearing)]
    return brief.model_dump(mode="json") | {
        "positions": [
            question.model_dump(mode="json", include={"id", "question", "positions"})
            for question in questions
        ],
        "references": {
            note_id: {
                "source_id": library.note_source[note_id].id,
                "reference": reference(library.note_source[note_id]),
            }
            for note_id in dict.fromkeys(used)
        },
    }


def _page(brief: Brief, library: Library) -> list[str]:
    lines = [brief.title, "=" * len(brief.title), ""]
    lines += _sentences(brief.lead, library)
    lines += ["", "What to do first", *_sentences(brief.practice, library, "- ")]
    for key in brief.contested:
        question = library.contested[key]
        lines += ["", wrapped(f"Sources disagree: {question.question}")]
        for side in question.positions:
            lines.append(wrapped(f"{side.position} ({side.held_by})", "* "))
            lines.append(wrapped(_rests_on(side.notes, library), "    "))
    if brief.not_settled:
        lines += ["", "Not settled", *_sentences(brief.not_settled, library, "- ")]
    for answer in brief.answers:
        lines += ["", wrapped(answer.asks[0]), *_sentences(answer.answer, library, "  ")]
        further = (*answer.answering, *answer.bearing)
        if further:
            lines.append(wrapped(f"Also on this: {_rests_on(further, library)}", "  "))
    return [
        *lines,
        "",
        f"Written {brief.written:%Y-%m-%d}, to be reviewed by {brief.review_by:%Y-%m-%d}.",
    ]


def _sentences(sentences: Iterable[BriefSentence], library: Library, bullet: str = "") -> list[str]:
    lines = []
    for sentence in sentences:
        lines.append(wrapped(sentence.text, bullet))
        lines.append(wrapped(_rests_on(sentence.notes, library), " " * (len(bullet) + 2)))
    return lines


def _rests_on(note_ids: Sequence[str], library: Library) -> str:
    """Note ids with the short references of their sources."""
    from assistant.presentation.words import country, is_foreign, reference

    found = []
    for note_id in note_ids:
        source = library.note_source[note_id]
        place = f", {country(source.jurisdiction)}" if is_foreign(source.jurisdiction) else ""
        found.append(f"{note_id} ({reference(source)}{place})")
    return "[" + "; ".join(found) + "]"
