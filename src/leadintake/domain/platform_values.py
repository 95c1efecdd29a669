"""The one value of a platform field that may have been given several times.

Source: specification, sections 3.1 and 3.2.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Final, NamedTuple

from leadintake.domain.errors import AmbiguousParameter, InvalidCallerId
from leadintake.domain.parameters import JsonNumber
from leadintake.domain.phone import PhoneNumber
from leadintake.domain.reserved_names import BOOLEANS, RESERVED, ReservedName, ValueKind

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from leadintake.domain.parameter_text import ParameterReader
    from leadintake.domain.parameters import Value

MOST_SPELLINGS: Final = 20
"""More different texts than this are not compared: nobody means the same by all of them."""

_BLANK_BEFORE_OFFSET: Final = re.compile(r"\s+(?=[+-]\d\d:?\d\d\Z)")
_WHOLE_NUMBERS: Final = frozenset({ValueKind.PHONE, ValueKind.NUMBER_OR_TEXT, ValueKind.INTEGER})
_NUMBERS: Final = frozenset({ValueKind.DECIMAL, ValueKind.INTEGER, ValueKind.NUMBER_OR_TEXT})
_MOST_DIGITS_OF_A_WHOLE: Final = 30


class Given(NamedTuple):
    """One value given for a platform field, and the carrier it came in."""

    value: Value
    is_query: bool
    is_form: bool


def settle(name: str, given: Sequence[Given], reader: ParameterReader, region: str) -> str | None:
    """Return the platform field's text, None when it was not given or cannot be used."""
    entry = RESERVED[name]
    if len(given) == 1 and entry.is_supported and isinstance(given[0].value, str):
        return _text(entry, given[0].value, reader, is_form=given[0].is_form) or None
    texts = [
        (text, one.is_query) for one in given for text in _texts(entry, one.value, reader, is_form=one.is_form) if text
    ]
    if not texts:
        return None
    if not entry.is_supported:
        reader.note("unsupported_parameter", (name,), "This parameter is not supported; it changes nothing.")
    if len(texts) == 1:
        return texts[0][0]
    return _only_one(entry, texts, reader, region)


def has_lost_its_plus(value: Value, *, is_form: bool) -> bool:
    """Say whether a raw plus may have stood before a number: forms and query strings read it as a blank."""
    return is_form and isinstance(value, str) and value.startswith(" ") and value.lstrip()[:1].isdigit()


def _texts(entry: ReservedName, value: Value, reader: ParameterReader, *, is_form: bool) -> Iterator[str | None]:
    """Yield the value's texts, several for a list; what is empty or None was not given."""
    if isinstance(value, list) and not any(isinstance(item, list | dict) for item in value):
        for item in value:
            yield from _texts(entry, item, reader, is_form=is_form)
    elif isinstance(value, list) and len(value) == 1:
        yield from _texts(entry, value[0], reader, is_form=is_form)
    elif isinstance(value, list | dict) and value and entry.is_compared:
        reader.refuse((entry.name,), "must be one value, not an object or a list of objects")
    elif value not in (None, "", [], {}):
        yield _text(entry, value, reader, is_form=is_form)


def _text(entry: ReservedName, value: Value, reader: ParameterReader, *, is_form: bool) -> str | None:
    """Return the text of one value: whole numbers without a point, a phone number with the blank of its plus."""
    text = reader.text(value, (entry.name,))
    if not text or entry.kind not in _WHOLE_NUMBERS:
        return text
    if isinstance(value, JsonNumber):
        return _as_whole(text)
    return " " + text if entry.kind is ValueKind.PHONE and has_lost_its_plus(value, is_form=is_form) else text


def _only_one(
    entry: ReservedName, texts: Sequence[tuple[str, bool]], reader: ParameterReader, region: str
) -> str | None:
    """Return the one that counts, None when they contradict each other."""
    if not entry.is_compared:
        return texts[-1][0]
    if _agree(entry.kind, {text for text, _ in texts}, region):
        return texts[0][0]
    winning = [text for text, is_query in texts if is_query == (entry.winner == "query")] if entry.winner else []
    if winning and _agree(entry.kind, set(winning), region):
        reader.note(
            f"{entry.winner}_wins",
            (entry.name,),
            f"The query and the body give different values; the one in the {entry.winner} was taken.",
        )
        return winning[0]
    reader.refuse((entry.name,), "was given more than once with different values", code=AmbiguousParameter.code)
    return None


def _agree(kind: ValueKind, texts: set[str], region: str) -> bool:
    """Say whether all the texts mean the same."""
    if len(texts) == 1:
        return True
    return len(texts) <= MOST_SPELLINGS and len({_meaning(kind, text, region) for text in texts}) == 1


def _meaning(kind: ValueKind, text: str, region: str) -> object:
    """Return what two spellings of one value have in common."""
    if kind is ValueKind.PHONE:
        return _phone(text, region)
    if kind is ValueKind.BOOLEAN:
        return BOOLEANS.get(text.lower(), text)
    if kind is ValueKind.TIME:
        return _instant(text)
    return _number(text) if kind in _NUMBERS else text


def _phone(text: str, region: str) -> PhoneNumber | str:
    try:
        return PhoneNumber.parse(text, region)
    except InvalidCallerId:
        return text.strip()


def _instant(text: str) -> datetime | str:
    try:
        instant = datetime.fromisoformat(_BLANK_BEFORE_OFFSET.sub("", text))
        # Without an offset it is in the company's zone, which does not matter among times without one.
        return instant.astimezone(UTC) if instant.tzinfo else instant
    except (ValueError, OverflowError):
        return text


def _number(text: str) -> Decimal | str:
    try:
        number = Decimal(text)
    except ArithmeticError:
        return text
    return number if number.is_finite() else text


def _as_whole(text: str) -> str:
    """Write a whole JSON number without a point: spreadsheets and data frames send ``18004506787.0``."""
    number = _number(text)
    if text.isdecimal() or isinstance(number, str) or number.adjusted() > _MOST_DIGITS_OF_A_WHOLE:
        return text
    return f"{number:.0f}" if number == number.to_integral_value() else text
