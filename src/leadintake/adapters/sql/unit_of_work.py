"""`UnitOfWork`: one transaction inside one company, over one connection."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from leadintake.adapters.sql.bulk import PendingInserts
from leadintake.adapters.sql.callers import SqlContacts, SqlLeads
from leadintake.adapters.sql.chain import SqlChain
from leadintake.adapters.sql.credentials import SqlCredentialLog
from leadintake.adapters.sql.directory import SqlDirectory
from leadintake.adapters.sql.engine import READING
from leadintake.adapters.sql.erasures import SqlConsents, SqlErasures
from leadintake.adapters.sql.faults import translated, translated_commit
from leadintake.adapters.sql.idempotency import SqlIdempotency
from leadintake.adapters.sql.ledgers import SqlEvents, SqlSubmissions
from leadintake.adapters.sql.quotas import SqlQuotas
from leadintake.adapters.sql.recorded import SqlCalls, SqlConversions
from leadintake.adapters.sql.rollups import SqlRollups
from leadintake.adapters.sql.row_security import COMPANY
from leadintake.adapters.sql.suppression import SqlSuppression

if TYPE_CHECKING:
    from collections.abc import Iterator, MutableMapping

    from sqlalchemy import Connection, Engine

    from leadintake.domain.company import CompanyId
    from leadintake.domain.directory import Directory


class SqlUnitOfWork:
    """The repositories of one company over one open transaction."""

    def __init__(
        self, connection: Connection, company_id: CompanyId, cache: MutableMapping[CompanyId, Directory]
    ) -> None:
        """Take a connection that has begun."""
        self.directory = SqlDirectory(connection, company_id, cache)
        self.contacts = SqlContacts(connection, company_id)
        self._pending = PendingInserts(connection)
        self.leads = SqlLeads(self._pending, company_id)
        self.events = SqlEvents(self._pending, company_id)
        self.chain = SqlChain(self._pending, company_id)
        self.submissions = SqlSubmissions(self._pending, company_id)
        self.rollups = SqlRollups(self._pending, company_id)
        self.suppression = SqlSuppression(connection, company_id)
        self.idempotency = SqlIdempotency(connection, company_id)
        self.consents = SqlConsents(connection, company_id)
        self.erasures = SqlErasures(connection, company_id)
        self.credentials = SqlCredentialLog(connection, company_id)
        self._company_id = company_id

    @property
    def quotas(self) -> SqlQuotas:
        """Return how much of the daily caps is leased out; the units that enroll do not ask."""
        return SqlQuotas(self._pending.connection, self._company_id)

    @property
    def calls(self) -> SqlCalls:
        """Return the calls that were recorded."""
        return SqlCalls(self._pending, self._company_id)

    @property
    def conversions(self) -> SqlConversions:
        """Return the conversions that were recorded."""
        return SqlConversions(self._pending, self._company_id)

    def commit(self) -> None:
        """Make everything durable."""
        self.contacts.forget_unsaved()
        connection = self._pending.connection
        with translated_commit():
            connection.commit()


@contextmanager
def sql_unit_of_work(
    engine: Engine, cache: MutableMapping[CompanyId, Directory], company_id: CompanyId, *, is_reading: bool = False
) -> Iterator[SqlUnitOfWork]:
    """Begin a unit of work; what is not committed is rolled back when it is left.

    A unit that only reads never waits for one that writes.
    """
    with translated(), engine.connect() as connection:
        begun = connection.execution_options(**{READING: is_reading, COMPANY: company_id})
        begun.begin()
        yield SqlUnitOfWork(begun, company_id, cache)
