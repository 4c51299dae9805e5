"""What happens when somebody opens a topic or a source, searches the library, or looks at its
figures: plain methods, no Gradio.

What is costly is worked out when it is first asked for. Nothing of what a person searched for is
kept.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any

from assistant.corpus import Library as Corpus
from assistant.errors import AssistantError
from assistant.interface import Texts
from assistant.presentation import source_page
from assistant.presentation.markup import Html, el, join
from assistant.readings import READINGS, Readings, read_readings
from assistant.web.desk import Assistant
from assistant.web.downloads import Downloads
from assistant.web.library import figures as library_figures
from assistant.web.library import shelves
from assistant.web.library import topics as topics_views
from assistant.web.library.cite import cite_file, cite_part
from assistant.web.library.figures import Figures
from assistant.web.library.search import Finder, Found, nearest
from assistant.web.library.topic_groups import TopicGroup, grouped, read_groups
from assistant.web.library.topics import CONTESTED, Shelved
from assistant.web.library.uses import Uses, uses_by_source, where_used

NEAREST = 8
"""Sources shown where no source holds the words."""
NEAR_NOTES = 24
"""Notes that are looked at for them."""
MOST_SHOWN = 10_000

_log = logging.getLogger(__name__)


class LibraryDesk:
    """The actions of the places Topics and Library over one assistant.

    Args:
        assistant: whose library is shown.
        texts: the page's sentences.
        downloads: keeps files until they are fetched.
        today: says which day it is.
    """

    def __init__(
        self,
        assistant: Assistant,
        texts: Texts,
        downloads: Downloads,
        today: Callable[[], dt.date] = dt.date.today,
    ) -> None:
        self.assistant = assistant
        self.texts = texts
        self.downloads = downloads
        self.today = today
        self._figures: tuple[dt.date, str] | None = None

    # ------------------------------------------------------------ topics

    def topics(self) -> str:
        """The list of all topics."""
        return str(topics_views.topic_list(self._shelved()))

    def topic(self, name: str) -> str:
        """The page of a brief, found by its id or by a topic that it is about; or of a contested
        question, whose id has ``topics_views.CONTESTED`` before it."""
        return self._shown(lambda: self._topic(name))

    def _topic(self, name: str) -> Html:
        library = self.assistant.library
        question = library.contested.get(name.removeprefix(CONTESTED))
        if name.startswith(CONTESTED) and question is not None:
            return topics_views.contested_page(question, self._shelved())
        brief = library.briefs.get(name) or next(
            (b for b in library.briefs.values() if name in b.topics), None
        )
        if brief is None:
            return topics_views.missing(self.texts)
        return topics_views.topic_page(brief, self._shelved())

    def _shelved(self) -> Shelved:
        return Shelved(self.assistant.library, self._groups, self.texts, self.today())

    @cached_property
    def _groups(self) -> tuple[TopicGroup, ...]:
        briefs = self.assistant.library.briefs
        try:
            return grouped(briefs, read_groups(self.assistant.settings.corpus))
        except AssistantError as error:
            # A list without headings is still a list.
            _log.warning("Topics are shown without groups: %s", error)
            return grouped(briefs, {})

    # ------------------------------------------------------------ sources

    def source(self, name: str) -> str:
        """The page of a source: its notes, where it is used, and its reference."""
        return self._shown(lambda: self._source(name))

    def _source(self, name: str) -> Html:
        library, texts = self.assistant.library, self.texts
        source = library.sources.get(name)
        go = {"href": "?place=library", "data_go": "place:library"}
        way_back = el("p", el("a", texts("library.back"), **go), class_="back")
        if source is None:
            return join(way_back, el("h1", texts("library.missing"), tabindex="-1"))
        more = el(
            "div",
            where_used(source, self._uses.get(source.id), texts),
            cite_part(source, texts),
            class_="source-page source-more",
        )
        whole = join(source_page(source, library, texts), more)
        page, parts = topics_views.with_anchors(whole, "source-part")
        address = f"?source={source.id}"
        top = join(topics_views.contents(parts, address, texts), topics_views.tools(address, texts))
        return join(way_back, Html(page.replace("<h2", top + "<h2", 1)))

    @cached_property
    def _uses(self) -> dict[str, Uses]:
        # Neither every assistant nor every library has tools for managers and trainers.
        managers = getattr(self.assistant, "managers", None)
        trainers = getattr(self.assistant, "trainers", None)
        checklists = self._read("checklists", lambda: managers and managers.checklists)
        stages = self._read("stages", lambda: managers and managers.stage_titles)
        situations = self._read("situations", lambda: trainers and trainers.situations)
        return uses_by_source(
            self.assistant.library, checklists or None, stages or {}, situations or ()
        )

    def _read(self, what: str, read: Callable[[], Any]) -> Any:
        """What one of the tools works with; None where there is none, or it cannot be read."""
        try:
            return read()
        except AssistantError as error:
            _log.warning("Uses in %s are not shown: %s", what, error)
            return None

    def reference(self, form: Mapping[str, str]) -> str:
        """A link to a file with the reference of a source; empty where it cannot be made."""
        source = self.assistant.library.sources.get(form.get("source", ""))
        made = cite_file(source, form.get("form", "")) if source else None
        if made is None:
            return ""
        name, content = made
        return str(self.downloads.link(name, content, self.texts("library.file", file=name)))

    # ------------------------------------------------------------ the shelf

    def form(self) -> str:
        """The form of the library."""
        return str(shelves.search_form(self.assistant.library, self.texts))

    def shelf(self, form: Mapping[str, object]) -> str:
        """The sources that fit what the library's form holds."""
        return self._shown(lambda: self._shelf(form))

    def _shelf(self, form: Mapping[str, object]) -> Html:
        library = self.assistant.library
        found = shelves.find(library, form, self._finder)
        if not found and shelves.typed(form):
            return self._instead(form)
        asked = str(form.get("shown", ""))
        shown = min(int(asked), MOST_SHOWN) if asked.isdecimal() else shelves.PAGE
        return shelves.listing(library, found, shown, self.texts, form)

    def _instead(self, form: Mapping[str, object]) -> Html:
        """Where no source holds the words: what is nearest in meaning. Somebody may write to a
        search box what they would write to the assistant, so help comes first here too."""
        near: list[Found] = []
        typed = shelves.typed(form)
        try:
            evidence = self.assistant.search(typed, NEAR_NOTES)
            pairs = [(one.source_id, one.evidence_id) for one in evidence]
            near = nearest(pairs, self.assistant.library)
        except AssistantError:
            pass  # Without them the list is empty, which is said.
        near = [found for found in near if shelves.fits(found.source, form)][:NEAREST]
        return shelves.nearest_listing(
            self.assistant.library, near, self.texts, form, self._help_for(typed)
        )

    def _help_for(self, typed: str) -> Html | None:
        screen = getattr(self.assistant, "screen", None)
        if screen is None or screen(typed).risk_subject != "own":
            return None
        return shelves.signposted(self.assistant.signposts("crisis_self"), self.texts)

    @cached_property
    def _finder(self) -> Finder:
        return Finder(self.assistant.library)

    # ------------------------------------------------------------ figures

    def figures(self) -> str:
        """What is in the library and how fresh it is, as of today."""
        return self._shown(self._figures_today)

    def _figures_today(self) -> Html:
        held, today = self._figures, self.today()
        if held is None or held[0] != today:
            page = library_figures.figures_page(self._counted(today))
            self._figures = held = (today, page)
        return Html(held[1])

    def figures_file(self) -> str:
        """A link to the figures as a table."""
        today = self.today()
        content = library_figures.figures_csv(self._counted(today))
        name = f"{self.texts('library.csv_file')}-{today.isoformat()}.csv"
        return str(self.downloads.link(name, content, self.texts("library.file", file=name)))

    def _counted(self, today: dt.date) -> Figures:
        return Figures(self.assistant.library, self._readings, today, self.texts)

    @cached_property
    def _readings(self) -> Readings | None:
        folder = self.assistant.settings.corpus
        if not isinstance(self.assistant.library, Corpus) or not (folder / READINGS).is_dir():
            return None
        try:
            return read_readings(folder)
        except AssistantError as error:
            _log.warning("Second readings are not shown: %s", error)
            return None

    # ------------------------------------------------------------ when it fails

    def _shown(self, make: Callable[[], Html]) -> str:
        """What was made; one calm sentence where it could not be."""
        try:
            return str(make())
        except AssistantError as error:
            return self._failed(error.message, error.hint)
        except Exception as error:  # The edge: a bug must not reach the reader as a traceback.
            _log.error("A page of the library could not be shown (%s)", type(error).__name__)
            _log.debug("Traceback", exc_info=True)
            return self._failed(self.texts("library.failed"), self.texts("library.failed_hint"))

    def _failed(self, message: str, hint: str) -> str:
        lines = [el("p", message), el("p", hint) if hint else None]
        return str(
            join(
                el("h1", self.texts("failure.heading"), tabindex="-1"),
                el("div", *lines, class_="failure", role="alert"),
            )
        )
