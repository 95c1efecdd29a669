"""The HTTP application: blueprints over the use cases, and what all answers have in common."""

from __future__ import annotations

import traceback
from typing import TYPE_CHECKING

import structlog
from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException

from leadintake.domain.errors import Refusal
from leadintake.domain.parameters import Limits
from leadintake.entrypoints.api import access_log, documents, health, leads
from leadintake.entrypoints.api.context import EXTENSION, ApiContext
from leadintake.entrypoints.api.problems import of_status, problem, problem_document

if TYPE_CHECKING:
    from ipaddress import IPv4Network, IPv6Network

    from leadintake.bootstrap import Services

DEFAULT_LIMITS = Limits()

API = "/api/"
INTAKE = "/api/v1/leads"

_PREFLIGHT_HEADERS = {
    "Access-Control-Allow-Methods": "POST, PUT, GET, OPTIONS",
    "Access-Control-Allow-Headers": "Authorization, Content-Type, X-Lead-Token, Idempotency-Key",
    "Access-Control-Max-Age": "86400",
}
_ALWAYS = {
    # An answer can hold personal data, and an address a lead token: neither may rest in a cache or a referrer.
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}

log = structlog.get_logger("leadintake.api")


def create_app(
    services: Services, *, limits: Limits = DEFAULT_LIMITS, trusted_proxies: tuple[IPv4Network | IPv6Network, ...] = ()
) -> Flask:
    """Make the application over these services; it runs under any WSGI server."""
    # No static folder: nothing is served that is not a route below.
    app = Flask("leadintake", static_folder=None)
    # A redirect would repeat the query, and with it the lead token, into a log and a referrer.
    app.url_map.strict_slashes = False
    app.url_map.merge_slashes = False
    app.url_map.redirect_defaults = False
    app.extensions[EXTENSION] = ApiContext(services=services, limits=limits, trusted_proxies=trusted_proxies)
    access_log.install(app)
    app.before_request(_answer_preflight)
    app.after_request(_dress)
    app.register_error_handler(Refusal, problem)
    app.register_error_handler(HTTPException, _http_problem)
    app.register_error_handler(Exception, _our_bug)
    for module in (leads, health, documents):
        app.register_blueprint(module.bp)
    return app


def _answer_preflight() -> Response | None:
    """Answer a browser's question whether it may ask, without a token, whatever the address under /leads."""
    if request.method != "OPTIONS" or not _is_intake():
        return None
    return Response(status=204, headers=_PREFLIGHT_HEADERS)


def _dress(response: Response) -> Response:
    """Add what every answer has."""
    headers = response.headers
    for name, value in _ALWAYS.items():
        headers[name] = value
    if _is_intake():
        # Landing pages of any origin post here; the lead token is what lets them, and no cookie is ever read.
        headers["Access-Control-Allow-Origin"] = "*"
        headers["Access-Control-Expose-Headers"] = "Retry-After, Idempotent-Replayed"
    return response


def _is_intake() -> bool:
    """Say whether the address is that of the leads or below it, be there something or not."""
    return request.path == INTAKE or request.path.startswith(f"{INTAKE}/")


def _http_problem(error: HTTPException) -> Response:
    """Answer what the framework refuses; its own texts can quote the address, so ours are used."""
    found = of_status(error.code or 500)
    detail, allowed = found.detail, sorted(getattr(error, "valid_methods", None) or ())
    if allowed:
        detail = f"This address takes {', '.join(allowed)} only."
    response = problem_document(status=found.status, title=found.title, code=found.code, detail=detail)
    if allowed:
        response.headers["Allow"] = ", ".join(allowed)
    return response


def _our_bug(error: Exception) -> Response:
    """Answer a fault of ours, and log it without the values that it quotes."""
    frames = traceback.format_tb(error.__traceback__)
    log.error("internal_error", kind=type(error).__name__, frames="".join(frames))
    found = of_status(500)
    return problem_document(status=found.status, title=found.title, code=found.code, detail=found.detail)
