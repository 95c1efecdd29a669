"""Recording: what calls and conversions have in common when somebody tells of them.

Whoever carried a call, or sold something, says what happened; whom it was about is found by the lead, by the caller's
number, or by the call. What is recorded is stamped then, once and for good. A repeat under the same `external_id` is
the same record. Source: specification, section 7; ADR 0029.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar, cast

from leadintake.domain.claims import read_time
from leadintake.domain.errors import (
    ExternalIdReused,
    InvalidCallerId,
    InvalidParameter,
    LeadNotFound,
    MissingCallerId,
    Refusal,
)
from leadintake.domain.event import Event, EventId
from leadintake.domain.faults import as_fault
from leadintake.domain.money import BadAmount, read_amount
from leadintake.domain.notice import Notice
from leadintake.domain.owner import Offer
from leadintake.domain.parameter_text import FieldError
from leadintake.domain.phone import PhoneNumber
from leadintake.domain.stamp import Stamp

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from leadintake.domain.call import Call, CallId
    from leadintake.domain.company import Company, CompanyId
    from leadintake.domain.conversion import Conversion
    from leadintake.domain.credential import ApiKeyId
    from leadintake.domain.directory import Directory
    from leadintake.domain.event import EventKind
    from leadintake.domain.lead import Lead, LeadId
    from leadintake.domain.money import Amount
    from leadintake.domain.owner import OwnerRef
    from leadintake.domain.ports import NewId

Command = TypeVar("Command", bound="RecordOne")
One = TypeVar("One", "Call", "Conversion")

_CODE: Final = "invalid_parameter"
# A line of a file that cannot be read names nobody either.
_NAME_SOMEBODY: Final = frozenset({"caller_id", "lead_id", "call_id", "call_external_id", "line"})
EARLIEST: Final = datetime(2000, 1, 1, tzinfo=UTC)
"""Nothing is recorded that happened before: such a time was never meant."""
_CLOCKS_DIFFER_BY: Final = timedelta(days=1)
_CORRECTED_SINCE: Final = Notice(
    "corrected_since",
    "external_id",
    "It was corrected or reversed after it was recorded, and stays so; this repeat changes nothing.",
)
NO_LEAD: Final = Notice(
    "no_lead",
    "caller_id",
    "The caller has no lead here; it is recorded, and counted under no traffic source.",
)


class RecordOutcome(StrEnum):
    """What was done with what somebody told of a call or a conversion."""

    RECORDED = "recorded"
    UNCHANGED = "unchanged"
    CORRECTED = "corrected"
    REVERSED = "reversed"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordOne:
    """What is told of a call or a conversion, read but not judged.

    Shape: `caller_id`, times and amounts are text, for only the company knows its region, its zone and its currency.
    `owner` narrows the caller's leads down to those under it. `api_key_id` is None at the command line. `errors` are
    what was wrong with the form already.
    """

    company_id: CompanyId
    api_key_id: ApiKeyId | None = None
    external_id: str | None = None
    lead_id: LeadId | None = None
    caller_id: str | None = None
    owner: OwnerRef | None = None
    revenue: str | None = None
    payout: str | None = None
    currency: str | None = None
    errors: tuple[FieldError, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Told(Generic[Command]):
    """A sound command, read by the company's ways; `at` is when it happened. What is None was not said."""

    command: Command
    caller: PhoneNumber | None
    at: datetime | None
    revenue: Amount | None
    payout: Amount | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording(Generic[One]):
    """What became of one command.

    Shape: exactly one of `refusal` and `one`, which is as it is kept afterwards. `before` is how it was, None where it
    is new. `event` is there where something changed.
    """

    outcome: RecordOutcome
    one: One | None = None
    before: One | None = None
    refusal: Refusal | None = None
    notices: tuple[Notice, ...] = ()
    event: Event | None = None


@dataclass(slots=True, kw_only=True)
class Known(Generic[One]):
    """All that a batch of recordings may depend on.

    Shape: `leads` holds those of every caller of the batch, live and ended, oldest first; `by_id` the same by their
    ids. `calls` are those that conversions name, by id, `calls_named` by their external ids. `named` is what is kept
    under the batch's external ids, and what the batch has recorded so far.
    """

    directory: Directory
    leads: Mapping[PhoneNumber, Sequence[Lead]] = field(default_factory=dict)
    by_id: Mapping[LeadId, Lead] = field(default_factory=dict)
    calls: Mapping[CallId, Call] = field(default_factory=dict)
    calls_named: Mapping[str, Call] = field(default_factory=dict)
    named: dict[str, One] = field(default_factory=dict)


class Reader:
    """Reads what only the company can, and collects what is wrong."""

    __slots__ = ("_company", "_latest", "errors")

    def __init__(self, company: Company, errors: Sequence[FieldError], *, now: datetime) -> None:
        """Start with what was wrong already."""
        self._company = company
        self._latest = now + _CLOCKS_DIFFER_BY
        self.errors = list(errors)

    def told(self, command: Command, when: str, text: str | None) -> Told[Command]:
        """Return what a command says; the field `when` says in `text` when it happened."""
        self.currency(command.currency)
        return Told(
            command=command,
            caller=self.caller(command.caller_id),
            at=self.time(when, text),
            revenue=self.amount("revenue", command.revenue),
            payout=self.amount("payout", command.payout),
        )

    def changes(self, data: Mapping[str, Any], when: str, *others: str) -> dict[str, Any]:
        """Return what a correction sets: the time, the amounts, and of the `others` those that are there."""
        self.currency(data.get("currency"))
        given = {
            when: self.time(when, data.get(when)),
            "revenue": self.amount("revenue", data.get("revenue")),
            "payout": self.amount("payout", data.get("payout")),
            **{name: data.get(name) for name in others},
        }
        return {name: value for name, value in given.items() if value is not None}

    def refuse(self, name: str, message: str) -> None:
        """Say that a field is wrong."""
        self.errors.append(FieldError(_CODE, name, message))

    def amount(self, name: str, text: str | None) -> Amount | None:
        """Return an amount, None where none was given or it cannot be one."""
        if text is None:
            return None
        try:
            return read_amount(text, self._company.currency)
        except BadAmount as bad:
            self.refuse(name, str(bad))
            return None

    def currency(self, code: str | None) -> None:
        """Refuse amounts in another currency than the company's: nobody here knows what they are worth in that."""
        if code is not None and code.strip().upper() != self._company.currency:
            self.refuse("currency", f"is not {self._company.currency}, in which this company counts")

    def time(self, name: str, text: str | None) -> datetime | None:
        """Return an instant, None where none was given or it cannot be one."""
        if text is None:
            return None
        try:
            at = read_time(text, self._company.time_zone)
        except ValueError:
            self.refuse(name, "is not a time: send ISO 8601 with an offset, such as 2030-01-31T09:00:00-05:00")
            return None
        if not EARLIEST <= at <= self._latest:
            self.refuse(name, f"must be from {EARLIEST:%Y-%m-%d} to now")
            return None
        return at

    def require_somebody(self, *named: object) -> None:
        """Say that nobody knows whom it is about, unless somebody is named, or what would name them is wrong."""
        is_wrong = any(error.field in _NAME_SOMEBODY for error in self.errors)
        if not is_wrong and all(name is None for name in named):
            message = "is required, unless the lead is named otherwise"
            self.errors.append(FieldError(MissingCallerId.code, "caller_id", message))

    def caller(self, text: str | None) -> PhoneNumber | None:
        """Return the caller, None where none was given or it is no number."""
        if text is None:
            return None
        try:
            return PhoneNumber.parse(text, self._company.region)
        except InvalidCallerId as refusal:
            self.errors.append(as_fault(refusal))
            return None


def judged(
    told: Told[Command] | Refusal, known: Known[One], decide: Callable[[Told[Command]], Recording[One]]
) -> Recording[One]:
    """Return what becomes of what was told, which the rest of the batch knows from then on.

    A refusal is a verdict like any other.
    """
    if isinstance(told, Refusal):
        return Recording(outcome=RecordOutcome.REFUSED, refusal=told)
    try:
        recording = decide(told)
    except Refusal as refusal:
        return Recording(outcome=RecordOutcome.REFUSED, refusal=refusal)
    if recording.one is not None and recording.one.external_id is not None:
        known.named[recording.one.external_id] = recording.one
    return recording


def stamp_for(
    command: RecordOne, caller: PhoneNumber | None, known: Known[One], *, now: datetime
) -> tuple[Stamp, tuple[Notice, ...]]:
    """Return what something is stamped with that names a lead or a caller, and what there is to say about it.

    The lead is the one that is named; else the caller's newest live one, else their newest; with an owner, among those
    under it and, if it is an offer, under its schedules. A caller without one is kept nevertheless: a total of calls
    that leaves some out is none.
    Raises: LeadNotFound: the company has no such lead. InvalidParameter: it is another caller's.
    """
    if command.lead_id is not None:
        lead = known.by_id.get(command.lead_id)
        if lead is None:
            raise LeadNotFound(errors={"lead_id": ["is no lead of this company"]})
        if caller not in {None, lead.caller}:
            raise InvalidParameter(errors={"caller_id": ["is not the number of this lead"]})
        return Stamp.of(lead), ()
    # Who names no lead names a caller, or it would not have come here.
    somebody = cast("PhoneNumber", caller)
    lead = _newest(known.leads.get(somebody, ()), _owners(command, known.directory), now=now)
    if lead is not None:
        return Stamp.of(lead), ()
    return Stamp.of_stranger(somebody, owner=command.owner), (NO_LEAD,)


def _owners(command: RecordOne, directory: Directory) -> frozenset[OwnerRef] | None:
    """Return under which owners the lead may be, None for any. Raises: InvalidParameter: there is no such owner."""
    if command.owner is None:
        return None
    owner = directory.owner(command.owner)
    if owner is None:
        raise InvalidParameter(errors={f"{command.owner.kind}_id": [f"is no {command.owner.kind} of this company"]})
    return directory.owners_in_offer(owner) if isinstance(owner, Offer) else frozenset({owner.ref})


def _newest(leads: Sequence[Lead], owners: frozenset[OwnerRef] | None, *, now: datetime) -> Lead | None:
    mine = [lead for lead in leads if owners is None or lead.owner in owners]
    live = [lead for lead in mine if lead.seen(at=now).is_live]
    return next(reversed(live or mine), None)


def repeated(kept: One, told: Mapping[str, tuple[object, object]]) -> Recording[One]:
    """Return what becomes of a repeat.

    Args:
        kept: What is kept under its `external_id`.
        told: By field, what is kept and what the repeat says; None for a field that it says nothing of.

    Raises: ExternalIdReused: it says otherwise, and nobody has corrected what is kept.
    """
    differing = [name for name, (has, said) in told.items() if said is not None and said != has]
    if not differing:
        return Recording(outcome=RecordOutcome.UNCHANGED, one=kept, before=kept)
    if kept.corrected_at is None and getattr(kept, "reversed_at", None) is None:
        raise ExternalIdReused(errors={name: ["is not what was recorded under this external_id"] for name in differing})
    return Recording(outcome=RecordOutcome.UNCHANGED, one=kept, before=kept, notices=(_CORRECTED_SINCE,))


def stamped_as(kept: One, command: RecordOne, caller: PhoneNumber | None) -> dict[str, tuple[object, object]]:
    """Return, for a repeat, whom what is kept is about and whom it says; nobody can say who was erased."""
    stamp = kept.stamp
    told: dict[str, tuple[object, object]] = {"lead_id": (stamp.lead_id, command.lead_id)}
    if stamp.caller is not None:
        told["caller_id"] = (stamp.caller, caller)
    return told


def told_of(
    kind: EventKind,
    one: Call | Conversion,
    details: Mapping[str, object],
    *,
    api_key_id: ApiKeyId | None,
    lead: Lead | None,
    now: datetime,
    new_id: NewId,
) -> Event:
    """Return the fact about a call or a conversion: on its lead, else on its caller."""
    stamp = one.stamp
    return Event(
        id=EventId(new_id()),
        company_id=one.company_id,
        kind=kind,
        caller=stamp.caller,
        lead_id=stamp.lead_id,
        lead_version=lead.version if lead else None,
        at=now,
        details={
            **({"api_key_id": str(api_key_id)} if api_key_id else {"came_by": "command_line"}),
            "owner": {"kind": stamp.owner.kind.value, "id": stamp.owner.id} if stamp.owner else None,
            "traffic_source_id": stamp.attribution.traffic_source_id,
            "sub_id": stamp.attribution.sub_id,
            **details,
        },
    )
