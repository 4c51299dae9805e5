"""What the places of the page share: added documents, files to fetch, drafts that come in."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from assistant.interface import Texts
from assistant.web.documents.desk import Documents
from assistant.web.downloads import Downloads
from assistant.web.uploads import Uploads


@dataclass(frozen=True)
class Services:
    """Opened once for a server. ``documents`` and ``drafts`` are None where none can be kept."""

    documents: Documents | None = None
    drafts: Uploads | None = None
    downloads: Downloads = field(default_factory=Downloads)

    def with_texts(self, texts: Texts) -> Services:
        """The same for a page in another language."""
        if self.documents is None:
            return self
        return replace(self, documents=self.documents.with_texts(texts))
