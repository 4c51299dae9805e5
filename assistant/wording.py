"""The fixed sentences and headings of composed answers, from ``prompts/wording.toml``."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import get_args

from pydantic import ValidationError

from assistant.errors import PromptError
from assistant.schema import Record, SectionKind

FILE = "wording.toml"
MOST_STEPS = 3
MOST_DOCUMENTS = 2
NEEDED_TEXTS = frozenset(
    {
        "not_in_library",
        "law_heading",
        "nearest",
        "nearest_heading",
        "partly_held",
        "where_to_look",
        "weak_evidence",
        "only_foreign",
        "only_superseded",
        "nothing_on",
        "no_reasons",
        "more_sources",
        "no_law",
        "rest_is_not_law",
        "shorter_contested",
        "about_communities",
        "community_missing",
        "no_lived_voice",
        "document_kinds",
        "only_conflicting",
        "documents_heading",
        "documents_near",
        "documents_unreadable",
        "documents_near_heading",
        "document_review_due",
        "document_superseded",
        "only_own_documents",
        "which_generic",
        "left_out_heading",
        "escalation_heading",
        "escalation_question_heading",
        "escalation_brief_crisis_other",
        "escalation_brief_safeguarding",
    }
)
NEEDED_STEPS = frozenset({"psw", "manager", "trainer", "person", "carer", "refused"})
NEEDED_DOCUMENTS = frozenset({"always", "fact"})


class Wording(Record):
    """Headings by kind of section, sentences by key, steps by user and topic, and the kinds of
    documents that would answer a question by topic."""

    headings: dict[SectionKind, str]
    texts: dict[str, str]
    steps: dict[str, dict[str, tuple[str, ...]]]
    documents: dict[str, tuple[str, ...]]

    def heading(self, kind: SectionKind) -> str:
        """Heading of a section."""
        return self.headings[kind]

    def text(self, key: str) -> str:
        """A fixed sentence."""
        return self.texts[key]

    def steps_for(self, user: str, topics: Sequence[str]) -> tuple[str, ...]:
        """Whom to ask and what to check locally, for a user, or the side on which the asker stands,
        and the topics of the answer."""
        lists = self.steps[user]
        found = [line for topic in topics for line in lists.get(topic, ())]
        return tuple(dict.fromkeys(found))[: MOST_STEPS - 1] + lists.get("always", ())

    def documents_for(self, topics: Sequence[str], *, wants_fact: bool) -> str:
        """A sentence on what kind of document would answer a question on these topics, the nearest
        topic first; ``wants_fact`` where it asks for one figure, date, price or name."""
        kinds = [*self.documents["fact"]] if wants_fact else []
        kinds += [kind for topic in topics for kind in self.documents.get(topic, ())]
        kinds += self.documents["always"]
        named = list(dict.fromkeys(kinds))[:MOST_DOCUMENTS]
        return self.texts["document_kinds"].format(kinds="; or ".join(named))


def read_wording(folder: Path) -> Wording:
    """The wording in a folder of prompts.

    Raises:
        PromptError: the file is missing, broken or lacks an entry.
    """
    path = folder / FILE
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise PromptError(FILE, "", f"is missing from {folder}.", "Restore the file.") from error
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise PromptError(FILE, "", f"cannot be read: {error}.") from error
    try:
        wording = Wording.model_validate(data)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(step) for step in first["loc"])
        raise PromptError(FILE, place, f"{first['msg']}.") from error
    missing = sorted(NEEDED_TEXTS - set(wording.texts))
    missing += sorted(set(get_args(SectionKind)) - set(wording.headings))
    missing += sorted(NEEDED_STEPS - set(wording.steps))
    missing += sorted(NEEDED_DOCUMENTS - {key for key, kinds in wording.documents.items() if kinds})
    if missing:
        raise PromptError(FILE, missing[0], "is missing.", "Restore the entry.")
    return wording
