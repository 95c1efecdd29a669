"""Credentials from the command line: made, restricted, rotated, revoked and reviewed."""

from __future__ import annotations

import re
from contextlib import closing
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import pytest

from leadintake.adapters.sql.store import SqlStore
from leadintake.domain.company import CompanyId
from leadintake.domain.credential import LeadTokenId

from tests.support.builders import an_alarm

if TYPE_CHECKING:
    from tests.integration.cli.conftest import Installation

NEW_KEY = "another secret key, made with openssl rand -base64 32"
LONG_AGO = "2020-01-01"


def add(demo: Installation, *options: str) -> dict[str, Any]:
    """Make a lead token of the demo schedule and return what is printed of it."""
    made: dict[str, Any] = demo.json("token", "add", "--schedule", "1", *options)["lead_token"]
    return made


def submit(demo: Installation, token: str, caller: str = "+12025550143", **env: str) -> int:
    """Submit a lead by lead token and return the exit status."""
    return demo.run("submit", "--lead-token", "-", caller, standard_input=f"{token}\n", **env).exit_code


def raise_an_alarm(demo: Installation, token_id: str) -> None:
    """Keep an alarm as a serving process would."""
    with closing(SqlStore(f"sqlite:///{demo.folder}/leadintake.db")) as store, store.unit_of_work(CompanyId(1)) as uow:
        uow.credentials.raise_alarms([an_alarm(lead_token_id=LeadTokenId(UUID(token_id)))])
        uow.commit()


class TestLeadTokens:
    def test_restricted_token_is_made_listed_and_shown(self, anywhere: Installation) -> None:
        made = add(anywhere, "--label", "Kitten banners", "--source", "1000", "--network", "203.0.113.0/24")
        listed = anywhere.json("token", "list", "--schedule", "1")["lead_tokens"]
        shown = anywhere.json("token", "show", made["id"])["lead_token"]
        revealed = anywhere.json("token", "show", made["id"], "--reveal")["lead_token"]

        assert made["lead_token"].startswith("lt_")
        assert (made["label"], made["traffic_source_id"], made["networks"]) == (
            "Kitten banners",
            1000,
            ["203.0.113.0/24"],
        )
        assert [each["id"] for each in listed][-1] == made["id"]
        assert shown == listed[-1]
        assert revealed == made

    def test_text_is_printed_only_when_asked_for(self, demo: Installation) -> None:
        """A list is looked at with others in the room."""
        made = add(demo)
        for arguments in (["list"], ["show", made["id"]], ["show", "--schedule", "1"]):
            for output in ("table", "json"):
                assert "lt_" not in demo.run("token", *arguments, "--output", output).output
        assert made["lead_token"] in demo.run("token", "show", "--schedule", "1", "--reveal").stdout
        assert made["lead_token"] in demo.run("token", "show", made["id"], "--reveal").stdout

    def test_publishable_token_must_name_an_origin(self, demo: Installation) -> None:
        refused = demo.run("token", "add", "--schedule", "1", "--publishable")
        made = add(demo, "--publishable", "--origin", "https://shop.example")

        assert refused.exit_code == 2
        assert "--origin must name at least one" in refused.stderr
        assert (made["kind"], made["origins"]) == ("publishable", ["https://shop.example"])

    def test_restrictions_are_changed_and_taken_away(self, demo: Installation) -> None:
        made = add(demo, "--network", "203.0.113.7", "--daily-cap", "7", "--rate", "5", "--operations", "3")
        changed = demo.json("token", "change", made["id"], "--no-network", "--daily-cap", "9", "--label", "Moved")
        changed = changed["lead_token"]

        assert (changed["networks"], changed["daily_cap"], changed["label"]) == ([], 9, "Moved")
        assert (changed["rate_per_minute"], changed["operations_per_day"]) == (5, 3)
        shown = demo.run("token", "show", made["id"]).stdout
        assert "Rate        5 a minute" in shown
        assert demo.run("token", "change", made["id"]).exit_code == 2

    def test_token_is_rotated_with_grace_and_without(self, demo: Installation) -> None:
        first = add(demo, "--label", "Kitten banners")
        rotated = demo.json("token", "rotate", first["id"], "--grace", "1h")
        second = rotated["lead_token"]

        assert [submit(demo, token["lead_token"]) for token in (first, second)] == [0, 0]
        assert (second["label"], rotated["replaces"]["status"]) == ("Kitten banners", "ending")

        result = demo.run("token", "rotate", second["id"], "--grace", "0")
        assert f"The old one ({second['id']}) has ended." in result.stderr
        assert submit(demo, second["lead_token"]) == 1
        again = demo.run("token", "rotate", second["id"])
        assert (again.exit_code, "has ended" in again.stderr) == (1, True)

    def test_revoked_token_sends_no_more(self, demo: Installation) -> None:
        made = add(demo)
        for _ in range(2):
            assert demo.run("token", "revoke", made["id"]).stdout.startswith("revoked")

        assert submit(demo, made["lead_token"]) == 1
        assert demo.json("token", "list", "--status", "revoked")["lead_tokens"][0]["id"] == made["id"]

    def test_everything_about_a_token_is_shown_to_people(self, demo: Installation) -> None:
        made = add(demo, "--origin", "https://shop.example", "--network", "203.0.113.7", "--source", "1000")
        raise_an_alarm(demo, made["id"])
        demo.run("token", "rotate", made["id"])
        changed = demo.run("token", "change", made["id"], "--label", "Old page", "--daily-cap", "7")
        shown = demo.run("token", "show", made["id"]).stdout

        assert changed.stdout == shown
        for said in (
            "Networks   203.0.113.7",
            "Origins    https://shop.example",
            "Source     1000",
            "Daily cap  7",
            "Label      Old page",
            "Status     until 20",
            "Successor  ",
            "Alarm      leaked on 2026-03-01, from https://shop.example, last at 2026-03-01 12:00 UTC",
        ):
            assert said in shown
        listed = demo.run("token", "list").stdout
        assert re.search(rf"{made['id']}.*until.*never +1$", listed, re.MULTILINE)
        assert demo.json("token", "show", made["id"])["lead_token"]["alarms"][0]["kind"] == "leaked"
        assert demo.json("token", "revoke", made["id"])["lead_token"]["status"] == "revoked"

    def test_owner_must_be_named_and_there(self, demo: Installation) -> None:
        assert demo.run("token", "add").exit_code == 2
        assert demo.run("token", "show").exit_code == 2
        assert demo.run("token", "add", "--schedule", "7").exit_code == 1
        assert demo.run("token", "list", "--offer", "7").exit_code == 1
        assert "no such lead token" in demo.run("token", "list", "--offer", "1", "--status", "revoked").stderr
        assert "Lead token  lt_" in demo.run("token", "add", "--offer", "1").stdout

    @pytest.mark.parametrize("command", ["show", "change", "rotate", "revoke", "leads-since", "undo-since"])
    def test_token_that_is_not_there_is_told_with_the_command_that_lists_them(
        self, demo: Installation, command: str
    ) -> None:
        options = {"change": ["--label", "x"], "leads-since": ["--from", LONG_AGO], "undo-since": ["--from", LONG_AGO]}
        result = demo.run("token", command, str(uuid4()), *options.get(command, []))

        assert result.exit_code == 1
        assert "leadintake token list" in result.stderr

    def test_owners_own_token_is_the_one_that_submits_here(self, demo: Installation) -> None:
        """One that was made for a publisher's network works from there only, and this machine is not there."""
        demo.json("token", "change", demo.json("token", "list")["lead_tokens"][0]["id"], "--network", "203.0.113.7")
        add(demo)

        assert demo.run("submit", "--schedule", "1", "+12025550143").exit_code == 0


class TestAfterALeak:
    def test_leads_since_are_listed_and_removed_once_it_is_meant(self, anywhere: Installation) -> None:
        made = add(anywhere)
        for caller in ("+12025550143", "+12025550144"):
            submit(anywhere, made["lead_token"], caller)
        since = ("token", "leads-since", made["id"], "--from", LONG_AGO)

        listed = anywhere.json(*since)["leads"]
        assert [lead["caller_id"] for lead in listed] == ["+12025550144", "+12025550143"]
        assert "+12025550143" in anywhere.run(*since).stdout
        unasked = anywhere.run(*since, "--remove")
        assert (unasked.exit_code, "--yes" in unasked.stderr) == (2, True)
        assert anywhere.json(*since, "--remove", "--dry-run")["removed"] == 2
        assert all(lead["is_live"] for lead in anywhere.json(*since)["leads"])
        assert anywhere.json(*since, "--remove", "--yes") == {
            "removed": 2,
            "unchanged": 0,
            "dry_run": False,
            "has_more": False,
        }
        assert not any(lead["is_live"] for lead in anywhere.json(*since)["leads"])
        assert "Removed    0" in anywhere.run(*since, "--remove").stdout

    def test_nothing_since_then_is_said(self, demo: Installation) -> None:
        made = add(demo)

        assert "Nothing came by it" in demo.run("token", "leads-since", made["id"], "--from", "2099-01-01").stderr
        assert demo.run("token", "leads-since", made["id"], "--from", LONG_AGO, "--dry-run").exit_code == 2
        assert demo.run("token", "leads-since", made["id"], "--from", "yesterday").exit_code == 2

    def test_opt_outs_are_lifted_once_it_is_meant(self, anywhere: Installation) -> None:
        made = add(anywhere)
        opted_out = anywhere.run(
            "submit", "--lead-token", "-", "+12025550143", "opt_out=true", standard_input=made["lead_token"]
        )
        undo = ("token", "undo-since", made["id"], "--from", LONG_AGO)

        assert opted_out.exit_code == 0
        assert anywhere.run(*undo).exit_code == 2
        assert anywhere.json(*undo, "--dry-run") == {"lifted": 1, "unchanged": 0, "dry_run": True}
        assert submit(anywhere, made["lead_token"]) == 1
        assert anywhere.json(*undo, "--yes") == {"lifted": 1, "unchanged": 0, "dry_run": False}
        assert submit(anywhere, made["lead_token"]) == 0


class TestApiKeys:
    def test_key_is_made_listed_and_revoked(self, anywhere: Installation) -> None:
        made = anywhere.json("api-key", "add", "--permission", "write", "--label", "The dialer")["api_key"]
        listed = anywhere.json("api-key", "list")["api_keys"]
        revoked = anywhere.json("api-key", "revoke", made["id"])["api_key"]

        assert made["private"].startswith("key_")
        assert listed[-1] == {name: value for name, value in made.items() if name != "private"}
        assert revoked["revoked_at"] is not None
        assert made["private"] not in anywhere.run("api-key", "list").output

    def test_private_half_is_said_to_be_shown_once(self, demo: Installation) -> None:
        result = demo.run("api-key", "add")

        assert "Private half  key_" in result.stdout
        assert "not shown again" in result.stderr

    def test_key_that_is_not_there_is_told_with_the_command_that_lists_them(self, demo: Installation) -> None:
        result = demo.run("api-key", "revoke", str(uuid4()))

        assert (result.exit_code, "leadintake api-key list" in result.stderr) == (1, True)
        assert demo.run("api-key", "revoke", "1").exit_code == 2


class TestSecretKey:
    def test_secret_key_is_replaced(self, demo: Installation) -> None:
        """The old key goes only when nothing needs it any more."""
        old = (demo.folder / "secret_key").read_text().strip()
        both = {"SECRET_KEY": NEW_KEY, "PREVIOUS_SECRET_KEYS": old}
        assert submit(demo, demo.token, **both) == 0

        done = demo.json("key", "rotate", **both)
        assert (done["renewed"], done["dependent_api_keys"], done["has_previous_keys"]) == (2, 1, True)
        assert "Replace those API keys" in demo.run("key", "rotate", **both).stderr
        assert done["dependent_erasures"] == 0
        for key in demo.json("api-key", "list", **both)["api_keys"]:
            demo.run("api-key", "revoke", key["id"], **both)
        assert "needed no more" in demo.run("key", "rotate", **both).stderr
        assert submit(demo, demo.token, SECRET_KEY=NEW_KEY) == 0

    def test_without_a_previous_key_there_is_nothing_to_renew(self, demo: Installation) -> None:
        result = demo.run("key", "rotate")

        assert result.exit_code == 0
        assert "LEADINTAKE_PREVIOUS_SECRET_KEYS is not set" in result.stderr

    def test_forgotten_previous_key_is_said_so(self, demo: Installation) -> None:
        result = demo.run("key", "rotate", SECRET_KEY=NEW_KEY)

        assert result.exit_code == 1
        assert "LEADINTAKE_SECRET_KEY" in result.stderr
        assert submit(demo, demo.token) == 0

    def test_weak_previous_key_is_refused(self, demo: Installation) -> None:
        result = demo.run("key", "rotate", PREVIOUS_SECRET_KEYS="short")

        assert (result.exit_code, "LEADINTAKE_PREVIOUS_SECRET_KEYS" in result.stderr) == (2, True)
