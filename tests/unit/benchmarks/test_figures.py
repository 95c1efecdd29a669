from __future__ import annotations

import pytest

from benchmarks.figures import Load, Run, latencies, middle, middle_ratio, percentile


def a_run(rate: float, *, refused: int = 0) -> Run:
    answers = round(10 * rate) + refused
    load = Load(
        seconds=10,
        answers=answers,
        refused=refused,
        failed=0,
        mean_ms=1,
        p50_ms=1,
        p99_ms=2,
        max_ms=3,
        cpu_seconds=0.1,
    )
    return Run(connections=8, load=load)


@pytest.mark.parametrize(("percent", "expected"), [(1, 1), (50, 50), (99, 99), (99.5, 100), (100, 100), (0, 1)])
def test_percentile_is_a_value_that_occurred(percent: float, expected: int) -> None:
    """An interpolated p99 is a time that nobody waited."""
    assert percentile(range(1, 101), percent) == expected


def test_one_answer_is_every_percentile() -> None:
    found = latencies([0.004])

    assert (found.mean, found.p50, found.p99, found.max) == (4, 4, 4, 4)


def test_latencies_need_no_order_and_come_in_milliseconds() -> None:
    found = latencies([0.003, 0.001, 0.002])

    assert found.mean == pytest.approx(2)
    assert (found.p50, found.max) == (2, 3)


def test_refusals_are_no_leads() -> None:
    """A server that refuses everything would be the fastest of all."""
    assert a_run(100, refused=500).load.rate == 100


def test_figure_of_several_rounds_is_the_middle_one() -> None:
    assert middle([a_run(10), a_run(30), a_run(11)], lambda run: run.load.rate) == 11


def test_ratio_compares_each_round_with_itself() -> None:
    """When the machine is half as fast for one round, both sides are, and the ratio stays what it was."""
    assert middle_ratio([100, 50, 60], [400, 100, 600]) == 0.25
