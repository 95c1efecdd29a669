"""Events: append-only facts about leads and contacts; audit, webhooks and reports read them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, NewType
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
