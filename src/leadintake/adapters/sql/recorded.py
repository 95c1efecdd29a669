"""`CallRepository` and `ConversionRepository`: what was recorded of a company's leads."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar

from sqlalchemy import and_, bindparam, func, select, text

from leadintake.adapters.sql.bulk import bulk_insert, bulk_update, to_json
from leadintake.adapters.sql.driver import Prepared
from leadintake.adapters.sql.tables import calls, conversions
from leadintake.adapters.sql.tenancy import require_own
from leadintake.domain.attribution import Attribution, TrafficSourceId
from leadintake.domain.call import Call, CallId, Direction
from leadintake.domain.company import CompanyId
from leadintake.domain.conversion import Conversion, ConversionId
from leadintake.domain.errors import StaleWrite
from leadintake.domain.lead import LeadId
from leadintake.domain.money import Amount
from leadintake.domain.owner import OwnerKind, OwnerRef
from leadintake.domain.phone import PhoneNumber
from leadintake.domain.ports import MOST_COUNTED, CallPage, ConversionPage
from leadintake.domain.stamp import Stamp

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from sqlalchemy import ColumnElement, Table

    from leadintake.adapters.sql.bulk import BulkStatement, PendingInserts
    from leadintake.domain.ports import CallFilter, ConversionFilter, StampFilter

One = TypeVar("One", "Call", "Conversion")

# The list comes as one JSON parameter: the statement's text is the same for any number of names.
_NAMED: Final = {
    "postgresql": text("external_id IN (SELECT jsonb_array_elements_text(CAST(:external_ids AS jsonb)))"),
    "sqlite": text("external_id IN (SELECT value FROM json_each(:external_ids))"),
}
_KEPT_FOR_GOOD: Final = frozenset({"company_id", "id", "recorded_at"})


def _to_stamp(row: Any) -> Stamp:  # noqa: ANN401 - a row, by whichever way it was read
    return Stamp(
        lead_id=None if row.lead_id is None else LeadId(row.lead_id),
        caller=None if row.caller is None else PhoneNumber(row.caller),
        owner=None if row.owner_kind is None else OwnerRef(OwnerKind(row.owner_kind), row.owner_id),
        attribution=Attribution(
            None if row.traffic_source_id is None else TrafficSourceId(row.traffic_source_id), row.sub_id
        ),
        country=row.country,
    )


def _from_stamp(stamp: Stamp) -> dict[str, Any]:
    return {
        "lead_id": stamp.lead_id,
        "caller": stamp.caller.e164 if stamp.caller else None,
        "owner_kind": stamp.owner.kind.value if stamp.owner else None,
        "owner_id": stamp.owner.id if stamp.owner else None,
        "traffic_source_id": stamp.attribution.traffic_source_id,
        "sub_id": stamp.attribution.sub_id,
        "country": stamp.country,
    }


def _to_call(row: Any) -> Call:  # noqa: ANN401 - likewise
    return Call(
        company_id=CompanyId(row.company_id),
        id=CallId(row.id),
        external_id=row.external_id,
        stamp=_to_stamp(row),
        direction=Direction(row.direction),
        started_at=row.started_at,
        duration_seconds=row.duration_seconds,
        disposition=row.disposition,
        is_connected=row.connected,
        revenue=Amount(row.revenue),
        payout=Amount(row.payout),
        tokens=row.tokens,
        recorded_at=row.recorded_at,
        corrected_at=row.corrected_at,
        version=row.version,
    )


def _from_call(call: Call) -> dict[str, Any]:
    return {
        "company_id": call.company_id,
        "id": call.id,
        "external_id": call.external_id,
        **_from_stamp(call.stamp),
        "direction": call.direction.value,
        "started_at": call.started_at,
        "duration_seconds": call.duration_seconds,
        "disposition": call.disposition,
        "connected": call.is_connected,
        "revenue": call.revenue,
        "payout": call.payout,
        "tokens": call.tokens,
        "recorded_at": call.recorded_at,
        "corrected_at": call.corrected_at,
        "version": call.version,
    }


def _to_conversion(row: Any) -> Conversion:  # noqa: ANN401 - likewise
    return Conversion(
        company_id=CompanyId(row.company_id),
        id=ConversionId(row.id),
        external_id=row.external_id,
        stamp=_to_stamp(row),
        call_id=None if row.call_id is None else CallId(row.call_id),
        kind=row.kind,
        occurred_at=row.occurred_at,
        revenue=Amount(row.revenue),
        payout=Amount(row.payout),
        reversed_at=row.reversed_at,
        recorded_at=row.recorded_at,
        corrected_at=row.corrected_at,
        version=row.version,
    )


def _from_conversion(one: Conversion) -> dict[str, Any]:
    return {
        "company_id": one.company_id,
        "id": one.id,
        "external_id": one.external_id,
        **_from_stamp(one.stamp),
        "call_id": one.call_id,
        "kind": one.kind,
        "occurred_at": one.occurred_at,
        "revenue": one.revenue,
        "payout": one.payout,
        "reversed_at": one.reversed_at,
        "recorded_at": one.recorded_at,
        "corrected_at": one.corrected_at,
        "version": one.version,
    }


class _Table(Generic[One]):
    """One of the tables: all that is said to it, and how its rows are read and written."""

    def __init__(self, table: Table, *, read: Callable[[Any], One], write: Callable[[One], Mapping[str, Any]]) -> None:
        self.columns = table.c
        self.rows = select(table)
        self.read: Callable[[Any], One] = read
        self.write: Callable[[One], Mapping[str, Any]] = write
        self.insert: BulkStatement = bulk_insert(table)
        self.update: BulkStatement = bulk_update(
            table,
            key=("company_id", "id"),
            version="version",
            changing=tuple(column.name for column in table.columns if column.name not in _KEPT_FOR_GOOD),
        )
        self.named = {
            dialect: Prepared(self.rows.where(table.c.company_id == bindparam("company_id"), among))
            for dialect, among in _NAMED.items()
        }


class _SqlRecorded(Generic[One]):
    """What both repositories do."""

    _table: _Table[One]

    def __init__(self, pending: PendingInserts, company_id: CompanyId) -> None:
        """Work for one company over its unit's connection."""
        self._pending = pending
        self._company_id = company_id

    def of_external_ids(self, external_ids: Collection[str]) -> Mapping[str, One]:
        """Return those of these names."""
        connection = self._pending.connection
        parameters = {"company_id": self._company_id, "external_ids": to_json(sorted(external_ids))}
        rows = self._table.named[connection.dialect.name].rows(connection, parameters)
        return {row.external_id: self._table.read(row) for row in rows}

    def of_leads(self, lead_ids: Collection[LeadId]) -> Sequence[One]:
        """Return those of the leads."""
        return self._where(self._table.columns.lead_id.in_(lead_ids))

    def add_all(self, added: Collection[One]) -> None:
        """Insert new ones."""
        require_own(self._company_id, (one.company_id for one in added))
        # In one order everywhere: two units that insert the same names must not wait for each other.
        ordered = sorted(added, key=lambda one: one.external_id or "")
        self._pending.add(self._table.insert, map(self._table.write, ordered))

    def save_all(self, changes: Collection[tuple[One, int]]) -> None:
        """Replace them in their expected versions."""
        require_own(self._company_id, (one.company_id for one, _ in changes))
        rows = [{**self._table.write(one), "expected": expected} for one, expected in changes]
        if self._table.update.run(self._pending.connection, rows) != len(rows):
            raise StaleWrite

    def erase(self, caller: PhoneNumber) -> int:
        """Take a caller out of theirs."""
        mine = self._where(self._table.columns.caller == caller.e164)
        self.save_all([(one.erased(), one.version) for one in mine])
        return len(mine)

    def _find(self, one_id: Any) -> One | None:  # noqa: ANN401 - an id of either kind
        return next(iter(self._where(self._table.columns.id == one_id)), None)

    def _where(self, condition: ColumnElement[bool]) -> Sequence[One]:
        """Return those that meet the condition, oldest first."""
        columns = self._table.columns
        query = self._table.rows.where(columns.company_id == self._company_id, condition).order_by(columns.id)
        return [self._table.read(row) for row in self._pending.connection.execute(query)]

    def _page(
        self,
        wanted: CallFilter | ConversionFilter,
        conditions: Sequence[ColumnElement[bool]],
        *,
        offset: int,
        limit: int,
    ) -> tuple[Sequence[One], int]:
        """Return a page of those that match and meet all conditions, newest first, and how many do."""
        columns, connection = self._table.columns, self._pending.connection
        condition = and_(columns.company_id == self._company_id, *_stamped(columns, wanted), *conditions)
        listed = condition if wanted.after is None else and_(condition, columns.id < wanted.after)
        rows = connection.execute(
            self._table.rows.where(listed).order_by(columns.id.desc()).offset(offset).limit(limit)
        ).all()
        counted = select(columns.id).where(condition).limit(MOST_COUNTED).subquery()
        total = connection.execute(select(func.count()).select_from(counted)).scalar_one()
        return [self._table.read(row) for row in rows], total


class SqlCalls(_SqlRecorded["Call"]):
    """Calls over the ``calls`` table."""

    _table = _Table(calls, read=_to_call, write=_from_call)

    def find(self, call_id: CallId) -> Call | None:
        """Return that call."""
        return self._find(call_id)

    def find_all(self, call_ids: Collection[CallId]) -> Sequence[Call]:
        """Return those calls."""
        return self._where(calls.c.id.in_(call_ids))

    def search(self, wanted: CallFilter, *, offset: int, limit: int) -> CallPage:
        """Return a page of the calls that match."""
        conditions = []
        if wanted.direction is not None:
            conditions.append(calls.c.direction == wanted.direction.value)
        if wanted.is_connected is not None:
            conditions.append(calls.c.connected.is_(wanted.is_connected))
        if wanted.disposition is not None:
            conditions.append(calls.c.disposition == wanted.disposition)
        if wanted.started_from is not None:
            conditions.append(calls.c.started_at >= wanted.started_from)
        if wanted.started_to is not None:
            conditions.append(calls.c.started_at < wanted.started_to)
        return CallPage(*self._page(wanted, conditions, offset=offset, limit=limit))


class SqlConversions(_SqlRecorded["Conversion"]):
    """Conversions over the ``conversions`` table."""

    _table = _Table(conversions, read=_to_conversion, write=_from_conversion)

    def find(self, conversion_id: ConversionId) -> Conversion | None:
        """Return that conversion."""
        return self._find(conversion_id)

    def search(self, wanted: ConversionFilter, *, offset: int, limit: int) -> ConversionPage:
        """Return a page of the conversions that match."""
        conditions = []
        if wanted.call_id is not None:
            conditions.append(conversions.c.call_id == wanted.call_id)
        if wanted.kind is not None:
            conditions.append(conversions.c.kind == wanted.kind)
        if wanted.is_reversed is not None:
            reversed_at = conversions.c.reversed_at
            conditions.append(reversed_at.is_not(None) if wanted.is_reversed else reversed_at.is_(None))
        if wanted.occurred_from is not None:
            conditions.append(conversions.c.occurred_at >= wanted.occurred_from)
        if wanted.occurred_to is not None:
            conditions.append(conversions.c.occurred_at < wanted.occurred_to)
        return ConversionPage(*self._page(wanted, conditions, offset=offset, limit=limit))


def _stamped(columns: Any, wanted: StampFilter) -> list[ColumnElement[bool]]:  # noqa: ANN401 - a table's columns by name
    given = {
        "caller": wanted.caller.e164 if wanted.caller else None,
        "lead_id": wanted.lead_id,
        "owner_kind": wanted.owner.kind.value if wanted.owner else None,
        "owner_id": wanted.owner.id if wanted.owner else None,
        "traffic_source_id": wanted.traffic_source_id,
        "sub_id": wanted.sub_id,
        "country": wanted.country,
        "external_id": wanted.external_id,
    }
    return [columns[name] == value for name, value in given.items() if value is not None]
