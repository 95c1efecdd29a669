"""Operate on callers: opt them out, take their leads out, move these on, update one, block and unblock."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from leadintake.domain.errors import OperationsExhausted
from leadintake.domain.operating import decide
from leadintake.domain.operation_budget import for_review, raise_the_alarm, spend
from leadintake.domain.operations import CameBy, Operation, Standing, Target, examine, owner_of, refuse
from leadintake.domain.remembering import digest_of, remembered
from leadintake.domain.use_cases.enroll_leads import copy_to_calls
from leadintake.domain.use_cases.meeting import tried_again

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from leadintake.domain.contact import Contact
    from leadintake.domain.directory import Directory
    from leadintake.domain.errors import Refusal
    from leadintake.domain.lead import Lead, LeadId
    from leadintake.domain.operations import OperateOnCaller, OperationDecision
    from leadintake.domain.phone import PhoneNumber
    from leadintake.domain.ports import Clock, Keyring, NewId, UnitOfWork, UnitOfWorkFactory
    from leadintake.domain.submission import Receipt


def operate_on_callers(
    commands: Sequence[OperateOnCaller],
    *,
    unit_of_work: UnitOfWorkFactory,
    keyring: Keyring,
    clock: Clock,
    new_id: NewId,
    is_rehearsal: bool = False,
) -> Sequence[OperationDecision]:
    """Judge a batch of one company's operations and keep every verdict with its effect, in one commit.

    Args:
        commands: At least one, all of one company; a later one sees what the earlier ones did.
        unit_of_work: Units that may write.
        keyring: Makes the digests by which submissions can be found for an erasure, and erased callers are known.
        clock: Now.
        new_id: Where identifiers come from.
        is_rehearsal: Decide, and keep nothing at all.

    Returns: The decisions, in the order of the commands. A refusal is a decision like any other.
    Raises: StaleWrite: other writers kept meeting it; nothing was done. Unavailable, OutcomeUnknown: nothing is known
        to be kept; doing it again is safe.
    """
    if any(command.receipt.company_id != commands[0].receipt.company_id for command in commands):
        message = "a batch is of one company"
        raise ValueError(message)
    return tried_again(partial(_operate, commands, unit_of_work, keyring, clock, new_id, is_rehearsal=is_rehearsal))


def _operate(
    commands: Sequence[OperateOnCaller],
    unit_of_work: UnitOfWorkFactory,
    keyring: Keyring,
    clock: Clock,
    new_id: NewId,
    *,
    is_rehearsal: bool,
) -> Sequence[OperationDecision]:
    with unit_of_work(commands[0].receipt.company_id) as uow:
        directory = uow.directory.current()
        targets = _targets(commands, directory, uow)
        callers = {target.caller for target in targets if isinstance(target, Target)}
        # Whoever enrolls one of these callers holds them too: an opt-out and an enrollment come one after the other.
        claimed = uow.contacts.claim(callers, at=clock()) if callers else {}
        if directory.has_erased:
            claimed = remembered(claimed, erasures=uow.erasures, keyring=keyring)
        loaded = _leads(commands, claimed, uow)
        budgeted = [] if is_rehearsal else _budgeted(targets)
        over_budget = spend(budgeted, directory, uow, at=clock()) if budgeted else ()
        # The moment is taken once everybody is held, so that no later unit decides at an earlier one.
        now = clock()
        standing = _standing(commands, directory, claimed, loaded, uow)
        decisions = []
        for command, target in zip(commands, targets, strict=True):
            is_over = command.receipt.id in over_budget
            if is_over and isinstance(target, Target) and not command.operation.is_a_wish:
                decision = refuse(command, OperationsExhausted(), owner=target.owner, notices=target.notices)
            elif isinstance(target, Target):
                decision = decide(target, standing, now=now, new_id=new_id)
                if is_over:
                    decision = replace(decision, events=for_review(decision.events))
            else:
                decision = refuse(command, target, owner=owner_of(command, directory))
            standing.after(decision)
            decisions.append(decision)
        if not is_rehearsal:
            _write(uow, decisions, claimed=claimed, loaded=loaded)
            _keep(uow, decisions, targets, keyring)
            if over_budget:
                raise_the_alarm([each for each in budgeted if each.id in over_budget], uow, now=now, new_id=new_id)
            uow.commit()
    return decisions


def _budgeted(targets: Sequence[Target | Refusal]) -> list[Receipt]:
    """Return what came by lead tokens, which may ask for so much in a day."""
    commands = [target.command for target in targets if isinstance(target, Target)]
    return [
        command.receipt
        for command in commands
        if command.came_by is CameBy.LEAD_TOKEN and command.operation.is_budgeted and not command.test
    ]


def _targets(commands: Sequence[OperateOnCaller], directory: Directory, uow: UnitOfWork) -> list[Target | Refusal]:
    """Return whom each command is about; a lead's caller never changes, so nobody need be held to ask for it."""
    ids = {command.lead_id for command in commands if command.lead_id and command.operation.names_a_lead}
    named = {lead.id: lead for lead in uow.leads.find_all(ids)} if ids else {}
    return [examine(command, directory, named) for command in commands]


def _leads(
    commands: Sequence[OperateOnCaller], claimed: Mapping[PhoneNumber, Contact], uow: UnitOfWork
) -> Sequence[Lead]:
    """Return the leads of those who are held: the live ones, and the ended ones where they matter."""
    stored = [caller for caller, contact in claimed.items() if not contact.is_new]
    if not stored:
        return ()
    if all(command.operation.is_about_the_contact for command in commands):
        return uow.leads.live_of(stored)
    return uow.leads.of_callers(stored)


def _standing(
    commands: Sequence[OperateOnCaller],
    directory: Directory,
    claimed: Mapping[PhoneNumber, Contact],
    loaded: Collection[Lead],
    uow: UnitOfWork,
) -> Standing:
    leads: dict[PhoneNumber, dict[LeadId, Lead]] = {}
    for lead in loaded:
        leads.setdefault(lead.caller, {})[lead.id] = lead
    is_asked = directory.suppression_lists and any(one.operation is Operation.LEAD_UPDATE for one in commands)
    return Standing(
        directory=directory,
        contacts=dict(claimed),
        leads=leads,
        suppressed=uow.suppression.suppressed(claimed.keys()) if is_asked else {},
    )


def _write(
    uow: UnitOfWork,
    decisions: Sequence[OperationDecision],
    *,
    claimed: Mapping[PhoneNumber, Contact],
    loaded: Sequence[Lead],
) -> None:
    """Store what the decisions changed, each value once, in its last state. No operation begins a lead."""
    contacts: dict[PhoneNumber, Contact] = {}
    leads: dict[LeadId, Lead] = {}
    for decision in decisions:
        if decision.contact is not None:
            contacts[decision.contact.caller] = decision.contact
        leads.update((lead.id, lead) for lead in decision.leads)
    if changed := [contact for caller, contact in contacts.items() if contact != claimed[caller]]:
        uow.contacts.save_all(changed)
    if saves := [(leads[lead.id], lead.version) for lead in loaded if lead.id in leads]:
        uow.leads.save_all(saves)
    if events := [event for decision in decisions for event in decision.events]:
        uow.events.append_all(events)
    updates = [decision.updated for decision in decisions if decision.updated is not None]
    if applied := [update for update in updates if update.command.applies_to_calls]:
        copy_to_calls(uow, applied, {lead.id for lead in loaded})


def _keep(
    uow: UnitOfWork, decisions: Sequence[OperationDecision], targets: Sequence[Target | Refusal], keyring: Keyring
) -> None:
    """Keep the evidence of consent that came with updates, and every verdict."""
    updates = [decision.updated for decision in decisions if decision.updated is not None]
    if consents := [consent for update in updates if (consent := update.consent())]:
        uow.consents.append_all(consents)
    submissions = []
    for decision, target in zip(decisions, targets, strict=True):
        caller = target.caller if isinstance(target, Target) else None
        digest = digest_of(caller, decision.command.receipt.company_id, keyring) if caller else None
        submissions.append(decision.submission(caller_digest=digest))
    uow.submissions.append_all(submissions)
