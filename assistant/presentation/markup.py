"""Builds HTML in which everything is escaped unless it was built here.

``el`` makes one element. Children that are plain strings are text and are escaped; only ``Html``
passes as it is. That makes hostile text in a source harmless by construction.
"""

from __future__ import annotations

import re
from html import escape


class Html(str):
    """Markup that is already safe."""

    __slots__ = ()


Child = Html | str | None
Attribute = str | int | bool | None
_VOID = frozenset({"br", "hr", "input", "meta", "link"})
_URL_ATTRIBUTES = frozenset({"href", "src", "action"})
_SAFE_URL = re.compile(
    r"(?:https?:|tel:|sms:|data:text/markdown|data:application/json|data:image/png;base64,|[?#/])"
)


def text(value: str) -> Html:
    """Plain text as markup."""
    return Html(escape(value, quote=True))


def join(*parts: Child) -> Html:
    """Several pieces one after the other; ``None`` and empty pieces vanish."""
    return Html("".join(p if isinstance(p, Html) else text(p) for p in parts if p))


def el(name: str, /, *children: Child, **attributes: Attribute) -> Html:
    """One element. ``class_`` and ``for_`` lose their underscore, other underscores are hyphens;
    ``True`` writes a bare attribute, ``None`` and ``False`` none at all."""
    written = "".join(_attribute(key, value) for key, value in attributes.items())
    if name in _VOID:
        return Html(f"<{name}{written}>")
    return Html(f"<{name}{written}>{join(*children)}</{name}>")


def _attribute(key: str, value: Attribute) -> str:
    if value is None or value is False:
        return ""
    name = key.rstrip("_").replace("_", "-")
    if value is True:
        return f" {name}"
    if name in _URL_ATTRIBUTES and not _SAFE_URL.match(str(value)):
        return ""
    return f' {name}="{escape(str(value), quote=True)}"'
