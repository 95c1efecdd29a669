"""The net under the companies: what belongs to one is never written from a unit of another."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from leadintake.domain.company import CompanyId


class ForeignCompany(Exception):
    """A value of another company reached a unit of work: a fault of ours, stopped before it is written."""


def require_own(company_id: CompanyId, owners: Iterable[CompanyId]) -> None:
    """Refuse values whose company is not the unit's.

    Raises: ForeignCompany: there is one.
    """
    for owner in owners:
        if owner != company_id:
            raise ForeignCompany
