"""Read submissions: what was sent of late, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from leadintake.domain.errors import NotFound
from leadintake.domain.submission import Outcome

if TYPE_CHECKING:
    from collections.abc import Sequence

    from leadintake.domain.company import CompanyId
    from leadintake.domain.ports import UnitOfWorkFactory
    from leadintake.domain.submission import Submission, SubmissionId

LOOKED_THROUGH: Final = 10_000
"""How many of the newest are looked through for those that match."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListSubmissions:
    """Which of the newest submissions to list: those refused only, those refused with one code; at most `limit`."""

    company_id: CompanyId
    only_refused: bool = False
    code: str | None = None
    limit: int = 25


def list_submissions(command: ListSubmissions, *, reading: UnitOfWorkFactory) -> Sequence[Submission]:
    """Return the newest submissions that match, newest first."""
    is_filtered = command.only_refused or command.code is not None
    with reading(command.company_id) as uow:
        newest = uow.submissions.newest(limit=LOOKED_THROUGH if is_filtered else command.limit)
    return [each for each in newest if _matches(each, command)][: command.limit]


def read_submission(company_id: CompanyId, submission_id: SubmissionId, *, reading: UnitOfWorkFactory) -> Submission:
    """Return one submission. Raises: NotFound: it is not among the newest of the company."""
    with reading(company_id) as uow:
        newest = uow.submissions.newest(limit=LOOKED_THROUGH)
    found = next((each for each in newest if each.receipt.id == submission_id), None)
    if found is None:
        raise NotFound
    return found


def _matches(submission: Submission, command: ListSubmissions) -> bool:
    is_refused = submission.outcome is Outcome.REFUSED
    return (is_refused or not command.only_refused) and command.code in {None, submission.code}
