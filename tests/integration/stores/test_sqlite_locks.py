"""What waits for SQLite's one writer, and what must not."""

from __future__ import annotations

import gc
import sys
from typing import TYPE_CHECKING

import pytest
from sqlalchemy.exc import DBAPIError

from leadintake.adapters.sql import engine as engines
from leadintake.adapters.sql.driver import run

from tests.contracts.store import threads
from tests.support.servers import wait_until

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Connection


def refused(connection: Connection) -> DBAPIError:
    """Return the refusal of a statement, in a ring that only the garbage collector takes apart."""
    with connection.begin(), pytest.raises(DBAPIError) as caught:
        run(connection, "INSERT INTO things VALUES (1), (1)", ())
    error = caught.value
    error.ring = error  # type: ignore[attr-defined]
    return error


def test_garbage_of_a_refused_statement_holds_nobody_up(tmp_path: Path) -> None:
    """Whoever holds the lock may be the one that collects it, while another waits on the connection it came from.

    A cursor that is open then waits for the waiting one, which waits for the lock: until its patience is over.
    """
    engine = engines.create(f"sqlite:///{tmp_path / 'leads.db'}", wait_seconds=5, most_connections=2)
    with engine.connect() as holder, engine.connect() as waiter, threads(1) as pool:
        with holder.begin():
            run(holder, "CREATE TABLE things (id INTEGER PRIMARY KEY)", ())
        error: DBAPIError | None = refused(waiter)
        assert error is not None

        def wait() -> None:
            with waiter.begin():
                run(waiter, "INSERT INTO things VALUES (2)", ())

        with holder.begin():
            waiting = pool.submit(wait)
            wait_until(lambda: any(_is_in_run(frame) for frame in sys._current_frames().values()), what="one waits")  # noqa: SLF001 - no other way to see it
            error = None
            gc.collect()

        waiting.result()
    engine.dispose()


def _is_in_run(frame: object) -> bool:
    return getattr(frame, "f_code", None) is run.__code__
