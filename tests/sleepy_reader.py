"""A reader for tests, run in the reading process: it sleeps over a file that says "Sleep."."""

from __future__ import annotations

import time
from pathlib import Path

from assistant.documents.readers import read_file
from assistant.documents.records import Extract, Limits


def read(path: Path, limits: Limits, name: str = "") -> Extract:
    """What stands in the file, after an hour where it says so."""
    if path.read_text(encoding="utf-8") == "Sleep.":
        time.sleep(3600)
    return read_file(path, limits, name)
