"""A machine in memory: a clock that is moved, identifiers that follow it, bytes that come again."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from hashlib import shake_256
from threading import Lock
from typing import TYPE_CHECKING, Final
from uuid import UUID

from leadintake.adapters.system import utc_now

if TYPE_CHECKING:
    from leadintake.domain.ports import Clock

_RANDOM_BYTES: Final = 5


class MovableClock:
    """`Clock` that shows what it is told: it stands still, or runs on, until it is moved.

    >>> clock = MovableClock(datetime(2026, 3, 1, 12, 0, tzinfo=UTC))
    >>> clock.advance(hours=2)
    datetime.datetime(2026, 3, 1, 14, 0, tzinfo=datetime.timezone.utc)
    >>> clock.now == clock()
    True
    """

    def __init__(self, start: datetime | None = None, *, runs: bool = False) -> None:
        """Begin at `start`, else at the present; stand still, unless it `runs` on with the machine's clock.

        Raises: ValueError: the instant says no zone.
        """
        self._start = None if start is None else _aware(start)
        self._lock = Lock()
        self._shift = timedelta()
        present = utc_now()
        self._machine: Clock = utc_now if runs else lambda: present
        self.reset()

    def __call__(self) -> datetime:
        """Return what it shows: aware, UTC."""
        with self._lock:
            return self._shown()

    @property
    def now(self) -> datetime:
        """What it shows: aware, UTC."""
        return self()

    def advance(
        self, by: timedelta = timedelta(), *, days: float = 0, hours: float = 0, minutes: float = 0, seconds: float = 0
    ) -> datetime:
        """Let that much time pass, and return what it shows then. Raises: ValueError: it would go back."""
        by += timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)
        if by < timedelta():
            raise ValueError("Time does not go back: identifiers and the order of events depend on it.")
        with self._lock:
            try:
                later = self._shown() + by
            except OverflowError as error:
                raise ValueError("The calendar ends before that.") from error
            self._shift += by
            return later

    def move_to(self, at: datetime) -> datetime:
        """Show that instant, which must not be before what is shown, and go on from there.

        Raises: ValueError: it would go back, or the instant says no zone.
        """
        return self.advance(_aware(at) - self())

    def reset(self) -> None:
        """Show the beginning again: the instant that it was made with, else what it would show unmoved."""
        with self._lock:
            self._shift = timedelta() if self._start is None else self._start - self._machine()

    def _shown(self) -> datetime:
        return self._machine() + self._shift


def _aware(at: datetime) -> datetime:
    if at.tzinfo is None:
        raise ValueError("Say the zone of the instant: datetime(2026, 3, 1, 12, 0, tzinfo=UTC).")
    return at.astimezone(UTC)


class IdsInOrder:
    """`NewId` whose UUIDv7 have the time of a clock that may stand still, each later than the one before.

    Shape: 48 bits of milliseconds, then a count of 33 bits, then bits of chance, so that two installations never
    give the same.
    """

    def __init__(self, clock: Clock) -> None:
        """Take the time from that clock."""
        self._clock = clock
        self._lock = Lock()
        self._count = 0

    def __call__(self) -> UUID:
        """Return the next one."""
        with self._lock:
            self._count += 1
            count = self._count
            milliseconds = int(self._clock().timestamp() * 1_000)
        chance = int.from_bytes(os.urandom(_RANDOM_BYTES))
        high, low = count >> 21 & 0xFFF, count & 0x1FFFFF
        return UUID(int=milliseconds << 80 | 0x7 << 76 | high << 64 | 0b10 << 62 | low << 41 | chance)


class BytesAgain:
    """`RandomBytes` that nobody can guess and that, from one seed, come in the same order each time."""

    def __init__(self, seed: bytes) -> None:
        """Begin the stream of that seed."""
        self._seed = seed
        self._lock = Lock()
        self._count = 0

    def __call__(self, count: int) -> bytes:
        """Return the next so many bytes."""
        with self._lock:
            self._count += 1
            turn = self._count
        return shake_256(self._seed + turn.to_bytes(8)).digest(count)
