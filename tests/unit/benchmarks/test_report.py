from __future__ import annotations

from benchmarks.figures import Load, Run
from benchmarks.growth import Grown
from benchmarks.report import document, tables
from benchmarks.rounds import Measured


def a_run(rate: float, *, server_us: float = 300, p99_ms: float = 20) -> Run:
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


MEASURED = Measured(
    database="postgresql",
    description="PostgreSQL 18.6",
    limits={32: [8000.0, 4000.0]},
    floors={32: [a_run(6000, server_us=150), a_run(3000, server_us=150)]},
    leads={32: [a_run(1600), a_run(800)]},
    half=[a_run(800, p99_ms=9), a_run(400, p99_ms=9)],
)
GROWN = Grown(
    database="postgresql",
    leads=1_000_000,
    import_rate=12_345,
    fresh=(a_run(2000), a_run(1400)),
    empty=[a_run(2000)],
    full=[a_run(1800, p99_ms=31)],
)
FIGURES = MEASURED.figures() | GROWN.figures()


def test_figures_are_those_that_requirements_name() -> None:
    assert FIGURES["postgresql:ratio"] == 0.2
    assert FIGURES["postgresql:cpu_of_floor"] == 2
    assert FIGURES["postgresql:half_p99_ms"] == 9
    assert FIGURES["growth:postgresql"] == 0.9
    assert FIGURES["growth:postgresql:fresh"] == 0.7


def test_missed_bar_is_shown_as_missed() -> None:
    lines = [line.split("|") for line in tables({}, [MEASURED], [GROWN], FIGURES) if ">=" in line]

    verdicts = {line[1].strip(): line[3].strip() for line in lines}

    assert verdicts == {"postgresql:ratio >= 0.25": "**missed**", "growth:postgresql >= 0.85": "met"}


def test_rows_of_a_table_are_as_long_as_its_head() -> None:
    """A ragged table is shown as text, not as a table."""
    lines = [line for line in tables({"date": "today"}, [MEASURED], [GROWN], FIGURES) if line.startswith("|")]

    assert lines
    assert all(line.endswith("|") for line in lines)


def test_every_round_is_in_the_document() -> None:
    """Medians hide what a later reader may want to see."""
    everything = document({"date": "today"}, [MEASURED], [GROWN], FIGURES)

    assert len(everything["databases"][0]["leads"][32]) == 2
    assert everything["growth"][0]["import_rate"] == 12_345
