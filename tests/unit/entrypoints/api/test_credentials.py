"""API keys: both ways to send one, and every way that fails looks the same."""

from __future__ import annotations

from base64 import b64encode
from typing import TYPE_CHECKING

import pytest

from tests.support.apps import LEADS, UNKNOWN_TOKEN, a_world

if TYPE_CHECKING:
    from collections.abc import Callable

    from leadintake.adapters.memory.store import MemoryStore

    from tests.support.apps import World


def basic(user: str, password: str) -> str:
    """Write an Authorization header as curl -u does."""
    return "Basic " + b64encode(f"{user}:{password}".encode()).decode()


def asked_with(world: World, authorization: str | None) -> tuple[int, str | None]:
    """Return the status and the code of a list that is asked for so."""
    answer = world.ask("GET", LEADS, headers={} if authorization is None else {"Authorization": authorization})
    return answer.status_code, answer.get_json().get("code")


def test_bearer_with_the_private_half_is_let_in(world: World) -> None:
    assert asked_with(world, f"Bearer {world.api_key.private}") == (200, None)


def test_basic_with_both_halves_is_let_in(world: World) -> None:
    assert asked_with(world, basic(world.api_key.public, world.api_key.private)) == (200, None)


def test_scheme_may_be_written_in_any_case(world: World) -> None:
    assert asked_with(world, f"bEARER {world.api_key.private}") == (200, None)


@pytest.mark.parametrize(
    "authorization",
    [
        None,
        "",
        "Bearer",
        "Bearer ",
        "Basic",
        "Basic !!!",
        "Basic " + b64encode(b"\xff:\xff").decode(),
        "Digest a=b",
        "x",
    ],
)
def test_no_key_is_told_how_to_send_one(world: World, authorization: str | None) -> None:
    assert asked_with(world, authorization) == (401, "missing_api_key")


@pytest.mark.parametrize(
    "authorization_of",
    [
        lambda world: f"Bearer {world.api_key.public}",
        lambda world: f"Bearer {world.api_key.private}x",
        lambda world: f"Bearer {world.api_key.private[:-1]}",
        lambda world: f"Bearer {world.api_key.private.lower()}",
        lambda _: "Bearer key_0123456789ABCDEFGHIJKLMNOPQRST_000000",
        lambda _: "Bearer kittens",
        lambda _: "Bearer \xe9\xff",
        lambda world: basic(world.api_key.private, world.api_key.public),
        lambda world: basic(world.api_key.public, "x"),
        lambda world: basic("x", world.api_key.private),
        lambda world: basic("", world.api_key.private),
        lambda world: basic(world.another_key().public, world.api_key.private),
    ],
)
def test_every_wrong_key_looks_the_same(world: World, authorization_of: Callable[[World], str]) -> None:
    assert asked_with(world, authorization_of(world)) == (401, "unknown_api_key")


def test_both_halves_must_be_of_one_company(store: MemoryStore, world: World) -> None:
    other = a_world(store)

    assert asked_with(world, basic(other.api_key.public, world.api_key.private)) == (401, "unknown_api_key")


@pytest.mark.parametrize("token", ["TOKEN", UNKNOWN_TOKEN])
@pytest.mark.parametrize("place", ["query", "header", "bearer"])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_lead_token_on_get_is_told_to_post(world: World, token: str, place: str, method: str) -> None:
    """A crawler that follows the address of a webhook must not enroll anybody."""
    headers = {"header": {"X-Lead-Token": token}, "bearer": {"Authorization": f"Bearer {token}"}}.get(place, {})
    query = f"?lead_token={token}&caller_id=8004506787" if place == "query" else "?caller_id=8004506787"

    answer = world.ask(method, LEADS + query, headers=headers)

    assert (answer.status_code, answer.headers["Allow"]) == (405, "POST, PUT, OPTIONS")
    assert method == "HEAD" or "POST" in answer.get_json()["detail"]
    assert (world.leads(), world.submissions(), world.unclaimed()) == ([], [], [])


def test_neither_key_nor_token_on_get_is_401(world: World) -> None:
    assert asked_with(world, None) == (401, "missing_api_key")


def test_head_of_a_list_changes_nothing_and_says_nothing(world: World) -> None:
    answer = world.ask("HEAD", f"{LEADS}?caller_id=8004506787", headers=world.bearer())

    assert (answer.status_code, answer.data) == (200, b"")
    assert (world.leads(), world.submissions()) == ([], [])


def test_api_key_of_a_body_lets_nobody_in(world: World) -> None:
    """Only headers: an address with a private key in it would end in logs."""
    answer = world.ask("GET", f"{LEADS}?auth_token={world.api_key.private}")

    assert answer.status_code == 401
