"""Reading in a process of its own: whatever a file does, this process and the next file live."""

from __future__ import annotations

import ctypes
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from assistant.documents.records import Block, Extract, Limits
from assistant.documents.worker import STOP, ReaderProcess, ReadingStopped
from assistant.errors import ConfigurationError, DocumentError

LIMITS = Limits(seconds=20, memory_megabytes=300)
HERE = Path(__file__).resolve().parent


def misbehave(path: Path, limits: Limits, name: str = "") -> Extract:
    """A reader that does what the file's text says. Runs in the reading process."""
    order = path.read_text()
    if order == "hang":
        time.sleep(60)
    elif order == "spin":
        sum(range(10**12))
    elif order == "eat":
        hoard = [bytearray(1 << 24) for _ in range(1000)]
        return said(str(len(hoard)))
    elif order == "segfault":
        ctypes.string_at(1)
    elif order == "exit":
        os._exit(0)
    elif order == "killed" and hasattr(signal, "SIGKILL"):
        os.kill(os.getpid(), signal.SIGKILL)
    elif order == "quit":
        sys.exit(3)
    elif order == "fault":
        raise KeyError("a bug")
    elif order == "refuse":
        raise DocumentError(name, "scanned", "all pages are pictures.", "Scan it again.")
    elif order == "missing":
        raise ConfigurationError("Tesseract is missing.", "Install it.")
    elif order == "chatter":
        print("chatter")
        os.write(1, b"chatter")
        os.write(2, b"chatter")
        sys.stderr.write("chatter")
        return said(repr(sys.stdin.read()))
    return said(tried(order))


def said(text: str) -> Extract:
    """An extract of one paragraph."""
    return Extract(format="text", blocks=(Block(kind="paragraph", text=text),))


def tried(order: str) -> str:
    """What came of trying the forbidden, or the process's number."""
    try:
        if order == "connect":
            socket.create_connection(("127.0.0.1", 9), timeout=2)
        elif order == "look up":
            socket.getaddrinfo("example.org", 80)
        elif order == "run":
            subprocess.run(["true"], check=False)
        elif order == "fork":
            os.fork()
        elif order == "temporary":
            import tempfile

            return tempfile.mkdtemp()
        else:
            return f"{order} {os.getpid()}"
    except OSError as error:
        return str(error)
    return "done"


@pytest.fixture(scope="module")
def reader() -> object:
    """One process for many tests, as in use."""
    with ReaderProcess(LIMITS, f"{__name__}:misbehave") as process:
        yield process


def ask(process: ReaderProcess, folder: Path, order: str) -> str:
    """Have the process do this, and what it says."""
    path = folder / "order.txt"
    path.write_text(order)
    return process.read(path, "shown.txt").blocks[0].text


def refused(process: ReaderProcess, folder: Path, order: str) -> DocumentError:
    """Have the process do this, and how it fails."""
    with pytest.raises(DocumentError) as caught:
        ask(process, folder, order)
    assert caught.value.file == "shown.txt"
    assert caught.value.hint
    return caught.value


def is_running(process: int) -> bool:
    """Whether a process of this number is there."""
    try:
        os.kill(process, 0)
    except OSError:
        return False
    return True


def is_alive(process: int) -> bool:
    """Whether it runs and does not only wait to be cleared away."""
    try:
        state = Path(f"/proc/{process}/stat").read_text()
    except OSError:
        return False
    return state.rpartition(")")[2].split()[0] != "Z"


def test_one_process_reads_many_files(reader: ReaderProcess, tmp_path: Path) -> None:
    first, second = (ask(reader, tmp_path, "pid").split()[1] for _ in range(2))
    assert first == second
    assert int(first) != os.getpid()


@pytest.mark.parametrize("order", ["segfault", "exit", "quit", "fault"])
def test_a_reader_that_breaks_down_costs_its_file_only(
    reader: ReaderProcess, tmp_path: Path, order: str
) -> None:
    assert refused(reader, tmp_path, order).reason == "crashed"
    assert ask(reader, tmp_path, "pid")


@pytest.mark.parametrize("order", ["hang", "spin"])
def test_a_reader_that_hangs_is_ended_in_time(tmp_path: Path, order: str) -> None:
    with ReaderProcess(Limits(seconds=1), f"{__name__}:misbehave") as process:
        ask(process, tmp_path, "pid")
        began = time.monotonic()
        assert refused(process, tmp_path, order).reason == "timeout"
        assert time.monotonic() - began < 15
        assert ask(process, tmp_path, "pid")


@pytest.mark.skipif(sys.platform != "linux", reason="no limit on memory on this platform")
def test_a_reader_that_eats_memory_is_stopped(reader: ReaderProcess, tmp_path: Path) -> None:
    assert ask(reader, tmp_path, "pid")
    assert refused(reader, tmp_path, "eat").reason == "memory"
    assert ask(reader, tmp_path, "pid")


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_a_reader_that_the_system_ends_for_memory_is_named_so(
    reader: ReaderProcess, tmp_path: Path
) -> None:
    assert refused(reader, tmp_path, "killed").reason == "memory"


def test_what_a_reader_says_of_a_file_comes_through(reader: ReaderProcess, tmp_path: Path) -> None:
    error = refused(reader, tmp_path, "refuse")
    assert (error.reason, error.detail) == ("scanned", "all pages are pictures.")
    with pytest.raises(ConfigurationError, match="Tesseract is missing"):
        ask(reader, tmp_path, "missing")


def test_a_fault_keeps_its_traceback_as_the_cause(reader: ReaderProcess, tmp_path: Path) -> None:
    assert "KeyError: 'a bug'" in str(refused(reader, tmp_path, "fault").__cause__)


def test_nothing_that_a_library_prints_is_seen(
    reader: ReaderProcess, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert ask(reader, tmp_path, "chatter") == "''"
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("order", ["connect", "look up"])
def test_reading_cannot_reach_the_network(
    reader: ReaderProcess, tmp_path: Path, order: str
) -> None:
    assert "may not use the network" in ask(reader, tmp_path, order)


@pytest.mark.skipif(sys.platform == "win32", reason="programs of POSIX")
@pytest.mark.parametrize("order", ["run", "fork"])
def test_reading_cannot_start_a_program(reader: ReaderProcess, tmp_path: Path, order: str) -> None:
    assert "may not start a program" in ask(reader, tmp_path, order)


def test_what_libraries_write_is_gone_with_the_process(tmp_path: Path) -> None:
    with ReaderProcess(LIMITS, f"{__name__}:misbehave") as process:
        left = Path(ask(process, tmp_path, "temporary"))
        assert left.is_dir()
    assert not left.exists()
    assert not left.parent.exists()


@pytest.mark.skipif(sys.platform != "linux", reason="names of files are bytes on Linux only")
def test_a_name_that_is_no_text_is_found_on_disk(reader: ReaderProcess, tmp_path: Path) -> None:
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9\n\xe2\x80\xae.txt"))
    path.write_text("pid")
    assert reader.read(path, "café.txt").blocks[0].text.startswith("pid")


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_the_process_ends_when_the_program_is_killed(tmp_path: Path) -> None:
    (tmp_path / "order.txt").write_text("pid")
    program = (
        "import os, signal, sys; from pathlib import Path\n"
        "from assistant.documents.records import Limits\n"
        "from assistant.documents.worker import ReaderProcess\n"
        f"process = ReaderProcess(Limits(), '{__name__}:misbehave')\n"
        "print(process.read(Path(sys.argv[1])).blocks[0].text, flush=True)\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    run = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path / "order.txt")],
        cwd=HERE,
        capture_output=True,
        text=True,
        check=False,
    )
    child = int(run.stdout.split()[1])
    until = time.monotonic() + 10
    while is_alive(child) and time.monotonic() < until:
        time.sleep(0.05)
    assert not is_alive(child)


def test_a_reader_that_cannot_be_loaded_is_a_fault_of_the_setup(tmp_path: Path) -> None:
    with (
        ReaderProcess(LIMITS, "no.such.module:read") as process,
        pytest.raises(ConfigurationError, match="could not be started") as caught,
    ):
        ask(process, tmp_path, "pid")
    assert "ModuleNotFoundError" in str(caught.value.__cause__)


def test_it_works_from_several_threads(reader: ReaderProcess, tmp_path: Path) -> None:
    answers: list[str] = []

    def work(number: int) -> None:
        folder = tmp_path / str(number)
        folder.mkdir()
        answers.extend(ask(reader, folder, f"thread{number}") for _ in range(5))

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(answer.split()[0] for answer in answers) == sorted(
        f"thread{number}" for number in range(4) for _ in range(5)
    )


def test_closing_ends_the_process_and_it_can_be_used_again(tmp_path: Path) -> None:
    process = ReaderProcess(LIMITS, f"{__name__}:misbehave")
    first = int(ask(process, tmp_path, "pid").split()[1])
    process.close()
    assert not is_running(first)
    assert int(ask(process, tmp_path, "pid").split()[1]) != first
    process.close()


def test_an_event_ends_a_reading_at_once(tmp_path: Path) -> None:
    (tmp_path / "order.txt").write_text("hang")
    event = threading.Event()
    token = STOP.set(event)
    with ReaderProcess(Limits(), f"{__name__}:misbehave") as process:
        STOP.reset(token)
        child = int(ask(process, tmp_path, "pid").split()[1])
        threading.Timer(0.5, event.set).start()
        began = time.monotonic()
        with pytest.raises(ReadingStopped):
            ask(process, tmp_path, "hang")
        assert time.monotonic() - began < 10
        assert not is_running(child)


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_what_recognises_text_ends_with_the_process(tmp_path: Path) -> None:
    tesseract = tmp_path / "tesseract"
    tesseract.write_text("#!/bin/sh\necho $$ > started\nexec sleep 60\n")
    tesseract.chmod(0o755)
    limits = Limits(seconds=2, ocr=True)
    with ReaderProcess(limits, f"{__name__}:recognise") as process:
        assert refused(process, tmp_path, str(tesseract)).reason == "timeout"
    assert not is_alive(int((tmp_path / "started").read_text()))


def recognise(path: Path, limits: Limits, name: str = "") -> Extract:
    """A reader that runs the program that the file names and waits for it."""
    subprocess.run([path.read_text()], check=False, cwd=path.parent)
    return said("done")


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_ctrl_c_ends_the_reading_process_too(tmp_path: Path) -> None:
    (tmp_path / "order.txt").write_text("hang")
    program = (
        "import signal, sys; from pathlib import Path\n"
        # Where the tests run in the background, this would be inherited as ignored.
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "from assistant.documents.records import Limits\n"
        "from assistant.documents.worker import ReaderProcess\n"
        f"with ReaderProcess(Limits(), '{__name__}:misbehave') as process:\n"
        "    path = Path(sys.argv[1])\n"
        "    path.with_name('pid.txt').write_text('pid')\n"
        "    print(process.read(path.with_name('pid.txt')).blocks[0].text, flush=True)\n"
        "    process.read(path)\n"
    )
    running = subprocess.Popen(
        [sys.executable, "-c", program, str(tmp_path / "order.txt")],
        cwd=HERE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert running.stdout is not None
    child = int(running.stdout.readline().split()[1])
    time.sleep(0.5)
    os.killpg(running.pid, signal.SIGINT)
    _, errors = running.communicate(timeout=20)
    assert "KeyboardInterrupt" in errors
    assert not is_running(child)


def test_five_thousand_small_files_take_seconds(tmp_path: Path) -> None:
    paths = [tmp_path / f"{number}.txt" for number in range(5000)]
    for number, path in enumerate(paths):
        path.write_text(f"Note {number} on peer support.")
    began = time.monotonic()
    with ReaderProcess(Limits()) as process:
        for number, path in enumerate(paths):
            assert process.read(path).blocks[0].text == f"Note {number} on peer support."
    assert time.monotonic() - began < 60


def test_hostile_files_and_good_ones_in_a_row(tmp_path: Path) -> None:
    files = {
        "good.txt": (b"Ring first.", ""),
        "binary.txt": (bytes(range(256)) * 4, "binary"),
        "program.pdf": (b"MZ\x90\x00" + b"\x00" * 99, "unsupported"),
        "void.md": (b"", "empty"),
        "deep.html": (b"<div>" * 200_000 + b"deep", ""),
        "last.md": (b"# Last", ""),
    }
    with ReaderProcess(Limits(seconds=60)) as process:
        for name, (content, reason) in files.items():
            (tmp_path / name).write_bytes(content)
            if reason:
                with pytest.raises(DocumentError) as caught:
                    process.read(tmp_path / name, name)
                assert caught.value.reason == reason
            else:
                assert process.read(tmp_path / name, name).blocks
