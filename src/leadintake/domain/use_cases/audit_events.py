"""Audit events: is every event as it was sealed, is none missing, and how much is not sealed yet."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from leadintake.domain.ports import Finding, Horizon
from leadintake.domain.sealing import Flaw, Flawed, Verification

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from datetime import datetime

    from leadintake.domain.company import Company, CompanyId
    from leadintake.domain.event import EventId
    from leadintake.domain.ports import Clock, Installation, UnitOfWorkFactory
    from leadintake.domain.sealing import Head

MOST_WAITING: Final = timedelta(minutes=1)
"""The oldest unsealed event is no older than this where somebody seals."""

_NO_HEADS: Mapping[CompanyId, Mapping[int, bytes]] = MappingProxyType({})
_PAGE: Final = 2_000
_WAITING: Final = "events_waiting"

_COMPARE: Final = "compare with a backup from before, and find out who could write to the database"
_SEAL: Final = (
    "run leadintake serve, or: leadintake audit seal; if neither has an effect, end the transaction that has been open "
    "for long in the database"
)
_SEAL_ALL: Final = f"if the database was moved, run: leadintake audit seal --from-start; else {_COMPARE}"
_SALT_MISSING: Final = (
    "event {event} of {segments} has lost its salt though its caller is not erased: nobody can say whether caller and "
    "details are what was sealed"
)
_NOT_SEALED: Final = (
    "event {event} is in no segment, though those of its time are sealed: it was put in by hand, or left out when the "
    "database was moved"
)
_SAID: Final[Mapping[Flaw, str]] = MappingProxyType(
    {
        Flaw.SEGMENT_MISSING: "{segments} missing: somebody has taken a part of the record away",
        Flaw.SEGMENT_CHANGED: "{segments} is not as it was sealed: the record itself was changed",
        Flaw.SEGMENT_NOT_LINKED: "{segments} does not follow from the one before: one of the two was replaced",
        Flaw.EVENT_MISSING: "event {event} of {segments} is gone: somebody has deleted it",
        Flaw.EVENT_CHANGED: "event {event} of {segments} is not what was sealed: its kind, lead, version or time",
        Flaw.PAYLOAD_CHANGED: "event {event} of {segments} is not what was sealed: its caller or its details",
        Flaw.SALT_MISSING: _SALT_MISSING,
        Flaw.EVENT_NOT_SEALED: _NOT_SEALED,
        Flaw.HEAD_CHANGED: "{segments} has another hash than was noted: the record was written anew",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEvents:
    """Verify the events of these companies.

    Shape: `heads` holds, for each company, the hash that segments of certain numbers were noted to have.
    """

    companies: Sequence[Company]
    heads: Mapping[CompanyId, Mapping[int, bytes]] = field(default_factory=lambda: _NO_HEADS)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainHead:
    """Where a company's chain ends, and how many events are in it; `sealed_at` is None for a chain without segments."""

    company: Company
    head: Head
    events: int
    sealed_at: datetime | None


def read_chain_heads(companies: Sequence[Company], *, reading: UnitOfWorkFactory) -> Sequence[ChainHead]:
    """Return where these companies' chains end."""
    return [_head(company, reading) for company in companies]


def audit_events(
    command: AuditEvents,
    *,
    installation: Installation,
    reading: UnitOfWorkFactory,
    clock: Clock,
    advance: Callable[[int], None] = lambda _: None,
) -> Sequence[Finding]:
    """Verify segments and events, a page at a time; writers are not held up, and may go on meanwhile.

    Args:
        command: Whose, and what was noted.
        installation: Where the watermark is.
        reading: Units that only read.
        clock: Now.
        advance: Told after each segment how many events it has.

    Returns: Every flaw, those of a kind beyond twenty as a number; and for each company what there is.
    """
    return [
        finding
        for company in command.companies
        for finding in _audit(
            company,
            command.heads.get(company.id, {}),
            installation=installation,
            reading=reading,
            clock=clock,
            advance=advance,
        )
    ]


def _head(company: Company, reading: UnitOfWorkFactory) -> ChainHead:
    with reading(company.id) as uow:
        head = uow.chain.head()
        last = uow.chain.segments(after=head.number - 1, limit=1) if head.number else []
        return ChainHead(
            company=company, head=head, events=uow.chain.size(), sealed_at=last[0].sealed_at if last else None
        )


def _audit(
    company: Company,
    heads: Mapping[int, bytes],
    *,
    installation: Installation,
    reading: UnitOfWorkFactory,
    clock: Clock,
    advance: Callable[[int], None],
) -> Iterator[Finding]:
    found = Verification(company_id=company.id, heads=heads)
    with reading(company.id) as uow:
        # Before the segments: what is sealed from here on is no more than they can have.
        head = uow.chain.head()
    while _walk_one(company, found, reading, advance):
        pass
    found.end(head)
    until = installation.sealed_until()
    for behind, _ in _unsealed(company, Horizon(end=until), reading):
        found.note(Flawed(Flaw.EVENT_NOT_SEALED, event_id=behind))
    waiting = list(_unsealed(company, Horizon(begin=until), reading))
    oldest = max((clock() - at for _, at in waiting if at is not None), default=timedelta())
    tail = f"unsealed: {len(waiting):,}" + (f", the oldest for {oldest.total_seconds():.0f} s" if waiting else "")
    yield from _findings(company, found)
    yield Finding(
        _WAITING,
        is_fine=oldest <= MOST_WAITING,
        detail=f"company {company.id}: {tail}",
        mend="" if oldest <= MOST_WAITING else _SEAL,
    )


def _walk_one(
    company: Company, found: Verification, reading: UnitOfWorkFactory, advance: Callable[[int], None]
) -> bool:
    """Verify the next segment; say whether there was one."""
    with reading(company.id) as uow:
        while True:
            head = uow.chain.head()
            segments = uow.chain.segments(after=found.number, limit=1)
            events = uow.chain.find_events([held for segment in segments for held in segment.ids])
            # Whoever erases or prunes just now changes both; what was read must be of one moment.
            if uow.chain.head() == head:
                break
    for segment in segments:
        found.walk(segment, events)
        advance(segment.count)
    return bool(segments)


def _unsealed(
    company: Company, within: Horizon, reading: UnitOfWorkFactory
) -> Iterator[tuple[EventId, datetime | None]]:
    """Yield what is in no segment, with its time."""
    after: EventId | None = None
    while True:
        with reading(company.id) as uow:
            page = uow.chain.unsealed(within, after=after, limit=_PAGE)
        yield from ((event.id, event.at) for event in page.events)
        if (after := page.after) is None:
            return


def _findings(company: Company, found: Verification) -> Iterator[Finding]:
    for one in found.named:
        detail = f"company {company.id}: {_told(_SAID[one.flaw], one)}"
        yield Finding(one.flaw.value, is_fine=False, detail=detail, mend=_mend(one.flaw))
    named = {flaw: sum(one.flaw is flaw for one in found.named) for flaw in found.flaws}
    for flaw, count in found.flaws.items():
        if count > named[flaw]:
            more = f"company {company.id}: {count - named[flaw]:,} more like these"
            yield Finding(flaw.value, is_fine=False, detail=more, mend=_mend(flaw))
    if not found.named:
        kept = f"{found.verified:,} events in {found.number:,} segments"
        head = f", head {company.id}:{found.number}:{found.hash.hex()}" if found.number else ""
        gone = f" ({found.erased:,} erased, {found.pruned:,} pruned)" if found.erased or found.pruned else ""
        yield Finding("events_as_sealed", is_fine=True, detail=f"company {company.id}: {kept}{gone}{head}")


def _mend(flaw: Flaw) -> str:
    return _SEAL_ALL if flaw is Flaw.EVENT_NOT_SEALED else _COMPARE


def _told(said: str, one: Flawed) -> str:
    last = one.last if one.last is not None and one.last != one.number else None
    segments = f"segment {one.number}" if last is None else f"segments {one.number} to {last}"
    return said.format(segments=segments, event=one.event_id)
