"""What browsers load: exactly what was fetched, from here, and kept for as long as it is the same."""

from __future__ import annotations

import gzip
import json
import re
from hashlib import sha256
from importlib.resources import files
from typing import TYPE_CHECKING

import pytest

from leadintake.entrypoints.web.assets import asset_url, every_asset

if TYPE_CHECKING:
    from tests.support.apps import World

VENDOR = files("leadintake.entrypoints.web") / "static" / "vendor"
LOCK = json.loads((VENDOR / "lock.json").read_text())
LOCKED = {name: digest for package in LOCK["packages"] for name, digest in package["files"].items()}


@pytest.mark.parametrize("name", sorted(LOCKED))
def test_vendored_file_is_what_the_lock_says(name: str) -> None:
    """Nobody changes a library by hand, and nobody adds a line to it unseen."""
    assert sha256((VENDOR / name).read_bytes()).hexdigest() == LOCKED[name]


def test_nothing_else_is_vendored_and_every_licence_is_kept() -> None:
    assert {each.name for each in VENDOR.iterdir()} == {*LOCKED, "lock.json"}
    for package in LOCK["packages"]:
        assert any("LICENSE" in name for name in package["files"])
        assert re.fullmatch(r"\d+\.\d+\.\d+", package["version"])
        assert package["integrity"].startswith("sha512-")


@pytest.mark.parametrize("name", ["pages.css", "pages.js", "icon.svg", "vendor/pico.min.css", "vendor/htmx.min.js"])
def test_asset_is_kept_for_ever_under_its_own_digest(world: World, name: str) -> None:
    answer = world.client.get(asset_url(name))

    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.data == every_asset()[name].body
    assert "Set-Cookie" not in answer.headers


def test_page_of_before_an_upgrade_gets_what_there_is_and_keeps_nothing(world: World) -> None:
    answer = world.client.get("/assets/000000000000/pages.css")

    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"


def test_it_travels_packed_to_who_unpacks(world: World) -> None:
    answer = world.client.get(asset_url("vendor/chart.min.js"), headers={"Accept-Encoding": "gzip, br"})

    assert answer.headers["Content-Encoding"] == "gzip"
    assert answer.headers["Vary"] == "Accept-Encoding"
    assert gzip.decompress(answer.data) == every_asset()["vendor/chart.min.js"].body
    assert len(answer.data) < 80_000


@pytest.mark.parametrize(
    "path",
    ["lock.json", "vendor/lock.json", "../templates/base.html", "..%2f__init__.py", "vendor/pico.LICENSE.txt", ""],
)
def test_nothing_else_is_served(world: World, path: str) -> None:
    assert world.client.get(f"/assets/x/{path}").status_code == 404
