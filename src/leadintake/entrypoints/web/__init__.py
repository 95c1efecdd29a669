"""The pages that people sign in to: thin views over the use cases, templates, and what browsers load for them.

Nothing here runs for a request under ``/api``: no hook, no session. Every page takes the company of whoever is signed
in, and nothing that a browser sends names another one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from leadintake.entrypoints.web import (
    account,
    assets,
    contact_pages,
    front,
    lead_pages,
    offers,
    posting,
    reports,
    schedules,
    settings,
    sign_in,
    submission_pages,
    traffic_sources,
)
from leadintake.entrypoints.web.rendering import dress_templates, error_page, to_people
from leadintake.entrypoints.web.sessions import PageSessions, SessionRules
from leadintake.entrypoints.web.signed_in import ForgedForm, login_manager

if TYPE_CHECKING:
    from flask import Blueprint, Flask

    from leadintake.bootstrap import Services

__all__ = ["BLUEPRINTS", "SessionRules", "register_pages", "to_people"]

BLUEPRINTS: Final[tuple[Blueprint, ...]] = (
    assets.bp,
    front.bp,
    sign_in.bp,
    account.bp,
    schedules.bp,
    offers.bp,
    posting.bp,
    lead_pages.bp,
    submission_pages.bp,
    contact_pages.bp,
    traffic_sources.bp,
    reports.bp,
    settings.bp,
)


def register_pages(app: Flask, services: Services, rules: SessionRules | None = None) -> None:
    """Give the application its pages.

    The extensions' own `init_app` is not called: their hooks would run for every lead that comes.
    """
    rules = rules or SessionRules()
    current, *previous = (key.hex() for key in services.digests("page sessions", b""))
    app.secret_key = current
    # Without time limit: a form is as good as the session that it was filled in under.
    app.config.update(SECRET_KEY_FALLBACKS=previous, WTF_CSRF_TIME_LIMIT=None)
    app.session_interface = PageSessions(rules)
    # As its own `init_app` does.
    app.login_manager = login_manager(rules)  # type: ignore[attr-defined]
    dress_templates(app)
    app.register_error_handler(ForgedForm, lambda _: error_page(400, code="forged_form"))
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
