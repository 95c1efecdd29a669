"""Installations on SQLite files, and the command line over them."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
from contextlib import closing
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

from leadintake.entrypoints.cli import main

if TYPE_CHECKING:
    from pathlib import Path

    from click.testing import Result

SECRET_KEY = "the tests' own secret key, which opens nothing else"


@dataclass(frozen=True, slots=True, kw_only=True)
class Installation:
    """A data folder, and what `init` printed when it was made (empty for one that is not there yet)."""

    folder: Path
    founded: dict[str, Any]
    database_url: str | None = None

    @property
    def environ(self) -> dict[str, str]:
        here = {"LEADINTAKE_DATA_DIR": str(self.folder)}
        if self.database_url is None:
            return here
        return here | {"LEADINTAKE_DATABASE_URL": self.database_url, "LEADINTAKE_SECRET_KEY": SECRET_KEY}

    @property
    def token(self) -> str:
        return str(self.founded["schedule"]["lead_token"])

    def revoke_lead_tokens(self) -> None:
        """Leave every owner without a lead token; there is no command for it yet."""
        with closing(sqlite3.connect(self.folder / "leadintake.db")) as database, database:
            database.execute("UPDATE lead_tokens SET revoked_at = created_at")

    def restrict_lead_tokens(self, **rules: int) -> None:
        """Restrict every lead token; there is no command for it yet."""
        with closing(sqlite3.connect(self.folder / "leadintake.db")) as database, database:
            database.execute("UPDATE lead_tokens SET rules = ?", (json.dumps(rules),))

    def leased(self) -> int:
        """Return how many places of daily caps are leased out."""
        with closing(sqlite3.connect(self.folder / "leadintake.db")) as database:
            return int(database.execute("SELECT sum(leased) FROM quotas").fetchone()[0])

    def run(self, *arguments: str, standard_input: str | None = None, **env: str | None) -> Result:
        """Run the command line in this process; names in `env` lack their prefix."""
        environ = self.environ | {f"LEADINTAKE_{name}": text for name, text in env.items()}
        return CliRunner(env=environ).invoke(main, arguments, input=standard_input, prog_name="leadintake")

    def json(self, *arguments: str, **env: str | None) -> Any:  # noqa: ANN401 - whatever JSON has
        """Return what a command that succeeds prints for programs."""
        result = self.run(*arguments, "--output", "json", **env)
        assert result.exit_code == 0, result.output
        return json.loads(result.stdout)


@pytest.fixture(autouse=True)
def _no_settings_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep what somebody has exported in their shell out of the tests."""
    for name in [name for name in os.environ if name.startswith("LEADINTAKE_") and "_TEST_" not in name]:
        monkeypatch.delenv(name)


@pytest.fixture
def bare(tmp_path: Path) -> Installation:
    """Lend an installation of which nothing is there yet."""
    return Installation(folder=tmp_path / "data", founded={})


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """Found the demo company once: hashing its password takes a quarter of a second."""
    empty = Installation(folder=tmp_path_factory.mktemp("template") / "data", founded={})
    result = empty.run("init", "--demo", "--output", "json")
    assert result.exit_code == 0, result.output
    return Installation(folder=empty.folder, founded=json.loads(result.stdout))


@pytest.fixture
def demo(template: Installation, tmp_path: Path) -> Installation:
    """Lend an installation with the demo company."""
    return Installation(folder=shutil.copytree(template.folder, tmp_path / "data"), founded=template.founded)


@pytest.fixture
def demo_on_postgres(tmp_path: Path, postgres_url: str) -> Installation:
    """Lend an installation with the demo company on PostgreSQL."""
    bare = Installation(folder=tmp_path / "data", founded={}, database_url=postgres_url)
    return replace(bare, founded=bare.json("init", "--demo"))


@pytest.fixture(params=["demo", pytest.param("demo_on_postgres", marks=pytest.mark.xdist_group("postgres_cli"))])
def anywhere(request: pytest.FixtureRequest) -> Installation:
    """Lend an installation with the demo company, on SQLite and on PostgreSQL."""
    installation: Installation = request.getfixturevalue(request.param)
    return installation
