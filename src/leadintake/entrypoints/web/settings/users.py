"""Those who sign in: owners add them, say what they may do, and help them when a password is lost."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from flask import flash, redirect, request, url_for

from leadintake.domain.errors import Invalid, LastOwner, NameTaken
from leadintake.domain.user import Role, UserId
from leadintake.entrypoints.api.context import services
from leadintake.entrypoints.schemas.company.users import ChangedUserSchema, NewUserSchema
from leadintake.entrypoints.web.forms import read_form, window
from leadintake.entrypoints.web.settings.place import bp, section
from leadintake.entrypoints.web.signed_in import begin_session, company, needs, user

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from uuid import UUID

    from flask import Response
    from flask.typing import ResponseReturnValue

    from leadintake.domain.use_cases.manage_users import AddedUser

_NEW: Final = NewUserSchema()
_CHANGED: Final = ChangedUserSchema()
_ONE: Final = "/users/<uuid:user_id>"


@bp.get("/users")
@needs(Role.OWNER)
def list_users() -> Response:
    """Show who signs in."""
    return _users()


@bp.post("/users")
@needs(Role.OWNER)
def add_user() -> ResponseReturnValue:
    """Let somebody sign in; the answer shows their password, once."""
    try:
        added = services().add_user(company(), read_form(_NEW, ("email", "role")))
    except (Invalid, NameTaken) as refusal:
        return _users(errors=refusal.errors, typed=request.form, status=422)
    return _users(made=added)


@bp.post(f"{_ONE}/role")
@needs(Role.OWNER)
def change_role(user_id: UUID) -> ResponseReturnValue:
    """Let somebody do more, or less."""
    return _changed(user_id, read_form(_CHANGED, ("role",)), "{email} is {role} now.")


@bp.post(f"{_ONE}/deactivate")
@needs(Role.OWNER)
def deactivate_user(user_id: UUID) -> ResponseReturnValue:
    """Sign somebody out everywhere, and let them in no more."""
    return _changed(user_id, {"is_active": False}, "{email} is signed out, and cannot sign in any more.")


@bp.post(f"{_ONE}/activate")
@needs(Role.OWNER)
def activate_user(user_id: UUID) -> ResponseReturnValue:
    """Let somebody in again."""
    return _changed(user_id, {"is_active": True}, "{email} can sign in again.")


@bp.post(f"{_ONE}/password")
@needs(Role.OWNER)
def reset_password(user_id: UUID) -> ResponseReturnValue:
    """Give somebody another password; the answer shows it, once."""
    made = services().reset_password(company(), UserId(user_id), None)
    if made.user.id == user().id:
        # Their own sessions have ended with the old password; whoever reads the new one here may go on here.
        begin_session(made.user)
    return _users(made=made)


@bp.post(f"{_ONE}/sessions/end")
@needs(Role.OWNER)
def end_users_sessions(user_id: UUID) -> ResponseReturnValue:
    """Sign somebody out everywhere; they may sign in again."""
    ended = services().end_sessions(company(), UserId(user_id))
    if ended.id == user().id:
        begin_session(ended)
    flash(f"{ended.email} is signed out everywhere else.")
    return redirect(url_for("setting_pages.list_users"), 303)


def _changed(user_id: UUID, data: Any, said: str) -> ResponseReturnValue:  # noqa: ANN401 - `UserData`, as forms say it
    try:
        changed = services().change_user(company(), UserId(user_id), data)
    except LastOwner as refusal:
        return _users(refusal=refusal.detail, status=422)
    flash(said.format(email=changed.email, role=changed.role))
    # Who is no owner any more has no business on that page.
    is_owner = changed.id != user().id or changed.is_active_owner
    return redirect(url_for("setting_pages.list_users" if is_owner else "setting_pages.index"), 303)


def _users(
    *,
    made: AddedUser | None = None,
    errors: Mapping[str, Sequence[str]] | None = None,
    typed: Mapping[str, str] | None = None,
    refusal: str | None = None,
    status: int = 200,
) -> Response:
    shown = window()
    return section(
        "users.html",
        "Users",
        status=status,
        users=services().list_users(company(), shown),
        window=shown,
        roles=list(Role),
        made=made,
        errors=errors or {},
        typed=typed or {},
        refusal=refusal,
    )
