"""A small assistant with hand-made answers, in the shape that the page expects."""

from __future__ import annotations

import datetime as dt
import hashlib
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from assistant.chat_models.records import Address
from assistant.schema import (
    Answer,
    Brief,
    BriefAnswer,
    BriefSentence,
    Citation,
    Contested,
    Engine,
    Evidence,
    Filters,
    NamedPosition,
    Note,
    Position,
    PracticeLine,
    Screening,
    Section,
    Signpost,
    Source,
    Statement,
    Turn,
    User,
)
from assistant.settings import read_settings

EXAMPLES = Path(__file__).parent.parent / "prompts" / "examples.toml"
ENGINE = Engine(
    mode="extractive",
    model=None,
    fallback_reason=None,
    index_id="fake",
    library_version="0",
    prompt_hashes={},
    settings_hash="0",
)
RESTRAINT = "They put me on the restraint rota next week. Can I say no?"


def note(id_: str, text: str, locator: str, stands_as: str, **more: Any) -> Note:
    values = {
        "id": id_,
        "text": text,
        "topics": ("restraint",),
        "users": ("psw",),
        "locator": locator,
        "stands_as": stands_as,
        "asks": ("can I say no to restraint", "do psws restrain"),
    }
    return Note.model_validate(values | more)


def source(id_: str, title: str, notes: Sequence[Note], **more: Any) -> Source:
    values: dict[str, Any] = {
        "id": id_,
        "title": title,
        "authors": ("UK Parliament",),
        "year": 2018,
        "published_in": None,
        "kind": "legislation",
        "jurisdiction": "England",
        "settings": ("inpatient",),
        "who_speaks": "government",
        "status": "current",
        "licence": "OGL-3.0",
        "url": f"https://example.org/{id_}",
        "basis": "full-text",
        "read_from": ("https://example.org",),
        "checked": dt.date(2026, 11, 21),
        "notes": tuple(notes),
    }
    return Source.model_validate(values | more)


SOURCES = (
    source(
        "uofa-2018-act",
        "Mental Health Units (Use of Force) Act 2018",
        [
            note(
                "uofa-2018-act-9",
                "The Act speaks of staff of a mental health unit. It names no jobs, and it neither"
                " requires peer support workers to use force nor exempts them.",
                "section 13",
                "definition",
                our_reading="That the Act is silent on peer support workers is our own reading.",
            ),
            note(
                "uofa-2018-act-6",
                "The responsible person must provide training for staff in the use of force before"
                " they may be asked to use it, with refreshers at regular intervals.",
                "section 5",
                "requirement",
            ),
            note(
                "uofa-2018-act-3",
                "Each unit must publish a policy on the use of force and name a responsible"
                " person.",
                "sections 2 and 3",
                "requirement",
            ),
        ],
        basis="excerpt",
    ),
    source(
        "hcsw-code-england",
        "Code of Conduct for Healthcare Support Workers",
        [
            note(
                "hcsw-code-england-2",
                "Do not carry out work that you are not trained for, and say so when you are asked"
                " to do something outside your role.",
                "section 1",
                "recommendation",
            )
        ],
        authors=("Skills for Health", "Skills for Care"),
        year=2013,
        kind="professional-guidance",
        who_speaks="professional-body",
    ),
    source(
        "nmhc-2021-guidelines",
        "National Lived Experience (Peer) Workforce Development Guidelines",
        [
            note(
                "nmhc-2021-guidelines-restrictive",
                "Lived experience workers should not be involved in restrictive practices: these"
                " are at odds with the values of the role.",
                "Role clarity, page 41",
                "recommendation",
            )
        ],
        authors=("National Mental Health Commission",),
        year=2021,
        kind="national-framework",
        jurisdiction="Australia",
        who_speaks="co-produced",
    ),
    source(
        "badouin-2023-restraint",
        "Preventing, reducing, and attenuating restraint: a prospective controlled trial",
        [
            note(
                "badouin-2023-restraint-3",
                "On the Berlin ward with peer support workers there was no significant change; on"
                " the ward without them restraint went up. One pair of wards was compared.",
                "Abstract, results",
                "finding",
            )
        ],
        authors=("Badouin J", "Bechdolf A", "Bermpohl F"),
        year=2023,
        published_in="Frontiers in Psychiatry",
        kind="trial",
        jurisdiction="Germany",
        who_speaks="academic",
        basis="abstract",
        doi="10.3389/fpsyt.2023.1089484",
    ),
    source(
        "perkins-repper-2019",
        "Contested tasks in peer support: a conversation",
        [
            note(
                "perkins-repper-2019-tasks",
                "Whether peers should take part in restraint is an open and bitterly argued"
                " question; a peer's presence might change how it is done.",
                "page 3",
                "position",
            )
        ],
        authors=("Perkins R", "Repper J"),
        year=2019,
        kind="opinion",
        who_speaks="lived-experience-author",
    ),
    source(
        "bluebird-2003",
        "Consumer roles in reducing seclusion and restraint",
        [
            note(
                "bluebird-2003-1",
                "The place of peers is before and after force: calming, and talking with people"
                " afterwards.",
                "Module 4",
                "position",
            )
        ],
        authors=("Bluebird G",),
        year=2003,
        kind="toolkit",
        jurisdiction="USA",
        who_speaks="peer-led",
        status="superseded",
        superseded_by="nmhc-2021-guidelines",
        status_note="The training module was withdrawn and rewritten in 2011.",
    ),
)
NOTES = {n.id: n for s in SOURCES for n in s.notes}
NOTE_SOURCE = {n.id: s for s in SOURCES for n in s.notes}
ORDER = (
    "uofa-2018-act-9",
    "uofa-2018-act-6",
    "hcsw-code-england-2",
    "uofa-2018-act-3",
    "nmhc-2021-guidelines-restrictive",
    "bluebird-2003-1",
    "perkins-repper-2019-tasks",
    "badouin-2023-restraint-3",
)


def citation(n: int, note_id: str, **more: Any) -> Citation:
    found, home = NOTES[note_id], NOTE_SOURCE[note_id]
    end = found.text.find(".") + 1 or len(found.text)
    values = {
        **{
            name: getattr(home, name)
            for name in [
                "title",
                "authors",
                "year",
                "published_in",
                "kind",
                "jurisdiction",
                "who_speaks",
                "basis",
                "status",
                "superseded_by",
                "checked",
                "url",
                "doi",
            ]
        },
        "n": n,
        "evidence_id": note_id,
        "source_id": home.id,
        "text": found.text,
        "char_start": 0,
        "char_end": end,
        "locator": found.locator,
        "stands_as": found.stands_as,
        "our_reading": found.our_reading,
        "text_sha256": hashlib.sha256(found.text.encode()).hexdigest(),
    }
    return Citation.model_validate(values | more)


def said(text: str, *numbers: int, stands_as: str | None = "finding") -> Statement:
    return Statement.model_validate(
        {
            "text": text,
            "citations": numbers,
            "evidence_ids": [ORDER[n - 1] for n in numbers],
            "stands_as": stands_as if numbers else None,
        }
    )


def answer(question: str, outcome: str = "answered", **more: Any) -> Answer:
    values = {
        "question": question,
        "standalone_question": question,
        "outcome": outcome,
        "engine": ENGINE,
    }
    return Answer.model_validate(values | more)


def restraint(question: str = RESTRAINT) -> Answer:
    """The contested question, as worked out by hand."""
    return answer(
        question,
        summary=(
            said(
                "You have good grounds to question it. No English rule in this library says that"
                " peer support workers must restrain, and none says that they must not.",
                1,
            ),
            said(
                "What is plain is that nobody should do it untrained: the Act requires training,"
                " and the support workers' code says to do nothing you have not been trained for.",
                2,
                3,
            ),
        ),
        sections=(
            Section(
                kind="practice",
                heading="Before the shift",
                statements=(
                    said(
                        "Tell your manager and your supervisor or peer lead that you want to talk"
                        " about it, and say why.",
                        3,
                    ),
                    said("Ask to see the unit's policy and who its responsible person is.", 4),
                ),
            ),
            Section(
                kind="requirement",
                heading="What is required",
                statements=(
                    said("Training must come before use of force.", 2, stands_as="requirement"),
                    said("The unit must publish a policy.", 4, stands_as="requirement"),
                ),
            ),
            Section(
                kind="finding",
                heading="Research",
                statements=(said("One small comparison of two wards in Berlin.", 8),),
            ),
            Section(
                kind="recommendation",
                heading="Recommended",
                statements=(
                    said(
                        "Say so when a task lies outside your role.", 3, stands_as="recommendation"
                    ),
                ),
            ),
            Section(
                kind="gap",
                heading="Not settled",
                statements=(
                    said("No English source here exempts peer support workers.", 1),
                    said("Whether peers reduce restraint rests on one German comparison.", 8),
                ),
            ),
        ),
        positions=(
            Position(
                position="It contradicts what peer support is.",
                held_by="Australia's national guidelines, 2021",
                statements=(said("Workers should not be involved in restrictive practices.", 5),),
            ),
            Position(
                position="Your place is before and after force.",
                held_by="A training module from the USA, 2003",
                statements=(said("Calming, and talking with people afterwards.", 6),),
            ),
            Position(
                position="An open question; a peer's presence might change how it is done.",
                held_by="Perkins and Repper, England, 2019, an opinion piece",
                statements=(said("An open and bitterly argued question.", 7),),
            ),
        ),
        next_steps=("Check your job description and what training you hold.",),
        related=(
            "What training does the law require before force is used?",
            "What can a peer support worker do after a restraint?",
        ),
        citations=tuple(citation(i + 1, n) for i, n in enumerate(ORDER)),
    )


HELP = (
    Signpost.model_validate(
        {
            "name": "Emergency services",
            "contact": "999",
            "hours": "Day and night",
            "for": "If a life is in danger now",
            "source": "nhs.uk",
        }
    ),
    Signpost.model_validate(
        {
            "name": "NHS 111, mental health option",
            "contact": "111, then choose the mental health option",
            "hours": "Day and night",
            "for": "If you need urgent help with your mental health",
            "source": "nhs.uk",
        }
    ),
    Signpost.model_validate(
        {
            "name": "Samaritans",
            "contact": "116 123",
            "hours": "Day and night, free",
            "for": "To talk to somebody",
            "source": "samaritans.org",
        }
    ),
    Signpost.model_validate(
        {
            "name": "Shout",
            "contact": "Text SHOUT to 85258",
            "hours": "Day and night, free",
            "for": "If you would rather text",
            "source": "giveusashout.org",
        }
    ),
)


def crisis_self(question: str) -> Answer:
    return answer(
        question,
        "signposted",
        reason="crisis_self",
        risk_subject="own",
        summary=(
            said(
                "It sounds as if you are carrying something very heavy. Please talk to"
                " somebody now."
            ),
        ),
        signposts=HELP,
        next_steps=("If you still want the answer about the shift, ask again.",),
    )


def crisis_other(question: str) -> Answer:
    return answer(
        question,
        "signposted",
        reason="crisis_other",
        risk_subject="other",
        next_steps=(
            "If you think his life is in danger, ring 999 and say where he may be.",
            "Tell your duty worker, manager or on-call lead straight away, also out of hours.",
            "If you reach him, stay on the line until help is there.",
            "This is a lot to carry: who can you debrief with tonight?",
        ),
        signposts=HELP[:2],
        sections=(
            Section(
                kind="recommendation",
                heading="Guidance",
                statements=(said("Say so when a task lies outside your role.", 1),),
            ),
        ),
        citations=(citation(1, "hcsw-code-england-2"),),
    )


def declined(question: str) -> Answer:
    return answer(
        question,
        "declined",
        reason="medical_advice",
        summary=(said("This cannot advise on anybody's medication."),),
        related=("May a peer support worker talk about medication?",),
    )


def unknown(question: str) -> Answer:
    return answer(
        question,
        "not_in_library",
        reason="nothing_found",
        summary=(said("The library does not say."),),
        sections=(
            Section(
                kind="finding",
                heading="Nearest",
                statements=(said("One study names having enough peers in a team.", 1),),
            ),
        ),
        citations=(citation(1, "badouin-2023-restraint-3"),),
        related=("Is one peer worker in a team enough?",),
    )


def clarify(question: str) -> Answer:
    return answer(
        question,
        "clarify",
        reason="ambiguous",
        related=(
            "Can I, as a peer support worker, read the person's record?",
            "Can a person I support see their own record?",
        ),
    )


CONTESTED = Contested(
    id="peers-and-restraint",
    question="Should peer support workers take part in restraint?",
    topics=("restraint",),
    asks=("should psws restrain", "peers and restraint"),
    positions=(
        NamedPosition(
            position="It contradicts what peer support is.",
            held_by="Australia's national guidelines, 2021",
            notes=("nmhc-2021-guidelines-restrictive",),
        ),
        NamedPosition(
            position="Your place is before and after force.",
            held_by="A training module from the USA, 2003",
            notes=("bluebird-2003-1",),
        ),
    ),
)
BRIEF = Brief(
    id="restraint",
    title="Restraint and your role",
    topics=("restraint",),
    users=("psw",),
    asks=("Can I say no to restraint?", "Do I need restraint training?", "What after a restraint?"),
    lead=(
        BriefSentence(
            text="No English rule in this library says that you must restrain, and none says that"
            " you must not.",
            notes=("uofa-2018-act-9",),
        ),
        BriefSentence(
            text="Nobody should do it untrained.", notes=("uofa-2018-act-6", "hcsw-code-england-2")
        ),
    ),
    practice=(
        PracticeLine(text="Ask to see the unit's policy.", notes=("uofa-2018-act-3",)),
        PracticeLine(text="Say when a task is not yours.", notes=("hcsw-code-england-2",)),
    ),
    contested=("peers-and-restraint",),
    not_settled=(
        BriefSentence(
            text="Whether peers reduce restraint rests on one German comparison.",
            notes=("badouin-2023-restraint-3",),
        ),
    ),
    answers=(
        BriefAnswer(
            asks=("Can I be disciplined for saying no?", "trouble for refusing"),
            answer=(
                BriefSentence(text="The code asks you to say so.", notes=("hcsw-code-england-2",)),
            ),
            answering=("uofa-2018-act-3",),
            bearing=("gone-note", "badouin-2023-restraint-3"),
        ),
    ),
    written=dt.date(2026, 11, 21),
    review_by=dt.date(2027, 11, 21),
)


@dataclass(frozen=True)
class FakeLibrary:
    """A library of six sources and one brief."""

    sources: dict[str, Source] = field(default_factory=lambda: {s.id: s for s in SOURCES})
    notes: dict[str, Note] = field(default_factory=lambda: dict(NOTES))
    note_source: dict[str, Source] = field(default_factory=lambda: dict(NOTE_SOURCE))
    briefs: dict[str, Brief] = field(default_factory=lambda: {BRIEF.id: BRIEF})
    contested: dict[str, Contested] = field(default_factory=lambda: {CONTESTED.id: CONTESTED})
    topics: dict[str, str] = field(default_factory=lambda: {"restraint": "Restraint and force"})


class FakeAssistant:
    """Answers by looking for a word in the question; remembers how it was asked."""

    def __init__(self) -> None:
        self.library = FakeLibrary()
        self._home = TemporaryDirectory(prefix="fake-assistant-")
        self.settings = read_settings(home=Path(self._home.name))
        self.shelf: Any = None
        self.asked: list[tuple[str, tuple[Turn, ...], Filters | None]] = []
        self.error: Exception | None = None
        self.chat_model: Address | None = None

    def ask(
        self,
        question: str,
        history: Sequence[Turn] = (),
        filters: Filters | None = None,
        user: User | None = None,
        **told: Any,
    ) -> Answer:
        self.asked.append((question, tuple(history), filters))
        if self.error:
            raise self.error
        makers = {
            "be around": crisis_self,
            "voicemail": crisis_other,
            "olanzapine": declined,
            "how many": unknown,
            "see the notes": clarify,
        }
        for word, make in makers.items():
            if word in question.lower():
                return make(question)
        return restraint(question)

    def screen(self, question: str) -> Screening:
        return Screening(outcome=None, reason=None, risk_subject="none")

    def search(self, query: str, top: int = 10, filters: Filters | None = None) -> list[Evidence]:
        return []

    def signposts(self, reason: str, text: str = "") -> tuple[Signpost, ...]:
        return HELP

    def example_questions(self, user: User) -> list[str]:
        return list(tomllib.loads(EXAMPLES.read_text(encoding="utf-8"))[user])
