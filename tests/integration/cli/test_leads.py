"""Leads and submissions from a terminal: found, shown, corrected, hidden, and why some were not taken."""

from __future__ import annotations

import json
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest

from leadintake.bootstrap import build
from leadintake.config import Settings
from leadintake.entrypoints.api import create_app

if TYPE_CHECKING:
    from tests.integration.cli.conftest import Installation

ADA, BEN = "+12025550143", "+12025550144"
NOWHERE = "019a5d6e-0000-7000-8000-000000000001"


def over_http(demo: Installation, method: str, path: str, body: Any = None) -> Any:  # noqa: ANN401 - whatever JSON has
    """Ask with the company's API key, and return the answer."""
    with closing(build(Settings.from_environment(demo.environ))) as services:
        headers = {"Authorization": f"Bearer {demo.founded['api_key']['private']}"}
        client = create_app(services).test_client()
        return client.open(f"/api/v1/{path}", method=method, json=body, headers=headers).get_json()


def submit(demo: Installation, caller: str, *parameters: str, owner: str = "--schedule") -> str:
    """Submit a lead and return its id."""
    lead_id: str = demo.json("submit", owner, "1", caller, *parameters)["lead_id"]
    return lead_id


@pytest.mark.parametrize(
    ("options", "query"),
    [
        ([], ""),
        (["--per-page", "1"], "per_page=1"),
        (["--per-page", "1", "--page", "2"], "per_page=1&page=2"),
        (["--caller", "(202) 555-0143"], "caller_id=2025550143"),
        (["--email", "ada@example.com"], "email=ada@example.com"),
        (["--status", "live,removed"], "status=live,removed"),
        (["--schedule", "1"], "schedule_id=1"),
        (["--offer", "1"], "offer_id=1"),
        (["--source", "1000", "--sub-id", "A"], "traffic_source_id=1000&sub_id=A"),
        (
            ["--from", "2026-01-01", "--to", "2126-01-01", "--time-zone", "UTC"],
            "created_at_from=2026-01-01&time_zone=UTC",
        ),
        (["--columns", "caller_id,tokens"], "columns=caller_id,tokens"),
    ],
    ids=lambda case: case if isinstance(case, str) else "",
)
def test_list_is_that_of_http(demo: Installation, options: list[str], query: str) -> None:
    submit(demo, ADA, "email=ada@example.com", "traffic_source_id=1000", "sub_id=A", "interest=kittens")
    submit(demo, BEN, "lead_priority=1.5", owner="--offer")

    ours = demo.json("leads", "list", *options)
    assert ours == over_http(demo, "GET", f"leads?{query}")
    assert ours["leads"]


def test_list_goes_on_behind_a_cursor(demo: Installation) -> None:
    first, second = submit(demo, ADA), submit(demo, BEN)
    page = demo.json("leads", "list", "--per-page", "1")

    assert [lead["id"] for lead in page["leads"]] == [second] == [page["metadata"]["next_cursor"]]
    assert [lead["id"] for lead in demo.json("leads", "list", "--cursor", second)["leads"]] == [first]


def test_list_is_a_table_for_people(demo: Installation) -> None:
    lead_id = submit(demo, ADA, "traffic_source_id=1000", "sub_id=creative-A", "interest=kittens")
    submit(demo, BEN)
    listed = demo.run("leads", "list", "--per-page", "1", "--page", "2")
    columns = demo.run("leads", "list", "--columns", "caller_id,tokens,email", "--caller", ADA)

    assert listed.stdout.splitlines()[1].split()[:6] == [lead_id, ADA, "schedule", "1", "scheduled", "1000"]
    assert "1 of 2 shown; --page 2 " in demo.run("leads", "list", "--per-page", "1").stderr
    assert [line.split() for line in columns.stdout.splitlines()] == [
        ["caller_id", "tokens", "email"],
        [ADA, "interest=kittens"],
    ]


def test_empty_list_says_what_to_do_next(demo: Installation) -> None:
    assert "leadintake submit " in demo.run("leads", "list").stderr
    assert "leave a filter out" in demo.run("leads", "list", "--schedule", "1").stderr
    assert "leadintake submit " in demo.run("submissions", "list").stderr
    assert "None matches" in demo.run("submissions", "list", "--refused").stderr


def test_lead_is_shown(demo: Installation) -> None:
    lead_id = submit(demo, ADA, "interest=kittens")
    shown = demo.run("leads", "show", lead_id).stdout

    assert demo.json("leads", "show", lead_id) == over_http(demo, "GET", f"leads/{lead_id}")
    assert f"Caller       {ADA}" in shown
    assert "  interest   kittens" in shown


def test_change_is_that_of_http(anywhere: Installation) -> None:
    """Whatever may be said of a lead by API key may be said here, and comes to the same."""
    one, other = (
        submit(anywhere, caller, "email=x@example.com", "sub_id=A", "interest=kittens", "nickname=x")
        for caller in (ADA, BEN)
    )
    ours = anywhere.json(
        *("leads", "update", one, "interest=puppies", "nickname=", "Age=42", "--no-email", "--source", "1000"),
        *("--no-sub-id", "--priority", "2.5", "--next-action-at", "2036-01-31T09:00:00Z", "--expires-at", "2036-02-01"),
    )["lead"]
    theirs = over_http(
        anywhere,
        "PATCH",
        f"leads/{other}",
        {
            "tokens": {"interest": "puppies", "nickname": None, "Age": "42"},
            "email": None,
            "traffic_source_id": 1000,
            "sub_id": None,
            "lead_priority": 2.5,
            "next_action_at": "2036-01-31T09:00:00Z",
            "expires_at": "2036-02-01",
        },
    )["lead"]

    own = {"id", "uuid", "caller_id", "created_at", "updated_at"}
    assert {name: value for name, value in ours.items() if name not in own} == {
        name: value for name, value in theirs.items() if name not in own
    }
    assert ours["tokens"] == {"interest": "puppies", "age": "42"}


def test_change_is_told_to_have_come_from_here(demo: Installation) -> None:
    lead_id = submit(demo, ADA)
    demo.run("leads", "update", lead_id, "interest=puppies")
    demo.run("leads", "delete", lead_id)

    events = demo.json("caller-show", ADA)["events"]
    assert [(event["kind"], event["details"].get("came_by")) for event in events[1:]] == [
        ("lead.updated", "command_line"),
        ("lead.removed", "command_line"),
    ]


def test_deleted_leads_are_hidden_and_kept(demo: Installation) -> None:
    lead_id = submit(demo, ADA)
    first = demo.run("leads", "delete", lead_id, NOWHERE)
    again = demo.json("leads", "delete", lead_id)

    assert (first.exit_code, first.stdout) == (1, f"removed  {lead_id}  {ADA}\n")
    assert f"no lead {NOWHERE}; `leadintake leads list`" in first.stderr
    assert [lead["status"] for lead in again["leads"]] == ["removed"]
    assert demo.json("leads", "list")["leads"] == []
    assert len(demo.json("leads", "list", "--status", "removed")["leads"]) == 1


@pytest.mark.parametrize(
    ("command", "status", "said"),
    [
        (["leads", "list", "--status", "happy"], 2, "--status must be one of"),
        (["leads", "list", "--caller", "12"], 2, "--caller is not a valid phone number"),
        (["leads", "list", "--page", "0"], 2, "--page must be a whole number"),
        (["leads", "list", "--columns", "secret"], 2, "--columns must be one of"),
        (["leads", "list", "--from", "soon"], 2, "--from is not a time"),
        (["leads", "show", "7"], 2, "not a valid UUID"),
        (["leads", "show", NOWHERE], 1, "`leadintake leads list` shows"),
        (["leads", "update", NOWHERE], 2, "nothing to change"),
        (["leads", "update", NOWHERE, "interest"], 2, "NAME=VALUE"),
        (["leads", "update", NOWHERE, "--priority", "high"], 2, "'high' is no number"),
        (["leads", "update", NOWHERE, "--expires-at", "soon"], 2, "--expires-at is not a time"),
        (["leads", "update", NOWHERE, "a=b"], 1, "`leadintake leads list` shows"),
        (["leads", "delete"], 2, "ID..."),
        (["submissions", "show", NOWHERE], 1, "`leadintake submissions list` shows"),
    ],
    ids=lambda case: " ".join(case) if isinstance(case, list) else "",
)
def test_what_cannot_be_is_told_with_the_option_at_fault(
    demo: Installation, command: list[str], status: int, said: str
) -> None:
    result = demo.run(*command)

    assert (result.exit_code, result.stdout) == (status, ""), result.output
    assert said in result.stderr


def test_lead_is_not_changed_beyond_what_it_may_hold(demo: Installation) -> None:
    lead_id = submit(demo, ADA)

    assert "--source is no traffic source" in demo.run("leads", "update", lead_id, "--source", "7").stderr
    too_long = demo.run("leads", "update", lead_id, f"note={'x' * 11}", MAX_TOKEN_CHARS="10")
    assert (too_long.exit_code, "NAME=VALUE note must be at most 10 characters" in too_long.stderr) == (2, True)


def test_refused_submissions_are_listed_with_the_reason(anywhere: Installation) -> None:
    """The first question of whoever sends leads is why one was not taken."""
    lead_id = submit(anywhere, ADA)
    anywhere.run("submit", "--schedule", "1", "12", "expires_in=soon")
    anywhere.run("submit", "--offer", "1", BEN, "expires_in=later")

    listed = anywhere.run("submissions", "list", "--refused").stdout.splitlines()
    coded = anywhere.json("submissions", "list", "--code", "invalid_caller_id")["submissions"]
    anywhere.run("submit", "--schedule", "1", BEN)
    refused = anywhere.json("submissions", "list", "--refused", "--limit", "1")["submissions"]
    newest = anywhere.json("submissions", "list", "--limit", "1")["submissions"]
    every = anywhere.json("submissions", "list")["submissions"]

    assert [line.split()[-1] for line in listed[1:]] == ["number", "number"]
    assert "caller_id is not a valid phone number" in listed[2]
    assert [(one["code"], one["schedule_id"], one["offer_id"]) for one in coded] == [("invalid_caller_id", 1, None)]
    assert (newest, refused) == (every[:1], every[1:2])
    assert [(one["outcome"], one["lead_id"]) for one in every[1:]] == [
        ("refused", None),
        ("refused", None),
        ("created", lead_id),
    ]


def test_submission_is_shown_with_its_request_and_without_its_lead_token(demo: Installation) -> None:
    demo.run("submit", "--lead-token", demo.token, ADA, f"note=see {demo.token}", "email=nobody")
    [kept] = demo.json("submissions", "list")["submissions"]
    shown = demo.run("submissions", "show", kept["id"]).stdout

    assert demo.json("submissions", "show", kept["id"])["submission"] == kept | {"replays": []}
    assert ["note", "see [redacted]"] in kept["request"]["query"]
    assert [each["field"] for each in kept["warnings"]] == ["note", "email"]
    assert "the command line" in shown
    assert json.dumps(["note", "see [redacted]"], separators=(",", ":")) in shown
    assert demo.token not in shown
