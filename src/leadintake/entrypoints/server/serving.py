"""The main process: it starts, watches and stops the workers, and serves nothing itself.

Exit statuses
    0   stopped on request (TERM, INT or HUP); every request in flight was answered
    1   everything else: the address was taken, the application did not start, a worker died twice within 5.5 s,
        or a stop had to be forced, by a second signal or because a request outlasted the kill time-out

granian replaces a worker that dies. If its successor dies within 5.5 s as well, granian takes that for a loop and
ends the server. So run it under something that starts it again: `deploy/` holds a systemd unit and a compose file.
After `kill -9` of this process its workers die at once, by their own means, and the port is free again.
"""

from __future__ import annotations

import logging
import multiprocessing
import os
import signal
import sys
import threading
import time
from functools import partial
from typing import TYPE_CHECKING, Any

from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.log import LogLevels
from granian.server import MPServer

from leadintake.entrypoints.server.listening import CannotListen, claim
from leadintake.entrypoints.server.worker import load_application

if TYPE_CHECKING:
    from collections.abc import Callable
    from multiprocessing.queues import SimpleQueue
    from types import FrameType

    from leadintake.entrypoints.server.listening import Listening
    from leadintake.entrypoints.server.options import ServerOptions
    from leadintake.entrypoints.server.worker import WorkerReport

_log = logging.getLogger("leadintake.server")

STOPPED = 0
FAILED = 1

_POLL_SECONDS = 0.02
# timeout(1) and some supervisors signal the process and then its group: that is one wish, not two.
_SAME_SIGNAL_SECONDS = 0.5
_WAKE_AGAIN_SECONDS = 1.0
_WAKE_UP_SECONDS = 0.5
# granian's own lines go where all others go, and only those that say that something is wrong. None of them
# contains anything of a request; its access log, which would, is off.
_GRANIAN_LOGGING = {
    "handlers": {},
    "loggers": {"_granian": {"handlers": [], "propagate": True}},
}


def serve(app_factory: str, options: ServerOptions, *, on_ready: Callable[[str], None] | None = None) -> int:
    """Serve until told to stop, and return the exit status (see the module).

    Args:
        app_factory: ``package.module:callable``; called once in each worker, returns a WSGI application.
        options: What to listen on, and how much to take on at once.
        on_ready: Called once with the URL, in a thread of its own, when every worker has its application and
            the address answers.
    """
    try:
        listening = claim(options)
    except CannotListen as refusal:
        _log.error("%s", refusal)
        return FAILED
    return _Server(app_factory, options, listening, on_ready).run()


class _WaitInSteps(threading.Event):
    """An event on which nobody sleeps through a signal.

    The kernel may give a signal to any thread, or to the main one just before it falls asleep. Python notes it then,
    but runs its handler only when the main thread is next awake, which in a wait without an end may be never.
    """

    def wait(self, timeout: float | None = None) -> bool:
        """Wait for the event, waking up now and then if there is no end to it."""
        if timeout is not None:
            return super().wait(timeout)
        while not super().wait(_WAKE_UP_SECONDS):
            pass
        return True


class _Server:
    def __init__(
        self,
        app_factory: str,
        options: ServerOptions,
        listening: Listening,
        on_ready: Callable[[str], None] | None,
    ) -> None:
        self._options = options
        self._listening = listening
        self._on_ready = on_ready
        self._pid = os.getpid()
        self._stopping = False
        self._stopping_since = 0.0
        self._forced = False
        self._failure: str | None = None
        self._leaving: list[Any] = []
        self._ignored = {number for number in (signal.SIGHUP,) if signal.getsignal(number) is signal.SIG_IGN}
        self._reports: SimpleQueue[WorkerReport] = multiprocessing.get_context(_start_method()).SimpleQueue()
        self._granian = _granian(app_factory, options, listening)
        self._granian.main_loop_interrupt = _WaitInSteps()
        self._granian.on_startup(self._before_workers)
        self._loader = partial(
            load_application,
            app_factory,
            options,
            self._pid,
            None if listening.socket_path else listening.port,
            self._reports,
        )

    def run(self) -> int:
        try:
            self._granian.serve(target_loader=self._loader, wrap_loader=False)
        except SystemExit as ended:
            self._forced = self._forced or bool(ended.code)
        if self._failure:
            _log.error("The service could not start.\n%s", self._failure)
            return FAILED
        codes = [_exit_code(worker) for worker in self._leaving]
        # Only a worker that still loads its application is ended by the signal itself.
        if self._forced or any(code not in {0, -signal.SIGTERM} for code in codes):
            _log.error("The stop was not orderly; requests may have gone unanswered. Workers ended with: %s", codes)
            return FAILED
        return STOPPED

    def _before_workers(self) -> None:
        # granian has installed its handlers just now; a second signal would be lost on them.
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN if number in self._ignored else self._on_signal)
        threading.Thread(target=self._await_workers, name="await-workers", daemon=True).start()

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        if os.getpid() != self._pid:
            # A worker that was forked a moment ago: it has no handlers of its own yet, and nothing in flight.
            os._exit(0)
        if self._stopping and time.monotonic() - self._stopping_since > _SAME_SIGNAL_SECONDS:
            self._forced = True
            for worker in self._granian.wrks:
                worker.kill()  # type: ignore[no-untyped-call]  # granian's
        self._stop()

    def _stop(self) -> None:
        if not self._stopping:
            self._stopping, self._stopping_since = True, time.monotonic()
        self._leaving = self._leaving or list(self._granian.wrks)
        self._granian.signal_handler_interrupt()  # type: ignore[no-untyped-call]  # granian's
        # granian forgets that it was woken if it is just about to replace a worker.
        again = threading.Timer(_WAKE_AGAIN_SECONDS, self._granian.main_loop_interrupt.set)
        again.daemon = True
        again.start()

    def _await_workers(self) -> None:
        """Say that the service is ready, or end it when an application does not start."""
        for started in range(1, sys.maxsize):
            report = self._reports.get()
            if report.failure:
                self._failure = report.failure
                self._stop()
                return
            if started == self._options.workers:
                self._announce()

    def _announce(self) -> None:
        while not self._listening.answers():
            if self._stopping:
                return
            time.sleep(_POLL_SECONDS)
        if self._on_ready:
            self._on_ready(self._listening.url)


def _exit_code(worker: Any) -> int:  # noqa: ANN401  granian's type, which says nothing of the process inside
    """Return how a worker ended; negative is the number of a signal."""
    # Another thread of granian's may have buried it just now, and be about to write that down.
    while (code := worker.inner.exitcode) is None:
        time.sleep(_POLL_SECONDS)
    return int(code)


def _granian(app_factory: str, options: ServerOptions, listening: Listening) -> MPServer:
    return MPServer(
        app_factory,
        address=listening.ip,
        port=listening.port,
        uds=listening.socket_path,
        interface=Interfaces.WSGI,
        workers=options.workers,
        # A thread for every connection, made when needed and given back after half a minute: see `admission`.
        blocking_threads=options.connections,
        backpressure=options.connections,
        backlog=options.backlog,
        http=HTTPModes.http1,
        websockets=False,
        http1_settings=HTTP1Settings(header_read_timeout=round(options.header_timeout_seconds * 1000)),
        log_level=LogLevels.error,
        log_dictconfig=_GRANIAN_LOGGING,
        log_access=False,
        respawn_failed_workers=True,
        workers_kill_timeout=options.kill_timeout_seconds,
    )


def _start_method() -> str:
    """Return how granian starts its workers, which share what is made for that method only."""
    method = multiprocessing.get_start_method()
    return method if method in {"fork", "spawn"} else "spawn"
