"""Sign in and out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import redirect, request, session, url_for
from flask_login import current_user, logout_user

from leadintake.domain.errors import RateLimited, Unavailable, WrongSignIn
from leadintake.domain.use_cases.sign_in import SignIn
from leadintake.entrypoints.api.context import remote_ip, services
from leadintake.entrypoints.api.problems import status_of
from leadintake.entrypoints.web.rendering import page
from leadintake.entrypoints.web.signed_in import NEXT, begin_session, local_address, open_pages

if TYPE_CHECKING:
    from flask import Response
    from flask.typing import ResponseReturnValue

bp = open_pages("sign_in", __name__)

_MOST_CHARS = 1000


@bp.get("/sign-in")
def show() -> ResponseReturnValue:
    """Ask who it is; where nobody can sign in yet, say how somebody comes to be able to."""
    if current_user.is_authenticated:
        return redirect(local_address(request.args.get(NEXT)), 303)
    return _form() if services().has_users() else page("first_run.html")


@bp.post("/sign-in")
def submit() -> ResponseReturnValue:
    """Sign somebody in, and go on to where they wanted to go."""
    email, password = request.form.get("email", "")[:_MOST_CHARS], request.form.get("password", "")[:_MOST_CHARS]
    try:
        user = services().sign_in(SignIn(email=email, password=password, client=remote_ip))
    except (WrongSignIn, RateLimited, Unavailable) as refusal:
        response = _form(email=email, refusal=refusal.detail, status=status_of(type(refusal))[0])
        if isinstance(refusal, RateLimited):
            response.headers["Retry-After"] = str(refusal.retry_after_seconds)
        return response
    begin_session(user)
    return redirect(local_address(request.form.get(NEXT)), 303)


@bp.post("/sign-out")
def sign_out() -> ResponseReturnValue:
    """Forget who it is."""
    logout_user()
    session.clear()
    return redirect(url_for("sign_in.show"), 303)


def _form(*, email: str = "", refusal: str | None = None, status: int = 200) -> Response:
    return page(
        "sign_in.html", status=status, email=email, refusal=refusal, next=local_address(request.values.get(NEXT))
    )
