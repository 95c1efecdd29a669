"""Read leads: one, or a page of those that match."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from leadintake.domain.errors import NotFound
from leadintake.domain.lead import LeadStatus
from leadintake.domain.ports import LeadFilter
from leadintake.domain.use_cases.paging import Window

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from leadintake.domain.attribution import TrafficSourceId
    from leadintake.domain.company import CompanyId
    from leadintake.domain.lead import Lead, LeadId
    from leadintake.domain.owner import OfferId, OwnerRef
    from leadintake.domain.phone import PhoneNumber
    from leadintake.domain.ports import Clock, UnitOfWorkFactory

_SHOWN: Final = frozenset(LeadStatus) - {LeadStatus.REMOVED}


@dataclass(frozen=True, slots=True, kw_only=True)
class ListLeads(Window):
    """Which leads to list; None leaves a column open.

    Shape: without `statuses` all but the removed ones, which are hidden. `after` is the last lead of the page
    before; it takes the place of the page's number. `created_from` is inclusive, `created_to` is not. With `among`
    only so many leads, of the caller and the address if these are asked for, are looked at for one page.
    """

    company_id: CompanyId
    caller: PhoneNumber | None = None
    statuses: frozenset[LeadStatus] | None = None
    owner: OwnerRef | None = None
    offer_id: OfferId | None = None
    traffic_source_id: TrafficSourceId | None = None
    sub_id: str | None = None
    email: str | None = None
    created_from: datetime | None = None
    created_to: datetime | None = None
    after: LeadId | None = None
    among: int | None = None


@dataclass(frozen=True, slots=True)
class ListedLeads:
    """One page of leads, newest first.

    Shape: `total_count` is how many match in all; `next` is where the following page begins, None when this is the
    last one. Where not all were looked at, `total_count` is how many of those match, and `until` is where they end:
    looking on from there finds what is older.
    """

    leads: Sequence[Lead]
    total_count: int
    next: LeadId | None
    until: LeadId | None = None


def list_leads(command: ListLeads, *, reading: UnitOfWorkFactory, clock: Clock) -> ListedLeads:
    """Return that page of the company's leads, newest first, each as it looks now."""
    now = clock()
    wanted = LeadFilter(
        caller=command.caller,
        statuses=_SHOWN if command.statuses is None else command.statuses,
        owner=command.owner,
        offer_id=command.offer_id,
        traffic_source_id=command.traffic_source_id,
        sub_id=command.sub_id,
        email=command.email,
        created_from=command.created_from,
        created_to=command.created_to,
        after=command.after,
        at=now,
    )
    offset = 0 if command.after else command.offset
    with reading(command.company_id) as uow:
        # One more than is shown: whether there is a next page is known without counting.
        found = uow.leads.search(wanted, offset=offset, limit=command.per_page + 1, among=command.among)
    shown = [lead.seen(at=now) for lead in found.leads[: command.per_page]]
    following = shown[-1].id if len(found.leads) > len(shown) else None
    return ListedLeads(shown, found.total_count, following, None if following else found.until)


def read_lead(company_id: CompanyId, lead_id: LeadId, *, reading: UnitOfWorkFactory, clock: Clock) -> Lead:
    """Return one lead of the company as it looks now. Raises: NotFound: it has none of that id."""
    with reading(company_id) as uow:
        lead = uow.leads.find(lead_id)
    if lead is None:
        raise NotFound
    return lead.seen(at=clock())
