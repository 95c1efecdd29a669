"""What is only ever appended, in memory: facts and submissions."""

from __future__ import annotations

from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING

from leadintake.adapters.memory.owned import owned_event, owned_submission
from leadintake.domain.errors import StaleWrite
from leadintake.domain.phone import PhoneNumber
from leadintake.domain.ports import SubmissionPage, SubmissionScan

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

    from leadintake.adapters.memory.transaction import Transaction
    from leadintake.domain.event import Event
    from leadintake.domain.lead import LeadId
    from leadintake.domain.ports import SubmissionFilter
    from leadintake.domain.submission import Submission, SubmissionId


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
        return [owned_event(rows.events[event_id]) for event_id in rows.events_of.get(lead_id, ())]

    def of_contact(self, caller: PhoneNumber) -> Sequence[Event]:
        """Return the facts about the contact itself, not those about its leads, oldest first."""
        facts = self._transaction.rows.events.values()
        mine = [fact for fact in facts if fact.caller == caller and fact.lead_id is None]
        return [owned_event(fact) for fact in sorted(mine, key=lambda fact: fact.id)]

    def erase(self, caller: PhoneNumber, *, at: datetime) -> int:  # noqa: ARG002 - the port's
        """Take the caller and all details out of the facts about them; return how many there were."""
        events = self._transaction.hold().events
        mine = [fact for fact in events.values() if fact.caller == caller]
        events.update((fact.id, replace(fact, caller=PhoneNumber(""), details={})) for fact in mine)
        return len(mine)


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
        ledger = self._transaction.rows.submissions_newest_first()
        return [owned_submission(submission) for submission in islice(ledger, limit)]

    def find(self, submission_id: SubmissionId) -> Submission | None:
        """Return that submission, or None."""
        submission = self._transaction.rows.submissions.get(submission_id)
        return None if submission is None else owned_submission(submission)

    def search(self, wanted: SubmissionFilter, *, offset: int, limit: int) -> SubmissionPage:
        """Return the submissions that match, newest first."""
        ledger = self._transaction.rows.submissions.values()
        matching = sorted(
            (each for each in ledger if _matches(each, wanted)), key=lambda each: each.receipt.id, reverse=True
        )
        listed = [each for each in matching if wanted.after is None or each.receipt.id < wanted.after]
        page = [owned_submission(each) for each in listed[offset : offset + limit]]
        return SubmissionPage(page, len(matching))

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
        ledger = self._transaction.hold().submissions
        mine = [ledger[each] for each in submission_ids if each in ledger]
        ledger.update((one.receipt.id, owned_submission(one.erased())) for one in mine)
        return len(mine)


def _matches(submission: Submission, wanted: SubmissionFilter) -> bool:
    received_at = submission.receipt.received_at
    return (
        wanted.outcome in {None, submission.outcome}
        and wanted.code in {None, submission.code}
        and wanted.owner in {None, submission.owner}
        and wanted.lead_id in {None, submission.lead_id}
        and (wanted.received_from is None or received_at >= wanted.received_from)
        and (wanted.received_to is None or received_at < wanted.received_to)
    )
