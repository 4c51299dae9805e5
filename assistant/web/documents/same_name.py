"""Tells which document a file that came in is, where documents of its name are held already.

A browser tells a file's name and no more. The same file is the document that it was; a changed one
is a new version of the document of its name that it is like; and one that has nothing in common
with any of them is another document, kept beside them as "policy (2).pdf". Members of a zip archive
are known by its name and their own alone.
"""

from __future__ import annotations

from pathlib import Path
from types import TracebackType

from assistant.documents import likeness
from assistant.documents.intake import fingerprint
from assistant.documents.metadata import details_for, version_of
from assistant.documents.passages import cut
from assistant.documents.printable import printable
from assistant.documents.records import Document, Limits
from assistant.documents.shelf import unpacked
from assistant.documents.store import DEFAULT_COLLECTION, DocumentStore
from assistant.documents.worker import ReaderProcess
from assistant.errors import AssistantError
from assistant.web.uploads import Received, numbered

VERSION_ABOVE = 0.3
"""Share of runs of words that two versions under different titles have in common at least."""
_GAP = 3
"""Numbers without a document after which no further one is looked for."""


class SameName:
    """Finds places for the files of one adding; used as a context, for the process that reads."""

    def __init__(self, store: DocumentStore, limits: Limits) -> None:
        self._store = store
        self._reader = ReaderProcess(limits)

    def __enter__(self) -> SameName:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._reader.close()

    def number(self, received: Received, folder: Path) -> int:
        """Which file of its name this is, from 1: the number of its own document, or the first that
        no document has. A file that cannot be read is the first: adding it changes nothing."""
        held = self._held(received.name, folder)
        if not held:
            return 1
        try:
            sha256 = fingerprint(received.path, received.name).sha256
            same = [number for number, document in held.items() if document.sha256 == sha256]
            return same[0] if same else self._version_of(received, held) or max(held) + 1
        except AssistantError:
            return 1

    def _held(self, name: str, folder: Path) -> dict[int, Document]:
        """The documents that came in under a name, by their numbers."""
        found: dict[int, Document] = {}
        number, missing = 1, 0
        # A number may be free where its document was removed.
        while missing < _GAP:
            document = self._store.by_path(printable(str(folder / numbered(name, number))))
            missing = 0 if document else missing + 1
            if document:
                found[number] = document
            number += 1
        return found

    def _version_of(self, received: Received, held: dict[int, Document]) -> int | None:
        """The number of the document that a file is a version of; None where it is of none.

        Raises:
            DocumentError: it cannot be read.
        """
        extract = self._reader.read(received.path, received.name)
        text = cut(extract.blocks).text
        name = Path(received.name).name
        details = details_for(extract, name, DEFAULT_COLLECTION)
        signature = likeness.signature_of(text)
        kept = dict(self._store.signatures())
        others = {
            document.id: likeness.Held(
                id=document.id,
                details=document.details,
                signature=unpacked(kept[document.id]),
                version=document.version,
            )
            for document in held.values()
        }
        like = likeness.like(
            details.title,
            details,
            signature,
            list(others.values()),
            version_of(extract, name),
        )
        number_of = {document.id: number for number, document in held.items()}
        if like is not None:
            return number_of[like.document]
        shares = {key: likeness.similarity(signature, h.signature) for key, h in others.items()}
        best = max(shares, key=lambda key: shares[key])
        return number_of[best] if shares[best] >= VERSION_ABOVE else None
