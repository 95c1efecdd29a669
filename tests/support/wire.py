"""HTTP as bytes on a connection, for requests that no client library would send."""

from __future__ import annotations

import socket
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

PATIENCE_SECONDS = 20.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One response as it came.

    Shape: the names in `headers` are in lower case.
    """

    status: int
    headers: dict[str, str]
    body: bytes


@contextmanager
def connect(port: int) -> Iterator[socket.socket]:
    """Open a connection on which nothing waits forever."""
    with socket.create_connection(("127.0.0.1", port), PATIENCE_SECONDS) as connection:
        yield connection


def request_bytes(target: str, *headers: str, method: str = "POST", body: bytes = b"") -> bytes:
    """Return a request that is exactly what it is given, plus a Host."""
    head = "\r\n".join([f"{method} {target} HTTP/1.1", "Host: leads.example", *headers, "", ""])
    return head.encode("latin-1") + body


def chunks(*pieces: bytes) -> bytes:
    """Return the pieces as chunks, without the last one that would end the body."""
    return b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces)


def read_to_end(connection: socket.socket) -> bytes:
    """Return all that comes until the server closes the connection."""
    parts = []
    # A server that closes while it has not read everything resets the connection; what came before counts.
    with suppress(ConnectionResetError):
        while part := connection.recv(65_536):
            parts.append(part)
    return b"".join(parts)


def read_answer(connection: socket.socket) -> Answer:
    """Return the next response, leaving what follows it unread; it must have a Content-Length."""
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        byte = connection.recv(1)
        if not byte:
            raise AssertionError(f"The connection was closed after {head!r}")
        head += byte
    answer = parse_answer(head)
    length = int(answer.headers["content-length"])
    body = b""
    while len(body) < length and (part := connection.recv(length - len(body))):
        body += part
    return Answer(status=answer.status, headers=answer.headers, body=body)


def parse_answer(data: bytes) -> Answer:
    """Return what the bytes of one response say."""
    head, _, body = data.partition(b"\r\n\r\n")
    status_line, *lines = head.decode("latin-1").split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    return Answer(status=int(status_line.split()[1]), headers=headers, body=body)


def exchange(port: int, data: bytes) -> Answer:
    """Send one request on a connection of its own and return the response."""
    with connect(port) as connection:
        connection.sendall(data)
        return read_answer(connection)
