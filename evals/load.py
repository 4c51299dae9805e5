"""Measures the page under many people at once: they ask over the protocol that a browser speaks.

    python -m evals.load [PEOPLE=25] [ADDRESS=http://127.0.0.1:7860]

Starts the real server (with the home and library of the settings, without sign-in), and lets people
come in within a few seconds of each other; each opens the page and asks four questions with time to
think between them. Prints how long the page, the first word of what is happening, the first
evidence and the whole answer took, what failed, and how much memory the server held. With an
address, a server that runs already is asked; its memory is not known then.

Run it on a machine that does nothing else, or read the load average beside the figures.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import numpy as np

from assistant.runs import usable_cores
from assistant.settings import read_settings
from evals.cases import load_cases

PEOPLE, QUESTIONS = 25, 4
COME_IN_SECONDS = 5.0
THINKING = (3.0, 10.0)
"""Seconds between an answer and the next question, at least and at most."""
PATIENCE = 120.0
"""Seconds after which somebody gives up on an answer."""
START_SECONDS = 300.0


class Failed(Exception):
    """A question was not answered; says why."""


@dataclass
class Figures:
    """Seconds, by what was waited for, and what went wrong."""

    page: list[float] = field(default_factory=list)
    stage: list[float] = field(default_factory=list)
    evidence: list[float] = field(default_factory=list)
    answer: list[float] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Form:
    """How the page asks: the number of the function, what it is given, which input is the box."""

    function: int
    inputs: tuple[Any, ...]
    box: int

    def event(self, question: str, page: str) -> dict[str, Any]:
        """What the browser sends for a question."""
        data = [question if i == self.box else held for i, held in enumerate(self.inputs)]
        return {
            "data": data,
            "event_data": None,
            "fn_index": self.function,
            "trigger_id": None,
            "session_hash": page,
        }


def form_of(config: dict[str, Any]) -> Form:
    """The function that listens to the box, from what the page says about itself.

    Raises:
        LookupError: the page has no box that asks.
    """
    parts = {part["id"]: part for part in config["components"]}
    box = next(i for i, part in parts.items() if part["props"].get("elem_id") == "question")
    for function in config["dependencies"]:
        if [box, "submit"] in [list(t) for t in function["targets"]] and function["backend_fn"]:
            inputs = function["inputs"]
            held = tuple(
                None if parts[i]["type"] == "state" else parts[i]["props"].get("value")
                for i in inputs
            )
            return Form(int(function["id"]), held, inputs.index(box))
    raise LookupError("The page has no box that asks.")


async def asked(http: httpx.AsyncClient, form: Form, question: str, page: str) -> dict[str, float]:
    """Ask as a browser does; seconds until the first stage, the first evidence and the end.

    Raises:
        Failed: the question was refused, or not answered in time.
    """
    began = time.perf_counter()
    found: dict[str, float] = {}
    reply = await http.post("/gradio_api/queue/join", json=form.event(question, page))
    if reply.status_code != 200:
        raise Failed(f"refused ({reply.status_code})")
    event = reply.json()["event_id"]
    try:
        async with asyncio.timeout(PATIENCE):
            async for message in heard(http, page):
                if message.get("event_id") != event:
                    continue
                now = time.perf_counter() - began
                words = json.dumps(message.get("output") or {})
                if "waiting" in words:
                    found.setdefault("stage", now)
                if "data-card" in words or "so-far" in words:
                    found.setdefault("evidence", now)
                if message["msg"] == "process_completed":
                    if not message.get("success"):
                        raise Failed("an error instead of an answer")
                    return found | {"answer": now}
    except TimeoutError:
        raise Failed("no answer in time") from None
    raise Failed("the stream ended early")


async def heard(http: httpx.AsyncClient, page: str) -> AsyncIterator[dict[str, Any]]:
    """What the server tells an open page."""
    address = f"/gradio_api/queue/data?session_hash={page}"
    async with http.stream("GET", address) as stream:
        if stream.status_code != 200:
            raise Failed(f"not told ({stream.status_code})")
        async for line in stream.aiter_lines():
            if line.startswith("data: "):
                yield json.loads(line[6:])


async def visit(
    address: str, questions: Sequence[str], figures: Figures, chance: random.Random
) -> None:
    """One person: opens the page, keeps it open, asks."""
    await asyncio.sleep(chance.uniform(0, COME_IN_SECONDS))
    page = f"{chance.getrandbits(60):x}"
    limits = httpx.Limits(max_connections=8)
    async with httpx.AsyncClient(base_url=address, timeout=PATIENCE, limits=limits) as http:
        began = time.perf_counter()
        try:
            (await http.get("/")).raise_for_status()
            figures.page.append(time.perf_counter() - began)
            form = form_of((await http.get("/config")).raise_for_status().json())
        except httpx.HTTPError as error:
            figures.failed.append(f"the page: {type(error).__name__}")
            return
        beat = asyncio.create_task(kept_open(http, page))
        for question in questions:
            try:
                took = await asked(http, form, question, page)
            except (Failed, httpx.HTTPError) as error:
                figures.failed.append(str(error) or type(error).__name__)
            else:
                for name, seconds in took.items():
                    getattr(figures, name).append(seconds)
            await asyncio.sleep(chance.uniform(*THINKING))
        beat.cancel()
        with suppress(asyncio.CancelledError, httpx.HTTPError):
            await beat


async def kept_open(http: httpx.AsyncClient, page: str) -> None:
    """The connection that a browser holds as long as the page is open."""
    async with http.stream("GET", f"/gradio_api/heartbeat/{page}", timeout=None) as stream:
        async for _ in stream.aiter_raw():
            pass


async def measured(address: str, people: int, questions: Sequence[str]) -> Figures:
    """Let people come in, and wait until all have gone."""
    figures, chance = Figures(), random.Random(0)
    visits = []
    for number in range(people):
        own = [questions[(number * QUESTIONS + i) % len(questions)] for i in range(QUESTIONS)]
        visits.append(visit(address, own, figures, random.Random(chance.random())))
    await asyncio.gather(*visits)
    return figures


@contextmanager
def server() -> Iterator[tuple[str, int]]:
    """The real server on a free port: its address and its process."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    code = "import sys; from assistant.cli import main; sys.exit(main(sys.argv[1:]))"
    command = [sys.executable, "-c", code, "web", "--port", str(port), "--no-browser"]
    environment = os.environ | {"PEER_SUPPORT_SIGN_IN": "", "PEER_SUPPORT_PUBLIC_ADDRESS": ""}
    process = subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL)
    try:
        yield f"http://127.0.0.1:{port}", process.pid
    finally:
        process.terminate()
        process.wait(20)


def started(address: str) -> tuple[float, float]:
    """Seconds until the page came, and until the first question was answered.

    Raises:
        SystemExit: it did not start.
    """
    began = time.perf_counter()
    while time.perf_counter() - began < START_SECONDS:
        with suppress(httpx.HTTPError):
            if httpx.get(address, timeout=START_SECONDS).status_code == 200:
                break
        time.sleep(0.1)
    else:
        raise SystemExit("The server did not start.")
    page = time.perf_counter() - began
    asyncio.run(_first(address))
    return page, time.perf_counter() - began


async def _first(address: str) -> None:
    async with httpx.AsyncClient(base_url=address, timeout=PATIENCE) as http:
        form = form_of((await http.get("/config")).json())
        await asked(http, form, "Who should supervise me?", "first")


def memory(process: int) -> str:
    """What a process holds and the most it held, where the system tells."""
    with suppress(OSError):
        lines = Path(f"/proc/{process}/status").read_text(encoding="utf-8").splitlines()
        held = {
            line.split(":")[0]: int(line.split()[1]) // 1024
            for line in lines
            if "VmRSS" in line or "VmHWM" in line
        }
        return f"memory of the server: {held['VmRSS']:,} MB, at most {held['VmHWM']:,} MB"
    return "memory of the server: not known here"


def table(figures: Figures) -> str:
    """Median and p95 of what was waited for, and what failed."""
    rows = [f"{'':22}{'median':>9}{'p95':>9}{'longest':>9}{'times':>7}"]
    for name, words in (
        ("page", "page"),
        ("stage", "first stage"),
        ("evidence", "first evidence"),
        ("answer", "whole answer"),
    ):
        found = getattr(figures, name)
        if not found:
            rows.append(f"{words:22}{'none':>9}")
            continue
        middle, late = (float(np.quantile(found, share)) for share in (0.5, 0.95))
        rows.append(f"{words:22}{middle:8.2f}s{late:8.2f}s{max(found):8.2f}s{len(found):7}")
    counted = {what: figures.failed.count(what) for what in sorted(set(figures.failed))}
    said = ", ".join(f"{count} {what}" for what, count in counted.items()) or "nothing"
    return "\n".join([*rows, f"failed: {said}"])


def report(address: str, people: int, process: int | None) -> int:
    """Measure and print; 1 where anything failed."""
    if process is not None:
        page, first = started(address)
        print(f"started: page after {page:.1f} s, first answer after {first:.1f} s")
        print(memory(process))
    cases = load_cases("answers", "dev", read_settings().corpus).cases
    questions = [case.asked for case in cases]
    random.Random(0).shuffle(questions)
    began = time.perf_counter()
    figures = asyncio.run(measured(address, people, questions))
    took = time.perf_counter() - began
    load = f"load average {os.getloadavg()[0]:.1f}, {usable_cores()} cores"
    print(f"{people} people, {QUESTIONS} questions each, in {took:.0f} s ({load})")
    print(table(figures))
    if process is not None:
        print(memory(process))
    return int(bool(figures.failed))


def main(arguments: Sequence[str]) -> int:
    """Measure and print."""
    given = dict(argument.partition("=")[::2] for argument in arguments if "=" in argument)
    plain = [argument for argument in arguments if "=" not in argument]
    people = int(given.get("PEOPLE") or (plain[0] if plain else PEOPLE))
    if given.get("ADDRESS"):
        return report(given["ADDRESS"], people, None)
    with server() as (address, process):
        return report(address, people, process)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
