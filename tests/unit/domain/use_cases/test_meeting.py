from __future__ import annotations

import pytest

from leadintake.domain.errors import StaleWrite
from leadintake.domain.use_cases.meeting import tried_again


class Met:
    """Something that other writers meet so many times."""

    def __init__(self, times: int) -> None:
        self.times = times

    def __call__(self) -> str:
        if self.times:
            self.times -= 1
            raise StaleWrite
        return "done"


@pytest.mark.parametrize("times", [0, 1, 3])
def test_who_is_met_tries_again(times: int) -> None:
    assert tried_again(Met(times)) == "done"


def test_who_is_met_all_the_time_says_so() -> None:
    with pytest.raises(StaleWrite):
        tried_again(Met(4))
