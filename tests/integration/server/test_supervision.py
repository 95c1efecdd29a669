"""The files shipped for supervisors fit how the server ends."""

from __future__ import annotations

import re
from configparser import RawConfigParser
from pathlib import Path

from leadintake.entrypoints.server import ServerOptions

DEPLOY = Path(__file__).parents[3] / "deploy"
KILL_TIMEOUT_SECONDS = ServerOptions(host="", port=0, workers=1, threads=1).kill_timeout_seconds


def test_systemd_restarts_the_server_however_it_ends() -> None:
    """The server ends itself when its workers keep dying, and counts on being started again."""
    service = the_service()

    assert service["Restart"] == "always"
    assert the_unit()["Unit"]["StartLimitIntervalSec"] == "0"


def test_systemd_lets_the_server_stop_its_workers_itself() -> None:
    """Signalled all at once, workers would end before the main process expects it."""
    service = the_service()

    assert service["KillMode"] == "mixed"
    assert int(service["TimeoutStopSec"]) > KILL_TIMEOUT_SECONDS


def test_compose_restarts_the_server_and_lets_it_finish() -> None:
    server = (DEPLOY / "compose.yaml").read_text().partition("\n  leadintake:")[2].partition("\n  postgres:")[0]

    assert "\n    restart: always\n" in server
    assert int(re.findall(r"stop_grace_period: (\d+)s", server)[0]) > KILL_TIMEOUT_SECONDS


def the_unit() -> RawConfigParser:
    unit = RawConfigParser()
    unit.optionxform = str  # type: ignore[assignment,method-assign]  # as the documentation of configparser has it
    unit.read(DEPLOY / "leadintake.service")
    return unit


def the_service() -> dict[str, str]:
    return dict(the_unit()["Service"])
