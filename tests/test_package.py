"""The wheel: whatever the program reads travels with it, and it runs from any folder."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

from assistant.resources import bundled_folder
from tests.conftest import ROOT

pytestmark = pytest.mark.slow

READS = """
import json
from pathlib import Path
import assistant, evals
from assistant.corpus import check_library, read_library
from assistant.prompts import load_messages, load_screening, load_signposts
from assistant.retrieval import read_glossary
from assistant.settings import read_settings
from assistant.wording import read_wording

settings = read_settings()
library = read_library(settings.corpus)
prompts = settings.prompts
load_messages(prompts), load_signposts(prompts), read_wording(prompts)
cases = sorted(p.name for p in (Path(evals.__file__).parent / "cases").glob("*.jsonl"))
static = Path(assistant.__file__).parent / "web" / "static"
print(json.dumps({
    "package": str(Path(assistant.__file__).parent),
    "corpus": str(settings.corpus),
    "sources": len(library.sources),
    "notes": len(library.notes),
    "faults": [str(fault) for fault in check_library(settings.corpus)],
    "glossary": read_glossary(settings.corpus).widen("psw"),
    "examples": len(load_screening(prompts).examples),
    "cases": cases,
    "styles": (static / "page.css").is_file(),
}))
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(out)]
    done = subprocess.run(
        [*command, str(ROOT)], capture_output=True, text=True, timeout=180, check=False
    )
    assert done.returncode == 0, done.stderr + done.stdout
    (found,) = out.glob("*.whl")
    return found


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Python with the wheel in it, and what it needs from the one that runs the tests."""
    folder = tmp_path_factory.mktemp("installed") / "venv"
    venv.create(folder, with_pip=False)
    python = folder / "bin" / "python"
    packages = Path(
        subprocess.check_output(
            [str(python), "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"], text=True
        ).strip()
    )
    pip = [sys.executable, "-m", "pip", "--python", str(python), "install", "--quiet"]
    done = subprocess.run(
        [*pip, "--no-deps", "--no-index", str(wheel)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    # Packages after the wheel's own; .pth files inside them, like an editable install's, are not
    # read from there.
    (packages / "borrowed.pth").write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
    return python


def run(python: Path, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "PEER_"))}
    return subprocess.run(
        [str(python), *arguments],
        cwd=folder,
        env={**environment, "PEER_SUPPORT_HOME": str(folder / "home")},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_installed_program_reads_all_that_it_needs(installed: Path, tmp_path: Path) -> None:
    done = run(installed, tmp_path, "-c", READS)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert not Path(found["package"]).is_relative_to(ROOT)
    assert Path(found["corpus"]) == Path(found["package"]) / "_bundled" / "corpus"
    assert found["sources"] == len(list(bundled_folder("corpus").glob("sources/*.yaml"))) >= 470
    assert found["notes"] >= 1520
    assert found["faults"] == []
    assert found["glossary"]
    assert found["examples"] >= 300
    here = sorted(path.name for path in (ROOT / "evals" / "cases").glob("*.jsonl"))
    assert found["cases"] == here
    assert {"retrieval-dev.jsonl", "answers-dev.jsonl", "screening-dev.jsonl"} <= set(here)
    assert found["styles"]


def test_installed_command_runs(installed: Path, tmp_path: Path) -> None:
    command = installed.parent / "peer-support"
    done = run(installed, tmp_path, str(command), "library", "stats", "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["sources"] >= 470


def test_wheel_holds_licences_and_nothing_of_the_workshop(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    licences = [name for name in names if ".dist-info/licenses/" in name]
    assert any(name.endswith("/LICENSE") for name in licences)
    assert any("corpus" in name for name in licences)
    assert any("atkinson" in name for name in licences)
    tops = {name.split("/")[0] for name in names if ".dist-info" not in name}
    assert tops == {"assistant", "evals"}
    assert [n for n in names if n.endswith((".pyc", ".onnx", ".sqlite")) or "/results/" in n] == []
