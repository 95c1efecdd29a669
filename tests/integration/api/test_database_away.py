"""The database goes away in the middle: the sender is told to come back, and everything works again by itself."""

from __future__ import annotations

import sqlite3
from contextlib import closing, contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from leadintake.adapters.sql.store import SqlStore
from leadintake.entrypoints.schemas.answers import ProblemSchema, ReadinessSchema

from tests.support.apps import LEADS, UNKNOWN_TOKEN, a_world
from tests.support.postgres import PostgresServer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from werkzeug.wrappers import Response

    from tests.support.apps import World

CALLER = "+18004506787"
WAIT_SECONDS = 0.3


def is_unavailable(answer: Response) -> bool:
    """Say whether that is the answer of a service whose database is away."""
    document = answer.get_json()
    assert ProblemSchema().validate(document) == {}
    assert (answer.status_code, document["code"], answer.headers["Retry-After"]) == (503, "unavailable", "1")
    assert answer.headers["Cache-Control"] == "no-store"
    return True


@pytest.fixture(scope="module")
def server() -> Iterator[PostgresServer]:
    """Lend a server of our own: the one that all tests share must not be stopped."""
    with PostgresServer(tcp=True) as server:
        yield server


class TestSqlite:
    @pytest.fixture
    def file(self, tmp_path: Path) -> Path:
        return tmp_path / "leads.db"

    @pytest.fixture
    def world(self, file: Path) -> Iterator[World]:
        with closing(SqlStore(f"sqlite:///{file}", wait_seconds=WAIT_SECONDS)) as store:
            store.migrate()
            yield a_world(store)

    @contextmanager
    def locked(self, file: Path) -> Iterator[None]:
        """Hold the file as a backup that hangs would."""
        with closing(sqlite3.connect(file, isolation_level=None)) as connection:
            connection.execute("BEGIN EXCLUSIVE")
            yield
            connection.execute("ROLLBACK")

    def test_locked_file_is_503_and_works_again_afterwards(self, world: World, file: Path) -> None:
        with self.locked(file):
            assert is_unavailable(world.submit(caller_id=CALLER))

        assert world.submit(caller_id=CALLER).get_json()["outcome"] == "created"
        assert len(world.submissions()) == 1

    def test_reading_goes_on_while_the_file_is_locked(self, world: World, file: Path) -> None:
        world.submit(caller_id=CALLER)

        with self.locked(file):
            assert world.get().get_json()["metadata"]["total_count"] == 1
            assert world.client.get("/readyz").status_code == 200

    def test_stranger_is_a_stranger_although_no_sample_can_be_kept(self, world: World, file: Path) -> None:
        with self.locked(file):
            answer = world.submit(UNKNOWN_TOKEN, caller_id=CALLER)

        assert answer.status_code == 401
        assert world.unclaimed() == []

    def test_missing_schema_is_not_ready_and_says_what_to_do(self, tmp_path: Path) -> None:
        with closing(SqlStore(f"sqlite:///{tmp_path}/empty.db")) as store:
            findings = {finding.check: finding for finding in store.installation.inspect()}

        assert not findings["schema_current"].is_fine
        assert findings["schema_current"].mend == "run: leadintake migrate"

    def test_folder_that_is_not_there_is_not_ready_and_shows_no_address(self, world: World, tmp_path: Path) -> None:
        with closing(SqlStore(f"sqlite:///{tmp_path}/gone/secret.db", wait_seconds=WAIT_SECONDS)) as store:
            answer = replace(world, store=store).another_process().client.get("/readyz")

        assert answer.status_code == 503
        assert b"secret" not in answer.data
        assert answer.get_json()["checks"]["database_reachable"]["mend"] != ""


@pytest.mark.xdist_group("postgres_away")
class TestPostgres:
    @pytest.fixture
    def world(self, server: PostgresServer) -> Iterator[World]:
        server.start()
        url = server.tcp_url()
        with closing(SqlStore(url, wait_seconds=WAIT_SECONDS)) as store:
            store.migrate()
            yield a_world(store)
        server.start()

    def test_stopped_server_is_503_and_works_again_without_a_restart_of_ours(
        self, world: World, server: PostgresServer
    ) -> None:
        """A restart of the database costs nobody a lead: not while it lasts, and not the first one after it."""
        assert world.submit(caller_id=CALLER).get_json()["outcome"] == "created"

        server.stop()
        assert is_unavailable(world.submit(caller_id=CALLER))
        server.start()

        assert world.submit(caller_id=CALLER).get_json()["outcome"] == "updated"
        assert [submission.outcome.value for submission in world.submissions()] == ["updated", "created"]

    def test_restarted_server_is_not_noticed_by_senders(self, world: World, server: PostgresServer) -> None:
        """Connections die with it; the next request finds out, and tries once more."""
        world.submit(caller_id=CALLER)
        stranger = world.another_process()
        stranger.submit(caller_id=CALLER)

        server.kill()
        server.start()

        assert world.submit(caller_id=CALLER).get_json()["outcome"] == "updated"
        assert world.another_process().submit(caller_id=CALLER).get_json()["outcome"] == "updated"

    def test_token_nobody_remembers_is_503_and_no_401_while_the_server_is_away(
        self, world: World, server: PostgresServer
    ) -> None:
        """A sender who is told 401 gives up; this one must come back."""
        server.stop()

        assert is_unavailable(world.submit(caller_id=CALLER))
        assert is_unavailable(world.submit(UNKNOWN_TOKEN, caller_id=CALLER))
        assert is_unavailable(world.get())
        assert is_unavailable(world.get(f"{LEADS}/01234567-89ab-7def-8123-456789abcdef"))

    def test_frozen_database_keeps_nobody_waiting_for_ever(self, world: World, server: PostgresServer) -> None:
        """A stalled disk or a hanging machine: the server answers nothing, and its connections look alive."""
        assert world.submit(caller_id=CALLER).status_code == 200

        with server.paused():
            answer = world.submit(caller_id=CALLER)
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "1")
        assert answer.get_json()["code"] in {"unavailable", "outcome_unknown"}
        assert world.submit(caller_id=CALLER).status_code == 200

    def test_what_needs_no_database_is_answered_as_ever(self, world: World, server: PostgresServer) -> None:
        server.stop()

        assert world.client.get("/healthz").status_code == 200
        assert world.client.get("/api/v1/reserved_keys").status_code == 200
        assert world.client.post(LEADS, json={"caller_id": CALLER}).status_code == 401
        assert world.ask("OPTIONS", LEADS).status_code == 204

    def test_readiness_says_what_to_mend_and_keeps_the_password(self, world: World, server: PostgresServer) -> None:
        """A load balancer takes the process out; whoever looks why must not read the database's password."""
        assert world.client.get("/readyz").status_code == 200
        password = server.tcp_url().partition("postgres:")[2].partition("@")[0]
        assert password

        server.stop()
        answer = world.client.get("/readyz")

        document = answer.get_json()
        assert (answer.status_code, document["status"]) == (503, "not ready")
        assert ReadinessSchema().validate(document) == {}
        assert "LEADINTAKE_DATABASE_URL" in document["checks"]["database_reachable"]["mend"]
        assert password not in answer.get_data(as_text=True)
        server.start()
        assert world.client.get("/readyz").status_code == 200

    def test_missing_schema_is_not_ready_and_says_what_to_do(self, world: World, server: PostgresServer) -> None:
        url = server.tcp_url("template1")
        with closing(SqlStore(url, wait_seconds=WAIT_SECONDS)) as store:
            empty = replace(world, store=store).another_process()

            answer = empty.client.get("/readyz")

        assert answer.status_code == 503
        assert answer.get_json()["checks"]["schema_current"]["mend"] == "run: leadintake migrate"

    def test_settings_that_could_lose_a_lead_are_not_ready(self) -> None:
        with (
            PostgresServer(settings={"full_page_writes": "off"}) as careless,
            closing(SqlStore(careless.url())) as store,
        ):
            store.migrate()

            answer = a_world(store).client.get("/readyz")

        assert answer.status_code == 503
        assert "full_page_writes" in answer.get_json()["checks"]["commits_durable"]["mend"]
