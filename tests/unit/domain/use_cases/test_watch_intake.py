"""What a watched intake tells: each thing once some submission has had it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import UUID

import pytest

from leadintake.adapters.memory.store import MemoryStore
from leadintake.domain.company import CompanyId
from leadintake.domain.errors import NotFound
from leadintake.domain.owner import OwnerKind, OwnerRef
from leadintake.domain.parameters import Limits
from leadintake.domain.submission import SubmissionId
from leadintake.domain.use_cases.watch_intake import Watched, WatchedIntake, WatchIntake
from leadintake.entrypoints.api.intake.replaying import kept_reader

from tests.support.apps import a_world

if TYPE_CHECKING:
    from tests.support.apps import World

CALLER = "+18004506787"
START = SubmissionId(UUID(int=0))


@pytest.fixture
def world() -> World:
    world = a_world(MemoryStore())
    world.services.add_contact_field(
        world.company.id, world.offer.id, {"key": "zip", "required": True, "pattern": "us_zip"}
    )
    return world


def watched(world: World, owner: OwnerRef | None = None, *, since: SubmissionId = START) -> WatchedIntake:
    """Look at the offer's intake."""
    command = WatchIntake(company_id=world.company.id, owner=owner or world.offer.ref, since=since)
    return world.services.watch_intake(command, kept_reader(Limits()))


def so(world: World) -> set[Watched]:
    """Return what some submission has had."""
    return {each for each, is_so in watched(world).is_so.items() if is_so}


def test_nothing_is_so_before_anything_comes(world: World) -> None:
    seen = watched(world)

    assert (seen.submissions, set(seen.is_so.values())) == ([], {False})


def test_each_thing_is_so_from_the_first_submission_on_that_has_it(world: World) -> None:
    def submit(**fields: str) -> set[Watched]:
        before = so(world)
        world.submit(world.offer_token, **fields)
        return so(world) - before

    assert submit(caller_id="12") == {Watched.ARRIVED}
    assert submit(caller_id=CALLER, zip="no") == {Watched.PHONE_VALID}
    assert submit(caller_id=CALLER, zip="90210") == {Watched.DUPLICATE_HANDLED, Watched.FIELDS_PRESENT}
    assert submit(caller_id=CALLER, universal_leadid="x") == {Watched.CONSENT_PRESENT}


def test_test_leads_count_too(world: World) -> None:
    """They are what somebody sends who sets a form up."""
    world.submit(world.offer_token, caller_id=CALLER, zip="90210", test="1")

    assert so(world) == {Watched.ARRIVED, Watched.PHONE_VALID, Watched.FIELDS_PRESENT}


def test_duplicate_that_is_refused_is_handled(world: World) -> None:
    rules = {"duplicate_timeframe": timedelta(days=1)}
    world.services.change_offer(world.company.id, world.offer.id, {"rules": rules})  # type: ignore[typeddict-item]
    for _ in range(2):
        world.submit(world.offer_token, caller_id=CALLER)

    assert Watched.DUPLICATE_HANDLED in so(world)


def test_where_no_field_is_required_there_is_nothing_to_be_had(world: World) -> None:
    world.submit(world.schedule_token, caller_id=CALLER)

    assert watched(world, world.schedule.ref).is_so[Watched.FIELDS_PRESENT] is None


def test_only_what_came_later_is_looked_at_the_latest_first(world: World) -> None:
    for number in range(3):
        world.submit(world.offer_token, caller_id=f"+1202555014{number}")
    newest, middle, oldest = world.submissions()

    seen = watched(world, since=oldest.receipt.id)

    assert list(seen.submissions) == [newest, middle]


def test_what_is_forgotten_is_told_by_its_verdict(world: World) -> None:
    """Nobody can read the request of an erased caller any more."""
    world.submit(world.offer_token, caller_id=CALLER, zip="90210")
    with world.store.unit_of_work(world.company.id) as uow:
        uow.submissions.empty([world.submissions()[0].receipt.id])
        uow.commit()

    assert so(world) >= {Watched.ARRIVED, Watched.PHONE_VALID}


@pytest.mark.parametrize("owner", [OwnerRef(OwnerKind.OFFER, 99), OwnerRef(OwnerKind.SCHEDULE, 99)])
def test_owner_that_is_not_there_is_not_found(world: World, owner: OwnerRef) -> None:
    with pytest.raises(NotFound):
        watched(world, owner)


def test_other_companies_are_not_looked_into(world: World) -> None:
    other = a_world(world.store)
    world.submit(world.offer_token, caller_id=CALLER)

    command = WatchIntake(company_id=CompanyId(other.company.id), owner=other.offer.ref, since=START)
    assert other.services.watch_intake(command, kept_reader(Limits())).submissions == []
