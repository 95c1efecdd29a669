"""The budget of caller operations that each lead token has for a day: a leaked one must not undo a company unseen.

Source: specification, section 5.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from leadintake.domain.alarm import Alarm, AlarmId, AlarmKind
from leadintake.domain.event import Event, EventId, EventKind
from leadintake.domain.token_rules import OPERATIONS_PER_DAY

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from datetime import datetime

    from leadintake.domain.credential import LeadTokenId
    from leadintake.domain.directory import Directory
    from leadintake.domain.ports import NewId, UnitOfWork
    from leadintake.domain.submission import Receipt, SubmissionId


def spend(receipts: Iterable[Receipt], directory: Directory, uow: UnitOfWork, *, at: datetime) -> set[SubmissionId]:
    """Count operations that came by lead tokens, and return those that are over their token's budget of that day.

    Days are those of the company's time zone. What is over is counted as well: who goes on stays over.
    """
    asked: dict[LeadTokenId, list[SubmissionId]] = {}
    for receipt in receipts:
        if receipt.lead_token_id is not None:
            asked.setdefault(receipt.lead_token_id, []).append(receipt.id)
    day = at.astimezone(ZoneInfo(directory.company.time_zone)).date()
    over: set[SubmissionId] = set()
    # In order of the tokens, so that two units cannot block each other.
    for token_id in sorted(asked):
        grant = directory.lead_tokens.get(token_id)
        budget = grant.rules.operations_per_day if grant else None
        operations = asked[token_id]
        count = uow.credentials.count_operations(token_id, day=day, count=len(operations))
        left = (OPERATIONS_PER_DAY if budget is None else budget) - (count - len(operations))
        over.update(operations[max(0, left) :])
    return over


def raise_the_alarm(receipts: Collection[Receipt], uow: UnitOfWork, *, now: datetime, new_id: NewId) -> None:
    """Keep an alarm for each lead token that is over its budget, and tell of the first of a day."""
    tokens = {receipt.lead_token_id: receipt.company_id for receipt in receipts if receipt.lead_token_id is not None}
    alarms = [
        Alarm(
            id=AlarmId(new_id()),
            company_id=company_id,
            kind=AlarmKind.OPERATIONS_EXHAUSTED,
            lead_token_id=token_id,
            day=now.astimezone(UTC).date(),
            first_seen_at=now,
            last_seen_at=now,
        )
        for token_id, company_id in tokens.items()
    ]
    if facts := [_fact(alarm, new_id) for alarm in uow.credentials.raise_alarms(alarms)]:
        uow.events.append_all(facts)


def for_review(events: Iterable[Event]) -> tuple[Event, ...]:
    """Return what came of a wish that is honoured over the budget, marked for somebody to look at."""
    return tuple(replace(event, details={**event.details, "for_review": True}) for event in events)


def _fact(alarm: Alarm, new_id: NewId) -> Event:
    return Event(
        id=EventId(new_id()),
        company_id=alarm.company_id,
        kind=EventKind.LEAD_TOKEN_OPERATIONS_EXHAUSTED,
        caller=None,
        lead_id=None,
        lead_version=None,
        at=alarm.first_seen_at,
        details={"lead_token_id": str(alarm.lead_token_id), "day": alarm.day.isoformat()},
    )
