"""`leadintake init`: from nothing to a company that takes leads, and the same once more."""

from __future__ import annotations

import json
import stat
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.integration.cli.conftest import Installation

KEYS = {
    "company": ["id", "name"],
    "schedule": ["id", "name", "lead_token"],
    "offer": ["id", "name", "lead_token"],
    "traffic_source": ["id", "name"],
    "api_key": ["public", "private"],
    "admin": ["email", "password"],
}


def test_demo_prints_exactly_these_keys(demo: Installation) -> None:
    """Other people's scripts read them."""
    assert {name: list(value) for name, value in demo.founded.items()} == KEYS
    assert list(demo.founded) == list(KEYS)
    assert demo.founded["company"] == {"id": 1, "name": "Demo company"}
    assert demo.founded["traffic_source"]["id"] == 1000
    assert demo.founded["schedule"]["lead_token"].startswith("lt_")
    assert demo.founded["offer"]["lead_token"].startswith("lt_")
    assert demo.founded["api_key"]["public"].startswith("pub_")
    assert demo.founded["api_key"]["private"].startswith("key_")
    assert demo.founded["admin"]["password"]


def test_again_prints_the_same_without_what_nobody_can_read(demo: Installation) -> None:
    again = demo.json("init", "--demo")

    expected = json.loads(json.dumps(demo.founded))
    expected["api_key"]["private"] = expected["admin"]["password"] = None
    assert again == expected


def test_another_company_stands_beside_the_first(demo: Installation) -> None:
    other = demo.json("init", "--demo", "--company", "Solar Savings")

    assert {name: list(value) for name, value in other.items()} == KEYS
    assert other["company"] == {"id": 2, "name": "Solar Savings"}
    assert other["traffic_source"]["id"] == 1000
    assert other["api_key"]["private"]
    assert other["schedule"]["lead_token"] != demo.token
    assert demo.json("init", "--demo")["schedule"]["lead_token"] == demo.token


def test_without_demo_there_is_a_company_and_nothing_to_try(bare: Installation) -> None:
    founded = bare.json("init")

    assert list(founded) == list(KEYS)
    assert founded["company"]["name"] == "My company"
    assert founded["schedule"] is founded["offer"] is founded["traffic_source"] is None
    assert founded["api_key"]["private"]


def test_unnamed_is_the_only_company_there_is(demo: Installation) -> None:
    """A second company that nobody asked for would make every later command ask which one is meant."""
    assert demo.json("init")["company"] == {"id": 1, "name": "Demo company"}


def test_unnamed_among_several_is_asked_for(demo: Installation) -> None:
    demo.json("init", "--company", "Solar Savings")
    result = demo.run("init")

    assert result.exit_code == 2
    assert "1 (Demo company), 2 (Solar Savings)" in result.stderr


def test_new_folder_and_secret_key_are_for_their_owner_only(template: Installation) -> None:
    assert stat.S_IMODE(template.folder.stat().st_mode) == 0o700
    assert stat.S_IMODE((template.folder / "secret_key").stat().st_mode) == 0o600


def test_summary_holds_a_command_to_paste(demo: Installation) -> None:
    result = demo.run("init", "--demo", PUBLIC_URL="https://leads.example.com")

    url = f"https://leads.example.com/api/v1/leads?lead_token={demo.token}&caller_id=+18004506787"
    assert f'"{url}&email=john@example.com&interest=kittens"' in result.stdout
    assert "https://leads.example.com/api/docs/errors" in result.stdout
    assert result.stderr == ""


def test_summary_shows_what_is_shown_once(bare: Installation) -> None:
    result = bare.run("init", "--demo")

    assert result.exit_code == 0
    assert result.stdout.count("key_") == 1
    assert result.stdout.count("not shown again") == 2


def test_summary_without_demo_has_no_command_to_paste(bare: Installation) -> None:
    """There is nothing yet that a lead could be sent to."""
    result = bare.run("init")

    assert result.exit_code == 0
    assert "leadintake serve" in result.stdout
    assert "curl" not in result.stdout


def test_company_that_is_there_keeps_how_it_reads_numbers_and_says_so(demo: Installation) -> None:
    """Silence would leave somebody waiting for British numbers to be read."""
    other = ("--region", "gb", "--time-zone", "Europe/London", "--currency", "gbp")
    result = demo.run("init", "--demo", *other, "--output", "json")

    assert result.exit_code == 0
    assert json.loads(result.stdout)["company"]["id"] == 1
    assert "keeps its region, US" in result.stderr
    assert "keeps its time zone, UTC" in result.stderr
    assert "keeps its currency, USD" in result.stderr


def test_region_and_time_zone_are_the_new_companys(bare: Installation) -> None:
    bare.json("init", "--demo", "--region", "GB", "--time-zone", "Europe/London")
    result = bare.json("submit", "--schedule", "1", "020 7946 0018", "next_action_at=2030-07-01T12:00:00")

    assert result["lead"]["caller_id"] == "+442079460018"
    assert result["lead"]["next_action_at"] == "2030-07-01T11:00:00Z"


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("--region", "Atlantis"),
        ("--time-zone", "Mars/Olympus"),
        ("--admin-email", "ada"),
        ("--currency", "XXX"),
        ("--company", " "),
        ("--company", "Solar\x1b[2J"),
        ("--company", "x" * 201),
    ],
)
def test_impossible_option_is_bad_usage_and_nothing_is_made(bare: Installation, option: str, value: str) -> None:
    result = bare.run("init", option, value)

    assert result.exit_code == 2
    assert option in result.stderr
    assert not bare.folder.exists()


def test_administrator_of_another_company_is_refused(demo: Installation) -> None:
    """An address signs in to one company."""
    result = demo.run("init", "--company", "Second", "--admin-email", demo.founded["admin"]["email"])

    assert result.exit_code == 1
    assert result.stderr.startswith("Error: ")


def test_folder_that_cannot_be_made_is_a_sentence(bare: Installation) -> None:
    bare.folder.write_text("a file is in the way")
    result = bare.run("init")

    assert result.exit_code == 2
    assert "LEADINTAKE_DATA_DIR" in result.stderr


def test_database_folder_that_cannot_be_made_is_a_sentence(bare: Installation) -> None:
    bare.folder.write_text("a file is in the way")
    result = bare.run("init", SECRET_KEY="0123456789abcdefghijklmnopqrstuvwxyz")

    assert result.exit_code == 1
    assert "cannot be made" in result.stderr
