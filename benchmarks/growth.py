"""Growth: the same load on an empty installation and on one that holds a million leads, in turns."""

from __future__ import annotations

import time
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import text

from benchmarks.figures import Run, middle, middle_ratio
from benchmarks.preload import preload
from benchmarks.rounds import serving_target

if TYPE_CHECKING:
    from collections.abc import Callable

    from benchmarks.places import Place
    from benchmarks.plan import Plan
    from benchmarks.product import Installation
    from benchmarks.rounds import Measuring

_PROGRESS_SECONDS = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Grown:
    """What growth does to one kind of database.

    Shape: lists hold one entry a round. `import_rate` is in leads a second, of one process.
    """

    database: str
    leads: int
    import_rate: float
    empty: list[Run]
    full: list[Run]

    @property
    def of_empty(self) -> float:
        """Leads a second on the full tables, as a part of those on the empty ones."""
        return middle_ratio([run.load.rate for run in self.full], [run.load.rate for run in self.empty])

    def figures(self) -> dict[str, float]:
        """Return what requirements can name."""
        return {
            f"growth:{self.database}": self.of_empty,
            f"growth:{self.database}:p99_ms": middle(self.full, lambda run: run.load.p99_ms),
            f"import:{self.database}": self.import_rate,
        }


def measure_growth(measuring: Measuring, place: Place, plan: Plan) -> Grown:
    """Fill one of two empty installations, and load both in turns."""
    empty, full = place.install("bench_empty"), place.install("bench_full")
    say, most, head = measuring.say, max(plan.connections), f"growth on {place.database}"
    progress = progress_of(say, head, plan.growth_leads)
    import_rate = preload(full, measuring.generator.callers, leads=plan.growth_leads, progress=progress)
    runs: tuple[list[Run], list[Run]] = ([], [])
    with ExitStack() as stack:
        targets = []
        for installation in (empty, full):
            tidy(installation)
            targets.append(stack.enter_context(serving_target(installation, place)))
        say(f"{head}: warming up")
        for target in targets:
            measuring.run(target, connections=most, seconds=plan.warm_up_seconds)
        for number in range(1, plan.growth_rounds + 1):
            # Whoever comes second finds the disk busy with what the first left: they take turns at that, too.
            for which in (0, 1) if number % 2 else (1, 0):
                runs[which].append(measuring.run(targets[which], connections=most))
            say(
                f"{head} {number}/{plan.growth_rounds}: empty {runs[0][-1].load.rate:,.0f}/s, "
                f"at {plan.growth_leads:,} leads {runs[1][-1].load.rate:,.0f}/s"
            )
    return Grown(database=place.database, leads=plan.growth_leads, import_rate=import_rate, empty=runs[0], full=runs[1])


def tidy(installation: Installation) -> None:
    """Bring the tables to where they come by themselves in a day: counted for the planner, changes written back."""
    is_postgresql = installation.engine.dialect.name == "postgresql"
    statements = ("VACUUM ANALYZE", "CHECKPOINT") if is_postgresql else ("PRAGMA wal_checkpoint(TRUNCATE)",)
    with installation.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        for statement in statements:
            connection.execute(text(statement)).close()


def progress_of(say: Callable[[str], None], head: str, leads: int) -> Callable[[int, float], None]:
    """Return a listener that says something now and then."""
    said_at = time.monotonic()

    def progress(stored: int, seconds: float) -> None:
        nonlocal said_at
        if time.monotonic() - said_at > _PROGRESS_SECONDS or stored == leads:
            said_at = time.monotonic()
            say(f"{head}: {stored:,} of {leads:,} leads stored, {stored / seconds:,.0f}/s")

    return progress
