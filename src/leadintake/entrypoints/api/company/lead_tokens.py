"""`/api/v1/lead_tokens`: the credentials that senders put into their requests, restricted, rotated and reviewed."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

from leadintake.domain.credential import Permission
from leadintake.domain.operations import CameBy
from leadintake.domain.use_cases.undo_wishes import UndoWishes
from leadintake.entrypoints.api.company.operations import CompanyBlueprint, listed, operation, shown
from leadintake.entrypoints.api.context import remote_ip, services
from leadintake.entrypoints.lead_removal import Remover, brought, remove_leads
from leadintake.entrypoints.schemas.company.lead_tokens import (
    BROUGHT_LEADS,
    LEAD_TOKENS,
    MOST_REMOVED_AT_ONCE,
    ONE_LEAD_TOKEN,
    REMOVED_LEADS,
    REVEALED_LEAD_TOKEN,
    ROTATED_LEAD_TOKEN,
    UNDONE_OPT_OUTS,
    ChangedLeadTokenSchema,
    LeadsSinceSchema,
    ListLeadTokensSchema,
    NewLeadTokenSchema,
    RotateSchema,
    SinceSchema,
    lead_token_data,
    leads_since,
    moment,
    owner_of,
)

if TYPE_CHECKING:
    from datetime import timedelta

    from leadintake.domain.company import Company
    from leadintake.domain.credential import ApiKey, LeadTokenId
    from leadintake.domain.owner import OwnerRef
    from leadintake.domain.use_cases.manage_lead_tokens import ListLeadTokens

ALL = "/lead_tokens"
ONE = f"{ALL}/<lead_token_id>"
LEADS = f"{ONE}/leads"

bp = CompanyBlueprint("lead_tokens", "Lead tokens")


@operation(bp, "GET", ALL, needs=Permission.READ, query=ListLeadTokensSchema(), answers=LEAD_TOKENS)
def list_lead_tokens(key: ApiKey, wanted: ListLeadTokens) -> dict[str, Any]:
    """List the company's lead tokens, revoked and expired ones included, oldest first and without their texts."""
    return listed("lead_tokens", services().list_lead_tokens(key.company_id, wanted), wanted)


@operation(bp, "POST", ALL, needs=Permission.WRITE, body=NewLeadTokenSchema(), answers=REVEALED_LEAD_TOKEN, status=201)
def add_lead_token(key: ApiKey, data: dict[str, Any]) -> dict[str, Any]:
    """Make a further lead token for a schedule or an offer; the answer has its text."""
    owner = cast("OwnerRef", owner_of(data))
    made = services().add_lead_token(key.company_id, owner, lead_token_data(data, _company(key)))
    return shown("lead_token", made)


@operation(bp, "GET", ONE, needs=Permission.READ, answers=ONE_LEAD_TOKEN)
def read_lead_token(key: ApiKey, lead_token_id: LeadTokenId) -> dict[str, Any]:
    """Show a lead token without its text: its restrictions, its last use, its alarms."""
    return shown("lead_token", services().read_lead_token(key.company_id, lead_token_id))


@operation(bp, "PATCH PUT", ONE, needs=Permission.WRITE, body=ChangedLeadTokenSchema(), answers=ONE_LEAD_TOKEN)
def change_lead_token(key: ApiKey, data: dict[str, Any], lead_token_id: LeadTokenId) -> dict[str, Any]:
    """Change the label, the restrictions or the end of a lead token; it holds from the next request on."""
    said = lead_token_data(data, _company(key))
    return shown("lead_token", services().change_lead_token(key.company_id, lead_token_id, said))


@operation(bp, "POST", f"{ONE}/rotate", needs=Permission.WRITE, body=RotateSchema(), answers=ROTATED_LEAD_TOKEN)
def rotate_lead_token(key: ApiKey, grace: timedelta, lead_token_id: LeadTokenId) -> dict[str, Any]:
    """Make a successor with the same restrictions; the old one works for `grace_seconds` more."""
    rotated = services().rotate_lead_token(key.company_id, lead_token_id, grace=grace)
    return {"successor": rotated.successor, "ending": rotated.ending, "metadata": {"root": "lead_token"}}


@operation(bp, "POST", f"{ONE}/revoke", needs=Permission.WRITE, answers=ONE_LEAD_TOKEN)
def revoke_lead_token(key: ApiKey, lead_token_id: LeadTokenId) -> dict[str, Any]:
    """End a lead token for good, from the next request on."""
    return shown("lead_token", services().revoke_lead_token(key.company_id, lead_token_id))


@operation(bp, "POST", f"{ONE}/reveal", needs=Permission.ADMIN, answers=REVEALED_LEAD_TOKEN)
def reveal_lead_token(key: ApiKey, lead_token_id: LeadTokenId) -> dict[str, Any]:
    """Show a lead token that works with its text."""
    return shown("lead_token", services().reveal_lead_token(key.company_id, lead_token_id))


@operation(bp, "GET", LEADS, needs=Permission.READ, query=LeadsSinceSchema(), answers=BROUGHT_LEADS)
def list_leads_since(key: ApiKey, data: dict[str, Any], lead_token_id: LeadTokenId) -> dict[str, Any]:
    """List what a lead token has created and changed from a moment on, newest first."""
    wanted = leads_since(data, _company(key), lead_token_id)
    found = services().leads_since(wanted)
    metadata = {"root": "leads", "per_page": wanted.per_page, "next_cursor": found.next}
    return {"leads": found.leads, "metadata": metadata}


@operation(bp, "POST", f"{LEADS}/remove", needs=Permission.WRITE, body=SinceSchema(), answers=REMOVED_LEADS)
def remove_leads_since(key: ApiKey, data: dict[str, Any], lead_token_id: LeadTokenId) -> dict[str, Any]:
    """Remove the leads that a lead token has created from a moment on, as `lead_remove` does each of them."""
    wanted = leads_since(data, _company(key), lead_token_id)
    leads, has_more = brought(services(), wanted, most=MOST_REMOVED_AT_ONCE)
    remover = Remover(came_by=CameBy.API_KEY, remote_ip=remote_ip(), details={"api_key_id": str(key.id)})
    done = replace(remove_leads(services(), wanted, leads, remover, is_dry_run=data["dry_run"]), has_more=has_more)
    return {
        "removed": done.removed,
        "unchanged": done.unchanged,
        "dry_run": data["dry_run"],
        "has_more": done.has_more,
    }


@operation(bp, "POST", f"{ONE}/undo_opt_outs", needs=Permission.WRITE, body=SinceSchema(), answers=UNDONE_OPT_OUTS)
def undo_opt_outs(key: ApiKey, data: dict[str, Any], lead_token_id: LeadTokenId) -> dict[str, Any]:
    """Lift the opt-outs and blocks that came by a lead token from a moment on, and no others."""
    company = _company(key)
    command = UndoWishes(
        company_id=company.id,
        lead_token_id=lead_token_id,
        since=moment(data["since"], company, "since"),
        came_by=CameBy.API_KEY,
        is_dry_run=data["dry_run"],
    )
    done = services().undo_wishes(command)
    return {"lifted": done.lifted, "unchanged": done.unchanged, "dry_run": data["dry_run"]}


def _company(key: ApiKey) -> Company:
    return services().read_directory(key.company_id).company
