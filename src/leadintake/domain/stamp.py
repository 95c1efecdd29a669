"""Stamps: what a call or a conversion takes from its lead when it is recorded, and keeps for good."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from leadintake.domain.attribution import UNATTRIBUTED, Attribution
from leadintake.domain.phone import country_of

if TYPE_CHECKING:
    from leadintake.domain.lead import Lead, LeadId
    from leadintake.domain.owner import OwnerRef
    from leadintake.domain.phone import PhoneNumber


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamp:
    """Whom something is counted under, as it was then.

    Shape: `lead_id`, `owner` and the attribution are those of the lead, and empty where none was known of the caller.
    `country` is the caller's, as the lead's answers show it. `caller` is None once they are erased; `lead_id` then
    names a lead that is no more.
    Source: specification, section 7: "later changes to the lead do not rewrite history".
    """

    lead_id: LeadId | None = None
    caller: PhoneNumber | None = None
    owner: OwnerRef | None = None
    attribution: Attribution = UNATTRIBUTED
    country: str | None = None

    @classmethod
    def of(cls, lead: Lead) -> Stamp:
        """Return the stamp of a lead as it is."""
        return cls(
            lead_id=lead.id,
            caller=lead.caller,
            owner=lead.owner,
            attribution=lead.attribution,
            country=country_of(lead.caller),
        )

    @classmethod
    def of_stranger(cls, caller: PhoneNumber, *, owner: OwnerRef | None = None) -> Stamp:
        """Return the stamp of somebody without a lead: they are counted under their country, and whom they called."""
        return cls(caller=caller, owner=owner, country=country_of(caller))

    def erased(self) -> Stamp:
        """Return this stamp without the person."""
        return replace(self, caller=None)
