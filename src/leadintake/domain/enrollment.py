"""Enrollment: what is to be done with a submitted lead, decided without touching anything.

`decide` takes one command and a `Snapshot` of all it may depend on, and returns a `Decision`: the verdict, and
the new values to store. A batch is decided in order; `Snapshot.after` folds each decision in, so that every
command sees the ones before it. Source: specification, section 3.3; ADR 0006, "Batch-native enrollment".
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import TYPE_CHECKING

from leadintake.domain.attribution import UNATTRIBUTED, Attribution
from leadintake.domain.errors import TooManyTokens
from leadintake.domain.event import Event, EventId, EventKind
from leadintake.domain.lead import Lead, LeadId, LeadStatus, beginning
from leadintake.domain.submission import Outcome, Submission

if TYPE_CHECKING:
    from datetime import datetime

    from leadintake.domain.claims import Claim, EnrollLead
    from leadintake.domain.contact import Contact
    from leadintake.domain.directory import Directory
    from leadintake.domain.errors import Refusal
    from leadintake.domain.notice import Notice
    from leadintake.domain.owner import OwnerRef
    from leadintake.domain.phone import PhoneNumber
    from leadintake.domain.ports import NewId


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """The verdict on one command, and what to store because of it.

    Shape: exactly one of `refusal` and an `outcome` other than refused; `lead` is the lead the submission was
    about as it is afterwards (None for a refusal, an ignored update and a change of the contact alone; one that
    is not stored for a test); `attribution` is what this request said, as far as it was known. `contact` and
    `leads` are the changed values; several decisions of a batch may change the same one, the last counts.
    """

    command: EnrollLead
    outcome: Outcome
    refusal: Refusal | None = None
    owner: OwnerRef | None = None
    lead: Lead | None = None
    attribution: Attribution = UNATTRIBUTED
    notices: tuple[Notice, ...] = ()
    contact: Contact | None = None
    leads: tuple[Lead, ...] = ()
    events: tuple[Event, ...] = ()

    def submission(self) -> Submission:
        """Return the ledger's entry for this verdict."""
        return Submission(
            receipt=self.command.receipt,
            outcome=self.outcome,
            owner=self.owner,
            lead_id=self.lead.id if self.lead and self.outcome is not Outcome.TEST else None,
            code=self.refusal.code if self.refusal else None,
            errors=self.refusal.errors if self.refusal else {},
            notices=self.notices,
        )


@dataclass(slots=True, kw_only=True)
class Snapshot:
    """All that a batch of decisions may depend on.

    Shape: `contacts` holds every caller of the batch (new ones in version 0), `leads` their live leads under any
    owner; both are as claimed, and `after` brings them up to date.
    """

    directory: Directory
    contacts: dict[PhoneNumber, Contact]
    leads: dict[tuple[PhoneNumber, OwnerRef], Lead] = field(default_factory=dict)

    def live_of(self, caller: PhoneNumber) -> list[Lead]:
        """Return the caller's live leads under any owner."""
        return [lead for (whose, _), lead in self.leads.items() if whose == caller]

    def after(self, decision: Decision) -> None:
        """Fold a decision in, for the commands that come after it."""
        if decision.contact is not None:
            self.contacts[decision.contact.caller] = decision.contact
        for lead in decision.leads:
            if lead.is_live:
                self.leads[lead.caller, lead.owner] = lead
            elif (known := self.leads.get((lead.caller, lead.owner))) and known.id == lead.id:
                # Only that very lead leaves: an older, ended one says nothing about the present one.
                del self.leads[lead.caller, lead.owner]


def refuse(command: EnrollLead, refusal: Refusal, directory: Directory) -> Decision:
    """Return the decision to refuse."""
    return Decision(
        command=command,
        outcome=Outcome.REFUSED,
        refusal=refusal,
        owner=directory.lead_tokens.get(command.receipt.lead_token_id),
        notices=command.notices,
    )


def decide(claim: Claim, snapshot: Snapshot, *, now: datetime, new_id: NewId) -> Decision:
    """Decide one claim over a snapshot that holds its caller.

    Args:
        claim: What `domain.claims` let through.
        snapshot: As claimed, with the batch's earlier decisions folded in. Not changed here.
        now: The batch's moment.
        new_id: Where identifiers come from; the only thing here that is not a pure value.
    """
    contact = snapshot.contacts[claim.caller]
    if claim.changes_contact:
        return _change_contact(claim, contact, snapshot, now=now, new_id=new_id)
    if refusal := contact.refusal():
        return refuse(claim.command, refusal, snapshot.directory)
    return _enroll(claim, contact, snapshot, now=now, new_id=new_id)


def _change_contact(claim: Claim, contact: Contact, snapshot: Snapshot, *, now: datetime, new_id: NewId) -> Decision:
    """Opt the caller out, or block them: every live lead in the company ends with it, and none begins."""
    is_opt_out = claim.command.opt_out
    outcome, ended = (Outcome.OPTED_OUT, LeadStatus.OPT_OUT) if is_opt_out else (Outcome.BLOCKED, LeadStatus.BLOCKED)
    if claim.command.test:
        return _tested(claim, None)
    changed = contact.opt_out(at=now) if is_opt_out else contact.block(at=now)
    if claim.command.blocked:
        changed = changed.block(at=now)
    leads = tuple(_counted(lead.seen(at=now), lead) for lead in snapshot.live_of(claim.caller))
    leads = tuple(lead.end(ended, at=now) if lead.is_live else lead for lead in leads)
    events = [_lead_event(claim, lead, _ENDED_BY[lead.status], now=now, new_id=new_id) for lead in leads]
    if changed.opted_out_at != contact.opted_out_at:
        events.append(_contact_event(claim, EventKind.CONTACT_OPTED_OUT, now=now, new_id=new_id))
    if changed.blocked_at != contact.blocked_at:
        events.append(_contact_event(claim, EventKind.CONTACT_BLOCKED, now=now, new_id=new_id))
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


_ENDED_BY = {
    LeadStatus.OPT_OUT: EventKind.LEAD_OPTED_OUT,
    LeadStatus.BLOCKED: EventKind.LEAD_BLOCKED,
    LeadStatus.EXPIRED: EventKind.LEAD_EXPIRED,
}


def _enroll(claim: Claim, contact: Contact, snapshot: Snapshot, *, now: datetime, new_id: NewId) -> Decision:
    """Update the owner's live lead of this caller, or begin one."""
    known = snapshot.leads.get((claim.caller, claim.owner.ref))
    expired: tuple[Lead, ...] = ()
    if known is not None and known.is_due_to_expire(at=now):
        expired, known = (_counted(known.seen(at=now), known),), None
    if known is None and claim.command.update_only:
        outcome, lead = Outcome.IGNORED, None
    elif known is None:
        outcome, lead = Outcome.CREATED, _new_lead(claim, now=now, new_id=new_id)
    else:
        outcome, lead = Outcome.UPDATED, _updated(known, claim, now=now)
        if claim.restarts:
            start = beginning(claim.owner, at=now, first_action_at=claim.next_action_at)
            outcome, lead = Outcome.RESTARTED, lead.restart(start, at=now)
    if lead is not None and len(lead.tokens) > MOST_TOKENS:
        return refuse(claim.command, TooManyTokens(errors={"tokens": [_TOO_MANY]}), snapshot.directory)
    if claim.command.test:
        return _tested(claim, lead)
    events = [_lead_event(claim, gone, EventKind.LEAD_EXPIRED, now=now, new_id=new_id) for gone in expired]
    if lead is not None:
        events.append(_lead_event(claim, lead, _ENROLLED_BY[outcome], now=now, new_id=new_id, before=known))
    return Decision(
        command=claim.command,
        outcome=outcome,
        owner=claim.owner.ref,
        lead=lead,
        attribution=claim.attribution,
        notices=claim.notices,
        # A caller is stored with the first lead; an ignored update of somebody unknown leaves no trace.
        contact=contact if lead is not None or not contact.is_new else None,
        leads=expired if lead is None else (*expired, lead),
        events=tuple(events),
    )


MOST_TOKENS = 1_000
"""A lead gathers lead tokens over all its submissions; without an end, one sender could let it grow for ever."""
_TOO_MANY = f"would be more than {MOST_TOKENS} on this lead, together with those it has"

_ENROLLED_BY = {
    Outcome.CREATED: EventKind.LEAD_CREATED,
    Outcome.UPDATED: EventKind.LEAD_UPDATED,
    Outcome.RESTARTED: EventKind.LEAD_RESTARTED,
}


def _tested(claim: Claim, lead: Lead | None) -> Decision:
    return Decision(
        command=claim.command,
        outcome=Outcome.TEST,
        owner=claim.owner.ref,
        lead=lead,
        attribution=claim.attribution,
        notices=claim.notices,
    )


def _new_lead(claim: Claim, *, now: datetime, new_id: NewId) -> Lead:
    command = claim.command
    start = beginning(claim.owner, at=now, first_action_at=claim.next_action_at)
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
        expires_at=_expiry(command, now),
        version=1,
    )


def _updated(known: Lead, claim: Claim, *, now: datetime) -> Lead:
    """Return the live lead with this request's data over it; what was not given is kept."""
    command = claim.command
    said_who = claim.attribution != UNATTRIBUTED and not claim.has_unknown_source
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
        expires_at=_expiry(command, now) or known.expires_at,
        version=known.version + 1,
    )


def _expiry(command: EnrollLead, now: datetime) -> datetime | None:
    return now + command.expires_in if command.expires_in is not None else None


def _counted(changed: Lead, known: Lead) -> Lead:
    return replace(changed, version=known.version + 1)


def _lead_event(
    claim: Claim, lead: Lead, kind: EventKind, *, now: datetime, new_id: NewId, before: Lead | None = None
) -> Event:
    details: dict[str, object] = {
        "submission_id": str(claim.command.receipt.id),
        "owner": {"kind": str(lead.owner.kind), "id": lead.owner.id},
        "status": str(lead.status),
        "traffic_source_id": lead.attribution.traffic_source_id,
        "sub_id": lead.attribution.sub_id,
        "tokens": sorted(claim.command.tokens),
    }
    if before is not None and before.attribution != lead.attribution:
        details["previous"] = {
            "traffic_source_id": before.attribution.traffic_source_id,
            "sub_id": before.attribution.sub_id,
        }
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


def _contact_event(claim: Claim, kind: EventKind, *, now: datetime, new_id: NewId) -> Event:
    return Event(
        id=EventId(new_id()),
        company_id=claim.command.receipt.company_id,
        kind=kind,
        caller=claim.caller,
        lead_id=None,
        lead_version=None,
        at=now,
        details={"submission_id": str(claim.command.receipt.id)},
    )
