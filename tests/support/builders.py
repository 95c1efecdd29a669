"""Values for tests, each whole as it comes: a test spells out only the field that matters to it.

Identifiers count up and instants stand still, so that the same test builds the same values every time.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import wraps
from typing import TYPE_CHECKING, Any, ParamSpec, Protocol, TypeVar
from uuid import UUID

from leadintake.domain.alarm import Alarm, AlarmId, AlarmKind
from leadintake.domain.attribution import TrafficSource, TrafficSourceId
from leadintake.domain.call import Call, CallId
from leadintake.domain.claims import EnrollLead
from leadintake.domain.company import Company, CompanyId
from leadintake.domain.contact import Contact
from leadintake.domain.contact_field import ContactField
from leadintake.domain.conversion import Conversion, ConversionId
from leadintake.domain.credential import ApiKey, ApiKeyId, LeadTokenCredential, LeadTokenId, Permission, PublicKey
from leadintake.domain.directory import Directory
from leadintake.domain.event import Event, EventId, EventKind
from leadintake.domain.idempotency import IdempotencyKey, IdempotencyRecord
from leadintake.domain.lead import Lead, LeadId, LeadStatus
from leadintake.domain.owner import Action, ActionKind, Offer, OfferId, OwnerKind, OwnerRef, Schedule, ScheduleId
from leadintake.domain.phone import PhoneNumber
from leadintake.domain.stamp import Stamp
from leadintake.domain.submission import (
    Outcome,
    Receipt,
    Replay,
    ReplayId,
    Submission,
    SubmissionId,
    UnclaimedReason,
    UnclaimedSubmission,
)
from leadintake.domain.suppression import SuppressionList, SuppressionListId
from leadintake.domain.user import Role, User, UserId

if TYPE_CHECKING:
    from collections.abc import Callable

Built = TypeVar("Built")
Of = ParamSpec("Of")
Built_co = TypeVar("Built_co", covariant=True)

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)

ADA = PhoneNumber("+12025550143")
BEN = PhoneNumber("+12025550144")
EVE = PhoneNumber("+442079460018")

COMPANY = CompanyId(1)
SCHEDULE = OwnerRef(OwnerKind.SCHEDULE, 1)
OTHER_SCHEDULE = OwnerRef(OwnerKind.SCHEDULE, 2)
OFFER = OwnerRef(OwnerKind.OFFER, 1)


class CountingIds:
    """`NewId` that counts: the same identifiers in the same order in every run, each later than the one before.

    Args:
        stream: Identifiers of different streams never meet.
    """

    def __init__(self, stream: int = 0) -> None:
        self._stream = stream
        self._count = 0

    def __call__(self) -> UUID:
        self._count += 1
        milliseconds = int(NOW.timestamp() * 1000) + self._count
        return UUID(int=milliseconds << 80 | 0x7 << 76 | 0b10 << 62 | self._stream)


class SteppingClock:
    """`Clock` that each reading moves on by a step, nothing unless told; `advance` makes time pass."""

    def __init__(self, start: datetime = NOW, *, step: timedelta = timedelta()) -> None:
        self._now = start
        self._step = step

    def __call__(self) -> datetime:
        now = self._now
        self._now += self._step
        return now

    def peek(self) -> datetime:
        """Return what it shows, without a step."""
        return self._now

    def advance(self, by: timedelta) -> None:
        """Let that much time pass."""
        self._now += by


new_id = CountingIds()
"""The identifiers of everything that is built without one."""


class Builder(Protocol[Built_co]):
    """Makes a value, with the fields that are given in place of its own."""

    def __call__(self, **fields: Any) -> Built_co:  # noqa: ANN401 - any field of the value
        """Return the value."""


def builder(whole: Callable[[], Built]) -> Builder[Built]:
    """Turn a function that makes a whole value into a builder."""

    @wraps(whole)
    def build(**fields: Any) -> Built:  # noqa: ANN401 - any field of the value
        return replace(whole(), **fields)  # type: ignore[type-var]  # every value of the domain is a dataclass

    return build


@builder
def a_company() -> Company:
    return Company(id=COMPANY, name="Solar Savings")


@builder
def a_schedule() -> Schedule:
    return Schedule(
        company_id=COMPANY, id=ScheduleId(1), name="Call at once", actions=(Action("Call", ActionKind.CALL),)
    )


@builder
def an_offer() -> Offer:
    return Offer(company_id=COMPANY, id=OfferId(1), name="Solar roofs")


@builder
def a_contact_field() -> ContactField:
    return ContactField(company_id=COMPANY, offer_id=OfferId(1), key="zip", title="Postal code")


@builder
def a_suppression_list() -> SuppressionList:
    return SuppressionList(company_id=COMPANY, id=SuppressionListId(1), name="Complaints")


@builder
def an_idempotency_record() -> IdempotencyRecord:
    """Return the record of a key that no other that is built has."""
    return IdempotencyRecord(
        company_id=COMPANY,
        key=IdempotencyKey(SCHEDULE, "leads", b"digest of " + new_id().bytes),
        payload=b"digest of the payload",
        status=200,
        document='{"success": true}',
        created_at=NOW,
    )


@builder
def a_traffic_source() -> TrafficSource:
    return TrafficSource(company_id=COMPANY, id=TrafficSourceId(1000), name="Kitten banners")


@builder
def a_directory() -> Directory:
    return Directory(company=a_company(), version=1)


@builder
def a_contact() -> Contact:
    return Contact(company_id=COMPANY, caller=ADA, created_at=NOW)


@builder
def a_lead() -> Lead:
    """Return a live lead of Ada's in her first saved version."""
    return Lead(
        company_id=COMPANY,
        id=LeadId(new_id()),
        owner=SCHEDULE,
        caller=ADA,
        status=LeadStatus.SCHEDULED,
        created_at=NOW,
        updated_at=NOW,
        version=1,
    )


@builder
def a_call() -> Call:
    """Return a call of Ada's, who has no lead."""
    return Call(company_id=COMPANY, id=CallId(new_id()), stamp=Stamp.of_stranger(ADA), started_at=NOW, recorded_at=NOW)


@builder
def a_conversion() -> Conversion:
    """Return a conversion of Ada's, who has no lead."""
    return Conversion(
        company_id=COMPANY, id=ConversionId(new_id()), stamp=Stamp.of_stranger(ADA), occurred_at=NOW, recorded_at=NOW
    )


@builder
def an_event() -> Event:
    return Event(
        id=EventId(new_id()),
        company_id=COMPANY,
        kind=EventKind.LEAD_CREATED,
        caller=ADA,
        lead_id=LeadId(new_id()),
        lead_version=1,
        at=NOW,
        details={"status": "scheduled", "tokens": ["interest"]},
    )


@builder
def a_receipt() -> Receipt:
    return Receipt(
        id=SubmissionId(new_id()),
        company_id=COMPANY,
        lead_token_id=LeadTokenId(UUID(int=1)),
        received_at=NOW,
        route="leads",
        remote_ip="203.0.113.7",
        request={"method": "POST", "body": "caller_id=2025550143"},
    )


@builder
def a_submission() -> Submission:
    return Submission(receipt=a_receipt(), outcome=Outcome.CREATED, owner=SCHEDULE, errors={})


@builder
def a_replay() -> Replay:
    return Replay(
        id=ReplayId(new_id()),
        company_id=COMPANY,
        submission_id=SubmissionId(new_id()),
        at=NOW,
        outcome=Outcome.CREATED,
        errors={},
    )


@builder
def an_unclaimed_submission() -> UnclaimedSubmission:
    return UnclaimedSubmission(
        id=SubmissionId(new_id()),
        received_at=NOW,
        reason=UnclaimedReason.UNKNOWN_LEAD_TOKEN,
        route="leads",
        remote_ip="203.0.113.7",
        request={"method": "POST", "body": "caller_id=2025550143"},
    )


@builder
def a_lead_token() -> LeadTokenCredential:
    """Return a living credential of the first schedule; no other that is built has its look-up."""
    own = new_id()
    return LeadTokenCredential(
        id=LeadTokenId(own),
        company_id=COMPANY,
        owner_kind=SCHEDULE.kind,
        owner_id=SCHEDULE.id,
        lookup=b"lookup of " + own.bytes,
        sealed=b"sealed \x00\xff",
        created_at=NOW,
    )


@builder
def an_api_key() -> ApiKey:
    """Return a living key; no other that is built has its look-up or its public half."""
    own = new_id()
    return ApiKey(
        id=ApiKeyId(own),
        company_id=COMPANY,
        public=PublicKey(f"pub_{own.hex}"),
        lookup=b"lookup of " + own.bytes,
        permissions=frozenset({Permission.READ, Permission.WRITE}),
        created_at=NOW,
    )


@builder
def an_alarm() -> Alarm:
    """Return the alarm of a leaked lead token, which is no other's that is built."""
    own = new_id()
    return Alarm(
        id=AlarmId(own),
        company_id=COMPANY,
        kind=AlarmKind.LEAKED,
        lead_token_id=LeadTokenId(new_id()),
        day=NOW.date(),
        first_seen_at=NOW,
        last_seen_at=NOW,
        origin="https://shop.example",
    )


@builder
def a_user() -> User:
    """Return a user whose address no other that is built has."""
    own = new_id()
    return User(
        id=UserId(own),
        company_id=COMPANY,
        email=f"ada-{own.hex}@example.com",
        password_hash="$argon2id$v=19$…",
        role=Role.OWNER,
        created_at=NOW,
    )


@builder
def an_enroll_lead() -> EnrollLead:
    """Return Ada's sound submission without any token."""
    return EnrollLead(receipt=a_receipt(), caller_id=ADA.e164, tokens={})
