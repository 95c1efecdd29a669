"""What suppression promises: who is on a list is found, and nobody else is."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC
from typing import TYPE_CHECKING

import pytest

from leadintake.domain.errors import NotFound
from leadintake.domain.owner import OfferId
from leadintake.domain.phone import PhoneNumber
from leadintake.domain.suppression import SuppressedCaller, SuppressionListId

from tests.contracts.store import PATIENCE_SECONDS, StoreContract, found, is_waiting, threads
from tests.support.builders import ADA, BEN, EVE, MINUTE, NOW, a_suppression_list
from tests.support.strategies import ODD_INSTANTS, ODD_TEXTS

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from leadintake.domain.company import Company
    from leadintake.domain.ports import SuppressionPage
    from leadintake.domain.suppression import SuppressionList

    from tests.contracts.store import Begin, Store

FIRST, SECOND = SuppressionListId(1), SuppressionListId(2)


def put_on(begin: Begin, list_id: SuppressionListId, *callers: PhoneNumber, at: datetime = NOW) -> None:
    """Put these callers on a list."""
    with begin() as uow:
        uow.suppression.add(list_id, callers, at=at)
        uow.commit()


def lists_of(begin: Begin, *callers: PhoneNumber) -> Mapping[PhoneNumber, frozenset[SuppressionListId]]:
    """Return the lists that these callers are on."""
    with begin() as uow:
        return uow.suppression.suppressed(callers)


def entries(begin: Begin, list_id: SuppressionListId, *, offset: int = 0, limit: int = 10) -> SuppressionPage:
    """Return a page of a list."""
    with begin() as uow:
        return uow.suppression.search(list_id, offset=offset, limit=limit)


class SuppressionContract(StoreContract):
    """`SuppressionRepository`, and the lists in the directory."""

    @pytest.fixture
    def lists(self, begin: Begin) -> list[SuppressionList]:
        """Set up an offer, a list for the company and one for the offer."""
        with begin() as uow:
            offer = uow.directory.add_offer(name="Solar roofs")
            lists = [
                uow.directory.add_suppression_list(name="Complaints"),
                uow.directory.add_suppression_list(name="Customers", offer_id=offer.id),
            ]
            uow.commit()
        return lists

    # --- lists ---------------------------------------------------------------------------------------------------

    def test_lists_are_numbered_and_listed(self, begin: Begin, company: Company, lists: list[SuppressionList]) -> None:
        with begin() as uow:
            directory = uow.directory.current()

        assert lists == [
            a_suppression_list(company_id=company.id),
            a_suppression_list(company_id=company.id, id=SECOND, name="Customers", offer_id=OfferId(1)),
        ]
        assert list(directory.suppression_lists.items()) == [(FIRST, lists[0]), (SECOND, lists[1])]

    @pytest.mark.parametrize("text", ODD_TEXTS.values(), ids=ODD_TEXTS.keys())
    def test_odd_names_are_kept_to_the_letter(self, begin: Begin, text: str) -> None:
        with begin() as uow:
            uow.directory.add_suppression_list(name=text)
            uow.commit()

        with begin() as uow:
            assert uow.directory.current().suppression_lists[FIRST].name == text

    def test_saved_list_keeps_its_entries(self, begin: Begin, lists: list[SuppressionList]) -> None:
        put_on(begin, FIRST, ADA)
        changed = replace(lists[0], name="Angry", offer_id=OfferId(1))

        with begin() as uow:
            version = uow.directory.current().version
            uow.directory.save_suppression_list(changed)
            uow.commit()

        with begin() as uow:
            directory = uow.directory.current()
        assert list(directory.suppression_lists.values()) == [changed, lists[1]]
        assert directory.version > version
        assert lists_of(begin, ADA) == {ADA: {FIRST}}

    def test_removed_list_takes_its_entries_along(self, begin: Begin, lists: list[SuppressionList]) -> None:
        put_on(begin, FIRST, ADA, BEN)
        put_on(begin, SECOND, BEN)

        with begin() as uow:
            version = uow.directory.current().version
            uow.directory.remove_suppression_list(FIRST)
            uow.commit()

        with begin() as uow:
            directory = uow.directory.current()
        assert dict(directory.suppression_lists) == {SECOND: lists[1]}
        assert directory.version > version
        assert lists_of(begin, ADA, BEN) == {BEN: {SECOND}}

    def test_list_under_a_used_number_begins_empty(self, begin: Begin, lists: list[SuppressionList]) -> None:
        del lists
        put_on(begin, SECOND, ADA)
        with begin() as uow:
            uow.directory.remove_suppression_list(SECOND)
            uow.commit()

        with begin() as uow:
            again = uow.directory.add_suppression_list(name="Another")
            uow.commit()

        assert (again.id, entries(begin, SECOND).total_count) == (SECOND, 0)

    def test_removing_that_is_not_committed_changes_nothing(self, begin: Begin, lists: list[SuppressionList]) -> None:
        del lists
        put_on(begin, FIRST, ADA)

        with begin() as uow:
            uow.directory.remove_suppression_list(FIRST)
            assert uow.suppression.suppressed([ADA]) == {}

        assert lists_of(begin, ADA) == {ADA: {FIRST}}

    def test_what_does_not_exist_is_not_found(self, begin: Begin, company: Company) -> None:
        missing = a_suppression_list(company_id=company.id)

        with pytest.raises(NotFound), begin() as uow:
            uow.directory.save_suppression_list(missing)
        with pytest.raises(NotFound), begin() as uow:
            uow.directory.remove_suppression_list(missing.id)
        with pytest.raises(NotFound), begin() as uow:
            uow.directory.add_suppression_list(name="Customers", offer_id=OfferId(1))
        with pytest.raises(NotFound), begin() as uow:
            uow.suppression.add(missing.id, [ADA], at=NOW)
        with pytest.raises(NotFound), begin() as uow:
            uow.suppression.remove(missing.id, [ADA])
        with pytest.raises(NotFound), begin() as uow:
            uow.suppression.search(missing.id, offset=0, limit=1)

    def test_list_cannot_move_to_an_offer_that_is_not_there(self, begin: Begin, lists: list[SuppressionList]) -> None:
        with pytest.raises(NotFound), begin() as uow:
            uow.directory.save_suppression_list(replace(lists[0], offer_id=OfferId(9)))

    # --- entries -------------------------------------------------------------------------------------------------

    def test_callers_are_found_with_their_lists(self, begin: Begin, lists: list[SuppressionList]) -> None:
        del lists
        put_on(begin, FIRST, ADA, BEN)
        put_on(begin, SECOND, BEN)

        assert lists_of(begin, ADA, BEN, EVE) == {ADA: {FIRST}, BEN: {FIRST, SECOND}}
        assert lists_of(begin, EVE) == lists_of(begin) == {}

    def test_caller_who_is_there_already_stays_as_of_then(self, begin: Begin, lists: list[SuppressionList]) -> None:
        """Since when somebody was left alone is evidence; an import that names them again must not make it younger."""
        del lists
        put_on(begin, FIRST, ADA)

        put_on(begin, FIRST, BEN, ADA, ADA, at=NOW + MINUTE)

        assert entries(begin, FIRST).entries == [
            SuppressedCaller(list_id=FIRST, caller=ADA, added_at=NOW),
            SuppressedCaller(list_id=FIRST, caller=BEN, added_at=NOW + MINUTE),
        ]

    def test_removed_caller_is_off_that_list_only(self, begin: Begin, lists: list[SuppressionList]) -> None:
        del lists
        put_on(begin, FIRST, ADA, BEN)
        put_on(begin, SECOND, ADA)

        with begin() as uow:
            uow.suppression.remove(FIRST, [ADA, EVE])
            within = uow.suppression.suppressed([ADA, BEN])
            uow.commit()

        assert within == lists_of(begin, ADA, BEN) == {ADA: {SECOND}, BEN: {FIRST}}

    def test_removed_caller_can_come_back(self, begin: Begin, lists: list[SuppressionList]) -> None:
        del lists
        put_on(begin, FIRST, ADA)
        with begin() as uow:
            uow.suppression.remove(FIRST, [ADA])
            uow.commit()

        put_on(begin, FIRST, ADA, at=NOW + MINUTE)

        assert [entry.added_at for entry in entries(begin, FIRST).entries] == [NOW + MINUTE]

    def test_nobody_is_no_fault(self, begin: Begin, lists: list[SuppressionList]) -> None:
        del lists
        put_on(begin, FIRST)

        with begin() as uow:
            uow.suppression.remove(FIRST, [])
            uow.commit()
        assert entries(begin, FIRST).total_count == 0

    def test_list_is_paged_in_order_of_the_numbers(self, begin: Begin, lists: list[SuppressionList]) -> None:
        del lists
        callers = [PhoneNumber(f"+1202555{number:04}") for number in range(1_000)]
        put_on(begin, FIRST, *callers[::-1])
        put_on(begin, SECOND, EVE)

        page = entries(begin, FIRST, offset=997, limit=10)

        assert [entry.caller for entry in page.entries] == callers[997:]
        assert page.total_count == 1_000
        assert [entry.caller for entry in entries(begin, FIRST, limit=2).entries] == callers[:2]

    @pytest.mark.parametrize("at", ODD_INSTANTS.values(), ids=ODD_INSTANTS.keys())
    def test_instants_come_back_in_utc(self, begin: Begin, lists: list[SuppressionList], at: datetime) -> None:
        del lists
        put_on(begin, FIRST, ADA, at=at)

        [entry] = entries(begin, FIRST).entries
        assert (entry.added_at, entry.added_at.tzinfo) == (at.astimezone(UTC), UTC)

    def test_entries_that_are_not_committed_leave_no_trace(self, begin: Begin, lists: list[SuppressionList]) -> None:
        del lists
        with begin() as uow:
            uow.suppression.add(FIRST, [ADA], at=NOW)

        assert lists_of(begin, ADA) == {}

    def test_lists_of_another_company_hold_for_nobody_here(
        self, store: Store, begin: Begin, lists: list[SuppressionList]
    ) -> None:
        del lists
        other = found(store)
        with store.unit_of_work(other.id) as uow:
            uow.suppression.add(uow.directory.add_suppression_list(name="Theirs").id, [ADA], at=NOW)
            uow.commit()

        assert lists_of(begin, ADA) == {}

    def test_list_is_not_removed_under_somebody_who_adds(self, begin: Begin, lists: list[SuppressionList]) -> None:
        """An entry without its list could neither be shown nor be taken away."""
        del lists

        def remove() -> None:
            with begin() as uow:
                uow.directory.remove_suppression_list(FIRST)
                uow.commit()

        with threads() as pool:
            with begin() as uow:
                uow.suppression.add(FIRST, [ADA], at=NOW)
                removing = pool.submit(remove)
                has_waited = is_waiting(removing)
                uow.commit()

            removing.result(PATIENCE_SECONDS)
            assert has_waited
        assert lists_of(begin, ADA) == {}

    def test_nobody_is_added_to_a_list_that_is_just_going(self, begin: Begin, lists: list[SuppressionList]) -> None:
        """Whoever comes too late is told that the list is not there, as they would be a moment later."""
        del lists

        with threads() as pool:
            with begin() as uow:
                uow.directory.remove_suppression_list(FIRST)
                adding = pool.submit(put_on, begin, FIRST, ADA)
                has_waited = is_waiting(adding)
                uow.commit()

            with pytest.raises(NotFound):
                adding.result(PATIENCE_SECONDS)
            assert has_waited

    def test_two_units_that_add_the_same_callers_do_not_block_each_other(
        self, begin: Begin, lists: list[SuppressionList]
    ) -> None:
        del lists
        callers = [PhoneNumber(f"+1202555{number:04}") for number in range(200)]

        with threads(2) as pool:
            both = [pool.submit(put_on, begin, FIRST, *order) for order in (callers, callers[::-1])]
            for each in both:
                each.result(PATIENCE_SECONDS)

        assert entries(begin, FIRST).total_count == 200
