"""Users: people who sign in to look after a company."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, NewType
from uuid import UUID

if TYPE_CHECKING:
    from datetime import datetime

    from leadintake.domain.company import CompanyId

UserId = NewType("UserId", UUID)


class Role(StrEnum):
    """What a user may do."""

    OWNER = "owner"
    OPERATOR = "operator"
    VIEWER = "viewer"


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """One person's sign-in; `password_hash` names its own parameters."""

    id: UserId
    company_id: CompanyId
    email: str
    password_hash: str
    role: Role
    created_at: datetime
