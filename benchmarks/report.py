"""The figures as Markdown tables, for the terminal and for docs/performance.md alike; and as JSON."""

from __future__ import annotations

import os
import platform
import sqlite3
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil

from leadintake import __version__

from benchmarks.figures import middle
from benchmarks.pages import middle_of
from benchmarks.requirements import BARS
from benchmarks.rounds import DATABASE, LOAD, SERVER

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from benchmarks.figures import Run
    from benchmarks.growth import Grown
    from benchmarks.pages import Paged
    from benchmarks.requirements import Requirement
    from benchmarks.rounds import Measured


def machine(folder: Path, *, load_generator: str, flushes: float) -> dict[str, str]:
    """Return what a reader must know of the machine to compare its figures with another's."""
    partitions = psutil.disk_partitions(all=True)
    holding = [part for part in partitions if folder.resolve().is_relative_to(part.mountpoint)]
    system = max(holding, key=lambda part: len(part.mountpoint)).fstype if holding else "unknown file system"
    return {
        "date": f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC",
        "product": f"leadintake {__version__}",
        "processor": f"{psutil.cpu_count()} × {_processor()}",
        "memory": f"{psutil.virtual_memory().total / 2**30:.0f} GiB",
        "disk": f"{system}, {flushes:,.0f} flushes of 8 KiB a second",
        "system": f"{platform.system()} {platform.release()}",
        "other work": f"load average {os.getloadavg()[0]:.1f} when the run began",
        "software": f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}",
        "load": load_generator,
    }


def _processor() -> str:
    information = Path("/proc/cpuinfo")
    lines = information.read_text().splitlines() if information.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def tables(
    facts: Mapping[str, str],
    measured: Sequence[Measured],
    grown: Sequence[Grown],
    figures: Mapping[str, float],
    paged: Sequence[Paged] = (),
) -> Iterator[str]:
    """Yield the report's lines."""
    yield from _table(("", ""), facts.items())
    for each in measured:
        yield from ("", f"### {each.description}", "")
        yield from _speed(each)
        yield ""
        yield from _cpu(each)
        yield from ("", _half(each))
    if grown:
        yield from ("", "### Growth", "")
        yield from _growth(grown)
    if paged:
        yield from ("", "### Pages", "")
        yield from _pages(paged)
        yield from ("", "### Intake beside reports", "")
        yield from _beside(paged)
    yield from ("", "### Bars", "")
    rows = [(str(bar), f"{figures[bar.figure]:.3g}", _verdict(bar, figures)) for bar in BARS if bar.figure in figures]
    yield from _table(("bar", "measured", ""), rows)


def _speed(measured: Measured) -> Iterator[str]:
    heads = ("connections", "leads/s", "slowest–fastest", "p50 ms", "p99 ms", "max ms")
    rows = []
    for count, runs in measured.leads.items():
        limit, floor = sorted(measured.limits[count]), measured.floors[count]
        rows.append(
            (
                f"{count}",
                f"{middle(runs, _rate):,.0f}",
                f"{min(map(_rate, runs)):,.0f}–{max(map(_rate, runs)):,.0f}",
                f"{middle(runs, lambda run: run.load.p50_ms):.1f}",
                f"{middle(runs, lambda run: run.load.p99_ms):.1f}",
                f"{middle(runs, lambda run: run.load.max_ms):.0f}",
                f"{limit[len(limit) // 2]:,.0f}",
                f"**{measured.of_limit(count):.2f}**",
                f"{middle(floor, _rate):,.0f}",
                f"{measured.of_floor(count):.2f}",
            )
        )
    return _table((*heads, "limit/s", "of limit", "floor/s", "of floor"), rows)


def _cpu(measured: Measured) -> Iterator[str]:
    rows = []
    for count, runs in measured.leads.items():
        parts = [_spent(runs, part) for part in (SERVER, DATABASE, LOAD)]
        floor = _spent(measured.floors[count], SERVER)
        memory = f"{middle(runs, lambda run: run.memory_mb):.0f}"
        rows.append((f"{count}", *parts, floor, f"{measured.cpu_of_floor(count):.1f}", memory))
    heads = ("connections", "server", "database", "load", "floor's server", "server of floor", "server's memory MiB")
    return _table((f"CPU µs a lead: {heads[0]}", *heads[1:]), rows)


def _spent(runs: Sequence[Run], part: str) -> str:
    return f"{middle(runs, lambda run: run.cpu_us[part]):.0f}" if part in runs[0].cpu_us else "–"


def _half(measured: Measured) -> str:
    rate, p50, p99, most = (
        middle(measured.half, figure)
        for figure in (_rate, lambda run: run.load.p50_ms, lambda run: run.load.p99_ms, lambda run: run.load.max_ms)
    )
    return (
        f"At half load ({rate:,.0f} leads/s over {measured.most} connections, {measured.half_of_full():.0%} of full): "
        f"p50 {p50:.1f} ms, p99 **{p99:.1f} ms**, max {most:.0f} ms."
    )


def _growth(grown: Sequence[Grown]) -> Iterator[str]:
    heads = ("database", "leads/s when empty", "stored leads", "leads/s then", "of empty", "after a checkpoint")
    rows = [
        (
            each.database,
            f"{middle(each.empty, _rate):,.0f}",
            f"{each.leads:,}",
            f"{middle(each.full, _rate):,.0f}",
            f"**{each.of_empty:.2f}**",
            f"{each.fresh_of_empty:.2f}",
            f"{middle(each.full, lambda run: run.load.p99_ms):.1f}",
            f"{each.import_rate:,.0f}",
        )
        for each in grown
    ]
    return _table((*heads, "p99 ms then", "import/s"), rows)


def _pages(paged: Sequence[Paged]) -> Iterator[str]:
    rows = [
        (each.database, f"{each.leads:,}", name, f"**{middle_of(times):.0f}**", f"{max(times):.0f}")
        for each in paged
        for name, times in each.times.items()
    ]
    return _table(("database", "stored leads", "page", "ms", "max ms"), rows)


def _beside(paged: Sequence[Paged]) -> Iterator[str]:
    rows = [
        (
            each.database,
            f"{each.leads:,}",
            f"{middle(each.beside.alone, _rate):,.0f}",
            f"{middle(each.beside.beside, _rate):,.0f}",
            f"**{each.beside.of_alone:.2f}**",
            f"{middle_of(each.beside.report_ms):.0f}",
            f"{max(each.beside.report_ms):.0f}",
        )
        for each in paged
    ]
    heads = ("database", "stored leads", "leads/s alone", "while reports run", "of alone", "a report, ms", "max ms")
    return _table(heads, rows)


def _rate(run: Run) -> float:
    return run.load.rate


def _verdict(requirement: Requirement, figures: Mapping[str, float]) -> str:
    return "met" if requirement.is_met(figures) else "**missed**"


def _table(heads: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    """Yield a Markdown table whose columns stand below each other."""
    kept = [heads, *rows]
    widths = [max(3, *map(len, column)) for column in zip(*kept, strict=True)]
    kept.insert(1, tuple("-" * width for width in widths))
    for row in kept:
        yield "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |"


def document(
    facts: Mapping[str, str],
    measured: Sequence[Measured],
    grown: Sequence[Grown],
    figures: Mapping[str, float],
    paged: Sequence[Paged] = (),
) -> dict[str, Any]:
    """Return everything that was measured, every round of it, as values that JSON can carry."""
    return {
        "machine": dict(facts),
        "figures": dict(figures),
        "databases": [asdict(each) for each in measured],
        "growth": [asdict(each) for each in grown],
        "pages": [asdict(each) for each in paged],
    }
