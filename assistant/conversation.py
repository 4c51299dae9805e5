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
Reshape = Literal["sources", "law", "shorter", "reasons"]

_FILLER = re.compile(
    r"^(?:(?:and|but|ok|okay|so|please|pls|just|well|can you|could you|now)\b[ ,]*)+"
    r"|[ ,]+(?:please|pls|then|though|exactly|actually)$"
)


def _phrases(listed: str) -> frozenset[str]:
    return frozenset(listed.split("|"))


_RESHAPES: dict[Reshape, frozenset[str]] = {
    "sources": _phrases(
        "who says|who says so|who says that|who says this|says who|who said that|"
        "according to who|according to whom|where does that come from|where is that from|"
        "where is this from|where does this come from|where did you get that|"
        "where did that come from|wheres that from|how do you know|how do you know that|"
        "what is that based on|whats that based on|what is this based on"
    ),
    "law": _phrases(
        "is it just guidance|is that just guidance|is that only guidance|is that a must|"
        "is it required by law|is that required by law|do they have to by law|"
        "is that written in law|is that a rule or advice|rule or advice"
    ),
    "shorter": _phrases(
        "too long|sum it up|sum that up|in one sentence|in a sentence|say it in one sentence|"
        "one line|in one line|keep it short|say it in fewer words|fewer words|tl dr"
    ),
    "reasons": _phrases(
        "why|why is that|whys that|how come|why not|why so|why does it matter|"
        "why does that matter|why is that important|why do they say that|why do they say so"
    ),
}

# A short question made of nothing but words about an answer, one of them telling which shape. Verbs
# that could ask about the work ("do they have to tell us by law") are not among them.
_ABOUT_AN_ANSWER = frozenset(
    "a about all an and any anywhere are as at be by come comes did do does either exactly for"
    " from here how i in is it its just me my no not of on only or our really said say saying says"
    " so some that thats the their them then there these they thing this those though to too us"
    " was we well were what whats where wheres which who whos with you your answer actually".split()
)
_KEYWORDS: dict[Reshape, tuple[frozenset[str], frozenset[str]]] = {
    "sources": (
        frozenset(
            "source sources sourced reference references referenced citation citations cite cited"
            " evidence proof prove wrote written link links quote quoting".split()
        ),
        frozenset("back backed based behind can give have information show see".split()),
    ),
    "law": (
        frozenset("law legal legally statutory binding mandatory compulsory obligatory".split()),
        frozenset("actual advice best good guidance opinion optional practice requirement".split()),
    ),
    "shorter": (
        frozenset(
            "short shorter shorten brief briefly briefer summary summarise summarised summarize"
            " simpler simply simplify gist nutshell tldr condense plainer".split()
        ),
        frozenset(
            "bit can english few fewer get give key line lines long made main make more plain point"
            " points put quick quickly sentence sentences version word words would".split()
        ),
    ),
    "reasons": (
        frozenset("reason reasons reasoning rationale".split()),
        frozenset("behind".split()),
    ),
}
MOST_ABOUT = 9
"""Words of the longest question that may be about the answer before rather than a new one."""

_FEW_LINES = re.compile(
    r"^(?:put|say|give|make|sum|explain)\b.*\b(?:one|two|three|four|few|couple of|\d+) "
    r"(?:short )?(?:lines?|sentences?|words|bullets?|bullet points)\b"
)
_CORRECTS = re.compile(
    r"^(?:no|nope|sorry|not|actually|i mean|i meant)\b|\bi (?:mean|meant)\b|\bnot the \w+ one\b"
)
_OPENS_A_FOLLOW_UP = re.compile(
    r"^(?:and|but|so|or|ok(?:ay)?|also|then|what about|how about|what if|why not|even if|"
    r"does that|is that|do they|does it|is it|are they|can they|what then|same|why|how come|only|"
    r"still|except)\b"
)
_LEANS_BACK = re.compile(r"\b(?:it|that|this|those|these|them|they|one|there)\b")
FEW_WORDS, SHORT, LONGEST = 5, 10, 18


def reshape_of(question: str) -> Reshape | None:
    """The other shape of the answer before that a question asks for; None for a new question."""
    phrase = _bare(question)
    if _FEW_LINES.search(phrase) and len(phrase.split()) <= LONGEST:
        return "shorter"
    exact = next((shape for shape, phrases in _RESHAPES.items() if phrase in phrases), None)
    return exact or _made_of_words_about_an_answer(phrase)


def _made_of_words_about_an_answer(phrase: str) -> Reshape | None:
    """The shape that a short phrase asks for, if every word of it speaks of an answer."""
    words = phrase.split()
    if len(words) > MOST_ABOUT:
        return None
    for shape, (tells, goes_with) in _KEYWORDS.items():
        if set(words) & tells and set(words) <= _ABOUT_AN_ANSWER | tells | goes_with:
            return shape
    return None


def _bare(question: str) -> str:
    """A question in small letters without punctuation and without polite or linking words."""
    words = " ".join(re.sub(r"[^\w\s]", "", question.lower()).split())
    return _FILLER.sub("", _FILLER.sub("", words)).strip()


def last_answered(history: Sequence[Turn]) -> int | None:
    """Place of the last turn that had an answer and was a question of its own."""
    for place in range(len(history) - 1, -1, -1):
        turn = history[place]
        if turn.outcome in {None, "answered", "partial"} and reshape_of(turn.question) is None:
            return place
    return None


def lean_of(question: str) -> Lean:
    """How much a question leans on the one before: by its opening, its pronouns, its length."""
    lowered = question.lower().strip()
    words = len(lowered.split())
    if _OPENS_A_FOLLOW_UP.match(lowered) and words <= LONGEST:
        return "strong"
    if (_CORRECTS.search(lowered) or lowered.rstrip("?! ").endswith(" too")) and words <= LONGEST:
        return "strong"
    if words <= SHORT and _LEANS_BACK.search(lowered):
        return "strong"
    return "weak" if len(tokens(lowered)) <= FEW_WORDS and words <= SHORT else "none"


def folded(question: str, history: Sequence[Turn]) -> str:
    """The question with the one before it, as one text to search with.

    Questions that were met with help or a refusal to take part are not folded in: they are not
    what the talk is about. Where the one before leans back itself, the one before that comes too.
    """
    earlier = [
        t
        for t in history
        if t.outcome not in {"signposted", "declined", "failed"} and reshape_of(t.question) is None
    ]
    if not earlier:
        return question
    before = earlier[-1].question
    if lean_of(before) == "strong" and len(earlier) > 1:
        before = f"{earlier[-2].question} {before}"
    return f"{before} {question}"
