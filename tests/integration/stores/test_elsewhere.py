"""Where a report from the embedded database is worked out."""

from __future__ import annotations

import os
import sys
from contextlib import closing
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import Engine, event

from leadintake.adapters.sql.store import SqlStore
from leadintake.domain.use_cases.report_attribution import ReportAttribution, report_attribution

from tests.contracts.store import threads

if TYPE_CHECKING:
    from pathlib import Path

    from leadintake.domain.company import CompanyId

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux keeps a process on a processor")
NOW = datetime(2026, 3, 8, tzinfo=UTC)


def test_report_is_worked_out_on_any_processor_and_its_thread_goes_home(tmp_path: Path) -> None:
    """On the processor of those who take leads it would take a tenth of them away."""
    everywhere = os.sched_getaffinity(0)
    home = {min(everywhere)}
    seen: dict[bool, set[frozenset[int]]] = {True: set(), False: set()}

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        seen["rollup" in statement].add(frozenset(os.sched_getaffinity(0)))

    with closing(SqlStore(f"sqlite:///{tmp_path / 'leads.db'}", processors=everywhere)) as store, threads(1) as pool:
        store.migrate()
        company_id = store.installation.add_company(name="Kittens", region="US", time_zone="UTC").id
        event.listen(Engine, "before_cursor_execute", note)
        try:
            after = pool.submit(report_from, home, store, company_id).result()
        finally:
            event.remove(Engine, "before_cursor_execute", note)

    assert seen == {True: {frozenset(everywhere)}, False: {frozenset(home)}}
    assert after == home
    assert os.sched_getaffinity(0) == everywhere


def report_from(home: set[int], store: SqlStore, company_id: CompanyId) -> set[int]:
    """Report in a thread that keeps to one processor, and return where it may run afterwards."""
    os.sched_setaffinity(0, home)
    report_attribution(ReportAttribution(company_id=company_id), reading=store.reading, clock=lambda: NOW)
    return os.sched_getaffinity(0)
