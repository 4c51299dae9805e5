"""The place "Your history" as markup: the switch, the list, and what stands over a conversation
that was put back. Pure functions: no server, no state."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from itertools import groupby

from assistant.chat_models.records import Address
from assistant.interface import Texts
from assistant.presentation.markup import Html, el, join
from assistant.presentation.words import day
from assistant.schema import Citation
from assistant.web.documents.views import document_link
from assistant.web.history.checks import Changed, Standing
from assistant.web.history.records import LONGEST_TITLE, MOST_LISTED, Kept, Listing, Reopened

SAID = (
    "deleted",
    "deleted_all",
    "renamed",
    "saved",
    "busy",
    "gone",
    "not_deleted",
    "not_changed",
    "damaged",
    "failed",
    "unreadable",
)
"""What may be told of something that was done, or could not be."""
TROUBLES = ("full", "large", "not_kept")
"""What may be in the way of keeping an answer."""


# ---------------------------------------------------------------- the place


def heading(texts: Texts) -> Html:
    """Heading of the place."""
    return join(
        el("h1", texts("places.history"), tabindex="-1"),
        el("p", texts("history.lead"), class_="lead"),
    )


def forbidden(texts: Texts) -> Html:
    """The place where whoever runs the page keeps the history off for everybody."""
    return join(
        el("h1", texts("places.history"), tabindex="-1"),
        el("p", texts("history.forbidden"), class_="lead", data_history_forbidden=True),
    )


def controls(texts: Texts, model: Address | None) -> Html:
    """The switch, the search, and the questions that are asked before something is lost. It is
    drawn once: the script ticks the switch, and style shows what fits."""
    return join(_switch(texts, model), _search(texts), *_dialogs(texts))


def _switch(texts: Texts, model: Address | None) -> Html:
    states = [
        el("p", texts(f"history.{name}"), class_=f"history-state when-{when}")
        for name, when in (
            ("is_on", "on"),
            ("is_off", "off"),
            ("is_off_kept", "off-kept"),
            ("unavailable", "none"),
        )
    ]
    return el(
        "div",
        el(
            "div",
            el(
                "input",
                type="checkbox",
                role="switch",
                id="history-on",
                aria_describedby="history-who history-what",
                data_history_switch=True,
            ),
            el("label", texts("history.switch"), for_="history-on"),
            class_="history-switch",
        ),
        el("div", *states, role="status", class_="history-states"),
        el(
            "details",
            el("summary", texts("history.about_it")),
            el("p", texts("history.who"), class_="history-hint", id="history-who"),
            el("p", texts("history.what"), class_="history-hint", id="history-what"),
            id="history-about",
            open=True,
        ),
        class_="history-card",
        data_kept_words=kept_words(texts, model),
    )


def kept_words(texts: Texts, model: Address | None) -> str:
    """Where a question goes, while the history is on."""
    if model is None:
        return texts("history.kept")
    if model.local:
        return texts("history.kept_model", model=str(model))
    return texts("history.kept_remote", model=str(model), host=model.host)


def _search(texts: Texts) -> Html:
    return el(
        "form",
        el("label", texts("history.search_label"), for_="history-q", class_="search-label"),
        el(
            "div",
            el("input", type="search", id="history-q", name="q", maxlength=200, autocomplete="off"),
            el("button", texts("history.search"), type="submit", class_="main-button"),
            class_="search-row",
        ),
        class_="history-search",
        role="search",
        data_history_search=True,
    )


def _dialogs(texts: Texts) -> list[Html]:
    return [
        _dialog(
            "history-delete",
            texts("history.delete_heading"),
            texts("history.delete_lead"),
            [_act(texts("history.delete"), data_history_delete=True)],
            texts("history.cancel"),
            named=True,
        ),
        _dialog(
            "history-delete-all",
            texts("history.delete_all_heading"),
            texts("history.delete_all_lead"),
            [_act(texts("history.delete_all"), data_history_delete_all=True)],
            texts("history.cancel"),
        ),
        _dialog(
            "history-off",
            texts("history.off_heading"),
            texts("history.off_lead"),
            [
                _act(texts("history.off_delete"), data_history_off="delete"),
                _act(texts("history.off_keep"), main=False, data_history_off="keep"),
            ],
            texts("history.off_cancel"),
        ),
        _dialog(
            "history-replace",
            texts("history.replace_heading"),
            texts("history.replace_lead"),
            [_act(texts("history.replace"), data_history_replace=True)],
            texts("history.replace_cancel"),
        ),
    ]


def _act(words: str, main: bool = True, **attributes: str | bool) -> Html:
    return el(
        "button",
        words,
        type="button",
        class_="main-button" if main else "quick",
        **attributes,
    )


def _dialog(
    id_: str, title: str, lead: str, acts: Sequence[Html], leave: str, named: bool = False
) -> Html:
    """A question before something is lost; ``named`` leaves room for what it is about."""
    return el(
        "dialog",
        el("h2", title, id=f"{id_}-title"),
        el("p", "", class_="which", data_which=True) if named else None,
        el("p", lead, id=f"{id_}-lead"),
        el(
            "div",
            *acts,
            el("button", leave, type="button", class_="quick", data_close=True),
            class_="quick-row",
        ),
        id=id_,
        class_="sure",
        aria_labelledby=f"{id_}-title",
        aria_describedby=f"{id_}-lead",
    )


# ---------------------------------------------------------------- the list


def said(name: str, texts: Texts) -> Html | None:
    """What was done, or could not be, in one line."""
    words = texts(f"history.said_{name}") if name in SAID else ""
    return status(words)


def status(words: str) -> Html | None:
    """A line that screen readers hear."""
    return el("p", words, class_="notice", role="status") if words else None


def loading(texts: Texts) -> Html:
    """What stands in place of the list until the browser has told what it keeps."""
    return el("p", texts("history.loading"), class_="empty")


def listing(asked: Listing, texts: Texts) -> Html:
    """What is kept, by day, the newest first."""
    notes = [el("p", _broken(asked.broken, texts), class_="notice")] if asked.broken else []
    if not asked.total:
        return join(*notes, _all(texts) if asked.broken else _empty(asked, texts))
    if not asked.entries:
        notes.append(el("p", texts("history.none"), class_="empty", role="status"))
        return join(*notes, _all(texts))
    ordered = sorted(asked.entries, key=lambda entry: entry.when, reverse=True)
    days = [
        _day(date, list(held), asked.today, texts)
        for date, held in groupby(ordered, key=lambda entry: entry.moment.date())
    ]
    more = asked.found > len(ordered)
    return join(
        *notes,
        el("p", _count(asked, texts), class_="count-line", role="status"),
        *days,
        el("p", texts("history.most", n=MOST_LISTED), class_="history-hint") if more else None,
        _all(texts),
    )


def _empty(asked: Listing, texts: Texts) -> Html | None:
    if asked.state != "on":
        return None
    return join(
        el("p", texts("history.empty"), class_="empty"),
        el("p", el("a", texts("history.ask"), href="?place=ask", data_go="place:ask")),
    )


def _broken(count: int, texts: Texts) -> str:
    return texts("history.broken_one") if count == 1 else texts("history.broken", n=f"{count:,}")


def _count(asked: Listing, texts: Texts) -> str:
    total = f"{asked.total:,}"
    if asked.query:
        return texts("history.found", found=f"{asked.found:,}", n=total)
    return texts("history.count_one") if asked.total == 1 else texts("history.count", n=total)


def _day(date: dt.date, entries: Sequence[Kept], today: dt.date, texts: Texts) -> Html:
    return el(
        "section",
        el("h2", day_words(date, today, texts)),
        el("ul", *(_row(entry, texts) for entry in entries), role="list"),
        class_="history-day",
    )


def day_words(date: dt.date, today: dt.date, texts: Texts) -> str:
    """A day as people say it: "Today", "Yesterday", "12 November 2026"."""
    if date == today:
        return texts("history.today")
    if date == today - dt.timedelta(days=1):
        return texts("history.yesterday")
    return day(date, texts)


def _row(entry: Kept, texts: Texts) -> Html:
    about = el("span", texts("history.of", title=entry.title), class_="heard")

    def tool(name: str, **attributes: str) -> Html:
        return el(
            "button",
            texts(f"history.{name}"),
            about,
            type="button",
            class_="plain-button",
            **attributes,
        )

    number = entry.count
    answers = texts("history.answers", n=number) if number > 1 else texts("history.answers_one")
    return el(
        "li",
        el(
            "h3",
            el(
                "a",
                entry.title,
                href=f"?place=history&view={entry.id}",
                data_kept_open=entry.id,
            ),
        ),
        el("p", f"{entry.moment:%H:%M}", el("span", answers), class_="by"),
        el(
            "div",
            tool("rename", data_kept_rename=entry.id),
            tool("export", data_kept_save=entry.id),
            tool("delete", data_kept_delete=entry.id),
            class_="history-tools",
        ),
        _rename_form(entry, texts),
        class_="history-row",
        data_kept=entry.id,
    )


def _rename_form(entry: Kept, texts: Texts) -> Html:
    field = f"name-{entry.id}"
    return el(
        "form",
        el(
            "div",
            el("label", texts("history.new_name"), for_=field),
            el(
                "input",
                type="text",
                id=field,
                name="title",
                value=entry.title,
                maxlength=LONGEST_TITLE,
                required=True,
                autocomplete="off",
            ),
            class_="field",
        ),
        el(
            "div",
            el("button", texts("history.save_name"), type="submit", class_="main-button"),
            el(
                "button",
                texts("history.cancel"),
                type="button",
                class_="plain-button",
                data_kept_cancel=entry.id,
            ),
            class_="history-tools",
        ),
        class_="history-rename",
        hidden=True,
        data_rename_form=entry.id,
    )


def _all(texts: Texts) -> Html:
    return el(
        "section",
        el("h2", texts("history.all_heading")),
        el("p", texts("history.file_hint"), class_="history-hint"),
        el(
            "div",
            el(
                "button",
                texts("history.export_all"),
                type="button",
                class_="plain-button",
                data_kept_save_all=True,
            ),
            el(
                "button",
                texts("history.delete_all"),
                type="button",
                class_="plain-button danger",
                data_dialog="history-delete-all",
            ),
            class_="history-tools",
        ),
        class_="history-all",
    )


# ---------------------------------------------------------------- put back


def banner(again: Reopened, texts: Texts) -> Html:
    """What stands over a conversation that was put back: of which day it is, and what of that on
    which it rests has changed since."""
    lines = [*_standing_lines(again.standing, texts), *_left_out(again.left_out, texts)]
    return el(
        "section",
        el("h2", _from(again, texts), id="reopened-title", tabindex="-1"),
        *(el("p", line) for line in lines),
        _changes(again.standing, len(again.answers) > 1, texts),
        el("p", texts("history.go_on"), class_="history-hint"),
        class_="reopened",
        aria_labelledby="reopened-title",
        data_reopened=again.id,
        data_key=again.key,
        data_rev=again.rev,
        data_left_out=again.left_out,
    )


def _from(again: Reopened, texts: Texts) -> str:
    if again.when is None:
        return texts("history.link")
    if again.when.date() == again.today:
        return texts("history.from_today", time=f"{again.when:%H:%M}")
    return texts("history.from_day", day=day(again.when.date(), texts))


def _standing_lines(found: Standing | None, texts: Texts) -> list[str]:
    if found is None:
        return [texts("history.unchecked")]
    lines = [_notes_line(found, texts)] if found.notes else []
    if found.unknown:
        lines.append(_number("unknown", len(found.unknown), texts))
    if found.sentences:
        lines.append(_number("sentences", found.sentences, texts))
    return [line for line in lines if line]


def _notes_line(found: Standing, texts: Texts) -> str:
    changed, notes = len(found.changed), f"{found.notes:,}"
    if changed:
        if found.notes == 1:
            return texts("history.changed_only")
        if changed == 1:
            return texts("history.changed_one", n=notes)
        return texts("history.changed", changed=f"{changed:,}", n=notes)
    if found.unknown:
        return ""
    return texts("history.stand_one") if found.notes == 1 else texts("history.stand", n=notes)


def _left_out(count: int, texts: Texts) -> list[str]:
    return [_number("left_out", count, texts)] if count else []


def _number(name: str, count: int, texts: Texts) -> str:
    return texts(f"history.{name}_one") if count == 1 else texts(f"history.{name}", n=f"{count:,}")


def _changes(found: Standing | None, several: bool, texts: Texts) -> Html | None:
    """The notes that changed; of ``several`` answers, each with the question that it is about."""
    if found is None or not (found.changed or found.unknown):
        return None
    rows = [_change(note, several, texts) for note in (*found.changed, *found.unknown)]
    return el(
        "details",
        el("summary", el("span", texts("history.changes"), class_="fold-name")),
        el("ul", *rows, role="list"),
        class_="fold",
        id="reopened-changes",
    )


def _change(note: Changed, several: bool, texts: Texts) -> Html:
    became = [texts(f"history.finding_{note.finding}")] if note.finding != "unchanged" else []
    became += [texts(f"history.status_{note.status}")] if note.status else []
    return el(
        "li",
        el("p", _source_link(note.citation), class_="work", lang=texts.library),
        el("p", note.citation.locator, class_="locator", lang=texts.library),
        *(el("p", line) for line in became),
        el("p", texts("history.in_answer", question=note.question), class_="locator")
        if several
        else None,
    )


def _source_link(citation: Citation) -> Html:
    if citation.span is not None:
        return document_link(citation.source_id, citation.title)
    source = citation.source_id
    return el("a", citation.title, href=f"?source={source}", data_go=f"source:{source}")
