"""The pytest plugin in suites of its own: each is somebody else's, run by a pytest of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

pytest_plugins = ["pytester"]

SUITE = """
import pytest

def test_lead_comes_in(leadintake):
    leadintake.submit(caller_id="+18004506787")
    assert leadintake.leads.only().caller_id == "+18004506787"

def test_client_is_one_of_the_same(leadintake, leadintake_client):
    leadintake_client.post("/api/v1/leads", json={"lead_token": leadintake.lead_token, "caller_id": "8004506787"})
    leadintake.leads.only()

def test_nothing_is_left_from_the_tests_before(leadintake):
    leadintake.leads.none()

def test_server_is_one_of_the_same(leadintake, leadintake_server):
    from urllib.request import Request, urlopen
    address = f"{leadintake_server.leads_url}?caller_id=8004506787"
    with urlopen(Request(address, b"", {"X-Lead-Token": leadintake_server.lead_token})) as answer:
        assert answer.status == 200
    assert leadintake.leads.only() and leadintake_server.intake is leadintake
"""

MARKED = """
from datetime import UTC, datetime
import pytest

pytestmark = pytest.mark.leadintake(region="GB", company="Of the module")

def test_module_is_heard(leadintake):
    leadintake.submit(caller_id="020 7946 0018")
    assert leadintake.leads.only().caller_id == "+442079460018"
    assert leadintake.company.name == "Of the module"

@pytest.mark.leadintake(company="Of the class", time_zone="Europe/London")
class TestClass:
    def test_class_goes_before_the_module(self, leadintake):
        assert (leadintake.company.name, leadintake.company.region) == ("Of the class", "GB")
        assert leadintake.company.time_zone == "Europe/London"

    @pytest.mark.leadintake(company="Of the function", now=datetime(2030, 1, 1, tzinfo=UTC))
    def test_function_goes_before_the_class(self, leadintake):
        assert (leadintake.company.name, leadintake.company.time_zone) == ("Of the function", "Europe/London")
        assert leadintake.clock.now.year == 2030
"""


@pytest.fixture
def run(pytester: pytest.Pytester) -> Callable[..., pytest.RunResult]:
    def run(suite: str, *arguments: str) -> pytest.RunResult:
        pytester.makepyfile(test_of_somebody_else=suite)
        # As strict as ours, and without the plugins that only ours needs.
        strict = ("--strict-markers", "--strict-config", "-W", "error", "-p", "no:cacheprovider")
        return pytester.runpytest_subprocess(*strict, *arguments)

    return run


def test_fixtures_are_there_without_an_import(run: Callable[..., pytest.RunResult]) -> None:
    run(SUITE).assert_outcomes(passed=4)


def test_fixtures_work_in_parallel(run: Callable[..., pytest.RunResult]) -> None:
    run(SUITE, "-n", "2").assert_outcomes(passed=4)


def test_marker_says_how_it_begins(run: Callable[..., pytest.RunResult]) -> None:
    run(MARKED).assert_outcomes(passed=3)


@pytest.mark.parametrize(
    ("marker", "says"),
    [
        ("leadintake(zone='UTC')", "the marker leadintake takes no zone; it takes company, region, time_zone, now"),
        ("leadintake('GB')", "the marker leadintake takes its arguments by name"),
        ("leadintake(region='XX')", "the marker leadintake: There is no region 'XX'"),
    ],
)
def test_marker_that_makes_no_sense_is_explained(run: Callable[..., pytest.RunResult], marker: str, says: str) -> None:
    result = run(f"import pytest\n@pytest.mark.{marker}\ndef test_it(leadintake): pass\n")

    result.assert_outcomes(errors=1)
    assert says in result.stdout.str()


def test_fixtures_and_marker_are_listed(run: Callable[..., pytest.RunResult]) -> None:
    fixtures = run("", "--fixtures").stdout.str()
    markers = run("", "--markers").stdout.str()

    for name in ("leadintake", "leadintake_client", "leadintake_server"):
        assert f"{name} -- " in fixtures
    assert "@pytest.mark.leadintake(region=" in markers


def test_suite_that_uses_none_loads_nothing(run: Callable[..., pytest.RunResult]) -> None:
    run(
        "import sys\n"
        "def test_it():\n"
        "    ours = {name for name in sys.modules if name.split('.')[0] == 'leadintake'}\n"
        "    assert ours == {'leadintake', 'leadintake.pytest_plugin'}\n"
        "    assert 'flask' not in sys.modules\n"
    ).assert_outcomes(passed=1)


def test_plugin_can_be_left_out(run: Callable[..., pytest.RunResult]) -> None:
    result = run("def test_it(leadintake): pass\n", "-p", "no:leadintake")

    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines("*fixture 'leadintake' not found*")


def test_fixture_of_a_suite_s_own_goes_before_it(run: Callable[..., pytest.RunResult]) -> None:
    run(
        "import pytest\n"
        "@pytest.fixture\n"
        "def leadintake(leadintake):\n"
        "    leadintake.opt_out('+18004506787')\n"
        "    return leadintake\n"
        "def test_it(leadintake, leadintake_client):\n"
        "    leadintake.submit(caller_id='+18004506787')\n"
        "    leadintake.submissions.refused('caller_opted_out').only()\n"
    ).assert_outcomes(passed=1)


def test_failed_assert_says_what_there_is(run: Callable[..., pytest.RunResult]) -> None:
    result = run(
        "def test_it(leadintake):\n"
        "    leadintake.submit(caller_id='12')\n"
        "    leadintake.submissions.accepted().only()\n"
    )

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines("*AssertionError: expected exactly one submission, but there is none*")
    assert "lt_" not in result.stdout.str()
