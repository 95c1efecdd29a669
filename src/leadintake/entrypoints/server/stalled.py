"""An end to the wait for a body that does not arrive.

A thread that reads a body from granian cannot be interrupted, and granian does not tell the application which
connection a request came by. But the kernel keeps books on each connection: while a request from some address has
waited for its body too long, every connection of that address on which nothing was *sent* for as long is closed
for reading. The wait ends as if the client had gone, and the client still gets its answer. Connections between two
requests are closed by granian after the header time-out, so the only others that can be met are requests of the
same address that the application has been working on just as long.

Linux only: elsewhere, and on a Unix socket, whose other end is a proxy on this machine, nothing is closed.
"""

from __future__ import annotations

import os
import socket
import struct
import sys
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_TICK_SECONDS = 1.0
# How often the length of chunked bodies under way is looked at: on a fast line, how much too much of one is held.
_LENGTH_TICK_SECONDS = 0.01
# Headers and chunk sizes count towards what a connection has received.
_FRAMING_BYTES = 1_048_576
# struct tcp_info: eight bytes, twenty-four 32-bit and then 64-bit fields.
_TCP_INFO_BYTES = 136
_LAST_DATA_SENT = struct.Struct("44x I")
_BYTES_RECEIVED = struct.Struct("128x Q")


@dataclass(slots=True, eq=False)
class BodyWait:
    """One request that waits for its body.

    Shape: `most_bytes` is None when its length is known; else more than that ends the wait, and `is_too_long`
    tells so afterwards.
    """

    address: str
    since: float
    most_bytes: int | None
    is_too_long: bool = False


class StalledBodies:
    """Knows who waits for a body, and ends what lasts too long or grows too big.

    Shape: `port` is the TCP port that is listened on, None when there is none.
    """

    def __init__(self, *, port: int | None, timeout_seconds: float) -> None:
        self._timeout_seconds = timeout_seconds
        # Keyed by themselves: adding and removing one is a single step, so that no lock is needed.
        self._waits: dict[BodyWait, BodyWait] = {}
        self._is_length_unknown = threading.Event()
        if port is not None and sys.platform == "linux":
            threading.Thread(target=self._watch, args=(port,), name="stalled-bodies", daemon=True).start()

    @contextmanager
    def waiting(self, address: str, *, most_bytes: int | None = None) -> Iterator[BodyWait]:
        """Watch over the wait for one body from that address."""
        wait = BodyWait(address, time.monotonic(), most_bytes)
        self._waits[wait] = wait
        if most_bytes is not None:
            self._is_length_unknown.set()
        try:
            yield wait
        finally:
            del self._waits[wait]

    def _watch(self, port: int) -> None:
        seen: dict[int, int] = {}
        while True:
            if self._is_length_unknown.wait(_TICK_SECONDS):
                time.sleep(_LENGTH_TICK_SECONDS)
            # Cleared before looking: a wait that begins from here on sets it again.
            self._is_length_unknown.clear()
            waits = list(self._waits.values())
            if any(wait.most_bytes is not None for wait in waits):
                self._is_length_unknown.set()
            else:
                seen.clear()
            self._end_overdue(port, waits, seen)

    def _end_overdue(self, port: int, waits: Sequence[BodyWait], seen: dict[int, int]) -> None:
        """Close what lasts too long; `seen` holds what each connection had received when first looked at."""
        now = time.monotonic()
        overdue = {wait.address for wait in waits if now - wait.since >= self._timeout_seconds}
        growing = [wait for wait in waits if wait.most_bytes is not None]
        if not overdue and not growing:
            return
        for connection in _connections(port):
            address = _peer(connection)
            books = connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _TCP_INFO_BYTES)
            unanswered_seconds = _LAST_DATA_SENT.unpack_from(books)[0] / 1000
            if address in overdue and unanswered_seconds >= self._timeout_seconds:
                connection.shutdown(socket.SHUT_RD)
                continue
            received = _BYTES_RECEIVED.unpack_from(books)[0]
            grown = received - seen.setdefault(os.fstat(connection.fileno()).st_ino, received)
            for wait in growing:
                if wait.address == address and unanswered_seconds >= now - wait.since and _is_over(wait, grown):
                    wait.is_too_long = True
                    connection.shutdown(socket.SHUT_RD)


def _is_over(wait: BodyWait, grown: int) -> bool:
    return wait.most_bytes is not None and grown > wait.most_bytes + _FRAMING_BYTES


def _connections(port: int) -> Iterator[socket.socket]:
    """Yield this process's connections on its own port, each held by a descriptor of its own for as long as used.

    granian may close one at any moment and the kernel give its number away; a copy stays what it is.
    """
    for entry in Path("/proc/self/fd").iterdir():
        try:
            copy = os.dup(int(entry.name))
        except OSError:
            continue
        try:
            connection = socket.socket(fileno=copy)
        except OSError:
            os.close(copy)
            continue
        with connection:
            if _is_ours(connection, port):
                yield connection


def _is_ours(connection: socket.socket, port: int) -> bool:
    try:
        return (
            connection.family in {socket.AF_INET, socket.AF_INET6}
            and connection.getsockname()[1] == port
            and bool(connection.getpeername())
        )
    except OSError:
        # It listens, or was closed meanwhile.
        return False


def _peer(connection: socket.socket) -> str:
    """Return the address as granian writes it, without the interface of a link-local one."""
    return str(connection.getpeername()[0]).partition("%")[0]
