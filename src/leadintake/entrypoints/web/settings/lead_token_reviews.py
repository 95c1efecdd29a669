"""What a lead token brought in from a moment on: to look through after a leak, to remove, and to undo."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from flask import flash, redirect, request, url_for
from marshmallow import ValidationError

from leadintake.domain.credential import LeadTokenId
from leadintake.domain.errors import Invalid, InvalidParameter
from leadintake.domain.operations import CameBy
from leadintake.domain.use_cases.undo_wishes import UndoWishes
from leadintake.entrypoints.api.context import remote_ip, services
from leadintake.entrypoints.lead_removal import Remover, brought, remove_leads
from leadintake.entrypoints.schemas.company.fields import flattened
from leadintake.entrypoints.schemas.company.lead_tokens import (
    MOST_REMOVED_AT_ONCE,
    LeadsSinceSchema,
    SinceSchema,
    leads_since,
    moment,
)
from leadintake.entrypoints.web.forms import read_form
from leadintake.entrypoints.web.settings.lead_tokens import ONE
from leadintake.entrypoints.web.settings.place import bp, local_input, section, several
from leadintake.entrypoints.web.signed_in import company, user

if TYPE_CHECKING:
    from uuid import UUID

    from flask import Response
    from flask.typing import ResponseReturnValue

    from leadintake.domain.company import Company
    from leadintake.domain.use_cases.review_lead_token import LeadsSince

_SINCE: Final = SinceSchema()
_WANTED: Final = LeadsSinceSchema()


@bp.get(f"{ONE}/leads")
def review_lead_token(lead_token_id: UUID) -> Response:
    """Show what a lead token has created and changed since a moment."""
    record, here = services().read_lead_token(company(), LeadTokenId(lead_token_id)), _company()
    errors, listed, wanted = {}, None, None
    if "since" in request.args:
        try:
            wanted = _wanted(here, record.credential.id)
            listed = services().leads_since(wanted)
        except Invalid as refusal:
            errors = refusal.errors
    return section(
        "lead_token_leads.html",
        "API tokens",
        status=422 if errors else 200,
        record=record,
        directory=services().read_directory(company()),
        listed=listed,
        since=None if wanted is None else wanted.since,
        typed=request.args.get("since", "") if wanted is None else local_input(wanted.since, here),
        zone=here.time_zone,
        errors=errors,
    )


@bp.post(f"{ONE}/leads/remove")
def remove_brought_leads(lead_token_id: UUID) -> ResponseReturnValue:
    """Hide the live leads that began by a lead token since a moment."""
    wanted = leads_since(read_form(_SINCE), _company(), LeadTokenId(lead_token_id))
    leads, has_more = brought(services(), wanted, most=MOST_REMOVED_AT_ONCE)
    remover = Remover(came_by=CameBy.PAGES, remote_ip=remote_ip(), details={"user_id": str(user().id)})
    done = remove_leads(services(), wanted, leads, remover)
    more = " There are more: do the same again." if has_more else ""
    flash(f"Removed: {several(done.removed, 'lead')}. Ended already: {several(done.unchanged, 'lead')}.{more}")
    return _back(lead_token_id)


@bp.post(f"{ONE}/undo_opt_outs")
def undo_opt_outs(lead_token_id: UUID) -> ResponseReturnValue:
    """Lift the opt-outs and blocks that came by a lead token since a moment, or say how many that would be."""
    data = read_form(_SINCE, shown=_SINCE.fields)
    done = services().undo_wishes(
        UndoWishes(
            company_id=company(),
            lead_token_id=LeadTokenId(lead_token_id),
            since=moment(data["since"], _company(), "since"),
            came_by=CameBy.PAGES,
            is_dry_run=data["dry_run"],
        )
    )
    if data["dry_run"]:
        flash(f"It would lift the wishes of {several(done.lifted, 'caller')}.")
    else:
        flash(f"Lifted the wishes of {several(done.lifted, 'caller')}: they may be contacted again.")
    return _back(lead_token_id)


def _wanted(here: Company, lead_token_id: LeadTokenId) -> LeadsSince:
    """Return which leads the address asks for. Raises: InvalidParameter: naming every field at fault."""
    asked = {name: text for name, text in request.args.items() if name in {"since", "cursor"}}
    try:
        data: dict[str, Any] = _WANTED.load(asked)
    except ValidationError as invalid:
        raise InvalidParameter(errors=flattened(invalid.messages_dict)) from invalid
    return leads_since(data, here, lead_token_id)


def _back(lead_token_id: UUID) -> ResponseReturnValue:
    address = url_for("setting_pages.review_lead_token", lead_token_id=lead_token_id, since=request.form["since"])
    return redirect(address, 303)


def _company() -> Company:
    return services().read_directory(company()).company
