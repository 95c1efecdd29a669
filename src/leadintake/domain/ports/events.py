"""Facts, and the chain that they are sealed in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime

    from leadintake.domain.company import CompanyId
    from leadintake.domain.event import Event, EventId, EventKind
    from leadintake.domain.lead import LeadId
    from leadintake.domain.phone import PhoneNumber
    from leadintake.domain.sealing import Head, KeptEvent, Segment


class EventLog(Protocol):
    """The company's facts, only ever appended."""

    def append_all(self, events: Collection[Event]) -> None:
        """Keep these facts, in this order."""

    def of_lead(self, lead_id: LeadId) -> Sequence[Event]:
        """Return the lead's events, oldest first."""

    def of_contact(self, caller: PhoneNumber) -> Sequence[Event]:
        """Return the facts about the contact itself, not those about its leads, oldest first."""

    def of_contacts_since(self, kind: EventKind, since: datetime) -> Sequence[Event]:
        """Return the facts of that kind about contacts themselves, of that moment or later, oldest first."""

    def erase(self, caller: PhoneNumber) -> int:
        """Take the caller and the details out of all events of that caller, and return how many there were.

        Those about the caller's leads are among them, sealed or not. The salts of the sealed ones are gone too; what
        is left of an event still verifies. Doing it twice is doing it once.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class Horizon:
    """A stretch of the order in which the store took events in; only the store knows what the places mean.

    Shape: `begin` is inclusive, `end` is not. `anchor` tells the store whether its places still mean the same.
    """

    begin: int = 0
    end: int = 2**63 - 1
    anchor: str = ""


@dataclass(frozen=True, slots=True)
class EventsToSeal:
    """Who has events within a horizon behind which no further event can come in, lowest number first."""

    company_ids: Sequence[CompanyId]
    horizon: Horizon


@dataclass(frozen=True, slots=True)
class UnsealedPage:
    """Events that are in no segment, in order of their identifiers.

    Shape: `after` asks for the next page, None says that there is none.
    """

    events: Sequence[KeptEvent]
    after: EventId | None


class EventChain(Protocol):
    """The company's events in hash-linked segments."""

    def head(self) -> Head:
        """Return the end of the chain."""

    def size(self) -> int:
        """Return how many events are sealed."""

    def unsealed(self, within: Horizon, *, after: EventId | None, limit: int) -> UnsealedPage:
        """Return a page of the events within the horizon that are in no segment.

        Shape: a page may be empty though others come after it. Nobody is held, and nobody is waited for.
        """

    def append(self, segment: Segment, *, replacing: Head) -> None:
        """Keep the segment that comes after that head.

        Raises, here or at the commit: StaleWrite: the chain has changed since that head was read.
        """

    def segments(self, *, after: int, limit: int) -> Sequence[Segment]:
        """Return the segments of a higher number, in their order."""

    def find_events(self, event_ids: Collection[EventId]) -> Mapping[EventId, KeptEvent]:
        """Return those of these events that the store still has, as they are there."""

    def prune(self, *, before: datetime, at: datetime, limit: int) -> int:
        """Forget the events of up to so many segments that were sealed before then, and return how many events.

        The segments stay, marked as pruned at `at` and without salts: the chain stays valid.
        """
