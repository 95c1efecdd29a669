"""Limits of requests: counting them, and telling senders how they stand.

The header fields are those of draft-ietf-httpapi-ratelimit-headers-10: lists of policies by name, ``q`` the quota,
``w`` the window, ``r`` what is left, ``t`` when there is more; the window and ``t`` in seconds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from flask import request

from leadintake.entrypoints.api.context import remote_ip

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from leadintake.bootstrap import Services
    from leadintake.domain.budget import Standing
    from leadintake.domain.company import CompanyId
    from leadintake.domain.credential import LeadTokenCredential

STANDINGS: Final = "leadintake.standings"
"""Where the WSGI environment of a request has the standings that its answer tells."""


def count(services: Services, company_id: CompanyId, lead_token: LeadTokenCredential | None = None) -> None:
    """Count the current request, and note how it stands for the answer.

    Args:
        services: The use cases.
        company_id: Whose credential it came by.
        lead_token: The lead token that it came by, None for an API key.

    Raises: TooManyRequests: it is one too many.
    """
    if not services.counts_all_requests and (lead_token is None or lead_token.rules.rate_per_minute is None):
        return
    standings = services.count_request(company_id, lead_token=lead_token, client=remote_ip)
    if standings:
        request.environ[STANDINGS] = standings


def fields(standings: Sequence[Standing]) -> Mapping[str, str]:
    """Return the header fields that tell how these stand."""
    return {
        "RateLimit-Policy": ", ".join(map(_policy, standings)),
        "RateLimit": ", ".join(f'"{each.counted}";r={each.left};t={each.more_in_seconds}' for each in standings),
    }


def _policy(standing: Standing) -> str:
    window = "" if standing.window_seconds is None else f";w={standing.window_seconds}"
    return f'"{standing.counted}";q={standing.quota}{window}'
