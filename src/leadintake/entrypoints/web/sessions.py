"""Sessions: a signed cookie for the pages, and nothing at all for whoever sends leads."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from typing import TYPE_CHECKING, Final

from flask import request
from flask.sessions import SecureCookieSessionInterface

from leadintake.entrypoints.web.paths import is_page
from leadintake.entrypoints.web.served import is_https

if TYPE_CHECKING:
    from flask import Flask, Request
    from flask.sessions import SecureCookieSession

NAME: Final = "leadintake"
# A browser takes a cookie of such a name only over https and only from this very host: no page of a neighbouring
# host can put one of its own in its place.
_SECURE_NAME: Final = f"__Host-{NAME}"


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionRules:
    """How long somebody stays signed in.

    Shape: `idle` is the longest pause between two pages, `absolute` the longest time in all; `is_https` says that
    browsers reach the pages by https whatever the request looks like here.
    """

    idle: timedelta = timedelta(hours=2)
    absolute: timedelta = timedelta(hours=24)
    is_https: bool = False


class PageSessions(SecureCookieSessionInterface):
    """Flask's signed cookies, for pages only.

    Source: ADR 0027, "Sessions signed with the user's stamp".
    """

    digest_method = staticmethod(sha256)
    salt = "leadintake pages"

    def __init__(self, rules: SessionRules) -> None:
        self._rules = rules

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        """Read a page's cookie; for everything else there is no session, and no cookie is looked at."""
        return super().open_session(app, request) if is_page(request.path) else None

    def get_cookie_name(self, app: Flask) -> str:  # noqa: ARG002 - Flask's signature
        """Return a name that says whose cookie it is, and nothing of the company."""
        return _SECURE_NAME if self._is_secure() else NAME

    def get_cookie_secure(self, app: Flask) -> bool:  # noqa: ARG002 - likewise
        """Say whether the cookie may travel by https only."""
        return self._is_secure()

    def get_cookie_httponly(self, app: Flask) -> bool:  # noqa: ARG002 - likewise
        """Keep scripts from reading it."""
        return True

    def get_cookie_samesite(self, app: Flask) -> str:  # noqa: ARG002 - likewise
        """Keep pages of other sites from sending it with anything that changes something."""
        return "Lax"

    def _is_secure(self) -> bool:
        return self._rules.is_https or is_https(request)
