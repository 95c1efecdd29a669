"""Expire due leads: end those whose time is up, and lead those past their plan out of it, though nobody asks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadintake.domain.errors import Conflict, Unavailable
from leadintake.domain.facts import of_time
from leadintake.domain.submitted_lead import settled

if TYPE_CHECKING:
    from leadintake.domain.company import CompanyId
    from leadintake.domain.ports import Clock, Installation, NewId, UnitOfWorkFactory


def expire_due_leads(
    *,
    installation: Installation,
    reading: UnitOfWorkFactory,
    unit_of_work: UnitOfWorkFactory,
    clock: Clock,
    new_id: NewId,
    batch_size: int = 500,
) -> int:
    """Settle every due lead of every company, a batch in one commit, and return how many leads changed.

    Any number of processes may do this at once: who comes second finds the leads settled.

    Raises: StaleWrite, Unavailable: something was left for the next time; all other companies are done.
    """
    count, left_over = 0, None
    for company_id in installation.companies_with_due_leads(at=clock()):
        try:
            while due := _settle_some(
                company_id, reading=reading, unit_of_work=unit_of_work, clock=clock, new_id=new_id, limit=batch_size
            ):
                count += due
        except (Conflict, Unavailable) as refusal:
            left_over = refusal
    if left_over is not None:
        raise left_over
    return count


def _settle_some(
    company_id: CompanyId,
    *,
    reading: UnitOfWorkFactory,
    unit_of_work: UnitOfWorkFactory,
    clock: Clock,
    new_id: NewId,
    limit: int,
) -> int:
    """Settle the longest overdue leads of a company and return how many changed."""
    with reading(company_id) as uow:
        callers = {lead.caller for lead in uow.leads.due_to_expire(at=clock(), limit=limit)}
    if not callers:
        # Nearly always: nobody is held up by a unit that has nothing to write.
        return 0
    with unit_of_work(company_id) as uow:
        directory = uow.directory.current()
        uow.contacts.claim(callers, at=clock())
        # Held from here on: a submission that settled the lead meanwhile, or gave it more time, is seen.
        live, now = uow.leads.live_of(callers), clock()
        changes = [(settled(lead, directory.owner(lead.owner), at=now), lead) for lead in live]
        changes = [(after, before) for after, before in changes if after is not before]
        uow.leads.save_all([(after, before.version) for after, before in changes])
        uow.events.append_all([of_time(after, now=now, new_id=new_id) for after, _ in changes])
        uow.commit()
    return len(changes)
