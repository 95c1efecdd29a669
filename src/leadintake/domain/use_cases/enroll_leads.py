"""Enroll leads: start callers under their owners, once."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from leadintake.domain.answered import Answered
from leadintake.domain.call_recording import with_leads_tokens
from leadintake.domain.claims import Claim, EnrollLead, caller_of, examine
from leadintake.domain.counting import counted, counted_as
from leadintake.domain.enrollment import Decision, Snapshot, decide, refuse
from leadintake.domain.errors import Forbidden, IdempotencyKeyReused, OperationsExhausted
from leadintake.domain.explanation import explain
from leadintake.domain.operation_budget import for_review, raise_the_alarm, spend
from leadintake.domain.remembering import digest_of, is_to_be_saved, remembered
from leadintake.domain.submission import Outcome

if TYPE_CHECKING:
    from collections.abc import Container, Mapping, Sequence
    from datetime import datetime

    from leadintake.domain.contact import Contact
    from leadintake.domain.directory import Directory
    from leadintake.domain.errors import Refusal
    from leadintake.domain.idempotency import IdempotencyKey
    from leadintake.domain.lead import Lead, LeadId
    from leadintake.domain.phone import PhoneNumber
    from leadintake.domain.ports import Clock, Keyring, NewId, UnitOfWork, UnitOfWorkFactory

_A_DAY = timedelta(days=1)


def enroll_leads(
    commands: Sequence[EnrollLead],
    *,
    unit_of_work: UnitOfWorkFactory,
    keyring: Keyring,
    clock: Clock,
    new_id: NewId,
) -> Sequence[Decision]:
    """Judge a batch of one company's submissions and keep every verdict with its effect, in one commit.

    Args:
        commands: At least one, all of one company; a later one sees what the earlier ones did.
        unit_of_work: Units that may write.
        keyring: Makes the digests by which submissions can be found for an erasure, and erased callers are known.
        clock: Now.
        new_id: Where identifiers come from.

    Returns: The decisions, in the order of the commands. A refusal is a decision like any other.
    Raises: StaleWrite, Unavailable, OutcomeUnknown: nothing is known to be kept; a retry is absorbed.
    Source: specification, section 3.3; ADR 0006, "Batch-native enrollment".
    """
    company_id = commands[0].receipt.company_id
    if any(command.receipt.company_id != company_id for command in commands):
        message = "a batch is of one company"
        raise ValueError(message)
    with unit_of_work(company_id) as uow:
        directory = uow.directory.current()
        examined = [examine(command, directory) for command in commands]
        held = hold(uow, examined, directory, keyring=keyring, clock=clock)
        snapshot = held.snapshot
        budgeted = [claim.command.receipt for claim in examined if isinstance(claim, Claim) and claim.is_budgeted]
        over_budget = spend(budgeted, directory, uow, at=clock()) if budgeted else ()
        # The moment is taken once everybody is held, so that no later unit decides at an earlier one.
        now = clock()
        decisions: list[Decision] = []
        answered = _answered(uow, commands, directory, now=now)
        for command, claim in zip(commands, examined, strict=True):
            # Who may not use the lead token from here is not told what was answered elsewhere either.
            is_barred = isinstance(claim, Forbidden)
            if command.idempotent and not is_barred and (repeat := _repeat(command, directory, answered)):
                decisions.append(repeat)
                continue
            if over_budget and command.receipt.id in over_budget and not command.opt_out:
                decision = refuse(command, OperationsExhausted(), directory)
            elif isinstance(claim, Claim):
                decision = decide(claim, snapshot, now=now, new_id=new_id)
                if over_budget and command.receipt.id in over_budget:
                    decision = replace(decision, events=for_review(decision.events))
            else:
                decision = refuse(command, claim, directory)
            snapshot.after(decision)
            decision = _explained(decision, claim, snapshot) if command.explain else decision
            decisions.append(decision)
            if command.idempotent and decision.owner:
                answered.note(command.idempotent.key(decision.owner), command.idempotent, decision)
        store(uow, decisions, held)
        submissions = [
            decision.submission(
                caller_digest=digest_read(claim, decision, directory, keyring),
                counted_as=counted_as(decision, claim, directory),
            )
            for decision, claim in zip(decisions, examined, strict=True)
        ]
        uow.submissions.append_all(submissions)
        uow.rollups.append_all(counted(submissions))
        answered.save(uow.idempotency)
        if over_budget:
            raise_the_alarm([each for each in budgeted if each.id in over_budget], uow, now=now, new_id=new_id)
        uow.commit()
    return decisions


@dataclass(frozen=True, slots=True)
class Held:
    """What a batch is decided over, and how it was before: contacts as claimed, leads by the version they are in."""

    snapshot: Snapshot
    claimed: Mapping[PhoneNumber, Contact]
    known: Mapping[LeadId, int]


def hold(
    uow: UnitOfWork,
    examined: Sequence[Claim | Refusal],
    directory: Directory,
    *,
    keyring: Keyring,
    clock: Clock,
) -> Held:
    """Hold the callers of all claims until the unit ends, and read what their decisions depend on."""
    claims = [claim for claim in examined if isinstance(claim, Claim)]
    callers = {claim.caller for claim in claims}
    claimed = uow.contacts.claim(callers, at=clock()) if callers else {}
    if directory.has_erased:
        claimed = remembered(claimed, erasures=uow.erasures, keyring=keyring)
    # Only callers who were stored before can have leads; most batches are new callers and skip the question.
    stored = [caller for caller, contact in claimed.items() if not contact.is_new]
    live = uow.leads.live_of(stored) if stored else ()
    snapshot = Snapshot(
        directory=directory, contacts=dict(claimed), leads={(lead.caller, lead.owner): lead for lead in live}
    )
    _look_further(uow, snapshot, claims, clock=clock)
    known = {lead.id: lead.version for lead in live}
    for leads in snapshot.past.values():
        known.update((lead.id, lead.version) for lead in leads.values())
    return Held(snapshot, claimed, known)


def _look_further(uow: UnitOfWork, snapshot: Snapshot, claims: Sequence[Claim], *, clock: Clock) -> None:
    """Add to the snapshot what only some claims depend on; for a batch of plain leads there is nothing to ask."""
    enrolling = [claim for claim in claims if not claim.changes_contact]
    if snapshot.directory.suppression_lists and enrolling:
        snapshot.suppressed = uow.suppression.suppressed({claim.caller for claim in enrolling})
    if backward := {claim.caller for claim in enrolling if claim.looks_back}:
        snapshot.past = {caller: {} for caller in backward}
        if stored := [caller for caller in backward if not snapshot.contacts[caller].is_new]:
            for lead in uow.leads.of_callers(stored):
                snapshot.past[lead.caller][lead.id] = lead
    # In one order everywhere: counting holds the address until the commit.
    for owner, remote_ip in sorted({(claim.owner.ref, claim.counted_ip) for claim in enrolling if claim.counted_ip}):
        snapshot.from_ip[owner, remote_ip] = uow.leads.count_from_ip(remote_ip, owner, since=clock() - _A_DAY)


def _answered(uow: UnitOfWork, commands: Sequence[EnrollLead], directory: Directory, *, now: datetime) -> Answered:
    """Return the answers that stand for the batch's idempotency keys; most batches have none."""
    keys = {key for command in commands if command.idempotent for key in _payloads(command, directory)}
    return Answered(uow.idempotency.find_all(keys) if keys else {}, now=now)


def _payloads(command: EnrollLead, directory: Directory) -> Mapping[IdempotencyKey, bytes]:
    """Return the command's idempotency keys inside its owner with their payloads, the present one first."""
    owner = command.owner_in(directory)
    return command.idempotent.payloads(owner) if command.idempotent and owner else {}


def _repeat(command: EnrollLead, directory: Directory, answered: Answered) -> Decision | None:
    """Return the decision on a repeat: the first answer again, or a refusal of another payload under its key."""
    for key, payload in _payloads(command, directory).items():
        if (first := answered.standing(key)) is None:
            continue
        if first.payload != payload:
            return refuse(command, IdempotencyKeyReused(), directory)
        return Decision(command=command, outcome=Outcome.REPLAYED, owner=key.owner, replay=first)
    return None


def _explained(decision: Decision, claim: Claim | Refusal, snapshot: Snapshot) -> Decision:
    return replace(decision, trace=explain(decision, claim, snapshot.directory))


def store(uow: UnitOfWork, decisions: Sequence[Decision], held: Held) -> None:
    """Store what the decisions changed, each value once, in its last state; the ledger is the use case's to write."""
    claimed, known = held.claimed, held.known
    contacts: dict[PhoneNumber, Contact] = {}
    leads: dict[LeadId, Lead] = {}
    for decision in decisions:
        if decision.contact is not None:
            contacts[decision.contact.caller] = decision.contact
        leads.update((lead.id, lead) for lead in decision.leads)
    changed = [contact for caller, contact in contacts.items() if is_to_be_saved(contact, claimed[caller])]
    if changed:
        uow.contacts.save_all(changed)
    # Ended leads first: the place of an expired lead must be free before its successor takes it.
    if saves := [(lead, known[lead.id]) for lead in leads.values() if lead.id in known]:
        uow.leads.save_all(saves)
    if new := [lead for lead in leads.values() if lead.id not in known]:
        uow.leads.add_all(new)
    if events := [event for decision in decisions for event in decision.events]:
        uow.events.append_all(events)
    if consents := [consent for decision in decisions if (consent := decision.consent())]:
        uow.consents.append_all(consents)
    if applied := [decision for decision in decisions if decision.command.applies_to_calls]:
        copy_to_calls(uow, applied, known)


def copy_to_calls(uow: UnitOfWork, decisions: Sequence[Decision], known: Container[LeadId]) -> None:
    """Copy the lead tokens of these submissions to the calls of the leads that they changed; a new lead has none."""
    tokens_of: dict[LeadId, dict[str, str]] = {}
    for decision in decisions:
        for lead in decision.leads:
            if lead.id in known and lead.is_live:
                tokens_of.setdefault(lead.id, {}).update(decision.command.tokens)
    if tokens_of and (changes := with_leads_tokens(uow.calls.of_leads(tokens_of), tokens_of)):
        uow.calls.save_all(changes)


def digest_read(claim: Claim | Refusal, decision: Decision, directory: Directory, keyring: Keyring) -> bytes | None:
    """Return the digest of whom a submission is about, as far as anybody can read that."""
    caller = claim.caller if isinstance(claim, Claim) else caller_of(decision.command, directory)
    return None if caller is None else digest_of(caller, directory.company.id, keyring)
