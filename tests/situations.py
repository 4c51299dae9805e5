"""Three short situations for the small library, written for tests alone.

``two-chairs`` has everything; the others differ in people, place and topics.
"""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import yaml

Plain = dict[str, Any]

GUIDE, CHARTER, MEANING = (
    "supervision-guide-2020-1",
    "supervision-charter-2022-1",
    "supervision-guide-2020-2",
)
KEYS, NO_KEYS = "ward-rules-2021-1", "ward-rules-2023-1"
ALONE, PAIRS = "home-opinion-2021-1", "usa-visits-2016-1"


def _line(text: str, *notes: str) -> Plain:
    return {"text": text, "notes": list(notes)}


def _point(id_: str, text: str, note: str, found: list[str], partly: str, against: str) -> Plain:
    return {
        "id": id_,
        "text": text,
        "notes": [note],
        "found": found,
        "partly": [partly],
        "contradicts": [against],
        "read": note,
    }


def _stage(event: str, decision: str, name: str) -> Plain:
    last = decision.split()[-1].rstrip("?")
    ways = (f"asks what is wanted ({last})", f"says nothing yet ({last})", f"sits down ({last})")
    return {
        "event": event,
        "decision": decision,
        "choices": [
            {"text": f"{name} {way}.", "leads_to": f"After {name} {way}, the kettle boils dry."}
            for way in ways
        ],
    }


TWO_CHAIRS: Plain = {
    "id": "two-chairs",
    "title": "Two chairs",
    "topics": ["supervision", "lone-working"],
    "settings": ["community"],
    "levels": ["starting", "experienced"],
    "learners": ["new-psw", "mixed-team", "supervisors", "managers"],
    "people": [
        {"name": "Ines", "who": "peer support worker, 34, plays the tuba"},
        {"name": "Omar", "who": "her supervisor, 51, a nurse who keeps bees"},
    ],
    "place": "A small office with a window that does not open",
    "scene": (
        "Ines has sat down for supervision, the first in nine weeks. Omar has moved the chairs so"
        " that both of them can see the door. He has twenty minutes and says so. On the desk lies"
        " the form, filled in already down to the line for her name. Ines came to talk about the"
        " house with the blue gate, where she has been going alone since the clocks changed, and"
        " about what the neighbour shouted. Omar came to talk about the form. Outside somebody"
        " is singing, and neither of them can place the tune."
    ),
    "stages": [
        _stage(
            "Omar uncaps his pen. Ines looks at the form and then at the clock, which is slow by"
            " four minutes, as everybody in the building knows but visitors.",
            "What does Ines say before the pen reaches the paper?",
            "Ines",
        ),
        _stage(
            "Omar puts the pen down. He asks about the blue gate. A bicycle bell rings in the yard,"
            " twice, and Ines finds that she has begun in the middle.",
            "What does Ines ask Omar for?",
            "Ines",
        ),
        _stage(
            "A week later a second chair has been put into the hall, and a note on it says that"
            " peers may book it. Nobody says who wrote the note, and Ines has a guess.",
            "What does Ines propose to the team?",
            "Ines",
        ),
    ],
    "questions": [
        "Whose twenty minutes are they?",
        "What does the form know that Omar does not?",
        "Who decided about the chairs, and who was not asked?",
        "What would a peer have heard in what Ines left out?",
        "How would the talk go if Ines were the nurse and Omar the peer?",
    ],
    "answers": [
        _line("The guide asks for a supervisor who is an experienced peer.", GUIDE),
        _line("A charter of peers asks for the same.", CHARTER),
        _line("The guide calls supervision a regular talk about practice.", MEANING),
        _line("In the USA one guide wants first visits made in pairs.", PAIRS),
    ],
    "rubric": [
        _point(
            "asks-first",
            "Says that Ines should ask Omar for a supervisor who is a peer.",
            GUIDE,
            [
                "I'd ask for somebody who has done the job as a peer.",
                "She needs a peer supervisor.",
            ],
            "She could do with more supervision.",
            "A nurse is always the right supervisor.",
        ),
        _point(
            "every-four-weeks",
            "Says that nine weeks is too long and names four.",
            CHARTER,
            ["Nine weeks is far too long, it should be every four.", "Four weeks, no longer."],
            "They should meet now and then.",
            "Once a year is plenty.",
        ),
        _point(
            "visits-in-pairs",
            "Weighs going to the blue gate with somebody else at first.",
            PAIRS,
            ["I'd go with a colleague the first few times.", "Take somebody along to the gate."],
            "She should be careful at the gate.",
            "Going alone is fine, nothing ever happens.",
        ),
        _point(
            "time-kept-free",
            "Says that time for supervision is kept free in the working day.",
            GUIDE,
            ["Twenty minutes squeezed in is not time kept free.", "Block it out in both diaries."],
            "They were in a hurry.",
            "Supervision can be done over lunch in your own time.",
        ),
    ],
    "contested": "home-visits",
    "debrief": [
        "When did somebody last listen to you without a form?",
        "What do you leave out when time is short?",
        "Who moves the chairs where you work?",
    ],
    "aftercare": "If this was close to home, take a walk round the building before the next part.",
    "competences": [_line("Making use of supervision", GUIDE)],
}


def _other(id_: str, title: str, topics: list[str], names: tuple[str, str], **more: Any) -> Plain:
    """A situation of the same shape with other people, place and words."""
    first, second = names
    data = copy.deepcopy(TWO_CHAIRS)
    text = yaml.safe_dump(data, allow_unicode=True, width=10_000)
    text = text.replace("Ines", first).replace("Omar", second)
    held: Plain = yaml.safe_load(text)
    return held | {"id": id_, "title": title, "topics": topics} | more


def situation(id_: str) -> Plain:
    """A situation made anew, to change at will."""
    return copy.deepcopy(next(s for s in situations() if s["id"] == id_))


def situations() -> list[Plain]:
    """Every situation, made anew."""
    keys = _other(
        "the-keys-at-night",
        "The keys at night",
        ["supervision", "medication"],
        ("Bashir", "Ottilie"),
        settings=["inpatient"],
        place="A ward at night, beside the cupboard",
        scene=(
            "The cupboard is locked and the keys hang where they always hang. Bashir has been asked"
            " to carry them until morning, because the agency nurse has not come and Ottilie cannot"
            " be in two corridors at once. He has never been told that he may. Down the passage a"
            " patient called Wren is counting tiles aloud and has reached four hundred. Ottilie"
            " holds out the ring. It is heavier than it looks, and warm from her pocket. Bashir"
            " thinks of the form that he signed in March, and of Wren, and of the tiles."
        ),
        questions=[
            "Who loses sleep over a key?",
            "What does Wren see when the ring changes hands?",
            "Which promise was made in March, and to whom?",
            "Where is the person who could have said no beforehand?",
        ],
        answers=[
            _line("One ward's rules have peers carry the keys at night.", KEYS),
            _line("Another ward's rules forbid it.", NO_KEYS),
            _line("A charter of peers wants a supervisor who is a peer.", CHARTER),
            _line("Supervision means a regular talk about practice.", MEANING),
        ],
        contested=None,
        aftercare="Nights are long. Let people sit for a minute before they go out into the rain.",
    )
    keys["stages"] = [
        _stage(
            "The ring hangs between them. Wren has stopped counting, which is worse. A telephone"
            " rings in an office that nobody is allowed to unlock before seven.",
            "What does Bashir do with his hands?",
            "Bashir",
        ),
        _stage(
            "Ottilie laughs, not unkindly, and puts the ring on the sill between two cactuses. The"
            " first bus goes by with its lights on and no one in it.",
            "What does Bashir write down in the morning?",
            "Bashir",
        ),
        _stage(
            "At the handover the day team asks who had the cupboard. There are three answers, and"
            " all of them are true of some part of the night.",
            "What does Bashir tell the day team?",
            "Bashir",
        ),
    ]
    wait = _other(
        "the-long-wait",
        "The long wait",
        ["lone-working", "supervision"],
        ("Magda", "Tobias"),
        settings=["community"],
        place="A bus shelter across from a block of flats",
        scene=(
            "Magda has been in the shelter for half an hour. The lift in the block is out and the"
            " man on the ninth floor has said through the intercom that he will not come down. It"
            " is her fourth visit. Tobias, who runs the team, rings to ask whether she has gone in"
            " yet, because somebody has to put a time on the sheet. She can hear the sheet. A boy"
            " with a scooter offers to carry up a message for fifty pence. The light on the stairs"
            " works on two floors, and the ninth is not one of them."
        ),
        questions=[
            "What does fifty pence buy here?",
            "Whose safety is on the sheet?",
            "What does the man on the ninth floor know about lifts?",
            "If Magda used a wheelchair, when would anybody have noticed?",
        ],
        answers=[
            _line("One writer trusts peers to visit alone, and thinks pairs feel wrong.", ALONE),
            _line("In the USA one guide wants visits made in pairs at first.", PAIRS),
            _line("The guide asks for supervision every four weeks.", GUIDE),
            _line("So does a charter of peers.", CHARTER),
        ],
        aftercare="Whoever has waited like this may say so, or may look out of the window instead.",
    )
    wait["stages"] = [
        _stage(
            "The intercom crackles and goes quiet. A woman with shopping holds the door open with"
            " her foot and says that she has not got all day, love.",
            "What does Magda say into the intercom?",
            "Magda",
        ),
        _stage(
            "The scooter comes back with a folded paper. It says Thursday, and under it, smaller,"
            " that the kettle is on if anybody likes stairs.",
            "What does Magda tell Tobias?",
            "Magda",
        ),
    ]
    return [copy.deepcopy(TWO_CHAIRS), keys, wait]


def write_situations(corpus: Path, *changed: Plain) -> Path:
    """Write the situations into a library's folder, changed ones in place of those of their id."""
    folder = corpus / "situations"
    folder.mkdir(parents=True, exist_ok=True)
    by_id = {s["id"]: s for s in situations()} | {s["id"]: s for s in changed}
    for id_, data in by_id.items():
        text = yaml.safe_dump(data, sort_keys=False, allow_unicode=True)
        (folder / f"{id_}.yaml").write_text(text, encoding="utf-8")
    return folder
