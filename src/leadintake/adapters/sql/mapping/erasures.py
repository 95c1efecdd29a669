"""Evidence of consent, and what is left of those who were erased."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from leadintake.domain.company import CompanyId
from leadintake.domain.consent import Certificate, Consent, Witness
from leadintake.domain.erasure import ErasedCaller, Erasure, ErasureId, Removed
from leadintake.domain.lead import LeadId
from leadintake.domain.phone import PhoneNumber
from leadintake.domain.submission import SubmissionId

if TYPE_CHECKING:
    from sqlalchemy import Row


def to_consent(row: Row[Any]) -> Consent:
    """Return the evidence of a row of `consents`."""
    return Consent(
        company_id=CompanyId(row.company_id),
        submission_id=SubmissionId(row.submission_id),
        lead_id=LeadId(row.lead_id),
        caller=PhoneNumber(row.caller),
        received_at=row.received_at,
        certificates=tuple(Certificate(Witness(one[0]), one[1], one[2]) for one in row.certificates),
        page_url=row.page_url,
        caller_ip=row.caller_ip,
        remote_ip=row.remote_ip,
        user_agent=row.user_agent,
        disclosure=row.disclosure,
        consented_at=row.consented_at,
    )


def from_consent(consent: Consent) -> dict[str, Any]:
    """Return the row of evidence."""
    return {
        "company_id": consent.company_id,
        "submission_id": consent.submission_id,
        "lead_id": consent.lead_id,
        "caller": consent.caller.e164,
        "received_at": consent.received_at,
        "certificates": [[one.witness.value, one.name, one.value] for one in consent.certificates],
        "page_url": consent.page_url,
        "caller_ip": consent.caller_ip,
        "remote_ip": consent.remote_ip,
        "user_agent": consent.user_agent,
        "disclosure": consent.disclosure,
        "consented_at": consent.consented_at,
    }


def to_erased_caller(row: Row[Any]) -> ErasedCaller:
    """Return the one of a row of `erased_callers`."""
    return ErasedCaller(
        company_id=CompanyId(row.company_id),
        digest=bytes(row.digest),
        was_opted_out=row.was_opted_out,
        erased_at=row.erased_at,
        erasure_id=ErasureId(row.erasure_id),
    )


def from_erased_caller(erased: ErasedCaller) -> dict[str, Any]:
    """Return the row of somebody erased."""
    return {
        "company_id": erased.company_id,
        "digest": erased.digest,
        "was_opted_out": erased.was_opted_out,
        "erased_at": erased.erased_at,
        "erasure_id": erased.erasure_id,
    }


def to_erasure(row: Row[Any]) -> Erasure:
    """Return the receipt of a row of `erasures`; a number that was not counted then is none."""
    return Erasure(
        company_id=CompanyId(row.company_id),
        id=ErasureId(row.id),
        erased_at=row.erased_at,
        was_opted_out=row.was_opted_out,
        removed=Removed(**row.removed),
    )


def from_erasure(erasure: Erasure) -> dict[str, Any]:
    """Return the row of a receipt."""
    return {
        "company_id": erasure.company_id,
        "id": erasure.id,
        "erased_at": erasure.erased_at,
        "was_opted_out": erasure.was_opted_out,
        "removed": erasure.removed.as_mapping(),
    }
