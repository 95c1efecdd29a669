"""How long the fault tests go on, and what they tell of it.

With ``LEADINTAKE_TEST_SOAK=1`` in the environment, as `make soak` sets it, each test here does many more rounds of the
same; which tests run does not change. What was done and found is then printed as a table.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from tests.integration.faults import audit

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tests.integration.faults.installations import Installation
    from tests.support.loads import Attempt

IS_SOAK = os.environ.get("LEADINTAKE_TEST_SOAK") == "1"
TIMEOUT_SECONDS = 1_800 if IS_SOAK else 300
NOTED = "soak"
COLUMNS = ("What was done", "Database", "Requests", "Acknowledged", "Opted out", "Lost", "Doubled")


def rounds(count: int, *, soak: int) -> range:
    """Return that many rounds, or those of a soak."""
    return range(soak if IS_SOAK else count)


class Noted:
    """Writes a line of the table, before anything is asserted of it.

    Args:
        record: Takes a name and a value, and sees to it that the report of the test has them.
    """

    def __init__(self, record: Callable[[str, object], None]) -> None:
        self._record = record

    def note(self, did: str, installation: Installation, attempts: Sequence[Attempt]) -> None:
        """Note what was done, and what came of it."""
        stored = audit.read(installation.database_url)
        line = (
            did,
            "SQLite" if installation.is_sqlite else "PostgreSQL",
            len(attempts),
            sum(attempt.is_acknowledged for attempt in attempts),
            sum(contact.opted_out_at is not None for contact in stored.contacts),
            len(audit.lost_leads(stored, attempts)),
            len(audit.doubled_callers(stored)),
        )
        self._record(NOTED, [str(cell) for cell in line])


def table(lines: Sequence[Sequence[str]]) -> Sequence[str]:
    """Return the lines under their headings, each column as wide as it needs."""
    widths = [max(map(len, column)) for column in zip(COLUMNS, *lines, strict=True)]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) for line in (COLUMNS, *lines)
    ]
