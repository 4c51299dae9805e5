"""Tries a chat model and says in plain words how it did, for ``doctor``."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assistant.chat_models.records import (
    Address,
    Cancel,
    ChatFault,
    ChatModelError,
    Message,
    Writer,
)

WORD = (Message("system", "Answer with one word."), Message("user", "Say: ready"))
TRY_SECONDS = 30.0
SLOW_SECONDS = 8.0
LOOK_SECONDS = 5.0
LONGEST_CONFIG = 5_000_000


@dataclass(frozen=True)
class Trial:
    """How a model did.

    Args:
        ok: whether it can be used.
        message: what was found, in plain words.
        hint: what to do; may be empty.
        seconds: that one word took; None without one.
        fault: why there was none, or "too_long" where it reads too little at once.
        context: tokens that it reads at once; None where nobody tells.
    """

    ok: bool
    message: str
    hint: str = ""
    seconds: float | None = None
    fault: ChatFault | None = None
    context: int | None = None


def try_model(
    writer: Writer,
    needed_tokens: int = 0,
    *,
    seconds: float = TRY_SECONDS,
    context_of: Callable[[Address], int | None] | None = None,
    clock: Callable[[], float] = time.monotonic,
) -> Trial:
    """Ask a model for one word, and compare what it reads at once with what is needed.

    Args:
        writer: the model.
        needed_tokens: that it has to read at once; 0 compares nothing.
        seconds: longest wait.
        context_of: tells what a model reads at once.
        clock: seconds that only go forward.
    """
    cancel = Cancel()
    timer = threading.Timer(seconds, cancel)
    timer.daemon = True
    began = clock()
    timer.start()
    try:
        writer.reply(WORD, cancel=cancel)
    except ChatModelError as error:
        return _failed(error, writer.address, seconds)
    finally:
        timer.cancel()
    took = clock() - began
    context = (context_of or context_tokens)(writer.address)
    return _answered(writer.address, took, context, needed_tokens)


def _failed(error: ChatModelError, address: Address, seconds: float) -> Trial:
    if error.fault == "cancelled":
        where = address.host or "the model's folder"
        return Trial(
            False,
            f"The chat model at {where} did not answer within {seconds:.0f} seconds.",
            "Wait until it is loaded and try again, or choose a smaller model.",
            fault="timed_out",
        )
    return Trial(False, error.message, error.hint, fault=error.fault)


def _answered(address: Address, took: float, context: int | None, needed: int) -> Trial:
    where = f" at {address.host}" if address.host else ""
    if context is not None and context < needed:
        return Trial(
            False,
            f"{address}{where} reads {context:,} tokens at once; {needed:,} are needed.",
            f"Choose a model that reads more, or set PEER_SUPPORT_MODEL_TOKENS={context}.",
            took,
            "too_long",
            context,
        )
    if took > SLOW_SECONDS:
        return Trial(
            True,
            f"{address}{where} answered, but one word took {took:.0f} seconds.",
            "The first call loads the model, and may be slow alone; try again. If it stays slow,"
            " choose a smaller model.",
            took,
            context=context,
        )
    return Trial(True, f"{address}{where} answered in {took:.1f} s.", "", took, context=context)


def context_tokens(address: Address) -> int | None:
    """Tokens that a model reads at once, where Ollama or its folder tells; None otherwise."""
    try:
        if address.provider == "ollama":
            return _largest(_ollama_show(address).get("model_info", {}), ".context_length")
        if address.provider == "huggingface":
            file = Path(address.name).expanduser() / "config.json"
            if file.stat().st_size > LONGEST_CONFIG:
                return None
            data = json.loads(file.read_text(encoding="utf-8"))
            return _largest(data, "max_position_embeddings")
    except Exception:
        # Whatever stands in the way: then nobody told.
        return None
    return None


def _ollama_show(address: Address) -> dict[str, Any]:
    import httpx

    url = f"{address.base_url}/api/show"
    loopback = address.base_url.startswith(("http://localhost", "http://127.", "http://[::1]"))
    with httpx.Client(timeout=LOOK_SECONDS, trust_env=not loopback) as client:
        answer = client.post(url, json={"model": address.name})
    answer.raise_for_status()
    data = answer.json()
    return data if isinstance(data, dict) else {}


def _largest(data: dict[str, Any], ending: str) -> int | None:
    found = [v for name, v in data.items() if name.endswith(ending) and isinstance(v, int)]
    return max(found, default=None)
