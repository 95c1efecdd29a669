"""What is counted, in memory."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

from leadintake.domain.attribution import TrafficSourceId
from leadintake.domain.counting import counted, counted_anew
from leadintake.domain.recorded_counting import counted_one
from leadintake.domain.report import Fact, summed_up
from leadintake.domain.rollup import NOTHING, totals

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence
    from datetime import datetime

    from leadintake.adapters.memory.transaction import Transaction
    from leadintake.domain.call import Call
    from leadintake.domain.conversion import Conversion
    from leadintake.domain.lead import LeadId
    from leadintake.domain.report import Sums, Wanted
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

    def unfolded_since(self) -> datetime | None:
        """Return that nothing is left to fold."""
        return None

    def counted(self, begin: Quarter, end: Quarter) -> Mapping[RollupKey, Measures]:
        """Return what is counted in a time."""
        rollups = self._transaction.rows.rollups
        return {
            key: measures for key, measures in rollups.items() if begin <= key.quarter < end and measures != NOTHING
        }

    def recounted(self, begin: Quarter, end: Quarter) -> Mapping[RollupKey, Measures]:
        """Return what the facts of a time say."""
        sums = totals(delta for delta, _ in self._facts())
        return {key: measures for key, measures in sums.items() if begin <= key.quarter < end and measures != NOTHING}

    def differences(self, *, limit: int) -> Mapping[RollupKey, Measures]:
        """Return what the facts say beyond what is counted."""
        sums = dict(totals(delta for delta, _ in self._facts()))
        for key, measures in self._transaction.rows.rollups.items():
            sums[key] = sums.get(key, NOTHING).plus(measures.negated())
        return dict([(key, measures) for key, measures in sums.items() if measures != NOTHING][:limit])

    def agrees_with_itself(self) -> bool:
        """Return that it does: nothing is kept more than once."""
        return True

    def rebuild(self) -> None:
        """Count everything anew."""
        rows = self._transaction.hold()
        for key in [*rows.rollups]:
            rows.rollups[key] = NOTHING
        rows.rollups.update(totals(delta for delta, _ in self._facts()))

    def report(self, wanted: Wanted) -> Sums:
        """Return a report over a time."""
        rows = self._transaction.rows
        if not wanted.needs_leads:
            return summed_up((Fact(key, measures) for key, measures in rows.rollups.items()), wanted)
        return summed_up((self._seen(delta, lead_id, wanted.at) for delta, lead_id in self._facts()), wanted)

    def last_leads(
        self, source_ids: Collection[TrafficSourceId], begin: Quarter, end: Quarter
    ) -> Mapping[TrafficSourceId, Quarter]:
        """Return when each source brought its last lead of a time."""
        return {each: max(quarters) for each, quarters in self._with_leads(source_ids, begin, end).items()}

    def first_leads(
        self, source_ids: Collection[TrafficSourceId], begin: Quarter, end: Quarter
    ) -> Mapping[TrafficSourceId, Quarter]:
        """Return when each source brought its first lead of a time."""
        return {each: min(quarters) for each, quarters in self._with_leads(source_ids, begin, end).items()}

    def _with_leads(
        self, source_ids: Collection[TrafficSourceId], begin: Quarter, end: Quarter
    ) -> Mapping[TrafficSourceId, Sequence[Quarter]]:
        """Return when these sources brought leads."""
        found: dict[TrafficSourceId, list[Quarter]] = {each: [] for each in source_ids}
        for key, measures in self._transaction.rows.rollups.items():
            if measures.leads > 0 and begin <= key.quarter < end and key.traffic_source_id in found:
                found[TrafficSourceId(key.traffic_source_id)].append(key.quarter)
        return {each: quarters for each, quarters in found.items() if quarters}

    def _facts(self) -> Iterator[tuple[RollupDelta, LeadId | None]]:
        """Return everything that counts, with its lead."""
        rows = self._transaction.rows
        for submission in rows.submissions.values():
            for delta in counted([submission]):
                yield delta, submission.lead_id
            for replay in rows.replays.get(submission.receipt.id, ()):
                for delta in counted_anew([(submission, replay)]):
                    # What is no longer refused never had a lead.
                    yield delta, replay.lead_id if delta.measures.leads else None
        recorded: Iterator[Call | Conversion] = chain(rows.calls.values(), rows.conversions.values())
        for one in recorded:
            for delta in counted_one(one):
                yield delta, one.stamp.lead_id

    def _seen(self, delta: RollupDelta, lead_id: LeadId | None, at: datetime) -> Fact:
        lead = None if lead_id is None else self._transaction.rows.leads.get(lead_id)
        if lead is None:
            return Fact(*delta)
        return Fact(*delta, status=lead.seen(at=at).status.value, tokens=lead.tokens)
