"""Alarms: what is to be looked at about a lead token, one of a kind for each token and day."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, NewType
from uuid import UUID

if TYPE_CHECKING:
    from datetime import date, datetime

    from leadintake.domain.company import CompanyId
    from leadintake.domain.credential import LeadTokenId

AlarmId = NewType("AlarmId", UUID)


class AlarmKind(StrEnum):
    """What is alarming."""

    LEAKED = "leaked"
    OPERATIONS_EXHAUSTED = "operations_exhausted"


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """One alarm.

    Shape: `day` is in UTC; `first_seen_at` and `last_seen_at` are its first and its latest occasion on that day;
    `origin` that of the page that a leaked token came from at first, None where it is about no page.
    """

    id: AlarmId
    company_id: CompanyId
    kind: AlarmKind
    lead_token_id: LeadTokenId
    day: date
    first_seen_at: datetime
    last_seen_at: datetime
    origin: str | None = None
