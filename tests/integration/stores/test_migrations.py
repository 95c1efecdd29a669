"""The migrations make exactly the tables that the code works with, on both databases."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import text

from leadintake.adapters.sql import engine as engines
from leadintake.adapters.sql.migrations import configuration, migrate, newest_revision
from leadintake.adapters.sql.row_security import ACROSS
from leadintake.adapters.sql.tables import metadata
from leadintake.adapters.sql.unit_of_work import sql_unit_of_work
from leadintake.domain.owner import OfferId

from tests.support.builders import ADA, COMPANY, NOW, a_schedule, an_offer

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

    with empty.connect().execution_options(**{ACROSS: True}) as connection:
        differences = compare_metadata(MigrationContext.configure(connection), metadata)
    empty.dispose()

    assert differences == []


def test_migrating_again_changes_nothing(empty: Engine) -> None:
    migrate(empty)
    migrate(empty)

    with empty.connect().execution_options(**{ACROSS: True}) as connection:
        revision = MigrationContext.configure(connection).get_current_revision()
    empty.dispose()

    assert revision == newest_revision()


def test_what_the_first_schema_kept_is_there_after_the_second(empty: Engine) -> None:
    """An installation with a million leads is brought up to date as it stands."""
    _upgrade(empty, "0001")
    with empty.begin() as connection:
        for statement in _FIRST_ROWS:
            connection.execute(text(statement), {"at": NOW if empty.dialect.name == "postgresql" else 0})

    migrate(empty)

    with sql_unit_of_work(empty, {}, COMPANY) as uow:
        directory = uow.directory.current()
        [lead] = uow.leads.live_of([ADA])
    empty.dispose()
    assert directory.offers == {1: an_offer()}
    assert directory.schedules == {1: a_schedule(offer_id=OfferId(1))}
    assert (lead.callback_at, lead.plan_expires_at, lead.max_contact_attempts) == (None, None, None)
    assert (lead.is_ending, lead.counted_ip) == (False, None)


_FIRST_ROWS = (
    (
        "INSERT INTO companies (id, name, region, time_zone, directory_version) "
        "VALUES (1, 'Solar Savings', 'US', 'UTC', 1)"
    ),
    "INSERT INTO offers (company_id, id, name, requires_traffic_source) VALUES (1, 1, 'Solar roofs', false)",
    (
        "INSERT INTO schedules (company_id, id, name, actions, offer_id, requires_traffic_source) "
        """VALUES (1, 1, 'Call at once', '[{"name": "Call", "kind": "call"}]', 1, false)"""
    ),
    (
        "INSERT INTO leads (company_id, id, owner_kind, owner_id, caller, status, live, "
        "created_at, updated_at, tokens, priority, version) "
        "VALUES (1, '0192f1a07c3e7d599d2c3a54b0c1de9f', 'schedule', 1, '+12025550143', 'scheduled', "
        "true, :at, :at, '{}', 0, 1)"
    ),
)


def _upgrade(engine: Engine, revision: str) -> None:
    with engine.connect() as connection:
        config = configuration()
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
        connection.commit()
