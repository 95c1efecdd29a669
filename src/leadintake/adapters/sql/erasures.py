"""`ConsentLog` and `ErasureLog`: evidence of consent, and what is left of those who were erased."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import and_, delete, func, select

from leadintake.adapters.sql import mapping
from leadintake.adapters.sql.tables import consents, erased_callers, erasures
from leadintake.adapters.sql.tenancy import require_own
from leadintake.domain.ports import ErasurePage

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy import ColumnElement, Connection

    from leadintake.domain.company import CompanyId
    from leadintake.domain.consent import Consent
    from leadintake.domain.erasure import ErasedCaller, Erasure
    from leadintake.domain.phone import PhoneNumber


class SqlConsents:
    """Evidence over the ``consents`` table."""

    def __init__(self, connection: Connection, company_id: CompanyId) -> None:
        """Work for one company over one connection."""
        self._connection = connection
        self._company_id = company_id

    def append_all(self, evidence: Collection[Consent]) -> None:
        """Keep this evidence."""
        require_own(self._company_id, (consent.company_id for consent in evidence))
        if evidence:
            self._connection.execute(consents.insert(), [mapping.from_consent(consent) for consent in evidence])

    def of_caller(self, caller: PhoneNumber) -> Sequence[Consent]:
        """Return what came for that caller."""
        mine = and_(consents.c.company_id == self._company_id, consents.c.caller == caller.e164)
        # Sorted here: for their order SQLite would walk along all evidence of the company.
        found = map(mapping.to_consent, self._connection.execute(select(consents).where(mine)))
        return sorted(found, key=lambda each: each.submission_id)

    def erase(self, caller: PhoneNumber) -> int:
        """Destroy the evidence about a caller."""
        mine = and_(consents.c.company_id == self._company_id, consents.c.caller == caller.e164)
        return self._connection.execute(delete(consents).where(mine)).rowcount


class SqlErasures:
    """Erased callers and receipts over the tables ``erased_callers`` and ``erasures``."""

    def __init__(self, connection: Connection, company_id: CompanyId) -> None:
        """Work for one company over one connection."""
        self._connection = connection
        self._company_id = company_id

    def opted_out(self, digests: Collection[bytes]) -> Mapping[bytes, datetime]:
        """Return those to be left alone."""
        columns = erased_callers.c
        query = select(columns.digest, columns.erased_at).where(self._under(digests), columns.was_opted_out)
        return {bytes(row.digest): row.erased_at for row in self._connection.execute(query)}

    def find(self, digests: Collection[bytes]) -> ErasedCaller | None:
        """Return the latest under these digests."""
        latest = erased_callers.c.erased_at.desc(), erased_callers.c.erasure_id.desc()
        query = select(erased_callers).where(self._under(digests)).order_by(*latest).limit(1)
        row = self._connection.execute(query).first()
        return mapping.to_erased_caller(row) if row else None

    def keep(self, erased: ErasedCaller) -> None:
        """Keep somebody erased."""
        require_own(self._company_id, [erased.company_id])
        self._connection.execute(delete(erased_callers).where(self._under([erased.digest])))
        self._connection.execute(erased_callers.insert(), mapping.from_erased_caller(erased))

    def add(self, erasure: Erasure) -> None:
        """Keep a receipt."""
        require_own(self._company_id, [erasure.company_id])
        mine = and_(erasures.c.company_id == self._company_id, erasures.c.id == erasure.id)
        self._connection.execute(delete(erasures).where(mine))
        self._connection.execute(erasures.insert(), mapping.from_erasure(erasure))

    def receipt(self, erasure_id: UUID) -> Erasure | None:
        """Return that receipt."""
        mine = and_(erasures.c.company_id == self._company_id, erasures.c.id == erasure_id)
        row = self._connection.execute(select(erasures).where(mine)).first()
        return mapping.to_erasure(row) if row else None

    def receipts(self, *, offset: int, limit: int) -> ErasurePage:
        """Return a page of the receipts."""
        mine = erasures.c.company_id == self._company_id
        query = select(erasures).where(mine).order_by(erasures.c.id.desc()).offset(offset).limit(limit)
        found = [mapping.to_erasure(row) for row in self._connection.execute(query)]
        total = self._connection.execute(select(func.count()).select_from(erasures).where(mine)).scalar_one()
        return ErasurePage(found, total)

    def _under(self, digests: Collection[bytes]) -> ColumnElement[bool]:
        columns = erased_callers.c
        return and_(columns.company_id == self._company_id, columns.digest.in_(sorted(digests)))
