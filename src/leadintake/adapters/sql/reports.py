"""Reports over the roll-ups, and over the facts themselves: `summed_up` of `domain.report`, in each database's words.

A report begins with *pieces*: sums with their parts and the number of their cell. Most come of ``rollups``, from the
layer that has what is asked for in the fewest rows, and of the deltas that are not folded yet. What only the leads
tell (their status, their lead tokens) comes of the facts: submissions, replays, calls and conversions, each with its
lead. The pieces are grouped, sorted and cut to a page by the database.
"""

# ruff: noqa: S608 - the statements are put together from our own names; what was given is a parameter

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from sqlalchemy import text

from leadintake.adapters.sql.bulk import to_json
from leadintake.adapters.sql.facts import facts_of, facts_that_count
from leadintake.adapters.sql.layers import MEASURES, cube_of
from leadintake.adapters.sql.spans import ranges_summed
from leadintake.adapters.sql.words import WORDS, compile_nothing
from leadintake.domain.owner import OwnerKind
from leadintake.domain.report import PROFIT, RATES, By, Row, Sums, stands
from leadintake.domain.rollup import NOTHING, Measures

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from sqlalchemy import Connection

    from leadintake.domain.company import CompanyId
    from leadintake.domain.report import Dimension, Value, Wanted

_ALL: Final = 2**62
_MOST_SERIES: Final = 1_000
_MOST_LOOKED_UP: Final = 50_000
"""How many sums are rather looked up than read one after the other, which takes a half to a third as long for each."""
_STANDING: Final = "standing"
_STANDS: Final = ("submissions", "leads", "calls", "conversions")
"""What is nothing in a row where all was taken back; added up under one name, for it is asked of every row."""


class _Pieces(NamedTuple):
    """The beginning of a statement, up to where its sums are called ``pieces``, and its parameters.

    Shape: `are_rows` says that no two pieces are of the same row, `are_few` that they are of a thousand series at most.
    """

    begin: str
    parameters: Mapping[str, Any]
    are_rows: bool = False
    are_few: bool = False

    def grouped(self, names: Sequence[str], measures: Sequence[str], whole: Callable[[str], str]) -> str:
        """Return the statement of the rows that the pieces make, whether or not they stand for anything."""
        if self.are_rows:
            return f"SELECT {', '.join((*names, *measures))} FROM pieces"
        sums = [f"{whole(f'SUM({name})')} AS {name}" for name in measures]
        by = f"GROUP BY {', '.join(names)}" if names else "HAVING COUNT(*) > 0"
        return f"SELECT {', '.join((*names, *sums))} FROM pieces {by}"


class SqlReports:
    """Reports over one company's connection; it must show one moment from the first statement on."""

    def __init__(self, connection: Connection, company_id: CompanyId) -> None:
        """Ask through a connection."""
        self._connection = connection
        self._company_id = company_id
        self._words = WORDS[connection.dialect.name]
        self._unfolded: Sequence[int] | None = None

    def report(self, wanted: Wanted) -> Sums:
        """Return a page of rows, how many there are, and the figures of all."""
        compile_nothing(self._connection)
        if wanted.limit is None and wanted.among is None:
            return self._everything(wanted)
        totals = self._measures(wanted, dimensions=())
        all_together = totals[()] if totals else NOTHING
        if wanted.among is not None:
            rows = [Row(values, measures) for values, measures in self._among(wanted, wanted.among) if stands(measures)]
            return Sums(rows, len(rows), all_together)
        if not wanted.needs_leads and self._may_be_many(wanted):
            # Thousands of rows are ranked by one figure; the others are added up for the page alone.
            page, count = self._ranked(wanted, measures=())
            among = frozenset(row.values for row in page)
            figures = dict(self._among(wanted, among)) if among else {}
            return Sums([Row(row.values, figures[row.values]) for row in page], count, all_together)
        page, count = self._ranked(wanted, measures=MEASURES)
        return Sums(page, count, all_together)

    @contextmanager
    def _joining(self, pieces: _Pieces) -> Iterator[None]:
        """Let PostgreSQL join many by hashes: of sums it expects two hundred groups, and would look up each of all."""
        is_told = bool(self._words.lateral) and not pieces.are_few
        if is_told:
            self._connection.execute(text("SET LOCAL enable_nestloop = off"))
        yield
        if is_told:
            self._connection.execute(text("SET LOCAL enable_nestloop = on"))

    @staticmethod
    def _may_be_many(wanted: Wanted) -> bool:
        """Say whether there may be many times more rows than are shown."""
        return len(wanted.dimensions) > 1 or any(each.by is By.SUB_ID for each in wanted.dimensions)

    def _everything(self, wanted: Wanted) -> Sums:
        """Return a report of all rows: the figures of all are their sum, and nothing is read twice."""
        pieces = self._pieces(wanted, wanted.dimensions, MEASURES)
        names = [f"value{place}" for place in range(len(wanted.dimensions))]
        statement = (
            f"{pieces.begin}, grouped AS ({pieces.grouped(names, MEASURES, self._words.as_whole)}) "
            f"SELECT * FROM grouped ORDER BY {self._order(wanted)}"
        )
        with self._joining(pieces):
            found = self._connection.execute(text(statement), pieces.parameters)
        rows = [Row(tuple(row[: len(names)]), Measures(*row[len(names) :])) for row in found]
        # What stands for nothing is no row, and counts.
        totals = Measures(*map(sum, zip(*(row.measures for row in rows), strict=True))) if rows else NOTHING
        standing = [row for row in rows if stands(row.measures)]
        return Sums(standing[wanted.offset :], len(standing), totals)

    def _ranked(self, wanted: Wanted, *, measures: Sequence[str]) -> tuple[Sequence[Row], int]:
        """Return a page in its order, with these measures, the others nothing, and how many rows there are."""
        needed = tuple(dict.fromkeys((_STANDING, *_needed_by(wanted.order.by), *measures)))
        pieces = self._pieces(wanted, wanted.dimensions, needed)
        names = [f"value{place}" for place in range(len(wanted.dimensions))]
        # Kept for the moment: they are read twice, once to be counted.
        standing = (
            f"{pieces.begin}, grouped AS ({pieces.grouped(names, needed, self._words.as_whole)}), "
            f"standing AS MATERIALIZED (SELECT * FROM grouped WHERE {_STANDING} <> 0)"
        )
        counted = "SELECT COUNT(*) FROM standing"
        page = (
            f"{standing} SELECT *, ({counted}) AS total_count FROM standing ORDER BY {self._order(wanted)} "
            "LIMIT :most OFFSET :skipped"
        )
        window = {"most": _ALL if wanted.limit is None else wanted.limit, "skipped": wanted.offset}
        with self._joining(pieces):
            rows = self._connection.execute(text(page), {**pieces.parameters, **window}).all()
            if rows:
                count = rows[0].total_count
            elif wanted.offset:
                count = self._connection.execute(text(f"{standing} {counted}"), pieces.parameters).scalar_one()
            else:
                count = 0
        told = [name for name in needed if name != _STANDING]
        return [Row(tuple(row[: len(names)]), NOTHING._replace(**_figures(row, told))) for row in rows], count

    def _among(
        self, wanted: Wanted, among: frozenset[tuple[Value, ...]]
    ) -> Iterable[tuple[tuple[Value, ...], Measures]]:
        """Return the figures of these rows, as far as there are any."""
        found = self._measures(wanted, wanted.dimensions, among)
        return [(values, measures) for values, measures in found.items() if values in among]

    def _measures(
        self,
        wanted: Wanted,
        dimensions: Sequence[Dimension],
        among: frozenset[tuple[Value, ...]] | None = None,
    ) -> Mapping[tuple[Value, ...], Measures]:
        """Return all figures by these dimensions; of others than those asked for there may be some more."""
        pieces = self._pieces(wanted, dimensions, MEASURES, among)
        names = [f"value{place}" for place in range(len(dimensions))]
        statement = f"{pieces.begin} {pieces.grouped(names, MEASURES, self._words.as_whole)}"
        rows = self._connection.execute(text(statement), pieces.parameters)
        return {tuple(row[: len(names)]): Measures(*row[len(names) :]) for row in rows}

    def _pieces(
        self,
        wanted: Wanted,
        dimensions: Sequence[Dimension],
        measures: Sequence[str],
        among: frozenset[tuple[Value, ...]] | None = None,
    ) -> _Pieces:
        make = self._pieces_of_facts if wanted.needs_leads else self._pieces_of_rollups
        return make(wanted, dimensions, measures, among)

    def _pieces_of_rollups(
        self,
        wanted: Wanted,
        dimensions: Sequence[Dimension],
        measures: Sequence[str],
        among: frozenset[tuple[Value, ...]] | None,
    ) -> _Pieces:
        conditions, parameters = self._conditions(wanted, dimensions, among)
        cube = cube_of({*_parts_of(dimensions), *conditions})
        places = _places_of_time(wanted, dimensions, among)
        layers = cube.layers()
        ranges = [(number, each) for number, time in places for each in ranges_summed(tuple(layers), *time)]
        words, plain = self._words, ", ".join(measures)
        of_cube = f"rollup_series.company_id = :company_id AND rollup_series.cube = {cube.number}"
        found = " UNION ALL ".join(
            f"SELECT rollup_series.id FROM rollup_series WHERE {of_cube}{series}"
            for series in _each_way(conditions, "rollup_series")
        )
        # A few series are looked up one by one, each in each span; for more the ranges are read.
        count = sum((each.high - each.low) // each.span for _, each in ranges)
        most = min(_MOST_SERIES, _MOST_LOOKED_UP // max(count, 1))
        is_few = bool(conditions) and self._finds_at_most(most, found, parameters)
        nodes = [
            (number, layers[each.span], low, high, each.sign)
            for number, each in ranges
            for low, high in (each.spans() if is_few else [(each.low, each.high)])
        ]
        is_one = words.is_one_of_few if is_few else words.is_one_of
        some = f" AND {is_one.format(column='rollups.series_id', found=found)}" if conditions else ""
        quarters = "= nodes.low" if is_few else ">= nodes.low AND rollups.quarter < nodes.high"
        read = self._read_nodes(f"rollups.quarter {quarters}{some}", measures)
        sums = ", ".join(f"{self._words.as_whole(f'SUM({name})')} AS {name}" for name in measures)
        has_time = any(dimension.unit is not None for dimension in dimensions)
        place, by_place = ("place", "place, ") if has_time else ("0", "")
        of_series = self._values(dimensions, "rollup_series", "folded.place")
        are_rows = {_PART_OF.get(each.by) for each in dimensions} == {*cube.parts} == {"traffic_source_id", _FEWEST}
        to_series, rest = self._left(dimensions, measures, conditions, of_cube, are_rows=are_rows)
        beginning = (
            f"WITH nodes AS MATERIALIZED {words.rows('nodes', ('place', 'layer', 'low', 'high', 'sign'))}, "
            f"tail AS MATERIALIZED {words.rows('tail', ('quarter', 'place'))}, "
            f"{self._belonging(dimensions)}"
            f"folded AS (SELECT {place} AS place, series_id, {sums} FROM ({read}{to_series}) AS found "
            f"GROUP BY {by_place}series_id), "
            f"pieces AS (SELECT {of_series}{plain} FROM folded "
            f"JOIN rollup_series ON {of_cube} AND rollup_series.id = folded.series_id "
            f"{self._join_belonging(dimensions, 'rollup_series')}UNION ALL {rest})"
        )
        return _Pieces(
            beginning,
            {
                **parameters,
                "company_id": self._company_id,
                "nodes": to_json(nodes),
                "tail": to_json(self._tail(places)),
                **self._offers(wanted, dimensions),
            },
            are_rows=are_rows,
            are_few=is_few,
        )

    def _left(
        self,
        dimensions: Sequence[Dimension],
        measures: Sequence[str],
        conditions: Mapping[str, Sequence[str]],
        of_cube: str,
        *,
        are_rows: bool,
    ) -> tuple[str, str]:
        """Return what is not folded yet: what goes to the sums of its series, each with its series, and the rest.

        Where one series is one row, it goes to its series as far as it has one; else all of it is grouped with theirs.
        """
        figures = [_read(name, "rollup_deltas") for name in measures]
        narrowed = "".join(f" AND {condition}" for condition in _any_way(conditions, "rollup_deltas"))
        of_delta = self._values(dimensions, "rollup_deltas", "tail.place")
        # SQLite joins in this order: each delta with its quarter, and with its series.
        tail = "FROM rollup_deltas CROSS JOIN tail "
        is_left = f"WHERE rollup_deltas.company_id = :company_id AND tail.quarter = rollup_deltas.quarter{narrowed}"
        if not are_rows:
            belonging = self._join_belonging(dimensions, "rollup_deltas")
            return "", f"SELECT {of_delta}{', '.join(figures)} {tail}{belonging}{is_left}"
        ways = [f"{of_cube} AND {way}" for way in self._ways_to_series()]
        with_series = (
            f"SELECT tail.place, rollup_series.id, {', '.join(figures)} {tail}CROSS JOIN rollup_series {is_left}"
        )
        by = f"GROUP BY rollup_deltas.traffic_source_id, rollup_deltas.{_FEWEST}"
        are_new = "".join(f" AND NOT EXISTS (SELECT 1 FROM rollup_series WHERE {way})" for way in ways)
        added = ", ".join(self._words.as_whole(f"SUM({figure})") for figure in figures)
        return (
            "".join(f" UNION ALL {with_series} AND {way}" for way in ways),
            f"SELECT {of_delta}{added} {tail}{is_left}{are_new} {by}",
        )

    def _finds_at_most(self, most: int, found: str, parameters: Mapping[str, Any]) -> bool:
        """Say whether a statement finds so few series."""
        statement = f"SELECT COUNT(*) FROM (SELECT 1 FROM ({found}) AS found LIMIT :most) AS counted"
        given = {**parameters, "company_id": self._company_id, "most": most + 1}
        count: int = self._connection.execute(text(statement), given).scalar_one()
        return count <= most

    def _ways_to_series(self) -> tuple[str, str]:
        """Return the conditions on which a delta's source and sub id are those of a series, each with an index."""
        # By an index of the source it is not looked for: that has many.
        of_source = f"+rollup_series.traffic_source_id {self._words.same} rollup_deltas.traffic_source_id"
        return (
            f"rollup_series.sub_id = rollup_deltas.sub_id AND {of_source}",
            f"rollup_series.sub_id IS NULL AND rollup_deltas.sub_id IS NULL AND {of_source}",
        )

    def _read_nodes(self, condition: str, measures: Sequence[str]) -> str:
        """Return the statement of what stands in the sums of the nodes, each with its place and its series."""
        within = f"rollups WHERE rollups.company_id = :company_id AND rollups.layer = nodes.layer AND {condition}"
        if self._words.lateral:
            read = ", ".join(f"{_read(name, 'rollups')} AS {name}" for name in measures)
            signed = ", ".join(f"nodes.sign * sums.{name} AS {name}" for name in measures)
            lateral = f"SELECT rollups.series_id, {read} FROM {within}{self._words.unflattened}"
            return f"SELECT nodes.place, sums.series_id, {signed} FROM nodes CROSS JOIN LATERAL ({lateral}) AS sums"
        # SQLite joins in the order in which it is told; it has no lateral join, and needs none.
        signed = ", ".join(f"nodes.sign * ({_read(name, 'rollups')}) AS {name}" for name in measures)
        return f"SELECT nodes.place, rollups.series_id, {signed} FROM nodes CROSS JOIN {within}"

    def _tail(self, places: Sequence[tuple[int, tuple[int, int]]]) -> list[tuple[int, int]]:
        """Return the quarters that something is not folded in, each with its place."""
        if self._unfolded is None:
            statement = (
                "SELECT DISTINCT rollup_deltas.quarter FROM rollup_deltas WHERE rollup_deltas.company_id = :company_id"
            )
            found = self._connection.execute(text(statement), {"company_id": self._company_id})
            self._unfolded = found.scalars().all()
        return [
            (quarter, number) for quarter in self._unfolded for number, (begin, end) in places if begin <= quarter < end
        ]

    def _pieces_of_facts(
        self,
        wanted: Wanted,
        dimensions: Sequence[Dimension],
        measures: Sequence[str],
        among: frozenset[tuple[Value, ...]] | None,
    ) -> _Pieces:
        conditions, parameters = self._conditions(wanted, dimensions, among)
        places = _places_of_time(wanted, dimensions, among)
        by_quarter = [(quarter, number) for number, (begin, end) in places for quarter in range(begin, end)]
        tokens = {
            f"token{place}": dimension.token
            for place, dimension in enumerate(dimensions)
            if dimension.token is not None
        }
        read = ", ".join(f"{_read(name, 'facts')} AS {name}" for name in measures)
        only = " AND ".join(_any_way(conditions, "facts"))
        begin = (
            f"WITH places AS {self._words.rows('places', ('quarter', 'place'))}, {self._belonging(dimensions)}"
            f"facts AS ({facts_that_count(self._words, is_with_leads=True)}), "
            f"pieces AS (SELECT {self._values(dimensions, 'facts', 'places.place')}{read} FROM facts "
            "JOIN places ON places.quarter = facts.quarter "
            "LEFT JOIN leads ON leads.company_id = :company_id AND leads.id = facts.lead_id "
            f"{self._join_belonging(dimensions, 'facts')}{f'WHERE {only}' if only else ''})"
        )
        return _Pieces(
            begin,
            {
                **parameters,
                **tokens,
                **facts_of(self._company_id, wanted.begin, wanted.end, self._words),
                "places": to_json(by_quarter),
                **self._offers(wanted, dimensions),
                "at": self._words.instant(wanted.at),
            },
        )

    def _values(self, dimensions: Sequence[Dimension], table: str, place: str) -> str:
        """Return the columns that say what a piece is about, each with a comma after it."""
        is_schedule = f"{table}.owner_kind = '{OwnerKind.SCHEDULE.value}'"
        values = {
            By.TRAFFIC_SOURCE: f"{table}.traffic_source_id",
            # To group texts as one's language sorts them would take several times as long.
            By.SUB_ID: f"{table}.sub_id{self._words.bytewise}",
            By.COUNTRY: f"{table}.country",
            By.SCHEDULE: f"CASE WHEN {is_schedule} THEN {table}.owner_id END",
            By.OFFER: f"CASE WHEN {is_schedule} THEN belonging.offer_id ELSE {table}.owner_id END",
            By.STATUS: (
                "CASE WHEN leads.live IS NOT NULL AND leads.expires_at <= :at THEN 'expired' ELSE leads.status END"
            ),
        }
        return "".join(
            f"{self._words.token.format(place=number) if each.by is By.TOKEN else values.get(each.by, place)} "
            f"AS value{number}, "
            for number, each in enumerate(dimensions)
        )

    @staticmethod
    def _offers(wanted: Wanted, dimensions: Sequence[Dimension]) -> dict[str, Any]:
        return {"belonging": to_json([*wanted.offer_of.items()])} if _is_by_offer(dimensions) else {}

    def _belonging(self, dimensions: Sequence[Dimension]) -> str:
        """Return which offer each schedule belongs to, where that is asked for."""
        if not _is_by_offer(dimensions):
            return ""
        return f"belonging AS {self._words.rows('belonging', ('schedule_id', 'offer_id'))}, "

    @staticmethod
    def _join_belonging(dimensions: Sequence[Dimension], table: str) -> str:
        if not _is_by_offer(dimensions):
            return ""
        return (
            f"LEFT JOIN belonging ON {table}.owner_kind = '{OwnerKind.SCHEDULE.value}' "
            f"AND belonging.schedule_id = {table}.owner_id "
        )

    def _conditions(
        self, wanted: Wanted, dimensions: Sequence[Dimension], among: frozenset[tuple[Value, ...]] | None
    ) -> tuple[dict[str, Sequence[str]], dict[str, Any]]:
        """Return, for each part that is narrowed down, what it is one of, with a place for the table, and parameters.

        Of what is unknown among a part's values a database looks up all others by no index, unless it is asked twice.
        """
        only = wanted.only
        named: list[tuple[str, str, frozenset[Any]]] = [
            (part, part, values)
            for part, values in (
                ("traffic_source_id", only.traffic_source_ids),
                ("sub_id", only.sub_ids),
                ("country", only.countries),
            )
            if values is not None
        ]
        if among is not None:
            parts = {place: _PART_OF[each.by] for place, each in enumerate(dimensions) if each.by in _PART_OF}
            # A few sub ids are found at once; the sources of a page may be half of all.
            named += [
                (part, f"{part}_among", frozenset(values[place] for values in among))
                for place, part in parts.items()
                if part == _FEWEST or _FEWEST not in parts.values()
            ]
        conditions: dict[str, Sequence[str]] = {}
        parameters: dict[str, Any] = {}
        for part, parameter, values in named:
            known = sorted(value for value in values if value is not None)
            is_one = self._words.among(f"{{table}}.{part}", parameter, is_number=part == "traffic_source_id")
            ways = (is_one, f"{{table}}.{part} IS NULL") if None in values else (is_one,)
            before = conditions.get(part)
            conditions[part] = ways if before is None else [f"{one} AND {way}" for one in before for way in ways]
            parameters[parameter] = to_json(known)
        if only.owners is not None:
            owners = [
                f"({{table}}.owner_kind = '{kind.value}' AND "
                f"{self._words.among('{table}.owner_id', f'{kind.value}_ids', is_number=True)})"
                for kind in OwnerKind
            ]
            conditions["owner_id"] = owners
            parameters |= {
                f"{kind.value}_ids": to_json(sorted(owner.id for owner in only.owners if owner.kind is kind))
                for kind in OwnerKind
            }
        return conditions, parameters

    def _order(self, wanted: Wanted) -> str:
        by, way = wanted.order.by, "DESC" if wanted.order.is_descending else "ASC"
        if isinstance(by, int):
            first = [f"value{by} IS NULL", f"{self._comparable(wanted.dimensions[by], by)} {way}"]
        elif (rate := RATES.get(by)) is not None:
            real = self._words.real.format
            first = [f"{rate.per} = 0", f"{real(value=rate.of)} / NULLIF({real(value=rate.per)}, 0) {way}"]
        else:
            first = [f"{'revenue - payout' if by == PROFIT else by} {way}"]
        ties = [
            part
            for place, dimension in enumerate(wanted.dimensions)
            for part in (f"value{place} IS NULL", self._comparable(dimension, place))
        ]
        return ", ".join((*first, *ties))

    def _comparable(self, dimension: Dimension, place: int) -> str:
        """Return a value as it is sorted: texts by their characters, whatever the database's language."""
        is_text = dimension.by in _TEXTS
        return f"value{place}{self._words.bytewise if is_text else ''}"


_FEWEST: Final = "sub_id"
"""The part of which each value stands for the fewest series."""
_TEXTS: Final = frozenset({By.SUB_ID, By.COUNTRY, By.STATUS, By.TOKEN})
_PART_OF: Final = {By.TRAFFIC_SOURCE: "traffic_source_id", By.SUB_ID: "sub_id", By.COUNTRY: "country"}
_PARTS_OF: Final[Mapping[By, tuple[str, ...]]] = {
    **{by: (part,) for by, part in _PART_OF.items()},
    By.SCHEDULE: ("owner_kind", "owner_id"),
    By.OFFER: ("owner_kind", "owner_id"),
}


def _read(name: str, table: str) -> str:
    """Return a measure of a table, or what stands in it."""
    return " + ".join(f"{table}.{each}" for each in _STANDS) if name == _STANDING else f"{table}.{name}"


def _any_way(conditions: Mapping[str, Sequence[str]], table: str) -> Iterator[str]:
    """Yield each condition on a table, whichever of its ways."""
    for ways in conditions.values():
        yield f"({' OR '.join(ways)})".format(table=table)


def _each_way(conditions: Mapping[str, Sequence[str]], table: str) -> Iterator[str]:
    """Yield all conditions on a table, once for each way of the part that is looked up by an index."""
    for way in conditions.get(_FEWEST, ("1 = 1",)):
        yield "".join(f" AND {each}" for each in _any_way({**conditions, _FEWEST: (way,)}, table))


def _is_by_offer(dimensions: Sequence[Dimension]) -> bool:
    return any(dimension.by is By.OFFER for dimension in dimensions)


def _parts_of(dimensions: Sequence[Dimension]) -> set[str]:
    return {part for dimension in dimensions for part in _PARTS_OF.get(dimension.by, ())}


def _needed_by(order: str | int) -> tuple[str, ...]:
    if isinstance(order, int):
        return ()
    if order == PROFIT:
        return ("revenue", "payout")
    return tuple(RATES.get(order, (order,)))


def _figures(row: Any, names: Sequence[str]) -> dict[str, int]:  # noqa: ANN401 - a row
    return {name: getattr(row, name) for name in names}


def _places_of_time(
    wanted: Wanted, dimensions: Sequence[Dimension], among: frozenset[tuple[Value, ...]] | None
) -> Sequence[tuple[int, tuple[int, int]]]:
    """Return the stretches of time that are told apart, each under its number; the whole time where none are."""
    place = next((place for place, dimension in enumerate(dimensions) if dimension.unit is not None), None)
    if place is None:
        return [(0, (wanted.begin, wanted.end))]
    asked = None if among is None else {values[place] for values in among}
    return [
        (number, (cell.begin, cell.end)) for number, cell in enumerate(wanted.cells) if asked is None or number in asked
    ]
