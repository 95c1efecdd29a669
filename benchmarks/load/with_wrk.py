"""The load by wrk: a fifth of the CPU that Python would take from the server beside it."""

from __future__ import annotations

import os
import re
import resource
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.callers import EXCHANGES
from benchmarks.figures import Load, WrongMeasurement

if TYPE_CHECKING:
    from benchmarks.callers import Callers

_SCRIPT = Path(__file__).with_name("leads.lua")
_PATIENCE_SECONDS = 30


def drive_with_wrk(
    wrk: str, port: int, token: str, *, callers: Callers, connections: int, seconds: float, pause_ms: float
) -> Load:
    """Run wrk for that long. Raises: WrongMeasurement: it did not run to its end."""
    command = [wrk, "--threads=1", f"--connections={connections}", f"--duration={max(1, round(seconds))}s"]
    command += ["--timeout=15s", f"--script={_SCRIPT}", f"http://127.0.0.1:{port}/api/v1/leads"]
    environment = os.environ | {
        "BENCH_TOKEN": token,
        "BENCH_AREAS": ",".join(map(str, callers.areas)),
        "BENCH_EXCHANGES": ",".join(map(str, EXCHANGES)),
        "BENCH_FIRST": str(callers.take()),
        "BENCH_STRIDE": str(callers.stride),
        "BENCH_PAUSE_MS": str(pause_ms),
    }
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    # `run` kills it on the way out of an interrupt.
    ended = subprocess.run(
        command, env=environment, capture_output=True, text=True, timeout=seconds + _PATIENCE_SECONDS, check=False
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu_seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return parse_wrk(ended.stdout + ended.stderr, cpu_seconds=cpu_seconds)


def parse_wrk(output: str, *, cpu_seconds: float) -> Load:
    """Read the line that the script prints at the end. Raises: WrongMeasurement: there is none."""
    found = re.search(r"^FIGURES (.*)$", output, re.MULTILINE)
    if found is None:
        raise WrongMeasurement(f"wrk gave no result:\n{output}")
    given = dict(pair.split("=") for pair in found[1].split())
    return Load(
        seconds=float(given["seconds"]),
        answers=int(given["answers"]),
        refused=int(given["refused"]),
        failed=int(given["failed"]),
        mean_ms=float(given["mean_ms"]),
        p50_ms=float(given["p50_ms"]),
        p99_ms=float(given["p99_ms"]),
        max_ms=float(given["max_ms"]),
        cpu_seconds=cpu_seconds,
    )
