"""The databases that the stores' tests share: one of each kind, made once, and copies of an empty one."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING
from uuid import uuid4

import psycopg
import pytest
from psycopg import sql

from leadintake.adapters.sql.store import SqlStore

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.postgres import Postgres


@pytest.fixture(scope="session")
def sqlite_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a database file of SQLite's that tests share: each keeps to a company of its own."""
    file = tmp_path_factory.mktemp("sqlite") / "shared.db"
    with closing(SqlStore(f"sqlite:///{file}")) as store:
        store.migrate()
    return file


@pytest.fixture(scope="session")
def postgres_template(postgres_server: Postgres) -> Iterator[str]:
    """Make a database of PostgreSQL's with the schema and nothing in it, to make others from; return its name."""
    name = f"template_{uuid4().hex}"
    with closing(SqlStore(postgres_server.create_database(name))) as store:
        store.migrate()
    yield name
    postgres_server.drop_database(name)


@pytest.fixture(scope="session")
def postgres_shared_url(postgres_server: Postgres, postgres_template: str) -> Iterator[str]:
    """Lend a database of PostgreSQL's that tests share: each keeps to a company of its own."""
    name = f"shared_{uuid4().hex}"
    url = postgres_server.create_database(name, template=postgres_template)
    with psycopg.connect(postgres_server.dsn(name), autocommit=True) as connection:
        # Rows come as they lie in the table unless a query asks for an order; through an index they would often
        # come in the right one by accident.
        for way in ("enable_indexscan", "enable_indexonlyscan", "enable_bitmapscan"):
            connection.execute(
                sql.SQL("ALTER DATABASE {} SET {} = off").format(sql.Identifier(name), sql.Identifier(way))
            )
    yield url
    postgres_server.drop_database(name)
