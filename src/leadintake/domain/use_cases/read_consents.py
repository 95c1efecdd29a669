"""Read what came as evidence of consent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadintake.domain.errors import NotFound

if TYPE_CHECKING:
    from collections.abc import Sequence

    from leadintake.domain.company import CompanyId
    from leadintake.domain.consent import Consent
    from leadintake.domain.lead import LeadId
    from leadintake.domain.ports import UnitOfWorkFactory


def list_consents(company_id: CompanyId, lead_id: LeadId, *, reading: UnitOfWorkFactory) -> Sequence[Consent]:
    """Return the evidence that came for a lead, oldest first. Raises: NotFound: there is no such lead."""
    with reading(company_id) as uow:
        lead = uow.leads.find(lead_id)
        if lead is None:
            raise NotFound
        return [consent for consent in uow.consents.of_caller(lead.caller) if consent.lead_id == lead_id]
