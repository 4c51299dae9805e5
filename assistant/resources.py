"""Finds the folders that travel with the program: ``corpus`` and ``prompts``.

In a checkout they stand at the top level; in an installed wheel, inside the package.
"""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


def bundled_folder(name: str) -> Path:
    """Folder ``name`` of the checkout or of the installed package."""
    inside = _PACKAGE / "_bundled" / name
    return inside if inside.is_dir() else _PACKAGE.parent / name
