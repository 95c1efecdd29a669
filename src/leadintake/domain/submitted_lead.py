"""A lead as submissions make it: begun, updated, restarted, and settled when its time has passed meanwhile."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

from leadintake.domain.attribution import UNATTRIBUTED
from leadintake.domain.lead import Lead, LeadId, LeadStatus, beginning
from leadintake.domain.owner import OwnerKind, Schedule

if TYPE_CHECKING:
    from datetime import datetime

    from leadintake.domain.claims import Claim
    from leadintake.domain.owner import Owner
    from leadintake.domain.ports import NewId


def begun(claim: Claim, *, now: datetime, new_id: NewId) -> Lead:
    """Return the lead that the claim begins under its owner."""
    command, counted = claim.command, claim.command.counts_from or now
    start = beginning(claim.owner, at=now, first_action_at=claim.next_action_at)
    has_plan = isinstance(claim.owner, Schedule)
    return Lead(
        company_id=command.receipt.company_id,
        id=LeadId(new_id()),
        owner=claim.owner.ref,
        caller=claim.caller,
        status=start.status,
        created_at=now,
        updated_at=now,
        tokens=command.tokens,
        email=command.email,
        attribution=claim.attribution,
        remote_ip=command.receipt.remote_ip,
        priority=command.lead_priority or Decimal(0),
        next_action=start.next_action,
        next_action_at=start.next_action_at,
        expires_at=None if command.expires_in is None else counted + command.expires_in,
        callback_at=_callback(claim, counted),
        plan_expires_at=counted + command.leaves_plan_in if command.leaves_plan_in and has_plan else None,
        max_contact_attempts=command.max_contact_attempts if has_plan else None,
        counted_ip=claim.counted_ip,
        version=1,
    )


def updated(known: Lead, claim: Claim, *, now: datetime) -> Lead:
    """Return the live lead with this request's data over it; what was not given is kept."""
    command, counted = claim.command, claim.command.counts_from or now
    said_who = claim.attribution != UNATTRIBUTED and not claim.has_unknown_source
    has_plan = known.owner.kind is OwnerKind.SCHEDULE
    return replace(
        known,
        updated_at=now,
        tokens={**known.tokens, **command.tokens},
        email=command.email or known.email,
        # Source and sub id are one statement: a new source must not inherit the old one's sub id. A source that
        # we do not know states nothing.
        attribution=claim.attribution if said_who else known.attribution,
        remote_ip=command.receipt.remote_ip,
        priority=known.priority if command.lead_priority is None else command.lead_priority,
        next_action_at=claim.next_action_at or known.next_action_at,
        expires_at=known.expires_at if command.expires_in is None else counted + command.expires_in,
        callback_at=_callback(claim, counted) or known.callback_at,
        plan_expires_at=(
            counted + command.leaves_plan_in if command.leaves_plan_in and has_plan else known.plan_expires_at
        ),
        max_contact_attempts=(command.max_contact_attempts if has_plan else None) or known.max_contact_attempts,
        version=known.version + 1,
    )


def given_the_data(known: Lead, claim: Claim, *, now: datetime) -> Lead:
    """Return a live lead of another owner with the claim's tokens and address; its place and its source are its own."""
    command = claim.command
    return replace(
        known,
        updated_at=now,
        tokens={**known.tokens, **command.tokens},
        email=command.email or known.email,
        version=known.version + 1,
    )


def restarted(lead: Lead, owner: Owner, claim: Claim, *, now: datetime) -> Lead:
    """Return an updated lead at the beginning of its owner's plan again."""
    return lead.restart(beginning(owner, at=now, first_action_at=claim.next_action_at), at=now)


def ended(lead: Lead, status: LeadStatus, *, at: datetime) -> Lead:
    """Return a live or ended lead in that last status, a version later."""
    return replace(lead.end(status, at=at), version=lead.version + 1)


def settled(lead: Lead, owner: Owner | None, *, at: datetime) -> Lead:
    """Return a live lead as its time has made it: expired, past its plan a version later, or the same lead."""
    if lead.is_due_to_expire(at=at):
        return ended(lead, LeadStatus.EXPIRED, at=at)
    if lead.is_due_to_leave_plan(at=at):
        end_actions = owner.end_actions if isinstance(owner, Schedule) else ()
        return replace(lead.leave_plan(end_actions, at=at), version=lead.version + 1)
    return lead


def _callback(claim: Claim, counted: datetime) -> datetime | None:
    """Return when to call back; the time that was named goes before the one that was counted."""
    if claim.callback_at is None and claim.command.callback_in is not None:
        return counted + claim.command.callback_in
    return claim.callback_at
