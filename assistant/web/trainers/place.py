"""The place "For trainers" in Gradio: which parts it has, and what each event changes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Protocol, cast

import gradio as gr

from assistant.assembly.trainers import Trainers
from assistant.interface import Texts
from assistant.web import views
from assistant.web.channel import channel, data_of, markup, on
from assistant.web.desk import Assistant
from assistant.web.services import Services
from assistant.web.trainers.desk import Shown, TrainersDesk
from assistant.web.trainers.forms import front, heading, reading_situations

Handler = Callable[[Mapping[str, str]], "Shown | Iterator[Shown]"]


class _WithTrainers(Protocol):
    """An assistant that brings its tools for trainers."""

    @property
    def trainers(self) -> Trainers:
        """What makes exercises."""


def trainers_place(assistant: Assistant, texts: Texts, services: Services) -> None:
    """The place with its parts: a front, and three views of which the script shows one."""
    # Tools are opened when somebody comes here first: the page starts without them.
    desk = TrainersDesk(lambda: cast(_WithTrainers, assistant).trainers, services.downloads, texts)
    with gr.Column(elem_id="place-trainers", elem_classes=["place"]):
        markup(str(front(texts)), "trainers-front")
        _view("exercise", texts, desk.open_exercise, desk.make_exercise, desk.take_exercise)
        _view("feedback", texts, desk.open_feedback, desk.read_answer, desk.take_feedback)
        _view("course", texts, desk.open_course, desk.make_course, desk.take_course)


def _view(name: str, texts: Texts, opened: Handler, made: Handler, taken: Handler) -> None:
    """One view: its heading, a form, and what was made: what to do with it, files that were asked
    for, and all of it."""
    talk = channel(f"trainers-{name}")
    with gr.Column(elem_id=f"trainers-{name}", elem_classes=["trainers-view"]):
        markup(str(heading(name, texts)), f"trainers-{name}-heading")
        form = markup(str(reading_situations(texts)), f"trainers-{name}-form")
        head = markup("", f"trainers-{name}-made")
        files = markup("", f"trainers-{name}-files")
        body = markup("", f"trainers-{name}-body")
        said = markup(str(views.announcement("")), f"trainers-{name}-said")
    outputs = [form, head, files, body, said]
    on(talk.select, _handles(opened), outputs, "trainersOpened")
    on(talk.submit, _handles(made), outputs, "trainersMade")
    on(talk.download, _handles(taken), outputs, "trainersTaken")


def _handles(handler: Handler) -> Callable[[gr.EventData], Iterator[tuple[Any, ...]]]:
    def handle(event: gr.EventData) -> Iterator[tuple[Any, ...]]:
        found = handler(data_of(event))
        yield from map(_parts, (found,) if isinstance(found, Shown) else found)

    return handle


def _parts(shown: Shown) -> tuple[Any, ...]:
    """What the outputs show; what stays as it is, is not sent again."""
    parts: Iterable[str | None] = (shown.form, shown.made, shown.files, shown.body, shown.said)
    return tuple(gr.skip() if part is None else part for part in parts)
