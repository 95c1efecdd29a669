"""Undo wishes: lift the opt-outs and blocks that came by a lead token from a moment on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from leadintake.domain.errors import NotFound
from leadintake.domain.event import Event, EventId, EventKind

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from leadintake.domain.company import CompanyId
    from leadintake.domain.contact import Contact
    from leadintake.domain.credential import LeadTokenId
    from leadintake.domain.phone import PhoneNumber
    from leadintake.domain.ports import Clock, NewId, UnitOfWork, UnitOfWorkFactory

BATCH_SIZE: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class UndoWishes:
    """Lift what came by that lead token at `since` or later; a dry run lifts nothing, and says what would be."""

    company_id: CompanyId
    lead_token_id: LeadTokenId
    since: datetime
    came_by: str
    is_dry_run: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class UndoneWishes:
    """What was done: callers who may be contacted again, and wishes that did not stand any more or stand anew."""

    lifted: int
    unchanged: int


def undo_wishes(
    command: UndoWishes, *, reading: UnitOfWorkFactory, unit_of_work: UnitOfWorkFactory, clock: Clock, new_id: NewId
) -> UndoneWishes:
    """Lift opt-outs and blocks that came by a lead token, and no other; leads that ended with them stay ended.

    Raises: NotFound: the company has no such lead token. Unavailable, StaleWrite: what is lifted stays so; do it again.
    """
    with reading(command.company_id) as uow:
        if uow.directory.find_lead_token(command.lead_token_id) is None:
            raise NotFound
        facts = [
            fact
            for kind in (EventKind.CONTACT_OPTED_OUT, EventKind.CONTACT_BLOCKED)
            for fact in uow.events.of_contacts_since(kind, command.since)
            if fact.details.get("lead_token_id") == str(command.lead_token_id)
        ]
    by_caller: dict[PhoneNumber, list[Event]] = {}
    for fact in facts:
        if fact.caller is not None:
            by_caller.setdefault(fact.caller, []).append(fact)
    callers = sorted(by_caller, key=lambda caller: caller.e164)
    lifted = 0
    for start in range(0, len(callers), BATCH_SIZE):
        batch = {caller: by_caller[caller] for caller in callers[start : start + BATCH_SIZE]}
        with unit_of_work(command.company_id) as uow:
            lifted += _lift(batch, command, uow, clock, new_id)
            if not command.is_dry_run:
                uow.commit()
    return UndoneWishes(lifted=lifted, unchanged=len(callers) - lifted)


def _lift(
    batch: dict[PhoneNumber, list[Event]], command: UndoWishes, uow: UnitOfWork, clock: Clock, new_id: NewId
) -> int:
    """Lift a batch's wishes, and return how many callers that concerns."""
    claimed = uow.contacts.claim(batch.keys(), at=clock())
    now = clock()
    changed: list[Contact] = []
    told: list[Event] = []
    for caller, facts in batch.items():
        before = claimed[caller]
        after, undone = _lifted(before, facts)
        if undone:
            changed.append(after)
            told += [_told(fact, command, now, new_id) for fact in undone]
    if changed and not command.is_dry_run:
        uow.contacts.save_all(changed)
        uow.events.append_all(told)
    return len(changed)


def _lifted(contact: Contact, facts: Sequence[Event]) -> tuple[Contact, list[Event]]:
    """Return the contact without those of these wishes that are the very ones that stand, and which those were."""
    undone = []
    for fact in facts:
        # A wish that was lifted and said again since, by whomever, has another moment.
        if fact.kind is EventKind.CONTACT_OPTED_OUT and contact.opted_out_at == fact.at:
            contact = contact.lift_opt_out()
            undone.append(fact)
        elif fact.kind is EventKind.CONTACT_BLOCKED and contact.blocked_at == fact.at:
            contact = contact.unblock()
            undone.append(fact)
    return contact, undone


def _told(fact: Event, command: UndoWishes, now: datetime, new_id: NewId) -> Event:
    is_opt_out = fact.kind is EventKind.CONTACT_OPTED_OUT
    return Event(
        id=EventId(new_id()),
        company_id=command.company_id,
        kind=EventKind.CONTACT_OPT_OUT_LIFTED if is_opt_out else EventKind.CONTACT_UNBLOCKED,
        caller=fact.caller,
        lead_id=None,
        lead_version=None,
        at=now,
        details={
            "undoes": str(fact.id),
            "lead_token_id": str(command.lead_token_id),
            "came_by": command.came_by,
        },
    )
