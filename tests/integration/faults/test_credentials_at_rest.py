"""What is left of credentials once they have been used, well and badly: nothing that anybody could use again."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

import psycopg

from tests.integration.faults.locking import locked_out
from tests.integration.faults.traces import backup, basic, credentials_in, files, tables
from tests.support.loads import LEADS, Sender, callers, lead_request, requests_for
from tests.support.wire import chunks, connect, read_to_end, request_bytes

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.integration.faults.installations import Installation
    from tests.support.postgres import PostgresServer

KITTENS = "+18004506787"
JSON = "Content-Type: application/json"


def test_used_credentials_are_nowhere_on_sqlite(on_sqlite: Installation, tmp_path: Path) -> None:
    """A stolen disk, a backup or a log collector must not let a stranger send leads, or read them."""
    traces = use_credentials(on_sqlite) | files(on_sqlite.data_dir) | tables(on_sqlite) | backup(on_sqlite, tmp_path)

    assert credentials_in(traces, on_sqlite) == []
    # The search sees what is there.
    assert {"submissions", "leadintake.db-wal while it serves", "leadintake.db", "backup"} <= {
        name for name, trace in traces.items() if KITTENS.encode() in trace
    }
    assert traces["unclaimed_submissions"]


def test_used_credentials_are_nowhere_on_postgresql(
    on_postgresql: Installation, own_postgres: PostgresServer, tmp_path: Path
) -> None:
    """What was written before a row as it is now lies in the write-ahead log, and what failed in the server's log."""
    traces = use_credentials(on_postgresql)
    with psycopg.connect(own_postgres.dsn(), autocommit=True) as connection:
        connection.execute("CHECKPOINT")
    traces |= files(own_postgres.folder) | tables(on_postgresql) | backup(on_postgresql, tmp_path, own_postgres)

    assert credentials_in(traces, on_postgresql) == []
    found = {name for name, trace in traces.items() if KITTENS.encode() in trace}
    assert {"submissions", "backup"} <= found
    assert traces["unclaimed_submissions"]
    assert any("/base/" in name for name in found)
    assert any("/pg_wal/" in name for name in found)


def use_credentials(installation: Installation) -> dict[str, bytes]:
    """Send leads well and badly, list them, and return all that the server printed and answered, and its files.

    The files are those of its folder as long as it serves: with the last connection SQLite takes its log away.
    """
    answers = b""
    with installation.serving(database_timeout_seconds=0.5) as server:
        with Sender(server.port) as sender:
            for request in islice(requests_for(installation.token, KITTENS), 40):
                answer = sender.send(request).answer
                assert answer is not None
                assert answer.status == 200, answer.body
                answers += answer.body
        for request in awkward_requests(installation):
            answers += tell(server.port, request)
        with locked_out(installation):
            answers += tell(server.port, lead_request(installation.token, {"caller_id": KITTENS}))
        served = {f"{name} while it serves": found for name, found in files(installation.data_dir).items()}
        assert server.terminate() == 0
        return {"output": server.output().encode(), "answers": answers, **served}


def tell(port: int, request: bytes) -> bytes:
    """Send bytes that may be no request at all, and return what comes before the server closes the connection."""
    with connect(port) as connection:
        connection.sendall(request.replace(b"\r\n", b"\r\nConnection: close\r\n", 1))
        return read_to_end(connection)


def awkward_requests(installation: Installation) -> Iterator[bytes]:
    """Yield requests with credentials in places where they do not belong."""
    token, key = installation.token, installation.founded["api_key"]
    offer_token = installation.founded["offer"]["lead_token"]
    caller = next(callers())
    for method in ("GET", "POST", "PUT", "DELETE", "TRACE"):
        yield request_bytes(f"{LEADS}/{token}?lead_token={token}", method=method)
        yield request_bytes(f"{LEADS}?lead_token={token}&caller_id=12", "Content-Length: 0", method=method)
    yield request_bytes(f"/lead_token={token}/{token}", f"Referer: https://example.com/?lead_token={token}")
    yield lead_request(token, {"caller_id": caller, "data": {"lead_token": token, "note": f"sent with {token}"}})
    yield lead_request(token, {"caller_id": caller, token: token, "lead_token": offer_token})
    yield lead_request(f"{token}x", {"caller_id": caller, "lead_token": f"{token[:-1]}"})
    yield with_body(b'{"lead_token": "%s", "caller_id": ' % token.encode(), JSON)
    yield with_body(b'lead_token=%s&caller_id="\xff' % token.encode(), "Content-Type: application/json; charset=utf-16")
    yield with_body(b"%s" % token.encode(), "Content-Type: text/plain")
    yield with_body(b"lead_token=%s&notes=%s" % (token.encode(), b"x" * 300_000), JSON)
    yield with_body(b'{"lead_token": "%s", "notes": "%s"}' % (token.encode(), b"x" * 250_000), JSON)
    yield request_bytes(LEADS, "Transfer-Encoding: chunked", JSON, body=chunks(token.encode()) + b"no chunk\r\n\r\n")
    yield request_bytes(LEADS, f"X-Lead-Token: {token}\xff", f"Authorization: Basic {token}", "Content-Length: 0")
    yield request_bytes(LEADS, f"Cookie: {token}", f"User-Agent: {token}", f"X-Forwarded-For: {token}", method="GET")
    yield f"POST {LEADS}?lead_token={token} HTTP/7.7\r\n{token}\r\n\r\n".encode()
    yield f"{token} {LEADS} HTTP/1.1\r\nHost: {token}\r\n\r\n".encode()
    yield request_bytes(LEADS, f"Authorization: Bearer {key['private']}", method="GET")
    yield request_bytes(LEADS, f"Authorization: Basic {basic(key)}", method="GET")
    yield request_bytes(f"{LEADS}?caller_id={key['private']}", f"Authorization: Basic {basic(key)}x", method="GET")
    yield request_bytes(f"{LEADS}/{key['private']}", f"Authorization: Bearer {key['private']}x", method="GET")


def with_body(body: bytes, *headers: str) -> bytes:
    return request_bytes(LEADS, *headers, f"Content-Length: {len(body)}", body=body)
