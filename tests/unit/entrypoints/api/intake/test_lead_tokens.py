from __future__ import annotations

import base64
from typing import TYPE_CHECKING

import pytest
from werkzeug.datastructures import Headers

from leadintake.entrypoints.api.intake.lead_tokens import FoundCredentials, Place, find_lead_tokens

if TYPE_CHECKING:
    from leadintake.domain.parameters import Pairs, TextPairs

TOKEN = "lt_0123456789abcdefghijklmnop"
OTHER = "lt_zyxwvutsrqponmlkjihgfedcba"
KEY = "key_0123456789abcdefghijklmnop"


def find(query: TextPairs = (), body: Pairs = (), **headers: str) -> FoundCredentials:
    return find_lead_tokens(query, Headers({name.replace("_", "-"): value for name, value in headers.items()}), body)


def places(found: FoundCredentials) -> list[tuple[str, str, str]]:
    return [(candidate.place.value, candidate.name, candidate.text) for candidate in found.lead_tokens]


@pytest.mark.parametrize(
    ("found", "place"),
    [
        (find(X_Lead_Token=TOKEN), Place.HEADER),
        (find(X_Lead_Token=f"  {TOKEN} "), Place.HEADER),
        (find(x_lead_token=TOKEN), Place.HEADER),
        (find(Authorization=f"Bearer {TOKEN}"), Place.BEARER),
        (find(Authorization=f"bearer   {TOKEN} "), Place.BEARER),
        (find(query=(("lead_token", TOKEN),)), Place.QUERY),
        (find(query=((" Lead_Token\t", f" {TOKEN}\n"),)), Place.QUERY),
        (find(body=(("lead_token", TOKEN),)), Place.BODY),
        (find(body=(("lead_token", [TOKEN]),)), Place.BODY),
    ],
)
def test_a_lead_token_is_found_wherever_it_may_be(found: FoundCredentials, place: Place) -> None:
    assert places(found) == [(place.value, "lead_token", TOKEN)]
    assert bool(found.outside) == (place is not Place.BODY)
    assert bool(found.body) == (place is Place.BODY)
    assert TOKEN in found.secrets


@pytest.mark.parametrize("name", ["schedule_lead_token", "offer_lead_token"])
def test_the_explicit_names_are_told_apart(name: str) -> None:
    """Each accepts only that kind of owner."""
    assert places(find(query=((name, TOKEN),))) == [("query", name, TOKEN)]


def test_without_a_token_there_is_none() -> None:
    assert find(query=(("lead_token", " "), ("lead_tokens", TOKEN)), body=(("lead_token", None),)) == FoundCredentials()
    assert find(body=(("lead_token", {"a": TOKEN}), ("data", {"lead_token": TOKEN}))).lead_tokens == ()
    assert find(Authorization="Bearer ").lead_tokens == ()


def test_the_same_token_twice_is_one() -> None:
    found = find(query=(("lead_token", TOKEN), ("lead_token", TOKEN)), X_Lead_Token=TOKEN)

    assert places(found) == [("header", "lead_token", TOKEN)]


def test_different_tokens_are_all_found() -> None:
    found = find(query=(("lead_token", TOKEN),), body=(("lead_token", OTHER),))

    assert [candidate.text for candidate in found.outside] == [TOKEN]
    assert [candidate.text for candidate in found.body] == [OTHER]
    assert found.secrets == {TOKEN, OTHER}


def test_a_strange_bearer_counts_only_when_there_is_no_other_token() -> None:
    """Proxies and hosting panels add bearers of their own."""
    assert places(find(Authorization="Bearer abc")) == [("bearer", "lead_token", "abc")]
    assert places(find(Authorization="Bearer abc", query=(("lead_token", TOKEN),))) == [("query", "lead_token", TOKEN)]
    assert places(find(Authorization="Bearer abc", body=(("lead_token", TOKEN),))) == [("body", "lead_token", TOKEN)]
    assert find(Authorization="Bearer abc").outside == ()


def test_a_bearer_of_ours_always_counts() -> None:
    found = find(Authorization=f"Bearer {OTHER}", query=(("lead_token", TOKEN),))

    assert {candidate.text for candidate in found.outside} == {TOKEN, OTHER}


def test_an_api_key_may_accompany_a_lead_token() -> None:
    found = find(Authorization=f"Bearer {KEY}", query=(("lead_token", TOKEN),))

    assert found.api_key == KEY
    assert places(found) == [("query", "lead_token", TOKEN)]
    assert found.secrets == {KEY, TOKEN}


def test_an_api_key_is_no_lead_token() -> None:
    assert find(Authorization=f"Bearer {KEY}").lead_tokens == ()


def test_other_schemes_are_not_read_but_secret() -> None:
    credentials = base64.b64encode(f"pub_x:{KEY}".encode()).decode()

    assert find(Authorization=f"Basic {credentials}").secrets == {credentials, KEY}
    assert find(Authorization="Basic %%%").secrets == {"%%%"}
    assert find(Authorization="Basic " + base64.b64encode(b"nobody").decode()).secrets == {"bm9ib2R5"}
    assert find(Authorization="Basic " + base64.b64encode(b"\xff:\xff").decode()).lead_tokens == ()
    assert find(Authorization=f"Digest {KEY}").secrets == {KEY}
    assert find(Authorization=KEY).secrets == {KEY}
    assert find(query=(("auth_token", KEY),)).secrets == {KEY}
    assert find(query=(("auth_token", KEY),)).lead_tokens == ()


def test_nothing_secret_is_in_the_repr() -> None:
    """A repr ends up in logs."""
    found = find(Authorization=f"Bearer {KEY}", query=(("lead_token", TOKEN),), body=(("lead_token", OTHER),))

    assert not [secret for secret in (TOKEN, OTHER, KEY) if secret in repr(found)]
