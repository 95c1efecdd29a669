"""How a time is put together from sums over longer and shorter spans."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from leadintake.adapters.sql.layers import CUBES
from leadintake.adapters.sql.spans import ranges_summed, ranges_within

DAY = 96
SPANS = st.sampled_from([tuple(cube.layers()) for cube in CUBES])
QUARTERS = st.integers(min_value=1_900_000, max_value=1_900_000 + 80 * DAY)
DAYS = (16 * DAY, 8 * DAY, 4 * DAY, 2 * DAY, DAY, 1)


@given(SPANS, QUARTERS, QUARTERS)
def test_each_quarter_of_the_time_counts_once_and_no_other(spans: tuple[int, ...], begin: int, end: int) -> None:
    times = Counter[int]()
    for each in ranges_summed(spans, begin, end):
        assert each.low < each.high
        assert each.low % each.span == each.high % each.span == 0
        times.update(dict.fromkeys(range(each.low, each.high), each.sign))

    assert {quarter: count for quarter, count in times.items() if count} == dict.fromkeys(range(begin, end), 1)


@given(SPANS, QUARTERS, QUARTERS)
def test_little_is_read_in_short_spans(spans: tuple[int, ...], begin: int, end: int) -> None:
    """At either end at most half of the next longer span."""
    read = Counter[int]()
    for each in ranges_summed(spans, begin, end):
        read[each.span] += each.high - each.low

    for longer, span in pairwise(spans):
        if end - begin >= longer:
            assert read[span] <= longer


def test_month_of_a_zone_reads_what_its_midnights_are_off() -> None:
    """March of 2026 in New York begins at five and ends at four o'clock in UTC, for the clocks were put forward."""
    begin, end = 20_513 * DAY + 5 * 4, 20_544 * DAY + 4 * 4

    in_quarters = [(each.high - each.low, each.sign) for each in ranges_summed(DAYS, begin, end) if each.span == 1]

    assert sorted(in_quarters) == [(4 * 4, 1), (5 * 4, -1)]


@given(SPANS, QUARTERS, QUARTERS)
def test_what_lies_within_is_read_once_and_nothing_beyond(spans: tuple[int, ...], begin: int, end: int) -> None:
    """For a first or last one nothing can be taken away."""
    found = [quarter for _, low, high in ranges_within(spans, begin, end) for quarter in range(low, high)]

    assert sorted(found) == list(range(begin, end))
