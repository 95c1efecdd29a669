"""Write down what this process has seen of credentials: their last uses, and alarms about leaked lead tokens."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING

from leadintake.domain.alarm import Alarm, AlarmId, AlarmKind
from leadintake.domain.event import Event, EventId, EventKind

if TYPE_CHECKING:
    from leadintake.domain.ports import Leak, NewId, Sighted, Sightings, UnitOfWorkFactory


def write_down_sightings(*, sightings: Sightings, unit_of_work: UnitOfWorkFactory, new_id: NewId) -> int:
    """Write down what is due, a company at a time, and return how many things that were.

    The first leak of a lead token on a day is told as an event too.
    Raises: Unavailable, OutcomeUnknown: what is left over is written the next time.
    """
    count = 0
    for sighted in sightings.due():
        with unit_of_work(sighted.company_id) as uow:
            uow.credentials.note_uses(sighted.uses)
            alarms = [_alarm(leak, sighted, new_id) for leak in sighted.leaks]
            if alarms and (first := uow.credentials.raise_alarms(alarms)):
                uow.events.append_all([_fact(alarm, new_id) for alarm in first])
            uow.commit()
        sightings.written(sighted)
        count += len(sighted.uses) + len(sighted.leaks)
    return count


def _alarm(leak: Leak, sighted: Sighted, new_id: NewId) -> Alarm:
    return Alarm(
        id=AlarmId(new_id()),
        company_id=sighted.company_id,
        kind=AlarmKind.LEAKED,
        lead_token_id=leak.lead_token_id,
        day=leak.first_seen_at.astimezone(UTC).date(),
        first_seen_at=leak.first_seen_at,
        last_seen_at=leak.last_seen_at,
        origin=leak.origin,
    )


def _fact(alarm: Alarm, new_id: NewId) -> Event:
    return Event(
        id=EventId(new_id()),
        company_id=alarm.company_id,
        kind=EventKind.LEAD_TOKEN_LEAKED,
        caller=None,
        lead_id=None,
        lead_version=None,
        at=alarm.first_seen_at,
        details={"lead_token_id": str(alarm.lead_token_id), "day": alarm.day.isoformat(), "origin": alarm.origin},
    )
