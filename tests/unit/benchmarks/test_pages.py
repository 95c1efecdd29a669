"""What the pages' measurement is made of."""

from __future__ import annotations

from datetime import timedelta

from benchmarks.pages import SOURCES, Paged, dressed, middle_of
from tests.support.builders import an_enroll_lead


def test_figures_are_medians_by_page() -> None:
    paged = Paged(database="sqlite", leads=10, times={"front": [9.0, 1.0, 5.0]})

    assert paged.figures() == {"pages:sqlite:front_ms": 5.0}
    assert middle_of([2.0, 1.0]) == 2.0


def test_commands_are_spread_over_a_month_and_all_sources() -> None:
    command = an_enroll_lead()
    some = [dressed(command, n, of=1_000) for n in range(1_000)]

    assert len({each.traffic_source_id for each in some}) == SOURCES
    ages = [command.receipt.received_at - each.receipt.received_at for each in some]
    assert timedelta() <= min(ages) < timedelta(days=1)
    assert timedelta(days=29) < max(ages) < timedelta(days=30)
    assert sum(each.caller_id == "123" for each in some) == 50
