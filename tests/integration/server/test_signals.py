"""A signal stops the server whichever thread it reaches."""

from __future__ import annotations

import ctypes
import os
import signal
from pathlib import Path

import pytest

from tests.integration.server.starting import serving, start
from tests.support.servers import wait_until
from tests.support.wire import exchange, request_bytes


def threads_beside_the_main_one(pid: int) -> list[int]:
    return [int(entry.name) for entry in Path(f"/proc/{pid}/task").iterdir() if entry.name != str(pid)]


def tell_thread(pid: int, thread: int, number: signal.Signals) -> None:
    """Send a signal to one thread of another process, as the kernel does when it picks one."""
    assert ctypes.CDLL(None).tgkill(pid, thread, number) == 0, os.strerror(ctypes.get_errno())


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_signal_that_reaches_another_thread_stops_the_server(number: signal.Signals) -> None:
    """The main thread sleeps, and nothing else would wake it: a deployment would wait for its time-out, and kill."""
    with serving() as server:
        (worker,) = server.worker_pids()
        assert exchange(server.port, request_bytes("/x", "Content-Length: 1", body=b"x")).status == 200
        tell_thread(server.pid, threads_beside_the_main_one(server.pid)[0], number)

        assert server.wait() == 0, server.output()
        assert not Path(f"/proc/{worker}").exists()


def test_signal_that_reaches_another_thread_of_a_worker_ends_it() -> None:
    """As the main process's own word to its workers, it may arrive anywhere."""
    with serving(workers=2) as server:
        victim, other = server.worker_pids()
        tell_thread(victim, threads_beside_the_main_one(victim)[0], signal.SIGTERM)
        wait_until(lambda: victim not in server.worker_pids(), what="the worker ends")

        assert other in server.worker_pids()


@pytest.mark.parametrize("workers_seen", [1, 2])
def test_server_that_is_starting_its_workers_stops(workers_seen: int) -> None:
    """Deployments that follow one another quickly stop a server that is only just coming up."""
    with start(workers=2) as server:
        wait_until(lambda: len(server.worker_pids()) >= workers_seen, what="it starts its workers")

        assert server.terminate() == 0, server.output()
