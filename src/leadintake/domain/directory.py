"""The directory: all that a company has set up and that a submission may name."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from leadintake.domain.attribution import TrafficSourceId
from leadintake.domain.owner import OfferId, OwnerKind, OwnerRef, ScheduleId, offer_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from leadintake.domain.attribution import TrafficSource
    from leadintake.domain.company import Company
    from leadintake.domain.contact_field import ContactField
    from leadintake.domain.credential import LeadTokenId, TokenGrant
    from leadintake.domain.owner import Offer, Owner, Schedule
    from leadintake.domain.suppression import SuppressionList, SuppressionListId

_MOST_SOURCE_DIGITS = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Directory:
    """A company's set-up as of `version`; every change makes a new version.

    Shape: only what is alive: revoked lead tokens are absent; one that expires is there to its end and may be found
    after it, so ask `grant`. `contact_fields` has the offers that describe any,
    their fields in the order in which they are shown. `has_erased` says that there may be callers who were erased.
    """

    company: Company
    version: int
    schedules: Mapping[ScheduleId, Schedule] = field(default_factory=dict)
    offers: Mapping[OfferId, Offer] = field(default_factory=dict)
    traffic_sources: Mapping[TrafficSourceId, TrafficSource] = field(default_factory=dict)
    lead_tokens: Mapping[LeadTokenId, TokenGrant] = field(default_factory=dict)
    contact_fields: Mapping[OfferId, tuple[ContactField, ...]] = field(default_factory=dict)
    suppression_lists: Mapping[SuppressionListId, SuppressionList] = field(default_factory=dict)
    has_erased: bool = False
    _sources_named: Mapping[str, TrafficSourceId] = field(init=False, repr=False, compare=False, default_factory=dict)

    def __post_init__(self) -> None:
        """Note what the traffic sources are called elsewhere: a submission that names one so must not look at all."""
        named = {each.external_id: each.id for each in self.traffic_sources.values() if each.external_id is not None}
        object.__setattr__(self, "_sources_named", named)

    def source_number(self, named: str) -> TrafficSourceId | None:
        """Return the number of the traffic source that is named by its number or by its external id.

        Digits are a number, always: else a source that gets that number one day would take over what was another's.
        """
        if named.isascii() and named.isdigit():
            return TrafficSourceId(int(named)) if len(named) <= _MOST_SOURCE_DIGITS else None
        return self._sources_named.get(named)

    def owner(self, ref: OwnerRef) -> Owner | None:
        """Return the schedule or offer of that reference, or None."""
        if ref.kind is OwnerKind.SCHEDULE:
            return self.schedules.get(ScheduleId(ref.id))
        return self.offers.get(OfferId(ref.id))

    def grant(self, lead_token_id: LeadTokenId | None, *, at: datetime) -> TokenGrant | None:
        """Return what the lead token lets its senders do, None when it is revoked, expired or none of the company's."""
        grant = None if lead_token_id is None else self.lead_tokens.get(lead_token_id)
        if grant is None or (grant.expires_at is not None and grant.expires_at <= at):
            return None
        return grant

    def fields_of(self, owner: Owner) -> tuple[ContactField, ...]:
        """Return the contact fields that hold for the owner's leads: those of its offer."""
        offer_id = offer_of(owner)
        return () if offer_id is None else self.contact_fields.get(offer_id, ())

    def lists_for(self, owner: Owner) -> frozenset[SuppressionListId]:
        """Return the suppression lists that hold for the owner's leads: the company's and those of its offer."""
        offer_id = offer_of(owner)
        return frozenset(each.id for each in self.suppression_lists.values() if each.offer_id in {None, offer_id})

    def owners_in_offer(self, owner: Owner) -> frozenset[OwnerRef]:
        """Return the offer that the owner is or belongs to and all its schedules; the owner alone if it has none."""
        offer_id = offer_of(owner)
        if offer_id is None:
            return frozenset({owner.ref})
        schedules = (schedule.ref for schedule in self.schedules.values() if schedule.offer_id == offer_id)
        return frozenset({OwnerRef(OwnerKind.OFFER, offer_id), *schedules})
