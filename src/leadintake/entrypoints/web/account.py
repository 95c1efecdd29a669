"""One's own account: who one is here, another password, and an end to what goes on elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import flash, redirect, request, url_for

from leadintake.domain.errors import InvalidParameter, RateLimited, Unavailable, WrongSignIn
from leadintake.domain.use_cases.manage_users import FEWEST_PASSWORD_CHARS, ChangePassword
from leadintake.domain.user import Role
from leadintake.entrypoints.api.context import remote_ip, services
from leadintake.entrypoints.api.problems import status_of
from leadintake.entrypoints.web.rendering import page
from leadintake.entrypoints.web.signed_in import begin_session, company, needs, pages, user

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from flask import Response
    from flask.typing import ResponseReturnValue

bp = pages("account", __name__, url_prefix="/account")


@bp.get("")
def show() -> Response:
    """Show who is signed in."""
    return _account({})


@bp.post("/password")
@needs(Role.VIEWER)
def change_password() -> ResponseReturnValue:
    """Take another password; this session goes on, all others end."""
    old, new, again = (request.form.get(name, "") for name in ("old_password", "password", "password_again"))
    if new != again:
        return _account({"password_again": ["is not the same as the new password"]}, status=422)
    command = ChangePassword(company_id=company(), user_id=user().id, client=remote_ip, old=old, new=new)
    try:
        changed = services().change_password(command)
    except (WrongSignIn, InvalidParameter) as refusal:
        return _account(refusal.errors, status=422)
    except (RateLimited, Unavailable) as refusal:
        return _account({"old_password": [refusal.detail]}, status=status_of(type(refusal))[0])
    begin_session(changed)
    flash("Your password is changed, and every other session of yours has ended.")
    return redirect(url_for("account.show"), 303)


@bp.post("/sessions/end")
@needs(Role.VIEWER)
def end_sessions() -> ResponseReturnValue:
    """End every session but this one."""
    begin_session(services().end_sessions(company(), user().id))
    flash("Every other session of yours has ended.")
    return redirect(url_for("account.show"), 303)


def _account(errors: Mapping[str, Sequence[str]], *, status: int = 200) -> Response:
    return page("account.html", status=status, errors=errors, fewest=FEWEST_PASSWORD_CHARS)
