"""The server has its address to itself, or says why it cannot have it."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

import pytest

from leadintake.entrypoints.server import ServerOptions
from leadintake.entrypoints.server.listening import CannotListen, Listening, claim

from tests.integration.server.starting import serving, start
from tests.support.servers import free_port, wait_until
from tests.support.wire import connect, exchange, read_to_end, request_bytes

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.servers import RunningServer

HELLO = request_bytes("/x", "Content-Length: 1", "Connection: close", body=b"x")


def options(*, host: str = "127.0.0.1", port: int = 0, socket_path: Path | None = None) -> ServerOptions:
    return ServerOptions(host=host, port=port, workers=1, threads=1, socket_path=socket_path)


def ready_url(server: RunningServer) -> str:
    wait_until(lambda: "ready " in server.output(), what="the server says it is ready")
    return server.output().partition("ready ")[2].split()[0]


def test_second_server_on_the_same_port_is_refused() -> None:
    """The kernel would deal every other connection to the old program, unseen."""
    with serving() as first, start(port=first.port) as second:
        assert second.wait() == 1
        assert "is taken" in second.output()
        assert "--port" in second.output()
        assert exchange(first.port, HELLO).status == 200


def test_restart_takes_the_port_over_at_once() -> None:
    """Connections that the old server closed linger there for a minute."""
    port = free_port()
    for _ in range(2):
        with serving(port=port) as server:
            assert exchange(port, HELLO).status == 200
            assert server.terminate() == 0, server.output()


def test_free_port_is_found_and_named() -> None:
    with start(port=0) as server:
        port = int(ready_url(server).rpartition(":")[2])

        assert port > 0
        assert exchange(port, HELLO).status == 200


@pytest.mark.parametrize(
    ("host", "hint"),
    [("no-such-host.invalid", "is not known here"), ("192.0.2.1", "is no address of this machine")],
)
def test_impossible_host_is_refused_with_a_hint(host: str, hint: str) -> None:
    with pytest.raises(CannotListen, match=hint):
        claim(options(host=host, port=free_port()))


def test_name_of_a_host_is_resolved() -> None:
    """The server underneath takes addresses only."""
    assert claim(options(host="localhost")).ip == "127.0.0.1"


@pytest.mark.parametrize(
    ("ip", "url"),
    [
        ("127.0.0.1", "http://127.0.0.1:8000"),
        ("0.0.0.0", "http://127.0.0.1:8000"),  # noqa: S104  the case under test
        ("::", "http://[::1]:8000"),
    ],
)
def test_url_can_be_opened_here(ip: str, url: str) -> None:
    assert Listening(ip=ip, port=8000).url == url


def test_unix_socket_is_served_and_cleared_away(tmp_path: Path) -> None:
    path = tmp_path / "leads.sock"
    with start(socket_path=str(path)) as server:
        assert ready_url(server) == f"unix:{path}"
        with socket.socket(socket.AF_UNIX) as connection:
            connection.connect(str(path))
            connection.sendall(HELLO)
            assert read_to_end(connection).startswith(b"HTTP/1.1 200 ")
        assert server.terminate() == 0, server.output()
    assert not path.exists()


def test_socket_of_a_dead_server_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "leads.sock"
    with start(socket_path=str(path)) as killed:
        ready_url(killed)
        killed.kill()
    assert path.is_socket()

    with start(socket_path=str(path)) as server:
        assert ready_url(server) == f"unix:{path}"


def test_socket_on_which_somebody_answers_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "leads.sock"
    with socket.socket(socket.AF_UNIX) as other:
        other.bind(str(path))
        other.listen()

        with pytest.raises(CannotListen, match="Another server answers"):
            claim(options(socket_path=path))
    assert path.is_socket()


def test_file_that_is_no_socket_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "leads.sock"
    path.write_text("the only copy")

    with pytest.raises(CannotListen, match="no socket"):
        claim(options(socket_path=path))
    assert path.read_text() == "the only copy"


def test_connection_to_a_wildcard_address_is_served() -> None:
    with serving(host="0.0.0.0") as server, connect(server.port) as connection:  # noqa: S104  the case under test
        connection.sendall(HELLO)

        assert read_to_end(connection).startswith(b"HTTP/1.1 200 ")
