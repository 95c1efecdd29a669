"""Long questions to SQLite, asked on other processors than the one that their process keeps to.

SQLite works in the thread that asks, and needs no interpreter meanwhile. In a process that keeps to one processor, a
report would take its time away from everybody whose lead is waited for.
"""

from __future__ import annotations

import os
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection

PROCESSORS = "leadintake_processors"
"""Execution option of SQLite's connections: the numbers of all processors that a thread may use for a while."""


@contextmanager
def elsewhere(connection: Connection) -> Iterator[None]:
    """Let this thread use any of the connection's processors, as long as the block lasts."""
    processors = connection.get_execution_options().get(PROCESSORS)
    if not processors:
        yield
        return
    kept = os.sched_getaffinity(0)
    # They may have been taken away from us since: then all stays as it is.
    with suppress(OSError):
        os.sched_setaffinity(0, processors)
    try:
        yield
    finally:
        with suppress(OSError):
            os.sched_setaffinity(0, kept)
