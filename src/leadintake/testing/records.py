"""What an in-memory leadintake keeps, as asserts read it: values, oldest first, in the words of the HTTP API.

A list says what it holds when an assert on it fails:

>>> from leadintake.testing import in_memory_leadintake
>>> intake = in_memory_leadintake()
>>> intake.leads.only()
Traceback (most recent call last):
AssertionError: expected exactly one lead, but there is none
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any, ClassVar, Generic, Self, TypeAlias, TypeVar, overload

if TYPE_CHECKING:
    from datetime import datetime
    from decimal import Decimal
    from uuid import UUID

    from leadintake.domain.contact import Contact
    from leadintake.domain.event import Event
    from leadintake.domain.lead import Lead
    from leadintake.domain.owner import OwnerRef
    from leadintake.domain.submission import Submission, UnclaimedSubmission

Record = TypeVar("Record")


About: TypeAlias = "Callable[[str], Callable[[Any], bool]]"
"""Reads a caller's number, however written, and returns what says whether a record is about them.

Raises: ValueError: that is no phone number.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadRecord:
    """One lead as it stands now.

    Shape: `caller_id` is in E.164; of `schedule_id` and `offer_id` one is None. `next_action` is the position in the
    schedule's actions, or in its end-of-schedule actions once `is_ending`.
    """

    id: UUID
    caller_id: str
    status: str
    is_live: bool
    email: str | None
    tokens: Mapping[str, str]
    schedule_id: int | None
    offer_id: int | None
    traffic_source_id: int | None
    sub_id: str | None
    lead_priority: Decimal
    remote_ip: str | None
    next_action: int | None
    is_ending: bool
    next_action_at: datetime | None
    callback_at: datetime | None
    expires_at: datetime | None
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmissionRecord:
    """One request to an intake endpoint, with its verdict.

    Shape: `code` and `errors` are those of the refusal, None and empty when it was taken. `warnings` are the codes in
    their order. `request` is what is kept of the request, credentials taken out.
    """

    id: UUID
    outcome: str
    code: str | None
    errors: Mapping[str, tuple[str, ...]]
    warnings: tuple[str, ...]
    lead_id: UUID | None
    schedule_id: int | None
    offer_id: int | None
    route: str
    remote_ip: str | None
    received_at: datetime
    request: Mapping[str, Any] = field(repr=False)
    caller_digest: bytes | None = field(repr=False, compare=False)

    @property
    def is_refused(self) -> bool:
        """Say whether the answer was a refusal."""
        return self.outcome == "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class EventRecord:
    """One fact about a lead, a contact or a credential.

    Shape: `kind` is one of those in the reference of events; `lead_id` is None for a fact about no lead in particular,
    `caller_id` for one about nobody.
    """

    id: UUID
    kind: str
    caller_id: str | None
    lead_id: UUID | None
    at: datetime
    details: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactRecord:
    """One caller, whatever the leads."""

    caller_id: str
    opted_out_at: datetime | None
    blocked_at: datetime | None

    @property
    def is_opted_out(self) -> bool:
        """Say whether the caller has asked to be left alone."""
        return self.opted_out_at is not None

    @property
    def is_blocked(self) -> bool:
        """Say whether the company has blocked the caller."""
        return self.blocked_at is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class UnclaimedRecord:
    """A sample of a request that named no owner: what came with a lead token that nobody knows."""

    id: UUID
    reason: str
    route: str
    received_at: datetime
    request: Mapping[str, Any] = field(repr=False)


class Records(Sequence[Record], Generic[Record]):
    """Records as they were when they were asked for, oldest first.

    Everything that narrows them down returns records again, so that they can be put together:
    ``intake.submissions.refused().of("+18004506787").only()``.
    """

    what = "record"
    """What one of them is called where an assert fails."""
    fields_of: ClassVar[type]
    """The dataclass that each of them is."""

    def __init__(self, records: Sequence[Record], *, about: About) -> None:
        """Hold these."""
        self._records = tuple(records)
        self._about = about

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self._records)

    @overload
    def __getitem__(self, index: int) -> Record: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Record]: ...
    def __getitem__(self, index: int | slice) -> Record | Sequence[Record]:
        """Return one by its place, or several."""
        return self._records[index]

    def __repr__(self) -> str:
        """Show all of them."""
        return f"<{self._counted()}{self._listed()}>"

    def only(self) -> Record:
        """Return the one that there is. Raises: AssertionError: there is none, or more than one."""
        if len(self) != 1:
            raise AssertionError(f"expected exactly one {self.what}, but there {self._there_is()}{self._listed()}")
        return self._records[0]

    def none(self) -> None:
        """Insist that there are none. Raises: AssertionError: there are, and which."""
        if self._records:
            raise AssertionError(f"expected no {self.what}, but there {self._there_is()}{self._listed()}")

    def last(self) -> Record:
        """Return the latest. Raises: AssertionError: there is none."""
        if not self._records:
            raise AssertionError(f"expected at least one {self.what}, but there is none")
        return self._records[-1]

    def of(self, number: str) -> Self:
        """Return those about one caller, whose number may be written in any way that the API takes.

        Raises: ValueError: that is no phone number.
        """
        return self._those(self._about(number))

    def where(self, **wanted: Any) -> Self:  # noqa: ANN401  whatever the fields hold
        """Return those whose fields are as given: ``intake.leads.where(status="expired", sub_id=None)``.

        Raises: TypeError: they have no such field.
        """
        # Of none there are, too: a mistyped field would let `none()` pass for ever.
        known = {each.name for each in fields(self.fields_of)}
        if unknown := wanted.keys() - known:
            raise TypeError(f"a {self.what} has no {min(unknown)}; it has {', '.join(sorted(known))}")
        return self._those(lambda record: all(getattr(record, name) == value for name, value in wanted.items()))

    def _those(self, is_wanted: Callable[[Record], bool]) -> Self:
        return type(self)([record for record in self._records if is_wanted(record)], about=self._about)

    def _counted(self) -> str:
        return f"{len(self)} {self.what}{'' if len(self) == 1 else 's'}"

    def _there_is(self) -> str:
        if not self._records:
            return "is none"
        return f"{'is' if len(self) == 1 else 'are'} {len(self)}"

    def _listed(self) -> str:
        return "".join(f"\n  {record}" for record in self._records)


class Leads(Records[LeadRecord]):
    """Leads, ended and removed ones included."""

    what = "lead"
    fields_of = LeadRecord

    def live(self) -> Leads:
        """Return those with which something may still be done."""
        return self._those(lambda lead: lead.is_live)


class Submissions(Records[SubmissionRecord]):
    """Requests that named an owner, with their verdicts."""

    what = "submission"
    fields_of = SubmissionRecord

    def refused(self, code: str | None = None) -> Submissions:
        """Return those that were refused, with that code if one is given."""
        return self._those(lambda one: one.is_refused and code in {None, one.code})

    def accepted(self) -> Submissions:
        """Return those that were not refused."""
        return self._those(lambda one: not one.is_refused)


class Events(Records[EventRecord]):
    """Facts in their order."""

    what = "event"
    fields_of = EventRecord

    @property
    def kinds(self) -> list[str]:
        """Return what happened, in order: ``["lead.created", "lead.updated"]``."""
        return [event.kind for event in self]


class Unclaimed(Records[UnclaimedRecord]):
    """Samples of requests that named no owner."""

    what = "unclaimed submission"
    fields_of = UnclaimedRecord


def lead_record(lead: Lead) -> LeadRecord:
    """Return a lead as asserts read it."""
    return LeadRecord(
        id=lead.id,
        caller_id=lead.caller.e164,
        status=lead.status.value,
        is_live=lead.is_live,
        email=lead.email,
        tokens=lead.tokens,
        **_owner_ids(lead.owner),
        traffic_source_id=lead.attribution.traffic_source_id,
        sub_id=lead.attribution.sub_id,
        lead_priority=lead.priority,
        remote_ip=lead.remote_ip,
        next_action=lead.next_action,
        is_ending=lead.is_ending,
        next_action_at=lead.next_action_at,
        callback_at=lead.callback_at,
        expires_at=lead.expires_at,
        created_at=lead.created_at,
        updated_at=lead.updated_at,
    )


def submission_record(one: Submission) -> SubmissionRecord:
    """Return a submission as asserts read it."""
    return SubmissionRecord(
        id=one.receipt.id,
        outcome=one.outcome.value,
        code=one.code,
        errors=one.errors,
        warnings=tuple(notice.code for notice in one.notices),
        lead_id=one.lead_id,
        **_owner_ids(one.owner),
        route=one.receipt.route,
        remote_ip=one.receipt.remote_ip,
        received_at=one.receipt.received_at,
        request=one.receipt.request,
        caller_digest=one.caller_digest,
    )


def event_record(event: Event) -> EventRecord:
    """Return an event as asserts read it."""
    return EventRecord(
        id=event.id,
        kind=event.kind.value,
        caller_id=event.caller.e164 if event.caller else None,
        lead_id=event.lead_id,
        at=event.at,
        details=event.details,
    )


def contact_record(contact: Contact) -> ContactRecord:
    """Return a contact as asserts read it."""
    return ContactRecord(
        caller_id=contact.caller.e164, opted_out_at=contact.opted_out_at, blocked_at=contact.blocked_at
    )


def unclaimed_record(one: UnclaimedSubmission) -> UnclaimedRecord:
    """Return a sample as asserts read it."""
    return UnclaimedRecord(
        id=one.id, reason=one.reason.value, route=one.route, received_at=one.received_at, request=one.request
    )


def _owner_ids(owner: OwnerRef | None) -> dict[str, Any]:
    return {
        "schedule_id": owner.id if owner and owner.kind == "schedule" else None,
        "offer_id": owner.id if owner and owner.kind == "offer" else None,
    }
