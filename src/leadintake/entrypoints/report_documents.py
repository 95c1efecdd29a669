"""Reports as documents and as tables: the same columns over HTTP, in files and on the command line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from leadintake.domain.report import FIGURES, MONEY, By, figures
from leadintake.entrypoints.spreadsheets import comma_separated, harmless

if TYPE_CHECKING:
    from collections.abc import Iterator

    from leadintake.domain.report import Dimension
    from leadintake.domain.use_cases.report_attribution import Named, Report, ReportRow

_WITH_NAMES: Final = frozenset({By.TRAFFIC_SOURCE, By.OFFER, By.SCHEDULE})
_PREVIOUS: Final = "previous_"


def report_document(report: Report, *, page: int, per_page: int) -> dict[str, Any]:
    """Return the report as it is answered."""
    return {
        "rows": [_row(row, report) for row in report.rows],
        "totals": figures(report.totals, report.currency),
        "previous_totals": (
            None if report.previous_totals is None else figures(report.previous_totals, report.currency)
        ),
        "metadata": {
            "root": "rows",
            "total_count": report.total_count,
            "page": page,
            "per_page": per_page,
            "from": report.begin,
            "to": report.end,
            "time_zone": report.time_zone,
            "currency": report.currency,
            "group_by": [dimension.name for dimension in report.dimensions],
            "sort": report.sort,
            "previous_from": report.previous_begin,
            "previous_to": None if report.previous_begin is None else report.begin,
        },
    }


def _row(row: ReportRow, report: Report) -> dict[str, Any]:
    shown: dict[str, Any] = {}
    for named, dimension in zip(row.values, report.dimensions, strict=True):
        if dimension.token is not None:
            shown.setdefault("tokens", {})[dimension.token] = named.value
        else:
            shown |= dict(_cells(named, dimension))
    shown |= figures(row.measures, report.currency)
    if report.previous_begin is not None:
        shown["previous"] = None if row.previous is None else figures(row.previous, report.currency)
    return shown


def _cells(named: Named, dimension: Dimension) -> Iterator[tuple[str, Any]]:
    """Yield what a row says in one dimension, by the names of its columns."""
    if dimension.by in _WITH_NAMES:
        yield f"{dimension.name}_id", named.value
        yield f"{dimension.name}_name", named.name
    else:
        yield dimension.name, named.value


def columns(report: Report) -> list[str]:
    """Return the names of a table's columns."""
    names = [
        name
        for dimension in report.dimensions
        for name in (
            [f"{dimension.name}_id", f"{dimension.name}_name"] if dimension.by in _WITH_NAMES else [dimension.name]
        )
    ]
    previous = [f"{_PREVIOUS}{name}" for name in FIGURES] if report.previous_begin is not None else []
    return [*names, *FIGURES, *previous]


def as_csv(report: Report) -> str:
    """Return all rows as a file for spreadsheets, the names of the columns first.

    What somebody else wrote (names, sub ids, lead tokens) never becomes a formula. What is not known is an empty cell.
    """
    return comma_separated([columns(report), *(_told(row, report) for row in report.rows)])


def _told(row: ReportRow, report: Report) -> list[Any]:
    told = [
        harmless(value)
        for named, dimension in zip(row.values, report.dimensions, strict=True)
        for _, value in _cells(named, dimension)
    ]
    told += figures(row.measures, report.currency).values()
    if report.previous_begin is not None:
        told += [None] * len(FIGURES) if row.previous is None else figures(row.previous, report.currency).values()
    return told


def table(report: Report) -> Iterator[list[str]]:
    """Yield the lines of a table for people, the totals last."""
    for row in report.rows:
        yield [*(_named(named) for named in row.values), *_figures(figures(row.measures, report.currency))]
    blank = [""] * (len(report.dimensions) - 1)
    yield ["Total", *blank, *_figures(figures(report.totals, report.currency))]


def headings(report: Report) -> list[str]:
    """Return what stands over the columns of that table."""
    names = [dimension.name for dimension in report.dimensions]
    told = [f"{name} {report.currency}" if name in MONEY else name for name in FIGURES]
    return [name.replace("_", " ").capitalize() for name in (*names, *told)]


def _named(named: Named) -> str:
    if named.value is None:
        return "(none)"
    return f"{named.value}" if named.name is None else f"{named.value} {named.name}"


def _figures(told: dict[str, int | str | None]) -> list[str]:
    return ["" if value is None else str(value) for value in told.values()]
