"""docs/reference/testing.md names everything that other people's suites may rely on, and nothing else."""

from __future__ import annotations

import inspect
import re

import pytest

from leadintake import pytest_plugin, testing
from leadintake.testing import InMemoryLeadintake, Records, ServedLeadintake, in_memory_leadintake

from tests.docs.documents import document

REFERENCE = document("docs/reference/testing.md")
_SPAN = re.compile(r"`([^`]+)`")


def names(heading: str) -> set[str]:
    """Return what is named in the tables under a heading."""
    rows = [line for line in REFERENCE.section(heading).splitlines() if line.startswith("|")]
    return {name for row in rows for name in _SPAN.findall(row.split(" | ")[0])}


def public(of: type) -> set[str]:
    return {name for name in vars(of) if not name.startswith("_")}


def test_every_member_is_documented() -> None:
    documented = set().union(*map(names, ("What there is", "Doing", "Building", "Looking")))

    assert public(InMemoryLeadintake) - documented == set()
    assert documented - public(InMemoryLeadintake) - public(Records) == set()


def test_every_argument_of_the_beginning_is_documented() -> None:
    assert set(inspect.signature(in_memory_leadintake).parameters) <= names("Beginning")
    for name in inspect.signature(in_memory_leadintake).parameters:
        assert f"{name}=" in "".join(_lines_of_marker())


def _lines_of_marker() -> list[str]:
    said: list[str] = []

    class Config:
        def addinivalue_line(self, _name: str, line: str) -> None:
            said.append(line)

    pytest_plugin.pytest_configure(Config())  # type: ignore[arg-type]  # as much of it as is asked
    return said


def test_every_way_to_narrow_down_is_documented() -> None:
    narrowing = public(Records) - {"what"}

    assert narrowing - names("Looking") == set()


def test_what_is_served_is_documented() -> None:
    spans = set(REFERENCE.spans)

    assert {name for name in dir(ServedLeadintake) if not name.startswith("_")} - spans == set()


@pytest.mark.parametrize("name", [name for name in testing.__all__ if name.endswith("Record")])
def test_every_record_is_documented(name: str) -> None:
    assert name in REFERENCE.spans


def test_every_fixture_is_documented() -> None:
    told = {row[0].strip("`") for row in document("docs/how-to/test-your-client.md").table("With pytest")}

    fixtures = {name for name in vars(pytest_plugin) if name.startswith("leadintake")}
    assert told == fixtures
