"""Try rules: what a change of an owner's rules would have done to the submissions of the last days.

Both the rules that stand and those that are tried are played over the same submissions, in the order in which they
came, by the very functions that enrollment decides with. What both would say alike, an opt-out or a list of
suppressed callers, is left out of both, so that a verdict flips only where the rules make the difference. Source:
specification, section 11.
"""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final, TypedDict

from leadintake.domain.claims import Claim, examine
from leadintake.domain.contact import Contact
from leadintake.domain.contact_field import ContactField
from leadintake.domain.enrollment import Snapshot, decide
from leadintake.domain.errors import InvalidParameter, NotFound, NotReplayable, Refusal
from leadintake.domain.owner import Schedule, offer_of
from leadintake.domain.ports import SubmissionFilter
from leadintake.domain.submission import Outcome
from leadintake.domain.use_cases.manage_contact_fields import described
from leadintake.domain.use_cases.replay_submissions import NO_EDITS, as_of_then

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from leadintake.domain.claims import EnrollLead
    from leadintake.domain.company import CompanyId
    from leadintake.domain.directory import Directory
    from leadintake.domain.lead import Lead
    from leadintake.domain.owner import OfferId, Owner, OwnerRef
    from leadintake.domain.phone import PhoneNumber
    from leadintake.domain.ports import Clock, NewId, UnitOfWork, UnitOfWorkFactory
    from leadintake.domain.submission import Submission
    from leadintake.domain.use_cases.manage_contact_fields import ContactFieldData
    from leadintake.domain.use_cases.manage_offers import RulesData
    from leadintake.domain.use_cases.replay_submissions import ReadKept

MOST_TRIED: Final = 5_000
"""As many submissions are looked at by one command, the oldest first."""
MOST_FLIPS: Final = 250
_AT_ONCE: Final = 500
_A_DAY: Final = timedelta(days=1)


class TrialData(TypedDict, total=False):
    """The change that is tried: only what is there is changed; `contact_fields` take the place of all the offer has."""

    requires_traffic_source: bool
    rules: RulesData
    contact_fields: Sequence[ContactFieldData]


@dataclass(frozen=True, slots=True, kw_only=True)
class TryRules:
    """Whose rules, what is to change about them, and how far back."""

    company_id: CompanyId
    owner: OwnerRef
    data: TrialData
    within: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Flip:
    """A submission that would have another verdict; None stands for one that is taken."""

    submission: Submission
    before: Refusal | None
    after: Refusal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """What came of it.

    Shape: `tried` submissions were judged both ways, `unreadable` ones could not be judged again, being erased or kept
    no longer. `refused_now` and `refused_then` count the refused by the rules that stand and by those that are tried,
    `flip_count` all that flip; `flips` are the first of them, `codes` why they would be refused. `until` is the end of
    what was looked at: earlier than now when there are more submissions than `MOST_TRIED`.
    """

    since: datetime
    until: datetime
    is_complete: bool
    tried: int
    unreadable: int
    refused_now: int
    refused_then: int
    flip_count: int
    flips: Sequence[Flip]
    codes: Mapping[str, int]


def try_rules(command: TryRules, read: ReadKept, *, reading: UnitOfWorkFactory, clock: Clock, new_id: NewId) -> Trial:
    """Judge the owner's submissions of the last days by the rules as they are and as they would be; keep nothing.

    Leads that the caller had before that time count as they are now.

    Raises: NotFound: the company has no such owner. InvalidParameter: the contact fields do not fit.
    """
    now = clock()
    since = now - command.within
    with reading(command.company_id) as uow:
        standing = uow.directory.current()
        changed = _with(standing, command)
        wanted = SubmissionFilter(owner=command.owner, received_from=since)
        found = uow.submissions.following(wanted, after=None, limit=MOST_TRIED + 1)
        is_complete = len(found) <= MOST_TRIED
        submissions = found[:MOST_TRIED]
        readings = [_read(each, standing, read) for each in submissions]
        courses = [_Course.of(readings, directory, new_id) for directory in (standing, changed)]
        earlier = _earlier(uow, {caller for course in courses for caller in course.callers()}, before=since)
    befores, afters = (course.run(earlier) for course in courses)
    judged_both_ways = [
        Flip(submission=submission, before=before, after=after)
        for submission, reading_, before, after in zip(submissions, readings, befores, afters, strict=True)
        if not isinstance(reading_, NotReplayable)
    ]
    flips = [each for each in judged_both_ways if (each.before is None) is not (each.after is None)]
    return Trial(
        since=since,
        until=now if is_complete else submissions[-1].receipt.received_at,
        is_complete=is_complete,
        tried=len(judged_both_ways),
        unreadable=len(submissions) - len(judged_both_ways),
        refused_now=sum(each.before is not None for each in judged_both_ways),
        refused_then=sum(each.after is not None for each in judged_both_ways),
        flip_count=len(flips),
        flips=flips[:MOST_FLIPS],
        codes=Counter(each.after.code for each in flips if each.after is not None),
    )


def _with(directory: Directory, command: TryRules) -> Directory:
    """Return the directory as it would be."""
    owner, data = directory.owner(command.owner), command.data
    if owner is None:
        raise NotFound
    changed = replace(
        owner,
        requires_traffic_source=data.get("requires_traffic_source", owner.requires_traffic_source),
        rules=replace(owner.rules, **data.get("rules", {})),
    )
    fields = directory.contact_fields
    if "contact_fields" in data:
        fields = {**fields, **_fields(changed, directory, data["contact_fields"])}
    if isinstance(changed, Schedule):
        return replace(directory, schedules={**directory.schedules, changed.id: changed}, contact_fields=fields)
    return replace(directory, offers={**directory.offers, changed.id: changed}, contact_fields=fields)


def _fields(
    owner: Owner, directory: Directory, data: Sequence[ContactFieldData]
) -> Mapping[OfferId, tuple[ContactField, ...]]:
    offer_id = offer_of(owner)
    if offer_id is None:
        raise InvalidParameter(errors={"contact_fields": ["are an offer's; this schedule belongs to none"]})
    keys = [each["key"] for each in data]
    if len(set(keys)) < len(keys):
        raise InvalidParameter(errors={"contact_fields": ["must not name a key twice"]})
    company_id = directory.company.id
    bare = (ContactField(company_id=company_id, offer_id=offer_id, key=key, title=key) for key in keys)
    return {offer_id: tuple(described(each, said) for each, said in zip(bare, data, strict=True))}


def _read(submission: Submission, directory: Directory, read: ReadKept) -> EnrollLead | Refusal:
    """Return what is kept of a submission as a command, or why the reading itself refuses it."""
    try:
        return as_of_then(submission.receipt, submission.owner, directory.company, NO_EDITS, read)
    except Refusal as refusal:
        return refusal


def _earlier(uow: UnitOfWork, callers: Collection[PhoneNumber], *, before: datetime) -> Sequence[Lead]:
    """Return the leads that these callers had before that time, oldest first."""
    numbers = sorted(callers)
    leads: list[Lead] = []
    for start in range(0, len(numbers), _AT_ONCE):
        leads += uow.leads.of_callers(numbers[start : start + _AT_ONCE])
    return [lead for lead in leads if lead.created_at < before]


@dataclass(frozen=True, slots=True)
class _Course:
    """The submissions as they go through one set of rules, one after the other, each at the time when it came."""

    claims: Sequence[Claim | Refusal]
    directory: Directory
    new_id: NewId

    @classmethod
    def of(cls, readings: Sequence[EnrollLead | Refusal], directory: Directory, new_id: NewId) -> _Course:
        """Return the course of what was read."""
        claims = [each if isinstance(each, Refusal) else examine(each, directory) for each in readings]
        return cls(claims, directory, new_id)

    def callers(self) -> Iterator[PhoneNumber]:
        """Yield whom the submissions are about."""
        return (claim.caller for claim in self.claims if isinstance(claim, Claim))

    def run(self, earlier: Sequence[Lead]) -> Sequence[Refusal | None]:
        """Judge all of them, and return why each is refused, None for those that are taken."""
        callers = set(self.callers())
        company_id, at = self.directory.company.id, datetime.min.replace(tzinfo=UTC)
        snapshot = Snapshot(
            directory=self.directory,
            contacts={caller: Contact(company_id=company_id, caller=caller, created_at=at) for caller in callers},
            leads={(lead.caller, lead.owner): lead for lead in earlier if lead.is_live and lead.caller in callers},
            past={caller: {} for caller in callers},
        )
        for lead in earlier:
            if lead.caller in callers:
                snapshot.past[lead.caller][lead.id] = lead
        from_ip: dict[str, deque[datetime]] = defaultdict(deque)
        return [claim if isinstance(claim, Refusal) else self._judge(claim, snapshot, from_ip) for claim in self.claims]

    def _judge(self, claim: Claim, snapshot: Snapshot, from_ip: Mapping[str, deque[datetime]]) -> Refusal | None:
        if claim.changes_contact:
            # No rule of an owner stands between a caller and being left alone.
            return None
        at, counted_ip = claim.command.receipt.received_at, claim.counted_ip
        if counted_ip is not None:
            times = from_ip[counted_ip]
            while times and at - times[0] >= _A_DAY:
                times.popleft()
            snapshot.from_ip = {(claim.owner.ref, counted_ip): len(times)}
        decision = decide(claim, snapshot, now=at, new_id=self.new_id)
        snapshot.after(decision)
        if counted_ip is not None and decision.outcome is Outcome.CREATED:
            from_ip[counted_ip].append(at)
        return decision.refusal
