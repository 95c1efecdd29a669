"""The tenant: everything else belongs to exactly one company, and nothing crosses."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NewType

from leadintake.domain.money import DEFAULT_CURRENCY, Currency

CompanyId = NewType("CompanyId", int)

DEFAULT_REGION = "US"
DEFAULT_TIME_ZONE = "UTC"


@dataclass(frozen=True, slots=True, kw_only=True)
class Company:
    """One tenant and how it reads numbers and times.

    Shape: `region` is the ISO 3166 country in which a number without a country code is read, `time_zone`
    the IANA zone of times that come without an offset, `currency` the one that all its amounts are in.
    """

    id: CompanyId
    name: str
    region: str = DEFAULT_REGION
    time_zone: str = DEFAULT_TIME_ZONE
    currency: Currency = DEFAULT_CURRENCY
