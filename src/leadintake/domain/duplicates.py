"""Duplicates: whom an owner does not take again. Source: specification, section 3.3, step 4."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from leadintake.domain.errors import DuplicateLead
from leadintake.domain.lead import LeadStatus
from leadintake.domain.owner_rules import DuplicateScope

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from leadintake.domain.claims import Claim
    from leadintake.domain.lead import Lead

SAME_SOURCE = "came from this traffic source before"
TOO_SOON = "was submitted before, within the time in which duplicates are refused"


def duplicate(claim: Claim, earlier: Iterable[Lead], *, now: datetime) -> DuplicateLead | None:
    """Return the refusal of a caller who was here before, or None.

    Args:
        claim: What is asked for.
        earlier: The caller's leads, live and ended; a removed one is as if it had never been.
        now: The moment up to which the timeframe reaches; a lead exactly as old as that is no duplicate any more.
    """
    rules = claim.owner.rules
    in_scope = [
        lead
        for lead in earlier
        if lead.status is not LeadStatus.REMOVED
        and (rules.duplicate_scope is DuplicateScope.COMPANY or lead.owner == claim.owner.ref)
    ]
    if rules.duplicate_timeframe > timedelta() and any(
        now - lead.created_at < rules.duplicate_timeframe for lead in in_scope
    ):
        return DuplicateLead(errors={"caller_id": [TOO_SOON]}, error_codes={"caller_id": ["duplicate_timeframe"]})
    source = claim.attribution.traffic_source_id
    if rules.rejects_same_source and source is not None:
        sources = {lead.attribution.traffic_source_id for lead in in_scope}
        if source in sources:
            return DuplicateLead(errors={"caller_id": [SAME_SOURCE]}, error_codes={"caller_id": ["same_source"]})
    return None
