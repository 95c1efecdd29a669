"""Whoever tries out credentials is slowed down, and nobody else."""

from __future__ import annotations

from datetime import timedelta

import pytest

from leadintake.adapters import guessing_brake
from leadintake.adapters.guessing_brake import CountedFailures
from leadintake.adapters.request_counter import LimitsRequestCounter
from leadintake.domain.errors import TooManyRequests

from tests.support.builders import SteppingClock


@pytest.fixture
def clock() -> SteppingClock:
    return SteppingClock()


@pytest.fixture
def brake(clock: SteppingClock) -> CountedFailures:
    return CountedFailures(LimitsRequestCounter(clock), per_minute=2)


def here() -> str:
    return "192.0.2.1"


def fail(brake: CountedFailures, times: int) -> None:
    for number in range(times):
        brake.note_failed(b"bad %d" % number, here)


def is_admitted(brake: CountedFailures, lookup: bytes = b"new", address: str | None = "192.0.2.1") -> bool:
    try:
        brake.admit(lookup, lambda: address)
    except TooManyRequests:
        return False
    return True


def test_client_is_let_go_on_until_it_has_failed_too_often(brake: CountedFailures, clock: SteppingClock) -> None:
    fail(brake, 1)
    assert is_admitted(brake)
    fail(brake, 1)

    assert not is_admitted(brake)
    clock.advance(timedelta(seconds=60))
    assert is_admitted(brake)


def test_refusal_says_when_to_come_back(brake: CountedFailures, clock: SteppingClock) -> None:
    fail(brake, 2)
    clock.advance(timedelta(seconds=15))

    with pytest.raises(TooManyRequests) as refused:
        brake.admit(b"new", here)

    assert refused.value.retry_after_seconds == 45


def test_credential_that_was_good_goes_on(brake: CountedFailures) -> None:
    """One bad sender in an office must not cut the others off, who share its address."""
    brake.note_good(b"good")
    fail(brake, 2)

    assert is_admitted(brake, b"good")
    brake.note_failed(b"good", here)
    assert not is_admitted(brake, b"good")


def test_other_clients_go_on(brake: CountedFailures) -> None:
    fail(brake, 2)

    assert is_admitted(brake, address="192.0.2.2")
    assert is_admitted(brake, address=None)


def test_nobody_is_asked_where_they_come_from_while_nobody_fails(brake: CountedFailures) -> None:
    """The address costs time to find, and nearly always nobody needs it."""

    def never() -> str:
        raise AssertionError("asked")

    brake.admit(b"new", never)


def test_good_credentials_are_remembered_up_to_a_measure(
    brake: CountedFailures, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guessing_brake, "_MOST_KNOWN", 2)
    for lookup in (b"1", b"2", b"2", b"3"):
        brake.note_good(lookup)
    fail(brake, 2)

    assert [is_admitted(brake, lookup) for lookup in (b"1", b"2", b"3")] == [False, False, True]
