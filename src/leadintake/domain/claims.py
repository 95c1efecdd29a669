"""Claims: what a submission asks for, as far as it can be judged without the caller's record.

`examine` reads what only the company can tell (a number in its region, a time in its zone), checks what its owner,
its traffic source and its contact fields say, and returns a `Claim` for `domain.enrollment` to decide, or the refusal.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from leadintake.domain.attribution import Attribution, TrafficSourceId
from leadintake.domain.contact_field import REQUIRED
from leadintake.domain.errors import (
    InvalidCallerId,
    MissingCallerId,
    PermissionDenied,
    Refusal,
    SchedulePaused,
    TooManyTokens,
    TrafficSourcePaused,
    TrafficSourceRequired,
    UnknownLeadToken,
)
from leadintake.domain.faults import as_fault, as_refusal
from leadintake.domain.notice import Notice
from leadintake.domain.owner import Offer
from leadintake.domain.phone import PhoneNumber, count_national_digits, read_phone
from leadintake.domain.reserving import FieldError

if TYPE_CHECKING:
    from datetime import timedelta
    from decimal import Decimal

    from leadintake.domain.attribution import TrafficSource
    from leadintake.domain.credential import TokenGrant
    from leadintake.domain.directory import Directory
    from leadintake.domain.errors import DailyCapReached
    from leadintake.domain.idempotency import Idempotent
    from leadintake.domain.lead import TokenSet
    from leadintake.domain.owner import Owner, OwnerRef
    from leadintake.domain.quota import DailyCap
    from leadintake.domain.submission import Receipt


class Reach(StrEnum):
    """Where the caller's live lead is looked for: under the owner, or in its whole offer (create or update)."""

    OWNER = "owner"
    OFFER = "offer"


@dataclass(frozen=True, slots=True, kw_only=True)
class EnrollLead:
    """One submission, read but not yet judged.

    Shape: texts are trimmed and never empty; `next_action_at` and `schedule_callback_at` are still text because only
    the company knows its zone, `caller_id` because only the company knows its region. `leaves_plan_in` and
    `callback_in` count from now. `opt_out` and `blocked` are None when nothing was said: False lifts what stands.
    `may_lift` says that the sender may do so, `sees_whole_lead` that they are shown what others have sent; `explain`
    asks for the decision's trace. `owner` is named by who comes with an API key instead of a lead token; `origin` is
    that of the browser page that the request came from. `phone_alias` is the lead token that `caller_id` was taken
    from, None when it was given. `errors` are what the reading already found wrong: such a command is refused, in its
    place in the batch, so that the verdict is kept with the others. `counts_from` is the moment that spans count from,
    None for the batch's own: what is judged again counts from when it came. `daily_cap` is the lead token's, and
    `cap_reached` why no new lead may begin by it today. `user_agent` is what the request said of itself, asked only
    of one that carries evidence of consent.
    """

    receipt: Receipt
    caller_id: str | None
    tokens: TokenSet
    email: str | None = None
    traffic_source_id: str | None = None
    sub_id: str | None = None
    expires_in: timedelta | None = None
    leaves_plan_in: timedelta | None = None
    max_contact_attempts: int | None = None
    next_action_at: str | None = None
    schedule_callback_at: str | None = None
    callback_in: timedelta | None = None
    lead_priority: Decimal | None = None
    restart_schedule: bool = False
    update_only: bool = False
    expire_existing: bool = False
    delete_existing: bool = False
    update_all_matching_leads: bool = False
    applies_to_calls: bool = False
    unblock_contact: bool = False
    opt_out: bool | None = None
    blocked: bool | None = None
    test: bool = False
    reach: Reach = Reach.OWNER
    may_lift: bool = False
    sees_whole_lead: bool = False
    explain: bool = False
    owner: OwnerRef | None = None
    origin: str | None = None
    phone_alias: str | None = None
    idempotent: Idempotent | None = None
    notices: tuple[Notice, ...] = ()
    errors: tuple[FieldError, ...] = ()
    counts_from: datetime | None = None
    daily_cap: DailyCap | None = None
    cap_reached: DailyCapReached | None = None
    user_agent: str | None = None

    @property
    def is_wish(self) -> bool:
        """Say whether the caller is to be left alone: opted out, or blocked."""
        return bool(self.opt_out or self.blocked)

    @property
    def lifts(self) -> bool:
        """Say whether an opt-out or a block is to be lifted, if there is one."""
        return self.unblock_contact or self.opt_out is False or self.blocked is False

    @property
    def reaches_offer(self) -> bool:
        """Say whether the caller's leads in the whole offer matter, not only those under the owner."""
        return self.update_all_matching_leads or self.reach is Reach.OFFER

    def is_over(self, *, at: datetime) -> bool:
        """Say whether the time that the lead was given had ended before anybody took it."""
        if self.counts_from is None or self.expires_in is None:
            return False
        return self.counts_from + self.expires_in <= at

    def grant_in(self, directory: Directory) -> TokenGrant | None:
        """Return what the lead token that it came by grants, None when it came by none, or by one that has ended."""
        return directory.grant(self.receipt.lead_token_id, at=self.receipt.received_at)

    def owner_in(self, directory: Directory) -> OwnerRef | None:
        """Return the owner that is meant, None when the lead token has ended meanwhile."""
        if self.owner is not None:
            return self.owner
        grant = self.grant_in(directory)
        return grant.owner if grant else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A command whose form is sound: who it is about, under whom, attributed how.

    Shape: `next_action_at` and `callback_at` are instants in UTC.
    """

    command: EnrollLead
    owner: Owner
    caller: PhoneNumber
    attribution: Attribution
    has_unknown_source: bool
    next_action_at: datetime | None
    callback_at: datetime | None
    notices: tuple[Notice, ...]

    @property
    def changes_contact(self) -> bool:
        """Say whether the command opts the caller out or blocks them, instead of enrolling anybody."""
        return self.command.is_wish

    @property
    def is_budgeted(self) -> bool:
        """Say whether the command does what a lead token may ask for only so many times a day."""
        command = self.command
        asks = command.opt_out or command.blocked or command.delete_existing
        return bool(asks) and not command.test and command.receipt.lead_token_id is not None

    @property
    def looks_back(self) -> bool:
        """Say whether the decision depends on the leads that the caller had before, ended ones included."""
        return self.command.delete_existing or self.owner.rules.concerns_duplicates

    @property
    def counted_ip(self) -> str | None:
        """Return the address that the owner counts this lead under, None where it counts none."""
        return None if self.owner.rules.most_per_ip_a_day is None else self.command.receipt.remote_ip


def examine(command: EnrollLead, directory: Directory) -> Claim | Refusal:
    """Check all that needs no caller's record, and say whom the command is about.

    Returns: The claim to decide, or why there is none.
    """
    grant = command.grant_in(directory)
    ref = command.owner or (grant.owner if grant else None)
    owner = directory.owner(ref) if ref else None
    if owner is None and command.receipt.lead_token_id is None:
        return as_refusal(command.errors or [_NO_SUCH_OWNER])
    if owner is None:
        # Revoked since the request was identified: it dies at once, and looks like any unknown token.
        return UnknownLeadToken()
    if grant is not None and (refusal := _out_of_bounds(command, grant, directory)):
        return refusal
    try:
        return _claim(command, owner, directory, own_source=None if grant is None else grant.rules.traffic_source_id)
    except Refusal as refusal:
        return refusal


def _out_of_bounds(command: EnrollLead, grant: TokenGrant, directory: Directory) -> Refusal | None:
    """Return what the lead token does not let this sender do, or None."""
    # What is judged again was let in or turned away at the door when it came; who asks for that knows where it is from.
    is_at_the_door = command.counts_from is None
    if is_at_the_door and (refusal := grant.refusal(remote_ip=command.receipt.remote_ip, origin=command.origin)):
        return refusal
    if grant.is_publishable and (names := [name for name in _NOT_IN_PUBLIC if getattr(command, name)]):
        return PermissionDenied(_PUBLISHABLE, errors={name: ["needs a secret lead token"] for name in names})
    own, named = grant.rules.traffic_source_id, command.traffic_source_id
    # A wish to be left alone is heard whatever source is named with it.
    if own is not None and named is not None and directory.source_number(named) != own and not command.is_wish:
        return PermissionDenied(_ANOTHER_SOURCE, errors={"traffic_source_id": ["is not this lead token's own"]})
    return None


def _claim(
    command: EnrollLead, owner: Owner, directory: Directory, *, own_source: TrafficSourceId | None = None
) -> Claim:
    errors, notices = list(command.errors), list(command.notices)
    caller = _caller(command, owner, directory.company.region, errors, notices)
    zone = directory.company.time_zone
    next_action_at = _time("next_action_at", command.next_action_at, zone, errors)
    callback_at = _time("schedule_callback_at", command.schedule_callback_at, zone, errors)
    # A wish to be left alone needs a number and nothing else: it is honoured whatever else is wrong or paused.
    is_wish = command.is_wish
    if owner.rules.enforces_contact_fields and not is_wish:
        errors += _contact_field_errors(command, directory, owner)
    if caller is None or (errors and not is_wish):
        raise as_refusal(errors)
    notices += [Notice(error.code, error.field, f"{error.field} {error.message}; it was left out.") for error in errors]
    source, is_unknown = _traffic_source(command, directory, notices, own=own_source)
    if not is_wish:
        _require_open(owner, source)
    if is_wish and command.lifts:
        notices.append(_NOTHING_LIFTED)
    if command.schedule_callback_at is not None and command.callback_in is not None:
        notices.append(_TWO_CALLBACKS)
    if isinstance(owner, Offer) and command.reach is Reach.OWNER:
        notices += plan_notices(command)
    return Claim(
        command=command,
        owner=owner,
        caller=caller,
        attribution=Attribution(source.id if source else None, command.sub_id),
        has_unknown_source=is_unknown,
        next_action_at=next_action_at,
        callback_at=callback_at,
        notices=tuple(notices),
    )


def _caller(
    command: EnrollLead, owner: Owner, region: str, errors: list[FieldError], notices: list[Notice]
) -> PhoneNumber | None:
    """Return whom the command is about; None, and why, when that cannot be read or is not taken here."""
    text = command.caller_id
    if owner.rules.phone_fields and (text is None or command.phone_alias is not None):
        text = _mapped(command, owner, notices) or text
    if text is None:
        # One that was given and cannot be used, or was not even looked for, is not missing.
        if not any(error.field == "caller_id" or error.code == TooManyTokens.code for error in errors):
            errors.append(as_fault(MissingCallerId()))
        return None
    try:
        parsed = read_phone(text, region)
    except InvalidCallerId as refusal:
        errors.append(as_fault(refusal))
        return None
    notices += parsed.notices
    if (lengths := owner.rules.phone_lengths) and not _has_length(parsed.number, lengths):
        fewest, most = lengths
        spelled = f"{fewest}" if fewest == most else f"{fewest} to {most}"
        errors.append(FieldError(InvalidCallerId.code, "caller_id", f"must have {spelled} digits here"))
    return parsed.number


def caller_of(command: EnrollLead, directory: Directory) -> PhoneNumber | None:
    """Return whom a command is about, even one that is refused; None when nobody can read that."""
    ref = command.owner_in(directory)
    owner = directory.owner(ref) if ref is not None else None
    text = command.caller_id
    if owner is not None and owner.rules.phone_fields and (text is None or command.phone_alias is not None):
        text = _mapped(command, owner, []) or text
    try:
        return None if text is None else read_phone(text, directory.company.region).number
    except InvalidCallerId:
        return None


def attribution_of(command: EnrollLead, directory: Directory) -> Attribution:
    """Return the source and sub id that a command names, even one that is refused, as far as the company knows them."""
    grant = command.grant_in(directory)
    own = None if grant is None else grant.rules.traffic_source_id
    source, _ = _traffic_source(command, directory, [], own=own)
    return Attribution(source.id if source else None, command.sub_id)


def _mapped(command: EnrollLead, owner: Owner, notices: list[Notice]) -> str | None:
    """Return the number from the lead token that the owner says holds it; it goes before every well-known name."""
    name = next((name for name in owner.rules.phone_fields if name in command.tokens), None)
    if name is None:
        return None
    notices[:] = [notice for notice in notices if notice.code != PHONE_TAKEN_FROM]
    notices.append(Notice(PHONE_TAKEN_FROM, name, f"caller_id is missing; {name} was taken for it, as is set up here."))
    return command.tokens[name]


def _has_length(number: PhoneNumber, lengths: tuple[int, int]) -> bool:
    fewest, most = lengths
    return fewest <= count_national_digits(number) <= most


def _time(name: str, text: str | None, zone: str, errors: list[FieldError]) -> datetime | None:
    if text is None:
        return None
    try:
        return read_time(text, zone)
    except ValueError:
        errors.append(FieldError("invalid_parameter", name, "is not a time; send ISO 8601 with an offset"))
        return None


def _contact_field_errors(command: EnrollLead, directory: Directory, owner: Owner) -> list[FieldError]:
    """Return what the lead tokens lack; an update names only what changes, so it need not name all."""
    fields, region = directory.fields_of(owner), directory.company.region
    found = (field.fault(command.tokens.get(field.key), region=region) for field in fields)
    errors = [error for error in found if error is not None]
    return [error for error in errors if not (command.update_only and error.code == REQUIRED)]


def plan_notices(command: EnrollLead) -> list[Notice]:
    """Return a warning for each parameter that needs a plan, for a lead of an offer, which has none."""
    notices = []
    if command.restart_schedule:
        notices.append(_NO_PLAN)
    if command.leaves_plan_in is not None:
        notices.append(Notice("unsupported_parameter", "hours_to_expire", _NO_PLAN_TO_LEAVE))
    if command.max_contact_attempts is not None:
        notices.append(Notice("unsupported_parameter", "max_contact_attempts", _NO_PLAN_TO_LEAVE))
    return notices


def _traffic_source(
    command: EnrollLead, directory: Directory, notices: list[Notice], *, own: TrafficSourceId | None
) -> tuple[TrafficSource | None, bool]:
    """Return the source that the request names, else the lead token's own; and whether it named one we do not know."""
    named = command.traffic_source_id
    number = own if named is None else directory.source_number(named)
    source = None if number is None else directory.traffic_sources.get(number)
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


# What would let the visitors of a page, who can all read its lead token, do more than submit themselves.
_NOT_IN_PUBLIC = ("opt_out", "blocked", "delete_existing", "expire_existing", "update_all_matching_leads")
_PUBLISHABLE = "This lead token is for browser pages: it only submits leads. Send that from a server with a secret one."
_ANOTHER_SOURCE = "This lead token sends for one traffic source; leave traffic_source_id out, or send that one."
_UNKNOWN_SOURCE = Notice(
    "unknown_traffic_source",
    "traffic_source_id",
    "No traffic source of that number or external id exists; the lead is in without attribution to a source.",
)
_NO_PLAN = Notice("unsupported_parameter", "restart_schedule", "An offer has no plan to restart; it changes nothing.")
_NO_PLAN_TO_LEAVE = "An offer has no plan to leave; it changes nothing."
_NOTHING_LIFTED = Notice(
    "lifting_ignored",
    None,
    "The caller is left alone, as was asked; what would lift an opt-out or a block was left out.",
)
_TWO_CALLBACKS = Notice(
    "callback_given_twice",
    "schedule_callback_in_seconds",
    "schedule_callback_at was given too and was taken; this was left out.",
)
PHONE_TAKEN_FROM = "phone_taken_from"
_NO_SUCH_OWNER = FieldError("invalid_parameter", "schedule_id", "or offer_id is none of the company's")


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
