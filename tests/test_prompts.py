"""The files in ``prompts/``: valid as they stand, and every fault named with file and field."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args

import pytest

from assistant.errors import PromptError
from assistant.prompts import (
    Label,
    load_messages,
    load_screening,
    load_signposts,
    prompt_hashes,
)
from assistant.schema import Reason, Side, Signpost

PROMPTS = Path(__file__).resolve().parents[1] / "prompts"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(PROMPTS, tmp_path / "prompts"))


def test_rules_are_valid() -> None:
    rules = load_screening(PROMPTS)
    assert len(rules.examples) >= 300
    assert {example.label for example in rules.examples} == set(get_args(Label))


def test_there_are_more_harmless_examples_than_any_other_kind() -> None:
    labels = [example.label for example in load_screening(PROMPTS).examples]
    harmless = labels.count("policy") + labels.count("none")
    assert harmless > max(labels.count(label) for label in get_args(Label) if label != "none")


def test_every_reason_has_a_message() -> None:
    messages = load_messages(PROMPTS)
    for reason in get_args(Reason):
        assert messages.for_key(reason).lead
    assert messages.for_key("failed").lead
    assert messages.for_key("not_in_library").lead


def test_messages_keep_the_voice() -> None:
    for key, message in load_messages(PROMPTS).by_key.items():
        words = " ".join((*message.lead, *message.steps, *message.close))
        assert "!" not in words, key
        assert len(words.split()) < 140, key


@pytest.mark.parametrize("reason", ["crisis_self", "crisis_other", "safeguarding"])
def test_words_of_help_for_relatives_and_people_supported_are_whole(reason: Reason) -> None:
    message = load_messages(PROMPTS).for_key(reason)
    for side in (message.carer, message.person):
        if side is None:
            continue
        words = " ".join((*side.lead, *side.steps, *side.close))
        assert "999" in words
        assert "!" not in words
        assert len(words.split()) < 140
        # These send nobody to a manager or a supervisor whom they do not have.
        for work in ("your manager", "duty worker", "on-call lead", "debrief", "safeguarding lead"):
            assert work not in words


@pytest.mark.parametrize("reason", ["crisis_other", "safeguarding"])
def test_help_for_another_has_words_for_every_side(reason: Reason) -> None:
    message = load_messages(PROMPTS).for_key(reason)
    told = {message.to(side).steps for side in get_args(Side)}
    assert len(told) == len(get_args(Side))


def test_a_side_without_words_of_its_own_gets_those_for_everybody() -> None:
    message = load_messages(PROMPTS).for_key("crisis_self")
    assert message.to("work") is message
    assert message.to("person") is message
    assert message.to(None) is message
    assert message.to("carer") is message.carer


def test_places_for_another_side_are_left_out() -> None:
    signposts = load_signposts(PROMPTS)

    def names(text: str) -> set[str]:
        return {post.name for post in signposts.for_reason("safeguarding", text)}

    council = "The council's safeguarding team"
    lead = signposts.places["safeguarding-lead"].name
    assert council in names("my husband has bruises after restraint")
    assert lead not in names("my husband has bruises after restraint")
    assert lead in names("my manager will not hear of it")
    assert council not in names("a man in the group hit her")


def test_own_danger_leads_with_a_person_and_ends_with_the_way_back() -> None:
    message = load_messages(PROMPTS).for_key("crisis_self")
    assert message.close[-1].startswith("If you still want the answer about")
    assert message.close[-1].endswith("ask again.")
    assert not message.steps


def test_another_in_danger_has_three_steps() -> None:
    message = load_messages(PROMPTS).for_key("crisis_other")
    assert message.heading == "Now"
    assert len(message.steps) == 3
    assert "999" in message.steps[0]
    assert "debrief" in message.close[-1]


def test_signposts() -> None:
    signposts = load_signposts(PROMPTS)
    own = signposts.for_reason("crisis_self")
    contacts = " ".join(signpost.contact for signpost in own)
    for number in ("999", "111", "116 123", "85258", "0800 068 4141"):
        assert number in contacts
    assert "999" in own[0].contact
    assert signposts.for_reason("crisis_other")[0].contact.startswith("Ring 999")
    assert signposts.for_reason(None) == ()
    assert signposts.for_reason("nothing_found") == ()


def test_a_signpost_is_shown_under_its_own_field_names() -> None:
    shown = load_signposts(PROMPTS).for_reason("therapy")[0]
    assert isinstance(shown, Signpost)
    assert set(shown.model_dump(mode="json")) == {"name", "contact", "hours", "for", "source"}


def test_hashes() -> None:
    hashes = prompt_hashes(PROMPTS)
    for name in ("screening.toml", "screening_examples.jsonl", "messages.toml", "signposts.yaml"):
        assert hashes[name] == hashlib.sha256((PROMPTS / name).read_bytes()).hexdigest()


def test_hashes_of_a_missing_folder(tmp_path: Path) -> None:
    with pytest.raises(PromptError, match="no such folder"):
        prompt_hashes(tmp_path / "nowhere")


Load = Callable[[Path], Any]


def fault(load: Load, folder: Path) -> PromptError:
    with pytest.raises(PromptError) as caught:
        load(folder)
    return caught.value


def replace(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


@pytest.mark.parametrize(
    ("load", "name"),
    [
        (load_screening, "screening.toml"),
        (load_screening, "screening_examples.jsonl"),
        (load_messages, "messages.toml"),
        (load_signposts, "signposts.yaml"),
    ],
)
def test_missing_and_unreadable_files(folder: Path, load: Load, name: str) -> None:
    (folder / name).write_bytes(b"\xff\xfe\x00")
    assert fault(load, folder).file == name
    (folder / name).unlink()
    missing = fault(load, folder)
    assert missing.file == name
    assert "missing" in str(missing)


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [
        ("width = 1.0", "width = 0.0", "model.width"),
        ("ridge = 0.2", 'ridge = "a lot"', "model.ridge"),
        ("[model]", "[model]\nunknown = 1", "model.unknown"),
        ('verdict = "crisis_self"', 'verdict = "crisis_me"', "rules.0.verdict"),
        ('strength = "certain"', 'strength = "very"', "rules.0.strength"),
        ('match = ["{burden}"]', 'match = ["{burdn}"]', "own-burden.match.0"),
        ('match = ["{burden}"]', 'match = ["("]', "own-burden.match.0"),
        ('some = ["', 'some = ["{some}', "concepts.some.0"),
        ('name = "own-burden"', 'name = "own-intent"', "rules.3.name"),
    ],
)
def test_faulty_rules(folder: Path, old: str, new: str, field: str) -> None:
    replace(folder / "screening.toml", old, new)
    error = fault(load_screening, folder)
    assert (error.file, error.field) == ("screening.toml", field)


def test_broken_toml(folder: Path) -> None:
    (folder / "messages.toml").write_text("[crisis_self\n", encoding="utf-8")
    assert "not valid TOML" in str(fault(load_messages, folder))


@pytest.mark.parametrize(
    ("line", "field"),
    [
        ("{not json", "line 1"),
        (json.dumps({"text": "hello", "label": "fine"}), "line 1.label"),
        (json.dumps({"text": "  ", "label": "none"}), "line 1.text"),
        (json.dumps({"text": "hello"}), "line 1.label"),
        (json.dumps({"text": "What is peer support?", "label": "none"}), "label"),
    ],
)
def test_faulty_examples(folder: Path, line: str, field: str) -> None:
    (folder / "screening_examples.jsonl").write_text(line + "\n", encoding="utf-8")
    error = fault(load_screening, folder)
    assert (error.file, error.field) == ("screening_examples.jsonl", field)


def test_an_example_twice(folder: Path) -> None:
    path = folder / "screening_examples.jsonl"
    first = path.read_text(encoding="utf-8").splitlines()[0]
    path.write_text(f"{first}\n{first}\n", encoding="utf-8")
    assert fault(load_screening, folder).field == "line 2.text"


@pytest.mark.parametrize(
    ("old", "new", "field", "words"),
    [
        ("[crisis_self]", "[crisis_myself]", "crisis_myself", ""),
        ("[weak_evidence]\nlead", "[weak_evidence]\nled", "weak_evidence.lead", "required"),
        ('heading = "Now"', "heading = 3", "crisis_other.heading", "string"),
    ],
)
def test_faulty_messages(folder: Path, old: str, new: str, field: str, words: str) -> None:
    replace(folder / "messages.toml", old, new)
    error = fault(load_messages, folder)
    assert (error.file, error.field) == ("messages.toml", field)
    assert words in str(error)


def test_a_reason_without_message(folder: Path) -> None:
    path = folder / "messages.toml"
    head, _, tail = path.read_text(encoding="utf-8").partition("[therapy]")
    path.write_text(head + tail[tail.index("\n[") :], encoding="utf-8")
    error = fault(load_messages, folder)
    assert error.file == "messages.toml"
    assert "therapy" in str(error)


@pytest.mark.parametrize(
    ("old", "new", "field", "words"),
    [
        ("    hours: Day and night\n", "", "places.emergency.hours", "required"),
        ("checked: 2026-11-22", "checked: soon", "places.emergency.checked", "date"),
        ("[emergency, nhs-111,", "[emergency, nhs-112,", "", "nhs-112"),
        ("crisis_self: [", "crisis_own: [", "reasons.crisis_own", ""),
        ("therapy: [talking-therapies, samaritans]", "therapy: [samaritans]", "", "talking"),
        ("places:\n", "places: [\n", "line", "YAML"),
    ],
)
def test_faulty_signposts(folder: Path, old: str, new: str, field: str, words: str) -> None:
    replace(folder / "signposts.yaml", old, new)
    error = fault(load_signposts, folder)
    assert error.file == "signposts.yaml"
    assert error.field.startswith(field)
    assert words in str(error)


@pytest.mark.parametrize(
    ("said", "second"),
    [
        ("I can't go on. I'm 16", "Childline"),
        ("I live in Glasgow and I want to end it", "NHS 24 in Scotland"),
        ("Im in Belfast, I want to die", "Lifeline in Northern Ireland"),
        ("I'm in Cardiff and want to die", "NHS 111 Wales"),
        ("I am Deaf and I can't keep myself safe", "999 BSL"),
        ("I want to die", "NHS 111, mental health option"),
    ],
)
def test_help_meant_for_the_writer_stands_behind_999(said: str, second: str) -> None:
    signposts = load_signposts(PROMPTS)
    shown = [post.name for post in signposts.for_reason("crisis_self", said)]
    assert shown[0] == "Emergency services"
    assert second in shown[1:3]
    assert shown[1] != "Samaritans"
    assert sorted(shown) == sorted(p.name for p in signposts.for_reason("crisis_self"))
    named = next(p for p in signposts.for_reason("crisis_self", said) if p.name == second)
    assert not named.folded


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("He hits me when he is manic", True),
        ("my husband has been beating me", True),
        ("my partner said he would strangle me", True),
        ("his hands were round my neck", True),
        ("I can't go on", False),
        ("it hits me at night and I want to die", False),
        ("my husband died and it hurts", False),
    ],
)
def test_who_is_abused_finds_the_helpline_behind_999(said: str, shown: bool) -> None:
    posts = [post.name for post in load_signposts(PROMPTS).for_reason("crisis_self", said)]
    assert posts[0] == "Emergency services"
    assert ("National Domestic Abuse Helpline" in posts[1:2]) is shown


def test_what_the_message_does_not_name_is_folded() -> None:
    posts = load_signposts(PROMPTS).for_reason("crisis_self", "I live in Glasgow, I want to die")
    folded = {post.name for post in posts if post.folded}
    assert {"NHS 111 Wales", "Lifeline in Northern Ireland", "999 BSL"} <= folded
    assert not folded & {"Emergency services", "Samaritans", "NHS 24 in Scotland", "Childline"}


def test_every_nation_young_and_deaf_people_have_help_with_hours_and_a_day_of_checking() -> None:
    signposts = load_signposts(PROMPTS)
    places = [signposts.places[key] for key in signposts.reasons["crisis_self"]]
    for word in ("Scotland", "Wales", "Northern Ireland", "Deaf", "young people"):
        assert any(word in f"{place.name} {place.for_}" for place in places), word
    assert all(place.hours and place.checked for place in places)


def test_a_broken_first_when_is_named(folder: Path) -> None:
    replace(folder / "signposts.yaml", "first_when: '", "first_when: '(")
    assert "does not compile" in str(fault(load_signposts, folder))
