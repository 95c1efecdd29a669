"""Replay submissions: judge again what was refused, as if it came now, under its owner and with its own time.

Whoever asks for it reads what is kept of a request, by the very reading that the intake uses; here it is judged. What
was taken once is never taken again, and a wish to be left alone wins as it stands now. Source: specification,
section 11; ADR 0020, "Replays beside the verdict, and a ledger that is walked once".
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

from leadintake.domain.claims import Claim, EnrollLead, examine
from leadintake.domain.company import Company
from leadintake.domain.counting import counted_anew, counted_as
from leadintake.domain.enrollment import decide, refuse
from leadintake.domain.errors import NotFound, NotReplayable, Refusal, StaleWrite
from leadintake.domain.ports import SubmissionFilter
from leadintake.domain.submission import Outcome, Receipt, Replay, ReplayId, Submission, is_erased
from leadintake.domain.use_cases.enroll_leads import digest_read, hold, store

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from leadintake.domain.company import CompanyId
    from leadintake.domain.credential import ApiKeyId
    from leadintake.domain.decision import Decision, Snapshot
    from leadintake.domain.directory import Directory
    from leadintake.domain.lead import LeadId
    from leadintake.domain.notice import Notice
    from leadintake.domain.owner import OwnerRef
    from leadintake.domain.ports import Clock, Keyring, NewId, UnitOfWork, UnitOfWorkFactory
    from leadintake.domain.rollup import CountedAs
    from leadintake.domain.submission import SubmissionId
    from leadintake.domain.user import UserId

Edits: TypeAlias = Mapping[str, str | None]
"""Parameters to set, by name; None takes one out."""
ReadKept: TypeAlias = Callable[[Receipt, "OwnerRef | None", Company, Edits], EnrollLead]
"""Reads what is kept of a request into a command, under that owner unless the request names its own.

Raises: NotReplayable: it holds too little. Malformed, TooLarge, Invalid: as for a request that comes now.
"""

MOST_REPLAYS: Final = 250
"""As many submissions are replayed by one command."""
_BATCH: Final = 50
_MOST_ATTEMPTS: Final = 4
NO_EDITS: Final[Edits] = {}
_ENROLLING: Final = frozenset({"leads", "leads/capture", "leads/create_or_update"})
_IS_EMPTIED: Final = "What it held is not kept any more; send the lead anew."
_IS_ERASED: Final = "The person that it was about has been erased."
_IS_OPERATION: Final = "It is an operation on a caller who is known already; do that again instead."
_IS_TORN: Final = "What is kept of it is not whole, for it could not be read or was too large; send the lead anew."


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplaySubmissions:
    """Which submissions to judge again, oldest first: these, or else those refused ones that match.

    Shape: `after` is the last submission of the command before this one. `edits` hold for each of them. It is done on
    the word of an API key or of a user, with neither on the command line's.
    """

    company_id: CompanyId
    submission_ids: frozenset[SubmissionId] | None = None
    wanted: SubmissionFilter = field(default_factory=SubmissionFilter)
    after: SubmissionId | None = None
    limit: int = MOST_REPLAYS
    edits: Edits = field(default_factory=dict)
    is_dry_run: bool = False
    api_key_id: ApiKeyId | None = None
    user_id: UserId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Replayed:
    """What became of one submission.

    Shape: `outcome` is `unchanged` for one that was taken before; `refusal` says why it was not taken now. `lead_id` is
    the lead it was taken as, None when it touched none or would be one in earnest only.
    """

    submission: Submission
    outcome: Outcome
    refusal: Refusal | None = None
    lead_id: LeadId | None = None
    notices: tuple[Notice, ...] = ()

    @property
    def is_taken(self) -> bool:
        """Say whether it is taken by this replay."""
        return self.outcome not in {Outcome.REFUSED, Outcome.UNCHANGED}


@dataclass(frozen=True, slots=True)
class ReplayedSubmissions:
    """What became of each, oldest first; `next` is where the following command begins, None when this was the last."""

    replayed: Sequence[Replayed]
    next: SubmissionId | None


def replay_submissions(
    command: ReplaySubmissions,
    read: ReadKept,
    *,
    reading: UnitOfWorkFactory,
    unit_of_work: UnitOfWorkFactory,
    keyring: Keyring,
    clock: Clock,
    new_id: NewId,
) -> ReplayedSubmissions:
    """Judge submissions again, a batch in one commit, and keep what became of each beside its own verdict.

    A dry run judges each batch as it would, and keeps nothing.

    Raises: NotFound: the company has one of the submissions that are named not. StaleWrite, Unavailable,
        OutcomeUnknown: some may be left; replaying all of them again is safe.
    """
    found, following = _found(command, reading)
    work = _Work(command, read, unit_of_work, keyring, clock, new_id)
    replayed: list[Replayed] = []
    for start in range(0, len(found), _BATCH):
        replayed += work.judge([each.receipt.id for each in found[start : start + _BATCH]])
    return ReplayedSubmissions(replayed, following)


def _found(command: ReplaySubmissions, reading: UnitOfWorkFactory) -> tuple[Sequence[Submission], SubmissionId | None]:
    """Return the submissions meant, and where those begin that are left for the next command."""
    with reading(command.company_id) as uow:
        if command.submission_ids is not None:
            found = uow.submissions.find_all(command.submission_ids)
            if len(found) < len(command.submission_ids):
                raise NotFound
            return found, None
        wanted = replace(command.wanted, outcome=Outcome.REFUSED)
        found = uow.submissions.following(wanted, after=command.after, limit=command.limit + 1)
    shown = found[: command.limit]
    return shown, shown[-1].receipt.id if len(found) > len(shown) else None


@dataclass(frozen=True, slots=True)
class _Work:
    command: ReplaySubmissions
    read: ReadKept
    unit_of_work: UnitOfWorkFactory
    keyring: Keyring
    clock: Clock
    new_id: NewId

    def judge(self, submission_ids: Sequence[SubmissionId]) -> list[Replayed]:
        """Judge a batch; who meets another replay of the same submissions sees what that one did."""
        for _ in range(_MOST_ATTEMPTS - 1):
            try:
                return self._judge(submission_ids)
            except StaleWrite:
                continue
        return self._judge(submission_ids)

    def _judge(self, submission_ids: Sequence[SubmissionId]) -> list[Replayed]:
        with self.unit_of_work(self.command.company_id) as uow:
            directory = uow.directory.current()
            submissions = uow.submissions.find_all(submission_ids)
            commands = [self._read(each, directory.company) for each in submissions]
            examined = [one if isinstance(one, Refusal) else examine(one, directory) for one in commands]
            held = hold(uow, examined, directory, keyring=self.keyring, clock=self.clock)
            # Asked once everybody is held: whoever was faster has committed by now.
            taken = _taken(uow, submissions)
            if _erased(uow.submissions.find_all(submission_ids)) != _erased(submissions):
                raise StaleWrite
            now = self.clock()
            decisions: list[Decision] = []
            replayed = []
            judgements: dict[SubmissionId, _Judgement] = {}
            for each, one, claim in zip(submissions, commands, examined, strict=True):
                submission_id = each.receipt.id
                if submission_id in taken:
                    replayed.append(Replayed(submission=each, outcome=Outcome.UNCHANGED, lead_id=taken[submission_id]))
                elif isinstance(one, Refusal):
                    replayed.append(Replayed(submission=each, outcome=Outcome.REFUSED, refusal=one))
                else:
                    decisions.append(judged(one, claim, held.snapshot, now=now, new_id=self.new_id))
                    replayed.append(self._replayed(each, decisions[-1]))
                    digest = digest_read(claim, decisions[-1], directory, self.keyring)
                    judgements[submission_id] = _Judgement(digest, _began(decisions[-1], claim, directory))
            if not self.command.is_dry_run:
                store(uow, decisions, held)
                kept = [(each.submission, self._kept(each, now, judgements)) for each in replayed if _was_judged(each)]
                uow.submissions.add_replays([replay for _, replay in kept])
                uow.rollups.append_all(counted_anew(kept))
                uow.commit()
        return replayed

    def _read(self, submission: Submission, company: Company) -> EnrollLead | Refusal:
        if submission.outcome is not Outcome.REFUSED:
            # It was taken: nobody is to be held for it.
            return NotReplayable()
        try:
            return as_of_then(submission.receipt, submission.owner, company, self.command.edits, self.read)
        except Refusal as refusal:
            return refusal

    def _replayed(self, submission: Submission, decision: Decision) -> Replayed:
        lead_id = None if self.command.is_dry_run else decision.submission().lead_id
        return Replayed(
            submission=submission,
            outcome=decision.outcome,
            refusal=decision.refusal,
            lead_id=lead_id,
            notices=decision.notices,
        )

    def _kept(self, replayed: Replayed, now: datetime, judgements: Mapping[SubmissionId, _Judgement]) -> Replay:
        refusal = replayed.refusal
        judgement = judgements.get(replayed.submission.receipt.id, _Judgement())
        owner, counts_as = judgement.began or (None, None)
        return Replay(
            id=ReplayId(self.new_id()),
            company_id=self.command.company_id,
            submission_id=replayed.submission.receipt.id,
            at=now,
            outcome=replayed.outcome,
            lead_id=replayed.lead_id,
            code=refusal.code if refusal else None,
            errors=refusal.errors if refusal else {},
            edits=self.command.edits or None,
            caller_digest=judgement.caller_digest,
            owner=owner,
            counted_as=counts_as,
            api_key_id=self.command.api_key_id,
            user_id=self.command.user_id,
        )


class _Judgement(NamedTuple):
    """Whom a submission was found to be about, and what the lead that it began is counted under."""

    caller_digest: bytes | None = None
    began: tuple[OwnerRef | None, CountedAs | None] | None = None


def _began(
    decision: Decision, claim: Claim | Refusal, directory: Directory
) -> tuple[OwnerRef | None, CountedAs | None] | None:
    if decision.outcome is not Outcome.CREATED:
        return None
    return decision.owner, counted_as(decision, claim, directory)


def _taken(uow: UnitOfWork, submissions: Sequence[Submission]) -> dict[SubmissionId, LeadId | None]:
    """Return those that were taken before, at first or by a replay, each with its lead."""
    taken = {each.receipt.id: each.lead_id for each in submissions if each.outcome is not Outcome.REFUSED}
    for submission_id, replays in uow.submissions.replays_of({each.receipt.id for each in submissions}).items():
        taken.update((submission_id, each.lead_id) for each in replays if each.is_done)
    return taken


def _erased(submissions: Sequence[Submission]) -> set[SubmissionId]:
    return {each.receipt.id for each in submissions if each.is_erased}


def _was_judged(replayed: Replayed) -> bool:
    """Say whether there is anything to note: nothing was changed, and what cannot be read was not judged."""
    return replayed.outcome is not Outcome.UNCHANGED and not isinstance(replayed.refusal, NotReplayable)


def judged(
    command: EnrollLead, claim: Claim | Refusal, snapshot: Snapshot, *, now: datetime, new_id: NewId
) -> Decision:
    """Return the verdict on what was read, folded into the snapshot for those that come after it."""
    if isinstance(claim, Claim):
        decision = decide(claim, snapshot, now=now, new_id=new_id)
    else:
        decision = refuse(command, claim, snapshot.directory)
    snapshot.after(decision)
    return decision


def as_of_then(receipt: Receipt, owner: OwnerRef | None, company: Company, edits: Edits, read: ReadKept) -> EnrollLead:
    """Read a kept request into a command that counts from when the request came.

    Raises: NotReplayable, and whatever the reading raises.
    """
    require_replayable(receipt)
    command = read(receipt, owner, company, edits)
    # A replay is the company's own doing and no sender's: who is left alone by now stays so.
    return replace(command, counts_from=receipt.received_at, may_lift=False, idempotent=None, explain=False)


def require_replayable(receipt: Receipt) -> None:
    """Refuse what cannot be judged again, whatever is edited in it. Raises: NotReplayable: saying why."""
    if not receipt.request:
        raise NotReplayable(_IS_EMPTIED)
    if is_erased(receipt):
        raise NotReplayable(_IS_ERASED)
    if receipt.route not in _ENROLLING:
        raise NotReplayable(_IS_OPERATION)
    if "cut" in receipt.request or "unreadable" in receipt.request:
        raise NotReplayable(_IS_TORN)
