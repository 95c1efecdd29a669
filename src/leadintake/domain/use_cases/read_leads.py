"""Read leads: one, or a page of those that match."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from leadintake.domain.errors import NotFound
from leadintake.domain.ports import LeadFilter, LeadPage

if TYPE_CHECKING:
    from leadintake.domain.company import CompanyId
    from leadintake.domain.lead import Lead, LeadId, LeadStatus
    from leadintake.domain.owner import OwnerRef
    from leadintake.domain.phone import PhoneNumber
    from leadintake.domain.ports import Clock, UnitOfWorkFactory


@dataclass(frozen=True, slots=True, kw_only=True)
class ListLeads:
    """Which leads to list; None leaves a column open. Pages count from 1."""

    company_id: CompanyId
    caller: PhoneNumber | None = None
    statuses: frozenset[LeadStatus] | None = None
    owner: OwnerRef | None = None
    page: int = 1
    per_page: int = 25


def list_leads(command: ListLeads, *, reading: UnitOfWorkFactory, clock: Clock) -> LeadPage:
    """Return that page of the company's leads, newest first, each as it looks now."""
    now = clock()
    wanted = LeadFilter(caller=command.caller, statuses=command.statuses, owner=command.owner, at=now)
    with reading(command.company_id) as uow:
        found = uow.leads.search(wanted, offset=(command.page - 1) * command.per_page, limit=command.per_page)
    return replace(found, leads=[lead.seen(at=now) for lead in found.leads])


def read_lead(company_id: CompanyId, lead_id: LeadId, *, reading: UnitOfWorkFactory, clock: Clock) -> Lead:
    """Return one lead of the company as it looks now. Raises: NotFound: it has none of that id."""
    with reading(company_id) as uow:
        lead = uow.leads.find(lead_id)
    if lead is None:
        raise NotFound
    return lead.seen(at=clock())
