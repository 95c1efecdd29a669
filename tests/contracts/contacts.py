"""What a contact repository promises: a caller who is claimed is held."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC
from typing import TYPE_CHECKING

import pytest

from leadintake.domain.contact import LeftAlone
from leadintake.domain.errors import Unavailable
from leadintake.domain.phone import PhoneNumber

from tests.contracts.store import PATIENCE_SECONDS, StoreContract, found, is_waiting, threads
from tests.support.builders import ADA, BEN, EVE, MINUTE, NOW, OFFER, SCHEDULE, a_contact, a_lead
from tests.support.strategies import ODD_INSTANTS

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from leadintake.domain.company import Company
    from leadintake.domain.contact import Contact

    from tests.contracts.store import Begin, Store


def save_claimed(begin: Begin, *callers: PhoneNumber, at: datetime = NOW) -> None:
    """Store these callers as they are claimed."""
    with begin() as uow:
        uow.contacts.save_all(uow.contacts.claim(callers, at=at).values())
        uow.commit()


def found_again(begin: Begin, caller: PhoneNumber = ADA) -> Contact:
    """Return the caller's contact, which must be there."""
    with begin() as uow:
        contact = uow.contacts.find(caller)
    assert contact is not None
    return contact


class ContactContract(StoreContract):
    """`ContactRepository`."""

    def test_unknown_caller_is_claimed_as_new(self, begin: Begin, company: Company) -> None:
        with begin() as uow:
            claimed = uow.contacts.claim({ADA}, at=NOW)

        assert claimed == {ADA: a_contact(company_id=company.id, created_at=NOW, version=0)}
        assert claimed[ADA].is_new

    def test_unknown_caller_is_not_found(self, begin: Begin) -> None:
        with begin() as uow:
            assert uow.contacts.find(ADA) is None

    def test_saved_caller_is_found(self, begin: Begin, company: Company) -> None:
        save_claimed(begin, ADA)

        assert found_again(begin) == a_contact(company_id=company.id, version=1)

    def test_saved_caller_is_claimed_as_stored(self, begin: Begin, company: Company) -> None:
        """The moment of the claim is the creation only of who was never stored."""
        save_claimed(begin, ADA)

        with begin() as uow:
            claimed = uow.contacts.claim({ADA, BEN}, at=NOW + MINUTE)
        assert claimed == {
            ADA: a_contact(company_id=company.id, version=1),
            BEN: a_contact(company_id=company.id, caller=BEN, created_at=NOW + MINUTE),
        }

    def test_claimed_caller_who_is_not_saved_leaves_no_trace(self, begin: Begin) -> None:
        """Asking to update somebody unknown must not make a contact of them."""
        with begin() as uow:
            uow.contacts.claim({ADA, BEN}, at=NOW)
            uow.contacts.save_all([uow.contacts.claim({BEN}, at=NOW)[BEN]])
            uow.commit()

        with begin() as uow:
            assert uow.contacts.find(ADA) is None
            assert uow.contacts.claim({ADA}, at=NOW + MINUTE)[ADA].created_at == NOW + MINUTE

    def test_new_caller_beside_a_known_one_leaves_no_trace_either(self, begin: Begin) -> None:
        save_claimed(begin, BEN)

        with begin() as uow:
            uow.contacts.save_all([uow.contacts.claim({ADA, BEN, EVE}, at=NOW)[BEN]])
            uow.commit()

        with begin() as uow:
            assert [uow.contacts.find(caller) for caller in (ADA, EVE)] == [None, None]

    def test_claimed_caller_who_is_not_saved_is_not_found_by_the_unit(self, begin: Begin) -> None:
        with begin() as uow:
            uow.contacts.claim({ADA}, at=NOW)

            assert uow.contacts.find(ADA) is None

    def test_new_caller_claimed_again_is_still_new(self, begin: Begin) -> None:
        with begin() as uow:
            first = uow.contacts.claim({ADA}, at=NOW)
            second = uow.contacts.claim({ADA, BEN}, at=NOW)
            uow.contacts.save_all([second[ADA]])
            uow.commit()

        assert first[ADA] == second[ADA]
        assert found_again(begin).version == 1

    def test_claiming_nobody_gives_nobody(self, begin: Begin) -> None:
        with begin() as uow:
            assert uow.contacts.claim((), at=NOW) == {}

    def test_saving_nobody_is_no_fault(self, begin: Begin) -> None:
        with begin() as uow:
            uow.contacts.save_all(())
            uow.commit()

    def test_each_save_is_a_version_later(self, begin: Begin) -> None:
        for _ in range(3):
            save_claimed(begin, ADA)

        assert found_again(begin).version == 3

    def test_saves_in_one_unit_count_too(self, begin: Begin) -> None:
        with begin() as uow:
            for _ in range(3):
                uow.contacts.save_all(uow.contacts.claim({ADA}, at=NOW).values())
            uow.commit()

        assert found_again(begin).version == 3

    @pytest.mark.parametrize("is_known", [False, True])
    def test_wishes_are_kept(self, begin: Begin, *, is_known: bool) -> None:
        """A caller may opt out before there was ever a lead."""
        if is_known:
            save_claimed(begin, ADA)

        with begin() as uow:
            claimed = uow.contacts.claim({ADA}, at=NOW)[ADA]
            uow.contacts.save_all([claimed.opt_out(at=NOW + MINUTE).block(at=NOW + 2 * MINUTE)])
            uow.commit()

        kept = found_again(begin)
        assert (kept.opted_out_at, kept.blocked_at) == (NOW + MINUTE, NOW + 2 * MINUTE)
        assert kept.version == 1 + is_known

    def test_wishes_can_be_lifted(self, begin: Begin) -> None:
        """What becomes None again must not keep its old value."""
        with begin() as uow:
            uow.contacts.save_all([uow.contacts.claim({ADA}, at=NOW)[ADA].opt_out(at=NOW).block(at=NOW)])
            uow.commit()

        with begin() as uow:
            claimed = uow.contacts.claim({ADA}, at=NOW)[ADA]
            uow.contacts.save_all([replace(claimed, opted_out_at=None, blocked_at=None)])
            uow.commit()

        assert found_again(begin).refusal() is None

    def test_new_and_known_callers_are_saved_together(self, begin: Begin) -> None:
        save_claimed(begin, BEN)

        save_claimed(begin, EVE, BEN, ADA)

        assert [found_again(begin, caller).version for caller in (ADA, BEN, EVE)] == [1, 2, 1]

    @pytest.mark.parametrize("at", ODD_INSTANTS.values(), ids=ODD_INSTANTS.keys())
    def test_instants_come_back_in_utc(self, begin: Begin, at: datetime) -> None:
        with begin() as uow:
            claimed = uow.contacts.claim({ADA, BEN}, at=at)
            uow.contacts.save_all([claimed[ADA].opt_out(at=at), claimed[BEN]])
            uow.commit()
        with begin() as uow:
            # A caller who is there already is written in another way.
            uow.contacts.save_all([uow.contacts.claim({BEN}, at=NOW)[BEN].opt_out(at=at)])
            uow.commit()

        for contact in (found_again(begin), found_again(begin, BEN)):
            assert [contact.created_at, contact.opted_out_at] == [at.astimezone(UTC)] * 2
            assert contact.created_at.tzinfo is UTC

    def test_a_thousand_callers_at_once(self, begin: Begin) -> None:
        callers = [PhoneNumber(f"+1202555{number:04}") for number in range(1_000)]
        save_claimed(begin, *callers[:500])

        with begin() as uow:
            claimed = uow.contacts.claim(callers, at=NOW)
            uow.contacts.save_all(claimed.values())
            uow.commit()

        with begin() as uow:
            again = uow.contacts.claim(callers, at=NOW)
        assert sum(contact.is_new for contact in claimed.values()) == 500
        assert [again[caller].version for caller in callers] == [2] * 500 + [1] * 500

    def test_second_unit_waits_and_sees_what_the_first_did(self, begin: Begin, company: Company) -> None:
        """Two posts for one caller at the same moment: the later one must find the earlier one's lead."""
        lead = a_lead(company_id=company.id)

        def come_second() -> tuple[bool, Collection[object]]:
            with begin() as uow:
                claimed = uow.contacts.claim({ADA}, at=NOW)
                return claimed[ADA].is_new, uow.leads.live_of([ADA])

        with threads() as pool:
            with begin() as uow:
                uow.contacts.save_all(uow.contacts.claim({ADA}, at=NOW).values())
                second = pool.submit(come_second)
                has_waited = is_waiting(second)
                uow.leads.add_all([lead])
                uow.commit()

            assert second.result(PATIENCE_SECONDS) == (False, [lead])
            assert has_waited

    @pytest.mark.parametrize("is_committed", [False, True])
    def test_second_unit_gets_a_new_caller_whom_the_first_did_not_save(
        self, begin: Begin, *, is_committed: bool
    ) -> None:
        def come_second() -> Contact:
            with begin() as uow:
                claimed = uow.contacts.claim({ADA}, at=NOW + MINUTE)
                uow.contacts.save_all(claimed.values())
                uow.commit()
            return claimed[ADA]

        with threads() as pool:
            with begin() as uow:
                uow.contacts.claim({ADA}, at=NOW)
                second = pool.submit(come_second)
                has_waited = is_waiting(second)
                if is_committed:
                    uow.commit()

            assert second.result(PATIENCE_SECONDS).is_new
            assert has_waited
        assert found_again(begin).created_at == NOW + MINUTE

    def test_known_caller_is_held_too(self, begin: Begin) -> None:
        """An opt-out that is being written must reach the post that came a moment later."""
        save_claimed(begin, ADA)

        def come_second() -> bool:
            with begin() as uow:
                return uow.contacts.claim({ADA}, at=NOW)[ADA].refusal() is not None

        with threads() as pool:
            with begin() as uow:
                uow.contacts.save_all([uow.contacts.claim({ADA}, at=NOW)[ADA].opt_out(at=NOW)])
                second = pool.submit(come_second)
                has_waited = is_waiting(second)
                uow.commit()

            assert second.result(PATIENCE_SECONDS)
            assert has_waited

    def test_units_that_claim_in_opposite_orders_do_not_block_each_other(self, begin: Begin) -> None:
        def claim_all(callers: tuple[PhoneNumber, ...]) -> None:
            for _ in range(5):
                save_claimed(begin, *callers)

        with threads(2) as pool:
            both = [pool.submit(claim_all, (ADA, BEN, EVE)), pool.submit(claim_all, (EVE, BEN, ADA))]
            for each in both:
                each.result(PATIENCE_SECONDS)

        assert found_again(begin, BEN).version == 10

    @pytest.mark.parametrize("is_known", [False, True])
    def test_claim_that_waits_too_long_is_unavailable(self, impatient_store: Store, *, is_known: bool) -> None:
        """A stuck neighbour costs a sender a 503 and a retry, never a hanging connection."""
        company = found(impatient_store)

        if is_known:
            save_claimed(lambda: impatient_store.unit_of_work(company.id), ADA)

        def come_second() -> None:
            with impatient_store.unit_of_work(company.id) as uow:
                uow.contacts.claim({ADA}, at=NOW)

        with impatient_store.unit_of_work(company.id) as uow:
            uow.contacts.claim({ADA}, at=NOW)
            with pytest.raises(Unavailable):
                come_second()

        come_second()

    @pytest.mark.parametrize(
        ("only", "expected"),
        [(LeftAlone.OPTED_OUT, [ADA, EVE]), (LeftAlone.BLOCKED, [BEN, EVE]), (LeftAlone.ANY, [ADA, BEN, EVE])],
    )
    def test_who_is_left_alone_is_listed_in_order_of_the_numbers(
        self, begin: Begin, only: LeftAlone, expected: list[PhoneNumber]
    ) -> None:
        """Before a campaign starts somebody exports this list; nobody on it may be missed."""
        nobody_special = PhoneNumber("+12025550149")
        with begin() as uow:
            claimed = uow.contacts.claim({ADA, BEN, EVE, nobody_special}, at=NOW)
            uow.contacts.save_all(
                [
                    claimed[EVE].opt_out(at=NOW).block(at=NOW),
                    claimed[BEN].block(at=NOW),
                    claimed[ADA].opt_out(at=NOW),
                    claimed[nobody_special],
                ]
            )
            uow.commit()

        with begin() as uow:
            page = uow.contacts.search(only, offset=0, limit=10)
            second = uow.contacts.search(only, offset=1, limit=1)
        assert [contact.caller for contact in page.contacts] == expected
        assert list(page.contacts) == [found_again(begin, caller) for caller in expected]
        assert [contact.caller for contact in second.contacts] == expected[1:2]
        assert (page.total_count, second.total_count) == (len(expected), len(expected))

    def test_who_is_left_alone_no_longer_is_not_listed(self, begin: Begin) -> None:
        with begin() as uow:
            uow.contacts.save_all([uow.contacts.claim({ADA}, at=NOW)[ADA].opt_out(at=NOW).block(at=NOW)])
            uow.commit()
        with begin() as uow:
            uow.contacts.save_all([uow.contacts.claim({ADA}, at=NOW)[ADA].lift_opt_out().unblock()])
            uow.commit()

        with begin() as uow:
            assert uow.contacts.search(LeftAlone.ANY, offset=0, limit=10).total_count == 0


class CallersApartContract(StoreContract):
    """What a store promises whose units wait only for the callers they share."""

    def test_address_that_one_unit_counts_is_not_counted_by_another(self, begin: Begin, company: Company) -> None:
        """Ten callers at the same moment from one address must not all be the ninth of nine."""
        since = NOW - MINUTE

        def count() -> int:
            with begin() as uow:
                return uow.leads.count_from_ip("203.0.113.7", SCHEDULE, since=since)

        with threads() as pool:
            with begin() as uow:
                assert uow.leads.count_from_ip("203.0.113.7", SCHEDULE, since=since) == 0
                assert uow.leads.count_from_ip("203.0.113.7", OFFER, since=since) == 0
                counting = pool.submit(count)
                has_waited = is_waiting(counting)
                uow.leads.add_all([a_lead(company_id=company.id, counted_ip="203.0.113.7")])
                uow.commit()

            assert counting.result(PATIENCE_SECONDS) == 1
            assert has_waited

    def test_other_addresses_are_counted_meanwhile(self, begin: Begin) -> None:
        def count() -> int:
            with begin() as uow:
                return uow.leads.count_from_ip("203.0.113.8", SCHEDULE, since=NOW)

        with threads() as pool, begin() as uow:
            uow.leads.count_from_ip("203.0.113.7", SCHEDULE, since=NOW)

            assert pool.submit(count).result(PATIENCE_SECONDS) == 0

    def test_units_with_different_callers_do_not_wait(self, begin: Begin) -> None:
        """On many machines the callers are the only queue."""
        save_claimed(begin, ADA)

        with threads() as pool, begin() as uow:
            uow.contacts.save_all(uow.contacts.claim({ADA}, at=NOW).values())
            saving = pool.submit(save_claimed, begin, BEN)

            saving.result(PATIENCE_SECONDS)
        assert found_again(begin, BEN).version == 1
