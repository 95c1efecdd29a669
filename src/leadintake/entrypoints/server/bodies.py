"""Whole bodies out of granian, and a broken one told from a complete one.

What granian's `wsgi.input` does when a body breaks off (a bad chunk, a closed connection) was found by trying:
`read(size)`, `readline` and iteration return what had arrived, as if that were the end; `read()` returns nothing
at all. So only `read()` tells. It has no bound, though, so that it is used where a bound holds: under a
Content-Length, which granian enforces, or watched by `StalledBodies`.
"""

from __future__ import annotations

import errno
import io
from typing import TYPE_CHECKING, Final, NoReturn

if TYPE_CHECKING:
    from wsgiref.types import WSGIEnvironment

    from leadintake.entrypoints.server.stalled import StalledBodies

_STEP_BYTES: Final = 65_536
# A few photographs' worth. Who sends more than that learns from the closed connection.
_MOST_DISCARDED_BYTES: Final = 16_777_216


class BrokenBody(io.RawIOBase):
    """A body that cannot be had: whoever reads it is told why, and cannot take it for an empty one.

    Shape: `number` is EMSGSIZE for one that is too long, ECONNABORTED for one that broke off or came too slowly.
    """

    def __init__(self, number: int) -> None:
        super().__init__()
        self._number = number

    def read(self, _size: int | None = -1, /) -> NoReturn:
        """Raise OSError, always."""
        raise OSError(self._number, "The body did not arrive whole.")

    def readline(self, _size: int | None = -1, /) -> NoReturn:
        """Raise OSError, always."""
        self.read()


class UnreadBody:
    """A body that was left to the application, which may have left it too."""

    def __init__(self, environ: WSGIEnvironment, stalled: StalledBodies) -> None:
        self._stream = environ["wsgi.input"]
        self._address = environ["REMOTE_ADDR"]
        self._stalled = stalled

    def discard(self) -> None:
        """Read what still comes, within reason, so that the client comes to read its answer."""
        left = _MOST_DISCARDED_BYTES
        with self._stalled.waiting(self._address):
            while left > 0 and (part := self._stream.read(_STEP_BYTES)):
                left -= len(part)


class BodyIntake:
    """Replaces `wsgi.input` by a body that has arrived, or by one that says why it has not."""

    def __init__(self, *, most_bytes: int, stalled: StalledBodies) -> None:
        self._most_bytes = most_bytes
        self._stalled = stalled

    def take(self, environ: WSGIEnvironment) -> UnreadBody | None:
        """Wait for the request's body; return it instead if it is too long to wait for."""
        # granian lets no Content-Length through that is not a number.
        length = int(environ.get("CONTENT_LENGTH") or 0)
        if length > self._most_bytes:
            # Who asks before sending will not send after a refusal.
            return None if "HTTP_EXPECT" in environ else UnreadBody(environ, self._stalled)
        if length:
            self._take_sized(environ, length)
        elif "HTTP_TRANSFER_ENCODING" in environ:
            self._take_chunked(environ)
        return None

    def _take_sized(self, environ: WSGIEnvironment, length: int) -> None:
        with self._stalled.waiting(environ["REMOTE_ADDR"]):
            body = environ["wsgi.input"].read()
        environ["wsgi.input"] = io.BytesIO(body) if len(body) == length else BrokenBody(errno.ECONNABORTED)

    def _take_chunked(self, environ: WSGIEnvironment) -> None:
        with self._stalled.waiting(environ["REMOTE_ADDR"], most_bytes=self._most_bytes) as wait:
            body = environ["wsgi.input"].read()
        if body:
            environ["wsgi.input"] = io.BytesIO(body)
        else:
            # A chunked body of nothing looks the same as a broken one. Clients without a body do not send chunks.
            environ["wsgi.input"] = BrokenBody(errno.EMSGSIZE if wait.is_too_long else errno.ECONNABORTED)
