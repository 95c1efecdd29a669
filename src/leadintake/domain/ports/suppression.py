"""Who is on suppression lists."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime

    from leadintake.domain.phone import PhoneNumber
    from leadintake.domain.suppression import SuppressedCaller, SuppressionListId


@dataclass(frozen=True, slots=True)
class SuppressionPage:
    """One page of a suppression list, and how many entries it has in all."""

    entries: Sequence[SuppressedCaller]
    total_count: int


class SuppressionRepository(Protocol):
    """The callers on the company's suppression lists."""

    def add(self, list_id: SuppressionListId, callers: Collection[PhoneNumber], *, at: datetime) -> None:
        """Put callers on a list; who is there already stays as of when they were added. Raises: NotFound."""

    def remove(self, list_id: SuppressionListId, callers: Collection[PhoneNumber]) -> None:
        """Take callers off a list; who is not there is no matter. Raises: NotFound."""

    def suppressed(self, callers: Collection[PhoneNumber]) -> Mapping[PhoneNumber, frozenset[SuppressionListId]]:
        """Return those of these callers who are on any list, each with the lists."""

    def search(self, list_id: SuppressionListId, *, offset: int, limit: int) -> SuppressionPage:
        """Return a list's entries in order of the callers' numbers. Raises: NotFound."""

    def erase(self, caller: PhoneNumber) -> int:
        """Take the caller off every list, from the commit on; return on how many they were."""
