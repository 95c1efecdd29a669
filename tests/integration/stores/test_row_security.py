"""PostgreSQL keeps the companies apart by itself: a statement that forgets its filter finds and changes nothing."""

from __future__ import annotations

import json
import os
import re
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import psycopg
import pytest
from psycopg import sql
from sqlalchemy import make_url
from sqlalchemy.exc import DBAPIError

from leadintake.adapters.sql.layers import CUBES, layer_of
from leadintake.adapters.sql.postgresql_archive import PostgresqlArchive
from leadintake.adapters.sql.row_security import ROLE
from leadintake.adapters.sql.store import SqlStore
from leadintake.adapters.sql.tables import metadata
from leadintake.domain.lead import LeadId

from tests.contracts.store import found
from tests.contracts.unit_of_work import EVERYTHING, NOTHING, count_everything, write_everywhere
from tests.support.builders import new_id
from tests.support.postgres import Postgres, PostgresServer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from leadintake.domain.company import Company

# One server for the whole file: every worker process would start its own.
pytestmark = pytest.mark.xdist_group("postgres_stores")

COMPANY_TABLES = sorted(
    table.name for table in metadata.sorted_tables if "company_id" in table.c or table.name == "companies"
)
PARTITIONS = [
    "rollups_layer_others",
    *(f"rollups_layer_{layer_of(cube, span)}" for cube in CUBES for span in cube.spans),
]
NOT_ALLOWED = "42501"
PASSWORD = "of-no-use-anywhere-else"


def own_column(table: str) -> str:
    """Return the column that says whose a row is."""
    return "id" if table == "companies" else "company_id"


class TwoCompanies:
    """A store of one connection in which two companies have a row of every kind."""

    def __init__(self, store: SqlStore, dsn: str) -> None:
        self.store = store
        self.dsn = dsn
        self.companies: list[Company] = []
        self.lead_ids: list[LeadId] = []
        for _ in range(2):
            company, lead_id = found(store), LeadId(new_id())
            with store.unit_of_work(company.id) as uow:
                write_everywhere(uow, company.id, lead_id)
                uow.commit()
            self.companies.append(company)
            self.lead_ids.append(lead_id)

    @contextmanager
    def inside(self, number: int = 0) -> Iterator[Any]:
        """Lend the driver's connection of a unit of one company's, in the midst of its transaction."""
        with self.store.unit_of_work(self.companies[number].id) as uow:
            yield uow.directory._connection.connection.dbapi_connection  # type: ignore[attr-defined]  # noqa: SLF001 - what no port hands out

    def rows(self, table: str, number: int = 1) -> list[Any]:
        """Return a company's rows as whoever stands above row-level security sees them, as JSON."""
        mine = sql.SQL("SELECT to_jsonb(t) FROM {} AS t WHERE {} = %s ORDER BY to_jsonb(t)::text").format(
            sql.Identifier(table), sql.Identifier(own_column(table))
        )
        with psycopg.connect(self.dsn) as connection:
            return [row for (row,) in connection.execute(mine, (self.companies[number].id,))]


@pytest.fixture
def database(postgres_server: Postgres, postgres_template: str) -> Iterator[str]:
    name = f"apart_{uuid4().hex}"
    postgres_server.create_database(name, template=postgres_template)
    yield name
    postgres_server.drop_database(name)


@pytest.fixture
def two(postgres_server: Postgres, database: str) -> Iterator[TwoCompanies]:
    with closing(SqlStore(postgres_server.url(database), most_connections=1)) as store:
        yield TwoCompanies(store, postgres_server.dsn(database))


def test_statement_without_a_filter_finds_ones_own_rows_only(two: TwoCompanies) -> None:
    """This is what the net is for: somebody forgets a WHERE, and no other company is shown."""
    with two.inside() as connection:
        seen = {
            table: connection.execute(f"SELECT to_jsonb(t) FROM {table} AS t").fetchall()  # noqa: S608 - our own names
            for table in COMPANY_TABLES
        }

    assert {table: sorted(map(str, rows)) for table, rows in seen.items()} == {
        table: sorted(str((row,)) for row in two.rows(table, 0)) for table in COMPANY_TABLES
    }


@pytest.mark.parametrize("statement", ["DELETE FROM {}", "UPDATE {} SET {} = {}"])
def test_statement_without_a_filter_changes_nothing_of_another_company(two: TwoCompanies, statement: str) -> None:
    before = {table: two.rows(table) for table in COMPANY_TABLES}
    assert all(before[table] for table in ("companies", "leads", "lead_tokens"))

    with two.inside() as connection:
        for table in reversed([each.name for each in metadata.sorted_tables if each.name in COMPANY_TABLES]):
            if table != "companies" or statement.startswith("UPDATE"):
                column = own_column(table)
                connection.execute(statement.format(table, column, column))
        connection.commit()

    assert {table: two.rows(table) for table in COMPANY_TABLES} == before


@pytest.mark.parametrize("table", COMPANY_TABLES)
def test_row_of_another_company_cannot_be_written(two: TwoCompanies, table: str) -> None:
    """Neither a new one, nor one's own handed over."""
    # What the database makes by itself takes no value.
    names = ", ".join(column.name for column in metadata.tables[table].columns if column.computed is None)
    insert = f"INSERT INTO {table} ({names}) SELECT {names} FROM jsonb_populate_record(NULL::{table}, %s::jsonb)"  # noqa: S608 - likewise
    row = (two.rows(table) or [{}])[0] | {own_column(table): two.companies[1].id}
    hand_over = f"UPDATE {table} SET {own_column(table)} = {two.companies[1].id}"  # noqa: S608 - likewise

    for statement, values in ((insert, (json.dumps(row),)), (hand_over, None)):
        if statement is hand_over and not two.rows(table, 0):
            continue
        with two.inside() as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute(statement, values)


def test_unit_of_no_company_sees_and_writes_nothing(two: TwoCompanies) -> None:
    """A connection that somebody opens without saying for whom is worth nothing to them."""
    with two.store._engine.connect() as connection:  # noqa: SLF001 - no port begins such a thing
        counts = [connection.exec_driver_sql(f"SELECT count(*) FROM {table}").scalar() for table in COMPANY_TABLES]  # noqa: S608 - our own names
        deleted = connection.exec_driver_sql("DELETE FROM leads").rowcount

    assert (counts, deleted) == ([0] * len(COMPANY_TABLES), 0)


def test_samples_and_the_schemas_version_are_no_companys_business(two: TwoCompanies) -> None:
    """What senders of other companies sent by mistake is for administrators."""
    for table in ("unclaimed_submissions", "alembic_version"):
        with two.inside() as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute(f"SELECT * FROM {table}")  # noqa: S608 - our own names


def test_nothing_of_a_unit_is_left_on_its_connection(two: TwoCompanies) -> None:
    """Connections are shared: with a pooler in between, even with other processes."""
    with two.inside() as connection:
        within = connection.execute("SELECT current_user, current_setting('leadintake.company_id')").fetchone()
    after = connection_state(two)

    assert within == (ROLE, str(two.companies[0].id))
    assert after == (True, "", "")


def connection_state(two: TwoCompanies) -> object:
    """Return whose the pool's one connection is between two transactions, and what is set on it."""
    raw = two.store._engine.raw_connection()  # noqa: SLF001 - likewise
    try:
        assert raw.dbapi_connection is not None
        return (
            raw.dbapi_connection.cursor()
            .execute(
                "SELECT current_user = session_user, coalesce(current_setting('leadintake.company_id', true), ''), "
                "coalesce(current_setting('leadintake.across_companies', true), '')"
            )
            .fetchone()
        )
    finally:
        raw.close()


def test_companies_take_turns_on_one_connection(two: TwoCompanies) -> None:
    """As they do behind a pooler: each transaction is one company's from its first statement on."""
    for turn in range(12):
        number = turn % 2
        company, (own, other) = two.companies[number], (two.lead_ids[number], two.lead_ids[1 - number])
        with two.store.unit_of_work(company.id) as uow:
            assert count_everything(uow, own) == EVERYTHING
            assert uow.leads.find(other) is None
        assert len(two.store.installation.companies()) == 2


def test_who_looks_across_companies_cannot_write_by_accident(two: TwoCompanies) -> None:
    with two.store.installation._begun(is_reading=True) as connection, pytest.raises(DBAPIError, match="read-only"):  # noqa: SLF001 - what looks across
        connection.exec_driver_sql("DELETE FROM leads")


def test_net_costs_no_round_trip(two: TwoCompanies, tmp_path: Path) -> None:
    """Every lead pays for what a transaction begins and ends with: one wait each."""
    raw = two.store._engine.raw_connection()  # noqa: SLF001 - the pool's only one
    connection: Any = raw.dbapi_connection
    raw.close()
    with (tmp_path / "trace").open("wb") as trace:
        connection.pgconn.trace(trace.fileno())
        with two.store.unit_of_work(two.companies[0].id) as uow:
            uow.commit()
        connection.pgconn.untrace()

    sent = re.findall(r"^.*\tF\t.*$", (tmp_path / "trace").read_text(), re.MULTILINE)
    assert len(sent) == 2, sent
    assert "BEGIN; SET LOCAL ROLE" in sent[0]
    assert "COMMIT" in sent[1]


class TestCatalogue:
    """What PostgreSQL itself says of the schema."""

    def test_every_company_table_is_in_the_net(self, postgres_server: Postgres, database: str) -> None:
        """A table that a migration adds and forgets here would be the hole."""
        with psycopg.connect(postgres_server.dsn(database)) as connection:
            columns = connection.execute(
                "SELECT table_name FROM information_schema.columns WHERE column_name = 'company_id' "
                "AND table_schema = 'public'"
            ).fetchall()
            forced = connection.execute(
                "SELECT relname FROM pg_class WHERE relrowsecurity AND relforcerowsecurity AND relkind IN ('r', 'p')"
            ).fetchall()
            policies = connection.execute(
                "SELECT tablename, policyname, permissive, roles::text[], cmd, qual, with_check FROM pg_policies"
            ).fetchall()
        tables = {"companies", *(name for (name,) in columns)}
        own = "(%s = (NULLIF(current_setting('leadintake.company_id'::text, true), ''::text))::integer)"
        across = "(current_setting('leadintake.across_companies'::text, true) = 'on'::text)"

        assert tables == {*COMPANY_TABLES, *PARTITIONS}
        assert {name for (name,) in forced} == tables
        assert sorted(policies) == sorted(
            policy
            for table in tables
            for policy in (
                (table, "companies_apart", "PERMISSIVE", ["public"], "ALL", own % own_column(table), None),
                (table, "across_companies", "PERMISSIVE", ["postgres"], "ALL", across, None),
            )
        )

    def test_role_owns_nothing_and_stands_above_nothing(self, postgres_server: Postgres, database: str) -> None:
        with psycopg.connect(postgres_server.dsn(database)) as connection:
            role = connection.execute(
                "SELECT rolsuper, rolbypassrls, rolcreaterole, rolcreatedb, rolcanlogin FROM pg_roles "
                "WHERE rolname = %s",
                (ROLE,),
            ).fetchone()
            owned = connection.execute(
                "SELECT relname FROM pg_class WHERE relowner = (SELECT oid FROM pg_roles WHERE rolname = %s)", (ROLE,)
            ).fetchall()
            may = connection.execute(
                "SELECT table_name, array_agg(privilege_type::text ORDER BY privilege_type::text) "
                "FROM information_schema.role_table_grants WHERE grantee = %s GROUP BY table_name",
                (ROLE,),
            ).fetchall()
        everything = ["DELETE", "INSERT", "SELECT", "UPDATE"]

        assert (role, owned) == ((False,) * 5, [])
        assert dict(may) == {
            table: ["SELECT", "UPDATE"] if table == "companies" else everything
            for table in (*COMPANY_TABLES, *PARTITIONS)
        }


class TestDoctor:
    """What `leadintake doctor` says of it."""

    def test_sound_installation_is_fine(self, two: TwoCompanies) -> None:
        assert told(two.store) == (True, f"by row-level security, as the role {ROLE}")

    def test_table_that_somebody_added_by_hand_is_found_and_mended(self, two: TwoCompanies) -> None:
        """Later versions' tables come the same way."""
        with psycopg.connect(two.dsn) as connection:
            connection.execute("CREATE TABLE notes (company_id integer, id serial, body text)")

        before = told(two.store)
        two.store.migrate()
        after = told(two.store)

        assert before == (False, "row-level security does not hold for notes")
        assert after[0]
        with two.inside() as connection:
            connection.execute("INSERT INTO notes (company_id) VALUES (%s)", (two.companies[0].id,))
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute("INSERT INTO notes (company_id) VALUES (%s)", (two.companies[1].id,))

    def test_policy_that_opens_a_table_is_found(self, two: TwoCompanies) -> None:
        """Policies add up: one more that allows everything undoes the others."""
        with psycopg.connect(two.dsn) as connection:
            connection.execute("CREATE POLICY for_our_reports ON leads USING (true)")

        assert told(two.store) == (False, "row-level security does not hold for leads")

    def test_lifted_row_security_is_found_and_mended(self, two: TwoCompanies) -> None:
        with psycopg.connect(two.dsn) as connection:
            connection.execute("ALTER TABLE leads DISABLE ROW LEVEL SECURITY")

        before = told(two.store)
        two.store.migrate()

        assert before == (False, "row-level security does not hold for leads")
        assert told(two.store)[0]


def told(store: SqlStore) -> tuple[bool, str]:
    """Return what is found of the net."""
    [finding] = store.installation.inspect_separation()
    assert finding.check == "companies_apart"
    assert bool(finding.mend) != finding.is_fine
    return finding.is_fine, finding.detail


@pytest.fixture(scope="module")
def bare_server() -> Iterator[PostgresServer]:
    """Lend a server that has never had our role."""
    with PostgresServer() as server:
        yield server


class TestManagedDatabases:
    """Users who are not superusers, as hosted databases give them out; each on a server without our role."""

    @contextmanager
    def owned(self, server: PostgresServer, attributes: str) -> Iterator[tuple[str, str, str]]:
        """Lend a database of its own to a user with these attributes: its URL, the user, and an administrator's URL."""
        name = f"owned_{uuid4().hex}"
        with psycopg.connect(server.dsn(), autocommit=True) as connection:
            connection.execute(f"DROP ROLE IF EXISTS {ROLE}")
            connection.execute(f"CREATE ROLE {name} LOGIN PASSWORD '{PASSWORD}' {attributes}")
            connection.execute(f"CREATE DATABASE {name} OWNER {name}")
        with psycopg.connect(server.dsn(name), autocommit=True) as connection:
            connection.execute(f"ALTER SCHEMA public OWNER TO {name}")
        url = make_url(server.url(name)).set(username=name, password=PASSWORD)
        yield url.render_as_string(hide_password=False), name, server.dsn(name)
        server.drop_database(name)

    def test_owner_who_may_make_no_role_is_held_itself(self, bare_server: PostgresServer) -> None:
        with self.owned(bare_server, "NOCREATEROLE") as (url, user, dsn), closing(SqlStore(url)) as store:
            store.migrate()
            two = TwoCompanies(store, dsn)

            assert told(store) == (True, f"by row-level security, as {user}, the tables' owner")
            assert_apart(two)

    def test_owner_who_may_make_roles_takes_the_role(self, bare_server: PostgresServer) -> None:
        with self.owned(bare_server, "CREATEROLE") as (url, _, dsn):
            with closing(SqlStore(url)) as store:
                store.migrate()
                two = TwoCompanies(store, dsn)

                assert told(store) == (True, f"by row-level security, as the role {ROLE}")
                assert_apart(two)
            with psycopg.connect(dsn, autocommit=True) as connection:
                connection.execute(f"DROP OWNED BY {ROLE}")

    def test_owner_who_is_held_backs_up_and_restores_everything(
        self, bare_server: PostgresServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Else a backup would be empty without a word; and its policies name a user whom the other server may lack."""
        monkeypatch.setenv("PATH", f"{bare_server.binaries}{os.pathsep}{os.environ['PATH']}")
        file = tmp_path / "leads.backup"
        with self.owned(bare_server, "NOCREATEROLE") as (url, unknown, dsn), closing(SqlStore(url)) as store:
            store.migrate()
            two = TwoCompanies(store, dsn)
            backed_up = PostgresqlArchive(url).back_up(file, replaces=False, advance=lambda _done, _total: None)
            companies = two.companies
        with psycopg.connect(bare_server.dsn(), autocommit=True) as connection:
            connection.execute(f"DROP ROLE {unknown}")
        with self.owned(bare_server, "NOCREATEROLE") as (other_url, user, other_dsn):
            archive = PostgresqlArchive(other_url)
            with (
                archive.restoring(
                    file, replaces=False, opens=lambda _sealed, _id: None, advance=lambda _done, _total: None
                ) as restored_url,
                closing(SqlStore(restored_url)) as restored,
            ):
                restored.migrate()

                assert told(restored) == (True, f"by row-level security, as {user}, the tables' owner")
                assert restored.installation.companies() == companies
                two.store, two.dsn = restored, other_dsn
                assert_apart(two)
            assert backed_up.rows["leads"] == 2
            assert archive.contents().rows["companies"] == 2

    def test_user_above_the_net_is_told_the_statements_that_mend_it(self, bare_server: PostgresServer) -> None:
        """Leads are taken meanwhile: the statements' own filters hold."""
        with self.owned(bare_server, "BYPASSRLS NOCREATEROLE") as (url, user, dsn):
            with closing(SqlStore(url)) as store:
                store.migrate()
                two = TwoCompanies(store, dsn)
                [finding] = store.installation.inspect_separation()
                assert all(one.is_fine for one in store.installation.inspect())
                with store.unit_of_work(two.companies[0].id) as uow:
                    assert count_everything(uow, two.lead_ids[0]) == EVERYTHING
                    assert count_everything(uow, two.lead_ids[1])[1] == 0

            assert (finding.is_fine, user in finding.detail) == (False, True)
            with psycopg.connect(dsn, autocommit=True) as connection:
                for statement in re.findall(r"[A-Z ]+ [^;:()]*;", finding.mend):
                    connection.execute(statement)
            with closing(SqlStore(url)) as store:
                store.migrate()
                two.store = store

                assert told(store) == (True, f"by row-level security, as the role {ROLE}")
                assert_apart(two)
            with psycopg.connect(dsn, autocommit=True) as connection:
                connection.execute(f"DROP OWNED BY {ROLE}")


def assert_apart(two: TwoCompanies) -> None:
    """Check that a statement without a filter stays inside its company, and that what looks across still does."""
    with two.inside() as connection:
        assert connection.execute("SELECT DISTINCT company_id FROM leads").fetchall() == [(two.companies[0].id,)]
        assert connection.execute("DELETE FROM leads").rowcount == 1
    with two.store.unit_of_work(two.companies[1].id) as uow:
        assert count_everything(uow, two.lead_ids[1]) == EVERYTHING
        assert count_everything(uow, two.lead_ids[0])[1] == NOTHING[1]
    assert two.store.installation.companies() == two.companies
