"""``leadintake serve --in-memory``: a service for the test suites of clients in any language, which leaves nothing."""

from __future__ import annotations

import signal
from threading import Event
from typing import TYPE_CHECKING, Final

import click

from leadintake.entrypoints.cli.init import founded_document, summary
from leadintake.entrypoints.cli.output import print_json, print_pairs
from leadintake.entrypoints.cli.program import Failed

if TYPE_CHECKING:
    from types import FrameType

    from leadintake.entrypoints.in_memory import InMemoryInstallation, Opening

HOST: Final = "127.0.0.1"
PORT: Final = 8000
_WAKE_UP_SECONDS: Final = 0.5
_STOPPED: Final = 0
_UNANSWERED: Final = 1


def serve_in_memory(opening: Opening, *, host: str, port: int, output: str) -> int:
    """Serve until told to stop, and return the exit status.

    Raises: Failed: the address cannot be had.
    """
    from leadintake.bootstrap import MovableClock
    from leadintake.entrypoints.in_memory import InMemoryInstallation, InMemoryServer
    from leadintake.entrypoints.in_memory.routes import add_routes
    from leadintake.entrypoints.logs import configure_logs

    # What clients of a test do wrong is for their answers; only what is wrong in here is for the log.
    configure_logs(level="warning", is_json=True)
    is_over = Event()

    def end(_number: int, _frame: FrameType | None) -> None:
        is_over.set()

    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, end)
    installation = InMemoryInstallation(opening, clock=MovableClock(runs=True), extend=add_routes)
    try:
        server = InMemoryServer(installation, host=host, port=port)
    except (OSError, OverflowError) as error:
        raise Failed(f"{host}, port {port}, cannot be listened on: {getattr(error, 'strerror', error)}") from error
    _announce(installation, server.url, output=output)
    # In steps: the kernel may give the signal to a thread that serves, and Python runs its handler in this one only.
    while not is_over.wait(_WAKE_UP_SECONDS):
        pass
    return _STOPPED if server.stop() else _UNANSWERED


def _announce(installation: InMemoryInstallation, url: str, *, output: str) -> None:
    if output == "json":
        print_json({"url": url, **founded_document(installation.founded)}, is_line=True)
        return
    click.echo(f"leadintake takes leads at {url}, in memory: everything ends with it.\n")
    print_pairs(summary(installation.founded))
