"""The migrations make exactly the tables that the code works with, on both databases."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import inspect, text

from leadintake.adapters.sql import engine as engines
from leadintake.adapters.sql.layers import CUBES, layer_of
from leadintake.adapters.sql.migrations import configuration, migrate, newest_revision
from leadintake.adapters.sql.row_security import ACROSS
from leadintake.adapters.sql.tables import metadata, to_microseconds
from leadintake.adapters.sql.unit_of_work import sql_unit_of_work
from leadintake.domain.attribution import UNATTRIBUTED, Attribution, TrafficSourceId
from leadintake.domain.owner import OfferId
from leadintake.domain.ports import LeadFilter
from leadintake.domain.rollup import CountedAs, Measures, Quarter, RollupDelta, RollupKey

from tests.support.builders import ADA, COMPANY, EVE, NOW, SCHEDULE, a_schedule, an_offer

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Engine


@pytest.fixture(params=["sqlite", "postgresql"])
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Engine:
    """Return an engine over a database that holds nothing."""
    is_sqlite = request.param == "sqlite"
    url = f"sqlite:///{tmp_path / 'leads.db'}" if is_sqlite else request.getfixturevalue("postgres_url")
    return engines.create(url, wait_seconds=5, most_connections=2)


def test_migrated_schema_is_the_one_the_code_describes(empty: Engine) -> None:
    """A column that is in the code and in no migration works in no installation but the developer's."""
    migrate(empty)

    with empty.connect().execution_options(**{ACROSS: True}) as connection:
        context = MigrationContext.configure(connection, opts={"include_name": _is_no_partition})
        differences = compare_metadata(context, metadata)
    empty.dispose()

    assert differences == []


def _is_no_partition(name: str | None, kind: str, _parents: object) -> bool:
    """The code describes the whole; which layers there are is told by the test below."""
    return kind != "table" or not (name or "").startswith("rollups_layer_")


def test_sums_of_each_layer_lie_together(empty: Engine) -> None:
    """A report reads thousands of one layer at a time, and would wait for thousands of pages."""
    migrate(empty)
    with empty.connect().execution_options(**{ACROSS: True}) as connection:
        names = inspect(connection).get_table_names()
    empty.dispose()

    partitions = {name for name in names if name.startswith("rollups_layer_")}
    layers = {f"rollups_layer_{layer_of(cube, span)}" for cube in CUBES for span in cube.spans}
    assert partitions == (layers | {"rollups_layer_others"} if empty.dialect.name == "postgresql" else set())


def test_migrating_again_changes_nothing(empty: Engine) -> None:
    migrate(empty)
    migrate(empty)

    with empty.connect().execution_options(**{ACROSS: True}) as connection:
        revision = MigrationContext.configure(connection).get_current_revision()
    empty.dispose()

    assert revision == newest_revision()


def test_what_the_first_schema_kept_is_there_after_the_second(empty: Engine) -> None:
    """An installation with a million leads is brought up to date as it stands."""
    _upgrade(empty, "0001")
    with empty.begin() as connection:
        for statement in _FIRST_ROWS:
            connection.execute(text(statement), {"at": NOW if empty.dialect.name == "postgresql" else 0})

    migrate(empty)

    with sql_unit_of_work(empty, {}, COMPANY) as uow:
        directory = uow.directory.current()
        [lead] = uow.leads.live_of([ADA])
        searched = uow.leads.search(LeadFilter(at=NOW, email="ADA@example.org"), offset=0, limit=1).leads
    empty.dispose()
    assert directory.offers == {1: an_offer()}
    assert directory.schedules == {1: a_schedule(offer_id=OfferId(1))}
    assert (lead.callback_at, lead.plan_expires_at, lead.max_contact_attempts) == (None, None, None)
    assert (lead.is_ending, lead.counted_ip) == (False, None)
    assert (searched, lead.email) == ([lead], "Ada@Example.org")


_FIRST_ROWS = (
    (
        "INSERT INTO companies (id, name, region, time_zone, directory_version) "
        "VALUES (1, 'Solar Savings', 'US', 'UTC', 1)"
    ),
    "INSERT INTO offers (company_id, id, name, requires_traffic_source) VALUES (1, 1, 'Solar roofs', false)",
    (
        "INSERT INTO schedules (company_id, id, name, actions, offer_id, requires_traffic_source) "
        """VALUES (1, 1, 'Call at once', '[{"name": "Call", "kind": "call"}]', 1, false)"""
    ),
    (
        "INSERT INTO leads (company_id, id, owner_kind, owner_id, caller, status, live, "
        "created_at, updated_at, tokens, email, priority, version) "
        "VALUES (1, '0192f1a07c3e7d599d2c3a54b0c1de9f', 'schedule', 1, '+12025550143', 'scheduled', "
        "true, :at, :at, '{}', 'Ada@Example.org', 0, 1)"
    ),
)


def test_what_came_in_before_there_was_counting_is_counted(empty: Engine) -> None:
    """A report begins with the first lead, not with the version that brought reports."""
    _upgrade(empty, "0009")
    ids = {
        name: UUID(int=number) for number, name in enumerate(("lead", "another", "created", "refused", "repaired"), 1)
    }
    is_postgresql = empty.dialect.name == "postgresql"
    at = NOW if is_postgresql else to_microseconds(NOW)
    given = {name: one if is_postgresql else one.hex for name, one in ids.items()}
    with empty.connect().execution_options(**{ACROSS: True}) as connection:
        for statement in _BEFORE_COUNTING:
            connection.execute(text(statement), {**given, "at": at, "yes": True, "none": given["lead"]})
        connection.commit()

    migrate(empty)

    with sql_unit_of_work(empty, {}, COMPANY) as uow:
        seen = uow.rollups.counted(Quarter(0), Quarter(2**31 - 1))
        differences = uow.rollups.differences(limit=10)
        [*kept] = uow.submissions.newest(limit=10)
    empty.dispose()
    of_lead = Attribution(TrafficSourceId(1000), "A")
    assert seen == {
        RollupKey.of(NOW, owner=SCHEDULE, attribution=of_lead, country="US"): Measures(submissions=1, leads=1),
        RollupKey.of(NOW, owner=SCHEDULE, attribution=Attribution(None, "B"), country="GB"): Measures(leads=1),
        RollupKey.of(NOW, owner=SCHEDULE, attribution=UNATTRIBUTED, country=None): Measures(
            submissions=2, refused=1, duplicates=1
        ),
    }
    assert differences == {}
    assert sorted(str(each.counted_as) for each in kept) == sorted(
        str(each) for each in (None, CountedAs(), CountedAs(), CountedAs(of_lead, "US"))
    )


def test_sums_by_source_and_sub_id_are_added_up_from_what_is_there(empty: Engine) -> None:
    """Reports of the time before would be wrong at their edges."""
    _upgrade(empty, "0013")
    keys = [
        RollupKey(Quarter(quarter), None if source is None else TrafficSourceId(source), sub_id, SCHEDULE, country)
        for quarter in (7, 8)
        for source in (None, 1000, 1001)
        for sub_id in (None, "", "A")
        for country in (None, "US", "GB")
    ]
    deltas = [RollupDelta(key, Measures(submissions=number + 1, leads=1)) for number, key in enumerate(keys)]
    with sql_unit_of_work(empty, {}, COMPANY) as uow:
        uow.rollups.append_all(deltas)
        uow.rollups.fold(limit=len(deltas))
        uow.commit()
    with empty.connect().execution_options(**{ACROSS: True}) as connection:
        removed = connection.execute(text("DELETE FROM rollups WHERE layer = 16")).rowcount
        connection.commit()

    migrate(empty)

    with sql_unit_of_work(empty, {}, COMPANY) as uow:
        agrees = uow.rollups.agrees_with_itself()
        seen = uow.rollups.counted(Quarter(0), Quarter(100))
    empty.dispose()
    assert removed == 2 * 3 * 3
    assert agrees
    assert seen == {delta.key: delta.measures for delta in deltas}


_LEAD = (
    "INSERT INTO leads (company_id, id, owner_kind, owner_id, caller, status, live, created_at, updated_at, tokens, "
    "priority, version, traffic_source_id, sub_id) VALUES (1, :{id}, 'schedule', 1, '{caller}', 'scheduled', :yes, "
    ":at, :at, '{{}}', 0, 1, {source}, '{sub_id}')"
)
_SUBMISSION = (
    "INSERT INTO submissions (company_id, id, lead_token_id, received_at, route, request, outcome, owner_kind, "
    "owner_id, lead_id, code, errors, notices) "
    "VALUES (1, :{id}, :none, :at, '{route}', '{{}}', '{outcome}', 'schedule', 1, {lead}, {code}, '{{}}', '[]')"
)
_BEFORE_COUNTING = (
    (
        "INSERT INTO companies (id, name, region, time_zone, directory_version) "
        "VALUES (1, 'Solar Savings', 'US', 'UTC', 1)"
    ),
    _LEAD.format(id="lead", caller=ADA.e164, source=1000, sub_id="A"),
    _LEAD.format(id="another", caller=EVE.e164, source="NULL", sub_id="B"),
    _SUBMISSION.format(id="created", route="leads", outcome="created", lead=":lead", code="NULL"),
    _SUBMISSION.format(id="refused", route="leads/capture", outcome="refused", lead="NULL", code="'duplicate_lead'"),
    _SUBMISSION.format(id="repaired", route="leads", outcome="refused", lead="NULL", code="'schedule_paused'"),
    _SUBMISSION.format(id="lead", route="lead_remove", outcome="removed", lead=":lead", code="NULL"),
    (
        "INSERT INTO replays (company_id, id, submission_id, done, at, outcome, lead_id, errors) "
        "VALUES (1, :lead, :repaired, :yes, :at, 'created', :another, '{}')"
    ),
)


def _upgrade(engine: Engine, revision: str) -> None:
    with engine.connect() as connection:
        config = configuration()
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
        connection.commit()
