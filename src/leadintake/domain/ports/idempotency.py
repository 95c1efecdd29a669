"""What repeats of a request are answered with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import datetime

    from leadintake.domain.idempotency import IdempotencyKey, IdempotencyRecord


class IdempotencyLedger(Protocol):
    """The answers that stand for senders' idempotency keys."""

    def find_all(self, keys: Collection[IdempotencyKey]) -> Mapping[IdempotencyKey, IdempotencyRecord]:
        """Return the records of those of these keys that have one, whatever their age."""

    def append_all(self, records: Collection[IdempotencyRecord]) -> None:
        """Keep these records.

        A twin that is under way in another unit is waited for. Raises, here or at the commit: StaleWrite: one of
        the keys has a record already. Unavailable: the twin took too long.
        """

    def forget_all(self, keys: Collection[IdempotencyKey]) -> None:
        """Forget the records of these keys; a key without one is no matter."""

    def prune(self, *, before: datetime) -> int:
        """Forget the records made before then and return how many they were."""

    def forget_mentioning(self, words: Collection[str]) -> int:
        """Forget the records whose document has one of these words in it and return how many they were."""
