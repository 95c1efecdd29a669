"""What is counted, and read as reports."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import datetime

    from leadintake.domain.attribution import TrafficSourceId
    from leadintake.domain.report import Sums, Wanted
    from leadintake.domain.rollup import Measures, Quarter, RollupDelta, RollupKey


class RollupRepository(Protocol):
    """How much came in and what became of it, summed up."""

    def append_all(self, deltas: Collection[RollupDelta]) -> None:
        """Add these to what is counted; whoever does the same meanwhile is not waited for."""

    def fold(self, *, limit: int) -> int:
        """Put up to so many deltas together with what was counted before; return how many they were, 0 at the end.

        Nothing that is read of roll-ups changes by that. Where another unit is folding just now, it returns 0. A
        store that keeps no deltas by themselves has nothing to fold.
        """

    def unfolded_since(self) -> datetime | None:
        """Return when the oldest of what is to be folded was added, to the millisecond; None where nothing is."""

    def counted(self, begin: Quarter, end: Quarter) -> Mapping[RollupKey, Measures]:
        """Return what is counted in a time, `end` not included, under every key where that is not nothing."""

    def recounted(self, begin: Quarter, end: Quarter) -> Mapping[RollupKey, Measures]:
        """Return the same, counted anew from what is stored of submissions, replays, calls and conversions."""

    def differences(self, *, limit: int) -> Mapping[RollupKey, Measures]:
        """Return what the facts say beyond what is counted, under up to so many keys: nothing, if all is right."""

    def agrees_with_itself(self) -> bool:
        """Say whether sums that are kept more than once, over less and over longer, are the same sums."""

    def rebuild(self) -> None:
        """Count everything anew from the facts, in the place of what was counted; the first thing that a unit does.

        Raises, here or at the commit: StaleWrite: somebody else was folding or rebuilding.
        """

    def report(self, wanted: Wanted) -> Sums:
        """Return a report, as `domain.report.summed_up` makes it out of everything that counts.

        In a unit that only reads, whatever it is asked for shows one moment.
        """

    def last_leads(
        self, source_ids: Collection[TrafficSourceId], begin: Quarter, end: Quarter
    ) -> Mapping[TrafficSourceId, Quarter]:
        """Return in which quarter of an hour each of these sources brought its last lead of a time, `end` not included.

        Who brought none is not there. Leads are never taken back from what is counted: where a longer time has none,
        no part of it has any.
        """

    def first_leads(
        self, source_ids: Collection[TrafficSourceId], begin: Quarter, end: Quarter
    ) -> Mapping[TrafficSourceId, Quarter]:
        """Return the same of the first lead."""
