"""Documents on the command line: backups, states, and the checking of answers that rest on them."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from assistant.citations import read_answer
from assistant.documents.shelf import Shelf
from assistant.documents.store import FILE, documents_folder
from assistant.presentation import answer_to_markdown
from tests.prepared_documents import LONE, Prepared, Ran, Run, folder, home, ids, prepared, run

__all__ = ["folder", "home", "ids", "prepared", "run"]

pytestmark = pytest.mark.usefixtures("words_only")


@pytest.fixture
def saved(prepared: Prepared, tmp_path: Path) -> Path:
    """A folder with an answer that cites the policy and one that cites the library."""
    return Path(shutil.copytree(prepared.saved, tmp_path / "saved"))


# ---------------------------------------------------------------- export, import, state, diff


def test_export_and_import(run: Run, ids: dict[str, str], tmp_path: Path) -> None:
    path = tmp_path / "all.zip"
    assert run("library", "export", path, "--json").json["counts"]["documents"] == 3
    assert run("library", "export", path).code == 2
    assert run("library", "export", path, "--force").code == 0
    other = tmp_path / "other"
    ran = run("library", "import", path, "--json", home=other)
    assert (ran.code, ran.json["documents"]) == (0, 3)
    again = run("library", "import", path, home=other)
    assert "3 unchanged." in again.out
    listed = run("library", "list", "--added", "--json", home=other).json
    assert [row["id"] for row in listed] == [ids["lone"], ids["paper"], ids["tea"]]


def test_import_refuses_a_damaged_file(run: Run, ids: dict[str, str], tmp_path: Path) -> None:
    path = tmp_path / "all.zip"
    run("library", "export", path)
    data = path.read_bytes().replace(b"8 pm", b"9 pm")
    path.write_bytes(data)
    ran = run("library", "import", path, home=tmp_path / "other")
    assert (ran.code, ran.out) == (1, "")
    assert "Nothing was taken from it." in ran.err
    assert run("library", "import", tmp_path / "none.zip").code == 2


def test_a_damaged_store_says_how_a_backup_helps(
    run: Run, home: Path, ids: dict[str, str], tmp_path: Path
) -> None:
    path = tmp_path / "all.zip"
    run("library", "export", path)
    (documents_folder(home) / FILE).write_bytes(b"no database" * 1000)
    ran = run("library", "import", path)
    assert ran.code == 1
    assert "Move the folder" in ran.err
    assert run("library", "show", "force-act-2018").code == 0
    assert "damaged" in run("library", "show", ids["tea"]).err
    documents_folder(home).rename(tmp_path / "away")
    assert run("library", "import", path, "--json").json["documents"] == 3


def test_export_without_documents(run: Run, home: Path, tmp_path: Path) -> None:
    assert run("library", "export", tmp_path / "x.zip").code == 2
    assert not home.exists()


def test_interrupted_import_says_what_is_kept(
    run: Run, ids: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "all.zip"
    run("library", "export", path)
    true_embed = Shelf.embed
    seen: list[int] = []

    def embed(self: Shelf, *args: Any) -> Any:
        seen.append(1)
        if len(seen) > 2:
            raise KeyboardInterrupt
        return true_embed(self, *args)

    monkeypatch.setattr(Shelf, "embed", embed)
    other = tmp_path / "other"
    ran = run("library", "import", path, home=other)
    assert ran.code == 130
    assert "2 documents were brought back" in ran.err
    monkeypatch.setattr(Shelf, "embed", true_embed)
    ran = run("library", "import", path, "--json", home=other)
    assert [r["status"] for r in ran.json["restored"]] == ["unchanged", "unchanged", "added"]


def test_diff_names_answers_that_rest_on_what_changed(
    run: Run, folder: Path, ids: dict[str, str], saved: Path, tmp_path: Path
) -> None:
    state = tmp_path / "state.json"
    assert run("library", "state", state, "--json").json["passages"] > 0
    same = run("library", "diff", state, "--answers", saved, "--json")
    assert (same.code, same.json["changes"], same.json["answers"]) == (0, [], [])
    (folder / "lone.md").write_text(LONE.replace("a charged phone", "a radio"), encoding="utf-8")
    run("library", "add", folder / "lone.md")
    (saved / "noise.json").write_text("{")
    ran = run("library", "diff", state, "--answers", saved, "--json")
    assert ran.code == 1
    assert ran.json["counts"]["altered"] >= 1
    assert [Path(a["path"]).name for a in ran.json["answers"]] == ["phone.json"]
    assert ran.json["answers"][0]["statements"][0]["changes"][0]["change"] == "altered"
    assert [Path(u["path"]).name for u in ran.json["unreadable"]] == ["noise.json"]
    words = run("library", "diff", state, "--answers", saved).out
    assert "phone.json" in words
    assert "1 of 3 answers rest on what changed." in words
    later = tmp_path / "later.json"
    run("library", "state", later)
    assert run("library", "diff", state, later, "--json").json["counts"]["altered"] >= 1
    assert run("library", "diff", later, later).out.splitlines()[-1] == "Nothing changed."


def test_diff_reads_a_backup_as_a_state(run: Run, ids: dict[str, str], tmp_path: Path) -> None:
    run("library", "export", tmp_path / "all.zip")
    run("library", "remove", ids["tea"], "--yes")
    ran = run("library", "diff", tmp_path / "all.zip", "--json")
    assert ran.code == 0
    assert {c["change"] for c in ran.json["changes"]} == {"gone"}
    assert all(c["id"].startswith(ids["tea"]) for c in ran.json["changes"])


def test_state_goes_to_standard_output(run: Run, home: Path) -> None:
    data = run("library", "state").json
    assert data["format"] == "peer-support-state"
    assert data["entries"]
    assert not home.exists()
    assert run("library", "diff", "none.json").code == 2


# ---------------------------------------------------------------- verify


def _findings(ran: Ran) -> set[str]:
    return {s["finding"] for s in ran.json["statements"]}


def test_verify_follows_passages(
    run: Run, folder: Path, ids: dict[str, str], saved: Path, home: Path
) -> None:
    answer = saved / "deep" / "phone.json"
    ran = run("verify", answer, "--json")
    assert (ran.code, _findings(ran)) == (0, {"unchanged"})
    path = folder / "lone.md"
    path.write_text("# Front page\n\nTo be read by all.\n\n" + LONE, encoding="utf-8")
    run("library", "add", path)
    # The answer quotes another document too, which stays as it is.
    assert _findings(run("verify", answer, "--json")) == {"moved", "unchanged"}
    path.write_text(LONE.replace("a charged phone", "a radio"), encoding="utf-8")
    run("library", "add", path)
    ran = run("verify", answer, "--json")
    assert ran.code == 1
    assert "altered" in _findings(ran)
    run("library", "remove", ids["lone"], "--yes")
    assert _findings(run("verify", answer, "--json")) == {"gone", "unchanged"}


@pytest.mark.parametrize("how", ["damaged", "missing", "other home"])
def test_what_cannot_be_read_is_never_called_gone(
    run: Run, home: Path, ids: dict[str, str], saved: Path, tmp_path: Path, how: str
) -> None:
    store = documents_folder(home)
    where = home
    if how == "damaged":
        for path in store.glob(f"{FILE}*"):
            path.unlink()
        (store / FILE).write_bytes(b"no database" * 1000)
    elif how == "missing":
        shutil.rmtree(store)
    else:
        where = tmp_path / "nobody"
    ran = run("verify", saved / "deep" / "phone.json", "--json", home=where)
    assert ran.code == 1
    assert _findings(ran) == {"unreadable"}
    assert ran.json["statements"][0]["detail"]


def test_verify_several_files_and_folders(run: Run, ids: dict[str, str], saved: Path) -> None:
    ran = run("verify", saved, "--json")
    assert (ran.code, ran.json["ok"]) == (0, True)
    assert [a["finding"] for a in ran.json["answers"]] == ["unchanged", "unchanged"]
    (saved / "noise.json").write_text("[]")
    ran = run("verify", saved / "law.json", saved)
    assert ran.code == 1
    assert [line.split()[0] for line in ran.out.splitlines()][:3] == ["unchanged"] * 3
    assert "no answer   " in ran.out
    assert "3 answers checked: 0 changed." in ran.out


def _exported(saved: Path) -> Path:
    """A folder with the saved answers as Markdown."""
    folder = saved.with_name("exported")
    folder.mkdir()
    for path in sorted(saved.rglob("*.json")):
        answer = read_answer(path)
        (folder / f"{path.stem}.md").write_text(answer_to_markdown(answer), encoding="utf-8")
    return folder


def test_an_export_follows_passages(
    run: Run, folder: Path, ids: dict[str, str], saved: Path
) -> None:
    export = _exported(saved) / "phone.md"
    ran = run("verify", export, "--json")
    assert (ran.code, _findings(ran)) == (0, {"unchanged"})
    assert "as they were saved" in run("verify", export).out
    path = folder / "lone.md"
    path.write_text("# Front page\n\nTo be read by all.\n\n" + LONE, encoding="utf-8")
    run("library", "add", path)
    assert _findings(run("verify", export, "--json")) == {"moved", "unchanged"}
    path.write_text(LONE.replace("a charged phone", "a radio"), encoding="utf-8")
    run("library", "add", path)
    assert "altered" in _findings(run("verify", export, "--json"))
    run("library", "remove", ids["lone"], "--yes")
    assert _findings(run("verify", export, "--json")) == {"gone", "unchanged"}


def test_exports_and_saved_answers_are_checked_together(
    run: Run, ids: dict[str, str], saved: Path
) -> None:
    exported = _exported(saved)
    edited = exported / "law.md"
    edited.write_text(edited.read_text("utf-8").replace(" must ", " may ", 1), encoding="utf-8")
    (exported / "notes.md").write_text("# Team day\n\n- biscuits\n", encoding="utf-8")
    ran = run("verify", saved, exported)
    assert ran.code == 1
    lines = [line.rsplit(maxsplit=1) for line in ran.out.splitlines() if not line.startswith(" ")]
    found = {Path(path).name: finding for finding, path in lines if Path(path).exists()}
    assert found == {
        "notes.md": "no answer",
        "law.json": "unchanged",
        "phone.json": "unchanged",
        "law.md": "edited",
        "phone.md": "unchanged",
    }
    assert "the file now says" in ran.out
    assert "holds no record of an answer" in ran.out
    ran = run("verify", exported / "notes.md")
    assert ran.code == 2
    assert "holds no record" in ran.err


def test_a_file_with_several_exports_is_checked_answer_by_answer(
    run: Run, ids: dict[str, str], saved: Path, tmp_path: Path
) -> None:
    exported = _exported(saved)
    both = tmp_path / "both.md"
    texts = [path.read_text("utf-8") for path in sorted(exported.iterdir())]
    both.write_text("\n\n".join(texts), encoding="utf-8")
    ran = run("verify", both, "--json")
    assert (ran.code, ran.json["ok"]) == (0, True)
    assert [a["path"] for a in ran.json["answers"]] == [f"{both}, answer {n}" for n in (1, 2)]


def test_diff_takes_exports(
    run: Run, folder: Path, ids: dict[str, str], saved: Path, tmp_path: Path
) -> None:
    exported = _exported(saved)
    run("library", "state", tmp_path / "state.json")
    (folder / "lone.md").write_text(LONE.replace("a charged phone", "a radio"), encoding="utf-8")
    run("library", "add", folder / "lone.md")
    ran = run("library", "diff", tmp_path / "state.json", "--answers", exported, "--json")
    assert ran.code == 1
    assert ran.json["answers_read"] == 2
    assert [Path(a["path"]).name for a in ran.json["answers"]] == ["phone.md"]
    assert ran.json["answers"][0]["statements"][0]["changes"][0]["change"] == "altered"


def test_verify_refuses_empty_folders_and_wrong_names(run: Run, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    assert run("verify", tmp_path / "empty").code == 2
    assert run("verify", tmp_path / "empty", tmp_path / "none.json").code == 2
