"""What is leased of the daily caps, in memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date

    from leadintake.adapters.memory.transaction import Transaction
    from leadintake.domain.credential import LeadTokenId


class MemoryQuotas:
    """`QuotaRepository` in memory. Nothing leased is an empty place, which the commit takes away."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def claim(self, lead_token_id: LeadTokenId, day: date) -> int:
        """Return how much of that day's cap is leased out; the whole company is held meanwhile."""
        return self._transaction.hold().quotas.get((lead_token_id, day), 0)

    def save(self, lead_token_id: LeadTokenId, day: date, *, leased: int) -> None:
        """Replace what was claimed."""
        self._transaction.hold().quotas[lead_token_id, day] = leased

    def forget(self, lead_token_id: LeadTokenId, *, before: date) -> None:
        """Forget the lead token's earlier days."""
        quotas = self._transaction.hold().quotas
        for token, day in [key for key in quotas if key[0] == lead_token_id and key[1] < before]:
            quotas[token, day] = 0
