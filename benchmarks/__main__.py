"""``python -m benchmarks``: measure, report, and compare with what was required.

Exit statuses
    0    measured; every requirement that was given is met
    1    a requirement is missed
    2    bad usage, or a program is missing; the message says how to get it
    3    a measurement is wrong (leads and answers do not agree, a request failed): nothing is reported
    130  stopped
"""

from __future__ import annotations

import json
import signal
import sys
import time
from typing import TYPE_CHECKING, Final, NoReturn

from benchmarks.callers import Callers
from benchmarks.figures import WrongMeasurement
from benchmarks.growth import Grown, measure_growth
from benchmarks.limits.of_postgresql import PgbenchMissing
from benchmarks.limits.of_sqlite import flush_rate
from benchmarks.load import WRK, LoadGenerator
from benchmarks.pages import Paged, measure_pages
from benchmarks.places import open_place
from benchmarks.plan import GROWTH, PAGES, REPORTS, Plan, read_plan
from benchmarks.report import document, machine, tables
from benchmarks.reports import Scale, measure_reports
from benchmarks.rounds import Measured, Measuring, measure
from tests.support.postgres import PostgresUnavailable

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import FrameType

MISSED: Final = 1
UNABLE: Final = 2
WRONG: Final = 3
STOPPED: Final = 130

_FLUSH_SECONDS: Final = 1.0


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and report; return the exit status."""
    plan = read_plan(arguments)
    signal.signal(signal.SIGINT, _stop)
    signal.signal(signal.SIGTERM, _stop)
    try:
        return _run(plan)
    except (PgbenchMissing, PostgresUnavailable) as error:
        print(error, file=sys.stderr)
        return UNABLE
    except WrongMeasurement as error:
        print(f"The measurement is wrong: {error}", file=sys.stderr)
        return WRONG
    except KeyboardInterrupt:
        print("Stopped; everything that was started has ended.", file=sys.stderr)
        return STOPPED


def _stop(_number: int, _frame: FrameType | None) -> NoReturn:
    """Unwind once: what was started is stopped on the way out, and no second signal may cut that short."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    raise KeyboardInterrupt


def _run(plan: Plan) -> int:
    began_at = time.monotonic()

    def say(line: str) -> None:
        print(f"[{time.monotonic() - began_at:4.0f} s] {line}", flush=True)

    generator = LoadGenerator(callers=Callers(), wrk=WRK if plan.is_wrk_used else None)
    if generator.wrk is None:
        say("The load comes from Python, which takes CPU from the server; install wrk for higher figures.")
    flushes = flush_rate(plan.folder, seconds=_FLUSH_SECONDS)
    facts = machine(plan.folder, load_generator=generator.name, flushes=flushes)
    measured, grown, paged = _measure(plan, Measuring(generator=generator, seconds=plan.seconds, say=say))
    figures = {name: value for each in measured for name, value in each.figures().items()}
    figures |= {name: value for each in grown for name, value in each.figures().items()}
    figures |= {name: value for each in paged for name, value in each.figures().items()}
    if REPORTS in plan.parts:
        scale = Scale(leads=plan.growth_leads, calls=plan.growth_leads, conversions=plan.growth_leads // 5)
        figures |= measure_reports(plan.folder, plan.databases, scale, say)
    print("", *tables(facts, measured, grown, figures, paged), sep="\n")
    if plan.json:
        everything = document(facts, measured, grown, figures, paged)
        plan.json.write_text(json.dumps(everything, indent=1))
    return _compare(plan, figures)


def _measure(plan: Plan, measuring: Measuring) -> tuple[list[Measured], list[Grown], list[Paged]]:
    """Measure what the plan names, on one database after the other."""
    measured, grown, paged = [], [], []
    for database in plan.databases:
        if not plan.parts & {database, GROWTH, PAGES}:
            continue
        with open_place(database, plan) as place:
            if database in plan.parts:
                measured.append(measure(measuring, place, plan))
            if GROWTH in plan.parts:
                grown.append(measure_growth(measuring, place, plan))
            if PAGES in plan.parts:
                paged.append(measure_pages(measuring, place, plan))
    return measured, grown, paged


def _compare(plan: Plan, figures: dict[str, float]) -> int:
    """Say which requirements are met; return the exit status."""
    verdicts = [(requirement, requirement.is_met(figures)) for requirement in plan.requirements]
    for requirement, is_met in verdicts:
        found = "not measured" if is_met is None else f"measured {figures[requirement.figure]:.3g}"
        print(f"{'met' if is_met else 'MISSED'}: {requirement} ({found})")
    return 0 if all(is_met for _, is_met in verdicts) else MISSED


if __name__ == "__main__":
    sys.exit(main())
