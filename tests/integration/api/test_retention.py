"""What requests held is forgotten in time, each class in its own; the verdicts stay."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from leadintake.domain.ports import SubmissionFilter
from leadintake.domain.submission import KeptClass
from leadintake.domain.use_cases.prune_submissions import Retention, prune_submissions
from leadintake.entrypoints.housekeeping import CHORES, keep_house_for_ever

from tests.support.apps import a_world
from tests.support.servers import wait_until

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.support.apps import Store, World

ADA = "+12025550143"
DAY = timedelta(days=1)
RETENTION = Retention(accepted=30 * DAY, refused=20 * DAY, without_caller=5 * DAY, unclaimed=3 * DAY)


def prune(world: World, *, is_dry_run: bool = False, batch_size: int = 2) -> Mapping[KeptClass, int]:
    """Prune this world's company only: others share its store."""

    class OnlyThis:
        def __getattr__(self, name: str) -> object:
            return getattr(world.store.installation, name)

        def companies(self) -> list[object]:
            return [world.company]

    return prune_submissions(
        retention=RETENTION,
        installation=OnlyThis(),  # type: ignore[arg-type]  # it passes on all the rest
        reading=world.store.reading,
        unit_of_work=world.store.unit_of_work,
        clock=world.clock,
        is_dry_run=is_dry_run,
        batch_size=batch_size,
    )


def kept(world: World) -> list[str]:
    """Return the outcomes of the submissions whose request is kept, oldest first."""
    held = [each for each in world.submissions() if each.receipt.request and each.receipt.remote_ip]
    return [each.code or each.outcome.value for each in reversed(held)]


def fill(world: World) -> None:
    """Submit one of each class, three times over."""
    for _ in range(3):
        world.submit(caller_id=ADA)
        world.submit(caller_id=ADA, expires_in="soon")
        world.submit(caller_id="12")
        world.clock.advance(timedelta(minutes=1))


def test_erased_submission_is_not_forgotten_anew(world: World) -> None:
    """Nothing is left in it to forget, and it goes on saying that it was erased."""
    world.submit(caller_id=ADA)
    world.client.post(f"/api/v1/contacts/{ADA}/caller_erase", headers=world.bearer())
    world.clock.advance(31 * DAY)

    assert prune(world)[KeptClass.ACCEPTED] == 0
    assert [each.is_erased for each in world.submissions()] == [True]


def test_each_class_is_forgotten_in_its_own_time(world: World) -> None:
    """A body without a caller cannot be found by whoever asks to be erased, so it goes first."""
    fill(world)
    assert prune(world) == {**dict.fromkeys(KeptClass, 0), KeptClass.UNCLAIMED: prune(world)[KeptClass.UNCLAIMED]}

    world.clock.advance(6 * DAY)
    assert prune(world)[KeptClass.WITHOUT_CALLER] == 3
    assert set(kept(world)) == {"created", "updated", "invalid_parameter"}
    world.clock.advance(15 * DAY)
    assert prune(world)[KeptClass.REFUSED] == 3
    assert kept(world) == ["created", "updated", "updated"]
    world.clock.advance(10 * DAY)
    assert prune(world)[KeptClass.ACCEPTED] == 3
    assert kept(world) == []
    assert len(world.submissions()) == 9
    assert [each.code for each in world.submissions()][:3] == ["invalid_caller_id", "invalid_parameter", None]


def test_dry_run_counts_and_forgets_nothing(world: World) -> None:
    fill(world)
    world.clock.advance(31 * DAY)

    told = [prune(world, is_dry_run=True) for _ in range(2)]

    assert told[0] == told[1]
    assert {told[0][each] for each in (KeptClass.ACCEPTED, KeptClass.REFUSED, KeptClass.WITHOUT_CALLER)} == {3}
    assert len(kept(world)) == 9


def test_nothing_is_looked_at_twice(world: World) -> None:
    """A ledger of a million submissions is walked once, and not every hour."""
    fill(world)
    world.clock.advance(31 * DAY)
    prune(world)

    with world.store.reading(world.company.id) as uow:
        newest = world.submissions()[0].receipt.id
        assert {uow.submissions.emptied_to(each) for each in KeptClass} == {newest, None}
        assert uow.submissions.following(SubmissionFilter(), after=newest, limit=1) == []
    assert prune(world)[KeptClass.ACCEPTED] == 0


def test_young_ones_are_left_for_the_next_time(world: World) -> None:
    fill(world)
    world.clock.advance(31 * DAY)
    fill(world)
    prune(world)
    world.clock.advance(31 * DAY)

    assert prune(world)[KeptClass.ACCEPTED] == 3
    assert kept(world) == []


def test_emptied_submission_is_not_replayed(world: World) -> None:
    submission_id = world.submit(caller_id="12").get_json()["submission_id"]
    world.clock.advance(6 * DAY)
    prune(world)

    answer = world.post(f"/api/v1/submissions/{submission_id}/replay", json={}, headers=world.bearer())

    assert (answer.status_code, answer.get_json()["code"]) == (422, "not_replayable")
    assert world.get(f"/api/v1/submissions/{submission_id}").get_json()["submission"]["request"] == {}


def test_edits_of_a_replay_are_forgotten_with_the_request(world: World) -> None:
    submission_id = world.submit(caller_id="12").get_json()["submission_id"]
    path = f"/api/v1/submissions/{submission_id}"
    world.post(f"{path}/replay", json={"edits": {"caller_id": ADA}}, headers=world.bearer())
    world.clock.advance(6 * DAY)

    prune(world)

    [replay] = world.get(path).get_json()["submission"]["replays"]
    assert (replay["outcome"], replay["edits"]) == ("created", {})


def test_samples_that_nobody_claims_are_forgotten(store: Store) -> None:
    world = a_world(store, retention=RETENTION)
    before = {sample.id for sample in world.unclaimed()}
    world.submit("lt_nobodys", caller_id=ADA)
    [sample] = [each for each in world.unclaimed() if each.id not in before]

    world.clock.advance(2 * DAY)
    world.services.prune_submissions()
    assert sample.id in {each.id for each in world.unclaimed()}
    world.clock.advance(2 * DAY)
    assert world.services.count_outlived_submissions()[KeptClass.UNCLAIMED] >= 1
    assert world.services.prune_submissions()[KeptClass.UNCLAIMED] >= 1
    assert sample.id not in {each.id for each in world.unclaimed()}


def test_serving_process_forgets_by_itself(store: Store) -> None:
    world = a_world(store, retention=RETENTION)
    world.submit(caller_id="12")
    world.clock.advance(6 * DAY)
    services = replace(world.services, expire_due_leads=lambda: 0, forget_outlived_answers=lambda: 0)

    is_over = keep_house_for_ever(services, chores=CHORES, seconds_between=0.01)
    try:
        wait_until(lambda: kept(world) == [], what="the request is forgotten")
    finally:
        is_over.set()
