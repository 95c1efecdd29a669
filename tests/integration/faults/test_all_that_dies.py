"""Everything that can be killed is killed, one thing after the other, under one load; then all is looked through."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING, Self, TypeAlias

import psutil
import psycopg

from tests.integration.faults import audit
from tests.integration.faults.installations import kill_whole, wait_until_ready
from tests.integration.faults.locking import locked_out
from tests.integration.faults.soak import Noted, rounds
from tests.integration.faults.traces import answers, credentials_in, files, tables
from tests.support.loads import Attempt, Fault, Load
from tests.support.servers import is_running, wait_until
from tests.support.wire import exchange, request_bytes

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tests.integration.faults.installations import Installation
    from tests.support.postgres import PostgresServer
    from tests.support.servers import RunningServer

SENDERS = 16
BETWEEN = 110
LOST_CONNECTION = {Fault.NOT_CONNECTED, Fault.NOT_ANSWERED, Fault.CUT_SHORT}
ANSWERS = {(200, None), (422, "caller_opted_out"), (503, "unavailable"), (503, "outcome_unknown")}
METRICS_TOKEN = "0123456789abcdef-metrics"
# What tells something without any of the credentials that are searched for; one of these is not there.
TOLD_WITHOUT = (
    "/healthz",
    "/readyz",
    "/metrics",
    "/api/docs",
    "/api/v1/openapi.json",
    "/api/v1/reserved_keys",
    "/nothing",
)


class Service:
    """The server of an installation, as often as it is started again, and all that it prints."""

    def __init__(self, installation: Installation) -> None:
        self.installation = installation
        self.printed = ""
        self.server: RunningServer = self._start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.server.close()

    def start_again(self) -> None:
        """Start the successor of a server that has ended."""
        self.printed += self.server.output()
        self.server.close()
        self.server = self._start()

    def _start(self) -> RunningServer:
        server = self.installation.start(
            database_timeout_seconds=0.5, commit_wait_seconds=3, metrics_token=METRICS_TOKEN
        )
        try:
            wait_until_ready(server)
        except BaseException:
            server.close()
            raise
        return server


Ending: TypeAlias = "Callable[[Service], None]"


def kill_a_worker(service: Service) -> None:
    victim = service.server.worker_pids()[-1]
    os.kill(victim, signal.SIGKILL)
    wait_until(
        lambda: (
            victim not in service.server.worker_pids()
            and len(service.server.worker_pids()) == service.installation.workers
        ),
        what="there is a successor",
    )


def kill_the_main_process(service: Service) -> None:
    workers = service.server.worker_pids()
    service.server.kill()
    wait_until(lambda: not any(map(is_running, workers)), what="the workers follow")
    service.start_again()


def kill_the_whole_server(service: Service) -> None:
    kill_whole(service.server)
    service.start_again()


def stop_in_order(service: Service) -> None:
    assert service.server.terminate() == 0, service.server.output()[-2_000:]
    service.start_again()


def lock_out(service: Service) -> None:
    with locked_out(service.installation):
        port = service.server.port
        answer = exchange(port, request_bytes("/api/v1/leads?lead_token=x&caller_id=1", "Content-Length: 0"))
        assert answer.status in {401, 503}


def of_postgresql(own_postgres: PostgresServer) -> Sequence[Ending]:
    """Return the ways in which PostgreSQL can end."""

    def kill_the_database(_: Service) -> None:
        own_postgres.kill()
        own_postgres.start()

    def restart_the_database(_: Service) -> None:
        own_postgres.stop("fast")
        own_postgres.start()

    def kill_a_backend(service: Service) -> None:
        with psycopg.connect(own_postgres.dsn()) as connection:
            pids = backends(connection, service.installation)
        if pids:
            psutil.Process(pids[0]).kill()

    def end_all_backends(service: Service) -> None:
        with psycopg.connect(own_postgres.dsn(), autocommit=True) as connection:
            for pid in backends(connection, service.installation):
                connection.execute("SELECT pg_terminate_backend(%s)", [pid])

    return [kill_the_database, kill_a_backend, end_all_backends, restart_the_database]


def backends(connection: psycopg.Connection[tuple[object, ...]], installation: Installation) -> list[int]:
    name = installation.database_url.partition("?")[0].rpartition("/")[2]
    query = "SELECT pid FROM pg_stat_activity WHERE datname = %s AND application_name = 'leadintake'"
    return [int(str(pid)) for (pid,) in connection.execute(query, [name]).fetchall()]


OF_THE_SERVER: Sequence[Ending] = (kill_a_worker, kill_the_main_process, kill_the_whole_server, stop_in_order, lock_out)


def test_nothing_is_lost_whatever_dies_on_sqlite(on_sqlite: Installation, noted: Noted) -> None:
    """A sender that was told 200 forgets the lead, and an opt-out that was answered is the caller's right."""
    printed, attempts = live_through(on_sqlite, OF_THE_SERVER, noted)
    traces = {"printed": printed, "answers": answers(attempts), **files(on_sqlite.data_dir.parent), **tables(on_sqlite)}

    assert credentials_in(traces, on_sqlite) == []


def test_nothing_is_lost_whatever_dies_on_postgresql(
    own_postgres: PostgresServer, on_postgresql: Installation, noted: Noted
) -> None:
    """The same where the database can die by itself."""
    ways = [way for pair in zip(OF_THE_SERVER, [*of_postgresql(own_postgres), lock_out], strict=True) for way in pair]
    printed, attempts = live_through(on_postgresql, ways[:-1], noted)
    own_postgres.stop("fast")
    traces = {"printed": printed, "answers": answers(attempts), **files(on_postgresql.data_dir.parent)}
    traces |= files(own_postgres.folder)
    own_postgres.start()

    assert credentials_in(traces | tables(on_postgresql), on_postgresql) == []


def live_through(installation: Installation, ways: Sequence[Ending], noted: Noted) -> tuple[bytes, Sequence[Attempt]]:
    """Let everything die once, or many times, and return what the servers printed and what senders met."""
    endings = rounds(len(ways), soak=36)
    with (
        Service(installation) as service,
        Load(installation.port, installation.token, senders=SENDERS, opts_out=True) as load,
    ):
        for count in endings:
            # Amid the rush of those who come back, and in a steady flow.
            load.wait_for_acknowledged(BETWEEN // 2 + count * 37 % BETWEEN)
            ways[count % len(ways)](service)
            load.wait_for_acknowledged(SENDERS)
            audit.check_promises(installation.database_url, load.attempts)
        load.wait_for_acknowledged(BETWEEN)
        load.stop()
        bearer = f"Authorization: Bearer {METRICS_TOKEN}"
        asked = [exchange(installation.port, request_bytes(path, bearer, method="GET")) for path in TOLD_WITHOUT]
        assert service.server.terminate() == 0, service.server.output()[-2_000:]
        printed = service.printed + service.server.output()

    noted.note(f"{len(endings)} deaths of {len(ways)} kinds", installation, load.attempts)
    audit.check(installation.database_url, load.attempts)
    met = {(a.status, None if a.status == 200 else a.verdict) for a in load.attempts if a.answer}
    assert met <= ANSWERS
    assert {attempt.fault for attempt in load.attempts if attempt.fault} <= LOST_CONNECTION
    assert any(b"leadintake_submissions_total{" in answer.body for answer in asked)
    told = b"".join(repr(answer.headers).encode() + answer.body for answer in asked)
    return printed.encode() + told, load.attempts
