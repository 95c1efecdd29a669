"""Reports: what is counted, put together by one or two things, in an order, a page at a time.

`Wanted` says what is asked of a store, and `summed_up` is what the answer must be: the memory adapter uses it as it
stands, the SQL adapters say the same in their own words.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeAlias

from leadintake.domain.calendar import Unit
from leadintake.domain.money import DECIMALS, write_amount
from leadintake.domain.owner import OwnerKind
from leadintake.domain.rollup import NOTHING, Measures

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from datetime import datetime

    from leadintake.domain.calendar import Cell
    from leadintake.domain.money import Currency
    from leadintake.domain.owner import OfferId, OwnerRef, ScheduleId
    from leadintake.domain.rollup import Quarter, RollupKey

Value: TypeAlias = "int | str | None"
"""What a row is about in one dimension: a number, a text, or unknown. Of a time, the place of its cell."""


class By(StrEnum):
    """What rows can be about; of lead tokens there are as many as names."""

    TRAFFIC_SOURCE = "traffic_source"
    SUB_ID = "sub_id"
    OFFER = "offer"
    SCHEDULE = "schedule"
    COUNTRY = "country"
    HOUR = "hour"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    STATUS = "status"
    TOKEN = "token"  # noqa: S105 - data of a lead


_TOKEN_NAME: Final = re.compile(r"[a-z0-9_]{1,64}")


@dataclass(frozen=True, slots=True)
class Dimension:
    """One thing that rows are about; `token` is the name of the lead token, where it is one."""

    by: By
    token: str | None = None

    @classmethod
    def of(cls, name: str) -> Dimension:
        """Return the dimension of that name: ``sub_id``, or ``token:interest``. Raises: ValueError: there is none."""
        by, _, token = name.partition(":")
        if by == By.TOKEN and _TOKEN_NAME.fullmatch(token):
            return cls(By.TOKEN, token)
        if token or by == By.TOKEN:
            raise ValueError(name)
        return cls(By(by))

    @property
    def name(self) -> str:
        """Return its name on the wire."""
        return str(self.by) if self.token is None else f"{self.by}:{self.token}"

    @property
    def unit(self) -> Unit | None:
        """Return the length of its cells, None for what is no time."""
        return _UNITS.get(self.by)

    @property
    def needs_leads(self) -> bool:
        """Say whether it is known only by the leads as they are, and not by what is counted."""
        return self.by in {By.STATUS, By.TOKEN}


_UNITS: Final = {By.HOUR: Unit.HOUR, By.DAY: Unit.DAY, By.WEEK: Unit.WEEK, By.MONTH: Unit.MONTH}


class Rate(NamedTuple):
    """One measure divided by another; nothing where that is nothing."""

    of: str
    per: str


RATES: Final[Mapping[str, Rate]] = {
    "conversion_rate": Rate("conversions", "leads"),
    "revenue_per_lead": Rate("revenue", "leads"),
}
PROFIT: Final = "profit"


@dataclass(frozen=True, slots=True, kw_only=True)
class Only:
    """What is looked at; None leaves it open, and None among the values is what is unknown.

    Shape: `owners` are those meant: an offer's schedules are owners of their own.
    """

    traffic_source_ids: frozenset[int | None] | None = None
    sub_ids: frozenset[str | None] | None = None
    owners: frozenset[OwnerRef] | None = None
    countries: frozenset[str | None] | None = None

    def has(self, key: RollupKey) -> bool:
        """Say whether what is counted under that key is looked at."""
        return (
            (self.traffic_source_ids is None or key.traffic_source_id in self.traffic_source_ids)
            and (self.sub_ids is None or key.sub_id in self.sub_ids)
            and (self.owners is None or key.owner in self.owners)
            and (self.countries is None or key.country in self.countries)
        )


EVERYTHING: Final = Only()


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """How rows are sorted: by a measure, a rate or the profit, or by the dimension of that number.

    What has no value comes last either way, and rows that are equal in it are in order of their dimensions.
    """

    by: str | int = "leads"
    is_descending: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is asked of a store.

    Shape: from `begin` to before `end`. `cells` are those of the dimension that is a time, if one is, and make up the
    whole of it. `offer_of` tells which offer schedules belong to. `limit` is None for all rows. Of `among`, all of
    these rows are found, in no order, and no other; the totals are those of all. `at` is now: a lead whose time is up
    is seen as expired.
    """

    begin: Quarter
    end: Quarter
    dimensions: tuple[Dimension, ...]
    cells: Sequence[Cell] = ()
    offer_of: Mapping[ScheduleId, OfferId] = field(default_factory=dict)
    only: Only = EVERYTHING
    order: Order = field(default_factory=Order)
    offset: int = 0
    limit: int | None = None
    among: frozenset[tuple[Value, ...]] | None = None
    at: datetime

    @property
    def needs_leads(self) -> bool:
        """Say whether what is counted does not tell enough."""
        return any(dimension.needs_leads for dimension in self.dimensions)


FIGURES: Final = (
    "submissions",
    "leads",
    "refused",
    "duplicates",
    "calls",
    "connected_calls",
    "talk_seconds",
    "conversions",
    "conversion_rate",
    "revenue",
    "payout",
    PROFIT,
    "revenue_per_lead",
)
"""What is told of each row, in this order."""
MONEY: Final = frozenset({"revenue", "payout", PROFIT})
_PLACES: Final = 4


def figures(measures: Measures, currency: Currency) -> dict[str, int | str | None]:
    """Return what is told of a row: counts as numbers, amounts and rates as decimal texts.

    A rate has four decimals, rounded to the nearest, and to the even one from the middle between two; it is None where
    there is nothing to divide by.

    >>> from leadintake.domain.money import Currency
    >>> told = figures(Measures(leads=3, conversions=2, revenue=1250, payout=300), Currency("USD"))
    >>> told["conversion_rate"], told["revenue"], told["profit"], told["revenue_per_lead"]
    ('0.6667', '12.50', '9.50', '4.1667')
    """
    told: dict[str, int | str | None] = dict(measures._asdict())
    told |= {
        "revenue": write_amount(measures.revenue, currency),
        "payout": write_amount(measures.payout, currency),
        PROFIT: write_amount(measures.revenue - measures.payout, currency),
        "conversion_rate": _rate(measures.conversions, measures.leads),
        "revenue_per_lead": _rate(measures.revenue, measures.leads * 10 ** DECIMALS[currency]),
    }
    return {name: told[name] for name in FIGURES}


def _rate(number: int, divisor: int) -> str | None:
    if divisor == 0:
        return None
    # A fraction is exact, and rounds to even.
    return f"{Decimal(round(Fraction(number, divisor) * 10**_PLACES)).scaleb(-_PLACES):f}"


class Row(NamedTuple):
    """What a row is about, a value for each dimension, and its figures."""

    values: tuple[Value, ...]
    measures: Measures


class Sums(NamedTuple):
    """A page of rows, how many there are in all, and the figures of all of them together."""

    rows: Sequence[Row]
    total_count: int
    totals: Measures


class Fact(NamedTuple):
    """Something that counts: under which key, how much, and how its lead is seen, where that was asked for."""

    key: RollupKey
    measures: Measures
    status: str | None = None
    tokens: Mapping[str, str] | None = None


def stands(measures: Measures) -> bool:
    """Say whether anything is counted here that was not taken back, worth something or not."""
    return bool(measures.submissions + measures.leads + measures.calls + measures.conversions)


def summed_up(facts: Iterable[Fact], wanted: Wanted) -> Sums:
    """Return the report over these facts."""
    places = {quarter: number for number, cell in enumerate(wanted.cells) for quarter in range(cell.begin, cell.end)}
    sums: dict[tuple[Value, ...], Measures] = {}
    totals = NOTHING
    for fact in facts:
        key = fact.key
        if not (wanted.begin <= key.quarter < wanted.end and wanted.only.has(key)):
            continue
        values = tuple(_value(fact, dimension, wanted, places) for dimension in wanted.dimensions)
        totals = totals.plus(fact.measures)
        if wanted.among is None or values in wanted.among:
            sums[values] = sums.get(values, NOTHING).plus(fact.measures)
    rows = [Row(values, measures) for values, measures in sums.items() if stands(measures)]
    rows.sort(key=lambda row: _place(row, wanted.order))
    end = None if wanted.limit is None else wanted.offset + wanted.limit
    return Sums(rows[wanted.offset : end], len(rows), totals)


def _value(fact: Fact, dimension: Dimension, wanted: Wanted, places: Mapping[int, int]) -> Value:
    if dimension.unit is not None:
        return places[fact.key.quarter]
    if dimension.token is not None:
        return (fact.tokens or {}).get(dimension.token)
    if dimension.by is By.OFFER:
        return _offer(fact.key.owner, wanted.offer_of)
    return _SAID[dimension.by](fact)


def _offer(owner: OwnerRef | None, offer_of: Mapping[Any, OfferId]) -> int | None:
    """Return the offer that an owner is or belongs to."""
    if owner is None or owner.kind is OwnerKind.OFFER:
        return owner.id if owner else None
    return offer_of.get(owner.id)


def _schedule(fact: Fact) -> int | None:
    owner = fact.key.owner
    return owner.id if owner and owner.kind is OwnerKind.SCHEDULE else None


_SAID: Final[Mapping[By, Callable[[Fact], Value]]] = {
    By.TRAFFIC_SOURCE: lambda fact: fact.key.traffic_source_id,
    By.SUB_ID: lambda fact: fact.key.sub_id,
    By.COUNTRY: lambda fact: fact.key.country,
    By.SCHEDULE: _schedule,
    By.STATUS: lambda fact: fact.status,
}


def _place(row: Row, order: Order) -> tuple[Any, ...]:
    """Return what rows are sorted by."""
    ties = [_of_dimension(value) for value in row.values]
    if isinstance(order.by, int):
        value = row.values[order.by]
        if value is None:
            return ((True, 0), *ties)
        return ((False, _Backwards(value) if order.is_descending else value), *ties)
    number = ranked(row.measures, order.by)
    if number is None:
        return ((True, 0), *ties)
    return ((False, -number if order.is_descending else number), *ties)


def _of_dimension(value: Value) -> tuple[bool, Any]:
    return (True, 0) if value is None else (False, value)


class _Backwards(NamedTuple):
    """A value that is sorted the other way round."""

    value: Any

    def __lt__(self, other: Any) -> bool:  # noqa: ANN401 - the other value
        return bool(other.value < self.value)


def ranked(measures: Measures, name: str) -> float | None:
    """Return a measure, a rate or the profit as a number to sort by, None where there is none."""
    if name == PROFIT:
        return measures.revenue - measures.payout
    if (rate := RATES.get(name)) is not None:
        divisor = getattr(measures, rate.per)
        return getattr(measures, rate.of) / divisor if divisor else None
    number: int = getattr(measures, name)
    return number
