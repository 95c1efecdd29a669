"""Users: people who sign in to look after a company."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Final, NewType
from uuid import UUID

if TYPE_CHECKING:
    from datetime import datetime

    from leadintake.domain.company import CompanyId

UserId = NewType("UserId", UUID)


class Role(StrEnum):
    """What a user may do: a viewer looks, an operator changes what the company has set up, an owner manages users."""

    OWNER = "owner"
    OPERATOR = "operator"
    VIEWER = "viewer"

    def includes(self, other: Role) -> bool:
        """Say whether whoever has this role may do what that one may."""
        return _FROM_THE_TOP.index(self) <= _FROM_THE_TOP.index(other)


_FROM_THE_TOP: Final = tuple(Role)


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """One person's sign-in.

    Shape: `email` is in lower case and signs in once in the installation. `password_hash` names its own parameters.
    `session_stamp` counts up with whatever ends the sessions that there are; a session holds the one it began under.
    `deactivated_at` is set while the user may not sign in.
    """

    id: UserId
    company_id: CompanyId
    email: str
    password_hash: str = field(repr=False)
    role: Role
    created_at: datetime
    session_stamp: int = 0
    deactivated_at: datetime | None = None
    last_signed_in_at: datetime | None = None

    @property
    def is_active(self) -> bool:
        """Say whether the user may sign in."""
        return self.deactivated_at is None

    @property
    def is_active_owner(self) -> bool:
        """Say whether the user can manage the others."""
        return self.is_active and self.role is Role.OWNER

    def end_sessions(self) -> User:
        """Return this user with no session that goes on."""
        return replace(self, session_stamp=self.session_stamp + 1)


def address_of_user(text: str) -> str:
    """Return an e-mail address as users are known by it.

    >>> address_of_user(" Ada@Example.com ")
    'ada@example.com'
    """
    return text.strip().lower()
