"""What is done though nobody asks for it: leads whose time is up, and what is kept no longer."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from leadintake.entrypoints.housekeeping import CHORES, keep_house_for_ever

from tests.support.servers import wait_until

if TYPE_CHECKING:
    from tests.support.apps import World

CALLER = "+18004506787"


def test_lead_whose_time_is_up_is_ended_though_nobody_asks(world: World) -> None:
    """Reports, dialers and webhooks go by what is stored."""
    answer = world.submit(caller_id=CALLER, expires_in=10)
    world.clock.advance(timedelta(minutes=11))

    is_over = keep_house_for_ever(world.services, seconds_between=0.01)
    try:
        wait_until(lambda: [lead.status.value for lead in world.leads()] == ["expired"], what="the lead is ended")
    finally:
        is_over.set()

    assert answer.status_code == 200
    [lead] = world.leads()
    with world.store.unit_of_work(world.company.id) as uow:
        assert uow.events.of_lead(lead.id)[-1].kind.value == "lead.expired"


def test_database_that_is_away_does_not_end_it(world: World) -> None:
    """It comes back, and so must this."""
    calls: list[int] = []

    def fail_first() -> int:
        calls.append(1)
        if len(calls) == 1:
            raise RuntimeError
        return 0

    services = replace(world.services, expire_due_leads=fail_first)
    is_over = keep_house_for_ever(services, chores=CHORES[:1], seconds_between=0.01)
    try:
        wait_until(lambda: len(calls) > 2, what="it is tried again")
    finally:
        is_over.set()


def test_events_are_sealed_though_nobody_asks(world: World) -> None:
    """Until then a change of them would not show."""
    world.submit(caller_id=CALLER)

    is_over = keep_house_for_ever(world.services, seconds_between=0.01)
    try:
        wait_until(lambda: world.services.read_chain_heads([world.company])[0].events == 1, what="the event is sealed")
    finally:
        is_over.set()


def test_answers_that_have_outlived_their_key_are_forgotten(world: World) -> None:
    """They hold personal data, and nobody can get them any more."""
    world.post(headers={"Idempotency-Key": "a", "X-Lead-Token": world.schedule_token}, json={"caller_id": CALLER})

    world.clock.advance(timedelta(hours=73))

    # Other tests' companies may have left some too.
    assert world.services.forget_outlived_answers() >= 1
    assert world.services.forget_outlived_answers() == 0
    again = world.post(
        headers={"Idempotency-Key": "a", "X-Lead-Token": world.schedule_token}, json={"caller_id": CALLER}
    )
    assert "Idempotent-Replayed" not in again.headers
