"""A brake for whoever tries out credentials: so many failures a minute, then nothing is looked up for that client.

The others behind the same address are not cut off: a credential that was good in this process before goes on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from leadintake.domain.budget import Budget, Counted, client_of
from leadintake.domain.errors import TooManyRequests

if TYPE_CHECKING:
    from leadintake.domain.ports import Client, RequestCounter

_MOST_KNOWN: Final = 10_000
_TOO_MANY: Final = "Too many unknown credentials came from this address; wait as long as Retry-After says."


class CountedFailures:
    """`GuessingBrake` over a counter that counts nothing else, so that it is idle until somebody fails."""

    def __init__(self, failures: RequestCounter, *, per_minute: int) -> None:
        self._failures = failures
        self._per_minute = per_minute
        # Look-ups, which are keyed digests; no credential stays in memory for this.
        self._good: set[bytes] = set()

    def admit(self, lookup: bytes, client: Client) -> None:
        """Let a credential be looked up, unless its client has failed too often and it is not known to be good."""
        if lookup in self._good or self._failures.is_idle:
            return
        standing = self._failures.stand(self._budget(client))
        if standing.is_over:
            raise TooManyRequests(_TOO_MANY, standings=[standing])

    def note_good(self, lookup: bytes) -> None:
        """Remember that the credential is good."""
        if lookup not in self._good:
            if len(self._good) >= _MOST_KNOWN:
                self._good.clear()
            self._good.add(lookup)

    def note_failed(self, lookup: bytes, client: Client) -> None:
        """Count a credential that is not good, or no longer, against its client."""
        self._good.discard(lookup)
        self._failures.take([self._budget(client)])

    def _budget(self, client: Client) -> Budget:
        return Budget(counted=Counted.FAILED_CREDENTIALS, of=client_of(client()), per_minute=self._per_minute)
