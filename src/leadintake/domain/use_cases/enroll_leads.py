"""Enroll leads: start callers under their owners, once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadintake.domain.claims import Claim, EnrollLead, examine
from leadintake.domain.enrollment import Decision, Snapshot, decide, refuse

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from leadintake.domain.contact import Contact
    from leadintake.domain.lead import Lead, LeadId
    from leadintake.domain.phone import PhoneNumber
    from leadintake.domain.ports import Clock, NewId, UnitOfWork, UnitOfWorkFactory


def enroll_leads(
    commands: Sequence[EnrollLead], *, unit_of_work: UnitOfWorkFactory, clock: Clock, new_id: NewId
) -> Sequence[Decision]:
    """Judge a batch of one company's submissions and keep every verdict with its effect, in one commit.

    Args:
        commands: At least one, all of one company; a later one sees what the earlier ones did.

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
        callers = {claim.caller for claim in examined if isinstance(claim, Claim)}
        claimed = uow.contacts.claim(callers, at=clock()) if callers else {}
        # Only callers who were stored before can have leads; most batches are new callers and skip the question.
        stored = [caller for caller, contact in claimed.items() if not contact.is_new]
        live = uow.leads.live_of(stored) if stored else ()
        # The moment is taken once everybody is held, so that no later unit decides at an earlier one.
        now = clock()
        snapshot = Snapshot(
            directory=directory, contacts=dict(claimed), leads={(lead.caller, lead.owner): lead for lead in live}
        )
        decisions: list[Decision] = []
        for command, claim in zip(commands, examined, strict=True):
            if isinstance(claim, Claim):
                decision = decide(claim, snapshot, now=now, new_id=new_id)
            else:
                decision = refuse(command, claim, directory)
            snapshot.after(decision)
            decisions.append(decision)
        _write(uow, decisions, claimed=claimed, live=live)
        uow.commit()
    return decisions


def _write(
    uow: UnitOfWork, decisions: Sequence[Decision], *, claimed: Mapping[PhoneNumber, Contact], live: Sequence[Lead]
) -> None:
    """Store what the decisions changed, each value once, in its last state."""
    contacts: dict[PhoneNumber, Contact] = {}
    leads: dict[LeadId, Lead] = {}
    for decision in decisions:
        if decision.contact is not None:
            contacts[decision.contact.caller] = decision.contact
        leads.update((lead.id, lead) for lead in decision.leads)
    changed = [contact for caller, contact in contacts.items() if contact.is_new or contact != claimed[caller]]
    if changed:
        uow.contacts.save_all(changed)
    known = {lead.id: lead.version for lead in live}
    # Ended leads first: the place of an expired lead must be free before its successor takes it.
    if saves := [(lead, known[lead.id]) for lead in leads.values() if lead.id in known]:
        uow.leads.save_all(saves)
    if new := [lead for lead in leads.values() if lead.id not in known]:
        uow.leads.add_all(new)
    if events := [event for decision in decisions for event in decision.events]:
        uow.events.append_all(events)
    uow.submissions.append_all([decision.submission() for decision in decisions])
