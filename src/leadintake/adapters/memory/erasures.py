"""Evidence of consent, and what is left of those who were erased, in memory."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from leadintake.adapters.memory.owned import in_utc
from leadintake.domain.errors import StaleWrite
from leadintake.domain.ports import ErasurePage

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime
    from uuid import UUID

    from leadintake.adapters.memory.transaction import Transaction
    from leadintake.domain.consent import Consent
    from leadintake.domain.erasure import ErasedCaller, Erasure
    from leadintake.domain.phone import PhoneNumber


class MemoryConsents:
    """`ConsentLog` in memory."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def append_all(self, consents: Collection[Consent]) -> None:
        """Keep this evidence."""
        rows = self._transaction.hold_for(consent.company_id for consent in consents)
        for consent in consents:
            if consent.submission_id in rows.consents:
                raise StaleWrite
            rows.consents[consent.submission_id] = replace(
                consent, received_at=in_utc(consent.received_at), certificates=tuple(consent.certificates)
            )

    def of_caller(self, caller: PhoneNumber) -> Sequence[Consent]:
        """Return what came for all leads of that caller, oldest first."""
        found = [consent for consent in self._transaction.rows.consents.values() if consent.caller == caller]
        return sorted(found, key=lambda consent: consent.submission_id)

    def erase(self, caller: PhoneNumber) -> int:
        """Destroy the evidence about a caller, from the commit on; return how much there was."""
        rows = self._transaction.hold()
        return rows.destroy("consents", [consent.submission_id for consent in self.of_caller(caller)])


class MemoryErasures:
    """`ErasureLog` in memory."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def opted_out(self, digests: Collection[bytes]) -> Mapping[bytes, datetime]:
        """Return those of these digests that stand for somebody to be left alone, with when they were erased."""
        return {one.digest: one.erased_at for one in self._under(digests) if one.was_opted_out}

    def find(self, digests: Collection[bytes]) -> ErasedCaller | None:
        """Return the one who was erased under one of these digests, the latest if there are several, or None."""
        return max(self._under(digests), key=lambda one: (one.erased_at, one.erasure_id), default=None)

    def keep(self, erased: ErasedCaller) -> None:
        """Keep that somebody was erased, in place of what was kept under that digest."""
        kept = replace(erased, digest=bytes(erased.digest), erased_at=in_utc(erased.erased_at))
        self._transaction.hold_for([erased.company_id]).erased[kept.digest] = kept

    def add(self, erasure: Erasure) -> None:
        """Keep a receipt, in place of one of the same identifier."""
        kept = replace(erasure, erased_at=in_utc(erasure.erased_at))
        self._transaction.hold_for([erasure.company_id]).erasures[kept.id] = kept

    def receipt(self, erasure_id: UUID) -> Erasure | None:
        """Return that receipt, or None."""
        return self._transaction.rows.erasures.get(erasure_id)

    def receipts(self, *, offset: int, limit: int) -> ErasurePage:
        """Return a page of the receipts, newest first."""
        found = sorted(self._transaction.rows.erasures.values(), key=lambda one: one.id, reverse=True)
        return ErasurePage(found[offset : offset + limit], len(found))

    def _under(self, digests: Collection[bytes]) -> list[ErasedCaller]:
        erased = self._transaction.rows.erased
        return [erased[digest] for digest in digests if digest in erased]
