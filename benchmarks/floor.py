"""The floor: the least that a Flask view can do with a lead, under the product's own server.

``python -m benchmarks.floor PORT WORKERS THREADS``. It parses the JSON and answers as much as the product does: no
check, no telephone number, no database, no log line.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from flask import Flask, jsonify, request

from leadintake.entrypoints.server import ServerOptions, serve

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue


def make_floor() -> Flask:
    """Make the application."""
    app = Flask(__name__, static_folder=None)

    @app.get("/readyz")
    def ready() -> ResponseReturnValue:
        return jsonify(ready=True)

    @app.post("/api/v1/leads")
    def lead() -> ResponseReturnValue:
        given = request.get_json()
        tokens = {name: value for name, value in given.items() if name not in {"lead_token", "caller_id"}}
        identifier = "0198c0de-0000-7000-8000-000000000001"
        return jsonify(
            success=True,
            status=200,
            outcome="created",
            errors={},
            warnings=[],
            id=identifier,
            lead_id=identifier,
            metadata={"root": "lead"},
            lead={"id": identifier, "caller_id": given["caller_id"], "status": "scheduled", "tokens": tokens},
        )

    return app


if __name__ == "__main__":
    port, workers, threads = map(int, sys.argv[1:])
    sys.exit(
        serve(
            "benchmarks.floor:make_floor",
            ServerOptions(host="127.0.0.1", port=port, workers=workers, threads=threads),
        )
    )
