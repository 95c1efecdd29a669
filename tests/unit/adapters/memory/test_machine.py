"""A clock that is moved, identifiers that follow it, bytes that come again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from uuid import RFC_4122

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadintake.adapters.memory.machine import BytesAgain, IdsInOrder, MovableClock
from leadintake.adapters.system import utc_now

from tests.support.builders import NOW


def test_clock_stands_still_until_it_is_moved() -> None:
    clock = MovableClock(NOW)

    assert clock() == clock.now == NOW
    assert clock.advance(timedelta(days=1), hours=2, minutes=3, seconds=4) == NOW + timedelta(
        days=1, hours=2, minutes=3, seconds=4
    )
    assert clock.move_to(datetime(2026, 3, 9, tzinfo=UTC)) == clock() == datetime(2026, 3, 9, tzinfo=UTC)


def test_clock_shows_utc_whatever_zone_it_is_told() -> None:
    at = datetime(2026, 3, 1, 7, 0, tzinfo=timezone(timedelta(hours=-5)))

    shown = MovableClock(at)()

    assert (shown, shown.tzinfo) == (NOW, UTC)


def test_clock_without_a_beginning_stands_still_at_the_present() -> None:
    before = utc_now()
    clock = MovableClock()

    assert before <= clock() <= utc_now()
    assert clock() == clock()


def test_running_clock_keeps_its_distance_from_the_present() -> None:
    clock = MovableClock(runs=True)

    clock.advance(hours=1)

    assert utc_now() <= clock() - timedelta(hours=1) <= utc_now()


def test_running_clock_can_begin_at_another_time() -> None:
    clock = MovableClock(NOW, runs=True)

    assert NOW <= clock() < NOW + timedelta(minutes=1)
    clock.advance(hours=1)
    clock.reset()
    assert NOW <= clock() < NOW + timedelta(minutes=1)


def test_clock_does_not_go_back() -> None:
    """Identifiers count up with the time, and lists are in their order."""
    clock = MovableClock(NOW)

    with pytest.raises(ValueError, match="does not go back"):
        clock.advance(seconds=-1)
    with pytest.raises(ValueError, match="does not go back"):
        clock.move_to(NOW - timedelta(microseconds=1))
    assert clock() == NOW


def test_clock_does_not_go_past_the_calendar() -> None:
    clock = MovableClock(NOW)

    with pytest.raises(ValueError, match="calendar"):
        clock.advance(timedelta.max)

    assert clock() == NOW


def test_instant_without_a_zone_is_refused() -> None:
    naive = datetime(2026, 3, 1)  # noqa: DTZ001 - that is what is refused

    with pytest.raises(ValueError, match="zone"):
        MovableClock(naive)
    with pytest.raises(ValueError, match="zone"):
        MovableClock(NOW).move_to(naive)


def test_clock_is_reset_to_its_beginning() -> None:
    clock = MovableClock(NOW)
    clock.advance(days=400)

    clock.reset()

    assert clock() == NOW


def test_identifiers_count_up_while_the_clock_stands_still() -> None:
    new_id = IdsInOrder(MovableClock(NOW))

    ids = [new_id() for _ in range(10_000)]

    assert ids == sorted(set(ids))
    assert {each.version for each in ids} == {7}
    assert {each.int >> 80 for each in ids} == {int(NOW.timestamp() * 1_000)}


def test_identifiers_go_on_in_order_where_one_part_of_the_count_is_full() -> None:
    new_id = IdsInOrder(MovableClock(NOW))
    new_id._count = (1 << 21) - 2  # noqa: SLF001 - two million of them would take seconds

    ids = [new_id() for _ in range(4)]

    assert ids == sorted(set(ids))


def test_identifiers_follow_the_clock() -> None:
    clock = MovableClock(NOW)
    new_id = IdsInOrder(clock)

    first = new_id()
    clock.advance(seconds=1)

    assert new_id().int >> 80 == (first.int >> 80) + 1_000


@given(st.lists(st.one_of(st.just(None), st.timedeltas(timedelta(), timedelta(days=400))), max_size=60))
def test_identifiers_are_in_order_whatever_the_clock_does(moves: list[timedelta | None]) -> None:
    """Lists are in the order of identifiers, and a test moves the clock between any two of them."""
    clock = MovableClock(NOW)
    new_id = IdsInOrder(clock)

    ids = []
    for move in moves:
        if move is None:
            ids.append(new_id())
        else:
            clock.advance(move)

    assert ids == sorted(set(ids))
    assert all((each.version, each.variant) == (7, RFC_4122) for each in ids)


def test_two_installations_never_give_the_same_identifier() -> None:
    """Whoever stores the identifiers of several tests in one place must not see one twice."""
    ids = [IdsInOrder(MovableClock(NOW))() for _ in range(100)]

    assert len(set(ids)) == 100


def test_bytes_of_one_seed_come_again() -> None:
    one, again, other = (BytesAgain(seed) for seed in (b"seed", b"seed", b"another"))

    first = [one(30), one(20)]

    assert first == [again(30), again(20)]
    assert first != [other(30), other(20)]
    assert [len(each) for each in first] == [30, 20]
    assert one(20) != first[1]
