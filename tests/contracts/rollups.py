"""What roll-ups promise: a sum over what was added, the same whenever it is asked for and however far it is folded."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from random import Random
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest

from leadintake.domain.attribution import Attribution, TrafficSourceId
from leadintake.domain.calendar import cells
from leadintake.domain.owner import OfferId, ScheduleId
from leadintake.domain.report import By, Dimension, Fact, Only, Order, Sums, Value, Wanted, summed_up
from leadintake.domain.rollup import (
    NOTHING,
    Measures,
    Quarter,
    RollupDelta,
    RollupKey,
    beginning_of,
    quarter_of,
    totals,
)
from leadintake.domain.use_cases.fold_rollups import fold_rollups

from tests.contracts.store import PATIENCE_SECONDS, StoreContract, found, threads
from tests.support.builders import NOW, OFFER, OTHER_SCHEDULE, SCHEDULE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from leadintake.domain.company import Company

    from tests.contracts.store import Begin, Store

EVER = Quarter(0), Quarter(2**31 - 1)
A_LEAD = Measures(submissions=1, leads=1)
WHOLE = Measures(*range(1, len(Measures._fields) + 1))
THREADS = 4


def a_key(
    source: int | None = 1000, sub_id: str | None = "creative-A", *, later: int = 0, country: str | None = "US"
) -> RollupKey:
    return RollupKey.of(
        NOW + later * timedelta(minutes=15),
        owner=SCHEDULE,
        attribution=Attribution(None if source is None else TrafficSourceId(source), sub_id),
        country=country,
    )


def add(begin: Begin, *deltas: RollupDelta) -> None:
    with begin() as uow:
        uow.rollups.append_all(deltas)
        uow.commit()


def fold(begin: Begin, *, limit: int = 1_000) -> int:
    with begin() as uow:
        count = uow.rollups.fold(limit=limit)
        uow.commit()
    return count


def counted(begin: Begin, within: tuple[Quarter, Quarter] = EVER) -> Mapping[RollupKey, Measures]:
    with begin() as uow:
        return uow.rollups.counted(*within)


DIFFERENT: Sequence[RollupKey] = (
    a_key(),
    a_key(later=1),
    a_key(source=1001),
    a_key(source=None),
    a_key(sub_id="creative-a"),
    a_key(sub_id=None),
    a_key(sub_id=""),
    a_key(country=None),
    a_key(country="CA"),
    a_key()._replace(owner=OFFER),
    a_key()._replace(owner=None),
    a_key(None, None, country=None),
    a_key(sub_id='["a", null, "Ä 🐈"]'),
    a_key(sub_id="null"),
)


class RollupContract(StoreContract):
    """`RollupRepository`."""

    def test_nothing_is_counted_at_first(self, begin: Begin) -> None:
        assert counted(begin) == {}
        assert fold(begin) == 0

    @pytest.mark.parametrize("folds", [False, True])
    def test_what_is_added_is_summed_by_key(self, begin: Begin, folds: bool) -> None:  # noqa: FBT001 - a parameter
        for key in DIFFERENT:
            add(begin, RollupDelta(key, A_LEAD))
        if folds:
            fold(begin)
        add(begin, *(RollupDelta(key, WHOLE) for key in DIFFERENT))

        assert counted(begin) == {key: A_LEAD.plus(WHOLE) for key in DIFFERENT}

    def test_what_waits_to_be_folded_says_since_when(self, begin: Begin) -> None:
        """Monitoring must see that nobody folds: reports stay exact, and slow down."""
        with begin() as uow:
            assert uow.rollups.unfolded_since() is None
        before = datetime.now(UTC)
        add(begin, RollupDelta(a_key(), A_LEAD))
        after = datetime.now(UTC)
        add(begin, RollupDelta(a_key(), A_LEAD))

        with begin() as uow:
            since = uow.rollups.unfolded_since()

        # A store that keeps no deltas has nothing to fold.
        assert since is None or before - timedelta(milliseconds=1) <= since <= after
        while fold(begin):
            pass
        with begin() as uow:
            assert uow.rollups.unfolded_since() is None

    def test_folding_changes_nothing_that_is_read(self, begin: Begin) -> None:
        deltas = [RollupDelta(key, WHOLE) for key in DIFFERENT for _ in range(3)]
        add(begin, *deltas)
        seen = counted(begin)

        while fold(begin, limit=5):
            assert counted(begin) == seen

        assert seen == totals(deltas)

    def test_what_is_taken_back_leaves_nothing(self, begin: Begin) -> None:
        add(begin, RollupDelta(a_key(), WHOLE))
        fold(begin)
        add(begin, RollupDelta(a_key(), WHOLE.negated()))

        assert counted(begin) == {}
        fold(begin)
        assert counted(begin) == {}

    def test_less_may_be_counted_before_more(self, begin: Begin) -> None:
        add(begin, RollupDelta(a_key(), A_LEAD.negated()))
        fold(begin)
        add(begin, RollupDelta(a_key(), A_LEAD.plus(WHOLE)))
        fold(begin)

        assert counted(begin) == {a_key(): WHOLE}

    def test_money_is_exact_beyond_what_a_float_holds(self, begin: Begin) -> None:
        dear = NOTHING._replace(revenue=2**53, talk_seconds=2**40)
        add(begin, RollupDelta(a_key(), dear))
        add(begin, RollupDelta(a_key(), NOTHING._replace(revenue=1, payout=-(2**53) - 1)))
        fold(begin)

        assert counted(begin) == {a_key(): dear.plus(NOTHING._replace(revenue=1, payout=-(2**53) - 1))}

    @pytest.mark.parametrize("folds", [False, True])
    def test_a_time_ends_before_its_end(self, begin: Begin, folds: bool) -> None:  # noqa: FBT001 - a parameter
        keys = [a_key(later=later) for later in range(4)]
        add(begin, *(RollupDelta(key, A_LEAD) for key in keys))
        if folds:
            fold(begin)

        assert set(counted(begin, (keys[1].quarter, keys[3].quarter))) == {*keys[1:3]}

    def test_what_is_not_committed_is_not_counted(self, begin: Begin) -> None:
        with begin() as uow:
            uow.rollups.append_all([RollupDelta(a_key(), A_LEAD)])
            assert uow.rollups.counted(*EVER) == {a_key(): A_LEAD}

        assert counted(begin) == {}

    def test_a_fold_that_is_not_committed_loses_nothing(self, begin: Begin) -> None:
        add(begin, RollupDelta(a_key(), A_LEAD))
        with begin() as uow:
            uow.rollups.fold(limit=10)

        assert counted(begin) == {a_key(): A_LEAD}
        fold(begin)
        assert counted(begin) == {a_key(): A_LEAD}

    def test_companies_are_counted_apart(self, store: Store, begin: Begin) -> None:
        add(begin, RollupDelta(a_key(), A_LEAD))
        other = found(store)

        with store.unit_of_work(other.id) as uow:
            assert uow.rollups.fold(limit=10) == 0
            assert uow.rollups.counted(*EVER) == {}

    def test_every_company_is_folded(self, empty_store: Store) -> None:
        companies = [found(empty_store) for _ in range(3)]
        for company in companies:
            with empty_store.unit_of_work(company.id) as uow:
                uow.rollups.append_all([RollupDelta(key, A_LEAD) for key in DIFFERENT])
                uow.commit()
        waiting = [*empty_store.installation.companies_with_deltas()]

        folded = fold_rollups(
            installation=empty_store.installation, unit_of_work=empty_store.unit_of_work, batch_size=4
        )

        assert (waiting, folded) in [([each.id for each in companies], 3 * len(DIFFERENT)), ([], 0)]
        assert [*empty_store.installation.companies_with_deltas()] == []

    def test_nothing_is_lost_or_counted_twice_while_others_add_and_fold(
        self, store: Store, twin_store: Store, company: Company
    ) -> None:
        """Readers see whole additions only, whoever folds meanwhile: the two keys of each come and go together."""
        rounds = 40
        pair = [RollupDelta(a_key(), A_LEAD), RollupDelta(a_key(None, None), A_LEAD)]

        def work(number: int) -> None:
            begin = (store if number % 2 else twin_store).unit_of_work
            for turn in range(rounds):
                with begin(company.id) as uow:
                    uow.rollups.append_all(pair)
                    uow.commit()
                if turn % 4 == number:
                    fold(lambda: begin(company.id), limit=7)
                with store.reading(company.id) as uow:
                    seen = uow.rollups.counted(*EVER)
                assert seen[pair[0].key] == seen[pair[1].key]

        with threads(THREADS) as pool:
            for done in [pool.submit(work, number) for number in range(THREADS)]:
                done.result(PATIENCE_SECONDS)

        def begin() -> object:
            return store.unit_of_work(company.id)

        total = rounds * THREADS
        assert counted(begin) == dict.fromkeys((delta.key for delta in pair), Measures(submissions=total, leads=total))  # type: ignore[arg-type]

    @pytest.mark.parametrize("seed", range(12))
    def test_a_report_sums_up_everything_that_counts(self, store: Store, company: Company, seed: int) -> None:
        """Whatever is asked for, in whatever order, and however much of it is folded."""
        dice = Random(seed)  # noqa: S311 - no secret
        deltas = [a_delta(dice) for _ in range(dice.choice([0, 3, 40, 200]))]
        asked = [a_question(dice) for _ in range(25)]
        expected = [summed_up([Fact(*delta) for delta in deltas], wanted) for wanted in asked]
        for start in range(0, len(deltas), 20):
            with store.unit_of_work(company.id) as uow:
                uow.rollups.append_all(deltas[start : start + 20])
                uow.commit()
            if dice.random() < 0.4:
                fold(lambda: store.unit_of_work(company.id), limit=dice.choice([7, 100]))

        for wanted, answer in zip(asked, expected, strict=True):
            with store.reading(company.id) as uow:
                assert as_found(uow.rollups.report(wanted), wanted) == as_found(answer, wanted), wanted

        while fold(lambda: store.unit_of_work(company.id)):
            pass
        with store.reading(company.id) as uow:
            assert uow.rollups.agrees_with_itself()
        for wanted, answer in zip(asked, expected, strict=True):
            with store.reading(company.id) as uow:
                assert as_found(uow.rollups.report(wanted), wanted) == as_found(answer, wanted), wanted

    @pytest.mark.parametrize("seed", range(8))
    def test_first_and_last_leads_are_found_in_any_time(self, store: Store, company: Company, seed: int) -> None:
        """However long it is, wherever its ends lie, and however much of it is folded."""
        dice = Random(seed)  # noqa: S311 - no secret
        deltas = [some_leads(dice) for _ in range(dice.choice([0, 1, 10, 60]))]
        for start in range(0, len(deltas), 10):
            add(lambda: store.unit_of_work(company.id), *deltas[start : start + 10])
            if dice.random() < 0.4:
                fold(lambda: store.unit_of_work(company.id), limit=dice.choice([7, 100]))

        def look() -> None:
            for _ in range(15):
                begin, end = sorted(some_quarter(dice) for _ in range(2))
                among = [TrafficSourceId(each) for each in dice.sample(range(999, 1006), dice.randrange(7))]
                within = [
                    (key.traffic_source_id, key.quarter)
                    for key, measures in deltas
                    if measures.leads and begin <= key.quarter < end and key.traffic_source_id in among
                ]
                with store.reading(company.id) as uow:
                    last = uow.rollups.last_leads(among, begin, end)
                    first = uow.rollups.first_leads(among, begin, end)
                assert last == dict(sorted(within, key=lambda each: each[1])), (begin, end)
                assert first == dict(sorted(within, key=lambda each: -each[1])), (begin, end)

        look()
        while fold(lambda: store.unit_of_work(company.id)):
            pass
        look()

    @pytest.mark.parametrize("folds", [False, True])
    def test_leads_of_others_and_what_is_no_lead_are_not_found(self, begin: Begin, store: Store, folds: bool) -> None:  # noqa: FBT001 - a parameter
        other, source = found(store), TrafficSourceId(1000)
        add(begin, RollupDelta(a_key(later=1), A_LEAD), RollupDelta(a_key(source=None, later=9), A_LEAD))
        add(begin, RollupDelta(a_key(later=8), WHOLE._replace(leads=0)))
        add(begin, RollupDelta(a_key(later=-8), WHOLE._replace(leads=0)))
        add(lambda: store.unit_of_work(other.id), RollupDelta(a_key(later=7), A_LEAD))
        if folds:
            fold(begin)
            fold(lambda: store.unit_of_work(other.id))

        with begin() as uow:
            assert uow.rollups.last_leads([source], *EVER) == {source: a_key(later=1).quarter}
            assert uow.rollups.first_leads([source], *EVER) == {source: a_key(later=1).quarter}


NEW_YORK, KATHMANDU, UTC_ZONE = ZoneInfo("America/New_York"), ZoneInfo("Asia/Kathmandu"), ZoneInfo("UTC")
SUB_IDS = (None, "", "a", "B", "Ä", "ä", "z", "null", "🐈")
COUNTRIES = (None, "CA", "US")
OWNERS = (None, OFFER, SCHEDULE, OTHER_SCHEDULE)
BY_FACTS_OF_KEY = (By.TRAFFIC_SOURCE, By.SUB_ID, By.OFFER, By.SCHEDULE, By.COUNTRY)
DAY_OF_CHANGE = datetime(2026, 3, 8, tzinfo=UTC)
"""On this day the clocks in New York are put forward."""


def a_delta(dice: Random) -> RollupDelta:
    key = RollupKey(
        Quarter(quarter_of(DAY_OF_CHANGE) + dice.randrange(-3 * 768, 3 * 768)),
        dice.choice([None, 1000, 1001]),
        dice.choice(SUB_IDS),
        dice.choice(OWNERS),
        dice.choice(COUNTRIES),
    )
    kind = dice.randrange(4)
    if kind == 0:
        measures = A_LEAD
    elif kind == 1:
        measures = Measures(submissions=1, refused=1)
    elif kind == 2:
        measures = Measures(calls=1, talk_seconds=dice.randrange(90), payout=dice.randrange(3))
    else:
        measures = Measures(conversions=1, revenue=dice.choice([0, 100, 2**40]))
    return RollupDelta(key, measures if dice.random() < 0.9 else measures.negated())


def some_quarter(dice: Random) -> Quarter:
    """Return one of about a year, and often one of the edge of longer spans."""
    near, far = dice.randrange(-96, 96), dice.randrange(-400 * 96, 96)
    quarter = quarter_of(DAY_OF_CHANGE) + dice.choice([near, far])
    step = dice.choice([1, 1, 4, 96, 768])
    return Quarter(quarter // step * step)


def some_leads(dice: Random) -> RollupDelta:
    """Return what a source brought: leads, or something else; nobody takes leads back."""
    key = RollupKey(
        some_quarter(dice),
        dice.choice([None, 1000, 1001, 1002, 1003]),
        dice.choice(SUB_IDS),
        dice.choice(OWNERS),
        dice.choice(COUNTRIES),
    )
    return RollupDelta(key, dice.choice([A_LEAD, A_LEAD, WHOLE, Measures(submissions=1, refused=1)]))


def as_found(sums: Sums, wanted: Wanted) -> Sums:
    """Return what was found; rows that were asked for by name are in no order."""
    if wanted.among is None:
        return sums
    return sums._replace(rows=sorted(sums.rows, key=str))


def some_rows(dice: Random, dimensions: Sequence[Dimension]) -> frozenset[tuple[Value, ...]]:
    """Return what rows may be about."""
    values: dict[By, Sequence[Value]] = {
        By.TRAFFIC_SOURCE: (None, 1000, 1001),
        By.SUB_ID: SUB_IDS,
        By.COUNTRY: COUNTRIES,
    }
    return frozenset(
        tuple(dice.choice(values.get(dimension.by, (None, 0, 1, 2))) for dimension in dimensions) for _ in range(4)
    )


def a_question(dice: Random) -> Wanted:
    zone = dice.choice([NEW_YORK, KATHMANDU, UTC_ZONE])
    begin, end = sorted(Quarter(quarter_of(DAY_OF_CHANGE) + dice.randrange(-2500, 2500)) for _ in range(2))
    units = [By.DAY, By.WEEK, By.MONTH, By.HOUR]
    bys = dice.sample([*BY_FACTS_OF_KEY, dice.choice(units)], dice.choice([1, 2]))
    dimensions = tuple(map(Dimension, bys))
    unit = next((dimension.unit for dimension in dimensions if dimension.unit is not None), None)
    end = Quarter(end + 1)
    among = dice.choice([None, None, None, some_rows(dice, dimensions)])
    names = [*Measures._fields, "profit", "conversion_rate", "revenue_per_lead"]
    return Wanted(
        begin=begin,
        end=end,
        dimensions=dimensions,
        cells=() if unit is None else cells(beginning_of(begin), beginning_of(end), unit, zone),
        offer_of={ScheduleId(1): OfferId(1)},
        only=Only(
            traffic_source_ids=dice.choice([None, None, None, frozenset([1000]), frozenset([None, 1001])]),
            sub_ids=dice.choice([None, None, None, frozenset(["a", None]), frozenset(["Ä"])]),
            owners=dice.choice([None, None, None, frozenset([SCHEDULE, OFFER])]),
            countries=dice.choice([None, None, None, frozenset(["US"]), frozenset([None])]),
        ),
        order=Order(
            by=dice.choice([*names, *range(len(dimensions))]),
            is_descending=dice.choice([True, False]),
        ),
        among=among,
        offset=0 if among else dice.choice([0, 0, 0, 3, 1_000]),
        limit=None if among else dice.choice([None, 2, 10, 250]),
        at=NOW,
    )


def test_quarters_begin_where_they_end() -> None:
    quarter = quarter_of(NOW)

    assert beginning_of(quarter) == NOW
    assert quarter_of(beginning_of(Quarter(quarter + 1)) - timedelta(microseconds=1)) == quarter
