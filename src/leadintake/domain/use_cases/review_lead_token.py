"""Review a lead token: which leads it has brought in from a moment on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from leadintake.domain.errors import NotFound
from leadintake.domain.ports import SubmissionFilter
from leadintake.domain.submission import Outcome
from leadintake.domain.use_cases.paging import Window

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from leadintake.domain.company import CompanyId
    from leadintake.domain.credential import LeadTokenId
    from leadintake.domain.lead import Lead
    from leadintake.domain.ports import UnitOfWorkFactory
    from leadintake.domain.submission import SubmissionId

_BROUGHT_BY: Final = frozenset({Outcome.CREATED, Outcome.UPDATED, Outcome.RESTARTED})


@dataclass(frozen=True, slots=True, kw_only=True)
class BroughtLead:
    """A lead that came by a lead token, as it is now; `is_own` says that it began by that token."""

    lead: Lead
    outcome: Outcome
    received_at: datetime

    @property
    def is_own(self) -> bool:
        """Say whether the lead would not be there without the token."""
        return self.outcome is Outcome.CREATED


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadsSince(Window):
    """Which lead token's leads to list: those received at `since` or later, from the page after `after` on."""

    company_id: CompanyId
    lead_token_id: LeadTokenId
    since: datetime
    after: SubmissionId | None = None


@dataclass(frozen=True, slots=True)
class ListedLeadsSince:
    """One page, newest submission first; `next` begins the following one, None when this is the last."""

    leads: Sequence[BroughtLead]
    next: SubmissionId | None


def leads_since(command: LeadsSince, *, reading: UnitOfWorkFactory) -> ListedLeadsSince:
    """Return a page of what a lead token created and changed; a page may hold fewer than asked for, or none.

    Raises: NotFound: the company has no such lead token.
    """
    wanted = SubmissionFilter(lead_token_id=command.lead_token_id, received_from=command.since, after=command.after)
    with reading(command.company_id) as uow:
        if uow.directory.find_lead_token(command.lead_token_id) is None:
            raise NotFound
        found = uow.submissions.search(wanted, offset=0, limit=command.per_page + 1).submissions
        shown = found[: command.per_page]
        brought = [each for each in shown if each.lead_id is not None and each.outcome in _BROUGHT_BY]
        leads = {lead.id: lead for lead in uow.leads.find_all({each.lead_id for each in brought if each.lead_id})}
    listed = [
        BroughtLead(lead=leads[each.lead_id], outcome=each.outcome, received_at=each.receipt.received_at)
        for each in brought
        if each.lead_id in leads
    ]
    has_more = len(found) > len(shown)
    return ListedLeadsSince(listed, shown[-1].receipt.id if has_more else None)
