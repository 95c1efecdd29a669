"""What a lead token is good for: its kind, and the restrictions that its company has put on it.

Source: specification, section 5.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from leadintake.domain.attribution import TrafficSourceId


class TokenKind(StrEnum):
    """Where a lead token is meant to be: on a server, where it stays secret, or in a browser page for all to read."""

    SECRET = "secret"  # noqa: S105 - a kind of token, none itself
    PUBLISHABLE = "publishable"


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenRules:
    """A lead token's restrictions; empty and None restrict nothing.

    Shape: `networks` are addresses and CIDR blocks, `origins` browser origins as ``https://shop.example``.
    `traffic_source_id` is the one source whose leads the token may bring.
    Units: `rate_per_minute` counts requests, `daily_cap` accepted leads of a day in the company's time zone,
    `operations_per_day` caller operations.
    """

    networks: tuple[str, ...] = ()
    origins: tuple[str, ...] = ()
    traffic_source_id: TrafficSourceId | None = None
    rate_per_minute: int | None = None
    daily_cap: int | None = None
    operations_per_day: int | None = None


UNRESTRICTED: Final = TokenRules()
