"""The answers that stand for the idempotency keys of one batch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from leadintake.domain.idempotency import LIFETIME, IdempotencyKey, IdempotencyRecord

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from leadintake.domain.decision import Decision
    from leadintake.domain.idempotency import Idempotent
    from leadintake.domain.ports import IdempotencyLedger

# What was accepted, and what was judged and found wrong; anything else may be different next time.
_FINAL: Final = frozenset({200, 422})


class Answered:
    """The answers that stand for the keys of one batch: those kept before, and those given in it."""

    __slots__ = ("_fresh", "_now", "_outlived", "_standing")

    def __init__(self, kept: Mapping[IdempotencyKey, IdempotencyRecord], *, now: datetime) -> None:
        """Start with what was kept; what has outlived its time stands no longer."""
        self._now = now
        self._standing = {key: record for key, record in kept.items() if now - record.created_at < LIFETIME}
        self._outlived = kept.keys() - self._standing.keys()
        self._fresh: dict[IdempotencyKey, IdempotencyRecord] = {}

    def standing(self, key: IdempotencyKey) -> IdempotencyRecord | None:
        """Return the answer that stands for the key."""
        return self._standing.get(key)

    def note(self, key: IdempotencyKey, asked: Idempotent, decision: Decision) -> None:
        """Let the answer to this decision stand from now on, if it is one that a repeat would get as well."""
        status, document = asked.write(decision)
        if status in _FINAL:
            self._standing[key] = self._fresh[key] = IdempotencyRecord(
                company_id=decision.command.receipt.company_id,
                key=key,
                payload=asked.payload,
                status=status,
                document=document,
                created_at=self._now,
            )

    def save(self, ledger: IdempotencyLedger) -> None:
        """Keep the new ones."""
        if outlived := self._outlived & self._fresh.keys():
            ledger.forget_all(outlived)
        if self._fresh:
            ledger.append_all(list(self._fresh.values()))
