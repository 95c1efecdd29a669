"""Show a lead token to somebody who is signed in, and note that."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from leadintake.domain.credential import Reveal
from leadintake.domain.errors import LeadTokenEnded, NotFound

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from leadintake.domain.company import CompanyId
    from leadintake.domain.credential import LeadTokenId, LeadTokenSecret
    from leadintake.domain.minting import Mint
    from leadintake.domain.ports import UnitOfWorkFactory
    from leadintake.domain.user import UserId

_MOST_SHOWN: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownReveal:
    """Somebody was shown a lead token; `email` is None for a user who is no more."""

    email: str | None
    revealed_at: datetime


def reveal_to_user(
    company_id: CompanyId, lead_token_id: LeadTokenId, user_id: UserId, *, unit_of_work: UnitOfWorkFactory, mint: Mint
) -> LeadTokenSecret:
    """Return the text of a lead token, once it is noted who was shown it.

    Raises: NotFound: the company has none of that id. LeadTokenEnded: it works no more, so there is no use for it.
    """
    with unit_of_work(company_id) as uow:
        credential, now = uow.directory.find_lead_token(lead_token_id), mint.clock()
        if credential is None:
            raise NotFound
        if not credential.is_alive(at=now):
            raise LeadTokenEnded
        uow.credentials.note_reveal(
            Reveal(
                id=mint.new_id(),
                company_id=company_id,
                lead_token_id=lead_token_id,
                user_id=user_id,
                revealed_at=now,
            )
        )
        uow.commit()
    return mint.reveal(credential)


def list_reveals(
    company_id: CompanyId, lead_token_id: LeadTokenId, *, reading: UnitOfWorkFactory
) -> Sequence[ShownReveal]:
    """Return who was shown a lead token last, the latest first."""
    with reading(company_id) as uow:
        names = {user.id: user.email for user in uow.directory.users()}
        reveals = uow.credentials.reveals(lead_token_id, limit=_MOST_SHOWN)
    return [ShownReveal(email=names.get(each.user_id), revealed_at=each.revealed_at) for each in reveals]
