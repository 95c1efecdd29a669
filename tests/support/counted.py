"""What is counted, put there without anybody sending it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadintake.domain.attribution import Attribution, TrafficSourceId
from leadintake.domain.rollup import Measures, RollupDelta, RollupKey

if TYPE_CHECKING:
    from datetime import timedelta

    from tests.support.apps import World

A_LEAD = Measures(submissions=1, leads=1)
A_REFUSAL = Measures(submissions=1, refused=1)


def count(
    world: World,
    source: int | None,
    *ago: timedelta,
    measures: Measures = A_LEAD,
    sub_id: str | None = None,
    country: str | None = "US",
) -> None:
    """Let something have come so long ago."""
    attribution = Attribution(None if source is None else TrafficSourceId(source), sub_id)
    now = world.clock.peek()
    with world.store.unit_of_work(world.company.id) as uow:
        uow.rollups.append_all(
            [
                RollupDelta(
                    RollupKey.of(now - each, owner=world.schedule.ref, attribution=attribution, country=country),
                    measures,
                )
                for each in ago
            ]
        )
        uow.commit()
