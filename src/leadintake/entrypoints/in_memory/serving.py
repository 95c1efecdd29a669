"""A server in this process, for the installations in memory that it alone has: a thread for each connection.

Its requests are those of a test suite on this machine. What `leadintake serve` adds for the open internet (slow
senders, many processes) is not here; the application that answers is the same.
"""

from __future__ import annotations

import socket
from contextlib import suppress
from threading import Condition, Thread
from typing import TYPE_CHECKING, Any, Final, Self

from werkzeug.serving import ThreadedWSGIServer, WSGIRequestHandler

if TYPE_CHECKING:
    from types import TracebackType
    from wsgiref.types import WSGIApplication

_MOST_SECONDS_TO_FINISH: Final = 10.0
_LOOKS_EVERY_SECONDS: Final = 0.05


class InMemoryServer:
    """An application served on a port of this machine, from being made to `stop`.

    >>> from urllib.request import urlopen
    >>> with InMemoryServer(lambda environ, start: start("200 OK", []) and [b"here"]) as server:
    ...     urlopen(server.url).read()
    b'here'
    """

    def __init__(self, application: WSGIApplication, *, host: str = "127.0.0.1", port: int = 0) -> None:
        """Serve from now on; port 0 is a free one.

        Raises: OSError: the address cannot be had.
        """
        self._busy = _Busy()
        # Bound here: werkzeug would end the process where it cannot.
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        with socket.create_server((host, port), family=family) as listening:
            self._server = _Server(host, application, self._busy, listening)
        self._thread = Thread(
            target=self._server.serve_forever, args=(_LOOKS_EVERY_SECONDS,), name="in-memory-server", daemon=True
        )
        self._thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def url(self) -> str:
        """Return the address without a slash at its end."""
        host = str(self._server.server_address[0])
        return f"http://[{host}]:{self.port}" if ":" in host else f"http://{host}:{self.port}"

    @property
    def port(self) -> int:
        """Return the port that it listens on."""
        return int(self._server.server_address[1])

    def stop(self) -> bool:
        """Take no more requests, let those be answered that came in, and say whether all were.

        Stopping twice is stopping once.
        """
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
        return self._busy.wait_until_idle(_MOST_SECONDS_TO_FINISH)


class _Busy:
    """How many requests are being answered."""

    def __init__(self) -> None:
        self._count = 0
        self._changed = Condition()

    def __enter__(self) -> None:
        with self._changed:
            self._count += 1

    def __exit__(self, *_: object) -> None:
        with self._changed:
            self._count -= 1
            self._changed.notify_all()

    def wait_until_idle(self, seconds: float) -> bool:
        with self._changed:
            return self._changed.wait_for(lambda: self._count == 0, seconds)


class _Server(ThreadedWSGIServer):
    # A connection on which no request ever comes must keep nobody from stopping; `busy` waits for those that came.
    daemon_threads = True
    block_on_close = False

    def __init__(self, host: str, application: WSGIApplication, busy: _Busy, listening: socket.socket) -> None:
        self.busy = busy
        port = int(listening.getsockname()[1])
        super().__init__(host, port, application, _Handler, fd=listening.fileno())

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ANN401  as socketserver has it
        """Say nothing: a client that went away is no news, and what went wrong inside has been logged there."""


class _Handler(WSGIRequestHandler):
    # Bodies may come in chunks, as with the real server.
    protocol_version = "HTTP/1.1"
    # What is no HTTP at all is answered without quoting it.
    error_message_format = "%(code)d\n"
    server: _Server

    def run_wsgi(self) -> None:
        """Answer a request."""
        with self.server.busy, suppress(ConnectionError):
            super().run_wsgi()

    def log(self, type: str, message: str, *args: object) -> None:  # noqa: A002  as werkzeug has it
        """Say nothing: a request line can hold a lead token."""
