"""`leadintake serve --in-memory`: for the test suites of clients in any language."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from tests.support.servers import ROOT, free_port

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.integration.cli.conftest import Installation

PATIENCE_SECONDS = 60


def environment(**settings: str) -> dict[str, str]:
    environ = {name: text for name, text in os.environ.items() if not name.startswith("LEADINTAKE_")}
    return environ | {"PYTHONPATH": str(ROOT / "src")} | settings


@contextmanager
def serving(*arguments: str, env: dict[str, str] | None = None) -> Iterator[tuple[subprocess.Popen[str], Any]]:
    """Start a service, and read the line in which it says that it is ready."""
    command = [sys.executable, "-m", "leadintake", "serve", *arguments, "--output", "json"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=env or environment()
    ) as process:
        try:
            assert process.stdout is not None
            yield process, json.loads(process.stdout.readline())
        finally:
            process.kill()


def ask(method: str, url: str, body: dict[str, Any] | None = None, **headers: str) -> tuple[int, Any]:
    data = None if body is None else json.dumps(body).encode()
    named = {name.replace("_", "-"): text for name, text in headers.items()} | {"Content-Type": "application/json"}
    try:
        with urlopen(Request(url, data, named, method=method)) as answer:  # noqa: S310 - our own server
            text = answer.read()
            return answer.status, json.loads(text) if text else None
    except HTTPError as error:
        with error:
            return error.code, json.loads(error.read())


def test_one_line_tells_the_address_and_the_credentials_once_it_is_ready() -> None:
    with serving("--in-memory", "--port", "0") as (process, ready):
        token = ready["schedule"]["lead_token"]
        lead = {"caller_id": "+18004506787"}

        assert ask("POST", f"{ready['url']}/api/v1/leads", lead, X_Lead_Token=token)[1]["outcome"] == "created"
        assert ask("POST", f"{ready['url']}/api/v1/leads", lead, X_Lead_Token=token)[1]["outcome"] == "updated"
        assert set(ready) == {"url", "company", "schedule", "offer", "traffic_source", "api_key", "admin"}
        bearer = f"Bearer {ready['api_key']['private']}"
        assert len(ask("GET", f"{ready['url']}/api/v1/leads", Authorization=bearer)[1]["leads"]) == 1

        # Everything again as it was, for the next test of the suite; the credentials that it has noted still hold.
        assert ask("DELETE", f"{ready['url']}/testing/state")[0] == 204
        assert ask("GET", f"{ready['url']}/api/v1/leads", Authorization=bearer)[1]["leads"] == []
        lead["expires_in"] = "60"
        created = ask("POST", f"{ready['url']}/api/v1/leads", lead, X_Lead_Token=token)[1]
        assert created["outcome"] == "created"

        assert ask("POST", f"{ready['url']}/testing/clock", {"advance_seconds": 3_601})[0] == 200
        shown = ask("GET", f"{ready['url']}/api/v1/leads/{created['id']}", Authorization=bearer)[1]["lead"]
        assert shown["status"] == "expired"

        process.send_signal(signal.SIGTERM)
        output, errors = process.communicate(timeout=PATIENCE_SECONDS)
        assert (process.returncode, output, errors) == (0, "", "")


def test_nothing_of_an_installation_is_read_or_written(tmp_path: Path) -> None:
    """A suite must not end up with its leads in somebody's database because a variable was set."""
    folder = tmp_path / "data"
    env = environment(
        LEADINTAKE_DATA_DIR=str(folder),
        LEADINTAKE_DATABASE_URL="postgresql://nobody@nowhere.example/leads",
        LEADINTAKE_PORT="nonsense",
        HOME=str(tmp_path),
    )
    with serving("--in-memory", "--port", "0", env=env) as (process, ready):
        assert ask("GET", f"{ready['url']}/healthz") == (200, {"status": "alive"})

        process.send_signal(signal.SIGINT)
        assert process.wait(PATIENCE_SECONDS) == 0
    assert list(tmp_path.iterdir()) == []


def test_other_servers_have_no_routes_of_test_suites(demo: Installation) -> None:
    """Whoever reaches them could otherwise destroy everything without a credential."""
    with serving("--port", "0", "--workers", "1", env=environment(**demo.environ)) as (process, ready):
        assert set(ready) == {"url"}
        asked = (("DELETE", "state"), ("POST", "clock"), ("GET", "clock"), ("PUT", "outage"), ("DELETE", "outage"))
        for method, path in asked:
            status, document = ask(method, f"{ready['url']}/testing/{path}")
            assert (status, document["code"]) == (404, "not_found")

        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE_SECONDS) == 0


def test_people_are_told_in_words() -> None:
    command = [sys.executable, "-m", "leadintake", "serve", "--in-memory", "--port", "0"]
    env = environment(PYTHONUNBUFFERED="1")
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=env) as process:
        try:
            assert process.stdout is not None
            first = process.stdout.readline()
            told = [process.stdout.readline() for _ in range(4)]
        finally:
            process.terminate()

    assert first.startswith("leadintake takes leads at http://127.0.0.1:")
    assert "lead token" in "".join(told)


def test_port_that_is_taken_is_said(bare: Installation) -> None:
    with serving("--in-memory", "--port", str(free_port())) as (_, ready):
        result = bare.run("serve", "--in-memory", "--port", ready["url"].rpartition(":")[2])

    assert result.exit_code == 1
    assert "cannot be listened on: Address already in use" in result.stderr


@pytest.mark.parametrize("further", [("--workers", "2"), ("--threads", "4")])
def test_there_is_one_process(bare: Installation, further: tuple[str, str]) -> None:
    result = bare.run("serve", "--in-memory", *further)

    assert result.exit_code == 2
    assert "one process" in result.stderr


def test_company_is_of_the_region_that_is_asked_for() -> None:
    with serving("--in-memory", "--port", "0", "--region", "gb", "--time-zone", "Europe/London") as (_, ready):
        lead = {"caller_id": "020 7946 0018", "next_action_at": "2030-07-01 09:00:00"}
        token = ready["schedule"]["lead_token"]

        answer = ask("POST", f"{ready['url']}/api/v1/leads", lead, X_Lead_Token=token)[1]["lead"]

    assert (answer["caller_id"], answer["next_action_at"]) == ("+442079460018", "2030-07-01T08:00:00Z")


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        (("--in-memory", "--region", "XX"), "two letters of a country"),
        (("--in-memory", "--time-zone", "Nowhere"), "must be a time zone"),
        (("--region", "GB"), "with --in-memory"),
        (("--time-zone", "UTC"), "with --in-memory"),
    ],
)
def test_company_that_makes_no_sense_is_bad_usage(bare: Installation, wrong: tuple[str, ...], says: str) -> None:
    result = bare.run("serve", *wrong)

    assert result.exit_code == 2
    assert says in result.stderr


def test_help_tells_of_it(bare: Installation) -> None:
    assert "DELETE /testing/state" in bare.run("serve", "--help").stdout
