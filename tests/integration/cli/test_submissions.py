"""The ledger from a terminal: found, replayed, claimed, followed, and forgotten in time."""

from __future__ import annotations

import json
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from tests.integration.cli.test_processes import environ
from tests.support.builders import a_receipt, a_submission, new_id

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from leadintake.domain.submission import Submission

    from tests.integration.cli.conftest import Installation

ADA, BEN = "+12025550143", "+12025550144"
NOWHERE = "019a5d6e-0000-7000-8000-000000000001"


def refused(installation: Installation, *arguments: str) -> str:
    """Submit what is refused while the schedule is paused, and return the submission's id."""
    installation.run("schedule", "pause", "1")
    assert installation.run("submit", "--schedule", "1", *arguments).exit_code == 1
    installation.run("schedule", "resume", "1")
    return str(installation.json("submissions", "list", "--limit", "1")["submissions"][0]["id"])


def forget_time(installation: Installation) -> None:
    """Let everything have come a year ago."""
    with closing(sqlite3.connect(installation.folder / "leadintake.db")) as database, database:
        database.execute("UPDATE submissions SET received_at = received_at - 31536000000000")
        database.execute("UPDATE unclaimed_submissions SET received_at = received_at - 31536000000000")


class TestFilters:
    def test_every_filter_chooses(self, anywhere: Installation) -> None:
        anywhere.run("submit", "--schedule", "1", ADA)
        anywhere.run("submit", "--offer", "1", BEN)
        anywhere.run("submit", "--offer", "1", "12")
        by_offer, _, by_schedule = anywhere.json("submissions", "list")["submissions"]

        def outcomes(*options: str) -> list[str]:
            return [each["outcome"] for each in anywhere.json("submissions", "list", *options)["submissions"]]

        assert outcomes("--owner", "offer:1") == ["refused", "created"]
        assert outcomes("--outcome", "created") == ["created", "created"]
        assert outcomes("--refused") == outcomes("--code", "invalid_caller_id") == ["refused"]
        assert outcomes("--caller", "(202) 555-0143") == ["created"]
        assert outcomes("--lead", by_schedule["lead_id"]) == ["created"]
        assert outcomes("--token", by_offer["lead_token_id"]) == ["refused", "created"]
        assert outcomes("--api-key", NOWHERE) == []
        assert outcomes("--route", "leads") == ["refused", "created", "created"]
        assert outcomes("--since", "1h") == outcomes("--until", "2099-01-01") == ["refused", "created", "created"]
        assert outcomes("--since", "2099-01-01T00:00Z") == outcomes("--until", "1h ago") == []

    @pytest.mark.parametrize(
        ("options", "said"),
        [
            (["--owner", "1"], "give such as schedule:1"),
            (["--since", "soon"], "give ISO 8601"),
            (["--since", "99999999999w"], "give ISO 8601"),
            (["--outcome", "kittens"], "must be one of"),
            (["--outcome", "created", "--refused"], "not both"),
            (["--caller", "12"], "is not a valid phone number"),
        ],
        ids=" ".join,
    )
    def test_what_cannot_be_is_bad_usage(self, demo: Installation, options: list[str], said: str) -> None:
        result = demo.run("submissions", "list", *options)

        assert (result.exit_code, said in result.stderr) == (2, True), result.stderr


class TestReplay:
    def test_dry_run_says_what_would_pass_and_why_the_rest_would_not(self, anywhere: Installation) -> None:
        refused(anywhere, ADA)
        refused(anywhere, BEN)
        anywhere.run("caller-opt-out", BEN)

        dry = anywhere.run("submissions", "replay", "--code", "schedule_paused", "--since", "1h", "--dry-run")
        wet = anywhere.run("submissions", "replay", "--code", "schedule_paused", "--owner", "schedule:1")
        again = anywhere.json("submissions", "replay", "--code", "schedule_paused", "--dry-run")["metadata"]

        assert (dry.exit_code, wet.exit_code) == (0, 1)
        assert "1 would pass now, 1 still fail (1 caller_opted_out), 0 unchanged." in dry.stderr
        assert "1 passed, 1 still fail (1 caller_opted_out), 0 unchanged." in wet.stderr
        assert (again["taken"], again["refused"], again["unchanged"]) == (0, 1, 1)
        assert len(anywhere.json("leads", "list")["leads"]) == 1

    def test_edited_one_is_taken_and_shown_with_its_edits(self, anywhere: Installation) -> None:
        anywhere.run("submit", "--schedule", "1", "12", "interest=kittens", "junk=x")
        submission_id = anywhere.json("submissions", "list")["submissions"][0]["id"]

        edits = ("--set", f"caller_id={ADA}", "--set", "a=b=c", "--unset", "junk")
        [replayed] = anywhere.json("submissions", "replay", submission_id, *edits)["replays"]
        shown = anywhere.json("submissions", "show", submission_id)["submission"]
        [lead] = anywhere.json("leads", "list")["leads"]

        assert (replayed["outcome"], replayed["lead_id"]) == ("created", lead["id"])
        assert lead["tokens"] == {"interest": "kittens", "a": "b=c"}
        assert shown["outcome"] == "refused"
        assert [each["edits"] for each in shown["replays"]] == [{"junk": None, "caller_id": ADA, "a": "b=c"}]
        assert f"with a=b=c, caller_id={ADA}, -junk" in anywhere.run("submissions", "show", submission_id).stdout

    @pytest.mark.parametrize(
        ("arguments", "status", "said"),
        [
            ([], 2, "which submissions?"),
            ([NOWHERE, "--code", "x"], 2, "not both"),
            ([NOWHERE], 1, "`leadintake submissions list` shows"),
            ([NOWHERE, "--set", "caller_id"], 2, "write NAME=VALUE"),
            ([NOWHERE, "--set", "a=1", "--unset", "a"], 2, "given twice"),
            ([NOWHERE, "--set", "lead_token=lt_x"], 2, "none is ever kept"),
            (["--code", "nothing"], 0, "No refused submission matches"),
        ],
    )
    def test_what_cannot_be_is_told(self, demo: Installation, arguments: list[str], status: int, said: str) -> None:
        result = demo.run("submissions", "replay", *arguments)

        assert (result.exit_code, said in result.stderr) == (status, True), result.stderr


class TestUnclaimed:
    def test_sample_is_found_and_filed(self, anywhere: Installation) -> None:
        """Somebody has mistyped a lead token, and the leads must not be lost."""
        sample = sampled(anywhere)

        assert anywhere.json("submissions", "unclaimed", "list")["unclaimed"] == [sample]
        assert anywhere.json("submissions", "unclaimed", "show", sample["id"])["unclaimed"] == sample
        assert "unknown_lead_token" in anywhere.run("submissions", "unclaimed", "list").stdout
        assert ADA in anywhere.run("submissions", "unclaimed", "show", sample["id"]).stdout
        file = ("submissions", "unclaimed", "replay", sample["id"], "--owner", "schedule:1", "--company", "1")
        assert anywhere.run(*file, "--dry-run").stdout.split() == ["created"]
        assert anywhere.json("leads", "list")["leads"] == []
        filed = anywhere.json(*file)["replay"]
        assert [lead["id"] for lead in anywhere.json("leads", "list")["leads"]] == [filed["lead_id"]]
        assert anywhere.run(*file).stdout.split()[0] == "unchanged"
        assert "There is none" in anywhere.run("submissions", "unclaimed", "list").stderr

    @pytest.mark.parametrize(
        ("arguments", "status", "said"),
        [
            (["show", NOWHERE], 1, "`leadintake submissions unclaimed list` shows"),
            (["replay", NOWHERE, "--owner", "schedule:1"], 1, "`leadintake submissions unclaimed list` shows"),
            (["replay", NOWHERE, "--owner", "schedule:7"], 1, "has no schedule 7"),
            (["replay", NOWHERE], 2, "--owner"),
        ],
    )
    def test_what_is_not_there_is_told(self, demo: Installation, arguments: list[str], status: int, said: str) -> None:
        result = demo.run("submissions", "unclaimed", *arguments)

        assert (result.exit_code, said in result.stderr) == (status, True), result.stderr


def sampled(installation: Installation) -> dict[str, str]:
    """Post what names nobody, and return the sample."""
    from leadintake.bootstrap import build  # noqa: PLC0415 - not for the commands
    from leadintake.config import Settings  # noqa: PLC0415 - likewise
    from leadintake.entrypoints.api import create_app  # noqa: PLC0415 - likewise

    with closing(build(Settings.from_environment(installation.environ))) as services:
        client = create_app(services).test_client()
        client.post("/api/v1/leads", json={"caller_id": ADA}, headers={"X-Lead-Token": "lt_nobodys"})
    [sample] = installation.json("submissions", "unclaimed", "list")["unclaimed"]
    found: dict[str, str] = sample
    return found


def test_prune_counts_then_forgets(demo: Installation) -> None:
    demo.run("submit", "--schedule", "1", ADA)
    demo.run("submit", "--schedule", "1", "12")
    demo.run("submit", "--schedule", "1", BEN, "expires_in=soon")
    sampled(demo)
    forget_time(demo)

    told = demo.run("submissions", "prune", "--dry-run").stdout.split()
    pruned = demo.json("submissions", "prune")["pruned"]

    assert told == ["Accepted", "1", "Refused", "1", "Without", "caller", "1", "Unclaimed", "1"]
    assert pruned == {"accepted": 1, "refused": 1, "without_caller": 1, "unclaimed": 1}
    assert set(demo.json("submissions", "prune")["pruned"].values()) == {0}
    kept = demo.json("submissions", "list")["submissions"]
    assert [one["request"] for one in kept] == [{}, {}, {}]
    assert "no longer kept" in demo.run("submissions", "show", kept[0]["id"]).stdout


class TestTail:
    def test_it_shows_the_latest_and_what_comes_and_ends_with_ctrl_c(self, demo: Installation) -> None:
        demo.run("submit", "--schedule", "1", ADA, BEN)
        command = [sys.executable, "-m", "leadintake", "tail", "--output", "json", "--lines", "1", "--interval", "0.1"]
        with subprocess.Popen(
            command, env=environ(demo), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        ) as process:
            assert process.stdout is not None
            first = json.loads(process.stdout.readline())
            demo.run("submit", "--schedule", "1", "12")
            second = json.loads(process.stdout.readline())
            process.send_signal(signal.SIGINT)
            out, said = process.communicate(timeout=30)

        assert (first["outcome"], second["code"]) == ("created", "invalid_caller_id")
        assert (process.returncode, out, said) == (0, "", "")

    def test_late_ones_are_seen_and_none_twice(self) -> None:
        """Of two processes the one with the earlier identifier may commit later."""
        from leadintake.domain.company import CompanyId  # noqa: PLC0415 - likewise
        from leadintake.domain.use_cases.read_submissions import (  # noqa: PLC0415 - likewise
            ListedSubmissions,
            ListSubmissions,
        )
        from leadintake.entrypoints.cli.tail import Following  # noqa: PLC0415 - it imports the command line

        ledger: list[Submission] = []

        class Ledger:
            def list_submissions(self, _wanted: ListSubmissions) -> ListedSubmissions:
                return ListedSubmissions(sorted(ledger, key=_id, reverse=True), len(ledger), None)

            def follow_submissions(self, wanted: ListSubmissions, *, since: UUID | None) -> Sequence[Submission]:
                later = [each for each in sorted(ledger, key=_id) if since is None or each.receipt.id > since]
                return later[: wanted.per_page]

        first, late, third = (a_submission(receipt=a_receipt()) for _ in range(3))
        ledger += [first]
        wanted = ListSubmissions(company_id=CompanyId(1), per_page=2)
        following = Following(Ledger(), wanted)  # type: ignore[arg-type]  # all that it asks for

        assert following.begin(0) == []
        ledger += [third]
        assert following.new() == [third]
        ledger += [late]
        assert following.new() == [late]
        assert following.new() == []
        ledger += [a_submission(receipt=a_receipt(id=new_id())) for _ in range(5)]
        assert following.new() == ledger[3:]


def _id(submission: Submission) -> UUID:
    return submission.receipt.id
