"""Calendar: hours, days, weeks and months of a time zone as stretches of quarters of an hour.

A cell begins and ends where the clock on the wall says so. The day on which clocks are put forward is a cell of 23
hours, and the hour that comes twice is two cells, told apart by their offsets.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Final, NamedTuple

from leadintake.domain.rollup import A_QUARTER, Quarter, beginning_of, quarter_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from zoneinfo import ZoneInfo

A_DAY: Final = timedelta(days=1)


class Unit(StrEnum):
    """How long a cell is."""

    HOUR = "hour"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"


class Cell(NamedTuple):
    """One hour, day, week or month, or as much of it as is asked for; `end` is not part of it.

    Shape: `label` is when it begins by the clock on the wall, whether or not all of it is asked for: the hour with its
    offset, the day, the Monday of the week, the month.
    """

    label: str
    begin: Quarter
    end: Quarter


def is_quarter(instant: datetime) -> bool:
    """Say whether a quarter of an hour begins at that instant."""
    return beginning_of(quarter_of(instant)) == instant


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """Return the instant at which a day begins: where clocks skip midnight, when they do so."""
    return datetime.combine(day, time(), zone).astimezone(UTC)


def cells(begin: datetime, end: datetime, unit: Unit, zone: ZoneInfo) -> Sequence[Cell]:
    """Return the cells that a time is made of, in their order.

    Args:
        begin: At a quarter of an hour.
        end: Likewise, and later.
        unit: How long each is, but for the first and the last one.
        zone: By whose clocks.
    """
    found = []
    starts = _hours(begin, end, zone) if unit is Unit.HOUR else _dates(begin, end, unit, zone)
    this = next(starts)
    for label, start in [*starts, ("", end)]:
        first, last = max(this[1], begin), min(start, end)
        if first < last:
            found.append(Cell(this[0], quarter_of(first), quarter_of(last)))
        this = label, start
    return found


def count_at_most(begin: datetime, end: datetime, unit: Unit) -> int:
    """Return how many cells there can be, without looking at the clocks."""
    return (end - begin) // _SHORTEST[unit] + 2


_SHORTEST: Final = {
    Unit.HOUR: timedelta(minutes=30),
    Unit.DAY: timedelta(hours=22),
    Unit.WEEK: timedelta(days=6),
    Unit.MONTH: timedelta(days=27),
}


def _hours(begin: datetime, end: datetime, zone: ZoneInfo) -> Iterator[tuple[str, datetime]]:
    at = begin
    while at.astimezone(zone).minute:
        at -= A_QUARTER
    while at < end:
        yield at.astimezone(zone).isoformat(), at
        at += A_QUARTER
        while at.astimezone(zone).minute:
            at += A_QUARTER


def _dates(begin: datetime, end: datetime, unit: Unit, zone: ZoneInfo) -> Iterator[tuple[str, datetime]]:
    day = begin.astimezone(zone).date()
    if unit is Unit.WEEK:
        day -= timedelta(days=day.weekday())
    elif unit is Unit.MONTH:
        day = day.replace(day=1)
    while (at := midnight(day, zone)) < end:
        yield (f"{day:%Y-%m}" if unit is Unit.MONTH else day.isoformat()), at
        day = following(day, unit)


def following(day: date, unit: Unit) -> date:
    """Return the first day of the next day, week or month."""
    if unit is Unit.MONTH:
        return months_later(day, 1)
    return day + (timedelta(days=7) if unit is Unit.WEEK else A_DAY)


def months_later(first: date, count: int) -> date:
    """Return the first day of the month that comes so many later, or earlier for less than nothing."""
    months = first.year * 12 + first.month - 1 + count
    return date(months // 12, months % 12 + 1, 1)


class Period(StrEnum):
    """Times that are named by how they lie to today; each ends with the day it ends on, gone by or not."""

    TODAY = "today"
    YESTERDAY = "yesterday"
    LAST_7_DAYS = "last_7_days"
    LAST_30_DAYS = "last_30_days"
    THIS_WEEK = "this_week"
    LAST_WEEK = "last_week"
    THIS_MONTH = "this_month"
    LAST_MONTH = "last_month"


def period(name: Period, *, at: datetime, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """Return a period as it lies at that moment, by the clocks of a zone."""
    today = at.astimezone(zone).date()
    monday, first = today - timedelta(days=today.weekday()), today.replace(day=1)
    tomorrow, week = today + A_DAY, timedelta(days=7)
    begin, end = {
        Period.TODAY: (today, tomorrow),
        Period.YESTERDAY: (today - A_DAY, today),
        Period.LAST_7_DAYS: (tomorrow - week, tomorrow),
        Period.LAST_30_DAYS: (tomorrow - timedelta(days=30), tomorrow),
        Period.THIS_WEEK: (monday, monday + week),
        Period.LAST_WEEK: (monday - week, monday),
        Period.THIS_MONTH: (first, months_later(first, 1)),
        Period.LAST_MONTH: (months_later(first, -1), first),
    }[name]
    return midnight(begin, zone), midnight(end, zone)


def before(begin: datetime, end: datetime, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """Return the period before one: as many months, if it is whole months; else as many days; else as long a time."""
    local_begin, local_end = begin.astimezone(zone), end.astimezone(zone)
    first, last = local_begin.date(), local_end.date()
    if midnight(first, zone) != begin or midnight(last, zone) != end:
        return begin - (end - begin), begin
    if first.day == last.day == 1:
        count = (last.year - first.year) * 12 + last.month - first.month
        return midnight(months_later(first, -count), zone), begin
    return midnight(first - (last - first), zone), begin
