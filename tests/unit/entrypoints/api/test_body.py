"""A body is read whole and within its limit, or refused; on any WSGI server."""

from __future__ import annotations

import errno
import io
from typing import TYPE_CHECKING, NoReturn

import pytest
from flask import Flask, request

from leadintake.domain.errors import MalformedBody, PayloadTooLarge, UnsupportedMediaType
from leadintake.entrypoints.api.body import read_body

if TYPE_CHECKING:
    from wsgiref.types import WSGIEnvironment

LIMIT = 10


class Broken(io.RawIOBase):
    """A stream as servers have them for a body that breaks off: each raises what it likes."""

    def __init__(self, error: Exception) -> None:
        super().__init__()
        self._error = error

    def read(self, _size: int | None = -1, /) -> NoReturn:
        raise self._error


class OneByteAtATime(io.BytesIO):
    def read(self, size: int | None = -1, /) -> bytes:
        return super().read(min(1, size or 0))


UNREADABLE = Broken(AssertionError("It must not be read."))


def sized(body: io.IOBase, length: object) -> WSGIEnvironment:
    return {"wsgi.input": body, "CONTENT_LENGTH": str(length)}


def chunked(body: io.IOBase, **more: object) -> WSGIEnvironment:
    return {"wsgi.input": body, "HTTP_TRANSFER_ENCODING": "chunked", "wsgi.input_terminated": True, **more}


@pytest.mark.parametrize("size", [1, LIMIT])
def test_body_up_to_the_limit_is_read(size: int) -> None:
    assert read_body(sized(io.BytesIO(b"x" * size), size), LIMIT) == b"x" * size
    assert read_body(chunked(io.BytesIO(b"x" * size)), LIMIT) == b"x" * size


def test_body_that_comes_in_pieces_is_put_together() -> None:
    assert read_body(sized(OneByteAtATime(b"in pieces"), 9), LIMIT) == b"in pieces"
    assert read_body(chunked(OneByteAtATime(b"in pieces")), LIMIT) == b"in pieces"


def test_body_longer_than_one_step_is_read() -> None:
    body = bytes(range(256)) * 1_000

    assert read_body(sized(io.BytesIO(body), len(body)), len(body)) == body


@pytest.mark.parametrize("environ", [{}, {"CONTENT_LENGTH": ""}, {"CONTENT_LENGTH": "0"}])
def test_request_without_a_body_has_an_empty_one(environ: WSGIEnvironment) -> None:
    """Nothing is read: some servers would wait there for the next request."""
    assert read_body({"wsgi.input": UNREADABLE, **environ}, LIMIT) == b""


def test_what_follows_the_body_is_left_alone() -> None:
    """It belongs to the next request."""
    stream = io.BytesIO(b"body and more")

    assert read_body(sized(stream, 4), LIMIT) == b"body"
    assert stream.read() == b" and more"


@pytest.mark.parametrize("length", [LIMIT + 1, "9" * 5_000])
def test_body_over_the_limit_is_refused_unread(length: object) -> None:
    with pytest.raises(PayloadTooLarge):
        read_body(sized(UNREADABLE, length), LIMIT)


def test_chunked_body_over_the_limit_is_refused_not_cut() -> None:
    with pytest.raises(PayloadTooLarge):
        read_body(chunked(io.BytesIO(b"x" * (LIMIT + 1))), LIMIT)


def test_server_may_find_a_body_too_long_by_itself() -> None:
    with pytest.raises(PayloadTooLarge):
        read_body(chunked(Broken(OSError(errno.EMSGSIZE, "too long"))), LIMIT)


def test_body_shorter_than_its_length_is_refused() -> None:
    with pytest.raises(MalformedBody, match="before its Content-Length"):
        read_body(sized(io.BytesIO(b"hal"), 6), LIMIT)


@pytest.mark.parametrize("error", [OSError("reset"), EOFError(), ValueError("no chunk size"), RuntimeError()])
def test_body_that_breaks_off_is_refused(error: Exception) -> None:
    """It is the sender's connection that failed, not this service."""
    with pytest.raises(MalformedBody):
        read_body(chunked(Broken(error)), LIMIT)


@pytest.mark.parametrize("length", ["-1", "+1", "1_0", " 4", "0x4", "²", "٤", "4,4"])
def test_length_that_is_no_number_is_refused(length: str) -> None:
    """Two programs that read it differently would cut the stream of requests at different places."""
    with pytest.raises(MalformedBody):
        read_body(sized(UNREADABLE, length), LIMIT)


@pytest.mark.parametrize(
    "environ",
    [
        chunked(UNREADABLE, CONTENT_LENGTH="4"),
        chunked(UNREADABLE, HTTP_TRANSFER_ENCODING="gzip, chunked"),
        chunked(UNREADABLE, HTTP_TRANSFER_ENCODING="identity"),
        chunked(UNREADABLE, **{"wsgi.input_terminated": False}),
    ],
    ids=["also a length", "packed", "no coding", "no end"],
)
def test_body_whose_end_is_uncertain_is_refused(environ: WSGIEnvironment) -> None:
    with pytest.raises(MalformedBody):
        read_body(environ, LIMIT)


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "GZIP", "gzip, identity"])
@pytest.mark.parametrize("environ", [sized(UNREADABLE, 4), chunked(UNREADABLE)], ids=["sized", "chunked"])
def test_compressed_body_is_refused_unread(environ: WSGIEnvironment, coding: str) -> None:
    with pytest.raises(UnsupportedMediaType, match="compressed"):
        read_body(environ | {"HTTP_CONTENT_ENCODING": coding}, LIMIT)


@pytest.mark.parametrize(("body", "coding"), [(b"plain", ""), (b"plain", " Identity"), (b"", "gzip")])
def test_coding_that_changes_nothing_is_taken(body: bytes, coding: str) -> None:
    assert read_body(sized(io.BytesIO(body), len(body)) | {"HTTP_CONTENT_ENCODING": coding}, LIMIT) == body


def test_request_of_flask_is_read() -> None:
    with Flask(__name__).test_request_context(method="POST", data=b"hello"):
        assert read_body(request, LIMIT) == b"hello"
