"""What a row asks for, without the words that say who says so.

"…, as in England's ENRICH model" is for the reader; no draft says it, and it would only hide how
near a draft lies to what is asked.
"""

from __future__ import annotations

import re

_SAYS = (
    r"(?:says?|asks?|ask|warns?|states?|recommends?|advises?|advise|asked|holds?|reports?|found"
    r"|wants|suggests)"
)
_UNDER = re.compile(r"^Under (?:PCREF|NHS England's race equality framework)[, ]+(?=\w)")
_STUDY = re.compile(
    r"^One (?:English |UK |Australian |international )?(?:NHS )?(?:study|trust|review)[^,]{0,40}?"
    r" (?:found|says|names|reports|lets) (?:that )?"
)
_CLAUSE = re.compile(
    r", (?:as|which|one of|a core|among the core|by our reading|the usual|read in)\b.*$"
)
_TAIL = re.compile(
    r"^(?P<claim>.{30,}?), (?:[A-Z]|an? |one |the |guidance|ask |says |states )[^,]*\b"
    + _SAYS
    + r"\b.*$"
)
_BARE_TAIL = re.compile(r", (?:says|states|ask|asks|warns|reports|recommends)\b.*$")


def claim_of(text: str) -> str:
    """What a row asks for, as one sentence; its own text where nothing else would be left."""
    claim = re.sub(r"\s*\([^)]*\)", "", text.strip().rstrip("."))
    claim = re.split(r";|: (?=[A-Z]|a \d{4})", claim)[0]
    claim = _CLAUSE.sub("", _STUDY.sub("", _UNDER.sub("", claim)))
    tail = _TAIL.match(claim)
    claim = _BARE_TAIL.sub("", tail["claim"] if tail else claim).strip(" ,")
    return f"{claim[:1].upper()}{claim[1:]}." if len(claim) > 12 else text
