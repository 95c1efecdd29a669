"""``leadintake user …``: who signs in, from the server's own command line."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.integration.cli.conftest import Installation

ADA = "ada@example.com"


def users(demo: Installation) -> dict[str, dict[str, Any]]:
    """Return the company's users by their addresses."""
    return {each["email"]: each for each in demo.json("user", "list")["users"]}


def test_user_is_added_and_their_password_printed_once(demo: Installation) -> None:
    added = demo.json("user", "add", "Ada@Example.com", "--role", "viewer")

    assert (added["user"]["email"], added["user"]["role"], added["user"]["is_active"]) == (ADA, "viewer", True)
    assert len(added["password"]) >= 20
    listed = demo.run("user", "list").stdout
    assert ADA in listed
    assert added["password"] not in listed + json.dumps(users(demo))


def test_password_can_come_from_standard_input(demo: Installation) -> None:
    result = demo.run("user", "add", ADA, "--password-stdin", standard_input="correct horse battery\n")

    assert result.exit_code == 0
    assert "correct horse battery" not in result.output
    assert "Password" not in result.stdout
    assert users(demo)[ADA]["role"] == "operator"


def test_password_that_could_be_guessed_is_refused_without_repeating_it(demo: Installation) -> None:
    result = demo.run("user", "add", ADA, "--password-stdin", standard_input="hunter2")

    assert result.exit_code == 2
    assert "12 to 200 characters" in result.stderr
    assert "hunter2" not in result.output


def test_role_is_changed(demo: Installation) -> None:
    demo.json("user", "add", ADA)

    assert demo.json("user", "change", ADA, "--role", "viewer")["user"]["role"] == "viewer"
    assert users(demo)[ADA]["role"] == "viewer"


def test_user_is_deactivated_and_activated_again(demo: Installation) -> None:
    demo.json("user", "add", ADA)

    assert demo.json("user", "deactivate", ADA)["user"]["is_active"] is False
    assert "not since" in demo.run("user", "list").stdout
    assert demo.json("user", "deactivate", ADA)["user"]["is_active"] is False
    assert demo.json("user", "activate", ADA)["user"]["deactivated_at"] is None


def test_password_is_replaced(demo: Installation) -> None:
    first = demo.json("user", "add", ADA)["password"]

    second = demo.json("user", "password", ADA)["password"]

    assert second not in {None, first}
    assert "Keep the password now" in demo.run("user", "password", ADA).stderr


@pytest.mark.parametrize("command", [["deactivate"], ["change", "--role", "viewer"]], ids=" ".join)
def test_last_owner_stays_one(demo: Installation, command: list[str]) -> None:
    """A company that nobody can manage would need the database to be mended by hand."""
    owner = next(iter(users(demo)))

    result = demo.run("user", command[0], owner, *command[1:])

    assert (result.exit_code, result.stdout) == (1, "")
    assert "only owner" in result.stderr
    assert users(demo)[owner]["is_active"] is True


def test_address_signs_in_once(demo: Installation) -> None:
    demo.json("user", "add", ADA)

    result = demo.run("user", "add", ADA.upper())

    assert (result.exit_code, "already taken" in result.stderr) == (1, True)


@pytest.mark.parametrize(
    "command", [["deactivate"], ["activate"], ["password"], ["change", "--role", "owner"]], ids=" ".join
)
def test_user_who_is_not_there_is_told_with_where_to_look(demo: Installation, command: list[str]) -> None:
    result = demo.run("user", command[0], "nobody@example.com", *command[1:])

    assert (result.exit_code, result.stdout) == (1, "")
    assert "`leadintake user list`" in result.stderr


def test_what_is_no_address_is_told_of_the_argument(demo: Installation) -> None:
    result = demo.run("user", "add", "ada")

    assert result.exit_code == 2
    assert "is not an e-mail address" in result.stderr
