"""On which side of peer support somebody stands who asks: at work in it, receiving it, or close to
somebody who receives it.

Read from the words of the question alone, and only where they say so plainly; most questions do
not. It chooses among answers and words of help that are written for one side. It never decides
whether help is shown.
"""

from __future__ import annotations

import re

from assistant.schema import Side

_RELATIVE = (
    r"husband|wife|mum|mam|mom|mother|dad|father|son|daughter|brother|sister|partner|boyfriend"
    r"|girlfriend|nan|gran|grandma|grandad|grandmother|grandfather|auntie?|uncle|cousin|niece"
    r"|nephew|child|kid|teenager|lad|flatmate|housemate|neighbour|ex|fianc[eé]e?|best friend|friend"
    r"|mate|grandson|granddaughter|stepson|stepdaughter|loved one|in-laws?|(?:mother|father|son"
    r"|daughter|brother|sister)[- ]in[- ]law"
)
_CARER = re.compile(
    rf"\b(?:my|our) (?:\w+ ){{0,3}}(?:{_RELATIVE})(?:'?s)?\b"
    r"|\bi(?: am|'?m) (?:a |her |his |their )?(?:unpaid |family )?carer\b"
    r"|\bas (?:a|her|his) carer\b"
    r"|\bi(?: am|'?m) (?:his|her|their) (?:mum|mother|dad|father|wife|husband|sister|brother"
    r"|partner|son|daughter|nearest relative)\b|\bi care for (?:my|him|her)\b"
)
_PERSON = re.compile(
    r"\bmy (?:own )?(?:peer(?: support)? worker|peer supporter|peer mentor|support worker"
    r"|care ?co-?ordinator|psychiatrist|cpn|key ?worker|named nurse|responsible clinician"
    r"|consultant|ward(?: round| manager)?|section|tribunal|cmht|crisis team|care plan|advocate"
    r"|gp|diagnosis|meds|medication|tablets|depot|injections?|hospital notes|medical records"
    r"|community team|mental health team|discharge|recovery college|therapist|mdt|pip|benefits)\b"
    r"|\bi(?: am|'?m|'?ve been| have been| was| got| get)(?: \w+){0,2} (?:sectioned|detained"
    r"|discharged|restrained|secluded|an inpatient|a patient|an informal patient"
    r"|a voluntary patient|under (?:the|a) (?:cmht|crisis team|section|community team)"
    r"|on (?:a|the|this) (?:\w+ )?ward|on (?:a )?section|in (?:a )?(?:psychiatric |mental health )?"
    r"hospital|on a cto|on leave from the ward|in the crisis house)\b"
    r"|\b(?:the )?staff (?:here|on (?:the|my|this) ward|won'?t|wont|keep|took|said i|told me i)\b"
    r"|\b(?:they|the nurses?|staff|doctors?) (?:won'?t|wont) let me\b"
)
_WORK = re.compile(
    r"\b(?:my|our|the) (?:line )?manager\b|\bmy (?:supervisor|supervision|employer|post|contract"
    r"|shift|rota|trainees?|learners?|volunteers?|colleagues?|clients?|service users?|caseload|job"
    r"|role|boss|union|band|pay slip|payslip|probation(?:ary)? period|staff)\b"
    r"|\b(?:as|i(?: am|'?m)|being|become|became|work(?:ing)? as) (?:an? )?(?:\w+ ){0,2}"
    r"(?:peer(?: support)? worker|psw|peer mentor|peer supporter|peer lead|peer|facilitator"
    r"|team leader|team manager|ward manager|manager|supervisor|trainer|tutor|volunteer"
    r"|apprentice|nurse)\b"
    r"|\b(?:someone|somebody|a (?:man|woman|person|lady|lad|client|patient|service user)|people)"
    r" (?:that |who )?i (?:support|work with|see|visit|facilitate)\b|\bi (?:support|run|facilitate"
    r"|manage|supervise|line manage|train|employ|recruit)\b|\b(?:our|we) (?:team|trust|charity"
    r"|service|organisation|psws|peers|peer workers|peer support workers|employ|recruit|run|are"
    r" setting up)\b|\bat work\b|\bon (?:my )?shift\b|\bin my team\b|\bhandover\b|\bour peer\b"
)


def side_of(question: str) -> Side | None:
    """The side that a question plainly speaks from; None where its words do not say.

    Words of work come first: a peer worker has relatives and a care plan as well.

    Args:
        question: as typed.
    """
    text = question.lower().replace("\u2019", "'")
    if _WORK.search(text):
        return "work"
    if _CARER.search(text):
        return "carer"
    return "person" if _PERSON.search(text) else None
