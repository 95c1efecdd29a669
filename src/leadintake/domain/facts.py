"""Facts: the events that a submission, or the time that has passed, gives rise to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadintake.domain.event import Event, EventId, EventKind
from leadintake.domain.lead import LeadStatus

if TYPE_CHECKING:
    from datetime import datetime

    from leadintake.domain.claims import Claim
    from leadintake.domain.lead import Lead
    from leadintake.domain.ports import NewId
    from leadintake.domain.submission import Receipt

ENDED_BY = {
    LeadStatus.OPT_OUT: EventKind.LEAD_OPTED_OUT,
    LeadStatus.BLOCKED: EventKind.LEAD_BLOCKED,
    LeadStatus.EXPIRED: EventKind.LEAD_EXPIRED,
    LeadStatus.COMPLETED: EventKind.LEAD_COMPLETED,
    LeadStatus.REMOVED: EventKind.LEAD_REMOVED,
}
"""What is told of a lead that has come to an end."""


def of_time(lead: Lead, *, now: datetime, new_id: NewId) -> Event:
    """Return the fact that a lead's time, or that of its plan, was up, whoever came by to note it."""
    return _event(lead, kind_of_time(lead), _standing(lead), now, new_id)


def kind_of_time(lead: Lead) -> EventKind:
    """Return what is told of a lead that its time has settled: it ended, or left its plan."""
    return EventKind.LEAD_MOVED_TO_END if lead.is_live else ENDED_BY[lead.status]


def of_lead(
    claim: Claim, lead: Lead, kind: EventKind, *, now: datetime, new_id: NewId, before: Lead | None = None
) -> Event:
    """Return a fact about a lead that the claim began or changed; token names are facts, their values are not."""
    command, details = claim.command, _standing(lead)
    details["submission_id"] = str(command.receipt.id)
    details["tokens"] = sorted(command.tokens)
    if command.applies_to_calls:
        details["apply_to"] = "calls"
    if before is not None and before.attribution != lead.attribution:
        details["previous"] = {
            "traffic_source_id": before.attribution.traffic_source_id,
            "sub_id": before.attribution.sub_id,
        }
    return _event(lead, kind, details, now, new_id)


def of_contact(claim: Claim, kind: EventKind, *, now: datetime, new_id: NewId) -> Event:
    """Return a fact about the claim's caller, whatever the leads."""
    return Event(
        id=EventId(new_id()),
        company_id=claim.command.receipt.company_id,
        kind=kind,
        caller=claim.caller,
        lead_id=None,
        lead_version=None,
        at=now,
        details={"submission_id": str(claim.command.receipt.id)} | by_token(claim.command.receipt),
    )


def by_token(receipt: Receipt) -> dict[str, str]:
    """Return which lead token something came by, for its facts: the id, which is no secret; empty where by none."""
    return {} if receipt.lead_token_id is None else {"lead_token_id": str(receipt.lead_token_id)}


def _standing(lead: Lead) -> dict[str, object]:
    return {
        "owner": {"kind": lead.owner.kind.value, "id": lead.owner.id},
        "status": lead.status.value,
        "traffic_source_id": lead.attribution.traffic_source_id,
        "sub_id": lead.attribution.sub_id,
    }


def _event(lead: Lead, kind: EventKind, details: dict[str, object], now: datetime, new_id: NewId) -> Event:
    return Event(
        id=EventId(new_id()),
        company_id=lead.company_id,
        kind=kind,
        caller=lead.caller,
        lead_id=lead.id,
        lead_version=lead.version,
        at=now,
        details=details,
    )
