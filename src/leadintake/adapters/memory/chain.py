"""`EventChain` in memory."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from leadintake.adapters.memory.owned import in_utc, owned_event
from leadintake.domain.errors import StaleWrite
from leadintake.domain.ports import UnsealedPage
from leadintake.domain.sealing import Head, KeptEvent

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime

    from leadintake.adapters.memory.rows import Rows
    from leadintake.adapters.memory.transaction import Transaction
    from leadintake.domain.company import CompanyId
    from leadintake.domain.event import Event, EventId
    from leadintake.domain.ports import Horizon
    from leadintake.domain.sealing import Segment


class MemoryChain:
    """`EventChain` in memory."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def head(self) -> Head:
        """Return the end of the chain."""
        return self._transaction.rows.heads.get(self._transaction.company_id, Head())

    def size(self) -> int:
        """Return how many events are sealed."""
        return sum(segment.count for segment in self._transaction.rows.segments.values())

    def unsealed(self, within: Horizon, *, after: EventId | None, limit: int) -> UnsealedPage:
        """Return a page of the events that are in no segment."""
        rows = self._transaction.rows
        ids = sorted(event_id for event_id in rows.events if after is None or event_id > after)[:limit]
        if within.begin >= within.end or not ids:
            return UnsealedPage([], None)
        found = self.find_events([event_id for event_id in ids if event_id not in rows.sealed_in])
        return UnsealedPage(list(found.values()), ids[-1] if len(ids) == limit else None)

    def append(self, segment: Segment, *, replacing: Head) -> None:
        """Keep the segment that comes after that head."""
        rows = self._transaction.hold_for([segment.company_id])
        if self.head().version != replacing.version or segment.number in rows.segments:
            raise StaleWrite
        rows.segments[segment.number] = replace(segment, sealed_at=in_utc(segment.sealed_at))
        rows.sealed_in.update(dict.fromkeys(segment.ids, segment.number))
        rows.heads[segment.company_id] = Head(number=segment.number, hash=segment.hash, version=replacing.version + 1)

    def segments(self, *, after: int, limit: int) -> Sequence[Segment]:
        """Return the segments of a higher number, in their order."""
        segments = self._transaction.rows.segments
        return [segments[number] for number in sorted(number for number in segments if number > after)[:limit]]

    def find_events(self, event_ids: Collection[EventId]) -> Mapping[EventId, KeptEvent]:
        """Return those of these events that are there."""
        events = self._transaction.rows.events
        return {event_id: _kept(event) for event_id in event_ids if (event := events.get(event_id)) is not None}

    def prune(self, *, before: datetime, at: datetime, limit: int) -> int:
        """Forget the events of old segments."""
        rows = self._transaction.hold()
        old = sorted(
            number
            for number, segment in rows.segments.items()
            if segment.sealed_at < before and segment.pruned_at is None
        )[:limit]
        for number in old:
            rows.events.update(dict.fromkeys(rows.segments[number].ids))
            rows.segments[number] = replace(rows.segments[number], salts=b"", pruned_at=in_utc(at))
        changed(rows, self._transaction.company_id)
        return sum(rows.segments[number].count for number in old)


def changed(rows: Rows, company_id: CompanyId) -> None:
    """Count a change of the chain: whoever has read it before must read again."""
    head = rows.heads.get(company_id, Head())
    rows.heads[company_id] = replace(head, version=head.version + 1)


def _kept(event: Event) -> KeptEvent:
    own = owned_event(event)
    return KeptEvent(
        company_id=own.company_id,
        id=own.id,
        kind=own.kind.value,
        lead_id=None if own.lead_id is None else str(own.lead_id),
        lead_version=own.lead_version,
        at=own.at,
        caller=own.caller.e164 if own.caller else "",
        details=own.details,
    )
