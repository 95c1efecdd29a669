"""An in-memory leadintake on a real port: for clients that know no Python."""

from __future__ import annotations

import json
import logging
import socket
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from typing import TYPE_CHECKING, Any
from urllib.request import Request, urlopen

import pytest

from leadintake.entrypoints.in_memory import InMemoryServer
from leadintake.testing import in_memory_leadintake

from tests.support.wire import chunks, connect, exchange, read_to_end, request_bytes

if TYPE_CHECKING:
    from collections.abc import Iterable
    from wsgiref.types import StartResponse, WSGIEnvironment

    from leadintake.testing import ServedLeadintake

JSON = {"Content-Type": "application/json"}


def post(served: ServedLeadintake, **fields: Any) -> Any:  # noqa: ANN401 - whatever JSON has
    headers = {"X-Lead-Token": served.lead_token, **JSON}
    request = Request(served.leads_url, json.dumps(fields).encode(), headers)  # noqa: S310 - our own server
    with urlopen(request) as answer:  # noqa: S310 - likewise
        return json.load(answer)


def test_lead_comes_over_the_wire(leadintake_server: ServedLeadintake) -> None:
    answer = post(leadintake_server, caller_id="+18004506787")

    lead = leadintake_server.intake.leads.only()
    assert (answer["outcome"], answer["id"], lead.remote_ip) == ("created", str(lead.id), "127.0.0.1")


def test_real_port_has_no_routes_of_test_suites(leadintake_server: ServedLeadintake) -> None:
    for line in (b"DELETE /testing/state", b"GET /testing/clock", b"POST /testing/clock"):
        answer = exchange(
            int(leadintake_server.url.rpartition(":")[2]),
            line + b" HTTP/1.1\r\nHost: leads.example\r\nContent-Length: 0\r\n\r\n",
        )

        assert answer.status == 404


def test_hundred_connections_at_once_make_one_lead(leadintake_server: ServedLeadintake) -> None:
    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda _: post(leadintake_server, caller_id="+18004506787"), range(100)))

    lead = leadintake_server.intake.leads.only()
    assert {answer["id"] for answer in answers} == {str(lead.id)}
    assert sorted({answer["outcome"] for answer in answers}) == ["created", "updated"]


def test_body_in_chunks_is_read(leadintake_server: ServedLeadintake) -> None:
    port = int(leadintake_server.url.rpartition(":")[2])
    body = chunks(b'{"caller_id":', b'"+18004506787"}') + b"0\r\n\r\n"
    headers = (f"X-Lead-Token: {leadintake_server.lead_token}", "Transfer-Encoding: chunked")

    answer = exchange(port, request_bytes("/api/v1/leads", *headers, body=body))

    assert answer.status == 200, answer.body
    leadintake_server.intake.leads.only()


def test_lead_token_is_in_no_output(
    leadintake_server: ServedLeadintake, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    port = int(leadintake_server.url.rpartition(":")[2])
    target = f"/api/v1/leads?lead_token={leadintake_server.lead_token}&caller_id=8004506787"
    assert exchange(port, request_bytes(target)).status == 200

    with connect(port) as connection:
        connection.sendall(b"NONSENSE lt_secret\r\n\r\n")
        answer = read_to_end(connection)

    assert b"400" in answer
    assert b"lt_secret" not in answer
    assert capfd.readouterr() == ("", "")
    assert caplog.records == []


def test_two_are_served_on_ports_of_their_own() -> None:
    with in_memory_leadintake().serve() as one, in_memory_leadintake().serve() as other:
        post(one, caller_id="+18004506787")

        assert one.url != other.url
        other.intake.leads.none()


def test_port_is_free_again_afterwards() -> None:
    with in_memory_leadintake().serve() as served:
        port = int(served.url.rpartition(":")[2])

    with in_memory_leadintake().serve(port=port) as again:
        assert again.url == served.url


def test_port_that_is_taken_is_refused() -> None:
    with (
        in_memory_leadintake().serve() as served,
        pytest.raises(OSError, match="in use"),
        in_memory_leadintake().serve(port=int(served.url.rpartition(":")[2])),
    ):
        pass


@pytest.mark.skipif(not socket.has_ipv6, reason="this Python was built without IPv6")
def test_address_of_the_newer_family_is_written_in_brackets() -> None:
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        pytest.skip("this machine has no IPv6")
    with in_memory_leadintake().serve(host="::1") as served:
        assert served.url.startswith("http://[::1]:")
        assert post(served, caller_id="+18004506787")["outcome"] == "created"


def test_stop_waits_for_what_is_being_answered() -> None:
    arrived, may_answer = Event(), Event()

    def slow(_environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        arrived.set()
        may_answer.wait(30)
        start("200 OK", [("Content-Length", "4")])
        return [b"done"]

    server = InMemoryServer(slow)
    with ThreadPoolExecutor(2) as pool:
        answer = pool.submit(exchange, server.port, request_bytes("/", method="GET"))
        assert arrived.wait(30)
        stopped = pool.submit(server.stop)
        may_answer.set()

        assert stopped.result(30)
        assert answer.result(30).body == b"done"


def test_connection_on_which_nothing_comes_keeps_nobody() -> None:
    server = InMemoryServer(in_memory_leadintake())
    with socket.create_connection(("127.0.0.1", server.port)):
        assert server.stop()


def test_client_that_goes_away_is_no_news(
    leadintake_server: ServedLeadintake, capfd: pytest.CaptureFixture[str]
) -> None:
    port = int(leadintake_server.url.rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.sendall(request_bytes("/api/v1/leads", "Content-Length: 100", body=b'{"caller'))

    assert post(leadintake_server, caller_id="+18004506787")["outcome"] == "created"
    assert capfd.readouterr() == ("", "")
