"""An opt-out amid many posts of the same caller, in real threads, on every store: it wins."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TYPE_CHECKING

import pytest

from leadintake.bootstrap import Coalescing

from tests.support.apps import LEADS, a_world

if TYPE_CHECKING:
    from collections.abc import Callable

    from werkzeug.test import TestResponse

    from tests.support.apps import Store, World

CALLER = "+12025550143"
POSTS = 50


def post(world: World, number: int) -> TestResponse:
    token = world.offer_token if number % 2 else world.schedule_token
    return world.submit(token, caller_id=CALLER, data={f"n{number}": "x"})


def opt_out(world: World) -> TestResponse:
    return world.post(f"{LEADS}/{CALLER}/caller_opt_out", headers={"X-Lead-Token": world.schedule_token})


def race(world: World, operation: Callable[[World], TestResponse]) -> tuple[TestResponse, list[TestResponse]]:
    """Let the operation begin at the same moment as every post, in the midst of them."""
    start = Barrier(POSTS + 1)

    def take_part(number: int) -> TestResponse:
        start.wait(30)
        return operation(world) if number == POSTS // 2 else post(world, number)

    with ThreadPoolExecutor(POSTS + 1) as pool:
        answers = list(pool.map(take_part, range(POSTS + 1)))
    return answers.pop(POSTS // 2), answers


@pytest.mark.parametrize("is_known", [False, True], ids=["a new caller", "a caller with leads"])
def test_no_lead_is_live_after_an_opt_out_amid_fifty_posts(store: Store, is_known: bool) -> None:  # noqa: FBT001 - a case
    """A lead that slips past the caller's own wish is a call that must not be made."""
    world = a_world(store, coalescing=Coalescing(batch_size=4, leaders=2))
    if is_known:
        assert {post(world, number).get_json()["outcome"] for number in range(2)} == {"created"}

    answered, posts = race(world, opt_out)

    assert (answered.status_code, answered.get_json()["outcome"]) == (200, "opted_out")
    outcomes = Counter(answer.get_json().get("outcome") or answer.get_json()["code"] for answer in posts)
    assert set(outcomes) <= {"created", "updated", "caller_opted_out"}
    assert [lead.status.value for lead in world.leads() if lead.status.value != "opt_out"] == []
    assert len(world.submissions()) == POSTS + 1 + 2 * is_known
    assert post(world, POSTS).get_json()["code"] == "caller_opted_out"


def test_removal_amid_fifty_posts_takes_one_lead_out(world: World) -> None:
    """What is removed stays removed; what was posted after it is a lead of its own, and one only."""
    post(world, 0)

    answered, _ = race(
        world,
        lambda world: world.post(f"{LEADS}/{CALLER}/caller_remove", headers={"X-Lead-Token": world.schedule_token}),
    )

    assert answered.get_json()["outcome"] == "removed"
    mine = [lead for lead in world.leads() if lead.owner == world.schedule.ref]
    assert [lead.status.value for lead in mine if not lead.is_live] == ["removed"]
    assert len(mine) <= 2


def test_opt_outs_at_once_are_one(world: World) -> None:
    start = Barrier(10)

    def take_part(_number: int) -> str:
        start.wait(30)
        return str(opt_out(world).get_json()["outcome"])

    with ThreadPoolExecutor(10) as pool:
        outcomes = Counter(pool.map(take_part, range(10)))

    assert outcomes == {"opted_out": 1, "unchanged": 9}
