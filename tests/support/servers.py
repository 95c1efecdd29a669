"""Servers as processes of their own: started, waited for, listened to, stopped or killed."""

from __future__ import annotations

import os
import random
import signal
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Self

import psutil

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from types import TracebackType

ROOT = Path(__file__).parents[2]
PATIENCE_SECONDS = 30.0
_POLL_SECONDS = 0.02


def free_port() -> int:
    """Return a port nobody listens on, below those that the kernel gives to clients."""
    candidates = list(range(20_000, 32_000))
    random.shuffle(candidates)
    for port in candidates:
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise AssertionError("No port is free.")


def wait_until(is_so: Callable[[], bool], *, what: str, seconds: float = PATIENCE_SECONDS) -> None:
    """Return as soon as it is so; fail, naming what was waited for, if that takes too long."""
    give_up_at = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > give_up_at:
            raise AssertionError(f"Waited {seconds} s in vain: {what}")
        time.sleep(_POLL_SECONDS)


class RunningServer:
    """One server process, its workers, and what they print.

    Shape: `url` is where it was told to listen; `pid` is the main process. It leads a session of its own, so
    that a signal to its process group reaches nobody else.
    """

    def __init__(self, command: Sequence[str], *, url: str, env: Mapping[str, str] | None = None) -> None:
        """Start the command, which must serve at `url`; `env` is added to this process's environment."""
        self.url = url
        # A file, not a pipe: nobody has to read along for the server to go on.
        self._log = tempfile.NamedTemporaryFile(prefix="server-", suffix=".log")  # noqa: SIM115  closed by close()
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=self._log,
            stderr=subprocess.STDOUT,
            env=os.environ | {"PYTHONPATH": _python_path(), "PYTHONUNBUFFERED": "1"} | dict(env or {}),
            start_new_session=True,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def port(self) -> int:
        """Return the port that the URL ends with."""
        return int(self.url.rpartition(":")[2])

    def wait_until_ready(self, *, workers: int = 1) -> Self:
        """Wait until that many workers run and the address takes connections."""

        def is_ready() -> bool:
            if self._process.poll() is not None:
                raise AssertionError(f"The server ended with {self._process.returncode}:\n{self.output()}")
            return len(self.worker_pids()) >= workers and self.answers()

        wait_until(is_ready, what=f"{self.url} answers")
        return self

    def answers(self) -> bool:
        """Say whether somebody takes connections at the URL."""
        with socket.socket() as caller:
            caller.settimeout(1)
            return caller.connect_ex(("127.0.0.1", self.port)) == 0

    def worker_pids(self) -> list[int]:
        """Return the living children of the main process, the oldest first."""
        with suppress(psutil.NoSuchProcess):
            workers = psutil.Process(self.pid).children()
            return [each.pid for each in sorted(workers, key=lambda each: each.create_time()) if is_running(each.pid)]
        return []

    def output(self) -> str:
        """Return everything printed so far, on either stream."""
        return Path(self._log.name).read_text(encoding="utf-8", errors="replace")

    def wait(self, *, seconds: float = PATIENCE_SECONDS) -> int:
        """Wait for the main process to end, and return its exit status."""
        try:
            return self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"The server is still running after {seconds} s:\n{self.output()}") from None

    def terminate(self, *, seconds: float = PATIENCE_SECONDS) -> int:
        """Ask for an orderly stop, and return the exit status."""
        self._process.send_signal(signal.SIGTERM)
        return self.wait(seconds=seconds)

    def kill(self) -> None:
        """Kill the main process, which has no time to say good-bye."""
        self._process.kill()
        self.wait()

    def close(self) -> None:
        """Leave nothing behind, whatever the test did."""
        left = self.worker_pids()
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()
        for pid in left:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self._log.close()


def _python_path() -> str:
    return os.pathsep.join(filter(None, [str(ROOT / "src"), str(ROOT), os.environ.get("PYTHONPATH")]))


def is_running(pid: int) -> bool:
    """Say whether the process is there and not merely waiting to be buried."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def python_command(module: str, *arguments: str) -> list[str]:
    """Return the command that runs a module with this interpreter."""
    return [sys.executable, "-m", module, *arguments]
