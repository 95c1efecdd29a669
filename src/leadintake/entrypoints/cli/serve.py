"""``leadintake serve``: take in leads over HTTP."""

from __future__ import annotations

import os
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final

import click

from leadintake.entrypoints.cli.init import read_region, read_time_zone
from leadintake.entrypoints.cli.installation import (
    DATABASE_REACHABLE,
    SCHEMA_CURRENT,
    environment,
    find,
    installation,
    read_settings,
    require,
)
from leadintake.entrypoints.cli.output import output_option, print_json, say, warn
from leadintake.entrypoints.cli.program import Failed

if TYPE_CHECKING:
    from leadintake.config import Settings
    from leadintake.domain.ports import Finding
    from leadintake.entrypoints.server import ServerOptions

APPLICATION: Final = "leadintake.entrypoints.wsgi:serve_application"
_LAST_PORT: Final = 65535


@click.command()
@click.option("--host", metavar="ADDRESS", help="Address to listen on.  [default: LEADINTAKE_HOST, else 127.0.0.1]")
@click.option(
    "--port",
    type=click.IntRange(0, _LAST_PORT),
    help="Port to listen on; 0 takes a free one.  [default: LEADINTAKE_PORT, else 8000]",
)
@click.option(
    "--workers", type=int, help="Processes.  [default: LEADINTAKE_WORKERS, else 1 on SQLite, 2 on PostgreSQL]"
)
@click.option("--threads", type=int, help="Threads of each.  [default: LEADINTAKE_THREADS, else 32 or 16]")
@click.option(
    "--in-memory",
    is_flag=True,
    help="Serve a demo company that is kept in memory and ends with the service, for test suites; reads no setting.",
)
@click.option("--region", metavar="COUNTRY", callback=read_region, help="Of the demo company in memory.  [default: US]")
@click.option(
    "--time-zone", metavar="ZONE", callback=read_time_zone, help="Of the demo company in memory.  [default: UTC]"
)
@output_option
def serve(
    *,
    host: str | None,
    port: int | None,
    workers: int | None,
    threads: int | None,
    in_memory: bool,
    region: str | None,
    time_zone: str | None,
    output: str,
) -> int:
    """Take in leads over HTTP until told to stop.

    An embedded SQLite database is brought to this version's schema; a PostgreSQL database must be (leadintake
    migrate). TERM and Ctrl-C stop the service when everything in flight is answered; run it under systemd or a
    container engine that starts it again should it ever end by itself.

    With --output json the address is printed as one line of JSON as soon as leads are taken; with --in-memory the
    credentials of the demo company are in it, too. There DELETE /testing/state puts everything back to its beginning,
    with the same credentials, and POST /testing/clock moves the clock.

    \b
    Examples:
      leadintake serve
      leadintake serve --host 0.0.0.0 --port 8080
      LEADINTAKE_DATABASE_URL=postgresql://leads@db/leads leadintake serve --workers 3 --threads 11
      leadintake serve --in-memory --port 0 --output json
    """  # noqa: D301  click keeps the lines of a paragraph after it
    if in_memory:
        if workers is not None or threads is not None:
            raise click.UsageError("In memory there is one process, with as many threads as requests: leave them out.")
        return _serve_in_memory(host, port, region, time_zone, output=output)
    if region is not None or time_zone is not None:
        raise click.UsageError("A company's region and time zone are set by `leadintake init`; here, with --in-memory.")
    from functools import partial

    from leadintake.entrypoints.logs import configure_logs
    from leadintake.entrypoints.server import serve as serve_until_stopped

    environ = environment({"HOST": host, "PORT": port or None, "WORKERS": workers, "THREADS": threads})
    settings = read_settings(environ)
    _require_one_writer(settings)
    _prepare(settings)
    options = _options(settings, port=settings.port if port is None else port)
    configure_logs(level=settings.log_level, is_json=settings.log_format == "json")
    # The workers read their settings for themselves; what they show of the address should be what was asked for here.
    os.environ.clear()
    os.environ.update(environ)
    # The workers count into files of one folder, so that each can tell for all. It ends with the service.
    with TemporaryDirectory(prefix="leadintake-metrics-") as folder:
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = folder
        return serve_until_stopped(APPLICATION, options, on_ready=partial(_announce, output=output))


def _announce(url: str, *, output: str) -> None:
    if output == "json":
        print_json({"url": url}, is_line=True)
    else:
        click.echo(f"leadintake takes leads at {url}")


def _serve_in_memory(
    host: str | None, port: int | None, region: str | None, time_zone: str | None, *, output: str
) -> int:
    from leadintake.domain.company import DEFAULT_REGION, DEFAULT_TIME_ZONE
    from leadintake.entrypoints.cli.serving_in_memory import HOST, PORT, serve_in_memory
    from leadintake.entrypoints.in_memory import Opening

    opening = Opening(region=region or DEFAULT_REGION, time_zone=time_zone or DEFAULT_TIME_ZONE)
    return serve_in_memory(opening, host=host or HOST, port=PORT if port is None else port, output=output)


def _require_one_writer(settings: Settings) -> None:
    if settings.sqlite_path is not None and settings.workers > 1:
        raise click.UsageError(
            "SQLite has one writer at a time: several workers would only wait for each other. Use --workers 1 (its "
            "threads share commits), or PostgreSQL with LEADINTAKE_DATABASE_URL."
        )


def _prepare(settings: Settings) -> None:
    """See to it that leads can be taken; what stands in the way is said before the first one comes.

    Raises: Failed.
    """
    # Closed again before the server starts its workers: a connection must not be shared with them.
    with installation(settings) as services:
        findings = services.inspect()
        require(DATABASE_REACHABLE, findings)
        if settings.sqlite_path is not None and not find(SCHEMA_CURRENT, findings).is_fine:
            services.migrate()
            findings = services.inspect()
            say(f"The schema of {settings.sqlite_path} is at {find(SCHEMA_CURRENT, findings).detail} now.")
        require(SCHEMA_CURRENT, findings)
        for finding in (*findings, *services.inspect_records()):
            _heed(finding)


def _heed(finding: Finding) -> None:
    """Warn of what is not fine. Raises: Failed: every sender would be told that the lead token is unknown."""
    said = f"{finding.detail}; {finding.mend}."
    if not finding.is_fine and finding.check == "lead_tokens_open":
        raise Failed(said)
    if not finding.is_fine:
        warn(said)


def _options(settings: Settings, *, port: int) -> ServerOptions:
    """Return how the server runs. Raises: Failed: the address cannot be had."""
    from leadintake.entrypoints.server import ServerOptions
    from leadintake.entrypoints.server.listening import CannotListen, claim

    options = ServerOptions(
        host=settings.host,
        port=port,
        workers=settings.workers,
        threads=settings.threads,
        pins_workers=settings.pin_workers,
        buffered_body_bytes=settings.max_body_bytes,
    )
    try:
        # The server asks again; asked here the refusal is a sentence for a person, not a line of the log.
        claim(options)
    except CannotListen as refusal:
        raise Failed(str(refusal)) from refusal
    return options
