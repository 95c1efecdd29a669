"""Minting: new credentials with what is kept of them, and the one way back to a lead token's text."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from leadintake.domain.credential import (
    ApiKey,
    ApiKeyId,
    LeadTokenCredential,
    LeadTokenId,
    LeadTokenSecret,
    mint_api_key,
    mint_lead_token,
)
from leadintake.domain.token_rules import UNRESTRICTED, TokenKind, TokenRules

if TYPE_CHECKING:
    from datetime import datetime

    from leadintake.domain.company import CompanyId
    from leadintake.domain.credential import ApiKeyPair, Permission
    from leadintake.domain.owner import OwnerRef
    from leadintake.domain.ports import Clock, Keyring, NewId, RandomBytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Mint:
    """Where credentials are made; the text of each leaves here once, what is kept can be read by no one else."""

    keyring: Keyring
    clock: Clock
    new_id: NewId
    random_bytes: RandomBytes

    def lead_token(
        self,
        company_id: CompanyId,
        owner: OwnerRef,
        *,
        label: str = "",
        kind: TokenKind = TokenKind.SECRET,
        rules: TokenRules = UNRESTRICTED,
        expires_at: datetime | None = None,
    ) -> LeadTokenCredential:
        """Return a new lead token as it is kept."""
        secret, token_id = mint_lead_token(self.random_bytes), LeadTokenId(self.new_id())
        return LeadTokenCredential(
            id=token_id,
            company_id=company_id,
            owner_kind=owner.kind,
            owner_id=owner.id,
            lookup=self.keyring.lookup(secret),
            # Bound to its row, so that a sealed token moved into another row opens for nobody.
            sealed=self.keyring.seal(secret, bound_to=token_id.bytes),
            created_at=self.clock(),
            label=label,
            kind=kind,
            rules=rules,
            expires_at=expires_at,
        )

    def is_renewed(self, credential: LeadTokenCredential) -> bool:
        """Say whether a lead token needs no previous secret key any more."""
        return self.keyring.is_sealed_anew(credential.sealed)

    def renewed(self, credential: LeadTokenCredential) -> LeadTokenCredential:
        """Return the same lead token, looked up and sealed under the current secret key."""
        secret = self.reveal(credential)
        return replace(
            credential,
            lookup=self.keyring.lookup(secret),
            sealed=self.keyring.seal(secret, bound_to=credential.id.bytes),
        )

    def reveal(self, credential: LeadTokenCredential) -> LeadTokenSecret:
        """Return the text of a lead token."""
        return LeadTokenSecret(self.keyring.open(credential.sealed, bound_to=credential.id.bytes))

    def api_key(
        self, company_id: CompanyId, permissions: frozenset[Permission], *, label: str = ""
    ) -> tuple[ApiKey, ApiKeyPair]:
        """Return a new API key as it is kept, and both its halves for the one moment they are shown."""
        pair = mint_api_key(self.random_bytes)
        key = ApiKey(
            id=ApiKeyId(self.new_id()),
            company_id=company_id,
            public=pair.public,
            lookup=self.keyring.lookup(pair.private),
            permissions=permissions,
            created_at=self.clock(),
            label=label,
            key_id=self.keyring.key_ids[0],
        )
        return key, pair
