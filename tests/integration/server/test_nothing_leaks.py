"""Whatever is sent, no credential comes back or is printed, and nothing of the process shows."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from tests.integration.server.starting import serving
from tests.support.wire import connect, exchange, parse_answer, read_to_end, request_bytes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.servers import RunningServer

pytestmark = pytest.mark.xdist_group("server-leaks")

TOKEN = "lt_SECRETsecretSECRETsecret_42"
OURS = {
    "LEADINTAKE_SECRET_KEY": "key-of-the-house",
    "HTTP_PROXY": "http://user:pass@proxy",
    "CONTENT_TYPE": "text/ours",
}
T = TOKEN.encode()
HOST = b"Host: leads.example\r\n"
LINE = b"POST /api/v1/leads?lead_token=" + T
MALFORMED = {
    "no version": LINE + b"\r\n" + HOST + b"\r\n",
    "unknown version": LINE + b" HTTP/7.3\r\n" + HOST + b"\r\n",
    "version 2 in clear": LINE + b" HTTP/2.0\r\n" + HOST + b"\r\n",
    "blank in the target": LINE + b" and more HTTP/1.1\r\n" + HOST + b"\r\n",
    "no target": b"POST  HTTP/1.1\r\n" + HOST + b"X-Lead-Token: " + T + b"\r\n\r\n",
    "odd method": b"P@ST /api/v1/leads?lead_token=" + T + b" HTTP/1.1\r\n" + HOST + b"\r\n",
    "token for a method": T + b" / HTTP/1.1\r\n" + HOST + b"\r\n",
    "bad percent-encoding": LINE + b"%zz%f HTTP/1.1\r\n" + HOST + b"\r\n",
    "percent-encoded NUL": LINE + b"%00 HTTP/1.1\r\n" + HOST + b"\r\n",
    "NUL in the target": LINE + b"\0 HTTP/1.1\r\n" + HOST + b"\r\n",
    "NUL in a header": LINE + b" HTTP/1.1\r\n" + HOST + b"X-A: a\0b\r\n\r\n",
    "raw bytes in the target": LINE + b"\xff\xfe HTTP/1.1\r\n" + HOST + b"\r\n",
    "fragment in the target": LINE + b"#fragment HTTP/1.1\r\n" + HOST + b"\r\n",
    "absolute target": b"POST http://other.example/x?lead_token=" + T + b" HTTP/1.1\r\n" + HOST + b"\r\n",
    "absolute target with a bad host": b"POST http://[::x/?lead_token=" + T + b" HTTP/1.1\r\n" + HOST + b"\r\n",
    "authority as target": b"CONNECT " + T + b":443 HTTP/1.1\r\n" + HOST + b"\r\n",
    "asterisk as target": b"OPTIONS * HTTP/1.1\r\n" + HOST + b"X-Lead-Token: " + T + b"\r\n\r\n",
    "target of 64 kB": LINE + b"&x=" + b"y" * 64_000 + b" HTTP/1.1\r\n" + HOST + b"\r\n",
    "target of 600 kB": LINE + b"&x=" + b"y" * 600_000 + b" HTTP/1.1\r\n" + HOST + b"\r\n",
    "header of 600 kB": LINE + b" HTTP/1.1\r\n" + HOST + b"X-A: " + b"y" * 600_000 + b"\r\n\r\n",
    "thousand headers": LINE + b" HTTP/1.1\r\n" + HOST + b"X-A: b\r\n" * 1_000 + b"\r\n",
    "header without a colon": LINE + b" HTTP/1.1\r\n" + HOST + b"X-Lead-Token " + T + b"\r\n\r\n",
    "blank before the colon": LINE + b" HTTP/1.1\r\n" + HOST + b"X-Lead-Token : " + T + b"\r\n\r\n",
    "folded header": LINE + b" HTTP/1.1\r\n" + HOST + b"X-A: b\r\n " + T + b"\r\n\r\n",
    "raw bytes in a header": LINE + b" HTTP/1.1\r\n" + HOST + b"X-A: \xff\xfe" + T + b"\r\n\r\n",
    "no host": LINE + b" HTTP/1.1\r\n\r\n",
    "two hosts": LINE + b" HTTP/1.1\r\n" + HOST + HOST + b"\r\n",
    "line feeds only": LINE + b" HTTP/1.1\nHost: leads.example\n\n",
    "carriage returns only": LINE + b" HTTP/1.1\rHost: leads.example\r\r",
    "length and chunks": LINE
    + b" HTTP/1.1\r\n"
    + HOST
    + b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "two lengths": LINE + b" HTTP/1.1\r\n" + HOST + b"Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",
    "length that is no number": LINE + b" HTTP/1.1\r\n" + HOST + b"Content-Length: 0x10\r\n\r\n",
    "negative length": LINE + b" HTTP/1.1\r\n" + HOST + b"Content-Length: -1\r\n\r\n",
    "length beyond reason": LINE + b" HTTP/1.1\r\n" + HOST + b"Content-Length: " + b"9" * 40 + b"\r\n\r\n",
    "unknown coding": LINE + b" HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: gzip\r\n\r\n",
    "chunked is not last": LINE + b" HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n",
    "coding misspelled": LINE + b" HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    "chunk size beyond reason": LINE
    + b" HTTP/1.1\r\n"
    + HOST
    + b"Transfer-Encoding: chunked\r\n\r\n"
    + b"f" * 40
    + b"\r\n",
    "web socket": LINE + b" HTTP/1.1\r\n" + HOST + b"Upgrade: websocket\r\nConnection: Upgrade\r\n\r\n",
    "HTTP/2 at once": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + T,
    "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + T,
    "noise": T + b"\0\xff\r\n\r\n",
}


@pytest.fixture(scope="module")
def server() -> Iterator[RunningServer]:
    # What is left half sent is answered or closed within a second.
    with serving(header_timeout_seconds=1, body_timeout_seconds=1, env=OURS) as server:
        yield server


@pytest.fixture(scope="module")
def answers(server: RunningServer) -> dict[str, bytes]:
    """Send every malformed request, all at the same time, and return all that came back, by name."""

    def send(data: bytes) -> bytes:
        with connect(server.port) as connection:
            try:
                connection.sendall(data)
            except (BrokenPipeError, ConnectionResetError):
                # Refused while it was still being sent.
                return b""
            return read_to_end(connection)

    with ThreadPoolExecutor(len(MALFORMED)) as pool:
        return dict(zip(MALFORMED, pool.map(send, MALFORMED.values()), strict=True))


@pytest.mark.parametrize("name", MALFORMED)
def test_malformed_request_is_no_fault_of_ours(answers: dict[str, bytes], name: str) -> None:
    answer = answers[name]

    assert not answer or parse_answer(answer).status < 500
    assert answer.count(b"HTTP/1.1 ") <= 1


@pytest.mark.parametrize("name", MALFORMED)
def test_malformed_request_is_not_quoted_back(answers: dict[str, bytes], name: str) -> None:
    """What stands in an error page ends up in screenshots and tickets."""
    assert T not in answers[name]


@pytest.mark.usefixtures("answers")
def test_nothing_of_a_malformed_request_is_printed(server: RunningServer) -> None:
    """The logs of a service are read by more people than its credentials are meant for."""
    assert exchange(server.port, request_bytes("/x", "Content-Length: 1", body=b"x")).status == 200
    assert "SECRET" not in server.output()


def test_long_target_is_served(answers: dict[str, bytes]) -> None:
    """Consent texts travel in query strings."""
    assert parse_answer(answers["target of 64 kB"]).status == 200


def test_bug_of_the_application_is_told_apart_from_what_was_submitted(server: RunningServer) -> None:
    """An exception's text may quote the request; where it happened is enough to mend it."""
    answer = exchange(server.port, request_bytes(f"/bug?lead_token={TOKEN}", method="GET"))

    assert (answer.status, b'"code":"internal_error"' in answer.body) == (500, True)
    assert "The application failed with RuntimeError" in server.output()
    assert TOKEN not in server.output()


def test_environment_of_the_process_is_not_in_the_request(server: RunningServer) -> None:
    """The server underneath puts it there, secret key and all; HTTP_PROXY would even pass for a header."""
    answer = exchange(server.port, request_bytes("/environ", method="GET"))

    assert b"PATH_INFO" in answer.body
    assert not [name for name, value in OURS.items() if name.encode() in answer.body or value.encode() in answer.body]
    assert b"PYTHONPATH" not in answer.body
