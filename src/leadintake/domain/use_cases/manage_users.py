"""Look after those who sign in: add them, say what they may do, change their passwords, end their sessions."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final, TypedDict

from leadintake.domain.errors import InvalidParameter, LastOwner, NameTaken, NotFound, WrongSignIn
from leadintake.domain.use_cases.paging import Page, Window, page_of
from leadintake.domain.user import User, UserId, address_of_user

if TYPE_CHECKING:
    from leadintake.domain.company import CompanyId
    from leadintake.domain.minting import Mint
    from leadintake.domain.ports import (
        Client,
        Clock,
        Installation,
        PasswordHasher,
        SignInBrake,
        UnitOfWork,
        UnitOfWorkFactory,
    )
    from leadintake.domain.user import Role

FEWEST_PASSWORD_CHARS: Final = 12
MOST_PASSWORD_CHARS: Final = 200
_RANDOM_PASSWORD_BYTES: Final = 12


class NewUserData(TypedDict, total=False):
    """What is said about a user to begin with; without a password one is made."""

    email: str
    role: Role
    password: str


class UserData(TypedDict, total=False):
    """What is to change about a user: only what is there is set."""

    role: Role
    is_active: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class AddedUser:
    """A user, and the password that was made for them: None when they have one of their own."""

    user: User
    password: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangePassword:
    """A user's own change of password, asked for by `client`: who finds an open browser does not know the old one."""

    company_id: CompanyId
    user_id: UserId
    client: Client
    old: str = field(repr=False)
    new: str = field(repr=False)


def list_users(company_id: CompanyId, wanted: Window, *, reading: UnitOfWorkFactory) -> Page[User]:
    """Return that page of the company's users, oldest first; those who may not sign in are among them."""
    with reading(company_id) as uow:
        return page_of(uow.directory.users(), wanted)


def read_user(company_id: CompanyId, user_id: UserId, *, reading: UnitOfWorkFactory) -> User:
    """Return one user. Raises: NotFound: the company has none of that id."""
    with reading(company_id) as uow:
        return _user(uow, user_id)


def has_users(*, installation: Installation) -> bool:
    """Say whether anybody can sign in at all."""
    return installation.has_users()


def add_user(
    company_id: CompanyId,
    data: NewUserData,
    *,
    unit_of_work: UnitOfWorkFactory,
    passwords: PasswordHasher,
    mint: Mint,
) -> AddedUser:
    """Let somebody sign in.

    Raises: NameTaken: somebody, maybe of another company, signs in with that address. InvalidParameter: a password
        that could be guessed.
    """
    email = address_of_user(data["email"])
    given = data.get("password")
    if given is not None:
        _require_strong(given, email)
    password = given or mint.random_bytes(_RANDOM_PASSWORD_BYTES).hex()
    user = User(
        id=UserId(mint.new_id()),
        company_id=company_id,
        email=email,
        # Before the unit begins: it takes tenths of a second.
        password_hash=passwords.hash(password),
        role=data["role"],
        created_at=mint.clock(),
    )
    with unit_of_work(company_id) as uow:
        try:
            uow.directory.add_user(user)
        except NameTaken as taken:
            raise NameTaken(errors={"email": ["is already taken"]}) from taken
        uow.commit()
    return AddedUser(user=user, password=None if given else password)


def change_user(
    company_id: CompanyId, user_id: UserId, data: UserData, *, unit_of_work: UnitOfWorkFactory, clock: Clock
) -> User:
    """Change what a user may do; whoever is deactivated is signed out everywhere.

    Raises: NotFound: the company has none of that id. LastOwner: nobody would be left to manage the users.
    """
    with unit_of_work(company_id) as uow:
        # Held, so that of two owners who deactivate each other one is told.
        uow.directory.hold()
        before = _user(uow, user_id)
        changed = replace(before, role=data.get("role", before.role))
        is_active = data.get("is_active", before.is_active)
        if before.is_active and not is_active:
            changed = replace(changed, deactivated_at=clock()).end_sessions()
        elif is_active:
            changed = replace(changed, deactivated_at=None)
        others = [each for each in uow.directory.users() if each.id != user_id]
        if before.is_active_owner and not any(each.is_active_owner for each in (changed, *others)):
            raise LastOwner
        uow.directory.save_user(changed)
        uow.commit()
    return changed


def change_password(
    command: ChangePassword,
    *,
    reading: UnitOfWorkFactory,
    unit_of_work: UnitOfWorkFactory,
    passwords: PasswordHasher,
    brake: SignInBrake | None,
) -> User:
    """Give oneself another password; every other session ends.

    Raises: WrongSignIn: the old one is not right. InvalidParameter: the new one could be guessed.
        TooManySignIns: the old one was wrong too often.
    """
    with reading(command.company_id) as uow:
        user = _user(uow, command.user_id)
    if brake is not None:
        brake.admit(user.email, command.client)
    if not passwords.verify(user.password_hash, command.old):
        raise WrongSignIn("That is not your present password.", errors={"old_password": ["is not right"]})
    if brake is not None:
        brake.note_good(user.email, command.client)
    return _with_password(user, command.new, unit_of_work=unit_of_work, passwords=passwords)


def reset_password(
    company_id: CompanyId,
    user_id: UserId,
    password: str | None,
    *,
    reading: UnitOfWorkFactory,
    unit_of_work: UnitOfWorkFactory,
    passwords: PasswordHasher,
    mint: Mint,
) -> AddedUser:
    """Give somebody another password, one that is made if none is given; all their sessions end.

    Raises: NotFound: the company has none of that id. InvalidParameter: the password could be guessed.
    """
    with reading(company_id) as uow:
        user = _user(uow, user_id)
    made = None if password is not None else mint.random_bytes(_RANDOM_PASSWORD_BYTES).hex()
    changed = _with_password(user, password or made or "", unit_of_work=unit_of_work, passwords=passwords)
    return AddedUser(user=changed, password=made)


def end_sessions(company_id: CompanyId, user_id: UserId, *, unit_of_work: UnitOfWorkFactory) -> User:
    """Sign a user out everywhere. Raises: NotFound: the company has none of that id."""
    with unit_of_work(company_id) as uow:
        uow.directory.hold()
        ended = _user(uow, user_id).end_sessions()
        uow.directory.save_user(ended)
        uow.commit()
    return ended


def _user(uow: UnitOfWork, user_id: UserId) -> User:
    if (user := uow.directory.find_user(user_id)) is None:
        raise NotFound
    return user


def _with_password(user: User, password: str, *, unit_of_work: UnitOfWorkFactory, passwords: PasswordHasher) -> User:
    _require_strong(password, user.email)
    hashed = passwords.hash(password)
    with unit_of_work(user.company_id) as uow:
        uow.directory.hold()
        changed = replace(_user(uow, user.id), password_hash=hashed).end_sessions()
        uow.directory.save_user(changed)
        uow.commit()
    return changed


def _require_strong(password: str, email: str) -> None:
    """Refuse a password that could be guessed. Source: NIST SP 800-63B, section 5.1.1."""
    if not FEWEST_PASSWORD_CHARS <= len(password) <= MOST_PASSWORD_CHARS:
        said = f"must have {FEWEST_PASSWORD_CHARS} to {MOST_PASSWORD_CHARS} characters"
    elif password.strip().lower() == email or len(set(password)) < FEWEST_PASSWORD_CHARS // 2:
        said = "is too easy to guess"
    else:
        return
    raise InvalidParameter(errors={"password": [said]})
