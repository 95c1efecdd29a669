"""Leads, and how they are searched."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime

    from leadintake.domain.attribution import TrafficSourceId
    from leadintake.domain.lead import Lead, LeadId, LeadStatus
    from leadintake.domain.owner import OfferId, OwnerRef
    from leadintake.domain.phone import PhoneNumber


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadFilter:
    """Which leads to list; None leaves a column open.

    Shape: `statuses` are those *seen* at `at`: a lead whose time is up counts as expired. `offer_id` finds the leads
    of the offer and of its schedules. `email` finds an address whatever the case of its letters A to Z.
    `created_from` is inclusive, `created_to` is not. `after` is the last lead of the page before: only what comes after
    it in the list is found, whether or not it is still there itself.
    """

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
    at: datetime


@dataclass(frozen=True, slots=True)
class LeadPage:
    """One page of leads, newest first, and how many match in all, those before `LeadFilter.after` included.

    Shape: where not all were looked at, `total_count` counts those that were, and `until` is the last of them; None
    when nothing is left to look at.
    """

    leads: Sequence[Lead]
    total_count: int
    until: LeadId | None = None


class LeadRepository(Protocol):
    """The company's leads: at most one live one per owner and caller."""

    def live_of(self, callers: Collection[PhoneNumber]) -> Sequence[Lead]:
        """Return the live leads of these callers under any owner, oldest first."""

    def find(self, lead_id: LeadId) -> Lead | None:
        """Return that lead, or None."""

    def find_all(self, lead_ids: Collection[LeadId]) -> Sequence[Lead]:
        """Return those of these leads that exist, oldest first."""

    def of_callers(
        self, callers: Collection[PhoneNumber], *, owner: OwnerRef | None = None, since: datetime | None = None
    ) -> Sequence[Lead]:
        """Return the leads of these callers, live and ended, oldest first.

        Args:
            callers: Whose.
            owner: Under this owner only.
            since: Created then or later only.
        """

    def newest_of(self, owner: OwnerRef, callers: Collection[PhoneNumber]) -> Mapping[PhoneNumber, Lead]:
        """Return the newest lead, live or ended, that each of these callers has under the owner."""

    def count_from_ip(self, remote_ip: str, owner: OwnerRef, *, since: datetime) -> int:
        """Count the owner's leads with that `counted_ip` that were created then or later.

        Nobody else counts that address for that owner until the unit ends, so that a limit holds. Claim the callers
        first, and count in order of owners and addresses, so that two units cannot block each other.
        Raises: Unavailable: somebody else held it for too long.
        """

    def due_to_expire(self, *, at: datetime, limit: int) -> Sequence[Lead]:
        """Return live leads whose time is up, then those whose time for their plan is up, without holding them.

        The longest overdue come first, of each kind.
        """

    def search(self, wanted: LeadFilter, *, offset: int, limit: int, among: int | None = None) -> LeadPage:
        """Return the leads that match, newest first: in the order of their identifiers, which count up.

        Args:
            wanted: Which.
            offset: How many of them to leave out.
            limit: How many to return.
            among: Look only at so many of the leads of that caller, address and time behind `wanted.after`; as for
                the time, identifiers follow the clock. Another filter, that few leads match, would read all of them.
                None looks at all.
        """

    def add_all(self, leads: Collection[Lead]) -> None:
        """Insert new leads; they are found by whoever reads in this unit.

        Raises: StaleWrite: the owner has a live lead for that caller already. At the latest the commit says so.
        """

    def save_all(self, changes: Collection[tuple[Lead, int]]) -> None:
        """Replace leads that are stored in the version that stands beside each.

        Raises: StaleWrite: one of them is stored in another version, or not at all.
        """

    def erase(self, caller: PhoneNumber) -> int:
        """Destroy all leads of a claimed caller, from the commit on; return how many there were."""
