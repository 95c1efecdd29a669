"""The schema's history, run from inside the package."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import text

from leadintake.adapters.sql.faults import translated
from leadintake.adapters.sql.row_security import ACROSS, keep_companies_apart

if TYPE_CHECKING:
    from sqlalchemy import Engine

_LOCK = 0x1EAD1A7A


def configuration() -> Config:
    """Return Alembic's settings; the scripts are found by the package, wherever it is installed."""
    config = Config()
    config.set_main_option("script_location", "leadintake.adapters.sql:migrations")
    config.set_main_option("path_separator", "os")
    return config


@cache
def newest_revision() -> str:
    """Return the revision that this version of the code needs."""
    newest = ScriptDirectory.from_config(configuration()).get_current_head()
    if newest is None:
        message = "the package was built without its migrations"
        raise RuntimeError(message)
    return newest


def migrate(engine: Engine) -> None:
    """Bring the database to the newest revision, in one transaction; a second process waits and finds it done."""
    with translated(), engine.connect().execution_options(**{ACROSS: True}) as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SET LOCAL lock_timeout = 0"))
            connection.execute(text("SET LOCAL statement_timeout = 0"))
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
        config = configuration()
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        # Each time: the role belongs to the server, which a backup that is put back elsewhere does not bring along.
        keep_companies_apart(connection)
        connection.commit()
    if engine.dialect.name == "postgresql":
        # The connections that are open were made before there was a role to take.
        engine.dispose()
