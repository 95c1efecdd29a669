"""The documentation site: every page is in its navigation, and what it has from elsewhere is what its lock says."""

from __future__ import annotations

import json
import re
from hashlib import sha256

import pytest

from tests.docs.documents import ROOT, documents

ASSETS = ROOT / "docs" / "assets"
LOCK = json.loads((ASSETS / "vendored.json").read_text(encoding="utf-8"))
SITE = (ROOT / "mkdocs.yml").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", sorted(LOCK))
def test_vendored_file_is_the_one_in_the_lock(name: str) -> None:
    """Nobody reads two megabytes of somebody else's program in a review."""
    assert sha256((ASSETS / name).read_bytes()).hexdigest() == LOCK[name]["sha256"]
    assert LOCK[name]["integrity"].startswith("sha512-")
    assert re.fullmatch(r"\d+\.\d+\.\d+", LOCK[name]["version"])


def test_every_vendored_file_is_in_the_lock_and_has_its_licence() -> None:
    scripts = {path.name for path in ASSETS.iterdir() if path.suffix == ".js"}

    assert scripts == set(LOCK)
    assert {f"assets/{name}" for name in scripts} == set(re.findall(r"^  - (assets/\S+\.js)$", SITE, re.MULTILINE))
    assert "Permission is hereby granted" in (ASSETS / "mermaid.LICENSE.txt").read_text(encoding="utf-8")


def test_every_page_is_in_the_navigation() -> None:
    pages = {one.path.relative_to(ROOT / "docs").as_posix() for one in documents() if one.name.startswith("docs/")}
    decisions = {page for page in pages if re.match(r"adr/\d", page)}

    assert set(re.findall(r"^ +- (\S+\.md)$", SITE, re.MULTILINE)) == pages - decisions


def test_no_font_is_fetched() -> None:
    assert re.search(r"^  font: false$", SITE, re.MULTILINE)
