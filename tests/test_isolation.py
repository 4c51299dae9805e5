"""The suite itself: nothing reaches beyond this machine, and nobody's settings count."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest
from pytest_socket import SocketBlockedError, SocketConnectBlockedError

from assistant.settings import PREFIX, read_settings


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("address", ["192.0.2.1", "8.8.8.8", "example.org"])
def test_nothing_beyond_this_machine_is_reached(address: str) -> None:
    with socket.socket() as outward, pytest.raises(SocketConnectBlockedError):
        outward.connect((address, 80))


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("name", ["example.org", "huggingface.co", b"example.org"])
def test_names_are_not_looked_up(name: str | bytes) -> None:
    with pytest.raises(SocketBlockedError):
        socket.getaddrinfo(name, 443)


def test_this_machine_is_reached() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        with socket.create_connection(("localhost", port), timeout=5) as inward:
            assert inward.getpeername()[1] == port


def test_settings_are_those_of_the_test(tmp_path: Path) -> None:
    named = {name for name in os.environ if name.startswith(PREFIX)}
    assert named == {f"{PREFIX}HOME"}
    assert read_settings().home == tmp_path / "home"
    assert os.environ["HF_HUB_OFFLINE"] == "1"
