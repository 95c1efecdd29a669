"""Nobody is told 200 before the disk has confirmed: seen from the system calls, not from a setting.

The server, or PostgreSQL under it, runs under strace, which notes every sync with its time. Leads are posted one at a
time, so that there is one commit in each request: between its beginning and its answer a sync of the database's log
must have begun and ended. PostgreSQL that does not wait syncs five times a second, SQLite once in a thousand pages.
"""

from __future__ import annotations

import re
import shutil
import time
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from tests.integration.faults.soak import rounds
from tests.support.loads import Sender, callers
from tests.support.servers import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from tests.integration.faults.installations import Installation
    from tests.support.postgres import PostgresServer

POSTS = 40
FIRST = "+18004506787"
# One line is "70 1700000000.123456 fdatasync(12</path>) = 0 <0.000301>"; when another thread's call comes between its
# beginning and its end, it is two: "… fdatasync(12</path> <unfinished ...>", "… <... fdatasync resumed>) = 0 <…>".
_CALL = re.compile(r"(?P<thread>\d+) +(?P<at>[\d.]+) f(?:data)?sync\(\d+<(?P<path>[^>]*)>(?P<end>.*)")
_RESUMED = re.compile(r"(?P<thread>\d+) +[\d.]+ <\.\.\. f(?:data)?sync resumed>(?P<end>.*)")
_SUCCEEDED = re.compile(r"\) += 0 <(?P<seconds>[\d.]+)>")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sync:
    """One file brought to the disk.

    Units: seconds since 1970, by the clock of this machine.
    """

    path: str
    begun_at: float
    ended_at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One acknowledged lead, from the request to the answer; in the same units."""

    begun_at: float
    ended_at: float


def test_every_acknowledgement_waits_for_the_disk_on_sqlite(on_sqlite: Installation, tmp_path: Path) -> None:
    trace = tmp_path / "trace"
    with on_sqlite.serving(under=strace(trace)) as server:
        requests = post_one_at_a_time(on_sqlite)
        assert server.terminate() == 0, server.output()[-2_000:]
        wait_until_complete(trace, server.pid)

    log = on_sqlite.database_url.removeprefix("sqlite:///") + "-wal"
    assert unconfirmed(requests, [sync for sync in read_syncs(trace) if sync.path == log]) == []


def test_every_acknowledgement_waits_for_the_disk_on_postgresql(
    own_postgres: PostgresServer, on_postgresql: Installation
) -> None:
    with traced(own_postgres) as trace, on_postgresql.serving():
        requests = post_one_at_a_time(on_postgresql)

    assert unconfirmed(requests, [sync for sync in read_syncs(trace) if "/pg_wal/" in sync.path]) == []


def post_one_at_a_time(installation: Installation) -> Sequence[Request]:
    requests = []
    with Sender(installation.port) as sender:
        # The first one also opens what stays open, which syncs for reasons of its own.
        assert sender.post(installation.token, FIRST).is_acknowledged
        for caller in islice(callers(), len(rounds(POSTS, soak=200))):
            begun_at = time.time()
            assert sender.post(installation.token, caller).is_acknowledged
            requests.append(Request(begun_at=begun_at, ended_at=time.time()))
    return requests


def unconfirmed(requests: Sequence[Request], syncs: Sequence[Sync]) -> Sequence[int]:
    """Return which of the requests were answered without a sync."""
    return [
        number
        for number, request in enumerate(requests)
        if not any(request.begun_at <= sync.begun_at and sync.ended_at <= request.ended_at for sync in syncs)
    ]


def strace(trace: Path) -> Sequence[str]:
    """Return the command that notes the syncs of the program that follows, and of its children."""
    found = shutil.which("strace")
    assert found, "strace is missing: make system-packages installs it, or says how"
    # -D: strace stands aside, and the program is our own child; -y: files by name; -ttt, -T: when, and how long.
    options = ("-D", "-f", "-q", "-y", "-ttt", "-T", "-e", "trace=fsync,fdatasync", "-e", "signal=none")
    return (found, *options, "-o", str(trace), "--")


@contextmanager
def traced(postgres: PostgresServer) -> Iterator[Path]:
    """Run the server under strace, and lend the trace, which is complete afterwards."""
    trace, folder = postgres.folder / "trace", postgres.folder / "traced"
    folder.mkdir()
    program = folder / "postgres"
    program.write_text(f'#!/bin/sh\nexec {" ".join(strace(trace))} "{postgres.binaries}/postgres" "$@"\n')
    for path in (folder, program):
        # The server has an account of its own.
        path.chmod(0o755)
    postgres.stop()
    untraced, postgres.binaries = postgres.binaries, folder
    try:
        postgres.start()
        pid = postgres.pid
        yield trace
        postgres.stop()
        wait_until_complete(trace, pid)
    finally:
        postgres.stop()
        postgres.binaries = untraced
        shutil.rmtree(folder)


def wait_until_complete(trace: Path, pid: int | None) -> None:
    """Wait until strace has noted the end of the program."""
    end = re.compile(rf"^{pid} +[\d.]+ \+\+\+ ", re.MULTILINE)
    wait_until(lambda: bool(end.search(trace.read_text())), what=f"strace notes the end of {pid}")


def read_syncs(trace: Path) -> Sequence[Sync]:
    """Return the syncs that succeeded."""
    syncs: list[Sync] = []
    begun: dict[str, tuple[str, float]] = {}
    for line in trace.read_text().splitlines():
        if call := _CALL.match(line):
            begun[call["thread"]] = call["path"], float(call["at"])
        ended = call or _RESUMED.match(line)
        if ended and (done := _SUCCEEDED.search(ended["end"])):
            path, begun_at = begun[ended["thread"]]
            syncs.append(Sync(path=path, begun_at=begun_at, ended_at=begun_at + float(done["seconds"])))
    return syncs
