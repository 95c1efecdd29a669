"""Read what a company has set up, and reveal the lead tokens of an owner."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadintake.domain.errors import NotFound

if TYPE_CHECKING:
    from collections.abc import Sequence

    from leadintake.domain.company import Company, CompanyId
    from leadintake.domain.credential import LeadTokenCredential, LeadTokenSecret
    from leadintake.domain.directory import Directory
    from leadintake.domain.minting import Mint
    from leadintake.domain.owner import OwnerRef
    from leadintake.domain.ports import Installation, UnitOfWorkFactory


def list_companies(*, installation: Installation) -> Sequence[Company]:
    """Return all companies of the installation, oldest first."""
    return installation.companies()


def read_directory(company_id: CompanyId, *, reading: UnitOfWorkFactory) -> Directory:
    """Return what the company has set up. Raises: NotFound: there is no such company."""
    with reading(company_id) as uow:
        return uow.directory.current()


def reveal_lead_tokens(
    company_id: CompanyId, owner: OwnerRef, *, reading: UnitOfWorkFactory, mint: Mint
) -> Sequence[tuple[LeadTokenCredential, LeadTokenSecret]]:
    """Return the owner's living lead tokens with their text, oldest first.

    Raises: NotFound: the company has no such owner.
    """
    with reading(company_id) as uow:
        if uow.directory.current().owner(owner) is None:
            raise NotFound
        now = mint.clock()
        tokens = [each for each in uow.directory.lead_tokens_of(owner) if each.is_alive(at=now)]
    return [(credential, mint.reveal(credential)) for credential in tokens]
