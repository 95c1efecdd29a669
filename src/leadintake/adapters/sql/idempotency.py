"""`IdempotencyLedger`: the answers that stand for senders' keys."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, bindparam, delete, or_, select

from leadintake.adapters.sql import mapping
from leadintake.adapters.sql.tables import idempotency_records
from leadintake.adapters.sql.tenancy import require_own

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import datetime

    from sqlalchemy import ColumnElement, Connection

    from leadintake.domain.company import CompanyId
    from leadintake.domain.idempotency import IdempotencyKey, IdempotencyRecord

_columns = idempotency_records.c
_MINE = _columns.company_id == bindparam("company_id")
_WITH_DIGESTS = select(idempotency_records).where(_MINE, _columns.key.in_(bindparam("digests", expanding=True)))
_BEFORE = delete(idempotency_records).where(_MINE, _columns.created_at < bindparam("before"))

# Each is a condition of its own in the statement.
_WORDS_AT_ONCE = 50


class SqlIdempotency:
    """Answers over the ``idempotency_records`` table."""

    def __init__(self, connection: Connection, company_id: CompanyId) -> None:
        """Work for one company over one connection."""
        self._connection = connection
        self._company_id = company_id

    def find_all(self, keys: Collection[IdempotencyKey]) -> Mapping[IdempotencyKey, IdempotencyRecord]:
        """Return the records of these keys."""
        parameters = {"company_id": self._company_id, "digests": [key.digest for key in keys]}
        # A digest alone finds next to no others: the few that share it under another owner or route are left out here.
        found = map(mapping.to_idempotency_record, self._connection.execute(_WITH_DIGESTS, parameters))
        return {record.key: record for record in found if record.key in keys}

    def append_all(self, records: Collection[IdempotencyRecord]) -> None:
        """Keep these records."""
        require_own(self._company_id, (record.company_id for record in records))
        # In order of their keys, so that two units cannot block each other.
        rows = sorted(map(mapping.from_idempotency_record, records), key=_place)
        if rows:
            self._connection.execute(idempotency_records.insert(), rows)

    def forget_all(self, keys: Collection[IdempotencyKey]) -> None:
        """Forget the records of these keys."""
        if keys:
            mine = _columns.company_id == self._company_id
            self._connection.execute(delete(idempotency_records).where(mine, or_(*map(_is_of, keys))))

    def prune(self, *, before: datetime) -> int:
        """Forget the records made before then."""
        return self._connection.execute(_BEFORE, {"company_id": self._company_id, "before": before}).rowcount

    def forget_mentioning(self, words: Collection[str]) -> int:
        """Forget the records with one of these words."""
        count, ordered = 0, sorted(words)
        mine = _columns.company_id == self._company_id
        for start in range(0, len(ordered), _WORDS_AT_ONCE):
            some = ordered[start : start + _WORDS_AT_ONCE]
            mentioning = or_(*(_columns.document.contains(word, autoescape=True) for word in some))
            count += self._connection.execute(delete(idempotency_records).where(mine, mentioning)).rowcount
        return count


def _place(row: Mapping[str, Any]) -> tuple[Any, ...]:
    return row["key"], row["owner_kind"], row["owner_id"], row["route"]


def _is_of(key: IdempotencyKey) -> ColumnElement[bool]:
    return and_(
        _columns.key == key.digest,
        _columns.owner_kind == key.owner.kind.value,
        _columns.owner_id == key.owner.id,
        _columns.route == key.route,
    )
