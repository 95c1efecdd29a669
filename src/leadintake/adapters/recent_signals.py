"""Signals as of a few seconds ago: many people look at the front page, and what is alarming changes by the minute."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

    from leadintake.domain.company import CompanyId
    from leadintake.domain.ports import Clock
    from leadintake.domain.signals import Signals

GOOD_FOR: Final = timedelta(seconds=15)
_MOST_COMPANIES: Final = 1_000


class RecentSignals:
    """`watch_company` that looks at most every few seconds, in each process.

    Threads that ask at the same moment may look twice; that is no harm, and cheaper than to wait for each other.
    """

    def __init__(self, watch: Callable[[CompanyId], Signals], clock: Clock) -> None:
        """Remember nothing yet."""
        self._watch = watch
        self._clock = clock
        self._known: dict[CompanyId, Signals] = {}

    def __call__(self, company_id: CompanyId) -> Signals:
        """Return what somebody should look at. Raises: NotFound: there is no such company."""
        known = self._known.get(company_id)
        if known is not None and timedelta() <= self._clock() - known.at < GOOD_FOR:
            return known
        if len(self._known) >= _MOST_COMPANIES:
            self._known = {}
        found = self._known[company_id] = self._watch(company_id)
        return found
