"""A watch over what the SQL adapters say to SQLite, which has no row-level security behind them."""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from sqlalchemy import event

from leadintake.adapters.sql.row_security import ACROSS, COMPANY
from leadintake.adapters.sql.tables import metadata

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection

    from leadintake.adapters.sql.store import SqlStore

COMPANY_TABLES = {table.name for table in metadata.sorted_tables if "company_id" in table.c} | {"companies"}
_TEXTS = re.compile(r"'(?:[^']|'')*'")
_TABLES = re.compile(r"\b(?:FROM|JOIN|INTO|UPDATE)\s+\"?(\w+)\"?", re.IGNORECASE)
_WATCHED = "tests_watched"


@contextmanager
def watched(store: SqlStore) -> Iterator[list[str]]:
    """Watch a store on SQLite, lend what was wrong so far, and fail at the end if anything was."""
    found: list[str] = []
    engine = store._engine  # noqa: SLF001 - no port shows statements

    @event.listens_for(engine, "connect")
    def watch(connection: Any, record: Any) -> None:  # noqa: ANN401 - driver objects
        inside: dict[str, Any] = {}
        record.info[_WATCHED] = inside

        def look(statement: str) -> None:
            if not inside.get(ACROSS) and (wrong := _wrong(statement, inside.get(COMPANY))):
                found.append(wrong)

        # Every statement passes here, its values in it, those that go around SQLAlchemy as well.
        connection.set_trace_callback(look)

    @event.listens_for(engine, "begin", insert=True)
    def note(connection: Connection) -> None:
        connection.info[_WATCHED] |= {name: connection.get_execution_options().get(name) for name in (ACROSS, COMPANY)}

    yield found

    assert found == []


def _wrong(statement: str, company_id: int | None) -> str | None:
    """Return what the statement says of a company table without saying whose, None if it says it each time."""
    text = _TEXTS.sub("''", statement)
    for table in sorted({name.lower() for name in _TABLES.findall(text)} & COMPANY_TABLES):
        if company_id is None or not _names(text, table, company_id):
            return f"{table} for company {company_id}: {text}"
    return None


def _names(text: str, table: str, company_id: int) -> bool:
    if re.search(rf"\bINTO\s+\"?{table}\b", text, re.IGNORECASE):
        # The company is the first column of every table.
        begins = rf"INTO\s+\"?{table}\"?\s*\(company_id\b[^)]*\)\s*(?:VALUES\s*\(|SELECT\s+){company_id}\b"
        return re.search(begins, text, re.IGNORECASE) is not None
    column = "id" if table == "companies" else "company_id"
    # What an update sets comes before its condition, what a select shows before its tables.
    is_update = text.lstrip().upper().startswith("UPDATE")
    _, _, condition = re.sub(r"\b(where|from)\b", lambda word: word[0].upper(), text, flags=re.IGNORECASE).partition(
        " WHERE " if is_update else "FROM "
    )
    # Its own number, or that of another table, which is looked at in its turn.
    return re.search(rf"(?<![\w.])(?:{table}\.)?{column} = (?:{company_id}\b|\w+\.company_id)", condition) is not None
