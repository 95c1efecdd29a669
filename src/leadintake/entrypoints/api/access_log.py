"""One line for each request, without anything that a query string could carry."""

from __future__ import annotations

from time import perf_counter
from typing import TYPE_CHECKING

import structlog
from flask import g, request

if TYPE_CHECKING:
    from flask import Flask, Response

log = structlog.get_logger("leadintake.access")


def install(app: Flask) -> None:
    """Log every request of the application once, when it is answered."""
    app.before_request(_start)
    app.after_request(_finish)


def _start() -> None:
    g.started = perf_counter()


def _finish(response: Response) -> Response:
    # The route's template and never the path: a path can hold a phone number, a query string a lead token.
    route = request.url_rule.rule if request.url_rule else None
    log.info(
        "request",
        method=request.method if request.method in _METHODS else "other",
        route=route,
        status=response.status_code,
        ms=round((perf_counter() - g.started) * 1000, 1) if "started" in g else None,
    )
    return response


_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
