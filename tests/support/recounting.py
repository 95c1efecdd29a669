"""Calls and conversions counted once more, by another way than the product's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadintake.domain.rollup import Measures, Quarter, RollupKey

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from leadintake.domain.call import Call
    from leadintake.domain.conversion import Conversion


def of_results(counted: Mapping[RollupKey, Measures]) -> dict[RollupKey, Measures]:
    """Return what is counted of calls and conversions alone."""
    without = {
        key: measures._replace(submissions=0, leads=0, refused=0, duplicates=0) for key, measures in counted.items()
    }
    return {key: measures for key, measures in without.items() if measures != Measures()}


def recounted(calls: Iterable[Call], conversions: Iterable[Conversion]) -> dict[RollupKey, Measures]:
    """Count the calls and conversions that are there, once more and by another way."""
    sums: dict[RollupKey, Measures] = {}

    def add(key: RollupKey, **figures: int) -> None:
        sums[key] = sums.get(key, Measures()).plus(Measures(**figures))

    def key_of(one: Call | Conversion, at: datetime) -> RollupKey:
        stamp = one.stamp
        source, sub_id = stamp.attribution.traffic_source_id, stamp.attribution.sub_id
        return RollupKey(Quarter(int(at.timestamp()) // 900), source, sub_id, stamp.owner, stamp.country)

    for call in calls:
        add(
            key_of(call, call.started_at),
            calls=1,
            connected_calls=1 if call.is_connected else 0,
            talk_seconds=call.duration_seconds,
            revenue=call.revenue,
            payout=call.payout,
        )
    for one in conversions:
        if one.reversed_at is None:
            add(key_of(one, one.occurred_at), conversions=1, revenue=one.revenue, payout=one.payout)
    return {key: measures for key, measures in sums.items() if measures != Measures()}
