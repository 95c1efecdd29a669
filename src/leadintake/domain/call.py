"""Calls: what was said to, or by, a caller; recorded by whoever carried it, and counted under their lead's source."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Final, NewType
from uuid import UUID

from leadintake.domain.erasure import mentions_none
from leadintake.domain.money import NOTHING, Amount

if TYPE_CHECKING:
    from datetime import datetime

    from leadintake.domain.company import CompanyId
    from leadintake.domain.lead import TokenSet
    from leadintake.domain.stamp import Stamp

CallId = NewType("CallId", UUID)


class Direction(StrEnum):
    """Who called: the caller us, or we them."""

    INBOUND = "inbound"
    OUTBOUND = "outbound"


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call.

    Shape: `external_id` is what whoever carried it calls it, and no other call of the company is called so;
    `disposition` is their word for how it ended; `tokens` came with the call, or by `apply_to=calls`. `recorded_at` is
    when we heard of it, `corrected_at` when its figures were last changed; `version` counts the saves.
    Units: `revenue` and `payout` in the smallest unit of the company's currency.
    """

    company_id: CompanyId
    id: CallId
    external_id: str | None = None
    stamp: Stamp
    direction: Direction = Direction.INBOUND
    started_at: datetime
    duration_seconds: int = 0
    disposition: str | None = None
    is_connected: bool = False
    revenue: Amount = NOTHING
    payout: Amount = NOTHING
    tokens: TokenSet = field(default_factory=dict)
    recorded_at: datetime
    corrected_at: datetime | None = None
    version: int = 1

    def erased(self) -> Call:
        """Return this call with the person taken out, a version later; what reports count of it stays."""
        return replace(
            self,
            external_id=mentions_none(self.external_id, self.stamp.caller),
            stamp=self.stamp.erased(),
            disposition=None,
            tokens={},
            version=self.version + 1,
        )


# In the words of dialers and call trackers; what stands in neither list says nothing about it.
_NOBODY_TALKED: Final = frozenset(
    {
        "abandoned", "busy", "canceled", "cancelled", "congestion", "disconnected", "failed", "failure", "hangup",
        "invalid_number", "machine", "missed", "no_answer", "noanswer", "no_connect", "not_answered", "not_connected",
        "not_in_service", "rejected", "ring_no_answer", "timeout", "unanswered", "unavailable", "voicemail",
    }
)  # fmt: skip
_SOMEBODY_TALKED: Final = frozenset({"answered", "answer", "connected", "converted", "human", "sale", "sold", "talked"})
_NOT_A_WORD: Final = re.compile(r"[^a-z0-9]+")


def is_connected(*, duration_seconds: int, disposition: str | None) -> bool:
    """Say whether somebody talked, where nobody has said so: by the disposition if it tells, else by the duration.

    >>> is_connected(duration_seconds=0, disposition=None), is_connected(duration_seconds=31, disposition="No Answer")
    (False, False)
    >>> is_connected(duration_seconds=31, disposition="callback"), is_connected(duration_seconds=0, disposition="SALE")
    (True, True)
    """
    word = _NOT_A_WORD.sub("_", (disposition or "").lower()).strip("_")
    if word in _NOBODY_TALKED:
        return False
    return word in _SOMEBODY_TALKED or duration_seconds > 0
