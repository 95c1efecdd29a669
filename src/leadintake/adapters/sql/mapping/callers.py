"""Contacts and leads."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from leadintake.domain.attribution import Attribution, TrafficSourceId
from leadintake.domain.company import CompanyId
from leadintake.domain.contact import Contact
from leadintake.domain.lead import Lead, LeadId, LeadStatus
from leadintake.domain.owner import OwnerKind, OwnerRef
from leadintake.domain.phone import PhoneNumber

if TYPE_CHECKING:
    from sqlalchemy import Row

PRIORITY_UNITS = 10_000
"""A stored priority counts ten-thousandths."""


def to_contact(row: Row[Any]) -> Contact:
    """Return the contact of a row of `contacts`."""
    return Contact(
        company_id=CompanyId(row.company_id),
        caller=PhoneNumber(row.caller),
        created_at=row.created_at,
        opted_out_at=row.opted_out_at,
        blocked_at=row.blocked_at,
        version=row.version,
    )


def from_contact(contact: Contact) -> dict[str, Any]:
    """Return the row of a contact in the version after the one it carries, which stands beside it."""
    return {
        "company_id": contact.company_id,
        "caller": contact.caller.e164,
        "created_at": contact.created_at,
        "opted_out_at": contact.opted_out_at,
        "blocked_at": contact.blocked_at,
        "version": contact.version + 1,
        "expected": contact.version,
    }


def to_lead(row: Row[Any]) -> Lead:
    """Return the lead of a row of `leads`."""
    return Lead(
        company_id=CompanyId(row.company_id),
        id=LeadId(row.id),
        owner=OwnerRef(OwnerKind(row.owner_kind), row.owner_id),
        caller=PhoneNumber(row.caller),
        status=LeadStatus(row.status),
        created_at=row.created_at,
        updated_at=row.updated_at,
        tokens=row.tokens,
        email=row.email,
        attribution=Attribution(
            None if row.traffic_source_id is None else TrafficSourceId(row.traffic_source_id), row.sub_id
        ),
        remote_ip=row.remote_ip,
        priority=Decimal(row.priority) / PRIORITY_UNITS,
        next_action=row.next_action,
        next_action_at=row.next_action_at,
        expires_at=row.expires_at,
        callback_at=row.callback_at,
        plan_expires_at=row.plan_expires_at,
        max_contact_attempts=row.max_contact_attempts,
        is_ending=row.ending is True,
        counted_ip=row.counted_ip,
        version=row.version,
    )


def from_lead(lead: Lead) -> dict[str, Any]:
    """Return the row of a lead."""
    return {
        "company_id": lead.company_id,
        "id": lead.id,
        "owner_kind": lead.owner.kind.value,
        "owner_id": lead.owner.id,
        "caller": lead.caller.e164,
        "status": lead.status.value,
        "live": True if lead.is_live else None,
        "created_at": lead.created_at,
        "updated_at": lead.updated_at,
        "tokens": lead.tokens,
        "email": lead.email,
        "traffic_source_id": lead.attribution.traffic_source_id,
        "sub_id": lead.attribution.sub_id,
        "remote_ip": lead.remote_ip,
        "priority": int(lead.priority * PRIORITY_UNITS),
        "next_action": lead.next_action,
        "next_action_at": lead.next_action_at,
        "expires_at": lead.expires_at,
        "callback_at": lead.callback_at,
        "plan_expires_at": lead.plan_expires_at,
        "max_contact_attempts": lead.max_contact_attempts,
        "ending": True if lead.is_ending else None,
        "counted_ip": lead.counted_ip,
        "version": lead.version,
    }
