"""`leadintake serve`: what it refuses to start with."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

import pytest

from tests.support.servers import free_port

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.integration.cli.conftest import Installation

KEY = "0123456789abcdefghijklmnopqrstuvwxyz"


@pytest.fixture
def port() -> Iterator[str]:
    """Lend a port that is taken: whatever is let through by mistake fails there and does not serve on and on."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        yield str(taken.getsockname()[1])


def test_second_worker_on_sqlite_is_refused(demo: Installation, port: str) -> None:
    """Two writing processes wait for each other's lock: the slowest answers become ten times slower."""
    for result in (demo.run("serve", "--workers", "2", PORT=port), demo.run("serve", WORKERS="2", PORT=port)):
        assert (result.exit_code, result.stdout) == (2, "")
        assert "SQLite has one writer at a time" in result.stderr


def test_taken_port_is_refused(demo: Installation, port: str) -> None:
    result = demo.run("serve", "--port", port)

    assert (result.exit_code, result.stdout) == (1, "")
    assert f"Port {port} on 127.0.0.1 is taken: stop the program" in result.stderr


def test_old_schema_of_postgresql_is_refused(bare: Installation, postgres_url: str, port: str) -> None:
    """Who shares a database with others decides for themselves when it changes."""
    result = bare.run("serve", "--port", port, DATABASE_URL=postgres_url, SECRET_KEY=KEY)

    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.endswith("run: leadintake migrate.\n")


def test_database_that_does_not_answer_is_refused(bare: Installation, port: str) -> None:
    url = f"postgresql://leads@127.0.0.1:{free_port()}/leads"
    result = bare.run("serve", "--port", port, DATABASE_URL=url, SECRET_KEY=KEY)

    assert result.exit_code == 1
    assert "start the database" in result.stderr


def test_other_secret_key_is_refused(demo: Installation, port: str) -> None:
    """Every sender would be told that the lead token is unknown, and many drop a lead then."""
    result = demo.run("serve", "--port", port, SECRET_KEY=KEY)

    assert result.exit_code == 1
    assert result.stderr.startswith("Error: lead tokens and API keys were made with another secret key")


@pytest.mark.parametrize("option", ["--threads=0", "--workers=99", "--port=70000"])
def test_option_is_checked_like_the_setting(demo: Installation, option: str, port: str) -> None:
    assert demo.run("serve", option, PORT=port).exit_code == 2
