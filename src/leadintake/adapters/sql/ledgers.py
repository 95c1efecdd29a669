"""`EventLog` and `SubmissionLedger`: what is only ever appended."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, func, select, update

from leadintake.adapters.sql import mapping
from leadintake.adapters.sql.bulk import bulk_insert
from leadintake.adapters.sql.tables import events, submissions
from leadintake.adapters.sql.tenancy import require_own
from leadintake.domain.ports import SubmissionPage, SubmissionScan
from leadintake.domain.submission import ERASED_REQUEST, SubmissionId

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement

    from leadintake.adapters.sql.bulk import PendingInserts
    from leadintake.domain.company import CompanyId
    from leadintake.domain.event import Event
    from leadintake.domain.lead import LeadId
    from leadintake.domain.phone import PhoneNumber
    from leadintake.domain.ports import SubmissionFilter
    from leadintake.domain.submission import Submission

_INSERT_EVENTS = bulk_insert(events)
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
        mine = (events.c.company_id == self._company_id) & (events.c.lead_id == lead_id)
        rows = self._pending.connection.execute(select(events).where(mine).order_by(events.c.id))
        return [mapping.to_event(row) for row in rows]

    def of_contact(self, caller: PhoneNumber) -> Sequence[Event]:
        """Return the contact's own events."""
        mine = (events.c.company_id == self._company_id) & (events.c.caller == caller.e164)
        query = select(events).where(mine, events.c.lead_id.is_(None)).order_by(events.c.id)
        rows = self._pending.connection.execute(query)
        return [mapping.to_event(row) for row in rows]

    def erase(self, caller: PhoneNumber, *, at: datetime) -> int:  # noqa: ARG002 - the port's: it may be noted one day
        """Blank the facts about a caller."""
        mine = (events.c.company_id == self._company_id) & (events.c.caller == caller.e164)
        blanked = update(events).where(mine).values(caller="", details={})
        return self._pending.connection.execute(blanked).rowcount


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

    def search(self, wanted: SubmissionFilter, *, offset: int, limit: int) -> SubmissionPage:
        """Return a page of the submissions that match."""
        condition = and_(submissions.c.company_id == self._company_id, *_conditions(wanted))
        listed = condition if wanted.after is None else and_(condition, submissions.c.id < wanted.after)
        query = select(submissions).where(listed).order_by(submissions.c.id.desc()).offset(offset).limit(limit)
        connection = self._pending.connection
        found = [mapping.to_submission(row) for row in connection.execute(query)]
        total = connection.execute(select(func.count()).select_from(submissions).where(condition)).scalar_one()
        return SubmissionPage(found, total)

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
        values: dict[str, Any] = {
            "remote_ip": None,
            "request": dict(ERASED_REQUEST),
            "errors": {},
            "notices": [],
            "caller_digest": None,
        }
        count, ordered = 0, sorted(submission_ids)
        for start in range(0, len(ordered), _AT_ONCE):
            some = ordered[start : start + _AT_ONCE]
            mine = and_(submissions.c.company_id == self._company_id, submissions.c.id.in_(some))
            count += self._pending.connection.execute(update(submissions).where(mine).values(values)).rowcount
        return count


def _conditions(wanted: SubmissionFilter) -> list[ColumnElement[bool]]:
    columns = submissions.c
    owner = wanted.owner
    equal = {
        columns.outcome: None if wanted.outcome is None else wanted.outcome.value,
        columns.code: wanted.code,
        columns.owner_kind: None if owner is None else owner.kind.value,
        columns.owner_id: None if owner is None else owner.id,
        columns.lead_id: wanted.lead_id,
    }
    conditions = [column == value for column, value in equal.items() if value is not None]
    if wanted.received_from is not None:
        conditions.append(columns.received_at >= wanted.received_from)
    if wanted.received_to is not None:
        conditions.append(columns.received_at < wanted.received_to)
    return conditions
