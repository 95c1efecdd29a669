"""Contact fields: what an offer says about one of its lead tokens."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, TypeAlias
from urllib.parse import urlsplit

from leadintake.domain.errors import InvalidCallerId
from leadintake.domain.parameter_text import FieldError
from leadintake.domain.phone import PhoneNumber
from leadintake.domain.reserved_names import BOOLEANS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from leadintake.domain.company import CompanyId
    from leadintake.domain.owner import OfferId


class FieldType(StrEnum):
    """What a contact field holds. Source: specification, section 2."""

    TEXT = "text"
    NUMBER = "number"
    INTEGER = "integer"
    DATE = "date"
    EMAIL = "email"
    PHONE = "phone"
    BOOLEAN = "boolean"
    LIST = "list"
    ZIP = "zip"
    URL = "url"


REQUIRED = "required"
"""The code of a field that is missing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactField:
    """One lead token of an offer, described; the offer's schedules use the same description.

    Shape: `key` is a normalised token name, once per offer; `pattern` a name of `PATTERNS`; `choices` the texts
    allowed, all when empty. `minimum` and `maximum`, both inclusive, bound the value of a number and an integer,
    and the count of characters of everything else. Fields are shown in the order of `position`, then of their keys.
    """

    company_id: CompanyId
    offer_id: OfferId
    key: str
    title: str
    type: FieldType = FieldType.TEXT
    required: bool = False
    pattern: str | None = None
    choices: tuple[str, ...] = ()
    minimum: Decimal | None = None
    maximum: Decimal | None = None
    position: int = 0

    @property
    def place(self) -> tuple[int, str]:
        """Return what the fields of an offer are ordered by."""
        return self.position, self.key

    def fault(self, value: str | None, *, region: str) -> FieldError | None:
        """Return the first thing that is wrong with a lead token's text, or None.

        Args:
            value: The text, None when the lead token was not given.
            region: The country in which a phone number or a postal code is read.
        """
        if value is None:
            return FieldError(REQUIRED, self.key, "is required") if self.required else None
        text = value.strip()
        for code, message in self._faults(text, region):
            return FieldError(code, self.key, message)
        return None

    def _faults(self, text: str, region: str) -> Iterator[tuple[str, str]]:
        if wrong := _TYPES[self.type](text, region):
            yield wrong
        elif self.type in _NUMBERS:
            yield from self._outside(Decimal(text), ("too_small", "must be at least"), ("too_large", "must be at most"))
        else:
            few, many = ("too_short", "must have at least"), ("too_long", "must have at most")
            yield from self._outside(Decimal(len(text)), few, many, " characters")
        if self.choices and not self._is_choice(text):
            yield "not_a_choice", "is none of the values allowed"
        if self.pattern is not None and not _matches(self.pattern, text):
            yield "pattern_mismatch", f"does not look like {self.pattern}"

    def _outside(
        self, measure: Decimal, below: tuple[str, str], above: tuple[str, str], unit: str = ""
    ) -> Iterator[tuple[str, str]]:
        if self.minimum is not None and measure < self.minimum:
            yield below[0], f"{below[1]} {self.minimum}{unit}"
        if self.maximum is not None and measure > self.maximum:
            yield above[0], f"{above[1]} {self.maximum}{unit}"

    def _is_choice(self, text: str) -> bool:
        """Say whether the text is allowed; a list may name several, joined with commas."""
        if self.type is FieldType.LIST and text not in self.choices:
            return all(part.strip() in self.choices for part in text.split(","))
        return text in self.choices


_STATES = (
    "AL|AK|AZ|AR|CA|CO|CT|DE|FL|GA|HI|ID|IL|IN|IA|KS|KY|LA|ME|MD|MA|MI|MN|MS|MO|MT|NE|NV|NH|NJ|NM|NY|NC|ND|OH|OK|OR"
    "|PA|RI|SC|SD|TN|TX|UT|VT|VA|WA|WV|WI|WY|DC|AS|GU|MP|PR|VI"
)

PATTERNS: Mapping[str, re.Pattern[str]] = MappingProxyType(
    {
        name: re.compile(pattern)
        for name, pattern in {
            "digits": "[0-9]+",
            "letters": "[A-Za-z]+",
            "letters_digits": "[A-Za-z0-9]+",
            "us_zip": "[0-9]{5}(-[0-9]{4})?",
            "ca_postal_code": "[A-Za-z][0-9][A-Za-z] ?[0-9][A-Za-z][0-9]",
            "uk_postcode": "[A-Za-z]{1,2}[0-9][A-Za-z0-9]? ?[0-9][A-Za-z]{2}",
            "state_code": f"(?i:{_STATES})",
            "country_code": "[A-Za-z]{2}",
            "date_iso": "[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])",
            "date_us": "(0?[1-9]|1[0-2])/(0?[1-9]|[12][0-9]|3[01])/[0-9]{4}",
            "time_24h": "([01][0-9]|2[0-3]):[0-5][0-9]",
            "year": "(19|20)[0-9]{2}",
            "amount": r"[0-9]{1,12}(\.[0-9]{1,2})?",
            "uuid": "[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}",
        }.items()
    }
)
"""The patterns that a contact field may name; a value must match as a whole.

There are no others: a pattern that somebody writes can hold up every request that meets it. Each of these takes
time in proportion to the value, because no two of its repetitions can take the same characters.
"""


Fault: TypeAlias = "tuple[str, str] | None"

_NUMBERS = frozenset({FieldType.NUMBER, FieldType.INTEGER})
_NUMBER = re.compile(r"[+-]?[0-9]{1,30}(\.[0-9]{1,30})?")
_INTEGER = re.compile(r"[+-]?[0-9]{1,30}")
_US_DATE = re.compile(r"([0-9]{1,2})/([0-9]{1,2})/([0-9]{4})")
_EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s.]+(\.[^@\s.]+)+")
_MOST_EMAIL_CHARS = 254
# Of the regions whose codes have a pattern; elsewhere letters and digits with blanks and hyphens between them.
_ZIPS = {"US": "us_zip", "CA": "ca_postal_code", "GB": "uk_postcode"}
_OTHER_ZIP = re.compile("[A-Za-z0-9][A-Za-z0-9 -]{1,11}")


def _matches(pattern: str, text: str) -> bool:
    """Say whether the text is of that pattern; a name that is none any more lets everything through."""
    known = PATTERNS.get(pattern)
    return known is None or known.fullmatch(text) is not None


def _number(text: str, _region: str) -> Fault:
    return None if _NUMBER.fullmatch(text) else ("not_a_number", "is not a number")


def _integer(text: str, _region: str) -> Fault:
    return None if _INTEGER.fullmatch(text) else ("not_an_integer", "is not a whole number")


def _date(text: str, _region: str) -> Fault:
    try:
        if american := _US_DATE.fullmatch(text):
            month, day, year = map(int, american.groups())
            date(year, month, day)
        elif PATTERNS["date_iso"].fullmatch(text):
            date.fromisoformat(text)
        else:
            return _NOT_A_DATE
    except ValueError:
        return _NOT_A_DATE
    return None


def _email(text: str, _region: str) -> Fault:
    is_one = len(text) <= _MOST_EMAIL_CHARS and _EMAIL.fullmatch(text)
    return None if is_one else ("not_an_email", "is not an e-mail address")


def _phone(text: str, region: str) -> Fault:
    try:
        PhoneNumber.parse(text, region)
    except InvalidCallerId:
        return "not_a_phone", "is not a valid phone number"
    return None


def _boolean(text: str, _region: str) -> Fault:
    return None if text.lower() in BOOLEANS else ("not_a_boolean", "is not yes or no: send true or false")


def _zip(text: str, region: str) -> Fault:
    pattern = PATTERNS[_ZIPS[region]] if region in _ZIPS else _OTHER_ZIP
    return None if pattern.fullmatch(text) else ("not_a_zip", "is not a postal code")


def _url(text: str, _region: str) -> Fault:
    try:
        parts = urlsplit(text)
        is_one = parts.scheme in {"http", "https"} and bool(parts.hostname) and not any(map(str.isspace, text))
    except ValueError:
        is_one = False
    return None if is_one else ("not_a_url", "is not an address that begins with http:// or https://")


def _anything(_text: str, _region: str) -> Fault:
    return None


_NOT_A_DATE = ("not_a_date", "is not a date: send 2030-01-31 or 1/31/2030")
_TYPES: Mapping[FieldType, Callable[[str, str], Fault]] = MappingProxyType(
    {
        FieldType.TEXT: _anything,
        FieldType.NUMBER: _number,
        FieldType.INTEGER: _integer,
        FieldType.DATE: _date,
        FieldType.EMAIL: _email,
        FieldType.PHONE: _phone,
        FieldType.BOOLEAN: _boolean,
        FieldType.LIST: _anything,
        FieldType.ZIP: _zip,
        FieldType.URL: _url,
    }
)

FAULT_CODES = frozenset(
    {
        REQUIRED,
        "not_a_number",
        "not_an_integer",
        "not_a_date",
        "not_an_email",
        "not_a_phone",
        "not_a_boolean",
        "not_a_zip",
        "not_a_url",
        "not_a_choice",
        "pattern_mismatch",
        "too_small",
        "too_large",
        "too_short",
        "too_long",
    }
)
"""The codes of what can be wrong with a contact field."""
