"""Who may come in, and what is noted of that: lead tokens, API keys, users, reveals, alarms."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from typing import TYPE_CHECKING, Any

from leadintake.domain.alarm import Alarm, AlarmId, AlarmKind
from leadintake.domain.company import CompanyId
from leadintake.domain.credential import (
    ApiKey,
    ApiKeyId,
    LeadTokenCredential,
    LeadTokenId,
    Permission,
    PublicKey,
    Reveal,
)
from leadintake.domain.owner import OwnerKind
from leadintake.domain.token_rules import TokenKind, TokenRules
from leadintake.domain.user import Role, User, UserId

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import Row


def to_lead_token(row: Row[Any]) -> LeadTokenCredential:
    """Return the credential of a row of `lead_tokens`."""
    return LeadTokenCredential(
        id=LeadTokenId(row.id),
        company_id=CompanyId(row.company_id),
        owner_kind=OwnerKind(row.owner_kind),
        owner_id=row.owner_id,
        lookup=row.lookup,
        sealed=row.sealed,
        created_at=row.created_at,
        revoked_at=row.revoked_at,
        label=row.label,
        kind=TokenKind(row.kind),
        rules=_to_token_rules(row.rules),
        expires_at=row.expires_at,
        successor_id=None if row.successor_id is None else LeadTokenId(row.successor_id),
    )


def from_lead_token(credential: LeadTokenCredential) -> dict[str, Any]:
    """Return the row of a lead token."""
    return {
        "company_id": credential.company_id,
        "id": credential.id,
        "owner_kind": credential.owner_kind.value,
        "owner_id": credential.owner_id,
        "lookup": credential.lookup,
        "sealed": credential.sealed,
        "created_at": credential.created_at,
        "revoked_at": credential.revoked_at,
        "label": credential.label,
        "kind": credential.kind.value,
        "rules": _from_token_rules(credential.rules),
        "expires_at": credential.expires_at,
        "successor_id": credential.successor_id,
    }


def _to_token_rules(kept: Mapping[str, Any]) -> TokenRules:
    lists = {name: tuple(kept[name]) for name in ("networks", "origins") if name in kept}
    return TokenRules(**{**kept, **lists})


def _from_token_rules(rules: TokenRules) -> dict[str, Any]:
    """Return what restricts; a rule that is not there when it is read has its default."""
    return {name: value for name, value in asdict(rules).items() if value not in (None, ())}


def to_api_key(row: Row[Any]) -> ApiKey:
    """Return the key of a row of `api_keys`."""
    return ApiKey(
        id=ApiKeyId(row.id),
        company_id=CompanyId(row.company_id),
        public=PublicKey(row.public),
        lookup=row.lookup,
        permissions=frozenset(Permission(name) for name in row.permissions),
        created_at=row.created_at,
        revoked_at=row.revoked_at,
        label=row.label,
        key_id=row.key_id,
    )


def from_api_key(key: ApiKey) -> dict[str, Any]:
    """Return the row of an API key."""
    return {
        "company_id": key.company_id,
        "id": key.id,
        "public": key.public,
        "lookup": key.lookup,
        "permissions": sorted(permission.value for permission in key.permissions),
        "created_at": key.created_at,
        "revoked_at": key.revoked_at,
        "label": key.label,
        "key_id": key.key_id,
    }


def to_user(row: Row[Any]) -> User:
    """Return the user of a row of `users`."""
    return User(
        id=UserId(row.id),
        company_id=CompanyId(row.company_id),
        email=row.email,
        password_hash=row.password_hash,
        role=Role(row.role),
        created_at=row.created_at,
        session_stamp=row.session_stamp,
        deactivated_at=row.deactivated_at,
        last_signed_in_at=row.last_signed_in_at,
    )


def from_user(user: User) -> dict[str, Any]:
    """Return the row of a user."""
    return {
        "company_id": user.company_id,
        "id": user.id,
        "email": user.email,
        "password_hash": user.password_hash,
        "role": user.role.value,
        "created_at": user.created_at,
        "session_stamp": user.session_stamp,
        "deactivated_at": user.deactivated_at,
        "last_signed_in_at": user.last_signed_in_at,
    }


def to_reveal(row: Row[Any]) -> Reveal:
    """Return the reveal of a row of `reveals`."""
    return Reveal(
        id=row.id,
        company_id=CompanyId(row.company_id),
        lead_token_id=LeadTokenId(row.lead_token_id),
        user_id=UserId(row.user_id),
        revealed_at=row.revealed_at,
    )


def from_reveal(reveal: Reveal) -> dict[str, Any]:
    """Return the row of a reveal."""
    return {
        "company_id": reveal.company_id,
        "lead_token_id": reveal.lead_token_id,
        "id": reveal.id,
        "user_id": reveal.user_id,
        "revealed_at": reveal.revealed_at,
    }


def to_alarm(row: Row[Any]) -> Alarm:
    """Return the alarm of a row of `alarms`."""
    return Alarm(
        id=AlarmId(row.id),
        company_id=CompanyId(row.company_id),
        kind=AlarmKind(row.kind),
        lead_token_id=LeadTokenId(row.lead_token_id),
        day=date.fromisoformat(row.day),
        first_seen_at=row.first_seen_at,
        last_seen_at=row.last_seen_at,
        origin=row.origin,
    )


def from_alarm(alarm: Alarm) -> dict[str, Any]:
    """Return the row of an alarm."""
    return {
        "company_id": alarm.company_id,
        "id": alarm.id,
        "kind": alarm.kind.value,
        "lead_token_id": alarm.lead_token_id,
        "day": alarm.day.isoformat(),
        "first_seen_at": alarm.first_seen_at,
        "last_seen_at": alarm.last_seen_at,
        "origin": alarm.origin,
    }
