"""A generated month, reported from every store: each cell is what DuckDB counts in what was made up."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from leadintake.adapters.memory.store import MemoryStore
from leadintake.adapters.sql.store import SqlStore

from benchmarks.reports import Month, Recounted, Scale, compare

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from benchmarks.reports import Store

SCALE = Scale(leads=20_000, calls=8_000, conversions=3_000, sources=40, sub_ids=2_000, reversed=20)


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
def any_store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """Return an empty store of each kind."""
    if request.param == "memory":
        yield MemoryStore()
        return
    is_sqlite = request.param == "sqlite"
    url = f"sqlite:///{tmp_path / 'leads.db'}" if is_sqlite else request.getfixturevalue("postgres_url")
    with closing(SqlStore(url)) as store:
        store.migrate()
        yield store


@pytest.mark.timeout(600)
def test_every_cell_is_what_somebody_else_counts(any_store: Store) -> None:
    """Eight reports in three time zones over a change of the clocks, one of them at :45."""
    month = Month(any_store, SCALE)
    month.fill()

    with closing(Recounted(month)) as recounted:
        assert compare(month, recounted) > 10_000
    with any_store.reading(month.company.id) as uow:
        assert uow.rollups.differences(limit=3) == {}
        assert uow.rollups.agrees_with_itself()
