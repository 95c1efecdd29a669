"""Lead tokens and API keys."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Protocol

from leadintake.domain.use_cases.manage_api_keys import (
    ApiKeyRecord,
    add_api_key,
    list_api_keys,
    read_api_key,
    revoke_api_key,
)
from leadintake.domain.use_cases.manage_lead_tokens import (
    LeadTokenData,
    LeadTokenRecord,
    ListLeadTokens,
    RotatedLeadToken,
    add_lead_token,
    change_lead_token,
    list_lead_tokens,
    read_lead_token,
    reveal_lead_token,
    revoke_lead_token,
    rotate_lead_token,
)
from leadintake.domain.use_cases.read_directory import reveal_lead_tokens
from leadintake.domain.use_cases.renew_credentials import Progress, RenewedCredentials, renew_credentials
from leadintake.domain.use_cases.reveal_to_user import ShownReveal, list_reveals, reveal_to_user

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import timedelta

    from leadintake.bootstrap.ports import Ports
    from leadintake.domain.company import CompanyId
    from leadintake.domain.credential import ApiKeyId, LeadTokenCredential, LeadTokenId, LeadTokenSecret, Permission
    from leadintake.domain.minting import Mint
    from leadintake.domain.owner import OwnerRef
    from leadintake.domain.use_cases.paging import Page, Window
    from leadintake.domain.user import UserId


class AddApiKey(Protocol):
    """`add_api_key` with its ports bound."""

    def __call__(self, company_id: CompanyId, permissions: frozenset[Permission], *, label: str = "") -> ApiKeyRecord:
        """Return the key with its private half."""


class RotateLeadToken(Protocol):
    """`rotate_lead_token` with its ports bound."""

    def __call__(self, company_id: CompanyId, lead_token_id: LeadTokenId, *, grace: timedelta) -> RotatedLeadToken:
        """Return the token and its successor."""


class RenewCredentials(Protocol):
    """`renew_credentials` with its ports bound."""

    def __call__(self, *, progress: Progress = ...) -> RenewedCredentials:
        """Return what was done."""


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class CredentialServices:
    """What is done with credentials of machines, and with who was shown them."""

    list_lead_tokens: Callable[[CompanyId, ListLeadTokens], Page[LeadTokenRecord]]
    read_lead_token: Callable[[CompanyId, LeadTokenId], LeadTokenRecord]
    reveal_lead_token: Callable[[CompanyId, LeadTokenId], LeadTokenRecord]
    reveal_lead_tokens: Callable[[CompanyId, OwnerRef], Sequence[tuple[LeadTokenCredential, LeadTokenSecret]]]
    add_lead_token: Callable[[CompanyId, OwnerRef, LeadTokenData], LeadTokenRecord]
    change_lead_token: Callable[[CompanyId, LeadTokenId, LeadTokenData], LeadTokenRecord]
    rotate_lead_token: RotateLeadToken
    revoke_lead_token: Callable[[CompanyId, LeadTokenId], LeadTokenRecord]
    list_api_keys: Callable[[CompanyId, Window], Page[ApiKeyRecord]]
    read_api_key: Callable[[CompanyId, ApiKeyId], ApiKeyRecord]
    add_api_key: AddApiKey
    revoke_api_key: Callable[[CompanyId, ApiKeyId], ApiKeyRecord]
    renew_credentials: RenewCredentials
    reveal_to_user: Callable[[CompanyId, LeadTokenId, UserId], LeadTokenSecret]
    list_reveals: Callable[[CompanyId, LeadTokenId], Sequence[ShownReveal]]


def wire_credentials(ports: Ports, *, mint: Mint) -> CredentialServices:
    """Bind what is done with credentials to these ports."""
    return CredentialServices(
        list_lead_tokens=partial(list_lead_tokens, reading=ports.reading, clock=ports.clock),
        read_lead_token=partial(read_lead_token, reading=ports.reading, clock=ports.clock),
        reveal_lead_token=partial(reveal_lead_token, reading=ports.reading, clock=ports.clock, mint=mint),
        reveal_lead_tokens=partial(reveal_lead_tokens, reading=ports.reading, mint=mint),
        add_lead_token=partial(add_lead_token, unit_of_work=ports.unit_of_work, mint=mint),
        change_lead_token=partial(change_lead_token, unit_of_work=ports.unit_of_work, clock=ports.clock),
        rotate_lead_token=partial(rotate_lead_token, unit_of_work=ports.unit_of_work, clock=ports.clock, mint=mint),
        revoke_lead_token=partial(revoke_lead_token, unit_of_work=ports.unit_of_work, clock=ports.clock),
        list_api_keys=partial(list_api_keys, reading=ports.reading),
        read_api_key=partial(read_api_key, reading=ports.reading),
        add_api_key=partial(add_api_key, unit_of_work=ports.unit_of_work, mint=mint),
        revoke_api_key=partial(revoke_api_key, unit_of_work=ports.unit_of_work, clock=ports.clock),
        renew_credentials=partial(
            renew_credentials,
            installation=ports.installation,
            unit_of_work=ports.unit_of_work,
            reading=ports.reading,
            mint=mint,
            keyring=ports.keyring,
        ),
        reveal_to_user=partial(reveal_to_user, unit_of_work=ports.unit_of_work, mint=mint),
        list_reveals=partial(list_reveals, reading=ports.reading),
    )
