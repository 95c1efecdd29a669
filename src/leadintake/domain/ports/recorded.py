"""Calls and conversions, and how they are searched."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime

    from leadintake.domain.attribution import TrafficSourceId
    from leadintake.domain.call import Call, CallId, Direction
    from leadintake.domain.conversion import Conversion, ConversionId
    from leadintake.domain.lead import LeadId
    from leadintake.domain.owner import OwnerRef
    from leadintake.domain.phone import PhoneNumber


@dataclass(frozen=True, slots=True, kw_only=True)
class StampFilter:
    """Which calls or conversions to list, by what they are stamped with; None leaves a column open."""

    caller: PhoneNumber | None = None
    lead_id: LeadId | None = None
    owner: OwnerRef | None = None
    traffic_source_id: TrafficSourceId | None = None
    sub_id: str | None = None
    country: str | None = None
    external_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CallFilter(StampFilter):
    """Which calls to list.

    Shape: `started_from` is inclusive, `started_to` is not. `after` is the last call of the page before.
    """

    direction: Direction | None = None
    is_connected: bool | None = None
    disposition: str | None = None
    started_from: datetime | None = None
    started_to: datetime | None = None
    after: CallId | None = None


@dataclass(frozen=True, slots=True)
class CallPage:
    """One page of calls, those recorded last first, and how many match in all, but no more than `MOST_COUNTED`."""

    calls: Sequence[Call]
    total_count: int


class CallRepository(Protocol):
    """The company's calls. No two of them have the same `external_id`."""

    def find(self, call_id: CallId) -> Call | None:
        """Return that call, or None."""

    def find_all(self, call_ids: Collection[CallId]) -> Sequence[Call]:
        """Return those of these calls that exist, those recorded first first."""

    def of_external_ids(self, external_ids: Collection[str]) -> Mapping[str, Call]:
        """Return the calls that are called so, each under its `external_id`."""

    def of_leads(self, lead_ids: Collection[LeadId]) -> Sequence[Call]:
        """Return the calls of these leads, those recorded first first."""

    def search(self, wanted: CallFilter, *, offset: int, limit: int) -> CallPage:
        """Return the calls that match, those recorded last first: in the order of their identifiers."""

    def add_all(self, calls: Collection[Call]) -> None:
        """Insert new calls; they are found by whoever reads in this unit.

        A unit that is inserting one of the same `external_id` is waited for. Raises, here or at the commit: StaleWrite:
        one of them is called as another one is already. Unavailable: the other unit took too long.
        """

    def save_all(self, changes: Collection[tuple[Call, int]]) -> None:
        """Replace calls that are stored in the version that stands beside each.

        Raises: StaleWrite: one of them is stored in another version, or not at all; or is called as another one is.
        """

    def erase(self, caller: PhoneNumber) -> int:
        """Take a claimed caller out of all their calls, as `Call.erased` does, and return how many there were."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversionFilter(StampFilter):
    """Which conversions to list.

    Shape: `occurred_from` is inclusive, `occurred_to` is not. `after` is the last conversion of the page before.
    """

    call_id: CallId | None = None
    kind: str | None = None
    is_reversed: bool | None = None
    occurred_from: datetime | None = None
    occurred_to: datetime | None = None
    after: ConversionId | None = None


@dataclass(frozen=True, slots=True)
class ConversionPage:
    """One page of conversions, those recorded last first, and how many match, but no more than `MOST_COUNTED`."""

    conversions: Sequence[Conversion]
    total_count: int


class ConversionRepository(Protocol):
    """The company's conversions. No two of them have the same `external_id`; a call may have it too."""

    def find(self, conversion_id: ConversionId) -> Conversion | None:
        """Return that conversion, or None."""

    def of_external_ids(self, external_ids: Collection[str]) -> Mapping[str, Conversion]:
        """Return the conversions that are called so, each under its `external_id`."""

    def of_leads(self, lead_ids: Collection[LeadId]) -> Sequence[Conversion]:
        """Return the conversions of these leads, those recorded first first."""

    def search(self, wanted: ConversionFilter, *, offset: int, limit: int) -> ConversionPage:
        """Return the conversions that match, those recorded last first: in the order of their identifiers."""

    def add_all(self, conversions: Collection[Conversion]) -> None:
        """Insert new conversions, as `CallRepository.add_all` does calls. Raises: StaleWrite, Unavailable: likewise."""

    def save_all(self, changes: Collection[tuple[Conversion, int]]) -> None:
        """Replace conversions that are stored in the version that stands beside each. Raises: StaleWrite: likewise."""

    def erase(self, caller: PhoneNumber) -> int:
        """Take a claimed caller out of all their conversions, and return how many there were."""
