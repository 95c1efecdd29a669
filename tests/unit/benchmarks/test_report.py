from __future__ import annotations

from benchmarks.beside_reports import Beside
from benchmarks.growth import Grown
from benchmarks.pages import Paged
from benchmarks.report import document, tables
from benchmarks.rounds import Measured
from tests.support.runs import a_run

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
PAGED = Paged(
    database="sqlite",
    leads=1_000_000,
    times={"front": [12.0]},
    beside=Beside(alone=[a_run(1000)], beside=[a_run(880)], report_ms=[15.0]),
)
FIGURES = MEASURED.figures() | GROWN.figures() | PAGED.figures()


def test_figures_are_those_that_requirements_name() -> None:
    assert FIGURES["postgresql:ratio"] == 0.2
    assert FIGURES["postgresql:cpu_of_floor"] == 2
    assert FIGURES["postgresql:half_p99_ms"] == 9
    assert FIGURES["growth:postgresql"] == 0.9
    assert FIGURES["growth:postgresql:fresh"] == 0.7


def test_missed_bar_is_shown_as_missed() -> None:
    lines = [line.split("|") for line in tables({}, [MEASURED], [GROWN], FIGURES) if ">=" in line]

    verdicts = {line[1].strip(): line[3].strip() for line in lines}

    assert verdicts == {
        "postgresql:ratio >= 0.25": "**missed**",
        "growth:postgresql >= 0.85": "met",
        "beside_reports:sqlite >= 0.9": "**missed**",
    }


def test_rows_of_a_table_are_as_long_as_its_head() -> None:
    """A ragged table is shown as text, not as a table."""
    lines = [line for line in tables({"date": "today"}, [MEASURED], [GROWN], FIGURES, [PAGED]) if line.startswith("|")]

    assert lines
    assert all(line.endswith("|") for line in lines)


def test_every_round_is_in_the_document() -> None:
    """Medians hide what a later reader may want to see."""
    everything = document({"date": "today"}, [MEASURED], [GROWN], FIGURES)

    assert len(everything["databases"][0]["leads"][32]) == 2
    assert everything["growth"][0]["import_rate"] == 12_345
