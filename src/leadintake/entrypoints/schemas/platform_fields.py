"""The platform fields of a submission: text in, typed values out, every fault at once."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from email_validator import EmailNotValidError, validate_email
from marshmallow import EXCLUDE, Schema, ValidationError, fields, validate

from leadintake.domain.claims import read_time
from leadintake.domain.notice import Notice
from leadintake.domain.reserved_names import BOOLEANS
from leadintake.domain.reserving import FieldError

if TYPE_CHECKING:
    from collections.abc import Mapping

_TEN_YEARS = timedelta(days=3653)
_MOST_ATTEMPTS: Final = 1_000_000
_MOST_SUB_ID_CHARS: Final = 255
_MOST_PRIORITY = Decimal(1_000_000)
_PRIORITY_STEP = Decimal("0.0001")


class Flag(fields.Field[bool]):
    """A boolean in one of the ways people write it: ``1 true yes on 0 false no off``, any case."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> bool:  # noqa: ARG002 - marshmallow's signature
        try:
            return BOOLEANS[value.lower()]
        except KeyError:
            message = "is not yes or no: send true or false"
            raise ValidationError(message) from None


class PlainDecimal(fields.Field[Decimal]):
    """A finite decimal number."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> Decimal:  # noqa: ARG002 - likewise
        try:
            number = Decimal(value)
        except ArithmeticError:
            number = Decimal("nan")
        if not number.is_finite():
            message = "is not a number"
            raise ValidationError(message)
        return number


class Minutes(PlainDecimal):
    """A span of more than nothing and at most ten years, in decimal minutes."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> Any:
        number = super()._deserialize(value, attr, data, **kwargs)
        if not 0 < number <= _TEN_YEARS / timedelta(minutes=1):
            message = "must be more than 0 and at most ten years, in minutes"
            raise ValidationError(message)
        return timedelta(microseconds=int(number * 60_000_000)) or timedelta(microseconds=1)


class Whole(PlainDecimal):
    """A whole number between two others, both of them allowed."""

    def __init__(self, fewest: int, most: int, **options: Any) -> None:
        super().__init__(**options)
        self._fewest = fewest
        self._most = most

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> Any:
        number = super()._deserialize(value, attr, data, **kwargs)
        if not self._fewest <= number <= self._most or number != int(number):
            message = f"must be a whole number from {self._fewest} to {self._most}"
            raise ValidationError(message)
        return int(number)


class Span(Whole):
    """A whole number of hours or seconds, as the span that it stands for.

    Args:
        unit: What is counted.
        fewest: The fewest of them.
        most: The longest span.
    """

    def __init__(self, unit: timedelta, *, fewest: int, most: timedelta, **options: Any) -> None:
        super().__init__(fewest, most // unit, **options)
        self._unit = unit

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> Any:
        return super()._deserialize(value, attr, data, **kwargs) * self._unit


class ToCalls(fields.Field[bool]):
    """What else the lead tokens apply to; calls are all there is."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> bool:  # noqa: ARG002 - likewise
        if value.lower() != "calls":
            message = "can only be calls"
            raise ValidationError(message)
        return True


class Priority(PlainDecimal):
    """A number within a million of zero, in steps of a ten-thousandth."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> Any:
        number = super()._deserialize(value, attr, data, **kwargs)
        if abs(number) > _MOST_PRIORITY:
            message = "must lie between -1000000 and 1000000"
            raise ValidationError(message)
        if number != number.quantize(_PRIORITY_STEP):
            message = "has more than four decimals"
            raise ValidationError(message)
        return number.quantize(_PRIORITY_STEP).normalize() + 0


class Moment(fields.Field[str]):
    """A time; it stays text, because only the company knows in which zone one without an offset is."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> Any:  # noqa: ARG002 - likewise
        try:
            read_time(value, "UTC")
        except ValueError:
            message = "is not a time: send ISO 8601 with an offset, such as 2030-01-31T09:00:00-05:00"
            raise ValidationError(message) from None
        return value


class PlatformFieldsSchema(Schema):
    """The platform fields that enrollment acts on; each is text, trimmed and not empty."""

    class Meta:
        """Names that are reserved without an effect pass by."""

        unknown = EXCLUDE

    caller_id = fields.Raw()
    email = fields.Raw()
    traffic_source_id = fields.Raw()
    sub_id = fields.String(validate=validate.Length(max=_MOST_SUB_ID_CHARS, error="must be at most 255 characters"))
    expires_in = Minutes()
    hours_to_expire = Span(timedelta(hours=1), fewest=1, most=_TEN_YEARS, attribute="leaves_plan_in")
    max_contact_attempts = Whole(1, _MOST_ATTEMPTS)
    next_action_at = Moment()
    schedule_callback_at = Moment()
    schedule_callback_in_seconds = Span(timedelta(seconds=1), fewest=0, most=_TEN_YEARS, attribute="callback_in")
    lead_priority = Priority()
    restart_schedule = Flag()
    update_only = Flag()
    expire_existing = Flag()
    delete_existing = Flag()
    update_all_matching_leads = Flag()
    apply_to = ToCalls(attribute="applies_to_calls")
    unblock_contact = Flag()
    opt_out = Flag()
    blocked = Flag()
    test = Flag()
    auto_format_nested_fields = Flag()


@dataclass(frozen=True, slots=True)
class PlatformFields:
    """What the schema read: `values` for the command, and what was wrong."""

    values: dict[str, Any]
    errors: tuple[FieldError, ...]


_SCHEMA = PlatformFieldsSchema()
# The schema lets these through untouched, and most submissions have no others.
_TAKEN_AS_GIVEN: Final = frozenset(name for name, field in _SCHEMA.fields.items() if type(field) is fields.Raw)
# What nearly every address looks like, and the library always accepts; asking it costs as much as the caller's number.
_ORDINARY_EMAIL: Final = re.compile(
    r"[a-z0-9]{1,20}(?:[._-][a-z0-9]{1,20})?@(?:[a-z0-9]{2,30}\.)?[a-z]{2,30}\.(?:com|net|org)"
)


def load_platform_fields(platform: Mapping[str, str]) -> PlatformFields:
    """Check the form of the platform fields.

    Returns: The typed values of the sound ones, and an error for every other.
    """
    if platform.keys() <= _TAKEN_AS_GIVEN:
        return PlatformFields(dict(platform), ())
    errors: tuple[FieldError, ...] = ()
    try:
        values = _SCHEMA.load(platform)
    except ValidationError as invalid:
        values = invalid.valid_data if isinstance(invalid.valid_data, dict) else {}
        messages = invalid.messages_dict
        errors = tuple(
            FieldError("invalid_parameter", name, str(said)) for name, all_said in messages.items() for said in all_said
        )
    values.pop("auto_format_nested_fields", None)
    return PlatformFields(values, errors)


def email_notice(email: str | None) -> Notice | None:
    """Return the warning about an address that cannot be one; the lead is in all the same."""
    if email is None or _ORDINARY_EMAIL.fullmatch(email):
        return None
    try:
        validate_email(email, check_deliverability=False)
    except EmailNotValidError:
        return Notice("invalid_email", "email", "The e-mail address does not look like one; it was kept as sent.")
    return None
