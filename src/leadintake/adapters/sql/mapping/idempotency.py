"""Answers that stand for idempotency keys."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from leadintake.domain.company import CompanyId
from leadintake.domain.idempotency import IdempotencyKey, IdempotencyRecord
from leadintake.domain.owner import OwnerKind, OwnerRef

if TYPE_CHECKING:
    from sqlalchemy import Row


def to_idempotency_record(row: Row[Any]) -> IdempotencyRecord:
    """Return the record of a row of `idempotency_records`."""
    return IdempotencyRecord(
        company_id=CompanyId(row.company_id),
        key=IdempotencyKey(OwnerRef(OwnerKind(row.owner_kind), row.owner_id), row.route, row.key),
        payload=row.payload,
        status=row.status,
        document=row.document,
        created_at=row.created_at,
    )


def from_idempotency_record(record: IdempotencyRecord) -> dict[str, Any]:
    """Return the row of an idempotency record."""
    return {
        "company_id": record.company_id,
        "key": record.key.digest,
        "owner_kind": record.key.owner.kind.value,
        "owner_id": record.key.owner.id,
        "route": record.key.route,
        "payload": record.payload,
        "status": record.status,
        "document": record.document,
        "created_at": record.created_at,
    }
