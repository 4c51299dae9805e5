"""Turns the errors of providers' packages into ours: one table, by class and by status.

No text of a foreign error is used: some repeat the request, with the question and its evidence.
What is kept of it is its class and its status.
"""

from __future__ import annotations

import email.utils
import time
from collections.abc import Iterator, Mapping
from typing import Any

from assistant.chat_models.records import Address, ChatFault, ChatModelError

_ROOTS = {
    "httpx2": "httpx",
    "httpcore2": "httpx",
    "httpcore": "httpx",
    "builtins": "",
    "socket": "",
}
"""Packages whose errors are named as those of another."""

CLASSES: dict[str, ChatFault] = {
    "langchain_core.ContextOverflowError": "too_long",
    "openai.APITimeoutError": "timed_out",
    "openai.APIConnectionError": "unreachable",
    "openai.AuthenticationError": "unauthorised",
    "openai.PermissionDeniedError": "unauthorised",
    "openai.NotFoundError": "unknown_model",
    "openai.RateLimitError": "rate_limited",
    "openai.InternalServerError": "server_error",
    "openai.APIResponseValidationError": "server_error",
    "openai.BadRequestError": "refused",
    "openai.UnprocessableEntityError": "refused",
    "openai.ConflictError": "server_error",
    "openai.LengthFinishReasonError": "cut_off",
    "openai.ContentFilterFinishReasonError": "refused",
    "openai.APIError": "server_error",
    "openai.OpenAIError": "no_key",
    "langchain_openai.OpenAIRefusalError": "refused",
    "anthropic.APITimeoutError": "timed_out",
    "anthropic.APIConnectionError": "unreachable",
    "anthropic.APIResponseValidationError": "server_error",
    "anthropic.CredentialsError": "no_key",
    "anthropic.APIError": "server_error",
    "ollama.ResponseError": "server_error",
    "ollama.RequestError": "refused",
    "httpx.ConnectTimeout": "unreachable",
    "httpx.TimeoutException": "timed_out",
    "httpx.RemoteProtocolError": "unreachable",
    "httpx.LocalProtocolError": "refused",
    "httpx.UnsupportedProtocol": "unreachable",
    "httpx.DecodingError": "server_error",
    "httpx.TooManyRedirects": "server_error",
    "httpx.InvalidURL": "unreachable",
    "httpx.StreamError": "cut_off",
    "httpx.TransportError": "unreachable",
    "httpx.HTTPError": "server_error",
    "json.JSONDecodeError": "server_error",
    "TimeoutError": "timed_out",
    "ConnectionError": "unreachable",
    "MemoryError": "server_error",
}
"""Package and class of an error, and why a call gave nothing. The nearest class that is named
counts; a status (below) tells more and comes first."""

STATUSES: dict[int, ChatFault] = {
    401: "unauthorised",
    402: "rate_limited",
    403: "unauthorised",
    404: "unknown_model",
    408: "timed_out",
    409: "server_error",
    413: "too_long",
    425: "server_error",
    429: "rate_limited",
}
"""What a server's status means; other 4xx: the call was taken for wrong; 5xx: it failed."""

AGAIN: frozenset[ChatFault] = frozenset(
    {"unreachable", "timed_out", "rate_limited", "server_error", "cut_off", "busy", "paused"}
)
"""Faults after which the same call may succeed later."""


class Foreign(Exception):
    """Stands for an error of another package in a traceback: its class and status, no text."""


def fault_of(error: BaseException, address: Address, *, heard: bool = False) -> ChatModelError:
    """Ours for an error that calling a model raised; its cause is a ``Foreign``.

    Args:
        error: as caught.
        address: of the model.
        heard: whether something of the reply was heard before.
    """
    if isinstance(error, ChatModelError):
        return error
    status = status_of(error)
    fault = _by_class(error) if status is None else _by_status(status)
    overflow = any(name == "langchain_core.ContextOverflowError" for name in _names(error))
    if overflow or getattr(error, "code", None) == "context_length_exceeded":
        fault = "too_long"
    if heard and fault in {"unreachable", "server_error"}:
        fault = "cut_off"
    spent = status == 402 or getattr(error, "code", None) == "insufficient_quota"
    made = said(fault, address, status=status, spent=spent)
    name = next(_names(error))
    made.__cause__ = Foreign(name if status is None else f"{name} (status {status})")
    return made


def status_of(error: BaseException) -> int | None:
    """The status that a server gave, where the error tells one."""
    for holder in (error, getattr(error, "response", None)):
        status = getattr(holder, "status_code", None)
        if isinstance(status, int) and 400 <= status < 600:
            return status
    return None


def retry_after(error: BaseException, now: float | None = None) -> float | None:
    """Seconds that a server asks to wait before the next call; None where it does not say.

    Args:
        error: as caught.
        now: seconds since 1970, for a date in the header.
    """
    headers: Mapping[str, str] = getattr(getattr(error, "response", None), "headers", None) or {}
    if (told := _number(headers.get("retry-after-ms"))) is not None:
        return told / 1000
    text = headers.get("retry-after")
    if (told := _number(text)) is not None or text is None:
        return told
    try:
        when = email.utils.parsedate_to_datetime(text).timestamp()
    except (TypeError, ValueError):
        return None
    return max(0.0, when - (time.time() if now is None else now))


def _number(text: Any) -> float | None:
    try:
        value = float(text)
    except (TypeError, ValueError):
        return None
    return value if 0 <= value < 1e9 else None


def _names(error: BaseException) -> Iterator[str]:
    """Package and class of an error and of what it is derived from, nearest first."""
    for kind in type(error).__mro__:
        root = kind.__module__.partition(".")[0]
        root = _ROOTS.get(root, root)
        yield f"{root}.{kind.__name__}" if root else kind.__name__


def _by_class(error: BaseException) -> ChatFault:
    return next((CLASSES[name] for name in _names(error) if name in CLASSES), "server_error")


def _by_status(status: int) -> ChatFault:
    return STATUSES.get(status, "refused" if status < 500 else "server_error")


def said(
    fault: ChatFault, address: Address, *, status: int | None = None, spent: bool = False
) -> ChatModelError:
    """A fault in plain words.

    Args:
        fault: why.
        address: of the model.
        status: that the server gave.
        spent: whether the account with the provider has no credit left.
    """
    if spent:
        return ChatModelError(
            fault,
            f"The account with {address.host} has no credit left, or has reached its limit.",
            "Look at the account's billing page with the provider.",
        )
    message, hint = _words(fault, address)
    if status is not None and fault in {"server_error", "refused", "unauthorised", "rate_limited"}:
        message = f"{message[:-1]} (status {status})."
    return ChatModelError(fault, message, hint, retryable=fault in AGAIN)


def _words(fault: ChatFault, address: Address) -> tuple[str, str]:
    where = address.host or "the model's folder"
    start = f"Is it running? {_start(address)}" if address.local else "Is the network there?"
    words: dict[ChatFault, tuple[str, str]] = {
        "unauthorised": (
            f"{where} did not take the key, or the key may not use '{address.name}'.",
            "Check the key with the provider, and set it anew.",
        ),
        "no_key": (f"There is no key for {where}.", "Set the provider's key variable."),
        "unknown_model": (
            f"The server at {where} does not know the model '{address.name}'.",
            _get(address),
        ),
        "unreachable": (f"No server answers at {where}.", start),
        "timed_out": (
            f"The chat model at {where} took too long.",
            "Try again, choose a smaller model, or allow more time"
            " (PEER_SUPPORT_MODEL_SECONDS, PEER_SUPPORT_MODEL_FIRST_SECONDS).",
        ),
        "rate_limited": (f"{where} takes no more calls just now.", "Try again in a while."),
        "server_error": (f"The chat model at {where} failed.", "Try again in a while."),
        "cut_off": (f"The reply of {where} broke off.", "Try again."),
        "too_long": (
            f"The question with its evidence is too long for '{address.name}'.",
            "Choose a model that reads more at once, or lower PEER_SUPPORT_MODEL_TOKENS.",
        ),
        "empty": (f"The chat model at {where} said nothing.", "Try again, or another model."),
        "paused": (
            f"Calls to {where} are paused after several failures.",
            "They go on by themselves in about a minute.",
        ),
        "busy": (f"Too many questions are being put to {where} at once.", "Try again shortly."),
        "cancelled": ("The call was stopped.", ""),
        "refused": (
            f"{where} refused the call as wrong.",
            f"Check that '{address.name}' is a chat model, and try another.",
        ),
    }
    return words.get(fault, (f"The chat model at {where} cannot be used.", ""))


def _start(address: Address) -> str:
    return "Start it: ollama serve" if address.provider == "ollama" else "Start it, and try again."


def _get(address: Address) -> str:
    if address.provider == "ollama":
        return f"Get it: ollama pull {address.name}"
    return "Check the name with the provider, and the address of the server."
