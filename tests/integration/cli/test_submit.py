"""`leadintake submit`: the rules of POST /api/v1/leads, from a terminal."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

import pytest

from leadintake.bootstrap import build
from leadintake.config import Settings
from leadintake.entrypoints.api import create_app

from tests.support.apps import UNKNOWN_TOKEN

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.integration.cli.conftest import Installation

KITTENS = "+18004506787"
ADA = "+12025550143"


def over_http(demo: Installation, **lead: object) -> Mapping[str, Any]:
    """Submit the same way as everybody else."""
    services = build(Settings.from_environment(demo.environ))
    answer = create_app(services).test_client().post("/api/v1/leads", json={"lead_token": demo.token, **lead})
    services.close()
    return dict(answer.get_json())


def test_answer_is_that_of_http(demo: Installation) -> None:
    ours = demo.json("submit", "--lead-token", demo.token, KITTENS, "email=john@example.com", "interest=kittens")
    theirs = over_http(demo, caller_id=ADA, email="john@example.com", interest="kittens")

    assert list(ours) == list(theirs)
    assert list(ours["lead"]) == list(theirs["lead"])
    assert (ours["outcome"], ours["lead"]["tokens"]) == (theirs["outcome"], theirs["lead"]["tokens"])
    assert ours["lead"]["remote_ip"] is None


def test_refusal_is_that_of_http(demo: Installation) -> None:
    ours = demo.run("submit", "--lead-token", demo.token, "12", "expires_in=x", "--output", "json")
    theirs = over_http(demo, caller_id="12", expires_in="x")

    assert ours.exit_code == 2
    assert json.loads(ours.stdout) | {"submission_id": None} == {**theirs, "submission_id": None}


def test_accepted_lead_is_one_line(demo: Installation) -> None:
    result = demo.run("submit", "--lead-token", demo.token, "(800) 450-6787")

    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.startswith(f"created  {KITTENS}  schedule 1  scheduled  lead ")
    assert len(result.stdout.splitlines()) == 1


def test_same_caller_is_updated(demo: Installation) -> None:
    demo.run("submit", "--schedule", "1", KITTENS)

    assert demo.run("submit", "--schedule", "1", "1-800-450-6787").stdout.startswith("updated")


def test_daily_cap_holds_here_too(demo: Installation) -> None:
    """A lead that comes in by a terminal is one more all the same."""
    demo.restrict_lead_tokens(daily_cap=1)

    first = demo.run("submit", "--schedule", "1", KITTENS)
    second = demo.run("submit", "--lead-token", demo.token, ADA)

    assert (first.exit_code, second.exit_code) == (0, 1)
    assert "taken by this lead token in a day" in second.stderr


def test_command_puts_back_what_it_leased_of_a_cap(demo: Installation) -> None:
    """Each command is a process of its own: what it kept would soon be most of the cap."""
    demo.restrict_lead_tokens(daily_cap=100)

    demo.run("submit", "--schedule", "1", KITTENS)

    assert demo.leased() == 1


def test_warnings_are_told_beside_the_answer(demo: Installation) -> None:
    result = demo.run("submit", "--schedule", "1", KITTENS, "email=nobody", "Favourite Pet=cat")

    assert result.exit_code == 0
    assert "Warning: email: " in result.stderr
    assert "favourite_pet" in result.stderr


def test_impossible_lead_is_bad_usage_that_names_each_field(demo: Installation) -> None:
    result = demo.run("submit", "--schedule", "1", "12", "expires_in=soon")

    assert (result.exit_code, result.stdout) == (2, "")
    assert "caller_id is not a valid phone number" in result.stderr
    assert "expires_in is not a number" in result.stderr


def test_opted_out_caller_is_refused(demo: Installation) -> None:
    assert demo.run("submit", "--schedule", "1", KITTENS, "opt_out=true").stdout.startswith("opted_out  ")
    result = demo.run("submit", "--schedule", "1", KITTENS)

    assert (result.exit_code, result.stdout) == (1, "")
    assert "opted out" in result.stderr


def test_test_lead_is_not_stored(demo: Installation) -> None:
    result = demo.run("submit", "--schedule", "1", KITTENS, "test=1")

    assert (result.exit_code, result.stdout) == (0, f"test  {KITTENS}  schedule 1  scheduled\n")
    assert demo.run("submit", "--schedule", "1", KITTENS).stdout.startswith("created")


def test_several_callers_are_answered_one_by_one(demo: Installation) -> None:
    result = demo.run("submit", "--schedule", "1", KITTENS, "12", ADA, "--output", "json")

    answers = [json.loads(line) for line in result.stdout.splitlines()]
    assert [answer["success"] for answer in answers] == [True, False, True]
    assert result.exit_code == 2


def test_json_is_read_as_a_body_would_be(demo: Installation) -> None:
    lead = demo.json("submit", "--offer", "1", KITTENS, "--data", '{"sub_id": "a", "data": {"sub_id": "b", "n": 501}}')

    assert (lead["lead"]["status"], lead["lead"]["sub_id"]) == ("queue", "a")
    assert lead["lead"]["tokens"] == {"sub_id": "b", "n": "501"}


def test_caller_may_be_in_the_json(demo: Installation) -> None:
    assert demo.json("submit", "--schedule", "1", "--data", f'{{"caller_id": "{KITTENS}"}}')["outcome"] == "created"


def test_limits_are_those_of_the_settings(demo: Installation) -> None:
    result = demo.run("submit", "--schedule", "1", KITTENS, "a=1", "b=2", MAX_TOKENS="1")

    assert result.exit_code == 2
    assert "more than 1" in result.stderr


@pytest.mark.parametrize("carrier", ["option", "variable", "standard input"])
def test_lead_token_comes_by_any_of_three_ways(demo: Installation, carrier: str) -> None:
    options = {"option": [demo.token], "variable": [], "standard input": ["-"]}[carrier]
    result = demo.run(
        "submit",
        KITTENS,
        *(f"--lead-token={option}" for option in options),
        standard_input=f"{demo.token}\n" if carrier == "standard input" else None,
        LEAD_TOKEN=demo.token if carrier == "variable" else None,
    )

    assert (result.exit_code, result.stderr) == (0, "")


def test_owner_named_by_number_goes_before_the_variable(demo: Installation) -> None:
    """Who has exported a lead token for the day still wants to look at another owner."""
    result = demo.run("submit", "--offer", "1", KITTENS, LEAD_TOKEN=demo.token)

    assert "offer 1" in result.stdout


def test_unknown_lead_token_is_refused_and_not_repeated(demo: Installation) -> None:
    result = demo.run("submit", KITTENS, "--lead-token", UNKNOWN_TOKEN)

    assert (result.exit_code, result.stdout) == (1, "")
    assert UNKNOWN_TOKEN not in result.output


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        [KITTENS],
        [KITTENS, "--lead-token", "-"],
        [KITTENS, "--schedule", "1", "--offer", "1"],
        [KITTENS, "--schedule", "1", "--lead-token", UNKNOWN_TOKEN],
        ["interest=kittens", "--schedule", "1"],
        [KITTENS, "--schedule", "1", "--data", "{"],
        [KITTENS, "--schedule", "1", "--data", "[]"],
        [KITTENS, f"lead_token={UNKNOWN_TOKEN}"],
        [KITTENS, f"Lead-Token={UNKNOWN_TOKEN}", "--schedule", "1"],
        [KITTENS, "--schedule", "1", "--data", json.dumps({"schedule_lead_token": UNKNOWN_TOKEN})],
        [os.fsdecode(b"name=\xff"), KITTENS, "--schedule", "1"],
    ],
    ids=repr,
)
def test_bad_usage_is_told_before_anything_happens(demo: Installation, arguments: list[str]) -> None:
    result = demo.run("submit", *arguments)

    assert (result.exit_code, result.stdout) == (2, "")
    assert "Error: " in result.stderr
    assert UNKNOWN_TOKEN not in result.output


def test_owner_that_is_not_there_is_said(demo: Installation) -> None:
    result = demo.run("submit", KITTENS, "--schedule", "7")

    assert result.exit_code == 1
    assert "no schedule 7" in result.stderr


def test_submission_is_kept_without_its_lead_token(demo: Installation) -> None:
    """Whoever reads the ledger must not be able to send leads."""
    result = demo.json("submit", "--lead-token", demo.token, KITTENS, f"note=see {demo.token}")

    assert result["lead"]["tokens"] == {"note": "see [redacted]"}
    services = build(Settings.from_environment(demo.environ))
    services.close()
    stored = b"".join(path.read_bytes() for path in demo.folder.glob("leadintake.db*"))
    assert b"see [redacted]" in stored
    assert demo.token.encode() not in stored


def test_telephone_uri_is_a_caller_though_it_holds_an_equals_sign(demo: Installation) -> None:
    assert demo.json("submit", "--schedule", "1", "tel:+1-800-450-6787;ext=7")["lead"]["caller_id"] == KITTENS


def test_explanation_shows_the_rules_and_their_verdicts(demo: Installation) -> None:
    """Whoever wonders why a lead was not taken should not have to ask us."""
    accepted = demo.run("submit", "--schedule", "1", "--explain", KITTENS, "test=1")
    refused = demo.run("submit", "--schedule", "1", "--explain", "12")
    document = demo.json("submit", "--schedule", "1", "--explain", KITTENS, "test=1")

    assert ["enrol", "one_live_lead", "test"] in [line.split() for line in accepted.stdout.splitlines()]
    assert ["normalise", "caller_id", "refused"] in [line.split() for line in refused.stdout.splitlines()]
    assert refused.exit_code == 2
    assert {"step": "enrol", "rule": "one_live_lead", "verdict": "test"} in document["explain"]


def test_route_is_that_of_http(demo: Installation) -> None:
    demo.run("schedule", "update", "1", "--offer", "1")
    demo.run("schedule", "create", "Second", "--offer", "1")
    first = demo.json("submit", "--schedule", "1", "--route", "capture", KITTENS)
    found = demo.json("submit", "--schedule", "2", "--route", "create_or_update", KITTENS)
    apart = demo.json("submit", "--schedule", "2", KITTENS)

    assert (first["dedupe"], first["schedule"]) == ("none", {"id": 1})
    assert (found["outcome"], found["lead_id"]) == ("updated", first["lead_id"])
    assert (apart["outcome"], "dedupe" in apart) == ("created", False)
    routes = [one["route"] for one in demo.json("submissions", "list")["submissions"]]
    assert routes == ["leads", "leads/create_or_update", "leads/capture"]


def test_idempotency_key_gets_the_first_answer_again(demo: Installation) -> None:
    key = ["--idempotency-key", "order-4711"]
    lead = ["submit", "--schedule", "1", KITTENS, "interest=kittens"]
    first = demo.run(*lead, *key, "--output", "json")
    again = demo.run(*lead, *key, "--output", "json")
    for_people = demo.run(*lead, *key)

    assert (first.exit_code, again.exit_code) == (0, 0)
    assert again.stdout == first.stdout
    assert for_people.stdout == f"replayed  {KITTENS}  created  lead {json.loads(first.stdout)['lead_id']}\n"
    assert demo.run(*lead, "more=1", *key).exit_code == 2
    assert demo.run(*lead).stdout.startswith("updated")


def test_refusal_under_an_idempotency_key_is_told_again_with_its_exit_status(demo: Installation) -> None:
    demo.run("submit", "--schedule", "1", KITTENS, "opt_out=true")

    for caller, status in (("12", 2), (KITTENS, 1)):
        lead = ["submit", "--schedule", "1", caller, "--idempotency-key", f"key-of-{caller}"]
        first, again = demo.run(*lead), demo.run(*lead)
        assert (first.exit_code, again.exit_code, again.stderr) == (status, status, first.stderr)


def test_idempotency_key_stands_for_one_lead(demo: Installation) -> None:
    several = demo.run("submit", "--schedule", "1", KITTENS, ADA, "--idempotency-key", "k")

    assert (several.exit_code, several.stdout) == (2, "")
    assert "stands for one lead" in several.stderr
    assert demo.run("submit", "--schedule", "1", KITTENS, "--idempotency-key", "a b").exit_code == 2
