"""`RollupRepository`: deltas that are only added, and the sums that a chore folds them into.

A transaction of facts adds rows to ``rollup_deltas`` and touches nothing else: no row is contended for. Folding takes
committed deltas away and adds them, in one transaction, to ``rollups``. So a sum over both tables is exact at any
moment, and how far the folding has come shows in nothing but the time that a report takes.

The sums are kept more than once (`adapters.sql.layers`), and read by `adapters.sql.reports`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import and_, bindparam, delete, func, literal, select, text, union_all

from leadintake.adapters.sql.bulk import bulk_add, bulk_insert
from leadintake.adapters.sql.layers import BASE, CUBES, MEASURES, PARTS, layer_of, series_key
from leadintake.adapters.sql.reports import SqlReports
from leadintake.adapters.sql.tables import rollup_deltas, rollup_series, rollups
from leadintake.adapters.system import new_id
from leadintake.domain.owner import OwnerKind, OwnerRef
from leadintake.domain.rollup import NOTHING, Measures, Quarter, RollupDelta, RollupKey, totals

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from sqlalchemy import Connection, Row

    from leadintake.adapters.sql.bulk import PendingInserts
    from leadintake.domain.company import CompanyId
    from leadintake.domain.report import Sums, Wanted

# Who takes leads in only counts the first four; what is left out is 0.
_OF_INTAKE: Final = ("submissions", "leads", "refused", "duplicates")
_ELSE: Final = tuple(name for name in MEASURES if name not in _OF_INTAKE)
_INSERT: Final = bulk_insert(rollup_deltas)
_INSERT_OF_INTAKE: Final = bulk_insert(rollup_deltas, but=_ELSE)
_ADD: Final = bulk_add(rollups, adding=MEASURES)
_INSERT_SERIES: Final = bulk_insert(rollup_series)
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
        sums: dict[tuple[int, int, str], list[int]] = {}
        series: dict[str, tuple[Any, ...]] = {}
        for row in taken:
            for cube in CUBES:
                parts = tuple(getattr(row, name) if name in cube.parts else None for name in PARTS)
                key = series_key(cube, parts)
                series[key] = parts
                for span in cube.spans:
                    place = layer_of(cube, span), row.quarter - row.quarter % span, key
                    add_to(sums.setdefault(place, [0] * len(MEASURES)), row)
        numbers = self._numbered(connection, series)
        _ADD.run(
            connection,
            [
                {
                    "company_id": self._company_id,
                    "layer": layer,
                    "quarter": quarter,
                    "series_id": number,
                    **dict(zip(MEASURES, measures, strict=True)),
                }
                for layer, quarter, number, measures in sorted(
                    (layer, quarter, numbers[key], measures)
                    for (layer, quarter, key), measures in sums.items()
                    if any(measures)
                )
            ],
        )
        return len(taken)

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
        rows = SqlReports(self._pending.connection, self._company_id).recounted(begin, end)
        counted = totals(RollupDelta(_key(row), Measures(*row[-len(MEASURES) :])) for row in rows)
        return {key: measures for key, measures in counted.items() if measures != NOTHING}

    def report(self, wanted: Wanted) -> Sums:
        """Return a report over a time."""
        return SqlReports(self._pending.connection, self._company_id).report(wanted)

    def _numbered(self, connection: Connection, series: Mapping[str, Sequence[Any]]) -> Mapping[str, int]:
        """Return the number of each of these series, new ones stored under the next."""
        columns = rollup_series.c
        keys, numbers = sorted(series), dict[str, int]()
        for start in range(0, len(keys), _AT_ONCE):
            some = and_(columns.company_id == self._company_id, columns.key.in_(keys[start : start + _AT_ONCE]))
            numbers.update((row.key, row.id) for row in connection.execute(select(columns.key, columns.id).where(some)))
        if new := [key for key in keys if key not in numbers]:
            highest = select(func.coalesce(func.max(columns.id), literal(0))).where(
                columns.company_id == self._company_id
            )
            numbers.update(
                (key, number) for number, key in enumerate(new, connection.execute(highest).scalar_one() + 1)
            )
            rows = [
                {
                    "company_id": self._company_id,
                    "id": numbers[key],
                    "key": key,
                    **dict(zip(PARTS, series[key], strict=True)),
                }
                for key in new
            ]
            _INSERT_SERIES.run(connection, rows)
        return numbers

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


def add_to(measures: list[int], row: Any) -> None:  # noqa: ANN401 - a row that ends with measures
    """Add a row's measures to these."""
    for place, measure in enumerate(row[-len(MEASURES) :]):
        measures[place] += measure


def _key(row: Row[Any]) -> RollupKey:
    owner = None if row.owner_kind is None else OwnerRef(OwnerKind(row.owner_kind), row.owner_id)
    return RollupKey(Quarter(row.quarter), row.traffic_source_id, row.sub_id, owner, row.country)
