"""Requests counted in this process, by the moving windows of the `limits` library."""

from __future__ import annotations

from math import ceil
from threading import Lock
from typing import TYPE_CHECKING

from leadintake.domain.budget import WINDOW_SECONDS, Standing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from limits import RateLimitItem
    from limits.strategies import RateLimiter

    from leadintake.adapters.recent_requests import RecentRequests
    from leadintake.domain.budget import Budget
    from leadintake.domain.ports import Clock


class LimitsRequestCounter:
    """`RequestCounter` that makes its windows when somebody is first counted."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = Lock()
        self._windows: _Windows | None = None

    @property
    def is_idle(self) -> bool:
        """Say whether nobody is counted at all."""
        windows = self._windows
        # Nobody waits for the lock where nobody is counted.
        if windows is None or not windows.recent.has_any:
            return True
        with self._lock:
            windows.recent.forget_if_over()
            return not windows.recent.has_any

    def stand(self, budget: Budget) -> Standing:
        """Say how the budget stands for one more request."""
        with self._lock:
            return self._made().standing(budget)

    def take(self, budgets: Sequence[Budget]) -> Sequence[Standing]:
        """Count a request in each of these budgets, or in none."""
        with self._lock:
            windows = self._made()
            before = [windows.standing(budget) for budget in budgets]
            if any(standing.is_over for standing in before):
                return before
            return [windows.hit(budget) for budget in budgets]

    def _made(self) -> _Windows:
        if self._windows is None:
            self._windows = _Windows(self._clock)
        return self._windows


class _Windows:
    """A moving window of a minute for each of those who are counted."""

    recent: RecentRequests

    def __init__(self, clock: Clock) -> None:
        # A tenth of a second that an installation in which nobody is limited never spends.
        from limits import RateLimitItemPerMinute  # noqa: PLC0415 - see above
        from limits.strategies import MovingWindowRateLimiter  # noqa: PLC0415 - see above

        from leadintake.adapters.recent_requests import RecentRequests  # noqa: PLC0415 - see above

        self.recent = RecentRequests(clock)
        self._clock = clock
        self._limiter: RateLimiter = MovingWindowRateLimiter(self.recent)
        self._per_minute: type[RateLimitItem] = RateLimitItemPerMinute

    def hit(self, budget: Budget) -> Standing:
        """Count a request that there is a place for."""
        self._limiter.hit(self._per_minute(budget.per_minute), budget.counted, budget.of)
        return self.standing(budget, is_counted=True)

    def standing(self, budget: Budget, *, is_counted: bool = False) -> Standing:
        """Say how the budget stands for one more request, or after one that was counted."""
        more_at, left = self._limiter.get_window_stats(self._per_minute(budget.per_minute), budget.counted, budget.of)
        wait = ceil(more_at - self._clock().timestamp())
        return Standing(
            counted=budget.counted,
            quota=budget.per_minute,
            left=max(0, left),
            more_in_seconds=min(WINDOW_SECONDS, max(1, wait)),
            is_over=left <= 0 and not is_counted,
        )
