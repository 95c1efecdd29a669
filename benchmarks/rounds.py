"""Rounds of limit, floor and product, one right after the other, so that noise meets all three alike."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import psutil

from benchmarks.figures import Run, WrongMeasurement, middle, middle_ratio
from benchmarks.processes import cpu_seconds, memory_mb
from benchmarks.product import serving_floor

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from benchmarks.load import LoadGenerator
    from benchmarks.places import Place
    from benchmarks.plan import Plan
    from benchmarks.product import Installation, Server

SERVER: Final = "server"
DATABASE: Final = "database"
LOAD: Final = "load"

# A run that finds the pace for the half load; short, because it only has to learn how long an answer takes there.
_PACE_SECONDS: Final = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Something that leads can be sent to.

    Shape: `parts` are the processes whose CPU time is counted, by what they are; `installation` is None where no
    lead is stored.
    """

    server: Server
    lead_token: str = field(repr=False)
    parts: Mapping[str, psutil.Process]
    installation: Installation | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Measuring:
    """How a run is made."""

    generator: LoadGenerator
    seconds: float
    warm_up_seconds: float
    say: Callable[[str], None]

    def run(self, target: Target, *, connections: int, seconds: float | None = None, pause_ms: float = 0) -> Run:
        """Load the target once, and check that it did what it answered.

        Raises: WrongMeasurement: a request failed or was refused, or the table holds other than was answered.
        """
        stored_before = target.installation.count_settled_leads() if target.installation else 0
        cpu_before = {part: cpu_seconds(process) for part, process in target.parts.items()}
        load = self.generator.drive(
            target.server.port,
            target.lead_token,
            connections=connections,
            seconds=seconds or self.seconds,
            pause_ms=pause_ms,
        )
        cpu_after = {part: cpu_seconds(process) for part, process in target.parts.items()}
        if load.failed or load.refused or not load.answers:
            raise WrongMeasurement(
                f"Of {load.answers} answers {load.refused} were refusals; {load.failed} requests got none."
            )
        if target.installation:
            stored = target.installation.count_settled_leads() - stored_before
            check_stored(stored, accepted=load.accepted, connections=connections)
        spent = {part: cpu_after[part] - cpu_before[part] for part in target.parts} | {LOAD: load.cpu_seconds}
        return Run(
            connections=connections,
            load=load,
            cpu_us={part: seconds * 1e6 / load.answers for part, seconds in spent.items()},
            memory_mb=memory_mb(target.server.process),
        )

    def run_warmed_up(self, target: Target, *, connections: int) -> Run:
        """Do the same with a server that has only just started."""
        self.run(target, connections=connections, seconds=self.warm_up_seconds)
        return self.run(target, connections=connections)


def check_stored(stored: int, *, accepted: int, connections: int) -> None:
    """Compare the leads that a run left in the table with its 2xx answers.

    Each connection may have had one lead under way when the run ended: stored, and its answer not waited for.

    Raises: WrongMeasurement: a lead was acknowledged and is not there, or more are there than can be.
    """
    if not accepted <= stored <= accepted + connections:
        raise WrongMeasurement(f"{accepted} leads were acknowledged, {stored} were stored.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What was measured on one kind of database.

    Shape: lists hold one entry a round; mappings are by number of connections. The limit of a database that has
    only one writer is the same for any number, and stands under each.
    """

    database: str
    description: str
    limits: Mapping[int, list[float]]
    floors: Mapping[int, list[Run]]
    leads: Mapping[int, list[Run]]
    half: list[Run]

    @property
    def most(self) -> int:
        """The largest number of connections, at which the bars are measured."""
        return max(self.leads)

    def of_limit(self, connections: int) -> float:
        """Return leads a second, as a part of what the database does at best."""
        return middle_ratio([run.load.rate for run in self.leads[connections]], self.limits[connections])

    def of_floor(self, connections: int) -> float:
        """Return leads a second, as a part of what a bare view answers."""
        floors = [run.load.rate for run in self.floors[connections]]
        return middle_ratio([run.load.rate for run in self.leads[connections]], floors)

    def cpu_of_floor(self, connections: int) -> float:
        """Return the server's CPU time for a lead, as a multiple of what a bare view takes."""
        floors = [run.cpu_us[SERVER] for run in self.floors[connections]]
        return middle_ratio([run.cpu_us[SERVER] for run in self.leads[connections]], floors)

    def half_of_full(self) -> float:
        """Return how much of the full rate the "half" load really was."""
        full = [run.load.rate for run in self.leads[self.most]]
        return middle_ratio([run.load.rate for run in self.half], full)

    def figures(self) -> dict[str, float]:
        """Return what requirements can name."""
        runs = self.leads[self.most]
        figures = {
            "rate": middle(runs, lambda run: run.load.rate),
            "ratio": self.of_limit(self.most),
            "of_floor": self.of_floor(self.most),
            "cpu_of_floor": self.cpu_of_floor(self.most),
            "p99_ms": middle(runs, lambda run: run.load.p99_ms),
            "half_p99_ms": middle(self.half, lambda run: run.load.p99_ms),
            "memory_mb": middle(runs, lambda run: run.memory_mb),
        }
        return {f"{self.database}:{name}": value for name, value in figures.items()}


@contextlib.contextmanager
def serving_target(installation: Installation, place: Place) -> Iterator[Target]:
    """Serve an installation, beside its database's process where that has one."""
    with installation.serving() as server:
        parts = {SERVER: server.process}
        if place.process is not None:
            parts[DATABASE] = psutil.Process(place.process)
        yield Target(server=server, lead_token=installation.lead_token, parts=parts, installation=installation)


@contextlib.contextmanager
def _serving_floor(installation: Installation) -> Iterator[Target]:
    with serving_floor(installation) as server:
        yield Target(server=server, lead_token=installation.lead_token, parts={SERVER: server.process})


def measure(measuring: Measuring, place: Place, plan: Plan) -> Measured:
    """Measure the product on one database, with each number of connections.

    One server runs at a time: of two on one machine only the first would find a processor for each of its workers.
    """
    say, most, limit, installation = measuring.say, max(plan.connections), place.limit(), place.install("bench")
    workers, threads = installation.settings.workers, installation.settings.threads
    measured = Measured(
        database=place.database,
        description=f"{place.version}, {workers} worker(s) × {threads} threads",
        limits={count: [] for count in plan.connections},
        floors={count: [] for count in plan.connections},
        leads={count: [] for count in plan.connections},
        half=[],
    )
    for number in range(1, plan.rounds + 1):
        head = f"{place.database} {number}/{plan.rounds}"
        for count in plan.connections:
            measured.limits[count].append(limit(count))
            with _serving_floor(installation) as floor:
                measured.floors[count].append(measuring.run_warmed_up(floor, connections=count))
            with serving_target(installation, place) as product:
                measured.leads[count].append(measuring.run_warmed_up(product, connections=count))
                say(
                    f"{head}, {count} connection(s): limit {measured.limits[count][-1]:,.0f}/s, "
                    f"floor {measured.floors[count][-1].load.rate:,.0f}/s, leads {_shown(measured.leads[count][-1])}"
                )
                if count == most:
                    measured.half.append(run_at_half_load(measuring, product, full=measured.leads[most][-1]))
        say(f"{head}, half load: leads {_shown(measured.half[-1])}")
    return measured


def run_at_half_load(measuring: Measuring, target: Target, *, full: Run) -> Run:
    """Load the target at half the rate of a full run, over as many connections.

    Each connection pauses between an answer and its next lead, for random times with a mean that makes the rate: a
    connection's turn takes `pause + answer`, so `connections / turn` is the rate. How long an answer takes at that
    rate shows in a first, short run.
    """
    turn_ms = 1000 * full.connections / (full.load.rate / 2)
    pause_ms = turn_ms - full.load.mean_ms / 2
    first = measuring.run(target, connections=full.connections, seconds=_PACE_SECONDS, pause_ms=pause_ms)
    reached_ms = 1000 * full.connections / first.load.rate
    return measuring.run(target, connections=full.connections, pause_ms=max(1.0, pause_ms + turn_ms - reached_ms))


def _shown(run: Run) -> str:
    return f"{run.load.rate:,.0f}/s, p50 {run.load.p50_ms:.1f} ms, p99 {run.load.p99_ms:.1f} ms"
