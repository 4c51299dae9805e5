"""An exercise as papers: the facilitator's version with everything, the learners' without answers,
rubric and consequences; and feedback on a learner's answer as a paper."""

from __future__ import annotations

from collections.abc import Sequence

from assistant.exports.keeping import recorded
from assistant.exports.notes import lines_of
from assistant.exports.records import (
    Block,
    Bullets,
    Heading,
    PageBreak,
    Paper,
    Paragraph,
    Table,
    Words,
    plain,
)
from assistant.exports.records import Line as PaperLine
from assistant.presentation.words import SETTING_WORDS
from assistant.scenarios.exercise import Argument, Exercise, Line, Side, Step, Story
from assistant.scenarios.feedback import VERDICT_HEADINGS, Feedback, LineFeedback
from assistant.scenarios.records import LEARNER_WORDS, LEVEL_WORDS
from assistant.schema import Citation, Statement

POSITION_SHARES = (0.3, 0.22, 0.48)
SHOWN = 2
"""Notes of a position whose words the facilitator reads; learners read one."""


def facilitator_paper(exercise: Exercise) -> Paper:
    """The whole exercise, for the one who runs it."""
    blocks: list[Block] = [
        Paragraph(plain(exercise.made_up), "small"),
        _glance(exercise),
    ]
    if exercise.notes:
        blocks += [Heading("Before you use it", 2), Bullets(tuple(map(plain, exercise.notes)))]
    blocks += [
        _timetable(exercise),
        Heading("Before you begin"),
        Paragraph((Words("Say first. ", bold=True), Words(exercise.before))),
        Paragraph(plain(_fixed(exercise, "care"))),
        Paragraph(plain(_fixed(exercise, "local"))),
    ]
    for number, story in enumerate(exercise.stories):
        blocks += _facilitator_story(exercise, story, number)
    if exercise.debate:
        blocks += _debate(exercise.debate, _fixed(exercise, "contested"), facilitator=True)
    blocks += _closing(exercise)
    if exercise.from_country:
        blocks += [
            Heading(f"From {exercise.country}"),
            Paragraph(
                plain(_fixed(exercise, "foreign").replace("{country}", exercise.country)), "small"
            ),
            Bullets(tuple(_said(statement) for statement in exercise.from_country)),
        ]
    return _paper(exercise, "Facilitator’s version", blocks)


def learner_paper(exercise: Exercise) -> Paper:
    """What learners get: the story, the decisions, the questions, the positions of a debate."""
    blocks: list[Block] = [
        Paragraph(plain(exercise.made_up), "small"),
        Paragraph(plain(exercise.before)),
    ]
    for number, story in enumerate(exercise.stories):
        blocks += _learner_story(exercise, story, number)
    if exercise.debate and exercise.debate.plan:
        blocks += _debate(exercise.debate, _fixed(exercise, "contested"), facilitator=False)
    blocks += [
        Heading("At the end"),
        Bullets(tuple(map(plain, exercise.debrief))),
        *(Paragraph(plain(text)) for text in exercise.aftercare),
    ]
    blocks += _competences(exercise)
    return _paper(exercise, "Learners’ version", blocks)


def _paper(exercise: Exercise, version: str, blocks: Sequence[Block]) -> Paper:
    topics = "; ".join(exercise.topic_words)
    paper = Paper(
        title=exercise.title,
        subtitle=f"{version} · {topics} · {exercise.minutes} minutes",
        blocks=tuple(blocks),
        citations=_cited(exercise, blocks),
        footer=f"{version} · exercise {exercise.id}, seed {exercise.seed}",
    )
    return recorded(paper, f"{exercise.title} ({version.lower()})", exercise.library_version)


def _cited(exercise: Exercise, blocks: Sequence[Block]) -> tuple[Citation, ...]:
    """The citations that some blocks carry; learners' papers hold fewer than the exercise."""
    used = {n for line in lines_of(tuple(blocks)) for words in line for n in words.cites}
    return tuple(citation for citation in exercise.citations if citation.n in used)


# ---------------------------------------------------------------- the head


def _glance(exercise: Exercise) -> Table:
    rows = [
        ("For", f"{LEARNER_WORDS[exercise.learners]}; {LEVEL_WORDS[exercise.level]}"),
        ("Topics", "; ".join(exercise.topic_words)),
        ("Setting", SETTING_WORDS[exercise.setting]),
        ("Country", exercise.country),
        ("Time", f"{exercise.minutes} minutes"),
    ]
    return Table(
        "At a glance",
        ("What", "This exercise"),
        tuple((plain(what), plain(words)) for what, words in rows),
        (0.2, 0.8),
    )


def _timetable(exercise: Exercise) -> Table:
    rows = tuple(
        (plain(f"{slot.start}–{slot.end}"), plain(str(slot.end - slot.start)), plain(slot.what))
        for slot in exercise.timetable
    )
    return Table(
        f"Timetable: {exercise.minutes} minutes",
        ("From–to", "Minutes", "What"),
        rows,
        (0.16, 0.14, 0.7),
    )


def _fixed(exercise: Exercise, key: str) -> str:
    return exercise.fixed[key]


# ---------------------------------------------------------------- the story


def _scene(story: Story, event_first: bool) -> list[Block]:
    """Scene and people; the first event ahead of them, where the story is met from its middle."""
    first: list[Block] = []
    if event_first:
        first = [
            Paragraph(plain(_lettered("What happens first", story.place)), "label"),
            Paragraph(plain(story.steps[0].event)),
            Paragraph(plain("How it came to that"), "label"),
        ]
    else:
        first = [Paragraph(plain(story.place), "label")]
    people = Bullets(tuple((Words(f"{p.name}: ", bold=True), Words(p.who)) for p in story.people))
    return [*first, Paragraph(plain(story.scene)), Paragraph(plain("Roles"), "label"), people]


def _lettered(words: str, place: str) -> str:
    return f"{words} · {place}"


def _story_heading(exercise: Exercise, story: Story, number: int) -> str:
    if len(exercise.stories) == 1:
        return "The story"
    return f"{'First' if not number else 'Second'} story: {story.title}"


def _facilitator_story(exercise: Exercise, story: Story, number: int) -> list[Block]:
    opening = exercise.opening
    event_first = opening.event_first and not number
    blocks: list[Block] = [Heading(_story_heading(exercise, story, number))]
    if not number:
        blocks += [
            Paragraph((Words(f"{opening.title}. ", bold=True), Words(opening.learner))),
            Paragraph(plain(opening.facilitator), "small"),
            Paragraph(plain(exercise.fixed["role_play"]), "small"),
        ]
    blocks += _scene(story, event_first)
    for step in story.steps:
        blocks += _facilitator_step(step, story, event_first)
    blocks += [Heading("Questions for the group", 2), _numbered(story.questions)]
    blocks += [
        Heading("Points that a good answer makes", 2),
        Paragraph(plain(exercise.fixed["grading"]), "small"),
        Bullets(tuple(_shown(line) for line in story.answers)),
        Heading("Listening for the points", 2),
        _rubric(story),
    ]
    return blocks


def _step_title(step: Step, story: Story) -> str:
    return "The decision" if len(story.steps) == 1 else f"Decision {step.number}"


def _facilitator_step(step: Step, story: Story, event_first: bool) -> list[Block]:
    blocks: list[Block] = [Heading(f"{_step_title(step, story)} ({step.minutes} minutes)", 2)]
    if not (event_first and step.number == 1):
        blocks.append(Paragraph(plain(step.event)))
    rows = tuple((plain(choice.text), plain(choice.leads_to)) for choice in step.choices)
    return [
        *blocks,
        Paragraph((Words(step.decision, bold=True),)),
        Paragraph((Words(f"{step.way}. ", bold=True), Words(step.learner))),
        Paragraph(plain(step.facilitator), "small"),
        Table(
            "What somebody might do, and where it leads",
            ("Answer", "What then"),
            rows,
            (0.45, 0.55),
        ),
    ]


def _learner_story(exercise: Exercise, story: Story, number: int) -> list[Block]:
    opening = exercise.opening
    event_first = opening.event_first and not number
    blocks: list[Block] = [PageBreak()] if number else []
    blocks.append(Heading(_story_heading(exercise, story, number)))
    if not number:
        blocks.append(Paragraph((Words(f"{opening.title}. ", bold=True), Words(opening.learner))))
    blocks += _scene(story, event_first)
    for step in story.steps:
        blocks.append(Heading(_step_title(step, story), 2))
        if not (event_first and step.number == 1):
            blocks.append(Paragraph(plain(step.event)))
        blocks.append(Paragraph((Words(step.decision, bold=True),)))
        blocks.append(Paragraph((Words(f"{step.way}. ", bold=True), Words(step.learner))))
        if step.shows_choices:
            blocks.append(Bullets(tuple(plain(choice.text) for choice in step.choices)))
    return [*blocks, Heading("Questions for the group", 2), _numbered(story.questions)]


def _numbered(texts: Sequence[str]) -> Bullets:
    return Bullets(tuple(map(plain, texts)), numbered=True)


def _rubric(story: Story) -> Table:
    rows = tuple(
        (
            (*_shown(point.line), Words(" Read next: ", italic=True), *_said(point.read)),
            plain(_quoted(point.found)),
            plain(_quoted(point.partly)),
            plain(_quoted(point.contradicts)),
        )
        for point in story.rubric
    )
    return Table(
        "Does an answer make the point?",
        ("The point", "Makes it", "Comes near", "Says the opposite"),
        rows,
        (0.34, 0.26, 0.2, 0.2),
    )


def _quoted(texts: Sequence[str]) -> str:
    return " ".join(f"“{text}”" for text in texts[:2])


# ---------------------------------------------------------------- debate and end


def _debate(argument: Argument, fixed: str, *, facilitator: bool) -> list[Block]:
    title = "Debate: where sources disagree" if argument.plan else "Where sources disagree"
    blocks: list[Block] = [
        Heading(title),
        Paragraph((Words(argument.question, bold=True),)),
        Paragraph(plain(fixed)),
        Table(
            "Positions" if not argument.plan else "A position for each group",
            ("Position", "Who holds it", "What it rests on"),
            tuple(_side(side, SHOWN if facilitator else 1) for side in argument.sides),
            POSITION_SHARES,
        ),
    ]
    if argument.plan:
        blocks.append(_numbered(argument.plan))
        if facilitator:
            blocks.append(Paragraph(plain(argument.close)))
    return blocks


def _side(side: Side, shown: int) -> tuple[PaperLine, ...]:
    """A position, who holds it, and the words of the first notes that show it."""
    numbers = tuple(n for statement in side.statements for n in statement.citations)
    return (
        (Words(side.position, cites=numbers),),
        plain(side.held_by),
        tuple(Words(f"{s.text} ", cites=s.citations) for s in side.statements[:shown]),
    )


def _closing(exercise: Exercise) -> list[Block]:
    return [
        Heading("Debrief"),
        Paragraph(plain(exercise.debrief_first)),
        Bullets(tuple(map(plain, exercise.debrief))),
        Heading("Aftercare"),
        *(Paragraph(plain(text)) for text in exercise.aftercare),
        *_competences(exercise),
    ]


def _competences(exercise: Exercise) -> list[Block]:
    return [
        Heading("Competences touched"),
        Bullets(tuple(_shown(line) for line in exercise.competences)),
    ]


def _shown(line: Line) -> PaperLine:
    return plain(line.text, *line.statement.citations)


def _said(statement: Statement) -> PaperLine:
    return plain(statement.text, *statement.citations)


# ---------------------------------------------------------------- feedback


def feedback_paper(found: Feedback, answer: str) -> Paper:
    """What an answer touched, with the answer itself.

    Args:
        found: as it was told; what stands first for somebody in danger is for the screen alone.
        answer: in the learner's words, as ``feedback.answer_text`` gives it.
    """
    blocks: list[Block] = [
        Paragraph(plain(found.about), "small"),
        Heading("The answer"),
        *(Paragraph(plain(part)) for part in answer.splitlines() if part),
    ]
    for verdict, title in VERDICT_HEADINGS.items():
        held = [line for line in found.lines if line.verdict == verdict]
        if held:
            blocks += [Heading(title), Bullets(tuple(map(_touched, held)))]
    return Paper(
        title="What an answer touched",
        subtitle=found.title,
        blocks=tuple(blocks),
        citations=found.citations,
        footer="No grade; a person has the last word.",
    )


def _touched(line: LineFeedback) -> PaperLine:
    quoted = (Words(f" In the answer: “{line.words}”."),) if line.words else ()
    return (
        *_said(line.point),
        *quoted,
        Words(" Read next: ", italic=True),
        *_said(line.read),
    )
