"""Claims: what a submission asks for, as far as it can be judged without the caller's record.

`examine` reads what only the company can tell (a number in its region, a time in its zone), checks what its owner
and its traffic source say, and returns a `Claim` for `domain.enrollment` to decide, or the refusal.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from leadintake.domain.attribution import Attribution, TrafficSourceId
from leadintake.domain.errors import (
    AmbiguousParameter,
    InvalidCallerId,
    InvalidParameter,
    MissingCallerId,
    Refusal,
    SchedulePaused,
    TooManyTokens,
    TrafficSourcePaused,
    TrafficSourceRequired,
    UnknownLeadToken,
)
from leadintake.domain.notice import Notice
from leadintake.domain.owner import Schedule
from leadintake.domain.phone import PhoneNumber, read_phone
from leadintake.domain.reserving import FieldError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import timedelta
    from decimal import Decimal

    from leadintake.domain.attribution import TrafficSource
    from leadintake.domain.directory import Directory
    from leadintake.domain.lead import TokenSet
    from leadintake.domain.owner import Owner
    from leadintake.domain.submission import Receipt


@dataclass(frozen=True, slots=True, kw_only=True)
class EnrollLead:
    """One submission, read but not yet judged.

    Shape: texts are trimmed and never empty; `next_action_at` is still text because only the company knows its
    zone, `caller_id` because only the company knows its region. `errors` are what the reading already found
    wrong: such a command is refused, in its place in the batch, so that the verdict is kept with the others.
    """

    receipt: Receipt
    caller_id: str | None
    tokens: TokenSet
    email: str | None = None
    traffic_source_id: str | None = None
    sub_id: str | None = None
    expires_in: timedelta | None = None
    next_action_at: str | None = None
    lead_priority: Decimal | None = None
    restart_schedule: bool = False
    update_only: bool = False
    opt_out: bool = False
    blocked: bool = False
    test: bool = False
    notices: tuple[Notice, ...] = ()
    errors: tuple[FieldError, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A command whose form is sound: who it is about, under whom, attributed how.

    Shape: `next_action_at` is an instant in UTC.
    """

    command: EnrollLead
    owner: Owner
    caller: PhoneNumber
    attribution: Attribution
    has_unknown_source: bool
    next_action_at: datetime | None
    notices: tuple[Notice, ...]

    @property
    def changes_contact(self) -> bool:
        """Say whether the command opts the caller out or blocks them, instead of enrolling anybody."""
        return self.command.opt_out or self.command.blocked

    @property
    def restarts(self) -> bool:
        """Say whether a live lead starts its plan again; an offer has none."""
        return self.command.restart_schedule and isinstance(self.owner, Schedule)


def examine(command: EnrollLead, directory: Directory) -> Claim | Refusal:
    """Check all that needs no caller's record, and say whom the command is about.

    Returns: The claim to decide, or why there is none.
    """
    ref = directory.lead_tokens.get(command.receipt.lead_token_id)
    owner = directory.owner(ref) if ref else None
    if owner is None:
        # Revoked since the request was identified: it dies at once, and looks like any unknown token.
        return UnknownLeadToken()
    try:
        return _claim(command, owner, directory)
    except Refusal as refusal:
        return refusal


def _claim(command: EnrollLead, owner: Owner, directory: Directory) -> Claim:
    errors, notices = list(command.errors), list(command.notices)
    caller, next_action_at = None, None
    if command.caller_id is None:
        # One that was given and cannot be used, or was not even looked for, is not missing.
        if not any(error.field == "caller_id" or error.code == TooManyTokens.code for error in errors):
            errors.append(_field_error(MissingCallerId()))
    else:
        try:
            parsed = read_phone(command.caller_id, directory.company.region)
            caller = parsed.number
            notices += parsed.notices
        except InvalidCallerId as refusal:
            errors.append(_field_error(refusal))
    if command.next_action_at is not None:
        try:
            next_action_at = read_time(command.next_action_at, directory.company.time_zone)
        except ValueError:
            errors.append(_NOT_A_TIME)
    # A wish to be left alone needs a number and nothing else: it is honoured whatever else is wrong or paused.
    is_wish = command.opt_out or command.blocked
    if caller is None or (errors and not is_wish):
        raise _as_refusal(errors)
    notices += [Notice(error.code, error.field, f"{error.field} {error.message}; it was left out.") for error in errors]
    source, is_unknown = _traffic_source(command, directory, notices)
    if not is_wish:
        _require_open(owner, source)
    if command.restart_schedule and not isinstance(owner, Schedule):
        notices.append(_NO_PLAN)
    return Claim(
        command=command,
        owner=owner,
        caller=caller,
        attribution=Attribution(source.id if source else None, command.sub_id),
        has_unknown_source=is_unknown,
        next_action_at=next_action_at,
        notices=tuple(notices),
    )


def _traffic_source(
    command: EnrollLead, directory: Directory, notices: list[Notice]
) -> tuple[TrafficSource | None, bool]:
    """Return the source that the request names, and whether it named one we do not know."""
    named = command.traffic_source_id
    source = None
    if named is not None and named.isascii() and named.isdigit() and len(named) <= _MOST_SOURCE_DIGITS:
        source = directory.traffic_sources.get(TrafficSourceId(int(named)))
    is_unknown = named is not None and source is None
    if is_unknown:
        notices.append(_UNKNOWN_SOURCE)
    return source, is_unknown


def _require_open(owner: Owner, source: TrafficSource | None) -> None:
    """Refuse what is paused, and an unknown sender where the owner wants to know."""
    if owner.paused_at:
        raise SchedulePaused
    if source is None and owner.requires_traffic_source:
        raise TrafficSourceRequired(errors={"traffic_source_id": ["is required and must be one of the company's"]})
    if source is not None and source.paused_at:
        raise TrafficSourcePaused(errors={"traffic_source_id": ["is paused"]})


_MOST_SOURCE_DIGITS = 12
_UNKNOWN_SOURCE = Notice(
    "unknown_traffic_source",
    "traffic_source_id",
    "No traffic source of that number exists; the lead is in without attribution to a source.",
)
_NO_PLAN = Notice("unsupported_parameter", "restart_schedule", "An offer has no plan to restart; it changes nothing.")
_NOT_A_TIME = FieldError("invalid_parameter", "next_action_at", "is not a time; send ISO 8601 with an offset")
_KINDS = {kind.code: kind for kind in (MissingCallerId, InvalidCallerId, AmbiguousParameter, TooManyTokens)}


def _field_error(refusal: Refusal) -> FieldError:
    [(name, messages)] = refusal.errors.items()
    return FieldError(refusal.code, name, messages[0])


def _as_refusal(errors: Sequence[FieldError]) -> Refusal:
    """Return one refusal that names every field at fault.

    Its code is that of the first fault, but the caller's goes before all others: clients look for it.
    """
    errors = sorted(errors, key=lambda error: error.field != "caller_id")
    by_field: dict[str, list[str]] = {}
    for error in errors:
        by_field.setdefault(error.field, []).append(error.message)
    kind = _KINDS.get(errors[0].code, InvalidParameter)
    return kind(errors=by_field)


def read_time(text: str, zone: str) -> datetime:
    """Read an instant: ISO 8601, or ``2021-07-23 14:26:43 +0000``; without an offset it is in `zone`.

    Returns: An aware instant in UTC.
    Raises: ValueError: it is neither, or there is no such instant.
    """
    cleaned = text.strip()
    # Both styles differ from what `fromisoformat` reads only by the blank before the offset and by " UTC".
    if cleaned.upper().endswith(" UTC"):
        cleaned = cleaned[:-4] + "+00:00"
    head, blank, offset = cleaned.rpartition(" ")
    if blank and offset[:1] in "+-" and head:
        cleaned = head + offset
    elif ":" in head and offset[:1].isdigit():
        # In a query string and in a form a raw plus arrives as a blank.
        cleaned = f"{head.rstrip()}+{offset}"
    instant = datetime.fromisoformat(cleaned)
    if instant.tzinfo is None:
        instant = instant.replace(tzinfo=ZoneInfo(zone))
    try:
        return instant.astimezone(UTC)
    except OverflowError as error:
        raise ValueError(text) from error
