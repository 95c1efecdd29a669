"""What the pages' measurement is made of."""

from __future__ import annotations

from datetime import timedelta
from urllib.error import URLError

import pytest

from benchmarks.beside_reports import Beside, Reader
from benchmarks.pages import SOURCES, Paged, dressed, middle_of
from benchmarks.processes import free_port
from tests.support.builders import an_enroll_lead
from tests.support.runs import a_run
from tests.support.servers import wait_until


def test_figures_are_medians_by_page() -> None:
    beside = Beside(alone=[a_run(1000), a_run(500)], beside=[a_run(900), a_run(475)], report_ms=[4.0, 80.0, 9.0])
    paged = Paged(database="sqlite", leads=10, times={"front": [9.0, 1.0, 5.0]}, beside=beside)

    assert paged.figures() == {
        "pages:sqlite:front_ms": 5.0,
        "beside_reports:sqlite": pytest.approx(0.925),
        "beside_reports:sqlite:report_ms": 9.0,
    }
    assert middle_of([2.0, 1.0]) == 2.0


def test_commands_are_spread_over_a_month_and_all_sources() -> None:
    command = an_enroll_lead()
    some = [dressed(command, n, of=1_000) for n in range(1_000)]

    assert len({each.traffic_source_id for each in some}) == SOURCES
    ages = [command.receipt.received_at - each.receipt.received_at for each in some]
    assert timedelta() <= min(ages) < timedelta(days=1)
    assert timedelta(days=29) < max(ages) < timedelta(days=30)
    assert sum(each.caller_id == "123" for each in some) == 50


def test_report_that_nobody_answered_is_no_measurement() -> None:
    """Intake beside reports that fail would look as if they cost nothing."""
    with pytest.raises(URLError), Reader(f"http://127.0.0.1:{free_port()}", "key_of_nobody") as reader:
        wait_until(lambda: not reader.is_asking, what="the reader gives up")

    assert reader.report_ms == []
