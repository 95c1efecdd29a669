"""Owners of leads: the schedules and offers that lead tokens name."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, NewType, TypeAlias

from leadintake.domain.owner_rules import NO_RULES, OwnerRules

if TYPE_CHECKING:
    from datetime import datetime

    from leadintake.domain.company import CompanyId

ScheduleId = NewType("ScheduleId", int)
OfferId = NewType("OfferId", int)


class OwnerKind(StrEnum):
    """What a lead token can name."""

    SCHEDULE = "schedule"
    OFFER = "offer"


@dataclass(frozen=True, slots=True, order=True)
class OwnerRef:
    """Which schedule or offer of a company; numbers are counted per company and kind."""

    kind: OwnerKind
    id: int


class ActionKind(StrEnum):
    """What a schedule can do with a lead. Source: specification, section 8."""

    WAIT = "wait"
    WEBHOOK = "webhook"
    CALL = "call"
    SMS = "sms"
    EMAIL = "email"
    MOVE_TO_SCHEDULE = "move_to_schedule"
    RESTART = "restart"
    OPT_OUT = "opt_out"
    EXIT = "exit"


@dataclass(frozen=True, slots=True)
class Action:
    """One named step of a schedule's plan."""

    name: str
    kind: ActionKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A campaign: its leads are stored, and picked up when that caller's call arrives.

    Shape: `paused_at` is set while the offer takes no leads.
    """

    company_id: CompanyId
    id: OfferId
    name: str
    requires_traffic_source: bool = False
    paused_at: datetime | None = None
    rules: OwnerRules = NO_RULES

    @property
    def ref(self) -> OwnerRef:
        """Return this offer's place among the company's owners."""
        return OwnerRef(OwnerKind.OFFER, self.id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """An ordered plan of actions that is run on each of its leads.

    Shape: `actions` in the order in which they run, possibly none yet; `end_actions` run on a lead that leaves the
    plan; `offer_id` is None when the schedule stands alone; `paused_at` is set while it takes no leads.
    """

    company_id: CompanyId
    id: ScheduleId
    name: str
    actions: tuple[Action, ...] = ()
    offer_id: OfferId | None = None
    requires_traffic_source: bool = False
    paused_at: datetime | None = None
    end_actions: tuple[Action, ...] = ()
    rules: OwnerRules = NO_RULES

    @property
    def ref(self) -> OwnerRef:
        """Return this schedule's place among the company's owners."""
        return OwnerRef(OwnerKind.SCHEDULE, self.id)


Owner: TypeAlias = Schedule | Offer


def offer_of(owner: Owner) -> OfferId | None:
    """Return the offer that the owner is or belongs to, None for a schedule that stands alone."""
    return owner.id if isinstance(owner, Offer) else owner.offer_id
