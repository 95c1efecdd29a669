"""`/api/v1/company`: the company that the API key belongs to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from leadintake.domain.credential import Permission
from leadintake.entrypoints.api.company.operations import CompanyBlueprint, operation, shown
from leadintake.entrypoints.api.context import services
from leadintake.entrypoints.schemas.company.company import ONE_COMPANY, ChangedCompanySchema

if TYPE_CHECKING:
    from leadintake.domain.credential import ApiKey
    from leadintake.domain.use_cases.manage_company import CompanyData

bp = CompanyBlueprint("company", "The company")


@operation(bp, "GET", "/company", needs=Permission.READ, answers=ONE_COMPANY)
def read_company(key: ApiKey) -> dict[str, Any]:
    """Show the company."""
    return shown("company", services().read_directory(key.company_id).company)


@operation(bp, "PATCH PUT", "/company", needs=Permission.ADMIN, body=ChangedCompanySchema(), answers=ONE_COMPANY)
def change_company(key: ApiKey, data: CompanyData) -> dict[str, Any]:
    """Change the company's region or its time zone; its name and its currency stay."""
    return shown("company", services().change_company(key.company_id, data))
