"""What comes in is counted once, under what it said then, whatever is done about it later."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from leadintake.domain.attribution import Attribution
from leadintake.domain.owner_rules import OwnerRules
from leadintake.domain.rollup import Measures, Quarter, RollupDelta, RollupKey

from tests.integration.api.test_replays import refused, refused_while_paused, replay, resume
from tests.integration.api.test_unclaimed_replays import file, sampled

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from tests.support.apps import World

ADA, BEN, EVE = "+12025550143", "+12025550144", "+442079460018"
DAY = timedelta(days=1)

TAKEN = Measures(submissions=1)
BEGUN = Measures(submissions=1, leads=1)
REFUSED = Measures(submissions=1, refused=1)


EVER = Quarter(0), Quarter(9_000_000)


def counted(world: World) -> Mapping[RollupKey, Measures]:
    """Return what is counted, having looked whether the facts say the same."""
    with world.store.reading(world.company.id) as uow:
        seen = uow.rollups.counted(*EVER)
        assert uow.rollups.recounted(*EVER) == seen
        assert uow.rollups.differences(limit=10) == {}
        assert uow.rollups.agrees_with_itself()
    return seen


def key(
    world: World, at: datetime, sub_id: str | None = None, *, source: bool = False, country: str | None = "US"
) -> RollupKey:
    attribution = Attribution(world.source.id if source else None, sub_id)
    return RollupKey.of(at, owner=world.schedule.ref, attribution=attribution, country=country)


def refuse_duplicates(world: World) -> None:
    rules = OwnerRules(duplicate_timeframe=DAY)
    with world.store.unit_of_work(world.company.id) as uow:
        uow.directory.save_schedule(replace(world.schedule, rules=rules))
        uow.commit()


def test_a_lead_counts_with_its_submission_under_its_source_sub_id_and_country(world: World) -> None:
    at = world.clock()

    world.submit(caller_id=ADA, traffic_source_id=world.source.id, sub_id="A")
    world.submit(caller_id=BEN)
    world.submit(caller_id=EVE, traffic_source_id=4711, sub_id="A")

    assert counted(world) == {
        key(world, at, "A", source=True): BEGUN,
        key(world, at): BEGUN,
        key(world, at, "A", country="GB"): BEGUN,
    }


def test_an_update_is_a_submission_and_no_lead_and_counts_under_its_own_source(world: World) -> None:
    at = world.clock()
    world.submit(caller_id=ADA, traffic_source_id=world.source.id, sub_id="A")

    world.submit(caller_id=ADA, traffic_source_id=world.source.id, sub_id="B")
    world.submit(caller_id=BEN, update_only=True)

    assert counted(world) == {
        key(world, at, "A", source=True): BEGUN,
        key(world, at, "B", source=True): TAKEN,
        key(world, at): TAKEN,
    }


def test_a_refusal_counts_under_the_source_that_it_named(world: World) -> None:
    at = world.clock()

    refused(world, caller_id="12", traffic_source_id=world.source.id, sub_id="A")
    refused(world, caller_id=EVE, expires_in="soon", sub_id="A")

    assert counted(world) == {
        key(world, at, "A", source=True, country=None): REFUSED,
        key(world, at, "A", country="GB"): REFUSED,
    }


def test_a_duplicate_is_among_the_refused(world: World) -> None:
    at = world.clock()
    refuse_duplicates(world)
    world.submit(caller_id=ADA)

    refused(world, caller_id=ADA)

    assert counted(world) == {key(world, at): Measures(submissions=2, leads=1, refused=1, duplicates=1)}


def test_tests_and_repeats_and_operations_do_not_count(world: World) -> None:
    at = world.clock()
    again = {"Idempotency-Key": "order-4711", "X-Lead-Token": world.schedule_token}

    world.submit(caller_id=BEN, test=True)
    refused(world, caller_id="12", test=True)
    world.post(json={"caller_id": ADA}, headers=again)
    world.post(json={"caller_id": ADA}, headers=again)
    world.post(f"/api/v1/leads/{ADA}/caller_remove", headers=again)

    assert counted(world) == {key(world, at): BEGUN}


def test_whoever_is_opted_out_by_a_submission_is_no_lead(world: World) -> None:
    at = world.clock()

    assert world.submit(caller_id=ADA, opt_out=True).get_json()["outcome"] == "opted_out"

    assert counted(world) == {key(world, at): TAKEN}


def test_a_removed_lead_goes_on_counting(world: World) -> None:
    at = world.clock()
    lead_id = world.submit(caller_id=ADA).get_json()["lead_id"]

    assert world.client.delete(f"/api/v1/leads/{lead_id}", headers=world.bearer()).status_code == 200
    world.submit(caller_id=ADA, delete_existing=True)

    assert counted(world) == {key(world, at): Measures(submissions=2, leads=2)}


def test_a_replay_that_takes_it_counts_the_lead_when_the_submission_came(world: World) -> None:
    came_at = world.clock()
    submission_id = refused_while_paused(world, caller_id=ADA, sub_id="A")
    assert counted(world) == {key(world, came_at, "A"): REFUSED}
    world.clock.advance(DAY)

    replay(world, submission_id)
    replay(world, submission_id)

    assert counted(world) == {key(world, came_at, "A"): BEGUN}


def test_a_replay_in_vain_and_a_dry_run_count_nothing(world: World) -> None:
    at = world.clock()
    in_vain, dry = refused(world, caller_id="12"), refused_while_paused(world, caller_id=ADA)
    before = {key(world, at, country=None): REFUSED, key(world, at): REFUSED}

    replay(world, in_vain)
    replay(world, dry, dry_run=True)

    assert counted(world) == before


def test_a_lead_counts_under_what_the_edits_of_its_replay_say(world: World) -> None:
    at = world.clock()
    refuse_duplicates(world)
    world.submit(caller_id=ADA, sub_id="A")
    submission_id = refused(world, caller_id=ADA, sub_id="A")
    resume(world)

    replay(
        world,
        submission_id,
        edits={"caller_id": EVE, "sub_id": "B", "traffic_source_id": str(world.source.id)},
    )

    assert counted(world) == {
        key(world, at, "A"): Measures(submissions=2, leads=1),
        key(world, at, "B", source=True, country="GB"): Measures(leads=1),
    }


def test_a_sample_counts_from_when_it_came_once_it_is_filed(world: World) -> None:
    came_at = world.clock()
    sample = sampled(world, caller_id=ADA)
    world.clock.advance(DAY)
    assert counted(world) == {}

    file(world, sample.id)
    file(world, sample.id)

    assert counted(world) == {key(world, came_at): BEGUN}


def test_what_is_wrong_is_found_named_and_mended(world: World) -> None:
    """Somebody has put their hand into the database: a report must not go on being wrong unseen."""
    at = world.clock()
    world.submit(caller_id=ADA, traffic_source_id=world.source.id, sub_id="A")
    world.services.fold_rollups()
    right = counted(world)
    wrong = [
        RollupDelta(key(world, at, "A", source=True), Measures(leads=2)),
        RollupDelta(key(world, at, "B"), Measures(calls=1)),
    ]
    with world.store.unit_of_work(world.company.id) as uow:
        uow.rollups.append_all(wrong)
        uow.commit()
    world.services.fold_rollups()

    findings = [each for each in world.services.inspect_rollups() if f"company {world.company.id} " in each.detail]
    world.services.rebuild_rollups(world.company.id)

    [finding] = findings
    assert (finding.check, finding.is_fine, finding.mend) == ("rollups_exact", False, "run: leadintake report rebuild")
    assert "source 1000, sub id 'A', schedule 1, US: leads -2" in finding.detail
    assert "sub id 'B'" in finding.detail
    assert counted(world) == right
    assert f"company {world.company.id} " not in str(world.services.inspect_rollups())


def test_a_rebuild_counts_what_every_replay_and_refusal_left(world: World) -> None:
    refuse_duplicates(world)
    world.submit(caller_id=ADA, sub_id="A")
    refused(world, caller_id=ADA, sub_id="A")
    replay(world, refused_while_paused(world, caller_id=BEN, sub_id="B"))
    world.submit(caller_id=EVE, test=True)
    before = counted(world)

    world.services.rebuild_rollups(world.company.id)

    assert counted(world) == before
    with world.store.unit_of_work(world.company.id) as uow:
        assert uow.rollups.fold(limit=1) == 0
