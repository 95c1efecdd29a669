"""Everything that a store keeps of one company, as text to compare."""

from __future__ import annotations

from collections import ChainMap
from dataclasses import fields
from typing import TYPE_CHECKING

from sqlalchemy import select

from leadintake.adapters.memory.store import MemoryStore
from leadintake.adapters.sql.row_security import ACROSS
from leadintake.adapters.sql.tables import metadata

if TYPE_CHECKING:
    from leadintake.domain.company import CompanyId

    from tests.support.apps import Store


def rows_of(store: Store, company_id: CompanyId) -> dict[str, list[str]]:
    """Return all that the store holds of the company, by table, each row as text."""
    if isinstance(store, MemoryStore):
        rows = store.installation._tenants[company_id].rows  # noqa: SLF001 - no port shows all that is kept
        tables = {each.name: getattr(rows, each.name) for each in fields(rows)}
        return {
            name: [repr(row) for row in table.items()] for name, table in tables.items() if isinstance(table, ChainMap)
        } | {"directory": [repr(rows.directory)]}
    with store._engine.connect().execution_options(**{ACROSS: True}) as connection:  # noqa: SLF001 - likewise
        return {
            table.name: sorted(
                repr(tuple(row))
                for row in connection.execute(
                    select(table).where(table.c["company_id" if "company_id" in table.c else "id"] == company_id)
                )
            )
            for table in metadata.sorted_tables
            if "company_id" in table.c or table.name == "companies"
        }
