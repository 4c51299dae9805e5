"""Causes, conditions, sequences and comparisons that a claim makes and its evidence does not.

The way in which two true halves become a false whole: "because", "so that", "once", "more than".
"""

from __future__ import annotations

import re

from assistant.grounding.findings import Case, Finding

_CAUSE = re.compile(
    r"\b(?:because|since(?! (?:19|20)\d\d)|therefore|thus|hence|as a result|owing to|due to"
    r"|thanks to"
    r"|which is why|so that|in order (?:to|that)|which means|meaning that|led to|leads to"
    r"|leading to"
    r"|caus(?:e|es|ed|ing)|resulted|results in|resulting|the reason|for that reason|reasons? why"
    r"|mainly because|brought about|comes? from|came from|makes? it|made it|which (?:helps?|made"
    r"|makes"
    r"|let|lets|saved?s?|builds?|lowers?|keeps?|gives?|frees?))\b|, so (?!long|far|much|many)"
    r"|\bso as to\b"
)
_CAUSE_HELD = re.compile(
    r"\b(?:because|since|therefore|thus|so|as a result|owing|due|thanks|why|result\w*|led to"
    r"|leads? to"
    r"|caus\w+|reason\w*|in order|effects?|means?|comes? from|came from|makes?|made|lets?)\b"
)
_CONDITION = re.compile(
    r"\b(?:only (?:if|when|where|after|once|for)|as long as|provided (?:that)?|on condition"
    r"|unless|until"
    r"|once (?!a |an )|in case|except|whatever|regardless|even if|no matter)\b"
)
_CONDITION_HELD = re.compile(
    r"\b(?:only|if|when|where|as long as|provided|condition\w*|unless|until|once|after|before"
    r"|except"
    r"|whatever|regardless|even|first|whether|without|need\w*|any|must|have to|has to|as soon as)\b"
)
_SEQUENCE = re.compile(
    r"\b(?:then|afterwards|subsequently|later on|followed by|first\b.{3,60}\bthen|before (?:that"
    r"|this))\b"
)
_SEQUENCE_HELD = re.compile(
    r"\b(?:then|after\w*|before|later|follow\w*|first|next|since|once|until)\b"
)
_COMPARES = re.compile(
    r"\b(?:more|less|better|worse|longer|stronger|fewer|higher|lower|greater|harder|easier"
    r"|further|rather"
    r"|other|sooner|faster|larger|bigger) (?:\w+ ){0,3}?than\b|\bthe (?:most|least|best|main"
    r"|chief)\b"
    r"|\b(?:chiefly|mainly|above all|especially|particularly|most of all)\b"
)
_COMPARES_HELD = re.compile(
    r"\b(?:than|most|least|best|main\w*|chief\w*|above|especially|particular\w*|more|less|fewer"
    r"|higher"
    r"|lower|largest|first|central|key|primar\w+|largely)\b|\w+er\b|\w+est\b"
)
_EXAMPLE = re.compile(r"\b(?:for example|for instance|such as|like a|including|e\.g\.?)\b")
_EXAMPLE_HELD = re.compile(
    r"\b(?:for example|for instance|such as|like|includ\w+|e\.g|among|examples?|as well as|or"
    r"|and)\b"
)

_TABLE = (
    ("cause", _CAUSE, _CAUSE_HELD),
    ("condition", _CONDITION, _CONDITION_HELD),
    ("sequence", _SEQUENCE, _SEQUENCE_HELD),
    ("compares", _COMPARES, _COMPARES_HELD),
    ("example", _EXAMPLE, _EXAMPLE_HELD),
)


def check(case: Case) -> list[Finding]:
    """Links between the parts of a claim that its evidence does not make."""
    found = []
    for sign, said, held in _TABLE:
        match = said.search(case.claim.low)
        if match is None:
            continue
        if not held.search(case.evidence.low):
            found.append(Finding("unsupported", match.group().strip(" ,"), sure=False, sign=sign))
        elif sign == "cause" and not _linked(case, match):
            found.append(
                Finding("unsupported", match.group().strip(" ,"), sure=False, sign="other-cause")
            )
    return found


def _linked(case: Case, match: re.Match[str]) -> bool:
    """Whether a cause of the evidence stands near the words of the claim's cause."""
    after = set(re.findall(r"[a-z]{4,}", case.claim.low[match.end() :])[:8])
    before = set(re.findall(r"[a-z]{4,}", case.claim.low[: match.start()])[-8:])
    for held in _CAUSE_HELD.finditer(case.evidence.low):
        near = set(
            re.findall(r"[a-z]{4,}", case.evidence.low[max(0, held.start() - 90) : held.end() + 90])
        )
        if len(near & after) >= 1 and len(near & before) >= 1:
            return True
    return False
