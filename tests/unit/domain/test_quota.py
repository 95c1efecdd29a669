"""Days of a company, and blocks of what is left of them."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadintake.domain.quota import DailyCap, block_size


def cap(time_zone: str) -> DailyCap:
    return DailyCap(most=1, time_zone=time_zone)


def test_day_is_that_of_the_company() -> None:
    instant = datetime(2026, 3, 1, 4, 30, tzinfo=UTC)

    assert cap("America/New_York").day_at(instant) == date(2026, 2, 28)
    assert cap("Asia/Tokyo").day_at(instant) == date(2026, 3, 1)


@pytest.mark.parametrize(
    ("time_zone", "instant", "hours"),
    [
        pytest.param("America/New_York", datetime(2026, 3, 1, 5, tzinfo=UTC), 24, id="ordinary"),
        pytest.param("America/New_York", datetime(2026, 3, 8, 5, tzinfo=UTC), 23, id="clocks-forward"),
        pytest.param("America/New_York", datetime(2026, 11, 1, 4, tzinfo=UTC), 25, id="clocks-back"),
        pytest.param("America/Havana", datetime(2026, 3, 7, 5, tzinfo=UTC), 24, id="no-midnight"),
        pytest.param("America/Havana", datetime(2026, 10, 31, 4, tzinfo=UTC), 24, id="two-midnights"),
        pytest.param("Pacific/Apia", datetime(2011, 12, 29, 10, tzinfo=UTC), 24, id="a-day-left-out"),
    ],
)
def test_next_day_begins_when_its_date_does(time_zone: str, instant: datetime, hours: int) -> None:
    """Who is told to come back must not find the same day still there, nor be kept out for an hour of the next."""
    assert cap(time_zone).seconds_to_next_day(instant) == hours * 3600


def test_wait_is_rounded_up() -> None:
    assert cap("UTC").seconds_to_next_day(datetime(2026, 3, 1, 23, 59, 59, 999_999, tzinfo=UTC)) == 1
    assert cap("UTC").seconds_to_next_day(datetime(2026, 3, 1, 23, 59, 58, 1, tzinfo=UTC)) == 2


@given(most=st.integers(min_value=0, max_value=10_000))
def test_blocks_use_up_the_cap_to_the_last(most: int) -> None:
    """A process that is alone must get all of it, though it leases in blocks."""
    left, blocks = most, []
    for _ in range(most):
        blocks.append(block_size(left))
        left -= blocks[-1]
        if left <= 0:
            break

    assert left == 0
    assert block_size(0) == 0
    assert blocks == sorted(blocks, reverse=True)
    assert all(block == 1 for block in blocks[-15:])


def test_lowered_cap_leaves_no_block() -> None:
    assert block_size(-5) == 0
