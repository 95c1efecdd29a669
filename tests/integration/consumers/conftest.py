"""How the publisher tests their library: against a leadintake in memory, and against two that were installed.

Only what is public is used: the fixtures of the pytest plugin, the command line, and the HTTP API. ``-k in_memory``
runs the tests in memory alone, as the publisher does at every change; ``-k sqlite`` and ``-k postgres`` the others.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.request import Request, urlopen

import pytest

from tests.integration.consumers.kitten_ads import KittenAds

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

SECRET_KEY = "the publisher's staging system, which nobody else knows"
PATIENCE_SECONDS = 60


@dataclass(frozen=True, kw_only=True)
class Platform:
    """A leadintake that leads are sent to: its address, and the credentials of the campaign."""

    url: str
    lead_token: str
    private_key: str

    def leads(self) -> list[dict[str, Any]]:
        """Return the leads that it has, newest first."""
        return self._list("leads")

    def submissions(self) -> list[dict[str, Any]]:
        """Return the requests that it has had, newest first."""
        return self._list("submissions")

    def _list(self, what: str) -> list[dict[str, Any]]:
        request = Request(f"{self.url}/api/v1/{what}", headers={"Authorization": f"Bearer {self.private_key}"})  # noqa: S310  our own
        with urlopen(request) as answer:  # noqa: S310  likewise
            listed: list[dict[str, Any]] = json.load(answer)[what]
            return listed


@pytest.fixture
def in_memory(request: pytest.FixtureRequest) -> Platform:
    """Lend a leadintake that was not there before this test, and will not be afterwards."""
    # Asked for here: a suite against installations only would do without.
    served = request.getfixturevalue("leadintake_server")
    return Platform(url=served.url, lead_token=served.lead_token, private_key=served.api_key.private)


@pytest.fixture
def sqlite(tmp_path: Path) -> Iterator[Platform]:
    """Lend an installation with its embedded database."""
    with installed({"LEADINTAKE_DATA_DIR": str(tmp_path / "data")}) as platform:
        yield platform


@pytest.fixture
def postgres(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Platform]:
    """Lend an installation on PostgreSQL."""
    settings = {
        "LEADINTAKE_DATA_DIR": str(tmp_path / "data"),
        "LEADINTAKE_DATABASE_URL": request.getfixturevalue("postgres_url"),
        "LEADINTAKE_SECRET_KEY": SECRET_KEY,
    }
    with installed(settings) as platform:
        yield platform


@pytest.fixture(
    params=["in_memory", "sqlite", pytest.param("postgres", marks=pytest.mark.xdist_group("postgres_consumers"))]
)
def platform(request: pytest.FixtureRequest) -> Platform:
    """Lend the platform that leads are sent to, each kind in its turn."""
    platform: Platform = request.getfixturevalue(request.param)
    return platform


@pytest.fixture
def ads(platform: Platform) -> KittenAds:
    """Lend the library that is tested."""
    return KittenAds(url=platform.url, lead_token=platform.lead_token, source=1000)


@contextmanager
def installed(settings: Mapping[str, str]) -> Iterator[Platform]:
    """Install a leadintake as its documents say, and serve it for as long as it is needed."""
    inherited = {name: text for name, text in os.environ.items() if not name.startswith("LEADINTAKE_")}
    environ = inherited | dict(settings)
    leadintake = [sys.executable, "-m", "leadintake"]
    init = subprocess.run(
        [*leadintake, "init", "--demo", "--output", "json"], env=environ, check=True, capture_output=True, text=True
    )
    founded = json.loads(init.stdout)
    serve = [*leadintake, "serve", "--port", "0", "--workers", "1", "--output", "json"]
    with subprocess.Popen(serve, env=environ, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as server:
        try:
            assert server.stdout is not None
            ready = json.loads(server.stdout.readline())
            yield Platform(
                url=ready["url"],
                lead_token=founded["schedule"]["lead_token"],
                private_key=founded["api_key"]["private"],
            )
        finally:
            server.terminate()
            server.wait(PATIENCE_SECONDS)
