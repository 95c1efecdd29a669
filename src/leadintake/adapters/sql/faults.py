"""The databases' own faults, as the domain's refusals."""

from __future__ import annotations

import logging
from contextlib import contextmanager
from typing import TYPE_CHECKING

from sqlalchemy.exc import DBAPIError, IntegrityError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnectionFree

from leadintake.domain.errors import OutcomeUnknown, StaleWrite, Unavailable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from leadintake.domain.errors import Refusal

log = logging.getLogger("leadintake.database")

# Class and code of PostgreSQL's SQLSTATE.
_TWO_WRITERS_MET = {"40001", "40P01", "23505"}
_TRY_LATER_CLASSES = {"08", "53", "57", "58"}  # connection, resources, operator intervention, the system's I/O
# Lock not available, a standby, idle too long; and a table or column that is missing until somebody migrates.
_TRY_LATER = {"55P03", "25006", "25P03", "42P01", "42703"}
_SQLITE_TRY_LATER = (
    "locked",
    "busy",
    "full",
    "unable to open",
    "disk i/o",
    "readonly",
    "no such table",
    "no such column",
    "has no column",
)


@contextmanager
def translated() -> Iterator[None]:
    """Turn a database's fault into a refusal; what is our own mistake passes through unchanged.

    Raises: StaleWrite: two writers met, nothing was written. Unavailable: try later, nothing was written.
    """
    try:
        yield
    except NoConnectionFree as error:
        log.warning("no database connection became free in time")
        raise Unavailable from error
    except DBAPIError as error:
        if (refusal := _refusal(error)) is None:
            raise
        if isinstance(refusal, Unavailable):
            # Senders are only told to try again; whoever runs the database needs to know why.
            log.warning("the database cannot be used just now: %s", _told(error))
        raise refusal from error


@contextmanager
def translated_commit() -> Iterator[None]:
    """Do the same around a commit, where a lost connection leaves open whether it happened.

    Raises: OutcomeUnknown: the database went away before it confirmed.
    """
    try:
        with translated():
            yield
    except Unavailable as error:
        cause = error.__cause__
        if isinstance(cause, DBAPIError) and cause.connection_invalidated:
            raise OutcomeUnknown from cause
        raise


def _told(error: DBAPIError) -> str:
    """Return what the database says, in one line: its faults quote no parameter."""
    state = getattr(error.orig, "sqlstate", None)
    said = str(error.orig).partition("\n")[0]
    return f"{type(error.orig).__name__} {state or ''} {said}".strip()


def _refusal(error: DBAPIError) -> Refusal | None:
    state = getattr(error.orig, "sqlstate", None)
    if state in _TWO_WRITERS_MET:
        return StaleWrite()
    if error.connection_invalidated or state in _TRY_LATER or (state or "")[:2] in _TRY_LATER_CLASSES:
        return Unavailable()
    text = str(error.orig).lower()
    if isinstance(error, IntegrityError) and "unique constraint failed" in text:
        return StaleWrite()
    if state is None and isinstance(error, OperationalError | InterfaceError):
        # psycopg's failures to connect carry no state; SQLite's faults have only their text.
        is_sqlite = type(error.orig).__module__.startswith("sqlite3")
        if not is_sqlite or any(sign in text for sign in _SQLITE_TRY_LATER):
            return Unavailable()
    return None
