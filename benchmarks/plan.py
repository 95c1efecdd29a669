"""The command line, read into one value."""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from leadintake.config import PREFIX

from benchmarks.requirements import Requirement
from tests.support.postgres import SCRATCH

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

POSTGRESQL: Final = "postgresql"
SQLITE: Final = "sqlite"
GROWTH: Final = "growth"
REPORTS: Final = "reports"
PAGES: Final = "pages"


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is to be measured, and how long.

    Shape: `settings` are the product's, by their names without the prefix; `json` is a file to write, None for none.
    """

    parts: frozenset[str]
    connections: tuple[int, ...]
    rounds: int
    seconds: float
    warm_up_seconds: float
    growth_rounds: int
    growth_leads: int
    folder: Path
    settings: Mapping[str, str]
    is_wrk_used: bool
    json: Path | None
    requirements: tuple[Requirement, ...]

    @property
    def databases(self) -> tuple[str, ...]:
        """The kinds of database to be measured; growth, reports or pages alone mean both."""
        return tuple(name for name in (POSTGRESQL, SQLITE) if name in self.parts) or (POSTGRESQL, SQLITE)


def read_plan(arguments: Sequence[str] | None) -> Plan:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks", description="Measure the product against the limits of this machine."
    )
    parser.add_argument("--quick", action="store_true", help="one short round, no growth and no pages: about a minute")
    parser.add_argument(
        "--only",
        action="append",
        choices=(POSTGRESQL, SQLITE, GROWTH, REPORTS, PAGES),
        help="measure this part (may be repeated); reports only if they are named",
    )
    parser.add_argument("--connections", type=_counts, default=(1, 8, 32), metavar="N,…", help="default: 1,8,32")
    parser.add_argument("--rounds", type=int, help="default: 3, quick 1")
    parser.add_argument("--seconds", type=float, help="length of each run; default: 5, quick 2")
    parser.add_argument(
        "--growth-leads", type=int, default=1_000_000, metavar="N", help="of growth and of reports; default: 1000000"
    )
    parser.add_argument("--growth-rounds", type=int, default=5, metavar="N", help="default: 5")
    parser.add_argument("--folder", type=Path, default=SCRATCH, help=f"where SQLite's files go; default: {SCRATCH}")
    parser.add_argument(
        "--set", action="append", default=[], type=_setting, metavar="NAME=VALUE", help="a setting, LEADINTAKE_NAME"
    )
    parser.add_argument("--no-wrk", action="store_true", help="load from Python even where wrk is installed")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every figure of every round to this file")
    parser.add_argument(
        "--require",
        action="append",
        default=[],
        type=_requirement,
        metavar="FIGURE>=X",
        help="exit 1 unless met, such as postgresql:ratio>=0.25 (may be repeated)",
    )
    given = parser.parse_args(arguments)
    default_parts = (POSTGRESQL, SQLITE) if given.quick else (POSTGRESQL, SQLITE, GROWTH, PAGES)
    return Plan(
        parts=frozenset(given.only or default_parts),
        connections=given.connections,
        rounds=given.rounds or (1 if given.quick else 3),
        seconds=given.seconds or (2 if given.quick else 5),
        warm_up_seconds=1 if given.quick else 5,
        growth_rounds=given.growth_rounds,
        growth_leads=given.growth_leads,
        folder=given.folder,
        settings=dict(given.set),
        is_wrk_used=not given.no_wrk,
        json=given.json,
        requirements=tuple(given.require),
    )


def _counts(text: str) -> tuple[int, ...]:
    try:
        counts = {int(part) for part in text.split(",")}
    except ValueError:
        counts = {0}
    if min(counts) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not like 1,8,32")
    return tuple(sorted(counts))


def _setting(text: str) -> tuple[str, str]:
    name, separator, value = text.partition("=")
    if not separator:
        raise argparse.ArgumentTypeError(f"{text!r} is not like BATCH_LEADERS=2")
    return name.upper().removeprefix(PREFIX), value


def _requirement(text: str) -> Requirement:
    try:
        return Requirement.parse(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error
