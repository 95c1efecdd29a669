"""Telephone numbers that exist, each handed out once."""

from __future__ import annotations

import math
from typing import Final

import phonenumbers

# All of an area's lines, save for exchanges that no caller has: those ending in 11, and 555.
EXCHANGES: Final = tuple(number for number in range(200, 1000) if number % 100 != 11 and number != 555)  # noqa: PLR2004  see above
LINES: Final = 10_000
BLOCK: Final = 2_000_000
"""How many numbers a run may use up."""

_A_MILLION_AND_A_HALF: Final = 1_500_007


def area_codes() -> tuple[int, ...]:
    """Return the area codes of the United States whose numbers the product takes for valid, whatever the exchange."""
    return tuple(
        area for area in range(200, 1000) if all(_is_plain(area, 50 + hundred) for hundred in range(200, 1000, 100))
    )


def _is_plain(area: int, exchange: int) -> bool:
    number = phonenumbers.PhoneNumber(country_code=1, national_number=int(f"{area}{exchange}2345"))
    return (
        phonenumbers.number_type(number) == phonenumbers.PhoneNumberType.FIXED_LINE_OR_MOBILE
        and phonenumbers.region_code_for_number(number) == "US"
    )


class Callers:
    """All numbers there are, in an order that jumps about as real callers do.

    An index over numbers in rising order would always be written at its end, in pages that are in memory anyway.
    So the n-th caller is `n * stride` modulo the number of numbers, which meets each once when the two have no
    common divisor. Products stay below 2**53: the Lua of the load generator knows only doubles.
    """

    def __init__(self) -> None:
        self.areas = area_codes()
        self.total = len(self.areas) * len(EXCHANGES) * LINES
        self.stride = next(n for n in range(_A_MILLION_AND_A_HALF, self.total) if math.gcd(n, self.total) == 1)
        self._next = 0

    def take(self, count: int = BLOCK) -> int:
        """Return the first of that many callers that nobody has had yet."""
        first, self._next = self._next, self._next + count
        if self._next > self.total:
            raise OverflowError("There are no telephone numbers left.")
        return first

    def number(self, n: int) -> str:
        """Return the n-th caller's number as people write it: ``(503) 234-5678``."""
        rest, line = divmod(n * self.stride % self.total, LINES)
        area, exchange = divmod(rest, len(EXCHANGES))
        return f"({self.areas[area]}) {EXCHANGES[exchange]}-{line:04d}"
