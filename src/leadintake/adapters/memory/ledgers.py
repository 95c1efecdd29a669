"""What is only ever appended, in memory: facts and submissions."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from heapq import nlargest
from typing import TYPE_CHECKING
from uuid import UUID

from leadintake.adapters.memory.chain import changed
from leadintake.adapters.memory.owned import owned_event, owned_replay, owned_submission
from leadintake.domain.errors import StaleWrite
from leadintake.domain.ports import MOST_COUNTED, SubmissionPage, SubmissionScan
from leadintake.domain.submission import Outcome, SubmissionId

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime

    from leadintake.adapters.memory.transaction import Transaction
    from leadintake.domain.event import Event, EventKind
    from leadintake.domain.lead import LeadId
    from leadintake.domain.phone import PhoneNumber
    from leadintake.domain.ports import SubmissionFilter
    from leadintake.domain.submission import KeptClass, Replay, Submission


class MemoryEvents:
    """`EventLog` in memory."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def append_all(self, events: Collection[Event]) -> None:
        """Keep these facts, in this order."""
        rows = self._transaction.hold_for(event.company_id for event in events)
        for event in events:
            if event.id in rows.events:
                raise StaleWrite
            rows.events[event.id] = owned_event(event)
            if event.lead_id is not None:
                rows.events_of[event.lead_id] = (*rows.events_of.get(event.lead_id, ()), event.id)

    def of_lead(self, lead_id: LeadId) -> Sequence[Event]:
        """Return the lead's events, oldest first."""
        rows = self._transaction.rows
        mine = (rows.events.get(event_id) for event_id in rows.events_of.get(lead_id, ()))
        return [owned_event(fact) for fact in mine if fact is not None]

    def everything(self) -> Sequence[Event]:
        """Return all facts, oldest first. No use case asks for that; those who test against this store do."""
        return [owned_event(fact) for fact in self._transaction.rows.events.values() if fact is not None]

    def of_contact(self, caller: PhoneNumber) -> Sequence[Event]:
        """Return the facts about the contact itself, not those about its leads, oldest first."""
        facts = self._transaction.rows.events.values()
        mine = [fact for fact in facts if fact is not None and fact.caller == caller and fact.lead_id is None]
        return [owned_event(fact) for fact in sorted(mine, key=lambda fact: fact.id)]

    def erase(self, caller: PhoneNumber) -> int:
        """Take the caller and the details out of all events of that caller."""
        rows = self._transaction.hold()
        erased = [fact for fact in rows.events.values() if fact is not None and fact.caller == caller]
        for fact in erased:
            rows.events[fact.id] = replace(fact, caller=None, details={})
            if (number := rows.sealed_in.get(fact.id)) is not None:
                rows.segments[number] = rows.segments[number].without_salts_of({fact.id})
        changed(rows, self._transaction.company_id)
        return len(erased)

    def of_contacts_since(self, kind: EventKind, since: datetime) -> Sequence[Event]:
        """Return the facts of that kind about contacts themselves, of that moment or later, oldest first."""
        facts = self._transaction.rows.events.values()
        own = (fact for fact in facts if fact is not None and fact.kind is kind and fact.lead_id is None)
        mine = [fact for fact in own if fact.at >= since]
        return [owned_event(fact) for fact in sorted(mine, key=lambda fact: fact.id)]


class MemorySubmissions:
    """`SubmissionLedger` in memory."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def append_all(self, submissions: Collection[Submission]) -> None:
        """Keep these submissions, in this order."""
        rows = self._transaction.hold_for(submission.receipt.company_id for submission in submissions)
        for submission in submissions:
            if submission.receipt.id in rows.submissions:
                raise StaleWrite
            rows.submissions[submission.receipt.id] = owned_submission(submission)

    def newest(self, *, limit: int) -> Sequence[Submission]:
        """Return the latest submissions, newest first."""
        ledger = self._transaction.rows.submissions.values()
        return [owned_submission(submission) for submission in nlargest(limit, ledger, key=_age)]

    def find(self, submission_id: SubmissionId) -> Submission | None:
        """Return that submission, or None."""
        submission = self._transaction.rows.submissions.get(submission_id)
        return None if submission is None else owned_submission(submission)

    def search(self, wanted: SubmissionFilter, *, offset: int, limit: int, among: int | None = None) -> SubmissionPage:
        """Return the submissions that match, newest first."""
        until = None
        if among is None:
            ledger = self._transaction.rows.submissions.values()
            matching = sorted((each for each in ledger if _matches(each, wanted)), key=_age, reverse=True)
            listed = [each for each in matching if wanted.after is None or each.receipt.id < wanted.after]
        else:
            walked, until = self._walked(wanted, among)
            matching = listed = [each for each in walked if _matches(each, wanted)]
        page = [owned_submission(each) for each in listed[offset : offset + limit]]
        return SubmissionPage(page, min(len(matching), MOST_COUNTED), until)

    def count_codes(self, wanted: SubmissionFilter, *, among: int) -> Mapping[str, int]:
        """Count the refused submissions by their codes."""
        refused = replace(wanted, code=None, after=None, outcome=Outcome.REFUSED)
        walked, _ = self._walked(refused, among)
        return Counter(each.code for each in walked if each.code is not None and _matches(each, refused))

    def _walked(self, wanted: SubmissionFilter, among: int) -> tuple[Sequence[Submission], SubmissionId | None]:
        """Return so many of the submissions there are behind `wanted.after`, in its time, and the last if more are."""
        only_refused = wanted.outcome is Outcome.REFUSED or wanted.code is not None or wanted.accepted is False
        ordered = sorted(self._transaction.rows.submissions.values(), key=_age, reverse=True)
        there = [
            each
            for each in ordered
            if (wanted.after is None or each.receipt.id < wanted.after)
            and (each.outcome is Outcome.REFUSED or not only_refused)
            and _is_of_time(each, wanted)
        ]
        return there[:among], there[among - 1].receipt.id if len(there) > among else None

    def following(self, wanted: SubmissionFilter, *, after: SubmissionId | None, limit: int) -> Sequence[Submission]:
        """Return the submissions that match and come later, oldest first."""
        ledger = self._transaction.rows.submissions.values()
        later = (each for each in ledger if after is None or each.receipt.id > after)
        matching = sorted((each for each in later if _matches(each, wanted)), key=_age)
        return [owned_submission(each) for each in matching[:limit]]

    def find_all(self, submission_ids: Collection[SubmissionId]) -> Sequence[Submission]:
        """Return those of these submissions that exist, oldest first."""
        ledger = self._transaction.rows.submissions
        return [owned_submission(ledger[each]) for each in sorted(set(submission_ids)) if each in ledger]

    def empty(self, submission_ids: Collection[SubmissionId]) -> None:
        """Forget what these requests and their replays held."""
        rows = self._transaction.hold()
        for submission in self.find_all(submission_ids):
            receipt = replace(submission.receipt, request={}, remote_ip=None)
            rows.submissions[receipt.id] = replace(submission, receipt=receipt)
            if replays := rows.replays.get(receipt.id):
                rows.replays[receipt.id] = tuple(
                    each if each.edits is None else replace(each, edits={}) for each in replays
                )

    def add_replays(self, added: Collection[Replay]) -> None:
        """Keep what became of submissions that were judged again."""
        rows = self._transaction.hold_for(replay.company_id for replay in added)
        for replay in added:
            known = rows.replays.get(replay.submission_id, ())
            if replay.is_done and any(each.is_done for each in known):
                raise StaleWrite
            rows.replays[replay.submission_id] = (*known, owned_replay(replay))

    def replays_of(self, submission_ids: Collection[SubmissionId]) -> Mapping[SubmissionId, Sequence[Replay]]:
        """Return the replays of these submissions."""
        replays = self._transaction.rows.replays
        return {each: [*map(owned_replay, replays[each])] for each in submission_ids if each in replays}

    def emptied_to(self, kept_class: KeptClass) -> SubmissionId | None:
        """Return up to which submission that class has been emptied."""
        return self._transaction.rows.emptied.get(kept_class)

    def mark_emptied(self, kept_class: KeptClass, submission_id: SubmissionId) -> None:
        """Note up to which submission that class has been emptied."""
        self._transaction.hold().emptied[kept_class] = submission_id

    def reconsider(self, submission_id: SubmissionId) -> None:
        """Take every such note back to before that submission."""
        emptied = self._transaction.hold().emptied
        for kept_class, noted in [*emptied.items()]:
            if noted >= submission_id:
                emptied[kept_class] = SubmissionId(UUID(int=submission_id.int - 1))

    def count(self) -> int:
        """Return how many submissions there are."""
        return len(self._transaction.rows.submissions)

    def look_through(
        self, digests: Collection[bytes], lead_ids: Collection[LeadId], *, after: SubmissionId | None, limit: int
    ) -> SubmissionScan:
        """Look at the next submissions after that one, oldest first."""
        ledger = self._transaction.rows.submissions
        part = sorted(each for each in ledger if after is None or each > after)[:limit]
        found = [
            owned_submission(one)
            for one in map(ledger.__getitem__, part)
            if one.caller_digest is None or one.caller_digest in digests or one.lead_id in lead_ids
        ]
        return SubmissionScan(found, len(part), part[-1] if part else None)

    def erase(self, submission_ids: Collection[SubmissionId]) -> int:
        """Blank what was sent, from where, and what was said of it; return how many there were."""
        rows = self._transaction.hold()
        mine = [rows.submissions[each] for each in submission_ids if each in rows.submissions]
        for one in mine:
            rows.submissions[one.receipt.id] = owned_submission(one.erased())
            if replays := rows.replays.get(one.receipt.id):
                rows.replays[one.receipt.id] = tuple(each.erased() for each in replays)
        return len(mine)

    def replays_about(self, digests: Collection[bytes], lead_ids: Collection[LeadId]) -> Sequence[Replay]:
        """Return the replays that may be about these callers, oldest first."""
        every = (each for replays in self._transaction.rows.replays.values() for each in replays)
        mine = [each for each in every if _may_be_about(each, digests, lead_ids)]
        return [owned_replay(each) for each in sorted(mine, key=lambda each: each.id)]


def _age(submission: Submission) -> SubmissionId:
    return submission.receipt.id


def _may_be_about(replay: Replay, digests: Collection[bytes], lead_ids: Collection[LeadId]) -> bool:
    if replay.lead_id is not None and replay.lead_id in lead_ids:
        return True
    return replay.edits is not None if replay.caller_digest is None else replay.caller_digest in digests


def _is_of_time(submission: Submission, wanted: SubmissionFilter) -> bool:
    received_at = submission.receipt.received_at
    is_late_enough = wanted.received_from is None or received_at >= wanted.received_from
    return is_late_enough and (wanted.received_to is None or received_at < wanted.received_to)


def _matches(submission: Submission, wanted: SubmissionFilter) -> bool:
    return (
        wanted.outcome in {None, submission.outcome}
        and wanted.code in {None, submission.code}
        and wanted.owner in {None, submission.owner}
        and (wanted.lead_ids is None or submission.lead_id in wanted.lead_ids)
        and wanted.lead_token_id in {None, submission.receipt.lead_token_id}
        and wanted.api_key_id in {None, submission.receipt.api_key_id}
        and wanted.route in {None, submission.receipt.route}
        and (wanted.accepted is None or wanted.accepted == (submission.outcome is not Outcome.REFUSED))
        and _is_of_time(submission, wanted)
    )
