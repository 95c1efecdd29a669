"""What becomes of a caller operation, decided without touching anything.

`decide` takes a target and a `Standing` of all it may depend on, and returns the verdict and the new values to store.
Doing an operation twice is doing it once: what is there already is `unchanged`.
Source: specification, section 4; ADR 0003, "Opt-out wins".
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from leadintake.domain.claims import examine as examine_submission
from leadintake.domain.decision import Snapshot
from leadintake.domain.enrollment import decide as decide_submission
from leadintake.domain.errors import InvalidCallerId, InvalidParameter, LeadHasNoSchedule, NotFound, Refusal
from leadintake.domain.event import Event, EventId, EventKind
from leadintake.domain.facts import ENDED_BY, by_token
from leadintake.domain.lead import LeadStatus
from leadintake.domain.notice import Notice
from leadintake.domain.operations import CameBy, Operation, OperationDecision, refuse
from leadintake.domain.owner import OwnerKind, Schedule
from leadintake.domain.phone import PhoneNumber
from leadintake.domain.submission import Outcome
from leadintake.domain.submitted_lead import ended

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from leadintake.domain.claims import Claim, EnrollLead
    from leadintake.domain.contact import Contact
    from leadintake.domain.lead import Lead
    from leadintake.domain.operations import OperateOnCaller, Standing, Target
    from leadintake.domain.ports import NewId

_NO_LEAD_OF_THAT_CALLER = "There is no lead of that caller here."
_HAD_ENDED = Notice("lead_had_ended", None, "The lead had ended already: nothing more is done with it.")
_STILL_OPTED_OUT = Notice(
    "still_opted_out", None, "The caller has opted out and is not contacted; lift_opt_out=true lifts that as well."
)
_NOT_HERE = "It does nothing here: an update never puts the lead itself away."


@dataclass(frozen=True, slots=True)
class _Case:
    """One target with all that its decision may depend on."""

    target: Target
    standing: Standing
    now: datetime
    new_id: NewId

    @property
    def command(self) -> OperateOnCaller:
        return self.target.command

    @property
    def contact(self) -> Contact:
        return self.standing.contacts[self.target.caller]

    def leads(self) -> list[Lead]:
        """Return the leads that are meant, oldest first.

        The one that is named; else the owner's live one, or every live one where no owner is named. Where none is
        live, the newest stands for them: what has become of it is what there is to say. None were ever there: empty.
        """
        if self.command.operation.names_a_lead:
            return [lead for lead in self.standing.of(self.target.caller) if lead.id == self.command.lead_id]
        leads = self.standing.of(self.target.caller, self.target.owner)
        return [lead for lead in leads if lead.is_live] or leads[-1:]

    def refused(self, refusal: Refusal) -> OperationDecision:
        return refuse(self.command, refusal, owner=self.target.owner, notices=self.target.notices)

    def decided(
        self,
        outcome: Outcome,
        *notices: Notice,
        lead: Lead | None = None,
        contact: Contact | None = None,
        leads: Sequence[Lead] = (),
        facts: Sequence[EventKind] = (),
    ) -> OperationDecision:
        """Return the decision, with a fact for each lead that changed and those about the contact behind them."""
        events = [self._fact(_kind_of(one), one) for one in leads] + [self._fact(kind, None) for kind in facts]
        return OperationDecision(
            command=self.command,
            outcome=outcome,
            owner=self.target.owner or (lead.owner if lead else None),
            lead=lead,
            done_to=tuple(one for one in leads if one.status is not LeadStatus.EXPIRED),
            notices=(*self.target.notices, *notices),
            contact=contact,
            leads=tuple(leads),
            events=tuple(events),
        )

    def _fact(self, kind: EventKind, lead: Lead | None) -> Event:
        standing = {} if lead is None else {"owner": {"kind": lead.owner.kind.value, "id": lead.owner.id}}
        status = {} if lead is None else {"status": lead.status.value}
        return Event(
            id=EventId(self.new_id()),
            company_id=self.command.receipt.company_id,
            kind=kind,
            caller=self.target.caller,
            lead_id=lead.id if lead else None,
            lead_version=lead.version if lead else None,
            at=self.now,
            details=standing | status | _provenance(self.command),
        )


def decide(target: Target, standing: Standing, *, now: datetime, new_id: NewId) -> OperationDecision:
    """Decide one operation over a standing that holds its caller.

    Args:
        target: What `domain.operations` let through.
        standing: As claimed, with the batch's earlier decisions folded in. Not changed here.
        now: The batch's moment.
        new_id: Where identifiers come from; the only thing here that is not a pure value.
    """
    decision = _DECIDED_BY[target.command.operation](_Case(target, standing, now, new_id))
    if not target.command.test or decision.refusal is not None:
        return decision
    return replace(decision, outcome=Outcome.TEST, done_to=(), contact=None, leads=(), events=())


def _leave_alone(case: _Case) -> OperationDecision:
    """Opt the caller out, or block them: every live lead in the company ends with it."""
    is_block = case.command.operation is Operation.CALLER_BLOCK
    outcome, status = (Outcome.BLOCKED, LeadStatus.BLOCKED) if is_block else (Outcome.OPTED_OUT, LeadStatus.OPT_OUT)
    contact = case.contact.block(at=case.now) if is_block else case.contact.opt_out(at=case.now)
    leads = [_ended(lead, status, case.now) for lead in case.standing.of(case.target.caller) if lead.is_live]
    facts = []
    if contact != case.contact:
        facts.append(EventKind.CONTACT_BLOCKED if is_block else EventKind.CONTACT_OPTED_OUT)
    elif not any(lead.status is status for lead in leads):
        outcome = Outcome.UNCHANGED
    shown = _as_left(case.leads(), leads)[-1] if case.command.operation.names_a_lead else None
    return case.decided(outcome, lead=shown, contact=contact, leads=leads, facts=facts)


def _unblock(case: _Case) -> OperationDecision:
    """Lift the block, and the opt-out if that is asked for in so many words; no lead comes back to life."""
    before = case.contact
    if before.is_new and not before.opted_out_at:
        return case.refused(NotFound("There is no contact of that number here."))
    lifted = before.lift_opt_out() if case.command.lifts_opt_out else before
    after = lifted.unblock()
    facts = []
    if lifted != before:
        facts.append(EventKind.CONTACT_OPT_OUT_LIFTED)
    if after != lifted:
        facts.append(EventKind.CONTACT_UNBLOCKED)
    notices = [_STILL_OPTED_OUT] if after.opted_out_at else []
    outcome = Outcome.UNBLOCKED if facts else Outcome.UNCHANGED
    return case.decided(outcome, *notices, contact=after if facts else None, facts=facts)


def _remove(case: _Case) -> OperationDecision:
    """Take the lead out: it is hidden, and nothing more happens to it."""
    meant = case.leads()
    if not meant:
        return case.refused(NotFound(_NO_LEAD_OF_THAT_CALLER))
    leads = [_ended(lead, LeadStatus.REMOVED, case.now) for lead in meant if lead.is_live]
    shown = _as_left(meant, leads)[-1]
    if any(lead.status is LeadStatus.REMOVED for lead in leads):
        return case.decided(Outcome.REMOVED, lead=shown, leads=leads)
    notices = [] if shown.status is LeadStatus.REMOVED else [_HAD_ENDED]
    return case.decided(Outcome.UNCHANGED, *notices, lead=shown, leads=leads)


def _move_to_end_of_schedule(case: _Case) -> OperationDecision:
    """Skip what is left of the plan: the end-of-schedule actions come next, and after them the lead completes."""
    meant = case.leads()
    if not meant:
        return case.refused(NotFound(_NO_LEAD_OF_THAT_CALLER))
    on_schedules = [lead for lead in meant if lead.owner.kind is OwnerKind.SCHEDULE]
    if not on_schedules:
        return case.refused(LeadHasNoSchedule())
    leads = [_moved(lead, case) for lead in on_schedules if lead.is_live and not lead.is_ending]
    shown = _as_left(on_schedules, leads)[-1]
    if any(lead.is_ending for lead in leads):
        return case.decided(Outcome.MOVED_TO_END_OF_SCHEDULE, lead=shown, leads=leads)
    notices = [] if shown.is_ending else [_HAD_ENDED]
    return case.decided(Outcome.UNCHANGED, *notices, lead=shown, leads=leads)


def _moved(lead: Lead, case: _Case) -> Lead:
    if lead.is_due_to_expire(at=case.now):
        return ended(lead, LeadStatus.EXPIRED, at=case.now)
    schedule = case.standing.directory.owner(lead.owner)
    end_actions = schedule.end_actions if isinstance(schedule, Schedule) else ()
    return replace(lead.leave_plan(end_actions, at=case.now), version=lead.version + 1)


def _ended(lead: Lead, status: LeadStatus, now: datetime) -> Lead:
    """Return a live lead ended; one whose time was up before has expired then, and not for this."""
    return ended(lead, LeadStatus.EXPIRED if lead.is_due_to_expire(at=now) else status, at=now)


def _as_left(meant: Sequence[Lead], changed: Sequence[Lead]) -> list[Lead]:
    """Return the leads that were meant as they are afterwards."""
    by_id = {lead.id: lead for lead in changed}
    return [by_id.get(lead.id, lead) for lead in meant]


def _kind_of(lead: Lead) -> EventKind:
    """Return what is told of a lead that one of the above has changed."""
    return EventKind.LEAD_MOVED_TO_END if lead.is_live else ENDED_BY[lead.status]


# --- an update is a submission about one lead -------------------------------------------------------------------------


def _update(case: _Case) -> OperationDecision:
    """Update the lead by the rules of a submission that may only update, whoever sends it."""
    [lead] = case.leads()
    update = _as_submission(case, lead)
    if isinstance(update, Refusal):
        return case.refused(update)
    claim = examine_submission(update, case.standing.directory)
    if isinstance(claim, Refusal):
        return case.refused(claim)
    decision = decide_submission(claim, _snapshot(claim, lead, case), now=case.now, new_id=case.new_id)
    if decision.refusal is not None:
        return case.refused(decision.refusal)
    has_ended = decision.outcome is Outcome.IGNORED
    is_without_effect = has_ended or decision.outcome is Outcome.TEST
    return OperationDecision(
        command=case.command,
        outcome=decision.outcome,
        owner=lead.owner,
        lead=decision.lead,
        done_to=()
        if is_without_effect
        else tuple(one for one in decision.leads if one.status is not LeadStatus.EXPIRED),
        updated=decision,
        notices=(*case.target.notices, *decision.notices, *([_HAD_ENDED] if has_ended else ())),
        contact=decision.contact,
        leads=decision.leads,
        events=tuple(
            replace(event, details=dict(event.details) | _provenance(case.command)) for event in decision.events
        ),
    )


def _as_submission(case: _Case, lead: Lead) -> EnrollLead | Refusal:
    """Return the update as a submission about the lead's own caller."""
    update = case.command.update
    if update is None:
        message = "an update says what is to be updated"
        raise ValueError(message)
    given = case.command.caller_id
    if given is not None and not _is_caller(given, lead.caller, case.standing.directory.company.region):
        return InvalidParameter(errors={"caller_id": ["is not the number of this lead, and a lead keeps its number"]})
    put_away = {"expire_existing": update.expire_existing, "delete_existing": update.delete_existing}
    left_out = [Notice("unsupported_parameter", name, _NOT_HERE) for name, is_given in put_away.items() if is_given]
    return replace(
        update,
        # Whoever sends it has been judged: what counts from here on is the lead.
        owner=lead.owner,
        caller_id=lead.caller.e164,
        phone_alias=None,
        update_only=True,
        expire_existing=False,
        delete_existing=False,
        may_lift=case.command.came_by is not CameBy.LEAD_TOKEN,
        notices=(*update.notices, *left_out),
    )


def _is_caller(text: str, caller: PhoneNumber, region: str) -> bool:
    try:
        return PhoneNumber.parse(text, region) == caller
    except InvalidCallerId:
        return False


def _snapshot(claim: Claim, lead: Lead, case: _Case) -> Snapshot:
    """Return what a submission would be decided over if the named lead were the owner's only one."""
    leads = case.standing.of(claim.caller)
    live = [one for one in leads if one.is_live and (one.id == lead.id or one.owner != lead.owner)]
    return Snapshot(
        directory=case.standing.directory,
        contacts=case.standing.contacts,
        leads={(one.caller, one.owner): one for one in live},
        past={claim.caller: {one.id: one for one in leads}},
        suppressed=case.standing.suppressed,
    )


def _provenance(command: OperateOnCaller) -> dict[str, str]:
    """Return which request it was, which way it came and by whom; no credential is ever in an event."""
    return {
        "submission_id": str(command.receipt.id),
        "operation": command.operation.value,
        "came_by": command.came_by.value,
        **({"user_id": str(command.user_id)} if command.user_id else {}),
        **by_token(command.receipt),
    }


_DECIDED_BY: Final[Mapping[Operation, Callable[[_Case], OperationDecision]]] = MappingProxyType(
    {
        Operation.CALLER_OPT_OUT: _leave_alone,
        Operation.LEAD_OPT_OUT: _leave_alone,
        Operation.CALLER_BLOCK: _leave_alone,
        Operation.CALLER_UNBLOCK: _unblock,
        Operation.CALLER_REMOVE: _remove,
        Operation.LEAD_REMOVE: _remove,
        Operation.CALLER_MOVE_TO_END_OF_SCHEDULE: _move_to_end_of_schedule,
        Operation.LEAD_MOVE_TO_END_OF_SCHEDULE: _move_to_end_of_schedule,
        Operation.LEAD_UPDATE: _update,
    }
)
