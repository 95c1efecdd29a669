"""Logs as events: JSON lines for machines, plain lines for people, credentials for nobody."""

from __future__ import annotations

import json
import logging
import sys
import traceback
from collections.abc import Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any, TextIO, cast

import orjson
import structlog

from leadintake.domain.credential import SECRET_PATTERN
from leadintake.domain.redaction import REDACTED

if TYPE_CHECKING:
    from structlog.typing import EventDict, WrappedLogger


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


def configure_logs(*, level: str, is_json: bool) -> None:
    """Send all logs, ours and the libraries', to standard error, each through the same redaction."""
    number = logging.getLevelNamesMapping()[level.upper()]
    renderer: Any = (
        structlog.processors.JSONRenderer(serializer=_to_json)
        if is_json
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            without_quotes,
            redact,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=lambda *_: structlog.WriteLogger(cast("TextIO", Undisturbed(sys.stderr))),
        cache_logger_on_first_use=True,
    )
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
