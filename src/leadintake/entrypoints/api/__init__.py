"""The HTTP application: blueprints over the use cases, and what all answers have in common."""

from __future__ import annotations

import traceback
from typing import TYPE_CHECKING, Final

import structlog
from flask import Response
from werkzeug.exceptions import HTTPException

from leadintake.domain.errors import Refusal
from leadintake.domain.parameters import Limits
from leadintake.entrypoints.api import access_log, callers, company, contacts, documents, health, leads, tokens
from leadintake.entrypoints.api.context import EXTENSION, ApiContext
from leadintake.entrypoints.api.lean import LeanFlask
from leadintake.entrypoints.api.limiting import STANDINGS, fields
from leadintake.entrypoints.api.problems import of_status, problem, problem_document

if TYPE_CHECKING:
    from collections.abc import Callable
    from ipaddress import IPv4Network, IPv6Network

    from flask import Flask, Request

    from leadintake.bootstrap import Services
    from leadintake.entrypoints.web import SessionRules

DEFAULT_LIMITS = Limits()

API = "/api/"
INTAKE = "/api/v1/leads"

_PREFLIGHT_HEADERS = {
    "Access-Control-Allow-Methods": "POST, PUT, GET, OPTIONS",
    "Access-Control-Allow-Headers": "Authorization, Content-Type, X-Lead-Token, Idempotency-Key",
    "Access-Control-Max-Age": "86400",
}
_ALWAYS: Final = (
    # An answer can hold personal data, and an address a lead token: neither may rest in a cache or a referrer.
    ("Cache-Control", "no-store"),
    ("Referrer-Policy", "no-referrer"),
    ("X-Content-Type-Options", "nosniff"),
)
_OF_INTAKE: Final = (
    *_ALWAYS,
    ("Access-Control-Allow-Origin", "*"),
    ("Access-Control-Expose-Headers", "Retry-After, RateLimit, RateLimit-Policy, Idempotent-Replayed, X-Request-Id"),
)

log = structlog.get_logger("leadintake.api")


def create_app(
    services: Services,
    *,
    limits: Limits = DEFAULT_LIMITS,
    trusted_proxies: tuple[IPv4Network | IPv6Network, ...] = (),
    metrics: Callable[[], bytes] = bytes,
    metrics_token: str | None = None,
    session_rules: SessionRules | None = None,
) -> Flask:
    """Make the application over these services; it runs under any WSGI server.

    Args:
        services: The use cases.
        limits: How much one submission may hold.
        trusted_proxies: Whose word is taken for a client's address.
        metrics: Writes what was counted.
        metrics_token: Who sends it may read that; nobody may without one.
        session_rules: How long somebody stays signed in to the pages.
    """
    # Imported here: the pages stand on parts of this package.
    from leadintake.entrypoints.web import register_pages, to_people  # noqa: PLC0415 - see above

    # No static folder: nothing is served that is not a route below. What the pages load is served by one of them.
    app = _LeadIntake("leadintake", static_folder=None)
    # A redirect would repeat the query, and with it the lead token, into a log and a referrer.
    app.url_map.strict_slashes = False
    app.url_map.merge_slashes = False
    app.url_map.redirect_defaults = False
    app.extensions[EXTENSION] = ApiContext(
        services=services,
        limits=limits,
        trusted_proxies=trusted_proxies,
        metrics=metrics,
        metrics_token=metrics_token,
    )
    app.register_error_handler(Refusal, to_people(problem))
    app.register_error_handler(HTTPException, to_people(_http_problem))
    app.register_error_handler(Exception, to_people(_our_bug))
    for module in (leads, callers, contacts, health, documents, tokens):
        app.register_blueprint(module.bp)
    for resource in company.BLUEPRINTS:
        app.register_blueprint(resource)
    register_pages(app, services, session_rules)
    return app


class _LeadIntake(LeanFlask):
    """Flask with what all requests have in common; one call each costs less than a chain of hooks."""

    spared_blueprint = leads.bp.name

    def begin(self, request: Request) -> Response | None:
        """Begin a request: note the time, and answer a browser's question whether it may ask.

        Such a preflight carries no token, whatever the address under /leads.
        """
        access_log.start()
        if request.method == "OPTIONS" and _is_intake(request.path):
            return Response(status=204, headers=_PREFLIGHT_HEADERS)
        return None

    def end(self, request: Request, response: Response) -> Response:
        """End a request: add what every answer has, and log it once."""
        # Landing pages of any origin post here; the lead token is what lets them, and no cookie is ever read.
        common = _OF_INTAKE if _is_intake(request.path) else _ALWAYS
        if (standings := request.environ.get(STANDINGS)) is not None:
            response.headers.extend(fields(standings))
        common = (*common, (access_log.REQUEST_ID, access_log.finish(request, response)))
        if isinstance(response, access_log.Told):
            # What is written beside the header fields costs a tenth of what is written into them.
            response.common = common
        else:
            # What pages are made of is kept by browsers, and says so itself.
            for name, value in common:
                response.headers.setdefault(name, value)
        return response


def _is_intake(path: str) -> bool:
    """Say whether the address is that of the leads or below it, be there something or not."""
    return path == INTAKE or path.startswith(f"{INTAKE}/")


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
