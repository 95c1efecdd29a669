"""Watch traffic sources: what each brought lately, when its leads came, and whether one has gone silent."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from leadintake.domain.calendar import Unit, cells, midnight
from leadintake.domain.errors import NotFound
from leadintake.domain.report import By, Dimension, Only, Wanted
from leadintake.domain.rollup import A_QUARTER, NOTHING, Measures, Quarter, beginning_of, quarter_of
from leadintake.domain.use_cases.watch_company import find_silent

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime

    from leadintake.domain.attribution import TrafficSource, TrafficSourceId
    from leadintake.domain.calendar import Cell
    from leadintake.domain.company import Company, CompanyId
    from leadintake.domain.ports import Clock, UnitOfWork, UnitOfWorkFactory
    from leadintake.domain.signals import SilentSource

LATELY: Final = timedelta(days=7)
_LOOKED_BACK: Final = timedelta(days=366)
_MOST_YEARS: Final = 10
_A_DAY: Final = timedelta(days=1)
_SOURCE: Final = Dimension(By.TRAFFIC_SOURCE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """When a lead came: at `at` or later, and less than `within` after it."""

    at: datetime
    within: timedelta

    @property
    def is_exact(self) -> bool:
        """Say whether the time of day is known, and not the day alone."""
        return self.within < _A_DAY / 2


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceActivity:
    """What a source brought in the last seven days; `last` is its last lead, None for none within a year."""

    lately: Measures = NOTHING
    last: Seen | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceHistory:
    """One source, its activity, the first lead that it ever brought, and its silence if it has stopped."""

    source: TrafficSource
    activity: SourceActivity
    first: Seen | None
    silence: SilentSource | None


def watch_sources(
    company_id: CompanyId, source_ids: Sequence[TrafficSourceId], *, reading: UnitOfWorkFactory, clock: Clock
) -> Mapping[TrafficSourceId, SourceActivity]:
    """Return the activity of each of these sources, as many as stand on a page; unknown ones are left out."""
    now = clock()
    with reading(company_id) as uow:
        directory = uow.directory.current()
        sources = [directory.traffic_sources[each] for each in source_ids if each in directory.traffic_sources]
        return _activity(uow, directory.company, sources, at=now)


def read_source_history(
    company_id: CompanyId, source_id: TrafficSourceId, *, reading: UnitOfWorkFactory, clock: Clock
) -> SourceHistory:
    """Return one source with what is known of its leads. Raises: NotFound: the company has none of that number."""
    now = clock()
    with reading(company_id) as uow:
        directory = uow.directory.current()
        if (source := directory.traffic_sources.get(source_id)) is None:
            raise NotFound
        activity = _activity(uow, directory.company, [source], at=now)[source_id]
        return SourceHistory(
            source=source,
            activity=activity,
            first=_first(uow, directory.company, source_id, at=now),
            silence=next(iter(find_silent(uow, [source], at=now)), None),
        )


def _activity(
    uow: UnitOfWork, company: Company, sources: Sequence[TrafficSource], *, at: datetime
) -> Mapping[TrafficSourceId, SourceActivity]:
    ids = frozenset(source.id for source in sources)
    if not ids:
        return {}
    end = Quarter(quarter_of(at) + 1)
    lately = Wanted(
        begin=quarter_of(at - LATELY), end=end, dimensions=(_SOURCE,), only=Only(traffic_source_ids=ids), at=at
    )
    measures = {row.values[0]: row.measures for row in uow.rollups.report(lately).rows}
    last = _last(uow, company, ids, at=at)
    return {each: SourceActivity(lately=measures.get(each, NOTHING), last=last.get(each)) for each in ids}


def _last(
    uow: UnitOfWork, company: Company, ids: Collection[TrafficSourceId], *, at: datetime
) -> Mapping[TrafficSourceId, Seen]:
    """Return when each source's last lead came: the nearer it is to now, the more exactly."""
    places = _finer_and_finer(company, at)
    begins = [place.begin for place in places]
    last = uow.rollups.last_leads(ids, places[0].begin, places[-1].end)
    return {source_id: _seen(places[bisect_right(begins, quarter) - 1]) for source_id, quarter in last.items()}


def _first(uow: UnitOfWork, company: Company, source_id: TrafficSourceId, *, at: datetime) -> Seen | None:
    """Return when a source's first lead came, to the quarter of an hour."""
    zone, end = ZoneInfo(company.time_zone), Quarter(quarter_of(at) + 1)
    begin = midnight(at.astimezone(zone).date().replace(year=at.year - _MOST_YEARS, month=1, day=1), zone)
    found = uow.rollups.first_leads([source_id], quarter_of(begin), end).get(source_id)
    return None if found is None else Seen(at=beginning_of(found), within=A_QUARTER)


def _finer_and_finer(company: Company, at: datetime) -> Sequence[Cell]:
    """Return the last year in months of the company's zone, then days, and hours since yesterday."""
    zone, end = ZoneInfo(company.time_zone), beginning_of(Quarter(quarter_of(at) + 1))
    today = midnight(at.astimezone(zone).date(), zone)
    month = midnight((today - 31 * _A_DAY).astimezone(zone).date().replace(day=1), zone)
    year = midnight((at - _LOOKED_BACK).astimezone(zone).date().replace(day=1), zone)
    yesterday = midnight((today - _A_DAY / 2).astimezone(zone).date(), zone)
    return [
        *cells(year, month, Unit.MONTH, zone),
        *cells(month, yesterday, Unit.DAY, zone),
        *cells(yesterday, end, Unit.HOUR, zone),
    ]


def _seen(cell: Cell) -> Seen:
    return Seen(at=beginning_of(cell.begin), within=beginning_of(cell.end) - beginning_of(cell.begin))
