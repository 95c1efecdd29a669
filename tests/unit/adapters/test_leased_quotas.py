"""Blocks of quota in one process, over a store that is told what to do."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from threading import Event
from typing import TYPE_CHECKING

import pytest

from leadintake.adapters.leased_quotas import ASK_AGAIN_AFTER, LeasedQuotas
from leadintake.domain.credential import LeadTokenId
from leadintake.domain.errors import OutcomeUnknown, Refusal, StaleWrite, Unavailable
from leadintake.domain.quota import Quota

from tests.contracts.store import PATIENCE_SECONDS, threads
from tests.support.builders import COMPANY, SteppingClock, new_id

if TYPE_CHECKING:
    from collections.abc import Callable

QUOTA = Quota(company_id=COMPANY, lead_token_id=LeadTokenId(new_id()), day=date(2026, 3, 1), most=10)
TOMORROW = replace(QUOTA, day=QUOTA.day + timedelta(days=1))


class Lender:
    """A store that leases the blocks it was given, one after the other, and then nothing."""

    def __init__(self, *blocks: int | Refusal) -> None:
        self.blocks = list(blocks)
        self.asked: list[Quota] = []
        self.put_back: list[tuple[Quota, int]] = []

    def lease(self, quota: Quota) -> int:
        self.asked.append(quota)
        block = self.blocks.pop(0) if self.blocks else 0
        if isinstance(block, Refusal):
            raise block
        return block

    def take_back(self, quota: Quota, count: int) -> None:
        self.put_back.append((quota, count))


@pytest.fixture
def clock() -> SteppingClock:
    return SteppingClock()


@pytest.fixture
def over(clock: SteppingClock) -> Callable[[Lender], LeasedQuotas]:
    return lambda lender: LeasedQuotas(lender.lease, lender.take_back, clock=clock, wait_seconds=1)


def test_block_is_handed_out_before_the_next_is_leased(over: Callable[[Lender], LeasedQuotas]) -> None:
    lender = Lender(2, 1)
    quotas = over(lender)

    taken = [quotas.take(QUOTA) for _ in range(4)]

    assert taken == [True, True, True, False]
    assert len(lender.asked) == 3


def test_cap_that_is_reached_is_not_asked_about_for_a_while(
    over: Callable[[Lender], LeasedQuotas], clock: SteppingClock
) -> None:
    """A sender that goes on over its cap must not cost a transaction each time."""
    lender = Lender(0, 1)
    quotas = over(lender)

    assert [quotas.take(QUOTA) for _ in range(3)] == [False] * 3
    assert len(lender.asked) == 1
    clock.advance(ASK_AGAIN_AFTER)
    assert quotas.take(QUOTA)


def test_what_was_not_used_goes_to_the_next(over: Callable[[Lender], LeasedQuotas]) -> None:
    lender = Lender(1)
    quotas = over(lender)
    quotas.take(QUOTA)
    assert not quotas.take(QUOTA)

    quotas.give_back(QUOTA)

    assert quotas.take(QUOTA)
    assert not quotas.take(QUOTA)


def test_what_is_left_of_a_day_is_lost_with_it(over: Callable[[Lender], LeasedQuotas]) -> None:
    lender = Lender(5, 1)
    quotas = over(lender)
    quotas.take(QUOTA)

    assert [quotas.take(TOMORROW), quotas.take(TOMORROW)] == [True, False]
    quotas.give_back(QUOTA)
    quotas.put_all_back()
    assert lender.put_back == []


def test_changed_cap_is_asked_for_anew(over: Callable[[Lender], LeasedQuotas]) -> None:
    """A cap that is lowered holds at once, also over what this process had leased already."""
    lender = Lender(5, 0)
    quotas = over(lender)
    quotas.take(QUOTA)

    assert not quotas.take(replace(QUOTA, most=1))
    assert lender.put_back == [(QUOTA, 4)]
    quotas.give_back(QUOTA)
    assert lender.put_back[1][1] == 1
    assert not quotas.take(replace(QUOTA, most=1))


@pytest.mark.parametrize("fault", [StaleWrite(), Unavailable()], ids=["met", "away"])
def test_lease_is_tried_again(over: Callable[[Lender], LeasedQuotas], fault: Refusal) -> None:
    assert over(Lender(fault, 1)).take(QUOTA)


def test_store_that_stays_away_is_unavailable(over: Callable[[Lender], LeasedQuotas]) -> None:
    """Nobody waits longer for a store that is away than it takes to be sure of it."""
    lender = Lender(*[Unavailable()] * 9)

    with pytest.raises(Unavailable):
        over(lender).take(QUOTA)

    assert len(lender.asked) == 2


def test_store_where_writers_keep_meeting_is_given_up(over: Callable[[Lender], LeasedQuotas]) -> None:
    lender = Lender(*[StaleWrite()] * 9)

    with pytest.raises(StaleWrite):
        over(lender).take(QUOTA)

    assert len(lender.asked) == 4


def test_thread_does_not_wait_for_ever_for_another_that_leases(clock: SteppingClock) -> None:
    inside, done = Event(), Event()

    def lease(_quota: Quota) -> int:
        inside.set()
        done.wait(PATIENCE_SECONDS)
        return 2

    quotas = LeasedQuotas(lease, lambda *_: None, clock=clock, wait_seconds=0.01)
    with threads() as pool:
        first = pool.submit(quotas.take, QUOTA)
        inside.wait(PATIENCE_SECONDS)

        with pytest.raises(Unavailable):
            quotas.take(QUOTA)
        done.set()
        assert first.result(PATIENCE_SECONDS)


def test_block_that_may_be_lost_is_not_leased_twice(over: Callable[[Lender], LeasedQuotas]) -> None:
    """The sender is told that nothing was done; a lead was not even looked at."""
    lender = Lender(OutcomeUnknown(), 1)
    quotas = over(lender)

    with pytest.raises(Unavailable) as refused:
        quotas.take(QUOTA)

    assert refused.type is Unavailable
    assert len(lender.asked) == 1


def test_rest_that_cannot_be_put_back_is_lost_in_silence(clock: SteppingClock) -> None:
    def refuse(*_: object) -> None:
        raise Unavailable

    quotas = LeasedQuotas(Lender(5).lease, refuse, clock=clock, wait_seconds=1)
    quotas.take(QUOTA)

    quotas.put_all_back()

    assert not quotas.take(QUOTA)
