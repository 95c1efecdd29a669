"""The pages while the database cannot be used: a 503 that says so, whoever is signed in."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

from leadintake.adapters.sql.store import SqlStore

from tests.support.apps import a_world
from tests.support.visitors import a_visitor

if TYPE_CHECKING:
    from pathlib import Path


def test_every_page_says_that_the_database_is_away(tmp_path: Path) -> None:
    """Even those for what is not there: they show who is signed in, if that can be asked."""
    path = tmp_path / "leads.db"
    with closing(SqlStore(f"sqlite:///{path}")) as store:
        store.migrate()
        visitor = a_visitor(a_world(store))
        with closing(sqlite3.connect(path)) as database, database:
            database.execute("ALTER TABLE users RENAME TO away")

        for address in ("/", "/schedules", "/schedules/1/submit_leads_help", "/sign-in", "/account"):
            answer = visitor.get(address)
            assert (answer.status_code, answer.headers["Retry-After"]) == (503, "1"), address
            assert "The database is away" in answer.text
        assert visitor.get("/nothing").status_code == 404

        with closing(sqlite3.connect(path)) as database, database:
            database.execute("ALTER TABLE away RENAME TO users")
        assert visitor.is_signed_in()
