"""``backup``, ``restore`` and ``caller-erase``: what they say, and what they refuse."""

from __future__ import annotations

import json
import os
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from leadintake.adapters.sql.postgresql_archive import program
from leadintake.bootstrap import ArchiveError

if TYPE_CHECKING:
    from pathlib import Path

    from tests.integration.cli.conftest import Installation

ADA = "+12025550143"


def test_backup_is_for_its_owner_s_eyes_and_says_what_is_not_in_it(demo: Installation, tmp_path: Path) -> None:
    """It holds people; and without the secret key it is of no use, which nobody must find out too late."""
    file = tmp_path / "leads.backup"

    made = demo.run("backup", str(file))

    assert made.exit_code == 0, made.output
    assert file.stat().st_mode & 0o777 == 0o600
    assert "LEADINTAKE_SECRET_KEY" in made.stderr
    assert "lead_tokens" in made.stdout


def test_backup_replaces_nothing_unless_told_to(demo: Installation, tmp_path: Path) -> None:
    file = tmp_path / "leads.backup"
    file.write_text("precious")

    refused = demo.run("backup", str(file))

    assert (refused.exit_code, "--force" in refused.stderr) == (1, True)
    assert file.read_text() == "precious"
    assert demo.json("backup", "--force", str(file))["rows"]["companies"] == 1
    assert [each.name for each in tmp_path.iterdir() if each.is_file()] == ["leads.backup"]


def test_backup_of_no_database_says_so(bare: Installation, tmp_path: Path) -> None:
    refused = bare.run("backup", str(tmp_path / "leads.backup"))

    assert (refused.exit_code, "no database" in refused.stderr) == (1, True)


@pytest.mark.parametrize("content", [b"", b"no database at all", b"SQLite format 3\0 and then nothing"], ids=range(3))
def test_file_that_is_no_backup_changes_nothing(demo: Installation, tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "other.backup"
    file.write_bytes(content)

    refused = demo.run("restore", "--force", str(file))

    assert refused.exit_code == 1, refused.output
    assert demo.run("leads", "list").exit_code == 0


def test_backup_of_a_newer_version_is_refused(demo: Installation, tmp_path: Path) -> None:
    """What that version added would be lost without a word."""
    file = tmp_path / "leads.backup"
    demo.json("backup", str(file))
    with closing(sqlite3.connect(file)) as database, database:
        database.execute("UPDATE alembic_version SET version_num = '9999'")

    refused = demo.run("restore", "--force", str(file))

    assert (refused.exit_code, "newer version" in refused.stderr) == (1, True)


def test_restored_database_is_the_one_that_was_backed_up(demo: Installation, tmp_path: Path) -> None:
    file = tmp_path / "leads.backup"
    demo.run("submit", "--schedule", "1", ADA)
    demo.json("backup", str(file))
    demo.run("submit", "--schedule", "1", "+12025550144")

    restored = demo.json("restore", "--force", str(file))

    assert restored["rows"]["leads"] == 1
    assert [lead["caller_id"] for lead in demo.json("leads", "list")["leads"]] == [ADA]
    assert sorted(each.name for each in demo.folder.iterdir()) == ["leadintake.db", "secret_key"]


def test_program_that_is_missing_or_too_old_is_named_with_its_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = tmp_path / "pg_dump"
    old.write_text("#!/bin/sh\necho 'pg_dump (PostgreSQL) 12.1'\n")
    old.chmod(0o700)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")

    with pytest.raises(ArchiveError, match="the server of 99: install the package postgresql-client-99"):
        program("pg_dump", 99)
    with pytest.raises(ArchiveError, match="is not installed: install the package postgresql-client-99"):
        program("pg_dump_of_nobody", 99)
    assert program("pg_dump", 12) == str(old)


def test_erasing_asks_first_and_needs_yes_where_nobody_answers(demo: Installation) -> None:
    demo.run("submit", "--schedule", "1", ADA)

    refused = demo.run("caller-erase", ADA)

    assert (refused.exit_code, "--yes" in refused.stderr) == (2, True)
    assert demo.run("caller-show", ADA).exit_code == 0


def test_dry_run_counts_and_keeps(demo: Installation) -> None:
    demo.run("submit", "--schedule", "1", ADA)

    counted = demo.json("caller-erase", "--dry-run", ADA)

    assert counted["erasures"][0]["removed"]["leads"] == 1
    assert counted["erasures"][0]["id"] is None
    assert demo.run("caller-show", ADA).exit_code == 0


def test_erased_caller_is_unknown_and_in_the_journal_by_digest_only(demo: Installation) -> None:
    demo.run("submit", "--schedule", "1", ADA, "interest=kittens")
    demo.run("caller-opt-out", ADA)

    erased = demo.json("caller-erase", "--yes", ADA)

    [line] = (demo.folder / "erasures.journal").read_text().splitlines()
    assert json.loads(line)["erasure_id"] == erased["erasures"][0]["id"]
    assert ADA[1:] not in line
    assert (demo.folder / "erasures.journal").stat().st_mode & 0o777 == 0o600
    assert demo.run("caller-show", ADA).exit_code == 1
    refused = demo.run("submit", "--schedule", "1", ADA)
    assert (refused.exit_code, "opted out" in refused.stderr) == (1, True)


def test_events_verify_after_an_erasure_sealed_or_not(demo: Installation) -> None:
    """Who audits must not take an erasure for a forgery, nor the other way round."""
    demo.run("submit", "--schedule", "1", ADA)
    demo.json("audit", "seal")
    demo.run("submit", "--schedule", "1", ADA, "interest=kittens")
    demo.json("caller-erase", "--yes", ADA)

    before = demo.run("doctor", "--audit")
    demo.json("audit", "seal")
    after = demo.run("doctor", "--audit")

    assert (before.exit_code, after.exit_code) == (0, 0), before.output + after.output
    assert "2 events in 2 segments (1 erased, 0 pruned)" in after.stdout


def test_number_that_is_none_is_told_of_and_the_others_are_erased(demo: Installation) -> None:
    demo.run("submit", "--schedule", "1", ADA)

    result = demo.run("caller-erase", "--yes", ADA, "12", "--output", "json")

    document = json.loads(result.stdout)
    assert result.exit_code == 2
    assert [failure["caller_id"] for failure in document["failures"]] == ["12"]
    assert document["erasures"][0]["removed"]["leads"] == 1


def test_half_a_line_of_the_journal_harms_neither_what_is_there_nor_what_comes(demo: Installation) -> None:
    """A machine may lose its power while it writes."""
    demo.run("submit", "--schedule", "1", ADA)
    journal = demo.folder / "erasures.journal"
    journal.write_text('{"company_id": 1, "dig')

    demo.json("caller-erase", "--yes", ADA)

    assert json.loads(journal.read_text().splitlines()[1])["company_id"] == 1


def test_nothing_is_erased_when_the_journal_cannot_be_written(demo: Installation) -> None:
    """Else a restore would bring back who was told that they are gone."""
    demo.run("submit", "--schedule", "1", ADA)
    (demo.folder / "erasures.journal").mkdir()

    refused = demo.run("caller-erase", "--yes", ADA)

    assert (refused.exit_code, "journal" in refused.stderr) == (1, True)
    assert demo.run("caller-show", ADA).exit_code == 0


def test_evidence_of_consent_is_shown_with_its_caller(demo: Installation) -> None:
    demo.run("submit", "--schedule", "1", ADA, "universal_leadid=7A2968D6", "tcpa_text=I agree")

    shown = demo.json("caller-show", ADA)

    assert shown["consents"][0]["disclosure"] == "I agree"
    assert "7A2968D6" in demo.run("caller-show", ADA).stdout
