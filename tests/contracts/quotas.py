"""What a quota repository promises: each day's count has one holder at a time, and a cap is never exceeded."""

from __future__ import annotations

from datetime import date, timedelta
from functools import partial
from typing import TYPE_CHECKING

import pytest

from leadintake.adapters.leased_quotas import LeasedQuotas
from leadintake.domain.credential import LeadTokenId
from leadintake.domain.errors import Unavailable
from leadintake.domain.quota import Quota
from leadintake.domain.use_cases.lease_quota import lease_quota, return_quota

from tests.contracts.store import PATIENCE_SECONDS, StoreContract, found, is_waiting, threads
from tests.support.builders import SteppingClock, new_id

if TYPE_CHECKING:
    from leadintake.domain.company import Company

    from tests.contracts.store import Begin, Store

DAY = date(2026, 3, 1)
A_DAY = timedelta(days=1)
CAP = 100
THREADS = 8


def lease(begin: Begin, token: LeadTokenId, leased: int, *, day: date = DAY) -> None:
    """Store that so much is leased out."""
    with begin() as uow:
        uow.quotas.claim(token, day)
        uow.quotas.save(token, day, leased=leased)
        uow.commit()


def leased_of(begin: Begin, token: LeadTokenId, *, day: date = DAY) -> int:
    """Return how much is leased out."""
    with begin() as uow:
        return uow.quotas.claim(token, day)


def quotas_over(store: Store) -> LeasedQuotas:
    """Return what one process hands out of the caps from."""
    return LeasedQuotas(
        partial(lease_quota, unit_of_work=store.unit_of_work),
        partial(return_quota, unit_of_work=store.unit_of_work),
        clock=SteppingClock(),
        wait_seconds=PATIENCE_SECONDS,
    )


class QuotaContract(StoreContract):
    """`QuotaRepository`."""

    @pytest.fixture
    def token(self) -> LeadTokenId:
        return LeadTokenId(new_id())

    @pytest.fixture
    def quota(self, company: Company, token: LeadTokenId) -> Quota:
        return Quota(company_id=company.id, lead_token_id=token, day=DAY, most=CAP)

    def test_nothing_is_leased_of_a_new_day(self, begin: Begin, token: LeadTokenId) -> None:
        assert leased_of(begin, token) == 0

    def test_what_is_leased_is_kept_for_each_token_and_day(self, begin: Begin, token: LeadTokenId) -> None:
        other = LeadTokenId(new_id())

        lease(begin, token, 7)
        lease(begin, token, 8)
        lease(begin, other, 3)
        lease(begin, token, 1, day=DAY + A_DAY)

        assert leased_of(begin, token) == 8
        assert leased_of(begin, other) == 3
        assert leased_of(begin, token, day=DAY + A_DAY) == 1

    def test_companies_have_quotas_of_their_own(self, store: Store, begin: Begin, token: LeadTokenId) -> None:
        lease(begin, token, 7)

        with store.unit_of_work(found(store).id) as uow:
            assert uow.quotas.claim(token, DAY) == 0

    def test_what_is_not_committed_is_not_leased(self, begin: Begin, token: LeadTokenId) -> None:
        with begin() as uow:
            uow.quotas.claim(token, DAY)
            uow.quotas.save(token, DAY, leased=5)

        assert leased_of(begin, token) == 0

    def test_earlier_days_of_the_token_are_forgotten(self, begin: Begin, token: LeadTokenId) -> None:
        other = LeadTokenId(new_id())
        for each in (token, other):
            lease(begin, each, 1, day=DAY - A_DAY)
            lease(begin, each, 2)

        with begin() as uow:
            uow.quotas.forget(token, before=DAY)
            uow.commit()

        assert [leased_of(begin, token, day=day) for day in (DAY - A_DAY, DAY)] == [0, 2]
        assert [leased_of(begin, other, day=day) for day in (DAY - A_DAY, DAY)] == [1, 2]

    @pytest.mark.parametrize("before", [0, 5])
    def test_whoever_comes_second_waits_and_sees_what_the_first_leased(
        self, begin: Begin, token: LeadTokenId, before: int
    ) -> None:
        """Two who lease at once must not both find the same places free."""
        if before:
            lease(begin, token, before)

        with threads() as pool:
            with begin() as uow:
                uow.quotas.claim(token, DAY)
                second = pool.submit(leased_of, begin, token)
                has_waited = is_waiting(second)
                uow.quotas.save(token, DAY, leased=before + 10)
                uow.commit()

            assert second.result(PATIENCE_SECONDS) == before + 10
            assert has_waited

    def test_waiting_ends(self, impatient_store: Store, token: LeadTokenId) -> None:
        company = found(impatient_store)

        with impatient_store.unit_of_work(company.id) as uow, threads() as pool:
            uow.quotas.claim(token, DAY)
            second = pool.submit(leased_of, lambda: impatient_store.unit_of_work(company.id), token)

            with pytest.raises(Unavailable):
                second.result(PATIENCE_SECONDS)

    def test_processes_together_hand_out_the_cap_and_no_more(
        self, store: Store, twin_store: Store, quota: Quota
    ) -> None:
        """The promise of a cap: exactly that many, whoever asks, and whatever some of them do not use."""
        processes = [quotas_over(store), quotas_over(twin_store)]

        def take_all(number: int) -> int:
            quotas = processes[number % 2]
            kept, asked = 0, 0
            while quotas.take(quota):
                asked += 1
                if asked % 5 == 0:
                    quotas.give_back(quota)
                else:
                    kept += 1
            return kept

        with threads(THREADS) as pool:
            kept = sum(pool.map(take_all, range(THREADS)))
        assert 0 < kept <= CAP
        # Somebody may have given one back after the last had gone.
        for quotas in processes:
            while quotas.take(quota):
                kept += 1

        assert kept == CAP
        assert lease_quota(quota, unit_of_work=store.unit_of_work) == 0

    def test_what_a_process_puts_back_is_for_the_others(
        self, store: Store, twin_store: Store, begin: Begin, quota: Quota
    ) -> None:
        ending, going_on = quotas_over(store), quotas_over(twin_store)
        assert ending.take(quota)
        held = leased_of(begin, quota.lead_token_id)

        ending.put_all_back()

        assert held > 1
        assert leased_of(begin, quota.lead_token_id) == 1
        assert sum(going_on.take(quota) for _ in range(CAP)) == CAP - 1
