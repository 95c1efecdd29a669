"""Who is signed in, and what they may do: every page is behind this, unless it says otherwise."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC
from typing import TYPE_CHECKING, Any, Final, TypeVar, cast
from uuid import UUID

from flask import Blueprint, current_app, redirect, request, session, url_for
from flask_login import LoginManager, current_user, login_user
from flask_wtf.csrf import generate_csrf, validate_csrf
from wtforms import ValidationError

from leadintake.domain.company import CompanyId
from leadintake.domain.errors import PermissionDenied
from leadintake.domain.use_cases.sign_in import Session
from leadintake.domain.user import Role, UserId
from leadintake.entrypoints.api.context import context, services

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask.typing import ResponseReturnValue

    from leadintake.domain.user import User
    from leadintake.entrypoints.web.sessions import SessionRules

View = TypeVar("View", bound="Callable[..., Any]")

TOKEN_FIELD: Final = "csrf_token"  # noqa: S105 - a field's name
NEXT: Final = "next"
_SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_BEGAN, _SEEN = "began_at", "seen_at"
_NOTED_EVERY_SECONDS: Final = 60
_MOST_NEXT_CHARS: Final = 1000


class ForgedForm(Exception):
    """The form did not come from a page of ours, or the session that it was made under is over."""


@dataclass(frozen=True, eq=False)
class SignedIn:
    """Who is signed in, as Flask-Login wants it; `user` is as of this request."""

    user: User
    is_authenticated: bool = True
    is_active: bool = True
    is_anonymous: bool = False

    def get_id(self) -> str:
        """Return what the session holds: who, and as of which stamp."""
        return f"{self.user.company_id}.{self.user.id}.{self.user.session_stamp}"


def pages(name: str, import_name: str, **settings: Any) -> Blueprint:  # noqa: ANN401 - Flask's own
    """Return a blueprint whose pages ask for a sign-in, and whose forms for an operator's role and our own token."""
    blueprint = Blueprint(name, import_name, **settings)
    blueprint.before_request(_require_sign_in)
    blueprint.before_request(require_own_form)
    return blueprint


def open_pages(name: str, import_name: str, **settings: Any) -> Blueprint:  # noqa: ANN401 - Flask's own
    """Return a blueprint whose pages anybody may see; forms must be ours all the same."""
    blueprint = Blueprint(name, import_name, **settings)
    blueprint.before_request(require_own_form)
    return blueprint


def needs(role: Role) -> Callable[[View], View]:
    """Let nobody below that role use a view; without it viewers see, and operators change."""

    def decorate(view: View) -> View:
        view.needed_role = role  # type: ignore[attr-defined]
        return view

    return decorate


def user() -> User:
    """Return who is signed in, on a page that asks for it."""
    return cast("SignedIn", current_user).user


def company() -> CompanyId:
    """Return whose everything is that the page shows and changes."""
    return user().company_id


def may(role: Role) -> bool:
    """Say whether who is signed in, if anybody, may do what that role may."""
    return bool(current_user.is_authenticated) and user().role.includes(role)


def begin_session(who: User) -> None:
    """Sign somebody in at this browser; nothing of the session before goes on."""
    session.clear()
    now = _now()
    session[_BEGAN] = session[_SEEN] = now
    login_user(SignedIn(who))


def require_own_form() -> None:
    """Refuse a change that no page of ours asks for. Raises: ForgedForm."""
    if request.method in _SAFE:
        return
    request.max_content_length = context().limits.max_body_bytes
    # What browsers say themselves, and no script can change; older ones and plain http say nothing.
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in {"same-origin", "none"}:
        raise ForgedForm
    try:
        validate_csrf(request.form.get(TOKEN_FIELD) or request.headers.get("X-CSRF-Token"))
    except ValidationError as error:
        raise ForgedForm from error


def csrf_token() -> str:
    """Return what forms of ours carry."""
    return cast("str", generate_csrf())


def local_address(text: str | None) -> str:
    r"""Return an address of ours to go on to, the front page for anything else.

    A browser takes a backslash for a slash and leaves out tabs and line feeds, so that only plain ones are taken.

    >>> [local_address(text) for text in ("/leads?page=2", "//evil.example", "/\\evil.example", "http://evil.example")]
    ['/leads?page=2', '/', '/', '/']
    """
    if not text or len(text) > _MOST_NEXT_CHARS or text[0] != "/" or text[:2] == "//":
        return "/"
    return text if text.isascii() and text.isprintable() and "\\" not in text else "/"


def login_manager(rules: SessionRules) -> LoginManager:
    """Return Flask-Login's manager, which asks the store each time whether a session goes on."""
    manager = LoginManager()
    # It would end the session of everybody whose phone changes networks; the cookie is what has to be kept.
    manager.session_protection = None

    @manager.user_loader  # type: ignore[untyped-decorator]
    def resume(text: str) -> SignedIn | None:
        now, began, seen = _now(), session.get(_BEGAN, 0), session.get(_SEEN, 0)
        if now - began >= rules.absolute.total_seconds() or now - seen >= rules.idle.total_seconds():
            return None
        company_id, user_id, stamp = text.split(".")
        found = services().resume_session(
            Session(company_id=CompanyId(int(company_id)), user_id=UserId(UUID(user_id)), stamp=int(stamp))
        )
        # What a page asks by itself again and again does not keep its session alive.
        if found is not None and now - seen >= _NOTED_EVERY_SECONDS and not _asks_by_itself():
            session[_SEEN] = now
        return None if found is None else SignedIn(found)

    return manager


def _require_sign_in() -> ResponseReturnValue | None:
    if not current_user.is_authenticated:
        return _to_sign_in()
    view = current_app.view_functions[request.endpoint or ""]
    needed = getattr(view, "needed_role", Role.VIEWER if request.method in _SAFE else Role.OPERATOR)
    if not user().role.includes(needed):
        raise PermissionDenied("Your role does not allow this; ask an owner of the company.")
    return None


def _to_sign_in() -> ResponseReturnValue:
    # A form that was sent cannot be sent again from here; its page can be opened again.
    here = request.full_path.rstrip("?") if request.method in _SAFE else "/"
    address = url_for("sign_in.show") if here == "/" else url_for("sign_in.show", next=here)
    if _asks_by_itself():
        # A part of a page cannot be a sign-in: the whole page goes there.
        return "", 401, {"HX-Redirect": url_for("sign_in.show")}
    return redirect(address, 303)


def _asks_by_itself() -> bool:
    return "HX-Request" in request.headers


def _now() -> int:
    """Return whole seconds: a session's cookie is no place for more."""
    return int(services().clock().astimezone(UTC).timestamp())
