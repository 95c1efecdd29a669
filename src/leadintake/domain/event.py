"""Events: append-only facts about leads and contacts; audit, webhooks and reports read them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, NewType
from uuid import UUID

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from leadintake.domain.company import CompanyId
    from leadintake.domain.lead import LeadId
    from leadintake.domain.phone import PhoneNumber

EventId = NewType("EventId", UUID)


class EventKind(StrEnum):
    """What can happen."""

    LEAD_CREATED = "lead.created"
    LEAD_UPDATED = "lead.updated"
    LEAD_RESTARTED = "lead.restarted"
    LEAD_EXPIRED = "lead.expired"
    LEAD_MOVED_TO_END = "lead.moved_to_end_of_schedule"
    LEAD_COMPLETED = "lead.completed"
    LEAD_REMOVED = "lead.removed"
    LEAD_OPTED_OUT = "lead.opted_out"
    LEAD_BLOCKED = "lead.blocked"
    CALL_RECORDED = "call.recorded"
    CALL_CORRECTED = "call.corrected"
    CONVERSION_RECORDED = "conversion.recorded"
    CONVERSION_CORRECTED = "conversion.corrected"
    CONVERSION_REVERSED = "conversion.reversed"
    CONTACT_OPTED_OUT = "contact.opted_out"
    CONTACT_BLOCKED = "contact.blocked"
    CONTACT_OPT_OUT_LIFTED = "contact.opt_out_lifted"
    CONTACT_UNBLOCKED = "contact.unblocked"
    LEAD_TOKEN_LEAKED = "lead_token.leaked"  # noqa: S105 - a fact, no secret
    LEAD_TOKEN_OPERATIONS_EXHAUSTED = "lead_token.operations_exhausted"  # noqa: S105 - likewise


MEANINGS: Final[Mapping[EventKind, str]] = MappingProxyType(
    {
        EventKind.LEAD_CREATED: "A submission has begun a lead.",
        EventKind.LEAD_UPDATED: "A submission, an operation or the company API has changed a lead.",
        EventKind.LEAD_RESTARTED: "A submission has put a lead back to the first action of its schedule.",
        EventKind.LEAD_EXPIRED: "The lead's time was up, or a submission has expired it; nothing more is done.",
        EventKind.LEAD_MOVED_TO_END: "The lead has left its plan for the end-of-schedule actions.",
        EventKind.LEAD_COMPLETED: "The lead has left its plan, and there were no end-of-schedule actions.",
        EventKind.LEAD_REMOVED: "The lead was taken out and is hidden; nothing more is done.",
        EventKind.LEAD_OPTED_OUT: "The lead has ended because its caller opted out.",
        EventKind.LEAD_BLOCKED: "The lead has ended because the company blocked its caller.",
        EventKind.CALL_RECORDED: "A call was told of, and counts under the source and sub id of its lead.",
        EventKind.CALL_CORRECTED: "What was told of a call was corrected; the details have it after and before.",
        EventKind.CONVERSION_RECORDED: "A conversion was told of, and counts under the source and sub id of its lead.",
        EventKind.CONVERSION_CORRECTED: "What was told of a conversion was corrected; likewise.",
        EventKind.CONVERSION_REVERSED: "A conversion does not count any more.",
        EventKind.CONTACT_OPTED_OUT: "The caller wishes to be left alone by the whole company.",
        EventKind.CONTACT_BLOCKED: "The company has blocked the caller.",
        EventKind.CONTACT_OPT_OUT_LIFTED: "The opt-out was lifted, on the caller's word.",
        EventKind.CONTACT_UNBLOCKED: "The company has lifted its block.",
        EventKind.LEAD_TOKEN_LEAKED: "A secret lead token came from a browser page; one for each token and day.",
        EventKind.LEAD_TOKEN_OPERATIONS_EXHAUSTED: "A lead token asked for more operations than a day has for it.",
    }
)
"""What each kind says, in a sentence; docs/reference/events.md is made of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One fact.

    Shape: `lead_version` orders the events of one lead, None for a fact about the contact; what is recorded of a lead
    and changes nothing about it, such as a call, has the version that the lead was in. `details` names what
    changed (ids, statuses, attribution, token *names*), never a token's value. `caller` is None for a fact about a
    credential, which is about nobody; once the caller is erased it is None as well, and `details` are empty.
    """

    id: EventId
    company_id: CompanyId
    kind: EventKind
    caller: PhoneNumber | None
    lead_id: LeadId | None
    lead_version: int | None
    at: datetime
    details: Mapping[str, Any]
