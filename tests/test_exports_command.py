"""The command ``export``: which file it writes, what it never writes over, what it says."""

from __future__ import annotations

import io
import json
import stat
import sys
import zipfile
from pathlib import Path
from types import SimpleNamespace

import pytest
import typer

from assistant.assembly import Assistant
from assistant.cli import export
from assistant.cli.export import check_free, chosen_form, put_file
from assistant.errors import UsageError
from assistant.exports.forms import FORMS, MEDIA_TYPES, SUFFIXES, form_of
from tests.small_library import ASK_CONTESTED, ASK_LAW, ASK_NOTHING


@pytest.fixture
def saved(tmp_path: Path, small_assistant: Assistant) -> Path:
    path = tmp_path / "answer.json"
    path.write_text(small_assistant.ask(ASK_CONTESTED).model_dump_json(), encoding="utf-8")
    return path


def run(*args: object) -> None:
    """The command as typer runs it; errors come out as they are."""
    app = typer.Typer(pretty_exceptions_enable=False)

    @app.callback()
    def _all() -> None:
        """Make the one command a command."""

    export.add_to(app)
    typer.main.get_command(app).main(["export", *map(str, args)], standalone_mode=False)


def test_the_end_of_the_name_tells_the_format(saved: Path, tmp_path: Path) -> None:
    run(saved, "--output", tmp_path / "a.docx")
    run(saved, "--output", tmp_path / "a.pdf")
    run(saved, "--output", tmp_path / "a.bib")
    assert zipfile.is_zipfile(tmp_path / "a.docx")
    assert (tmp_path / "a.pdf").read_bytes().startswith(b"%PDF")
    assert (tmp_path / "a.bib").read_text().startswith("@")


def test_what_is_written_is_said_beside_the_result(
    saved: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run(saved, "--output", tmp_path / "a.md")
    said = capsys.readouterr()
    assert said.out == ""
    assert "a.md" in said.err
    run(saved, "--output", tmp_path / "b.md", "--json")
    facts = json.loads(capsys.readouterr().out)
    assert facts["format"] == "md"
    assert facts["bytes"] == (tmp_path / "b.md").stat().st_size
    assert facts["citations"] > 0


def test_a_file_that_is_there_stays_without_force(saved: Path, tmp_path: Path) -> None:
    target = tmp_path / "a.md"
    target.write_text("mine")
    with pytest.raises(UsageError, match="there already") as caught:
        run(saved, "--output", target)
    assert "--force" in caught.value.hint
    assert target.read_text() == "mine"
    run(saved, "--output", target, "--force")
    assert target.read_text().startswith("# ")


def test_a_dash_writes_to_standard_output(
    saved: Path, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    run(saved, "--format", "docx", "--output", "-")
    assert zipfile.is_zipfile(io.BytesIO(capsysbinary.readouterr().out))
    run(saved, "--format", "ris")
    assert capsysbinary.readouterr().out.startswith(b"TY  - ")


def test_a_word_file_is_not_thrown_at_a_terminal(
    saved: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdout", SimpleNamespace(isatty=lambda: True, buffer=io.BytesIO()))
    with pytest.raises(UsageError, match="cannot be shown on a terminal"):
        run(saved, "--format", "pdf")


def test_several_answers_make_one_paper(
    saved: Path, tmp_path: Path, small_assistant: Assistant
) -> None:
    other = tmp_path / "other.json"
    other.write_text(small_assistant.ask(ASK_LAW).model_dump_json(), encoding="utf-8")
    run(saved, other, "-o", tmp_path / "both.md", "--title", "For the board")
    text = (tmp_path / "both.md").read_text()
    assert text.startswith("# For the board\n")
    assert f"## {ASK_LAW.capitalize()[:8]}" in text or ASK_LAW in text


@pytest.mark.parametrize(
    ("args", "words"),
    [
        ((), "No format was given"),
        (("--format", "odt"), "odt is no format"),
        (("--output", "x.rtf"), r"\.rtf is no format"),
        (("--output", "nowhere/x.md"), "no folder nowhere"),
        (("--format", "md", "--output", "."), "is a folder"),
    ],
)
def test_a_wrong_call_says_what_to_do(
    args: tuple[str, ...], words: str, saved: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError, match=words) as caught:
        run(saved, *args)
    assert caught.value.hint


def test_a_refusal_has_no_references(tmp_path: Path, small_assistant: Assistant) -> None:
    path = tmp_path / "none.json"
    path.write_text(small_assistant.ask(ASK_NOTHING).model_dump_json(), encoding="utf-8")
    with pytest.raises(UsageError, match="cites nothing"):
        run(path, "-o", tmp_path / "x.ris")
    assert not (tmp_path / "x.ris").exists()


def test_what_is_no_answer_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text("{}")
    with pytest.raises(UsageError, match="not a saved answer"):
        run(tmp_path / "x.json", "-f", "md")


# ---------------------------------------------------------------- for other commands


def test_a_command_may_allow_some_formats_only() -> None:
    assert chosen_form(None, Path("x.DOCX"), ("docx", "md")) == "docx"
    assert chosen_form("Word", None, ("docx", "md")) == "docx"
    with pytest.raises(UsageError, match="ris is no format") as caught:
        chosen_form("ris", None, ("docx", "md"))
    assert caught.value.hint == "Choose one of: docx, md."


def test_every_format_has_an_ending_and_a_media_type() -> None:
    assert set(SUFFIXES) == set(MEDIA_TYPES) == set(FORMS)
    assert form_of(".bib") == "bibtex"


def test_a_file_is_written_whole_or_not_at_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_file(tmp_path / "a", b"first")
    assert stat.S_IMODE((tmp_path / "a").stat().st_mode) & 0o444
    with pytest.raises(UsageError, match="there already"):
        put_file(tmp_path / "a", b"second")
    assert (tmp_path / "a").read_bytes() == b"first"

    def no_links(*_: object) -> None:
        raise OSError("no links here")

    monkeypatch.setattr("os.link", no_links)
    put_file(tmp_path / "b", b"third")
    assert (tmp_path / "b").read_bytes() == b"third"
    assert sorted(p.name for p in tmp_path.iterdir() if p.name != "home") == ["a", "b"]
    with pytest.raises(UsageError, match="is a folder"):
        check_free(tmp_path, force=True)
