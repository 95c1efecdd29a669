"""Many rows in one statement, in each database's fastest way.

PostgreSQL takes all rows as one JSON parameter (measured: 1.5-1.8 times as fast as one array a column), SQLite as
an `executemany` of prepared values (measured: two thirds of one statement with all the values). The statements are
made from the tables once, at import; building an insert anew costs more than running it.
"""

from __future__ import annotations

from copy import copy
from functools import lru_cache
from operator import itemgetter
from typing import TYPE_CHECKING, Any

import orjson
from sqlalchemy import JSON, Column, Integer, Uuid
from sqlalchemy.dialects import postgresql

from leadintake.adapters.sql.driver import run
from leadintake.adapters.sql.tables import Instant, to_microseconds

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

    from sqlalchemy import Connection, Table

_POSTGRESQL = postgresql.dialect()  # type: ignore[no-untyped-call]


def to_json(value: Any) -> str:  # noqa: ANN401 - whatever JSON can carry
    """Return compact JSON text."""
    return orjson.dumps(value, default=dict).decode()


def _for_sqlite(column: Column[Any]) -> Callable[[Any], Any] | None:
    if isinstance(column.type, Instant):
        return to_microseconds
    if isinstance(column.type, Uuid):
        return lambda value: value.hex
    return to_json if isinstance(column.type, JSON) else None


def _rows_to_json(rows: Sequence[Mapping[str, Any]]) -> str:
    """Return the rows as PostgreSQL's JSON functions take them: bytes as its own text of them."""
    return orjson.dumps(rows, default=_as_postgresql_reads_it).decode()


def _as_postgresql_reads_it(value: Any) -> Any:  # noqa: ANN401 - whatever orjson does not know
    return f"\\x{value.hex()}" if isinstance(value, bytes) else dict(value)


class BulkStatement:
    """One statement over many rows, each a mapping from column name to value."""

    def __init__(self, columns: Sequence[Column[Any]], *, postgresql_text: str, sqlite_text: str) -> None:
        """Keep both texts; `columns` are the ones that a row fills, in the order of SQLite's parameters."""
        self._postgresql = postgresql_text
        self._sqlite = sqlite_text
        self._pick = itemgetter(*(column.name for column in columns))
        self._converters = [
            (position, convert)
            for position, column in enumerate(columns)
            if (convert := _for_sqlite(column)) is not None
        ]

    def run(self, connection: Connection, rows: Sequence[Mapping[str, Any]]) -> int:
        """Run it over the rows and return how many rows of the table it touched."""
        if not rows:
            return 0
        if connection.dialect.name == "postgresql":
            cursor = run(connection, self._postgresql, (_rows_to_json(rows),))
        else:
            cursor = run(connection, self._sqlite, [self._values(row) for row in rows], is_many=True)
        return int(cursor.rowcount)

    def postgresql(self, rows: Sequence[Mapping[str, Any]]) -> tuple[str, str]:
        """Return the statement for PostgreSQL, and its parameter."""
        return self._postgresql, _rows_to_json(rows)

    def followed_by(self, clause: str) -> BulkStatement:
        """Return this insert with a clause after it, in the words of both databases."""
        other = copy(self)
        other._postgresql, other._sqlite = f"{self._postgresql} {clause}", f"{self._sqlite} {clause}"  # noqa: SLF001 - of its own kind
        return other

    def _values(self, row: Mapping[str, Any]) -> list[Any]:
        """Return the row as SQLite takes it."""
        values = [*self._pick(row)]
        for position, convert in self._converters:
            if (value := values[position]) is not None:
                values[position] = convert(value)
        return values


def _record(columns: Sequence[Column[Any]]) -> str:
    """Return the JSON rows of a PostgreSQL statement, typed as the columns."""
    typed = ", ".join(f"{column.name} {column.type.compile(_POSTGRESQL)}" for column in columns)
    return f"jsonb_to_recordset(CAST(%s AS jsonb)) AS given({typed})"


def written(table: Table) -> Sequence[Column[Any]]:
    """Return the columns that hold what they are given; others the database makes out of these."""
    return [column for column in table.columns if column.computed is None]


def bulk_insert(table: Table, *, but: str | Collection[str] = ()) -> BulkStatement:
    """Return the insert of whole rows, but for columns that the database fills by itself."""
    left_out = {but} if isinstance(but, str) else {*but}
    columns = [column for column in written(table) if column.name not in left_out]
    names = ", ".join(column.name for column in columns)
    given = ", ".join(f"given.{column.name}" for column in columns)
    return BulkStatement(
        columns,
        postgresql_text=f"INSERT INTO {table.name} ({names}) SELECT {given} FROM {_record(columns)}",  # noqa: S608 - names of our own tables
        sqlite_text=f"INSERT INTO {table.name} ({names}) VALUES ({', '.join('?' * len(columns))})",  # noqa: S608 - likewise
    )


class PendingInserts:
    """The inserts of one unit that nobody has read yet; they go out together.

    One statement to PostgreSQL instead of three, and one wait instead of three: a wait lets go of the interpreter's
    lock. Whoever reads these tables asks for the `connection` here, and finds what was inserted.
    """

    def __init__(self, connection: Connection) -> None:
        """Start with none."""
        self._connection = connection
        self._rows: dict[BulkStatement, list[Mapping[str, Any]]] = {}

    def add(self, insert: BulkStatement, rows: Iterable[Mapping[str, Any]]) -> None:
        """Insert these rows, at the latest with the commit."""
        self._rows.setdefault(insert, []).extend(rows)

    @property
    def connection(self) -> Connection:
        """Return the connection, everything inserted."""
        if self._rows:
            self._write_out()
        return self._connection

    def _write_out(self) -> None:
        pending = {insert: rows for insert, rows in self._rows.items() if rows}
        self._rows = {}
        if len(pending) > 1 and self._connection.dialect.name == "postgresql":
            parts = [insert.postgresql(rows) for insert, rows in pending.items()]
            run(self._connection, _as_one(tuple(text for text, _ in parts)), tuple(json for _, json in parts))
            return
        for insert, rows in pending.items():
            insert.run(self._connection, rows)


@lru_cache
def _as_one(inserts: tuple[str, ...]) -> str:
    """Return one statement that does what these do; none of them reads what another writes."""
    *first, last = inserts
    return f"WITH {', '.join(f'part{number} AS ({text})' for number, text in enumerate(first))} {last}"


def bulk_add(table: Table, *, adding: Collection[str]) -> BulkStatement:
    """Return the insert of whole rows that adds these columns to a row of the same key that is there already."""
    insert = bulk_insert(table)
    key = ", ".join(column.name for column in table.primary_key)
    sums = ", ".join(f"{name} = {table.name}.{name} + excluded.{name}" for name in adding)
    return insert.followed_by(f"ON CONFLICT ({key}) DO UPDATE SET {sums}")


def bulk_update(table: Table, *, key: Sequence[str], version: str, changing: Sequence[str]) -> BulkStatement:
    """Return the replacement of rows that are stored in an expected version.

    A row needs the key, the changing columns (the version among them) and `expected`, the version it replaces.
    """
    expected: Column[Any] = Column("expected", Integer)
    changed = [table.columns[name] for name in changing]
    keys = [table.columns[name] for name in key]
    sets = ", ".join(f"{column.name} = given.{column.name}" for column in changed)
    where = " AND ".join(f"{table.name}.{name} = given.{name}" for name in key)
    return BulkStatement(
        [*changed, *keys, expected],
        postgresql_text=(
            f"UPDATE {table.name} SET {sets} FROM {_record([*changed, *keys, expected])} "  # noqa: S608 - names of our own tables
            f"WHERE {where} AND {table.name}.{version} = given.expected"
        ),
        sqlite_text=(
            f"UPDATE {table.name} SET {', '.join(f'{name} = ?' for name in changing)} "  # noqa: S608 - likewise
            f"WHERE {' AND '.join(f'{name} = ?' for name in key)} AND {version} = ?"
        ),
    )
