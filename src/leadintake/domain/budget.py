"""Budgets: how much somebody may ask for in a stretch of time, and how that stands.

Source: ADR 0019, "Brakes in each process, caps in the store".
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from ipaddress import IPv6Address, ip_address
from typing import Final

WINDOW_SECONDS: Final = 60
_PREFIX_OF_A_CLIENT: Final = 64


class Counted(StrEnum):
    """What is counted; the names of the policies in the header fields ``RateLimit`` and ``RateLimit-Policy``."""

    FAILED_CREDENTIALS = "failed-credentials"
    LEAD_TOKEN = "lead-token"  # noqa: S105 - what is counted, none itself
    ADDRESS = "address"
    COMPANY = "company"
    DAILY_CAP = "daily-cap"


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """How often one of those who are counted may ask in any minute; `of` tells them apart."""

    counted: Counted
    of: str
    per_minute: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How a budget stands.

    Shape: `is_over` says that the request in question was too much; `left` is what is there after it.
    Units: `more_in_seconds` is when the next place becomes free; `window_seconds` is None for a day, whose length
    varies.
    """

    counted: Counted
    quota: int
    left: int
    more_in_seconds: int
    is_over: bool
    window_seconds: int | None = WINDOW_SECONDS


def client_of(address: str | None) -> str:
    """Return whom requests from this address are counted under.

    An IPv6 client has a whole /64 to itself and can ask from another address each time. Those without an address, as on
    a Unix socket, cannot be told apart and are one.
    """
    if address is None or ":" not in address:
        return address or ""
    number = int(ip_address(address)) >> _PREFIX_OF_A_CLIENT
    return f"{IPv6Address(number << _PREFIX_OF_A_CLIENT)}/{_PREFIX_OF_A_CLIENT}"
