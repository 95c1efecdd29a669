"""Many requests, one commit: group commit by election among the waiting threads.

A thread that finds no leader becomes one: it takes what is queued of its own company, its own command first, runs
it as a batch, wakes the others with their decisions and hands leadership to whoever has waited longest. There is
no background thread and no timer: a lone request goes straight through as a batch of one, and batches grow exactly
as fast as commits are slow. Each request is answered only after the commit that holds its rows.
Source: ADR 0006, "Batch-native enrollment".
"""

from __future__ import annotations

from collections import deque
from threading import Lock
from typing import TYPE_CHECKING

from leadintake.domain.errors import OutcomeUnknown, StaleWrite, Unavailable

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from leadintake.domain.claims import EnrollLead
    from leadintake.domain.enrollment import Decision

_MOST_ATTEMPTS = 4


class _Ticket:
    """One thread's command and what becomes of it."""

    __slots__ = ("command", "followers", "has_left", "is_leader", "is_taken", "is_woken", "result", "woken")

    def __init__(self, command: EnrollLead) -> None:
        self.command = command
        self.result: Decision | Exception | None = None
        # A lock that is released once: an Event costs six times as much, and every request waits on one.
        self.woken = Lock()
        self.woken.acquire()
        self.is_taken = False
        self.is_leader = False
        # Whom this thread wakes when it is woken itself, or whoever comes after it when it has gone.
        self.followers: deque[_Ticket] = deque()
        self.is_woken = False
        self.has_left = False


class Coalescer:
    """Decide single commands in shared batches.

    Args:
        run: Decides and commits a batch of one company.
        batch_size: The most commands in a batch.
        leaders: How many batches may be under way at once in this process.
        wait_seconds: How long a command may wait for its commit.
    """

    def __init__(
        self,
        run: Callable[[Sequence[EnrollLead]], Sequence[Decision]],
        *,
        batch_size: int,
        leaders: int,
        wait_seconds: float,
    ) -> None:
        self._run = run
        self._batch_size = batch_size
        self._wait_seconds = wait_seconds
        self._lock = Lock()
        self._queue: deque[_Ticket] = deque()
        self._free_leaders = leaders

    @property
    def waiting(self) -> int:
        """Return how many commands are in no batch yet."""
        with self._lock:
            return len(self._queue)

    def decide(self, command: EnrollLead) -> Decision:
        """Return the decision on the command once it is committed.

        Raises: Unavailable: it waited too long, or the store cannot be reached; nothing was done.
            OutcomeUnknown: its batch was under way when the wait ended; a retry is absorbed.
            StaleWrite: other writers kept meeting it; nothing was done.
        """
        ticket = _Ticket(command)
        with self._lock:
            if self._free_leaders:
                self._free_leaders -= 1
                ticket.is_leader = True
            else:
                self._queue.append(ticket)
        if not ticket.is_leader:
            self._wait(ticket)
            if ticket.followers:
                self._wake_next(ticket.followers)
        if ticket.is_leader:
            self._lead(ticket)
        if isinstance(ticket.result, Exception):
            raise ticket.result
        if ticket.result is None:
            raise OutcomeUnknown
        return ticket.result

    def _wait(self, ticket: _Ticket) -> None:
        """Wait to be decided, or to be made leader. Raises: Unavailable: neither came in time."""
        try:
            is_woken = ticket.woken.acquire(timeout=self._wait_seconds)
        except BaseException:
            # Some servers end a request where it waits; neither leadership nor the others' waking must end with it.
            if not self._leave(ticket):
                if ticket.is_leader:
                    self._hand_on()
                self._wake_next(ticket.followers)
            raise
        if not is_woken and self._leave(ticket):
            raise Unavailable

    def _leave(self, ticket: _Ticket) -> bool:
        """Take the ticket out of the queue, so that nobody decides it later; say whether it was still there."""
        with self._lock:
            ticket.has_left = not ticket.is_woken
            if ticket.is_leader or ticket.is_taken:
                return False
            self._queue.remove(ticket)
            return True

    def _wake_next(self, waiting: deque[_Ticket]) -> None:
        """Wake the first who still waits; that one wakes the next.

        All at once they would fight for the interpreter's lock, each losing a turn of the processor for nothing.
        """
        with self._lock:
            while waiting:
                member = waiting.popleft()
                if not member.has_left:
                    member.is_woken = True
                    member.followers = waiting
                    member.woken.release()
                    return

    def _lead(self, ticket: _Ticket) -> None:
        """Decide one's own command and those that can go with it, then hand leadership on."""
        batch = self._take(ticket)
        try:
            self._decide_all(batch)
        finally:
            self._hand_on()
            # The first is the leader itself, awake already.
            self._wake_next(deque(batch[1:]))

    def _take(self, ticket: _Ticket) -> list[_Ticket]:
        """Return a batch of the ticket's company, the ticket first, the others in the order in which they came."""
        company_id = ticket.command.receipt.company_id
        batch, others = [ticket], deque[_Ticket]()
        with self._lock:
            while self._queue and len(batch) < self._batch_size:
                waiting = self._queue.popleft()
                (batch if waiting.command.receipt.company_id == company_id else others).append(waiting)
            self._queue.extendleft(reversed(others))
            for member in batch:
                member.is_taken = True
        return batch

    def _hand_on(self) -> None:
        """Make the thread that has waited longest the leader, or leave the place free."""
        with self._lock:
            if not self._queue:
                self._free_leaders += 1
                return
            heir = self._queue.popleft()
            heir.is_leader = True
        heir.woken.release()

    def _decide_all(self, batch: Sequence[_Ticket]) -> None:
        """Give every ticket its result; if the store refuses the batch, each command is tried by itself."""
        try:
            decisions = self._attempt([ticket.command for ticket in batch])
        except Unavailable as refusal:
            # The store is away: trying one by one would only keep everybody waiting longer.
            for ticket in batch:
                ticket.result = type(refusal)()
        except Exception as fault:  # noqa: BLE001 - whatever it is, it belongs to one command and not to its neighbours
            if len(batch) == 1:
                batch[0].result = fault
            else:
                self._decide_each(batch)
        else:
            for ticket, decision in zip(batch, decisions, strict=True):
                ticket.result = decision

    def _decide_each(self, batch: Sequence[_Ticket]) -> None:
        """Give every ticket its result in a batch of its own; nobody waits long for a store that is away."""
        is_away = False
        for ticket in batch:
            if is_away:
                ticket.result = Unavailable()
            else:
                self._decide_all([ticket])
                is_away = isinstance(ticket.result, Unavailable)

    def _attempt(self, commands: Sequence[EnrollLead]) -> Sequence[Decision]:
        """Run the batch, again when other writers met it or the store's connection had died before it."""
        was_away = False
        for _ in range(_MOST_ATTEMPTS - 1):
            try:
                return self._run(commands)
            except OutcomeUnknown:
                raise
            except StaleWrite:
                continue
            except Unavailable:
                # A restarted database leaves dead connections in the pool; the first fault clears them.
                if was_away:
                    raise
                was_away = True
        return self._run(commands)
