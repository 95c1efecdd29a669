"""Schedules, offers and lead tokens, shown to people and programs; and which company is meant."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.integration.cli.conftest import Installation


def test_schedules_are_listed(demo: Installation) -> None:
    assert "Demo schedule" in demo.run("schedule", "list").stdout
    assert demo.json("schedule", "list") == {
        "schedules": [demo.json("schedule", "show", "1")["schedule"]],
        "metadata": {"root": "schedules", "total_count": 1},
    }


def test_schedule_is_shown_with_its_plan(demo: Installation) -> None:
    shown = demo.json("schedule", "show", "1")["schedule"]

    assert {name: shown[name] for name in ("id", "name", "offer_id", "paused_at")} == {
        "id": 1,
        "name": "Demo schedule",
        "offer_id": None,
        "paused_at": None,
    }
    assert [action["kind"] for action in shown["actions"]] == ["call", "wait", "call"]
    assert "Action 2        Wait a day (wait)" in demo.run("schedule", "show", "1").stdout


def test_offers_are_listed_and_shown(demo: Installation) -> None:
    assert "Demo offer" in demo.run("offer", "list").stdout
    assert "Demo offer" in demo.run("offer", "show", "1").stdout
    assert demo.json("offer", "list")["offers"][0]["name"] == "Demo offer"
    assert demo.json("offer", "show", "1")["offer"]["schedule_ids"] == []


@pytest.mark.parametrize("owner", ["schedule", "offer"])
def test_lead_tokens_are_revealed(demo: Installation, owner: str) -> None:
    shown = demo.json("token", "show", f"--{owner}", "1", "--reveal")

    assert shown["owner"] == {"kind": owner, "id": 1, "name": f"Demo {owner}"}
    assert [token["lead_token"] for token in shown["lead_tokens"]] == [demo.founded[owner]["lead_token"]]
    assert demo.founded[owner]["lead_token"] in demo.run("token", "show", f"--{owner}", "1", "--reveal").stdout


@pytest.mark.parametrize(
    "command",
    [["schedule", "show", "7"], ["offer", "show", "7"], ["token", "show", "--offer", "7"]],
    ids=" ".join,
)
def test_what_is_not_there_is_said_with_where_to_look(demo: Installation, command: list[str]) -> None:
    result = demo.run(*command)

    assert (result.exit_code, result.stdout) == (1, "")
    assert " 7; `leadintake " in result.stderr


def test_owner_without_a_lead_token_is_said_to_have_none(demo: Installation) -> None:
    demo.revoke_lead_tokens()

    assert demo.json("token", "show", "--schedule", "1", "--reveal")["lead_tokens"] == []
    assert "It has no lead token" in demo.run("token", "show", "--schedule", "1", "--reveal").stdout
    assert "has no lead token" in demo.run("submit", "--schedule", "1", "+18004506787").stderr


@pytest.mark.parametrize("options", [[], ["--schedule", "1", "--offer", "1"]])
def test_lead_tokens_are_those_of_one_owner(demo: Installation, options: list[str]) -> None:
    assert demo.run("token", "show", *options).exit_code == 2


def test_company_is_found_by_name_and_by_number(demo: Installation) -> None:
    other = demo.json("init", "--demo", "--company", "Solar Savings")

    for company in ("Solar Savings", "2"):
        tokens = demo.json("token", "show", "--schedule", "1", "--reveal", "--company", company)["lead_tokens"]
        assert [token["lead_token"] for token in tokens] == [other["schedule"]["lead_token"]]


@pytest.mark.parametrize("company", [[], ["--company", "3"], ["--company", "Lunar Savings"]])
def test_company_that_is_not_clear_is_asked_for(demo: Installation, company: list[str]) -> None:
    demo.json("init", "--company", "Solar Savings")
    result = demo.run("schedule", "list", *company)

    assert result.exit_code == 2
    assert "1 (Demo company), 2 (Solar Savings)" in result.stderr


def test_installation_without_a_schema_is_told_to_migrate(bare: Installation) -> None:
    result = bare.run("schedule", "list")

    assert (result.exit_code, result.stdout) == (1, "")
    assert "run: leadintake migrate" in result.stderr


def test_installation_without_a_company_is_told_to_found_one(bare: Installation) -> None:
    bare.run("migrate")
    result = bare.run("schedule", "list")

    assert result.exit_code == 1
    assert "run: leadintake init" in result.stderr


def test_lead_tokens_of_another_secret_key_are_not_our_bug(demo: Installation) -> None:
    """Somebody has restored the database without its key: they need to know which key to look for."""
    result = demo.run("token", "show", "--schedule", "1", "--reveal", SECRET_KEY="0123456789abcdefghijklmnopqrstuvwxyz")

    assert result.exit_code == 1
    assert "LEADINTAKE_SECRET_KEY" in result.stderr
