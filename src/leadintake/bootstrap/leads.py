"""Leads, read and changed."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from leadintake.domain.use_cases.change_lead import ChangeLead, RemoveLead, change_lead, remove_lead
from leadintake.domain.use_cases.read_consents import list_consents
from leadintake.domain.use_cases.read_lead_record import LeadRecord, read_lead_record
from leadintake.domain.use_cases.read_leads import ListedLeads, ListLeads, list_leads, read_lead
from leadintake.domain.use_cases.review_lead_token import LeadsSince, ListedLeadsSince, leads_since

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from leadintake.bootstrap.ports import Ports
    from leadintake.domain.company import CompanyId
    from leadintake.domain.consent import Consent
    from leadintake.domain.lead import Lead, LeadId


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class LeadServices:
    """What is done with leads that are there."""

    list_leads: Callable[[ListLeads], ListedLeads]
    read_lead: Callable[[CompanyId, LeadId], Lead]
    read_lead_record: Callable[[CompanyId, LeadId], LeadRecord]
    change_lead: Callable[[ChangeLead], Lead]
    remove_lead: Callable[[RemoveLead], Lead]
    list_consents: Callable[[CompanyId, LeadId], Sequence[Consent]]
    leads_since: Callable[[LeadsSince], ListedLeadsSince]


def wire_leads(ports: Ports) -> LeadServices:
    """Bind what is done with leads to these ports."""
    return LeadServices(
        list_leads=partial(list_leads, reading=ports.reading, clock=ports.clock),
        read_lead=partial(read_lead, reading=ports.reading, clock=ports.clock),
        read_lead_record=partial(read_lead_record, reading=ports.reading, clock=ports.clock),
        change_lead=partial(change_lead, unit_of_work=ports.unit_of_work, clock=ports.clock, new_id=ports.new_id),
        remove_lead=partial(remove_lead, unit_of_work=ports.unit_of_work, clock=ports.clock, new_id=ports.new_id),
        list_consents=partial(list_consents, reading=ports.reading),
        leads_since=partial(leads_since, reading=ports.reading),
    )
