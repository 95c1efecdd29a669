"""``leadintake schedule try`` and ``offer try``."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.integration.cli.conftest import Installation

ADA = "+12025550143"


def test_it_says_which_verdicts_would_flip(demo: Installation) -> None:
    for _ in range(2):
        assert demo.run("submit", "--schedule", "1", ADA).exit_code == 0

    tried = demo.run("schedule", "try", "1", "--duplicate-timeframe", "30d")

    assert tried.exit_code == 0, tried.output
    assert "duplicate_lead" in tried.stdout
    assert "2 submissions from" in tried.output
    assert "0 are refused by the rules as they are, 1 would be by these. 1 verdicts flip" in tried.output


def test_the_http_api_says_the_same(demo: Installation) -> None:
    demo.run("submit", "--offer", "1", ADA)

    trial = demo.json("offer", "try", "1", "--require-traffic-source", "--days", "1")["trial"]

    assert (trial["tried"], trial["codes"]) == (1, {"traffic_source_required": 1})


def test_nothing_submitted_is_said(demo: Installation) -> None:
    assert (
        "Nothing that could be judged again was submitted"
        in demo.run("offer", "try", "1", "--phone-length", "10").output
    )


def test_rules_must_be_given(demo: Installation) -> None:
    tried = demo.run("offer", "try", "1")

    assert (tried.exit_code, "nothing to change" in tried.stderr) == (2, True)


def test_there_must_be_such_an_offer(demo: Installation) -> None:
    tried = demo.run("offer", "try", "9", "--phone-length", "10")

    assert (tried.exit_code, "leadintake offer list" in tried.stderr) == (1, True)
