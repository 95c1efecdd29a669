"""What is only ever appended, in memory: facts and submissions."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from leadintake.adapters.memory.owned import owned_event, owned_submission
from leadintake.domain.errors import StaleWrite
from leadintake.domain.ports import SubmissionPage

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

    from leadintake.adapters.memory.transaction import Transaction
    from leadintake.domain.event import Event, EventKind
    from leadintake.domain.lead import LeadId
    from leadintake.domain.phone import PhoneNumber
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

    def of_contacts_since(self, kind: EventKind, since: datetime) -> Sequence[Event]:
        """Return the facts of that kind about contacts themselves, of that moment or later, oldest first."""
        facts = self._transaction.rows.events.values()
        mine = [fact for fact in facts if fact.kind is kind and fact.lead_id is None and fact.at >= since]
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


def _matches(submission: Submission, wanted: SubmissionFilter) -> bool:
    received_at = submission.receipt.received_at
    return (
        wanted.outcome in {None, submission.outcome}
        and wanted.code in {None, submission.code}
        and wanted.owner in {None, submission.owner}
        and wanted.lead_id in {None, submission.lead_id}
        and wanted.lead_token_id in {None, submission.receipt.lead_token_id}
        and (wanted.received_from is None or received_at >= wanted.received_from)
        and (wanted.received_to is None or received_at < wanted.received_to)
    )
