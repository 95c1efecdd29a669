"""Reports as pages show them: figures for people, and the same for a chart."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from flask import request, url_for

from leadintake.domain.calendar import Period
from leadintake.domain.money import DECIMALS
from leadintake.domain.report import FIGURES, MONEY, PROFIT, By, figures, ranked
from leadintake.domain.rollup import NOTHING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import timedelta

    from leadintake.domain.money import Currency
    from leadintake.domain.report import Dimension
    from leadintake.domain.rollup import Measures
    from leadintake.domain.use_cases.report_attribution import Named, Report, ReportRow

PERIODS: Final = (
    (Period.TODAY, "today"),
    (Period.YESTERDAY, "yesterday"),
    (Period.LAST_7_DAYS, "last 7 days"),
    (Period.LAST_30_DAYS, "last 30 days"),
    (Period.THIS_WEEK, "this week"),
    (Period.LAST_WEEK, "last week"),
    (Period.THIS_MONTH, "this month"),
    (Period.LAST_MONTH, "last month"),
)
LABELS: Final = {
    "submissions": "Submissions",
    "leads": "Leads",
    "refused": "Refused",
    "duplicates": "Duplicates",
    "calls": "Calls",
    "connected_calls": "Connected",
    "talk_seconds": "Talk time",
    "conversions": "Conversions",
    "conversion_rate": "Conversion rate",
    "revenue": "Revenue",
    "payout": "Payout",
    PROFIT: "Profit",
    "revenue_per_lead": "Revenue per lead",
}
DIMENSIONS: Final = {
    By.TRAFFIC_SOURCE: "Traffic source",
    By.SUB_ID: "Sub ID",
    By.OFFER: "Offer",
    By.SCHEDULE: "Schedule",
    By.COUNTRY: "Country",
    By.HOUR: "Hour",
    By.DAY: "Day",
    By.WEEK: "Week",
    By.MONTH: "Month",
    By.STATUS: "Lead status",
}
_UNKNOWN: Final = {
    By.TRAFFIC_SOURCE: "without source",
    By.SUB_ID: "without sub ID",
    By.OFFER: "without offer",
    By.SCHEDULE: "without schedule",
    By.COUNTRY: "unknown country",
    By.STATUS: "without lead",
    By.TOKEN: "without a value",
}
_BETTER_LESS: Final = frozenset({"refused", "duplicates"})
_ARROWS: Final = {"up": "▲", "down": "▼"}
_PER_LEAD: Final = "revenue_per_lead"
_RATE: Final = "conversion_rate"
_TALK: Final = "talk_seconds"


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownFigure:
    """One figure of a row; `change` is how it differs from the period before, None where that was not asked for."""

    name: str
    text: str
    change: str | None = None
    direction: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownRow:
    """One row: what it is about, and its figures in the order of `FIGURES`.

    Shape: `source_id` is the traffic source that the row is about, None where it is about none or about several.
    """

    labels: Sequence[str]
    are_known: Sequence[bool]
    figures: Sequence[ShownFigure]
    row: ReportRow
    source_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownReport:
    """A report with its texts, and which page of it this is."""

    report: Report
    headings: Sequence[str]
    rows: Sequence[ShownRow]
    totals: Sequence[ShownFigure]
    page: int
    per_page: int


def shown_report(report: Report, *, page: int, per_page: int) -> ShownReport:
    """Return a report as pages show it."""
    compares, currency = report.previous_begin is not None, report.currency
    return ShownReport(
        report=report,
        headings=[heading(dimension) for dimension in report.dimensions],
        rows=[_row(row, report, compares=compares) for row in report.rows],
        totals=shown_figures(report.totals, currency, report.previous_totals, compares=compares),
        page=page,
        per_page=per_page,
    )


def heading(dimension: Dimension) -> str:
    """Return what a dimension is called."""
    return dimension.token if dimension.token is not None else DIMENSIONS[dimension.by]


def label(named: Named, dimension: Dimension) -> str:
    """Return what a row is about, in words."""
    if named.value is None:
        return _UNKNOWN[dimension.by]
    if dimension.by is By.HOUR:
        # By the clock on the wall; the offset tells the hour apart that comes twice.
        return f"{str(named.value)[:10]} {str(named.value)[11:16]} ({str(named.value)[19:]})"
    if isinstance(named.value, int):
        return f"{named.value}: {named.name}" if named.name is not None else str(named.value)
    # A sub id may be blank, and must not look like none.
    return named.value if named.value.strip() else f"“{named.value}”"


def shown_figures(
    measures: Measures, currency: Currency, previous: Measures | None = None, *, compares: bool = False
) -> Sequence[ShownFigure]:
    """Return the figures of a row in words; compared with what was before, nothing if there was none."""
    told = figures(measures, currency)
    if not compares:
        return [ShownFigure(name=name, text=_text(name, told[name], currency)) for name in FIGURES]
    before = figures(previous or NOTHING, currency)
    changes = {name: _change(name, told[name], before[name], currency) for name in FIGURES}
    return [
        ShownFigure(
            name=name, text=_text(name, told[name], currency), change=changes[name][0], direction=changes[name][1]
        )
        for name in FIGURES
    ]


def plotted(measures: Measures, name: str, currency: Currency) -> float:
    """Return a figure as a chart draws it: amounts in whole units of the currency, a rate in per cent."""
    number = ranked(measures, name) or 0
    if name in MONEY or name == _PER_LEAD:
        return float(Decimal(number).scaleb(-DECIMALS[currency]))
    return float(number * 100 if name == _RATE else number)


def changed_link(endpoint: str, **place: Any) -> Callable[..., str]:  # noqa: ANN401 - whatever addresses hold
    """Return what makes the address of a page from that of this one: what is None is left out."""
    here = {name: text for name, text in request.args.items() if text}

    def link(**changes: Any) -> str:  # noqa: ANN401 - likewise
        query = {name: value for name, value in {**here, **changes}.items() if value is not None}
        # A name of Flask's own begins with an underscore, and is none of a report's.
        return url_for(endpoint, **place, **{name: value for name, value in query.items() if name[0] != "_"})

    return link


def lasted(span: timedelta) -> str:
    """Say how long something lasted.

    >>> from datetime import timedelta
    >>> lasted(timedelta(minutes=5)), lasted(timedelta(hours=1)), lasted(timedelta(hours=52))
    ('less than an hour', '1 hour', '2 days and 4 hours')
    """
    days, hours = span.days, span.seconds // 3600
    parts = [f"{count} {noun}{'' if count == 1 else 's'}" for count, noun in ((days, "day"), (hours, "hour")) if count]
    return " and ".join(parts) or "less than an hour"


def _row(row: ReportRow, report: Report, *, compares: bool) -> ShownRow:
    source = next(
        (
            named.value
            for named, dimension in zip(row.values, report.dimensions, strict=True)
            if dimension.by is By.TRAFFIC_SOURCE
        ),
        None,
    )
    return ShownRow(
        labels=[label(named, dimension) for named, dimension in zip(row.values, report.dimensions, strict=True)],
        are_known=[named.value is not None for named in row.values],
        figures=shown_figures(row.measures, report.currency, row.previous, compares=compares),
        row=row,
        source_id=source if isinstance(source, int) else None,
    )


def _text(name: str, told: int | str | None, currency: Currency, *, sign: str = "") -> str:
    """Return a figure in words; `sign` is ``+`` for a difference."""
    if told is None:
        return "–"
    if name == _TALK:
        return _talk(int(Decimal(told)), sign=sign)
    if name == _RATE:
        return f"{Decimal(told) * 100:{sign}.2f} %"
    if name == _PER_LEAD:
        return f"{Decimal(told):{sign},.{max(2, DECIMALS[currency])}f}"
    return f"{Decimal(told):{sign},}"


def _talk(seconds: int, *, sign: str = "") -> str:
    """Return a time as hours, minutes and seconds.

    >>> _talk(59), _talk(3_661), _talk(360_000), _talk(-5), _talk(5, sign="+")
    ('0:00:59', '1:01:01', '100:00:00', '-0:00:05', '+0:00:05')
    """
    minutes, rest = divmod(abs(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{'-' if seconds < 0 else sign}{hours}:{minutes:02}:{rest:02}"


def _change(name: str, now: Any, before: Any, currency: Currency) -> tuple[str, str]:  # noqa: ANN401 - as `figures` tells them
    """Return by how much a figure has changed, and how many per cent that is; and whether that is better or worse."""
    if now is None or before is None:
        return "–", ""
    difference = Decimal(now) - Decimal(before)
    if difference == 0:
        return "=", ""
    direction = "up" if difference > 0 else "down"
    told = f"{_ARROWS[direction]} {_text(name, str(difference), currency, sign='+')}"
    if Decimal(before) != 0:
        told = f"{told} ({difference / abs(Decimal(before)) * 100:+,.1f} %)"
    # More of some things is no better.
    is_better = (difference > 0) is not (name in _BETTER_LESS)
    return told, "" if name == "payout" else "better" if is_better else "worse"
