"""Watch a company: what is silent, what jumps, what lags."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from leadintake.domain.calendar import Cell
from leadintake.domain.ports import Horizon
from leadintake.domain.report import By, Dimension, Only, Order, Wanted
from leadintake.domain.rollup import NOTHING, Measures, Quarter, beginning_of, quarter_of
from leadintake.domain.signals import SHORTEST_SILENCE, USUAL, Refusals, Signals, Work, is_regular, silence

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from leadintake.domain.attribution import TrafficSource, TrafficSourceId
    from leadintake.domain.company import CompanyId
    from leadintake.domain.ports import Clock, Installation, UnitOfWork, UnitOfWorkFactory
    from leadintake.domain.signals import SilentSource

_COMPARED: Final = timedelta(days=7)
_HOUR: Final = 4
_DAY: Final = 96
_BY_SOURCE: Final = (Dimension(By.TRAFFIC_SOURCE),)
_OVER_TIME: Final = (Dimension(By.HOUR),)
_IN_ORDER: Final = Order(by=0, is_descending=False)


def watch_company(
    company_id: CompanyId, *, installation: Installation, reading: UnitOfWorkFactory, clock: Clock
) -> Signals:
    """Return what somebody should look at. Raises: NotFound: there is no such company."""
    now, sealed_until = clock(), installation.sealed_until()
    with reading(company_id) as uow:
        sources = uow.directory.current().traffic_sources
        return Signals(
            company_id=company_id,
            at=now,
            silent=find_silent(uow, sources.values(), at=now),
            refusals=_refusals(uow, at=now),
            waiting_since=_waiting(uow, sealed_until, at=now),
        )


def find_silent(uow: UnitOfWork, sources: Iterable[TrafficSource], *, at: datetime) -> Sequence[SilentSource]:
    """Return those of these sources that are silent, the longest silent first; who is paused is asked for nothing.

    Little is read: who sent lately is not looked at again, and whose days are too few not by their hours.
    """
    here = {source.id: source for source in sources if source.paused_at is None}
    lately = quarter_of(at - SHORTEST_SILENCE), _after(at)
    quiet = here.keys() - _senders(uow, here.keys(), *lately, at=at)
    days = _cells(at, USUAL, step=_DAY)
    by_day = _leads_by_cell(uow, quiet, days, at=at)
    regular = [source_id for source_id, leads in by_day.items() if is_regular([*leads.values()])]
    hours = _cells(at, USUAL, step=_HOUR)
    by_hour = _leads_by_cell(uow, regular, hours, at=at)
    found = [
        silence(here[source_id], [beginning_of(hours[place].begin) for place in sorted(leads)], at=at)
        for source_id, leads in by_hour.items()
    ]
    return sorted((each for each in found if each is not None), key=lambda each: (each.since, each.source.id))


def _senders(
    uow: UnitOfWork, among: Iterable[TrafficSourceId], begin: Quarter, end: Quarter, *, at: datetime
) -> set[object]:
    """Return which of these sources brought leads in a time."""
    wanted = Wanted(begin=begin, end=end, dimensions=_BY_SOURCE, only=_only(among), at=at)
    return {row.values[0] for row in uow.rollups.report(wanted).rows if row.measures.leads > 0}


def _leads_by_cell(
    uow: UnitOfWork, source_ids: Iterable[TrafficSourceId], cells: Sequence[Cell], *, at: datetime
) -> Mapping[TrafficSourceId, Mapping[int, int]]:
    """Return how many leads each source brought, by the place of the cell; cells without are not there."""
    found: dict[TrafficSourceId, dict[int, int]] = {}
    only = _only(source_ids)
    if not only.traffic_source_ids:
        return found
    wanted = Wanted(
        begin=cells[0].begin,
        end=cells[-1].end,
        dimensions=(*_BY_SOURCE, *_OVER_TIME),
        cells=cells,
        only=only,
        order=_IN_ORDER,
        at=at,
    )
    for (source_id, place), measures in uow.rollups.report(wanted).rows:
        if measures.leads > 0:
            # What the report is about: a number, and the place of a cell.
            found.setdefault(source_id, {})[place] = measures.leads  # type: ignore[arg-type, index]  # see above
    return found


def _refusals(uow: UnitOfWork, *, at: datetime) -> Refusals:
    """Return how much was refused: in this quarter of an hour and the three before it, and in the week before them."""
    last = _after(at)
    lately = Quarter(last - _HOUR)
    before = Quarter(lately - _COMPARED // timedelta(minutes=15))
    wanted = Wanted(
        begin=before,
        end=last,
        dimensions=_OVER_TIME,
        cells=(Cell("before", before, lately), Cell("lately", lately, last)),
        at=at,
    )
    found: dict[object, Measures] = {row.values[0]: row.measures for row in uow.rollups.report(wanted).rows}
    return Refusals(before=found.get(0, NOTHING), lately=found.get(1, NOTHING))


def _waiting(uow: UnitOfWork, sealed_until: int, *, at: datetime) -> Mapping[Work, datetime]:
    """Return since when the oldest of each kind of work waits."""
    due = [
        min(time for time in (lead.expires_at, lead.plan_expires_at) if time is not None and time <= at)
        for lead in uow.leads.due_to_expire(at=at, limit=1)
    ]
    unsealed = uow.chain.unsealed(Horizon(begin=sealed_until), after=None, limit=1).events
    since = {
        Work.SETTLE_DUE_LEADS: next(iter(due), None),
        Work.SEAL_EVENTS: next((event.at for event in unsealed), None),
        Work.FOLD_ROLLUPS: uow.rollups.unfolded_since(),
    }
    return {work: moment for work, moment in since.items() if moment is not None}


def _only(source_ids: Iterable[TrafficSourceId]) -> Only:
    return Only(traffic_source_ids=frozenset(source_ids))


def _after(at: datetime) -> Quarter:
    """Return the first quarter of an hour that has not begun."""
    return Quarter(quarter_of(at) + 1)


def _cells(at: datetime, span: timedelta, *, step: int) -> Sequence[Cell]:
    """Return cells of so many quarters, counted in UTC, from about that long ago to the one that now is in."""
    last = quarter_of(at) // step
    first = quarter_of(at - span) // step
    return [
        Cell(str(number), Quarter(number * step), Quarter((number + 1) * step)) for number in range(first, last + 1)
    ]
