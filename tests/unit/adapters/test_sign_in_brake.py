"""Whoever tries out passwords waits longer and longer; the others do not."""

from __future__ import annotations

from datetime import timedelta

import pytest

from leadintake.adapters import sign_in_brake
from leadintake.adapters.sign_in_brake import GrowingDelays
from leadintake.domain.errors import TooManySignIns

from tests.support.builders import SteppingClock

ADA = "ada@example.com"
HOUR = timedelta(hours=1)


def here() -> str:
    return "192.0.2.1"


def there() -> str:
    return "203.0.113.9"


@pytest.fixture
def clock() -> SteppingClock:
    return SteppingClock()


@pytest.fixture
def brake(clock: SteppingClock) -> GrowingDelays:
    return GrowingDelays(clock)


def fail(brake: GrowingDelays, times: int, *, email: str = ADA) -> None:
    for _ in range(times):
        brake.admit(email, here)


def wait(brake: GrowingDelays, email: str = ADA) -> int:
    """Return how long the next attempt must wait; it counts as a failure if it need not."""
    try:
        brake.admit(email, here)
    except TooManySignIns as refusal:
        return refusal.retry_after_seconds
    return 0


def test_each_further_failure_doubles_the_wait_up_to_a_quarter_of_an_hour(
    brake: GrowingDelays, clock: SteppingClock
) -> None:
    fail(brake, 5)
    waits = []
    for _ in range(12):
        waits.append(wait(brake))
        clock.advance(timedelta(seconds=waits[-1]))
        assert wait(brake) == 0

    assert waits == [2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900, 900]


def test_failures_are_forgotten_after_an_hour(brake: GrowingDelays, clock: SteppingClock) -> None:
    fail(brake, 5)
    clock.advance(HOUR)

    assert [wait(brake) for _ in range(6)] == [0, 0, 0, 0, 0, 2]


def test_attempts_at_once_are_as_many_failures(brake: GrowingDelays) -> None:
    """They are counted before anybody has looked at a password."""
    assert [wait(brake) > 0 for _ in range(8)] == [False] * 5 + [True] * 3


def test_known_place_is_counted_apart(brake: GrowingDelays) -> None:
    brake.admit(ADA, there)
    brake.note_good(ADA, there)
    fail(brake, 5)

    assert wait(brake) > 0
    brake.admit(ADA, there)


def test_good_sign_in_does_not_free_its_address_from_what_it_tried_besides(brake: GrowingDelays) -> None:
    """Who has one password of their own could go on guessing those of others."""
    for number in range(19):
        brake.admit(f"user-{number}@example.com", here)
    brake.admit(ADA, here)
    brake.note_good(ADA, here)

    assert wait(brake, "one@example.com") == 0
    assert wait(brake, "two@example.com") > 0


def test_addresses_of_one_ipv6_network_are_one(brake: GrowingDelays) -> None:
    for number in range(20):
        brake.admit(f"user-{number}@example.com", lambda number=number: f"2001:db8::{number:x}")  # type: ignore[misc]

    with pytest.raises(TooManySignIns):
        brake.admit("another@example.com", lambda: "2001:db8::ffff")


def test_strangers_cannot_fill_the_memory(brake: GrowingDelays, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sign_in_brake, "_MOST_COUNTED", 10)
    for number in range(50):
        brake.admit(f"user-{number}@example.com", lambda number=number: f"203.0.113.{number}")  # type: ignore[misc]
        brake.note_good(f"known-{number}@example.com", lambda number=number: f"203.0.113.{number}")  # type: ignore[misc]

    assert len(brake._failures) <= 10  # noqa: SLF001 - what is promised of it
    assert len(brake._known) <= 10  # noqa: SLF001 - likewise
