"""The tiny transformer is a real one: it loads as any other does; only what it says is nonsense."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.tiny_transformer import CONTEXT_LENGTH, LINES, make_tiny_transformer

ASKED = [
    {"role": "system", "content": "Be brief."},
    {"role": "user", "content": "Who supervises a peer support worker?"},
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_tiny_transformer(tmp_path_factory.mktemp("tiny") / "model")


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    """For a model this small, more threads only wait for each other."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture
def looked_up(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """What was looked up on a network, with or without success."""
    names: list[object] = []

    def refuse(host: object, *args: object, **kwargs: object) -> None:
        names.append(host)
        raise OSError("no network")

    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    return names


def loaded(folder: Path) -> tuple[Any, Any]:
    from transformers import AutoModelForCausalLM, AutoTokenizer

    return AutoModelForCausalLM.from_pretrained(folder), AutoTokenizer.from_pretrained(folder)


def said(folder: Path, question: str, **more: Any) -> str:
    """A reply, by transformers alone."""
    model, tokenizer = loaded(folder)
    asked = [*ASKED[:1], {"role": "user", "content": question}]
    prompt = tokenizer.apply_chat_template(asked, tokenize=False, add_generation_prompt=True)
    tokens = tokenizer(prompt, return_tensors="pt")["input_ids"]
    made = model.generate(tokens, do_sample=False, **more)[0][tokens.shape[1] :]
    return str(tokenizer.decode(made))


def test_it_loads_without_a_network(folder: Path, looked_up: list[object]) -> None:
    model, tokenizer = loaded(folder)
    assert (model.config.num_hidden_layers, model.config.hidden_size) == (2, 32)
    assert model.config.max_position_embeddings == tokenizer.model_max_length == CONTEXT_LENGTH
    assert looked_up == []
    assert sum(file.stat().st_size for file in folder.iterdir()) < 500_000


def test_any_text_comes_through_its_tokenizer(folder: Path) -> None:
    _, tokenizer = loaded(folder)
    text = "Who’s “ready”? Ünï 🙂\n\n[e1] {json}"
    assert tokenizer.decode(tokenizer.encode(text)) == text


def test_its_template_marks_whose_turn_it_is(folder: Path) -> None:
    _, tokenizer = loaded(folder)
    prompt = tokenizer.apply_chat_template(ASKED, tokenize=False, add_generation_prompt=True)
    assert re.findall(r"<\|(\w+)\|>", prompt) == ["system", "end", "user", "end", "assistant"]
    marks = {"<|system|>", "<|user|>", "<|assistant|>", "<|end|>", "<s>", "<pad>"}
    assert all(len(tokenizer.encode(mark)) == 1 for mark in marks)


def test_it_talks_nonsense_in_the_words_of_its_lines(folder: Path) -> None:
    reply = said(folder, ASKED[1]["content"])
    spoken = re.findall(r"\w+", reply)
    assert len(spoken) > 40
    assert len(set(spoken)) > 10
    assert set(spoken) <= set(re.findall(r"\w+", " ".join(LINES)))
    assert not [line for line in LINES if line[:25] in reply]


def test_its_words_are_those_of_the_lines_given(tmp_path: Path) -> None:
    made = make_tiny_transformer(tmp_path / "fruit", lines=["apples pears plums", "we eat plums"])
    spoken = set(re.findall(r"\w+", said(made, "Lunch?")))
    assert spoken
    assert spoken <= {"pears", "plums", "eat"}


def test_it_says_the_same_to_the_same_and_not_to_all(folder: Path, tmp_path: Path) -> None:
    again = make_tiny_transformer(tmp_path / "again")
    other = make_tiny_transformer(tmp_path / "other", seed=12)
    question = "What is restraint?"
    assert said(folder, question) == said(again, question)
    assert said(folder, question) != said(other, question)
    assert said(folder, question) != said(folder, "Who decides what to share?")


def test_a_long_prompt_fits_and_the_reply_has_the_length_asked_for(folder: Path) -> None:
    reply = said(folder, "Evidence about supervision. " * 300, max_new_tokens=5)
    assert 1 <= len(re.findall(r"\w+|[.,]", reply)) <= 5


def test_making_it_leaves_torchs_random_numbers_alone(tmp_path: Path) -> None:
    import torch

    before = torch.random.get_rng_state()
    make_tiny_transformer(tmp_path / "model")
    assert torch.equal(before, torch.random.get_rng_state())


def test_langchain_huggingface_talks_to_it(folder: Path, looked_up: list[object]) -> None:
    package = pytest.importorskip(
        "langchain_huggingface", reason="langchain-huggingface is not installed"
    )
    pipeline = package.HuggingFacePipeline.from_model_id(
        model_id=str(folder),
        task="text-generation",
        pipeline_kwargs={"max_new_tokens": 30, "do_sample": False, "return_full_text": False},
    )
    chat = package.ChatHuggingFace(llm=pipeline)
    asked = [(message["role"], message["content"]) for message in ASKED]
    whole = chat.invoke(asked).content
    pieces = [piece.content for piece in chat.stream(asked)]
    assert whole == said(folder, ASKED[1]["content"], max_new_tokens=30)
    assert "".join(pieces) == whole
    assert len(pieces) > 10
    assert looked_up == []
