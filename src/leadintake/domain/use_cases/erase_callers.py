"""Erase callers: take people out of everything that is kept, and remember only that they wished to be left alone."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Final
from uuid import UUID

from leadintake.domain.erasure import ErasedCaller, Erasure, ErasureId, Mentions, Removed
from leadintake.domain.errors import NotFound
from leadintake.domain.idempotency import LIFETIME
from leadintake.domain.ports import JournalEntry
from leadintake.domain.remembering import digests_of
from leadintake.domain.submission import SubmissionId
from leadintake.domain.use_cases.meeting import tried_again
from leadintake.domain.use_cases.paging import Page

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from datetime import datetime

    from leadintake.domain.company import CompanyId
    from leadintake.domain.contact import Contact
    from leadintake.domain.lead import LeadId
    from leadintake.domain.phone import PhoneNumber
    from leadintake.domain.ports import (
        Clock,
        ErasureJournal,
        Installation,
        Keyring,
        NewId,
        UnitOfWork,
        UnitOfWorkFactory,
    )
    from leadintake.domain.submission import Replay, Submission
    from leadintake.domain.use_cases.paging import Window

_A_PART: Final = 2_000
"""How many submissions are looked at together: few enough for every bound on a statement."""
_STILL_UNDER_WAY: Final = timedelta(minutes=15)
"""Longer than any request takes from its identifier to its commit, and than clocks of several machines differ."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EraseCallers:
    """Whom to erase from a company; a rehearsal counts what there is, and keeps everything."""

    company_id: CompanyId
    callers: Sequence[PhoneNumber]
    is_rehearsal: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ErasedPerson:
    """What was done about one of them.

    Shape: `is_new` is False where they had been erased before and nothing of them had come since: `erasure` is the
    receipt of then.
    """

    caller: PhoneNumber
    erasure: Erasure
    is_new: bool


@dataclass(slots=True, kw_only=True)
class _Person:
    """One of them while they are looked for.

    Shape: `caller` is None for one who is known by a journal's digest only; `of_journal` is that line.
    """

    caller: PhoneNumber | None
    digests: Sequence[bytes]
    of_journal: JournalEntry | None = None
    lead_ids: set[LeadId] = field(default_factory=set)
    submissions: dict[SubmissionId, datetime] = field(default_factory=dict)
    mentions: Mentions | None = None

    def __post_init__(self) -> None:
        self.mentions = None if self.caller is None else Mentions(self.caller)

    def is_in(self, submission: Submission) -> bool:
        """Say whether a submission is about this person, as far as it says."""
        if submission.is_erased:
            return False
        if submission.lead_id in self.lead_ids or submission.caller_digest in self.digests:
            return True
        is_unread = submission.caller_digest is None and self.mentions is not None
        return is_unread and self.mentions.are_in(_text(submission.receipt.request))  # type: ignore[union-attr]  # is_unread says so

    def is_in_replay(self, replay: Replay) -> bool:
        """Say whether a replay is about this person, whom its edits may name instead of the submission's own caller."""
        if replay.lead_id in self.lead_ids or replay.caller_digest in self.digests:
            return True
        is_unread = replay.caller_digest is None and bool(replay.edits) and self.mentions is not None
        return is_unread and self.mentions.are_in(_text(replay.edits))  # type: ignore[union-attr,arg-type]  # likewise


@dataclass(frozen=True, slots=True, kw_only=True)
class Eraser:
    """All that erasing takes; the same for a request of today and for a line of the journal."""

    unit_of_work: UnitOfWorkFactory
    reading: UnitOfWorkFactory
    installation: Installation
    journal: ErasureJournal
    keyring: Keyring
    clock: Clock
    new_id: NewId


def count_submissions(company_id: CompanyId, *, reading: UnitOfWorkFactory) -> int:
    """Return how many submissions an erasure in the company has to look at."""
    with reading(company_id) as uow:
        return uow.submissions.count()


def list_erasures(company_id: CompanyId, window: Window, *, reading: UnitOfWorkFactory) -> Page[Erasure]:
    """Return that page of the receipts, newest first."""
    with reading(company_id) as uow:
        found = uow.erasures.receipts(offset=window.offset, limit=window.per_page)
    return Page(found.erasures, found.total_count)


def erase_callers(
    command: EraseCallers, *, eraser: Eraser, advance: Callable[[int], None] = lambda _count: None
) -> Sequence[ErasedPerson]:
    """Destroy all that a company keeps of these callers, in one commit, and keep a receipt for each.

    Erasing somebody twice is erasing them once. Who is not known at all is remembered as erased too: a backup that is
    restored one day may know them.

    Args:
        command: Whom.
        eraser: What it takes.
        advance: Told how many submissions were looked at.

    Returns: What was done about each caller, in their order, each once.
    Raises: Unavailable: nothing was erased, or the journal has it and the database not yet: do it again.
        OutcomeUnknown: likewise. NotFound: there is no such company.
    Source: specification, section 11; ADR 0023.
    """
    people = [
        _Person(caller=caller, digests=digests_of(caller, command.company_id, eraser.keyring))
        for caller in dict.fromkeys(command.callers)
    ]
    erased = _erase(command.company_id, people, eraser, advance, is_rehearsal=command.is_rehearsal)
    return [
        ErasedPerson(caller=person.caller, erasure=erasure, is_new=is_new)
        for person, (erasure, is_new) in zip(people, erased, strict=True)
        if person.caller is not None
    ]


def erase_again(*, eraser: Eraser, advance: Callable[[int], None] = lambda _count: None) -> int:
    """Do every erasure of the journal again, in a database that may be older than it; return how many people it names.

    Nothing may be served meanwhile: who is to be erased is here until this returns.
    """
    latest: defaultdict[CompanyId, dict[bytes, JournalEntry]] = defaultdict(dict)
    for entry in eraser.journal.entries():
        latest[entry.company_id][entry.digest] = entry
    for company_id, told in latest.items():
        if eraser.installation.find_company(company_id) is None:
            continue
        with eraser.reading(company_id) as uow:
            # What the database knows itself was done in it, and whoever came back since then came of their own will.
            entries = {digest: entry for digest, entry in told.items() if not _is_done(uow, entry)}
        if not entries:
            continue
        found = dict(_callers_of(company_id, entries, eraser))
        people = [
            _Person(
                caller=found.get(digest),
                digests=(digest,)
                if digest not in found
                else tuple({digest: None, **dict.fromkeys(digests_of(found[digest], company_id, eraser.keyring))}),
                of_journal=entry,
            )
            for digest, entry in entries.items()
        ]
        _erase(company_id, people, eraser, advance)
    return sum(map(len, latest.values()))


def _is_done(uow: UnitOfWork, entry: JournalEntry) -> bool:
    known = uow.erasures.find([entry.digest])
    return known is not None and known.erased_at >= entry.erased_at


def _callers_of(
    company_id: CompanyId, entries: Mapping[bytes, JournalEntry], eraser: Eraser
) -> Iterator[tuple[bytes, PhoneNumber]]:
    """Yield the numbers behind the digests, as far as the company knows them: each of its numbers is tried."""
    after: PhoneNumber | None = None
    while True:
        with eraser.reading(company_id) as uow:
            numbers = uow.contacts.numbers(after=after, limit=_A_PART)
        if not numbers:
            return
        for caller in numbers:
            for digest in digests_of(caller, company_id, eraser.keyring):
                if digest in entries:
                    yield digest, caller
        after = numbers[-1]


def _erase(
    company_id: CompanyId,
    people: Sequence[_Person],
    eraser: Eraser,
    advance: Callable[[int], None],
    *,
    is_rehearsal: bool = False,
) -> Sequence[tuple[Erasure, bool]]:
    if eraser.installation.find_company(company_id) is None:
        raise NotFound
    if not is_rehearsal:
        eraser.installation.expect_erased(company_id)
    # Before the ledger: a sample that is filed meanwhile is among these, or was in the ledger first.
    samples = _samples(people, eraser)
    # Looked through before anybody is held; what comes meanwhile is looked at once more while they are.
    since = _first_id(eraser.clock() - _STILL_UNDER_WAY)
    _look_through(company_id, people, eraser, advance)
    if not is_rehearsal:
        # No part of any company's transaction; gone first, so that nothing stays behind whatever comes next.
        eraser.installation.forget_unclaimed({one for mine in samples for one in mine})
    run = partial(
        _in_one_commit,
        company_id,
        people,
        eraser,
        since,
        samples=samples,
        is_rehearsal=is_rehearsal,
    )
    erased = tried_again(run)
    if not is_rehearsal:
        eraser.installation.scrub()
    return erased


def _look_through(
    company_id: CompanyId, people: Sequence[_Person], eraser: Eraser, advance: Callable[[int], None]
) -> None:
    """Find the submissions of these people, a part at a time, each in a moment of its own."""
    after: SubmissionId | None = None
    while True:
        with eraser.reading(company_id) as uow:
            if after is None:
                _note_leads(uow, people)
            after, looked_at = _look_on(uow, people, after)
        advance(looked_at)
        if looked_at < _A_PART:
            return


def _note_leads(uow: UnitOfWork, people: Sequence[_Person]) -> None:
    for person in people:
        if person.caller is not None:
            person.lead_ids.update(lead.id for lead in uow.leads.of_callers([person.caller]))


def _look_on(uow: UnitOfWork, people: Sequence[_Person], after: SubmissionId | None) -> tuple[SubmissionId | None, int]:
    digests = {digest for person in people for digest in person.digests}
    lead_ids = {lead_id for person in people for lead_id in person.lead_ids}
    scan = uow.submissions.look_through(digests, lead_ids, after=after, limit=_A_PART)
    for submission in scan.submissions:
        for person in people:
            if person.is_in(submission):
                person.submissions[submission.receipt.id] = submission.receipt.received_at
    return scan.last or after, scan.looked_at


def _note_replays(uow: UnitOfWork, people: Sequence[_Person]) -> None:
    """Note the submissions that became theirs by a replay: who is held has no other under way."""
    digests = {digest for person in people for digest in person.digests}
    lead_ids = {lead_id for person in people for lead_id in person.lead_ids}
    for replay in uow.submissions.replays_about(digests, lead_ids):
        for person in people:
            if person.is_in_replay(replay):
                person.submissions.setdefault(replay.submission_id, replay.at)


def _in_one_commit(
    company_id: CompanyId,
    people: Sequence[_Person],
    eraser: Eraser,
    since: SubmissionId,
    *,
    samples: Sequence[Sequence[SubmissionId]],
    is_rehearsal: bool,
) -> Sequence[tuple[Erasure, bool]]:
    with eraser.unit_of_work(company_id) as uow:
        callers = [person.caller for person in people if person.caller is not None]
        # Whoever enrolls one of them holds them too: it is all committed by now, or comes after this.
        claimed = uow.contacts.claim(callers, at=eraser.clock()) if callers else {}
        _note_leads(uow, people)
        after, looked_at = _look_on(uow, people, since)
        while looked_at == _A_PART:
            after, looked_at = _look_on(uow, people, after)
        _note_replays(uow, people)
        now = eraser.clock()
        done = []
        for person, mine in zip(people, samples, strict=True):
            contact = claimed.get(person.caller) if person.caller is not None else None
            done.append(_destroy(uow, company_id, person, contact, mine, now=now, new_id=eraser.new_id))
        if is_rehearsal:
            return [(erasure, is_new) for erasure, is_new, _ in done]
        eraser.journal.append_all([entry for _, _, entry in done if entry is not None])
        uow.commit()
    return [(erasure, is_new) for erasure, is_new, _ in done]


def _destroy(
    uow: UnitOfWork,
    company_id: CompanyId,
    person: _Person,
    contact: Contact | None,
    samples: Sequence[SubmissionId],
    *,
    now: datetime,
    new_id: NewId,
) -> tuple[Erasure, bool, JournalEntry | None]:
    """Destroy one person, and return the receipt, whether it is a new one, and the line for the journal."""
    before, told = uow.erasures.find(person.digests), person.of_journal
    was_listed = was_stored = 0
    # Samples are gone by now; one that was filed in this company meanwhile is not.
    blanked = uow.submissions.erase({*person.submissions, *samples})
    removed = Removed(submissions=blanked, samples=len(samples))
    if person.caller is not None:
        was_stored, was_listed = uow.contacts.erase(person.caller), uow.suppression.erase(person.caller)
        removed = Removed(
            contacts=was_stored,
            leads=uow.leads.erase(person.caller),
            submissions=blanked,
            events=uow.events.erase(person.caller),
            consents=uow.consents.erase(person.caller),
            suppression_entries=was_listed,
            answers=uow.idempotency.forget_mentioning(_words(person, now)),
            samples=len(samples),
            calls=uow.calls.erase(person.caller),
            conversions=uow.conversions.erase(person.caller),
        )
    if was_stored and contact is not None:
        is_opted_out = contact.refusal() is not None
    else:
        is_opted_out = before is not None and before.was_opted_out
    is_opted_out = is_opted_out or bool(was_listed) or (told is not None and told.was_opted_out)
    known = uow.erasures.receipt(before.erasure_id) if before is not None else None
    if before is not None and known is not None and not removed.total and is_opted_out == before.was_opted_out:
        return known, False, None
    erasure_id = ErasureId(new_id()) if told is None else ErasureId(told.erasure_id)
    erased_at = now if told is None else told.erased_at
    erasure = Erasure(
        company_id=company_id, id=erasure_id, erased_at=erased_at, was_opted_out=is_opted_out, removed=removed
    )
    uow.erasures.add(erasure)
    uow.erasures.keep(
        ErasedCaller(
            company_id=company_id,
            digest=person.digests[0],
            was_opted_out=is_opted_out,
            erased_at=erased_at,
            erasure_id=erasure_id,
        )
    )
    line = JournalEntry(
        company_id=company_id,
        digest=person.digests[0],
        was_opted_out=is_opted_out,
        erased_at=erased_at,
        erasure_id=erasure_id,
    )
    return erasure, True, None if told is not None else line


def _samples(people: Sequence[_Person], eraser: Eraser) -> Sequence[Sequence[SubmissionId]]:
    """Return the samples of requests without an owner in which each of them is named."""
    kept = [(sample.id, _text(sample.request)) for sample in eraser.installation.unclaimed()]
    return [
        [sample_id for sample_id, text in kept if person.mentions is not None and person.mentions.are_in(text)]
        for person in people
    ]


def _words(person: _Person, now: datetime) -> Sequence[str]:
    """Return what an answer that was kept would name this person by; older submissions have no answer any more."""
    number = () if person.caller is None else (person.caller.e164,)
    recent = (
        each for each, received_at in person.submissions.items() if received_at > now - LIFETIME - _STILL_UNDER_WAY
    )
    return [*number, *map(str, person.lead_ids), *map(str, recent)]


def _text(request: Mapping[str, object]) -> str:
    return json.dumps(request, default=dict, ensure_ascii=False)


def _first_id(moment: datetime) -> SubmissionId:
    """Return an identifier before all that were made at that moment: they begin with their milliseconds."""
    return SubmissionId(UUID(int=max(0, int(moment.timestamp() * 1000)) << 80))
