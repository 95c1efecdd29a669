from __future__ import annotations

import pytest

from benchmarks.figures import WrongMeasurement
from benchmarks.requirements import BARS, Requirement
from benchmarks.rounds import check_stored


@pytest.mark.parametrize("stored", [100, 101, 132])
def test_lead_under_way_at_the_end_may_be_stored(stored: int) -> None:
    """The load generator leaves without waiting for the last answers."""
    check_stored(stored, accepted=100, connections=32)


def test_lead_that_was_acknowledged_and_is_not_there_is_an_error() -> None:
    """A rate of leads that were not stored is worth nothing."""
    with pytest.raises(WrongMeasurement, match="100 leads were acknowledged, 99 were stored"):
        check_stored(99, accepted=100, connections=32)


def test_more_leads_than_connections_can_have_under_way_is_an_error() -> None:
    with pytest.raises(WrongMeasurement):
        check_stored(133, accepted=100, connections=32)


@pytest.mark.parametrize(
    ("text", "measured", "is_met"),
    [
        ("postgresql:ratio>=0.25", 0.25, True),
        ("postgresql:ratio >= 0.25", 0.2499, False),
        ("sqlite:half_p99_ms<50", 50, False),
        ("growth:sqlite>0.85", 0.86, True),
        ("postgresql:cpu_of_floor<=3.8", 3.9, False),
    ],
)
def test_requirement_is_met_or_missed(text: str, measured: float, is_met: bool) -> None:  # noqa: FBT001 - a table
    requirement = Requirement.parse(text)

    assert requirement.is_met({requirement.figure: measured}) is is_met


def test_requirement_on_what_was_not_measured_is_neither() -> None:
    """A gate whose figure is missing must not pass for one that is met."""
    assert Requirement.parse("sqlite:ratio>=0.35").is_met({"postgresql:ratio": 1}) is None


@pytest.mark.parametrize("text", ["", "ratio", "ratio=3", "ratio>=", "ratio>=x", ">=1"])
def test_what_is_no_requirement_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not like"):
        Requirement.parse(text)


def test_bars_name_each_figure_once() -> None:
    assert len({bar.figure for bar in BARS}) == len(BARS)
