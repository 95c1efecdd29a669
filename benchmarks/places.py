"""Where installations are made: a PostgreSQL server of our own, or a folder for embedded databases."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final

import psycopg

from benchmarks.figures import WrongMeasurement
from benchmarks.limits.of_postgresql import PostgresqlLimit
from benchmarks.limits.of_sqlite import commit_rate
from benchmarks.plan import POSTGRESQL, SQLITE
from benchmarks.product import install
from tests.support.postgres import PostgresServer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from benchmarks.plan import Plan
    from benchmarks.product import Installation

# PostgreSQL's own defaults; the launcher's are smaller, for tests.
_POSTGRESQL_SETTINGS: Final = {"shared_buffers": "128MB"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A database server, or a folder for embedded ones.

    Shape: `process` is the server's process id, None where there is none. `install` makes an installation by name;
    `limit` prepares what measures, for a number of clients, how many leads a second can be kept there at best.
    """

    database: str
    version: str
    process: int | None
    install: Callable[[str], Installation]
    limit: Callable[[], Callable[[int], float]]


@contextlib.contextmanager
def open_place(database: str, plan: Plan) -> Iterator[Place]:
    """Open a place of that kind, and leave nothing of it behind."""
    with TemporaryDirectory(prefix="leadintake-bench-", dir=plan.folder) as folder:
        if database == SQLITE:
            yield _sqlite(Path(folder), plan)
        else:
            with PostgresServer(settings=_POSTGRESQL_SETTINGS) as server:
                yield _postgresql(server, Path(folder), plan)


def _sqlite(folder: Path, plan: Plan) -> Place:
    rate = partial(commit_rate, folder, seconds=plan.seconds)
    return Place(
        database=SQLITE,
        version="SQLite",
        process=None,
        install=lambda name: install(_own(folder, name), database_url=None, given=plan.settings),
        # One writer is all there is, however many clients wait.
        limit=lambda: lambda _clients: rate(),
    )


def _postgresql(server: PostgresServer, folder: Path, plan: Plan) -> Place:
    with psycopg.connect(server.dsn()) as connection:
        row = connection.execute("SELECT split_part(version(), ' ', 2), current_setting('fsync')").fetchone()
    version, fsync = row or ("?", "off")
    if fsync != "on":
        raise WrongMeasurement("The database does not sync; its figures would say nothing.")

    def limit() -> Callable[[int], float]:
        pgbench = PostgresqlLimit(server)
        return lambda clients: pgbench.measure(clients=clients, seconds=plan.seconds)

    return Place(
        database=POSTGRESQL,
        version=f"PostgreSQL {version}",
        process=server.pid,
        install=lambda name: install(
            _own(folder, name), database_url=server.create_database(name), given=plan.settings
        ),
        limit=limit,
    )


def _own(folder: Path, name: str) -> Path:
    own = folder / name
    own.mkdir()
    return own
