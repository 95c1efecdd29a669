"""Removing what a lead token brought in: the leads since a moment, a batch at a time, each removal an operation."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from leadintake.domain.operations import OperateOnCaller, Operation
from leadintake.domain.submission import Outcome, Receipt, SubmissionId

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from leadintake.bootstrap import Services
    from leadintake.domain.lead import LeadId
    from leadintake.domain.operations import CameBy
    from leadintake.domain.use_cases.review_lead_token import BroughtLead, LeadsSince

_BATCH_SIZE: Final = 100
_PAGE: Final = 250


@dataclass(frozen=True, slots=True, kw_only=True)
class RemovedLeads:
    """What became of the leads: `unchanged` ones had ended already, `has_more` says that not all were looked at."""

    removed: int
    unchanged: int
    has_more: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Remover:
    """Who removes: which way they came, from where, and with which key, for the ledger."""

    came_by: CameBy
    remote_ip: str | None = None
    details: Mapping[str, Any]


def brought(services: Services, wanted: LeadsSince, *, most: int) -> tuple[list[BroughtLead], bool]:
    """Return the live leads that began by the lead token, newest first, and whether there are more."""
    found: dict[LeadId, BroughtLead] = {}
    page = replace(wanted, per_page=_PAGE)
    while True:
        listed = services.leads_since(page)
        for each in listed.leads:
            if each.is_own and each.lead.is_live:
                found.setdefault(each.lead.id, each)
        if listed.next is None or len(found) > most:
            return list(found.values())[:most], len(found) > most
        page = replace(page, after=listed.next)


def remove_leads(
    services: Services,
    wanted: LeadsSince,
    leads: Sequence[BroughtLead],
    remover: Remover,
    *,
    is_dry_run: bool = False,
    advance: Callable[[int], None] = lambda _count: None,
) -> RemovedLeads:
    """Hide these leads as `lead_remove` does; each removal is kept in the ledger and told as an event."""
    run = services.rehearse_on_callers if is_dry_run else services.operate_on_callers
    removed = unchanged = 0
    for start in range(0, len(leads), _BATCH_SIZE):
        batch = leads[start : start + _BATCH_SIZE]
        decisions = run([_command(services, wanted, each, remover) for each in batch])
        removed += sum(decision.outcome is Outcome.REMOVED for decision in decisions)
        unchanged += sum(decision.outcome is not Outcome.REMOVED for decision in decisions)
        advance(len(batch))
    return RemovedLeads(removed=removed, unchanged=unchanged, has_more=False)


def _command(services: Services, wanted: LeadsSince, each: BroughtLead, remover: Remover) -> OperateOnCaller:
    receipt = Receipt(
        id=SubmissionId(services.new_id()),
        company_id=wanted.company_id,
        lead_token_id=None,
        received_at=services.clock(),
        route=Operation.LEAD_REMOVE.value,
        remote_ip=remover.remote_ip,
        request={
            "query": [["lead_id", str(each.lead.id)]],
            "body": "empty",
            "came_by": remover.came_by.value,
            "leads_since_of": str(wanted.lead_token_id),
            **remover.details,
        },
    )
    return OperateOnCaller(
        receipt=receipt, operation=Operation.LEAD_REMOVE, came_by=remover.came_by, lead_id=each.lead.id
    )
