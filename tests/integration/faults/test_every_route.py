"""Every route and the database's faults: away, dying under a statement, locked. The answer is never a 500."""

from __future__ import annotations

import sqlite3
import threading
from contextlib import ExitStack, closing, contextmanager
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import quote

import psycopg
import pytest

from leadintake.adapters.sql.store import SqlStore
from leadintake.adapters.sql.tables import metadata
from leadintake.entrypoints.schemas.answers import ProblemSchema

from tests.support.apps import LEADS, a_world
from tests.support.servers import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from werkzeug.test import TestResponse

    from tests.support.apps import World
    from tests.support.postgres import PostgresServer

CALLER = "+18004506787"
PATIENCE_SECONDS = 10.0
READINESS = "/readyz"
# What a request is known by is read from these; whoever locks them stops every request at its first question.
FOUND_BY = {"companies", "lead_tokens", "api_keys"}
# A few that must be among those that need the database; routes that come later need not be added.
NEED_THE_DATABASE = {
    ("POST", LEADS),
    ("GET", LEADS),
    ("GET", f"{LEADS}/<lead_id>"),
    ("POST", f"{LEADS}/capture"),
    ("PUT", f"{LEADS}/<path:caller_id>/caller_opt_out"),
    ("POST", f"{LEADS}/<lead_id>/lead_remove"),
    ("POST", "/api/v1/contacts/<path:caller_id>/caller_block"),
    ("GET", "/api/v1/schedules"),
    ("POST", "/api/v1/offers"),
    ("GET", "/api/v1/submissions"),
    ("GET", READINESS),
}


class Route(NamedTuple):
    """One way of asking, as the application has it."""

    method: str
    rule: str


def routes(world: World) -> list[Route]:
    """Return every route of the application, with every method that it takes."""
    return [
        Route(method, rule.rule)
        for rule in world.app.url_map.iter_rules()
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})
    ]


def ask(world: World, route: Route, parts: Mapping[str, str]) -> TestResponse:
    """Ask with both credentials, and with parameters that could do something."""
    path = route.rule
    for name, part in parts.items():
        for written in (f"<{name}>", f"<path:{name}>", f"<int:{name}>", f"<string:{name}>"):
            path = path.replace(written, quote(part))
    # Leads are listed to holders of an API key only, and to nobody who shows a lead token as well.
    takes_token = not (route.method == "GET" and path.startswith(LEADS))
    headers = world.bearer() | ({"X-Lead-Token": world.schedule_token} if takes_token else {})
    fields = {"caller_id": CALLER} if path.startswith(LEADS) else {"name": f"Kittens by {route.method}"}
    body = None if route.method in {"GET", "DELETE"} else fields
    return world.client.open(path, method=route.method, headers=headers, json=body)


def parts_of(world: World) -> Mapping[str, str]:
    """Return something that is there for every variable part of an address."""
    lead_id = world.submit(caller_id=CALLER).get_json()["lead_id"]
    return {
        "lead_id": lead_id,
        "submission_id": str(world.submissions()[0].receipt.id),
        "caller_id": CALLER,
        "schedule_id": str(world.schedule.id),
        "offer_id": str(world.offer.id),
        "traffic_source_id": str(world.source.id),
        "list_id": "1",
        "key": "interest",
    }


def is_told_to_try_later(answer: TestResponse) -> bool:
    """Say whether that is a good 503; fail for any other fault of ours."""
    assert answer.status_code < 500 or answer.status_code == 503, answer.get_data(as_text=True)
    if answer.status_code != 503:
        return False
    assert answer.headers["Retry-After"] == "1"
    if answer.mimetype == "text/html":
        assert "The database is away" in answer.text
    elif "checks" not in answer.get_json():
        assert ProblemSchema().validate(answer.get_json()) == {}
        assert answer.get_json()["code"] in {"unavailable", "outcome_unknown"}
    return True


@pytest.fixture
def world(own_postgres: PostgresServer) -> Iterator[World]:
    """A company on a PostgreSQL that may be killed."""
    own_postgres.start()
    url = own_postgres.create_database("every_route")
    with closing(SqlStore(url, wait_seconds=PATIENCE_SECONDS)) as store:
        store.migrate()
        yield a_world(store)
    own_postgres.start()
    own_postgres.drop_database("every_route")


def backends(connection: psycopg.Connection[tuple[int]], *, only_waiting: bool = False) -> list[int]:
    """Return the processes that PostgreSQL has for leadintake here."""
    query = """
        SELECT pid FROM pg_stat_activity WHERE datname = 'every_route' AND application_name = 'leadintake'
        AND (%s OR wait_event_type = 'Lock')
        """
    return [pid for (pid,) in connection.execute(query, [not only_waiting]).fetchall()]


@contextmanager
def administrator(own_postgres: PostgresServer, database: str = "postgres") -> Iterator[psycopg.Connection[tuple[int]]]:
    with psycopg.connect(own_postgres.dsn(database), autocommit=True) as connection:
        yield connection


def test_every_route_says_try_later_while_the_database_is_away(world: World, own_postgres: PostgresServer) -> None:
    """Whoever is told 500 gives up, or rings somebody up; whoever is told 503 comes back."""
    parts = parts_of(world)
    stranger = world.another_process()
    own_postgres.kill()

    told = {route for route in routes(stranger) if is_told_to_try_later(ask(stranger, route, parts))}

    assert told >= NEED_THE_DATABASE
    assert stranger.client.get("/healthz").status_code == 200


def test_no_route_notices_connections_that_died_meanwhile(world: World, own_postgres: PostgresServer) -> None:
    """After a restart of the database all connections are dead; the first request of each kind must not pay for it."""
    parts = parts_of(world)
    with administrator(own_postgres) as connection:
        for route in routes(world):
            assert world.get().status_code == 200
            held = backends(connection)
            assert held
            for pid in held:
                connection.execute("SELECT pg_terminate_backend(%s)", [pid])
            wait_until(lambda: not backends(connection), what="the connections are dead")

            assert not is_told_to_try_later(ask(world, route, parts)), route


@pytest.mark.parametrize(
    "first",
    [("PUT", f"{LEADS}/{CALLER}/caller_opt_out"), ("GET", LEADS), ("GET", "/api/v1/schedules"), ("POST", LEADS)],
)
def test_restarted_database_is_not_noticed(world: World, own_postgres: PostgresServer, first: tuple[str, str]) -> None:
    """The same with a real death, which leaves no word of farewell on the connection."""
    parts = parts_of(world)
    own_postgres.kill()
    own_postgres.start()

    assert ask(world, Route(*first), parts).status_code == 200


def test_connection_that_dies_under_a_statement_is_told_as_try_later(
    world: World, own_postgres: PostgresServer
) -> None:
    """Halfway through a request nothing is committed yet, and nothing may be called our bug."""
    parts = parts_of(world)
    locked = ", ".join(sorted(metadata.tables.keys() - FOUND_BY))
    told = set[Route]()
    with administrator(own_postgres, "every_route") as holder, killing_who_waits(own_postgres):
        for route in routes(world):
            with holder.transaction():
                holder.execute(f"LOCK TABLE {locked} IN ACCESS EXCLUSIVE MODE")
                if is_told_to_try_later(ask(world, route, parts)):
                    told.add(route)

    assert {("POST", LEADS), ("GET", LEADS), ("GET", f"{LEADS}/<lead_id>"), ("GET", "/api/v1/submissions")} <= told
    assert ("PUT", f"{LEADS}/<path:caller_id>/caller_opt_out") in told
    assert world.submit(caller_id=CALLER).status_code == 200


@contextmanager
def killing_who_waits(own_postgres: PostgresServer) -> Iterator[None]:
    """Kill every connection of leadintake that waits for a lock."""
    is_over = threading.Event()

    def kill() -> None:
        with administrator(own_postgres) as connection:
            while not is_over.wait(0.005):
                for pid in backends(connection, only_waiting=True):
                    connection.execute("SELECT pg_terminate_backend(%s)", [pid])

    killer = threading.Thread(target=kill, daemon=True)
    killer.start()
    try:
        yield
    finally:
        is_over.set()
        killer.join()


def test_every_route_gets_over_a_locked_file(tmp_path: Path) -> None:
    """On the embedded database readers go on, and writers are told to come back."""
    path = tmp_path / "leads.db"
    with closing(SqlStore(f"sqlite:///{path}", wait_seconds=0.02)) as store, ExitStack() as held:
        store.migrate()
        world = a_world(store)
        parts = parts_of(world)
        other = held.enter_context(closing(sqlite3.connect(path, isolation_level=None)))
        other.execute("BEGIN EXCLUSIVE")
        told = {route for route in routes(world) if is_told_to_try_later(ask(world, route, parts))}
        other.execute("ROLLBACK")

        assert {
            ("POST", LEADS),
            ("PUT", f"{LEADS}/<path:caller_id>/caller_opt_out"),
            ("POST", "/api/v1/offers"),
        } <= told
        assert ("GET", LEADS) not in told
        assert world.submit(caller_id=CALLER).status_code == 200
