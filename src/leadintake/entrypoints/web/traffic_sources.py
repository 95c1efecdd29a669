"""`/traffic_sources`: who sends leads, how much lately, and who has gone silent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from flask import flash, redirect, request, url_for

from leadintake.domain.attribution import TrafficSourceId
from leadintake.domain.calendar import Period
from leadintake.domain.errors import Invalid, NameTaken
from leadintake.domain.money import write_amount
from leadintake.domain.report import FIGURES, By, Dimension, Only
from leadintake.domain.use_cases.paging import Wanted
from leadintake.domain.use_cases.report_attribution import ReportAttribution
from leadintake.domain.user import Role
from leadintake.entrypoints.api.context import services
from leadintake.entrypoints.schemas.company.traffic_sources import ChangedTrafficSourceSchema, NewTrafficSourceSchema
from leadintake.entrypoints.web.figures import LABELS, PERIODS, changed_link, lasted, shown_report
from leadintake.entrypoints.web.forms import PER_PAGE, read_form, window
from leadintake.entrypoints.web.rendering import page
from leadintake.entrypoints.web.served import base_url
from leadintake.entrypoints.web.signed_in import company, needs, pages

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from flask import Response
    from flask.typing import ResponseReturnValue

    from leadintake.domain.attribution import TrafficSource

bp = pages("traffic_source_pages", __name__, url_prefix="/traffic_sources")

_NEW: Final = NewTrafficSourceSchema()
_CHANGED: Final = ChangedTrafficSourceSchema()
_SHOWN: Final = ("name", "external_id", "default_payout")
_BY_SUB_ID: Final = (Dimension(By.SUB_ID),)
EXAMPLE_SUB_ID: Final = "creative-A"


@bp.get("")
def index() -> Response:
    """Show who sends leads."""
    shown = window()
    paused = {"yes": True, "no": False}.get(request.args.get("paused", ""))
    listed = services().list_traffic_sources(company(), Wanted(page=shown.page, per_page=shown.per_page, paused=paused))
    activity = services().watch_sources(company(), [source.id for source in listed.items])
    silent = {each.source.id for each in services().recent_signals(company()).silent}
    return page("traffic_sources.html", sources=listed, activity=activity, silent=silent, window=shown, paused=paused)


@bp.get("/new")
@needs(Role.OPERATOR)
def new() -> Response:
    """Ask about a source to be made."""
    return _form()


@bp.post("")
def add() -> ResponseReturnValue:
    """Make a source under the company's next number."""
    try:
        source = services().add_traffic_source(company(), read_form(_NEW, _SHOWN))
    except (Invalid, NameTaken) as refusal:
        return _form(errors=refusal.errors, typed=request.form, status=422)
    flash(f"{source.name} is traffic source {source.id}: send that number as traffic_source_id.")
    return redirect(url_for("traffic_source_pages.show", number=source.id), 303)


@bp.get("/<int:number>")
def show(number: int) -> Response:
    """Show one source: when its leads came, and what each of its sub ids brought."""
    history = services().read_source_history(company(), TrafficSourceId(number))
    period = _period()
    shown = window()
    report = services().report_attribution(
        ReportAttribution(
            company_id=company(),
            dimensions=_BY_SUB_ID,
            period=period,
            only=Only(traffic_source_ids=frozenset({history.source.id})),
            sort=_sort(),
            offset=shown.offset,
            limit=PER_PAGE,
        )
    )
    directory = services().read_directory(company())
    owners = [*directory.schedules.values(), *directory.offers.values()]
    return page(
        "traffic_source.html",
        history=history,
        source=history.source,
        payout=_payout(history.source),
        shown=shown_report(report, page=shown.page, per_page=shown.per_page),
        period=period,
        periods=PERIODS,
        labels=LABELS,
        link=changed_link("traffic_source_pages.show", number=number),
        hours=lasted,
        owners=owners,
        url=f"{base_url(request)}/api/v1/leads?lead_token=YOUR_API_TOKEN&traffic_source_id={number}&sub_id={EXAMPLE_SUB_ID}",
    )


@bp.get("/<int:number>/edit")
@needs(Role.OPERATOR)
def edit(number: int) -> Response:
    """Ask what to change about a source."""
    return _form(services().read_traffic_source(company(), TrafficSourceId(number)))


@bp.post("/<int:number>")
def change(number: int) -> ResponseReturnValue:
    """Change a source."""
    source_id = TrafficSourceId(number)
    before = services().read_traffic_source(company(), source_id)
    try:
        services().change_traffic_source(company(), source_id, read_form(_CHANGED, _SHOWN))
    except (Invalid, NameTaken) as refusal:
        return _form(before, errors=refusal.errors, typed=request.form, status=422)
    flash("Kept.")
    return redirect(url_for("traffic_source_pages.show", number=number), 303)


@bp.post("/<int:number>/pause")
def pause(number: int) -> ResponseReturnValue:
    """Take no more leads from a source."""
    return _paused(number, "Paused: its leads are refused with traffic_source_paused until it is resumed.", paused=True)


@bp.post("/<int:number>/resume")
def resume(number: int) -> ResponseReturnValue:
    """Take leads from a source again."""
    return _paused(number, "Resumed: its leads are taken again.", paused=False)


def _paused(number: int, said: str, *, paused: bool) -> ResponseReturnValue:
    services().change_traffic_source(company(), TrafficSourceId(number), {"paused": paused})
    flash(said)
    return redirect(url_for("traffic_source_pages.show", number=number), 303)


def _form(
    source: TrafficSource | None = None,
    *,
    errors: Mapping[str, Sequence[str]] | None = None,
    typed: Mapping[str, str] | None = None,
    status: int = 200,
) -> Response:
    return page(
        "traffic_source_form.html",
        status=status,
        source=source,
        payout=None if source is None else _payout(source),
        errors=errors or {},
        typed=typed or {},
    )


def _payout(source: TrafficSource) -> str | None:
    if source.default_payout is None:
        return None
    return write_amount(source.default_payout, services().read_directory(company()).company.currency)


def _sort() -> str | None:
    """Return how the address sorts the sub ids; a way that makes no sense is the usual one."""
    sort = request.args.get("sort", "")
    return sort if sort.removeprefix("-") in {*FIGURES, str(By.SUB_ID)} else None


def _period() -> Period:
    """Return the time that the address asks for; one that makes no sense is the usual one."""
    try:
        return Period(request.args.get("period", ""))
    except ValueError:
        return Period.LAST_30_DAYS
