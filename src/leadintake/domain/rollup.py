"""Roll-ups: how much came in and what became of it, per quarter of an hour, source, sub id, owner and country.

What happens is counted by adding: whoever stores a fact adds a delta in the same transaction, and whoever corrects one
adds the difference, which may be negative. A sum over deltas is exact whenever it is made. Source: specification,
section 7; ADR 0030, "Roll-ups out of rows that are only added".
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from operator import add, neg
from typing import TYPE_CHECKING, Final, NamedTuple, NewType

from leadintake.domain.attribution import UNATTRIBUTED, Attribution

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from leadintake.domain.owner import OwnerRef

Quarter = NewType("Quarter", int)
"""A quarter of an hour in UTC, counted from the first of 1970. Every time zone's days begin with one."""
A_QUARTER: Final = timedelta(minutes=15)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def quarter_of(instant: datetime) -> Quarter:
    """Return the quarter of an hour that an instant lies in."""
    return Quarter((instant - _EPOCH) // A_QUARTER)


def beginning_of(quarter: Quarter) -> datetime:
    """Return the instant at which a quarter of an hour begins."""
    return _EPOCH + quarter * A_QUARTER


class CountedAs(NamedTuple):
    """What a submission is counted under for good, whatever becomes of its lead's source later."""

    attribution: Attribution = UNATTRIBUTED
    country: str | None = None


class RollupKey(NamedTuple):
    """What is counted together. Every part but the time may be unknown, which is a value like any other."""

    quarter: Quarter
    traffic_source_id: int | None
    sub_id: str | None
    owner: OwnerRef | None
    country: str | None

    @classmethod
    def of(cls, at: datetime, *, owner: OwnerRef | None, attribution: Attribution, country: str | None) -> RollupKey:
        """Return where what happened at that moment counts."""
        return cls(quarter_of(at), attribution.traffic_source_id, attribution.sub_id, owner, country)


class Measures(NamedTuple):
    """What is counted, or by how much it changes.

    Shape: `refused` and `duplicates` are among the submissions, `connected_calls` among the calls. Revenue and payout
    are those of calls and conversions together.
    Units: `revenue` and `payout` are in the smallest unit of the company's currency.
    """

    submissions: int = 0
    leads: int = 0
    refused: int = 0
    duplicates: int = 0
    calls: int = 0
    connected_calls: int = 0
    talk_seconds: int = 0
    conversions: int = 0
    revenue: int = 0
    payout: int = 0

    def plus(self, other: Measures) -> Measures:
        """Return both together."""
        return Measures(*map(add, self, other))

    def negated(self) -> Measures:
        """Return what takes this back."""
        return Measures(*map(neg, self))


NOTHING: Final = Measures()


class RollupDelta(NamedTuple):
    """So much more of everything under a key, or less."""

    key: RollupKey
    measures: Measures


def summed(deltas: Iterable[RollupDelta]) -> Sequence[RollupDelta]:
    """Return one delta for each key, in the order in which the keys came up; none where nothing is left."""
    sums = totals(deltas)
    return [RollupDelta(key, measures) for key, measures in sums.items() if measures != NOTHING]


def totals(deltas: Iterable[RollupDelta]) -> Mapping[RollupKey, Measures]:
    """Return the sum under each key."""
    sums: dict[RollupKey, Measures] = {}
    for key, measures in deltas:
        known = sums.get(key)
        sums[key] = measures if known is None else known.plus(measures)
    return sums
