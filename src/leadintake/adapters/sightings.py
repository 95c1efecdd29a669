"""What one process sees of credentials, kept in memory until it is written down.

A use costs a lead's way one entry in a dictionary. What is not written down yet ends with the process: at most a
minute of knowing when a credential was last used.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from leadintake.domain.ports import Leak, Sighted

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date
    from uuid import UUID

    from leadintake.domain.company import CompanyId
    from leadintake.domain.credential import LeadTokenId
    from leadintake.domain.ports import Clock

_BETWEEN_WRITING: Final = timedelta(minutes=1)
_LONG_AGO: Final = datetime.min.replace(tzinfo=UTC)
_MOST_ORIGIN_CHARS: Final = 300


class SightingBook:
    """`Sightings` of one process; any number of threads note, one asks what is due."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._uses: dict[UUID, tuple[CompanyId, datetime]] = {}
        self._leaks: dict[tuple[LeadTokenId, date], tuple[CompanyId, Leak]] = {}
        # What was written down last, and when, of each of the above.
        self._written: dict[object, tuple[datetime, datetime]] = {}

    def used(self, company_id: CompanyId, credential_id: UUID) -> None:
        """Note a use."""
        self._uses[credential_id] = (company_id, self._clock())

    def leaked(self, company_id: CompanyId, lead_token_id: LeadTokenId, *, origin: str) -> None:
        """Note a leak; of two threads that note one at the same moment, either may be the one that is kept."""
        now = self._clock()
        place = (lead_token_id, now.astimezone(UTC).date())
        if (known := self._leaks.get(place)) is not None:
            leak = replace(known[1], last_seen_at=now)
        else:
            shown = "".join(filter(str.isprintable, origin))[:_MOST_ORIGIN_CHARS]
            leak = Leak(lead_token_id=lead_token_id, first_seen_at=now, last_seen_at=now, origin=shown)
        self._leaks[place] = (company_id, leak)

    def due(self) -> Sequence[Sighted]:
        """Return what is to be written down now."""
        now = self._clock()
        uses: dict[CompanyId, dict[UUID, datetime]] = {}
        leaks: dict[CompanyId, list[Leak]] = {}
        # Copied in one step: other threads go on noting meanwhile.
        for credential_id, (company_id, at) in list(self._uses.items()):
            if self._is_due(credential_id, at, now):
                uses.setdefault(company_id, {})[credential_id] = at
        for place, (company_id, leak) in list(self._leaks.items()):
            if self._is_due(place, leak.last_seen_at, now):
                leaks.setdefault(company_id, []).append(leak)
        return [
            Sighted(company_id=company_id, uses=uses.get(company_id, {}), leaks=leaks.get(company_id, ()))
            for company_id in sorted(uses.keys() | leaks.keys())
        ]

    def written(self, sighted: Sighted) -> None:
        """Note that this was written down, and forget the leaks of days that are over."""
        now = self._clock()
        today = now.astimezone(UTC).date()
        for credential_id, at in sighted.uses.items():
            self._written[credential_id] = (at, now)
        for leak in sighted.leaks:
            place = (leak.lead_token_id, leak.first_seen_at.astimezone(UTC).date())
            self._written[place] = (leak.last_seen_at, now)
            if place[1] < today:
                self._leaks.pop(place, None)
                self._written.pop(place, None)

    def _is_due(self, place: object, at: datetime, now: datetime) -> bool:
        last_at, last_written_at = self._written.get(place, (_LONG_AGO, _LONG_AGO))
        return at > last_at and now >= last_written_at + _BETWEEN_WRITING
