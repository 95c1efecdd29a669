"""Look after the company itself: what it is called, and how it reads numbers and times."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, TypedDict

from leadintake.domain.errors import NameTaken

if TYPE_CHECKING:
    from leadintake.domain.company import Company, CompanyId
    from leadintake.domain.ports import UnitOfWorkFactory


class CompanyData(TypedDict, total=False):
    """What is to change about a company: only what is there is set. Its currency stays; see ADR 0035."""

    name: str
    region: str
    time_zone: str


def change_company(company_id: CompanyId, data: CompanyData, *, unit_of_work: UnitOfWorkFactory) -> Company:
    """Change what is given of a company, and return it as it is then.

    What is kept stays as it is: numbers in E.164, times as instants. It is read by the new zone and region from now on.

    Raises: NotFound: there is no such company. NameTaken: another one of the installation is called so.
    Source: ADR 0035.
    """
    with unit_of_work(company_id) as uow:
        uow.directory.hold()
        company = replace(uow.directory.current().company, **data)
        try:
            uow.directory.save_company(company)
        except NameTaken as taken:
            raise NameTaken(errors={"name": ["is already taken"]}) from taken
        uow.commit()
    return company
