"""Between granian and the application: first the body, then a place to work, then the answer.

granian calls the application as soon as the headers are there, and reading the body blocks that thread for as
long as the client likes. So the server has a thread for every connection, the body is read in it, and only then
the request takes one of the few places where the application works: slow senders wait among themselves.
"""

from __future__ import annotations

import logging
import traceback
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

    from leadintake.entrypoints.server.bodies import BodyIntake, UnreadBody

_log = logging.getLogger("leadintake.server")

# An answer of this size or less is made in the request's place and handed over whole; a longer one, or one whose
# length is not known beforehand, goes out piece by piece as fast as the client takes it, and holds no place.
_WHOLE_ANSWER_BYTES = 1_048_576
_ALIVE = "/healthz"
_OUR_BUG = (
    b'{"type":"about:blank","title":"Internal error","status":500,"code":"internal_error","detail":"internal error",'
    b'"success":false,"error":"internal error","message":"internal error","errors":{}}'
)
_OUR_BUG_HEADERS = [("Content-Type", "application/problem+json"), ("Content-Length", str(len(_OUR_BUG)))]


class Admission:
    """The application as granian calls it."""

    def __init__(self, application: WSGIApplication, *, places: int, bodies: BodyIntake) -> None:
        self._application = application
        # One entry for each place: a semaphore that costs a twentieth of Python's own.
        self._places: SimpleQueue[None] = SimpleQueue()
        for _ in range(places):
            self._places.put(None)
        self._bodies = bodies

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        if environ["PATH_INFO"] == _ALIVE:
            # Whether the process is alive is asked when all places are taken, too.
            return self._application(environ, start_response)
        rest = self._bodies.take(environ)
        answer = self._work(environ, start_response)
        # Only where the client can know that the answer is complete, and may still be sending.
        return AnswerThenDiscard(answer, rest) if rest and isinstance(answer, list) else answer

    def _work(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        self._places.get()
        try:
            return _answer(self._application, environ, start_response)
        except Exception as error:  # noqa: BLE001  the last one who can answer
            # Not the exception's text: it may quote what was submitted, and granian would log it.
            frames = "".join(traceback.format_tb(error.__traceback__))
            _log.error("The application failed with %s\n%s", type(error).__name__, frames)
            start_response("500 Internal Server Error", _OUR_BUG_HEADERS)
            return [_OUR_BUG]
        finally:
            self._places.put(None)


class AnswerThenDiscard:
    """An answer given before the body has been read, and then the end of that body.

    A connection closed while the client still sends is reset, and many clients report that instead of the answer.
    """

    def __init__(self, answer: list[bytes], rest: UnreadBody) -> None:
        self._answer = answer
        self._rest = rest

    def __iter__(self) -> Iterator[bytes]:
        """Yield the answer, which granian sends at once."""
        return iter(self._answer)

    def close(self) -> None:
        """Read on; granian calls this after the last piece."""
        self._rest.discard()


def _answer(application: WSGIApplication, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    length = _WHOLE_ANSWER_BYTES + 1

    def note_length(status: str, headers: list[tuple[str, str]], exc_info: Any = None, /) -> Callable[[bytes], object]:  # noqa: ANN401  as WSGI has it
        nonlocal length
        length = next((int(value) for name, value in headers if name.lower() == "content-length"), length)
        return start_response(status, headers, exc_info)

    answer = application(environ, note_length)
    if length > _WHOLE_ANSWER_BYTES:
        return answer
    try:
        return [b"".join(answer)]
    finally:
        close = getattr(answer, "close", None)
        if close:
            close()
