"""All that a store holds, as text: for tests that look for what must not be there any more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import create_engine, inspect, text

from leadintake.adapters.memory.store import MemoryStore
from leadintake.adapters.sql.row_security import ACROSS_SETTING

if TYPE_CHECKING:
    from leadintake.adapters.sql.store import SqlStore
    from leadintake.domain.company import CompanyId


def everything_in(store: MemoryStore | SqlStore, company_id: CompanyId) -> str:
    """Return every value of every row of a company, and of those that are no company's."""
    if isinstance(store, MemoryStore):
        rows = store.installation.tenant(company_id).rows
        return repr(rows) + repr(store.installation.unclaimed())
    return everything_at(store._engine.url.render_as_string(hide_password=False), company_id)  # noqa: SLF001 - no port shows all


def everything_at(url: str, company_id: CompanyId) -> str:
    """Return the same of a database."""
    engine = create_engine(url)
    rows: list[object] = []
    try:
        with engine.connect() as connection:
            if engine.dialect.name == "postgresql":
                connection.execute(text(f"SET {ACROSS_SETTING} = on"))
            inspector = inspect(connection)
            for table in inspector.get_table_names():
                is_companys = any(column["name"] == "company_id" for column in inspector.get_columns(table))
                mine = f" WHERE company_id = {company_id:d}" if is_companys else ""
                rows += connection.execute(text(f"SELECT * FROM {table}{mine}")).fetchall()  # noqa: S608 - names of our own
    finally:
        engine.dispose()
    return repr(rows)
