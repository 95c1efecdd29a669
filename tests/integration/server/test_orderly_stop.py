"""A stop loses nothing that was accepted, and does not last forever."""

from __future__ import annotations

import os
import signal
import time
from typing import TYPE_CHECKING

import pytest

from tests.integration.server.starting import serving, start
from tests.support.servers import RunningServer, wait_until
from tests.support.wire import connect, read_answer, request_bytes

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable


def begin_slow_request(server: RunningServer, connection: socket.socket, *, seconds: float) -> None:
    connection.sendall(request_bytes(f"/slow?seconds={seconds}", "Content-Length: 5", body=b"hello"))
    wait_until(lambda: "served POST /slow" in server.output(), what="the slow request is at work")


def term(server: RunningServer) -> None:
    os.kill(server.pid, signal.SIGTERM)


def term_twice_at_once(server: RunningServer) -> None:
    os.kill(server.pid, signal.SIGTERM)
    os.kill(server.pid, signal.SIGTERM)


def ctrl_c(server: RunningServer) -> None:
    os.killpg(server.pid, signal.SIGINT)


def hang_up(server: RunningServer) -> None:
    os.kill(server.pid, signal.SIGHUP)


@pytest.mark.parametrize("stop", [term, term_twice_at_once, ctrl_c, hang_up])
def test_request_in_flight_is_answered_whole(stop: Callable[[RunningServer], None]) -> None:
    """Its lead may be committed already: without the answer the sender would send it again."""
    with serving(workers=2) as server, connect(server.port) as connection:
        begin_slow_request(server, connection, seconds=1.5)
        stop(server)
        answer = read_answer(connection)

        assert (answer.status, b'"bytes": 5' in answer.body) == (200, True)
        assert server.wait() == 0, server.output()


def test_stopping_server_takes_no_new_connections() -> None:
    """A load balancer turns to the next machine only when this one refuses."""
    with serving() as server, connect(server.port) as connection:
        begin_slow_request(server, connection, seconds=2)
        term(server)
        wait_until(lambda: not server.answers(), what="new connections are refused", seconds=2)

        assert read_answer(connection).status == 200


def test_request_that_outlasts_the_kill_timeout_is_given_up() -> None:
    with serving(kill_timeout_seconds=1) as server, connect(server.port) as connection:
        begin_slow_request(server, connection, seconds=60)

        assert server.terminate(seconds=8) == 1, server.output()


def test_second_signal_ends_the_server_at_once() -> None:
    """An operator who presses Ctrl-C again has waited long enough."""
    with serving(kill_timeout_seconds=60) as server, connect(server.port) as connection:
        begin_slow_request(server, connection, seconds=60)
        term(server)
        wait_until(lambda: not server.answers(), what="the first signal has arrived")
        again_at = time.monotonic() + 0.6
        wait_until(lambda: time.monotonic() > again_at, what="it is clearly another one")
        term(server)

        assert server.wait(seconds=8) == 1


def test_each_worker_is_out_of_reach_of_the_terminal() -> None:
    """Ctrl-C reaches the main process alone, which then tells them."""
    with serving(workers=2) as server:
        assert [os.getpgid(pid) for pid in server.worker_pids()] == server.worker_pids()


def test_service_that_is_still_loading_stops_at_once() -> None:
    """Nothing is in flight yet, so that there is nothing to wait for."""
    with start("loading") as server:
        wait_until(lambda: "loading" in server.output(), what="the application loads")

        assert server.terminate(seconds=8) == 0, server.output()
