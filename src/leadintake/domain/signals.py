"""Signals: what somebody should look at before callers, sources or sales notice it. Judged by what is counted alone.

- A source is *silent* when it used to send and has stopped: it brought `FEWEST_LEADS` leads or more, on `FEWEST_DAYS`
  days or more of the last `USUAL` fourteen, and now none for longer than twice the longest pause that it made in that
  time, and never less than `SHORTEST_SILENCE`. So who rests at night or over the weekend is not silent by that, and
  who has been gone for the whole of that time is no sender any more.
- Refusals have *jumped* when, of the last hour, at least `FEWEST_SUBMISSIONS` came, the share of refused ones is twice
  that of the seven days before or more, and higher by `LEAST_JUMP` or more.
- A worker *lags* when what it does by itself every few seconds has waited for longer than `MOST_LAG`.

Source: specification, section 11; ADR 0034.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from leadintake.domain.attribution import TrafficSource
    from leadintake.domain.company import CompanyId
    from leadintake.domain.rollup import Measures

USUAL: Final = timedelta(days=14)
FEWEST_LEADS: Final = 10
FEWEST_DAYS: Final = 3
SHORTEST_SILENCE: Final = timedelta(hours=6)
LONGER_THAN_USUAL: Final = 2
FEWEST_SUBMISSIONS: Final = 20
TIMES_AS_MANY: Final = 2
LEAST_JUMP: Final = Fraction(1, 10)
MOST_LAG: Final = timedelta(minutes=2)
AN_HOUR: Final = timedelta(hours=1)


class Work(StrEnum):
    """What serving processes do by themselves, and may be late with."""

    SETTLE_DUE_LEADS = "settle_due_leads"
    SEAL_EVENTS = "seal_events"
    FOLD_ROLLUPS = "fold_rollups"


@dataclass(frozen=True, slots=True, kw_only=True)
class SilentSource:
    """A source that used to send and has stopped.

    Shape: `since` is the end of the hour in which the last lead came; `longest_pause` the longest one it made before,
    to the hour.
    """

    source: TrafficSource
    since: datetime
    longest_pause: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusals:
    """How much is refused: of the last hour, and of the seven days before it."""

    lately: Measures
    before: Measures

    @property
    def share_lately(self) -> Fraction:
        """Return the share of the last hour's submissions that were refused."""
        return _share(self.lately)

    @property
    def share_before(self) -> Fraction:
        """Return the same of the seven days before."""
        return _share(self.before)

    @property
    def has_jumped(self) -> bool:
        """Say whether somebody should look; where too little came before to compare with, nobody need."""
        if min(self.lately.submissions, self.before.submissions) < FEWEST_SUBMISSIONS:
            return False
        lately, before = self.share_lately, self.share_before
        return lately >= TIMES_AS_MANY * before and lately - before >= LEAST_JUMP


@dataclass(frozen=True, slots=True, kw_only=True)
class Signals:
    """What there is to look at in a company, as of `at`.

    Shape: the longest silent source first. `waiting_since` says for each kind of work how long the oldest of it has
    waited; what is done is not there.
    """

    company_id: CompanyId
    at: datetime
    silent: Sequence[SilentSource]
    refusals: Refusals
    waiting_since: Mapping[Work, datetime]

    def lag(self, work: Work) -> timedelta:
        """Return how long the oldest of that work has waited; nothing where nothing waits."""
        since = self.waiting_since.get(work)
        return timedelta() if since is None else max(timedelta(), self.at - since)

    @property
    def lagging(self) -> Sequence[Work]:
        """Return the work that is late."""
        return [work for work in Work if self.lag(work) > MOST_LAG]

    @property
    def is_quiet(self) -> bool:
        """Say whether there is nothing to look at."""
        return not (self.silent or self.refusals.has_jumped or self.lagging)


def is_regular(leads_by_day: Sequence[int]) -> bool:
    """Say whether a source that brought so many leads on each day of the usual time is missed when it stops.

    >>> is_regular([3, 0, 3, 4]), is_regular([100, 0, 0, 1]), is_regular([1, 1, 1, 1])
    (True, False, False)
    """
    return sum(leads_by_day) >= FEWEST_LEADS and sum(leads > 0 for leads in leads_by_day) >= FEWEST_DAYS


def silence(source: TrafficSource, hours: Sequence[datetime], *, at: datetime) -> SilentSource | None:
    """Return a regular source's silence, None while it is not longer than it would be.

    Args:
        source: Which.
        hours: The beginnings of the hours of the usual time in which it brought leads, in their order; one or more.
        at: Now.
    """
    pauses = [later - earlier - AN_HOUR for earlier, later in pairwise(hours)]
    longest, since = max(pauses, default=timedelta()), hours[-1] + AN_HOUR
    if at - since <= max(LONGER_THAN_USUAL * longest, SHORTEST_SILENCE):
        return None
    return SilentSource(source=source, since=since, longest_pause=longest)


def _share(measures: Measures) -> Fraction:
    # Where replays take in what was refused before, the sum of a time may fall below nothing.
    return Fraction(max(0, measures.refused), measures.submissions) if measures.submissions > 0 else Fraction()
