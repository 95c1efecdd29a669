"""A body reaches the application whole and within its limit, or as a refusal; never in part."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from tests.integration.server.apps import LIMIT
from tests.integration.server.starting import serving
from tests.support.servers import RunningServer, free_port
from tests.support.wire import chunks, connect, exchange, read_answer, read_to_end, request_bytes

if TYPE_CHECKING:
    import socket
    from collections.abc import Iterator

pytestmark = pytest.mark.xdist_group("server-bodies")

BUFFERED = 16_384
CHUNKED = "Transfer-Encoding: chunked"
END = b"0\r\n\r\n"
FORM = b"caller_id=%2B18004506787&interest=kittens"
SMUGGLED = request_bytes("/smuggled", method="GET")


@pytest.fixture(scope="module")
def server() -> Iterator[RunningServer]:
    with serving(buffered_body_bytes=BUFFERED) as server:
        yield server


@pytest.fixture(scope="module")
def gunicorn() -> Iterator[RunningServer]:
    port = free_port()
    options = ["--no-control-socket", "--bind", f"127.0.0.1:{port}", "--threads", "4"]
    command = [sys.executable, "-m", "gunicorn", *options, "tests.integration.server.apps:echo()"]
    with RunningServer(command, url=f"http://127.0.0.1:{port}") as server:
        yield server.wait_until_ready()


@pytest.fixture(params=["ours", "gunicorn"])
def any_server(request: pytest.FixtureRequest) -> RunningServer:
    found: RunningServer = request.getfixturevalue({"ours": "server", "gunicorn": "gunicorn"}[request.param])
    return found


WHOLE = {
    "with its length": request_bytes("/x", f"Content-Length: {len(FORM)}", body=FORM),
    "in one chunk": request_bytes("/x", CHUNKED, body=chunks(FORM) + END),
    "in many chunks": request_bytes("/x", CHUNKED, body=chunks(*(bytes([byte]) for byte in FORM)) + END),
    "with a trailer": request_bytes("/x", CHUNKED, body=chunks(FORM) + b"0\r\nX-Sum: 1\r\n\r\n"),
}
BROKEN = {
    "garbage for a chunk": request_bytes("/x", CHUNKED, body=chunks(FORM) + b"ZZ\r\n"),
    "garbage for the first chunk": request_bytes("/x", CHUNKED, body=b"ZZ\r\n" + FORM),
    "chunk without its end": request_bytes("/x", CHUNKED, body=b"29\r\n" + FORM + b"XX0\r\n\r\n"),
}
BROKEN_OFF = {
    "between two chunks": request_bytes("/x", CHUNKED, body=chunks(FORM)),
    "inside a chunk": request_bytes("/x", CHUNKED, body=chunks(FORM)[:-9]),
    "before its length": request_bytes("/x", "Content-Length: 500", body=FORM),
    "before its first byte": request_bytes("/x", "Content-Length: 500"),
}


def send_without_end(connection: socket.socket, piece: bytes) -> None:
    """Send far more than anybody would keep."""
    for _ in range(100_000):
        connection.sendall(piece)


@pytest.mark.parametrize("name", WHOLE)
def test_whole_body_arrives(any_server: RunningServer, name: str) -> None:
    answer = exchange(any_server.port, WHOLE[name])

    assert answer.status == 200
    assert b'"bytes": %d, "starts": "caller_id' % len(FORM) in answer.body


@pytest.mark.parametrize("name", BROKEN)
def test_broken_body_is_refused(any_server: RunningServer, name: str) -> None:
    """Half a form is a form, too: it would become a lead with half a phone number."""
    answer = exchange(any_server.port, BROKEN[name])

    assert (answer.status, b"malformed_body" in answer.body) == (400, True)


@pytest.mark.parametrize("name", BROKEN_OFF)
def test_body_that_ends_too_early_is_refused(any_server: RunningServer, name: str) -> None:
    with connect(any_server.port) as connection:
        connection.sendall(BROKEN_OFF[name])
        connection.shutdown(1)

        assert b" 400 " in read_to_end(connection).split(b"\r\n")[0]


def test_connection_of_a_broken_body_is_closed(server: RunningServer) -> None:
    """Where the next request would begin can no longer be told."""
    with connect(server.port) as connection:
        connection.sendall(BROKEN["garbage for a chunk"] + SMUGGLED)

        assert read_to_end(connection).count(b"HTTP/1.1") == 1
    assert "/smuggled" not in server.output()


@pytest.mark.parametrize("size", [LIMIT + 1, BUFFERED, BUFFERED + 1, 12_000_000])
def test_too_long_body_is_refused_and_the_sender_hears_of_it(server: RunningServer, size: int) -> None:
    """A sender that is still writing when the connection is reset never sees the answer."""
    answer = exchange(server.port, request_bytes("/x", f"Content-Length: {size}", body=b"x" * size))

    assert (answer.status, b"payload_too_large" in answer.body) == (413, True)


def test_too_long_body_is_refused_before_it_is_sent(server: RunningServer) -> None:
    answer = exchange(server.port, request_bytes("/x", "Content-Length: 999999999"))

    assert answer.status == 413


def test_sender_who_asks_first_is_refused_at_once(server: RunningServer) -> None:
    with connect(server.port) as connection:
        connection.sendall(request_bytes("/x", "Content-Length: 999999", "Expect: 100-continue"))

        assert read_to_end(connection).startswith(b"HTTP/1.1 413 ")


def test_sender_who_asks_first_is_told_to_go_on(server: RunningServer) -> None:
    with connect(server.port) as connection:
        connection.sendall(request_bytes("/x", "Content-Length: 5", "Expect: 100-continue"))
        assert connection.recv(25) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(b"hello")

        assert read_answer(connection).status == 200


@pytest.mark.parametrize("size", [LIMIT + 1, BUFFERED + 1, 1_000_000])
def test_too_long_chunked_body_is_refused(any_server: RunningServer, size: int) -> None:
    """Werkzeug alone would cut it at the limit, and the rest would be missing without a word."""
    answer = exchange(any_server.port, request_bytes("/x", CHUNKED, body=chunks(b"x" * size) + END))

    assert (answer.status, b"payload_too_large" in answer.body) == (413, True)


def test_endless_chunked_body_is_cut_off(server: RunningServer) -> None:
    """Nobody waits for its end, and its beginning does not fill the memory."""
    with connect(server.port) as connection:
        connection.sendall(request_bytes("/x", CHUNKED))
        with pytest.raises(OSError, match=r"reset|Broken pipe"):
            send_without_end(connection, chunks(b"x" * 65_536))

    assert exchange(server.port, WHOLE["in one chunk"]).status == 200


@pytest.mark.parametrize("path", ["/x", "/deaf"])
def test_what_hides_in_a_refused_body_is_not_served(server: RunningServer, path: str) -> None:
    """A body that nobody has read must not be taken for the next request."""
    hidden = SMUGGLED + b"x" * (BUFFERED + 1)
    with connect(server.port) as connection:
        connection.sendall(request_bytes(path, f"Content-Length: {len(hidden)}", body=hidden))
        read_answer(connection)
        connection.sendall(request_bytes("/last", "Content-Length: 1", "Connection: close", body=b"x"))
        after = read_to_end(connection)

    assert after.count(b"HTTP/1.1 ") == after.count(b'"path": "/last"')
    assert "/smuggled" not in server.output()


def test_connection_goes_on_after_a_body_that_the_application_ignored(server: RunningServer) -> None:
    with connect(server.port) as connection:
        for _ in range(3):
            connection.sendall(request_bytes("/deaf", f"Content-Length: {len(SMUGGLED)}", body=SMUGGLED))
            assert read_answer(connection).status == 200
    assert "/smuggled" not in server.output()


def test_answer_of_unknown_length_arrives_whole(server: RunningServer) -> None:
    with connect(server.port) as connection:
        connection.sendall(request_bytes("/stream", "Connection: close", method="GET"))

        assert read_to_end(connection).endswith(b"piece 0\n\r\n8\r\npiece 1\n\r\n8\r\npiece 2\n\r\n0\r\n\r\n")


def test_head_is_answered_without_a_body(server: RunningServer) -> None:
    with connect(server.port) as connection:
        connection.sendall(request_bytes("/environ", "Connection: close", method="HEAD"))
        answer = read_to_end(connection)

    assert answer.startswith(b"HTTP/1.1 200 ")
    assert answer.endswith(b"\r\n\r\n")
