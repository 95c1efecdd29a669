"""Contacts: one caller's number in a company, and the wishes that outlive any single lead."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from leadintake.domain.errors import CallerBlocked, CallerOptedOut

if TYPE_CHECKING:
    from datetime import datetime

    from leadintake.domain.company import CompanyId
    from leadintake.domain.errors import Refused
    from leadintake.domain.phone import PhoneNumber


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """One caller, whatever the leads.

    Shape: `version` counts the saves; 0 is a caller who has never been stored.
    """

    company_id: CompanyId
    caller: PhoneNumber
    created_at: datetime
    opted_out_at: datetime | None = None
    blocked_at: datetime | None = None
    version: int = 0

    @property
    def is_new(self) -> bool:
        """Say whether this caller has never been stored, and so can have no leads."""
        return self.version == 0

    def refusal(self) -> Refused | None:
        """Return why this caller must not be contacted, or None. The caller's own wish comes first."""
        if self.opted_out_at:
            return CallerOptedOut()
        if self.blocked_at:
            return CallerBlocked()
        return None

    def opt_out(self, *, at: datetime) -> Contact:
        """Return this contact opted out; the first request is the one kept."""
        return self if self.opted_out_at else replace(self, opted_out_at=at)

    def block(self, *, at: datetime) -> Contact:
        """Return this contact blocked; the first request is the one kept."""
        return self if self.blocked_at else replace(self, blocked_at=at)

    def lift_opt_out(self) -> Contact:
        """Return this contact with the opt-out lifted: only who may, on the caller's word, does this."""
        return replace(self, opted_out_at=None) if self.opted_out_at else self

    def unblock(self) -> Contact:
        """Return this contact with the block lifted."""
        return replace(self, blocked_at=None) if self.blocked_at else self


class LeftAlone(StrEnum):
    """Why contacts must not be contacted: which of them to list."""

    OPTED_OUT = "opted_out"
    BLOCKED = "blocked"
    ANY = "any"

    def holds_for(self, contact: Contact) -> bool:
        """Say whether the contact is left alone for this reason."""
        is_opted_out, is_blocked = contact.opted_out_at is not None, contact.blocked_at is not None
        if self is LeftAlone.ANY:
            return is_opted_out or is_blocked
        return is_opted_out if self is LeftAlone.OPTED_OUT else is_blocked
