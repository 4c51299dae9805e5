"""What belongs to whom: a name that a browser made up belongs to the person who used it first.

Gradio takes the id of an open page from the browser and asks no more: whoever knows it can listen
to it and work with its state. Here it is held to one person. The same goes for the batches of files
that are sent in.
"""

from __future__ import annotations

import threading
from collections import OrderedDict

MOST_OF_ONE = 500
"""Names kept for one person; the oldest is let go first."""


class Claims:
    """Owners by name. Safe to use from several threads."""

    def __init__(self) -> None:
        self._owners: dict[str, str] = {}
        self._names: dict[str, OrderedDict[str, None]] = {}
        self._lock = threading.Lock()

    def mine(self, name: str, owner: str) -> bool:
        """Whether a name belongs to an owner; a new one does from now on."""
        with self._lock:
            held = self._owners.get(name)
            if held is not None and held != owner:
                return False
            names = self._names.setdefault(owner, OrderedDict())
            self._owners[name] = owner
            names[name] = None
            names.move_to_end(name)
            while len(names) > MOST_OF_ONE:
                self._owners.pop(names.popitem(last=False)[0], None)
            return True
