"""The front page: how much comes in, what needs looking at, and where to go from here."""

from __future__ import annotations

from datetime import UTC, timedelta
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

from flask import request

from leadintake.domain.calendar import Unit, cells
from leadintake.domain.report import By, Dimension
from leadintake.domain.rollup import A_QUARTER, NOTHING, beginning_of, quarter_of
from leadintake.domain.signals import Work
from leadintake.domain.use_cases.manage_lead_tokens import ListLeadTokens, TokenStatus
from leadintake.domain.use_cases.paging import Wanted
from leadintake.domain.use_cases.read_leads import ListLeads
from leadintake.domain.use_cases.read_submissions import ListSubmissions
from leadintake.domain.use_cases.report_attribution import ReportAttribution
from leadintake.entrypoints.api.context import services
from leadintake.entrypoints.web.charts import Chart, place
from leadintake.entrypoints.web.figures import lasted
from leadintake.entrypoints.web.rendering import page
from leadintake.entrypoints.web.served import base_url
from leadintake.entrypoints.web.signed_in import company, pages

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from flask import Response

    from leadintake.domain.alarm import Alarm
    from leadintake.domain.company import Company
    from leadintake.domain.rollup import Measures
    from leadintake.domain.use_cases.manage_lead_tokens import LeadTokenRecord

bp = pages("front", __name__, template_folder="templates")

OUTCOMES: Final = ("New leads", "Taken otherwise", "Duplicates", "Refused")
SPANS: Final = (("day", "24 hours", 24), ("week", "7 days", 168))
LATE: Final = {
    Work.SETTLE_DUE_LEADS: "Leads whose time is up wait to be ended",
    Work.SEAL_EVENTS: "Events wait to be sealed",
    Work.FOLD_ROLLUPS: "Counts wait to be put together",
}
_NEWEST: Final = 8
_LOOKED_AT: Final = 200
_MOST_REFUSED: Final = 5_000
_ALARMS_FOR: Final = timedelta(days=7)
_ALL: Final = 1_000_000


@bp.get("/")
def index() -> Response:
    """Show what came in, what is alarming, and the way to each schedule's and offer's token."""
    directory = services().read_directory(company())
    first = Wanted(per_page=10)
    owners: dict[str, Any] = {
        "schedules": services().list_schedules(company(), first),
        "offers": services().list_offers(company(), first),
    }
    if not services().list_submissions(ListSubmissions(company_id=company(), per_page=1, among=1)).submissions:
        return page("first_lead.html", base_url=base_url(request), **owners)
    now, span = services().clock(), _span()
    hours = _hours(directory.company, at=now, hours=span[2])
    since = now - timedelta(hours=span[2])
    return page(
        "front.html",
        **owners,
        directory=directory,
        signals=services().recent_signals(company()),
        late=LATE,
        lasted=lasted,
        alarms=_alarms(now),
        span=span,
        spans=SPANS,
        outcomes=OUTCOMES,
        hours=[(label, counts) for label, counts in reversed(hours) if any(counts)],
        chart=_chart(hours, span[1]),
        codes=services().count_codes(
            ListSubmissions(company_id=company(), accepted=False, received_from=since, among=_MOST_REFUSED)
        ),
        most_refused=_MOST_REFUSED,
        since_day=f"{since.astimezone(ZoneInfo(directory.company.time_zone)):%Y-%m-%d}",
        newest=services().list_leads(ListLeads(company_id=company(), per_page=_NEWEST, among=_LOOKED_AT)).leads,
    )


def _span() -> tuple[str, str, int]:
    """Return which time is asked for; the shorter one unless it is the other."""
    return next((each for each in SPANS if each[0] == request.args.get("span")), SPANS[0])


def _hours(here: Company, *, at: datetime, hours: int) -> Sequence[tuple[str, tuple[int, ...]]]:
    """Return what came in each of the last hours, this one included, by outcome."""
    zone = ZoneInfo(here.time_zone)
    this_hour = at.astimezone(zone).replace(minute=0, second=0, microsecond=0).astimezone(UTC)
    begin, end = this_hour - timedelta(hours=hours - 1), beginning_of(quarter_of(at)) + A_QUARTER
    report = services().report_attribution(
        ReportAttribution(
            company_id=here.id,
            dimensions=(Dimension(By.HOUR),),
            begin=begin.isoformat(),
            end=end.isoformat(),
            limit=None,
        )
    )
    found = {row.values[0].value: row.measures for row in report.rows}
    labels = [cell.label for cell in cells(begin, end, Unit.HOUR, zone)]
    return [(place(label, By.HOUR), _by_outcome(found.get(label, NOTHING))) for label in labels]


def _by_outcome(measures: Measures) -> tuple[int, ...]:
    # What a replay has taken in since is taken out of the refused ones, and may leave less than nothing in an hour.
    counts = (
        measures.leads,
        measures.submissions - measures.leads - measures.refused,
        measures.duplicates,
        measures.refused - measures.duplicates,
    )
    return tuple(max(0, count) for count in counts)


def _chart(hours: Sequence[tuple[str, tuple[int, ...]]], said: str) -> Chart:
    series = [
        {"label": outcome, "values": [counts[number] for _, counts in hours]} for number, outcome in enumerate(OUTCOMES)
    ]
    data = {"kind": "stacked", "labels": [label for label, _ in hours], "series": series}
    return Chart(id="by-hour", label=f"Submissions by hour and outcome, last {said}", data=data)


def _alarms(now: datetime) -> Sequence[tuple[LeadTokenRecord, Alarm]]:
    """Return the latest alarm of each lead token that works and has had one lately."""
    records = services().list_lead_tokens(company(), ListLeadTokens(per_page=_ALL)).items
    return [
        (record, record.alarms[0])
        for record in records
        if record.status in {TokenStatus.ACTIVE, TokenStatus.ENDING}
        and record.alarms
        and record.alarms[0].last_seen_at >= now - _ALARMS_FOR
    ]
