"""What companies have set up, but for credentials and users."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Protocol

from leadintake.domain.use_cases.found_company import FoundCompany, FoundedCompany, found_company
from leadintake.domain.use_cases.manage_company import CompanyData, change_company
from leadintake.domain.use_cases.manage_contact_fields import (
    ContactFieldData,
    add_contact_field,
    change_contact_field,
    list_contact_fields,
    read_contact_field,
    remove_contact_field,
)
from leadintake.domain.use_cases.manage_offers import OfferData, add_offer, change_offer, list_offers, read_offer
from leadintake.domain.use_cases.manage_schedules import (
    ScheduleData,
    add_schedule,
    change_schedule,
    list_schedules,
    read_schedule,
)
from leadintake.domain.use_cases.manage_suppression_lists import (
    ChangedEntries,
    SuppressionListData,
    add_suppression_list,
    change_suppression_list,
    list_suppressed_callers,
    list_suppression_lists,
    read_suppression_list,
    release_callers,
    remove_suppression_list,
    suppress_callers,
)
from leadintake.domain.use_cases.manage_traffic_sources import (
    TrafficSourceData,
    add_traffic_source,
    change_traffic_source,
    list_traffic_sources,
    read_traffic_source,
)
from leadintake.domain.use_cases.publish_posting_page import (
    PublishedOwner,
    find_posting_page,
    read_posting_page,
    switch_posting_page,
)
from leadintake.domain.use_cases.read_directory import list_companies, read_directory
from leadintake.domain.use_cases.try_rules import Trial, TryRules, try_rules

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from leadintake.bootstrap.ports import Ports
    from leadintake.domain.attribution import TrafficSource, TrafficSourceId
    from leadintake.domain.company import Company, CompanyId
    from leadintake.domain.contact_field import ContactField
    from leadintake.domain.directory import Directory
    from leadintake.domain.minting import Mint
    from leadintake.domain.owner import Offer, OfferId, OwnerRef, Schedule, ScheduleId
    from leadintake.domain.posting_page import PostingPage, PostingPageId
    from leadintake.domain.suppression import SuppressedCaller, SuppressionList, SuppressionListId
    from leadintake.domain.use_cases.paging import Page, Wanted, Window
    from leadintake.domain.use_cases.replay_submissions import ReadKept


class SwitchPostingPage(Protocol):
    """`switch_posting_page` with its ports bound."""

    def __call__(self, company_id: CompanyId, owner: OwnerRef, *, is_on: bool) -> PostingPage | None:
        """Return the page, None when it is off."""


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class SetUpServices:
    """Companies with their schedules, offers, sources, fields, suppression lists and posting pages."""

    found_company: Callable[[FoundCompany], FoundedCompany]
    list_companies: Callable[[], Sequence[Company]]
    read_directory: Callable[[CompanyId], Directory]
    change_company: Callable[[CompanyId, CompanyData], Company]
    list_schedules: Callable[[CompanyId, Wanted], Page[Schedule]]
    read_schedule: Callable[[CompanyId, ScheduleId], Schedule]
    add_schedule: Callable[[CompanyId, ScheduleData], Schedule]
    change_schedule: Callable[[CompanyId, ScheduleId, ScheduleData], Schedule]
    list_offers: Callable[[CompanyId, Wanted], Page[Offer]]
    read_offer: Callable[[CompanyId, OfferId], Offer]
    add_offer: Callable[[CompanyId, OfferData], Offer]
    change_offer: Callable[[CompanyId, OfferId, OfferData], Offer]
    try_rules: Callable[[TryRules, ReadKept], Trial]
    list_traffic_sources: Callable[[CompanyId, Wanted], Page[TrafficSource]]
    read_traffic_source: Callable[[CompanyId, TrafficSourceId], TrafficSource]
    add_traffic_source: Callable[[CompanyId, TrafficSourceData], TrafficSource]
    change_traffic_source: Callable[[CompanyId, TrafficSourceId, TrafficSourceData], TrafficSource]
    list_contact_fields: Callable[[CompanyId, OfferId, Window], Page[ContactField]]
    read_contact_field: Callable[[CompanyId, OfferId, str], ContactField]
    add_contact_field: Callable[[CompanyId, OfferId, ContactFieldData], ContactField]
    change_contact_field: Callable[[CompanyId, OfferId, str, ContactFieldData], ContactField]
    remove_contact_field: Callable[[CompanyId, OfferId, str], ContactField]
    list_suppression_lists: Callable[[CompanyId, Wanted], Page[SuppressionList]]
    read_suppression_list: Callable[[CompanyId, SuppressionListId], SuppressionList]
    add_suppression_list: Callable[[CompanyId, SuppressionListData], SuppressionList]
    change_suppression_list: Callable[[CompanyId, SuppressionListId, SuppressionListData], SuppressionList]
    remove_suppression_list: Callable[[CompanyId, SuppressionListId], SuppressionList]
    list_suppressed_callers: Callable[[CompanyId, SuppressionListId, Window], Page[SuppressedCaller]]
    suppress_callers: Callable[[CompanyId, SuppressionListId, Sequence[str]], ChangedEntries]
    release_callers: Callable[[CompanyId, SuppressionListId, Sequence[str]], ChangedEntries]
    find_posting_page: Callable[[CompanyId, OwnerRef], PostingPage | None]
    switch_posting_page: SwitchPostingPage
    read_posting_page: Callable[[PostingPageId], PublishedOwner]


def wire_set_up(ports: Ports, *, mint: Mint) -> SetUpServices:
    """Bind what is set up to these ports."""
    return SetUpServices(
        found_company=partial(
            found_company,
            installation=ports.installation,
            unit_of_work=ports.unit_of_work,
            passwords=ports.passwords,
            mint=mint,
        ),
        list_companies=partial(list_companies, installation=ports.installation),
        read_directory=partial(read_directory, reading=ports.reading),
        change_company=partial(change_company, unit_of_work=ports.unit_of_work),
        list_schedules=partial(list_schedules, reading=ports.reading),
        read_schedule=partial(read_schedule, reading=ports.reading),
        add_schedule=partial(add_schedule, unit_of_work=ports.unit_of_work, clock=ports.clock, mint=mint),
        change_schedule=partial(change_schedule, unit_of_work=ports.unit_of_work, clock=ports.clock),
        list_offers=partial(list_offers, reading=ports.reading),
        read_offer=partial(read_offer, reading=ports.reading),
        add_offer=partial(add_offer, unit_of_work=ports.unit_of_work, clock=ports.clock, mint=mint),
        change_offer=partial(change_offer, unit_of_work=ports.unit_of_work, clock=ports.clock),
        try_rules=partial(try_rules, reading=ports.reading, clock=ports.clock, new_id=ports.new_id),
        list_traffic_sources=partial(list_traffic_sources, reading=ports.reading),
        read_traffic_source=partial(read_traffic_source, reading=ports.reading),
        add_traffic_source=partial(add_traffic_source, unit_of_work=ports.unit_of_work, clock=ports.clock),
        change_traffic_source=partial(change_traffic_source, unit_of_work=ports.unit_of_work, clock=ports.clock),
        list_contact_fields=partial(list_contact_fields, reading=ports.reading),
        read_contact_field=partial(read_contact_field, reading=ports.reading),
        add_contact_field=partial(add_contact_field, unit_of_work=ports.unit_of_work),
        change_contact_field=partial(change_contact_field, unit_of_work=ports.unit_of_work),
        remove_contact_field=partial(remove_contact_field, unit_of_work=ports.unit_of_work),
        list_suppression_lists=partial(list_suppression_lists, reading=ports.reading),
        read_suppression_list=partial(read_suppression_list, reading=ports.reading),
        add_suppression_list=partial(add_suppression_list, unit_of_work=ports.unit_of_work),
        change_suppression_list=partial(change_suppression_list, unit_of_work=ports.unit_of_work),
        remove_suppression_list=partial(remove_suppression_list, unit_of_work=ports.unit_of_work),
        list_suppressed_callers=partial(list_suppressed_callers, reading=ports.reading),
        suppress_callers=partial(suppress_callers, unit_of_work=ports.unit_of_work, clock=ports.clock),
        release_callers=partial(release_callers, unit_of_work=ports.unit_of_work),
        find_posting_page=partial(find_posting_page, reading=ports.reading),
        switch_posting_page=partial(switch_posting_page, unit_of_work=ports.unit_of_work, mint=mint),
        read_posting_page=partial(read_posting_page, installation=ports.installation, reading=ports.reading),
    )
