"""Growth: the same load on an empty installation and on one that holds a million leads, in turns.

After a checkpoint PostgreSQL writes every page whole into its log when it first changes. Each lead of a new caller
changes one page of two indexes at random, so at a million leads nearly every lead of the first ten seconds writes two
whole pages, and none after that; the next checkpoint is minutes away. So the load runs for a while before it counts,
and what happens right after a checkpoint is a figure of its own.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sqlalchemy import text

from leadintake.bootstrap import build
from leadintake.domain.use_cases.seal_events import SealEvents

from benchmarks.figures import Run, middle, middle_ratio
from benchmarks.preload import preload
from benchmarks.rounds import serving_target

if TYPE_CHECKING:
    from collections.abc import Callable

    from benchmarks.places import Place
    from benchmarks.plan import Plan
    from benchmarks.product import Installation
    from benchmarks.rounds import Measuring

_PROGRESS_SECONDS: Final = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Grown:
    """What growth does to one kind of database.

    Shape: lists hold one entry a round; `fresh` are the runs right after a checkpoint, on the empty tables and on the
    full ones. `import_rate` is in leads a second, of one process.
    """

    database: str
    leads: int
    import_rate: float
    fresh: tuple[Run, Run]
    empty: list[Run]
    full: list[Run]

    @property
    def of_empty(self) -> float:
        """Leads a second on the full tables, as a part of those on the empty ones."""
        return middle_ratio([run.load.rate for run in self.full], [run.load.rate for run in self.empty])

    @property
    def fresh_of_empty(self) -> float:
        """The same in the first seconds after a checkpoint."""
        empty, full = self.fresh
        return full.load.rate / empty.load.rate

    def figures(self) -> dict[str, float]:
        """Return what requirements can name."""
        return {
            f"growth:{self.database}": self.of_empty,
            f"growth:{self.database}:fresh": self.fresh_of_empty,
            f"growth:{self.database}:p99_ms": middle(self.full, lambda run: run.load.p99_ms),
            f"import:{self.database}": self.import_rate,
        }


def measure_growth(measuring: Measuring, place: Place, plan: Plan) -> Grown:
    """Fill one of two empty installations, and load both in turns.

    One is served at a time: of two servers on one machine only the first would find a processor for each worker.
    """
    empty, full = installations = place.install("bench_empty"), place.install("bench_full")
    say, most, head = measuring.say, max(plan.connections), f"growth on {place.database}"
    progress = progress_of(say, head, plan.growth_leads)
    import_rate = preload(full, measuring.generator.callers, leads=plan.growth_leads, progress=progress)

    def run(installation: Installation, *, is_fresh: bool = False) -> Run:
        with serving_target(installation, place) as target:
            if not is_fresh:
                return measuring.run_warmed_up(target, connections=most)
            measuring.run(target, connections=most, seconds=plan.warm_up_seconds)
            _checkpoint(installation)
            return measuring.run(target, connections=most)

    for installation in installations:
        tidy(installation)
    fresh = run(empty, is_fresh=True), run(full, is_fresh=True)
    say(f"{head}, right after a checkpoint: empty {_rate(fresh[0])}, at {plan.growth_leads:,} leads {_rate(fresh[1])}")
    for installation in installations:
        with serving_target(installation, place) as target:
            measuring.run(target, connections=most, seconds=plan.settling_seconds)
    runs: tuple[list[Run], list[Run]] = ([], [])
    for number in range(1, plan.growth_rounds + 1):
        # Whoever comes second finds the disk busy with what the first left: they take turns at that, too.
        for which in (0, 1) if number % 2 else (1, 0):
            runs[which].append(run(installations[which]))
        say(
            f"{head} {number}/{plan.growth_rounds}: empty {_rate(runs[0][-1])}, "
            f"at {plan.growth_leads:,} leads {_rate(runs[1][-1])}"
        )
    return Grown(
        database=place.database,
        leads=plan.growth_leads,
        import_rate=import_rate,
        fresh=fresh,
        empty=runs[0],
        full=runs[1],
    )


def _rate(run: Run) -> str:
    return f"{run.load.rate:,.0f}/s"


def tidy(installation: Installation) -> None:
    """Bring the tables to where they come by themselves in a day: sealed, counted for the planner, written back.

    A serving process would seal the import's million events meanwhile, half a minute's work for one processor.
    """
    services = build(installation.settings)
    try:
        services.seal_events(SealEvents(at_once=True))
    finally:
        services.close()
    if installation.engine.dialect.name == "postgresql":
        _execute(installation, "VACUUM ANALYZE")
    _checkpoint(installation)


def _checkpoint(installation: Installation) -> None:
    is_postgresql = installation.engine.dialect.name == "postgresql"
    _execute(installation, "CHECKPOINT" if is_postgresql else "PRAGMA wal_checkpoint(TRUNCATE)")


def _execute(installation: Installation, statement: str) -> None:
    with installation.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text(statement)).close()


def progress_of(say: Callable[[str], None], head: str, count: int, what: str = "leads") -> Callable[[int, float], None]:
    """Return a listener that says something now and then."""
    said_at = time.monotonic()

    def progress(stored: int, seconds: float) -> None:
        nonlocal said_at
        if time.monotonic() - said_at > _PROGRESS_SECONDS or stored == count:
            said_at = time.monotonic()
            say(f"{head}: {stored:,} of {count:,} {what} stored, {stored / seconds:,.0f}/s")

    return progress
