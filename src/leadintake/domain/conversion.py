"""Conversions: what came of a lead that is worth something, such as a sale; counted under the lead's source."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, NewType
from uuid import UUID

from leadintake.domain.erasure import mentions_none
from leadintake.domain.money import NOTHING, Amount

if TYPE_CHECKING:
    from datetime import datetime

    from leadintake.domain.call import CallId
    from leadintake.domain.company import CompanyId
    from leadintake.domain.stamp import Stamp

ConversionId = NewType("ConversionId", UUID)

DEFAULT_KIND: Final = "conversion"


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversion:
    """One conversion.

    Shape: `kind` is the company's word for what it is (a sale, an appointment). `external_id` is what whoever told us
    calls it, and no other conversion of the company is called so; a call may be. `call_id` is the call that it came
    of, where that is known. A conversion that was reversed, at `reversed_at`, counts no more and stays for the record.
    Units: `revenue` and `payout` in the smallest unit of the company's currency.
    """

    company_id: CompanyId
    id: ConversionId
    external_id: str | None = None
    stamp: Stamp
    call_id: CallId | None = None
    kind: str = DEFAULT_KIND
    occurred_at: datetime
    revenue: Amount = NOTHING
    payout: Amount = NOTHING
    reversed_at: datetime | None = None
    recorded_at: datetime
    corrected_at: datetime | None = None
    version: int = 1

    @property
    def counts(self) -> bool:
        """Say whether reports count it: it was not reversed."""
        return self.reversed_at is None

    def erased(self) -> Conversion:
        """Return this conversion with the person taken out, a version later; what reports count of it stays."""
        return replace(
            self,
            external_id=mentions_none(self.external_id, self.stamp.caller),
            stamp=self.stamp.erased(),
            kind=mentions_none(self.kind, self.stamp.caller) or DEFAULT_KIND,
            version=self.version + 1,
        )
