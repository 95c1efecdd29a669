"""Requests counted in moving windows."""

from __future__ import annotations

from datetime import timedelta

import pytest

from leadintake.adapters.recent_requests import RecentRequests
from leadintake.adapters.request_counter import LimitsRequestCounter
from leadintake.domain.budget import Budget, Counted, Standing

from tests.support.builders import SteppingClock

SECOND = timedelta(seconds=1)
TWO_A_MINUTE = Budget(counted=Counted.LEAD_TOKEN, of="a", per_minute=2)
ONE_A_MINUTE = Budget(counted=Counted.COMPANY, of="1", per_minute=1)


@pytest.fixture
def clock() -> SteppingClock:
    return SteppingClock()


@pytest.fixture
def counter(clock: SteppingClock) -> LimitsRequestCounter:
    return LimitsRequestCounter(clock)


def take(counter: LimitsRequestCounter, budget: Budget) -> Standing:
    [standing] = counter.take([budget])
    return standing


def test_budget_is_used_up_and_comes_back_as_its_minute_passes(
    counter: LimitsRequestCounter, clock: SteppingClock
) -> None:
    first = take(counter, TWO_A_MINUTE)
    clock.advance(20 * SECOND)
    second, third = take(counter, TWO_A_MINUTE), take(counter, TWO_A_MINUTE)
    clock.advance(40 * SECOND)

    assert (first.left, first.is_over, first.more_in_seconds) == (1, False, 60)
    assert (second.left, second.is_over, second.more_in_seconds) == (0, False, 40)
    assert (third.left, third.is_over, third.more_in_seconds) == (0, True, 40)
    assert [take(counter, TWO_A_MINUTE).is_over for _ in range(2)] == [False, True]


def test_others_have_budgets_of_their_own(counter: LimitsRequestCounter) -> None:
    take(counter, ONE_A_MINUTE)

    assert take(counter, ONE_A_MINUTE).is_over
    assert not take(counter, Budget(counted=Counted.COMPANY, of="2", per_minute=1)).is_over
    assert not take(counter, Budget(counted=Counted.ADDRESS, of="1", per_minute=1)).is_over


def test_request_that_is_too_much_for_one_budget_is_counted_in_none(counter: LimitsRequestCounter) -> None:
    take(counter, ONE_A_MINUTE)

    refused = counter.take([TWO_A_MINUTE, ONE_A_MINUTE])

    assert [each.is_over for each in refused] == [False, True]
    assert counter.stand(TWO_A_MINUTE).left == 2


def test_asking_how_a_budget_stands_counts_nothing(counter: LimitsRequestCounter) -> None:
    assert [counter.stand(ONE_A_MINUTE).left for _ in range(2)] == [1, 1]


def test_budget_of_nothing_is_always_used_up(counter: LimitsRequestCounter) -> None:
    standing = take(counter, Budget(counted=Counted.LEAD_TOKEN, of="a", per_minute=0))

    assert (standing.is_over, standing.more_in_seconds) == (True, 60)


def test_counter_is_idle_until_somebody_is_counted_and_when_all_is_over(
    counter: LimitsRequestCounter, clock: SteppingClock
) -> None:
    """Whoever asks for every request must pay nothing while nobody is counted."""
    seen = [counter.is_idle]
    take(counter, ONE_A_MINUTE)
    seen.append(counter.is_idle)
    clock.advance(60 * SECOND)
    seen.append(counter.is_idle)

    assert seen == [True, False, True]


def test_memory_is_bounded(clock: SteppingClock) -> None:
    """Whoever has a whole network of addresses must not fill ours."""
    recent = RecentRequests(clock, most=2)

    for key in ("a", "b", "a", "c"):
        recent.acquire_entry(key, 10, 60)

    assert [recent.get_moving_window(key, 10, 60)[1] for key in ("a", "b", "c")] == [2, 0, 1]


def test_storage_keeps_what_the_library_asks_of_one(clock: SteppingClock) -> None:
    recent = RecentRequests(clock)
    recent.acquire_entry("a", 10, 60)
    recent.acquire_entry("b", 10, 60)
    recent.clear("a")

    assert recent.check()
    assert recent.base_exceptions == ()
    assert recent.reset() == 1
    for unsupported in (lambda: recent.incr("a", 60), lambda: recent.get("a"), lambda: recent.get_expiry("a")):
        with pytest.raises(NotImplementedError):
            unsupported()
