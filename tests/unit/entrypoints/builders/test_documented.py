"""The page about form builders knows all of them, and the code knows them in one place."""

from __future__ import annotations

import re
from importlib import import_module
from pathlib import Path

import pytest

import leadintake
from leadintake.entrypoints.api.intake import builders
from leadintake.entrypoints.api.intake.builders import BUILDERS

PAGE = (Path(__file__).parents[4] / "docs" / "form-builders.md").read_text(encoding="utf-8")
SOURCE = Path(leadintake.__file__).parent
NAMES = [*sorted(BUILDERS - {"automation"}), "zapier", "n8n", "google", "gravity"]


@pytest.mark.parametrize("builder", sorted(BUILDERS))
def test_every_builder_is_documented(builder: str) -> None:
    assert f"(`{builder}`) |" in PAGE
    assert f"\n| `{builder}` |" in PAGE


@pytest.mark.parametrize("builder", sorted(BUILDERS))
def test_everything_that_is_left_out_is_documented(builder: str) -> None:
    """Somebody who misses a value has to find out that it was left out on purpose."""
    module = import_module(f"{builders.__name__}.{builder}")
    row = re.search(rf"^\| `{builder}` \|(.*)\|$", PAGE, re.MULTILINE)
    assert row is not None

    left_out = {name for key, names in vars(module).items() if key.startswith("LEFT_OUT") for name in names}
    assert left_out <= set(re.findall(r"`([^`]+)`", row[1]))


@pytest.mark.parametrize("folder", ["domain", "adapters", "entrypoints/api", "entrypoints/schemas"])
def test_no_builder_is_named_outside_its_module(folder: str) -> None:
    """A builder that changes its format is mended in one file."""
    package = Path(str(builders.__file__)).parent
    named = re.compile("|".join(NAMES), re.IGNORECASE)

    for path in (SOURCE / folder).rglob("*.py"):
        if not path.is_relative_to(package):
            assert named.search(path.read_text(encoding="utf-8")) is None, path


def test_no_builder_s_module_knows_another() -> None:
    package = Path(str(builders.__file__)).parent
    shared = {"__init__", "json_text", "submission"}

    for path in package.glob("*.py"):
        others = BUILDERS - {path.stem}
        if path.stem != "__init__":
            imported = set(re.findall(r"builders\.(\w+) import|import (\w+)", path.read_text(encoding="utf-8")))
            assert others.isdisjoint({name for pair in imported for name in pair}), path
        assert path.stem in BUILDERS | shared
