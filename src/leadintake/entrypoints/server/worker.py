"""What each worker process does before it serves its first request."""

from __future__ import annotations

import ctypes
import importlib
import logging
import os
import signal
import sys
import threading
import time
import traceback
from contextlib import suppress
from dataclasses import dataclass
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, NoReturn

import granian.wsgi

from leadintake.entrypoints.server.admission import Admission
from leadintake.entrypoints.server.bodies import BodyIntake
from leadintake.entrypoints.server.processors import claim_processor
from leadintake.entrypoints.server.stalled import StalledBodies

if TYPE_CHECKING:
    from multiprocessing.queues import SimpleQueue
    from wsgiref.types import WSGIApplication

    from leadintake.entrypoints.server.options import ServerOptions

_PR_SET_PDEATHSIG = 1
_PARENT_CHECK_SECONDS = 1.0
_WAKE_UP_SECONDS = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerReport:
    """What a worker tells the main process once: it has its application, or why it has none.

    Shape: `failure` is None when all is well, else the exception with its trace, as text.
    """

    failure: str | None = None


def load_application(
    app_factory: str, options: ServerOptions, main_pid: int, port: int | None, reports: SimpleQueue[WorkerReport]
) -> WSGIApplication:
    """Turn this process into a worker and return what it serves.

    Shape: `port` is the TCP port that is listened on, None for a Unix socket.
    """
    if options.pins_workers:
        # Before any thread is started, which would keep to no processor.
        claim_processor()
    _become_worker(main_pid, options.kill_timeout_seconds)
    # granian merges the process's environment into every request's, secrets included; an HTTP_PROXY in it
    # would even pass for a header. It reads it through this name, after the application is loaded.
    setattr(granian.wsgi, "os", SimpleNamespace(environ={}))  # noqa: B010  mypy knows that the module has no such name
    try:
        application = _import_factory(app_factory)()
    except (Exception, SystemExit) as error:  # noqa: BLE001  whatever it is, the main process is told
        reports.put(WorkerReport(failure="".join(traceback.format_exception(error))))
        _wait_to_be_stopped(options.kill_timeout_seconds)
    stalled = StalledBodies(port=port, timeout_seconds=options.body_timeout_seconds)
    bodies = BodyIntake(most_bytes=options.buffered_body_bytes, stalled=stalled)
    reports.put(WorkerReport())
    return Admission(application, places=options.threads, bodies=bodies)


def _import_factory(name: str) -> Any:  # noqa: ANN401  it is called right away; what it returns is the application's word
    module, _, attribute = name.partition(":")
    return getattr(importlib.import_module(module), attribute)


def _wait_to_be_stopped(seconds: float) -> NoReturn:
    """Stay until the main process ends this one: a worker that ends by itself would be respawned."""
    time.sleep(seconds)
    os._exit(1)


def _become_worker(main_pid: int, kill_timeout_seconds: float) -> None:
    # The main process's handlers came along with the fork. Until granian installs its own there is nothing to finish.
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    # Ctrl-C goes to every process of the terminal's group. A worker that hears it ends before the main process has
    # said so, which takes that for a crash: one after the other they waited for each other.
    with suppress(OSError):
        os.setpgid(0, 0)
    _die_with(main_pid)
    _end_within(kill_timeout_seconds)


def _die_with(main_pid: int) -> None:
    """See to it that this process does not outlive the main one, whose `kill -9` must free the port."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        # It may have died before the line above: then nobody is left to send the signal.
        if os.getppid() != main_pid:
            os._exit(1)
    else:
        watch_parent(main_pid)


def watch_parent(main_pid: int) -> None:
    """End this process soon after its parent, where the kernel does not do it."""

    def watch() -> None:
        while os.getppid() == main_pid:
            time.sleep(_PARENT_CHECK_SECONDS)
        os._exit(1)

    threading.Thread(target=watch, name="watch-parent", daemon=True).start()


def _end_within(seconds: float) -> None:
    """End this process that long after it was told to, whatever it is doing then.

    The main process kills it at the same moment; this is for when the main process is not there to do it.
    """
    signal.signal(signal.SIGUSR1, lambda *_: None)
    main_thread = threading.get_ident()
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    # granian replaces the handlers, but the number of every signal that has one is still written here.
    signal.set_wakeup_fd(writer, warn_on_full_buffer=False)

    def wait_for_the_end() -> None:
        while os.read(reader, 1)[0] not in {signal.SIGTERM, signal.SIGINT}:
            pass
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            time.sleep(_WAKE_UP_SECONDS)
            # Seen once in some fifty stops under load: the signal was noted, yet the main thread, where Python runs
            # its handlers, slept on and the worker went on serving. Any signal wakes it; a second SIGTERM would cut
            # off what is in flight.
            signal.pthread_kill(main_thread, signal.SIGUSR1)
        logging.getLogger("leadintake.server").error("A request was still running %s s after the stop.", seconds)
        os._exit(1)

    threading.Thread(target=wait_for_the_end, name="last-resort", daemon=True).start()
