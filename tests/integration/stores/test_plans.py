"""What the pages ask of a store is found by an index, on both databases, whatever a list is filtered by."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from sqlalchemy import event

from leadintake.adapters.sql.store import SqlStore
from leadintake.domain.attribution import TrafficSourceId
from leadintake.domain.consent import Consent
from leadintake.domain.contact import LeftAlone
from leadintake.domain.credential import LeadTokenId
from leadintake.domain.lead import LeadStatus
from leadintake.domain.phone import PhoneNumber
from leadintake.domain.ports import LeadFilter, SubmissionFilter
from leadintake.domain.report import By, Dimension, Wanted
from leadintake.domain.rollup import Measures, Quarter, RollupDelta, RollupKey, quarter_of
from leadintake.domain.submission import Outcome, SubmissionId

from tests.contracts.rollups import fold
from tests.contracts.store import found
from tests.support.builders import ADA, NOW, OFFER, a_lead, a_receipt, a_replay, a_submission, an_event, new_id

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from sqlalchemy import Connection

    from leadintake.domain.company import Company
    from leadintake.domain.lead import Lead
    from leadintake.domain.ports import UnitOfWork

MANY = 20_000
AMONG = 500
_SELECTIVE = 100
FEW = 6 * AMONG
"""A walk to the end of what is looked at, the page and the count; other readings are of a handful."""
_STEPS_A_ROW = 12
_STEPS_COUNTED = 100

BEGIN = quarter_of(NOW)
A_FEW = Wanted(
    begin=BEGIN,
    end=Quarter(BEGIN + 30 * 96),
    dimensions=(Dimension(By.SUB_ID),),
    among=frozenset({("creative-1",), ("creative-2",), (None,)}),
    at=NOW,
)
"""Not from the beginning of a day on: what lies at the edge is read by quarters of an hour."""
A_FEW_OF_SOURCES = replace(
    A_FEW,
    dimensions=(Dimension(By.TRAFFIC_SOURCE), Dimension(By.SUB_ID)),
    among=frozenset({(1000, "creative-10"), (1001, "creative-11"), (1000, None), (None, None)}),
)

ASKED: dict[str, Callable[[UnitOfWork], Any]] = {
    f"leads by {name}": lambda uow, wanted=wanted: uow.leads.search(wanted, offset=0, limit=26, among=AMONG)
    for name, wanted in {
        "nothing": LeadFilter(at=NOW),
        "number": LeadFilter(at=NOW, caller=ADA),
        "address": LeadFilter(at=NOW, email="Ada@example.com"),
        "status": LeadFilter(at=NOW, statuses=frozenset({LeadStatus.FAILURE})),
        "owner": LeadFilter(at=NOW, owner=OFFER),
        "source": LeadFilter(at=NOW, traffic_source_id=TrafficSourceId(1000), sub_id="creative-A"),
        "time": LeadFilter(at=NOW, created_from=NOW, created_to=NOW),
        "cursor": LeadFilter(at=NOW, owner=OFFER, after=a_lead().id),
    }.items()
} | {
    f"submissions by {name}": lambda uow, wanted=wanted: uow.submissions.search(
        wanted, offset=0, limit=26, among=AMONG
    )
    for name, wanted in {
        "nothing": SubmissionFilter(),
        "refusal": SubmissionFilter(outcome=Outcome.REFUSED),
        "code": SubmissionFilter(code="no_such_code"),
        "acceptance": SubmissionFilter(accepted=True),
        "owner": SubmissionFilter(owner=OFFER),
        "lead token": SubmissionFilter(lead_token_id=LeadTokenId(new_id())),
        "time": SubmissionFilter(received_from=NOW, received_to=NOW),
    }.items()
} | {
    "codes": lambda uow: uow.submissions.count_codes(SubmissionFilter(), among=AMONG),
    "a lead's events": lambda uow: uow.events.of_lead(a_lead().id),
    "a contact's events": lambda uow: uow.events.of_contact(ADA),
    "a caller's consents": lambda uow: uow.consents.of_caller(ADA),
    "a caller's leads": lambda uow: uow.leads.of_callers([ADA]),
    "a caller's live leads": lambda uow: uow.leads.live_of([ADA]),
    "submissions' replays": lambda uow: uow.submissions.replays_of([a_receipt().id]),
    "who is left alone": lambda uow: uow.contacts.search(LeftAlone.OPTED_OUT, offset=0, limit=26),
    "the figures of a few sub ids": lambda uow: uow.rollups.report(A_FEW),
    "the figures of a few sub ids of sources": lambda uow: uow.rollups.report(A_FEW_OF_SOURCES),
}  # fmt: skip


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def filled(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[SqlStore, Company]]:
    """Lend a store with so much in it that reading all would be dear, and says so to the database."""
    folder: Path = tmp_path_factory.mktemp("plans")
    server = None
    if request.param == "postgresql":
        server = request.getfixturevalue("postgres_server")
    url = server.create_database("plans") if server else f"sqlite:///{folder}/plans.db"
    with closing(SqlStore(url)) as store:
        store.migrate()
        company = found(store)
        _fill(store, company)
        if server:
            with psycopg.connect(server.dsn("plans"), autocommit=True) as connection:
                connection.execute("ANALYZE")
        yield store, company
    if server:
        server.drop_database("plans")


def _fill(store: SqlStore, company: Company) -> None:
    with store.unit_of_work(company.id) as uow:
        whose = {"company_id": company.id}
        numbers = [PhoneNumber(f"+1202{number:07}") for number in range(MANY)]
        leads = [a_lead(**whose, caller=each, email=f"{each.e164}@example.com") for each in numbers]
        uow.leads.add_all(leads)
        uow.events.append_all([an_event(**whose, caller=each.caller, lead_id=each.id) for each in leads])
        claimed = uow.contacts.claim(set(numbers), at=NOW)
        uow.contacts.save_all(claimed.values())
        uow.consents.append_all([_consent_to(each) for each in leads])
        receipts = [a_receipt(**whose) for _ in range(MANY)]
        uow.submissions.append_all(
            [
                a_submission(
                    receipt=each,
                    outcome=Outcome.CREATED if place % _SELECTIVE else Outcome.REFUSED,
                    code=None if place % _SELECTIVE else "invalid_caller_id",
                )
                for place, each in enumerate(receipts)
            ]
        )
        uow.submissions.add_replays(
            [a_replay(**whose, submission_id=each.id, outcome=Outcome.REFUSED) for each in receipts]
        )
        uow.rollups.append_all([_of_a_sub_id(number) for number in range(MANY)])
        uow.commit()

    while fold(lambda: store.unit_of_work(company.id), limit=MANY):
        pass


def _of_a_sub_id(number: int) -> RollupDelta:
    sub_id = None if number == 0 else f"creative-{number}"
    key = RollupKey(
        Quarter(BEGIN + number % (30 * 96)),
        TrafficSourceId(1000 + number % 2),
        sub_id,
        OFFER,
        "US",
    )
    return RollupDelta(key, Measures(submissions=1, leads=1))


def _consent_to(lead: Lead) -> Consent:
    return Consent(
        company_id=lead.company_id,
        submission_id=SubmissionId(new_id()),
        lead_id=lead.id,
        caller=lead.caller,
        received_at=NOW,
    )


@pytest.mark.parametrize("name", ASKED)
def test_only_a_few_rows_are_read(filled: tuple[SqlStore, Company], name: str) -> None:
    """With a million leads such a page would take seconds, and nobody would notice with ten."""
    assert _effort(*filled, ASKED[name]) < FEW


def test_reading_all_is_seen(filled: tuple[SqlStore, Company]) -> None:
    """The list of the company API counts all that match: the test above sees what it is there for."""

    def unbounded(uow: UnitOfWork) -> None:
        uow.leads.search(LeadFilter(at=NOW, sub_id="nobody"), offset=0, limit=26)

    assert _effort(*filled, unbounded) > FEW


def _effort(store: SqlStore, company: Company, ask: Callable[[UnitOfWork], Any]) -> float:
    """Return how much the database reads for what is asked of it, about in rows."""
    with store.reading(company.id) as uow:
        connection = uow.leads._pending.connection  # type: ignore[attr-defined]  # noqa: SLF001 - what no port hands out
        is_sqlite = connection.dialect.name == "sqlite"
        return _steps(uow, connection, ask) / _STEPS_A_ROW if is_sqlite else _rows(uow, connection, ask)


def _steps(uow: UnitOfWork, connection: Connection, ask: Callable[[UnitOfWork], Any]) -> int:
    """Return how many steps SQLite's machine takes."""
    steps = 0

    def count() -> None:
        nonlocal steps
        steps += _STEPS_COUNTED

    driver = connection.connection.driver_connection
    assert driver is not None
    driver.set_progress_handler(count, _STEPS_COUNTED)
    ask(uow)
    driver.set_progress_handler(None, 0)
    return steps


def _rows(uow: UnitOfWork, connection: Connection, ask: Callable[[UnitOfWork], Any]) -> int:
    """Return how many rows PostgreSQL's scans meet, those that a filter leaves out among them."""
    said: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:  # noqa: ANN401 - the driver's
        said.append((statement, parameters))

    event.listen(connection, "before_cursor_execute", note)
    ask(uow)
    event.remove(connection, "before_cursor_execute", note)
    explain = "EXPLAIN (ANALYZE, FORMAT JSON) "
    plans = [
        connection.exec_driver_sql(explain + statement, parameters).scalar_one()
        for statement, parameters in said
        if not statement.startswith("SET ")
    ]
    return sum(_met(plan[0]["Plan"]) for plan in plans)


def _met(node: dict[str, Any]) -> int:
    inner = sum(map(_met, node.get("Plans", ())))
    met = node["Actual Loops"] * (node["Actual Rows"] + node.get("Rows Removed by Filter", 0))
    return inner + (int(met) if "Scan" in node["Node Type"] else 0)
