"""What the process does that draws a page: one request on standard input, one answer on standard
output. It is run by its path (see ``pictures``), so that it need not load the page's server."""

from __future__ import annotations

import base64
import json
import sys
from collections.abc import Sequence
from pathlib import Path

MOST_SENTENCES = 40


def draw(request: dict[str, object]) -> dict[str, object]:
    """One page as a picture in base64, and the boxes of words on it.

    Args:
        request: ``path`` of the PDF, ``page`` from 1, ``words`` to find, ``width`` in pixels, and
            whether to ``draw``.
    """
    from assistant.documents.pictures import page_picture
    from assistant.errors import DocumentError

    path, page = Path(str(request["path"])), int(str(request["page"]))
    answer: dict[str, object] = {}
    try:
        if request["draw"]:
            image = page_picture(path, page, int(str(request["width"])))
            answer["png"] = base64.b64encode(image).decode()
        answer["boxes"] = _boxes(path, page, str(request["words"]))
    except DocumentError:
        # The page of the document says that this page cannot be shown.
        pass
    return answer


def _boxes(path: Path, page: int, words: str) -> Sequence[tuple[float, ...]]:
    """Boxes of the words; where a passage runs on to another page, of its sentences on this one."""
    from assistant.documents.pictures import boxes_on_page
    from assistant.text import sentences

    if not words:
        return ()
    found = [tuple(box) for box in boxes_on_page(path, page, words)]
    if found:
        return found
    parts = [words[start:end] for start, end in sentences(words)[:MOST_SENTENCES]]
    return [tuple(box) for part in parts for box in boxes_on_page(path, page, part)]


if __name__ == "__main__":
    print(json.dumps(draw(json.load(sys.stdin))))
