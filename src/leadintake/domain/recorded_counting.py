"""Counting calls and conversions: what a record, a correction and a reversal add to the roll-ups.

A call counts in the quarter of an hour in which it began, a conversion in the one in which it occurred, each under its
stamp. A correction takes back what was counted and counts anew, wherever that is; a reversal takes it back. Erasing a
caller changes nothing that is counted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadintake.domain.call import Call
from leadintake.domain.rollup import Measures, RollupDelta, RollupKey, summed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

    from leadintake.domain.conversion import Conversion
    from leadintake.domain.recording import Recording
    from leadintake.domain.stamp import Stamp


def counted_recordings(
    recordings: Iterable[Recording[Call]] | Iterable[Recording[Conversion]],
) -> Sequence[RollupDelta]:
    """Return what was recorded, corrected or reversed changes in all."""
    return summed(delta for recording in recordings for delta in _of(recording))


def _of(recording: Recording[Call] | Recording[Conversion]) -> Iterator[RollupDelta]:
    if recording.event is None:
        return
    if recording.before is not None:
        for key, measures in counted_one(recording.before):
            yield RollupDelta(key, measures.negated())
    if recording.one is not None:
        yield from counted_one(recording.one)


def counted_one(one: Call | Conversion) -> Iterator[RollupDelta]:
    """Yield what counts of one, nothing for a conversion that was reversed."""
    if isinstance(one, Call):
        yield RollupDelta(
            _key(one.started_at, one.stamp),
            Measures(
                calls=1,
                connected_calls=int(one.is_connected),
                talk_seconds=one.duration_seconds,
                revenue=one.revenue,
                payout=one.payout,
            ),
        )
    elif one.counts:
        yield RollupDelta(
            _key(one.occurred_at, one.stamp), Measures(conversions=1, revenue=one.revenue, payout=one.payout)
        )


def _key(at: datetime, stamp: Stamp) -> RollupKey:
    return RollupKey.of(at, owner=stamp.owner, attribution=stamp.attribution, country=stamp.country)
