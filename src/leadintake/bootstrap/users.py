"""Users, and how they sign in."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from leadintake.adapters.sign_in_brake import GrowingDelays
from leadintake.domain.use_cases.manage_users import (
    AddedUser,
    ChangePassword,
    NewUserData,
    UserData,
    add_user,
    change_password,
    change_user,
    end_sessions,
    has_users,
    list_users,
    read_user,
    reset_password,
)
from leadintake.domain.use_cases.sign_in import Session, SignIn, resume_session, sign_in

if TYPE_CHECKING:
    from collections.abc import Callable

    from leadintake.bootstrap.intake import Limiting
    from leadintake.bootstrap.ports import Ports
    from leadintake.domain.company import CompanyId
    from leadintake.domain.minting import Mint
    from leadintake.domain.use_cases.paging import Page, Window
    from leadintake.domain.user import User, UserId


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class UserServices:
    """What is done with users, and by whoever signs in."""

    sign_in: Callable[[SignIn], User]
    resume_session: Callable[[Session], User | None]
    has_users: Callable[[], bool]
    list_users: Callable[[CompanyId, Window], Page[User]]
    read_user: Callable[[CompanyId, UserId], User]
    add_user: Callable[[CompanyId, NewUserData], AddedUser]
    change_user: Callable[[CompanyId, UserId, UserData], User]
    change_password: Callable[[ChangePassword], User]
    reset_password: Callable[[CompanyId, UserId, str | None], AddedUser]
    end_sessions: Callable[[CompanyId, UserId], User]


def wire_users(ports: Ports, *, mint: Mint, limiting: Limiting) -> UserServices:
    """Bind what is done with users to these ports; one brake slows down whoever tries out passwords."""
    brake = GrowingDelays(ports.clock) if limiting.is_on else None
    return UserServices(
        sign_in=partial(
            sign_in,
            installation=ports.installation,
            unit_of_work=ports.unit_of_work,
            passwords=ports.passwords,
            clock=ports.clock,
            brake=brake,
        ),
        resume_session=partial(resume_session, reading=ports.reading),
        has_users=partial(has_users, installation=ports.installation),
        list_users=partial(list_users, reading=ports.reading),
        read_user=partial(read_user, reading=ports.reading),
        add_user=partial(add_user, unit_of_work=ports.unit_of_work, passwords=ports.passwords, mint=mint),
        change_user=partial(change_user, unit_of_work=ports.unit_of_work, clock=ports.clock),
        change_password=partial(
            change_password,
            reading=ports.reading,
            unit_of_work=ports.unit_of_work,
            passwords=ports.passwords,
            brake=brake,
        ),
        reset_password=partial(
            reset_password,
            reading=ports.reading,
            unit_of_work=ports.unit_of_work,
            passwords=ports.passwords,
            mint=mint,
        ),
        end_sessions=partial(end_sessions, unit_of_work=ports.unit_of_work),
    )
