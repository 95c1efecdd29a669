"""The rules by which an owner takes leads, beyond the ones that hold for everybody."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum


class DuplicateScope(StrEnum):
    """Whose earlier leads of a caller make a lead a duplicate: the owner's own, or those of all owners."""

    SCHEDULE = "schedule"
    COMPANY = "company"


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnerRules:
    """What an owner refuses. As it comes, nothing.

    Shape: `duplicate_timeframe` is zero while duplicates are no matter; `rejects_same_source` refuses a caller whom
    the same traffic source has sent before, however long ago; both look at the leads in `duplicate_scope`.
    `phone_lengths` are the fewest and the most digits of the national number. `phone_fields` are the lead tokens
    in which this owner's senders put the number, the likeliest first.
    Source: specification, section 3.3.
    """

    duplicate_timeframe: timedelta = timedelta()
    duplicate_scope: DuplicateScope = DuplicateScope.SCHEDULE
    rejects_same_source: bool = False
    phone_lengths: tuple[int, int] | None = None
    most_per_ip_a_day: int | None = None
    enforces_contact_fields: bool = False
    phone_fields: tuple[str, ...] = ()

    @property
    def concerns_duplicates(self) -> bool:
        """Say whether a caller's earlier leads matter."""
        return self.rejects_same_source or bool(self.duplicate_timeframe)


NO_RULES = OwnerRules()
