"""Daily caps in this process: blocks leased from the store, handed out one by one.

What is leased and not used is put back when the process ends in order, and lost when it does not: a cap is never
exceeded. Source: ADR 0019, "Brakes in each process, caps in the store".
"""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from threading import Lock
from typing import TYPE_CHECKING, Final

from leadintake.domain.errors import OutcomeUnknown, Refusal, StaleWrite, Unavailable

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date, datetime

    from leadintake.domain.credential import LeadTokenId
    from leadintake.domain.ports import Clock
    from leadintake.domain.quota import Quota

ASK_AGAIN_AFTER: Final = timedelta(seconds=10)
"""How long a cap counts as reached before the store is asked again: another process may have put something back."""
_MOST_ATTEMPTS: Final = 4


class _Lease:
    """What this process holds of one lead token's day."""

    __slots__ = ("ask_again_at", "left", "lock", "quota")

    def __init__(self, quota: Quota) -> None:
        self.quota = quota
        self.left = 0
        self.ask_again_at: datetime | None = None
        self.lock = Lock()


class LeasedQuotas:
    """`Quotas` over leases.

    Args:
        lease: Leases a block and returns its size.
        put_back: Puts back so much of what was leased.
        clock: Says when to ask again.
        wait_seconds: How long to wait for another thread that is leasing.
    """

    def __init__(
        self,
        lease: Callable[[Quota], int],
        put_back: Callable[[Quota, int], None],
        *,
        clock: Clock,
        wait_seconds: float,
    ) -> None:
        self._lease = lease
        self._put_back = put_back
        self._clock = clock
        self._wait_seconds = wait_seconds
        self._guard = Lock()
        self._leases: dict[tuple[LeadTokenId, date], _Lease] = {}

    def take(self, quota: Quota) -> bool:
        """Take one out of the quota; False when it is used up."""
        lease = self._of(quota)
        # One thread leases for all: the others find the block when it has come.
        if not lease.lock.acquire(timeout=self._wait_seconds):
            raise Unavailable
        try:
            if lease.quota.most != quota.most:
                self._give_up(lease)
                lease.quota = quota
            if not lease.left:
                if lease.ask_again_at is not None and self._clock() < lease.ask_again_at:
                    return False
                lease.left = self._next_block(quota)
                lease.ask_again_at = None if lease.left else self._clock() + ASK_AGAIN_AFTER
            if not lease.left:
                return False
            lease.left -= 1
            return True
        finally:
            lease.lock.release()

    def give_back(self, quota: Quota) -> None:
        """Keep one that was not used for the next who asks."""
        with self._guard:
            lease = self._leases.get((quota.lead_token_id, quota.day))
        if lease is None:
            # Its day is over.
            return
        with lease.lock:
            lease.left += 1
            lease.ask_again_at = None
            if lease.quota.most != quota.most:
                # The cap was changed meanwhile: what is left of it is for the store to say.
                self._give_up(lease)

    def put_all_back(self) -> None:
        """Put back whatever is left; what cannot be put back is lost."""
        with self._guard:
            leases = list(self._leases.values())
            self._leases.clear()
        for lease in leases:
            with lease.lock:
                self._give_up(lease)

    def _of(self, quota: Quota) -> _Lease:
        """Return the lease of that day; those of earlier days are of no more use."""
        key = (quota.lead_token_id, quota.day)
        with self._guard:
            lease = self._leases.get(key)
            if lease is None:
                for token, day in [held for held in self._leases if held[0] == quota.lead_token_id]:
                    if day < quota.day:
                        del self._leases[token, day]
                lease = self._leases[key] = _Lease(quota)
            return lease

    def _next_block(self, quota: Quota) -> int:
        """Lease a block, again when other writers met it or the store's connection had died before it.

        Raises: Unavailable: it cannot be leased; no lead was touched.
        """
        was_away = False
        for _ in range(_MOST_ATTEMPTS - 1):
            try:
                return self._lease(quota)
            except OutcomeUnknown as lost:
                # At worst the block is lost, and nothing was done for the sender.
                raise Unavailable from lost
            except StaleWrite:
                continue
            except Unavailable:
                # A restarted database leaves dead connections in the pool; the first fault clears them.
                if was_away:
                    raise
                was_away = True
        return self._lease(quota)

    def _give_up(self, lease: _Lease) -> None:
        rest, lease.left, lease.ask_again_at = lease.left, 0, None
        if rest:
            # Whoever asks for leads must not fail because of what they did not use.
            with suppress(Refusal):
                self._put_back(lease.quota, rest)
