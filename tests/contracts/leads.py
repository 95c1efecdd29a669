"""What a lead repository promises: one live lead per owner and caller, and no lost update."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import UTC, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest

from leadintake.domain.attribution import Attribution, TrafficSourceId
from leadintake.domain.errors import StaleWrite
from leadintake.domain.lead import LIVE, LeadId, LeadStatus
from leadintake.domain.owner import OfferId, OwnerKind, OwnerRef
from leadintake.domain.phone import PhoneNumber
from leadintake.domain.ports import LeadFilter

from tests.contracts.store import PATIENCE_SECONDS, StoreContract, is_waiting, threads
from tests.support.builders import (
    ADA,
    BEN,
    EVE,
    MINUTE,
    NOW,
    OFFER,
    OTHER_SCHEDULE,
    SCHEDULE,
    Builder,
    a_lead,
    new_id,
)
from tests.support.strategies import ODD_INSTANTS, ODD_TEXTS, PRIORITIES

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from leadintake.domain.company import Company
    from leadintake.domain.lead import Lead
    from leadintake.domain.ports import LeadPage

    from tests.contracts.store import Begin


def keep(begin: Begin, *leads: Lead) -> None:
    """Store these leads."""
    with begin() as uow:
        uow.leads.add_all(leads)
        uow.commit()


def _id_at(moment: datetime) -> UUID:
    """Return an identifier made at that moment."""
    return UUID(int=int(moment.timestamp() * 1_000) << 80 | 0x7 << 76 | 0b10 << 62 | new_id().int >> 80 & 0xFFFF_FFFF)


def save(begin: Begin, *changes: tuple[Lead, int]) -> None:
    """Replace leads that are stored in the expected versions."""
    with begin() as uow:
        uow.leads.save_all(changes)
        uow.commit()


def found_again(begin: Begin, lead_id: LeadId) -> Lead:
    """Return that lead, which must be there."""
    with begin() as uow:
        lead = uow.leads.find(lead_id)
    assert lead is not None
    return lead


class LeadContract(StoreContract):
    """`LeadRepository`."""

    @pytest.fixture
    def lead(self, company: Company) -> Builder[Lead]:
        """Build leads of the test's company."""
        return lambda **fields: a_lead(**{"company_id": company.id, **fields})

    # --- one lead ------------------------------------------------------------------------------------------------

    def test_lead_never_stored_is_not_found(self, begin: Begin) -> None:
        with begin() as uow:
            assert uow.leads.find(LeadId(new_id())) is None

    def test_lead_is_found_as_stored(self, begin: Begin, lead: Builder[Lead]) -> None:
        full = lead(
            owner=OFFER,
            status=LeadStatus.QUEUE,
            updated_at=NOW + MINUTE,
            tokens={"interest": "kittens", "email": "ada@example.com"},
            email="ada@example.com",
            attribution=Attribution(TrafficSourceId(1000), "creative-A"),
            remote_ip="2001:db8::1",
            priority=Decimal("1.25"),
            next_action=3,
            next_action_at=NOW + 2 * MINUTE,
            expires_at=NOW + 3 * MINUTE,
            callback_at=NOW + 4 * MINUTE,
            plan_expires_at=NOW + 5 * MINUTE,
            max_contact_attempts=3,
            is_ending=True,
            counted_ip="2001:db8::2",
            version=7,
        )
        bare = lead(caller=BEN)

        keep(begin, full, bare)

        assert found_again(begin, full.id) == full
        assert found_again(begin, bare.id) == bare

    @pytest.mark.parametrize("status", LeadStatus)
    def test_every_status_is_kept(self, begin: Begin, lead: Builder[Lead], status: LeadStatus) -> None:
        kept = lead(status=status)

        keep(begin, kept)

        assert found_again(begin, kept.id).status is status

    @pytest.mark.parametrize("text", ODD_TEXTS.values(), ids=ODD_TEXTS.keys())
    def test_odd_text_is_kept_to_the_letter(self, begin: Begin, lead: Builder[Lead], text: str) -> None:
        """What a person wrote is evidence; a store has no business to tidy it."""
        fields: dict[str, Any] = {
            "tokens": {"interest": text},
            "email": text,
            "attribution": Attribution(None, text),
            "remote_ip": text,
        }
        added, saved = lead(**fields), lead(caller=BEN)
        keep(begin, added, saved)
        # What is replaced is written in another way than what is new.
        save(begin, (replace(saved, version=2, **fields), 1))

        for found in (found_again(begin, added.id), found_again(begin, saved.id)):
            assert found.tokens == {"interest": text}
            assert [found.email, found.attribution.sub_id, found.remote_ip] == [text] * 3

    def test_texts_that_look_alike_stay_apart(self, begin: Begin, lead: Builder[Lead]) -> None:
        kept = lead(tokens=dict(ODD_TEXTS))

        keep(begin, kept)

        assert found_again(begin, kept.id).tokens == ODD_TEXTS

    @pytest.mark.parametrize("at", ODD_INSTANTS.values(), ids=ODD_INSTANTS.keys())
    def test_instants_come_back_in_utc(self, begin: Begin, lead: Builder[Lead], at: datetime) -> None:
        names = ("updated_at", "next_action_at", "expires_at", "callback_at", "plan_expires_at")
        instants: dict[str, Any] = dict.fromkeys(names, at)
        added, saved = lead(created_at=at, **instants), lead(caller=BEN, created_at=at)
        keep(begin, added, saved)
        save(begin, (replace(saved, version=2, **instants), 1))

        for found in (found_again(begin, added.id), found_again(begin, saved.id)):
            assert {found.created_at, *(getattr(found, name) for name in names)} == {at.astimezone(UTC)}
            assert found.created_at.tzinfo is UTC

    @pytest.mark.parametrize("priority", PRIORITIES, ids=str)
    def test_priority_is_exact(self, begin: Begin, lead: Builder[Lead], priority: Decimal) -> None:
        """A float would turn 0.1 into something a little later or earlier."""
        kept = lead(priority=priority)

        keep(begin, kept)

        assert found_again(begin, kept.id).priority == priority

    def test_value_that_was_handed_in_can_change_without_harm(self, begin: Begin, lead: Builder[Lead]) -> None:
        tokens = {"interest": "kittens"}
        kept = lead(tokens=tokens)
        keep(begin, kept)

        tokens["interest"] = "dogs"

        assert found_again(begin, kept.id).tokens == {"interest": "kittens"}

    def test_value_that_was_handed_out_can_change_without_harm(self, begin: Begin, lead: Builder[Lead]) -> None:
        kept = lead(tokens={"interest": "kittens"})
        keep(begin, kept)

        tokens: Any = found_again(begin, kept.id).tokens
        with suppress(TypeError):
            tokens["interest"] = "dogs"

        assert found_again(begin, kept.id).tokens == {"interest": "kittens"}

    # --- at most one live ----------------------------------------------------------------------------------------

    @pytest.mark.parametrize("first", sorted(LIVE))
    def test_second_live_lead_is_refused(self, begin: Begin, lead: Builder[Lead], first: LeadStatus) -> None:
        kept = lead(status=first)
        keep(begin, kept)

        with pytest.raises(StaleWrite):
            keep(begin, lead(status=LeadStatus.WAITING))

        with begin() as uow:
            assert uow.leads.live_of([ADA]) == [kept]

    def test_two_live_leads_in_one_batch_are_refused(self, begin: Begin, lead: Builder[Lead]) -> None:
        with pytest.raises(StaleWrite):
            keep(begin, lead(caller=BEN), lead(), lead())

        with begin() as uow:
            assert uow.leads.live_of([ADA, BEN]) == []

    def test_lead_is_added_once(self, begin: Begin, lead: Builder[Lead]) -> None:
        kept = lead(status=LeadStatus.COMPLETED)
        keep(begin, kept)

        with pytest.raises(StaleWrite):
            keep(begin, kept)

    @pytest.mark.parametrize(
        "other", [{"caller": BEN}, {"owner": OTHER_SCHEDULE}, {"owner": OFFER}], ids=["caller", "number", "kind"]
    )
    def test_leads_of_other_callers_and_owners_have_their_own_place(
        self, begin: Begin, lead: Builder[Lead], other: dict[str, Any]
    ) -> None:
        """Schedule 1 and offer 1 share a number and nothing else."""
        keep(begin, lead())

        keep(begin, lead(**other))

        with begin() as uow:
            assert len(uow.leads.live_of([ADA, BEN])) == 2

    @pytest.mark.parametrize("ended", sorted(frozenset(LeadStatus) - LIVE))
    def test_ended_leads_take_no_place(self, begin: Begin, lead: Builder[Lead], ended: LeadStatus) -> None:
        keep(begin, lead(status=ended), lead(status=ended), lead())

        with begin() as uow:
            assert len(uow.leads.live_of([ADA])) == 1

    def test_lead_that_ends_makes_place_in_the_same_unit(self, begin: Begin, lead: Builder[Lead]) -> None:
        old, new = lead(), lead()
        keep(begin, old)

        with begin() as uow:
            uow.leads.save_all([(replace(old, status=LeadStatus.EXPIRED, version=2), 1)])
            uow.leads.add_all([new])
            uow.commit()

        with begin() as uow:
            assert uow.leads.live_of([ADA]) == [new]

    def test_ended_lead_cannot_take_the_place_of_its_successor(self, begin: Begin, lead: Builder[Lead]) -> None:
        old = lead(status=LeadStatus.EXPIRED)
        keep(begin, old, lead())

        with pytest.raises(StaleWrite):
            save(begin, (replace(old, status=LeadStatus.SCHEDULED, version=2), 1))

    def test_two_units_that_add_the_same_live_lead_leave_one(self, begin: Begin, lead: Builder[Lead]) -> None:
        """Even a writer that forgets to claim cannot enroll twice."""
        mine, theirs = lead(), lead()

        with threads() as pool:
            with begin() as uow:
                uow.leads.add_all([mine])
                assert uow.leads.live_of([ADA]) == [mine]
                second = pool.submit(keep, begin, theirs)
                has_waited = is_waiting(second)
                uow.commit()

            with pytest.raises(StaleWrite):
                second.result(PATIENCE_SECONDS)
            assert has_waited
        with begin() as uow:
            assert uow.leads.live_of([ADA]) == [mine]

    # --- replacing -----------------------------------------------------------------------------------------------

    def test_save_replaces_everything_that_can_change(self, begin: Begin, lead: Builder[Lead]) -> None:
        old = lead(tokens={"interest": "kittens", "age": "44"}, email="ada@example.com", expires_at=NOW)
        keep(begin, old)
        new = replace(
            old,
            status=LeadStatus.RUNNING,
            updated_at=NOW + MINUTE,
            tokens={"interest": "dogs"},
            email=None,
            attribution=Attribution(TrafficSourceId(1001), ""),
            remote_ip="203.0.113.8",
            priority=Decimal("-0.5"),
            next_action=1,
            next_action_at=NOW + 2 * MINUTE,
            expires_at=None,
            callback_at=NOW + 3 * MINUTE,
            plan_expires_at=NOW + 4 * MINUTE,
            max_contact_attempts=1,
            is_ending=True,
            counted_ip="203.0.113.9",
            version=2,
        )

        save(begin, (new, 1))

        assert found_again(begin, old.id) == new

    @pytest.mark.parametrize("expected", [0, 1, 3])
    def test_save_over_another_version_is_refused(self, begin: Begin, lead: Builder[Lead], expected: int) -> None:
        """A change decided over an old state must not wipe out the newer one."""
        kept = lead(version=2)
        keep(begin, kept)

        with pytest.raises(StaleWrite):
            save(begin, (replace(kept, version=expected + 1, email="late@example.com"), expected))

        assert found_again(begin, kept.id) == kept

    def test_save_of_a_lead_never_stored_is_refused(self, begin: Begin, lead: Builder[Lead]) -> None:
        with pytest.raises(StaleWrite):
            save(begin, (lead(version=2), 1))

    def test_one_stale_lead_refuses_the_batch(self, begin: Begin, lead: Builder[Lead]) -> None:
        fresh, stale = lead(), lead(caller=BEN, version=5)
        keep(begin, fresh, stale)

        with pytest.raises(StaleWrite):
            save(begin, (replace(fresh, version=2), 1), (replace(stale, version=6), 4))

        assert found_again(begin, fresh.id).version == 1

    def test_second_save_over_the_same_version_is_refused(self, begin: Begin, lead: Builder[Lead]) -> None:
        kept = lead()
        keep(begin, kept)
        first, second = (replace(kept, version=2, email=f"{name}@example.com") for name in ("first", "second"))

        with threads() as pool:
            with begin() as uow:
                uow.leads.save_all([(first, 1)])
                saving = pool.submit(save, begin, (second, 1))
                has_waited = is_waiting(saving)
                uow.commit()

            with pytest.raises(StaleWrite):
                saving.result(PATIENCE_SECONDS)
            assert has_waited
        assert found_again(begin, kept.id) == first

    def test_nothing_to_write_is_no_fault(self, begin: Begin) -> None:
        with begin() as uow:
            uow.leads.add_all(())
            uow.leads.save_all(())
            uow.commit()

    def test_a_thousand_leads_in_one_unit(self, begin: Begin, lead: Builder[Lead]) -> None:
        callers = [PhoneNumber(f"+1202555{number:04}") for number in range(1_000)]
        leads = [lead(caller=caller, tokens={"interest": caller.e164}) for caller in callers]
        keep(begin, *leads)
        later = [replace(each, version=2, email=f"{each.caller}@example.com") for each in leads]

        save(begin, *((each, 1) for each in later))

        with begin() as uow:
            assert uow.leads.live_of(callers) == later

    # --- live leads of callers -----------------------------------------------------------------------------------

    def test_live_leads_come_oldest_first(self, begin: Begin, lead: Builder[Lead]) -> None:
        oldest, middle, newest = lead(owner=OFFER), lead(owner=OTHER_SCHEDULE), lead(caller=BEN)

        keep(begin, newest, oldest, middle)

        with begin() as uow:
            assert uow.leads.live_of([BEN, ADA]) == [oldest, middle, newest]

    def test_only_live_leads_of_these_callers_count(self, begin: Begin, lead: Builder[Lead]) -> None:
        mine = lead(status=LeadStatus.WAITING)
        keep(begin, lead(status=LeadStatus.OPT_OUT), mine, lead(caller=BEN))

        with begin() as uow:
            assert uow.leads.live_of([ADA, EVE]) == [mine]

    def test_lead_whose_time_is_up_is_live_until_somebody_ends_it(self, begin: Begin, lead: Builder[Lead]) -> None:
        """Whoever enrolls the caller next has to end it, and can only end what it is shown."""
        late = lead(expires_at=NOW - MINUTE)

        keep(begin, late)

        with begin() as uow:
            assert uow.leads.live_of([ADA]) == [late]

    def test_nobody_has_no_live_leads(self, begin: Begin, lead: Builder[Lead]) -> None:
        keep(begin, lead())

        with begin() as uow:
            assert uow.leads.live_of([]) == []

    # --- all leads of callers ------------------------------------------------------------------------------------

    def test_ended_leads_of_callers_are_found_too_oldest_first(self, begin: Begin, lead: Builder[Lead]) -> None:
        first, second, third = lead(status=LeadStatus.REMOVED), lead(owner=OFFER), lead(caller=BEN)
        keep(begin, lead(caller=EVE), third, first, second)

        with begin() as uow:
            assert uow.leads.of_callers([BEN, ADA]) == [first, second, third]
            assert uow.leads.of_callers([]) == []

    def test_leads_of_callers_can_be_those_of_one_owner_and_since_a_moment(
        self, begin: Begin, lead: Builder[Lead]
    ) -> None:
        """A duplicate is an earlier lead within so many seconds: to the microsecond, and the same in every store."""
        old, on_time, other = (
            lead(status=LeadStatus.EXPIRED, created_at=NOW - MINUTE),
            lead(created_at=NOW),
            lead(owner=OFFER, created_at=NOW + MINUTE),
        )
        keep(begin, old, on_time, other)

        with begin() as uow:
            assert uow.leads.of_callers([ADA], since=NOW) == [on_time, other]
            assert uow.leads.of_callers([ADA], owner=SCHEDULE) == [old, on_time]
            assert uow.leads.of_callers([ADA], owner=SCHEDULE, since=NOW) == [on_time]

    def test_lead_that_was_replaced_is_found_once(self, begin: Begin, lead: Builder[Lead]) -> None:
        kept = lead()
        keep(begin, kept)
        later = replace(kept, status=LeadStatus.COMPLETED, version=2)

        save(begin, (later, 1))

        with begin() as uow:
            assert uow.leads.of_callers([ADA]) == [later]

    def test_newest_lead_of_each_caller_is_found_live_or_ended(self, begin: Begin, lead: Builder[Lead]) -> None:
        """Doing an operation twice is doing it once: what counts is where the caller's last lead stands."""
        ended, of_ben = lead(status=LeadStatus.OPT_OUT), lead(caller=BEN)
        newest = lead(status=LeadStatus.REMOVED)
        keep(begin, newest, ended, of_ben, lead(owner=OFFER), lead(caller=EVE, owner=OTHER_SCHEDULE))

        with begin() as uow:
            assert uow.leads.newest_of(SCHEDULE, [ADA, BEN, EVE]) == {ADA: newest, BEN: of_ben}
            assert uow.leads.newest_of(SCHEDULE, []) == {}

    def test_leads_are_found_by_their_identifiers_oldest_first(self, begin: Begin, lead: Builder[Lead]) -> None:
        first, second = lead(), lead(caller=BEN)
        keep(begin, first, second, lead(caller=EVE))

        with begin() as uow:
            assert uow.leads.find_all([second.id, LeadId(new_id()), first.id]) == [first, second]
            assert uow.leads.find_all([]) == []

    def test_leads_are_counted_by_the_address_they_began_from(self, begin: Begin, lead: Builder[Lead]) -> None:
        ip = "203.0.113.7"
        keep(
            begin,
            lead(counted_ip=ip, status=LeadStatus.REMOVED),
            lead(counted_ip=ip),
            lead(counted_ip=ip, caller=BEN, created_at=NOW - MINUTE),
            lead(counted_ip=ip, owner=OFFER),
            lead(counted_ip="203.0.113.8", caller=EVE),
            lead(remote_ip=ip, caller=PhoneNumber("+12025550149")),
        )

        with begin() as uow:
            assert uow.leads.count_from_ip(ip, SCHEDULE, since=NOW) == 2
            assert uow.leads.count_from_ip(ip, SCHEDULE, since=NOW - MINUTE) == 3
            assert uow.leads.count_from_ip(ip, OTHER_SCHEDULE, since=NOW) == 0

    def test_unit_counts_what_it_has_added(self, begin: Begin, lead: Builder[Lead]) -> None:
        with begin() as uow:
            uow.leads.add_all([lead(counted_ip="203.0.113.7")])

            assert uow.leads.count_from_ip("203.0.113.7", SCHEDULE, since=NOW) == 1

    def test_leads_whose_time_is_up_are_due_the_longest_overdue_first(self, begin: Begin, lead: Builder[Lead]) -> None:
        """Nobody asks for a lead that was forgotten; it must end all the same, and end when its plan goes on too."""
        callers = (PhoneNumber(f"+1202555{number:04}") for number in range(99))
        on_time, late = (lead(caller=next(callers), expires_at=at) for at in (NOW, NOW - MINUTE))
        both = lead(caller=next(callers), expires_at=NOW, plan_expires_at=NOW - MINUTE)
        leaves_later, leaves = (lead(caller=next(callers), plan_expires_at=NOW - age * MINUTE) for age in (0, 1))
        keep(
            begin,
            *(on_time, late, both, leaves_later, leaves),
            lead(caller=next(callers), expires_at=NOW + MINUTE, plan_expires_at=NOW + MINUTE),
            lead(caller=next(callers), plan_expires_at=NOW, is_ending=True),
            lead(caller=next(callers), expires_at=NOW, plan_expires_at=NOW, status=LeadStatus.COMPLETED),
            lead(caller=next(callers)),
        )

        with begin() as uow:
            assert uow.leads.due_to_expire(at=NOW, limit=10) == [late, on_time, both, leaves, leaves_later]
            assert uow.leads.due_to_expire(at=NOW, limit=4) == [late, on_time, both, leaves]
            assert uow.leads.due_to_expire(at=NOW, limit=2) == [late, on_time]

    # --- search --------------------------------------------------------------------------------------------------

    @pytest.fixture
    def some_leads(self, begin: Begin, lead: Builder[Lead]) -> Sequence[Lead]:
        """Keep leads that differ in all that can be asked for, the newest first."""
        leads = [
            lead(status=LeadStatus.SCHEDULED),
            lead(status=LeadStatus.COMPLETED, expires_at=NOW - MINUTE),
            lead(status=LeadStatus.EXPIRED),
            lead(owner=OFFER, status=LeadStatus.QUEUE, expires_at=NOW),
            lead(owner=OFFER, status=LeadStatus.QUEUE, caller=BEN, expires_at=NOW + MINUTE),
            lead(
                owner=OTHER_SCHEDULE,
                status=LeadStatus.WAITING,
                caller=BEN,
                expires_at=NOW - MINUTE,
                email="Ben.Ñ@Example.com",
                attribution=Attribution(TrafficSourceId(1000), "creative-A"),
            ),
        ]
        with begin() as uow:
            offer = uow.directory.add_offer(name="Solar roofs")
            uow.directory.add_schedule(name="Call at once", actions=())
            uow.directory.add_schedule(name="Call later", actions=(), offer_id=offer.id)
            uow.commit()
        aged = [replace(each, created_at=NOW + age * MINUTE) for age, each in enumerate(leads)]
        keep(begin, *aged)
        return aged[::-1]

    @pytest.mark.parametrize(
        ("wanted", "places"),
        [
            ({}, [0, 1, 2, 3, 4, 5]),
            ({"caller": ADA}, [2, 3, 4, 5]),
            ({"caller": EVE}, []),
            ({"owner": OFFER}, [1, 2]),
            ({"owner": OwnerRef(OwnerKind.OFFER, 2)}, []),
            ({"offer_id": OfferId(1)}, [0, 1, 2]),
            ({"offer_id": OfferId(1), "caller": BEN, "owner": OFFER}, [1]),
            ({"offer_id": OfferId(2)}, []),
            ({"traffic_source_id": TrafficSourceId(1000)}, [0]),
            ({"traffic_source_id": TrafficSourceId(1001)}, []),
            ({"sub_id": "creative-A"}, [0]),
            ({"sub_id": "Creative-A"}, []),
            ({"email": "ben.Ñ@example.com"}, [0]),
            ({"email": "BEN.Ñ@EXAMPLE.COM"}, [0]),
            ({"email": "ben.ñ@example.com"}, []),
            ({"email": "ben"}, []),
            ({"created_from": NOW + 2 * MINUTE}, [0, 1, 2, 3]),
            ({"created_to": NOW + 2 * MINUTE}, [4, 5]),
            ({"created_from": NOW + MINUTE, "created_to": NOW + 3 * MINUTE}, [3, 4]),
            ({"created_from": NOW + MINUTE, "created_to": NOW + MINUTE}, []),
            ({"statuses": frozenset({LeadStatus.SCHEDULED})}, [5]),
            ({"statuses": frozenset({LeadStatus.QUEUE})}, [1]),
            ({"statuses": frozenset({LeadStatus.WAITING})}, []),
            ({"statuses": frozenset({LeadStatus.COMPLETED})}, [4]),
            ({"statuses": frozenset({LeadStatus.EXPIRED})}, [0, 2, 3]),
            ({"statuses": LIVE}, [1, 5]),
            ({"statuses": frozenset(LeadStatus)}, [0, 1, 2, 3, 4, 5]),
            ({"statuses": frozenset()}, []),
            ({"statuses": LIVE | {LeadStatus.EXPIRED}, "caller": ADA, "owner": OFFER}, [2]),
            ({"statuses": LIVE, "at": NOW + 2 * MINUTE}, [5]),
            ({"statuses": LIVE, "at": NOW - 2 * MINUTE}, [0, 1, 2, 5]),
        ],
    )
    def test_search_finds_what_is_seen(
        self, begin: Begin, some_leads: Sequence[Lead], wanted: dict[str, Any], places: list[int]
    ) -> None:
        """Nobody has noted yet that some leads' time is up; whoever lists leads sees it all the same."""
        with begin() as uow:
            page = uow.leads.search(LeadFilter(**{"at": NOW, **wanted}), offset=0, limit=25)

        assert list(page.leads) == [some_leads[place] for place in places]
        assert page.total_count == len(places)

    @pytest.mark.parametrize(
        ("offset", "limit", "places"), [(0, 4, [0, 1, 2, 3]), (4, 4, [4, 5]), (6, 4, []), (99, 4, []), (2, 0, [])]
    )
    def test_search_gives_a_page_and_the_total(
        self, begin: Begin, some_leads: Sequence[Lead], offset: int, limit: int, places: list[int]
    ) -> None:
        with begin() as uow:
            page = uow.leads.search(LeadFilter(at=NOW), offset=offset, limit=limit)

        assert list(page.leads) == [some_leads[place] for place in places]
        assert page.total_count == len(some_leads)

    @pytest.mark.parametrize(
        ("among", "wanted", "places", "until"),
        [
            (6, {}, [0, 1, 2, 3, 4, 5], None),
            (99, {}, [0, 1, 2, 3, 4, 5], None),
            (2, {}, [0, 1], 1),
            (3, {"owner": OFFER}, [1, 2], 2),
            (1, {"owner": OFFER}, [], 0),
            (1, {"caller": ADA}, [2], 2),
            (4, {"caller": ADA}, [2, 3, 4, 5], None),
            (1, {"email": "ben.Ñ@example.com"}, [0], None),
            (5, {"statuses": frozenset({LeadStatus.SCHEDULED})}, [], 4),
        ],
    )
    def test_search_looks_at_no_more_than_it_is_told(
        self,
        begin: Begin,
        some_leads: Sequence[Lead],
        among: int,
        wanted: dict[str, Any],
        places: list[int],
        until: int | None,
    ) -> None:
        """A filter that no lead matches would read a million of them, for every page."""
        with begin() as uow:
            page = uow.leads.search(LeadFilter(**{"at": NOW, **wanted}), offset=0, limit=25, among=among)

        assert list(page.leads) == [some_leads[place] for place in places]
        assert page.total_count == len(places)
        assert page.until == (None if until is None else some_leads[until].id)

    def test_search_looks_on_from_where_it_ended(self, begin: Begin, some_leads: Sequence[Lead]) -> None:
        found: list[Lead] = []
        after: LeadId | None = None
        for _ in range(3):
            with begin() as uow:
                page = uow.leads.search(LeadFilter(caller=ADA, at=NOW, after=after), offset=0, limit=25, among=2)
            found += page.leads
            after = page.until

        assert (found, after) == ([*some_leads[2:], *some_leads[2:4]], some_leads[3].id)

    def test_search_of_a_time_looks_at_its_leads_only(self, begin: Begin, lead: Builder[Lead]) -> None:
        """Last month's leads are found behind any number of newer ones: identifiers follow the clock."""
        days = [NOW + timedelta(days=day) for day in range(4)]
        leads = [lead(id=LeadId(_id_at(day)), caller=caller, created_at=day) for day in days for caller in (ADA, BEN)]
        keep(begin, *(replace(each, status=LeadStatus.COMPLETED) for each in leads))

        def found(among: int) -> tuple[list[LeadId], LeadId | None]:
            wanted = LeadFilter(created_from=days[1], created_to=days[3] - timedelta(hours=2), at=NOW)
            with begin() as uow:
                page = uow.leads.search(wanted, offset=0, limit=25, among=among)
            return [each.id for each in page.leads], page.until

        ids = [each.id for each in reversed(leads[2:6])]
        assert found(4) == (ids, None)
        assert found(3) == (ids[:3], ids[2])

    def test_leads_of_one_moment_are_listed_by_their_identifiers(self, begin: Begin, lead: Builder[Lead]) -> None:
        """A batch has one moment; pages over it must neither repeat a lead nor leave one out."""
        leads = [lead(caller=PhoneNumber(f"+1202555{number:04}")) for number in range(10)]
        keep(begin, *leads[5:], *leads[:5])

        def page(offset: int) -> LeadPage:
            with begin() as uow:
                return uow.leads.search(LeadFilter(at=NOW), offset=offset, limit=4)

        assert [each for offset in (0, 4, 8) for each in page(offset).leads] == leads[::-1]

    def test_cursor_goes_on_behind_the_last_lead_of_the_page_before(
        self, begin: Begin, some_leads: Sequence[Lead], lead: Builder[Lead]
    ) -> None:
        """Leads that come in while somebody pages must not push one onto the next page, to be seen twice."""
        first = LeadFilter(caller=ADA, at=NOW)
        with begin() as uow:
            before = uow.leads.search(first, offset=0, limit=2)
        keep(begin, lead(owner=OTHER_SCHEDULE, status=LeadStatus.COMPLETED))

        with begin() as uow:
            after = uow.leads.search(replace(first, after=before.leads[-1].id), offset=0, limit=10)
            nothing = uow.leads.search(replace(first, after=some_leads[-1].id), offset=0, limit=10)
        assert [*before.leads, *after.leads] == list(some_leads[2:])
        assert (after.total_count, list(nothing.leads)) == (5, [])
