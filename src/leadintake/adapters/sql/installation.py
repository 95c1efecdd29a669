"""`Installation`: what lies above the companies, and the state of the store itself."""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from alembic.runtime.migration import MigrationContext
from sqlalchemy import bindparam, delete, select, text, union, update
from sqlalchemy.exc import DBAPIError

from leadintake.adapters.sql import chain, mapping
from leadintake.adapters.sql.driver import run
from leadintake.adapters.sql.engine import READING
from leadintake.adapters.sql.faults import translated, translated_commit
from leadintake.adapters.sql.migrations import newest_revision
from leadintake.adapters.sql.row_security import ACROSS, companies_apart
from leadintake.adapters.sql.tables import (
    api_keys,
    companies,
    idempotency_records,
    lead_tokens,
    leads,
    posting_pages,
    rollup_deltas,
    unclaimed_submissions,
    users,
)
from leadintake.domain.company import CompanyId
from leadintake.domain.errors import NameTaken, NotFound, Refusal, StaleWrite, Unavailable
from leadintake.domain.money import DEFAULT_CURRENCY, Currency
from leadintake.domain.ports import Finding

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence
    from datetime import datetime

    from sqlalchemy import Connection, Engine

    from leadintake.domain.company import Company
    from leadintake.domain.credential import ApiKey, LeadTokenCredential
    from leadintake.domain.ports import EventsToSeal, Horizon
    from leadintake.domain.posting_page import PostingPage, PostingPageId
    from leadintake.domain.submission import SubmissionId, UnclaimedSubmission
    from leadintake.domain.user import User

_LEAD_TOKEN = select(lead_tokens).where(
    lead_tokens.c.lookup.in_(bindparam("lookups", expanding=True)), lead_tokens.c.revoked_at.is_(None)
)
_COMPANY = select(companies).where(companies.c.id == bindparam("company_id"))
_API_KEY = select(api_keys).where(
    api_keys.c.lookup.in_(bindparam("lookups", expanding=True)), api_keys.c.revoked_at.is_(None)
)

_USER = select(users).where(users.c.email == bindparam("email"))
_POSTING_PAGE = select(posting_pages).where(posting_pages.c.id == bindparam("page_id"))

# In the words of the partial indexes' conditions, or all leads would be read each time.
_DUE = union(
    select(leads.c.company_id).where(leads.c.live.is_not(None), leads.c.expires_at <= bindparam("at")),
    select(leads.c.company_id).where(
        leads.c.live.is_not(None), leads.c.plan_expires_at <= bindparam("at"), leads.c.ending.is_(None)
    ),
).order_by("company_id")
_OUTLIVED = (
    select(idempotency_records.c.company_id)
    .where(idempotency_records.c.created_at < bindparam("before"))
    .distinct()
    .order_by(idempotency_records.c.company_id)
)

_TO_FOLD = select(rollup_deltas.c.company_id).distinct().order_by(rollup_deltas.c.company_id)

# Of ours alone: a dump holds the same lock for as long as it takes, and enrolls nobody.
_UNITS = text(
    """
    SELECT DISTINCT locks.virtualtransaction
    FROM pg_locks AS locks JOIN pg_stat_activity AS activity USING (pid)
    WHERE locks.relation = CAST('companies' AS regclass)
    AND locks.database = (SELECT oid FROM pg_database WHERE datname = current_database())
    AND activity.application_name = 'leadintake' AND locks.pid <> pg_backend_pid()
    """
)
_MOST_SECONDS_FOR_UNITS = 30
_POLL_SECONDS = 0.02
_MOST_MILLISECONDS_TO_SCRUB = 500
_MOST_MILLISECONDS_TO_REBUILD = 60_000

_DURABLE_POSTGRESQL = {"fsync": {"on"}, "full_page_writes": {"on"}, "synchronous_commit": {"on", "remote_apply"}}
_DURABLE_SQLITE = {"journal_mode": {"wal"}, "synchronous": {"2", "3"}}


class SqlInstallation:
    """The tables that belong to no single company, and the look-ups that find a request's company."""

    def __init__(self, engine: Engine) -> None:
        """Open a connection for each call; these are not parts of a company's unit of work."""
        self._engine = engine.execution_options(**{ACROSS: True})
        self._inside_no_company = engine

    def companies(self) -> Sequence[Company]:
        """Return all companies."""
        with translated(), self._begun(is_reading=True) as connection:
            return [mapping.to_company(row) for row in connection.execute(select(companies).order_by(companies.c.id))]

    def add_company(self, *, name: str, region: str, time_zone: str, currency: Currency = DEFAULT_CURRENCY) -> Company:
        """Store a company."""
        with translated(), self._begun() as connection:
            if connection.execute(select(companies.c.id).where(companies.c.name == name)).first() is not None:
                raise NameTaken
            values = {
                "name": name,
                "region": region,
                "time_zone": time_zone,
                "currency": currency,
                "directory_version": 1,
            }
            try:
                with translated():
                    row = connection.execute(companies.insert().returning(companies), values).one()
            except StaleWrite as met:
                raise NameTaken from met
            with translated_commit():
                connection.commit()
        return mapping.to_company(row)

    def companies_with_due_leads(self, *, at: datetime) -> Sequence[CompanyId]:
        """Return the companies some of whose leads are due."""
        with translated(), self._begun(is_reading=True) as connection:
            return [CompanyId(number) for number in connection.execute(_DUE, {"at": at}).scalars()]

    def companies_with_answers(self, *, before: datetime) -> Sequence[CompanyId]:
        """Return the companies that keep answers made before then."""
        with translated(), self._begun(is_reading=True) as connection:
            return [CompanyId(number) for number in connection.execute(_OUTLIVED, {"before": before}).scalars()]

    def companies_with_deltas(self) -> Sequence[CompanyId]:
        """Return the companies that have anything to fold."""
        with translated(), self._begun(is_reading=True) as connection:
            return [CompanyId(number) for number in connection.execute(_TO_FOLD).scalars()]

    def events_to_seal(self, *, from_start: bool = False) -> EventsToSeal:
        """Return who has events after the watermark."""
        with translated(), self._begun(is_reading=True) as connection:
            return chain.events_to_seal(connection, from_start=from_start)

    def sealed_until(self) -> int:
        """Return the watermark."""
        with translated(), self._begun(is_reading=True) as connection:
            return chain.sealed_until(connection)

    def lease_sealing(self, holder: str, *, at: datetime, until: datetime) -> bool:
        """Take or prolong the lease."""
        with translated(), self._begun() as connection:
            is_taken = chain.lease_sealing(connection, holder, at=at, until=until)
            with translated_commit():
                connection.commit()
        return is_taken

    def mark_sealed(self, horizon: Horizon) -> None:
        """Move the watermark."""
        with translated(), self._begun() as connection:
            chain.mark_sealed(connection, horizon)
            with translated_commit():
                connection.commit()

    def find_company(self, company_id: CompanyId) -> Company | None:
        """Return that company."""
        with translated(), self._begun(is_reading=True) as connection:
            row = connection.execute(_COMPANY, {"company_id": company_id}).first()
        return mapping.to_company(row) if row else None

    def find_lead_token(self, *lookups: bytes) -> LeadTokenCredential | None:
        """Return the living token of one of these look-ups."""
        with translated(), self._begun(is_reading=True) as connection:
            row = connection.execute(_LEAD_TOKEN, {"lookups": lookups}).first()
        return mapping.to_lead_token(row) if row else None

    def find_api_key(self, *lookups: bytes) -> ApiKey | None:
        """Return the living key of one of these look-ups."""
        with translated(), self._begun(is_reading=True) as connection:
            row = connection.execute(_API_KEY, {"lookups": lookups}).first()
        return mapping.to_api_key(row) if row else None

    def find_user(self, email: str) -> User | None:
        """Return who signs in with that address."""
        with translated(), self._begun(is_reading=True) as connection:
            row = connection.execute(_USER, {"email": email}).first()
        return mapping.to_user(row) if row else None

    def has_users(self) -> bool:
        """Say whether there is a user."""
        with translated(), self._begun(is_reading=True) as connection:
            return connection.execute(select(users.c.id).limit(1)).first() is not None

    def find_posting_page(self, page_id: PostingPageId) -> PostingPage | None:
        """Return the posting page of that address."""
        with translated(), self._begun(is_reading=True) as connection:
            row = connection.execute(_POSTING_PAGE, {"page_id": page_id}).first()
        return mapping.to_posting_page(row) if row else None

    def keep_unclaimed(self, submission: UnclaimedSubmission, *, most: int) -> None:
        """Keep the sample, and at most that many."""
        with translated(), self._begun() as connection:
            connection.execute(unclaimed_submissions.insert(), mapping.from_unclaimed(submission))
            kept = select(unclaimed_submissions.c.id).order_by(unclaimed_submissions.c.id.desc()).limit(most)
            connection.execute(delete(unclaimed_submissions).where(unclaimed_submissions.c.id.not_in(kept)))
            with translated_commit():
                connection.commit()

    def unclaimed(self) -> Sequence[UnclaimedSubmission]:
        """Return the samples."""
        newest_first = select(unclaimed_submissions).order_by(unclaimed_submissions.c.id.desc())
        with translated(), self._begun(is_reading=True) as connection:
            return [mapping.to_unclaimed(row) for row in connection.execute(newest_first)]

    def forget_unclaimed(self, submission_ids: Collection[SubmissionId]) -> int:
        """Destroy these samples."""
        if not submission_ids:
            return 0
        with translated(), self._begun() as connection:
            samples = delete(unclaimed_submissions).where(unclaimed_submissions.c.id.in_(submission_ids))
            count = connection.execute(samples).rowcount
            with translated_commit():
                connection.commit()
        return count

    def expect_erased(self, company_id: CompanyId) -> None:
        """Raise the company's flag, and wait for every unit that may have begun before."""
        with translated(), self._begun() as connection:
            version = companies.c.directory_version
            raised = update(companies).where(companies.c.id == company_id, companies.c.has_erased.is_(False))
            connection.execute(raised.values(has_erased=True, directory_version=version + 1))
            if connection.execute(_COMPANY, {"company_id": company_id}).first() is None:
                raise NotFound
            with translated_commit():
                connection.commit()
            if connection.dialect.name == "postgresql":
                _wait_for_units(connection)

    def scrub(self) -> None:
        """Empty SQLite's write-ahead log into the database, where pages that were given up are overwritten.

        Whoever writes would wait for as long as this waits for those who read, so it does not insist: what a reader
        keeps in the log goes with the next erasure, or when the last process closes the database.
        """
        self._tidy(["PRAGMA wal_checkpoint(TRUNCATE)"], wait_milliseconds=_MOST_MILLISECONDS_TO_SCRUB)

    def rebuild(self) -> None:
        """Write SQLite's file anew: pages that were split hold copies of rows that nobody overwrites."""
        self._tidy(["VACUUM", "PRAGMA wal_checkpoint(TRUNCATE)"], wait_milliseconds=_MOST_MILLISECONDS_TO_REBUILD)

    def _tidy(self, statements: Sequence[str], *, wait_milliseconds: int) -> None:
        """Run statements outside any transaction on SQLite; elsewhere the database's own housekeeping does it."""
        if self._engine.dialect.name != "sqlite":
            return
        with translated(), self._engine.connect() as connection:
            [patience] = run(connection, "PRAGMA busy_timeout", ()).fetchone()
            run(connection, f"PRAGMA busy_timeout = {wait_milliseconds}", ()).close()
            try:
                for statement in statements:
                    run(connection, statement, ()).close()
            finally:
                run(connection, f"PRAGMA busy_timeout = {patience}", ()).close()

    def inspect(self) -> Sequence[Finding]:
        """Look at the store."""
        try:
            with translated(), self._begun(is_reading=True) as connection:
                reachable = Finding("database_reachable", is_fine=True, detail=connection.dialect.name)
                return [reachable, _schema(connection), _durability(connection)]
        except Refusal:
            mend = "start the database, or correct LEADINTAKE_DATABASE_URL"
            return [Finding("database_reachable", is_fine=False, detail="the database does not answer", mend=mend)]
        except DBAPIError as error:
            mend = "if it is damaged, put back a backup; if it is no database of ours, correct LEADINTAKE_DATABASE_URL"
            detail = f"looking at the database failed: {type(error).__name__}"
            return [Finding("database_intact", is_fine=False, detail=detail, mend=mend)]

    def inspect_separation(self) -> Sequence[Finding]:
        """Look at what keeps the companies apart."""
        with translated(), self._inside_no_company.connect() as connection:
            begun = connection.execution_options(**{READING: True})
            begun.begin()
            return [companies_apart(begun)]

    @contextmanager
    def _begun(self, *, is_reading: bool = False) -> Iterator[Connection]:
        """Lend a connection that has begun: only then it is known to be alive (see `begin_now`)."""
        with self._engine.connect() as connection:
            begun = connection.execution_options(**{READING: is_reading})
            begun.begin()
            yield begun


def _wait_for_units(connection: Connection) -> None:
    """Return once every transaction has ended that holds a lock on the companies now: it may have read them before.

    Raises: Unavailable: one of them took too long.
    """
    waiting = {row.virtualtransaction for row in connection.execute(_UNITS)}
    deadline = time.monotonic() + _MOST_SECONDS_FOR_UNITS
    while waiting:
        connection.commit()
        if time.monotonic() > deadline:
            raise Unavailable
        time.sleep(_POLL_SECONDS)
        waiting &= {row.virtualtransaction for row in connection.execute(_UNITS)}


def _schema(connection: Connection) -> Finding:
    found, newest = MigrationContext.configure(connection).get_current_revision(), newest_revision()
    if found == newest:
        return Finding("schema_current", is_fine=True, detail=newest)
    return Finding(
        "schema_current",
        is_fine=False,
        detail=f"the schema is at {found or 'nothing'}, this version needs {newest}",
        mend="run: leadintake migrate",
    )


def _durability(connection: Connection) -> Finding:
    """Say whether a commit is on the disk when it returns."""
    if connection.dialect.name == "postgresql":
        wanted = _DURABLE_POSTGRESQL
        found = {name: str(connection.execute(text(f"SHOW {name}")).scalar()) for name in wanted}
    else:
        wanted = _DURABLE_SQLITE
        found = {name: str(connection.execute(text(f"PRAGMA {name}")).scalar()) for name in wanted}
    weak = [f"{name}={value}" for name, value in found.items() if value not in wanted[name]]
    if not weak:
        settings = " ".join(f"{name}={value}" for name, value in found.items())
        return Finding("commits_durable", is_fine=True, detail=settings)
    return Finding(
        "commits_durable",
        is_fine=False,
        detail=f"an acknowledged lead could be lost with the power: {', '.join(weak)}",
        mend="set " + ", ".join(f"{name}={min(wanted[name])}" for name in found),
    )
