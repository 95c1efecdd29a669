"""Starts the server under test on one of the tiny applications."""

from __future__ import annotations

from tests.support.servers import RunningServer, free_port, python_command, wait_until


def start(
    app: str = "echo", *, port: int | None = None, env: dict[str, str] | None = None, **options: object
) -> RunningServer:
    """Start a server that may or may not come up; the options are those of `ServerOptions`."""
    port = free_port() if port is None else port
    arguments = [f"{name}={value if isinstance(value, str) else repr(value)}" for name, value in options.items()]
    command = python_command("tests.integration.server.run", app, f"port={port}", *arguments)
    return RunningServer(command, url=f"http://127.0.0.1:{port}", env=env)


def serving(
    app: str = "echo",
    *,
    port: int | None = None,
    env: dict[str, str] | None = None,
    workers: int = 1,
    **options: object,
) -> RunningServer:
    """Start a server and wait until all of its workers serve."""
    server = start(app, port=port, env=env, workers=workers, **options).wait_until_ready(workers=workers)
    wait_until(lambda: "ready " in server.output(), what="every worker has its application")
    return server
