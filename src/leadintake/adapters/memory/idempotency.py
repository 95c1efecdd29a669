"""Answers that stand for idempotency keys, in memory."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from leadintake.adapters.memory.owned import in_utc
from leadintake.domain.errors import StaleWrite

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import datetime

    from leadintake.adapters.memory.transaction import Transaction
    from leadintake.domain.idempotency import IdempotencyKey, IdempotencyRecord


class MemoryIdempotency:
    """`IdempotencyLedger` in memory. What is forgotten leaves an empty place until the commit takes it away."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def find_all(self, keys: Collection[IdempotencyKey]) -> Mapping[IdempotencyKey, IdempotencyRecord]:
        """Return the records of those of these keys that have one, whatever their age."""
        answers = self._transaction.rows.answers
        return {key: record for key in keys if (record := answers.get(key))}

    def append_all(self, records: Collection[IdempotencyRecord]) -> None:
        """Keep these records."""
        answers = self._transaction.hold_for(record.company_id for record in records).answers
        for record in records:
            if answers.get(record.key):
                raise StaleWrite
            answers[record.key] = replace(record, payload=bytes(record.payload), created_at=in_utc(record.created_at))

    def forget_all(self, keys: Collection[IdempotencyKey]) -> None:
        """Forget the records of these keys."""
        answers = self._transaction.hold().answers
        answers.update((key, None) for key in keys if answers.get(key))

    def prune(self, *, before: datetime) -> int:
        """Forget the records made before then and return how many they were."""
        answers = self._transaction.hold().answers
        old = [key for key, record in answers.items() if record and record.created_at < before]
        self.forget_all(old)
        return len(old)

    def forget_mentioning(self, words: Collection[str]) -> int:
        """Forget the records whose document has one of these words in it and return how many they were."""
        answers = self._transaction.hold().answers
        found = [key for key, record in answers.items() if record and any(word in record.document for word in words)]
        self.forget_all(found)
        return len(found)
