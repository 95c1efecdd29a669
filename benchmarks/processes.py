"""Servers as processes: started, waited for, their CPU time and memory read, and stopped whatever happens."""

from __future__ import annotations

import contextlib
import secrets
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from typing import TYPE_CHECKING, Final

import psutil

from benchmarks.figures import WrongMeasurement

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

_PATIENCE_SECONDS: Final = 30
_POLL_SECONDS: Final = 0.05
_OK: Final = 200


def free_port() -> int:
    """Return a port below those that the system hands out for outgoing connections."""
    while True:
        port = 20_000 + secrets.randbelow(12_000)
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


@contextlib.contextmanager
def running_server(
    command: Sequence[str], *, port: int, log: Path, environment: Mapping[str, str]
) -> Iterator[psutil.Process]:
    """Start a server, wait until it is ready to serve, and stop it at the end.

    Raises: WrongMeasurement: it is not ready in time; the message carries the end of its log.
    """
    with log.open("ab") as output:
        # In a session of its own: Ctrl-C is for us, who then stop it in order.
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=environment,
            start_new_session=True,
        )
    try:
        _wait_until_ready(process, port, log)
        yield psutil.Process(process.pid)
    finally:
        _stop(process)


def _wait_until_ready(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while not _is_ready(port):
        if process.poll() is not None or time.monotonic() > deadline:
            end = "\n".join(log.read_text(errors="replace").splitlines()[-20:])
            raise WrongMeasurement(f"The server is not ready:\n{end}")
        time.sleep(_POLL_SECONDS)


def _is_ready(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=5) as answer:
            return bool(answer.status == _OK)
    except (OSError, urllib.error.URLError):
        return False


def _stop(process: subprocess.Popen[bytes]) -> None:
    """Ask for an orderly stop, and force what does not come."""
    if process.poll() is not None:
        return
    processes = [psutil.Process(process.pid), *psutil.Process(process.pid).children(recursive=True)]
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(_PATIENCE_SECONDS)
    except subprocess.TimeoutExpired:
        for each in processes:
            with contextlib.suppress(psutil.NoSuchProcess):
                each.kill()
        process.wait()


def cpu_seconds(root: psutil.Process) -> float:
    """Return the CPU time of a process and all its descendants, those included that have ended and been buried."""
    total = 0.0
    for each in (root, *root.children(recursive=True)):
        with contextlib.suppress(psutil.NoSuchProcess):
            total += sum(each.cpu_times()[:4])
    return total


def memory_mb(root: psutil.Process) -> float:
    """Return the memory of a process and its descendants in MiB; pages that several share count once."""
    total = 0
    for each in (root, *root.children(recursive=True)):
        with contextlib.suppress(psutil.NoSuchProcess, psutil.AccessDenied):
            total += getattr(each.memory_full_info(), "pss", 0)
    return total / 2**20
