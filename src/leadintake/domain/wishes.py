"""Wishes: opting a caller out or blocking them, and lifting either again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadintake.domain.decision import Decision, tried_out
from leadintake.domain.errors import PermissionDenied
from leadintake.domain.event import EventKind
from leadintake.domain.facts import ENDED_BY, of_contact, of_lead
from leadintake.domain.lead import LeadStatus
from leadintake.domain.submission import Outcome
from leadintake.domain.submitted_lead import ended

if TYPE_CHECKING:
    from datetime import datetime

    from leadintake.domain.claims import Claim
    from leadintake.domain.contact import Contact
    from leadintake.domain.decision import Snapshot
    from leadintake.domain.event import Event
    from leadintake.domain.ports import NewId

_ONLY_WITH_A_KEY = "Only an API key with write permission can lift an opt-out or a block."


def leave_alone(claim: Claim, snapshot: Snapshot, *, now: datetime, new_id: NewId) -> Decision:
    """Opt the caller out, or block them: every live lead in the company ends with it, and none begins."""
    contact, is_opt_out = snapshot.contacts[claim.caller], claim.command.opt_out
    outcome, status = (Outcome.OPTED_OUT, LeadStatus.OPT_OUT) if is_opt_out else (Outcome.BLOCKED, LeadStatus.BLOCKED)
    if claim.command.test:
        return tried_out(claim)
    changed = contact.opt_out(at=now) if is_opt_out else contact.block(at=now)
    if claim.command.blocked:
        changed = changed.block(at=now)
    leads = tuple(
        ended(lead, LeadStatus.EXPIRED if lead.is_due_to_expire(at=now) else status, at=now)
        for lead in snapshot.live_of(claim.caller)
    )
    events = [of_lead(claim, lead, ENDED_BY[lead.status], now=now, new_id=new_id) for lead in leads]
    if changed.opted_out_at != contact.opted_out_at:
        events.append(of_contact(claim, EventKind.CONTACT_OPTED_OUT, now=now, new_id=new_id))
    if changed.blocked_at != contact.blocked_at:
        events.append(of_contact(claim, EventKind.CONTACT_BLOCKED, now=now, new_id=new_id))
    return Decision(
        command=claim.command,
        outcome=outcome,
        owner=claim.owner.ref,
        attribution=claim.attribution,
        notices=claim.notices,
        contact=changed,
        leads=leads,
        events=tuple(events),
    )


def lift(claim: Claim, contact: Contact) -> Contact | PermissionDenied:
    """Return the contact with what the command lifts lifted, or the refusal of a sender who may not do that."""
    command, lifted = claim.command, contact
    if command.opt_out is False:
        lifted = lifted.lift_opt_out()
    if command.blocked is False or command.unblock_contact:
        lifted = lifted.unblock()
    if lifted is not contact and not command.may_lift:
        return PermissionDenied(_ONLY_WITH_A_KEY)
    return lifted


def told_of_lifting(
    claim: Claim, before: Contact, after: Contact, *, now: datetime, new_id: NewId
) -> tuple[Event, ...]:
    """Return what there is to tell of a contact that was lifted from one state into the other."""
    kinds = []
    if before.opted_out_at and not after.opted_out_at:
        kinds.append(EventKind.CONTACT_OPT_OUT_LIFTED)
    if before.blocked_at and not after.blocked_at:
        kinds.append(EventKind.CONTACT_UNBLOCKED)
    return tuple(of_contact(claim, kind, now=now, new_id=new_id) for kind in kinds)
