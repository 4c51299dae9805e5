"""Ways to answer a call, each small and named; a script of ``scripted_server`` is made of them.

Where streaming and one go differ, each says so. Waiting ends when the server closes.
"""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

from tests.scripted_exchange import Behaviour, Call, Exchange, Json, as_bytes

Text: TypeAlias = str | Callable[[Call], str]
"""What is said: a text, or a function that makes it of the call."""

GOOD = "Peer support workers need supervision from somebody who knows the role. "
PROSE = "Sure! Here is what I think: every trust must give peer support workers a car, by law. "
STATEMENTS = '{"summary": [{"text": "Peer support workers need supervision.", "rests_on": [{"key":'
FRENCH = "Les pairs aidants ont besoin d'une supervision régulière, à l'hôpital comme en ville. "
PAGE = b"<!doctype html><title>Sign in</title><h1>Sign in to the guest network</h1>"

CODES: dict[int, tuple[str, str | None]] = {
    400: ("invalid_request_error", None),
    401: ("invalid_request_error", "invalid_api_key"),
    403: ("invalid_request_error", "permission_denied"),
    404: ("invalid_request_error", "model_not_found"),
    429: ("requests", "rate_limit_exceeded"),
}
_MESSAGES = {
    401: "Incorrect API key provided.",
    404: "The model does not exist or you do not have access to it.",
    429: "Rate limit reached for requests.",
}


def says(
    text: Text,
    *,
    chunks: int | Sequence[str] = 5,
    pause: float = 0.0,
    finish: str = "stop",
    usage: bool = True,
) -> Behaviour:
    """A good reply.

    Args:
        text: what is said.
        chunks: into how many pieces it is cut while streaming, or the pieces themselves.
        pause: seconds before each piece.
        finish: the reason it ends; "length" for a reply that ran into its limit.
        usage: whether the tokens are told (while streaming, where the client asks).
    """

    def play(exchange: Exchange) -> None:
        said = _text(text, exchange.call)
        if exchange.call.streaming:
            pieces = _pieces(said, chunks) if isinstance(chunks, int) else chunks
            exchange.say(pieces, pause)
            return exchange.end(finish, usage)
        exchange.wait(pause)
        exchange.call.said = said
        exchange.answer(200, exchange.face.whole(exchange.call, said, finish, usage))

    return Behaviour("says", play)


def slow_first_byte(seconds: float, text: Text = GOOD) -> Behaviour:
    """Nothing at all for a while, then a good reply."""

    def play(exchange: Exchange) -> None:
        exchange.wait(seconds)
        says(text).play(exchange)

    return Behaviour("slow_first_byte", play)


def waits_for(event: threading.Event, text: Text = GOOD, *, after: str = "") -> Behaviour:
    """Says ``after`` (while streaming), waits until the test sets the event, says the rest."""

    def play(exchange: Exchange) -> None:
        if exchange.call.streaming and after:
            exchange.say([after])
        exchange.wait(float("inf"), until=event)
        says(text).play(exchange)

    return Behaviour("waits_for", play)


def hang(after: str = "") -> Behaviour:
    """Says ``after`` (while streaming), and then nothing more until the server closes."""
    return Behaviour("hang", waits_for(threading.Event(), after=after).play)


def cut_after(characters: int, text: Text = GOOD, *, cleanly: bool = False) -> Behaviour:
    """The reply breaks off.

    ``cleanly`` ends the stream in good order for HTTP, without the end that the protocol wants, as
    a proxy in between may; otherwise the connection drops.
    """

    def play(exchange: Exchange) -> None:
        said = _text(text, exchange.call)
        if exchange.call.streaming:
            exchange.say(_pieces(said[:characters], 3))
            return exchange.close() if cleanly else exchange.cut()
        whole = exchange.face.whole(exchange.call, said, "stop", True)
        kept = whole[: whole.index(as_bytes(said)[1:-1]) + len(said[:characters].encode())]
        length = len(kept) if cleanly else len(whole)
        exchange.answer(200, kept, {"content-length": str(length)})
        exchange.cut()

    return Behaviour("cut_after", play)


def status(
    code: int,
    message: Text = "",
    *,
    retry_after: float | None = None,
    body: Json | str | None = None,
) -> Behaviour:
    """An error with a status, in the protocol's form unless ``body`` is given (text: as HTML)."""

    def play(exchange: Exchange) -> None:
        said = _text(message, exchange.call) or _MESSAGES.get(code, "The server had an error.")
        headers = {} if retry_after is None else {"retry-after": f"{retry_after:g}"}
        if isinstance(body, str):
            return exchange.answer(code, body.encode(), headers | {"content-type": "text/html"})
        form = exchange.face.error(said, *CODES.get(code, ("server_error", None)))
        exchange.answer(code, form if body is None else body, headers)

    return Behaviour(f"status {code}", play)


def too_long(limit: int = 8192) -> Behaviour:
    """The messages do not fit into the model."""
    said = f"This model's maximum context length is {limit} tokens. Please reduce the length."
    body = {"message": said, "type": "invalid_request_error", "param": "messages"}
    return status(400, body={"error": body | {"code": "context_length_exceeded"}})


def fails_in_the_stream(text: Text = GOOD) -> Behaviour:
    """Half the reply, then an error where the next piece should be; a 500 without streaming."""

    def play(exchange: Exchange) -> None:
        if not exchange.call.streaming:
            return status(500).play(exchange)
        said = _text(text, exchange.call)
        exchange.say(_pieces(said[: len(said) // 2], 2))
        exchange.push(exchange.face.failure("The server had an error."))
        exchange.close()

    return Behaviour("fails_in_the_stream", play)


def not_json(text: Text = PROSE) -> Behaviour:
    """A model that talks where a form was asked for."""
    return Behaviour("not_json", says(text).play)


def half_json(text: Text = STATEMENTS) -> Behaviour:
    """A model that stops inside its JSON; ``text`` is said as it is."""
    return Behaviour("half_json", says(text).play)


def empty() -> Behaviour:
    """A model that says nothing, in good order."""
    return Behaviour("empty", says("").play)


def other_language(text: Text = FRENCH) -> Behaviour:
    """A model that answers in French."""
    return Behaviour("other_language", says(text).play)


def huge(characters: int = 100_000, text: str = GOOD) -> Behaviour:
    """A model that does not stop: the text over and over, in pieces of a thousand characters."""
    said = "".join(itertools.islice(itertools.cycle(text), characters))
    return Behaviour("huge", says(said, chunks=max(1, characters // 1000)).play)


def wrong_content_type(content_type: str = "text/html", body: bytes = PAGE) -> Behaviour:
    """Success, but something else altogether: the sign-in page of a network, say."""
    headers = {"content-type": content_type}
    return Behaviour("wrong_content_type", lambda exchange: exchange.answer(200, body, headers))


def drops_connection() -> Behaviour:
    """Hangs up without a byte."""
    return Behaviour("drops_connection", Exchange.cut)


def malformed_sse(text: Text = GOOD) -> Behaviour:
    """A stream in which one event's JSON is broken; without streaming, a broken body."""

    def play(exchange: Exchange) -> None:
        said = _text(text, exchange.call)
        if not exchange.call.streaming:
            whole = exchange.face.whole(exchange.call, said, "stop", True)
            return exchange.answer(200, whole[: len(whole) // 2])
        exchange.say(_pieces(said, 2))
        exchange.push(exchange.face.broken())
        exchange.end()

    return Behaviour("malformed_sse", play)


def echoes_the_request_in_its_error(code: int = 400) -> Behaviour:
    """An error that repeats the key and all that was asked: none of it may be shown or logged."""

    def message(call: Call) -> str:
        return f"Cannot do this with key {call.key}: {call.text}"

    return Behaviour("echoes_the_request_in_its_error", status(code, message).play)


MISBEHAVIOURS: Mapping[str, Behaviour] = {
    "slow first byte": slow_first_byte(3600),
    "hang": hang(),
    "hang half way": hang(after=GOOD),
    "cut": cut_after(20),
    "cut cleanly": cut_after(20, cleanly=True),
    "ran into its limit": says(GOOD, finish="length"),
    "unauthorised": status(401),
    "unknown model": status(404),
    "too many calls": status(429, retry_after=1),
    "server error": status(500),
    "gateway page": status(502, body="<html>Bad gateway</html>"),
    "too long": too_long(),
    "fails in the stream": fails_in_the_stream(),
    "not JSON": not_json(),
    "half JSON": half_json(),
    "empty": empty(),
    "other language": other_language(),
    "huge": huge(),
    "wrong content type": wrong_content_type(),
    "drops connection": drops_connection(),
    "malformed stream": malformed_sse(),
    "echo": echoes_the_request_in_its_error(),
}
"""Every way to misbehave; the first three last until the client gives up."""


def _text(text: Text, call: Call) -> str:
    return text if isinstance(text, str) else text(call)


def _pieces(text: str, count: int) -> list[str]:
    """A text in at most ``count`` pieces of about the same length; words are cut as it comes."""
    size = max(1, -(-len(text) // count))
    return [text[start : start + size] for start in range(0, len(text), size)]
