"""What is hashed of an event is the documented JSON, however it comes to be written."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone
from hashlib import sha256
from typing import Any
from uuid import UUID

from hypothesis import example, given
from hypothesis import strategies as st

from leadintake.domain.company import CompanyId
from leadintake.domain.event import EventId
from leadintake.domain.sealing import HASH_BYTES, KeptEvent, Segment, event_hash, ids_in

_TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
_INSTANTS = st.datetimes(
    datetime(1971, 1, 1),  # noqa: DTZ001 - hypothesis wants naive bounds
    datetime(2200, 1, 1),  # noqa: DTZ001 - likewise
    timezones=st.sampled_from([UTC, timezone(timedelta(hours=-7))]),
)


_PLAIN = KeptEvent(
    company_id=CompanyId(1),
    id=EventId(UUID(int=7)),
    kind="lead.created",
    lead_id=str(UUID(int=8)),
    lead_version=1,
    at=datetime(2026, 3, 1, 12, tzinfo=UTC),
    caller="+12025550143",
    details={},
)


@st.composite
def _events(draw: st.DrawFn) -> KeptEvent:
    """Return events as a store may have them, spoilt ones too."""
    numbers: st.SearchStrategy[Any] = st.integers() | st.booleans()
    anything: st.SearchStrategy[Any] = st.none() | numbers | st.floats(allow_nan=False) | _TEXTS
    return KeptEvent(
        company_id=draw(numbers.map(CompanyId)),
        id=EventId(draw(st.uuids())),
        kind=draw(_TEXTS | st.sampled_from(["lead.created", 'a "quoted" one\\', "\0\x1f\x7f\u2028é"])),
        lead_id=draw(st.none() | st.uuids().map(str)),
        lead_version=draw(anything),
        at=draw(st.none() | _INSTANTS),
        caller="",
        details={},
    )


def _as_documented(event: KeptEvent, digest: bytes) -> bytes:
    """Return the hash as docs/audit.md says."""
    at = None if event.at is None else event.at.astimezone(UTC).isoformat(timespec="microseconds")
    facts = {
        "at": at,
        "company_id": event.company_id,
        "id": str(event.id),
        "kind": event.kind,
        "lead_id": event.lead_id,
        "lead_version": event.lead_version,
        "payload": digest.hex(),
    }
    return sha256(json.dumps(facts, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()).digest()


@given(event=_events(), digest=st.binary(min_size=HASH_BYTES, max_size=HASH_BYTES))
@example(event=_PLAIN, digest=bytes(HASH_BYTES))
@example(event=_PLAIN._replace(kind='a "quoted" one\\\n'), digest=bytes(HASH_BYTES))
def test_an_event_written_by_hand_has_the_documented_hash(event: KeptEvent, digest: bytes) -> None:
    assert event_hash(event, digest) == _as_documented(event, digest)


@given(ids=st.lists(st.uuids(), min_size=1), torn=st.binary(max_size=79))
def test_bounds_of_a_segment_are_its_lowest_and_highest_identifier(ids: list[UUID], torn: bytes) -> None:
    entries = b"".join(each.bytes + bytes(2 * HASH_BYTES) for each in ids)
    segment = Segment(
        company_id=CompanyId(1),
        number=1,
        previous=b"",
        sealed_at=datetime(2026, 3, 1, tzinfo=UTC),
        # The end of one that somebody has cut is no event.
        entries=entries + torn,
        salts=b"",
        hash=b"",
    )

    assert segment.bounds == (min(ids), max(ids))
    assert [*segment.ids] == ids
    assert ids_in(segment.entries) == [each.bytes for each in ids]
