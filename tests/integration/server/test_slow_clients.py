"""Slow clients wait among themselves, and not forever."""

from __future__ import annotations

import time
from contextlib import ExitStack
from threading import Event, Thread
from typing import TYPE_CHECKING

import pytest

from tests.integration.server.starting import serving
from tests.support.servers import wait_until
from tests.support.wire import connect, exchange, read_answer, read_to_end, request_bytes

if TYPE_CHECKING:
    import socket
    from collections.abc import Sequence

HELLO = request_bytes("/x", "Content-Length: 5", body=b"hello")
SIZED = request_bytes("/late", "Content-Length: 1000", body=b"x")
CHUNKED = request_bytes("/late", "Transfer-Encoding: chunked", body=b"1\r\nx\r\n")


def trickle(connections: Sequence[socket.socket], piece: bytes, *, until: Event) -> None:
    """Send a piece on each connection, five times a second, as long as somebody is there."""
    left = list(connections)
    while left and not until.wait(0.2):
        for connection in tuple(left):
            try:
                connection.sendall(piece)
            except OSError:
                left.remove(connection)


@pytest.mark.parametrize("is_silent", [True, False], ids=["silent", "trickling"])
def test_slow_clients_do_not_keep_others_waiting(*, is_silent: bool) -> None:
    """Twice as many as there are places to work; each would hold one for as long as it likes."""
    done = Event()
    with serving(threads=4, body_timeout_seconds=60) as server, ExitStack() as stack:
        slow = [stack.enter_context(connect(server.port)) for _ in range(8)]
        for connection in slow:
            connection.sendall(SIZED)
        if not is_silent:
            feeder = Thread(target=trickle, args=(slow, b"x"), kwargs={"until": done})
            feeder.start()
            stack.callback(feeder.join)
            stack.callback(done.set)
        began_at = time.monotonic()
        answers = [exchange(server.port, HELLO) for _ in range(20)]

        assert {answer.status for answer in answers} == {200}
        assert time.monotonic() - began_at < 5
        assert "/late" not in server.output()


@pytest.mark.parametrize("request_", [SIZED, CHUNKED], ids=["with a length", "in chunks"])
@pytest.mark.parametrize("is_silent", [True, False], ids=["silent", "trickling"])
def test_body_that_does_not_arrive_is_refused_in_time(request_: bytes, *, is_silent: bool) -> None:
    """Connections are what an attacker would use up next."""
    done = Event()
    with serving(body_timeout_seconds=1) as server, connect(server.port) as slow, ExitStack() as stack:
        slow.sendall(request_)
        if not is_silent:
            piece = b"x" if request_ is SIZED else b"1\r\nx\r\n"
            feeder = Thread(target=trickle, args=([slow], piece), kwargs={"until": done})
            feeder.start()
            stack.callback(feeder.join)
            stack.callback(done.set)
        began_at = time.monotonic()
        answer = read_to_end(slow)

        assert answer.startswith(b"HTTP/1.1 400 ")
        assert b"malformed_body" in answer
        assert 0.9 < time.monotonic() - began_at < 8


def test_neighbour_behind_the_same_address_is_left_alone() -> None:
    """All clients of an office, and of a proxy, come from one address."""
    with serving(body_timeout_seconds=1) as server, connect(server.port) as slow, connect(server.port) as neighbour:
        slow.sendall(SIZED)

        def is_slow_one_closed() -> bool:
            neighbour.sendall(HELLO)
            assert read_answer(neighbour).status == 200
            return "served POST /late" in server.output()

        wait_until(is_slow_one_closed, what="the slow client is refused")
        assert is_slow_one_closed()


def test_headers_that_do_not_arrive_end_the_connection() -> None:
    with serving(header_timeout_seconds=1) as server, connect(server.port) as slow:
        slow.sendall(b"POST /x HTTP/1.1\r\nHost: leads.example\r\n")
        began_at = time.monotonic()
        read_to_end(slow)

        assert time.monotonic() - began_at < 8


def test_idle_connection_is_closed() -> None:
    with serving(header_timeout_seconds=1) as server, connect(server.port) as idle:
        idle.sendall(HELLO)
        assert read_answer(idle).status == 200

        assert read_to_end(idle) == b""
