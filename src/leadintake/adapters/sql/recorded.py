"""`CallRepository` and `ConversionRepository`: what was recorded of a company's leads."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

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
    from collections.abc import Collection, Mapping, Sequence

    from sqlalchemy import ColumnElement, Row, Table

    from leadintake.adapters.sql.bulk import BulkStatement, PendingInserts
    from leadintake.domain.ports import CallFilter, ConversionFilter, StampFilter

# The list comes as one JSON parameter: the statement's text is the same for any number of names.
_NAMED: Final = {
    "postgresql": text("external_id IN (SELECT jsonb_array_elements_text(CAST(:external_ids AS jsonb)))"),
    "sqlite": text("external_id IN (SELECT value FROM json_each(:external_ids))"),
}
_KEPT_FOR_GOOD: Final = frozenset({"company_id", "id", "recorded_at"})


class _Statements:
    """All that is said to one of the tables."""

    def __init__(self, table: Table) -> None:
        self.table = table
        self.insert: BulkStatement = bulk_insert(table)
        self.update: BulkStatement = bulk_update(
            table,
            key=("company_id", "id"),
            version="version",
            changing=tuple(column.name for column in table.columns if column.name not in _KEPT_FOR_GOOD),
        )
        self.named = {
            dialect: Prepared(select(table).where(table.c.company_id == bindparam("company_id"), among))
            for dialect, among in _NAMED.items()
        }


class _SqlRecorded:
    """What both repositories do with rows."""

    def __init__(self, pending: PendingInserts, company_id: CompanyId) -> None:
        """Work for one company over its unit's connection."""
        self._pending = pending
        self._company_id = company_id

    def _find(self, statements: _Statements, one_id: Any) -> Row[Any] | None:  # noqa: ANN401 - an id of either kind
        mine = and_(statements.table.c.company_id == self._company_id, statements.table.c.id == one_id)
        return self._pending.connection.execute(select(statements.table).where(mine)).first()

    def _named(self, statements: _Statements, external_ids: Collection[str]) -> Sequence[Any]:
        connection = self._pending.connection
        parameters = {"company_id": self._company_id, "external_ids": to_json(sorted(external_ids))}
        return statements.named[connection.dialect.name].rows(connection, parameters)

    def _where(self, statements: _Statements, condition: ColumnElement[bool]) -> Sequence[Row[Any]]:
        """Return the rows that meet the condition, oldest first."""
        mine = and_(statements.table.c.company_id == self._company_id, condition)
        query = select(statements.table).where(mine).order_by(statements.table.c.id)
        return self._pending.connection.execute(query).all()

    def _page(
        self,
        statements: _Statements,
        conditions: Sequence[ColumnElement[bool]],
        after: Any,  # noqa: ANN401 - an id of either kind, or None
        *,
        offset: int,
        limit: int,
    ) -> tuple[Sequence[Row[Any]], int]:
        """Return a page of the rows that meet all conditions, newest first, and how many do."""
        table, connection = statements.table, self._pending.connection
        condition = and_(table.c.company_id == self._company_id, *conditions)
        listed = condition if after is None else and_(condition, table.c.id < after)
        rows = connection.execute(
            select(table).where(listed).order_by(table.c.id.desc()).offset(offset).limit(limit)
        ).all()
        counted = select(table.c.id).where(condition).limit(MOST_COUNTED).subquery()
        return rows, connection.execute(select(func.count()).select_from(counted)).scalar_one()

    def _save(self, statements: _Statements, rows: Sequence[Mapping[str, Any]]) -> None:
        require_own(self._company_id, (row["company_id"] for row in rows))
        if statements.update.run(self._pending.connection, rows) != len(rows):
            raise StaleWrite

    def _add(self, statements: _Statements, rows: Sequence[Mapping[str, Any]]) -> None:
        require_own(self._company_id, (row["company_id"] for row in rows))
        # In one order everywhere: two units that insert the same names must not wait for each other.
        self._pending.add(statements.insert, sorted(rows, key=lambda row: row["external_id"] or ""))


_CALLS: Final = _Statements(calls)


class SqlCalls(_SqlRecorded):
    """Calls over the ``calls`` table."""

    def find(self, call_id: CallId) -> Call | None:
        """Return that call."""
        row = self._find(_CALLS, call_id)
        return _to_call(row) if row else None

    def find_all(self, call_ids: Collection[CallId]) -> Sequence[Call]:
        """Return those calls."""
        return [_to_call(row) for row in self._where(_CALLS, calls.c.id.in_(call_ids))]

    def of_external_ids(self, external_ids: Collection[str]) -> Mapping[str, Call]:
        """Return the calls of these names."""
        return {row.external_id: _to_call(row) for row in self._named(_CALLS, external_ids)}

    def of_leads(self, lead_ids: Collection[LeadId]) -> Sequence[Call]:
        """Return the leads' calls."""
        return [_to_call(row) for row in self._where(_CALLS, calls.c.lead_id.in_(lead_ids))]

    def search(self, wanted: CallFilter, *, offset: int, limit: int) -> CallPage:
        """Return a page of the calls that match."""
        conditions = _stamped(calls, wanted)
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
        rows, total = self._page(_CALLS, conditions, wanted.after, offset=offset, limit=limit)
        return CallPage([_to_call(row) for row in rows], total)

    def add_all(self, added: Collection[Call]) -> None:
        """Insert new calls."""
        self._add(_CALLS, [_from_call(call) for call in added])

    def save_all(self, changes: Collection[tuple[Call, int]]) -> None:
        """Replace calls in their expected versions."""
        self._save(_CALLS, [_from_call(call) | {"expected": expected} for call, expected in changes])

    def erase(self, caller: PhoneNumber) -> int:
        """Take a caller out of their calls."""
        mine = [_to_call(row) for row in self._where(_CALLS, calls.c.caller == caller.e164)]
        self.save_all([(call.erased(), call.version) for call in mine])
        return len(mine)


_CONVERSIONS: Final = _Statements(conversions)


class SqlConversions(_SqlRecorded):
    """Conversions over the ``conversions`` table."""

    def find(self, conversion_id: ConversionId) -> Conversion | None:
        """Return that conversion."""
        row = self._find(_CONVERSIONS, conversion_id)
        return _to_conversion(row) if row else None

    def of_external_ids(self, external_ids: Collection[str]) -> Mapping[str, Conversion]:
        """Return the conversions of these names."""
        return {row.external_id: _to_conversion(row) for row in self._named(_CONVERSIONS, external_ids)}

    def of_leads(self, lead_ids: Collection[LeadId]) -> Sequence[Conversion]:
        """Return the leads' conversions."""
        return [_to_conversion(row) for row in self._where(_CONVERSIONS, conversions.c.lead_id.in_(lead_ids))]

    def search(self, wanted: ConversionFilter, *, offset: int, limit: int) -> ConversionPage:
        """Return a page of the conversions that match."""
        conditions = _stamped(conversions, wanted)
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
        rows, total = self._page(_CONVERSIONS, conditions, wanted.after, offset=offset, limit=limit)
        return ConversionPage([_to_conversion(row) for row in rows], total)

    def add_all(self, added: Collection[Conversion]) -> None:
        """Insert new conversions."""
        self._add(_CONVERSIONS, [_from_conversion(one) for one in added])

    def save_all(self, changes: Collection[tuple[Conversion, int]]) -> None:
        """Replace conversions in their expected versions."""
        self._save(_CONVERSIONS, [_from_conversion(one) | {"expected": expected} for one, expected in changes])

    def erase(self, caller: PhoneNumber) -> int:
        """Take a caller out of their conversions."""
        mine = [_to_conversion(row) for row in self._where(_CONVERSIONS, conversions.c.caller == caller.e164)]
        self.save_all([(one.erased(), one.version) for one in mine])
        return len(mine)


def _stamped(table: Table, wanted: StampFilter) -> list[ColumnElement[bool]]:
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
    return [table.c[name] == value for name, value in given.items() if value is not None]


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
