"""Everything that a company sets up, from a terminal: by the rules of the HTTP API, and with the same records."""

from __future__ import annotations

import json
import os
import pty
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from leadintake.bootstrap import build
from leadintake.config import Settings
from leadintake.domain.contact_field import FieldType
from leadintake.domain.owner import ActionKind
from leadintake.entrypoints.api import create_app
from leadintake.entrypoints.schemas.company.suppression_lists import MOST_CALLERS

from tests.docs.documents import SOURCE

if TYPE_CHECKING:
    from pathlib import Path

    from tests.integration.cli.conftest import Installation

ADA, BEN, EVE = "+12025550143", "+12025550144", "+442079460018"
PAUSABLE = pytest.mark.parametrize(("noun", "number"), [("schedule", "1"), ("offer", "1"), ("source", "1000")])


def over_http(demo: Installation, *requests: tuple[str, str, Any]) -> list[Any]:
    """Ask for these (method, path, body) with the company's API key, and return the answers."""
    with closing(build(Settings.from_environment(demo.environ))) as services:
        client = create_app(services).test_client()
        headers = {"Authorization": f"Bearer {demo.founded['api_key']['private']}"}
        answers = [
            client.open(f"/api/v1/{path}", method=method, json=body, headers=headers) for method, path, body in requests
        ]
    assert all(answer.status_code in {200, 201} for answer in answers), [answer.get_json() for answer in answers]
    return [answer.get_json() for answer in answers]


def without(names: set[str], thing: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in thing.items() if name not in names}


def set_up_over_http(demo: Installation) -> None:
    """Set up what `set_up_here` does."""
    rules = {
        "require_traffic_source": True,
        "lead_duplicate_timeframe": 30 * 86_400,
        "lead_duplicate_scope": "company",
        "reject_same_source": True,
        "phone_lengths": [7, 11],
        "max_leads_per_ip_per_day": 5,
        "enforce_contact_fields": True,
        "phone_fields": ["mobile", "landline"],
    }
    call, wait = {"name": "Call at once", "kind": "call"}, {"name": "Wait", "kind": "wait"}
    over_http(
        demo,
        ("POST", "offers", {"name": "Roofs"} | rules),
        ("PATCH", "offers/2", {"name": "Solar roofs", "max_leads_per_ip_per_day": None, "phone_fields": []}),
        ("POST", "schedules", {"name": "Call", "offer_id": 2, "actions": [call, wait], "end_actions": [wait]} | rules),
        ("PATCH", "schedules/2", {"offer_id": 1, "phone_lengths": [10, 10], "end_actions": [], "actions": [wait]}),
        ("POST", "traffic_sources", {"name": "Banners", "paused": True}),
        ("PATCH", "traffic_sources/1001", {"name": "Kitten banners", "paused": False}),
        ("POST", "offers/2/contact_fields", {"key": "zip", "required": True, "pattern": "us_zip", "title": "ZIP"}),
        (
            "POST",
            "offers/2/contact_fields",
            {"key": "age", "type": "integer", "minimum": 18, "maximum": 99.5, "choices": ["18", "none"], "position": 3},
        ),
        ("PATCH", "offers/2/contact_fields/age", {"maximum": None, "required": True, "choices": []}),
        ("POST", "offers/2/contact_fields", {"key": "gone"}),
        ("DELETE", "offers/2/contact_fields/gone", None),
        ("POST", "suppression_lists", {"name": "Complaints", "offer_id": 2}),
        ("PATCH", "suppression_lists/1", {"name": "Old complaints"}),
        ("POST", "suppression_lists/1/callers", {"callers": [ADA, "(202) 555-0144"]}),
        ("POST", "suppression_lists/1/callers/remove", {"callers": [ADA]}),
        ("POST", "suppression_lists", {"name": "Gone"}),
        ("DELETE", "suppression_lists/2", None),
    )


def set_up_here(demo: Installation) -> None:
    """Set up what `set_up_over_http` does."""
    rules = [
        *("--require-traffic-source", "--reject-same-source", "--enforce-contact-fields", "--phone-length", "7-11"),
        *("--duplicate-timeframe", "30d", "--duplicate-scope", "company", "--per-ip-limit", "5"),
        *("--phone-field", "mobile", "--phone-field", "landline"),
    ]
    for command in (
        ["offer", "create", "Roofs", *rules],
        ["offer", "update", "2", "--name", "Solar roofs", "--no-per-ip-limit", "--no-phone-field"],
        [
            *("schedule", "create", "Call", "--offer", "2", "--action", "call: Call at once", "--action", "wait"),
            *("--end-action", "WAIT:Wait", *rules),
        ],
        ["schedule", "update", "2", "--offer", "1", "--phone-length", "10", "--no-end-action", "--action", "wait"],
        ["source", "create", "Banners", "--paused"],
        ["source", "update", "1001", "--name", "Kitten banners"],
        ["source", "resume", "1001"],
        ["contact-field", "add", "zip", "--offer", "2", "--required", "--pattern", "us_zip", "--title", "ZIP"],
        [
            *("contact-field", "add", "age", "--offer", "2", "--type", "integer", "--minimum", "18"),
            *("--maximum", "99.5", "--choice", "18", "--choice", "none", "--position", "3"),
        ],
        ["contact-field", "update", "age", "--offer", "2", "--no-maximum", "--required", "--no-choice"],
        ["contact-field", "add", "gone", "--offer", "2"],
        ["contact-field", "remove", "gone", "--offer", "2"],
        ["suppression-list", "create", "Complaints", "--offer", "2"],
        ["suppression-list", "update", "1", "--name", "Old complaints", "--no-offer"],
        ["suppression-list", "update", "1", "--offer", "2"],
        ["suppression-list", "add", "1", ADA, "(202) 555-0144"],
        ["suppression-list", "release", "1", ADA],
        ["suppression-list", "create", "Gone"],
        ["suppression-list", "remove", "2"],
    ):
        result = demo.run(*command)
        assert result.exit_code == 0, (command, result.output)


def records(demo: Installation) -> list[Any]:
    """Return all that a company has set up, by HTTP, without its times."""
    lists = (
        ("offers", "offers"),
        ("schedules", "schedules"),
        ("traffic_sources", "traffic_sources"),
        ("offers/2/contact_fields", "contact_fields"),
        ("suppression_lists", "suppression_lists"),
        ("suppression_lists/1/callers", "callers"),
    )
    answers = over_http(demo, *(("GET", path, None) for path, _ in lists))
    return [
        [without({"added_at"}, thing) for thing in answer[root]]
        for answer, (_, root) in zip(answers, lists, strict=True)
    ]


def test_set_up_over_http_and_on_the_command_line_come_to_the_same(anywhere: Installation) -> None:
    """Both go through one use case and one schema: whoever scripts one can trust what they know of the other."""
    set_up_here(anywhere)
    ours = records(anywhere)
    shown = [
        anywhere.json("offer", "list")["offers"],
        anywhere.json("schedule", "list")["schedules"],
        anywhere.json("source", "list")["traffic_sources"],
        anywhere.json("contact-field", "list", "--offer", "2")["contact_fields"],
        anywhere.json("suppression-list", "list")["suppression_lists"],
        [without({"added_at"}, each) for each in anywhere.json("suppression-list", "show", "1")["callers"]],
    ]
    one_by_one = [
        without({"schedule_ids"}, anywhere.json("offer", "show", "2")["offer"]),
        anywhere.json("schedule", "show", "2")["schedule"],
        anywhere.json("source", "show", "1001")["traffic_source"],
    ]

    other = replace(anywhere, founded=anywhere.json("init", "--demo", "--company", "Second company"))
    set_up_over_http(other)
    theirs = records(other)

    assert ours == theirs
    assert shown == theirs
    assert one_by_one == [theirs[0][1], theirs[1][1], theirs[2][1]]


@pytest.mark.parametrize("noun", ["schedule", "offer"])
def test_what_is_made_takes_leads_at_once(demo: Installation, noun: str) -> None:
    """A schedule that nobody can send leads to would be found out by the first sender."""
    made = demo.run(noun, "create", "Wind")
    [token] = demo.json("token", "show", f"--{noun}", "2", "--reveal")["lead_tokens"]

    assert made.stderr == f"Its lead token: leadintake token show --{noun} 2 --reveal\n"
    assert f"{noun} 2" in demo.run("submit", ADA, "--lead-token", token["lead_token"]).stdout


@PAUSABLE
def test_what_is_paused_takes_no_leads_until_it_is_resumed(demo: Installation, noun: str, number: str) -> None:
    lead = ["--offer" if noun == "offer" else "--schedule", "1", ADA, "traffic_source_id=1000"]

    assert "paused since" in demo.run(noun, "pause", number).stdout
    assert "paused" in demo.run("submit", *lead).stderr
    assert "Takes leads     yes" in demo.run(noun, "resume", number).stdout.replace("leads  y", "leads     y")
    assert demo.run("submit", *lead).exit_code == 0


def test_company_is_changed_and_found_by_its_new_name(demo: Installation) -> None:
    """And says what is wrong by the option."""
    changed = demo.json("company", "update", "--name", "Solar, Ltd.", "--region", "gb", "--time-zone", "Europe/London")

    assert changed["company"] | {"name": "Solar, Ltd.", "region": "GB"} == changed["company"]
    shown = demo.run("company", "show", "--company", "Solar, Ltd.").stdout
    assert ("Europe/London" in shown, "GB" in shown, "USD" in shown) == (True, True, True)
    assert "+442079460018" in demo.run("submit", "020 7946 0018", "--schedule", "1").stdout
    refused = demo.run("company", "update", "--region", "XX")
    assert (refused.exit_code, "--region must be the two letters" in refused.stderr) == (2, True), refused.stderr
    assert demo.run("company", "update").exit_code == 2


def test_name_that_another_company_has_is_refused(demo: Installation) -> None:
    demo.json("init", "--demo", "--company", "Second company")

    refused = demo.run("company", "update", "--company", "Second company", "--name", "Demo company")

    assert (refused.exit_code, "is already taken" in refused.stderr) == (1, True), refused.stderr


def test_schedule_is_shown_with_its_rules(demo: Installation) -> None:
    set_up_here(demo)
    shown = demo.run("schedule", "show", "2").stdout

    for line in (
        "Traffic source  required",
        "Duplicates      refused within 30 days of a lead in any schedule or offer",
        "Same source     refused when it has sent the caller to any schedule or offer before",
        "Phone digits    10",
        "Per address     5 a day",
        "Contact fields  enforced",
        "Phone fields    mobile, landline",
        "Action 1        Wait (wait)",
    ):
        assert line in shown.splitlines()


def test_schedule_list_can_be_of_one_offer(demo: Installation) -> None:
    set_up_here(demo)

    assert [one["id"] for one in demo.json("schedule", "list", "--offer", "1")["schedules"]] == [2]
    assert "Offer 2 has no schedule." in demo.run("schedule", "list", "--offer", "2").stderr


@pytest.mark.parametrize(
    ("text", "seconds"), [("0", 0), ("3600", 3_600), ("90m", 5_400), ("12H", 43_200), ("2w", 1_209_600)]
)
def test_span_of_time_is_written_as_people_do(demo: Installation, text: str, seconds: int) -> None:
    changed = demo.json("offer", "update", "1", "--duplicate-timeframe", text)["offer"]

    assert changed["lead_duplicate_timeframe"] == seconds


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (["schedule", "update", "1"], "nothing to change"),
        (["schedule", "update", "1", "--offer", "1", "--no-offer"], "--offer or --no-offer, not both"),
        (["schedule", "update", "1", "--offer", "9"], "--offer is no offer of this company; `leadintake offer list`"),
        (["schedule", "update", "1", "--action", "dance"], "--action 1 kind must be one of wait,"),
        (["schedule", "update", "1", "--duplicate-timeframe", "soon"], "'soon' is no span of time"),
        (["schedule", "update", "1", "--duplicate-timeframe", "900w"], "--duplicate-timeframe must be from 0 to"),
        (["schedule", "update", "1", "--phone-length", "ten"], "'ten' is no number of digits"),
        (["schedule", "update", "1", "--phone-length", "11-7"], "--phone-length must be the fewest digits"),
        (["schedule", "update", "1", "--per-ip-limit", "0"], "--per-ip-limit must be from 1 to"),
        (["schedule", "update", "1", "--phone-field", "Mobile!"], "--phone-field 1 must be a lead token's name"),
        (["schedule", "show", "0"], "'0' is no ID"),
        (["schedule", "show", "99999999999"], "is no ID"),
        (["offer", "create", " "], "NAME must have 1 to 100 characters"),
        (["source", "create", "a\nb"], "NAME must not hold control characters"),
        (["contact-field", "add", "age", "--offer", "1", "--type", "years"], "--type must be one of text,"),
        (["contact-field", "add", "age", "--offer", "1", "--minimum", "few"], "'few' is no number"),
        (["contact-field", "add", "age", "--offer", "1", "--minimum", "inf"], "'inf' is no number"),
        (["contact-field", "add", "age", "--offer", "1", "--minimum", "5", "--maximum", "1"], "--maximum must not be"),
        (["contact-field", "add", "age", "--offer", "1", "--type", "list"], "--choice are required for a list"),
        (["contact-field", "list"], "--offer"),
        (["suppression-list", "create", "x", "--offer", "9"], "`leadintake offer list` shows"),
        (["suppression-list", "show", "1", "--per-page", "251"], "--per-page must be a whole number from 1 to 250"),
        (["suppression-list", "add", "1"], "whose number?"),
    ],
    ids=lambda case: " ".join(case) if isinstance(case, list) else "",
)
def test_bad_usage_is_told_of_the_option_at_fault(demo: Installation, command: list[str], said: str) -> None:
    result = demo.run(*command)

    assert (result.exit_code, result.stdout) == (2, ""), result.output
    assert said in result.stderr


@pytest.mark.parametrize(
    "command",
    [
        *([noun, verb, "77"] for noun in ("schedule", "offer", "source") for verb in ("show", "pause", "resume")),
        *([noun, "update", "77", "--name", "x"] for noun in ("schedule", "offer", "source")),
        ["contact-field", "list", "--offer", "77"],
        ["contact-field", "add", "zip", "--offer", "77"],
        ["contact-field", "update", "zip", "--offer", "1", "--required"],
        ["contact-field", "remove", "zip", "--offer", "77"],
        ["suppression-list", "show", "77"],
        ["suppression-list", "update", "77", "--name", "x"],
        ["suppression-list", "remove", "77"],
        ["suppression-list", "add", "77", ADA],
        ["suppression-list", "release", "77", ADA],
    ],
    ids=" ".join,
)
def test_what_is_not_there_is_said_with_the_command_that_lists_what_is(demo: Installation, command: list[str]) -> None:
    result = demo.run(*command)

    assert (result.exit_code, result.stdout) == (1, ""), result.output
    assert f"`leadintake {command[0]} list" in result.stderr or "`leadintake offer list`" in result.stderr


@pytest.mark.parametrize("noun", ["schedule", "offer", "source", "suppression-list"])
def test_name_that_is_taken_is_refused(demo: Installation, noun: str) -> None:
    assert demo.run(noun, "create", "Wind").exit_code == 0
    again = demo.run(noun, "create", "WIND")

    assert (again.exit_code, again.stdout) == (1, "")
    assert "NAME is already taken" in again.stderr


@pytest.mark.parametrize("noun", ["schedule", "offer", "source", "suppression-list"])
def test_empty_list_says_what_to_do_next(demo: Installation, noun: str) -> None:
    company = ["--company", str(demo.json("init", "--company", "Solar Savings")["company"]["id"])]
    result = demo.run(noun, "list", *company)

    assert (result.exit_code, result.stdout) == (0, "")
    assert f"leadintake {noun} create " in result.stderr
    assert demo.json(noun, "list", *company)["metadata"]["total_count"] == 0


def test_offer_without_contact_fields_says_what_to_do_next(demo: Installation) -> None:
    assert "leadintake contact-field add " in demo.run("contact-field", "list", "--offer", "1").stderr


def test_contact_fields_are_listed_in_the_order_in_which_they_are_shown(demo: Installation) -> None:
    set_up_here(demo)
    listed = demo.run("contact-field", "list", "--offer", "2").stdout.splitlines()

    assert [line.split() for line in listed[1:]] == [
        ["zip", "ZIP", "text", "yes", "us_zip"],
        ["age", "age", "integer", "yes", "at", "least", "18"],
    ]


def test_contact_field_is_shown_with_its_rules(demo: Installation) -> None:
    rules = ["--choice", "kittens", "--choice", "puppies", "--maximum", "7"]
    shown = demo.run("contact-field", "add", "interest", "--offer", "1", *rules).stdout

    assert "Rules     one of kittens, puppies; at most 7" in shown.splitlines()


def test_what_is_removed_is_shown_to_programs_once_more(demo: Installation) -> None:
    made = [
        demo.json("contact-field", "add", "zip", "--offer", "1"),
        demo.json("suppression-list", "create", "Complaints"),
    ]
    removed = [
        demo.json("contact-field", "remove", "zip", "--offer", "1"),
        demo.json("suppression-list", "remove", "1"),
    ]

    assert removed == made


def test_traffic_sources_are_listed(demo: Installation) -> None:
    assert demo.run("source", "list").stdout.splitlines()[1].split() == ["1000", "Demo", "source", "yes"]


def test_help_names_every_kind_there_is(demo: Installation) -> None:
    """The words stand in the help as text: importing them would make every command slower."""
    of_fields, of_schedules = (
        demo.run(*noun, "--help").stdout for noun in (("contact-field", "add"), ("schedule", "create"))
    )

    assert all(kind.value in of_fields for kind in FieldType)
    assert all(kind.value in of_schedules for kind in ActionKind)


class TestSuppressionLists:
    def test_callers_on_it_are_refused_until_they_are_released(self, anywhere: Installation) -> None:
        anywhere.run("suppression-list", "create", "Complaints")
        anywhere.run("suppression-list", "add", "1", "(202) 555-0143")

        assert "suppression list" in anywhere.run("submit", "--schedule", "1", ADA).stderr
        anywhere.run("suppression-list", "release", "1", ADA)
        assert anywhere.run("submit", "--schedule", "1", ADA).exit_code == 0

    def test_many_numbers_are_taken_in_batches_and_counted(self, demo: Installation, tmp_path: Path) -> None:
        """A list that is bought has thousands of numbers, some of them no numbers: each must be accounted for."""
        demo.run("suppression-list", "create", "Litigators")
        good = [f"+1202555{number:04}" for number in range(100, 100 + MOST_CALLERS + 20)]
        file = tmp_path / "bought.csv"
        file.write_text("\n".join(["Name;Phone", *(f"x;{caller}" for caller in good), "y;12", f"z;{good[0]}"]))

        first = demo.run("suppression-list", "add", "1", good[1], "--file", str(file), "--output", "json")
        again = demo.run("suppression-list", "add", "1", "--file", str(file))
        off = demo.run("suppression-list", "release", "1", "--file", "-", standard_input="\n".join([*good[:5], EVE]))

        assert (first.exit_code, again.exit_code, off.exit_code) == (2, 2, 0)
        counted = json.loads(first.stdout)
        failures = counted.pop("failures")
        assert counted == {
            "total": len(good) + 3,
            "added": len(good),
            "unchanged": 2,
            "failed": 1,
            "entries": len(good),
        }
        assert [(each["caller_id"], each["line"], each["code"]) for each in failures] == [
            ("12", len(good) + 2, "invalid_caller_id")
        ]
        assert again.stdout.split() == [
            *("Added", "0", "Unchanged", str(len(good) + 1), "Failed", "1", "On", "the", "list", str(len(good)))
        ]
        assert f"line {len(good) + 2}: 12: " in again.stderr
        assert off.stdout.split()[:4] == ["Released", "5", "Unchanged", "1"]
        assert demo.json("suppression-list", "show", "1")["metadata"]["total_count"] == len(good) - 5

    def test_it_is_shown_page_by_page(self, demo: Installation) -> None:
        demo.run("suppression-list", "create", "Complaints")
        demo.run("suppression-list", "add", "1", BEN, ADA)
        shown = demo.run("suppression-list", "show", "1", "--per-page", "1")
        second = demo.run("suppression-list", "show", "1", "--per-page", "1", "--page", "2")

        assert (ADA in shown.stdout, BEN in shown.stdout) == (True, False)
        assert "1 of 2 shown; --page 2 " in shown.stderr
        assert (BEN in second.stdout, second.stderr) == (True, "")
        beyond = demo.run("suppression-list", "show", "1", "--page", "2")
        assert beyond.stdout.split() == [
            "ID",
            "1",
            "Name",
            "Complaints",
            "Holds",
            "for",
            "the",
            "company",
            "Callers",
            "2",
        ]

    def test_empty_one_says_how_to_fill_it(self, demo: Installation) -> None:
        demo.run("suppression-list", "create", "Complaints")

        assert "leadintake suppression-list add 1 " in demo.run("suppression-list", "show", "1").stderr
        assert demo.run("suppression-list", "list").stdout.split()[-5:] == ["1", "Complaints", "the", "company", "0"]

    def test_one_with_callers_goes_only_when_that_is_meant(self, demo: Installation) -> None:
        """Whoever forgets it lets all of them be contacted again."""
        demo.run("suppression-list", "create", "Complaints")
        demo.run("suppression-list", "add", "1", ADA)

        refused = demo.run("suppression-list", "remove", "1")
        assert (refused.exit_code, refused.stdout) == (2, "")
        assert "1 caller could be contacted again; say --yes" in refused.stderr
        assert demo.run("suppression-list", "remove", "1", "--yes").stdout == "removed  1  Complaints\n"

    @pytest.mark.parametrize("answer", ["y", "n"])
    def test_somebody_at_a_terminal_is_asked(self, demo: Installation, answer: str) -> None:
        demo.run("suppression-list", "create", "Complaints")
        demo.run("suppression-list", "add", "1", ADA)
        ours, theirs = pty.openpty()
        os.write(ours, f"{answer}\n".encode())

        done = subprocess.run(
            [sys.executable, "-m", "leadintake", "suppression-list", "remove", "1"],
            check=False,
            stdin=theirs,
            capture_output=True,
            env=os.environ | demo.environ | {"PYTHONPATH": str(SOURCE.parent)},
        )

        os.close(theirs)
        os.close(ours)
        assert (done.returncode == 0, done.stdout.startswith(b"removed")) == (answer == "y", answer == "y")

    @pytest.mark.parametrize("is_terminal", [True, False])
    def test_progress_is_shown_on_a_terminal_only(self, demo: Installation, tmp_path: Path, is_terminal: bool) -> None:  # noqa: FBT001 - a case
        """A log file full of bars helps nobody."""
        demo.run("suppression-list", "create", "Complaints")
        file = tmp_path / "numbers.txt"
        file.write_text("\n".join(f"+1202555{number:04}" for number in range(100, 150)))
        ours, theirs = pty.openpty()

        done = subprocess.run(
            [sys.executable, "-m", "leadintake", "suppression-list", "add", "1", "--file", str(file)],
            check=False,
            stdout=subprocess.PIPE,
            stderr=theirs if is_terminal else subprocess.PIPE,
            env=os.environ | demo.environ | {"PYTHONPATH": str(SOURCE.parent), "TERM": "xterm", "FORCE_COLOR": "1"},
        )

        os.close(theirs)
        shown = os.read(ours, 65_536).decode() if is_terminal else done.stderr.decode()
        os.close(ours)
        assert done.returncode == 0
        assert ("added" in shown) is is_terminal
        assert done.stdout.decode().split()[:2] == ["Added", "50"]

    def test_database_that_goes_away_is_told_with_how_far_it_came(self, demo: Installation) -> None:
        """What was committed stays, and the operator must know that doing it again is safe."""
        demo.run("suppression-list", "create", "Complaints")
        with closing(sqlite3.connect(demo.folder / "leadintake.db", isolation_level=None)) as writer:
            writer.execute("BEGIN IMMEDIATE")

            result = demo.run("suppression-list", "add", "1", ADA, DATABASE_TIMEOUT_SECONDS="0.2")

        assert result.exit_code == 1
        assert "Do it again" in result.stderr
        assert "Added        0" in result.stdout
