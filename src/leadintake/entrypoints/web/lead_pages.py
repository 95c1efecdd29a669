"""``/leads``: who came in, what has become of them, and what can be done about it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

from flask import Response, flash, redirect, request, url_for

from leadintake.domain.errors import Invalid, InvalidParameter
from leadintake.domain.lead import LeadId, LeadStatus
from leadintake.domain.operations import Operation
from leadintake.domain.use_cases.change_lead import ChangeLead, RemoveLead
from leadintake.entrypoints.api.context import services
from leadintake.entrypoints.schemas.list_leads import load_list_leads
from leadintake.entrypoints.web import words
from leadintake.entrypoints.web.changed_lead import read_changes, shown_lead
from leadintake.entrypoints.web.doing import operate, told_and_back
from leadintake.entrypoints.web.filters import AMONG, ANY, as_api, given, link
from leadintake.entrypoints.web.lead_file import all_leads, as_csv
from leadintake.entrypoints.web.names import Names
from leadintake.entrypoints.web.rendering import HEADERS, page
from leadintake.entrypoints.web.served import base_url
from leadintake.entrypoints.web.signed_in import company, pages, user

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from uuid import UUID

    from flask.typing import ResponseReturnValue

    from leadintake.domain.use_cases.read_leads import ListedLeads, ListLeads

bp = pages("lead_pages", __name__, url_prefix="/leads")

_FILTERS: Final = ("q", "status", "owner", "traffic_source_id", "sub_id", "from", "to")
_STATUSES: Final = (
    ("", "Not removed"),
    ("live", "Live"),
    *((status.value, words.status_word(status).capitalize()) for status in LeadStatus),
    (ANY, "All, removed too"),
)


@bp.get("")
def index() -> ResponseReturnValue:
    """List the leads that match, newest first."""
    names, filters = Names(), given(*_FILTERS)
    try:
        return _list(names, filters, services().list_leads(replace(_wanted(names, filters), among=AMONG)))
    except InvalidParameter as refusal:
        return _list(names, filters, None, errors=_of_page(refusal.errors))


@bp.get("/csv")
def as_file() -> ResponseReturnValue:
    """Answer the leads that match as a file for spreadsheets, or say why they are too many for one."""
    names, filters = Names(), given(*_FILTERS)
    try:
        leads = all_leads(_wanted(names, filters))
    except InvalidParameter as refusal:
        return _list(names, filters, None, errors=_of_page(refusal.errors))
    zone = ZoneInfo(names.directory.company.time_zone)
    name = f"leads-{services().clock().astimezone(zone):%Y-%m-%d}.csv"
    headers = {**HEADERS, "Content-Disposition": f'attachment; filename="{name}"'}
    return Response(as_csv(leads, names), content_type="text/csv; charset=utf-8; header=present", headers=headers)


def _list(
    names: Names,
    filters: Mapping[str, str],
    found: ListedLeads | None,
    *,
    errors: Mapping[str, Sequence[str]] | None = None,
) -> Response:
    return page(
        "leads.html",
        status=422 if errors else 200,
        found=found,
        errors=errors or {},
        filters=filters,
        file=link("lead_pages.as_file", filters),
        cursor=request.args.get("cursor"),
        names=names,
        statuses=_STATUSES,
        words=words,
        link=lambda **others: link("lead_pages.index", filters, **others),
        next_step=None if filters or (found and found.leads) else _next_step(names),
    )


@bp.get("/<uuid:lead_id>")
def show(lead_id: UUID) -> Response:
    """Show all that is known of a lead."""
    names = Names()
    record = services().read_lead_record(company(), LeadId(lead_id))
    return page(
        "lead.html",
        record=record,
        lead=record.lead,
        names=names,
        words=words,
        told=[words.told(event, names) for event in reversed(record.events)],
    )


@bp.post("/<uuid:lead_id>/remove")
def remove(lead_id: UUID) -> ResponseReturnValue:
    """Take a live lead out."""
    return _operate(Operation.LEAD_REMOVE, lead_id)


@bp.post("/<uuid:lead_id>/move_to_end")
def move_to_end(lead_id: UUID) -> ResponseReturnValue:
    """Skip what is left of a lead's plan."""
    return _operate(Operation.LEAD_MOVE_TO_END_OF_SCHEDULE, lead_id)


@bp.post("/<uuid:lead_id>/opt_out")
def opt_out(lead_id: UUID) -> ResponseReturnValue:
    """Opt a lead's caller out."""
    return _operate(Operation.LEAD_OPT_OUT, lead_id)


@bp.post("/<uuid:lead_id>/hide")
def hide(lead_id: UUID) -> ResponseReturnValue:
    """Hide a lead that has ended from lists."""
    services().remove_lead(RemoveLead(company_id=company(), lead_id=LeadId(lead_id), user_id=user().id))
    flash("The lead is hidden: lists show it only when asked for removed ones, and reports go on counting it.", "good")
    return redirect(url_for("lead_pages.show", lead_id=lead_id), 303)


@bp.get("/<uuid:lead_id>/edit")
def edit(lead_id: UUID) -> Response:
    """Show what of a lead can be changed."""
    return _form(lead_id, {})


@bp.post("/<uuid:lead_id>/edit")
def save(lead_id: UUID) -> ResponseReturnValue:
    """Change what was changed in the form, and nothing else."""
    lead = services().read_lead(company(), LeadId(lead_id))
    zone = services().read_directory(company()).company.time_zone
    try:
        data, version = read_changes(lead, zone)
        command = ChangeLead(company_id=company(), lead_id=lead.id, data=data, user_id=user().id, version=version)
        services().change_lead(command)
    except Invalid as refusal:
        return _form(lead_id, refusal.errors, status=422)
    changed = sorted({*data, *data.get("tokens", {})} - {"tokens"})
    said = f"Saved: {', '.join(changed)}." if changed else "Nothing was changed."
    flash(said, "good" if changed else "warn")
    return redirect(url_for("lead_pages.show", lead_id=lead_id), 303)


def _form(lead_id: UUID, errors: Mapping[str, Sequence[str]], *, status: int = 200) -> Response:
    names = Names()
    lead = services().read_lead(company(), LeadId(lead_id))
    return page(
        "lead_edit.html",
        status=status,
        lead=lead,
        names=names,
        errors=errors,
        # What was typed stays, whatever was wrong with it.
        shown=shown_lead(lead, names.directory.company.time_zone, request.form if request.method == "POST" else None),
    )


def _operate(operation: Operation, lead_id: UUID) -> ResponseReturnValue:
    decision = operate(operation, lead_id=LeadId(lead_id))
    if decision.refusal is not None and decision.lead is None and decision.refusal.code == "not_found":
        raise decision.refusal
    return told_and_back(decision, url_for("lead_pages.show", lead_id=lead_id))


def _wanted(names: Names, filters: Mapping[str, str]) -> ListLeads:
    query = (*as_api(filters, time="created_at"), ("cursor", request.args.get("cursor", "")))
    return load_list_leads(query, company=names.directory.company).command


def _of_page(errors: Mapping[str, Sequence[str]]) -> dict[str, Sequence[str]]:
    """Return what is wrong under the names of the page's own fields."""
    own = {"caller_id": "q", "email": "q", "schedule_id": "owner", "offer_id": "owner"}
    own |= {"created_at_from": "from", "created_at_to": "to"}
    return {own.get(name, name): said for name, said in errors.items()}


def _next_step(names: Names) -> dict[str, Any]:
    """Return what somebody does who has no lead yet: where a token is, and a request to paste."""
    directory = names.directory
    owner = next(iter((*directory.schedules.values(), *directory.offers.values())), None)
    return {"owner": owner, "base_url": base_url(request)}
