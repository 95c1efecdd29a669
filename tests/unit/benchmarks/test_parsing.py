from __future__ import annotations

import pytest

from benchmarks.figures import WrongMeasurement
from benchmarks.limits.of_postgresql import parse_pgbench
from benchmarks.load.with_wrk import parse_wrk

WRK = """\
Running 5s test @ http://127.0.0.1:20001/api/v1/leads
  1 threads and 32 connections
  12012 requests in 5.00s, 9.31MB read
Requests/sec:   2402.11
FIGURES seconds=5.000639 answers=12012 refused=3 failed=1 mean_ms=13.204 p50_ms=12.871 p99_ms=31.094 max_ms=52.400
"""
PGBENCH = """\
pgbench (18.6)
transaction type: lead.sql
number of clients: 32
number of transactions actually processed: 25311
number of failed transactions: 0 (0.000%)
latency average = 3.790 ms
initial connection time = 26.521 ms
tps = 8437.284311 (without initial connection time)
"""


def test_line_of_the_script_is_read() -> None:
    load = parse_wrk(WRK, cpu_seconds=0.4)

    assert (load.answers, load.accepted, load.refused, load.failed) == (12012, 12009, 3, 1)
    assert (load.seconds, load.p50_ms, load.p99_ms, load.max_ms) == (5.000639, 12.871, 31.094, 52.4)
    assert load.cpu_seconds == 0.4


def test_wrk_without_a_result_is_no_measurement() -> None:
    """Wrk says what went wrong in its own words; they must reach the reader instead of a zero."""
    with pytest.raises(WrongMeasurement, match="unable to connect"):
        parse_wrk("unable to connect to 127.0.0.1:20001 Connection refused\n", cpu_seconds=0)


def test_rate_of_pgbench_is_read() -> None:
    assert parse_pgbench(PGBENCH) == 8437.284311


def test_older_pgbench_counts_no_failures() -> None:
    """Before version 15 the line about failed transactions is not there."""
    old = "".join(line for line in PGBENCH.splitlines(keepends=True) if "failed" not in line)

    assert parse_pgbench(old) == 8437.284311


@pytest.mark.parametrize(
    "output",
    ["pgbench: error: connection to server failed\n", PGBENCH.replace("transactions: 0", "transactions: 7")],
    ids=["nothing ran", "some transactions failed"],
)
def test_pgbench_that_failed_is_no_limit(output: str) -> None:
    """Too low a limit would make the product look good."""
    with pytest.raises(WrongMeasurement):
        parse_pgbench(output)
