"""What is watched about a company and its sources, over what is counted."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from leadintake.adapters.memory.store import MemoryStore
from leadintake.adapters.recent_signals import GOOD_FOR
from leadintake.domain.attribution import TrafficSourceId
from leadintake.domain.company import CompanyId
from leadintake.domain.errors import NotFound
from leadintake.domain.signals import Work

from tests.support.apps import World, a_world
from tests.support.counted import A_REFUSAL, count

if TYPE_CHECKING:
    from leadintake.domain.attribution import TrafficSource

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


@pytest.fixture
def world() -> World:
    return a_world(MemoryStore())


def now(world: World) -> datetime:
    return world.clock.peek()


def another_source(world: World) -> TrafficSource:
    return world.services.add_traffic_source(world.company.id, {"name": "Puppy banners"})


class TestWatchCompany:
    def test_new_company_is_quiet(self, world: World) -> None:
        assert world.services.watch_company(world.company.id).is_quiet

    def test_source_that_stopped_is_silent(self, world: World) -> None:
        count(world, 1000, *(each * HOUR for each in range(8, 80)))
        steady = another_source(world)
        count(world, steady.id, *(each * HOUR for each in range(80)))

        [found] = world.services.watch_company(world.company.id).silent

        assert found.source == world.source
        assert found.since <= now(world) - 7 * HOUR
        assert found.longest_pause == timedelta()

    def test_longest_silence_comes_first(self, world: World) -> None:
        other = another_source(world)
        count(world, 1000, *(each * HOUR for each in range(8, 80)))
        count(world, other.id, *(each * HOUR for each in range(10, 90)))

        silent = world.services.watch_company(world.company.id).silent

        assert [each.source.id for each in silent] == [other.id, 1000]

    @pytest.mark.parametrize(
        "ago",
        [
            pytest.param([8 * HOUR] * 50, id="who sent on one day only"),
            pytest.param([each * DAY for each in range(2, 9)], id="who sent too little"),
            pytest.param([15 * DAY + each * HOUR for each in range(72)], id="who has been gone for long"),
            pytest.param([each * HOUR for each in range(80)], id="who goes on"),
            pytest.param([each * DAY for each in range(1, 14)], id="who sends once a day"),
        ],
    )
    def test_not_missed_is(self, world: World, ago: list[timedelta]) -> None:
        count(world, 1000, *ago)

        assert world.services.watch_company(world.company.id).silent == []

    def test_refusals_alone_break_no_silence(self, world: World) -> None:
        count(world, 1000, *(each * HOUR for each in range(8, 80)))
        count(world, 1000, HOUR, measures=A_REFUSAL)

        assert len(world.services.watch_company(world.company.id).silent) == 1

    def test_paused_source_is_asked_for_nothing(self, world: World) -> None:
        count(world, 1000, *(each * HOUR for each in range(8, 80)))
        world.pause(source=now(world))

        assert world.services.watch_company(world.company.id).silent == []

    def test_refusals_of_the_last_hour_are_told_apart(self, world: World) -> None:
        count(world, None, *(each * HOUR for each in range(2, 100)))
        count(world, None, *[timedelta(minutes=30)] * 20, measures=A_REFUSAL)

        refusals = world.services.watch_company(world.company.id).refusals

        assert refusals.has_jumped
        assert (refusals.lately.submissions, refusals.before.submissions) == (20, 98)

    def test_lead_that_is_overdue_is_told(self, world: World) -> None:
        world.submit(caller_id="8004506787", expires_in="10")
        began = now(world)
        world.clock.advance(timedelta(minutes=15))

        signals = world.services.watch_company(world.company.id)

        assert signals.waiting_since[Work.SETTLE_DUE_LEADS] == began + timedelta(minutes=10)
        assert Work.SETTLE_DUE_LEADS in signals.lagging
        world.services.expire_due_leads()
        assert Work.SETTLE_DUE_LEADS not in world.services.watch_company(world.company.id).waiting_since

    def test_events_that_nobody_seals_are_told(self, world: World) -> None:
        world.submit(caller_id="8004506787")
        began = now(world)
        world.clock.advance(timedelta(minutes=5))

        assert world.services.watch_company(world.company.id).waiting_since[Work.SEAL_EVENTS] == began
        world.services.seal_events()
        assert world.services.watch_company(world.company.id).is_quiet

    def test_recent_signals_are_asked_for_again_after_a_while(self, world: World) -> None:
        assert world.services.recent_signals(world.company.id).is_quiet
        count(world, 1000, *(each * HOUR for each in range(8, 80)))

        assert world.services.recent_signals(world.company.id).is_quiet
        world.clock.advance(GOOD_FOR)
        assert not world.services.recent_signals(world.company.id).is_quiet

    def test_unknown_company_is_none(self, world: World) -> None:
        with pytest.raises(NotFound):
            world.services.watch_company(CompanyId(999))


class TestWatchSources:
    def test_tells_of_each_what_it_brought_lately_and_when_it_was_seen(self, world: World) -> None:
        other = another_source(world)
        count(world, 1000, timedelta(), 2 * DAY, 8 * DAY)
        count(world, 1000, HOUR, measures=A_REFUSAL)

        found = world.services.watch_sources(world.company.id, [world.source.id, other.id, TrafficSourceId(9)])

        assert found.keys() == {1000, other.id}
        activity = found[world.source.id]
        assert (activity.lately.leads, activity.lately.refused) == (2, 1)
        assert activity.last is not None
        assert activity.last.is_exact
        assert activity.last.at <= now(world) < activity.last.at + HOUR
        assert found[other.id].last is None

    @pytest.mark.parametrize(("ago", "within"), [(10 * DAY, DAY), (200 * DAY, 27 * DAY)])
    def test_the_longer_ago_the_less_exactly(self, world: World, ago: timedelta, within: timedelta) -> None:
        count(world, 1000, ago, ago + DAY)

        last = world.services.watch_sources(world.company.id, [world.source.id])[world.source.id].last

        assert last is not None
        assert not last.is_exact
        assert last.at <= now(world) - ago < last.at + last.within
        assert last.within >= within - HOUR

    def test_no_sources_are_no_trouble(self, world: World) -> None:
        assert world.services.watch_sources(world.company.id, []) == {}

    def test_first_lead_is_found_however_long_ago(self, world: World) -> None:
        world.clock.advance(datetime(2028, 2, 29, 12, tzinfo=UTC) - now(world))
        count(world, 1000, 9 * 365 * DAY + 7 * HOUR, 3 * DAY, HOUR)
        count(world, 1000, 9 * 366 * DAY, measures=A_REFUSAL)

        history = world.services.read_source_history(world.company.id, world.source.id)

        assert history.source == world.source
        assert history.first is not None
        first = now(world) - 9 * 365 * DAY - 7 * HOUR
        assert history.first.at <= first < history.first.at + timedelta(minutes=15)
        assert history.activity.lately.leads == 2

    def test_source_that_brought_nothing_has_no_first_lead(self, world: World) -> None:
        assert world.services.read_source_history(world.company.id, world.source.id).first is None

    def test_silence_is_told_with_the_source(self, world: World) -> None:
        count(world, 1000, *(each * HOUR for each in range(8, 80)))

        assert world.services.read_source_history(world.company.id, world.source.id).silence is not None

    def test_unknown_source_is_none(self, world: World) -> None:
        with pytest.raises(NotFound):
            world.services.read_source_history(world.company.id, TrafficSourceId(9))
