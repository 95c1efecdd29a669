"""What every test may ask for, and the rules that hold for all of them."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest
from hypothesis import settings

from tests.support.logs import logs_as_before
from tests.support.postgres import open_postgres

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.postgres import Postgres

# A laptop explores; the guard of main answers the same for the same commit; HYPOTHESIS_PROFILE=thorough digs.
# No deadline anywhere: on a shared machine it measures the neighbours.
settings.register_profile("explore", deadline=None, max_examples=50, print_blob=True)
settings.register_profile("guard", deadline=None, max_examples=50, print_blob=True, derandomize=True)
settings.register_profile("thorough", deadline=None, max_examples=2_000, print_blob=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE") or ("guard" if os.environ.get("CI") else "explore"))


@pytest.fixture(autouse=True)
def logs_stay_as_they_were() -> Iterator[None]:
    """Undo how a test has configured logging, be it by the way: a command run in this process does."""
    with logs_as_before():
        yield


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Postgres]:
    """Lend one PostgreSQL to all tests of this process, started by the first that asks."""
    with open_postgres() as server:
        yield server


@pytest.fixture
def postgres_url(postgres_server: Postgres) -> Iterator[str]:
    """Lend a fresh, empty database on PostgreSQL, by its URL."""
    name = f"test_{uuid4().hex}"
    yield postgres_server.create_database(name)
    postgres_server.drop_database(name)


class SkipsSayWhy:
    """Fail a run in which a test was skipped without a reason that the summary can print."""

    def __init__(self) -> None:
        self.silent: list[str] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self._note(report)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        self._note(report)

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        if self.silent and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        for name in self.silent:
            terminalreporter.write_line(f"SKIPPED WITHOUT A REASON {name}", red=True)

    def _note(self, report: pytest.TestReport | pytest.CollectReport) -> None:
        if report.skipped and isinstance(report.longrepr, tuple):
            reason = report.longrepr[2].removeprefix("Skipped").strip(": ")
            if reason in {"", "unconditional skip", "condition: True"}:
                self.silent.append(report.nodeid)


def pytest_configure(config: pytest.Config) -> None:
    # In the background of a script, as under nohup, these are ignored, and would be by all that the tests start.
    for number in (signal.SIGHUP, signal.SIGQUIT):
        if signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, lambda *_: None)
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    config.pluginmanager.register(SkipsSayWhy())
