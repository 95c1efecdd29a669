"""Replay an unclaimed submission: the administrator says whose it is, and it is filed and judged there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from leadintake.domain.claims import examine
from leadintake.domain.counting import counted, counted_as
from leadintake.domain.errors import NotFound, StaleWrite
from leadintake.domain.submission import Outcome, Receipt
from leadintake.domain.use_cases.enroll_leads import digest_read, hold, store
from leadintake.domain.use_cases.replay_submissions import NO_EDITS, Replayed, as_of_then, judged

if TYPE_CHECKING:
    from collections.abc import Sequence

    from leadintake.domain.company import CompanyId
    from leadintake.domain.owner import OwnerRef
    from leadintake.domain.ports import Clock, Installation, Keyring, NewId, UnitOfWorkFactory
    from leadintake.domain.submission import Submission, SubmissionId, UnclaimedSubmission
    from leadintake.domain.use_cases.replay_submissions import ReadKept


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayUnclaimed:
    """Which sample to judge, and under which owner of which company."""

    company_id: CompanyId
    owner: OwnerRef
    submission_id: SubmissionId
    is_dry_run: bool = False


def list_unclaimed(*, installation: Installation) -> Sequence[UnclaimedSubmission]:
    """Return the samples that are kept, newest first."""
    return installation.unclaimed()


def read_unclaimed(submission_id: SubmissionId, *, installation: Installation) -> UnclaimedSubmission:
    """Return one sample. Raises: NotFound: there is none of that id."""
    sample = next((each for each in installation.unclaimed() if each.id == submission_id), None)
    if sample is None:
        raise NotFound
    return sample


def replay_unclaimed(
    command: ReplayUnclaimed,
    read: ReadKept,
    *,
    installation: Installation,
    unit_of_work: UnitOfWorkFactory,
    keyring: Keyring,
    clock: Clock,
    new_id: NewId,
) -> Replayed:
    """File the sample in the company's ledger under its own id, with the verdict it has now.

    From then on it is a submission like any other, and no sample any more; filing it again changes nothing.

    Raises: NotFound: there is no such sample, or the company has no such owner. NotReplayable, Malformed, TooLarge:
        it cannot be read. StaleWrite, Unavailable, OutcomeUnknown: doing it again is safe.
    """
    try:
        replayed = _file(command, read, installation, unit_of_work, keyring, clock, new_id)
    except StaleWrite:
        # Whoever was faster with this caller, or with this very sample, has committed by now.
        replayed = _file(command, read, installation, unit_of_work, keyring, clock, new_id)
    if not command.is_dry_run:
        installation.forget_unclaimed([command.submission_id])
    return replayed


def _file(
    command: ReplayUnclaimed,
    read: ReadKept,
    installation: Installation,
    unit_of_work: UnitOfWorkFactory,
    keyring: Keyring,
    clock: Clock,
    new_id: NewId,
) -> Replayed:
    with unit_of_work(command.company_id) as uow:
        directory = uow.directory.current()
        if directory.owner(command.owner) is None:
            raise NotFound
        if (filed := uow.submissions.find(command.submission_id)) is not None:
            return Replayed(submission=filed, outcome=Outcome.UNCHANGED, lead_id=filed.lead_id)
        sample = read_unclaimed(command.submission_id, installation=installation)
        enroll = as_of_then(_receipt(sample, command.company_id), command.owner, directory.company, NO_EDITS, read)
        claim = examine(enroll, directory)
        held = hold(uow, [claim], directory, keyring=keyring, clock=clock)
        # Asked again once the caller is held: whoever filed it or erased the caller meanwhile has taken it away.
        if all(each.id != command.submission_id for each in installation.unclaimed()):
            raise StaleWrite
        decision = judged(enroll, claim, held.snapshot, now=clock(), new_id=new_id)
        submission: Submission = decision.submission(
            caller_digest=digest_read(claim, decision, directory, keyring),
            counted_as=counted_as(decision, claim, directory),
        )
        if not command.is_dry_run:
            store(uow, [decision], held)
            uow.submissions.append_all([submission])
            uow.rollups.append_all(counted([submission]))
            # It is older than what was filed meanwhile, and must be emptied in its time all the same.
            uow.submissions.reconsider(submission.receipt.id)
            uow.commit()
    return Replayed(
        submission=submission,
        outcome=decision.outcome,
        refusal=decision.refusal,
        lead_id=None if command.is_dry_run else submission.lead_id,
        notices=decision.notices,
    )


def _receipt(sample: UnclaimedSubmission, company_id: CompanyId) -> Receipt:
    return Receipt(
        id=sample.id,
        company_id=company_id,
        lead_token_id=None,
        received_at=sample.received_at,
        route=sample.route,
        remote_ip=sample.remote_ip,
        request=sample.request,
    )
