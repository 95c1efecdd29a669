"""The watch over SQLite's statements, which the contracts run under, sees what it is there for."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from leadintake.adapters.sql.store import SqlStore

from tests.contracts.store import found
from tests.support.statements import watched

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("statement", "is_seen"),
    [
        ("SELECT * FROM leads", True),
        ("SELECT * FROM leads WHERE company_id = {other}", True),
        ("SELECT * FROM leads WHERE caller = 'company_id = {own}'", True),
        ("SELECT company_id FROM leads WHERE version = {own}", True),
        ("SELECT * FROM companies WHERE name = 'Solar'", True),
        ("UPDATE offers SET company_id = {own}", True),
        ("DELETE FROM events WHERE id = 'x'", True),
        ("INSERT INTO traffic_sources (company_id, id, name) VALUES ({other}, 1, 'Kittens')", True),
        ("SELECT * FROM leads JOIN events ON events.lead_id = leads.id WHERE leads.company_id = {own}", True),
        (
            "SELECT * FROM leads JOIN events ON events.company_id = leads.company_id WHERE leads.company_id = {own}",
            False,
        ),
        ("SELECT * FROM leads WHERE leads.company_id = {own}", False),
        ("SELECT * FROM companies WHERE companies.id = {own}", False),
        ("DELETE FROM events WHERE company_id = {own} AND id = 'x'", False),
        ("INSERT INTO traffic_sources (company_id, id, name) VALUES ({own}, 1, 'Kittens')", False),
        ("SELECT * FROM unclaimed_submissions", False),
    ],
)
def test_statement_that_does_not_say_whose_is_seen(tmp_path: Path, statement: str, is_seen: bool) -> None:  # noqa: FBT001 - a parameter
    with closing(SqlStore(f"sqlite:///{tmp_path}/own.db")) as store, watched(store) as seen:
        store.migrate()
        own, other = found(store), found(store)
        with store.unit_of_work(own.id) as uow:
            connection = uow.directory._connection  # type: ignore[attr-defined]  # noqa: SLF001 - what no port hands out
            connection.exec_driver_sql(statement.format(own=own.id, other=other.id))

        assert bool(seen) == is_seen
        seen.clear()


def test_connection_of_no_company_may_not_touch_them(tmp_path: Path) -> None:
    with closing(SqlStore(f"sqlite:///{tmp_path}/own.db")) as store, watched(store) as seen:
        store.migrate()
        with store._engine.connect() as connection:  # noqa: SLF001 - no port begins such a thing
            connection.exec_driver_sql("SELECT * FROM leads WHERE company_id = 1")

        assert len(seen) == 1
        seen.clear()
