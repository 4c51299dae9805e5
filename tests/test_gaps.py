"""The list of gaps: off by default, without personal details, never in the way."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from assistant.assembly import Assistant
from assistant.gaps import FILE, GapLog, clear_gaps, gap_log, read_gaps
from assistant.settings import Settings
from tests.small_library import ASK_NOTHING, ASK_SUPERVISION

DAY = dt.date(2026, 11, 29)


def test_nothing_is_kept_unless_switched_on(
    small_assistant: Assistant, small_settings: Settings, tmp_path: Path
) -> None:
    small_assistant.ask(ASK_NOTHING)
    assert not (small_settings.home / FILE).exists()
    gap_log(tmp_path, switched_on=False).note(small_assistant.ask(ASK_NOTHING))
    assert not (tmp_path / FILE).exists()


def test_gaps_are_kept_without_details(small_assistant: Assistant, tmp_path: Path) -> None:
    log = GapLog(tmp_path / FILE, lambda: DAY)
    log.note(small_assistant.ask(f"{ASK_NOTHING}, asks Mr Zebedee"))
    log.note(small_assistant.ask(ASK_SUPERVISION))
    (gap,) = read_gaps(tmp_path)
    assert (gap.day, gap.outcome) == (DAY, "not_in_library")
    assert "Zebedee" not in (tmp_path / FILE).read_text()
    assert "teapots" in gap.question


def test_danger_is_never_kept(small_assistant: Assistant, tmp_path: Path) -> None:
    log = GapLog(tmp_path / FILE, lambda: DAY)
    answer = small_assistant.ask("I am going to kill myself tonight")
    assert answer.outcome == "signposted"
    log.note(answer)
    assert not (tmp_path / FILE).exists()


def test_a_file_that_cannot_be_written_stops_no_answer(
    small_assistant: Assistant, tmp_path: Path
) -> None:
    (tmp_path / FILE).mkdir()
    GapLog(tmp_path / FILE).note(small_assistant.ask(ASK_NOTHING))


def test_a_line_cut_short_is_passed_over_and_all_can_be_deleted(tmp_path: Path) -> None:
    line = '{"day":"2026-11-29","outcome":"partial","reason":"weak_evidence","question":"q"}'
    (tmp_path / FILE).write_text(f"{line}\n{line[:30]}", encoding="utf-8")
    assert [gap.question for gap in read_gaps(tmp_path)] == ["q"]
    assert clear_gaps(tmp_path) == 1
    assert read_gaps(tmp_path) == ()


@pytest.mark.parametrize("wanted", ["list", "clear"])
def test_the_commands_say_how_many(
    wanted: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from assistant.cli import main

    assert main(["gaps", wanted]) == 0
    assert "0 questions" in capsys.readouterr().err
