"""The kinds of values of the company API; each message goes on where the field's name ends.

They are strict where JSON has a type of its own: ``"5"`` is no number and ``"no"`` is no boolean, for a client that
sends those has mixed something up. In a query string everything is text, so there are kinds of their own for it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final, Generic, TypeVar

from marshmallow import RAISE, Schema, ValidationError, fields, validate

from leadintake.domain.claims import read_time
from leadintake.domain.credential import SECRET_PATTERN
from leadintake.domain.redaction import REDACTED
from leadintake.domain.reserved_names import BOOLEANS, token_name

MOST_ID: Final = 2**31 - 1
MOST_NAME_CHARS: Final = 100
MOST_PER_PAGE: Final = 250
MOST_PAGE: Final = 1_000_000
MOST_TOKEN_NAME_CHARS: Final = 64
_MOST_CHARS_SHOWN: Final = 100
# What a text may not hold: PostgreSQL keeps no NUL, and nobody can see the others.
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
_PRINTABLE: Final = re.compile(r"[^\x00-\x1f\x7f\ud800-\udfff]*")
_UNPRINTABLE: Final = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_TOKEN_NAME: Final = rf"^[a-z0-9_]{{1,{MOST_TOKEN_NAME_CHARS}}}$"
_REQUIRED: Final[dict[str, Any]] = {
    "required": "is required",
    "null": "must not be null",
    "validator_failed": "is not valid",
}

_TOKEN_VALUE: Final = {"type": ["string", "number", "boolean", "null"]}

Choice = TypeVar("Choice", bound=StrEnum)


class CommandSchema(Schema):
    """Base of what comes in: a member that is not known is an error, for it would do nothing."""

    class Meta:
        """Nothing passes unseen."""

        unknown = RAISE

    error_messages = {  # noqa: RUF012 - marshmallow's way to say it
        "unknown": "is not known here",
        "type": "must be an object",
    }


class Text(fields.String):
    """A text without control characters, trimmed."""

    default_error_messages = {**_REQUIRED, "invalid": "must be text"}  # noqa: RUF012 - marshmallow's way to say it

    def __init__(self, *, most: int = MOST_NAME_CHARS, fewest: int = 1, **options: Any) -> None:
        super().__init__(validate=[_within(fewest, most)], **options)

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> Any:
        text = super()._deserialize(value, attr, data, **kwargs)
        if not _PRINTABLE.fullmatch(text):
            message = "must not hold control characters"
            raise ValidationError(message)
        return text.strip()


class Whole(fields.Integer):
    """A whole number, as JSON has it."""

    default_error_messages = {**_REQUIRED, "invalid": "must be a whole number"}  # noqa: RUF012 - likewise

    def __init__(self, lowest: int, highest: int, **options: Any) -> None:
        super().__init__(strict=True, validate=[_between(lowest, highest)], **options)

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> Any:  # noqa: ARG002 - marshmallow's signature
        # True is a whole number to Python only.
        if isinstance(value, bool) or not isinstance(value, int | Decimal):
            raise self.make_error("invalid")
        if not -MOST_ID <= value <= MOST_ID:
            # Out of every range there is, and not to be worked out: it may have a million digits.
            return MOST_ID + 1 if value > 0 else -MOST_ID - 1
        # 1.0 is a whole number to JSON.
        if value != int(value):
            raise self.make_error("invalid")
        return int(value)


class WholeText(fields.Integer):
    """A whole number in plain digits, as a query string has it."""

    default_error_messages = _REQUIRED

    def __init__(self, lowest: int, highest: int, **options: Any) -> None:
        super().__init__(validate=[_between(lowest, highest)], **options)
        self._range = range(lowest, highest + 1)

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> Any:  # noqa: ARG002 - likewise
        is_short = value.isascii() and value.isdigit() and len(value) <= len(str(self._range[-1]))
        if not is_short or int(value) not in self._range:
            message = f"must be a whole number from {self._range[0]} to {self._range[-1]}"
            raise ValidationError(message)
        return int(value)


class Flag(fields.Boolean):
    """True or false, as JSON has it."""

    default_error_messages = {**_REQUIRED, "invalid": "must be true or false"}  # noqa: RUF012 - likewise

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> Any:  # noqa: ARG002 - likewise
        if not isinstance(value, bool):
            raise self.make_error("invalid")
        return value


class FlagText(fields.Boolean):
    """A boolean in one of the ways people write it: ``1 true yes on 0 false no off``, any case."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> Any:  # noqa: ARG002 - likewise
        try:
            return BOOLEANS[value.lower()]
        except KeyError:
            message = "is not yes or no: send true or false"
            raise ValidationError(message) from None


class Number(fields.Decimal):
    """A decimal number within bounds, as JSON has it, with at most so many decimals."""

    default_error_messages = {**_REQUIRED, "invalid": "must be a number", "special": "must be a number"}  # noqa: RUF012 - likewise

    def __init__(self, lowest: int, highest: int, *, decimals: int, **options: Any) -> None:
        self._between = _between(lowest, highest)
        super().__init__(allow_nan=False, validate=[self._between], **options)
        self._step = Decimal(1).scaleb(-decimals)
        self._decimals = decimals

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> Any:  # noqa: ARG002 - likewise
        if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
            raise self.make_error("invalid")
        # Before anything is worked out: a huge number would take more digits than there are.
        number: Decimal = Decimal(str(self._between(value)))
        if number != number.quantize(self._step):
            message = f"has more than {self._decimals} decimals"
            raise ValidationError(message)
        return number.quantize(self._step).normalize() + 0

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> Any:  # noqa: ARG002 - likewise
        if value is None:
            return None
        return int(value) if value == int(value) else float(value)


class OneOf(fields.String, Generic[Choice]):
    """One of a closed set of words, in any case."""

    default_error_messages = {**_REQUIRED, "invalid": "must be text"}  # noqa: RUF012 - likewise

    def __init__(self, kind: type[Choice], **options: Any) -> None:
        self._kind = kind
        super().__init__(metadata={"enum": [each.value for each in kind]}, **options)

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> Any:  # noqa: ARG002 - likewise
        return value.value

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> Any:
        text = super()._deserialize(value, attr, data, **kwargs)
        try:
            return self._kind(text.strip().lower())
        except ValueError:
            message = f"must be one of {', '.join(self._kind)}"
            raise ValidationError(message) from None


class Moment(fields.String):
    """A time; it stays text, because only the company knows in which zone one without an offset is."""

    default_error_messages = {**_REQUIRED, "invalid": "must be text"}  # noqa: RUF012 - likewise

    def __init__(self, **options: Any) -> None:
        super().__init__(metadata={"description": "ISO 8601; without an offset in the company's time zone"}, **options)

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> Any:
        text = super()._deserialize(value, attr, data, **kwargs).strip()
        try:
            read_time(text, "UTC")
        except ValueError:
            message = "is not a time: send ISO 8601 with an offset, such as 2030-01-31T09:00:00-05:00"
            raise ValidationError(message) from None
        return text


class Instant(fields.AwareDateTime):
    """An instant of an answer: ISO 8601 in UTC with a Z."""

    def _serialize(self, value: datetime | None, attr: str | None, obj: Any, **kwargs: Any) -> Any:  # noqa: ARG002 - likewise
        if value is None:
            return None
        return value.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"


class Seconds(fields.Integer):
    """A span of time in whole seconds."""

    default_error_messages = Whole.default_error_messages

    def __init__(self, most: int, **options: Any) -> None:
        super().__init__(strict=True, metadata={"minimum": 0, "maximum": most}, **options)
        self._whole = Whole(0, most)

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> Any:  # noqa: ARG002 - likewise
        return int(value.total_seconds())

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> Any:  # noqa: ARG002 - likewise
        return timedelta(seconds=self._whole.deserialize(value))


class TokenName(Text):
    """The name of a lead token, written as leads keep it."""

    def __init__(self, **options: Any) -> None:
        super().__init__(most=MOST_TOKEN_NAME_CHARS, metadata={"pattern": _TOKEN_NAME}, **options)

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> Any:
        text = super()._deserialize(value, attr, data, **kwargs)
        if not re.fullmatch(_TOKEN_NAME, text) or token_name(text) != text:
            message = "must be a lead token's name: a to z, 0 to 9 and _, at most 64 characters"
            raise ValidationError(message)
        return text


class Several(fields.List[Any]):
    """Several values, in order."""

    default_error_messages = {**_REQUIRED, "invalid": "must be a list"}  # noqa: RUF012 - likewise

    def __init__(self, inner: Any, *, most: int, fewest: int = 0, **options: Any) -> None:
        self._length = _within(fewest, most, of="entries")
        super().__init__(inner, validate=[self._length], **options)

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> Any:
        # A text and an object are lists to Python too.
        if not isinstance(value, list):
            raise self.make_error("invalid")
        # Counted as they came, before anybody looks at each of them.
        return tuple(super()._deserialize(self._length(value), attr, data, **kwargs))


class Texts(Several):
    """Several texts, none twice."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> Any:
        return tuple(dict.fromkeys(super()._deserialize(value, attr, data, **kwargs)))


class Paused(fields.Boolean):
    """Whether something of an answer is paused: it says since when in another member."""

    def get_value(self, obj: Any, attr: str, accessor: Any = None, default: Any = None) -> Any:  # noqa: ARG002 - likewise
        """Return the moment that it was paused."""
        return super().get_value(obj, "paused_at", accessor, default)

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> Any:  # noqa: ARG002 - likewise
        return value is not None


class TokenValues(fields.Dict):
    """Lead tokens to set, by name; null takes one away. Numbers and booleans are kept as text."""

    default_error_messages = {**_REQUIRED, "invalid": "must be an object"}  # noqa: RUF012 - likewise

    def __init__(self, **options: Any) -> None:
        super().__init__(metadata={"additionalProperties": _TOKEN_VALUE}, **options)

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> Any:  # noqa: ARG002 - likewise
        if not isinstance(value, dict):
            raise self.make_error("invalid")
        tokens: dict[str, str | None] = {}
        errors: dict[str, Sequence[str]] = {}
        for name, entry in value.items():
            key = token_name(name)
            if not 0 < len(key) <= MOST_TOKEN_NAME_CHARS:
                errors[name] = [f"must have a name of 1 to {MOST_TOKEN_NAME_CHARS} characters"]
            elif isinstance(entry, dict | list):
                errors[name] = ["must be text, a number or a boolean"]
            else:
                tokens[key] = _as_text(entry)
        if errors:
            raise ValidationError(dict(errors))
        return tokens


def flattened(errors: Mapping[Any, Any] | Sequence[Any], prefix: str = "") -> dict[str, list[str]]:
    """Return marshmallow's messages under one name each: ``actions.0.name``.

    >>> flattened({"actions": {0: {"name": ["is required"]}}, "_schema": ["must be an object"]})
    {'actions.0.name': ['is required'], 'body': ['must be an object']}
    """
    if not isinstance(errors, Mapping):
        return {prefix or "body": [str(message) for message in errors]}
    found: dict[str, list[str]] = {}
    for name, messages in errors.items():
        # What is wrong with an object as a whole is told under its own name.
        path = prefix if name == "_schema" else ".".join(filter(None, (prefix, shown(str(name)))))
        for field, said in flattened(messages, path).items():
            found.setdefault(field, []).extend(said)
    return found


def shown(name: str) -> str:
    """Return a stranger's name for a field fit to be shown: no credential, nothing unprintable, not endless."""
    return _UNPRINTABLE.sub("\ufffd", SECRET_PATTERN.sub(REDACTED, name))[:_MOST_CHARS_SHOWN]


def _as_text(value: Any) -> str | None:
    """Return a value as leads keep it; nothing but blanks is nothing."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return None if value is None else _CONTROL.sub("", str(value)).strip() or None


def _within(fewest: int, most: int, *, of: str = "characters") -> validate.Length:
    said = f"must have {fewest} to {most} {of}" if fewest else f"must have at most {most} {of}"
    return validate.Length(fewest or None, most, error=said)


def _between(lowest: int, highest: int) -> validate.Range:
    return validate.Range(lowest, highest, error=f"must be from {lowest} to {highest}")
