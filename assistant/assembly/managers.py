"""What managers work with: checklists, the check of a draft, the picture of what is in place.

Needs no index. What is costly is read when it is first asked for and kept; safe to share between
threads.
"""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

from assistant.assembly import document_limits
from assistant.checklists.choosing import choose, country_of, setting_of, stages_of
from assistant.checklists.drafts import Draft, read_draft
from assistant.checklists.filled import read_filled
from assistant.checklists.guidance import Checker, kind_of
from assistant.checklists.opening import open_checker
from assistant.checklists.readiness import readiness
from assistant.checklists.reading import Checklists, read_checklists
from assistant.checklists.records import Chosen, Filled, GuidanceCheck, Readiness, Stage
from assistant.corpus import Library
from assistant.indexing.vectors import Progress
from assistant.settings import Settings


class Managers:
    """The tools for managers over one library.

    Args:
        settings: name the library's folder, the home, and the limits of documents.
        library: as read from that folder.
    """

    def __init__(self, settings: Settings, library: Library) -> None:
        self.settings = settings
        self.library = library
        self._opening = threading.Lock()
        self._checker: Checker | None = None

    @cached_property
    def checklists(self) -> Checklists:
        """All rows by stage.

        Raises:
            CorpusError, ConfigurationError: they are broken, or there are none.
        """
        return read_checklists(self.settings.corpus, self.library)

    @property
    def stage_titles(self) -> dict[Stage, str]:
        """The title of each stage, by its id, in order."""
        return {stage.id: stage.title for stage in self.checklists.stages}

    def checklist(
        self,
        stages: Sequence[str] = (),
        *,
        setting: str = "",
        country: str = "",
        kind: str = "",
    ) -> Chosen:
        """Who must or should do what; see ``checklists.choosing.choose``.

        Args:
            stages: names of stages; all without any.
            setting: such as inpatient; any without one.
            country: whose sources need no mark; England without one.
            kind: only what one would look for in such a document.

        Raises:
            UsageError: a name is unknown; says the nearest.
        """
        given = kind_of(kind)
        return choose(
            self.checklists,
            self.library,
            stages=stages_of(stages, self.checklists),
            setting=setting,
            country=country,
            kinds=(given,) if given else (),
        )

    def differing(self, row: str) -> str:
        """The id of the question on which sources differ, for a row or a concern by its id; empty
        where there is none."""
        held = self.checklists
        if row in held.rows:
            return held.rows[row].contested or ""
        return next((c.contested or "" for c in held.concerns if c.id == row), "")

    def read_draft(self, path: Path, name: str = "") -> Draft:
        """A draft as text, for ``check_guidance``; ``name`` is what people call it.

        Raises:
            UsageError, DocumentError: there is no such file, or it cannot be read.
        """
        return read_draft(path, document_limits(self.settings), name)

    def check_guidance(
        self,
        draft: Path | Draft,
        *,
        kind: str = "",
        stages: Sequence[str] = (),
        setting: str = "",
        country: str = "",
        progress: Progress | None = None,
    ) -> GuidanceCheck:
        """What a draft says on each row of the checklist that fits it; it proposes.

        Args:
            draft: a file, or as ``read_draft`` gave it.
            kind: of document; guessed without one.
            stages: to compare; those that the draft deals with, without any.
            setting: leaves out rows that hold elsewhere only.
            country: whose rows need no mark; England without one.
            progress: told how it goes.

        Raises:
            UsageError, DocumentError: a choice is unknown, or the file cannot be read.
        """
        say = progress or (lambda words, done, of: None)
        given, wanted = kind_of(kind), stages_of(stages, self.checklists)
        setting_of(setting)
        country_of(country, self.library)
        read = self.read_draft(draft) if isinstance(draft, Path) else draft
        return self._opened(say).check(
            read, kind=given, stages=wanted, setting=setting, country=country, progress=say
        )

    def _opened(self, progress: Progress) -> Checker:
        with self._opening:
            if self._checker is None:
                self._checker = open_checker(
                    self.settings.corpus,
                    self.settings.home,
                    self.library,
                    threads=self.settings.threads,
                    progress=progress,
                )
            return self._checker

    def filled(self, path: Path, date: dt.date | None = None, name: str = "") -> Filled:
        """A checklist as people filled it in; see ``checklists.filled.read_filled``."""
        return read_filled(path, self.checklists, date, name)

    def readiness(self, now: Filled, before: Filled | None = None) -> Readiness:
        """Strengths and gaps by stage; see ``checklists.readiness.readiness``."""
        return readiness(now, self.checklists, self.library, before)
