"""`kill -9` of leadintake's own processes while leads come in; every sender keeps trying."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING

import psutil

from tests.integration.faults import audit
from tests.integration.faults.installations import kill_whole
from tests.integration.faults.soak import rounds
from tests.support.loads import Fault, Load
from tests.support.servers import is_running, wait_until

if TYPE_CHECKING:
    from tests.integration.faults.installations import Installation

SENDERS = 16
LOST_CONNECTION = {Fault.NOT_CONNECTED, Fault.NOT_ANSWERED, Fault.CUT_SHORT}


def test_acknowledged_leads_survive_the_death_of_the_whole_server(installation: Installation) -> None:
    """A sender that was told 200 forgets the lead; one that was told nothing sends it again, whoever asks."""
    with Load(installation.port, installation.token, senders=SENDERS) as load:
        for count in rounds(10, soak=20):
            with installation.serving() as server:
                audit.check_promises(installation.database_url, load.attempts)
                # Killed early and late: in the rush of the first senders, and amid a steady flow.
                load.wait_for_acknowledged(20 + count * 17 % 150)
                kill_whole(server)
        with installation.serving():
            load.wait_for_acknowledged(SENDERS * 2)
            load.stop()

    stored = audit.check_promises(installation.database_url, load.attempts)
    audit.check_nothing_else(stored, load.attempts)
    assert {attempt.status for attempt in load.attempts if attempt.answer} == {200}
    assert {attempt.fault for attempt in load.attempts if attempt.fault} <= LOST_CONNECTION


def test_death_of_one_worker_costs_its_own_connections_only(on_postgresql: Installation) -> None:
    """The other workers go on as if nothing had happened."""
    with on_postgresql.serving() as server, Load(server.port, on_postgresql.token, senders=SENDERS) as load:
        load.wait_for_acknowledged(200)
        survivor, victim = sorted(server.worker_pids(), key=lambda pid: len(clients_of(pid, server.port)), reverse=True)
        unharmed = clients_of(survivor, server.port)
        os.kill(victim, signal.SIGKILL)
        load.wait_for(200, lambda attempt: attempt.client_port in unharmed, what="the other worker goes on")
        wait_until(
            lambda: len(server.worker_pids()) == 2 and victim not in server.worker_pids(), what="there is a successor"
        )
        load.wait_for_acknowledged(200)
        load.stop()

        assert unharmed
        assert survivor in server.worker_pids()
        assert {attempt.status for attempt in load.attempts if attempt.client_port in unharmed} == {200}
        check_one_death(on_postgresql, load)
        assert server.terminate() == 0, server.output()[-2_000:]


def test_death_of_the_only_worker_is_got_over(on_sqlite: Installation) -> None:
    with on_sqlite.serving() as server, Load(server.port, on_sqlite.token, senders=SENDERS) as load:
        load.wait_for_acknowledged(200)
        (victim,) = server.worker_pids()
        os.kill(victim, signal.SIGKILL)
        load.wait_for_acknowledged(200)
        load.stop()

        assert not is_running(victim)
        check_one_death(on_sqlite, load)
        assert server.terminate() == 0, server.output()[-2_000:]


def clients_of(pid: int, port: int) -> set[int]:
    """Return the ports of the clients that a worker holds connections with."""
    connections = psutil.Process(pid).net_connections("tcp4")
    return {
        held.raddr.port for held in connections if held.status == psutil.CONN_ESTABLISHED and held.laddr.port == port
    }


def check_one_death(installation: Installation, load: Load) -> None:
    """Fail unless everybody was answered well, or lost the connection and found another."""
    stored = audit.check_promises(installation.database_url, load.attempts)
    audit.check_nothing_else(stored, load.attempts)
    assert {attempt.status for attempt in load.attempts if attempt.answer} == {200}
    assert {attempt.fault for attempt in load.attempts if attempt.fault} <= LOST_CONNECTION
