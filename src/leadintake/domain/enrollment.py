"""Enrollment: what is to be done with a submitted lead, decided without touching anything.

`decide` takes one command and a `Snapshot` of all it may depend on, and returns a `Decision`: the verdict, and
the new values to store. A batch is decided in order; `Snapshot.after` folds each decision in, so that every
command sees the ones before it. Source: specification, section 3.3; ADR 0006, "Batch-native enrollment".
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from leadintake.domain.claims import Reach, plan_notices
from leadintake.domain.decision import Decision, Dedupe, Snapshot, refuse, tried_out
from leadintake.domain.duplicates import duplicate
from leadintake.domain.errors import CallerSuppressed, PermissionDenied, TooManyFromAddress, TooManyTokens
from leadintake.domain.event import EventKind
from leadintake.domain.facts import kind_of_time, of_lead
from leadintake.domain.lead import LeadStatus
from leadintake.domain.owner import OwnerKind, Schedule
from leadintake.domain.submission import Outcome
from leadintake.domain.submitted_lead import begun, ended, given_the_data, restarted, settled, updated
from leadintake.domain.wishes import leave_alone, lift, told_of_lifting

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from leadintake.domain.claims import Claim
    from leadintake.domain.contact import Contact
    from leadintake.domain.errors import Refusal
    from leadintake.domain.lead import Lead
    from leadintake.domain.ports import NewId

__all__ = ["MOST_TOKENS", "Decision", "Dedupe", "Snapshot", "decide", "refuse"]

MOST_TOKENS = 1_000
"""A lead gathers lead tokens over all its submissions; without an end, one sender could let it grow for ever."""
_TOO_MANY = f"would be more than {MOST_TOKENS} on this lead, together with those it has"


class _Change(NamedTuple):
    """A lead as it is afterwards, and what is told of that."""

    lead: Lead
    kind: EventKind
    before: Lead | None = None


class _Place(NamedTuple):
    """Where the caller stands once what the command puts away is gone and what is overdue is settled.

    Shape: `known` is the live lead that the command is about, None when there is none; `others` are the live leads
    that get its data too, the newest first.
    """

    known: Lead | None
    others: Sequence[Lead]
    changes: Sequence[_Change]


_NOWHERE = _Place(None, (), ())


def decide(claim: Claim, snapshot: Snapshot, *, now: datetime, new_id: NewId) -> Decision:
    """Decide one claim over a snapshot that holds its caller.

    Args:
        claim: What `domain.claims` let through.
        snapshot: As claimed, with the batch's earlier decisions folded in. Not changed here.
        now: The batch's moment.
        new_id: Where identifiers come from; the only thing here that is not a pure value.
    """
    command, contact = claim.command, snapshot.contacts[claim.caller]
    if claim.changes_contact:
        return leave_alone(claim, snapshot, now=now, new_id=new_id)
    lifted = lift(claim, contact) if command.lifts else contact
    if isinstance(lifted, PermissionDenied):
        return refuse(command, lifted, snapshot.directory)
    if refusal := lifted.refusal() or _suppression(claim, snapshot):
        return refuse(command, refusal, snapshot.directory)
    enroll = _begin_over if command.is_over(at=now) else _enroll
    decision = enroll(claim, contact, snapshot, now=now, new_id=new_id)
    if lifted is contact or decision.refusal is not None or command.test:
        return decision
    told = told_of_lifting(claim, contact, lifted, now=now, new_id=new_id)
    return replace(decision, contact=lifted, events=(*told, *decision.events))


def _suppression(claim: Claim, snapshot: Snapshot) -> CallerSuppressed | None:
    lists = snapshot.suppressed.get(claim.caller) if snapshot.suppressed else None
    return CallerSuppressed() if lists and lists & snapshot.directory.lists_for(claim.owner) else None


def _begin_over(claim: Claim, contact: Contact, snapshot: Snapshot, *, now: datetime, new_id: NewId) -> Decision:
    """Begin a lead whose time was over before anybody took it, and end it; one that is live now is another matter."""
    command = claim.command
    if refusal := _refusal(claim, _NOWHERE, snapshot, now=now):
        return refuse(command, refusal, snapshot.directory)
    outcome, lead = _outcome(claim, None, snapshot, now=now, new_id=new_id)
    facts, dedupe = [], _dedupe(None, contact)
    if lead is not None:
        facts = [(lead, EventKind.LEAD_CREATED)]
        lead = ended(lead, LeadStatus.EXPIRED, at=now)
        facts.append((lead, EventKind.LEAD_EXPIRED))
    if command.test:
        return tried_out(claim, lead, dedupe=dedupe)
    return Decision(
        command=command,
        outcome=outcome,
        owner=claim.owner.ref,
        lead=lead,
        attribution=claim.attribution,
        notices=claim.notices,
        contact=contact if lead is not None or not contact.is_new else None,
        leads=() if lead is None else (lead,),
        events=tuple(of_lead(claim, each, kind, now=now, new_id=new_id) for each, kind in facts),
        dedupe=dedupe,
    )


def _enroll(claim: Claim, contact: Contact, snapshot: Snapshot, *, now: datetime, new_id: NewId) -> Decision:
    """Update the caller's live lead, or begin one."""
    command, own = claim.command, claim.owner.ref
    place = _Place(snapshot.leads.get((claim.caller, own)), (), ())
    if place.known is not None or command.delete_existing or command.reaches_offer:
        place = _place(claim, place.known, snapshot, now=now)
    if refusal := _refusal(claim, place, snapshot, now=now):
        return refuse(command, refusal, snapshot.directory)
    outcome, lead = _outcome(claim, place.known, snapshot, now=now, new_id=new_id)
    changes = [] if lead is None else [_Change(lead, _ENROLLED_BY[outcome], place.known)]
    for other in place.others:
        changes.append(_Change(given_the_data(other, claim, now=now), EventKind.LEAD_UPDATED, other))
        if lead is None:
            outcome, lead = Outcome.UPDATED, changes[0].lead
    for change in changes:
        if len(change.lead.tokens) > MOST_TOKENS:
            return refuse(command, TooManyTokens(errors={"tokens": [_TOO_MANY]}), snapshot.directory)
    dedupe = _dedupe(place.known, contact)
    if command.test:
        return tried_out(claim, lead, dedupe=dedupe)
    notices = claim.notices
    if command.reach is Reach.OFFER and lead is not None and lead.owner.kind is OwnerKind.OFFER:
        notices = (*notices, *plan_notices(command))
    changes[:0] = place.changes
    return Decision(
        command=command,
        outcome=outcome,
        owner=own,
        lead=lead,
        attribution=claim.attribution,
        notices=notices,
        # A caller is stored with the first lead; an ignored update of somebody unknown leaves no trace.
        contact=contact if lead is not None or not contact.is_new else None,
        leads=tuple([change.lead for change in changes]),
        events=tuple(
            [of_lead(claim, each, kind, now=now, new_id=new_id, before=before) for each, kind, before in changes]
        ),
        dedupe=dedupe,
    )


_ENROLLED_BY = {
    Outcome.CREATED: EventKind.LEAD_CREATED,
    Outcome.UPDATED: EventKind.LEAD_UPDATED,
    Outcome.RESTARTED: EventKind.LEAD_RESTARTED,
}


def _dedupe(known: Lead | None, contact: Contact) -> Dedupe:
    if known is not None:
        return Dedupe.MATCHED_LIVE_LEAD
    return Dedupe.NONE if contact.is_new else Dedupe.MATCHED_CONTACT


def _outcome(
    claim: Claim, known: Lead | None, snapshot: Snapshot, *, now: datetime, new_id: NewId
) -> tuple[Outcome, Lead | None]:
    """Return what is done, and the lead as it is then."""
    if known is None:
        if claim.command.update_only:
            return Outcome.IGNORED, None
        return Outcome.CREATED, begun(claim, now=now, new_id=new_id)
    lead = updated(known, claim, now=now)
    if claim.command.restart_schedule:
        owner = snapshot.directory.owner(known.owner)
        if isinstance(owner, Schedule):
            return Outcome.RESTARTED, restarted(lead, owner, claim, now=now)
    return Outcome.UPDATED, lead


def _place(claim: Claim, known: Lead | None, snapshot: Snapshot, *, now: datetime) -> _Place:
    """Return where the caller stands, whose live lead under the owner is known, in as much of the offer as counts."""
    command, own = claim.command, claim.owner.ref
    changes: list[_Change] = []
    if command.delete_existing:
        changes = [
            _Change(ended(lead, LeadStatus.REMOVED, at=now), EventKind.LEAD_REMOVED)
            for lead in snapshot.past.get(claim.caller, {}).values()
            if lead.owner == own and lead.status is not LeadStatus.REMOVED
        ]
        known = None
    elif known is not None and command.expire_existing:
        changes = [_Change(ended(known, LeadStatus.EXPIRED, at=now), EventKind.LEAD_EXPIRED)]
        known = None
    elif known is not None:
        known = _settled(known, snapshot, changes, now=now)
    if not command.reaches_offer:
        return _Place(known, (), changes)
    owners = snapshot.directory.owners_in_offer(claim.owner) - {own}
    found = [lead for lead in snapshot.live_of(claim.caller) if lead.owner in owners]
    standing = (_settled(lead, snapshot, changes, now=now) for lead in found)
    others = sorted((lead for lead in standing if lead is not None), key=lambda lead: lead.id, reverse=True)
    if known is None and others and command.reach is Reach.OFFER:
        known = others.pop(0)
    return _Place(known, others if command.update_all_matching_leads else (), changes)


def _settled(lead: Lead, snapshot: Snapshot, changes: list[_Change], *, now: datetime) -> Lead | None:
    """Return the live lead as its time has made it, None when it has ended, and note what changed."""
    stands = settled(lead, snapshot.directory.owner(lead.owner), at=now)
    if stands is not lead:
        changes.append(_Change(stands, kind_of_time(stands)))
    return stands if stands.is_live else None


def _refusal(claim: Claim, place: _Place, snapshot: Snapshot, *, now: datetime) -> Refusal | None:
    """Return why the owner does not take this caller from this sender now, or None."""
    command, rules = claim.command, claim.owner.rules
    if command.update_only or (place.known is not None and command.reach is Reach.OFFER):
        # Nothing is to begin; and who says that they mean the lead that is there does not send it a second time.
        return None
    if rules.concerns_duplicates:
        earlier = snapshot.past.get(claim.caller, {}) | {change.lead.id: change.lead for change in place.changes}
        if refusal := duplicate(claim, earlier.values(), now=now):
            return refusal
    if place.known is None and rules.most_per_ip_a_day is not None and claim.counted_ip is not None:
        count = snapshot.from_ip[claim.owner.ref, claim.counted_ip]
        if count >= rules.most_per_ip_a_day:
            return TooManyFromAddress()
    # Only new leads are counted: a repeat of one that was taken is absorbed as on any other day.
    return command.cap_reached if place.known is None else None
