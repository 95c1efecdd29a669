"""`leadintake caller-…`: the HTTP operations of the same names, on many callers, from a terminal."""

from __future__ import annotations

import json
import os
import pty
import sqlite3
import subprocess
import sys
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest

from leadintake.adapters.sql.store import SqlStore
from leadintake.adapters.system import utc_now
from leadintake.bootstrap import build
from leadintake.config import Settings
from leadintake.domain.phone import PhoneNumber
from leadintake.entrypoints.api import create_app
from leadintake.entrypoints.cli.caller_operations import BATCH_SIZE

from tests.docs.documents import SOURCE

if TYPE_CHECKING:
    from pathlib import Path

    from leadintake.domain.company import CompanyId

    from tests.integration.cli.conftest import Installation

ADA, BEN, EVE = "+12025550143", "+12025550144", "+12025550145"
LEADS, CONTACTS = "/api/v1/leads", "/api/v1/contacts"
NAMES = ("caller-opt-out", "caller-remove", "caller-move-to-end-of-schedule", "caller-block", "caller-unblock")


def over_http(demo: Installation, *paths: str, body: dict[str, Any] | None = None) -> list[dict[str, Any]]:
    """Post to these addresses with the company's API key, and return the answers."""
    with closing(build(Settings.from_environment(demo.environ))) as services:
        client = create_app(services).test_client()
        key = demo.founded["api_key"]["private"]
        answers = [client.post(path, json=body or {}, headers={"Authorization": f"Bearer {key}"}) for path in paths]
    return [answer.get_json() for answer in answers]


def submit(demo: Installation, *callers: str, owner: str = "--schedule") -> None:
    assert demo.run("submit", owner, "1", *callers).exit_code == 0


def stored(demo: Installation, caller: str) -> Any:  # noqa: ANN401 - whatever JSON has
    return demo.json("caller-show", caller)


def count(demo: Installation, table: str) -> int:
    with closing(sqlite3.connect(demo.folder / "leadintake.db")) as database:
        return int(database.execute(f"SELECT count(*) FROM {table}").fetchone()[0])  # noqa: S608 - our own name


def comparable(record: Any) -> Any:  # noqa: ANN401 - whatever JSON has
    """Return a caller's record without identifiers, times, and which way things came."""
    return {
        "contact": {name: bool(value) for name, value in record["contact"].items()},
        "leads": [(lead["status"], lead["schedule_id"], lead["offer_id"], lead["tokens"]) for lead in record["leads"]],
        "events": [
            (
                event["kind"],
                event["lead_version"],
                {name: value for name, value in event["details"].items() if name not in {"submission_id", "came_by"}},
            )
            for event in record["events"]
        ],
    }


def test_one_scenario_over_http_and_on_the_command_line_comes_to_the_same(demo: Installation) -> None:
    """Both go through one use case: whoever scripts one of them can trust what they know of the other."""
    steps = [
        ("caller-move-to-end-of-schedule", ("--schedule", "1")),
        ("caller-remove", ()),
        ("caller-remove", ()),
        ("caller-block", ()),
        ("caller-unblock", ()),
        ("caller-opt-out", ()),
        ("caller-opt-out", ()),
        ("caller-unblock", ()),
        ("caller-unblock", ("--lift-opt-out",)),
        ("caller-remove", ("--offer", "1")),
    ]
    bodies: dict[str, dict[str, Any]] = {
        "--schedule": {"schedule_id": 1},
        "--offer": {"offer_id": 1},
        "--lift-opt-out": {"lift_opt_out": True},
    }
    for caller in (ADA, BEN):
        submit(demo, caller, "interest=kittens")
        submit(demo, caller, owner="--offer")

    ours, theirs = [], []
    for name, options in steps:
        operation = name.replace("-", "_")
        result = demo.run(name, *options, ADA)
        ours.append(result.stdout.split()[0] if result.exit_code == 0 else "refused")
        prefix = CONTACTS if name.endswith("block") else LEADS
        [answer] = over_http(demo, f"{prefix}/{BEN}/{operation}", body=bodies.get(options[0] if options else ""))
        theirs.append(answer.get("outcome", "refused"))

    assert ours == theirs
    assert ours == [
        "moved_to_end_of_schedule",
        "removed",
        "unchanged",
        "blocked",
        "unblocked",
        "opted_out",
        "unchanged",
        "unchanged",
        "unblocked",
        "unchanged",
    ]
    mine, other = stored(demo, ADA), stored(demo, BEN)
    assert comparable(mine) == comparable(other)
    ways = [[event["details"].get("came_by") for event in record["events"]] for record in (mine, other)]
    assert [set(filter(None, way)) for way in ways] == [{"command_line"}, {"api_key"}]


def test_many_numbers_are_done_and_counted(demo: Installation, tmp_path: Path) -> None:
    """A stop list has thousands of numbers, some of them no numbers at all: each must be accounted for."""
    good = [f"+1202555{number:04}" for number in range(100, 100 + BATCH_SIZE + 20)]
    file = tmp_path / "stop.csv"
    file.write_text("\n".join(["Name;Phone Number", *(f"x;{caller}" for caller in good), "y;12", f"z;{good[0]}"]))

    result = demo.run("caller-opt-out", "--file", str(file), "--output", "json")
    again = demo.run("caller-opt-out", "--file", str(file), "--output", "json")

    first, second = json.loads(result.stdout), json.loads(again.stdout)
    assert (result.exit_code, again.exit_code) == (2, 2)
    assert (first["total"], first["done"], first["unchanged"], first["failed"]) == (len(good) + 2, len(good), 1, 1)
    assert first["failures"] == [
        {
            "caller_id": "12",
            "line": len(good) + 2,
            "code": "invalid_caller_id",
            "error": "caller_id is not a valid phone number",
        }
    ]
    assert (second["done"], second["unchanged"], second["failed"]) == (0, len(good) + 1, 1)
    assert over_http_list(demo)["metadata"]["total_count"] == len(good)
    assert count(demo, "submissions") == 2 * (len(good) + 2)


def over_http_list(demo: Installation) -> Any:  # noqa: ANN401 - whatever JSON has
    with closing(build(Settings.from_environment(demo.environ))) as services:
        key = demo.founded["api_key"]["private"]
        headers = {"Authorization": f"Bearer {key}"}
        return create_app(services).test_client().get(f"{CONTACTS}/suppression_list", headers=headers).get_json()


@pytest.mark.parametrize("name", NAMES)
def test_rehearsal_says_what_would_be_done_and_does_nothing(demo: Installation, name: str) -> None:
    submit(demo, ADA)
    if name == "caller-unblock":
        demo.run("caller-block", ADA)
    before = stored(demo, ADA), count(demo, "submissions"), count(demo, "contacts")

    result = demo.run(name, "--dry-run", ADA, BEN)

    assert "Would be done" in result.stdout
    assert (stored(demo, ADA), count(demo, "submissions"), count(demo, "contacts")) == before
    rehearsed, done = (demo.run(name, *options, ADA, BEN) for options in (["--dry-run"], []))
    assert rehearsed.stdout.replace("Would be done", "Done").split() == done.stdout.split()
    assert rehearsed.exit_code == done.exit_code


@pytest.mark.parametrize(
    ("content", "callers"),
    [
        (f"{ADA}\n\n  {BEN}  \n", [ADA, BEN]),
        (f"\ufeff{ADA}\r\n{BEN}\r\n", [ADA, BEN]),
        ("(202) 555-0143\n1-202-555-0144\n", [ADA, BEN]),
        (f'name,caller_id,note\nAda,{ADA},"a, b"\nBen,{BEN},\n', [ADA, BEN]),
        (f"Numbers to stop\n{ADA}\n", [ADA]),
        (f"{ADA},Ada\n{BEN},Ben\n", [ADA, BEN]),
        (f"id\tmobile\n1\t{ADA}\n2\t\n", [ADA]),
    ],
    ids=["text", "windows", "as written", "csv", "heading", "first column", "tabs"],
)
@pytest.mark.parametrize("source", ["file", "standard input"])
def test_numbers_are_read_as_people_keep_them(
    demo: Installation, tmp_path: Path, content: str, callers: list[str], source: str
) -> None:
    file = tmp_path / "numbers"
    file.write_bytes(content.encode())
    given, sent = (str(file), None) if source == "file" else ("-", content)

    result = demo.run("caller-block", "--file", given, standard_input=sent)

    assert (result.exit_code, result.stderr) == (0, "")
    assert [one["caller_id"] for one in over_http_list(demo)["contacts"]] == callers


def test_numbers_of_a_utf_16_spreadsheet_are_read(demo: Installation, tmp_path: Path) -> None:
    """Spreadsheets call that "Unicode text"."""
    file = tmp_path / "numbers.txt"
    file.write_bytes(f"Phone\tName\r\n{ADA}\tAda\r\n".encode("utf-16"))

    assert demo.run("caller-block", "--file", str(file)).exit_code == 0
    assert [one["caller_id"] for one in over_http_list(demo)["contacts"]] == [ADA]


def test_arguments_and_file_go_together(demo: Installation, tmp_path: Path) -> None:
    file = tmp_path / "numbers.txt"
    file.write_text(BEN)

    result = demo.run("caller-block", ADA, "--file", str(file))

    assert result.stdout.splitlines()[:2] == [f"blocked  {ADA}", f"blocked  {BEN}"]


@pytest.mark.parametrize("name", NAMES)
def test_usage_is_refused_with_2(demo: Installation, name: str, tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.write_text("\n \n")

    results = [
        demo.run(name),
        demo.run(name, "--file", str(tmp_path / "none")),
        demo.run(name, "--file", str(empty)),
        demo.run(name, "--company", "None", ADA),
        demo.run(name, "\udc80"),
    ]

    assert [result.exit_code for result in results] == [2] * len(results)
    assert all(result.stderr for result in results)


def test_owner_is_named_once_and_must_exist(demo: Installation) -> None:
    submit(demo, ADA)

    both = demo.run("caller-remove", "--schedule", "1", "--offer", "1", ADA)
    none = demo.run("caller-remove", "--schedule", "9", ADA)

    assert (both.exit_code, none.exit_code) == (2, 1)
    assert "schedule 9" in none.stderr
    assert stored(demo, ADA)["leads"][0]["is_live"] is True


def test_owner_keeps_the_others_leads_where_they_are(demo: Installation) -> None:
    submit(demo, ADA)
    submit(demo, ADA, owner="--offer")

    result = demo.json("caller-remove", "--offer", "1", ADA)

    assert (result["done"], result["leads"]) == (1, 1)
    assert {(lead["offer_id"], lead["status"]) for lead in stored(demo, ADA)["leads"]} == {
        (1, "removed"),
        (None, "scheduled"),
    }


def test_number_without_a_lead_ends_with_1(demo: Installation) -> None:
    result = demo.run("caller-remove", ADA)

    assert result.exit_code == 1
    assert result.stderr == f"Error: {ADA}: There is no lead of that caller here.\n"
    assert result.stdout.split() == ["Done", "0", "Unchanged", "0", "Failed", "1", "Leads", "0"]


def test_database_that_goes_away_is_told_with_how_far_it_came(demo: Installation) -> None:
    """What was committed stays, and the operator must know that doing it again is safe."""
    with closing(sqlite3.connect(demo.folder / "leadintake.db", isolation_level=None)) as writer:
        writer.execute("BEGIN IMMEDIATE")

        result = demo.run("caller-block", ADA, DATABASE_TIMEOUT_SECONDS="0.2")

    assert result.exit_code == 1
    assert "Do it again" in result.stderr
    assert "Done       0" in result.stdout


def test_caller_show_tells_all_there_is(demo: Installation) -> None:
    submit(demo, ADA, "sub_id=creative-A")
    demo.run("caller-block", ADA)

    shown = demo.run("caller-show", "(202) 555-0143")
    record = stored(demo, ADA)

    assert shown.exit_code == 0
    for text in (ADA, "America/New_York", "blocked", "creative-A", "lead.created", "contact.blocked", "command_line"):
        assert text in shown.stdout
    assert [event["kind"] for event in record["events"]] == ["lead.created", "lead.blocked", "contact.blocked"]


def test_caller_show_knows_suppression_lists(demo: Installation) -> None:
    """Somebody may be known from a list alone, and the operator wonders why they are refused."""
    with closing(build(Settings.from_environment(demo.environ))) as services:
        company = services.list_companies()[0].id
    suppress(demo, company, ADA)

    shown = demo.run("caller-show", ADA)

    assert shown.exit_code == 0
    assert "Complaints" in shown.stdout
    assert stored(demo, ADA)["contact"] is None


def suppress(demo: Installation, company: CompanyId, caller: str) -> None:
    """Put a caller on a list."""
    settings = Settings.from_environment(demo.environ)
    with closing(SqlStore(settings.database_url)) as store, store.unit_of_work(company) as uow:
        listed = uow.directory.add_suppression_list(name="Complaints")
        uow.suppression.add(listed.id, [PhoneNumber(caller)], at=utc_now())
        uow.commit()


def test_caller_nobody_knows_is_not_found(demo: Installation) -> None:
    unknown, faulty = demo.run("caller-show", ADA), demo.run("caller-show", "12")

    assert (unknown.exit_code, faulty.exit_code) == (1, 2)


@pytest.mark.parametrize("is_terminal", [True, False])
def test_progress_is_shown_on_a_terminal_only(demo: Installation, tmp_path: Path, is_terminal: bool) -> None:  # noqa: FBT001 - a case
    """A log file full of bars helps nobody."""
    file = tmp_path / "numbers.txt"
    file.write_text("\n".join(f"+1202555{number:04}" for number in range(100, 150)))
    ours, theirs = pty.openpty()

    done = subprocess.run(
        [sys.executable, "-m", "leadintake", "caller-block", "--file", str(file)],
        check=False,
        stdout=subprocess.PIPE,
        stderr=theirs if is_terminal else subprocess.PIPE,
        env=os.environ | demo.environ | {"PYTHONPATH": str(SOURCE.parent), "TERM": "xterm", "FORCE_COLOR": "1"},
    )

    os.close(theirs)
    shown = os.read(ours, 65_536).decode() if is_terminal else done.stderr.decode()
    os.close(ours)
    assert done.returncode == 0
    assert ("caller_block" in shown) is is_terminal
    assert done.stdout.decode().split() == ["Done", "50", "Unchanged", "0", "Failed", "0", "Leads", "0"]
