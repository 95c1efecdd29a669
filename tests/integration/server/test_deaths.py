"""Processes die: the service goes on, or ends in a way that a supervisor notices."""

from __future__ import annotations

import os
import signal
import socket
import sys

from tests.integration.server.starting import serving, start
from tests.integration.server.test_orderly_stop import begin_slow_request
from tests.support.servers import RunningServer, is_running, wait_until
from tests.support.wire import connect, exchange, request_bytes


def is_port_free(port: int) -> bool:
    with socket.socket() as probe:
        # Connections that were just closed linger on the port, which is free all the same.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def kill_a_worker(server: RunningServer) -> None:
    """Kill the oldest worker and wait for its successor."""
    before = server.worker_pids()
    os.kill(before[0], signal.SIGKILL)

    def has_successor() -> bool:
        now = server.worker_pids()
        return len(now) == len(before) and before[0] not in now

    wait_until(has_successor, what="the worker has a successor")


def test_killed_worker_is_replaced() -> None:
    with serving(workers=2) as server:
        main_pid = server.pid
        kill_a_worker(server)
        answers = [exchange(server.port, request_bytes("/x", "Content-Length: 1", body=b"x")) for _ in range(20)]

        assert {answer.status for answer in answers} == {200}
        assert is_running(main_pid)
        assert server.terminate() == 0, server.output()


def test_worker_that_dies_twice_ends_the_server_with_a_failure() -> None:
    """Only a supervisor can still help then, and it looks at the exit status."""
    with serving() as server:
        kill_a_worker(server)
        os.kill(server.worker_pids()[0], signal.SIGKILL)

        assert server.wait() == 1
        wait_until(lambda: is_port_free(server.port), what="the port is free again")


def test_workers_die_with_the_main_process() -> None:
    """They would go on serving unwatched, and keep the port from the successor."""
    with serving(workers=2) as server:
        workers = server.worker_pids()
        server.kill()

        wait_until(lambda: not any(map(is_running, workers)), what="the workers are gone", seconds=3)
        wait_until(lambda: is_port_free(server.port), what="the port is free again", seconds=3)


def test_worker_ends_in_time_although_the_main_process_hangs() -> None:
    with serving(kill_timeout_seconds=1) as server, connect(server.port) as connection:
        begin_slow_request(server, connection, seconds=60)
        (worker,) = server.worker_pids()
        os.kill(server.pid, signal.SIGSTOP)
        os.kill(worker, signal.SIGTERM)

        wait_until(lambda: not is_running(worker), what="the worker is gone", seconds=8)


WATCHING_CHILD = """
import sys, time
from leadintake.entrypoints.server.worker import watch_parent
watch_parent(int(sys.argv[1]))
time.sleep(120)
"""
PARENT = """
import os, subprocess, sys
subprocess.run([sys.executable, "-c", sys.argv[1], str(os.getpid())])
"""


def test_worker_watches_its_parent_where_the_kernel_does_not() -> None:
    """Only Linux signals the death of a parent."""
    with RunningServer([sys.executable, "-c", PARENT, WATCHING_CHILD], url="http://127.0.0.1:0") as processes:
        wait_until(lambda: len(processes.worker_pids()) == 1, what="the child runs")
        (pid,) = processes.worker_pids()
        processes.kill()

        wait_until(lambda: not is_running(pid), what="the child is gone")


def test_application_that_does_not_start_ends_the_server() -> None:
    """Starting it again and again would hide the message under its repetitions."""
    with start("broken", workers=2) as server:
        assert server.wait(seconds=15) == 1
        assert server.output().count("LookupError: the moon is in the wrong house") == 1
        assert server.output().startswith("The service could not start.")


def test_application_that_does_not_exist_ends_the_server() -> None:
    with start("no_such_name") as server:
        assert server.wait(seconds=15) == 1
        assert "no_such_name" in server.output()
