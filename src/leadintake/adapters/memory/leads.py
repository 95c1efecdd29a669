"""Leads in memory."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from leadintake.adapters.memory.owned import frozen, owned_lead
from leadintake.adapters.memory.rows import NO_LIVE_LEADS
from leadintake.domain.errors import StaleWrite
from leadintake.domain.ports import LeadPage

if TYPE_CHECKING:
    from collections import ChainMap
    from collections.abc import Collection, Sequence
    from datetime import datetime
    from uuid import UUID

    from leadintake.adapters.memory.rows import Live
    from leadintake.adapters.memory.transaction import Transaction
    from leadintake.domain.lead import Lead, LeadId
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

    def search(self, wanted: LeadFilter, *, offset: int, limit: int) -> LeadPage:
        """Return the leads that match, newest first."""
        found = [lead for lead in self._transaction.rows.leads.values() if _matches(lead, wanted)]
        found.sort(key=_age, reverse=True)
        return LeadPage(found[offset : offset + limit], len(found))

    def add_all(self, leads: Collection[Lead]) -> None:
        """Insert new leads."""
        rows = self._transaction.hold_for(lead.company_id for lead in leads)
        all_leads, live = rows.leads.new_child(), rows.live.new_child()
        for lead in leads:
            if lead.id in all_leads:
                raise StaleWrite
            _put(lead, all_leads, live)
        _keep(all_leads, live)

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


def _age(lead: Lead) -> tuple[datetime, UUID]:
    """Order leads by when they came; those of one moment by their identifiers, which count up."""
    return lead.created_at, lead.id


def _matches(lead: Lead, wanted: LeadFilter) -> bool:
    return (
        (wanted.caller is None or lead.caller == wanted.caller)
        and (wanted.owner is None or lead.owner == wanted.owner)
        and (wanted.statuses is None or lead.seen(at=wanted.at).status in wanted.statuses)
    )
