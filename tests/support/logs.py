"""Logging as it was before, for tests of what configures it."""

from __future__ import annotations

import logging
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

import structlog

from leadintake.entrypoints import request_log

if TYPE_CHECKING:
    from collections.abc import Iterator

_CONFIGURED = ("", "alembic.runtime.migration")


@contextmanager
def logs_as_before() -> Iterator[None]:
    """Undo on leaving what was configured inside, for the standard library's loggers and for structlog's."""
    loggers = [logging.getLogger(name) for name in _CONFIGURED]
    before = [(logger.handlers[:], logger.level) for logger in loggers]
    try:
        yield
    finally:
        for logger, (handlers, level) in zip(loggers, before, strict=True):
            logger.handlers[:] = handlers
            logger.setLevel(level)
        if structlog.is_configured() or vars(request_log)["_gathered"] is not None:
            _forget_configuration()


def _forget_configuration() -> None:
    structlog.reset_defaults()
    vars(request_log)["_gathered"] = None
    for name, module in list(sys.modules.items()):
        for own in ("log", "_log"):
            # A logger that was used remembers how it was configured then.
            if name.startswith("leadintake.") and own in vars(module):
                vars(vars(module)[own]).pop("bind", None)
