"""What the stores promise about calls and conversions: kept to the cent, each external id once, no lost correction."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import UTC
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import pytest

from leadintake.domain.attribution import Attribution, TrafficSourceId
from leadintake.domain.call import Call, CallId, Direction
from leadintake.domain.conversion import Conversion, ConversionId
from leadintake.domain.errors import StaleWrite
from leadintake.domain.lead import LeadId
from leadintake.domain.money import MOST, Amount
from leadintake.domain.ports import CallFilter, ConversionFilter
from leadintake.domain.stamp import Stamp

from tests.contracts.store import PATIENCE_SECONDS, StoreContract, found, is_waiting, threads
from tests.support.builders import ADA, BEN, EVE, MINUTE, NOW, OFFER, SCHEDULE, Builder, a_call, a_conversion, new_id
from tests.support.strategies import ODD_INSTANTS, ODD_TEXTS

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from leadintake.domain.company import Company
    from leadintake.domain.ports import UnitOfWork

    from tests.contracts.store import Begin, Store

One = TypeVar("One", Call, Conversion)

LEAD = LeadId(new_id())
FULL_STAMP = Stamp(
    lead_id=LEAD,
    caller=ADA,
    owner=OFFER,
    attribution=Attribution(TrafficSourceId(1000), "creative-A"),
    country="US",
)
"""As of a lead with everything."""


class RecordedContract(StoreContract, Generic[One]):
    """What `CallRepository` and `ConversionRepository` have in common."""

    build: Builder[One]

    def repository(self, uow: UnitOfWork) -> Any:  # noqa: ANN401 - a repository of either kind
        """Return the unit's repository."""
        raise NotImplementedError

    def listed(
        self,
        begin: Begin,
        *,
        offset: int = 0,
        limit: int = 50,
        **wanted: Any,  # noqa: ANN401 - any field of the filter
    ) -> tuple[Sequence[One], int]:
        """Return a page of what is found, and how many match."""
        raise NotImplementedError

    @pytest.fixture
    def one(self, company: Company) -> Builder[One]:
        """Build one of the test's company."""
        return lambda **fields: type(self).build(**{"company_id": company.id, **fields})

    def keep(self, begin: Begin, *added: One) -> None:
        with begin() as uow:
            self.repository(uow).add_all(added)
            uow.commit()

    def save(self, begin: Begin, *changes: tuple[One, int]) -> None:
        with begin() as uow:
            self.repository(uow).save_all(changes)
            uow.commit()

    def again(self, begin: Begin, kept: One) -> One:
        """Return it as it is kept."""
        with begin() as uow:
            found_again: One | None = self.repository(uow).find(kept.id)
        assert found_again is not None
        return found_again

    # --- one ---------------------------------------------------------------------------------------------------------

    def test_what_was_never_kept_is_not_found(self, begin: Begin, one: Builder[One]) -> None:
        with begin() as uow:
            assert self.repository(uow).find(one().id) is None

    def test_stamp_and_bare_one_are_found_as_kept(self, begin: Begin, one: Builder[One]) -> None:
        stamped, bare = one(stamp=FULL_STAMP, external_id="tracker-1", version=7), one(stamp=Stamp())

        self.keep(begin, stamped, bare)

        assert self.again(begin, stamped) == stamped
        assert self.again(begin, bare) == bare

    @pytest.mark.parametrize("units", [0, 1, 2**31, 2**53 + 1, MOST - 1])
    def test_amounts_are_kept_to_the_unit(self, begin: Begin, one: Builder[One], units: int) -> None:
        """Beyond 2**53 a float would lose cents; beyond 2**31 an integer of four bytes loses everything."""
        added = one(revenue=Amount(units), payout=Amount(units // 2))
        saved = one()
        self.keep(begin, added, saved)
        self.save(begin, (replace(saved, revenue=Amount(units), payout=Amount(units // 2), version=2), 1))

        for kept in (self.again(begin, added), self.again(begin, saved)):
            assert (kept.revenue, kept.payout) == (units, units // 2)

    @pytest.mark.parametrize("text", ODD_TEXTS.values(), ids=ODD_TEXTS.keys())
    def test_external_ids_are_kept_and_found_to_the_letter(self, begin: Begin, one: Builder[One], text: str) -> None:
        # An index does not take what is as long as the longest of these; nor does any entrypoint.
        name = text[:255]
        kept = one(external_id=name, stamp=replace(FULL_STAMP, attribution=Attribution(None, name)))
        self.keep(begin, kept)

        with begin() as uow:
            assert self.repository(uow).of_external_ids([name]) == {name: kept}

    def test_texts_that_look_alike_are_different_external_ids(self, begin: Begin, one: Builder[One]) -> None:
        names = {text[:255] for text in ODD_TEXTS.values()}
        kept = {name: one(external_id=name) for name in names}

        self.keep(begin, *kept.values())

        with begin() as uow:
            assert self.repository(uow).of_external_ids(names | {"nobody's"}) == kept
            assert self.repository(uow).of_external_ids([]) == {}

    # --- external ids ------------------------------------------------------------------------------------------------

    def test_external_id_is_taken_once(self, begin: Begin, one: Builder[One]) -> None:
        first = one(external_id="tracker-1")
        self.keep(begin, first)

        with pytest.raises(StaleWrite):
            self.keep(begin, one(), one(external_id="tracker-1"))

        assert self.listed(begin) == ([first], 1)

    def test_external_id_is_taken_once_within_one_unit(self, begin: Begin, one: Builder[One]) -> None:
        with pytest.raises(StaleWrite):
            self.keep(begin, one(external_id="tracker-1"), one(external_id="tracker-1"))

        assert self.listed(begin) == ([], 0)

    def test_without_an_external_id_nothing_is_the_same(self, begin: Begin, one: Builder[One]) -> None:
        self.keep(begin, one(), one(), one())

        assert self.listed(begin)[1] == 3

    def test_two_units_that_insert_the_same_keep_it_once(self, begin: Begin, one: Builder[One]) -> None:
        """A tracker that times out sends its postback again while the first one is under way."""
        twins = [one(external_id="tracker-1") for _ in range(6)]

        def post(twin: One) -> bool:
            try:
                self.keep(begin, twin)
            except StaleWrite:
                return False
            return True

        with threads(6) as pool:
            kept = [posting.result(PATIENCE_SECONDS) for posting in [pool.submit(post, twin) for twin in twins]]

        assert sorted(kept) == [False] * 5 + [True]
        assert self.listed(begin)[1] == 1

    def test_units_that_insert_the_same_in_other_orders_do_not_block_each_other(
        self, begin: Begin, one: Builder[One]
    ) -> None:
        """Two importers of one file, one of them from its end: one must fail cleanly, and neither may hang."""
        names = [f"tracker-{number:02}" for number in range(40)]

        def keep(order: Sequence[str]) -> bool:
            with suppress(StaleWrite):
                self.keep(begin, *(one(external_id=name) for name in order))
                return True
            return False

        with threads(4) as pool:
            orders = [names, names[::-1], names[::2] + names[1::2], names[20:] + names[:20]]
            kept = [keeping.result(PATIENCE_SECONDS) for keeping in [pool.submit(keep, order) for order in orders]]

        assert kept.count(True) == 1
        assert self.listed(begin)[1] == len(names)

    def test_external_ids_of_two_companies_have_nothing_to_do_with_each_other(
        self, store: Store, begin: Begin, one: Builder[One]
    ) -> None:
        other = found(store)
        mine, theirs = one(external_id="tracker-1"), one(external_id="tracker-1", company_id=other.id)
        self.keep(begin, mine)
        self.keep(lambda: store.unit_of_work(other.id), theirs)

        with store.reading(other.id) as uow:
            assert self.repository(uow).of_external_ids(["tracker-1"]) == {"tracker-1": theirs}
            assert self.repository(uow).find(mine.id) is None
            assert self.repository(uow).of_leads([LEAD]) == []

    # --- changes -----------------------------------------------------------------------------------------------------

    def test_change_takes_the_place_of_what_was_there(self, begin: Begin, one: Builder[One]) -> None:
        kept, untouched = one(external_id="tracker-1", stamp=FULL_STAMP), one()
        self.keep(begin, kept, untouched)

        changed = replace(kept, revenue=Amount(1250), corrected_at=NOW + MINUTE, version=2)
        self.save(begin, (changed, 1))

        assert self.again(begin, kept) == changed
        assert self.again(begin, untouched) == untouched

    def test_change_of_another_version_is_stale(self, begin: Begin, one: Builder[One]) -> None:
        kept = one()
        self.keep(begin, kept)
        self.save(begin, (replace(kept, revenue=Amount(1), version=2), 1))

        with pytest.raises(StaleWrite):
            self.save(begin, (replace(kept, revenue=Amount(2), version=2), 1))

        assert self.again(begin, kept).revenue == 1

    def test_what_is_not_there_cannot_be_changed(self, begin: Begin, one: Builder[One]) -> None:
        with pytest.raises(StaleWrite):
            self.save(begin, (one(version=2), 1))

    def test_another_companys_cannot_be_changed(self, store: Store, begin: Begin, one: Builder[One]) -> None:
        other, kept = found(store), one()
        self.keep(begin, kept)

        with pytest.raises(StaleWrite):
            self.save(lambda: store.unit_of_work(other.id), (replace(kept, company_id=other.id, version=2), 1))

        assert self.again(begin, kept) == kept

    def test_nothing_is_written_into_another_company(self, store: Store, begin: Begin, one: Builder[One]) -> None:
        other = found(store)
        with suppress(Exception):
            self.keep(begin, one(company_id=other.id))

        assert self.listed(lambda: store.reading(other.id)) == ([], 0)

    def test_leaving_without_commit_forgets_it(self, begin: Begin, one: Builder[One]) -> None:
        kept = one(external_id="tracker-1")
        with begin() as uow:
            self.repository(uow).add_all([kept])
            assert self.repository(uow).find(kept.id) == kept
            assert self.repository(uow).of_external_ids(["tracker-1"]) == {"tracker-1": kept}

        assert self.listed(begin) == ([], 0)

    @pytest.mark.parametrize("at", ODD_INSTANTS.values(), ids=ODD_INSTANTS.keys())
    def test_instants_come_back_in_utc(self, begin: Begin, one: Builder[One], at: datetime) -> None:
        kept = one(recorded_at=at, corrected_at=at)
        self.keep(begin, kept)

        back = self.again(begin, kept)
        assert (back.recorded_at, back.corrected_at) == (at.astimezone(UTC),) * 2
        assert back.recorded_at.tzinfo is UTC

    # --- lists -------------------------------------------------------------------------------------------------------

    def test_those_of_a_lead_come_in_the_order_in_which_they_were_recorded(
        self, begin: Begin, one: Builder[One]
    ) -> None:
        other_lead = LeadId(new_id())
        first, second, third = one(stamp=FULL_STAMP), one(stamp=Stamp(lead_id=other_lead)), one(stamp=FULL_STAMP)
        self.keep(begin, third, one(), first, second)

        with begin() as uow:
            assert self.repository(uow).of_leads([LEAD]) == [first, third]
            assert self.repository(uow).of_leads([LEAD, other_lead]) == [first, second, third]
            assert self.repository(uow).of_leads([]) == []

    def test_lists_come_latest_first_page_by_page(self, begin: Begin, one: Builder[One]) -> None:
        kept = [one() for _ in range(5)]
        self.keep(begin, *kept)
        latest_first = kept[::-1]

        assert self.listed(begin, limit=2) == (latest_first[:2], 5)
        assert self.listed(begin, offset=4, limit=2) == (latest_first[4:], 5)
        assert self.listed(begin, after=latest_first[1].id, limit=2) == (latest_first[2:4], 5)

    @pytest.mark.parametrize(
        ("wanted", "other"),
        [
            ({"caller": ADA}, replace(FULL_STAMP, caller=BEN)),
            ({"lead_id": LEAD}, replace(FULL_STAMP, lead_id=LeadId(new_id()))),
            ({"owner": OFFER}, replace(FULL_STAMP, owner=SCHEDULE)),
            ({"traffic_source_id": 1000}, replace(FULL_STAMP, attribution=Attribution(TrafficSourceId(1001), "a"))),
            ({"sub_id": "creative-A"}, replace(FULL_STAMP, attribution=Attribution(TrafficSourceId(1000), "a"))),
            ({"country": "US"}, replace(FULL_STAMP, country="GB")),
        ],
        ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
    )
    def test_lists_are_filtered_by_the_stamp(
        self, begin: Begin, one: Builder[One], wanted: dict[str, Any], other: Stamp
    ) -> None:
        mine = one(stamp=FULL_STAMP)
        self.keep(begin, mine, one(stamp=other), one(stamp=Stamp()))

        assert self.listed(begin, **wanted) == ([mine], 1)

    def test_one_is_listed_by_its_external_id(self, begin: Begin, one: Builder[One]) -> None:
        mine = one(external_id="tracker-1")
        self.keep(begin, mine, one(external_id="tracker-2"), one())

        assert self.listed(begin, external_id="tracker-1") == ([mine], 1)

    # --- erasure -----------------------------------------------------------------------------------------------------

    def test_erased_caller_is_taken_out_and_the_figures_stay(self, begin: Begin, one: Builder[One]) -> None:
        mine = one(stamp=FULL_STAMP, external_id="tracker-1", revenue=Amount(1250))
        of_ben = one(stamp=replace(FULL_STAMP, caller=BEN), external_id="tracker-2")
        self.keep(begin, mine, of_ben)

        with begin() as uow:
            uow.contacts.claim({ADA}, at=NOW)
            count = self.repository(uow).erase(ADA)
            uow.commit()

        assert count == 1
        assert self.again(begin, mine) == mine.erased()
        assert self.again(begin, mine).stamp == replace(FULL_STAMP, caller=None)
        assert self.again(begin, mine).revenue == 1250
        assert self.again(begin, of_ben) == of_ben
        assert self.listed(begin, caller=ADA) == ([], 0)

    def test_external_id_with_the_number_in_it_goes_with_the_person(self, begin: Begin, one: Builder[One]) -> None:
        """Some trackers call a call by its number and its time."""
        telling, plain = one(external_id="12025550143-1772366400"), one(external_id="tracker-1")
        self.keep(begin, telling, plain)

        with begin() as uow:
            uow.contacts.claim({ADA}, at=NOW)
            assert self.repository(uow).erase(ADA) == 2
            uow.commit()

        assert self.again(begin, telling).external_id is None
        assert self.again(begin, plain).external_id == "tracker-1"
        # What nobody is called any more can be taken again, and what is kept cannot.
        self.keep(begin, one(external_id="12025550143-1772366400", stamp=Stamp.of_stranger(EVE)))
        with pytest.raises(StaleWrite):
            self.keep(begin, one(external_id="tracker-1"))

    def test_erasing_again_finds_nobody(self, begin: Begin, one: Builder[One]) -> None:
        self.keep(begin, one())
        for expected in (1, 0):
            with begin() as uow:
                uow.contacts.claim({ADA}, at=NOW)
                assert self.repository(uow).erase(ADA) == expected
                uow.commit()


class CallContract(RecordedContract[Call]):
    """`CallRepository`."""

    build = a_call

    def repository(self, uow: UnitOfWork) -> Any:  # noqa: ANN401 - a repository of either kind
        return uow.calls

    def listed(
        self,
        begin: Begin,
        *,
        offset: int = 0,
        limit: int = 50,
        **wanted: Any,  # noqa: ANN401 - likewise
    ) -> tuple[Sequence[Call], int]:
        with begin() as uow:
            page = uow.calls.search(CallFilter(**wanted), offset=offset, limit=limit)
        return page.calls, page.total_count

    def test_call_is_found_as_kept(self, begin: Begin, one: Builder[Call]) -> None:
        full = one(
            external_id="tracker-1",
            stamp=FULL_STAMP,
            direction=Direction.OUTBOUND,
            started_at=NOW - MINUTE,
            duration_seconds=61,
            disposition="sale",
            is_connected=True,
            revenue=Amount(1250),
            payout=Amount(300),
            tokens={"agent": "Eve"},
            recorded_at=NOW,
            corrected_at=NOW + MINUTE,
            version=3,
        )

        self.keep(begin, full)

        assert self.again(begin, full) == full

    @pytest.mark.parametrize("text", ODD_TEXTS.values(), ids=ODD_TEXTS.keys())
    def test_texts_are_kept_to_the_letter(self, begin: Begin, one: Builder[Call], text: str) -> None:
        added, saved = one(disposition=text, tokens={"note": text}), one()
        self.keep(begin, added, saved)
        self.save(begin, (replace(saved, disposition=text, tokens={"note": text}, version=2), 1))

        for kept in (self.again(begin, added), self.again(begin, saved)):
            assert (kept.disposition, kept.tokens) == (text, {"note": text})

    def test_several_calls_are_found_in_the_order_in_which_they_were_recorded(
        self, begin: Begin, one: Builder[Call]
    ) -> None:
        first, second, third = one(), one(), one()
        self.keep(begin, third, first, second)

        with begin() as uow:
            assert uow.calls.find_all([third.id, CallId(new_id()), first.id]) == [first, third]
            assert uow.calls.find_all([]) == []

    def test_calls_are_filtered_by_what_they_are(self, begin: Begin, one: Builder[Call]) -> None:
        early = one(started_at=NOW - MINUTE, disposition="sale", is_connected=True)
        late = one(started_at=NOW, direction=Direction.OUTBOUND)
        self.keep(begin, early, late)

        assert self.listed(begin, direction=Direction.OUTBOUND) == ([late], 1)
        assert self.listed(begin, is_connected=True) == ([early], 1)
        assert self.listed(begin, is_connected=False) == ([late], 1)
        assert self.listed(begin, disposition="sale") == ([early], 1)
        assert self.listed(begin, started_from=NOW) == ([late], 1)
        assert self.listed(begin, started_to=NOW) == ([early], 1)

    def test_erasure_takes_what_was_said_too(self, begin: Begin, one: Builder[Call]) -> None:
        call = one(disposition="spoke to Ada", tokens={"agent": "Eve"}, duration_seconds=61, is_connected=True)
        self.keep(begin, call)

        with begin() as uow:
            uow.contacts.claim({ADA}, at=NOW)
            uow.calls.erase(ADA)
            uow.commit()

        kept = self.again(begin, call)
        assert (kept.disposition, kept.tokens, kept.stamp.caller) == (None, {}, None)
        assert (kept.duration_seconds, kept.is_connected, kept.version) == (61, True, 2)


class ConversionContract(RecordedContract[Conversion]):
    """`ConversionRepository`."""

    build = a_conversion

    def repository(self, uow: UnitOfWork) -> Any:  # noqa: ANN401 - a repository of either kind
        return uow.conversions

    def listed(
        self,
        begin: Begin,
        *,
        offset: int = 0,
        limit: int = 50,
        **wanted: Any,  # noqa: ANN401 - likewise
    ) -> tuple[Sequence[Conversion], int]:
        with begin() as uow:
            page = uow.conversions.search(ConversionFilter(**wanted), offset=offset, limit=limit)
        return page.conversions, page.total_count

    def test_conversion_is_found_as_kept(self, begin: Begin, one: Builder[Conversion]) -> None:
        full = one(
            external_id="tracker-1",
            stamp=FULL_STAMP,
            call_id=CallId(new_id()),
            kind="sale",
            occurred_at=NOW - MINUTE,
            revenue=Amount(1250),
            payout=Amount(300),
            reversed_at=NOW + 2 * MINUTE,
            recorded_at=NOW,
            corrected_at=NOW + MINUTE,
            version=3,
        )

        self.keep(begin, full)

        assert self.again(begin, full) == full

    def test_conversions_are_filtered_by_what_they_are(self, begin: Begin, one: Builder[Conversion]) -> None:
        call_id = CallId(new_id())
        early = one(occurred_at=NOW - MINUTE, kind="sale", call_id=call_id)
        late = one(occurred_at=NOW, reversed_at=NOW)
        self.keep(begin, early, late)

        assert self.listed(begin, call_id=call_id) == ([early], 1)
        assert self.listed(begin, kind="sale") == ([early], 1)
        assert self.listed(begin, is_reversed=True) == ([late], 1)
        assert self.listed(begin, is_reversed=False) == ([early], 1)
        assert self.listed(begin, occurred_from=NOW) == ([late], 1)
        assert self.listed(begin, occurred_to=NOW) == ([early], 1)

    def test_call_may_be_called_as_a_conversion_is(self, begin: Begin, company: Company) -> None:
        """A tracker counts its calls and its conversions each by itself."""
        call = a_call(company_id=company.id, external_id="1")
        conversion = a_conversion(company_id=company.id, external_id="1", id=ConversionId(call.id))
        with begin() as uow:
            uow.calls.add_all([call])
            uow.conversions.add_all([conversion])
            uow.commit()

        with begin() as uow:
            assert uow.calls.of_external_ids(["1"]) == {"1": call}
            assert uow.conversions.of_external_ids(["1"]) == {"1": conversion}

    def test_reader_waits_for_nobody(
        self, store: Store, company: Company, begin: Begin, one: Builder[Conversion]
    ) -> None:
        def look() -> int:
            return self.listed(lambda: store.reading(company.id))[1]

        with threads() as pool, begin() as uow:
            uow.conversions.add_all([one()])
            assert uow.conversions.search(ConversionFilter(), offset=0, limit=1).total_count == 1
            looking = pool.submit(look)

            assert not is_waiting(looking)
            assert looking.result() == 0
