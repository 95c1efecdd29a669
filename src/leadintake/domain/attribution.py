"""Who sent a lead: traffic sources, and the sub ids under them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NewType

if TYPE_CHECKING:
    from datetime import datetime

    from leadintake.domain.company import CompanyId
    from leadintake.domain.money import Amount

TrafficSourceId = NewType("TrafficSourceId", int)

FIRST_TRAFFIC_SOURCE = TrafficSourceId(1000)
"""Traffic sources are numbered per company from here. Source: specification, section 2."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrafficSource:
    """Somebody who sends leads; `paused_at` is set while none are taken from them.

    Shape: `external_id` is what they are called elsewhere, a company's own name for one of them only. `default_payout`
    is what they are paid for a conversion that says nothing of it, None for nothing.
    """

    company_id: CompanyId
    id: TrafficSourceId
    name: str
    paused_at: datetime | None = None
    external_id: str | None = None
    default_payout: Amount | None = None


@dataclass(frozen=True, slots=True)
class Attribution:
    """The source and sub id that a lead is counted under: one value, replaced as one."""

    traffic_source_id: TrafficSourceId | None = None
    sub_id: str | None = None


UNATTRIBUTED = Attribution()
