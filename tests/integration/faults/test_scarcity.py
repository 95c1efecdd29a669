"""Room on the disk, connections and the database's attention run out: senders are told to come back, and can."""

from __future__ import annotations

import shutil
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from tests.integration.faults import audit
from tests.integration.faults.disks import LimitedFiles, SmallFileSystem, mounted
from tests.integration.faults.soak import Noted, rounds
from tests.integration.faults.test_all_that_dies import backends
from tests.integration.faults.test_database_outage import (
    LOST_CONNECTION,
    RECOVERY_SECONDS,
    TRY_LATER,
    is_told_to_try_later,
    readiness,
    seconds_until_leads_are_taken,
)
from tests.support.loads import LEADS, Attempt, Load, Sender, run_all
from tests.support.servers import wait_until
from tests.support.wire import exchange, request_bytes

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path
    from typing import LiteralString

    from tests.integration.faults.disks import Disk
    from tests.integration.faults.installations import Installation
    from tests.support.postgres import PostgresServer

SENDERS = 16
IMPATIENT: Mapping[str, Any] = {"database_timeout_seconds": 0.5, "commit_wait_seconds": 3}


@pytest.mark.parametrize("may_mount", [True, False])
def test_full_disk_refuses_leads_until_there_is_room_on_sqlite(
    on_sqlite: Installation, tmp_path: Path, noted: Noted, *, may_mount: bool
) -> None:
    """What does not fit is refused whole, and the sender keeps it; nobody restarts anything when there is room."""
    folder = tmp_path / "small"
    folder.mkdir()
    with ExitStack() as stack:
        is_mounted = may_mount and stack.enter_context(mounted(folder, size="16m"))
        data_dir = shutil.copytree(on_sqlite.data_dir, folder / "data")
        small = replace(on_sqlite, data_dir=data_dir, database_url=f"sqlite:///{data_dir / 'leadintake.db'}")
        server = stack.enter_context(small.serving(**IMPATIENT))
        disk: Disk = SmallFileSystem(folder) if is_mounted else LimitedFiles(server.worker_pids)
        load = stack.enter_context(Load(server.port, small.token, senders=SENDERS, opts_out=True))
        check_full_disk(small, disk, load, noted)
        assert server.terminate() == 0, server.output()[-2_000:]


def test_full_disk_refuses_leads_until_there_is_room_on_postgresql(
    own_postgres: PostgresServer, on_postgresql: Installation, noted: Noted
) -> None:
    """The same where the disk is the database's."""
    folder = own_postgres.folder / "small"
    with ExitStack() as stack:
        disk = stack.enter_context(full_tables(own_postgres, on_postgresql, folder))
        server = stack.enter_context(on_postgresql.serving(**IMPATIENT))
        load = stack.enter_context(Load(server.port, on_postgresql.token, senders=SENDERS, opts_out=True))
        check_full_disk(on_postgresql, disk, load, noted)
        assert server.terminate() == 0, server.output()[-2_000:]


def check_full_disk(installation: Installation, disk: Disk, load: Load, noted: Noted) -> None:
    for _ in rounds(2, soak=10):
        load.wait_for_acknowledged(100)
        disk.fill()
        load.wait_for(SENDERS * 2, is_told_to_try_later, what="senders are told to try later")
        audit.check_promises(installation.database_url, load.attempts)
        disk.make_room()
        assert seconds_until_leads_are_taken(load) < RECOVERY_SECONDS
    load.stop()
    noted.note(f"{len(rounds(2, soak=10))} times a full disk", installation, load.attempts)
    check_scarcity(installation, load.attempts)


@contextmanager
def full_tables(own_postgres: PostgresServer, installation: Installation, folder: Path) -> Iterator[Disk]:
    """Put the installation's tables on a small disk, or at least let PostgreSQL say the same as if they were there."""
    folder.mkdir()
    name = installation.database_url.partition("?")[0].rpartition("/")[2]
    with mounted(folder, size="32m") as is_mounted, psycopg.connect(own_postgres.dsn(), autocommit=True) as connection:
        if not is_mounted:
            folder.rmdir()
            yield SaidToBeFull(own_postgres.dsn(name))
            return
        place = folder / "tables"
        place.mkdir()
        shutil.chown(place, "nobody")
        connection.execute(f"CREATE TABLESPACE small LOCATION '{place}'")
        connection.execute(f"ALTER DATABASE {name} SET TABLESPACE small")
        try:
            yield SmallFileSystem(folder)
        finally:
            with suppress(FileNotFoundError):
                (folder / "ballast").unlink()
            own_postgres.drop_database(name)
            connection.execute("DROP TABLESPACE small")


@dataclass(frozen=True, slots=True)
class SaidToBeFull:
    """Where nobody may mount anything: PostgreSQL says what it says of a full disk, though it is not."""

    dsn: str

    def fill(self) -> None:
        """Refuse every lead."""
        self._run(
            """
            CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN RAISE 'could not extend file' USING ERRCODE = 'disk_full'; END $$;
            CREATE TRIGGER full_disk BEFORE INSERT ON leads EXECUTE FUNCTION refuse();
            """
        )

    def make_room(self) -> None:
        """Take them again."""
        self._run("DROP FUNCTION refuse CASCADE")

    def _run(self, statements: LiteralString) -> None:
        with psycopg.connect(self.dsn, autocommit=True) as connection:
            connection.execute(statements)


def test_paused_database_is_got_over(own_postgres: PostgresServer, on_postgresql: Installation, noted: Noted) -> None:
    """A disk that stalls or a machine that is moved answers nothing for a while; the connections look alive."""
    with (
        on_postgresql.serving(**IMPATIENT) as server,
        Load(server.port, on_postgresql.token, senders=SENDERS, opts_out=True) as load,
    ):
        workers = server.worker_pids()
        for _ in rounds(1, soak=5):
            load.wait_for_acknowledged(100)
            with own_postgres.paused():
                load.wait_for(SENDERS * 2, is_told_to_try_later, what="senders are told to try later")
                alive = exchange(server.port, request_bytes("/healthz", method="GET")).status
            assert seconds_until_leads_are_taken(load) < RECOVERY_SECONDS
            assert alive == 200
        load.stop()
        noted.note(f"{len(rounds(1, soak=5))} times a paused database", on_postgresql, load.attempts)
        check_scarcity(on_postgresql, load.attempts)
        assert server.worker_pids() == workers
        assert server.terminate() == 0, server.output()[-2_000:]


def test_database_without_a_free_connection_is_got_over(
    own_postgres: PostgresServer, on_postgresql: Installation, noted: Noted
) -> None:
    """Some other program takes all that the database has; ours must not need more than to be let in again."""
    with (
        on_postgresql.serving(**IMPATIENT) as server,
        Load(server.port, on_postgresql.token, senders=SENDERS, opts_out=True) as load,
    ):
        for _ in rounds(1, soak=5):
            load.wait_for_acknowledged(100)
            with psycopg.connect(own_postgres.dsn(), autocommit=True) as ours, ExitStack() as taken:
                # Both at once: who was being let in or was dying as the last one was taken leaves a place later.
                wait_until(
                    lambda: nothing_is_left(own_postgres, on_postgresql, ours, taken) and readiness(server.port) == 503,
                    what="none is free, and it says so",
                )
                load.wait_for(SENDERS * 2, is_told_to_try_later, what="senders are told to try later")
            assert seconds_until_leads_are_taken(load) < RECOVERY_SECONDS
            assert readiness(server.port) == 200
        load.stop()
        noted.note(f"{len(rounds(1, soak=5))} times no connection left", on_postgresql, load.attempts)
        check_scarcity(on_postgresql, load.attempts)
        assert server.terminate() == 0, server.output()[-2_000:]


def nothing_is_left(
    own_postgres: PostgresServer,
    installation: Installation,
    administrator: psycopg.Connection[tuple[object, ...]],
    taken: ExitStack,
) -> bool:
    """Throw leadintake out and take every connection that is free; say whether it has none any more."""
    held = backends(administrator, installation)
    for pid in held:
        administrator.execute("SELECT pg_terminate_backend(%s)", [pid])
    # Full when the database says so; leadintake may have been quicker to one of them.
    with suppress(psycopg.OperationalError):
        while True:
            taken.enter_context(psycopg.connect(own_postgres.dsn()))
    return not backends(administrator, installation)


def test_requests_that_find_no_connection_free_are_told_to_come_back(
    own_postgres: PostgresServer, on_postgresql: Installation
) -> None:
    """Each process has a handful of connections; when slow questions hold them all, nobody must hang or see a 500."""
    name = on_postgresql.database_url.partition("?")[0].rpartition("/")[2]
    key = f"Authorization: Bearer {on_postgresql.founded['api_key']['private']}"
    lists = request_bytes(LEADS, key, method="GET")
    with on_postgresql.serving(**IMPATIENT) as server:

        def ask(count: int, attempts: list[Attempt]) -> None:
            with Sender(server.port) as sender:
                is_list = bool(count % 2)
                attempts.append(
                    sender.send(lists) if is_list else sender.post(on_postgresql.token, f"+1202555{count:04d}")
                )

        def ask_all() -> Sequence[Attempt]:
            attempts: list[Attempt] = []
            run_all([partial(ask, count, attempts) for count in range(60)])
            return attempts

        with psycopg.connect(own_postgres.dsn(name)) as holder:
            holder.execute("LOCK TABLE leads IN ACCESS EXCLUSIVE MODE")
            met = ask_all()
        wait_until(lambda: {attempt.status for attempt in ask_all()} == {200}, what="all are answered as ever")

        assert {(attempt.status, attempt.fault) for attempt in met} == {(503, None)}
        assert {attempt.answer.headers.get("retry-after") for attempt in met if attempt.answer} == {"1"}
        assert server.terminate() == 0, server.output()[-2_000:]


@pytest.mark.parametrize("place", ["/dev/full", "a pipe that nobody reads"])
def test_log_that_cannot_be_written_costs_no_lead(on_sqlite: Installation, place: str) -> None:
    """The disk of the logs is full, or their collector has died: leads are worth more than lines."""
    script = 'exec "$@" >/dev/full 2>&1' if place == "/dev/full" else '"$@" 2>&1 | true'
    with on_sqlite.start(under=["sh", "-c", script, "sh"]) as server:
        with Sender(server.port) as sender:
            wait_until(lambda: sender.post(on_sqlite.token, "+12025550100").is_acknowledged, what="it takes leads")
            attempts = [sender.post(on_sqlite.token, f"+1202555{count:04d}") for count in range(101, 160)]
        refused = exchange(server.port, request_bytes(f"{LEADS}?lead_token=unknown", "Content-Length: 0"))

        assert {attempt.status for attempt in attempts} == {200}
        assert refused.status == 401
        audit.check_promises(on_sqlite.database_url, attempts)


def check_scarcity(installation: Installation, attempts: Sequence[Attempt]) -> None:
    """Fail unless all were answered well or told to try later, and the audit holds."""
    assert {attempt.status for attempt in attempts if attempt.answer} <= {200, 422, 503}
    assert {attempt.fault for attempt in attempts if attempt.fault} <= LOST_CONNECTION
    told = [attempt for attempt in attempts if is_told_to_try_later(attempt)]
    assert {attempt.verdict for attempt in told} <= TRY_LATER
    assert {attempt.answer.headers.get("retry-after") for attempt in told if attempt.answer} <= {"1"}
    audit.check(installation.database_url, attempts)
