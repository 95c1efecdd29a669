"""Suppression lists: callers whom the company contacts for none of its offers, or not for one of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NewType

if TYPE_CHECKING:
    from datetime import datetime

    from leadintake.domain.company import CompanyId
    from leadintake.domain.owner import OfferId
    from leadintake.domain.phone import PhoneNumber

SuppressionListId = NewType("SuppressionListId", int)


@dataclass(frozen=True, slots=True, kw_only=True)
class SuppressionList:
    """A list of callers, numbered per company.

    Shape: `offer_id` is the offer that it holds for, its schedules included; None holds for the whole company.
    """

    company_id: CompanyId
    id: SuppressionListId
    name: str
    offer_id: OfferId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SuppressedCaller:
    """One entry of a list."""

    list_id: SuppressionListId
    caller: PhoneNumber
    added_at: datetime
