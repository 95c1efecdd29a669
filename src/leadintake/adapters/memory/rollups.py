"""What is counted, in memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadintake.domain.rollup import NOTHING

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from leadintake.adapters.memory.transaction import Transaction
    from leadintake.domain.rollup import Measures, Quarter, RollupDelta, RollupKey


class MemoryRollups:
    """`RollupRepository` in memory: one writer at a time adds to the sums at once, so that there is nothing to fold."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def append_all(self, deltas: Collection[RollupDelta]) -> None:
        """Add these to what is counted."""
        if deltas:
            rollups = self._transaction.hold().rollups
            for key, measures in deltas:
                rollups[key] = rollups.get(key, NOTHING).plus(measures)

    def fold(self, *, limit: int) -> int:  # noqa: ARG002 - there are no deltas
        """Return that nothing is left to fold."""
        return 0

    def counted(self, begin: Quarter, end: Quarter) -> Mapping[RollupKey, Measures]:
        """Return what is counted in a time."""
        rollups = self._transaction.rows.rollups
        return {
            key: measures for key, measures in rollups.items() if begin <= key.quarter < end and measures != NOTHING
        }
