"""The sentences of the interface: both files fit each other and the code, and can be read."""

from __future__ import annotations

import ast
import re
import string
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from assistant.interface import ENGLISH, FOLDER, Texts, load_texts, texts_file
from assistant.text import sentences

CODE = FOLDER.parent
Value = str | list[str]
_NAME = re.compile(r"[a-z_]+\.[a-z0-9_-]+")
_BROWSER_PLACE = re.compile(r"\[[a-z]+\]")


def table(language: Any) -> dict[str, dict[str, Value]]:
    return tomllib.loads(texts_file(language).read_text(encoding="utf-8"))


def by_name(language: Any) -> dict[str, Value]:
    return {f"{g}.{k}": v for g, group in table(language).items() for k, v in group.items()}


EN, CY = by_name("en"), by_name("cy")


def lines(value: Value) -> list[str]:
    return [value] if isinstance(value, str) else value


def places(words: str) -> list[str]:
    """What stands in a sentence for words that come later, with how it is written."""
    found = [f"{name}:{form}" for _, name, form, _ in string.Formatter().parse(words) if name]
    return sorted(found + _BROWSER_PLACE.findall(words))


# ---------------------------------------------------------------- two files


def test_both_languages_have_the_same_names() -> None:
    assert sorted(set(EN) - set(CY)) == []
    assert sorted(set(CY) - set(EN)) == []


@pytest.mark.parametrize("name", sorted(set(EN) & set(CY)))
def test_both_languages_have_the_same_places(name: str) -> None:
    english, welsh = EN[name], CY[name]
    assert isinstance(english, str) == isinstance(welsh, str)
    assert len(lines(english)) == len(lines(welsh)) or name.endswith("will_not")
    assert [places(line) for line in lines(english)] == [places(line) for line in lines(welsh)]
    for theirs, ours in zip(lines(english), lines(welsh), strict=True):
        assert (theirs[:1] == " ", theirs[-1:] == " ") == (ours[:1] == " ", ours[-1:] == " ")
        assert bool(theirs) == bool(ours) or name == "help.near"
        assert theirs[-1:] in ".:?" or ours[-1:] not in "."


def test_what_is_translated_differs() -> None:
    """A sentence that was copied and never translated would be the same in both."""
    same = {n for n in EN if EN[n] == CY.get(n) and isinstance(EN[n], str)}
    wordy = {n for n in same if len(re.sub(r"\{[^}]*\}", "", str(EN[n])).split()) >= 3}
    assert wordy == set()


def test_questions_that_are_asked_for_somebody_stay_english() -> None:
    assert CY["follow_ups.questions"] == EN["follow_ups.questions"]


_MUTATING = "a|am|ar|at|dan|dros|drwy|dwy|dau|ei|gan|heb|i|neu|o|wrth|y|yn|â|gyda|na"
_FIGURES = frozenset(
    "all count date day done done_of first found host last left longest megabytes minutes month"
    " most n notes number of page pages part parts per seconds sources stage time total what year"
    " years".split()
)


def test_nothing_in_welsh_asks_for_a_mutation_of_what_comes_in_later() -> None:
    """Before a name or a word that is put in later, no little word may stand that changes the
    first letter of what follows. Figures, and names of machines, stay as they are."""
    asks = re.compile(rf"\b(?:{_MUTATING}) \{{(\w+)", re.IGNORECASE)
    found = [
        (name, match[0])
        for name, value in CY.items()
        for line in lines(value)
        for match in asks.finditer(line)
        if match[1] not in _FIGURES
    ]
    assert found == []


def test_a_name_that_is_not_translated_yet_is_shown_in_english() -> None:
    texts = Texts({"a": {"x": "ie"}}, "cy", {"a": {"x": "yes", "y": "no"}})
    assert (texts("a.x"), texts("a.y")) == ("ie", "no")
    assert texts.group("a") == {"x": "ie", "y": "no"}
    for name in ("a.z", "b.x"):
        with pytest.raises(KeyError, match=name):
            texts(name)


def test_sentences_are_cut_at_their_places() -> None:
    texts = Texts({"a": {"x": "Read {source} instead", "y": "Plain"}})
    assert texts.pieces("a.x") == [("Read ", "source"), (" instead", "")]
    assert texts.pieces("a.y") == [("Plain", "")]


# ---------------------------------------------------------------- the code


def modules() -> Iterator[Path]:
    for folder in ("web", "presentation"):
        yield from (CODE / folder).rglob("*.py")


def literals() -> tuple[set[str], set[str], set[str]]:
    """Names that the code writes out; patterns of those that it makes; groups that it takes."""
    written, made, groups = set(), set(), set()
    for node in (node for path in modules() for node in ast.walk(_parsed(path))):
        match node:
            case ast.JoinedStr():
                made.add(_pattern(node))
            case ast.Constant(value=str(words)) if _NAME.fullmatch(words):
                written.add(words)
            case ast.Call(func=ast.Attribute(attr="group"), args=[ast.Constant(value=str(name))]):
                groups.add(name)
    known = {name.partition(".")[0] for name in EN}
    return (
        {name for name in written if name.partition(".")[0] in known},
        {pattern for pattern in made if pattern.partition(r"\.")[0] in known},
        groups,
    )


def _parsed(path: Path) -> ast.Module:
    """A module without the fixed parts of its f-strings, which are no names of their own."""
    module = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(module):
        if isinstance(node, ast.JoinedStr):
            for part in node.values:
                if isinstance(part, ast.Constant):
                    part.value = _Fixed(part.value)
    return module


@dataclass(frozen=True)
class _Fixed:
    """A fixed part of an f-string."""

    words: object


def _pattern(node: ast.JoinedStr) -> str:
    parts = [
        re.escape(str(part.value.words)) if isinstance(part, ast.Constant) else "[a-z0-9_-]+"
        for part in node.values
    ]
    return "".join(parts)


_FILES = frozenset({"page.js", "answer.md", "answer.json"})


def test_every_sentence_that_the_code_names_is_there() -> None:
    written, made, groups = literals()
    assert len(written) > 200
    assert sorted(written - set(EN) - _FILES) == []
    assert [p for p in made if not any(re.fullmatch(p, name) for name in EN)] == []
    assert groups <= {name.partition(".")[0] for name in EN}


def test_every_sentence_is_shown_somewhere() -> None:
    written, made, groups = literals()
    unused = {
        name
        for name in EN
        if name not in written
        and name.partition(".")[0] not in groups
        and not any(re.fullmatch(pattern, name) for pattern in made)
    }
    assert sorted(unused) == []


# ---------------------------------------------------------------- how it reads


def prose() -> list[str]:
    """The sentences of the English file: what ends with a stop, and is more than a label."""
    found = []
    for value in EN.values():
        for line in lines(value):
            found += [line[start:end] for start, end in sentences(line)]
    return [s for s in found if s.rstrip().endswith((".", "?")) and len(s.split()) > 3]


def words_of(sentence: str) -> list[str]:
    return re.findall(r"[A-Za-z'’]+", re.sub(r"\{[^}]*\}|\[[a-z]+\]", "one", sentence))


def test_english_is_plain() -> None:
    """Short sentences, short words: by the measure of Björnsson (LIX), under 30 is very easy."""
    found = prose()
    words = [word for sentence in found for word in words_of(sentence)]
    length = len(words) / len(found)
    long_words = 100 * sum(len(word) > 6 for word in words) / len(words)
    assert len(found) > 100
    assert length < 12
    assert length + long_words < 30


def test_no_english_sentence_runs_on() -> None:
    assert [s for s in prose() if len(words_of(s)) > 40] == []


@pytest.mark.parametrize("language", ["en", "cy"])
def test_calm_and_respectful(language: Any) -> None:
    said = " ".join(line for value in by_name(language).values() for line in lines(value))
    assert "!" not in said
    assert not re.search(r"\b(consumers?|suffer(?:s|ing)? from|BAME|sufferers?)\b", said, re.I)
    assert not re.search(r"\b(dioddef o|dioddefwyr?)\b", said, re.I)
    assert '"' not in said
    assert "--" not in said


def test_the_english_texts_are_what_is_loaded() -> None:
    assert ENGLISH("page.name") == load_texts()("page.name")
    assert load_texts("cy")("page.name") != ENGLISH("page.name")
    assert (ENGLISH.library, load_texts("cy").library) == (None, "en")
