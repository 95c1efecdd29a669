"""Count a request against the budgets that it is limited by."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from leadintake.domain.budget import Budget, Counted, client_of
from leadintake.domain.errors import TooManyRequests

if TYPE_CHECKING:
    from collections.abc import Sequence

    from leadintake.domain.budget import Standing
    from leadintake.domain.company import CompanyId
    from leadintake.domain.credential import LeadTokenCredential
    from leadintake.domain.ports import Client, RequestCounter


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestLimits:
    """How many requests a minute the installation takes of each client and of each company; None for any number."""

    per_address: int | None = None
    per_company: int | None = None


def count_request(
    company_id: CompanyId,
    *,
    lead_token: LeadTokenCredential | None,
    client: Client,
    limits: RequestLimits,
    counter: RequestCounter | None,
) -> Sequence[Standing]:
    """Count one request, and say how the budgets stand that it is limited by; none for most.

    Args:
        company_id: Whose credential it came by.
        lead_token: The lead token that it came by, None for an API key.
        client: Where it came from.
        limits: The installation's.
        counter: Where requests are counted; None where nothing is limited.

    Raises: TooManyRequests: one of the budgets is used up; the request was counted in none.
    """
    if counter is None:
        return ()
    budgets = []
    rate = None if lead_token is None else lead_token.rules.rate_per_minute
    if lead_token is not None and rate is not None:
        budgets.append(Budget(counted=Counted.LEAD_TOKEN, of=str(lead_token.id), per_minute=rate))
    if limits.per_address is not None:
        budgets.append(Budget(counted=Counted.ADDRESS, of=client_of(client()), per_minute=limits.per_address))
    if limits.per_company is not None:
        budgets.append(Budget(counted=Counted.COMPANY, of=str(company_id), per_minute=limits.per_company))
    if not budgets:
        return ()
    standings = counter.take(budgets)
    if any(each.is_over for each in standings):
        raise TooManyRequests(standings=standings)
    return standings
