"""`CredentialLog`: how a company's credentials are used."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import case, select
from sqlalchemy.dialects import postgresql, sqlite

from leadintake.adapters.sql import mapping
from leadintake.adapters.sql.tables import alarms, credential_uses, operation_counts, reveals
from leadintake.adapters.sql.tenancy import require_own

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import date, datetime
    from uuid import UUID

    from sqlalchemy import ColumnElement, Connection, Table

    from leadintake.domain.alarm import Alarm
    from leadintake.domain.company import CompanyId
    from leadintake.domain.credential import LeadTokenId, Reveal


class SqlCredentialLog:
    """Uses, alarms and counts over a table each."""

    def __init__(self, connection: Connection, company_id: CompanyId) -> None:
        """Work for one company over one connection."""
        self._connection = connection
        self._company_id = company_id

    def note_uses(self, uses: Mapping[UUID, datetime]) -> None:
        """Keep when credentials were used."""
        insert = self._insert(credential_uses)
        later = _later(credential_uses.c.last_used_at, insert.excluded.last_used_at)
        statement = insert.on_conflict_do_update(
            index_elements=["company_id", "credential_id"], set_={"last_used_at": later}
        )
        # In order, so that two units cannot block each other.
        rows = [
            {"company_id": self._company_id, "credential_id": credential_id, "last_used_at": uses[credential_id]}
            for credential_id in sorted(uses)
        ]
        if rows:
            self._connection.execute(statement, rows)

    def last_uses(self) -> Mapping[UUID, datetime]:
        """Return when each credential was last used."""
        columns = credential_uses.c
        query = select(columns.credential_id, columns.last_used_at).where(columns.company_id == self._company_id)
        return {row.credential_id: row.last_used_at for row in self._connection.execute(query)}

    def raise_alarms(self, alarms_raised: Collection[Alarm]) -> Sequence[Alarm]:
        """Keep alarms."""
        require_own(self._company_id, (alarm.company_id for alarm in alarms_raised))
        insert = self._insert(alarms)
        later = _later(alarms.c.last_seen_at, insert.excluded.last_seen_at)
        statement = insert.on_conflict_do_update(
            index_elements=["company_id", "lead_token_id", "kind", "day"], set_={"last_seen_at": later}
        ).returning(alarms.c.id)
        first = []
        for alarm in sorted(alarms_raised, key=lambda each: (each.lead_token_id, each.kind, each.day)):
            # What comes back is the row that is there now: one's own only if nobody was there before.
            kept = self._connection.execute(statement, mapping.from_alarm(alarm)).scalar_one()
            if kept == alarm.id:
                first.append(alarm)
        return first

    def alarms(self, lead_token_id: LeadTokenId | None = None) -> Sequence[Alarm]:
        """Return the alarms."""
        query = select(alarms).where(alarms.c.company_id == self._company_id)
        if lead_token_id is not None:
            query = query.where(alarms.c.lead_token_id == lead_token_id)
        rows = self._connection.execute(query.order_by(alarms.c.day.desc(), alarms.c.id.desc()))
        return [mapping.to_alarm(row) for row in rows]

    def note_reveal(self, reveal: Reveal) -> None:
        """Keep a reveal."""
        require_own(self._company_id, [reveal.company_id])
        self._connection.execute(reveals.insert(), mapping.from_reveal(reveal))

    def reveals(self, lead_token_id: LeadTokenId, *, limit: int) -> Sequence[Reveal]:
        """Return the latest reveals."""
        mine = (reveals.c.company_id == self._company_id) & (reveals.c.lead_token_id == lead_token_id)
        rows = self._connection.execute(select(reveals).where(mine).order_by(reveals.c.id.desc()).limit(limit))
        return [mapping.to_reveal(row) for row in rows]

    def count_operations(self, lead_token_id: LeadTokenId, *, day: date, count: int) -> int:
        """Count operations; the row is held until the unit ends."""
        insert = self._insert(operation_counts)
        statement = insert.on_conflict_do_update(
            index_elements=["company_id", "lead_token_id", "day"],
            set_={"count": operation_counts.c.count + insert.excluded.count},
        ).returning(operation_counts.c.count)
        row = {"company_id": self._company_id, "lead_token_id": lead_token_id, "day": day.isoformat(), "count": count}
        counted: int = self._connection.execute(statement, row).scalar_one()
        return counted

    def _insert(self, table: Table) -> Any:  # noqa: ANN401 - the two inserts share no type
        is_postgresql = self._connection.dialect.name == "postgresql"
        return postgresql.insert(table) if is_postgresql else sqlite.insert(table)


def _later(kept: ColumnElement[datetime], given: ColumnElement[datetime]) -> ColumnElement[datetime]:
    return case((given > kept, given), else_=kept)
