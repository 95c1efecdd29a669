"""`leadintake doctor`: what is wrong, and how to mend it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.servers import free_port

if TYPE_CHECKING:
    from tests.integration.cli.conftest import Installation

KEY = "0123456789abcdefghijklmnopqrstuvwxyz"


def wrong(installation: Installation, **env: str) -> dict[str, dict[str, Any]]:
    """Return what the doctor finds wrong, by check."""
    result = installation.run("doctor", "--output", "json", **env)
    document = json.loads(result.stdout)
    found = {finding["check"]: finding for finding in document["findings"] if not finding["ok"]}
    assert (result.exit_code, document["is_fine"]) == ((1, False) if found else (0, True)), result.output
    assert all(finding["mend"] for finding in found.values())
    return found


def test_sound_installation_is_fine(demo: Installation) -> None:
    result = demo.run("doctor")

    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.endswith("\nAll is fine.\n")
    assert wrong(demo) == {}


def test_everything_is_looked_at(demo: Installation) -> None:
    checks = [finding["check"] for finding in demo.json("doctor")["findings"]]

    assert checks == [
        "settings",
        "data_folder",
        "secret_key",
        "rate_limits",
        "workers",
        "database_reachable",
        "schema_current",
        "commits_durable",
        "companies_apart",
        "companies",
        "lead_tokens_open",
        "clock",
        "rollups_exact",
    ]


def test_people_are_told_how_to_mend(demo: Installation) -> None:
    demo.folder.chmod(0o755)
    result = demo.run("doctor")

    assert result.exit_code == 1
    assert f"-> run: chmod 700 {demo.folder}" in result.stdout
    assert result.stdout.endswith("\nTo mend: 1.\n")


def test_open_data_folder_is_found(demo: Installation) -> None:
    demo.folder.chmod(0o750)

    assert list(wrong(demo)) == ["data_folder"]


def test_open_secret_key_is_found_once(demo: Installation) -> None:
    (demo.folder / "secret_key").chmod(0o644)

    assert list(wrong(demo)) == ["secret_key"]


def test_secret_key_of_a_container_engine_may_be_read_but_not_written_by_others(demo: Installation) -> None:
    key = demo.folder / "secret_key"
    key.chmod(0o444)
    assert wrong(demo, SECRET_KEY_FILE=str(key)) == {}

    key.chmod(0o666)
    assert list(wrong(demo, SECRET_KEY_FILE=str(key))) == ["secret_key"]


def test_other_secret_key_is_found(demo: Installation) -> None:
    assert list(wrong(demo, SECRET_KEY=KEY)) == ["lead_tokens_open"]


def test_lifted_rate_limits_are_found(demo: Installation) -> None:
    assert list(wrong(demo, RATE_LIMITS="off")) == ["rate_limits"]


def test_second_writer_on_sqlite_is_found_once(demo: Installation) -> None:
    assert list(wrong(demo, WORKERS="2")) == ["workers"]


def test_misspelt_setting_is_found(demo: Installation) -> None:
    found = wrong(demo, DATABSE_URL="sqlite:////nowhere")["settings"]

    assert "LEADINTAKE_DATABASE_URL" in found["detail"]


def test_lead_token_for_submit_is_no_misspelt_setting(demo: Installation) -> None:
    assert wrong(demo, LEAD_TOKEN=demo.token) == {}


def test_every_impossible_setting_is_found(demo: Installation) -> None:
    result = demo.run("doctor", PORT="many", WORKERS="0")

    assert result.exit_code == 1
    assert "LEADINTAKE_PORT" in result.stdout
    assert "LEADINTAKE_WORKERS" in result.stdout


def test_lost_secret_key_is_found(demo: Installation) -> None:
    (demo.folder / "secret_key").unlink()

    assert "put it back from a backup" in wrong(demo)["settings"]["detail"]


def test_missing_schema_is_found(bare: Installation) -> None:
    assert list(wrong(bare)) == ["schema_current"]


def test_missing_company_is_found(bare: Installation) -> None:
    bare.run("migrate")

    assert list(wrong(bare)) == ["companies"]


def test_database_that_does_not_answer_is_found(bare: Installation) -> None:
    url = f"postgresql://leads:secret@127.0.0.1:{free_port()}/leads"

    assert list(wrong(bare, DATABASE_URL=url, SECRET_KEY=KEY)) == ["database_reachable"]


def test_damaged_database_is_found(demo: Installation) -> None:
    """Somebody restored half a file: that is what a doctor is asked for."""
    for path in demo.folder.glob("leadintake.db*"):
        path.write_bytes(b"half a file" * 400)

    assert list(wrong(demo)) == ["database_intact"]


def test_folder_that_cannot_be_made_is_found(bare: Installation) -> None:
    bare.folder.write_text("a file is in the way")

    assert list(wrong(bare, SECRET_KEY=KEY)) == ["data_folder"]


def test_postgresql_is_looked_at(bare: Installation, postgres_url: str) -> None:
    env = {"DATABASE_URL": postgres_url, "SECRET_KEY": KEY}
    assert bare.run("init", "--demo", **env).exit_code == 0

    assert wrong(bare, **env) == {}


@pytest.mark.parametrize("output", ["table", "json"])
def test_no_secret_is_shown(demo: Installation, output: str) -> None:
    shown = demo.run("doctor", "--output", output).output + demo.run("settings", "--output", output).output

    assert (demo.folder / "secret_key").read_text().strip() not in shown
    assert demo.token not in shown
