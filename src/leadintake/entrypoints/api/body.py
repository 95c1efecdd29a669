"""The body of a request, whole and within its limit, or a refusal that says which of the two it is not.

Werkzeug hands out a chunked body cut off at its own limit, and a body that breaks off as if it had ended there,
each without a word: half a form would become a lead. So the body is read here, and nowhere else.
"""

from __future__ import annotations

import errno
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final, Protocol

from leadintake.domain.errors import MalformedBody, PayloadTooLarge, UnsupportedMediaType

if TYPE_CHECKING:
    from wsgiref.types import InputStream, WSGIEnvironment

_STEP_BYTES: Final = 65_536
# Over every limit, and short enough for int(), which refuses thousands of digits.
_MOST_DIGITS: Final = 20
_AS_IT_IS: Final = frozenset({"", "identity"})


class HasEnviron(Protocol):
    """A request that stands on a WSGI environ, as Flask's does."""

    @property
    def environ(self) -> WSGIEnvironment:
        """Return the WSGI environ."""
        ...


def read_body(request: HasEnviron | WSGIEnvironment, limit: int) -> bytes:
    """Return the request's body; it can be read once.

    Args:
        request: The request or its WSGI environ, from any WSGI server.
        limit: The largest body accepted, in bytes.

    Raises:
        PayloadTooLarge: it is over the limit; found out before a byte is read if it has a Content-Length.
        UnsupportedMediaType: it is compressed.
        MalformedBody: it broke off, came too slowly, or says of itself how it is framed in a way that is no HTTP.
    """
    environ: Mapping[str, Any] = request if isinstance(request, Mapping) else request.environ
    length = _declared_length(environ)
    # Unpacked it may be a thousand times as large, and a lead is small as it is.
    if length != 0 and environ.get("HTTP_CONTENT_ENCODING", "").strip().lower() not in _AS_IT_IS:
        raise UnsupportedMediaType("A compressed body is not read here; send it without a Content-Encoding.")
    if length is None:
        return _read_until_end(environ, limit)
    if length > limit:
        raise PayloadTooLarge
    body = _read(environ["wsgi.input"], length)
    if len(body) < length:
        raise MalformedBody("The body ended before its Content-Length.")
    return body


def _declared_length(environ: Mapping[str, Any]) -> int | None:
    """Return how long the body is, or None when it comes in chunks."""
    length, coding = environ.get("CONTENT_LENGTH") or "", environ.get("HTTP_TRANSFER_ENCODING", "").strip().lower()
    if length and coding:
        raise MalformedBody("A body has a Content-Length or a Transfer-Encoding, not both.")
    if coding:
        if coding != "chunked" or not environ.get("wsgi.input_terminated"):
            raise MalformedBody("This Transfer-Encoding is not read here; send a Content-Length.")
        return None
    # Python's own int() also takes blanks, signs, underscores and the digits of every script.
    if length and not (length.isascii() and length.isdigit()):
        raise MalformedBody("The Content-Length is no number.")
    return int(length[:_MOST_DIGITS] or 0)


def _read_until_end(environ: Mapping[str, Any], limit: int) -> bytes:
    # One byte more than allowed is enough to know.
    body = _read(environ["wsgi.input"], limit + 1)
    if len(body) > limit:
        raise PayloadTooLarge
    return body


def _read(stream: InputStream, size: int) -> bytes:
    """Return that many bytes, fewer only if the body ends before."""
    parts = []
    missing = size
    while missing and (part := _read_some(stream, min(missing, _STEP_BYTES))):
        parts.append(part)
        missing -= len(part)
    return b"".join(parts)


def _read_some(stream: InputStream, size: int) -> bytes:
    try:
        return stream.read(size)
    except Exception as error:  # every WSGI server has its own kinds for a stream that breaks
        if isinstance(error, OSError) and error.errno == errno.EMSGSIZE:
            raise PayloadTooLarge from error
        raise MalformedBody("The body broke off or came too slowly; send it again.") from error
