"""Leads: a caller's place under one schedule or offer, and how that place may change.

Live leads move freely among ``queue``, ``scheduled``, ``waiting`` and ``running``, save that nothing goes back to
``queue``; from each of them a lead can end, in any of the other statuses; an ended lead can only be hidden
(``removed``). `TRANSITIONS` is the whole table.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from decimal import Decimal
from enum import StrEnum
from string import ascii_lowercase, ascii_uppercase
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, NamedTuple, NewType, TypeAlias
from uuid import UUID

from leadintake.domain.attribution import UNATTRIBUTED, Attribution
from leadintake.domain.owner import Owner, OwnerRef, Schedule

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from leadintake.domain.company import CompanyId
    from leadintake.domain.owner import Action
    from leadintake.domain.phone import PhoneNumber

LeadId = NewType("LeadId", UUID)
TokenSet: TypeAlias = "Mapping[str, str]"
"""Lead tokens: normalised name → text. Never the credential, which is called a lead token on the wire."""


class LeadStatus(StrEnum):
    """Where a lead stands. Source: specification, section 2."""

    QUEUE = "queue"
    SCHEDULED = "scheduled"
    WAITING = "waiting"
    RUNNING = "running"
    COMPLETED = "completed"
    COMPLETED_ATTEMPTED = "completed_attempted"
    COMPLETED_CONNECTED = "completed_connected"
    COMPLETED_CONVERTED = "completed_converted"
    EXCEEDED_MAX_CALLS = "exceeded_max_calls"
    EXPIRED = "expired"
    REMOVED = "removed"
    FAILURE = "failure"
    DNC = "dnc"
    BLOCKED = "blocked"
    OPT_OUT = "opt_out"

    @property
    def is_live(self) -> bool:
        """Say whether anything may still be done with a lead that stands here."""
        return self in LIVE


LIVE = frozenset({LeadStatus.QUEUE, LeadStatus.SCHEDULED, LeadStatus.WAITING, LeadStatus.RUNNING})
_ENDED = frozenset(LeadStatus) - LIVE
_UNDER_WAY = frozenset({LeadStatus.SCHEDULED, LeadStatus.WAITING, LeadStatus.RUNNING})

TRANSITIONS: Mapping[LeadStatus, frozenset[LeadStatus]] = MappingProxyType(
    {
        LeadStatus.QUEUE: _UNDER_WAY | _ENDED,
        LeadStatus.SCHEDULED: _UNDER_WAY | _ENDED,
        LeadStatus.WAITING: _UNDER_WAY | _ENDED,
        LeadStatus.RUNNING: _UNDER_WAY | _ENDED,
        LeadStatus.REMOVED: frozenset(),
        # An ended lead can only be hidden; the caller's next submission begins a lead of its own.
        **{status: frozenset({LeadStatus.REMOVED}) for status in _ENDED - {LeadStatus.REMOVED}},
    }
)


class ImpossibleTransition(Exception):
    """A lead was told to go where its status does not lead: a fault of ours, never of the sender."""

    def __init__(self, before: LeadStatus, after: LeadStatus) -> None:
        """Name both ends."""
        super().__init__(f"a lead cannot go from {before} to {after}")


class Beginning(NamedTuple):
    """Where a lead starts: at the first action of a schedule, or in an offer's queue, waiting for its call."""

    status: LeadStatus
    next_action: int | None
    next_action_at: datetime | None


def beginning(owner: Owner, *, at: datetime, first_action_at: datetime | None = None) -> Beginning:
    """Return where a lead of that owner starts; the first action is due at once unless a time was asked for."""
    if not isinstance(owner, Schedule):
        return Beginning(LeadStatus.QUEUE, None, first_action_at)
    if not owner.actions:
        return Beginning(LeadStatus.SCHEDULED, None, first_action_at)
    return Beginning(LeadStatus.SCHEDULED, 0, first_action_at or at)


_SMALL_LETTERS: Final = str.maketrans(ascii_uppercase, ascii_lowercase)


def searched_email(address: str) -> str:
    """Return an address as leads are found by it: whoever looks for one does not know how its sender wrote it.

    Only the letters A to Z are made small: of others languages and databases do not agree.

    >>> searched_email("Ada@Example.org"), searched_email("Ángela@example.org")
    ('ada@example.org', 'Ángela@example.org')
    """
    return address.translate(_SMALL_LETTERS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lead:
    """One caller's intent under exactly one owner; at most one live lead per owner and caller.

    Shape: `next_action` is the position in the schedule's plan, None on an offer or an empty plan; once the lead
    has left the plan, `is_ending`, it counts in the end-of-schedule actions. `callback_at` is a call that was
    booked, ahead of the plan; at `plan_expires_at`, and after `max_contact_attempts` calls and texts, the lead
    leaves the plan; at `expires_at` it ends. `counted_ip` is the address it was begun from, kept where the owner
    counts leads by address. `version` counts the saves, 0 is a lead that has never been stored.
    Units: `priority` goes lower first, with at most four decimals.
    """

    company_id: CompanyId
    id: LeadId
    owner: OwnerRef
    caller: PhoneNumber
    status: LeadStatus
    created_at: datetime
    updated_at: datetime
    tokens: TokenSet = field(default_factory=dict)
    email: str | None = None
    attribution: Attribution = UNATTRIBUTED
    remote_ip: str | None = None
    priority: Decimal = Decimal(0)
    next_action: int | None = None
    next_action_at: datetime | None = None
    expires_at: datetime | None = None
    callback_at: datetime | None = None
    plan_expires_at: datetime | None = None
    max_contact_attempts: int | None = None
    is_ending: bool = False
    counted_ip: str | None = None
    version: int = 0

    @property
    def is_live(self) -> bool:
        """Say whether anything may still be done with this lead, were it not for the time."""
        return self.status.is_live

    def is_due_to_expire(self, *, at: datetime) -> bool:
        """Say whether this lead's time is up although nobody has noted it yet."""
        return self.is_live and self.expires_at is not None and self.expires_at <= at

    def is_due_to_leave_plan(self, *, at: datetime) -> bool:
        """Say whether the time for this lead's plan is up although nobody has noted it yet."""
        return self.is_live and not self.is_ending and self.plan_expires_at is not None and self.plan_expires_at <= at

    def seen(self, *, at: datetime) -> Lead:
        """Return this lead as it looks at that moment: one whose time is up is expired at once."""
        return self.end(LeadStatus.EXPIRED, at=at) if self.is_due_to_expire(at=at) else self

    def become(self, status: LeadStatus, *, at: datetime) -> Lead:
        """Return this lead in another status.

        Raises: ImpossibleTransition: the table does not lead there.
        """
        if status not in TRANSITIONS[self.status]:
            raise ImpossibleTransition(self.status, status)
        return replace(self, status=status, updated_at=at)

    def end(self, status: LeadStatus, *, at: datetime) -> Lead:
        """Return this lead ended: nothing more is planned for it."""
        return replace(self.become(status, at=at), next_action_at=None, callback_at=None)

    def leave_plan(self, end_actions: Sequence[Action], *, at: datetime) -> Lead:
        """Return this lead past its plan: at the first end-of-schedule action, or completed if there is none."""
        left = replace(self, is_ending=True, next_action=None, plan_expires_at=None)
        if not end_actions:
            return left.end(LeadStatus.COMPLETED, at=at)
        return replace(left.become(LeadStatus.SCHEDULED, at=at), next_action=0, next_action_at=at, callback_at=None)

    def restart(self, plan: Beginning, *, at: datetime) -> Lead:
        """Return this lead at the beginning of its plan again."""
        return replace(
            self.become(plan.status, at=at),
            next_action=plan.next_action,
            next_action_at=plan.next_action_at,
            is_ending=False,
        )
