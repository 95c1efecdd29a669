"""Read submissions: one, a page of those that match, or those that have come since."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from leadintake.domain.errors import NotFound
from leadintake.domain.ports import MOST_COUNTED, SubmissionFilter
from leadintake.domain.use_cases.paging import Window

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime

    from leadintake.domain.company import CompanyId
    from leadintake.domain.credential import ApiKeyId, LeadTokenId
    from leadintake.domain.lead import LeadId
    from leadintake.domain.owner import OwnerRef
    from leadintake.domain.phone import PhoneNumber
    from leadintake.domain.ports import UnitOfWork, UnitOfWorkFactory
    from leadintake.domain.submission import Outcome, Replay, Submission, SubmissionId


@dataclass(frozen=True, slots=True, kw_only=True)
class ListSubmissions(Window):
    """Which submissions to list; None leaves a column open.

    Shape: `received_from` is inclusive, `received_to` is not. `after` is the last submission of the page before; it
    takes the place of the page's number. `caller` finds what touched a lead of theirs. With `among` only so many
    submissions are looked at for one page.
    """

    company_id: CompanyId
    outcome: Outcome | None = None
    code: str | None = None
    owner: OwnerRef | None = None
    lead_id: LeadId | None = None
    caller: PhoneNumber | None = None
    lead_token_id: LeadTokenId | None = None
    api_key_id: ApiKeyId | None = None
    route: str | None = None
    received_from: datetime | None = None
    received_to: datetime | None = None
    accepted: bool | None = None
    after: SubmissionId | None = None
    among: int | None = None


@dataclass(frozen=True, slots=True)
class ListedSubmissions:
    """One page of submissions, newest first.

    Shape: `total_count` is how many match in all, or so many that nobody counts on; `next` is where the following page
    begins, None when this is the last one. Where not all were looked at, `total_count` is how many of those match, and
    `until` is where they end: looking on from there finds what is older.
    """

    submissions: Sequence[Submission]
    total_count: int
    next: SubmissionId | None
    until: SubmissionId | None = None

    @property
    def is_count_exact(self) -> bool:
        """Say whether there may be no more than were counted."""
        return self.total_count < MOST_COUNTED


@dataclass(frozen=True, slots=True)
class SubmissionRecord:
    """One submission, and what became of it when it was judged again, oldest first."""

    submission: Submission
    replays: Sequence[Replay] = ()


def list_submissions(command: ListSubmissions, *, reading: UnitOfWorkFactory) -> ListedSubmissions:
    """Return that page of the company's submissions, newest first."""
    offset = 0 if command.after else command.offset
    with reading(command.company_id) as uow:
        wanted = _filter(command, uow)
        # One more than is shown: whether there is a next page is known without counting.
        found = uow.submissions.search(wanted, offset=offset, limit=command.per_page + 1, among=command.among)
    shown = found.submissions[: command.per_page]
    following = shown[-1].receipt.id if len(found.submissions) > len(shown) else None
    return ListedSubmissions(shown, found.total_count, following, None if following else found.until)


def count_codes(command: ListSubmissions, *, reading: UnitOfWorkFactory) -> Mapping[str, int]:
    """Count, by their codes, the refused ones of those that match, whatever code and page are asked for.

    Returns: The codes with the most first; as many of the newest are looked at as for a page.
    """
    with reading(command.company_id) as uow:
        counts = uow.submissions.count_codes(_filter(command, uow), among=command.among or MOST_COUNTED)
    return dict(sorted(counts.items(), key=lambda each: (-each[1], each[0])))


def follow_submissions(
    command: ListSubmissions, *, since: SubmissionId | None, reading: UnitOfWorkFactory
) -> Sequence[Submission]:
    """Return as many as a page holds of those that match and came after that one, oldest first."""
    with reading(command.company_id) as uow:
        return uow.submissions.following(_filter(command, uow), after=since, limit=command.per_page)


def read_submission(
    company_id: CompanyId, submission_id: SubmissionId, *, reading: UnitOfWorkFactory
) -> SubmissionRecord:
    """Return one submission. Raises: NotFound: the company has none of that id."""
    with reading(company_id) as uow:
        submission = uow.submissions.find(submission_id)
        if submission is None:
            raise NotFound
        replays = uow.submissions.replays_of([submission_id])
    return SubmissionRecord(submission, replays.get(submission_id, ()))


def list_replays(
    company_id: CompanyId, submission_ids: Collection[SubmissionId], *, reading: UnitOfWorkFactory
) -> Mapping[SubmissionId, Sequence[Replay]]:
    """Return the replays of those of these submissions that have any, oldest first."""
    with reading(company_id) as uow:
        return uow.submissions.replays_of(submission_ids)


def _filter(command: ListSubmissions, uow: UnitOfWork) -> SubmissionFilter:
    lead_ids = None if command.lead_id is None else frozenset({command.lead_id})
    if command.caller is not None:
        theirs = frozenset(lead.id for lead in uow.leads.of_callers([command.caller]))
        lead_ids = theirs if lead_ids is None else theirs & lead_ids
    return SubmissionFilter(
        outcome=command.outcome,
        code=command.code,
        owner=command.owner,
        lead_ids=lead_ids,
        lead_token_id=command.lead_token_id,
        api_key_id=command.api_key_id,
        route=command.route,
        received_from=command.received_from,
        received_to=command.received_to,
        accepted=command.accepted,
        after=command.after,
    )
