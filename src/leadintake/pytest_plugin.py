"""pytest's way to `leadintake.testing`: the fixtures `leadintake`, `leadintake_client` and `leadintake_server`.

The marker says how the installation of a test begins, by the arguments of `in_memory_leadintake`; one on a function
goes before one on its class, and that before one on its module:

    @pytest.mark.leadintake(region="GB", time_zone="Europe/London")
    def test_british_number_is_read(leadintake):
        ...

pytest loads this wherever leadintake is installed, so it imports nothing of it before a fixture is used, and a suite
that uses none notices nothing. ``-p no:leadintake`` leaves it out.
"""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask.testing import FlaskClient

    from leadintake.testing import InMemoryLeadintake, ServedLeadintake

MARKER = "leadintake"


def pytest_configure(config: pytest.Config) -> None:
    """Make the marker known, for suites that are strict about markers."""
    config.addinivalue_line(
        "markers",
        "leadintake(region=..., time_zone=..., now=..., company=..., rate_limits=..., limits=...): how the "
        "in-memory leadintake of the test begins, by the arguments of leadintake.testing.in_memory_leadintake.",
    )


@pytest.fixture
def leadintake(request: pytest.FixtureRequest) -> InMemoryLeadintake:
    """An in-memory leadintake of the test's own, as the marker `leadintake` says."""
    from leadintake.testing import in_memory_leadintake  # noqa: PLC0415  see the module

    given = _given(request.node)
    if unknown := given.keys() - inspect.signature(in_memory_leadintake).parameters.keys():
        known = ", ".join(inspect.signature(in_memory_leadintake).parameters)
        raise pytest.UsageError(f"the marker leadintake takes no {min(unknown)}; it takes {known}")
    try:
        return in_memory_leadintake(**given)
    except ValueError as error:
        raise pytest.UsageError(f"the marker leadintake: {error}") from error


@pytest.fixture
def leadintake_client(leadintake: InMemoryLeadintake) -> FlaskClient:
    """A Flask test client of the fixture `leadintake`."""
    return leadintake.client


@pytest.fixture
def leadintake_server(leadintake: InMemoryLeadintake) -> Iterator[ServedLeadintake]:
    """The fixture `leadintake` served on a free port of this machine, for clients in any language."""
    with leadintake.serve() as served:
        yield served


def _given(node: pytest.Item) -> dict[str, Any]:
    """Return what the markers say; the nearest one wins, argument by argument."""
    given: dict[str, Any] = {}
    for marker in node.iter_markers(MARKER):
        if marker.args:
            raise pytest.UsageError("the marker leadintake takes its arguments by name")
        given = dict(marker.kwargs) | given
    return given
