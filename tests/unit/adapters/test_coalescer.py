"""Group commit: who shares a batch, who waits how long, and that leadership is never lost."""

from __future__ import annotations

import os
import random
import signal
import threading
from collections import Counter
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from leadintake.adapters.coalescer import Coalescer
from leadintake.domain.company import CompanyId
from leadintake.domain.enrollment import Decision
from leadintake.domain.errors import OutcomeUnknown, StaleWrite, Unavailable
from leadintake.domain.submission import Outcome

from tests.support.builders import a_receipt, an_enroll_lead
from tests.support.servers import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from leadintake.domain.claims import EnrollLead

PATIENCE_SECONDS = 20
A_MOMENT = 0.05


def a_command(name: str = "a", *, company: int = 1) -> EnrollLead:
    """Return a command that can be told from others by its sub id."""
    return an_enroll_lead(receipt=a_receipt(company_id=CompanyId(company)), sub_id=name)


def decided(command: EnrollLead) -> Decision:
    """Return the decision on a command; each is its own."""
    return Decision(command=command, outcome=Outcome.CREATED)


@dataclass
class Runs:
    """Decides batches, and remembers them; holds each back while `is_open` is not set.

    Shape: `batches` are names; `faults` are raised in their order, None for a batch that goes well; `spoiled` are the
    names that no batch can hold.
    """

    batches: list[str] = field(default_factory=list)
    faults: list[BaseException | None] = field(default_factory=list)
    spoiled: dict[str, Exception] = field(default_factory=dict)
    is_open: threading.Event = field(default_factory=threading.Event)
    has_begun: threading.Event = field(default_factory=threading.Event)

    def __call__(self, commands: Sequence[EnrollLead]) -> Sequence[Decision]:
        """Decide a batch."""
        names = "".join(str(command.sub_id) for command in commands)
        self.batches.append(names)
        self.has_begun.set()
        assert self.is_open.wait(PATIENCE_SECONDS)
        if self.faults and (fault := self.faults.pop(0)) is not None:
            raise fault
        for name, fault in self.spoiled.items():
            if name in names:
                raise fault
        return [decided(command) for command in commands]


@dataclass
class Desk:
    """A coalescer whose runs are held back, and threads that ask it."""

    runs: Runs
    coalescer: Coalescer
    pool: ThreadPoolExecutor

    def ask(self, *names: str, company: int = 1) -> list[Future[Decision]]:
        """Let a thread ask for each command, in this order; return once all but a leader's own are queued."""
        asked = []
        for name in names:
            command = a_command(name, company=company)
            is_leader, queued = not self.runs.has_begun.is_set(), self.coalescer.waiting + 1
            asked.append(self.pool.submit(self.coalescer.decide, command))
            if is_leader:
                assert self.runs.has_begun.wait(PATIENCE_SECONDS)
            else:
                self.until_waiting(queued)
        return asked

    def until_waiting(self, count: int) -> None:
        """Return once that many commands are queued."""
        wait_until(lambda: self.coalescer.waiting == count, what=f"{count} commands are queued")


def names_of(futures: Sequence[Future[Decision]]) -> list[str | None]:
    """Return the names of the commands that were decided."""
    return [future.result(PATIENCE_SECONDS).command.sub_id for future in futures]


@contextmanager
def a_desk(*, batch_size: int = 64, leaders: int = 1, wait_seconds: float = PATIENCE_SECONDS) -> Iterator[Desk]:
    runs = Runs()
    with ThreadPoolExecutor(32) as pool:
        coalescer = Coalescer(runs, batch_size=batch_size, leaders=leaders, wait_seconds=wait_seconds)
        try:
            yield Desk(runs, coalescer, pool)
        finally:
            runs.is_open.set()


@pytest.fixture
def desk() -> Iterator[Desk]:
    with a_desk() as desk:
        yield desk


class TestBatches:
    def test_lone_command_is_a_batch_of_one_in_its_own_thread(self) -> None:
        """Nobody else is needed: no thread, no timer."""
        threads = []

        def run(commands: Sequence[EnrollLead]) -> Sequence[Decision]:
            threads.append(threading.current_thread())
            return [decided(command) for command in commands]

        command = a_command()
        decision = Coalescer(run, batch_size=64, leaders=1, wait_seconds=1).decide(command)

        assert decision.command is command
        assert threads == [threading.current_thread()]

    def test_commands_that_come_during_a_batch_share_the_next(self, desk: Desk) -> None:
        asked = desk.ask("a", "b", "c", "d")

        desk.runs.is_open.set()

        assert names_of(asked) == ["a", "b", "c", "d"]
        assert desk.runs.batches == ["a", "bcd"]
        assert desk.coalescer.waiting == 0

    def test_batch_is_no_larger_than_allowed(self) -> None:
        with a_desk(batch_size=2) as desk:
            asked = desk.ask(*"abcdef")

            desk.runs.is_open.set()

            assert names_of(asked) == list("abcdef")
            assert desk.runs.batches == ["a", "bc", "de", "f"]

    def test_companies_are_never_mixed_and_none_waits_for_another_twice(self, desk: Desk) -> None:
        asked = [
            *desk.ask("a"),
            *desk.ask("x", company=2),
            *desk.ask("b"),
            *desk.ask("y", company=2),
            *desk.ask("p", company=3),
            *desk.ask("c"),
        ]

        desk.runs.is_open.set()

        assert names_of(asked) == list("axbypc")
        assert desk.runs.batches == ["a", "xy", "bc", "p"]

    def test_who_has_waited_longest_leads_next(self) -> None:
        """A company that posts without end must not keep another one waiting."""
        with a_desk(batch_size=2) as desk:
            asked = [*desk.ask("a"), *desk.ask("b"), *desk.ask("x", company=2), *desk.ask("c", "d")]

            desk.runs.is_open.set()

            assert names_of(asked) == list("abxcd")
            assert desk.runs.batches == ["a", "bc", "x", "d"]

    def test_as_many_batches_are_under_way_as_there_are_leaders(self) -> None:
        meet = threading.Barrier(2)

        def run(commands: Sequence[EnrollLead]) -> Sequence[Decision]:
            meet.wait(PATIENCE_SECONDS)
            return [decided(command) for command in commands]

        coalescer = Coalescer(run, batch_size=64, leaders=2, wait_seconds=PATIENCE_SECONDS)
        with ThreadPoolExecutor(2) as pool:
            asked = [pool.submit(coalescer.decide, a_command(name)) for name in "ab"]

            assert names_of(asked) == ["a", "b"]

    def test_place_of_a_leader_is_free_again_afterwards(self, desk: Desk) -> None:
        desk.runs.is_open.set()

        for name in "abc":
            assert names_of([desk.pool.submit(desk.coalescer.decide, a_command(name))]) == [name]

        assert desk.runs.batches == ["a", "b", "c"]


class TestFaults:
    def test_fault_of_one_command_does_not_fail_its_neighbours(self, desk: Desk) -> None:
        desk.runs.spoiled["c"] = ValueError("c cannot be stored")
        asked = desk.ask(*"abcd")

        desk.runs.is_open.set()

        assert names_of([asked[0], asked[1], asked[3]]) == ["a", "b", "d"]
        with pytest.raises(ValueError, match="c cannot"):
            asked[2].result(PATIENCE_SECONDS)
        assert desk.runs.batches == ["a", "bcd", "b", "c", "d"]

    def test_writers_that_meet_try_again(self, desk: Desk) -> None:
        desk.runs.faults = [StaleWrite(), StaleWrite(), StaleWrite(), None]
        desk.runs.is_open.set()

        assert desk.coalescer.decide(a_command()).outcome is Outcome.CREATED
        assert desk.runs.batches == ["a"] * 4

    def test_writer_that_always_meets_others_gives_up(self, desk: Desk) -> None:
        desk.runs.spoiled["a"] = StaleWrite()
        desk.runs.is_open.set()

        with pytest.raises(StaleWrite):
            desk.coalescer.decide(a_command())
        assert desk.runs.batches == ["a"] * 4

    def test_connection_that_had_died_is_tried_once_more(self, desk: Desk) -> None:
        """A database that was restarted must cost nobody a lead."""
        desk.runs.faults = [Unavailable(), None]
        desk.runs.is_open.set()

        assert desk.coalescer.decide(a_command()).outcome is Outcome.CREATED

    def test_store_that_is_away_refuses_the_whole_batch_at_once(self, desk: Desk) -> None:
        """Trying one by one would keep everybody waiting as often as there are commands."""
        desk.runs.faults = [None, Unavailable(), Unavailable()]
        asked = desk.ask(*"abcd")

        desk.runs.is_open.set()

        faults = [future.exception(PATIENCE_SECONDS) for future in asked[1:]]
        assert [type(fault) for fault in faults] == [Unavailable] * 3
        assert len({id(fault) for fault in faults}) == 3
        assert desk.runs.batches == ["a", "bcd", "bcd"]

    def test_store_that_goes_away_one_by_one_keeps_nobody_waiting(self, desk: Desk) -> None:
        """Of a batch that is tried one by one the rest is refused with the first that finds the store away."""
        desk.runs.faults = [None, ValueError(), None, Unavailable(), Unavailable()]
        asked = desk.ask(*"abcde")

        desk.runs.is_open.set()

        assert names_of(asked[:2]) == ["a", "b"]
        assert [type(future.exception(PATIENCE_SECONDS)) for future in asked[2:]] == [Unavailable] * 3
        assert desk.runs.batches == ["a", "bcde", "b", "c", "c"]

    def test_unknown_outcome_is_not_tried_again(self, desk: Desk) -> None:
        """The first attempt may have been committed; whoever sends again is absorbed by the business key."""
        desk.runs.faults = [None, OutcomeUnknown()]
        asked = desk.ask(*"abc")

        desk.runs.is_open.set()

        assert [type(future.exception(PATIENCE_SECONDS)) for future in asked[1:]] == [OutcomeUnknown] * 2
        assert desk.runs.batches == ["a", "bc"]


class TestBoundedWaits:
    def test_command_that_nobody_took_is_refused_and_never_decided_later(self) -> None:
        """A sender that was told to try again must not find two leads."""
        with a_desk(wait_seconds=A_MOMENT) as desk:
            [first] = desk.ask("a")
            second = desk.pool.submit(desk.coalescer.decide, a_command("b"))

            assert isinstance(second.exception(PATIENCE_SECONDS), Unavailable)
            assert not isinstance(second.exception(), OutcomeUnknown)
            assert desk.coalescer.waiting == 0
            desk.runs.is_open.set()
            assert names_of([first]) == ["a"]
            assert names_of([desk.pool.submit(desk.coalescer.decide, a_command("c"))]) == ["c"]
            assert desk.runs.batches == ["a", "c"]

    def test_command_whose_batch_is_under_way_has_an_unknown_outcome(self) -> None:
        """It may be in; a repeat is absorbed."""
        end = threading.Event()

        def run(commands: Sequence[EnrollLead]) -> Sequence[Decision]:
            if len(commands) == 1:
                wait_until(lambda: coalescer.waiting == 2, what="two more are queued")
            else:
                assert end.wait(PATIENCE_SECONDS)
            return [decided(command) for command in commands]

        coalescer = Coalescer(run, batch_size=64, leaders=1, wait_seconds=1)
        with ThreadPoolExecutor(3) as pool:
            asked = [pool.submit(coalescer.decide, a_command(name)) for name in "abc"]
            try:
                # One of the two leads the second batch and is bounded by the store; the other one gives up.
                wait_until(lambda: sum(future.done() for future in asked) == 2, what="one is decided, one gives up")
                [late] = [future.exception() for future in asked if future.done() and future.exception()]
            finally:
                end.set()

        assert type(late) is OutcomeUnknown
        assert [future.exception() for future in asked].count(None) == 2


class TestWaking:
    def test_member_who_gave_up_does_not_keep_the_others_of_its_batch_waiting(self) -> None:
        """Each wakes the next: one who is gone must not be the end of it."""
        end = threading.Event()

        def run(commands: Sequence[EnrollLead]) -> Sequence[Decision]:
            if len(commands) == 1:
                wait_until(lambda: coalescer.waiting == 4, what="four more are queued")
            else:
                wait_until(lambda: sum(future.done() for future in asked) >= 2, what="one is decided, one gives up")
                assert end.wait(PATIENCE_SECONDS)
            return [decided(command) for command in commands]

        coalescer = Coalescer(run, batch_size=64, leaders=1, wait_seconds=1)
        with ThreadPoolExecutor(5) as pool:
            asked = [pool.submit(coalescer.decide, a_command(name)) for name in "abcde"]
            wait_until(lambda: sum(future.done() for future in asked) >= 2, what="one is decided, one gives up")
            end.set()
            faults = [future.exception(PATIENCE_SECONDS) for future in asked]

        assert {type(fault) for fault in faults} <= {type(None), OutcomeUnknown}
        assert faults.count(None) >= 2

    def test_whole_batch_is_woken(self, desk: Desk) -> None:
        asked = desk.ask(*"abcdefghijkl")

        desk.runs.is_open.set()

        assert names_of(asked) == [*"abcdefghijkl"]


class TestLeadership:
    def test_leadership_is_handed_on_when_a_run_ends_its_thread(self, desk: Desk) -> None:
        """Else everybody after that waits for nobody."""
        desk.runs.faults = [SystemExit("the worker ends")]
        asked = desk.ask(*"abc")

        desk.runs.is_open.set()

        assert isinstance(asked[0].exception(PATIENCE_SECONDS), SystemExit)
        assert names_of(asked[1:]) == ["b", "c"]
        assert desk.runs.batches == ["a", "bc"]

    def test_members_of_a_batch_whose_leader_ends_are_told_that_nothing_is_known(self, desk: Desk) -> None:
        desk.runs.faults = [None, SystemExit("the worker ends")]
        asked = desk.ask(*"abc")

        desk.runs.is_open.set()

        assert isinstance(asked[1].exception(PATIENCE_SECONDS), SystemExit)
        assert type(asked[2].exception(PATIENCE_SECONDS)) is OutcomeUnknown
        assert names_of([desk.pool.submit(desk.coalescer.decide, a_command("d"))]) == ["d"]

    def test_run_that_forgets_a_decision_leaves_nobody_waiting(self) -> None:
        def forgetful(commands: Sequence[EnrollLead]) -> Sequence[Decision]:
            return [decided(command) for command in commands[1:]]

        coalescer = Coalescer(forgetful, batch_size=64, leaders=1, wait_seconds=1)

        for _ in range(2):
            with pytest.raises(ValueError, match="shorter"):
                coalescer.decide(a_command())

    @pytest.mark.parametrize("is_heir", [False, True])
    def test_thread_that_is_ended_while_it_waits_takes_nothing_with_it(self, desk: Desk, *, is_heir: bool) -> None:
        """Some servers end a request where it waits; an heir that is gone must not keep the leadership."""

        class Ended(BaseException):
            pass

        def end(_signal: int, _frame: object) -> None:
            if is_heir:
                desk.runs.is_open.set()
                leader.result(PATIENCE_SECONDS)
            raise Ended

        def end_main_thread_once_it_waits() -> None:
            desk.until_waiting(1)
            signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGUSR1)

        before = signal.signal(signal.SIGUSR1, end)
        try:
            [leader] = desk.ask("a")
            ender = desk.pool.submit(end_main_thread_once_it_waits)
            with pytest.raises(Ended):
                desk.coalescer.decide(a_command("b"))
        finally:
            signal.signal(signal.SIGUSR1, before)

        ender.result(PATIENCE_SECONDS)
        desk.runs.is_open.set()
        assert names_of([leader, desk.pool.submit(desk.coalescer.decide, a_command("c"))]) == ["a", "c"]
        assert "b" not in "".join(desk.runs.batches)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("leaders", [1, 2])
def test_every_thread_gets_its_own_decision_and_every_command_is_decided_once(seed: int, leaders: int) -> None:
    """The one promise that everything else rests on, under whatever order the threads come in."""
    dice, guard = random.Random(seed), threading.Lock()  # noqa: S311 - no secret
    committed: Counter[str] = Counter()
    under_way: list[int] = []
    sizes: list[int] = []
    most_under_way = 0

    def run(commands: Sequence[EnrollLead]) -> Sequence[Decision]:
        nonlocal most_under_way
        with guard:
            under_way.append(1)
            most_under_way = max(most_under_way, len(under_way))
            chance = dice.random()
        try:
            assert len({command.receipt.company_id for command in commands}) == 1
            sizes.append(len(commands))
            for _ in range(20):
                os.sched_yield()  # as a commit does, which lets the others queue
            if chance < 0.1:
                raise StaleWrite
            if chance < 0.15 and len(commands) > 1:
                raise ValueError
            committed.update(str(command.sub_id) for command in commands)
            return [decided(command) for command in commands]
        finally:
            under_way.pop()

    coalescer = Coalescer(run, batch_size=7, leaders=leaders, wait_seconds=PATIENCE_SECONDS)

    def ask(thread: int) -> None:
        for turn in range(40):
            command = a_command(f"{thread}.{turn}", company=1 + thread % 3)
            assert coalescer.decide(command).command is command

    with ThreadPoolExecutor(24) as pool:
        list(pool.map(ask, range(24)))

    assert 1 < max(sizes) <= 7
    assert committed == Counter(f"{thread}.{turn}" for thread in range(24) for turn in range(40))
    assert most_under_way <= leaders
    assert coalescer.waiting == 0
