"""`EventLog` and `SubmissionLedger`: what is only ever appended."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from sqlalchemy import and_, func, literal_column, select, update

from leadintake.adapters.sql import mapping
from leadintake.adapters.sql.bulk import bulk_insert
from leadintake.adapters.sql.chain import SqlChain
from leadintake.adapters.sql.tables import emptied_submissions, events, replays, submissions
from leadintake.adapters.sql.tenancy import require_own
from leadintake.adapters.sql.walks import end_of_walk, of_time
from leadintake.domain.ports import MOST_COUNTED, SubmissionPage, SubmissionScan
from leadintake.domain.submission import ERASED_REQUEST, KeptClass, Outcome, SubmissionId

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement, Select

    from leadintake.adapters.sql.bulk import PendingInserts
    from leadintake.domain.company import CompanyId
    from leadintake.domain.event import Event, EventKind
    from leadintake.domain.lead import LeadId
    from leadintake.domain.phone import PhoneNumber
    from leadintake.domain.ports import SubmissionFilter
    from leadintake.domain.submission import Replay, Submission

_INSERT_EVENTS = bulk_insert(events, but="transaction_id")
_INSERT_SUBMISSIONS = bulk_insert(submissions)
_AT_ONCE = 500


class SqlEvents:
    """Facts over the ``events`` table."""

    def __init__(self, pending: PendingInserts, company_id: CompanyId) -> None:
        """Work for one company over its unit's connection."""
        self._pending = pending
        self._company_id = company_id

    def append_all(self, facts: Collection[Event]) -> None:
        """Keep these facts."""
        require_own(self._company_id, (fact.company_id for fact in facts))
        self._pending.add(_INSERT_EVENTS, [mapping.from_event(fact) for fact in facts])

    def of_lead(self, lead_id: LeadId) -> Sequence[Event]:
        """Return the lead's events."""
        return self._sorted(select(events).where(events.c.lead_id == lead_id))

    def of_contact(self, caller: PhoneNumber) -> Sequence[Event]:
        """Return the contact's own events."""
        return self._sorted(select(events).where(events.c.caller == caller.e164, events.c.lead_id.is_(None)))

    def erase(self, caller: PhoneNumber) -> int:
        """Take what is personal out of the caller's events."""
        return SqlChain(self._pending, self._company_id).erase(caller.e164)

    def of_contacts_since(self, kind: EventKind, since: datetime) -> Sequence[Event]:
        """Return contacts' own events of that kind."""
        mine = and_(events.c.company_id == self._company_id, events.c.lead_id.is_(None), events.c.kind == kind.value)
        query = select(events).where(mine, events.c.at >= since).order_by(events.c.id)
        return [mapping.to_event(row) for row in self._pending.connection.execute(query)]

    def _sorted(self, query: Select[Any]) -> list[Event]:
        """Return what an index finds, in the order of the identifiers, which SQLite would walk along instead."""
        mine = query.where(events.c.company_id == self._company_id)
        return sorted(map(mapping.to_event, self._pending.connection.execute(mine)), key=lambda each: each.id)


class SqlSubmissions:
    """Submissions over the ``submissions`` table."""

    def __init__(self, pending: PendingInserts, company_id: CompanyId) -> None:
        """Work for one company over its unit's connection."""
        self._pending = pending
        self._company_id = company_id

    def append_all(self, kept: Collection[Submission]) -> None:
        """Keep these submissions."""
        require_own(self._company_id, (submission.receipt.company_id for submission in kept))
        self._pending.add(_INSERT_SUBMISSIONS, [mapping.from_submission(submission) for submission in kept])

    def newest(self, *, limit: int) -> Sequence[Submission]:
        """Return the latest submissions."""
        mine = submissions.c.company_id == self._company_id
        query = select(submissions).where(mine).order_by(submissions.c.id.desc()).limit(limit)
        rows = self._pending.connection.execute(query)
        return [mapping.to_submission(row) for row in rows]

    def find(self, submission_id: SubmissionId) -> Submission | None:
        """Return that submission."""
        mine = and_(submissions.c.company_id == self._company_id, submissions.c.id == submission_id)
        row = self._pending.connection.execute(select(submissions).where(mine)).first()
        return mapping.to_submission(row) if row else None

    def search(self, wanted: SubmissionFilter, *, offset: int, limit: int, among: int | None = None) -> SubmissionPage:
        """Return a page of the submissions that match."""
        until = None if among is None else self._end_of_walk(wanted, among)
        condition = and_(self._mine, *_conditions(wanted, until))
        listed = condition if wanted.after is None else and_(condition, submissions.c.id < wanted.after)
        counted = condition if among is None else listed
        newest_first = submissions.c.id.desc()
        # The index of the refused ones has all that such a page is chosen by; asked for whole rows, SQLite would rather
        # walk along the primary key.
        page = select(submissions.c.id).where(listed).order_by(newest_first).offset(offset).limit(limit)
        query = select(submissions).where(self._mine, submissions.c.id.in_(page)).order_by(newest_first)
        if not _is_refused(wanted):
            query = select(submissions).where(listed).order_by(newest_first).offset(offset).limit(limit)
        connection = self._pending.connection
        found = [mapping.to_submission(row) for row in connection.execute(query)]
        first = select(submissions.c.id).where(counted).limit(MOST_COUNTED).subquery()
        total = connection.execute(select(func.count()).select_from(first)).scalar_one()
        return SubmissionPage(found, total, None if until is None else SubmissionId(until))

    def count_codes(self, wanted: SubmissionFilter, *, among: int) -> Mapping[str, int]:
        """Count the refused submissions by their codes."""
        refused = replace(wanted, code=None, after=None, outcome=Outcome.REFUSED)
        walked = and_(self._mine, *_conditions(refused, self._end_of_walk(refused, among)))
        query = select(submissions.c.code, func.count()).where(walked).group_by(submissions.c.code)
        return {code: count for code, count in self._pending.connection.execute(query) if code is not None}

    def _end_of_walk(self, wanted: SubmissionFilter, among: int) -> UUID | None:
        within = [self._mine, *_of_time(wanted), *([_REFUSED] if _is_refused(wanted) else [])]
        if wanted.after is not None:
            within.append(submissions.c.id < wanted.after)
        return end_of_walk(self._pending.connection, submissions.c.id, and_(*within), among=among)

    def following(self, wanted: SubmissionFilter, *, after: SubmissionId | None, limit: int) -> Sequence[Submission]:
        """Return the submissions that match and come later, oldest first."""
        condition = and_(self._mine, *_conditions(wanted))
        later = condition if after is None else and_(condition, submissions.c.id > after)
        query = select(submissions).where(later).order_by(submissions.c.id).limit(limit)
        return [mapping.to_submission(row) for row in self._pending.connection.execute(query)]

    def find_all(self, submission_ids: Collection[SubmissionId]) -> Sequence[Submission]:
        """Return those of these submissions that exist, oldest first."""
        among = and_(self._mine, submissions.c.id.in_(submission_ids))
        query = select(submissions).where(among).order_by(submissions.c.id)
        return [mapping.to_submission(row) for row in self._pending.connection.execute(query)]

    def empty(self, submission_ids: Collection[SubmissionId]) -> None:
        """Forget what these requests and their replays held."""
        # In order of their identifiers, as everybody else takes them.
        among = and_(self._mine, submissions.c.id.in_(sorted(submission_ids)))
        connection = self._pending.connection
        connection.execute(update(submissions).where(among).values(request={}, remote_ip=None))
        edited = and_(
            replays.c.company_id == self._company_id,
            replays.c.submission_id.in_(sorted(submission_ids)),
            replays.c.edits.is_not(None),
        )
        connection.execute(update(replays).where(edited).values(edits={}))

    def add_replays(self, added: Collection[Replay]) -> None:
        """Keep what became of submissions that were judged again."""
        require_own(self._company_id, (replay.company_id for replay in added))
        if added:
            self._pending.connection.execute(replays.insert(), [mapping.from_replay(replay) for replay in added])

    def replays_of(self, submission_ids: Collection[SubmissionId]) -> Mapping[SubmissionId, Sequence[Replay]]:
        """Return the replays of these submissions."""
        among = and_(replays.c.company_id == self._company_id, replays.c.submission_id.in_(submission_ids))
        found: dict[SubmissionId, list[Replay]] = {}
        # Sorted here: SQLite would walk along all of them for their order.
        rows = self._pending.connection.execute(select(replays).where(among))
        for row in sorted(rows, key=lambda each: each.id):
            found.setdefault(SubmissionId(row.submission_id), []).append(mapping.to_replay(row))
        return found

    def emptied_to(self, kept_class: KeptClass) -> SubmissionId | None:
        """Return up to which submission that class has been emptied."""
        query = select(emptied_submissions.c.submission_id).where(self._note(kept_class))
        found = self._pending.connection.execute(query).scalar()
        return None if found is None else SubmissionId(found)

    def mark_emptied(self, kept_class: KeptClass, submission_id: SubmissionId) -> None:
        """Note up to which submission that class has been emptied."""
        connection = self._pending.connection
        noted = update(emptied_submissions).where(self._note(kept_class)).values(submission_id=submission_id)
        if connection.execute(noted).rowcount == 0:
            row = {"company_id": self._company_id, "kept_class": kept_class.value, "submission_id": submission_id}
            connection.execute(emptied_submissions.insert(), row)

    def reconsider(self, submission_id: SubmissionId) -> None:
        """Take every such note back to before that submission."""
        notes = emptied_submissions.c
        later = and_(notes.company_id == self._company_id, notes.submission_id >= submission_id)
        one_less = UUID(int=submission_id.int - 1)
        self._pending.connection.execute(update(emptied_submissions).where(later).values(submission_id=one_less))

    def count(self) -> int:
        """Return how many submissions there are."""
        mine = submissions.c.company_id == self._company_id
        query = select(func.count()).select_from(submissions).where(mine)
        number: int = self._pending.connection.execute(query).scalar_one()
        return number

    def look_through(
        self, digests: Collection[bytes], lead_ids: Collection[LeadId], *, after: SubmissionId | None, limit: int
    ) -> SubmissionScan:
        """Look at the next submissions."""
        columns, connection = submissions.c, self._pending.connection
        here = columns.company_id == self._company_id
        if after is not None:
            here &= columns.id > after
        part = connection.execute(select(columns.id).where(here).order_by(columns.id).limit(limit)).scalars().all()
        if not part:
            return SubmissionScan((), 0, None)
        last = SubmissionId(part[-1])
        about = columns.caller_digest.is_(None) | columns.caller_digest.in_(digests) | columns.lead_id.in_(lead_ids)
        query = select(submissions).where(here, columns.id <= last, about).order_by(columns.id)
        return SubmissionScan([mapping.to_submission(row) for row in connection.execute(query)], len(part), last)

    def erase(self, submission_ids: Collection[SubmissionId]) -> int:
        """Blank what was sent."""
        count, ordered = 0, sorted(submission_ids)
        for start in range(0, len(ordered), _AT_ONCE):
            some = ordered[start : start + _AT_ONCE]
            mine = and_(submissions.c.company_id == self._company_id, submissions.c.id.in_(some))
            count += self._pending.connection.execute(update(submissions).where(mine).values(_ERASED)).rowcount
            theirs = and_(replays.c.company_id == self._company_id, replays.c.submission_id.in_(some))
            self._pending.connection.execute(update(replays).where(theirs).values(errors={}, caller_digest=None))
            edited = and_(theirs, replays.c.edits.is_not(None))
            self._pending.connection.execute(update(replays).where(edited).values(edits={}))
        return count

    def replays_about(self, digests: Collection[bytes], lead_ids: Collection[LeadId]) -> Sequence[Replay]:
        """Return the replays that may be about these callers."""
        columns = replays.c
        is_unread = and_(columns.caller_digest.is_(None), columns.edits.is_not(None))
        about = is_unread | columns.caller_digest.in_(digests) | columns.lead_id.in_(lead_ids)
        query = select(replays).where(columns.company_id == self._company_id, about).order_by(columns.id)
        return [mapping.to_replay(row) for row in self._pending.connection.execute(query)]

    @property
    def _mine(self) -> ColumnElement[bool]:
        return submissions.c.company_id == self._company_id

    def _note(self, kept_class: KeptClass) -> ColumnElement[bool]:
        notes = emptied_submissions.c
        return and_(notes.company_id == self._company_id, notes.kept_class == kept_class.value)


# In the words of the partial index's condition, or it could not be used.
_REFUSED = submissions.c.outcome == literal_column(f"'{Outcome.REFUSED.value}'")
_ERASED: Final[dict[str, Any]] = {
    "remote_ip": None,
    "request": dict(ERASED_REQUEST),
    "errors": {},
    "notices": [],
    "caller_digest": None,
}


def _conditions(wanted: SubmissionFilter, until: UUID | None = None) -> list[ColumnElement[bool]]:
    columns = submissions.c
    owner = wanted.owner
    equal = {
        columns.outcome: None if wanted.outcome in {None, Outcome.REFUSED} else wanted.outcome.value,
        columns.code: wanted.code,
        columns.owner_kind: None if owner is None else owner.kind.value,
        columns.owner_id: None if owner is None else owner.id,
        columns.lead_token_id: wanted.lead_token_id,
        columns.api_key_id: wanted.api_key_id,
        columns.route: wanted.route,
    }
    conditions = [column == value for column, value in equal.items() if value is not None]
    if _is_refused(wanted):
        conditions.append(_REFUSED)
    if wanted.accepted:
        conditions.append(columns.outcome != Outcome.REFUSED.value)
    if wanted.lead_ids is not None:
        conditions.append(columns.lead_id.in_(wanted.lead_ids))
    if wanted.received_from is not None:
        conditions.append(columns.received_at >= wanted.received_from)
    if wanted.received_to is not None:
        conditions.append(columns.received_at < wanted.received_to)
    return conditions + _of_time(wanted, until)


def _of_time(wanted: SubmissionFilter, until: UUID | None = None) -> list[ColumnElement[bool]]:
    return of_time(submissions.c.id, begin=wanted.received_from, end=wanted.received_to, until=until)


def _is_refused(wanted: SubmissionFilter) -> bool:
    """Say whether only refused submissions can match."""
    return wanted.outcome is Outcome.REFUSED or wanted.code is not None or wanted.accepted is False
