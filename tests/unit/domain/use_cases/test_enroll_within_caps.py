"""Places of a daily cap: taken before anything is decided, given back when no lead came of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from leadintake.domain.decision import Decision
from leadintake.domain.errors import DailyCapReached, InvalidCallerId, OutcomeUnknown, StaleWrite, Unavailable
from leadintake.domain.quota import DailyCap
from leadintake.domain.submission import Outcome
from leadintake.domain.use_cases.enroll_within_caps import enroll_within_cap, enroll_within_caps

from tests.support.builders import NOW, SteppingClock, an_enroll_lead

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from leadintake.domain.claims import EnrollLead
    from leadintake.domain.quota import Quota

CAP = DailyCap(most=5, time_zone="America/New_York")


class Places:
    """`Quotas` with so many places, whoever asks."""

    def __init__(self, places: int) -> None:
        self.places = places
        self.asked: list[Quota] = []

    def take(self, quota: Quota) -> bool:
        self.asked.append(quota)
        if not self.places:
            return False
        self.places -= 1
        return True

    def give_back(self, _quota: Quota) -> None:
        self.places += 1


class Desk:
    """What enrolls: every command comes to the same outcome, or fails."""

    def __init__(self, outcome: Outcome | Exception = Outcome.CREATED) -> None:
        self.outcome = outcome
        self.seen: list[EnrollLead] = []

    def enroll(self, commands: Sequence[EnrollLead]) -> Sequence[Decision]:
        self.seen += commands
        if isinstance(self.outcome, Exception):
            raise self.outcome
        refusal = InvalidCallerId() if self.outcome is Outcome.REFUSED else None
        return [Decision(command=command, outcome=self.outcome, refusal=refusal) for command in commands]


def submit(desk: Desk, places: Places, *commands: EnrollLead) -> Sequence[Decision]:
    return enroll_within_caps(commands, enroll=desk.enroll, quotas=places, clock=SteppingClock())


def test_each_new_lead_takes_a_place() -> None:
    desk, places = Desk(), Places(2)

    submit(desk, places, *[an_enroll_lead(daily_cap=CAP) for _ in range(3)])

    assert [command.cap_reached is None for command in desk.seen] == [True, True, False]
    assert places.places == 0
    assert {(quota.day.isoformat(), quota.most) for quota in places.asked} == {("2026-03-01", 5)}


@pytest.mark.parametrize("outcome", [outcome for outcome in Outcome if outcome is not Outcome.CREATED])
def test_place_that_no_new_lead_came_of_is_given_back(outcome: Outcome) -> None:
    places = Places(2)

    submit(Desk(outcome), places, an_enroll_lead(daily_cap=CAP))

    assert places.places == 2


@pytest.mark.parametrize(
    "command",
    [
        pytest.param(an_enroll_lead(), id="without-a-cap"),
        pytest.param(an_enroll_lead(daily_cap=CAP, opt_out=True), id="opt-out"),
        pytest.param(an_enroll_lead(daily_cap=CAP, blocked=True), id="block"),
        pytest.param(an_enroll_lead(daily_cap=CAP, update_only=True), id="update-only"),
    ],
)
def test_what_can_begin_no_lead_needs_no_place(command: EnrollLead) -> None:
    """A wish to be left alone is heard, however many leads came today."""
    desk, places = Desk(), Places(0)

    submit(desk, places, command)

    assert desk.seen == [command]
    assert places.asked == []


@pytest.mark.parametrize("fault", [StaleWrite(), Unavailable()], ids=["met", "away"])
def test_place_is_given_back_when_nothing_was_done(fault: Exception) -> None:
    places = Places(2)

    with pytest.raises(type(fault)):
        submit(Desk(fault), places, an_enroll_lead(daily_cap=CAP))

    assert places.places == 2


@pytest.mark.parametrize("fault", [OutcomeUnknown(), RuntimeError()], ids=["unknown", "our-bug"])
def test_place_stays_taken_when_a_lead_may_have_come_of_it(fault: Exception) -> None:
    """Giving it back could bring one more lead than the cap allows."""
    places = Places(2)

    with pytest.raises(type(fault)):
        submit(Desk(fault), places, an_enroll_lead(daily_cap=CAP))

    assert places.places == 1


def test_places_are_given_back_when_a_later_one_cannot_be_asked_for() -> None:
    class GoneAfterOne(Places):
        def take(self, quota: Quota) -> bool:
            if self.asked:
                raise Unavailable
            return super().take(quota)

    desk, places = Desk(), GoneAfterOne(2)

    with pytest.raises(Unavailable):
        submit(desk, places, *[an_enroll_lead(daily_cap=CAP) for _ in range(2)])

    assert (places.places, desk.seen) == (2, [])


def one(command: EnrollLead, desk: Desk, places: Places | None) -> Decision:
    enroll: Callable[[EnrollLead], Decision] = lambda given: desk.enroll([given])[0]  # noqa: E731 - one use
    return enroll_within_cap(command, enroll=enroll, quotas=places, clock=SteppingClock())


def test_single_lead_is_held_to_the_same() -> None:
    desk = Desk()

    one(an_enroll_lead(daily_cap=CAP), desk, Places(0))
    one(an_enroll_lead(), desk, Places(0))

    assert [command.cap_reached is None for command in desk.seen] == [False, True]


def test_nothing_is_held_to_a_cap_where_nothing_is_limited() -> None:
    desk = Desk()

    one(an_enroll_lead(daily_cap=CAP), desk, None)

    assert desk.seen[0].cap_reached is None


def test_refusal_says_when_the_companys_next_day_begins() -> None:
    desk = Desk()

    submit(desk, Places(0), an_enroll_lead(daily_cap=CAP))

    reached = desk.seen[0].cap_reached
    assert isinstance(reached, DailyCapReached)
    assert NOW.hour == 12
    assert reached.retry_after_seconds == (24 - 12 + 5) * 3600
