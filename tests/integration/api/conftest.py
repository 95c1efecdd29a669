"""The stores that the application's tests run on: each test on all of them, in a company of its own."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from leadintake.adapters.memory.store import MemoryStore
from leadintake.adapters.sql.store import SqlStore

from tests.support.apps import a_world

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.apps import Store, World
    from tests.support.postgres import Postgres

# One server for all of them: every worker process would start its own.
ON_POSTGRES = pytest.mark.xdist_group("postgres_api")


@pytest.fixture(scope="session")
def memory_store() -> MemoryStore:
    return MemoryStore()


@pytest.fixture(scope="session")
def sqlite_store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SqlStore]:
    with closing(SqlStore(f"sqlite:///{tmp_path_factory.mktemp('api')}/leads.db")) as store:
        store.migrate()
        yield store


@pytest.fixture(scope="session")
def postgres_name() -> str:
    return f"api_{uuid4().hex}"


@pytest.fixture(scope="session")
def postgres_store(postgres_server: Postgres, postgres_name: str) -> Iterator[SqlStore]:
    with closing(SqlStore(postgres_server.create_database(postgres_name))) as store:
        store.migrate()
        yield store
    postgres_server.drop_database(postgres_name)


@pytest.fixture(params=["memory", "sqlite", pytest.param("postgres", marks=ON_POSTGRES)])
def store(request: pytest.FixtureRequest) -> Store:
    store: Store = request.getfixturevalue(f"{request.param}_store")
    return store


@pytest.fixture
def world(store: Store) -> World:
    return a_world(store)
