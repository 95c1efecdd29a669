"""A brake for whoever tries out passwords: the more have failed, the longer the next one waits.

It is in the process's memory, as the brake for credentials is: an installation of some processes lets through as many
times as much, which is nothing beside what it takes to guess a password.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from threading import Lock
from typing import TYPE_CHECKING, Final

from leadintake.domain.budget import client_of
from leadintake.domain.errors import TooManySignIns

if TYPE_CHECKING:
    from leadintake.domain.ports import Client, Clock

_FREE_FOR_A_USER: Final = 5
_FREE_FOR_A_CLIENT: Final = 20
_LONGEST: Final = timedelta(minutes=15)
_FORGOTTEN_AFTER: Final = timedelta(hours=1)
_MOST_COUNTED: Final = 20_000
_DOUBLINGS: Final = 10


@dataclass(slots=True)
class _Failures:
    count: int
    last_at: datetime


class GrowingDelays:
    """`SignInBrake`: after some failures each further one doubles the wait, up to a quarter of an hour.

    A user is counted apart at clients where they have signed in before: strangers who fail in their name do not lock
    them out of their own office. An attempt counts before it is looked at, so that many at once are many failures.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = Lock()
        self._failures: OrderedDict[tuple[str, ...], _Failures] = OrderedDict()
        self._known: OrderedDict[tuple[str, str], None] = OrderedDict()

    def admit(self, email: str, client: Client) -> None:
        """Count the attempt, or say how long to wait."""
        address, now = client_of(client()), self._clock()
        with self._lock:
            places = [(self._user(email, address), _FREE_FOR_A_USER), (("client", address), _FREE_FOR_A_CLIENT)]
            if wait := max(self._wait(place, free, now) for place, free in places):
                raise TooManySignIns(retry_after_seconds=wait)
            for place, _ in places:
                self._count(place, now)

    def note_good(self, email: str, client: Client) -> None:
        """Forget the user's failures here, and know the client."""
        address = client_of(client())
        with self._lock:
            self._failures.pop(self._user(email, address), None)
            # Only this attempt is taken back: who knows one password may try out others.
            if (of_client := self._failures.get(("client", address))) is not None:
                of_client.count -= 1
            self._known[email, address] = None
            self._known.move_to_end((email, address))
            while len(self._known) > _MOST_COUNTED:
                self._known.popitem(last=False)

    def _user(self, email: str, address: str) -> tuple[str, ...]:
        return ("user", email, address) if (email, address) in self._known else ("user", email)

    def _wait(self, place: tuple[str, ...], free: int, now: datetime) -> int:
        """Return for how many seconds nobody gets through there."""
        failed = self._failures.get(place)
        if failed is None or failed.count < free:
            return 0
        if now - failed.last_at >= _FORGOTTEN_AFTER:
            del self._failures[place]
            return 0
        pause = min(_LONGEST, timedelta(seconds=2 ** min(failed.count - free + 1, _DOUBLINGS)))
        return max(0, ceil((failed.last_at + pause - now).total_seconds()))

    def _count(self, place: tuple[str, ...], now: datetime) -> None:
        failed = self._failures.setdefault(place, _Failures(0, now))
        failed.count += 1
        failed.last_at = now
        self._failures.move_to_end(place)
        while len(self._failures) > _MOST_COUNTED:
            self._failures.popitem(last=False)
