"""Replacing the installation's secret key while everybody goes on sending."""

from __future__ import annotations

import json
from contextlib import closing, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from leadintake.adapters.keyring import CannotOpen, Keyring
from leadintake.adapters.memory.store import MemoryStore
from leadintake.adapters.sql.store import SqlStore

from tests.support.apps import LEADS, a_world

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    from tests.support.apps import Store, World

OLD = "the tests' own secret key, which opens nothing else"
NEW = "another secret key, made with `openssl rand -base64 32`"
BUILDERS = Path(__file__).parents[2] / "fixtures" / "builders"
ADA, BEN = "+12025550143", "+12025550144"
BOTH = Keyring(NEW, previous=[OLD])
ONLY_NEW = Keyring(NEW)


@pytest.fixture(params=["memory", "sqlite", pytest.param("postgres", marks=pytest.mark.xdist_group("postgres_api"))])
def own_store(request: pytest.FixtureRequest) -> Iterator[Store]:
    """Lend a store that nobody else uses: a secret key is everybody's."""
    if request.param == "memory":
        yield MemoryStore()
        return
    is_sqlite = request.param == "sqlite"
    file = request.getfixturevalue("tmp_path") / "leads.db" if is_sqlite else None
    with closing(SqlStore(f"sqlite:///{file}" if is_sqlite else request.getfixturevalue("postgres_url"))) as store:
        store.migrate()
        yield store


@pytest.fixture
def fresh_world(own_store: Store) -> World:
    return a_world(own_store)


def submit(world: World, **headers: str) -> Any:  # noqa: ANN401 - whatever JSON has
    return world.client.post(LEADS, json={"caller_id": ADA}, headers={"X-Lead-Token": world.schedule_token, **headers})


def test_credentials_work_before_and_after_the_lead_tokens_are_renewed(fresh_world: World) -> None:
    """Nobody outside notices that the key was replaced."""
    world, served = fresh_world, fresh_world.another_process(keyring=BOTH)
    assert submit(served).status_code == 200
    assert served.get(LEADS).status_code == 200

    done = served.services.renew_credentials()
    again = served.services.renew_credentials()

    assert (done.renewed, done.current, done.dependent_keys, done.has_previous) == (2, 0, 1, True)
    assert done.dependent_erasures == 0
    assert (again.renewed, again.current) == (0, 2)
    for each in (served, world.another_process(keyring=BOTH), world.another_process(keyring=ONLY_NEW)):
        assert submit(each).status_code == 200
    [(_, revealed)] = world.another_process(keyring=ONLY_NEW).services.reveal_lead_tokens(
        world.company.id, world.schedule.ref
    )
    assert revealed == world.schedule_token


def test_opt_out_of_an_erased_caller_needs_the_secret_key_of_its_time(fresh_world: World) -> None:
    """Nobody knows the number any more: its digest cannot be brought over, and the key must not be called needless."""
    served = fresh_world.another_process(keyring=BOTH)
    fresh_world.client.post(f"{LEADS}/{ADA}/caller_opt_out", headers=fresh_world.bearer())
    fresh_world.client.post(f"/api/v1/contacts/{ADA}/caller_erase", headers=fresh_world.bearer())

    done = served.services.renew_credentials()

    assert done.dependent_erasures == 1
    assert submit(served).get_json()["code"] == "caller_opted_out"
    assert fresh_world.another_process(keyring=ONLY_NEW).services.renew_credentials().dependent_erasures == 0


def test_api_key_needs_the_previous_secret_key_until_it_is_replaced(fresh_world: World) -> None:
    """Its private half is written nowhere: it can be found, and not be brought over."""
    served = fresh_world.another_process(keyring=BOTH)
    made = served.post("/api/v1/api_keys", json={"permissions": ["admin"]}, headers=served.bearer()).get_json()
    bearer = {"Authorization": f"Bearer {made['api_key']['private']}"}
    assert served.services.renew_credentials().dependent_keys == 1

    [old, _] = served.get("/api/v1/api_keys").get_json()["api_keys"]
    served.client.post(f"/api/v1/api_keys/{old['id']}/revoke", headers=bearer)

    assert served.services.renew_credentials().dependent_keys == 0
    assert fresh_world.another_process(keyring=ONLY_NEW).client.get(LEADS, headers=bearer).status_code == 200


def test_idempotency_keys_stand_when_the_secret_key_is_replaced(fresh_world: World) -> None:
    """A retry that comes after the change is a retry all the same."""
    first = submit(fresh_world, **{"Idempotency-Key": "one"})
    served = fresh_world.another_process(keyring=BOTH)
    repeat = submit(served, **{"Idempotency-Key": "one"})
    reused = served.client.post(
        LEADS,
        json={"caller_id": BEN},
        headers={"X-Lead-Token": served.schedule_token, "Idempotency-Key": "one"},
    )

    assert repeat.headers["Idempotent-Replayed"] == "true"
    assert repeat.get_json() == first.get_json()
    assert (reused.status_code, reused.get_json()["code"]) == (422, "idempotency_key_reused")


def test_form_builders_own_numbers_stand_when_the_secret_key_is_replaced(fresh_world: World) -> None:
    sent: dict[str, Any] = {
        "json": json.loads((BUILDERS / "typeform.json").read_text()),
        "headers": {"X-Lead-Token": fresh_world.schedule_token},
    }
    first = fresh_world.client.post(LEADS, **sent)
    repeat = fresh_world.another_process(keyring=BOTH).client.post(LEADS, **sent)

    assert first.status_code == 200
    assert repeat.headers["Idempotent-Replayed"] == "true"


def test_renewing_tells_how_far_it_has_come(fresh_world: World) -> None:
    totals: list[int] = []
    steps: list[int] = []

    def progress(total: int) -> AbstractContextManager[Callable[[int], None]]:
        totals.append(total)
        return nullcontext(steps.append)

    fresh_world.another_process(keyring=BOTH).services.renew_credentials(progress=progress)

    assert (totals, sum(steps)) == ([2], 2)


def test_without_a_previous_key_there_is_nothing_to_do(fresh_world: World) -> None:
    done = fresh_world.services.renew_credentials()

    assert (done.renewed, done.dependent_keys, done.has_previous) == (0, 0, False)


def test_lead_token_of_a_secret_key_that_is_gone_is_not_lost(fresh_world: World) -> None:
    """Somebody has forgotten the previous key: nothing is written over, so that putting it back mends it."""
    alone = fresh_world.another_process(keyring=ONLY_NEW)
    with pytest.raises(CannotOpen):
        alone.services.renew_credentials()

    assert submit(alone).status_code == 401
    assert submit(fresh_world.another_process(keyring=BOTH)).status_code == 200
