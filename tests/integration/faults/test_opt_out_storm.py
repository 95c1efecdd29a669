"""A caller opts out while senders go on posting them."""

from __future__ import annotations

import threading
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, TypeAlias

from tests.integration.faults import audit
from tests.integration.faults.soak import Noted, rounds
from tests.support.loads import PATIENCE_SECONDS, Attempt, Sender, callers, lead_request, run_all, spellings

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tests.integration.faults.installations import Installation

SENDERS = 4
LANES = 4
RACES_OF_A_LANE = 50

Role: TypeAlias = "Callable[[Race, Sender], None]"


class Race:
    """One caller, the senders who post them, and the opt-out amid their posts.

    Args:
        answers_before: How many posts are answered before the opt-out sets off: none, or some.
        is_operation: Whether the wish comes by the operation for it, or as a lead that says so.
    """

    def __init__(self, token: str, caller: str, *, answers_before: int, is_operation: bool) -> None:
        self.caller = caller
        self.attempts: list[Attempt] = []
        self.opt_out: Attempt | None = None
        self._token = token
        self._answers_before = answers_before
        self._is_operation = is_operation
        self._is_due = threading.Event()
        self._is_over = threading.Event()

    def post(self, sender: Sender, spelling: int) -> None:
        """Post the caller again and again, and once more after the opt-out is answered."""
        is_last = False
        while not is_last:
            is_last = self._is_over.is_set()
            caller_id = spellings(self.caller)[spelling]
            self.attempts.append(sender.post(self._token, self.caller, caller_id=caller_id))
            if len(self.attempts) >= self._answers_before:
                self._is_due.set()

    def end(self, sender: Sender) -> None:
        """Opt the caller out."""
        if self._answers_before:
            assert self._is_due.wait(PATIENCE_SECONDS)
        try:
            self.opt_out = self._opt_out(sender)
        finally:
            self._is_over.set()

    def _opt_out(self, sender: Sender) -> Attempt:
        if self._is_operation:
            return sender.opt_out(self._token, self.caller)
        request = lead_request(self._token, {"caller_id": self.caller, "opt_out": 1})
        return sender.send(request, caller=self.caller, is_opt_out=True)


def test_nothing_enrolls_a_caller_after_their_opt_out_was_answered(installation: Installation, noted: Noted) -> None:
    """The caller's own wish wins over everything; a lead that slips past it is a call that should not be made."""
    whom = islice(callers(), LANES * len(rounds(RACES_OF_A_LANE, soak=250)))
    races = [
        Race(installation.token, caller, answers_before=count % 5, is_operation=count % 2 == 0)
        for count, caller in enumerate(whom)
    ]
    with installation.serving() as server:
        run_all([task for lane in range(LANES) for task in the_tasks_of_a_lane(server.port, races[lane::LANES])])
        assert server.terminate() == 0, server.output()[-2_000:]

    attempts = [attempt for race in races for attempt in (*race.attempts, race.opt_out) if attempt]
    noted.note(f"{len(races)} races of an opt-out with {SENDERS} senders", installation, attempts)
    for race in races:
        check_answers(race)
    stored = audit.read(installation.database_url)
    audit.check_opt_outs(stored, attempts)
    audit.check_wholeness(stored)
    assert [lead.caller for lead in stored.leads if lead.live] == []
    assert {lead.status for lead in stored.leads} == {"opt_out"}
    assert {contact.caller for contact in stored.contacts if contact.opted_out_at} == {race.caller for race in races}
    assert len(stored.submissions) == sum(len(race.attempts) + 1 for race in races)


def the_tasks_of_a_lane(port: int, races: Sequence[Race]) -> list[Callable[[], None]]:
    """Return what runs side by side so that the races are run one after the other, all beginning each together."""
    start = threading.Barrier(SENDERS + 1)
    roles: list[Role] = [Race.end, *(partial(Race.post, spelling=number) for number in range(SENDERS))]
    return [partial(take_part, port, races, role, start) for role in roles]


def take_part(port: int, races: Sequence[Race], role: Role, start: threading.Barrier) -> None:
    with Sender(port) as sender:
        for race in races:
            start.wait(PATIENCE_SECONDS)
            role(race, sender)


def check_answers(race: Race) -> None:
    assert race.opt_out is not None
    assert (race.opt_out.status, race.opt_out.verdict) == (200, "opted_out")
    said_at = race.opt_out.ended_at
    later = [attempt for attempt in race.attempts if attempt.begun_at > said_at]
    assert len(later) >= SENDERS
    assert {(attempt.status, attempt.verdict) for attempt in later} == {(422, "caller_opted_out")}
    earlier = [attempt.verdict for attempt in race.attempts if attempt.begun_at <= said_at]
    assert earlier.count("created") <= 1
    assert set(earlier) <= {"created", "updated", "caller_opted_out"}
