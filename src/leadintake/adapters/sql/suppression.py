"""`SuppressionRepository`: who is on a company's suppression lists."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, bindparam, delete, func, select, text

from leadintake.adapters.sql.bulk import to_json
from leadintake.adapters.sql.driver import Prepared
from leadintake.adapters.sql.tables import suppressed_callers, suppression_lists
from leadintake.domain.errors import NotFound
from leadintake.domain.phone import PhoneNumber
from leadintake.domain.ports import SuppressionPage
from leadintake.domain.suppression import SuppressedCaller, SuppressionListId

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import datetime

    from sqlalchemy import Connection, TextClause

    from leadintake.domain.company import CompanyId

_GIVEN_POSTGRESQL = text("caller IN (SELECT jsonb_array_elements_text(CAST(:callers AS jsonb)))")
_GIVEN_SQLITE = text("caller IN (SELECT value FROM json_each(:callers))")
# The rows are met in order of their numbers, so that two units cannot block each other. SQLite needs the condition
# to tell the conflict from a join.
_ADD_POSTGRESQL = text(
    """
    INSERT INTO suppressed_callers (company_id, caller, list_id, added_at)
    SELECT :company_id, value, :list_id, :added_at
    FROM jsonb_array_elements_text(CAST(:callers AS jsonb)) AS given(value) ORDER BY value
    ON CONFLICT DO NOTHING
    """
)
_ADD_SQLITE = text(
    """
    INSERT INTO suppressed_callers (company_id, caller, list_id, added_at)
    SELECT :company_id, value, :list_id, :added_at FROM json_each(:callers) WHERE true
    ON CONFLICT DO NOTHING
    """
)
_MINE = suppressed_callers.c.company_id == bindparam("company_id")
_LISTS_OF = {
    given: Prepared(select(suppressed_callers.c.caller, suppressed_callers.c.list_id).where(_MINE, given))
    for given in (_GIVEN_POSTGRESQL, _GIVEN_SQLITE)
}


class SqlSuppression:
    """Entries over the ``suppressed_callers`` table."""

    def __init__(self, connection: Connection, company_id: CompanyId) -> None:
        """Work for one company over one connection."""
        self._connection = connection
        self._company_id = company_id
        self._is_postgresql = connection.dialect.name == "postgresql"

    def add(self, list_id: SuppressionListId, callers: Collection[PhoneNumber], *, at: datetime) -> None:
        """Put callers on a list."""
        self._require(list_id)
        parameters = self._given(callers) | {"list_id": list_id, "added_at": at}
        statement = _ADD_POSTGRESQL if self._is_postgresql else _ADD_SQLITE
        self._connection.execute(_with_instant(statement), parameters)

    def remove(self, list_id: SuppressionListId, callers: Collection[PhoneNumber]) -> None:
        """Take callers off a list."""
        self._require(list_id)
        entries = delete(suppressed_callers).where(_MINE, suppressed_callers.c.list_id == list_id, self._among)
        self._connection.execute(entries, self._given(callers))

    def suppressed(self, callers: Collection[PhoneNumber]) -> Mapping[PhoneNumber, frozenset[SuppressionListId]]:
        """Return the lists that each of these callers is on."""
        lists: defaultdict[PhoneNumber, set[SuppressionListId]] = defaultdict(set)
        for row in _LISTS_OF[self._among].rows(self._connection, self._given(callers)):
            lists[PhoneNumber(row.caller)].add(SuppressionListId(row.list_id))
        return {caller: frozenset(found) for caller, found in lists.items()}

    def search(self, list_id: SuppressionListId, *, offset: int, limit: int) -> SuppressionPage:
        """Return a page of a list's entries."""
        self._require(list_id)
        mine = and_(suppressed_callers.c.company_id == self._company_id, suppressed_callers.c.list_id == list_id)
        rows = self._connection.execute(
            select(suppressed_callers).where(mine).order_by(suppressed_callers.c.caller).offset(offset).limit(limit)
        )
        entries = [
            SuppressedCaller(list_id=list_id, caller=PhoneNumber(row.caller), added_at=row.added_at) for row in rows
        ]
        total = self._connection.execute(select(func.count()).select_from(suppressed_callers).where(mine)).scalar_one()
        return SuppressionPage(entries, total)

    def erase(self, caller: PhoneNumber) -> int:
        """Take the caller off every list."""
        columns = suppressed_callers.c
        mine = and_(columns.company_id == self._company_id, columns.caller == caller.e164)
        return self._connection.execute(delete(suppressed_callers).where(mine)).rowcount

    @property
    def _among(self) -> TextClause:
        return _GIVEN_POSTGRESQL if self._is_postgresql else _GIVEN_SQLITE

    def _given(self, callers: Collection[PhoneNumber]) -> dict[str, Any]:
        return {"company_id": self._company_id, "callers": to_json([caller.e164 for caller in callers])}

    def _require(self, list_id: SuppressionListId) -> None:
        """Hold the list against being removed. Raises: NotFound: it is not there."""
        lists = suppression_lists.c
        found = select(lists.id).where(lists.company_id == self._company_id, lists.id == list_id)
        if self._connection.execute(found.with_for_update(read=True, key_share=True)).first() is None:
            raise NotFound


def _with_instant(statement: TextClause) -> TextClause:
    return statement.bindparams(bindparam("added_at", type_=suppressed_callers.c.added_at.type))
