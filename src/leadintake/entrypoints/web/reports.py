"""`/reports`: what came in and what became of it, as tables and charts, and as a file.

A page is read by the schema of `/api/v1/reports/attribution`, so that the address of one says the same there. What
only people need stands beside it: two fields for two dimensions, and days of which the last is part of the time.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

from flask import Response, request

from leadintake.domain.attribution import TrafficSourceId
from leadintake.domain.errors import Invalid, InvalidParameter
from leadintake.domain.report import FIGURES, By, Dimension
from leadintake.domain.rollup import NOTHING
from leadintake.entrypoints.api.context import services
from leadintake.entrypoints.report_documents import as_csv
from leadintake.entrypoints.schemas.company.reports import NONE, load_report
from leadintake.entrypoints.web.charts import BEFORE, Chart, figure_label, time_chart
from leadintake.entrypoints.web.figures import (
    DIMENSIONS,
    LABELS,
    PERIODS,
    changed_link,
    plotted,
    shown_report,
)
from leadintake.entrypoints.web.rendering import HEADERS, page
from leadintake.entrypoints.web.signed_in import company, pages

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from leadintake.domain.use_cases.report_attribution import Report
    from leadintake.entrypoints.schemas.company.reports import ReportWanted
    from leadintake.entrypoints.web.figures import ShownReport

bp = pages("report_pages", __name__, url_prefix="/reports")

_OURS: Final = frozenset({"then_by", "token", "first_day", "last_day", "figure"})
_FILTERS: Final = frozenset(
    {"traffic_source_id", "sub_id", "without_sub_id", "offer_id", "schedule_id", "country", "time_zone", "token"}
)
_TOKEN: Final = str(By.TOKEN)
_MOST_LISTED: Final = 300
_MOST_BARS: Final = 25
_HOURS_UP_TO: Final = timedelta(days=2)
_DAYS_UP_TO: Final = timedelta(days=93)
_WEEKS_UP_TO: Final = timedelta(days=500)
_SUB_IDS: Final = (Dimension(By.SUB_ID),)


@bp.get("")
def index() -> Response:
    """Show a report."""
    asked = _asked()
    errors: Mapping[str, Sequence[str]] = {}
    shown: ShownReport | None = None
    charts: Sequence[Chart] = ()
    try:
        wanted = _wanted(asked)
        report = services().report_attribution(wanted.command)
        shown = shown_report(report, page=wanted.page, per_page=wanted.per_page)
        charts = _charts(wanted, shown)
    except Invalid as refusal:
        errors = refusal.errors
    directory = services().read_directory(company())
    return page(
        "reports.html",
        status=422 if errors else 200,
        shown=shown,
        charts=charts,
        asked=asked,
        is_filtered=not _FILTERS.isdisjoint(asked),
        errors=errors,
        figures=FIGURES,
        labels=LABELS,
        dimensions=[(str(by), said) for by, said in DIMENSIONS.items()],
        periods=PERIODS,
        link=changed_link("report_pages.index"),
        opened=_opened_link,
        csv=changed_link("report_pages.as_file")(page=None),
        directory=directory,
        in_zone=lambda at: f"{at.astimezone(ZoneInfo(shown.report.time_zone)):%Y-%m-%d %H:%M}" if shown else "",
        lists_sources=len(directory.traffic_sources) <= _MOST_LISTED,
        named_sources=[(NONE, "without source"), *_named(directory.traffic_sources)],
        schedules=_named(directory.schedules),
        offers=_named(directory.offers),
    )


@bp.get("/csv")
def as_file() -> Response:
    """Answer the whole report as a file for spreadsheets."""
    report = services().report_attribution(replace(_wanted(_asked()).command, offset=0, limit=None))
    name = f"report-{report.begin:%Y-%m-%d}-{report.end:%Y-%m-%d}.csv"
    headers = {**HEADERS, "Content-Disposition": f'attachment; filename="{name}"'}
    return Response(as_csv(report), content_type="text/csv; charset=utf-8; header=present", headers=headers)


@bp.get("/sub_ids/<int:number>")
def sub_ids(number: int) -> Response:
    """Show what the sub ids of one source brought, to be put into a page under that source."""
    source_id = TrafficSourceId(number)
    services().read_traffic_source(company(), source_id)
    wanted = _wanted(_asked())
    command = replace(
        wanted.command,
        dimensions=_SUB_IDS,
        only=replace(wanted.command.only, traffic_source_ids=frozenset({source_id})),
        # What the report is sorted by may be the source itself.
        sort=wanted.command.sort if (wanted.command.sort or "").lstrip("-") in FIGURES else None,
    )
    report = services().report_attribution(command)
    return page(
        "report_sub_ids.html",
        shown=shown_report(report, page=wanted.page, per_page=wanted.per_page),
        number=number,
        figures=FIGURES,
        labels=LABELS,
        link=partial(changed_link("report_pages.index"), **_of_source(number)),
        whole=_opened_link(number),
    )


def _named(things: Mapping[Any, Any]) -> Sequence[tuple[int, str]]:
    return [(thing.id, f"{thing.id}: {thing.name}") for thing in things.values()]


def _asked() -> dict[str, str]:
    """Return what the address says; what is left empty is not said."""
    return {name: text for name, text in request.args.items() if text.strip()}


def _wanted(asked: Mapping[str, str]) -> ReportWanted:
    """Return what is to be reported. Raises: InvalidParameter: naming every parameter at fault."""
    query = {name: text for name, text in asked.items() if name not in _OURS}
    names = [query.pop("group_by", str(By.TRAFFIC_SOURCE)), asked.get("then_by", "")]
    query["group_by"] = ",".join(
        f"{_TOKEN}:{asked.get('token', '')}" if name == _TOKEN else name for name in names if name
    )
    if "first_day" in asked or "last_day" in asked:
        query.pop("period", None)
        query |= _days(asked)
    return load_report(tuple(query.items()), company_id=company())


def _days(asked: Mapping[str, str]) -> dict[str, str]:
    """Return the time of these days, the last one included. Raises: InvalidParameter."""
    errors: dict[str, Sequence[str]] = {}
    days: dict[str, date] = {}
    for name in ("first_day", "last_day"):
        try:
            days[name] = date.fromisoformat(asked.get(name, ""))
            days[name] + timedelta(days=1)
        except (ValueError, OverflowError):
            errors[name] = ["is not a day: choose both, the first and the last"]
    if not errors and days["last_day"] < days["first_day"]:
        errors["last_day"] = ["comes before the first day"]
    if errors:
        raise InvalidParameter(errors=errors)
    return {"from": f"{days['first_day']}", "to": f"{days['last_day'] + timedelta(days=1)}"}


def _charts(wanted: ReportWanted, shown: ShownReport) -> Sequence[Chart]:
    """Return pictures of the rows, and of the same over time."""
    report, name = shown.report, request.args.get("figure", "")
    name = name if name in FIGURES else "leads"
    if report.total_count == 0:
        return []
    by = next((dimension.by for dimension in report.dimensions if dimension.unit is not None), _unit(report))
    over_time = time_chart(wanted.command, report, by, name)
    if len(report.dimensions) == 1 and report.dimensions[0].unit is not None:
        return [over_time]
    rows = shown.rows[:_MOST_BARS]
    said = figure_label(name, report.currency)
    series = [{"label": said, "values": [plotted(row.row.measures, name, report.currency) for row in rows]}]
    if report.previous_begin is not None:
        before = [plotted(row.row.previous or NOTHING, name, report.currency) for row in rows]
        series.append({"label": BEFORE, "values": before})
    headings = " and ".join(heading.lower() for heading in shown.headings)
    data = {"kind": "bars", "labels": [" · ".join(row.labels) for row in rows], "series": series}
    return [Chart(id="by-row", label=f"{said} by {headings}, the rows of this page", data=data), over_time]


def _unit(report: Report) -> By:
    """Return how finely a time is drawn."""
    lasts = report.end - report.begin
    for most, by in ((_HOURS_UP_TO, By.HOUR), (_DAYS_UP_TO, By.DAY), (_WEEKS_UP_TO, By.WEEK)):
        if lasts <= most:
            return by
    return By.MONTH


def _opened_link(number: int, *, is_part: bool = False) -> str:
    """Return the address of the sub ids of a source: as a part of this page, or as a page of its own."""
    if is_part:
        return changed_link("report_pages.sub_ids", number=number)(page=None)
    return changed_link("report_pages.index")(**_of_source(number), sort=None)


def _of_source(number: int) -> dict[str, Any]:
    """Return what an address says that is about the sub ids of one source."""
    return {"traffic_source_id": number, "group_by": str(By.SUB_ID), "then_by": None, "page": None}
