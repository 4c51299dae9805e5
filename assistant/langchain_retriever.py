"""The library as a langchain retriever, for people who build chains of their own.

    retriever = LibraryRetriever(assistant=Assistant.open())
    documents = retriever.invoke("who should supervise a peer support worker")

Each document's text is a note, or a passage of a document that was added; its metadata hold what a
citation needs. Nothing is screened here: ``langchain_runnable`` is the way to answer people.
"""

from __future__ import annotations

from langchain_core.callbacks import CallbackManagerForRetrieverRun
from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever
from pydantic import ConfigDict

from assistant.assembly import Assistant
from assistant.schema import Filters


class LibraryRetriever(BaseRetriever):
    """Finds notes and passages for a query; best first."""

    model_config = ConfigDict(arbitrary_types_allowed=True)

    assistant: Assistant
    top: int = 10
    filters: Filters | None = None

    def _get_relevant_documents(
        self, query: str, *, run_manager: CallbackManagerForRetrieverRun
    ) -> list[Document]:
        found = self.assistant.search(query, top=self.top, filters=self.filters)
        return [
            Document(
                id=evidence.evidence_id,
                page_content=evidence.text,
                metadata=evidence.model_dump(mode="json", exclude={"text", "parts"}),
            )
            for evidence in found
        ]
