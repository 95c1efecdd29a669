"""A brake for what strangers can make us write: so many a minute are passed on, the rest are let go."""

from __future__ import annotations

from datetime import timedelta
from threading import Lock
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

    from leadintake.domain.ports import Clock

Sample = TypeVar("Sample")

_MINUTE = timedelta(minutes=1)


class Sampled(Generic[Sample]):
    """Passes on at most so many samples in each minute of this process.

    Without it a flood of unknown lead tokens would cost a disk flush each, and wash every honest sample away.
    """

    def __init__(self, keep: Callable[[Sample], None], *, per_minute: int, clock: Clock) -> None:
        self._keep = keep
        self._per_minute = per_minute
        self._clock = clock
        self._lock = Lock()
        self._minute_ends = clock()
        self._left = 0

    def __call__(self, sample: Sample) -> None:
        """Pass the sample on, or let it go."""
        with self._lock:
            now = self._clock()
            if now >= self._minute_ends:
                self._minute_ends, self._left = now + _MINUTE, self._per_minute
            if not self._left:
                return
            self._left -= 1
        self._keep(sample)
