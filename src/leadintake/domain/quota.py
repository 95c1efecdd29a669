"""Quotas: how many leads a capped lead token may still begin on one day of its company.

Source: ADR 0019, "Brakes in each process, caps in the store".
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from math import ceil
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from leadintake.domain.company import CompanyId
    from leadintake.domain.credential import LeadTokenId

KEPT_FOR: Final = timedelta(days=7)
"""How long the count of a day that is over is kept."""

_MOST_IN_A_BLOCK: Final = 64
_BLOCKS_OF_WHAT_IS_LEFT: Final = 16
_A_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class DailyCap:
    """The most leads of a day, in the days of a time zone."""

    most: int
    time_zone: str

    def day_at(self, instant: datetime) -> date:
        """Return the day that it is then."""
        return instant.astimezone(ZoneInfo(self.time_zone)).date()

    def seconds_to_next_day(self, instant: datetime) -> int:
        """Return how long it takes until the next day begins, at least 1.

        Where clocks are changed at midnight the day begins at the first instant that bears its date.
        """
        midnight = datetime.combine(self.day_at(instant) + _A_DAY, time(), ZoneInfo(self.time_zone))
        # Instants in one zone would be subtracted as the clock on the wall shows them.
        return max(1, ceil((midnight.astimezone(UTC) - instant).total_seconds()))


@dataclass(frozen=True, slots=True, kw_only=True)
class Quota:
    """What one lead token may bring on one day: at most `most` leads."""

    company_id: CompanyId
    lead_token_id: LeadTokenId
    day: date
    most: int


def block_size(left: int) -> int:
    """Return how much of what is left is leased out at once, nothing when nothing is left.

    The blocks shrink with what is left, down to one: whatever other processes hold and do not use is a small part of
    the cap, and whoever goes on asking gets the rest of it.
    """
    return min(_MOST_IN_A_BLOCK, max(1, left // _BLOCKS_OF_WHAT_IS_LEFT), max(0, left))
