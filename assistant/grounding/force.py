"""Words of force: a claim is never stronger than its evidence, nor makes a must into a may.

Obligation (must, should, may), how sure a finding is (shows, suggests), how often or how many
(always, usually, some), and whether the law is what speaks.
"""

from __future__ import annotations

import re

from assistant.grounding.aligning import best_clause, best_sentence
from assistant.grounding.findings import Case, Finding
from assistant.grounding.plain import Text

MUST = re.compile(
    r"\b(?:must|shall|have to|has to|had to|require[sd]?|required|requirement|requirements"
    r"|requiring"
    r"|duty|duties|mandatory|compulsory|obliged|obligation|obligations|obligatory|needs? to be"
    r"|necessary|essential|insists?|insisted|bound to|needs|need to|needs to|needed|need"
    r"|is to|are to|was to|were to|may only|only if|cannot|condition|conditions|demands?|binding"
    r"|necessarily|prerequisite|minimum|has a duty|obliges?|bars?|barred|guarantees?|guaranteed"
    r"|forces|forced|compels?|orders?|never|cannot|no|until|unless|before)\b"
)
HARD_MUST = re.compile(
    r"\b(?:must|shall|is required|are required|be required|required to|requires|mandatory"
    r"|compulsory|obliged|obliges|obligation|obligatory|legal duty|duty|duties|has to|have to"
    r"|guarantees?|guaranteed|forced to|compels?|compelled)\b"
)
SHOULD = re.compile(
    r"\b(?:should|ought|recommend(?:s|ed|ing|ation|ations)?|advis(?:e|es|ed|ing)|advice"
    r"|expect(?:s|ed"
    r"|ation|ations)?|encourag\w+|urg(?:e|es|ed)|asks?|asked|calls? for|called for|guidance"
    r"|guideline"
    r"|guidelines|wants?|propos\w+|suggests?|supposed to|best|better|good practice|preferable"
    r"|preferably|important|aim|aims|principles?|tells?|told|says|warns?|standard|standards|values?"
    r"|model|policy|plan|plans|teaches|lists?|would)\b"
)
MAY = re.compile(
    r"\b(?:may|can|could|might|optional|free to|allow(?:s|ed)?|permit(?:s|ted)?|possible|option"
    r"|able to|choose|choice|if they (?:wish|want|like)|entitled|lets|voluntary|voluntarily|if"
    r" wanted"
    r"|where possible|consider)\b"
)
_FORBID = re.compile(
    r"\b(?:must not|may not|cannot|can not|can't|never|forbid(?:s|den)?|prohibit(?:s|ed)?|banned"
    r"|bans"
    r"|not (?:be )?(?:allowed|permitted)|unlawful|illegal)\b"
)
LAW = re.compile(
    r"\b(?:law|laws|legal|legally|statut\w+|legislation|unlawful|illegal|act|regulations?|lawful"
    r"|criminal offence|code of practice|court|tribunal|rights act|gdpr|rules?|directions?)\b"
)
_PROVES = re.compile(
    r"\b(?:prov(?:e|es|ed|en)|proof|demonstrat(?:e|es|ed)|establish(?:es|ed) that|confirm(?:s|ed)?"
    r"|certain(?:ly)?|definite(?:ly)?|guarantee[sd]?|conclusive(?:ly)?|clearly shows?|undoubtedly"
    r"|ensures?|ensured|always works?|is known to|beyond doubt)\b"
)
_SHOWS = re.compile(r"\b(?:show(?:s|ed|n)?|causes?|caused|causing|led to|leads to|results in)\b")
_HEDGE = re.compile(
    r"\b(?:suggest(?:s|ed|ing|ive)?|may|might|could|appear(?:s|ed)?|seem(?:s|ed)?|indicat\w+"
    r"|perhaps"
    r"|possibl[ey]|likely|tentative\w*|hints?|point(?:s|ed)? to|tend(?:s|ed)?|probabl[ey]"
    r"|associat\w+"
    r"|linked|unclear|uncertain|limited|inconclusive|low[- ]certainty|mixed|some evidence"
    r"|cautious\w*"
    r"|not proof|cannot show|early|promising|so far|argues?|thinks?|believes?|in (?:our|this|his"
    r"|her"
    r"|their) view|by our reading|hopes?|aims?|intends?|plans?|felt|thought|said|reported|perceived"
    r"|can)\b"
)
_WHOLE = re.compile(
    r"\b(?:always|all|every|everyone|everybody|each|entirely|completely|fully|universal(?:ly)?"
    r"|whole|invariably|in every case|without exception|any|whenever|wherever|ever)\b"
)
_ALWAYS = re.compile(
    r"\b(?:always|invariably|without exception|in every case|never|at all times)\b"
)
_NONE = re.compile(r"\b(?:none|nobody|no one|never|no|nothing|not any)\b")
_MOST = re.compile(
    r"\b(?:most|majority|usually|generally|mostly|mainly|largely|typically|normally)\b"
)
_OFTEN = re.compile(r"\b(?:often|many|frequently|commonly|common|widely|regularly|routinely)\b")
_SOME = re.compile(
    r"\b(?:some|sometimes|several|a few|few|occasionally|rarely|can|may|partly|certain|at times"
    r"|one)\b"
)
_ONLY = re.compile(r"\b(?:only|solely|exclusively|just|nothing but|alone)\b")
_ONLY_HELD = re.compile(
    r"\b(?:only|solely|exclusively|just|alone|no other|limited to|restricted|unless|but not|except"
    r"|single|sole|nothing else|merely|confined|no longer|until)\b"
)


def _level(low: str) -> int:
    """0 nothing, 1 may, 2 should, 3 must: the strongest that a text has."""
    if MUST.search(low):
        return 3
    return 2 if SHOULD.search(low) else 1 if MAY.search(low) else 0


def _hard(low: str) -> bool:
    return bool(HARD_MUST.search(low))


def check(case: Case) -> list[Finding]:
    """Where the claim's force is not that of its evidence."""
    claim, evidence = case.claim, case.evidence
    return [
        *_obligation(claim, evidence),
        *_law(claim, evidence, case.sources),
        *_certainty(claim, evidence),
        *_amounts(claim, evidence),
    ]


def _obligation(claim: Text, evidence: Text) -> list[Finding]:
    found = []
    ours, theirs = claim.low, evidence.low
    forbids = _FORBID.search(ours)
    if forbids and not (_FORBID.search(theirs) or _has_not(theirs)):
        found.append(Finding("force", forbids.group()))
    hard = HARD_MUST.search(ours)
    if hard and not MUST.search(theirs):
        sure = hard.group() not in {"must", "has to", "have to"} or bool(_level(theirs))
        found.append(Finding("force", hard.group(), sure=sure))
    elif hard and not _hard(_near(claim, evidence, hard.start())):
        found.append(Finding("force", hard.group(), sure=not _hard(theirs)))
    if not hard and re.search(r"\bshould\b|\bought\b", ours) and _level(theirs) < 2:
        found.append(Finding("force", "should", sure=not _advises(theirs)))
    weak = re.search(
        r"\b(?:may(?! 20\d\d)|might|optional|if they (?:wish|like|want)|free to|up to them"
        r"|are allowed|is allowed|(?:choose|decide) (?:whether|for themselves)|turn down"
        r"|no duty|not obliged|need not|no need|good practice)\b",
        ours,
    )
    near = _near(claim, evidence, weak.start()) if weak else ""
    if weak and not MAY.search(theirs) and not _HEDGE.search(theirs):
        found.append(Finding("force", weak.group(), sure=_hard(near) and not _has_not(near)))
    elif weak and _hard(near) and not MAY.search(near):
        found.append(Finding("force", weak.group()))
    can = re.search(r"\bcan\b(?! be\b)", ours)
    if can and not MAY.search(theirs):
        found.append(Finding("force", "can", sure=False, sign="can"))
    may_near = MAY.search(" ".join(w.low for w in best_clause(claim.words, evidence)[0]))
    if may_near and not hard and _level(ours) == 0 and not _MODE.search(ours):
        found.append(Finding("force", "a may is gone", sure=False, sign="may-gone"))
    return found


_MODE = re.compile(r"\b(?:possible|option|sometimes|some|helps?|allow|able)\b")


def _advises(low: str) -> bool:
    return bool(SHOULD.search(low) or MUST.search(low))


def _has_not(low: str) -> bool:
    return bool(re.search(r"\b(?:not|no|never|without|nor|neither|nobody|none)\b|n't\b", low))


def _near(claim: Text, evidence: Text, at: int) -> str:
    """The sentence of the evidence that the clause at a place of the claim speaks of."""
    place = len(claim.raw[:at].split())
    for a, b in claim.clauses:
        if a <= place < b or b == len(claim.words):
            return " ".join(w.low for w in best_sentence(claim.words[a:b], evidence))
    return evidence.low


def _law(claim: Text, evidence: Text, sources: Text) -> list[Finding]:
    named = re.search(
        r"\b(?:by law|the law|legally|legal duty|legal requirement|statutory|law requires|unlawful"
        r"|illegal|legal right|legislation|a law|legal obligation|criminal offence)\b",
        claim.low,
    )
    if named and not LAW.search(evidence.low) and not LAW.search(sources.low):
        return [Finding("force", named.group())]
    return []


def _certainty(claim: Text, evidence: Text) -> list[Finding]:
    sure = _PROVES.search(claim.low)
    if sure and not _PROVES.search(evidence.low):
        hedged = bool(_HEDGE.search(evidence.low))
        return [Finding("force", sure.group(), sure=hedged or sure.group().startswith("prov"))]
    shows = _SHOWS.search(claim.low)
    doubts = _HEDGE.search(evidence.low) and not _HEDGE.search(claim.low)
    if shows and doubts and not _SHOWS.search(evidence.low):
        return [Finding("force", shows.group(), sure=False)]
    hedges = r"\b(?:may|might|suggest\w*|could|appear\w*|seem\w*|tend\w*|likely|possibl[ey])\b"
    near = " ".join(w.low for w in best_clause(claim.words, evidence)[0])
    if re.search(hedges, near) and not _HEDGE.search(claim.low):
        return [Finding("force", "a doubt is gone", sure=False, sign="doubt-gone")]
    return []


def _amounts(claim: Text, evidence: Text) -> list[Finding]:
    ours, theirs = claim.low, evidence.low
    found = []
    always = _ALWAYS.search(ours)
    if always and not (_ALWAYS.search(theirs) or _NONE.search(theirs)):
        denied = re.search(r"\bnot always\b", ours) is not None
        sure = always.group() != "never" and not denied
        found.append(Finding("force", always.group(), sure=sure, sign="always"))
    whole = re.search(
        r"(?<!not )(?<!without )(?<!hardly )(?<!above )(?<!at )(?<!if )\b(?:all(?! (?:by|too|over"
        r"|along|kinds|sorts|ages|this|that))|every(?! (?:day|week|month|year|fortnight|two|three))"
        r"|everyone|everybody|entirely|completely|any(?! (?:more|longer|one))|whatever)\b", ours
    )  # fmt: skip
    if whole and not _WHOLE.search(theirs):
        some = bool(_SOME.search(theirs) or _MOST.search(theirs) or _OFTEN.search(theirs))
        found.append(Finding("force", whole.group(), sure=some))
    most = _MOST.search(ours)
    if most and not (_MOST.search(theirs) or _WHOLE.search(theirs) or re.search(r"\d", theirs)):
        found.append(Finding("force", most.group(), sure=bool(_SOME.search(theirs))))
    only = _ONLY.search(ours)
    if only and not _ONLY_HELD.search(theirs):
        found.append(Finding("force", only.group(), sure=False, sign="only"))
    often = _OFTEN.search(ours)
    if often and not (_OFTEN.search(theirs) or _MOST.search(theirs) or _WHOLE.search(theirs)):
        found.append(Finding("force", often.group(), sure=False, sign="often"))
    return found
