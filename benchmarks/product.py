"""The product as its users run it: `leadintake init`, then `leadintake serve`, over a database of its own."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import subprocess
import sys
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from sqlalchemy import create_engine, text

from leadintake.config import PREFIX, Settings

from benchmarks.figures import WrongMeasurement
from benchmarks.processes import free_port, running_server

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    import psutil
    from sqlalchemy import Engine

_SETTLED_SECONDS: Final = 0.2
_PATIENCE_SECONDS: Final = 30
_COMMAND: Final = (sys.executable, "-m", "leadintake")


@dataclass(frozen=True, slots=True, kw_only=True)
class Installation:
    """A database with a demo company, ready to be served and looked into."""

    environment: Mapping[str, str] = field(repr=False)
    settings: Settings = field(repr=False)
    lead_token: str = field(repr=False)
    log: Path
    engine: Engine = field(repr=False)

    def count_leads(self) -> int:
        """Return how many leads are stored."""
        with self.engine.connect() as connection:
            return int(connection.execute(text("SELECT count(*) FROM leads")).scalar_one())

    def count_settled_leads(self) -> int:
        """Return how many leads are stored once the requests that were cut off have come to their end."""
        deadline = time.monotonic() + _PATIENCE_SECONDS
        count = self.count_leads()
        while time.monotonic() < deadline:
            time.sleep(_SETTLED_SECONDS)
            before, count = count, self.count_leads()
            if before == count:
                return count
        raise WrongMeasurement("Leads keep coming in although nobody sends any.")

    @contextlib.contextmanager
    def serving(self) -> Iterator[Server]:
        """Run `leadintake serve` as long as it is needed."""
        port = free_port()
        command = [*_COMMAND, "serve", "--host", "127.0.0.1", "--port", str(port)]
        command += ["--workers", str(self.settings.workers), "--threads", str(self.settings.threads)]
        with running_server(command, port=port, log=self.log, environment=self.environment) as process:
            yield Server(port=port, process=process)


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A server that is ready."""

    port: int
    process: psutil.Process


def install(folder: Path, *, database_url: str | None, given: Mapping[str, str]) -> Installation:
    """Make an installation with a demo company.

    Args:
        folder: Its own, empty; the embedded database lies there.
        database_url: SQLAlchemy's URL of an empty database; None for the embedded one.
        given: Settings by their names without the prefix, over the product's defaults.
    """
    # Nothing of the user's own installation may reach this one.
    environment = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
    environment |= {
        PREFIX + "DATA_DIR": str(folder),
        PREFIX + "SECRET_KEY": secrets.token_urlsafe(32),
        PREFIX + "RATE_LIMITS": "off",
    }
    if database_url:
        environment[PREFIX + "DATABASE_URL"] = database_url
    environment |= {PREFIX + name: value for name, value in given.items()}
    settings = Settings.from_environment(environment)
    made = subprocess.run(
        [*_COMMAND, "init", "--demo", "--output", "json"],
        env=environment,
        capture_output=True,
        text=True,
        timeout=_PATIENCE_SECONDS,
        check=False,
    )
    if made.returncode:
        raise WrongMeasurement(f"leadintake init failed:\n{made.stdout}{made.stderr}")
    return Installation(
        environment=environment,
        settings=settings,
        lead_token=json.loads(made.stdout)["schedule"]["lead_token"],
        log=folder / "server.log",
        engine=create_engine(settings.database_url, pool_size=1),
    )


@contextlib.contextmanager
def serving_floor(installation: Installation) -> Iterator[Server]:
    """Run the floor under the same server with the installation's number of workers and threads."""
    port = free_port()
    numbers = (port, installation.settings.workers, installation.settings.threads)
    command = [sys.executable, "-m", "benchmarks.floor", *map(str, numbers)]
    log = installation.log.with_name("floor.log")
    with running_server(command, port=port, log=log, environment=installation.environment) as process:
        yield Server(port=port, process=process)
