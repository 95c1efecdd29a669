"""Renew credentials: bring what was made with a previous secret key under the current one."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    from leadintake.domain.company import CompanyId
    from leadintake.domain.credential import LeadTokenCredential
    from leadintake.domain.minting import Mint
    from leadintake.domain.ports import Installation, Keyring, UnitOfWork, UnitOfWorkFactory

BATCH_SIZE: Final = 100
"""Lead tokens of one commit: a company's set-up is held meanwhile, and leads go on coming in."""


Progress: TypeAlias = "Callable[[int], AbstractContextManager[Callable[[int], None]]]"


@contextmanager
def _unseen(_total: int) -> Iterator[Callable[[int], None]]:
    yield lambda _count: None


@dataclass(frozen=True, slots=True, kw_only=True)
class RenewedCredentials:
    """What was done.

    Shape: `renewed` lead tokens were made anew, `current` needed it no more. `dependent_keys` are the living API keys
    that work only as long as a previous secret key is there: their private halves cannot be read, so whoever has one
    must be given another. `dependent_erasures` are all erasures there are: nobody can say which of their digests was
    made with which secret key. `has_previous` says whether there is a previous secret key at all.
    """

    renewed: int
    current: int
    dependent_keys: int
    dependent_erasures: int
    has_previous: bool


def renew_credentials(
    *,
    installation: Installation,
    unit_of_work: UnitOfWorkFactory,
    reading: UnitOfWorkFactory,
    mint: Mint,
    keyring: Keyring,
    progress: Progress = _unseen,
) -> RenewedCredentials:
    """Seal every lead token, and look it up, under the current secret key; safe while serving, and to do again.

    Args:
        installation: Where the companies are.
        unit_of_work: Units that may write.
        reading: Units that only read.
        mint: What reads lead tokens and makes them anew.
        keyring: Which secret keys there are.
        progress: Lent how many lead tokens there are to renew; told of each batch.

    Raises: Unavailable, StaleWrite: what is done stays done; do it again. Whatever the keyring raises for a lead token
        that was sealed under a secret key that it does not hold.
    """
    has_previous = len(keyring.key_ids) > 1
    total = stale = dependent = erasures = 0
    companies = [company.id for company in installation.companies()]
    for company_id in companies:
        with reading(company_id) as uow:
            total += len(uow.directory.all_lead_tokens())
            stale += len(_stale(uow, mint))
            dependent += sum(has_previous and key.key_id != keyring.key_ids[0] for key in uow.directory.api_keys())
            erasures += uow.erasures.receipts(offset=0, limit=1).total_count if has_previous else 0
    renewed = 0
    with progress(stale) as advance:
        for company_id in companies:
            while count := _renew_some(company_id, unit_of_work, mint):
                renewed += count
                advance(count)
    return RenewedCredentials(
        renewed=renewed,
        current=total - renewed,
        dependent_keys=dependent,
        dependent_erasures=erasures,
        has_previous=has_previous,
    )


def _renew_some(company_id: CompanyId, unit_of_work: UnitOfWorkFactory, mint: Mint) -> int:
    """Renew a batch of a company's lead tokens, and return how many those were; 0 when none is left."""
    with unit_of_work(company_id) as uow:
        if not _stale(uow, mint):
            # Nothing is held, and no new version of the directory made, for nothing.
            return 0
        # From here on nobody else changes a token: what is written over is what was read.
        uow.directory.hold()
        batch = _stale(uow, mint)[:BATCH_SIZE]
        for credential in batch:
            uow.directory.save_lead_token(mint.renewed(credential))
        uow.commit()
    return len(batch)


def _stale(uow: UnitOfWork, mint: Mint) -> list[LeadTokenCredential]:
    """Return the lead tokens that need a previous secret key."""
    return [each for each in uow.directory.all_lead_tokens() if not mint.is_renewed(each)]
