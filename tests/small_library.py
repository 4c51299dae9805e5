"""A small hand-made library: every kind of trouble that a real one brings, in a few notes.

England, the USA and Australia; law, guidance, a trial, an opinion; one source superseded and one
retracted; two notes that say the same, two that differ by "not" alone. The places, papers and
figures are made up.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

Plain = dict[str, Any]

SUPERVISED = (
    "Peer support workers should meet a supervisor who is an experienced peer at least every four"
    " weeks, apart from line management, with time kept free for it in the working day and a"
    " record that both of them agree."
)
SUPERVISED_TOO = SUPERVISED.replace("both of them agree", "both agree")
KEYS = (
    "Peer support workers must carry the keys of the medicines cupboard when they work on the ward"
    " at night, and the nurse in charge signs for them at the start and at the end of each shift."
)
NO_KEYS = KEYS.replace("must carry", "must not carry")

# Questions whose words are those of the library, so that a model which knows words only finds them.
ASK_LAW = "does the law require training in the use of force"
ASK_SUPERVISION = "how often should a peer support worker have supervision"
ASK_NURSE = "can my supervisor be a nurse"
ASK_PARTLY = "how many minutes should supervision take"
ASK_CONTESTED = "should peer support workers visit people at home alone"
ASK_TRIAL = "do peer support workers keep people out of hospital"
ASK_FOREIGN = "how much are certified peer workers paid an hour"
ASK_SUPERSEDED = "where should peer support workers write their daily notes"
ASK_RETRACTED = "did people with a peer support worker stop their tablets faster"
ASK_KEYS = "who carries the keys of the medicines cupboard at night"
ASK_NOTHING = "which glaze suits porcelain teapots fired underground in Umbria"
QUESTIONS = (
    ASK_LAW,
    ASK_SUPERVISION,
    ASK_NURSE,
    ASK_PARTLY,
    ASK_CONTESTED,
    ASK_TRIAL,
    ASK_FOREIGN,
    ASK_SUPERSEDED,
    ASK_RETRACTED,
    ASK_KEYS,
    ASK_NOTHING,
)


def note(id_: str, text: str, topics: str, stands_as: str, asks: list[str], **more: Any) -> Plain:
    """A note as it stands in a file."""
    plain: Plain = {
        "id": id_,
        "text": text,
        "topics": topics.split(),
        "users": ["psw", "manager"],
        "locator": "section 1",
        "stands_as": stands_as,
        "asks": asks,
    }
    return plain | more


def source(
    id_: str, title: str, authors: list[str], year: int, kind: str, notes: list[Plain], **more: Any
) -> Plain:
    """A source as it stands in a file."""
    plain: Plain = {
        "id": id_,
        "title": title,
        "authors": authors,
        "year": year,
        "published_in": None,
        "kind": kind,
        "jurisdiction": "England",
        "settings": ["any"],
        "who_speaks": "professional-body",
        "status": "current",
        "licence": "OGL-3.0",
        "url": f"https://example.org/{id_}",
        "basis": "full-text",
        "read_from": [f"https://example.org/{id_}"],
        "checked": "2026-11-01",
        "notes": notes,
    }
    return plain | more


def sources() -> list[Plain]:
    """Every source, made anew."""
    return [
        source(
            "force-act-2018",
            "Use of Force Act",
            ["UK Parliament"],
            2018,
            "legislation",
            [
                note(
                    "force-act-2018-1",
                    "A unit must train its staff in the use of force before they may be asked to"
                    " use it, and must repeat that training at regular intervals.",
                    "restraint training",
                    "requirement",
                    [ASK_LAW, "who must be trained before force is used"],
                ),
                note(
                    "force-act-2018-2",
                    "Each unit must publish a policy on the use of force and must name a"
                    " responsible person.",
                    "restraint",
                    "requirement",
                    ["must a unit publish its policy on force", "who is the responsible person"],
                    users=["manager"],
                ),
            ],
            who_speaks="government",
            settings=["inpatient"],
        ),
        source(
            "supervision-guide-2020",
            "Supervision Guide",
            ["Marigold Featherstone"],
            2020,
            "professional-guidance",
            [
                note(
                    "supervision-guide-2020-1",
                    SUPERVISED,
                    "supervision",
                    "recommendation",
                    [ASK_SUPERVISION, "who should supervise a peer support worker"],
                ),
                note(
                    "supervision-guide-2020-2",
                    "Supervision here means a regular talk in which workers think through their"
                    " practice with somebody more experienced.",
                    "supervision",
                    "definition",
                    ["what does supervision mean", "what is supervision for peers"],
                ),
            ],
        ),
        source(
            "supervision-charter-2022",
            "Supervision Charter",
            ["Peers Together"],
            2022,
            "charter",
            [
                note(
                    "supervision-charter-2022-1",
                    SUPERVISED_TOO,
                    "supervision",
                    "recommendation",
                    ["how often do peers get supervision", "should the supervisor be a peer"],
                )
            ],
            who_speaks="peer-led",
            settings=["community"],
        ),
        source(
            "ward-rules-2021",
            "Ward Rules",
            ["Northbank Trust"],
            2021,
            "service-report",
            [
                note(
                    "ward-rules-2021-1",
                    KEYS,
                    "medication",
                    "requirement",
                    [ASK_KEYS, "do peers carry keys"],
                ),
                note(
                    "ward-rules-2021-2",
                    "Our staff must book a place on the use of force course in their first month.",
                    "restraint training",
                    "requirement",
                    ["when must staff book the use of force course", "is the force course needed"],
                ),
            ],
            who_speaks="employer",
            settings=["inpatient"],
        ),
        source(
            "ward-rules-2023",
            "Ward Rules",
            ["Southbank Trust"],
            2023,
            "service-report",
            [
                note(
                    "ward-rules-2023-1",
                    NO_KEYS,
                    "medication",
                    "requirement",
                    ["may peers carry keys", "who holds the keys of the cupboard"],
                )
            ],
            who_speaks="employer",
            settings=["inpatient"],
        ),
        source(
            "ward-trial-2019",
            "The Lantern Trial",
            ["Ottoline Quill", "Barnaby Thrupp"],
            2019,
            "trial",
            [
                note(
                    "ward-trial-2019-1",
                    "In a trial with 400 people, those who had a peer support worker went back to"
                    " hospital less often in the year after.",
                    "effectiveness",
                    "finding",
                    [ASK_TRIAL, "what did the trial find about going back to hospital"],
                ),
                note(
                    "ward-trial-2019-2",
                    "Whether the effect on going back to hospital lasts longer than a year is not"
                    " known.",
                    "effectiveness",
                    "open-question",
                    ["does the effect on hospital last", "how long does the effect last"],
                ),
            ],
            who_speaks="academic",
            published_in="Journal of Lanterns",
            basis="abstract",
            doi="10.1000/lantern",
        ),
        source(
            "home-opinion-2021",
            "Doors",
            ["Clementine Ashby"],
            2021,
            "opinion",
            [
                note(
                    "home-opinion-2021-1",
                    "Peers can be trusted to visit people at home alone, because two workers at the"
                    " door feel like an inspection.",
                    "lone-working",
                    "position",
                    ["why should peers visit people alone", "is it bad to visit in pairs"],
                )
            ],
            who_speaks="lived-experience-author",
            settings=["community"],
        ),
        source(
            "usa-visits-2016",
            "Peer Visits",
            ["Harriet Lowell"],
            2016,
            "professional-guidance",
            [
                note(
                    "usa-visits-2016-1",
                    "In the USA, peer workers should visit people at home in pairs until both have"
                    " got to know the person.",
                    "lone-working",
                    "recommendation",
                    ["should home visits be made in pairs", "when may peers visit alone"],
                ),
                note(
                    "usa-visits-2016-2",
                    "In the USA, certified peer workers were paid 15 dollars an hour on average.",
                    "pay",
                    "finding",
                    [ASK_FOREIGN, "what do certified peers earn in dollars"],
                ),
            ],
            jurisdiction="USA",
            who_speaks="peer-led",
        ),
        source(
            "aus-framework-2021",
            "Workforce Framework",
            ["Commission of Wattle Bay"],
            2021,
            "national-framework",
            [
                note(
                    "aus-framework-2021-1",
                    "In Australia, certified peer workers should be paid on the scale of others"
                    " with equal duties.",
                    "pay",
                    "recommendation",
                    ["which scale are peers paid on", "equal pay for certified peer workers"],
                    users=["manager", "trainer"],
                )
            ],
            jurisdiction="Australia",
            who_speaks="government",
        ),
        source(
            "paper-notes-2008",
            "Paper Notes",
            ["Old Office"],
            2008,
            "professional-guidance",
            [
                note(
                    "paper-notes-2008-1",
                    "Peer support workers should write their daily notes on paper and hand them to"
                    " the nurse before they go home.",
                    "records",
                    "recommendation",
                    [ASK_SUPERSEDED, "who gets the daily notes on paper"],
                )
            ],
            status="superseded",
            superseded_by="supervision-guide-2020",
        ),
        source(
            "tablets-study-2015",
            "The Tablets Study",
            ["Erasmus Vole"],
            2015,
            "trial",
            [
                note(
                    "tablets-study-2015-1",
                    "In this study people with a peer support worker stopped their tablets faster"
                    " and came to no harm.",
                    "medication",
                    "finding",
                    [ASK_RETRACTED, "is it safe to stop tablets with a peer"],
                )
            ],
            status="retracted",
            status_note="Withdrawn by the journal in 2017.",
            who_speaks="academic",
        ),
        source(
            "danger-guide-2019",
            "Acting on Danger",
            ["Guideline Office"],
            2019,
            "clinical-guideline",
            [
                note(
                    "danger-guide-2019-1",
                    "A worker who hears of a plan to die should tell the clinician on duty.",
                    "crisis",
                    "recommendation",
                    ["whom to tell of a plan to die", "what if somebody talks of suicide"],
                ),
                note(
                    "danger-guide-2019-2",
                    "A worker who hears of abuse should tell the safeguarding lead the same day.",
                    "safeguarding",
                    "recommendation",
                    ["whom to tell of abuse", "who is told of a safeguarding worry"],
                ),
            ],
            who_speaks="clinical",
        ),
    ]


def _said(text: str, *notes: str) -> Plain:
    return {"text": text, "notes": list(notes)}


def briefs() -> list[Plain]:
    """Three briefs; the first has direct answers, one of which answers only in part."""
    dates: Plain = {"written": "2026-11-01", "review_by": "2027-11-01"}
    return [
        {
            "id": "supervision-basics",
            "title": "Supervision for peers",
            "topics": ["supervision"],
            "users": ["psw", "manager", "trainer"],
            "asks": [
                "supervision of peers, what to know",
                "basics of supervision for a peer team",
                "set up supervision",
            ],
            "lead": [
                _said("Guidance asks for an experienced peer.", "supervision-guide-2020-1"),
                _said("A charter of peers asks for the same.", "supervision-charter-2022-1"),
            ],
            "practice": [
                _said("Put the four weeks into both diaries.", "supervision-guide-2020-1"),
                _said("Agree on what is written down.", "supervision-charter-2022-1"),
            ],
            "not_settled": [
                _said("Nobody here says how long a talk lasts.", "supervision-guide-2020-2")
            ],
            "answers": [
                {
                    "asks": [ASK_NURSE, "is it alright to be supervised by a nurse"],
                    "answer": [
                        _said(
                            "The guide asks for an experienced peer and does not rule a nurse out.",
                            "supervision-guide-2020-1",
                            "supervision-charter-2022-1",
                        )
                    ],
                },
                {
                    "asks": [ASK_PARTLY, "how long should a supervision talk last"],
                    "answer": [
                        _said(
                            "The guide says how often to meet, and not for how long.",
                            "supervision-guide-2020-1",
                        )
                    ],
                    "partly": True,
                    "answering": ["supervision-charter-2022-1"],
                    "bearing": ["supervision-guide-2020-2"],
                },
            ],
            **dates,
        },
        {
            "id": "talk-of-suicide",
            "title": "When somebody talks of suicide",
            "topics": ["crisis"],
            "users": ["psw"],
            "asks": ["talk of suicide", "somebody has a plan to die", "hearing of a plan to die"],
            "lead": [
                _said("Tell the clinician on duty at once.", "danger-guide-2019-1"),
                _said("Do not carry it alone.", "danger-guide-2019-1"),
            ],
            "practice": [_said("Know who is on duty.", "danger-guide-2019-1")],
            **dates,
        },
        {
            "id": "safeguarding",
            "title": "When you hear of abuse",
            "topics": ["safeguarding"],
            "users": ["psw"],
            "asks": ["safeguarding", "hearing of abuse", "somebody is being harmed"],
            "lead": [
                _said("Tell the safeguarding lead the same day.", "danger-guide-2019-2"),
                _said("You need no proof.", "danger-guide-2019-2"),
            ],
            "practice": [_said("Know who the lead is.", "danger-guide-2019-2")],
            **dates,
        },
    ]


def contested() -> list[Plain]:
    """One question on which sources disagree."""
    return [
        {
            "id": "home-visits",
            "question": "Should peer support workers visit people at home alone?",
            "topics": ["lone-working"],
            "asks": [ASK_CONTESTED, "alone or in pairs on home visits"],
            "positions": [
                {
                    "position": "Alone, since two at the door feel like an inspection.",
                    "held_by": "Clementine Ashby, England, 2021",
                    "notes": ["home-opinion-2021-1"],
                },
                {
                    "position": "In pairs at first.",
                    "held_by": "Guidance from the USA, 2016",
                    "notes": ["usa-visits-2016-1"],
                },
            ],
        }
    ]


TOPICS = {
    "restraint": "Use of force",
    "training": "Training",
    "supervision": "Supervision",
    "medication": "Medication",
    "effectiveness": "What peer support does",
    "lone-working": "Working alone",
    "pay": "Pay",
    "records": "Records",
    "crisis": "Crisis",
    "safeguarding": "Safeguarding",
}
GLOSSARY = [["peer support worker", "psw"], ["use of force", "pmva", "hands on"]]
MERGED = {
    "sources": {"supervision-guide-1999": "supervision-guide-2020"},
    "notes": {"supervision-guide-1999-1": "supervision-guide-2020-1", "dropped-1": None},
}


def write_file(path: Path, plain: Any) -> None:
    """One YAML file; dates stand unquoted, as people write them."""
    path.parent.mkdir(parents=True, exist_ok=True)
    text = yaml.safe_dump(plain, sort_keys=False, allow_unicode=True, width=90)
    path.write_text(text, encoding="utf-8")


def write_library(folder: Path) -> Path:
    """The whole library as files; the folder."""
    for plain in sources():
        write_file(folder / "sources" / f"{plain['id']}.yaml", plain)
    for plain in briefs():
        write_file(folder / "briefs" / f"{plain['id']}.yaml", plain)
    for plain in contested():
        write_file(folder / "contested" / f"{plain['id']}.yaml", plain)
    write_file(folder / "topics.yaml", TOPICS)
    write_file(folder / "glossary.yaml", GLOSSARY)
    write_file(folder / "merged-ids.yaml", MERGED)
    return folder


def edit(path: Path, old: str, new: str) -> None:
    """Replace words in a file; they must stand there once."""
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {path.name}"
    path.write_text(text.replace(old, new), encoding="utf-8")


def put(path: Path, place: str, value: Any) -> None:
    """Set one field of a file, by its dotted place; None takes it out."""
    plain = yaml.safe_load(path.read_text(encoding="utf-8"))
    *way, last = [int(step) if step.isdigit() else step for step in place.split(".")]
    inner = plain
    for step in way:
        inner = inner[step]
    if value is None:
        del inner[last]
    else:
        inner[last] = value
    write_file(path, plain)
