"""Many senders at once, in real threads over the coalescer, on every store."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TYPE_CHECKING

import pytest

from leadintake.bootstrap import Coalescing

from tests.support.apps import LEADS, a_world

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from werkzeug.test import TestResponse

    from tests.support.apps import Store, World

CALLER = "+18004506787"
SPELLINGS = (
    "+18004506787",
    "8004506787",
    "18004506787",
    "(800) 450-6787",
    "800.450.6787",
    " 1 800 450 6787 ",
    "tel:+1-800-450-6787",
    "001 800 450 6787",
    "+1 (800) 450‑6787",
    "800-450-6787\n",
)


def at_once(world: World, senders: Sequence[Callable[[World, int], TestResponse]]) -> list[TestResponse]:
    """Let every sender post in a thread of its own, all at the same moment."""
    start = Barrier(len(senders))

    def send(number: int) -> TestResponse:
        start.wait(30)
        return senders[number](world, number)

    with ThreadPoolExecutor(len(senders)) as pool:
        return list(pool.map(send, range(len(senders))))


def by_query(world: World, number: int) -> TestResponse:
    spelling = SPELLINGS[number % len(SPELLINGS)]
    return world.post(
        LEADS, query_string={"lead_token": world.schedule_token, "caller_id": spelling, f"n{number}": "x"}
    )


def by_form(world: World, number: int) -> TestResponse:
    spelling = SPELLINGS[number % len(SPELLINGS)]
    return world.post(LEADS, data={"lead_token": world.schedule_token, "caller_id": spelling, f"n{number}": "x"})


def by_json(world: World, number: int) -> TestResponse:
    spelling = SPELLINGS[number % len(SPELLINGS)]
    return world.submit(caller_id=spelling, data={f"n{number}": "x"})


@pytest.mark.parametrize(
    "coalescing", [Coalescing(), Coalescing(batch_size=4, leaders=2)], ids=["usual", "two leaders"]
)
def test_hundred_simultaneous_posts_of_one_caller_are_one_lead(store: Store, coalescing: Coalescing) -> None:
    """Senders post again on any network doubt, each in its own way of writing a number."""
    world = a_world(store, coalescing=coalescing)

    answers = at_once(world, [(by_query, by_form, by_json)[number % 3] for number in range(100)])

    assert {answer.status_code for answer in answers} == {200}
    assert Counter(answer.get_json()["outcome"] for answer in answers) == {"created": 1, "updated": 99}
    assert len({answer.get_json()["id"] for answer in answers}) == 1
    assert {answer.get_json()["lead"]["caller_id"] for answer in answers} == {CALLER}
    [lead] = world.leads()
    assert set(lead.tokens) == {f"n{number}" for number in range(100)}
    assert lead.version == 100
    kept = world.submissions()
    assert {str(submission.receipt.id) for submission in kept} == {a.get_json()["submission_id"] for a in answers}
    assert len(kept) == 100
    with store.reading(world.company.id) as uow:
        assert [event.lead_version for event in uow.events.of_lead(lead.id)] == list(range(1, 101))


def test_several_processes_make_one_lead_too(world: World) -> None:
    """Each has a coalescer of its own; only the store stands between them."""
    processes = [world, world.another_process(), world.another_process()]

    def send(_world: World, number: int) -> TestResponse:
        return by_json(processes[number % 3], number)

    answers = at_once(world, [send] * 45)

    assert Counter(answer.get_json().get("outcome") for answer in answers) == {"created": 1, "updated": 44}
    [lead] = world.leads()
    assert (lead.version, len(lead.tokens)) == (45, 45)


def test_sound_and_faulty_posts_at_once_do_not_touch_each_other(world: World) -> None:
    """A refused command never fails its neighbours."""

    def sound(world: World, number: int) -> TestResponse:
        return world.submit(caller_id=f"+1202555{1000 + number}")

    def faulty(world: World, _number: int) -> TestResponse:
        return world.submit(caller_id="123")

    def unknown(world: World, _number: int) -> TestResponse:
        return world.submit("nobodys", caller_id=CALLER)

    answers = at_once(world, [(sound, faulty, unknown, sound)[number % 4] for number in range(40)])

    assert Counter(answer.status_code for answer in answers) == {200: 20, 422: 10, 401: 10}
    assert len(world.leads()) == 20
    assert len(world.submissions()) == 30


def test_companies_at_once_stay_apart(store: Store) -> None:
    worlds = [a_world(store) for _ in range(4)]
    # One application for all of them, as in an installation.
    app = worlds[0]

    def send(_world: World, number: int) -> TestResponse:
        return app.submit(worlds[number % 4].schedule_token, caller_id=SPELLINGS[number % len(SPELLINGS)])

    answers = at_once(app, [send] * 40)

    assert {answer.status_code for answer in answers} == {200}
    assert [len(world.leads()) for world in worlds] == [1] * 4
    assert [len(world.submissions()) for world in worlds] == [10] * 4


def test_opt_out_among_posts_wins_over_all_that_come_after_it(world: World) -> None:
    """An opted-out caller is never contacted, whatever arrived in the same moment."""

    def opt_out(world: World, _number: int) -> TestResponse:
        return world.submit(caller_id=CALLER, opt_out=True)

    answers = at_once(world, [by_json] * 15 + [opt_out] + [by_json] * 14)

    outcomes = Counter(answer.get_json().get("outcome") or answer.get_json()["code"] for answer in answers)
    assert outcomes["opted_out"] == 1
    assert set(outcomes) <= {"opted_out", "created", "updated", "caller_opted_out"}
    assert [lead for lead in world.leads() if lead.is_live] == []
    assert world.submit(caller_id=CALLER).get_json()["code"] == "caller_opted_out"
