"""Identify the sender of a request by the credential that it carries."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from leadintake.domain.credential import Permission
from leadintake.domain.errors import PermissionDenied, UnknownApiKey, UnknownLeadToken
from leadintake.domain.token_rules import TokenKind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from leadintake.domain.company import Company
    from leadintake.domain.credential import ApiKey, LeadTokenCredential
    from leadintake.domain.owner import OwnerKind
    from leadintake.domain.ports import Client, Clock, GuessingBrake, Installation, Keyring, Sightings

GRANTED_BY: Final[Mapping[Permission, frozenset[Permission]]] = MappingProxyType(
    {
        Permission.READ: frozenset({Permission.READ, Permission.WRITE, Permission.ADMIN}),
        Permission.WRITE: frozenset({Permission.WRITE, Permission.ADMIN}),
        Permission.ADMIN: frozenset({Permission.ADMIN}),
        Permission.RECORD: frozenset({Permission.RECORD, Permission.WRITE, Permission.ADMIN}),
    }
)
"""What has to be granted to be permitted something: any of these.

Who may write may read and record, who administers may all that; who may record may nothing else.
"""


@dataclass(frozen=True, slots=True)
class Sender:
    """Who sends: the lead token as it is kept, and the company that it leads to."""

    lead_token: LeadTokenCredential
    company: Company


def identify_lead_token(  # noqa: PLR0913 - its ports, each by keyword
    secret: str,
    *,
    kind: OwnerKind | None,
    origin: str | None = None,
    installation: Installation,
    keyring: Keyring,
    clock: Clock,
    sightings: Sightings,
    brake: GuessingBrake | None = None,
    client: Client | None = None,
) -> Sender:
    """Return whom the lead token leads to, and note that it was used.

    Args:
        secret: The lead token.
        kind: What it must name, when the request says so; None for either.
        origin: Of the browser page that sent it, None when it came from none: a secret token has no business there.
        installation: Where it is looked up.
        keyring: Makes the look-ups: one for each secret key that the installation has had.
        clock: Says whether it has expired.
        sightings: Where its use is noted.
        brake: Slows down who tries lead tokens out; None for nobody.
        client: Who is counted for that; None for somebody on this machine, who is not.

    Raises: UnknownLeadToken: it is unknown, malformed, revoked, expired or of the other kind; a sender cannot tell
        which. TooManyRequests: the client has failed too often.
    """
    lookups = keyring.lookups(secret)
    if brake is not None and client is not None:
        brake.admit(lookups[0], client)
    # Even what cannot be a token is looked up, so that the answer's time says nothing about the form; and what is
    # found under its keyed digest is the very text that was once minted.
    credential = installation.find_lead_token(*lookups)
    is_known = credential is not None and kind in {None, credential.owner_kind}
    if is_known and credential is not None and credential.expires_at is not None:
        is_known = credential.is_alive(at=clock())
    company = installation.find_company(credential.company_id) if credential is not None and is_known else None
    if credential is None or company is None:
        if brake is not None and client is not None:
            brake.note_failed(lookups[0], client)
        raise UnknownLeadToken
    if brake is not None:
        brake.note_good(lookups[0])
    sightings.used(company.id, credential.id)
    if origin is not None and credential.kind is TokenKind.SECRET:
        sightings.leaked(company.id, credential.id, origin=origin)
    return Sender(credential, company)


def identify_api_key(
    private: str,
    *,
    public: str | None,
    installation: Installation,
    keyring: Keyring,
    sightings: Sightings,
    brake: GuessingBrake | None = None,
    client: Client | None = None,
) -> ApiKey:
    """Return what is kept of the API key, and note that it was used.

    Args:
        private: The private half.
        public: The public half, which must be the same key's; None when only the private one was sent.
        installation: Where it is looked up.
        keyring: Makes the look-ups.
        sightings: Where its use is noted.
        brake: Slows down who tries keys out; None for nobody.
        client: Who is counted for that; None for somebody on this machine, who is not.

    Raises: UnknownApiKey: it is unknown, malformed or revoked, or the halves are of different keys.
        TooManyRequests: the client has failed too often.
    """
    lookups = keyring.lookups(private)
    if brake is not None and client is not None:
        brake.admit(lookups[0], client)
    key = installation.find_api_key(*lookups)
    if key is None or public not in {None, key.public}:
        if brake is not None and client is not None:
            brake.note_failed(lookups[0], client)
        raise UnknownApiKey
    if brake is not None:
        brake.note_good(lookups[0])
    sightings.used(key.company_id, key.id)
    return key


def is_granted(key: ApiKey, permission: Permission) -> bool:
    """Say whether the API key was made for that."""
    return not key.permissions.isdisjoint(GRANTED_BY[permission])


def require_permission(key: ApiKey, permission: Permission) -> None:
    """Refuse what the API key was not made for. Raises: PermissionDenied."""
    if not is_granted(key, permission):
        raise PermissionDenied(f"This API key has no permission to {permission}.")
