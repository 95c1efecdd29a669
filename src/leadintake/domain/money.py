"""Money: whole numbers of a currency's smallest unit; decimal texts outside, never a float.

A company keeps its books in one currency, chosen when it is founded; an `Amount` is always in that one. Source:
specification, section 7; ISO 4217 for how many decimals a currency has; ADR 0029.
"""

from __future__ import annotations

import re
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, NewType

if TYPE_CHECKING:
    from collections.abc import Mapping

Currency = NewType("Currency", str)
"""The three letters of ISO 4217."""
Amount = NewType("Amount", int)
"""An amount in the smallest unit of the company's currency: cents, or yen, or thousandths of a dinar."""

DEFAULT_CURRENCY: Final = Currency("USD")
NOTHING: Final = Amount(0)

MOST: Final = Amount(10**13)
"""What no single amount reaches: a database's eight bytes then hold the sum of more than 900,000 of the largest."""

_TWO: Final = (
    "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CNY COP "
    "CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR "
    "JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN "
    "NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP "
    "SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD UYU UZS VED VES WST XCD XCG YER ZAR ZMW ZWG"
)
_NONE: Final = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF"
_THREE: Final = "BHD IQD JOD KWD LYD OMR TND"

DECIMALS: Final[Mapping[Currency, int]] = MappingProxyType(
    {Currency(code): decimals for decimals, codes in ((2, _TWO), (0, _NONE), (3, _THREE)) for code in codes.split()}
)
"""The currencies there are, each with how many decimals an amount of it has."""

# ASCII only: what other digits mean is a guess. A comma is a guess too: it groups here and divides there.
_DECIMAL: Final = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)")
_MOST_CHARACTERS: Final = 40


class BadAmount(ValueError):
    """A text is no amount; the message goes on where a field's name ends."""


def is_currency(code: str) -> bool:
    """Say whether there is such a currency."""
    return code in DECIMALS


def read_amount(text: str, currency: Currency) -> Amount:
    """Return the amount that a decimal text stands for, exactly.

    >>> (
    ...     read_amount("12.5", Currency("USD")),
    ...     read_amount("1200", Currency("JPY")),
    ...     read_amount("0.125", Currency("KWD")),
    ... )
    (1250, 1200, 125)

    Zeros behind the last decimal say nothing and are let through: ``12.5000`` is twelve dollars fifty.
    Raises: BadAmount: it is no decimal number, is negative, has more decimals than the currency, or is too large.
    """
    given = text.strip()
    if len(given) > _MOST_CHARACTERS or not _DECIMAL.fullmatch(given):
        raise BadAmount("is not an amount: send a decimal number without a currency sign, such as 12.50")
    whole, _, decimals = given.lstrip("+-").partition(".")
    places = DECIMALS[currency]
    if decimals[places:].strip("0"):
        allowed = f"{places} decimals" if places else "no decimals"
        raise BadAmount(f"has more decimals than {currency}, which has {allowed}")
    units = int((whole or "0") + decimals[:places].ljust(places, "0"))
    if given.startswith("-") and units:
        raise BadAmount("is negative: correct or reverse what was recorded instead")
    if units >= MOST:
        raise BadAmount(f"is too large: an amount is less than {write_amount(MOST, currency)}")
    return Amount(units)


def write_amount(amount: int, currency: Currency) -> str:
    """Return an amount, or a sum or difference of some, as a decimal text with all decimals of its currency.

    >>> write_amount(1250, Currency("USD")), write_amount(-5, Currency("USD")), write_amount(1200, Currency("JPY"))
    ('12.50', '-0.05', '1200')
    """
    places = DECIMALS[currency]
    sign, digits = "-" if amount < 0 else "", str(abs(amount)).rjust(places + 1, "0")
    return f"{sign}{digits[:-places]}.{digits[-places:]}" if places else f"{sign}{digits}"
