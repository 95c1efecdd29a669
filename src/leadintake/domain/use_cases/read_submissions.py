"""Read submissions: one, or a page of those that match."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from leadintake.domain.errors import NotFound
from leadintake.domain.ports import SubmissionFilter
from leadintake.domain.use_cases.paging import Window

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from leadintake.domain.company import CompanyId
    from leadintake.domain.lead import LeadId
    from leadintake.domain.owner import OwnerRef
    from leadintake.domain.ports import UnitOfWorkFactory
    from leadintake.domain.submission import Outcome, Submission, SubmissionId


@dataclass(frozen=True, slots=True, kw_only=True)
class ListSubmissions(Window):
    """Which submissions to list; None leaves a column open.

    Shape: `received_from` is inclusive, `received_to` is not. `after` is the last submission of the page before; it
    takes the place of the page's number.
    """

    company_id: CompanyId
    outcome: Outcome | None = None
    code: str | None = None
    owner: OwnerRef | None = None
    lead_id: LeadId | None = None
    received_from: datetime | None = None
    received_to: datetime | None = None
    after: SubmissionId | None = None


@dataclass(frozen=True, slots=True)
class ListedSubmissions:
    """One page of submissions, newest first.

    Shape: `total_count` is how many match in all; `next` is where the following page begins, None when this is the
    last one.
    """

    submissions: Sequence[Submission]
    total_count: int
    next: SubmissionId | None


def list_submissions(command: ListSubmissions, *, reading: UnitOfWorkFactory) -> ListedSubmissions:
    """Return that page of the company's submissions, newest first."""
    wanted = SubmissionFilter(
        outcome=command.outcome,
        code=command.code,
        owner=command.owner,
        lead_id=command.lead_id,
        received_from=command.received_from,
        received_to=command.received_to,
        after=command.after,
    )
    offset = 0 if command.after else command.offset
    with reading(command.company_id) as uow:
        # One more than is shown: whether there is a next page is known without counting.
        found = uow.submissions.search(wanted, offset=offset, limit=command.per_page + 1)
    shown = found.submissions[: command.per_page]
    has_more = len(found.submissions) > len(shown)
    return ListedSubmissions(shown, found.total_count, shown[-1].receipt.id if has_more else None)


def read_submission(company_id: CompanyId, submission_id: SubmissionId, *, reading: UnitOfWorkFactory) -> Submission:
    """Return one submission. Raises: NotFound: the company has none of that id."""
    with reading(company_id) as uow:
        submission = uow.submissions.find(submission_id)
    if submission is None:
        raise NotFound
    return submission
