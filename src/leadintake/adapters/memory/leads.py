"""Leads in memory."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from leadintake.adapters.memory.owned import frozen, owned_lead
from leadintake.adapters.memory.rows import NO_LIVE_LEADS
from leadintake.domain.errors import StaleWrite
from leadintake.domain.lead import searched_email
from leadintake.domain.owner import OfferId, OwnerKind, ScheduleId
from leadintake.domain.ports import LeadPage

if TYPE_CHECKING:
    from collections import ChainMap
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime
    from uuid import UUID

    from leadintake.adapters.memory.rows import Live
    from leadintake.adapters.memory.transaction import Transaction
    from leadintake.domain.lead import Lead, LeadId
    from leadintake.domain.owner import OwnerRef, Schedule
    from leadintake.domain.phone import PhoneNumber
    from leadintake.domain.ports import LeadFilter

Leads: TypeAlias = "ChainMap[LeadId, Lead]"


class MemoryLeads:
    """`LeadRepository` in memory. A refused write changes nothing."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def live_of(self, callers: Collection[PhoneNumber]) -> Sequence[Lead]:
        """Return the live leads of these callers under any owner, oldest first."""
        rows = self._transaction.rows
        live = (rows.leads[lead_id] for caller in set(callers) for lead_id in rows.live.get(caller, {}).values())
        return sorted(live, key=_age)

    def find(self, lead_id: LeadId) -> Lead | None:
        """Return that lead, or None."""
        return self._transaction.rows.leads.get(lead_id)

    def find_all(self, lead_ids: Collection[LeadId]) -> Sequence[Lead]:
        """Return those of these leads that exist, oldest first."""
        leads = self._transaction.rows.leads
        return sorted((leads[lead_id] for lead_id in set(lead_ids) if lead_id in leads), key=_age)

    def of_callers(
        self, callers: Collection[PhoneNumber], *, owner: OwnerRef | None = None, since: datetime | None = None
    ) -> Sequence[Lead]:
        """Return the leads of these callers, live and ended, oldest first."""
        rows = self._transaction.rows
        leads = (rows.leads[lead_id] for caller in set(callers) for lead_id in rows.leads_of.get(caller, ()))
        found = (lead for lead in leads if owner is None or lead.owner == owner)
        return sorted((lead for lead in found if since is None or lead.created_at >= since), key=_age)

    def newest_of(self, owner: OwnerRef, callers: Collection[PhoneNumber]) -> Mapping[PhoneNumber, Lead]:
        """Return the newest lead, live or ended, that each of these callers has under the owner."""
        return {lead.caller: lead for lead in self.of_callers(callers, owner=owner)}

    def count_from_ip(self, remote_ip: str, owner: OwnerRef, *, since: datetime) -> int:
        """Count the owner's leads with that `counted_ip` that were created then or later."""
        leads = self._transaction.hold().leads.values()
        mine = (lead for lead in leads if lead.owner == owner and lead.counted_ip == remote_ip)
        return sum(lead.created_at >= since for lead in mine)

    def due_to_expire(self, *, at: datetime, limit: int) -> Sequence[Lead]:
        """Return live leads whose time is up, then those whose time for their plan is up, without holding them."""
        leads = self._transaction.rows.leads.values()
        expiring = [lead for lead in leads if lead.is_due_to_expire(at=at)]
        leaving = [lead for lead in leads if not lead.is_due_to_expire(at=at) and lead.is_due_to_leave_plan(at=at)]
        expiring.sort(key=lambda lead: (lead.expires_at, lead.id))
        leaving.sort(key=lambda lead: (lead.plan_expires_at, lead.id))
        return [*expiring, *leaving][:limit]

    def search(self, wanted: LeadFilter, *, offset: int, limit: int, among: int | None = None) -> LeadPage:
        """Return the leads that match, newest first."""
        rows = self._transaction.rows
        schedules = rows.directory.schedules if rows.directory else {}
        if among is not None:
            return self._search_among(wanted, schedules, slice(offset, offset + limit), among)
        found = [lead for lead in rows.leads.values() if _matches(lead, wanted, schedules)]
        found.sort(key=_age, reverse=True)
        listed = found if wanted.after is None else [lead for lead in found if lead.id < wanted.after]
        return LeadPage(listed[offset : offset + limit], len(found))

    def _search_among(
        self, wanted: LeadFilter, schedules: Mapping[ScheduleId, Schedule], part: slice, among: int
    ) -> LeadPage:
        """Return the part of what matches of the first leads there are behind `wanted.after`, in its time."""
        leads = (lead for lead in self._transaction.rows.leads.values() if _is_indexed(lead, wanted))
        ordered = sorted((lead for lead in leads if wanted.after is None or lead.id < wanted.after), key=_age)[::-1]
        found = [lead for lead in ordered[:among] if _matches(lead, wanted, schedules)]
        return LeadPage(found[part], len(found), ordered[among - 1].id if len(ordered) > among else None)

    def add_all(self, leads: Collection[Lead]) -> None:
        """Insert new leads."""
        rows = self._transaction.hold_for(lead.company_id for lead in leads)
        all_leads, live = rows.leads.new_child(), rows.live.new_child()
        for lead in leads:
            if lead.id in all_leads:
                raise StaleWrite
            _put(lead, all_leads, live)
        _keep(all_leads, live)
        for lead in leads:
            rows.leads_of[lead.caller] = (*rows.leads_of.get(lead.caller, ()), lead.id)

    def save_all(self, changes: Collection[tuple[Lead, int]]) -> None:
        """Replace leads that are stored in the version that stands beside each."""
        rows = self._transaction.hold_for(lead.company_id for lead, _ in changes)
        all_leads, live = rows.leads.new_child(), rows.live.new_child()
        for lead, expected in changes:
            before = all_leads.get(lead.id)
            if before is None or before.version != expected:
                raise StaleWrite
            if before.is_live:
                others = live[before.caller]
                live[before.caller] = frozen({owner: id_ for owner, id_ in others.items() if owner != before.owner})
            _put(lead, all_leads, live)
        _keep(all_leads, live)

    def erase(self, caller: PhoneNumber) -> int:
        """Destroy all leads of a claimed caller, from the commit on; return how many there were."""
        rows = self._transaction.hold()
        count = rows.destroy("leads", rows.leads_of.get(caller, ()))
        rows.destroy("live", [caller])
        rows.destroy("leads_of", [caller])
        return count


def _put(lead: Lead, leads: Leads, live: Live) -> None:
    """Store one lead. Raises: StaleWrite: the owner has a live lead for that caller already."""
    if lead.is_live:
        others = live.get(lead.caller, NO_LIVE_LEADS)
        if lead.owner in others:
            raise StaleWrite
        live[lead.caller] = frozen({**others, lead.owner: lead.id})
    leads[lead.id] = owned_lead(lead)


def _keep(leads: Leads, live: Live) -> None:
    """Move what was tried out in a layer of its own into the unit's."""
    leads.parents.update(leads.maps[0])
    live.parents.update(live.maps[0])


def _age(lead: Lead) -> UUID:
    """Order leads by their identifiers, which count up."""
    return lead.id


def _is_indexed(lead: Lead, wanted: LeadFilter) -> bool:
    """Say whether what the store finds at once is as wanted."""
    return (
        (wanted.caller is None or lead.caller == wanted.caller)
        and (wanted.email is None or _has_address(lead, wanted.email))
        and (wanted.created_from is None or lead.created_at >= wanted.created_from)
        and (wanted.created_to is None or lead.created_at < wanted.created_to)
    )


def _has_address(lead: Lead, email: str) -> bool:
    return lead.email is not None and searched_email(lead.email) == searched_email(email)


def _matches(lead: Lead, wanted: LeadFilter, schedules: Mapping[ScheduleId, Schedule]) -> bool:
    return (
        _is_indexed(lead, wanted)
        and (wanted.owner is None or lead.owner == wanted.owner)
        and (wanted.offer_id is None or _offer_of(lead.owner, schedules) == wanted.offer_id)
        and (wanted.traffic_source_id is None or lead.attribution.traffic_source_id == wanted.traffic_source_id)
        and (wanted.sub_id is None or lead.attribution.sub_id == wanted.sub_id)
        and (wanted.statuses is None or lead.seen(at=wanted.at).status in wanted.statuses)
    )


def _offer_of(owner: OwnerRef, schedules: Mapping[ScheduleId, Schedule]) -> OfferId | None:
    if owner.kind is OwnerKind.OFFER:
        return OfferId(owner.id)
    schedule = schedules.get(ScheduleId(owner.id))
    return schedule.offer_id if schedule else None
