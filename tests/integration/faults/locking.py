"""Somebody else who holds the database."""

from __future__ import annotations

import sqlite3
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

import psycopg

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.integration.faults.installations import Installation


@contextmanager
def locked_out(installation: Installation) -> Iterator[None]:
    """Keep everybody else from enrolling, as a backup or a forgotten console would."""
    if installation.is_sqlite:
        path = installation.database_url.removeprefix("sqlite:///")
        with closing(sqlite3.connect(path, isolation_level=None)) as connection:
            connection.execute("BEGIN IMMEDIATE")
            yield
            connection.execute("ROLLBACK")
    else:
        dsn = installation.database_url.replace("postgresql+psycopg", "postgresql")
        with psycopg.connect(dsn) as connection:
            connection.execute("LOCK TABLE contacts IN EXCLUSIVE MODE")
            yield
            connection.rollback()
