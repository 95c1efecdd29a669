"""Sign in and out of the pages: who somebody is, and whether their session goes on."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from leadintake.domain.errors import WrongSignIn
from leadintake.domain.user import address_of_user

if TYPE_CHECKING:
    from leadintake.domain.company import CompanyId
    from leadintake.domain.ports import Client, Clock, Installation, PasswordHasher, SignInBrake, UnitOfWorkFactory
    from leadintake.domain.user import User, UserId


@dataclass(frozen=True, slots=True, kw_only=True)
class SignIn:
    """Somebody says who they are; `client` is where they ask from."""

    email: str
    password: str = field(repr=False)
    client: Client


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """What a browser says whose it is; `stamp` is the user's as of the sign-in."""

    company_id: CompanyId
    user_id: UserId
    stamp: int


def sign_in(
    command: SignIn,
    *,
    installation: Installation,
    unit_of_work: UnitOfWorkFactory,
    passwords: PasswordHasher,
    clock: Clock,
    brake: SignInBrake | None,
) -> User:
    """Return the user of that address and password.

    Raises: WrongSignIn: there is none, or none who may sign in; it takes as long and says the same whatever is wrong.
        TooManySignIns: too many have failed. Unavailable: too many passwords are being looked at.
    Source: ADR 0027, "Sessions signed with the user's stamp".
    """
    email = address_of_user(command.email)
    if brake is not None:
        brake.admit(email, command.client)
    user = installation.find_user(email)
    is_right = passwords.verify(None if user is None else user.password_hash, command.password)
    if user is None or not user.is_active or not is_right:
        raise WrongSignIn
    if brake is not None:
        brake.note_good(email, command.client)
    # Before the unit begins: it takes tenths of a second.
    renewed = passwords.hash(command.password) if passwords.needs_rehash(user.password_hash) else None
    with unit_of_work(user.company_id) as uow:
        uow.directory.note_sign_in(user.id, at=clock())
        if renewed is not None:
            uow.directory.hold()
            now = uow.directory.find_user(user.id)
            # Who has changed the password meanwhile has made a new hash already.
            if now is not None and now.password_hash == user.password_hash:
                uow.directory.save_user(replace(now, password_hash=renewed))
        uow.commit()
    return user


def resume_session(session: Session, *, reading: UnitOfWorkFactory) -> User | None:
    """Return whose session it is, None when it has ended: by a new password, by a deactivation, or by its user."""
    with reading(session.company_id) as uow:
        user = uow.directory.find_user(session.user_id)
    return user if user is not None and user.is_active and user.session_stamp == session.stamp else None
