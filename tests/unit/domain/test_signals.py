"""What is alarming, and what is not."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadintake.domain.attribution import TrafficSource, TrafficSourceId
from leadintake.domain.company import CompanyId
from leadintake.domain.rollup import NOTHING, Measures
from leadintake.domain.signals import (
    AN_HOUR,
    LONGER_THAN_USUAL,
    SHORTEST_SILENCE,
    Refusals,
    Signals,
    Work,
    is_regular,
    silence,
)

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
SOURCE = TrafficSource(company_id=CompanyId(1), id=TrafficSourceId(1000), name="Kitten banners")


def hours(*before: int) -> list[datetime]:
    """Return the beginnings of hours so many hours before noon."""
    return [NOON - each * AN_HOUR for each in before]


class TestSilence:
    def test_source_that_sends_every_hour_is_silent_after_six(self) -> None:
        every_hour = range(30, 6, -1)

        assert silence(SOURCE, hours(*every_hour), at=NOON) is None
        found = silence(SOURCE, hours(*every_hour), at=NOON + timedelta(minutes=1))
        assert found is not None
        assert found.since == NOON - SHORTEST_SILENCE
        assert found.longest_pause == timedelta()

    def test_source_that_rests_at_night_is_not_silent_by_that(self) -> None:
        """From five in the evening to nine in the morning it never sends: sixteen hours, and again sixteen."""
        working_days = [day * 24 + hour for day in range(5, 0, -1) for hour in range(7, -1, -1)]
        last = working_days[-1]
        ended = NOON - last * AN_HOUR + AN_HOUR

        assert silence(SOURCE, hours(*working_days), at=ended + timedelta(hours=32)) is None
        assert silence(SOURCE, hours(*working_days), at=ended + timedelta(hours=32, minutes=1)) is not None

    @given(st.lists(st.integers(0, 14 * 24), min_size=1, unique=True), st.integers(0, 24 * 14))
    def test_silence_is_longer_than_any_pause_before(self, before: list[int], later: int) -> None:
        at = NOON + later * AN_HOUR
        seen = hours(*sorted(before, reverse=True))

        found = silence(SOURCE, seen, at=at)

        lasted = at - seen[-1] - AN_HOUR
        if found is None:
            pauses = [after - earlier - AN_HOUR for earlier, after in itertools.pairwise(seen)]
            assert lasted <= max(SHORTEST_SILENCE, *(LONGER_THAN_USUAL * pause for pause in pauses or [timedelta()]))
        else:
            assert lasted > max(SHORTEST_SILENCE, LONGER_THAN_USUAL * found.longest_pause)

    @pytest.mark.parametrize(
        ("by_day", "expected"),
        [([4, 3, 3], True), ([4, 3, 2], False), ([9, 9], False), ([], False), ([0, 5, 0, 5, 0, 1], True)],
    )
    def test_only_who_sends_regularly_is_missed(self, by_day: list[int], expected: bool) -> None:  # noqa: FBT001 - a parameter
        assert is_regular(by_day) is expected


class TestRefusals:
    @pytest.mark.parametrize(
        ("lately", "before", "expected"),
        [
            ((20, 10), (1000, 100), True),
            ((20, 4), (1000, 100), True),
            ((20, 3), (1000, 100), False),
            ((19, 19), (1000, 0), False),
            ((20, 20), (19, 0), False),
            ((20, 20), (1000, 600), False),
            ((100, 9), (1000, 10), False),
            ((100, 10), (1000, 0), True),
            ((0, 0), (0, 0), False),
            ((20, -3), (1000, -1), False),
        ],
    )
    def test_jump_is_twice_as_many_and_a_tenth_more(
        self,
        lately: tuple[int, int],
        before: tuple[int, int],
        expected: bool,  # noqa: FBT001 - a parameter
    ) -> None:
        refusals = Refusals(
            lately=Measures(submissions=lately[0], refused=lately[1]),
            before=Measures(submissions=before[0], refused=before[1]),
        )

        assert refusals.has_jumped is expected

    def test_nothing_is_no_share(self) -> None:
        assert Refusals(lately=NOTHING, before=NOTHING).share_lately == Fraction()


class TestLag:
    def signals(self, **ago: timedelta) -> Signals:
        return Signals(
            company_id=CompanyId(1),
            at=NOON,
            silent=(),
            refusals=Refusals(lately=NOTHING, before=NOTHING),
            waiting_since={Work(name): NOON - lag for name, lag in ago.items()},
        )

    def test_work_lags_after_two_minutes(self) -> None:
        signals = self.signals(seal_events=timedelta(minutes=2), fold_rollups=timedelta(minutes=2, seconds=1))

        assert signals.lagging == [Work.FOLD_ROLLUPS]
        assert signals.lag(Work.SEAL_EVENTS) == timedelta(minutes=2)
        assert signals.lag(Work.SETTLE_DUE_LEADS) == timedelta()
        assert not signals.is_quiet

    def test_clock_that_is_behind_makes_no_lag_below_nothing(self) -> None:
        assert self.signals(seal_events=-timedelta(seconds=1)).lag(Work.SEAL_EVENTS) == timedelta()

    def test_quiet_is_quiet(self) -> None:
        assert self.signals().is_quiet
