"""Pages out of templates: what each may load, what every template knows, and what went wrong, for people."""

from __future__ import annotations

import traceback
from datetime import UTC, datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final, cast
from zoneinfo import ZoneInfo

import structlog
from flask import Response, current_app, g, render_template, request
from flask_login import current_user
from jinja2 import StrictUndefined

from leadintake.domain.errors import RateLimited, Refusal
from leadintake.domain.owner import ActionKind
from leadintake.domain.owner_rules import NO_RULES
from leadintake.domain.phone import readable
from leadintake.domain.user import Role
from leadintake.entrypoints.api.access_log import Told
from leadintake.entrypoints.api.context import services
from leadintake.entrypoints.api.problems import RETRY_AFTER_SECONDS, status_of
from leadintake.entrypoints.web import signed_in
from leadintake.entrypoints.web.assets import asset_url
from leadintake.entrypoints.web.paths import is_page

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from flask import Flask

    from leadintake.domain.company import Company

log = structlog.get_logger("leadintake.web")

HEADERS: Final = {
    # Everything comes from here, and nothing that is written into a page runs; Pico has its icons in its style.
    "Content-Security-Policy": "default-src 'self'; img-src 'self' data:; object-src 'none'; form-action 'self'; "
    "frame-ancestors 'none'; base-uri 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
}
NAVIGATION: Final = (
    ("Leads", "lead_pages.index"),
    ("Submissions", "submission_pages.index"),
    ("Contacts", "contact_pages.index"),
    ("Schedules", "schedule_pages.index"),
    ("Offers", "offer_pages.index"),
    ("Traffic sources", "traffic_source_pages.index"),
    ("Reports", "report_pages.index"),
    ("Settings", "setting_pages.index"),
)
"""What stands at the top of every page, as far as there are such pages; the API has blueprints of the shorter names."""

_SAID: Final[Mapping[int, tuple[str, str]]] = {
    400: ("This form cannot be used any more", "Go back, load the page again, and send the form once more."),
    403: ("You may not do this", "Ask an owner of the company to do it, or to give you another role."),
    404: ("There is nothing here", "The address may be mistyped, or what it led to belongs to somebody else."),
    405: ("This address takes forms only", "Go to the page that the form is on, and send it from there."),
    409: ("Somebody else was faster", "Load the page again, look at what has changed, and try once more."),
    429: ("Too often", "Wait a moment, then try again."),
    500: ("Something went wrong here", "It is our mistake and has been logged. Try again; nothing was half done."),
    503: ("The database is away", "Nothing was changed. Try again in a few seconds."),
}
_OTHERWISE: Final = ("This cannot be done", "Go back and try again.")


def page(template: str, *, status: int = 200, **shown: Any) -> Response:  # noqa: ANN401 - whatever templates show
    """Return a page; texts in it are escaped, and it loads nothing from anywhere else."""
    return Response(
        render_template(template, **shown), status=status, content_type="text/html; charset=utf-8", headers=HEADERS
    )


def error_page(status: int, *, detail: str | None = None, code: str | None = None) -> Response:
    """Return a page that says what went wrong, and what to do."""
    title, what_to_do = _SAID.get(status, _OTHERWISE)
    shown = {"status": status, "title": title, "detail": detail, "what_to_do": what_to_do}
    try:
        text = render_template("error.html", **shown)
    except Refusal:
        # Whoever is signed in is asked of the database, which may be what is away.
        text = render_template("error.html", **shown, bare=True)
    response = Told(text, status=status, content_type="text/html; charset=utf-8", headers=HEADERS)
    response.outcome = code
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        response.headers["Retry-After"] = RETRY_AFTER_SECONDS
    return response


def refused(refusal: Refusal) -> Response:
    """Return the page of a refusal that no form shows."""
    status, _ = status_of(type(refusal))
    detail = refusal.detail if refusal.detail != type(refusal).default_detail or status not in _SAID else None
    response = error_page(status, detail=detail, code=refusal.code)
    if isinstance(refusal, RateLimited):
        response.headers["Retry-After"] = str(refusal.retry_after_seconds)
    return response


def our_bug(error: Exception) -> Response:
    """Return the page of a fault of ours, and log it without the values that it quotes."""
    frames = traceback.format_tb(error.__traceback__)
    log.error("internal_error", kind=type(error).__name__, frames="".join(frames))
    return error_page(500, code="internal_error")


def wants_page() -> bool:
    """Say whether whoever asks is a person with a browser: the address is a page's, and HTML is asked for."""
    if not is_page(request.path):
        return False
    return request.blueprint is not None or "text/html" in request.headers.get("Accept", "")


def dress_templates(app: Flask) -> None:
    """Tell templates what all of them show. A misspelled name in one is an error, not an empty place."""
    app.jinja_options = app.jinja_options | {"undefined": StrictUndefined, "trim_blocks": True, "lstrip_blocks": True}
    app.jinja_env.globals.update(
        asset=asset_url,
        csrf_token=signed_in.csrf_token,
        navigation=lambda: list(_navigation()),
        may=lambda role: signed_in.may(Role(role)),
        signed_in_user=lambda: signed_in.user() if current_user.is_authenticated else None,
        company=_company,
        local_time=_local_time,
        readable=readable,
        action_kinds=lambda: list(ActionKind),
        none_rules=lambda: NO_RULES,
    )
    app.jinja_env.filters.update(
        instant=_instant,
        named=lambda things: [(thing.id, f"{thing.name} ({thing.id})") for thing in things],
        pairs=lambda words: [(word, word.replace("_", " ")) for word in words],
    )


def _navigation() -> Iterator[tuple[str, str, bool]]:
    """Yield label, endpoint and whether the page is under it, of the pages that there are."""
    for label, endpoint in NAVIGATION:
        if endpoint in current_app.view_functions:
            yield label, endpoint, request.blueprint == endpoint.partition(".")[0]


def _company() -> Company:
    # Every time on a page asks for it.
    if "company" not in g:
        g.company = services().read_directory(signed_in.company()).company
    return cast("Company", g.company)


def _instant(at: datetime) -> str:
    """Return an instant for machines, as the script reads it."""
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _local_time(at: datetime) -> str:
    """Return an instant in the company's zone, for browsers without a script."""
    zone = ZoneInfo(_company().time_zone) if current_user.is_authenticated else UTC
    return f"{at.astimezone(zone):%Y-%m-%d %H:%M %Z}"
