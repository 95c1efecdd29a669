"""Calls and conversions in memory."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Generic, TypeVar

from leadintake.adapters.memory.owned import owned_call, owned_conversion
from leadintake.domain.errors import StaleWrite
from leadintake.domain.ports import MOST_COUNTED, CallPage, ConversionPage

if TYPE_CHECKING:
    from collections import ChainMap
    from collections.abc import Collection, Iterator, Mapping, Sequence
    from uuid import UUID

    from leadintake.adapters.memory.rows import Rows
    from leadintake.adapters.memory.transaction import Transaction
    from leadintake.domain.call import Call, CallId
    from leadintake.domain.conversion import Conversion, ConversionId
    from leadintake.domain.lead import LeadId
    from leadintake.domain.phone import PhoneNumber
    from leadintake.domain.ports import CallFilter, ConversionFilter, StampFilter


One = TypeVar("One", "Call", "Conversion")


class _MemoryRecorded(Generic[One]):
    """What both repositories do. A refused write changes nothing."""

    _table: ClassVar[str]

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def _find(self, one_id: UUID) -> One | None:
        return self._kept(self._transaction.rows).get(one_id)

    def of_external_ids(self, external_ids: Collection[str]) -> Mapping[str, One]:
        """Return those that are called so, each under its `external_id`."""
        kept, named = self._kept(self._transaction.rows), self._named(self._transaction.rows)
        found = {external_id: named.get(external_id) for external_id in external_ids}
        return {external_id: kept[one_id] for external_id, one_id in found.items() if one_id is not None}

    def of_leads(self, lead_ids: Collection[LeadId]) -> Sequence[One]:
        """Return those of these leads, those recorded first first."""
        wanted = set(lead_ids)
        mine = (one for one in self._kept(self._transaction.rows).values() if one.stamp.lead_id in wanted)
        return sorted(mine, key=_age)

    def add_all(self, added: Collection[One]) -> None:
        """Insert new ones."""
        rows = self._transaction.hold_for(one.company_id for one in added)
        kept, named = self._kept(rows).new_child(), self._named(rows).new_child()
        for one in added:
            if one.id in kept:
                raise StaleWrite
            self._put(one, kept, named)
        self._keep(kept, named)

    def save_all(self, changes: Collection[tuple[One, int]]) -> None:
        """Replace those that are stored in the version that stands beside each."""
        rows = self._transaction.hold_for(one.company_id for one, _ in changes)
        kept, named = self._kept(rows).new_child(), self._named(rows).new_child()
        for one, expected in changes:
            before = kept.get(one.id)
            if before is None or before.version != expected:
                raise StaleWrite
            if before.external_id is not None:
                named[before.external_id] = None
            self._put(one, kept, named)
        self._keep(kept, named)

    def erase(self, caller: PhoneNumber) -> int:
        """Take a claimed caller out of all of theirs, and return how many there were."""
        rows = self._transaction.hold()
        mine = [one for one in self._kept(rows).values() if one.stamp.caller == caller]
        self.save_all([(one.erased(), one.version) for one in mine])
        return len(mine)

    def _matching(self, wanted: StampFilter) -> Iterator[One]:
        """Yield what matches the stamp, latest first."""
        for one in sorted(self._kept(self._transaction.rows).values(), key=_age, reverse=True):
            if _is_stamped(one, wanted):
                yield one

    def _put(self, one: One, kept: ChainMap[UUID, One], named: ChainMap[str, UUID | None]) -> None:
        if one.external_id is not None:
            if named.get(one.external_id) is not None:
                raise StaleWrite
            named[one.external_id] = one.id
        kept[one.id] = self._owned(one)

    @staticmethod
    def _keep(kept: ChainMap[UUID, One], named: ChainMap[str, UUID | None]) -> None:
        """Move what was tried out in a layer of its own into the unit's."""
        kept.parents.update(kept.maps[0])
        named.parents.update(named.maps[0])

    def _kept(self, rows: Rows) -> ChainMap[UUID, One]:
        table: ChainMap[UUID, One] = getattr(rows, self._table)
        return table

    def _named(self, rows: Rows) -> ChainMap[str, UUID | None]:
        table: ChainMap[str, UUID | None] = getattr(rows, f"{self._table}_named")
        return table

    def _owned(self, one: One) -> One:
        raise NotImplementedError


class MemoryCalls(_MemoryRecorded["Call"]):
    """`CallRepository` in memory."""

    _table = "calls"

    def find(self, call_id: CallId) -> Call | None:
        """Return that call, or None."""
        return self._find(call_id)

    def find_all(self, call_ids: Collection[CallId]) -> Sequence[Call]:
        """Return those of these calls that exist, those recorded first first."""
        calls = self._kept(self._transaction.rows)
        return sorted((calls[call_id] for call_id in set(call_ids) if call_id in calls), key=_age)

    def search(self, wanted: CallFilter, *, offset: int, limit: int) -> CallPage:
        """Return the calls that match, those recorded last first."""
        found = [
            call
            for call in self._matching(wanted)
            if wanted.direction in {None, call.direction}
            and wanted.is_connected in {None, call.is_connected}
            and wanted.disposition in {None, call.disposition}
            and (wanted.started_from is None or call.started_at >= wanted.started_from)
            and (wanted.started_to is None or call.started_at < wanted.started_to)
        ]
        listed = found if wanted.after is None else [call for call in found if call.id < wanted.after]
        return CallPage(listed[offset : offset + limit], min(len(found), MOST_COUNTED))

    def _owned(self, one: Call) -> Call:
        return owned_call(one)


class MemoryConversions(_MemoryRecorded["Conversion"]):
    """`ConversionRepository` in memory."""

    _table = "conversions"

    def find(self, conversion_id: ConversionId) -> Conversion | None:
        """Return that conversion, or None."""
        return self._find(conversion_id)

    def search(self, wanted: ConversionFilter, *, offset: int, limit: int) -> ConversionPage:
        """Return the conversions that match, those recorded last first."""
        found = [
            one
            for one in self._matching(wanted)
            if wanted.call_id in {None, one.call_id}
            and wanted.kind in {None, one.kind}
            and wanted.is_reversed in {None, one.reversed_at is not None}
            and (wanted.occurred_from is None or one.occurred_at >= wanted.occurred_from)
            and (wanted.occurred_to is None or one.occurred_at < wanted.occurred_to)
        ]
        listed = found if wanted.after is None else [one for one in found if one.id < wanted.after]
        return ConversionPage(listed[offset : offset + limit], min(len(found), MOST_COUNTED))

    def _owned(self, one: Conversion) -> Conversion:
        return owned_conversion(one)


def _age(one: Call | Conversion) -> UUID:
    """Order by identifiers, which count up."""
    return one.id


def _is_stamped(one: Call | Conversion, wanted: StampFilter) -> bool:
    stamp = one.stamp
    return (
        wanted.caller in {None, stamp.caller}
        and wanted.lead_id in {None, stamp.lead_id}
        and wanted.owner in {None, stamp.owner}
        and wanted.traffic_source_id in {None, stamp.attribution.traffic_source_id}
        and wanted.sub_id in {None, stamp.attribution.sub_id}
        and wanted.country in {None, stamp.country}
        and wanted.external_id in {None, one.external_id}
    )
