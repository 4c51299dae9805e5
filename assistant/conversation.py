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
        "who says|who says so|who says that|who says this|says who|according to who|"
        "according to whom|where does that come from|where is that from|"
        "where is this from|where does this come from|where did you get that|"
        "where did that come from|wheres that from|what is the source|whats the source|"
        "what are the sources|what are your sources|what source|which source|"
        "which sources|source|sources|the sources|show sources|show me the sources|"
        "source for that|references|citations|how do you know|how do you know that|"
        "what is that based on|whats that based on|what is this based on|prove it|"
        "who wrote that|who wrote this|what is the evidence|whats the evidence|evidence|"
        "what is the evidence for that|is there evidence for that|who said that|"
        "says which source"
    ),
    "law": _phrases(
        "is that the law|is this the law|is it the law|is it law|is that law|"
        "is that a law|is any of that law|is any of that the law|is that legal|"
        "is that a legal requirement|is it a legal requirement|"
        "is this a legal requirement|is that legally binding|is it legally binding|"
        "is that binding|is it binding|is that statutory|is it statutory|"
        "is that mandatory|is it mandatory|is this mandatory|is that required by law|"
        "is it required by law|is that compulsory|is it compulsory|"
        "is that law or guidance|is it law or guidance|is it just guidance|"
        "is that just guidance|is that only guidance|law or guidance|by law|"
        "does the law say that|does the law say so|is that in law|is it in law|"
        "is that in the law|is that written in law|is that a must|"
        "do they have to by law|legally or just good practice|legal or just good practice|"
        "law or good practice|legally|is that a rule or advice|rule or advice"
    ),
    "shorter": _phrases(
        "shorter|say it shorter|say that shorter|make it shorter|make that shorter|"
        "in short|short version|the short version|give me the short version|"
        "shorter version|tldr|tl dr|too long|sum it up|sum that up|summarise|"
        "summarise that|summarise it|summarize|summarize that|in one sentence|"
        "in a sentence|say it in one sentence|one line|in one line|in a nutshell|"
        "briefly|say it briefly|simpler|say it simpler|say it more simply|"
        "the short answer|short answer|give me the short answer|keep it short|"
        "shorten it|shorten that|say it in fewer words|fewer words"
    ),
    "reasons": _phrases(
        "why|why is that|whys that|how come|why not|why so|why does it matter|"
        "why does that matter|why is that important|why do they say that"
    ),
}

# A short question made of nothing but words about an answer, one of them telling which shape.
_ABOUT_AN_ANSWER = frozenset(
    "a about actually all an and any anyone are as at be by can come comes did do does either ever"
    " exactly for from get give given got had has have having here how i in is it its just like me"
    " mean my need no not of on one only or our out please put really said say saying says show so"
    " some tell thank thanks that thats the their them then there these they thing things this"
    " those though to too up us was we well were what whats when where wheres which who whos will"
    " with would yes you your answer answers advice guidance bit basically".split()
)
_KEYWORDS: dict[Reshape, tuple[frozenset[str], frozenset[str]]] = {
    "sources": (
        frozenset(
            "source sources sourced reference references referenced citation citations cite cited"
            " evidence proof prove wrote written link links quote quoting".split()
        ),
        frozenset("back backed based behind information info know read paper papers open".split()),
    ),
    "law": (
        frozenset("law legal legally statutory binding mandatory compulsory obligatory".split()),
        frozenset(
            "actual good practice best rule rules requirement required optional recommendation"
            " recommended opinion must written part or".split()
        ),
    ),
    "shorter": (
        frozenset(
            "short shorter shorten brief briefly briefer summary summarise summarised summarize"
            " simpler simply simplify gist nutshell tldr bullet bullets condense plainer".split()
        ),
        frozenset(
            "long words word sentence sentences line lines version points point main key few fewer"
            " plain english make made quick quickly headline time two three explain".split()
        ),
    ),
    "reasons": (
        frozenset("why reason reasons reasoning rationale".split()),
        frozenset("matter matters important case behind because way point think".split()),
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
