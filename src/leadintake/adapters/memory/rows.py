"""One company's rows, and what a unit of work has changed in them."""

from __future__ import annotations

from collections import ChainMap
from dataclasses import dataclass, field, fields
from types import MappingProxyType
from typing import TYPE_CHECKING, TypeAlias, TypeVar

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import date, datetime
    from uuid import UUID

    from leadintake.domain.alarm import Alarm, AlarmKind
    from leadintake.domain.call import Call, CallId
    from leadintake.domain.company import CompanyId
    from leadintake.domain.consent import Consent
    from leadintake.domain.contact import Contact
    from leadintake.domain.conversion import Conversion, ConversionId
    from leadintake.domain.credential import ApiKey, ApiKeyId, LeadTokenCredential, LeadTokenId, Reveal
    from leadintake.domain.directory import Directory
    from leadintake.domain.erasure import ErasedCaller, Erasure
    from leadintake.domain.event import Event, EventId
    from leadintake.domain.idempotency import IdempotencyKey, IdempotencyRecord
    from leadintake.domain.lead import Lead, LeadId
    from leadintake.domain.owner import OwnerRef
    from leadintake.domain.phone import PhoneNumber
    from leadintake.domain.posting_page import PostingPage
    from leadintake.domain.rollup import Measures, RollupKey
    from leadintake.domain.sealing import Head, Segment
    from leadintake.domain.submission import KeptClass, Replay, Submission, SubmissionId
    from leadintake.domain.suppression import SuppressionListId
    from leadintake.domain.user import User, UserId

Key = TypeVar("Key")
Value = TypeVar("Value")
Live: TypeAlias = "ChainMap[PhoneNumber, Mapping[OwnerRef, LeadId]]"

NO_LIVE_LEADS: Mapping[OwnerRef, LeadId] = MappingProxyType({})
NO_LISTS: Mapping[SuppressionListId, datetime] = MappingProxyType({})


@dataclass(slots=True, kw_only=True)
class Rows:
    """The tables of one company, or a unit's view of them.

    Shape: a table is one layer, that of a view two: the unit's own changes over the rows below. Every value is
    immutable and replaced as a whole, so that a view never changes what lies below it. `directory` is None for a
    company that does not exist. `live`, `leads_of` and `events_of` are indexes: each caller's live lead by owner and
    all their leads, each lead's facts; `sealed_in` is the segment of each fact; `calls_named` and `conversions_named`
    find by `external_id`. What can be taken away leaves an empty place: no lists in `suppressed`, None in `answers`,
    `events`, `posting_pages` and what is found by name, 0 in `quotas`. Of what is `destroyed` table and key are noted,
    and the commit takes it away. `heads` has one at most. `readers` counts the units that look at these rows.
    """

    directory: Directory | None
    lead_tokens: ChainMap[LeadTokenId, LeadTokenCredential] = field(default_factory=ChainMap)
    api_keys: ChainMap[ApiKeyId, ApiKey] = field(default_factory=ChainMap)
    users: ChainMap[UserId, User] = field(default_factory=ChainMap)
    posting_pages: ChainMap[OwnerRef, PostingPage | None] = field(default_factory=ChainMap)
    contacts: ChainMap[PhoneNumber, Contact] = field(default_factory=ChainMap)
    leads: ChainMap[LeadId, Lead] = field(default_factory=ChainMap)
    live: Live = field(default_factory=ChainMap)
    leads_of: ChainMap[PhoneNumber, tuple[LeadId, ...]] = field(default_factory=ChainMap)
    events: ChainMap[EventId, Event | None] = field(default_factory=ChainMap)
    events_of: ChainMap[LeadId, tuple[EventId, ...]] = field(default_factory=ChainMap)
    heads: ChainMap[CompanyId, Head] = field(default_factory=ChainMap)
    segments: ChainMap[int, Segment] = field(default_factory=ChainMap)
    sealed_in: ChainMap[EventId, int] = field(default_factory=ChainMap)
    submissions: ChainMap[SubmissionId, Submission] = field(default_factory=ChainMap)
    replays: ChainMap[SubmissionId, tuple[Replay, ...]] = field(default_factory=ChainMap)
    emptied: ChainMap[KeptClass, SubmissionId] = field(default_factory=ChainMap)
    suppressed: ChainMap[PhoneNumber, Mapping[SuppressionListId, datetime]] = field(default_factory=ChainMap)
    answers: ChainMap[IdempotencyKey, IdempotencyRecord | None] = field(default_factory=ChainMap)
    quotas: ChainMap[tuple[LeadTokenId, date], int] = field(default_factory=ChainMap)
    uses: ChainMap[UUID, datetime] = field(default_factory=ChainMap)
    alarms: ChainMap[tuple[LeadTokenId, AlarmKind, date], Alarm] = field(default_factory=ChainMap)
    reveals: ChainMap[UUID, Reveal] = field(default_factory=ChainMap)
    operations: ChainMap[tuple[LeadTokenId, date], int] = field(default_factory=ChainMap)
    consents: ChainMap[SubmissionId, Consent] = field(default_factory=ChainMap)
    erased: ChainMap[bytes, ErasedCaller] = field(default_factory=ChainMap)
    erasures: ChainMap[UUID, Erasure] = field(default_factory=ChainMap)
    rollups: ChainMap[RollupKey, Measures] = field(default_factory=ChainMap)
    calls: ChainMap[CallId, Call] = field(default_factory=ChainMap)
    calls_named: ChainMap[str, CallId | None] = field(default_factory=ChainMap)
    conversions: ChainMap[ConversionId, Conversion] = field(default_factory=ChainMap)
    conversions_named: ChainMap[str, ConversionId | None] = field(default_factory=ChainMap)
    destroyed: list[tuple[str, object]] = field(default_factory=list, init=False)
    readers: int = field(default=0, init=False)

    def view(self) -> Rows:
        """Return these rows as one unit sees them."""
        return Rows(directory=self.directory, **{name: getattr(self, name).new_child() for name in _TABLES})

    def copy(self) -> Rows:
        """Return rows of the same content that nobody looks at yet."""
        return Rows(directory=self.directory, **{name: ChainMap(dict(getattr(self, name))) for name in _TABLES})

    def absorb(self, view: Rows) -> None:
        """Take over what was changed in a view of rows of this content."""
        self.directory = view.directory
        for name in _TABLES:
            getattr(self, name).update(getattr(view, name).maps[0])
        _take_away(self.suppressed, view.suppressed)
        _take_away(self.answers, view.answers)
        _take_away(self.quotas, view.quotas)
        _take_away(self.events, view.events)
        _take_away(self.posting_pages, view.posting_pages)
        _take_away(self.calls_named, view.calls_named)
        _take_away(self.conversions_named, view.conversions_named)
        for name, key in view.destroyed:
            getattr(self, name).pop(key, None)

    def destroy(self, table: str, keys: Collection[object]) -> int:
        """Take these rows away with the commit, and return how many there were; this view has them until then."""
        there = [key for key in keys if key in getattr(self, table)]
        self.destroyed.extend((table, key) for key in there)
        return len(there)

    def take_off(self, list_id: SuppressionListId, caller: PhoneNumber) -> None:
        """Leave the caller on the other lists only."""
        lists = self.suppressed.get(caller, NO_LISTS)
        if list_id in lists:
            self.suppressed[caller] = MappingProxyType({each: at for each, at in lists.items() if each != list_id})


def _take_away(table: ChainMap[Key, Value], changes: ChainMap[Key, Value]) -> None:
    """Free the places that were left empty."""
    for key in [key for key, value in changes.maps[0].items() if not value]:
        del table[key]


_TABLES = tuple(each.name for each in fields(Rows) if each.name not in {"directory", "readers", "destroyed"})
