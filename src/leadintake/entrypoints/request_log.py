"""What is told of every answered request: a line in the log, and a count in the metrics.

Nothing that a sender wrote is in it, save an identifier in a form that can hold no credential.
"""

from __future__ import annotations

import atexit
import sys
from collections import deque
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from datetime import UTC, datetime
from multiprocessing.util import Finalize
from threading import Event, Lock, Thread
from time import sleep
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TextIO

import orjson
import structlog

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from uuid import UUID

_GATHERING_SECONDS: Final = 0.05


class AnsweredRequest(NamedTuple):
    """One request, as far as it is told.

    Shape: `route` is the address's template, None where there is nothing. `outcome` is what was decided, or the code
    of the refusal. `credential` is the identifier of a known credential, or a keyed digest of an unknown one.
    Units: `at` is seconds since 1970.
    """

    method: str
    route: str | None
    status: int
    seconds: float | None
    at: float
    request_id: str | None = None
    outcome: str | None = None
    credential: UUID | str | None = None

    def words(self) -> dict[str, Any]:
        """Return what stands in the log."""
        told = {
            "method": self.method,
            "route": self.route,
            "status": self.status,
            "ms": None if self.seconds is None else round(self.seconds * 1000, 1),
        }
        more = {"outcome": self.outcome, "credential": self.credential, "request_id": self.request_id}
        return told | {name: value for name, value in more.items() if value is not None}


class GatheredRequests:
    """Requests on their way to where they are told: those of a twentieth of a second together.

    A write lets go of the interpreter's lock; with one for each request, all the others queue for that lock once
    more. When the process is killed the lines of its last moment are lost; the ledger of submissions loses none.
    """

    def __init__(self, tell: Callable[[Sequence[AnsweredRequest]], None]) -> None:
        """Hand them to `tell`; the thread that does it starts with the first one."""
        self._tell = tell
        self._requests: deque[AnsweredRequest] = deque()
        self._telling = Lock()
        self._has_requests = Event()
        self._has_thread = False
        # The one for processes that end by themselves, the other for workers, which end without asking `atexit`.
        atexit.register(self.tell_all)
        Finalize(None, self.tell_all, exitpriority=0)

    def add(self, request: AnsweredRequest) -> None:
        """Tell of the request soon."""
        self._requests.append(request)
        if not self._has_requests.is_set():
            if not self._has_thread:
                self._has_thread = True
                Thread(target=self._tell_for_ever, name="request-log", daemon=True).start()
            self._has_requests.set()

    def tell_all(self) -> None:
        """Tell of all that wait."""
        with self._telling:
            requests = [self._requests.popleft() for _ in range(len(self._requests))]
            if requests:
                # A reader that has gone away is no reason to refuse a lead.
                with suppress(OSError, ValueError):
                    self._tell(requests)

    def _tell_for_ever(self) -> None:
        while self._has_requests.wait():
            sleep(_GATHERING_SECONDS)
            self._has_requests.clear()
            self.tell_all()


_gathered: GatheredRequests | None = None
_is_untold: ContextVar[bool] = ContextVar("is_untold", default=False)
_log = structlog.get_logger("leadintake.access")


def gather_requests(
    *, count: Callable[[Sequence[AnsweredRequest]], None], is_shown: bool, is_json: bool, stream: TextIO | None = None
) -> None:
    """Have requests told from now on by a thread of their own, and not by those who wait for their answers.

    Args:
        count: Counts them.
        is_shown: Whether they are in the log at all.
        is_json: Whether the log is JSON lines; else it is for people.
        stream: Where JSON lines go, standard error unless given.
    """

    def tell(requests: Sequence[AnsweredRequest]) -> None:
        count(requests)
        if is_shown and is_json:
            out = stream or sys.stderr
            out.write("".join(map(_line, requests)))
            out.flush()
        elif is_shown:
            for request in requests:
                _log.info("request", **request.words())

    global _gathered  # noqa: PLW0603 - as logging's own configuration
    _gathered = GatheredRequests(tell)


@contextmanager
def untold() -> Iterator[None]:
    """Tell nobody of the requests that are answered meanwhile, by this thread."""
    token = _is_untold.set(True)
    try:
        yield
    finally:
        _is_untold.reset(token)


def log_request(request: AnsweredRequest) -> None:
    """Tell of an answered request."""
    if _is_untold.get():
        return
    if _gathered is None:
        _log.info("request", **request.words())
    else:
        _gathered.add(request)


def _line(request: AnsweredRequest) -> str:
    """Return the line, made by hand: the way through structlog's processors costs five times as much."""
    at = datetime.fromtimestamp(request.at, UTC)
    words = request.words() | {"event": "request", "level": "info", "timestamp": at}
    return orjson.dumps(words, option=orjson.OPT_UTC_Z | orjson.OPT_APPEND_NEWLINE).decode()
