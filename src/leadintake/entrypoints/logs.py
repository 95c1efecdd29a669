"""Logs as events: JSON lines for machines, plain lines for people, credentials for nobody."""

from __future__ import annotations

import atexit
import json
import logging
import sys
import traceback
from collections import deque
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from multiprocessing.util import Finalize
from threading import Event, Lock, Thread
from time import sleep
from typing import TYPE_CHECKING, Any, Final, TextIO, cast

import orjson
import structlog

from leadintake.domain.credential import SECRET_PATTERN
from leadintake.domain.redaction import REDACTED

if TYPE_CHECKING:
    from structlog.typing import EventDict, WrappedLogger


_GATHERING_SECONDS: Final = 0.05


ACCESS_LOG: Final = "leadintake.access"


class GatheredLines:
    """Where the access log goes: the lines of a twentieth of a second are written at once.

    A write lets go of the interpreter's lock; with one for each request, all the others queue for that lock once
    more. When the process is killed the lines of its last moment are lost; the ledger of submissions loses none.
    """

    def __init__(self, stream: TextIO) -> None:
        """Write to that stream; the thread that does it starts with the first line."""
        self._stream = stream
        self._lines: deque[str] = deque()
        self._writing = Lock()
        self._has_lines = Event()
        self._has_thread = False
        # The one for processes that end by themselves, the other for workers, which end without asking `atexit`.
        atexit.register(self.write_out)
        Finalize(None, self.write_out, exitpriority=0)

    def info(self, line: str) -> None:
        """Write the line soon."""
        self._lines.append(line + "\n")
        if not self._has_lines.is_set():
            if not self._has_thread:
                self._has_thread = True
                Thread(target=self._write_for_ever, name="log-lines", daemon=True).start()
            self._has_lines.set()

    def write_out(self) -> None:
        """Write all lines that wait."""
        with self._writing:
            lines = [self._lines.popleft() for _ in range(len(self._lines))]
            # A reader that has gone away is no reason to refuse a lead.
            with suppress(OSError, ValueError):
                self._stream.write("".join(lines))
                self._stream.flush()

    def _write_for_ever(self) -> None:
        while self._has_lines.wait():
            sleep(_GATHERING_SECONDS)
            self._has_lines.clear()
            self.write_out()


class Undisturbed:
    """A stream on which nothing fails: a full disk or a dead collector costs lines, and not the work they tell of."""

    def __init__(self, stream: TextIO) -> None:
        """Write to that stream."""
        self._stream = stream

    def write(self, text: str) -> None:
        """Write if it can be written."""
        with suppress(OSError, ValueError):
            self._stream.write(text)

    def flush(self) -> None:
        """Flush if it can be flushed."""
        with suppress(OSError, ValueError):
            self._stream.flush()


# Where JSON lines of the access log go straight to; None when structlog is to make them.
_json_access_log: GatheredLines | None = None
_access_log = structlog.get_logger(ACCESS_LOG)


def log_request(*, method: str, route: str | None, status: int, ms: float | None) -> None:
    """Write the line of one request: a handful of words of our own, nothing that a sender wrote.

    Made by hand where it is JSON: every request waits for it, and the way through the processors costs five times as
    much for the same line.
    """
    if _json_access_log is None:
        _access_log.info("request", method=method, route=route, status=status, ms=ms)
        return
    words = {"method": method, "route": route, "status": status, "ms": ms, "event": "request", "level": "info"}
    line = words | {"timestamp": datetime.now(UTC)}
    _json_access_log.info(orjson.dumps(line, option=orjson.OPT_UTC_Z).decode())


def configure_logs(*, level: str, is_json: bool) -> None:
    """Send all logs, ours and the libraries', to standard error, each through the same redaction."""
    number = logging.getLevelNamesMapping()[level.upper()]
    renderer: Any = (
        structlog.processors.JSONRenderer(serializer=_to_json)
        if is_json
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    access_log, others = GatheredLines(sys.stderr), Undisturbed(sys.stderr)
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            without_quotes,
            redact,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=lambda *name: (
            access_log if name == (ACCESS_LOG,) else structlog.WriteLogger(cast("TextIO", others))
        ),
        cache_logger_on_first_use=True,
    )
    global _json_access_log  # noqa: PLW0603 - as structlog's own configuration
    _json_access_log = access_log if is_json and number <= logging.INFO else None
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.add_log_level,
                structlog.processors.TimeStamper(fmt="iso", utc=True),
                without_quotes,
                redact,
                renderer,
            ]
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(number)
    # It tells of every look at the schema, and each readiness probe is one.
    logging.getLogger("alembic.runtime.migration").setLevel(max(number, logging.WARNING))


def without_quotes(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Put an exception's kind and frames in its place: its message may quote what was submitted."""
    given = event.pop("exc_info", None)
    error = sys.exc_info()[1] if given is True else given[1] if isinstance(given, tuple) else given
    if isinstance(error, BaseException):
        event["kind"] = type(error).__name__
        event["frames"] = "".join(traceback.format_tb(error.__traceback__))
    return event


def redact(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Take lead tokens and private keys out of every text of a log event, however deep it lies."""
    return {name: _redacted(value) for name, value in event.items()}


def _redacted(value: Any) -> Any:  # noqa: ANN401 - whatever an event holds
    if isinstance(value, str):
        return SECRET_PATTERN.sub(REDACTED, value) if "_" in value else value
    if isinstance(value, Mapping):
        return {_redacted(name): _redacted(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_redacted(item) for item in value]
    return value if value is None or isinstance(value, bool | int | float) else _redacted(str(value))


def _to_json(event: Any, **_options: Any) -> str:  # noqa: ANN401 - whatever an event holds
    try:
        return orjson.dumps(event, default=str).decode()
    except TypeError:
        # A lone surrogate in some library's message is no reason to lose the line, or the request.
        return json.dumps(event, default=str)
