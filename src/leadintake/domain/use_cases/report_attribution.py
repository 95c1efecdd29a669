"""Report attribution: what came in and what became of it, by source, sub id, owner, time and more."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final, NamedTuple
from zoneinfo import ZoneInfo

from leadintake.domain.attribution import TrafficSourceId
from leadintake.domain.calendar import Period, before, cells, count_at_most, is_quarter, period
from leadintake.domain.claims import read_time
from leadintake.domain.errors import InvalidParameter
from leadintake.domain.owner import OfferId, OwnerKind, OwnerRef, ScheduleId
from leadintake.domain.report import EVERYTHING, FIGURES, By, Dimension, Only, Order, Wanted
from leadintake.domain.rollup import quarter_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from leadintake.domain.calendar import Cell
    from leadintake.domain.company import CompanyId
    from leadintake.domain.directory import Directory
    from leadintake.domain.money import Currency
    from leadintake.domain.ports import Clock, UnitOfWorkFactory
    from leadintake.domain.report import Row, Value
    from leadintake.domain.rollup import Measures

MOST_DIMENSIONS: Final = 2
MOST_CELLS: Final = 10_000
"""A year has as many hours, nearly; nobody reads on."""
_EARLIEST: Final = datetime(2000, 1, 1, tzinfo=UTC)
_LATEST: Final = datetime(2100, 1, 1, tzinfo=UTC)
_MOST: Final = timedelta(days=3_700)
_DEFAULT_PERIOD: Final = Period.LAST_30_DAYS
_BY_SOURCE: Final = (Dimension(By.TRAFFIC_SOURCE),)
_MOST_LEADS: Final = Order(by="leads", is_descending=True)
_IN_ORDER: Final = Order(by=0, is_descending=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportAttribution:
    """What to report.

    Shape: `begin` and `end` are texts, for only the company knows the zone of those without an offset; both or `period`
    or nothing is given: then it is the last thirty days. `time_zone` is the company's where it is None. `sort` is the
    name of a figure or of one of the dimensions, with a minus before it for the highest first; None is by time, where
    the first dimension is one, and else by leads. `limit` is None for all rows. `compares` asks for the period before
    as well. `offer_id` looks at an offer with its schedules.
    """

    company_id: CompanyId
    dimensions: tuple[Dimension, ...] = _BY_SOURCE
    begin: str | None = None
    end: str | None = None
    period: Period | None = None
    time_zone: str | None = None
    only: Only = EVERYTHING
    offer_id: OfferId | None = None
    schedule_id: ScheduleId | None = None
    sort: str | None = None
    offset: int = 0
    limit: int | None = 25
    compares: bool = False


class Named(NamedTuple):
    """What a row is about in one dimension: a number, a text, or when its time begins; and what that is called.

    Shape: None for the value is what is not known, such as leads without a source; the name is None where it has none.
    """

    value: Value
    name: str | None = None


class ReportRow(NamedTuple):
    """One row; `previous` is what it was in the period before, None where that was not asked for or there was none."""

    values: tuple[Named, ...]
    measures: Measures
    previous: Measures | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A page of rows, and the figures of all of them.

    Shape: from `begin` to before `end`; `previous_begin` is when the period before begins, which ends with `begin`,
    None where it was not asked for. `sort` is how the rows are sorted, as in the command.
    """

    begin: datetime
    end: datetime
    time_zone: str
    currency: Currency
    dimensions: tuple[Dimension, ...]
    sort: str
    rows: Sequence[ReportRow]
    total_count: int
    totals: Measures
    previous_begin: datetime | None = None
    previous_totals: Measures | None = None


def report_attribution(command: ReportAttribution, *, reading: UnitOfWorkFactory, clock: Clock) -> Report:
    """Return a report, exact as of the moment at which it is asked for.

    Raises: InvalidParameter: naming every parameter at fault.
    Source: specification, section 7; ADR 0030.
    """
    now = clock()
    _require_dimensions(command.dimensions)
    with reading(command.company_id) as uow:
        directory = uow.directory.current()
        time = _time(command, directory, now)
        order, sort = _order(command)
        wanted = _wanted(command, directory, time, order, at=now)
        sums = uow.rollups.report(wanted)
        previous: Mapping[tuple[Value, ...], Measures] = {}
        previous_totals, previous_begin = None, None
        if command.compares:
            earlier = _Time(*before(time.begin, time.end, time.zone), time.zone)
            among = frozenset(row.values for row in sums.rows)
            found = uow.rollups.report(
                replace(_wanted(command, directory, earlier, order, at=now), offset=0, limit=None, among=among)
            )
            previous = dict(found.rows)
            previous_totals, previous_begin = found.totals, earlier.begin
    names = _Names(directory, wanted.cells)
    return Report(
        begin=time.begin,
        end=time.end,
        time_zone=time.zone.key,
        currency=directory.company.currency,
        dimensions=command.dimensions,
        sort=sort,
        rows=[names.row(row, command.dimensions, previous.get(row.values)) for row in sums.rows],
        total_count=sums.total_count,
        totals=sums.totals,
        previous_begin=previous_begin,
        previous_totals=previous_totals,
    )


def _require_dimensions(dimensions: Sequence[Dimension]) -> None:
    if not 1 <= len(dimensions) <= MOST_DIMENSIONS:
        fault = "must name one or two things"
    elif len(set(dimensions)) < len(dimensions):
        fault = "names the same twice"
    elif sum(dimension.unit is not None for dimension in dimensions) > 1:
        fault = "can name one stretch of time only"
    else:
        return
    raise InvalidParameter(errors={"group_by": (fault,)})


class _Time(NamedTuple):
    begin: datetime
    end: datetime
    zone: ZoneInfo


def _time(command: ReportAttribution, directory: Directory, now: datetime) -> _Time:
    """Return the time that is meant. Raises: InvalidParameter."""
    name = command.time_zone or directory.company.time_zone
    zone = ZoneInfo(name)
    if command.begin is None and command.end is None:
        return _Time(*period(command.period or _DEFAULT_PERIOD, at=now, zone=zone), zone)
    errors: dict[str, list[str]] = {}
    if command.period is not None:
        errors["period"] = ["cannot be combined with from and to"]
    instants = {"from": _instant(command.begin, name), "to": _instant(command.end, name)}
    errors |= {parameter: [found] for parameter, found in instants.items() if isinstance(found, str)}
    begin, end = instants["from"], instants["to"]
    if isinstance(begin, datetime) and isinstance(end, datetime):
        if end <= begin:
            errors["to"] = ["must come after from: the time ends before it"]
        elif end - begin > _MOST:
            errors["to"] = [f"must be within {_MOST.days} days of from"]
        elif not errors:
            _require_cells(command, begin, end)
            return _Time(begin, end, zone)
    raise InvalidParameter(errors={parameter: tuple(found) for parameter, found in errors.items()})


def _instant(text: str | None, zone: str) -> datetime | str:
    """Return the instant that a text means, or what is wrong with it."""
    if text is None:
        return "is missing: give both from and to, or a period"
    try:
        instant = read_time(text, zone)
    except ValueError:
        return "is not a time: send a day such as 2026-03-01, or ISO 8601"
    if not _EARLIEST <= instant <= _LATEST:
        return f"must be between {_EARLIEST.year} and {_LATEST.year}"
    if not is_quarter(instant):
        return "must be at a quarter of an hour: :00, :15, :30 or :45"
    return instant


def _require_cells(command: ReportAttribution, begin: datetime, end: datetime) -> None:
    units = [dimension.unit for dimension in command.dimensions if dimension.unit is not None]
    if any(count_at_most(begin, end, unit) > 2 * MOST_CELLS for unit in units):
        message = f"make more than {MOST_CELLS} rows of time: ask for a shorter time, or longer stretches"
        raise InvalidParameter(errors={"group_by": (f"would {message}",)})


def _order(command: ReportAttribution) -> tuple[Order, str]:
    """Return how rows are sorted, and what that is called. Raises: InvalidParameter."""
    names = [dimension.name for dimension in command.dimensions]
    if command.sort is None:
        return (_IN_ORDER, names[0]) if command.dimensions[0].unit is not None else (_MOST_LEADS, "-leads")
    name = command.sort.removeprefix("-")
    if name in names:
        return Order(by=names.index(name), is_descending=name != command.sort), command.sort
    if name in FIGURES:
        return Order(by=name, is_descending=name != command.sort), command.sort
    message = f"must be one of these, with a minus before it for the highest first: {', '.join((*names, *FIGURES))}"
    raise InvalidParameter(errors={"sort": (message,)})


def _wanted(command: ReportAttribution, directory: Directory, time: _Time, order: Order, *, at: datetime) -> Wanted:
    unit = next((each.unit for each in command.dimensions if each.unit is not None), None)
    return Wanted(
        begin=quarter_of(time.begin),
        end=quarter_of(time.end),
        dimensions=command.dimensions,
        cells=() if unit is None else cells(time.begin, time.end, unit, time.zone),
        offer_of={each.id: each.offer_id for each in directory.schedules.values() if each.offer_id is not None},
        only=_only(command, directory),
        order=order,
        offset=command.offset,
        limit=command.limit,
        at=at,
    )


def _only(command: ReportAttribution, directory: Directory) -> Only:
    owners = command.only.owners
    if command.schedule_id is not None:
        owners = frozenset({OwnerRef(OwnerKind.SCHEDULE, command.schedule_id)})
    if command.offer_id is not None:
        ref = OwnerRef(OwnerKind.OFFER, command.offer_id)
        offer = directory.owner(ref)
        in_offer = frozenset({ref}) if offer is None else directory.owners_in_offer(offer)
        owners = in_offer if owners is None else owners & in_offer
    return replace(command.only, owners=owners)


@dataclass(frozen=True, slots=True)
class _Names:
    """What the things are called that rows are about."""

    directory: Directory
    cells: Sequence[Cell] = field(default=())

    def row(self, row: Row, dimensions: Sequence[Dimension], previous: Measures | None) -> ReportRow:
        """Return a row with the names."""
        values = tuple(self._named(value, by) for value, by in zip(row.values, dimensions, strict=True))
        return ReportRow(values, row.measures, previous)

    def _named(self, value: Value, dimension: Dimension) -> Named:
        if dimension.unit is not None and isinstance(value, int):
            return Named(self.cells[value].label)
        if not isinstance(value, int):
            return Named(value)
        thing = {
            By.TRAFFIC_SOURCE: self.directory.traffic_sources.get(TrafficSourceId(value)),
            By.OFFER: self.directory.offers.get(OfferId(value)),
            By.SCHEDULE: self.directory.schedules.get(ScheduleId(value)),
        }[dimension.by]
        return Named(value, None if thing is None else thing.name)
