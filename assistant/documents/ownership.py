"""Takes out of a question the words that only say whose rules are meant.

"What does our policy say on lone working?" asks for lone working; "policy", "our trust" and "say"
stand in every policy, and lead a search to title pages and scopes. "Our lone working policy" keeps
its words: they name the document.
"""

from __future__ import annotations

import re

_WHOSE = r"(?:our|my|the|this|your) (?:own )?(?:trust'?s? |local |team'?s? |service'?s? )?"
_RULES = r"(?:policy|policies|procedures?|handbook|guidance|guidelines|rules?|documents?)"
_PLACE = r"(?:trust|service|team|organisation|charity|ward)"
_OURS = r"(?:our|my) (?:own )?(?:trust |local |team |service )?"
_OWNERSHIP = re.compile(
    rf"\b(?:what|where|how) (?:do|does|did) {_WHOSE}(?:{_RULES}|{_PLACE})"
    r" (?:say|tell us|state|require)(?: (?:on|about|of|for|to do with))?(?: (?:this|that))?\b[:,]?"
    rf"|\b(?:according to|under|in|by) {_OURS}{_RULES}\b,?"
    rf"|\b(?:according to|in|at|for|on) (?:our|my) {_PLACE}\b"
    r"(?! (?:leader|manager|lead|meeting)),?",
    re.IGNORECASE,
)


def without_ownership(question: str) -> str:
    """The question without words of ownership; as it is where nothing else is left of it."""
    kept = " ".join(_OWNERSHIP.sub(" ", question).split())
    return kept if re.search(r"\w{3}", kept) else question
