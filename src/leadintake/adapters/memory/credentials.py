"""How a company's credentials are used, in memory."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from leadintake.adapters.memory.owned import in_utc

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import date, datetime
    from uuid import UUID

    from leadintake.adapters.memory.transaction import Transaction
    from leadintake.domain.alarm import Alarm
    from leadintake.domain.credential import LeadTokenId, Reveal


class MemoryCredentialLog:
    """`CredentialLog` in memory."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def note_uses(self, uses: Mapping[UUID, datetime]) -> None:
        """Keep when lead tokens and API keys were used, unless a later use is kept already."""
        kept = self._transaction.hold().uses
        for credential_id, at in uses.items():
            kept[credential_id] = max(in_utc(at), kept.get(credential_id, in_utc(at)))

    def last_uses(self) -> Mapping[UUID, datetime]:
        """Return when each of the company's credentials was last used."""
        return dict(self._transaction.rows.uses)

    def raise_alarms(self, alarms: Collection[Alarm]) -> Sequence[Alarm]:
        """Keep alarms, one of a kind for each lead token and day."""
        kept = self._transaction.hold_for(alarm.company_id for alarm in alarms).alarms
        first = []
        for alarm in alarms:
            place = (alarm.lead_token_id, alarm.kind, alarm.day)
            last = in_utc(alarm.last_seen_at)
            if (known := kept.get(place)) is None:
                first.append(alarm)
                kept[place] = replace(alarm, first_seen_at=in_utc(alarm.first_seen_at), last_seen_at=last)
            else:
                kept[place] = replace(known, last_seen_at=max(known.last_seen_at, last))
        return first

    def alarms(self, lead_token_id: LeadTokenId | None = None) -> Sequence[Alarm]:
        """Return the alarms about one lead token, or about all of them, the latest day first."""
        alarms = self._transaction.rows.alarms.values()
        mine = (alarm for alarm in alarms if lead_token_id in {None, alarm.lead_token_id})
        return sorted(mine, key=lambda alarm: (alarm.day, alarm.id), reverse=True)

    def note_reveal(self, reveal: Reveal) -> None:
        """Keep who was shown the text of a lead token."""
        kept = self._transaction.hold_for([reveal.company_id]).reveals
        kept[reveal.id] = replace(reveal, revealed_at=in_utc(reveal.revealed_at))

    def reveals(self, lead_token_id: LeadTokenId, *, limit: int) -> Sequence[Reveal]:
        """Return who was shown the text of a lead token, the latest first."""
        mine = [each for each in self._transaction.rows.reveals.values() if each.lead_token_id == lead_token_id]
        return sorted(mine, key=lambda each: each.id, reverse=True)[:limit]

    def count_operations(self, lead_token_id: LeadTokenId, *, day: date, count: int) -> int:
        """Count so many further operations by the lead token, and return how many that day has had with them."""
        kept = self._transaction.hold().operations
        kept[lead_token_id, day] = kept.get((lead_token_id, day), 0) + count
        return kept[lead_token_id, day]
