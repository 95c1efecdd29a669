"""Samples of what cannot be read: small, and without a credential in any disguise."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.apps import LEADS, UNKNOWN_TOKEN

if TYPE_CHECKING:
    from tests.support.apps import World

JSON = "application/json"
FORM = "application/x-www-form-urlencoded"
CALLER = "+18004506787"
FOREIGN_TOKEN = "abcdef0123456789abcdef0123456789"
"""A lead token as another platform writes them: nothing but its name tells what it is."""


def sample(world: World) -> dict[str, str]:
    """Return the request of the one sample."""
    [one] = world.unclaimed()
    return dict(one.request)


def random_part(token: str) -> str:
    """Return what must not be kept of a token, be it cut."""
    return token.split("_")[1][:12]


@pytest.mark.parametrize("is_escaped", [False, True])
@pytest.mark.parametrize(
    "body",
    [
        '{"lead_token":"TOKEN","caller_id":',
        '{"lead_token" : "TOKEN", "a":\'b\'}',
        '{"Lead-Token":"TOKEN",}',
        '{"payload":"{\\"lead_token\\":\\"TOKEN\\"}",}',
        '{"lead\\u005ftoken":"TOKEN",}',
        '{"x":["TOKEN",}',
        '{"https://leads.example.com/api/v1/leads?lead_token=TOKEN":}',
        '{"https://leads.example.com/api/v1/leads?lead_token%3DTOKEN":}',
        "{'auth_token': 'TOKEN'}",
    ],
)
def test_unreadable_json_is_sampled_without_the_token(world: World, body: str, *, is_escaped: bool) -> None:
    token = world.schedule_token.replace("_", "\\u005f") if is_escaped else world.schedule_token

    answer = world.post(LEADS, data=body.replace("TOKEN", token), content_type=JSON)

    assert (answer.status_code, answer.get_json()["code"]) == (400, "malformed_body")
    assert "[redacted]" in sample(world)["unreadable"]
    assert random_part(world.schedule_token) not in str(world.unclaimed())


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        ('{"lead_token":"TOKEN","caller_id":', JSON),
        ('{"data":{"offer_lead_token" : "TOKEN",}', JSON),
        ('{"payload":"{\\"lead_token\\":\\"TOKEN\\"}",}', JSON),
        ("{'auth_token': 'TOKEN'}", JSON),
        ("lead_token=TOKEN&a=%FF", FORM),
        ("lead%5Ftoken=TOKEN&a=%FF", FORM),
        ("data%5Blead_token%5D=TOKEN&a=%FF", FORM),
        (
            '--x\r\nContent-Disposition: form-data; name="lead_token"\r\n\r\nTOKEN\r\n',
            "multipart/form-data; boundary=x",
        ),
    ],
)
@pytest.mark.parametrize("is_foreign", [False, True])
def test_named_token_is_redacted_whatever_it_looks_like(
    world: World, body: str, content_type: str, *, is_foreign: bool
) -> None:
    token = FOREIGN_TOKEN if is_foreign else world.schedule_token

    answer = world.post(LEADS, data=body.replace("TOKEN", token), content_type=content_type)

    assert answer.status_code == 400
    assert token not in str(world.unclaimed())


def test_token_of_a_header_is_redacted_in_the_unreadable_body(world: World) -> None:
    world.post(LEADS, data="{" + FOREIGN_TOKEN, content_type=JSON, headers={"Authorization": f"Bearer {FOREIGN_TOKEN}"})

    assert sample(world)["unreadable"] == "{[redacted]"


def test_body_in_utf_16_is_sampled_without_the_token(world: World) -> None:
    answer = world.post(LEADS, data=f'{{"lead_token":"{world.schedule_token}"}}'.encode("utf-16"), content_type=JSON)

    assert answer.status_code == 400
    assert random_part(world.schedule_token) not in str(world.unclaimed())


def test_harmless_disguises_are_kept_as_they_came(world: World) -> None:
    """Who looks at a sample wants to see what was sent."""
    world.post(LEADS, data='{"caf\\u0065":"100%25",', content_type=JSON)

    assert sample(world)["unreadable"] == '{"caf\\u0065":"100%25",'


def test_unreadable_query_is_sampled_without_the_token(world: World) -> None:
    answer = world.ask("POST", f"{LEADS}?lead_token=TOKEN&city=Z%FCrich&caller_id=8004506787")

    assert (answer.status_code, answer.get_json()["code"]) == (400, "malformed_body")
    assert sample(world)["unreadable"] == "lead_token=[redacted]&city=Z%FCrich&caller_id=8004506787"


def test_sample_is_cut_to_size(world: World) -> None:
    """What strangers can make us write must be small."""
    world.submit(UNKNOWN_TOKEN, caller_id=CALLER, **{f"t{number}": "x" * 900 for number in range(100)})

    assert 1_000 < len(str(sample(world))) < 9_000


@pytest.mark.parametrize("more", [0, 5_000])
@pytest.mark.parametrize("filler", range(3_900, 4_120, 20))
def test_token_across_the_cut_leaves_no_half(world: World, filler: int, more: int) -> None:
    body = '{"' + "x" * filler + f'":"{world.schedule_token}"'

    world.post(LEADS, data=body + " " * more, content_type=JSON)

    assert random_part(world.schedule_token) not in str(world.unclaimed())


@pytest.mark.parametrize("fillers", range(186, 196))
def test_token_across_the_end_of_what_is_looked_at_leaves_no_half(world: World, fillers: int) -> None:
    """So many redactions shorten the text that its far end moves into what is kept."""
    body = "{" + f"{world.schedule_token},\n" * fillers + "x" * 20 + f" {world.schedule_token}" * 20

    world.post(LEADS, data=body + " " * 5_000, content_type=JSON)

    assert random_part(world.schedule_token) not in str(world.unclaimed())


@pytest.mark.parametrize(
    "piece",
    [
        "lead_token\n",
        "lead_token" + " " * 30,
        "lead_token=\\",
        "\\u00",
        "%",
        "lead_token" + "'" * 30,
        "lt_",
        "\n",
        " ",
        "x",
    ],
)
def test_hostile_body_is_not_looked_at_for_long(world: World, piece: str) -> None:
    """A pattern that tries everything twice would hold a thread for minutes; the suite's time limit would tell."""
    world.post(LEADS, data="{" + piece * (250_000 // len(piece)), content_type=JSON)

    assert len(str(sample(world))) < 9_000
