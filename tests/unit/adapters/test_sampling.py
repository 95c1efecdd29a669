"""The brake on samples: a flood costs no more than an honest minute."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from leadintake.adapters.sampling import Sampled

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


class _Hand:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now


def test_so_many_a_minute_are_kept_and_the_rest_let_go() -> None:
    """A stranger who floods us with unknown lead tokens must not choose how often we write."""
    kept: list[int] = []
    sampled = Sampled(kept.append, per_minute=3, clock=_Hand())

    for sample in range(10):
        sampled(sample)

    assert kept == [0, 1, 2]


def test_the_next_minute_keeps_again() -> None:
    kept: list[int] = []
    clock = _Hand()
    sampled = Sampled(kept.append, per_minute=1, clock=clock)

    sampled(1)
    sampled(2)
    clock.now = NOON + timedelta(minutes=1)
    sampled(3)

    assert kept == [1, 3]
