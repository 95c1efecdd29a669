"""Sealing: events in segments, each of which names the hash of the one before, so that a later change shows.

What is hashed, byte for byte, stands in docs/audit.md: whoever has an export can verify it without this program.
Personal data enters the hash only as a salted digest. Without its salt a digest says nothing about the data, and is
still what was hashed; so a payload can be erased, and the chain stays valid.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import UTC
from enum import StrEnum
from hashlib import sha256
from json import JSONEncoder
from json.encoder import encode_basestring
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from uuid import UUID

from leadintake.domain.event import EventId

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence
    from datetime import datetime

    from leadintake.domain.company import CompanyId

HASH_BYTES: Final = 32
SALT_BYTES: Final = 16
NO_SALT: Final = bytes(SALT_BYTES)
"""Stands where a salt was, once it is erased."""
GENESIS: Final = bytes(HASH_BYTES)
"""What the first segment has in place of its predecessor's hash."""

_ID_BYTES: Final = 16
_MOST_NAMED: Final = 20
_MOST_OFF: Final = 4
_ENTRY_BYTES: Final = _ID_BYTES + 2 * HASH_BYTES
# What is written was read from JSON and cannot hold itself: it is not looked for.
_canonical = JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False, check_circular=False).encode


class KeptEvent(NamedTuple):
    """An event as the store has it, trusted in nothing: an audit must be able to read what somebody has spoilt.

    Shape: None for what cannot be read at all; `caller` and `details` are empty once the caller is erased. `lead_id`
    is the text that is hashed. A tuple, because every lead's event becomes one, in a quarter of a dataclass's time.
    """

    company_id: CompanyId
    id: EventId
    kind: str
    lead_id: str | None
    lead_version: int | None
    at: datetime | None
    caller: str
    details: Any

    @property
    def is_erased(self) -> bool:
        """Say whether nothing personal is left of it."""
        return not self.caller and not self.details


@dataclass(frozen=True, slots=True)
class SealedEvent:
    """What a segment holds of an event: its hash, and the digest of its personal payload that is part of it."""

    id: EventId
    digest: bytes
    hash: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """Events in their final order, linked to those before.

    Shape: `entries` is 80 bytes an event (identifier, digest, hash); `salts` 16 bytes an event, zeros for one that was
    erased, empty for a segment whose events were forgotten, at `pruned_at`, because they were old enough. `hash`
    covers everything but `salts` and `pruned_at`.
    """

    company_id: CompanyId
    number: int
    previous: bytes
    sealed_at: datetime
    entries: bytes
    salts: bytes
    hash: bytes
    pruned_at: datetime | None = None

    @property
    def count(self) -> int:
        """Return how many events it holds."""
        return len(self.entries) // _ENTRY_BYTES

    @property
    def ids(self) -> Sequence[EventId]:
        """Return its events in order."""
        return [EventId(UUID(bytes=event_id)) for event_id in ids_in(self.entries)]

    @property
    def bounds(self) -> tuple[EventId, EventId]:
        """Return the lowest and the highest identifier in it."""
        ids = ids_in(self.entries)
        return EventId(UUID(bytes=min(ids))), EventId(UUID(bytes=max(ids)))

    def events(self) -> Iterator[tuple[SealedEvent, bytes]]:
        """Yield what it holds of each event, and the event's salt."""
        for index, event_id in enumerate(self.ids):
            digest = index * _ENTRY_BYTES + _ID_BYTES
            middle, end = digest + HASH_BYTES, digest + 2 * HASH_BYTES
            salt = self.salts[index * SALT_BYTES : (index + 1) * SALT_BYTES]
            yield SealedEvent(event_id, self.entries[digest:middle], self.entries[middle:end]), salt

    def without_salts_of(self, event_ids: Collection[EventId]) -> Segment:
        """Return it with the salts of those of its events that are among these erased."""
        salts = bytearray(self.salts)
        for index, event_id in enumerate(self.ids):
            if event_id in event_ids and salts:
                salts[index * SALT_BYTES : (index + 1) * SALT_BYTES] = NO_SALT
        return replace(self, salts=bytes(salts))


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """The end of a company's chain. Noted down elsewhere it shows later that nothing before it was taken away.

    Shape: `version` counts every change of the chain, erasures included; 0 and `GENESIS` before the first segment.
    """

    number: int = 0
    hash: bytes = GENESIS
    version: int = 0


def ids_in(entries: bytes) -> Sequence[bytes]:
    """Return the identifiers of the events in a segment's entries, in order, 16 bytes each."""
    whole = len(entries) - len(entries) % _ENTRY_BYTES
    return [entries[at : at + _ID_BYTES] for at in range(0, whole, _ENTRY_BYTES)]


def payload_digest(event: KeptEvent, salt: bytes) -> bytes:
    """Return the salted digest of an event's personal payload."""
    return sha256(salt + _canonical({"caller": event.caller, "details": event.details}).encode()).digest()


def event_hash(event: KeptEvent, digest: bytes) -> bytes:
    """Return the hash over an event's facts, and over its personal payload by its digest."""
    return sha256((_plainly_written(event, digest) or _written_facts(event, digest)).encode()).digest()


def _written_facts(event: KeptEvent, digest: bytes) -> str:
    """Return what the hash of any event is made of."""
    facts = {
        "at": None if event.at is None else _written(event.at),
        "company_id": event.company_id,
        "id": str(event.id),
        "kind": event.kind,
        "lead_id": event.lead_id,
        "lead_version": event.lead_version,
        "payload": digest.hex(),
    }
    return _canonical(facts)


def _plainly_written(event: KeptEvent, digest: bytes) -> str | None:
    """Return the same of an event about a lead, as nearly all are, by hand: every lead pays for it.

    None for any other, and for one that somebody has spoilt.
    """
    at, lead_id, version = event.at, event.lead_id, event.lead_version
    if at is None or lead_id is None or type(version) is not int or type(event.company_id) is not int:
        return None
    return (
        f'{{"at":"{_written(at)}","company_id":{event.company_id},"id":"{event.id}",'
        f'"kind":{encode_basestring(event.kind)},"lead_id":"{lead_id}","lead_version":{version},'
        f'"payload":"{digest.hex()}"}}'
    )


def segment_hash(segment: Segment) -> bytes:
    """Return the hash that the segment must have."""
    header = {
        "company_id": segment.company_id,
        "count": segment.count,
        "number": segment.number,
        "previous": segment.previous.hex(),
        "sealed_at": _written(segment.sealed_at),
    }
    return sha256(_canonical(header).encode() + b"\n" + segment.entries).digest()


def sealed(company_id: CompanyId, events: Sequence[KeptEvent], *, after: Head, salts: bytes, at: datetime) -> Segment:
    """Return the segment of these events, in their order, next to that head; `salts` has 16 bytes for each."""
    entries = bytearray()
    for index, event in enumerate(events):
        digest = payload_digest(event, salts[index * SALT_BYTES : (index + 1) * SALT_BYTES])
        entries += event.id.bytes + digest + event_hash(event, digest)
    segment = Segment(
        company_id=company_id,
        number=after.number + 1,
        previous=after.hash,
        sealed_at=at,
        entries=bytes(entries),
        salts=salts,
        hash=b"",
    )
    return replace(segment, hash=segment_hash(segment))


def is_free(lease: tuple[str, datetime] | None, holder: str, *, at: datetime, until: datetime) -> bool:
    """Say whether the holder may take a lease: it is nobody's, their own, over, or made by a clock that is far off."""
    return lease is None or lease[0] == holder or lease[1] <= at or lease[1] - at > _MOST_OFF * (until - at)


class Flaw(StrEnum):
    """What an audit can find."""

    SEGMENT_MISSING = "segment_missing"
    SEGMENT_CHANGED = "segment_changed"
    SEGMENT_NOT_LINKED = "segment_not_linked"
    EVENT_MISSING = "event_missing"
    EVENT_CHANGED = "event_changed"
    PAYLOAD_CHANGED = "payload_changed"
    SALT_MISSING = "salt_missing"
    EVENT_NOT_SEALED = "event_not_sealed"
    HEAD_CHANGED = "head_changed"


@dataclass(frozen=True, slots=True)
class Flawed:
    """One thing that is not as it was sealed: a segment, those up to `last`, or one event."""

    flaw: Flaw
    number: int | None = None
    event_id: EventId | None = None
    last: int | None = None


@dataclass(slots=True, kw_only=True)
class Verification:
    """Walks along a chain and notes what is not as it was sealed.

    Shape: `heads` are the hashes that segments of certain numbers were noted to have. `verified`, `erased` and `pruned`
    count events; `flaws` counts what was found, and `named` holds the first of each kind.
    """

    company_id: CompanyId
    heads: Mapping[int, bytes]
    number: int = 0
    hash: bytes = GENESIS
    verified: int = 0
    erased: int = 0
    pruned: int = 0
    flaws: Counter[Flaw] = field(default_factory=Counter)
    named: list[Flawed] = field(default_factory=list)

    def walk(self, segment: Segment, events: Mapping[EventId, KeptEvent]) -> None:
        """Verify the next segment that there is, and its events as far as the store still has them."""
        self._miss(segment.number)
        computed = segment_hash(segment)
        if computed != segment.hash:
            self.note(Flawed(Flaw.SEGMENT_CHANGED, segment.number))
        elif segment.previous != self.hash and segment.number == self.number + 1:
            self.note(Flawed(Flaw.SEGMENT_NOT_LINKED, segment.number))
        if self.heads.get(segment.number, computed) != computed:
            self.note(Flawed(Flaw.HEAD_CHANGED, segment.number))
        self.number, self.hash = segment.number, segment.hash
        if segment.pruned_at is not None:
            self.pruned += segment.count
            return
        for held, salt in segment.events():
            self.verified += 1
            if flaw := self._flaw(held, salt, events.get(held.id)):
                self.note(Flawed(flaw, segment.number, held.id))

    def end(self, head: Head) -> None:
        """Note what is missing at the end, by the head that the store keeps and those that were noted down."""
        if self.number == head.number and self.hash != head.hash:
            self.note(Flawed(Flaw.SEGMENT_CHANGED, self.number))
        self._miss(max(head.number, *self.heads, 0) + 1)

    def note(self, flawed: Flawed) -> None:
        """Count a flaw, and name it unless there are many like it."""
        self.flaws[flawed.flaw] += 1
        if self.flaws[flawed.flaw] <= _MOST_NAMED:
            self.named.append(flawed)

    def _miss(self, up_to: int) -> None:
        if self.number + 1 < up_to:
            self.note(Flawed(Flaw.SEGMENT_MISSING, self.number + 1, last=up_to - 1))

    def _flaw(self, held: SealedEvent, salt: bytes, event: KeptEvent | None) -> Flaw | None:
        if event is None:
            return Flaw.EVENT_MISSING
        if event_hash(event, held.digest) != held.hash:
            return Flaw.EVENT_CHANGED
        if len(salt) == SALT_BYTES and salt != NO_SALT:
            return None if payload_digest(event, salt) == held.digest else Flaw.PAYLOAD_CHANGED
        if not event.is_erased:
            return Flaw.SALT_MISSING
        self.erased += 1
        return None


def _written(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="microseconds")
