"""Idempotency: the first answer to a key, kept so that a repeat gets the same one."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Idempotent:
    """What makes a submission repeatable: its sender's name for it, and what was sent under that name.

    Shape: `digest` is of the name, `payload` of all that was sent, credentials aside, so that a rotated lead token
    makes no difference. `previous` are the same two digests under each secret key that the present one has replaced:
    what was answered before the change stands. `write` puts the answer to the decision on it into words: its
    status and its JSON text.
    """

    route: str
    digest: bytes
    payload: bytes
    write: Callable[[Any], tuple[int, str]] = field(repr=False)
    previous: tuple[tuple[bytes, bytes], ...] = ()

    def key(self, owner: OwnerRef) -> IdempotencyKey:
        """Return the key inside an owner."""
        return IdempotencyKey(owner, self.route, self.digest)

    def payloads(self, owner: OwnerRef) -> dict[IdempotencyKey, bytes]:
        """Return every key inside an owner under which an answer may stand, with the payload's digest for each."""
        digests = ((self.digest, self.payload), *self.previous)
        return {IdempotencyKey(owner, self.route, digest): payload for digest, payload in digests}


LIFETIME: Final = timedelta(hours=72)
"""How long an answer stands. Source: specification, section 3.3."""
