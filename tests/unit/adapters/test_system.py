"""The machine's clock, identifiers and randomness."""

from __future__ import annotations

import copy
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from uuid import RFC_4122, UUID

from leadintake.adapters.system import new_id, random_bytes, utc_now


def test_now_is_aware_and_utc() -> None:
    before, now, after = datetime.now(UTC), utc_now(), datetime.now(UTC)

    assert before <= now <= after
    assert now.utcoffset() == timedelta(0)


def test_identifiers_are_plain_uuids_of_version_7_and_tell_the_time() -> None:
    before, identifier = utc_now(), new_id()

    assert type(identifier) is UUID
    made = UUID(int=identifier.int)
    assert (identifier, str(identifier), hash(identifier)) == (made, str(made), hash(made))
    assert copy.deepcopy(identifier).is_safe is made.is_safe
    assert (identifier.version, identifier.variant) == (7, RFC_4122)
    # Ahead of the clock by what other tests have just drawn, at most.
    assert abs((identifier.int >> 80) - before.timestamp() * 1000) < 1000


def test_identifiers_only_grow_even_within_a_millisecond() -> None:
    """Events are ordered by their identifier."""
    identifiers = [new_id() for _ in range(20_000)]

    assert all(one < next_one for one, next_one in pairwise(identifiers))


def test_identifiers_only_grow_across_threads() -> None:
    """Whatever one thread draws after another must come later, and no two may be the same."""
    drawn: list[UUID] = []
    turn = threading.Lock()
    everybody = threading.Barrier(4)

    def draw(_: int) -> list[UUID]:
        everybody.wait()
        alone = []
        for _ in range(2000):
            with turn:
                drawn.append(new_id())
            alone.append(new_id())
        return alone

    with ThreadPoolExecutor(4) as threads:
        unordered = list(threads.map(draw, range(4)))

    assert all(one < next_one for one, next_one in pairwise(drawn))
    assert all(one < next_one for alone in unordered for one, next_one in pairwise(alone))
    assert len({*drawn, *(identifier for alone in unordered for identifier in alone)}) == 16_000


def test_random_bytes_are_as_many_as_asked_for_and_differ() -> None:
    assert [len(random_bytes(count)) for count in (0, 1, 40)] == [0, 1, 40]
    assert random_bytes(16) != random_bytes(16)
