"""Calls and conversions: what may be told of them, in JSON, in a URL, in a file or at the command line.

Those who tell of them are trackers and spreadsheets, for which everything is text: a number may come as one or as text,
and what is empty was not said. Nothing is guessed beyond that, and no amount ever becomes a float.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final, TypeVar
from uuid import UUID

from marshmallow import ValidationError, fields, pre_load

from leadintake.domain.call import CallId, Direction
from leadintake.domain.credential import SECRET_PATTERN
from leadintake.domain.lead import LeadId
from leadintake.domain.owner import OwnerKind, OwnerRef
from leadintake.domain.parameter_text import FieldError
from leadintake.domain.reserved_names import BOOLEANS
from leadintake.entrypoints.schemas.company.fields import (
    MOST_ID,
    CommandSchema,
    Text,
    TokenValues,
    flattened,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from enum import StrEnum

    from marshmallow import Schema

    from leadintake.domain.company import CompanyId
    from leadintake.domain.credential import ApiKeyId
    from leadintake.domain.recording import RecordOne

Command = TypeVar("Command", bound="RecordOne")

MOST_CHARS: Final = 255
MOST_SECONDS: Final = 604_800
"""No call is taken for longer than a week."""
MOST_AT_ONCE: Final = 1_000

_TOKENS: Final = "tokens"
_KINDS: Final = {"schedule_id": OwnerKind.SCHEDULE, "offer_id": OwnerKind.OFFER}
_CODE: Final = "invalid_parameter"
_MOST_AMOUNT_CHARS: Final = 40
MOST_TOKEN_CHARS: Final = 10_000
_NO_CREDENTIAL: Final = "holds a credential, which is never kept: leave it out"


class ToldSchema(CommandSchema):
    """Base of what is told: null and empty texts say nothing."""

    @pre_load
    def leave_out_nothing(self, data: Any, **_: Any) -> Any:
        """Take out what says nothing."""
        return {name: value for name, value in data.items() if not _is_nothing(value)}


def _is_nothing(value: object) -> bool:
    return value is None or (isinstance(value, str) and not value.strip())


class ToldText(Text):
    """A text; a number is the text that it was written as."""

    def __init__(self, *, most: int = MOST_CHARS, **options: Any) -> None:
        # Nothing but blanks says nothing, and is let through as that.
        metadata = {"type": ["string", "number", "null"], "minLength": 0} | options.pop("metadata", {})
        super().__init__(most=most, metadata=metadata, **options)

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> Any:
        if isinstance(value, int | Decimal) and not isinstance(value, bool):
            value = _written(value)
        return super()._deserialize(value, attr, data, **kwargs)


class KeptText(ToldText):
    """A text that is kept; a credential that a tracker has put in the wrong place is not."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> Any:
        text = super()._deserialize(value, attr, data, **kwargs)
        if SECRET_PATTERN.search(text):
            raise ValidationError(_NO_CREDENTIAL)
        return text


class ToldPhone(ToldText):
    """A phone number in any form; the blank that a raw plus became is kept, for it says that there was one."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> Any:
        text = super()._deserialize(value, attr, data, **kwargs)
        has_lost_its_plus = isinstance(value, str) and value.startswith(" ") and value.strip()[:1].isdigit()
        return f" {text}" if has_lost_its_plus else text


class ToldWhole(fields.Integer):
    """A whole number, as JSON has it or in plain digits."""

    def __init__(self, lowest: int, highest: int, **options: Any) -> None:
        super().__init__(metadata={"type": ["integer", "string", "null"]}, **options)
        self._range = range(lowest, highest + 1)

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> Any:  # noqa: ARG002 - marshmallow's signature
        text = _written(value) if isinstance(value, int | Decimal) and not isinstance(value, bool) else value
        text = text.strip() if isinstance(text, str) else ""
        is_short = text.isascii() and text.isdigit() and len(text) <= len(str(self._range[-1]))
        if not is_short or int(text) not in self._range:
            message = f"must be a whole number from {self._range[0]} to {self._range[-1]}"
            raise ValidationError(message)
        return int(text)


class ToldFlag(fields.Boolean):
    """A boolean, as JSON has it or in one of the ways people write it."""

    def __init__(self, **options: Any) -> None:
        super().__init__(metadata={"type": ["boolean", "string", "integer", "null"]}, **options)

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> Any:  # noqa: ARG002 - likewise
        if isinstance(value, bool):
            return value
        text = _written(value) if isinstance(value, int | Decimal) else value
        flag = BOOLEANS.get(text.strip().lower()) if isinstance(text, str) else None
        if flag is None:
            message = "is not yes or no: send true or false"
            raise ValidationError(message)
        return flag


class ToldId(fields.String):
    """The identifier of a lead or a call."""

    def __init__(self, **options: Any) -> None:
        super().__init__(metadata={"type": ["string", "null"], "format": "uuid"}, **options)

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> Any:  # noqa: ARG002 - likewise
        try:
            return UUID(value.strip())
        except (ValueError, AttributeError):
            message = "is no id"
            raise ValidationError(message) from None


class ToldWord(fields.String):
    """One of a closed set of words, in any case."""

    def __init__(self, kind: type[StrEnum], **options: Any) -> None:
        self._kind = kind
        super().__init__(metadata={"type": ["string", "null"]}, **options)

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> Any:  # noqa: ARG002 - likewise
        try:
            return self._kind(value.strip().lower())
        except (ValueError, AttributeError):
            message = f"must be one of {', '.join(self._kind)}"
            raise ValidationError(message) from None


class ToldTime(ToldText):
    """A time; it stays text, because only the company knows in which zone one without an offset is."""

    def __init__(self, **options: Any) -> None:
        told = "ISO 8601; without an offset in the company's time zone"
        super().__init__(metadata={"type": ["string", "null"], "description": told}, **options)


class ToldAmount(ToldText):
    """An amount; it stays text, because only the company knows in which currency."""

    def __init__(self, **options: Any) -> None:
        told = "A decimal text such as 12.50, in the company's currency; a JSON number is taken by its digits"
        metadata = {"description": told} | options.pop("metadata", {})
        super().__init__(most=_MOST_AMOUNT_CHARS, metadata=metadata, **options)


class ToldTokens(TokenValues):
    """Lead tokens of a call, by name."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.metadata = {**self.metadata, "type": ["object", "null"]}

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> Any:
        tokens: dict[str, str | None] = super()._deserialize(value, attr, data, **kwargs)
        errors: dict[str, Any] = {
            name: [_NO_CREDENTIAL] for name, text in tokens.items() if SECRET_PATTERN.search(f"{name} {text}")
        }
        errors |= {
            name: [f"must be at most {MOST_TOKEN_CHARS} characters"]
            for name, text in tokens.items()
            if text is not None and len(text) > MOST_TOKEN_CHARS
        }
        if errors:
            raise ValidationError(errors)
        return tokens


class NewRecordSchema(ToldSchema):
    """Base of what is told for the first time: what it is called, and whom it is about."""

    external_id = KeptText()
    lead_id = ToldId()
    caller_id = ToldPhone()
    schedule_id = ToldWhole(1, MOST_ID)
    offer_id = ToldWhole(1, MOST_ID)
    lead_token = ToldText()


class NewCallSchema(NewRecordSchema):
    """A call that somebody tells of: of a lead, or of a caller."""

    direction = ToldWord(Direction)
    started_at = ToldTime()
    duration_seconds = ToldWhole(0, MOST_SECONDS)
    disposition = KeptText()
    connected = ToldFlag(attribute="is_connected")
    revenue = ToldAmount()
    payout = ToldAmount()
    currency = ToldText()
    tokens = ToldTokens()


class CorrectedCallSchema(ToldSchema):
    """What is corrected of a call; what is left out stays, and the lead that it counts under always does."""

    direction = ToldWord(Direction)
    started_at = ToldTime()
    duration_seconds = ToldWhole(0, MOST_SECONDS)
    disposition = KeptText(allow_none=True, metadata={"type": ["string", "number"]})
    connected = ToldFlag(attribute="is_connected")
    revenue = ToldAmount()
    payout = ToldAmount()
    currency = ToldText()
    tokens = ToldTokens()

    @pre_load
    def leave_out_nothing(self, data: Any, **options: Any) -> Any:
        """Take out what says nothing; a disposition of null takes it away."""
        takes_away = {"disposition": None} if "disposition" in data and _is_nothing(data["disposition"]) else {}
        return super().leave_out_nothing(data, **options) | takes_away


class NewConversionSchema(NewRecordSchema):
    """A conversion that somebody tells of: of a lead, of a caller, or of a call."""

    call_id = ToldId()
    call_external_id = ToldText()
    kind = KeptText()
    occurred_at = ToldTime()
    revenue = ToldAmount()
    payout = ToldAmount()
    currency = ToldText()


class CorrectedConversionSchema(ToldSchema):
    """What is corrected of a conversion; what is left out stays, and the lead that it counts under always does."""

    kind = KeptText()
    occurred_at = ToldTime()
    revenue = ToldAmount()
    payout = ToldAmount()
    currency = ToldText()


NEW_CALL: Final = NewCallSchema()
NEW_CONVERSION: Final = NewConversionSchema()
CORRECTED_CALL: Final = CorrectedCallSchema()
CORRECTED_CONVERSION: Final = CorrectedConversionSchema()


def no_owner(_lead_token: str) -> None:
    """Find no owner: where lead tokens are not taken."""


def told(
    kind: type[Command],
    schema: NewRecordSchema,
    given: Mapping[str, Any],
    *,
    company_id: CompanyId,
    api_key_id: ApiKeyId | None,
    find_owner: Callable[[str], OwnerRef | None] = no_owner,
) -> Command:
    """Return what is told of a call or a conversion, with everything that is wrong with its form."""
    values, errors = _read(given, schema, find_owner)
    return kind(company_id=company_id, api_key_id=api_key_id, errors=errors, **values)


def gathered(pairs: Iterable[tuple[str, str]], schema: Schema) -> tuple[dict[str, Any], list[str], list[str]]:
    """Return what flat names and texts tell, as in a URL, a form or a spreadsheet.

    ``tokens[agent]`` and ``tokens.agent`` are lead tokens.

    Returns: What is told, the names that tell nothing here, and those that were given twice with different texts.
    """
    told: dict[str, Any] = {}
    tokens: dict[str, Any] = {}
    unknown: list[str] = []
    ambiguous: list[str] = []
    for name, text in pairs:
        key = name.strip().lower()
        into = told
        if _TOKENS in schema.fields and (token := _token_named(key)):
            into, key = tokens, token
        elif key == _TOKENS or key not in schema.fields:
            unknown.append(name)
            continue
        if not text.strip():
            continue
        if into.setdefault(key, text).strip() != text.strip():
            ambiguous.append(name)
    if tokens:
        told[_TOKENS] = tokens
    return told, unknown, ambiguous


def _token_named(key: str) -> str:
    if key.startswith(f"{_TOKENS}[") and key.endswith("]"):
        return key[len(_TOKENS) + 1 : -1].strip()
    return key.removeprefix(f"{_TOKENS}.").strip() if key.startswith(f"{_TOKENS}.") else ""


def _read(
    given: Mapping[str, Any], schema: Schema, find_owner: Callable[[str], OwnerRef | None]
) -> tuple[dict[str, Any], tuple[FieldError, ...]]:
    messages: dict[str, Sequence[str]] = {}
    try:
        values = schema.load(dict(given))
    except ValidationError as error:
        messages = dict(flattened(error.messages_dict))
        values = dict(error.valid_data) if isinstance(error.valid_data, Mapping) else {}
    owners = {name: values.pop(name) for name in _KINDS if name in values}
    lead_token = values.pop("lead_token", None)
    owner = next((OwnerRef(_KINDS[name], number) for name, number in owners.items()), None)
    if len(owners) + (lead_token is not None) > 1:
        messages["lead_token" if lead_token else "offer_id"] = ["cannot be combined with another owner: a lead has one"]
    elif lead_token is not None and (owner := find_owner(lead_token)) is None:
        messages["lead_token"] = ["is no lead token of this company"]
    if "tokens" in values:
        values["tokens"] = {name: text for name, text in values["tokens"].items() if text is not None}
    for name, kind in (("lead_id", LeadId), ("call_id", CallId)):
        if name in values:
            values[name] = kind(values[name])
    errors = [FieldError(_CODE, name, message) for name, said in messages.items() for message in said]
    return values | {"owner": owner}, tuple(errors)


def _written(number: int | Decimal) -> str:
    """Return a JSON number as the digits that it stands for; one too long to be any of ours stays unreadable."""
    if isinstance(number, int):
        return str(number) if abs(number) < 10**_MOST_AMOUNT_CHARS else "too large"
    if not number.is_finite() or abs(number.adjusted()) > _MOST_AMOUNT_CHARS:
        return "too large"
    return f"{number.to_integral_value():f}" if number == number.to_integral_value() else f"{number:f}"
