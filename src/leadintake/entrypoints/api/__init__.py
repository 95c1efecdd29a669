"""The HTTP application: blueprints over the use cases, and what all answers have in common."""

from __future__ import annotations

import traceback
from typing import TYPE_CHECKING, Final

import structlog
from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException

from leadintake.domain.errors import Refusal
from leadintake.domain.parameters import Limits
from leadintake.entrypoints.api import access_log, callers, company, contacts, documents, health, leads, tokens
from leadintake.entrypoints.api.context import EXTENSION, ApiContext
from leadintake.entrypoints.api.limiting import STANDINGS, fields
from leadintake.entrypoints.api.problems import of_status, problem, problem_document
from leadintake.entrypoints.web import SessionRules, register_pages
from leadintake.entrypoints.web.rendering import error_page, our_bug, refused, wants_page
from leadintake.entrypoints.web.signed_in import ForgedForm

if TYPE_CHECKING:
    from collections.abc import Callable
    from ipaddress import IPv4Network, IPv6Network

    from flask.typing import ResponseReturnValue

    from leadintake.bootstrap import Services

DEFAULT_LIMITS = Limits()
DEFAULT_SESSION_RULES = SessionRules()

API = "/api/"
INTAKE = "/api/v1/leads"

_PREFLIGHT_HEADERS = {
    "Access-Control-Allow-Methods": "POST, PUT, GET, OPTIONS",
    "Access-Control-Allow-Headers": "Authorization, Content-Type, X-Lead-Token, Idempotency-Key",
    "Access-Control-Max-Age": "86400",
}
_ALWAYS: Final = {
    # An answer can hold personal data, and an address a lead token: neither may rest in a cache or a referrer.
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
_OF_INTAKE: Final = _ALWAYS | {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "Retry-After, RateLimit, RateLimit-Policy, Idempotent-Replayed, X-Request-Id",
}

log = structlog.get_logger("leadintake.api")


def create_app(
    services: Services,
    *,
    limits: Limits = DEFAULT_LIMITS,
    trusted_proxies: tuple[IPv4Network | IPv6Network, ...] = (),
    metrics: Callable[[], bytes] = bytes,
    metrics_token: str | None = None,
    session_rules: SessionRules = DEFAULT_SESSION_RULES,
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
    app.register_error_handler(Refusal, _refused)
    app.register_error_handler(HTTPException, _http_problem)
    app.register_error_handler(ForgedForm, lambda _: error_page(400, code="forged_form"))
    app.register_error_handler(Exception, _our_bug)
    for module in (leads, callers, contacts, health, documents, tokens):
        app.register_blueprint(module.bp)
    for resource in company.BLUEPRINTS:
        app.register_blueprint(resource)
    register_pages(app, services, session_rules)
    return app


class _LeadIntake(Flask):
    """Flask with what all requests have in common; one call each costs less than a chain of hooks."""

    def preprocess_request(self) -> ResponseReturnValue | None:
        """Begin a request: note the time, and answer a browser's question whether it may ask.

        Such a preflight carries no token, whatever the address under /leads.
        """
        access_log.start()
        if request.method == "OPTIONS" and _is_intake(request.path):
            return Response(status=204, headers=_PREFLIGHT_HEADERS)
        return super().preprocess_request()

    def process_response(self, response: Response) -> Response:
        """End a request: add what every answer has, and log it once."""
        asked = request._get_current_object()  # type: ignore[attr-defined]  # noqa: SLF001  werkzeug's documented way past a proxy
        response = super().process_response(response)
        # Landing pages of any origin post here; the lead token is what lets them, and no cookie is ever read.
        if _is_intake(asked.path):
            # No view of ours sets any of these; adding costs half of replacing.
            response.headers.extend(_OF_INTAKE)
        else:
            # What pages are made of is kept by browsers, and says so itself.
            for name, value in _ALWAYS.items():
                response.headers.setdefault(name, value)
        if (standings := asked.environ.get(STANDINGS)) is not None:
            response.headers.extend(fields(standings))
        access_log.finish(asked, response)
        return response


def _is_intake(path: str) -> bool:
    """Say whether the address is that of the leads or below it, be there something or not."""
    return path == INTAKE or path.startswith(f"{INTAKE}/")


def _refused(refusal: Refusal) -> Response:
    """Answer a refusal: with a page to people, with a problem document to programs."""
    return refused(refusal) if wants_page() else problem(refusal)


def _http_problem(error: HTTPException) -> Response:
    """Answer what the framework refuses; its own texts can quote the address, so ours are used."""
    found = of_status(error.code or 500)
    detail, allowed = found.detail, sorted(getattr(error, "valid_methods", None) or ())
    if allowed:
        detail = f"This address takes {', '.join(allowed)} only."
    if wants_page():
        response = error_page(found.status, code=found.code)
    else:
        response = problem_document(status=found.status, title=found.title, code=found.code, detail=detail)
    if allowed:
        response.headers["Allow"] = ", ".join(allowed)
    return response


def _our_bug(error: Exception) -> Response:
    """Answer a fault of ours, and log it without the values that it quotes."""
    if wants_page():
        return our_bug(error)
    frames = traceback.format_tb(error.__traceback__)
    log.error("internal_error", kind=type(error).__name__, frames="".join(frames))
    found = of_status(500)
    return problem_document(status=found.status, title=found.title, code=found.code, detail=found.detail)
