"""Run the server on one of the tiny applications: ``python -m tests.integration.server.run APP [OPTION=VALUE …]``."""

from __future__ import annotations

import ast
import sys
from pathlib import Path
from typing import Any

from leadintake.entrypoints.server import ServerOptions, serve


def main(app: str, *arguments: str) -> int:
    given = dict(argument.split("=", 1) for argument in arguments)
    options: dict[str, Any] = {"host": given.pop("host", "127.0.0.1"), "port": 0, "workers": 1, "threads": 4}
    if "socket_path" in given:
        options["socket_path"] = Path(given.pop("socket_path"))
    options |= {name: ast.literal_eval(text) for name, text in given.items()}
    return serve(
        f"tests.integration.server.apps:{app}",
        ServerOptions(**options),
        on_ready=lambda url: print(f"ready {url}", flush=True),  # noqa: T201
    )


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
