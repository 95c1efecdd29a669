"""Erasure: a person taken out of everything that is kept, and what stays so that their opt-out still holds.

What stays is a keyed digest of company and number: whoever has the number and the secret key can ask whether it is
that of somebody erased, and nobody can read the number from it. Source: specification, section 11; ADR 0023.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Final, NewType
from uuid import UUID

from leadintake.domain.phone import count_national_digits

if TYPE_CHECKING:
    from datetime import datetime

    from leadintake.domain.company import CompanyId
    from leadintake.domain.phone import PhoneNumber

ErasureId = NewType("ErasureId", UUID)

CALLER_PURPOSE: Final = "caller"
"""What the keyring makes digests of callers for."""
_MOST_BETWEEN_DIGITS: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Removed:
    """How much of a person was there and is no longer, each kind in numbers.

    Shape: `submissions` and `events` were blanked, and the person was taken out of `calls` and `conversions`, whose
    figures stay; everything else is gone. `samples` are requests that named no owner.
    """

    contacts: int = 0
    leads: int = 0
    submissions: int = 0
    events: int = 0
    consents: int = 0
    suppression_entries: int = 0
    answers: int = 0
    samples: int = 0
    calls: int = 0
    conversions: int = 0

    @property
    def total(self) -> int:
        """Return the sum."""
        return sum(self.as_mapping().values())

    def as_mapping(self) -> dict[str, int]:
        """Return the numbers by their names."""
        return {each.name: getattr(self, each.name) for each in fields(self)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Erasure:
    """The receipt: that somebody was erased, when, and how much there was. It names nobody."""

    company_id: CompanyId
    id: ErasureId
    erased_at: datetime
    was_opted_out: bool
    removed: Removed


@dataclass(frozen=True, slots=True, kw_only=True)
class ErasedCaller:
    """What is left of somebody erased.

    Shape: `digest` as `caller_data` makes it; `was_opted_out` says that they must be left alone, for whatever reason:
    they had opted out, were blocked, or were on a suppression list.
    """

    company_id: CompanyId
    digest: bytes
    was_opted_out: bool
    erased_at: datetime
    erasure_id: ErasureId


def caller_data(company_id: CompanyId, caller: PhoneNumber) -> bytes:
    """Return what the digest of a caller is made of; the same person has another one in every company."""
    return f"{company_id} {caller.e164}".encode()


class Mentions:
    """Finds one number in texts, however it is punctuated.

    >>> from leadintake.domain.phone import PhoneNumber
    >>> Mentions(PhoneNumber("+12025550143")).are_in("call (202) 555-0143")
    True
    """

    __slots__ = ("_pattern",)

    def __init__(self, caller: PhoneNumber) -> None:
        digits = caller.e164.removeprefix("+")
        count = count_national_digits(caller)
        code, national = digits[:-count], digits[-count:]
        between = rf"[^0-9A-Za-z]{{0,{_MOST_BETWEEN_DIGITS}}}"
        # Of a text that quotes a URL, %2B stands before the code; a zero or two may stand in for the plus.
        self._pattern = re.compile(
            rf"(?<![0-9])0{{0,2}}(?:{between.join(code)}{between}0?)?{between.join(national)}(?![0-9])"
        )

    def are_in(self, text: str) -> bool:
        """Say whether the number is in the text."""
        return self._pattern.search(text) is not None


def mentions_none(text: str | None, caller: PhoneNumber | None) -> str | None:
    """Return a text that is kept of somebody erased, None where their number is in it."""
    is_named = text is not None and caller is not None and Mentions(caller).are_in(text)
    return None if is_named else text
