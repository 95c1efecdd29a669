"""What a run of load comes to, and how many runs become one figure."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from statistics import median
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence


class WrongMeasurement(RuntimeError):
    """What was measured cannot be right, or was not what was meant to be measured; it must not be printed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """What the load generator saw.

    Shape: `answers` are all complete answers, `refused` those of them that were not 2xx, `failed` requests that
    got none. Times are those of answers, from the request's first byte to the answer's last.
    """

    seconds: float
    answers: int
    refused: int
    failed: int
    mean_ms: float
    p50_ms: float
    p99_ms: float
    max_ms: float
    cpu_seconds: float

    @property
    def accepted(self) -> int:
        """The 2xx answers."""
        return self.answers - self.refused

    @property
    def rate(self) -> float:
        """Accepted requests a second."""
        return self.accepted / self.seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One run of load against one server.

    Units: `cpu_us` is CPU time by part, in microseconds for each answer; `memory_mb` is the server's, in MiB, what
    its processes share counted once.
    """

    connections: int
    load: Load
    cpu_us: Mapping[str, float] = field(default_factory=dict)
    memory_mb: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Latencies:
    """Milliseconds, of the answers of one run."""

    mean: float
    p50: float
    p99: float
    max: float


def latencies(seconds: Iterable[float]) -> Latencies:
    """Return what at least one answer's times come to."""
    ordered = sorted(1000 * each for each in seconds)
    return Latencies(
        mean=sum(ordered) / len(ordered),
        p50=percentile(ordered, 50),
        p99=percentile(ordered, 99),
        max=ordered[-1],
    )


def percentile(ordered: Sequence[float], percent: float) -> float:
    """Return the smallest value that at least that share of the values does not exceed ("nearest rank")."""
    return ordered[max(0, math.ceil(len(ordered) * percent / 100) - 1)]


def middle(runs: Sequence[Run], figure: Callable[[Run], float]) -> float:
    """Return the median of a figure over the rounds."""
    return median(map(figure, runs))


def middle_ratio(numerators: Sequence[float], denominators: Sequence[float]) -> float:
    """Return the median of the rounds' ratios: each round is compared with itself, as the machine's pace changes."""
    return median(above / below for above, below in zip(numerators, denominators, strict=True))
