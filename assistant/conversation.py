"""Makes a follow-up question stand alone by folding in the question before it. No model.

Measured on a public set of conversations, the last question together with the one before found
more than either alone or all together; a question that stands alone is left as it is.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal

from assistant.indexing.lexical import tokens
from assistant.schema import Turn

Lean = Literal["none", "weak", "strong"]

_OPENS_A_FOLLOW_UP = re.compile(
    r"^(?:and|but|so|or|ok(?:ay)?|also|then|what about|how about|what if|why not|even if|"
    r"does that|is that|do they|does it|is it|are they|can they|what then|same)\b"
)
_LEANS_BACK = re.compile(r"\b(?:it|that|this|those|these|them|they|one|there)\b")
FEW_WORDS, SHORT, LONGEST = 4, 9, 18


def lean_of(question: str) -> Lean:
    """How much a question leans on the one before: by its opening, its pronouns, its length."""
    lowered = question.lower().strip()
    words = len(lowered.split())
    if _OPENS_A_FOLLOW_UP.match(lowered) and words <= LONGEST:
        return "strong"
    if words <= SHORT and _LEANS_BACK.search(lowered):
        return "strong"
    return "weak" if len(tokens(lowered)) <= FEW_WORDS and words <= SHORT else "none"


def folded(question: str, history: Sequence[Turn]) -> str:
    """The question with the one before it, as one text to search with.

    Questions that were met with help or a refusal to take part are not folded in: they are not
    what the talk is about. Where the one before leans back itself, the one before that comes too.
    """
    earlier = [t for t in history if t.outcome not in {"signposted", "declined", "failed"}]
    if not earlier:
        return question
    before = earlier[-1].question
    if lean_of(before) == "strong" and len(earlier) > 1:
        before = f"{earlier[-2].question} {before}"
    return f"{before} {question}"
