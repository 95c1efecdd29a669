"""One line for each request, without anything that a query string could carry."""

from __future__ import annotations

from time import perf_counter
from typing import TYPE_CHECKING

from flask import g

from leadintake.entrypoints.logs import log_request

if TYPE_CHECKING:
    from flask import Request, Response

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


def start() -> None:
    """Note when the request began."""
    g.started = perf_counter()


def finish(request: Request, response: Response) -> None:
    """Log the request, now that it is answered."""
    started = g.get("started")
    # The route's template and never the path: a path can hold a phone number, a query string a lead token.
    log_request(
        method=request.method if request.method in _METHODS else "other",
        route=request.url_rule.rule if request.url_rule else None,
        status=response.status_code,
        ms=None if started is None else round((perf_counter() - started) * 1000, 1),
    )
