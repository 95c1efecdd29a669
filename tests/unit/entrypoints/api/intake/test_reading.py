"""Which refusal comes first when several are due, and which of several lead tokens counts."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

import pytest

from leadintake.domain.parameters import Limits

from tests.support.apps import LEADS, UNKNOWN_TOKEN, a_world

if TYPE_CHECKING:
    from leadintake.adapters.memory.store import MemoryStore

    from tests.support.apps import World

JSON = "application/json"
CALLER = "+18004506787"

BODIES = {
    "sound": (JSON, b'{"caller_id":"+18004506787"TOKEN}'),
    "invalid": (JSON, b'{"caller_id":"123"TOKEN}'),
    "malformed": (JSON, b'{"caller_id":TOKEN'),
    "too large": (JSON, b"x" * 262_145),
    "too deep": (JSON, b'{"caller_id":"123","a":' + b"[" * 20 + b"]" * 20 + b"TOKEN}"),
    "of no known type": ("application/xml", b"<lead/>"),
}
PLACES = ("none", "header", "query", "body")
TOKENS = ("known", "unknown")


def expected(body: str, place: str, token: str) -> tuple[int, str]:
    """Return the refusal that comes first."""
    by_body = {
        "too large": (413, "payload_too_large"),
        "too deep": (413, "payload_too_large"),
        "of no known type": (415, "unsupported_media_type"),
    }
    if body in by_body:
        return by_body[body]
    if place in {"header", "query"} and token == "unknown":
        return 401, "unknown_lead_token"
    if body == "malformed":
        return 400, "malformed_body"
    if place == "none":
        return 401, "missing_lead_token"
    if token == "unknown":
        return 401, "unknown_lead_token"
    return (422, "invalid_caller_id") if body == "invalid" else (200, "")


@pytest.mark.parametrize(("body", "place", "token"), list(product(BODIES, PLACES, TOKENS)))
def test_refusals_come_in_the_promised_order(world: World, body: str, place: str, token: str) -> None:
    """A stranger learns nothing about the body, and a sender with a good token hears what is wrong with it."""
    secret = world.schedule_token if token == "known" else UNKNOWN_TOKEN
    content_type, content = BODIES[body]
    inside = f',"lead_token":"{secret}"' if place == "body" else ""

    answer = world.post(
        LEADS,
        query_string={"lead_token": secret} if place == "query" else {},
        headers={"X-Lead-Token": secret} if place == "header" else {},
        data=content.replace(b"TOKEN", inside.encode()),
        content_type=content_type,
    )

    assert (answer.status_code, answer.get_json().get("code", "")) == expected(body, place, token)


class TestTwoTokens:
    @pytest.mark.parametrize("order", ["known first", "unknown first"])
    @pytest.mark.parametrize("place", ["query", "body"])
    def test_one_unknown_among_two_is_401(self, world: World, order: str, place: str) -> None:
        tokens = [str(world.schedule_token), UNKNOWN_TOKEN]
        header, other = tokens if order == "known first" else reversed(tokens)

        answer = world.post(
            LEADS,
            headers={"X-Lead-Token": header},
            query_string={"lead_token": other} if place == "query" else {},
            json={"caller_id": CALLER} | ({"lead_token": other} if place == "body" else {}),
        )

        assert (answer.status_code, answer.get_json()["code"]) == (401, "unknown_lead_token")
        assert world.leads() == []

    def test_two_known_ones_are_422_and_name_the_field(self, world: World) -> None:
        """Which of the two owners is meant is not ours to guess."""
        answer = world.submit(lead_token=world.offer_token, caller_id=CALLER)

        assert (answer.status_code, answer.get_json()["code"]) == (422, "ambiguous_parameter")
        assert list(answer.get_json()["errors"]) == ["lead_token"]
        assert world.leads() == []

    def test_two_tokens_of_one_owner_are_two_tokens(self, world: World) -> None:
        """They were given to two publishers; whose lead it is would be a guess."""
        answer = world.submit(lead_token=world.another_token(world.schedule.ref), caller_id=CALLER)

        assert answer.status_code == 422

    def test_tokens_of_two_companies_are_422_and_tell_nothing_of_either(self, store: MemoryStore, world: World) -> None:
        other = a_world(store)

        answer = world.submit(lead_token=other.schedule_token, caller_id=CALLER)

        assert answer.status_code == 422
        assert (world.leads(), other.leads(), other.submissions()) == ([], [], [])

    def test_one_token_twice_is_one_token(self, world: World) -> None:
        token = world.schedule_token

        answer = world.post(
            f"{LEADS}?lead_token={token}&schedule_lead_token={token}",
            json={"lead_token": [token, f" {token} "], "caller_id": CALLER},
            headers={"X-Lead-Token": token, "Authorization": f"Bearer {token}"},
        )

        assert answer.status_code == 200

    @pytest.mark.parametrize("stray", ["Bearer eyJhbGciOi", "Bearer ", "Basic dTpw", "Digest x", "nonsense"])
    def test_stray_authorization_is_ignored_beside_a_token(self, world: World, stray: str) -> None:
        """Proxies and frameworks add their own."""
        answer = world.post(
            f"{LEADS}?lead_token={world.schedule_token}&caller_id=8004506787", headers={"Authorization": stray}
        )

        assert answer.status_code == 200

    def test_api_key_may_come_with_a_token(self, world: World) -> None:
        answer = world.post(f"{LEADS}?lead_token={world.schedule_token}&caller_id=8004506787", headers=world.bearer())

        assert answer.status_code == 200

    def test_api_key_alone_is_no_lead_token(self, world: World) -> None:
        answer = world.post(LEADS, json={"caller_id": CALLER}, headers=world.bearer())

        assert (answer.status_code, answer.get_json()["code"]) == (401, "missing_lead_token")

    def test_bearer_that_looks_like_a_token_counts_beside_another(self, world: World) -> None:
        answer = world.post(
            f"{LEADS}?lead_token={world.schedule_token}&caller_id=8004506787",
            headers={"Authorization": f"Bearer {UNKNOWN_TOKEN}"},
        )

        assert answer.status_code == 401


class TestExplicitTokens:
    @pytest.mark.parametrize("place", ["query", "body"])
    @pytest.mark.parametrize(
        ("name", "owner", "status"),
        [
            ("schedule_lead_token", "schedule", 200),
            ("schedule_lead_token", "offer", 401),
            ("offer_lead_token", "offer", 200),
            ("offer_lead_token", "schedule", 401),
            ("lead_token", "schedule", 200),
            ("lead_token", "offer", 200),
        ],
    )
    def test_explicit_name_accepts_only_its_kind(
        self, world: World, name: str, owner: str, status: int, place: str
    ) -> None:
        secret = world.schedule_token if owner == "schedule" else world.offer_token
        carrier = {name: secret}

        answer = world.post(
            LEADS,
            query_string=carrier if place == "query" else {},
            json={"caller_id": CALLER} | (carrier if place == "body" else {}),
        )

        assert answer.status_code == status

    def test_right_token_under_a_right_and_a_wrong_name_is_401(self, world: World) -> None:
        answer = world.submit(lead_token=world.schedule_token, offer_lead_token=world.schedule_token, caller_id=CALLER)

        assert answer.status_code == 401


def test_limits_are_the_installations_own(store: MemoryStore) -> None:
    small = a_world(store, limits=Limits(max_tokens=1, max_value_chars=12, max_depth=2, max_body_bytes=100))

    assert small.submit(caller_id=CALLER, a="x").status_code == 200
    assert small.submit(caller_id=CALLER, a="x", b="x").get_json()["code"] == "too_many_tokens"
    assert small.submit(caller_id=CALLER, a="x" * 13).get_json()["errors"] == {"a": ["is longer than 12 characters"]}
    assert small.submit(caller_id=CALLER, a={"b": {"c": 1}}).status_code == 413
    assert small.submit(caller_id=CALLER, a="x" * 90).status_code == 413
