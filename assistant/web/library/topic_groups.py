"""Under which headings topic pages stand: which group a brief is in, and what stands beside it.

The table is data of the library, ``brief-groups.yaml``: the slug of a group, and the ids of its
briefs. A library without one has a single group.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

from assistant.corpus import Loader
from assistant.errors import CorpusError
from assistant.interface import Texts
from assistant.schema import Brief

FILE = "brief-groups.yaml"
REST = ""
"""Slug of the group of briefs that the table does not name."""
Table = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class TopicGroup:
    """A heading and the briefs under it, in order."""

    slug: str
    briefs: tuple[Brief, ...]

    @property
    def anchor(self) -> str:
        """The id of its heading on the page."""
        return f"topics-{self.slug or 'more'}"


def read_groups(folder: Path) -> Table:
    """Ids of briefs by the slug of their group; empty where the library keeps no such table.

    Raises:
        CorpusError: the file is broken; names what is wrong.
    """
    path = folder / FILE
    try:
        data = yaml.load(path.read_text(encoding="utf-8"), Loader=Loader)
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise CorpusError(FILE, "", f"cannot be read ({type(error).__name__})") from error
    if not isinstance(data, dict):
        raise CorpusError(FILE, "", "must map each group to the ids of its briefs")
    for slug, ids in data.items():
        if not isinstance(ids, list) or not all(isinstance(one, str) for one in ids):
            raise CorpusError(FILE, str(slug), "must be a list of ids")
    return {str(slug): tuple(ids) for slug, ids in data.items()}


def grouped(briefs: Mapping[str, Brief], table: Table) -> tuple[TopicGroup, ...]:
    """Every brief in its group. Groups without a brief are left out; briefs that the table does
    not name come last, by title."""
    groups = [
        TopicGroup(slug, tuple(briefs[one] for one in ids if one in briefs))
        for slug, ids in table.items()
    ]
    placed = {one for ids in table.values() for one in ids}
    rest = sorted((b for b in briefs.values() if b.id not in placed), key=lambda b: b.title.lower())
    return tuple(g for g in (*groups, TopicGroup(REST, tuple(rest))) if g.briefs)


def name_of(group: TopicGroup, texts: Texts) -> str:
    """What a group is called. One of a library of somebody's own, for which the interface has no
    words, is called by its slug."""
    try:
        return texts(f"topics.group_{(group.slug or 'more').replace('-', '_')}")
    except KeyError:
        return group.slug.replace("-", " ").capitalize()


def beside(
    brief: Brief, groups: Iterable[TopicGroup]
) -> tuple[TopicGroup | None, Brief | None, Brief | None]:
    """The group of a brief, the one before it there, and the one after it."""
    for group in groups:
        ids = [one.id for one in group.briefs]
        if brief.id in ids:
            at = ids.index(brief.id)
            before = group.briefs[at - 1] if at else None
            after = group.briefs[at + 1] if at + 1 < len(ids) else None
            return group, before, after
    return None, None, None


def related(brief: Brief, briefs: Mapping[str, Brief], most: int = 5) -> tuple[Brief, ...]:
    """Briefs that have most in common with one: notes that both rest on, and topics.

    A shared note counts as much as a shared topic; those with nothing in common are no relations.
    """
    notes, topics = _notes(brief), set(brief.topics)
    found: list[tuple[int, str, Brief]] = []
    for other in briefs.values():
        common = len(notes & _notes(other)) + len(topics & set(other.topics))
        if other.id != brief.id and common:
            found.append((-common, other.title.lower(), other))
    return tuple(other for _, _, other in sorted(found, key=lambda row: row[:2])[:most])


def _notes(brief: Brief) -> set[str]:
    return {note for sentence in brief.sentences() for note in sentence.notes}


def positions_differ(brief: Brief, known: Sequence[str] | Mapping[str, object]) -> int:
    """On how many questions of a brief sources disagree."""
    return sum(question in known for question in brief.contested)
