"""Runs of load that nobody ran, for tests of what is made of them."""

from __future__ import annotations

from benchmarks.figures import Load, Run


def a_run(rate: float, *, server_us: float = 300, p99_ms: float = 20) -> Run:
    """Return a run of a second with 32 connections."""
    load = Load(
        seconds=1,
        answers=round(rate),
        refused=0,
        failed=0,
        mean_ms=5,
        p50_ms=4,
        p99_ms=p99_ms,
        max_ms=60,
        cpu_seconds=0.1,
    )
    return Run(connections=32, load=load, cpu_us={"server": server_us, "load": 25}, memory_mb=150)
