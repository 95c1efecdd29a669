"""Installations for tests that break things: each test has one to itself, copied from one that was made once."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from tests.integration.faults.installations import Installation
from tests.integration.faults.soak import IS_SOAK, NOTED, TIMEOUT_SECONDS, Noted, table
from tests.support.postgres import PostgresServer
from tests.support.servers import free_port

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

SECRET_KEY = "a-secret-key-that-opens-nothing-else-0123456789"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give the tests of this folder the time that they need, whatever the usual limit is."""
    for item in items:
        if "tests/integration/faults/" in item.nodeid:
            item.add_marker(pytest.mark.timeout(TIMEOUT_SECONDS))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what a soak did and found, whether it passed or failed."""
    reports = [*terminalreporter.getreports("passed"), *terminalreporter.getreports("failed")]
    lines = [value for report in reports for name, value in getattr(report, "user_properties", ()) if name == NOTED]
    if IS_SOAK and lines:
        terminalreporter.section("what was done and found")
        for line in table(lines):
            terminalreporter.write_line(line)


@pytest.fixture
def noted(record_property: Callable[[str, object], None]) -> Noted:
    """Lend what writes into the table of a soak."""
    return Noted(record_property)


@pytest.fixture(autouse=True, scope="session")
def _no_settings_of_ours() -> Iterator[None]:
    """Keep what somebody has exported in their shell out of the tests."""
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("LEADINTAKE_") and "_TEST_" not in name]:
            patch.delenv(name)
        yield


@pytest.fixture(scope="session")
def own_postgres() -> Iterator[PostgresServer]:
    """Lend a server that may be killed: nobody else's tests are on it."""
    with PostgresServer() as server:
        yield server


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """Make an installation on SQLite."""
    data_dir = tmp_path_factory.mktemp("sqlite") / "data"
    empty = Installation(
        data_dir=data_dir,
        database_url=f"sqlite:///{data_dir / 'leadintake.db'}",
        secret_key=None,
        founded={},
        port=0,
        workers=1,
    )
    return _founded(empty)


@pytest.fixture(scope="session")
def postgresql_template(own_postgres: PostgresServer, tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """Make an installation on PostgreSQL."""
    empty = Installation(
        data_dir=tmp_path_factory.mktemp("postgresql") / "data",
        database_url=own_postgres.create_database("template_installation"),
        secret_key=SECRET_KEY,
        founded={},
        port=0,
        workers=2,
    )
    return _founded(empty)


def _founded(empty: Installation) -> Installation:
    return Installation(
        data_dir=empty.data_dir,
        database_url=empty.database_url,
        secret_key=empty.secret_key,
        founded=empty.found(),
        port=empty.port,
        workers=empty.workers,
    )


@pytest.fixture
def on_sqlite(sqlite_template: Installation, tmp_path: Path) -> Installation:
    """Lend an installation on a SQLite file of its own."""
    data_dir = shutil.copytree(sqlite_template.data_dir, tmp_path / "data")
    return Installation(
        data_dir=data_dir,
        database_url=f"sqlite:///{data_dir / 'leadintake.db'}",
        secret_key=None,
        founded=sqlite_template.founded,
        port=free_port(),
        workers=1,
    )


@pytest.fixture
def on_postgresql(
    own_postgres: PostgresServer, postgresql_template: Installation, tmp_path: Path
) -> Iterator[Installation]:
    """Lend an installation on a PostgreSQL database of its own."""
    own_postgres.start()
    name = f"faults_{uuid4().hex}"
    yield Installation(
        data_dir=tmp_path / "data",
        database_url=own_postgres.create_database(name, template="template_installation"),
        secret_key=SECRET_KEY,
        founded=postgresql_template.founded,
        port=free_port(),
        workers=2,
    )
    own_postgres.start()
    own_postgres.drop_database(name)


@pytest.fixture(params=["on_sqlite", "on_postgresql"])
def installation(request: pytest.FixtureRequest) -> Installation:
    """Lend an installation on either database."""
    lent: Installation = request.getfixturevalue(request.param)
    return lent
