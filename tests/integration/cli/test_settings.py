"""`leadintake settings`: what is set, and by what."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from leadintake.config import SETTINGS

if TYPE_CHECKING:
    from pathlib import Path

    from tests.integration.cli.conftest import Installation

KEY = "0123456789abcdefghijklmnopqrstuvwxyz"


def test_every_setting_is_listed(bare: Installation) -> None:
    table = bare.run("settings").stdout

    assert [setting["name"] for setting in bare.json("settings")["settings"]] == [one.name for one in SETTINGS]
    assert all(one.name in table for one in SETTINGS)


def test_each_says_where_it_comes_from(bare: Installation, tmp_path: Path) -> None:
    file = tmp_path / "port"
    file.write_text("9000\n")
    listed = {one["name"]: one for one in bare.json("settings", PORT_FILE=str(file), HOST="::1")["settings"]}

    assert (listed["LEADINTAKE_PORT"]["from"], listed["LEADINTAKE_PORT"]["value"]) == ("file", "9000")
    assert (listed["LEADINTAKE_HOST"]["from"], listed["LEADINTAKE_HOST"]["value"]) == ("environment", "::1")
    assert (listed["LEADINTAKE_RATE_LIMITS"]["from"], listed["LEADINTAKE_RATE_LIMITS"]["value"]) == ("default", "on")


def test_secrets_are_hidden(bare: Installation) -> None:
    """Such lists are pasted into tickets."""
    env = {"DATABASE_URL": "postgresql://leads:hush@127.0.0.1/leads", "SECRET_KEY": KEY}
    listed = {one["name"]: one["value"] for one in bare.json("settings", **env)["settings"]}
    table = bare.run("settings", **env).stdout

    assert listed["LEADINTAKE_DATABASE_URL"] is listed["LEADINTAKE_SECRET_KEY"] is None
    assert KEY not in table
    assert "hush" not in table


@pytest.mark.parametrize("command", [["settings"], ["init"], ["serve"], ["schedule", "list"]], ids=" ".join)
def test_impossible_settings_are_told_all_at_once(bare: Installation, command: list[str]) -> None:
    result = bare.run(*command, PORT="many", LOG_LEVEL="loud")

    assert (result.exit_code, result.stdout) == (2, "")
    assert "LEADINTAKE_PORT: " in result.stderr
    assert "LEADINTAKE_LOG_LEVEL: " in result.stderr
