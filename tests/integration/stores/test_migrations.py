"""The migrations make exactly the tables that the code works with, on both databases."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from leadintake.adapters.sql import engine as engines
from leadintake.adapters.sql.migrations import migrate
from leadintake.adapters.sql.tables import metadata

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Engine


@pytest.fixture(params=["sqlite", "postgresql"])
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Engine:
    """Return an engine over a database that holds nothing."""
    is_sqlite = request.param == "sqlite"
    url = f"sqlite:///{tmp_path / 'leads.db'}" if is_sqlite else request.getfixturevalue("postgres_url")
    return engines.create(url, wait_seconds=5, most_connections=2)


def test_migrated_schema_is_the_one_the_code_describes(empty: Engine) -> None:
    """A column that is in the code and in no migration works in no installation but the developer's."""
    migrate(empty)

    with empty.connect() as connection:
        differences = compare_metadata(MigrationContext.configure(connection), metadata)
    empty.dispose()

    assert differences == []


def test_migrating_again_changes_nothing(empty: Engine) -> None:
    migrate(empty)
    migrate(empty)

    with empty.connect() as connection:
        revision = MigrationContext.configure(connection).get_current_revision()
    empty.dispose()

    assert revision == "0001"
