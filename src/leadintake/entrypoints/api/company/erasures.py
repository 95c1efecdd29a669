"""Consent and erasure: what a lead's sender handed over as evidence, and people taken out of everything."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from leadintake.domain.credential import Permission
from leadintake.domain.phone import PhoneNumber
from leadintake.domain.use_cases.erase_callers import EraseCallers
from leadintake.entrypoints.api.company.operations import CompanyBlueprint, listed, operation
from leadintake.entrypoints.api.context import services
from leadintake.entrypoints.schemas.company.erasures import (
    CONSENTS,
    ERASURE,
    ERASURES,
    EraseCallerSchema,
    ListErasuresSchema,
    erasure_document,
)

if TYPE_CHECKING:
    from leadintake.domain.credential import ApiKey
    from leadintake.domain.lead import LeadId
    from leadintake.domain.use_cases.paging import Window

bp = CompanyBlueprint("erasures", "Consent and erasure")


@operation(bp, "GET", "/leads/<lead_id>/consents", needs=Permission.READ, answers=CONSENTS)
def list_consents(key: ApiKey, lead_id: LeadId) -> dict[str, Any]:
    """List the evidence of consent that came for a lead, oldest first."""
    consents = services().list_consents(key.company_id, lead_id)
    return {"consents": consents, "metadata": {"root": "consents", "total_count": len(consents)}}


@operation(
    bp,
    "POST",
    "/contacts/<caller_id>/caller_erase",
    needs=Permission.ADMIN,
    query=EraseCallerSchema(),
    answers=ERASURE,
)
def erase_caller(key: ApiKey, asked: dict[str, Any], caller_id: str) -> dict[str, Any]:
    """Erase a caller: everything that is kept of them goes for good, save that they wished to be left alone."""
    caller = PhoneNumber.parse(caller_id, services().read_directory(key.company_id).company.region)
    is_dry_run = asked["dry_run"]
    command = EraseCallers(company_id=key.company_id, callers=[caller], is_rehearsal=is_dry_run)
    [erased] = services().erase_callers(command)
    return {
        "erasure": erasure_document(erased.erasure, is_done=not is_dry_run or not erased.is_new),
        "metadata": {"root": "erasure", "is_new": erased.is_new, "dry_run": is_dry_run},
    }


@operation(bp, "GET", "/erasures", needs=Permission.READ, query=ListErasuresSchema(), answers=ERASURES)
def list_erasures(key: ApiKey, window: Window) -> dict[str, Any]:
    """List the receipts of erasures, newest first; they name nobody."""
    return listed("erasures", services().list_erasures(key.company_id, window), window)
