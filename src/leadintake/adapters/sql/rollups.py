"""`RollupRepository`: deltas that are only added, and the sums that a chore folds them into.

A transaction of facts adds rows to ``rollup_deltas`` and touches nothing else: no row is contended for. Folding takes
committed deltas away and adds them, in one transaction, to ``rollups``. So a sum over both tables is exact at any
moment, and how far the folding has come shows in nothing but the time that a report takes.

The sums are kept more than once (`adapters.sql.layers`), and read by `adapters.sql.reports`.
"""

from __future__ import annotations

from datetime import UTC, datetime
from operator import add
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import and_, bindparam, delete, func, literal, select, text, union_all

from leadintake.adapters.sql.bulk import bulk_add, bulk_insert
from leadintake.adapters.sql.elsewhere import elsewhere
from leadintake.adapters.sql.layers import BASE, CUBES, MEASURES, PARTS, layer_of, series_key
from leadintake.adapters.sql.lead_ends import SqlLeadEnds
from leadintake.adapters.sql.recounting import SqlRecounting
from leadintake.adapters.sql.reports import SqlReports
from leadintake.adapters.sql.tables import rollup_deltas, rollup_series, rollups
from leadintake.adapters.system import new_id
from leadintake.domain.errors import StaleWrite
from leadintake.domain.owner import OwnerKind, OwnerRef
from leadintake.domain.rollup import NOTHING, Measures, Quarter, RollupDelta, RollupKey, totals

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from sqlalchemy import Connection, Row

    from leadintake.adapters.sql.bulk import PendingInserts
    from leadintake.adapters.sql.layers import Cube
    from leadintake.domain.attribution import TrafficSourceId
    from leadintake.domain.company import CompanyId
    from leadintake.domain.report import Sums, Wanted

# Who takes leads in only counts the first four; what is left out is 0.
_OF_INTAKE: Final = ("submissions", "leads", "refused", "duplicates")
_ELSE: Final = tuple(name for name in MEASURES if name not in _OF_INTAKE)
_INSERT: Final = bulk_insert(rollup_deltas)
_INSERT_OF_INTAKE: Final = bulk_insert(rollup_deltas, but=_ELSE)
_ADD: Final = bulk_add(rollups, adding=MEASURES)
_INSERT_SERIES: Final = bulk_insert(rollup_series)
_COUNT: Final = len(MEASURES)
_COLUMNS: Final = ("company_id", "layer", "quarter", "series_id", *MEASURES)
# A UUIDv7 begins with 48 bits of milliseconds.
_BELOW_MILLISECONDS: Final = 80
_FOLDING: Final = 0x1EADF01D
_ONE_FOLDS: Final = text("SELECT pg_try_advisory_xact_lock(:folding, :company_id)")

_deltas = rollup_deltas.c
_OLDEST = (
    select(_deltas.id)
    .where(_deltas.company_id == bindparam("of_company"))
    .order_by(_deltas.id)
    .limit(bindparam("most"))
    .scalar_subquery()
)
_TAKE = (
    delete(rollup_deltas)
    .where(_deltas.company_id == bindparam("of_company"), _deltas.id.in_(_OLDEST))
    .returning(_deltas.quarter, *(_deltas[name] for name in (*PARTS, *MEASURES)))
)


class SqlRollups:
    """What is counted, over the ``rollup_deltas``, ``rollups`` and ``rollup_series`` tables."""

    def __init__(self, pending: PendingInserts, company_id: CompanyId) -> None:
        """Work for one company over its unit's connection."""
        self._pending = pending
        self._company_id = company_id

    def append_all(self, deltas: Collection[RollupDelta]) -> None:
        """Add these to what is counted, with the other inserts of the unit."""
        if any(any(measures[len(_OF_INTAKE) :]) for _, measures in deltas):
            self._pending.add(_INSERT, [self._row(delta, MEASURES) for delta in deltas])
        elif deltas:
            self._pending.add(_INSERT_OF_INTAKE, [self._row(delta, _OF_INTAKE) for delta in deltas])

    def fold(self, *, limit: int) -> int:
        """Put deltas together with the sums that are there."""
        connection = self._pending.connection
        if connection.dialect.name == "postgresql":
            # One at a time: the numbers of series are counted up, and a row is never contended for.
            alone = {"folding": _FOLDING, "company_id": self._company_id}
            if not connection.execute(_ONE_FOLDS, alone).scalar_one():
                return 0
        taken = connection.execute(_TAKE, {"of_company": self._company_id, "most": limit}).all()
        deltas = _sums((row.quarter, tuple(row[1:-_COUNT]), row[-_COUNT:]) for row in taken)
        rows: list[dict[str, Any]] = []
        for cube in CUBES:
            numbers = self._numbered(connection, cube, {parts for _, parts in deltas})
            sums = _sums((quarter, numbers[parts], measures) for (quarter, parts), measures in deltas.items())
            for span in cube.spans:
                # Of the spans before, which are parts of this one: there are fewer of them than deltas.
                sums = _sums((quarter - quarter % span, number, each) for (quarter, number), each in sums.items())
                rows += self._rows(layer_of(cube, span), sums)
        _ADD.run(connection, rows)
        return len(taken)

    def _rows(self, layer: int, sums: Mapping[tuple[int, Any], Sequence[int]]) -> Iterator[dict[str, Any]]:
        """Yield what is added to a layer, in the order of the key, leaving out what is nothing."""
        for (quarter, number), measures in sorted(sums.items()):
            if any(measures):
                yield dict(zip(_COLUMNS, (self._company_id, layer, quarter, number, *measures), strict=True))

    def unfolded_since(self) -> datetime | None:
        """Return the time that the identifier of the oldest delta holds."""
        oldest = select(_deltas.id).where(_deltas.company_id == self._company_id).order_by(_deltas.id).limit(1)
        found = self._pending.connection.execute(oldest).scalar()
        return None if found is None else datetime.fromtimestamp((found.int >> _BELOW_MILLISECONDS) / 1_000, UTC)

    def counted(self, begin: Quarter, end: Quarter) -> Mapping[RollupKey, Measures]:
        """Return what is counted in a time, folded or not."""
        series, sums = rollup_series.c, rollups.c
        mine = and_(sums.company_id == self._company_id, sums.layer == BASE)
        same = and_(series.company_id == sums.company_id, series.id == sums.series_id)
        folded = (
            select(sums.quarter, *(series[name] for name in PARTS), *(sums[name] for name in MEASURES))
            .join_from(rollups, rollup_series, same)
            .where(mine, sums.quarter >= begin, sums.quarter < end)
        )
        left = select(_deltas.quarter, *(_deltas[name] for name in (*PARTS, *MEASURES))).where(
            _deltas.company_id == self._company_id, _deltas.quarter >= begin, _deltas.quarter < end
        )
        # One statement: nobody folds between the two halves of it.
        rows = self._pending.connection.execute(union_all(folded, left))
        counted = totals(RollupDelta(_key(row), Measures(*row[-len(MEASURES) :])) for row in rows)
        return {key: measures for key, measures in counted.items() if measures != NOTHING}

    def recounted(self, begin: Quarter, end: Quarter) -> Mapping[RollupKey, Measures]:
        """Return what the facts of a time say."""
        rows = SqlRecounting(self._pending.connection, self._company_id).recounted(begin, end)
        counted = totals(RollupDelta(_key(row), Measures(*row[-len(MEASURES) :])) for row in rows)
        return {key: measures for key, measures in counted.items() if measures != NOTHING}

    def differences(self, *, limit: int) -> Mapping[RollupKey, Measures]:
        """Return what the facts say beyond what is counted."""
        rows = SqlRecounting(self._unhurried(), self._company_id).differences(limit)
        return {_key(row): Measures(*row[-_COUNT:]) for row in rows}

    def agrees_with_itself(self) -> bool:
        """Say whether every layer is what the one below makes it."""
        return SqlRecounting(self._unhurried(), self._company_id).has_right_layers()

    def rebuild(self) -> None:
        """Count everything anew: whoever adds meanwhile is neither seen nor touched."""
        connection = self._pending.connection
        if connection.dialect.name == "postgresql":
            # Facts and deltas of one moment: each of what comes later brings a delta of its own.
            connection.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"))
            alone = {"folding": _FOLDING, "company_id": self._company_id}
            if not connection.execute(_ONE_FOLDS, alone).scalar_one():
                raise StaleWrite
        connection = self._unhurried()
        for table in (rollups, rollup_deltas, rollup_series):
            connection.execute(delete(table).where(table.c.company_id == self._company_id))
        SqlRecounting(connection, self._company_id).count_anew()

    def _unhurried(self) -> Connection:
        """Return the connection for what reads all facts: that takes longer than anybody waits for an answer."""
        connection = self._pending.connection
        if connection.dialect.name == "postgresql":
            connection.execute(text("SET LOCAL statement_timeout = 0"))
        return connection

    def report(self, wanted: Wanted) -> Sums:
        """Return a report over a time."""
        with elsewhere(self._pending.connection):
            return SqlReports(self._pending.connection, self._company_id).report(wanted)

    def last_leads(
        self, source_ids: Collection[TrafficSourceId], begin: Quarter, end: Quarter
    ) -> Mapping[TrafficSourceId, Quarter]:
        """Return when each source brought its last lead of a time."""
        with elsewhere(self._pending.connection):
            return SqlLeadEnds(self._pending.connection, self._company_id).last_leads(source_ids, begin, end)

    def first_leads(
        self, source_ids: Collection[TrafficSourceId], begin: Quarter, end: Quarter
    ) -> Mapping[TrafficSourceId, Quarter]:
        """Return when each source brought its first lead of a time."""
        with elsewhere(self._pending.connection):
            return SqlLeadEnds(self._pending.connection, self._company_id).first_leads(source_ids, begin, end)

    def _numbered(
        self, connection: Connection, cube: Cube, combinations: Collection[tuple[Any, ...]]
    ) -> Mapping[tuple[Any, ...], int]:
        """Return the number of the cube's series that each of these is counted in, new ones stored under the next."""
        columns, has = rollup_series.c, [name in cube.parts for name in PARTS]
        series: dict[str, tuple[Any, ...]] = {}
        key_of: dict[tuple[Any, ...], str] = {}
        for parts in combinations:
            kept = tuple(part if is_kept else None for part, is_kept in zip(parts, has, strict=True))
            key_of[parts] = key = series_key(cube, kept)
            series[key] = kept
        keys, numbers = sorted(series), dict[str, int]()
        for start in range(0, len(keys), _AT_ONCE):
            some = and_(columns.company_id == self._company_id, columns.key.in_(keys[start : start + _AT_ONCE]))
            numbers.update((row.key, row.id) for row in connection.execute(select(columns.key, columns.id).where(some)))
        if new := [key for key in keys if key not in numbers]:
            mine = columns.company_id == self._company_id
            highest = connection.execute(
                select(func.coalesce(func.max(columns.id), literal(0))).where(mine)
            ).scalar_one()
            numbers.update((key, number) for number, key in enumerate(new, highest + 1))
            rows = [
                {
                    "company_id": self._company_id,
                    "id": numbers[key],
                    "key": key,
                    "cube": cube.number,
                    **dict(zip(PARTS, series[key], strict=True)),
                }
                for key in new
            ]
            _INSERT_SERIES.run(connection, rows)
        return {parts: numbers[key] for parts, key in key_of.items()}

    def _row(self, delta: RollupDelta, names: Sequence[str]) -> dict[str, Any]:
        key, owner = delta.key, delta.key.owner
        return {
            "company_id": self._company_id,
            "id": new_id(),
            "quarter": key.quarter,
            "traffic_source_id": key.traffic_source_id,
            "sub_id": key.sub_id,
            "owner_kind": owner.kind.value if owner else None,
            "owner_id": owner.id if owner else None,
            "country": key.country,
            **dict(zip(names, delta.measures, strict=False)),
        }


_AT_ONCE: Final = 500


def _sums(counted: Iterable[tuple[int, Any, Sequence[int]]]) -> dict[tuple[int, Any], Sequence[int]]:
    """Return the sum for each quarter and whatever comes after it."""
    sums: dict[tuple[int, Any], Sequence[int]] = {}
    for quarter, what, measures in counted:
        place = quarter, what
        known = sums.get(place)
        sums[place] = measures if known is None else [*map(add, known, measures)]
    return sums


def _key(row: Row[Any]) -> RollupKey:
    owner = None if row.owner_kind is None else OwnerRef(OwnerKind(row.owner_kind), row.owner_id)
    return RollupKey(Quarter(row.quarter), row.traffic_source_id, row.sub_id, owner, row.country)
