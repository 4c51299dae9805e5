"""Which addresses only this computer reaches, and a socket to listen on."""

from __future__ import annotations

import ipaddress
import os
import socket

from assistant.errors import ConfigurationError


def is_loopback(host: str) -> bool:
    """True for addresses that only this computer reaches."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def host_name(host: str) -> str:
    """The name in a Host header, without its port."""
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.partition(":")[0]


def address_of(host: str, port: int) -> str:
    """The address of a server on this host and port."""
    return f"http://{'[' + host + ']' if ':' in host else host}:{port}"


def listening(host: str, port: int) -> socket.socket:
    """A socket that listens; port 0 takes a free one.

    Raises:
        ConfigurationError: the port is taken, or the address cannot be used.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        if os.name == "posix":
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(64)
    except (OSError, OverflowError) as error:
        listener.close()
        raise ConfigurationError(
            f"Port {port} on {host} cannot be used: it is taken or not allowed.",
            "Stop the other program, or choose another port with --port.",
        ) from error
    return listener
