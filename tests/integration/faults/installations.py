"""Whole installations: a data folder, a database, and the server as a process of its own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from tests.support.servers import ROOT, RunningServer, free_port, is_running, python_command, wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

START_SECONDS = 60.0
_READY = "leadintake takes leads at"


@dataclass(frozen=True, slots=True, kw_only=True)
class Installation:
    """Where an installation keeps its data, where it serves, and what `init` printed for its first company."""

    data_dir: Path
    database_url: str
    secret_key: str | None
    founded: Mapping[str, Any]
    port: int
    workers: int

    @property
    def is_sqlite(self) -> bool:
        """Say whether the database is the embedded one."""
        return self.database_url.startswith("sqlite")

    @property
    def environ(self) -> Mapping[str, str]:
        """Return the settings of all its processes."""
        environ = {"LEADINTAKE_DATA_DIR": str(self.data_dir)}
        if not self.is_sqlite:
            environ["LEADINTAKE_DATABASE_URL"] = self.database_url
        if self.secret_key is not None:
            environ["LEADINTAKE_SECRET_KEY"] = self.secret_key
        return environ

    @property
    def url(self) -> str:
        """Return where it serves."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def token(self) -> str:
        """Return the lead token of its first company's schedule."""
        return str(self.founded["schedule"]["lead_token"])

    def at_another_place(self) -> Installation:
        """Return the same on a port of its own."""
        return replace(self, port=free_port())

    def run(self, *arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
        """Run a command of leadintake to its end; what is named of the environment goes before the test's own."""
        return subprocess.run(
            python_command("leadintake", *arguments),
            env=os.environ | {"PYTHONPATH": str(ROOT / "src")} | dict(self.environ) | environ,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            check=False,
            timeout=START_SECONDS,
        )

    def found(self, *arguments: str) -> Mapping[str, Any]:
        """Make a company, with a schedule and an offer to send leads to, and return what `init` prints."""
        made = self.run("init", "--demo", *arguments, "--output", "json")
        assert made.returncode == 0, made.stderr
        return dict(json.loads(made.stdout))

    def start(self, *, under: Sequence[str] = (), **settings: object) -> RunningServer:
        """Start the server and return at once.

        Args:
            under: A program that runs the server, with its arguments.
            settings: Further settings; their names lack the prefix.
        """
        command = python_command("leadintake", "serve", "--port", str(self.port), "--workers", str(self.workers))
        env = {f"LEADINTAKE_{name.upper()}": str(value) for name, value in settings.items()}
        temporary = self.data_dir.parent / "temporary"
        temporary.mkdir(exist_ok=True)
        env["TMPDIR"] = str(temporary)
        return RunningServer([*under, *command], url=self.url, env={**self.environ, **env})

    @contextmanager
    def serving(self, *, under: Sequence[str] = (), **settings: object) -> Iterator[RunningServer]:
        """Lend a running server that is ready for leads; however the test ends, it is gone afterwards."""
        with self.start(under=under, **settings) as server:
            wait_until_ready(server)
            yield server


def wait_until_ready(server: RunningServer) -> None:
    """Wait until every worker has its application and the server says so."""

    def is_ready() -> bool:
        if not is_running(server.pid):
            raise AssertionError(f"The server ended with {server.wait()}:\n{server.output()}")
        return _READY in server.output()

    wait_until(is_ready, what=f"the server at {server.url} is ready", seconds=START_SECONDS)


def kill_whole(server: RunningServer) -> None:
    """Kill the main process and all workers, and return when the port is free."""
    pids = [server.pid, *server.worker_pids()]
    for pid in pids:
        # A worker may have followed the main process already.
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    server.wait()
    wait_until(lambda: not any(map(is_running, pids)), what="the killed processes are gone")
