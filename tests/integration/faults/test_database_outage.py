"""The database goes away, or somebody keeps it to themselves, while leads come in; leadintake itself stays up."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import psutil
import psycopg
import pytest

from tests.integration.faults import audit
from tests.integration.faults.locking import locked_out
from tests.integration.faults.soak import rounds
from tests.support.loads import Attempt, Fault, Load, Sender
from tests.support.wire import exchange, request_bytes

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tests.integration.faults.installations import Installation
    from tests.support.postgres import PostgresServer

SENDERS = 16
RECOVERY_SECONDS = 5.0
TRY_LATER = {"unavailable", "outcome_unknown"}
LOST_CONNECTION = {Fault.NOT_CONNECTED, Fault.NOT_ANSWERED, Fault.CUT_SHORT}


def killed(postgres: PostgresServer) -> None:
    postgres.kill()


def stopped_in_order(postgres: PostgresServer) -> None:
    postgres.stop("fast")


@pytest.mark.parametrize("end", [killed, stopped_in_order])
def test_service_gets_over_a_database_that_goes_and_comes_back(
    own_postgres: PostgresServer, on_postgresql: Installation, end: Callable[[PostgresServer], None]
) -> None:
    """Databases are patched and fail over; senders must be told to come back, and nobody should have to restart us."""
    with on_postgresql.serving() as server, Load(server.port, on_postgresql.token, senders=SENDERS) as load:
        workers = server.worker_pids()
        for _ in rounds(2, soak=10):
            load.wait_for_acknowledged(100)
            end(own_postgres)
            load.wait_for(SENDERS * 2, is_told_to_try_later, what="senders are told to try later")
            meanwhile = readiness(server.port)
            own_postgres.start()

            assert seconds_until_leads_are_taken(load) < RECOVERY_SECONDS
            assert (meanwhile, readiness(server.port)) == (503, 200)
            audit.check_promises(on_postgresql.database_url, load.attempts)
        load.stop()

        check_outage(on_postgresql, load.attempts)
        assert server.worker_pids() == workers
        assert server.terminate() == 0, server.output()[-2_000:]


def test_service_gets_over_the_crash_of_one_database_process(
    own_postgres: PostgresServer, on_postgresql: Installation
) -> None:
    """The system kills whoever takes much memory; PostgreSQL then throws everybody out and recovers by itself."""
    with on_postgresql.serving() as server, Load(server.port, on_postgresql.token, senders=SENDERS) as load:
        load.wait_for_acknowledged(100)
        psutil.Process(a_backend(own_postgres, on_postgresql)).kill()

        assert seconds_until_leads_are_taken(load) < RECOVERY_SECONDS
        load.wait_for_acknowledged(200)
        load.stop()
        check_outage(on_postgresql, load.attempts)
        assert server.terminate() == 0, server.output()[-2_000:]


def test_lock_held_too_long_is_answered_with_try_later(installation: Installation) -> None:
    """A backup or a careless console may lock everybody out for a while; nobody must hang, and nothing is lost."""
    with installation.serving(database_timeout_seconds=0.5) as server, Sender(server.port) as sender:
        before = sender.post(installation.token, "+12025550143")
        with locked_out(installation):
            meanwhile = sender.post(installation.token, "+12025550144")
        afterwards = sender.post(installation.token, "+12025550144")

    assert (before.status, meanwhile.status, afterwards.status) == (200, 503, 200)
    assert (meanwhile.verdict, afterwards.verdict) == ("unavailable", "created")
    assert meanwhile.ended_at - meanwhile.begun_at < RECOVERY_SECONDS
    check_outage(installation, [before, meanwhile, afterwards])


def is_told_to_try_later(attempt: Attempt) -> bool:
    return attempt.status == 503


def readiness(port: int) -> int:
    return exchange(port, request_bytes("/readyz", method="GET")).status


def seconds_until_leads_are_taken(load: Load) -> float:
    """Return how long it takes from now on until as many leads are taken as there are senders."""
    since = time.monotonic()

    def is_taken(attempt: Attempt) -> bool:
        return attempt.is_acknowledged and attempt.begun_at > since

    load.wait_for(SENDERS, is_taken, what="leads are taken again")
    return time.monotonic() - since


def a_backend(postgres: PostgresServer, installation: Installation) -> int:
    """Return the process that PostgreSQL has for one of the installation's connections."""
    name = installation.database_url.partition("?")[0].rpartition("/")[2]
    with psycopg.connect(postgres.dsn()) as connection:
        row = connection.execute("SELECT min(pid) FROM pg_stat_activity WHERE datname = %s", [name]).fetchone()
    assert row
    assert row[0], "nobody is connected"
    return int(row[0])


def check_outage(installation: Installation, attempts: Sequence[Attempt]) -> None:
    """Fail unless all were answered well, told to try later, or lost the connection, and the audit holds."""
    assert {attempt.status for attempt in attempts if attempt.answer} <= {200, 503}
    assert {attempt.fault for attempt in attempts if attempt.fault} <= LOST_CONNECTION
    refusals = [attempt for attempt in attempts if is_told_to_try_later(attempt)]
    assert {attempt.verdict for attempt in refusals} <= TRY_LATER
    assert {attempt.answer.headers.get("retry-after") for attempt in refusals if attempt.answer} <= {"1"}
    audit.check_unavailable_did_nothing(attempts)
    stored = audit.check_promises(installation.database_url, attempts)
    audit.check_nothing_else(stored, attempts)
