"""Office documents and e-books that are broken or hostile: each is read or refused."""

from __future__ import annotations

import copy
import functools
import io
import random
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.documents.readers.docx import read_docx
from assistant.documents.readers.epub import read_epub
from assistant.documents.readers.odt import read_odt
from assistant.documents.readers.pptx import read_pptx
from assistant.documents.records import Limits
from tests import make_office as make
from tests.make_office import cell, p, table, word
from tests.read_office import LIMITS, READERS, Reader, _odt, _read_or_refuse, refusal, whole

BOMB = '<!DOCTYPE w [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>'


# ---------------------------------------------------------------- broken and hostile archives


@pytest.mark.parametrize("read", [read_docx, read_odt, read_pptx, read_epub])
def test_what_is_no_archive_is_refused(tmp_path: Path, read: Reader) -> None:
    path = tmp_path / "a.docx"
    for content, reason in (
        (b"", "empty"),
        (b"just words", "damaged"),
        (b"PK\x03\x04 and no more", "damaged"),
    ):
        path.write_bytes(content)
        assert refusal(read, path).reason == reason
    path.unlink()
    assert refusal(read, path).reason == "vanished"
    make.zipped(path, {"hello.txt": "no document"})
    assert refusal(read, path).reason in ("unsupported", "damaged")


@pytest.mark.parametrize(
    ("entry", "reason", "hint"),
    [
        ("EncryptedPackage", "encrypted", "password"),
        ("WordDocument", "unsupported", ".docx"),
        ("PowerPoint Document", "unsupported", ".pptx"),
    ],
)
def test_old_and_locked_office_files_are_told_apart(
    tmp_path: Path, entry: str, reason: str, hint: str
) -> None:
    path = tmp_path / "a.docx"
    path.write_bytes(
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504) + entry.encode("utf-16-le") + bytes(400)
    )
    error = refusal(read_docx, path)
    assert error.reason == reason
    assert hint in error.hint


def test_an_archive_with_a_password_is_named(tmp_path: Path) -> None:
    path = word(tmp_path / "a.docx", p("x"))
    data = bytearray(path.read_bytes())
    data[6] |= 1
    place = data.find(b"PK\x01\x02")
    data[place + 8] |= 1
    path.write_bytes(bytes(data))
    assert refusal(read_docx, path).reason == "encrypted"


def test_a_flat_bomb_is_refused_before_it_unpacks(tmp_path: Path) -> None:
    parts = make.word_parts(p("x"))
    parts["word/media/a.bin"] = bytes(60_000_000)
    assert refusal(read_docx, make.zipped(tmp_path / "a.docx", parts)).reason == "bomb"


def test_a_bomb_of_many_parts_is_refused(tmp_path: Path) -> None:
    parts = make.word_parts(p("x"))
    parts |= {f"word/media/{n}.bin": bytes(9_000_000) for n in range(6)}
    path = make.zipped(tmp_path / "a.docx", parts)
    assert refusal(read_docx, path).reason == "bomb"
    noise = {f"word/media/{n}.bin": random.Random(n).randbytes(300_000) for n in range(5)}
    path = make.zipped(tmp_path / "b.docx", make.word_parts(p("x")) | noise)
    assert refusal(read_docx, path, Limits(archive_megabytes=1)).reason == "bomb"


def test_archives_in_a_document_are_not_opened(tmp_path: Path) -> None:
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("zeros", bytes(10_000_000))
    parts = make.word_parts(p("Body.")) | {"word/embeddings/a.zip": inner.getvalue()}
    assert whole(read_docx(make.zipped(tmp_path / "a.docx", parts), LIMITS)) == "Body."


def test_a_part_that_unpacks_to_more_than_it_claims_is_a_bomb(tmp_path: Path) -> None:
    path = word(tmp_path / "a.docx", p("x " * 50_000))
    assert refusal(read_docx, make.lying(path, "word/document.xml", 400)).reason == "bomb"


def test_too_many_parts_are_a_bomb(tmp_path: Path) -> None:
    path = make.zipped(
        tmp_path / "a.docx", make.word_parts(p("x")) | {f"x/{n}": "" for n in range(200)}
    )
    assert refusal(read_docx, path, Limits(files=100)).reason == "bomb"
    assert refusal(read_docx, path, Limits(files=10)).reason == "bomb"


@pytest.mark.parametrize("name", ["../../evil.xml", "/etc/passwd", "C:/evil", "word\\..\\..\\evil"])
def test_names_that_lead_elsewhere_are_refused(tmp_path: Path, name: str) -> None:
    path = make.zipped(tmp_path / "a.docx", make.word_parts(p("x")) | {name: "x"})
    assert refusal(read_docx, path).reason == "unsafe-path"


def test_two_different_parts_of_one_name_are_refused(tmp_path: Path) -> None:
    path = word(tmp_path / "a.docx", p("x"))
    with zipfile.ZipFile(path, "a") as archive, pytest.warns(UserWarning, match="Duplicate"):
        archive.writestr("word/document.xml", "<other/>")
    assert refusal(read_docx, path).reason == "damaged"


@pytest.mark.parametrize(
    "part", ["word/document.xml", "customXml/item1.xml", "word/_rels/document.xml.rels"]
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_entities_in_any_part_are_hostile(tmp_path: Path, part: str, encoding: str) -> None:
    parts = make.word_parts(p("x"))
    inner = parts.get(part, "<a/>")
    parts[part] = f'<?xml version="1.0" encoding="{encoding}"?>{BOMB}{inner!s}'.encode(encoding)
    assert refusal(read_docx, make.zipped(tmp_path / "a.docx", parts)).reason == "hostile-xml"


@pytest.mark.parametrize("read", [read_odt, read_pptx])
def test_external_entities_are_hostile_everywhere(tmp_path: Path, read: Reader) -> None:
    hostile = '<!DOCTYPE a SYSTEM "http://example.org/a.dtd"><a/>'
    path = make.zipped(
        tmp_path / "a.zip", {"content.xml": hostile, "ppt/presentation.xml": hostile}
    )
    assert refusal(read, path).reason == "hostile-xml"


def test_very_deep_nesting_is_refused_or_read(tmp_path: Path) -> None:
    deep = "<w:sdt><w:sdtContent>" * 5_000 + p("x") + "</w:sdtContent></w:sdt>" * 5_000
    assert refusal(read_docx, word(tmp_path / "a.docx", deep)).reason == "damaged"
    nested = p("x")
    for _ in range(300):
        nested = table([cell(nested), cell("y")])
    _read_or_refuse(read_docx, word(tmp_path / "b.docx", nested))


def test_the_file_is_left_as_it_was_and_nothing_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = make.policy(tmp_path / "a.docx")
    before = path.read_bytes()
    monkeypatch.chdir(tmp_path)
    read_docx(path, LIMITS)
    assert [each.name for each in tmp_path.iterdir()] == ["a.docx"]
    assert path.read_bytes() == before


# ---------------------------------------------------------------- anything at all


@functools.cache
def _sound(form: str, folder: Path) -> bytes:
    path = folder / f"sound.{form}"
    if form == "docx":
        make.policy(path)
    elif form == "odt":
        _odt(path)
    elif form == "pptx":
        make.slides(path)
    elif form == "epub":
        make.epub(path, {"one.xhtml": "<h1>One</h1><p>Two.</p>"})
    else:
        path.write_bytes(
            rb"{\rtf1{\fonttbl{\f0 A;}}{\info{\title T}}\pard One\par{\footnote x}Two\cell\row}"
        )
    return path.read_bytes()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("sound")


@pytest.mark.parametrize("form", READERS)
@settings(max_examples=40, deadline=None)
@given(share=st.floats(0, 1))
def test_any_truncated_file_is_read_or_refused(folder: Path, form: str, share: float) -> None:
    data = _sound(form, folder)
    path = folder / f"cut.{form}"
    path.write_bytes(data[: int(len(data) * share)])
    _read_or_refuse(READERS[form], path)


@pytest.mark.parametrize("form", READERS)
@settings(max_examples=40, deadline=None)
@given(
    changes=st.lists(st.tuples(st.floats(0, 0.9999), st.integers(0, 255)), min_size=1, max_size=8)
)
def test_any_altered_file_is_read_or_refused(
    folder: Path, form: str, changes: list[tuple[float, int]]
) -> None:
    data = bytearray(_sound(form, folder))
    for share, value in changes:
        data[int(len(data) * share)] = value
    path = folder / f"altered.{form}"
    path.write_bytes(bytes(data))
    _read_or_refuse(READERS[form], path)


def _disturbed(data: bytes, seed: int) -> bytes:
    """XML with a few attributes changed and elements lost, doubled or put elsewhere."""
    from lxml import etree

    chance = random.Random(seed)
    root = etree.fromstring(data)
    for _ in range(chance.randint(1, 6)):
        elements = list(root.iter())
        one, other = chance.choice(elements), chance.choice(elements)
        if chance.random() < 0.5 and one.attrib:
            key = chance.choice(list(one.attrib))
            one.set(
                key, chance.choice(["", "-1", "9" * 30, "x", "true", "0", "FFFFFF", "%9", "../a"])
            )
        elif one is not root and one.getparent() is not None:
            action = chance.choice(["lose", "double", "move"])
            if action == "double":
                one.getparent().append(copy.deepcopy(one))
            elif action == "lose":
                one.getparent().remove(one)
            elif one not in other.iterancestors() and one is not other:
                other.append(one)
    return bytes(etree.tostring(root))


@pytest.mark.parametrize("form", ["docx", "odt", "pptx", "epub"])
@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10**9))
def test_any_disturbed_markup_is_read_or_refused(folder: Path, form: str, seed: int) -> None:
    chance = random.Random(seed)
    with zipfile.ZipFile(io.BytesIO(_sound(form, folder))) as archive:
        parts: dict[str, str | bytes] = {name: archive.read(name) for name in archive.namelist()}
    able = [name for name in parts if name.endswith((".xml", ".rels", ".opf"))]
    for name in chance.sample(able, min(len(able), chance.randint(1, 3))):
        content = parts[name]
        assert isinstance(content, bytes)
        parts[name] = _disturbed(content, seed)
    _read_or_refuse(READERS[form], make.zipped(folder / f"disturbed.{form}", parts))
