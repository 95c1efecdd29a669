"""Watch an owner's intake while somebody sets a sender up: what has come, and what of it is as it should be."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from leadintake.domain.consent import carries_consent
from leadintake.domain.errors import NotFound, Refusal
from leadintake.domain.ports import SubmissionFilter
from leadintake.domain.submission import Outcome

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from leadintake.domain.company import CompanyId
    from leadintake.domain.directory import Directory
    from leadintake.domain.owner import Owner, OwnerRef
    from leadintake.domain.ports import UnitOfWorkFactory
    from leadintake.domain.submission import Submission, SubmissionId
    from leadintake.domain.use_cases.replay_submissions import ReadKept

_MOST_WATCHED: Final = 200
_REPEATED: Final = frozenset({Outcome.UPDATED, Outcome.RESTARTED, Outcome.UNCHANGED})
_DUPLICATE: Final = "duplicate_lead"


class Watched(StrEnum):
    """What a sender gets right one after the other; in the order in which they are shown."""

    ARRIVED = "arrived"
    PHONE_VALID = "phone_valid"
    FIELDS_PRESENT = "fields_present"
    DUPLICATE_HANDLED = "duplicate_handled"
    CONSENT_PRESENT = "consent_present"


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchIntake:
    """Look at what an owner was sent after that submission, be there one of that id or not."""

    company_id: CompanyId
    owner: OwnerRef
    since: SubmissionId


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchedIntake:
    """What has come.

    Shape: `submissions` are the latest first. `is_so` says of what is watched whether some submission had it; what
    none had is False, and None where there is nothing to be had: no field is required.
    """

    submissions: Sequence[Submission]
    is_so: Mapping[Watched, bool | None]


def watch_intake(command: WatchIntake, read: ReadKept, *, reading: UnitOfWorkFactory) -> WatchedIntake:
    """Return what has come since, and what of it was as it should be.

    Args:
        command: Whose intake, since when.
        read: Reads what is kept of a request.
        reading: Units that only read.

    Raises: NotFound: the company has no such owner.
    """
    with reading(command.company_id) as uow:
        directory = uow.directory.current()
        owner = directory.owner(command.owner)
        if owner is None:
            raise NotFound
        wanted = SubmissionFilter(owner=command.owner)
        found = uow.submissions.following(wanted, after=command.since, limit=_MOST_WATCHED)
    told = [_told_by(submission, owner, directory, read) for submission in found]
    is_so: dict[Watched, bool | None] = {each: any(each in of_one for of_one in told) for each in Watched}
    if not any(field.required for field in directory.fields_of(owner)):
        is_so[Watched.FIELDS_PRESENT] = None
    return WatchedIntake(submissions=list(reversed(found)), is_so=is_so)


def _told_by(submission: Submission, owner: Owner, directory: Directory, read: ReadKept) -> set[Watched]:
    told = {Watched.ARRIVED}
    if submission.has_caller:
        told.add(Watched.PHONE_VALID)
    if submission.outcome in _REPEATED or submission.code == _DUPLICATE:
        told.add(Watched.DUPLICATE_HANDLED)
    # What is kept no longer, or cannot be read again, is told by its verdict alone.
    if not submission.receipt.request:
        return told
    with suppress(Refusal):
        tokens = read(submission.receipt, owner.ref, directory.company, {}).tokens
        fields = [field for field in directory.fields_of(owner) if field.required]
        if all(field.fault(tokens.get(field.key), region=directory.company.region) is None for field in fields):
            told.add(Watched.FIELDS_PRESENT)
        if carries_consent(tokens):
            told.add(Watched.CONSENT_PRESENT)
    return told
