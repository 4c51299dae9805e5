"""The command line, run in process on a small library of its own; only the model is a stand-in."""

from __future__ import annotations

import io
import json
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
import yaml

from assistant import assembly
from assistant.cli import hoisted, main, output
from assistant.cli.progress import STOPPED, BuildProgress
from assistant.indexing.vectors import CachedModel, VectorCache
from assistant.schema import Answer, Statement
from assistant.settings import Settings
from tests.fakes import BagOfWordsEmbeddings

QUESTION = "Who should supervise a peer support worker?"
TOPICS = {"supervision": "Supervision", "lone-working": "Lone working"}
COMMANDS = [
    ["ask"],
    ["search"],
    ["chat"],
    ["verify"],
    ["library"],
    ["library", "list"],
    ["library", "show"],
    ["library", "check"],
    ["library", "stats"],
    ["brief"],
    ["brief", "list"],
    ["brief", "show"],
    ["index"],
    ["index", "build"],
    ["index", "status"],
    ["index", "verify"],
    ["doctor"],
    ["web"],
    ["evaluate"],
]


def _note(source: str, n: int, text: str, topic: str, *asks: str) -> dict[str, Any]:
    return {
        "id": f"{source}-{n}",
        "text": text,
        "topics": [topic],
        "users": ["psw", "manager"],
        "locator": f"Page {n}",
        "stands_as": "recommendation",
        "asks": list(asks),
    }


def _source(number: int, kind: str, country: str, notes: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "id": f"source-{number}",
        "title": f"Paper {number}",
        "authors": [f"Writer {chr(64 + number)}"],
        "year": 2010 + number,
        "published_in": None,
        "kind": kind,
        "jurisdiction": country,
        "settings": ["any"],
        "who_speaks": "peer-led",
        "status": "current",
        "licence": "unknown",
        "basis": "abstract",
        "read_from": ["https://example.org/paper"],
        "checked": "2026-11-01",
        "notes": notes,
    }


def _sources() -> Iterator[dict[str, Any]]:
    supervise = "A peer support worker should be supervised by an experienced peer"
    asks = (QUESTION, "who supervises peer support workers")
    alone = ("Can I visit people at home alone?", "lone working at home visits")
    places = ["England", "England", "UK", "Australia", "England", "England"]
    kinds = ["toolkit", "trial", "survey", "survey", "opinion", "legislation"]
    for number, (country, kind) in enumerate(zip(places, kinds, strict=True), 1):
        name = f"source-{number}"
        said = f"{supervise}, says paper {number}" + (
            " from Australia." if country == "Australia" else "."
        )
        notes = [_note(name, 1, said, "supervision", *asks)]
        if number > 4:
            text = f"Home visits alone need a plan, says paper {number}."
            notes.append(_note(name, 2, text, "lone-working", *alone))
        yield _source(number, kind, country, notes)


def _write_corpus(folder: Path) -> None:
    def put(name: str, data: Any) -> None:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(yaml.safe_dump(data, sort_keys=False), encoding="utf-8")

    for source in _sources():
        put(f"sources/{source['id']}.yaml", source)
    put("topics.yaml", TOPICS)
    moved = {"old-note": "source-1-1", "dropped-note": None}
    put("merged-ids.yaml", {"sources": {"old-source": "source-2"}, "notes": moved})
    sides = [
        {"position": f"A {who} should.", "held_by": f"Writer {who}", "notes": [note]}
        for who, note in (("peer", "source-1-1"), ("nurse", "source-2-1"))
    ]
    put(
        "contested/who.yaml",
        {
            "id": "who",
            "question": "Who supervises?",
            "topics": ["supervision"],
            "asks": ["peer or nurse as supervisor", "which profession supervises"],
            "positions": sides,
        },
    )
    lead = [
        {"text": "An experienced peer should supervise.", "notes": ["source-1-1"]},
        {"text": "An Australian paper agrees.", "notes": ["source-4-1"]},
    ]
    put(
        "briefs/supervision.yaml",
        {
            "id": "supervision",
            "title": "Supervision",
            "topics": ["supervision"],
            "users": ["psw"],
            "asks": ["supervision in short", "what is supervision for", "my supervisor"],
            "lead": lead,
            "practice": [{"text": "Ask who supervises you.", "notes": ["source-3-1"]}],
            "contested": ["who"],
            "not_settled": [{"text": "Nobody settled how often.", "notes": ["source-2-1"]}],
            "answers": [
                {
                    "asks": ["how often", "how many times"],
                    "answer": lead[:1],
                    "bearing": ["source-2-1"],
                }
            ],
            "written": "2026-11-01",
            "review_by": "2090-01-01",
        },
    )


@pytest.fixture(scope="session")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("library")
    _write_corpus(folder)
    return folder


def _fake_vector_model(settings: Settings) -> CachedModel:
    cache = VectorCache(settings.home / "vectors.sqlite")
    return CachedModel(BagOfWordsEmbeddings, assembly.BUNDLED_IDENTITY, cache)


@pytest.fixture(autouse=True)
def quiet_world(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No variables and no settings file of whoever runs the tests; no weights."""
    for name in [name for name in os.environ if name.startswith("PEER_SUPPORT_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(assembly, "vector_model", _fake_vector_model)


@pytest.fixture(scope="session")
def built_home(library: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(assembly, "vector_model", _fake_vector_model)
        assembly.build(Settings(home=home, corpus=library))
    return home


@dataclass(frozen=True)
class Ran:
    """What a command gave."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


Run = Callable[..., Ran]


@pytest.fixture
def run(library: Path, built_home: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run a command on the small library and its index."""

    def call(*args: str, home: Path = built_home, corpus: Path = library) -> Ran:
        code = main(["--home", str(home), "--corpus", str(corpus), *args])
        said = capsys.readouterr()
        assert "Traceback" not in said.err
        return Ran(code, said.out, said.err)

    return call


@pytest.fixture
def stdin(monkeypatch: pytest.MonkeyPatch) -> Callable[[bytes], None]:
    def give(data: bytes) -> None:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data), encoding="utf-8"))

    return give


@pytest.fixture
def broken(library: Path, tmp_path: Path) -> Path:
    """A library with one source cut short."""
    folder = tmp_path / "broken"
    shutil.copytree(library, folder)
    path = folder / "sources" / "source-3.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("kind: survey", "kind: surve"))
    return folder


def _lines(text: str) -> list[str]:
    return [line for line in text.splitlines() if line.strip()]


# ---------------------------------------------------------------- help and wrong calls


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_help_has_an_example(command: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*command, "--help"]) == 0
    said = capsys.readouterr().out
    assert f"Example: peer-support {command[0]}" in said
    assert len(command) == 1 or f"peer-support {' '.join(command)}" in said


def test_help_needs_no_heavy_module() -> None:
    heavy = "numpy chromadb onnxruntime gradio langchain langchain_core pydantic_settings torch"
    code = (
        "import sys, time\nbegan = time.perf_counter()\nfrom assistant.cli import main\n"
        "assert main(['--help']) == 0\nspent = time.perf_counter() - began\n"
        f"loaded = [m for m in {heavy.split()!r} if m in sys.modules]\n"
        "assert not loaded, loaded\nassert spent < 1, spent\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "Commands:" in done.stdout


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["bogus"], "No such command"),
        (["ask"], "Missing argument"),
        (["ask", "x", "--bogus"], "No such option"),
        (["search", "x", "--top", "0"], "--top"),
        (["library", "bogus"], "No such command"),
    ],
)
def test_wrong_calls_end_with_2(run: Run, args: list[str], said: str) -> None:
    ran = run(*args)
    assert ran.code == 2
    assert said in ran.err
    assert not ran.out
    assert "╭" not in ran.err


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out.startswith("peer-support ")


def test_global_options_may_stand_anywhere() -> None:
    words = ["ask", "q", "--home", "h", "--debug", "--corpus=c", "--", "--debug"]
    assert hoisted(words) == ["--debug", "--home", "h", "--corpus=c", "ask", "q", "--", "--debug"]


# ---------------------------------------------------------------- ask and search


def test_ask_prints_the_answer_as_text(run: Run) -> None:
    ran = run("ask", QUESTION)
    assert ran.code == 0
    assert "experienced peer" in ran.out
    assert "Sources" in ran.out
    assert ran.err == ""


def test_ask_json_is_the_answer_and_verifies(run: Run, tmp_path: Path) -> None:
    ran = run("ask", QUESTION, "--json", "--user", "PSW")
    assert ran.code == 0
    answer = Answer.model_validate(ran.json)
    assert answer.outcome in {"answered", "partial"}
    saved = tmp_path / "answer.json"
    saved.write_text(ran.out, encoding="utf-8")
    checked = run("verify", str(saved), "--json")
    assert checked.code == 0
    assert checked.json["ok"] is True


def test_ask_markdown_and_explain(run: Run) -> None:
    ran = run("ask", QUESTION, "--markdown", "--explain")
    assert ran.out.startswith(f"# {QUESTION[:-1]}")
    assert "Support: " in ran.err
    assert "source-1-1" in ran.err


def test_ask_reads_standard_input(run: Run, stdin: Callable[[bytes], None]) -> None:
    stdin(QUESTION.encode())
    assert "experienced peer" in run("ask", "-", "--kind", "toolkit").out


@pytest.mark.parametrize(
    ("data", "said"),
    [(b"\xff\xfe why", "not UTF-8"), (b"a" * 200_001, "200,000 bytes"), (b" \n", "empty")],
)
def test_ask_refuses_unusable_input(
    run: Run, stdin: Callable[[bytes], None], data: bytes, said: str
) -> None:
    stdin(data)
    ran = run("ask", "-")
    assert (ran.code, ran.out) == (2, "")
    assert said in ran.err


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["ask", ""], "The question is empty."),
        (["ask", "?!"], "The question is empty."),
        (["search", "  "], "The question is empty."),
        (["ask", "a" * 50_000], "50,000 characters"),
        (["ask", "why " * 700], "2,799 characters"),
        (["ask", "a\udcff"], "not UTF-8"),
        (["ask", "x", "--json", "--markdown"], "cannot both"),
        (["ask", "x", "--kind", "trail"], "The nearest: trial."),
        (["ask", "x", "--topic", "supervison"], "The nearest: supervision."),
        (["ask", "x", "--country", "Atlantis"], "Known: Australia, England, UK."),
        (["ask", "x", "--user", "managr"], "The nearest: manager."),
        (["search", "x", "--setting", "inpatiant"], "The nearest: inpatient."),
        (["ask", "x", "--year-from", "2020", "--year-to", "2010"], "No year"),
    ],
)
def test_questions_and_filters_that_cannot_be_used(run: Run, args: list[str], said: str) -> None:
    ran = run(*args)
    assert (ran.code, ran.out) == (2, "")
    assert said in ran.err
    assert 1 <= len(_lines(ran.err)) <= 2


def test_a_failed_answer_ends_with_1(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def breaks(*_: object) -> None:
        raise RuntimeError

    monkeypatch.setattr("assistant.screening.Screener.screen", breaks)
    ran = run("ask", QUESTION, "--json")
    assert ran.code == 1
    assert ran.json["outcome"] == "failed"


def test_search_lists_evidence_under_filters(run: Run) -> None:
    args = ["search", "supervise peer", "--country", "australia", "--year-from", "2012"]
    found = run(*args, "--json").json
    assert [row["source_id"] for row in found] == ["source-4"]
    assert {"evidence_id", "text", "score", "parts", "rank"} <= set(found[0])
    assert "source-4-1" in run(*args).out
    assert len(run("search", "supervise peer", "--top", "2", "--json").json) == 2


def test_missing_index_is_built_and_said(run: Run, tmp_path: Path) -> None:
    ran = run("search", "supervise", "--json", home=tmp_path / "new")
    assert ran.code == 0
    assert "index of the library is being built" in ran.err
    assert ran.json


def test_index_that_does_not_fit_is_refused(run: Run, library: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    shutil.copytree(library, other)
    topics = other / "topics.yaml"
    topics.write_text(topics.read_text(encoding="utf-8") + "pay: Pay\n", encoding="utf-8")
    for command in (["ask", QUESTION], ["search", "x"], ["chat"]):
        ran = run(*command, corpus=other)
        assert ran.code == 1
        assert "peer-support index build" in ran.err
    assert run("index", "status", "--json", corpus=other).json["fits"] is False


def test_broken_source_is_named(run: Run, broken: Path, tmp_path: Path) -> None:
    for command in (["ask", QUESTION], ["index", "build"], ["library", "stats"]):
        ran = run(*command, corpus=broken, home=tmp_path / "none")
        assert (ran.code, ran.out) == (1, "")
        assert "sources/source-3.yaml: kind" in ran.err


# ---------------------------------------------------------------- chat


def test_chat_over_a_pipe(run: Run, stdin: Callable[[bytes], None], tmp_path: Path) -> None:
    saved = tmp_path / "kept.json"
    lines = [
        "/sources",
        QUESTION,
        "?",
        "/sources",
        "/save kept.txt",
        f"/save {saved}",
        f"/save {saved}",
        "/bogus",
        "/new",
        "/quit",
        "Can I visit people at home alone?",
    ]
    stdin("\n".join(lines).encode() + b"\n")
    ran = run("chat")
    assert ran.code == 0
    assert "There is no answer yet." in ran.err
    assert "Paper 1" in ran.out
    assert "Home visits" not in ran.out
    for said in (".json or .md", "Saved to", "is there already", "no /bogus", "is empty"):
        assert said in ran.err
    assert Answer.model_validate_json(saved.read_bytes()).question == QUESTION


def test_chat_keeps_the_conversation(run: Run, stdin: Callable[[bytes], None]) -> None:
    stdin(f"{QUESTION}\nand who else?\n/new\nand who else?\n".encode())
    answers = [json.loads(line) for line in run("chat", "--json").out.splitlines()]
    assert answers[1]["standalone_question"].startswith(QUESTION)
    assert answers[2]["standalone_question"] == "and who else?"


# ---------------------------------------------------------------- verify


def test_verify_names_each_changed_statement(run: Run, tmp_path: Path) -> None:
    answer = Answer.model_validate(run("ask", QUESTION, "--json").json)
    first, *others = answer.summary
    changed = Statement.model_validate(first.model_dump() | {"text": "Anybody may do it."})
    saved = tmp_path / "changed.json"
    saved.write_text(
        answer.model_copy(update={"summary": (changed, *others)}).model_dump_json(), "utf-8"
    )
    ran = run("verify", str(saved))
    assert ran.code == 1
    assert "summary.0: " in ran.out
    assert "1 of " in ran.out
    found = run("verify", str(saved), "--json").json
    assert [s["where"] for s in found["statements"] if s["finding"] != "unchanged"] == ["summary.0"]


@pytest.mark.parametrize(
    ("text", "said"),
    [(None, "There is no file"), ("{", "not readable JSON"), ("{}", "not a saved answer")],
)
def test_verify_refuses_what_is_no_answer(
    run: Run, tmp_path: Path, text: str | None, said: str
) -> None:
    path = tmp_path / "saved.json"
    if text is not None:
        path.write_text(text, encoding="utf-8")
    ran = run("verify", str(path))
    assert (ran.code, ran.out) == (2, "")
    assert said in ran.err


# ---------------------------------------------------------------- library and brief


def test_library_list(run: Run) -> None:
    rows = run("library", "list", "--topic", "lone working", "--json").json
    assert [row["id"] for row in rows] == ["source-6", "source-5"]
    assert rows[0]["notes"] == 2
    ran = run("library", "list", "--kind", "survey", "--country", "UK", "--status", "current")
    assert [line.split()[0] for line in ran.out.splitlines()] == ["id", "source-3"]
    assert ran.err == "1 of 6 sources.\n"


def test_library_show_follows_old_ids(run: Run) -> None:
    ran = run("library", "show", "old-note")
    assert ran.err == "old-note was joined to source-1-1.\n"
    assert "experienced peer" in ran.out
    data = run("library", "show", "old-source", "--json").json
    assert (data["record"], data["id"], data["moved_from"]) == ("source", "source-2", "old-source")
    data = run("library", "show", "source-5-2", "--json").json
    assert (data["record"], data["source"]["id"]) == ("note", "source-5")


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("source-55", "The nearest: source-5"),
        ("dropped-note", "was taken out"),
        ("zzz", "There is no"),
    ],
)
def test_library_show_unknown_id(run: Run, name: str, said: str) -> None:
    ran = run("library", "show", name)
    assert (ran.code, ran.out) == (2, "")
    assert said in ran.err


def test_library_check(run: Run, broken: Path, tmp_path: Path) -> None:
    assert run("library", "check", "--json").json == {"ok": True, "faults": [], "unread_notes": []}
    ran = run("library", "check", corpus=broken)
    assert ran.code == 1
    assert any(line.startswith("sources/source-3.yaml: kind: ") for line in ran.out.splitlines())
    paper = tmp_path / "paper.txt"
    paper.write_text(
        "We hold that a peer support worker should be supervised by an experienced one"
    )
    ran = run("library", "check", "--against", str(paper), "--json")
    assert ran.code == 1
    assert all("copied from paper.txt" in fault["message"] for fault in ran.json["faults"])
    assert run("library", "check", "--against", str(tmp_path / "none.txt")).code == 2


def test_library_stats(run: Run) -> None:
    data = run("library", "stats", "--json").json
    assert (data["sources"], data["notes"], data["briefs"], data["contested"]) == (6, 8, 1, 1)
    assert (data["passages"], data["asks"]) == (0, 16)
    assert data["by_country"] == {"England": 4, "Australia": 1, "UK": 1}
    assert data["by_topic"] == {"supervision": 6, "lone-working": 2}
    assert data["by_basis"] == {"abstract": 8}
    assert sum(data["by_year"].values()) == 6
    assert {"by_kind", "by_who_speaks", "by_status", "by_stands_as"} <= set(data)
    assert "by country:" in run("library", "stats").out


def test_brief_list_and_show(run: Run) -> None:
    assert [row["id"] for row in run("brief", "list", "--json").json] == ["supervision"]
    shown = run("brief", "show", "supervision").out
    parts = [
        "An experienced peer",
        "What to do first",
        "Sources disagree",
        "Not settled",
        "\nhow often",
        "Also on this: [source-2-1",
    ]
    places = [shown.index(part) for part in parts]
    assert places == sorted(places)
    assert "source-4-1 (Writer, 2014, Australia)" in shown
    data = run("brief", "show", "supervision", "--json").json
    assert len(data["positions"][0]["positions"]) == 2
    assert data["references"]["source-1-1"]["source_id"] == "source-1"
    assert "The nearest: supervision." in run("brief", "show", "supervison").err


def test_texts_cannot_steer_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    output.put("a\x1b[31mb\u202e")
    output.complain("one\ntwo", "three")
    said = capsys.readouterr()
    assert said.out == "a[31mb\n"
    assert said.err == "one two\nthree\n"


# ---------------------------------------------------------------- index


def test_index_build_status_verify(run: Run, tmp_path: Path) -> None:
    home = tmp_path / "fresh"
    before = run("index", "status", "--json", home=home)
    assert before.code == 1
    assert before.json["present"] is False
    assert not home.exists()
    built = run("index", "build", "--json", home=home)
    assert built.code == 0
    assert built.json["changed"] is True
    assert "is up to date" in run("index", "build", home=home).out
    assert run("index", "status", "--json", home=home).json["fits"] is True
    assert run("index", "verify", home=home).code == 0
    units = home / "index" / built.json["index_id"] / "units.json"
    units.write_text(units.read_text(encoding="utf-8") + " ", encoding="utf-8")
    damaged = run("index", "verify", "--json", home=home)
    assert damaged.code == 1
    assert "damaged" in damaged.json["problem"]
    assert "damaged" in run("index", "verify", home=home).err


def test_interrupted_build_says_what_is_kept(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def interrupted(self: object, texts: Sequence[str]) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(BagOfWordsEmbeddings, "vectors", interrupted)
    for command in (["index", "build"], ["ask", QUESTION]):
        ran = run(*command, home=tmp_path / "new")
        assert ran.code == 130
        assert ran.err.splitlines()[-1] == STOPPED


def test_interrupt_elsewhere(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(folder: Path) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("assistant.corpus.read_library", interrupted)
    ran = run("library", "stats")
    assert (ran.code, ran.err) == (130, "Stopped.\n")


def test_progress_lines(capsys: pytest.CaptureFixture[str]) -> None:
    with BuildProgress() as progress:
        for done in (0, 256, 512, 600):
            progress("Reading", done, 600)
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.splitlines()[1:] == ["Reading: 0 of 600", "Reading: 600 of 600"]


# ---------------------------------------------------------------- doctor, web, evaluate


def test_doctor(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("assistant.embedding.check_weights", lambda folder: None)
    monkeypatch.setattr("assistant.cli.doctor._packages", lambda: iter(()))
    monkeypatch.setenv("PEER_SUPPORT_HOEM", "x")
    ran = run("doctor", "--json")
    found = {check["name"]: check for check in ran.json["checks"]}
    assert found["variables"]["status"] == "warn"
    assert "PEER_SUPPORT_HOME" in found["variables"]["hint"]
    assert found["index"]["status"] == "ok"
    assert found["library"]["status"] == "ok"
    assert found["model"]["status"] == "ok"
    assert ran.json["ok"] is (ran.code == 0)


def test_doctor_never_breaks(
    run: Run, broken: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks(folder: Path) -> None:
        raise RuntimeError("worn out")

    monkeypatch.setattr("assistant.embedding.check_weights", breaks)
    ran = run("doctor", corpus=broken, home=tmp_path / "none")
    assert ran.code == 1
    assert "fail  library: sources/source-3.yaml" in ran.out
    assert "worn out" in ran.out
    assert "warn  index: There is no index" in ran.out
    monkeypatch.setenv("PEER_SUPPORT_PORT", "many")
    ran = run("doctor")
    assert ran.code == 1
    assert "fail  settings" in ran.out


def test_web_rebuilds_and_serves(
    run: Run, library: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    served: list[tuple[object, ...]] = []

    def serve(a: object, host: str, port: int, open_browser: bool) -> None:
        served.append((host, port, open_browser))

    monkeypatch.setattr("assistant.web.server.serve", serve)
    corpus, home = tmp_path / "corpus", tmp_path / "home"
    shutil.copytree(library, corpus)
    args = ["web", "--port", "8123", "--no-browser"]
    assert run(*args, corpus=corpus, home=home).code == 0
    (corpus / "topics.yaml").write_text(yaml.safe_dump(TOPICS | {"pay": "Pay"}))
    ran = run(*args, "--json", corpus=corpus, home=home)
    assert ran.code == 0
    assert "is being built" in ran.err
    assert ran.json == {"host": "127.0.0.1", "port": 8123}
    assert served == [("127.0.0.1", 8123, False)] * 2


def test_web_port_in_use(run: Run) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        ran = run("web", "--port", str(port), "--no-browser")
    assert ran.code == 1
    assert f"Port {port} on 127.0.0.1 cannot be used" in ran.err
    assert "--port" in ran.err


@pytest.mark.parametrize("passed", [True, False])
def test_evaluate(run: Run, monkeypatch: pytest.MonkeyPatch, passed: bool) -> None:
    asked: list[tuple[object, ...]] = []

    def measure(stage: str | None, split: str, settings: Settings, tell: object) -> SimpleNamespace:
        asked.append((stage, split, settings.host))
        return SimpleNamespace(
            passed=passed, table=lambda: "hit@5 0.8", to_json=lambda: {"passed": passed}
        )

    runner = ModuleType("evals.runner")
    runner.run = measure  # type: ignore[attr-defined]
    runner.tell = None  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "evals.runner", runner)
    import evals

    monkeypatch.setattr(evals, "runner", runner, raising=False)
    ran = run("evaluate", "retrieval", "--split", "test")
    assert (ran.code, ran.out) == (0 if passed else 1, "hit@5 0.8\n")
    assert run("evaluate", "--json").json == {"passed": passed}
    assert asked == [("retrieval", "test", "127.0.0.1"), (None, "dev", "127.0.0.1")]
    assert run("evaluate", "retrival").code == 2


def test_evaluate_knows_every_stage() -> None:
    """The command lists stages itself, so that asking for help imports no evaluation."""
    from assistant.cli.evaluate import STAGES
    from evals.cases import STAGE_NAMES

    assert STAGES == STAGE_NAMES


# ---------------------------------------------------------------- the edge


def test_fault_of_the_program(
    run: Run, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def breaks(folder: Path) -> None:
        raise ZeroDivisionError("division by zero")

    monkeypatch.setattr("assistant.corpus.read_library", breaks)
    ran = run("library", "stats")
    assert ran.code == 1
    assert len(_lines(ran.err)) == 1
    assert "fault in the program (ZeroDivisionError" in ran.err
    assert main(["library", "stats", "--debug"]) == 1
    assert "Traceback" in capsys.readouterr().err


def test_debug_keeps_the_exit_code(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--debug", "ask", ""]) == 2
    assert "UsageError" in capsys.readouterr().err


def test_home_that_is_a_file(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("x")
    ran = run("ask", QUESTION, home=path)
    assert ran.code == 1
    assert "is not a folder" in ran.err


def test_closed_pipe_is_quiet(library: Path) -> None:
    args = ["--corpus", str(library), "library", "stats"]
    code = f"import sys; from assistant.cli import main; sys.exit(main({args!r}))"
    process = subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    said = process.stderr.read()
    process.stderr.close()
    process.wait(timeout=30)
    assert said == b""
