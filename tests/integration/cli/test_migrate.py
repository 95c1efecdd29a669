"""`leadintake migrate`: what it did, and what is still to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.support.servers import free_port

if TYPE_CHECKING:
    from tests.integration.cli.conftest import Installation

KEY = "0123456789abcdefghijklmnopqrstuvwxyz"


def test_check_changes_nothing(bare: Installation) -> None:
    assert bare.run("migrate", "--check").exit_code == 1
    result = bare.run("migrate", "--check")

    assert (result.exit_code, result.stderr) == (1, "")
    assert "run: leadintake migrate" in result.stdout


def test_migrating_says_what_it_did(bare: Installation) -> None:
    first, second = bare.run("migrate"), bare.run("migrate")

    assert (first.exit_code, second.exit_code) == (0, 0)
    assert first.stdout.startswith("Migrated: the schema is at ")
    assert second.stdout.startswith("Nothing to do: the schema is at ")
    assert bare.run("migrate", "--check").exit_code == 0


def test_programs_can_tell_what_was_done(bare: Installation) -> None:
    first, second = bare.json("migrate"), bare.json("migrate")

    assert (first["is_current"], first["migrated"]) == (True, True)
    assert (second["is_current"], second["migrated"]) == (True, False)


def test_postgresql_is_migrated(bare: Installation, postgres_url: str) -> None:
    env = {"DATABASE_URL": postgres_url, "SECRET_KEY": KEY}

    assert bare.run("migrate", "--check", **env).exit_code == 1
    assert bare.run("migrate", **env).exit_code == 0
    assert bare.run("migrate", "--check", **env).exit_code == 0


def test_database_that_does_not_answer_is_a_sentence(bare: Installation) -> None:
    url = f"postgresql://leads:secret@127.0.0.1:{free_port()}/leads"
    result = bare.run("migrate", DATABASE_URL=url, SECRET_KEY=KEY)

    assert result.exit_code == 1
    assert result.stderr.startswith("Error: the database does not answer; start the database")
    assert "secret@" not in result.output
