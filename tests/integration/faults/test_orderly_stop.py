"""TERM while leads come in, as at every deployment."""

from __future__ import annotations

import json
import os
import select
import signal
import time
from contextlib import ExitStack
from functools import partial
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from tests.integration.faults import audit
from tests.integration.faults.installations import wait_until_ready
from tests.integration.faults.locking import locked_out
from tests.integration.faults.soak import rounds
from tests.support.loads import Fault, Load, callers, lead_request
from tests.support.servers import wait_until
from tests.support.wire import connect, read_answer

if TYPE_CHECKING:
    from tests.integration.faults.installations import Installation
    from tests.support.servers import RunningServer

SENDERS = 16
STOP_SECONDS = 10.0
_ESTABLISHED = "01"


def test_stop_under_load_loses_nothing_and_cuts_nobody_off(installation: Installation) -> None:
    """A deployment must not cost a lead, however busy the service is."""
    with Load(installation.port, installation.token, senders=SENDERS) as load:
        for count in rounds(2, soak=10):
            with installation.serving() as server:
                load.wait_for_acknowledged(100 + count * 37)
                asked_at = time.monotonic()

                assert server.terminate(seconds=STOP_SECONDS + 5) == 0, server.output()[-2_000:]
                assert time.monotonic() - asked_at < STOP_SECONDS
                audit.check_promises(installation.database_url, load.attempts)
        load.stop()

    audit.check_nothing_else(audit.check_promises(installation.database_url, load.attempts), load.attempts)
    assert {attempt.status for attempt in load.attempts if attempt.answer} == {200}
    # An idle connection is closed, and its sender may just have begun to speak; an answer is never cut.
    assert {attempt.fault for attempt in load.attempts if attempt.fault} <= {Fault.NOT_CONNECTED, Fault.NOT_ANSWERED}


def test_stop_is_heard_at_whatever_moment_it_comes(installation: Installation) -> None:
    """Deployments that follow one another quickly stop a server that has only just come up."""
    for count in rounds(3, soak=20):
        with installation.start() as server:
            # While it makes its workers, when they are there, and when it has said that it is ready.
            if count % 2:
                wait_until_ready(server)
            else:
                least = 1 + count % 4 // 2 * (installation.workers - 1)
                wait_until(partial(has_workers, server, least), what="it has workers")

            assert server.terminate() == 0, server.output()[-2_000:]


def has_workers(server: RunningServer, least: int) -> bool:
    return len(server.worker_pids()) >= least


def test_every_request_in_flight_is_answered_before_the_end(installation: Installation) -> None:
    """Their leads are on the way into the database: without the answer the senders would send them again."""
    whom = list(islice(callers(), SENDERS))
    with installation.serving(database_timeout_seconds=30, commit_wait_seconds=60) as server, ExitStack() as held:
        connections = [held.enter_context(connect(server.port)) for _ in whom]
        with locked_out(installation):
            for caller, connection in zip(whom, connections, strict=True):
                connection.sendall(lead_request(installation.token, {"caller_id": caller}))
            wait_until(lambda: requests_taken(server.port) == SENDERS, what="the server has every request")
            os.kill(server.pid, signal.SIGTERM)
            wait_until(lambda: not server.answers(), what="it takes no more connections")
            answered_early = select.select(connections, [], [], 0)[0]
        answers = [read_answer(connection) for connection in connections]

        assert server.wait(seconds=STOP_SECONDS) == 0, server.output()[-2_000:]
    assert answered_early == []
    assert [answer.status for answer in answers] == [200] * SENDERS
    told = {str(lead["id"]): lead["caller_id"] for lead in (json.loads(answer.body)["lead"] for answer in answers)}
    assert {str(lead.id): lead.caller for lead in audit.read(installation.database_url).leads} == told
    assert sorted(told.values()) == whom


def requests_taken(port: int) -> int:
    """Return how many connections the server on that port has, from which it has read all that was sent.

    Source: Linux, Documentation/networking/proc_net_tcp.
    """
    taken = 0
    for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
        local, _, state, queues = line.split()[1:5]
        if local.endswith(f":{port:04X}") and state == _ESTABLISHED:
            taken += queues.endswith(":00000000")
    return taken


def test_embedded_database_is_one_file_after_the_stop(on_sqlite: Installation) -> None:
    """Whoever copies the file then has every lead; and the last lines of the log are written."""
    with on_sqlite.serving() as server:
        with connect(server.port) as connection:
            connection.sendall(lead_request(on_sqlite.token, {"caller_id": "+12025550143"}))
            answer = read_answer(connection)
        assert server.terminate(seconds=STOP_SECONDS) == 0

        assert answer.status == 200
        assert not [file.name for file in on_sqlite.data_dir.iterdir() if file.name.endswith(("-wal", "-shm"))]
        assert '"route":"/api/v1/leads"' in server.output()
