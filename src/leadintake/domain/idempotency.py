"""Idempotency: the first answer to a key, kept so that a repeat gets the same one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from leadintake.domain.company import CompanyId
    from leadintake.domain.owner import OwnerRef


@dataclass(frozen=True, slots=True)
class IdempotencyKey:
    """What a sender calls one request, inside an owner and a route, so that it outlives a rotated lead token.

    Shape: `digest` is of the key as sent; the key itself is not kept.
    """

    owner: OwnerRef
    route: str
    digest: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class IdempotencyRecord:
    """The answer that stands for a key.

    Shape: `payload` is the digest of what was sent, `status` that of the answer, `document` its JSON text to the
    letter. Source: specification, section 3.3.
    """

    company_id: CompanyId
    key: IdempotencyKey
    payload: bytes
    status: int
    document: str
    created_at: datetime
