"""The directory: all that a company has set up and that a submission may name."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from leadintake.domain.owner import OfferId, OwnerKind, ScheduleId

if TYPE_CHECKING:
    from collections.abc import Mapping

    from leadintake.domain.attribution import TrafficSource, TrafficSourceId
    from leadintake.domain.company import Company
    from leadintake.domain.credential import LeadTokenId
    from leadintake.domain.owner import Offer, Owner, OwnerRef, Schedule


@dataclass(frozen=True, slots=True, kw_only=True)
class Directory:
    """A company's set-up as of `version`; every change makes a new version.

    Shape: only what is alive: revoked lead tokens are absent.
    """

    company: Company
    version: int
    schedules: Mapping[ScheduleId, Schedule] = field(default_factory=dict)
    offers: Mapping[OfferId, Offer] = field(default_factory=dict)
    traffic_sources: Mapping[TrafficSourceId, TrafficSource] = field(default_factory=dict)
    lead_tokens: Mapping[LeadTokenId, OwnerRef] = field(default_factory=dict)

    def owner(self, ref: OwnerRef) -> Owner | None:
        """Return the schedule or offer of that reference, or None."""
        if ref.kind is OwnerKind.SCHEDULE:
            return self.schedules.get(ScheduleId(ref.id))
        return self.offers.get(OfferId(ref.id))
