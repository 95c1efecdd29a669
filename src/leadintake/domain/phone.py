"""Phone numbers: what people type, read as E.164; the only importer of phonenumbers.

A number is read in the company's region first. What cannot be a number there may still be a foreign one
that lost its plus on the way (in a query string a raw ``+`` arrives as a blank): then it is read as
international, and a notice says so. Nothing around the number is skipped in silence.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from typing import Final, NamedTuple

import phonenumbers

from leadintake.domain.errors import InvalidCallerId
from leadintake.domain.notice import Notice

MAX_PHONE_CHARACTERS: Final = 250
"""Longer text is refused unread; the longest written number is a fraction of this."""

_UNKNOWN_ZONE: Final = "Etc/Unknown"
_NORTH_AMERICA: Final = 1
_NOT_A_COUNTRY: Final = "001"
_FEWEST_VANITY_LETTERS: Final = 3

# The separators people write between digits: hyphens and dashes, dots, slashes, brackets, tildes, blanks,
# with their full-width forms.
_SEPARATORS: Final = r"\-\u2010-\u2015\u2212\u30fc\uff0d./\uff0f()\[\]\uff08\uff09\uff3b\uff3d~\u2053\u223c\uff5e "
_SHAPE: Final = re.compile(
    rf"(?:tel:)?(?P<number>(?P<before>[+\uff0b{_SEPARATORS}]*)\d[\d{_SEPARATORS}]*)(?P<rest>.*)", re.IGNORECASE
)
_LETTERS: Final = re.compile(rf"[A-Za-z][A-Za-z\d{_SEPARATORS}]*")
_EMPTY_EXTENSION: Final = re.compile(r"(?<=[\d ])(?:ext\.?|x|#)\Z", re.IGNORECASE)
_DROPPED_BY_LIBRARY: Final = re.compile(r"/ *x *\d|;isub=", re.IGNORECASE)
_CONTEXT: Final = ";phone-context="
_EXIT_CODE: Final = re.compile(r"[ (]*(?:00|011)")

_READ_AS_INTERNATIONAL: Final = Notice(
    code="phone_read_as_international",
    field=None,
    message="The number is not one of the company's region; it was read as an international number without its plus.",
)
_READ_AS_NATIONAL: Final = Notice(
    code="phone_read_as_national",
    field=None,
    message="The number was read as one of the company's region; if it is an international one, send its plus as %2B.",
)
_EXTENSION_DROPPED: Final = Notice(
    code="extension_dropped", field=None, message="The extension after the phone number was left out."
)
_LETTERS_READ_AS_DIGITS: Final = Notice(
    code="phone_letters_read_as_digits",
    field=None,
    message="The letters in the phone number were read as dialled digits.",
)


@dataclass(frozen=True, slots=True, order=True)
class PhoneNumber:
    """One caller's number, our identity for the person behind it.

    Units: `e164` is a plus and digits only. Build from people's text with `parse`; the constructor trusts
    its argument, for numbers that come back from our own store.
    """

    e164: str

    @classmethod
    def parse(cls, text: str, region: str) -> PhoneNumber:
        """Read a number as written in a region.

        Args:
            text: What was submitted, however decorated.
            region: Two letters, ISO 3166, as `is_region` accepts them.

        Raises: InvalidCallerId: the text is not one existing number.
        """
        return read_phone(text, region).number

    def __str__(self) -> str:
        """Show the number as E.164."""
        return self.e164


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedPhone:
    """A number, and what had to be guessed or left out to read it."""

    number: PhoneNumber
    notices: tuple[Notice, ...] = ()


def read_phone(text: str, region: str, *, field: str = "caller_id") -> ParsedPhone:
    """Read a number as `PhoneNumber.parse` does, and say what was guessed or left out.

    Args:
        text: What was submitted, however decorated.
        region: Two letters, ISO 3166.
        field: The parameter's name, for the notices.

    Raises: InvalidCallerId: the text is not one existing number.
    """
    parsed = _read(text, region.upper()) if len(text) <= MAX_PHONE_CHARACTERS else None
    if parsed is None:
        raise InvalidCallerId
    if not parsed.notices:
        return parsed
    return replace(parsed, notices=tuple(replace(notice, field=field) for notice in parsed.notices))


def read_ahead(text: str, region: str) -> None:
    """Read a number now, so that `read_phone` finds it in memory later, where others are kept waiting meanwhile."""
    if len(text) <= MAX_PHONE_CHARACTERS:
        _read(text, region.upper())


def is_region(code: str) -> bool:
    """Say whether numbers can be read as written there: two capital letters, such as ``US``."""
    return code in phonenumbers.SUPPORTED_REGIONS


def country_of(number: PhoneNumber) -> str | None:
    """Return the ISO 3166 country of a number, or None when it belongs to none (such as +800)."""
    country = _known(number).country
    return None if country == _NOT_A_COUNTRY else country


def readable(number: PhoneNumber) -> str:
    """Return a number as people write it who may be anywhere.

    >>> readable(PhoneNumber("+18004506787"))
    '+1 800-450-6787'
    """
    return phonenumbers.format_number(_known(number).number, phonenumbers.PhoneNumberFormat.INTERNATIONAL)


def count_national_digits(number: PhoneNumber) -> int:
    """Return how many digits the number has without its country's, as somebody there would dial it from afar."""
    return len(phonenumbers.national_significant_number(_known(number).number))


def time_zone_of(number: PhoneNumber) -> str | None:
    """Return the one zone the number can be in, or None when it could be several, or is unknown."""
    zones = possible_time_zones(number)
    return zones[0] if len(zones) == 1 else None


@lru_cache(maxsize=4096)
def possible_time_zones(number: PhoneNumber) -> tuple[str, ...]:
    """Return every IANA zone the number can be in, in alphabetical order; empty when nothing is known."""
    # Kept out of the import of this module: a table of 20 ms that only calls and answers need.
    from phonenumbers import timezone  # noqa: PLC0415  see above

    known = _known(number).number
    # The library first asks what type of number it is, to keep what has no place (toll-free, premium) out of the
    # table of places. The North American plan has area codes of their own for those, which stand in no place's row;
    # and its area codes say where a mobile number is from as well, which the library leaves open for the islands.
    if known.country_code == _NORTH_AMERICA:
        zones = timezone.time_zones_for_geographical_number(known)
    else:
        zones = timezone.time_zones_for_number(known)
    return tuple(zone for zone in sorted(zones) if zone != _UNKNOWN_ZONE)


class _Known(NamedTuple):
    """A number as the library has it, and its country; None for a number that exists nowhere."""

    number: phonenumbers.PhoneNumber
    country: str | None


# What was learned while a number was read, for the questions that its answer asks right after: reading it again
# costs as much as the first time. Every entry is the same whoever writes it, so threads need no lock.
_KNOWN: Final[dict[str, _Known]] = {}
_MOST_KNOWN: Final = 4096


def _known(number: PhoneNumber) -> _Known:
    known = _KNOWN.get(number.e164)
    if known is None:
        parsed = _as_north_american(number.e164, None) or phonenumbers.parse(number.e164)
        known = _remember(number.e164, _Known(parsed, _country_of(parsed)))
    return known


def _remember(e164: str, known: _Known) -> _Known:
    if len(_KNOWN) >= _MOST_KNOWN:
        _KNOWN.clear()
    _KNOWN[e164] = known
    return known


@lru_cache(maxsize=8192)
def _read(text: str, region: str) -> ParsedPhone | None:
    """Return what the text says, or None when it is not one existing number."""
    cleaned = _clean(text)
    shape = _SHAPE.fullmatch(cleaned)
    if shape is None:
        return None
    if _is_digits_only(shape):
        # In a query string a raw plus arrives as a blank.
        return _read_digits(shape["number"], region, after_blank=text.startswith(" "))
    number, _ = _parse(cleaned, region)
    if number is None:
        return None
    if number.extension or _DROPPED_BY_LIBRARY.search(cleaned):
        return _as_parsed(number, _EXTENSION_DROPPED)
    if not shape["rest"] or shape["rest"].startswith(_CONTEXT):
        return _as_parsed(number)
    # Anything else that follows (a name, a second number, an emoji) is no part of a number, though the
    # library would cut it off without a word.
    return _as_parsed(number, _LETTERS_READ_AS_DIGITS) if _is_vanity(shape["rest"]) else None


def _read_digits(digits: str, region: str, *, after_blank: bool) -> ParsedPhone | None:
    """Read digits and separators without a plus: at home first, then abroad."""
    number, is_too_long = _parse(digits, region)
    if number is None:
        abroad = _parse_without_plus(digits, lost_its_plus=is_too_long or after_blank)
        return _as_parsed(abroad, _READ_AS_INTERNATIONAL) if abroad else None
    home = _as_parsed(number)
    if after_blank and digits != home.number.e164.removeprefix("+"):
        abroad = _parse_without_plus(digits, lost_its_plus=True)
        return home if abroad in (None, number) else _as_parsed(number, _READ_AS_NATIONAL)
    return home


_BLANKS: Final = str.maketrans("\t\r\n", "   ")


def _clean(text: str) -> str:
    """Return the text without invisible characters (direction marks of contact books), every blank a plain one."""
    if text.isascii():
        blank = text.translate(_BLANKS) if not text.isprintable() else text
        return _EMPTY_EXTENSION.sub("", blank.strip(" ,;")).rstrip()
    visible = (
        " " if character in "\t\r\n" or category == "Zs" else character
        for character in text
        if (category := unicodedata.category(character)) != "Cf"
    )
    return _EMPTY_EXTENSION.sub("", "".join(visible).strip(" ,;")).rstrip()


def _is_digits_only(shape: re.Match[str]) -> bool:
    """Say whether the text is digits and separators, with neither a plus nor letters."""
    return not shape["rest"] and not any(plus in shape["before"] for plus in "+\uff0b")


def _is_vanity(rest: str) -> bool:
    """Say whether letters stand for digits: enough of them that the library dials them too."""
    return _LETTERS.fullmatch(rest) is not None and sum(map(str.isalpha, rest)) >= _FEWEST_VANITY_LETTERS


_NOT_A_DIGIT: Final = re.compile(r"[\-./() ]+")
_NORTH_AMERICAN: Final = re.compile(r"(?:\+?1)?([2-9][0-9]{9})")
_KINDS_OF_NUMBERS: Final = (
    *("fixed_line", "mobile", "toll_free", "premium_rate", "shared_cost"),
    *("voip", "personal_number", "pager", "uan", "voicemail"),
)
_NORTH_AMERICAN_REGIONS: Final = frozenset(phonenumbers.COUNTRY_CODE_TO_REGION_CODE[_NORTH_AMERICA])


def _as_north_american(text: str, region: str | None) -> phonenumbers.PhoneNumber | None:
    """Return what the library makes of ten plain digits in North America, at a tenth of its time; else None.

    With a plus the country is written there; without one the region must be of the plan.
    """
    match = _NORTH_AMERICAN.fullmatch(_NOT_A_DIGIT.sub("", text))
    if match is None or (region not in _NORTH_AMERICAN_REGIONS and "+" not in text):
        return None
    return phonenumbers.PhoneNumber(country_code=_NORTH_AMERICA, national_number=int(match[1]))


@lru_cache(maxsize=512)
def _is_told_by_type(country: str) -> bool:
    """Say whether the library knows a number's country from its being valid there.

    It does where several countries share a code and this one has no leading digits of its own, such as the US.
    """
    metadata = phonenumbers.PhoneMetadata.metadata_for_region(country)
    return (
        metadata is not None
        and metadata.leading_digits is None
        and metadata.country_code is not None
        and len(phonenumbers.region_codes_for_country_code(metadata.country_code)) > 1
    )


def _country_of(number: phonenumbers.PhoneNumber) -> str | None:
    """Return what the library says is the number's country, at once where it looks at the first country only."""
    if number.country_code == _NORTH_AMERICA and not number.italian_leading_zero:
        first, numbers = _first_of_north_america()
        if numbers.fullmatch(str(number.national_number)):
            return first
    country: str | None = phonenumbers.region_code_for_number(number)
    return country


@cache
def _first_of_north_america() -> tuple[str, re.Pattern[str]]:
    """Return the country that the library looks at first, and all of its numbers.

    The library asks a dozen patterns one after the other: the plan's, and those of each kind of number.
    """
    first = phonenumbers.COUNTRY_CODE_TO_REGION_CODE[_NORTH_AMERICA][0]
    metadata = phonenumbers.PhoneMetadata.metadata_for_region(first)
    every = (getattr(metadata, kind) for kind in _KINDS_OF_NUMBERS)
    kinds = "|".join(kind.national_number_pattern for kind in every if kind and kind.national_number_pattern)
    plan = metadata.general_desc.national_number_pattern if metadata and metadata.general_desc else None
    # Without any pattern nothing matches, and the library is asked.
    return first, re.compile(rf"(?=(?:{plan})\Z)(?:{kinds})" if plan and kinds else r"(?!)")


def _parse(text: str, region: str | None) -> tuple[phonenumbers.PhoneNumber | None, bool]:
    """Return the number if it exists, and whether the text has more digits than any number there."""
    number = _as_north_american(text, region)
    if number is None:
        try:
            number = phonenumbers.parse(text, region)
        except phonenumbers.NumberParseException as error:
            return None, error.error_type == phonenumbers.NumberParseException.TOO_LONG
    # The two halves of the library's `is_valid_number`, because the country is asked for again.
    country = _country_of(number)
    if country is not None and (_is_told_by_type(country) or phonenumbers.is_valid_number_for_region(number, country)):
        _remember(_e164(number), _Known(number, country))
        return number, False
    reason = phonenumbers.is_possible_number_with_reason(number)
    return None, reason == phonenumbers.ValidationResult.TOO_LONG


def _parse_without_plus(text: str, *, lost_its_plus: bool) -> phonenumbers.PhoneNumber | None:
    """Read digits as an international number, given a sign that they are one.

    The signs are too many digits for the region, a leading blank (what a query string makes of a plus) and
    an exit code. Without one a mistyped number at home would be answered by a stranger abroad: of US
    numbers with a wrong digit that do not exist, one in ten is a valid number somewhere else.
    """
    exit_code = _EXIT_CODE.match(text)
    if exit_code is None and not lost_its_plus:
        return None
    international, _ = _parse("+" + text[exit_code.end() if exit_code else 0 :], None)
    # The codes of no country (+800, +870, +979 …) are area codes at home: one digit too many after 870,
    # Arkansas, would be a satellite telephone.
    is_abroad = international is not None and phonenumbers.region_code_for_number(international) != _NOT_A_COUNTRY
    return international if is_abroad else None


def _as_parsed(number: phonenumbers.PhoneNumber, *notices: Notice) -> ParsedPhone:
    """Return the number in our words."""
    return ParsedPhone(number=PhoneNumber(_e164(number)), notices=notices)


def _e164(number: phonenumbers.PhoneNumber) -> str:
    if number.country_code == _NORTH_AMERICA and not number.italian_leading_zero:
        return f"+{_NORTH_AMERICA}{number.national_number}"
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
