"""Who is on a suppression list, in memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadintake.adapters.memory.owned import frozen, in_utc
from leadintake.adapters.memory.rows import NO_LISTS
from leadintake.domain.errors import NotFound
from leadintake.domain.ports import SuppressionPage
from leadintake.domain.suppression import SuppressedCaller

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import datetime

    from leadintake.adapters.memory.rows import Rows
    from leadintake.adapters.memory.transaction import Transaction
    from leadintake.domain.phone import PhoneNumber
    from leadintake.domain.suppression import SuppressionListId


class MemorySuppression:
    """`SuppressionRepository` in memory."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def add(self, list_id: SuppressionListId, callers: Collection[PhoneNumber], *, at: datetime) -> None:
        """Put callers on a list."""
        rows, added_at = _with_list(self._transaction.hold(), list_id), in_utc(at)
        for caller in callers:
            rows.suppressed[caller] = frozen({list_id: added_at, **rows.suppressed.get(caller, NO_LISTS)})

    def remove(self, list_id: SuppressionListId, callers: Collection[PhoneNumber]) -> None:
        """Take callers off a list."""
        rows = _with_list(self._transaction.hold(), list_id)
        for caller in callers:
            rows.take_off(list_id, caller)

    def suppressed(self, callers: Collection[PhoneNumber]) -> Mapping[PhoneNumber, frozenset[SuppressionListId]]:
        """Return those of these callers who are on any list, each with the lists."""
        lists = self._transaction.rows.suppressed
        return {caller: frozenset(found) for caller in callers if (found := lists.get(caller))}

    def search(self, list_id: SuppressionListId, *, offset: int, limit: int) -> SuppressionPage:
        """Return a list's entries in order of the callers' numbers."""
        rows = _with_list(self._transaction.rows, list_id)
        entries = [
            SuppressedCaller(list_id=list_id, caller=caller, added_at=lists[list_id])
            for caller, lists in sorted(rows.suppressed.items(), key=lambda item: item[0].e164)
            if list_id in lists
        ]
        return SuppressionPage(entries[offset : offset + limit], len(entries))

    def erase(self, caller: PhoneNumber) -> int:
        """Take the caller off every list; return on how many they were."""
        rows = self._transaction.hold()
        count = len(rows.suppressed.get(caller, NO_LISTS))
        if count:
            rows.suppressed[caller] = NO_LISTS
        return count


def _with_list(rows: Rows, list_id: SuppressionListId) -> Rows:
    if rows.directory is None or list_id not in rows.directory.suppression_lists:
        raise NotFound
    return rows
