"""Credentials: what a lead token and an API key look like, and what is kept of them.

    lt_<30 characters>_<6>      lead token, secret: names one schedule or offer
    pub_<20 characters>         API key, public half: says which key
    key_<30 characters>_<6>     API key, private half: proves it

The long part is random, in base62 (no character that a URL, a shell or a double click breaks on). The last six
are a checksum over everything before them, so that secret scanners tell a credential from a look-alike without
asking anybody, and a mistyped one is known before the store is asked. What is kept of credentials is only as
safe as the installation's secret key, which never enters the database.
Source: specification, section 5.
"""

from __future__ import annotations

import re
import zlib
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Final, NewType
from uuid import UUID

from leadintake.domain.errors import IpNotAllowed, OriginNotAllowed
from leadintake.domain.owner import OwnerKind, OwnerRef
from leadintake.domain.token_rules import UNRESTRICTED, TokenKind, TokenRules

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from leadintake.domain.company import CompanyId
    from leadintake.domain.errors import Forbidden
    from leadintake.domain.user import UserId

LeadTokenId = NewType("LeadTokenId", UUID)
ApiKeyId = NewType("ApiKeyId", UUID)
LeadTokenSecret = NewType("LeadTokenSecret", str)
PublicKey = NewType("PublicKey", str)
PrivateKeySecret = NewType("PrivateKeySecret", str)

LEAD_TOKEN_PREFIX: Final = "lt_"  # noqa: S105  what every lead token begins with, none itself
PUBLIC_KEY_PREFIX: Final = "pub_"
PRIVATE_KEY_PREFIX: Final = "key_"

_ALPHABET: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_SECRET_CHARACTERS: Final = 30
_PUBLIC_CHARACTERS: Final = 20
_CHECKSUM_CHARACTERS: Final = 6
_RANDOM_BYTES: Final = 40
_SECRET_KEY_CHARACTERS: Final = 43
_FEWEST_SECRET_KEY_CHARACTERS: Final = 32
_FEWEST_DIFFERENT_CHARACTERS: Final = 8

# Room on both sides of what is minted today, so that an older or a later length is still recognised.
_BODY: Final = f"[0-9A-Za-z]{{27,64}}_[0-9A-Za-z]{{{_CHECKSUM_CHARACTERS}}}"
SECRET_PATTERN: Final = re.compile(
    rf"(?<![0-9A-Za-z])(?:{LEAD_TOKEN_PREFIX}|{PRIVATE_KEY_PREFIX}){_BODY}(?![0-9A-Za-z])"
)
"""Finds lead tokens and private keys inside a text, for redaction."""
_LEAD_TOKEN: Final = re.compile(LEAD_TOKEN_PREFIX + _BODY)
_PRIVATE_KEY: Final = re.compile(PRIVATE_KEY_PREFIX + _BODY)


class Permission(StrEnum):
    """What an API key may do. To record calls and conversions is the least: it lets nobody read anything."""

    READ = "read"
    WRITE = "write"
    ADMIN = "admin"
    RECORD = "record"


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadTokenCredential:
    """A lead token as it is kept: found by its look-up, read only by who holds the keyring.

    Shape: `lookup` is a keyed digest of the secret, `sealed` the secret encrypted and bound to `id`;
    `revoked_at` is None while the token works, `expires_at` when it ends by itself, as after a rotation;
    `successor_id` is the token that a rotation has put in its place.
    """

    id: LeadTokenId
    company_id: CompanyId
    owner_kind: OwnerKind
    owner_id: int
    lookup: bytes = field(repr=False)
    sealed: bytes = field(repr=False)
    created_at: datetime
    revoked_at: datetime | None = None
    label: str = ""
    kind: TokenKind = TokenKind.SECRET
    rules: TokenRules = UNRESTRICTED
    expires_at: datetime | None = None
    successor_id: LeadTokenId | None = None

    @property
    def owner(self) -> OwnerRef:
        """Return the schedule or offer that the token names."""
        return OwnerRef(self.owner_kind, self.owner_id)

    @property
    def grant(self) -> TokenGrant:
        """Return what the token lets its senders do."""
        return TokenGrant(owner=self.owner, kind=self.kind, rules=self.rules, expires_at=self.expires_at)

    @property
    def is_unrestricted(self) -> bool:
        """Say whether anybody who has the token may do with it all that lead tokens are for."""
        return self.kind is TokenKind.SECRET and self.rules == UNRESTRICTED

    def is_alive(self, *, at: datetime) -> bool:
        """Say whether the token works at that moment."""
        return self.revoked_at is None and (self.expires_at is None or at < self.expires_at)


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenGrant:
    """What a lead token that is not revoked lets its senders do, for decisions: under which owner, by which rules."""

    owner: OwnerRef
    kind: TokenKind = TokenKind.SECRET
    rules: TokenRules = UNRESTRICTED
    expires_at: datetime | None = None

    @property
    def is_publishable(self) -> bool:
        """Say whether the token is for everybody to read, and so for submitting only."""
        return self.kind is TokenKind.PUBLISHABLE

    def refusal(self, *, remote_ip: str | None, origin: str | None) -> Forbidden | None:
        """Return why a sender at that address, from a page of that origin, may not use the token, or None."""
        if self.rules.networks and not self.rules.allows_address(remote_ip):
            return IpNotAllowed()
        if self.rules.origins and not self.rules.allows_origin(origin):
            return OriginNotAllowed()
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKey:
    """A company's API key as it is kept: the private half only as a keyed digest, never to be shown again.

    Shape: `revoked_at` is None while the key works. `key_id` names the secret key under which `lookup` was made,
    None for a key that is older than that note.
    """

    id: ApiKeyId
    company_id: CompanyId
    public: PublicKey
    lookup: bytes = field(repr=False)
    permissions: frozenset[Permission]
    created_at: datetime
    revoked_at: datetime | None = None
    label: str = ""
    key_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reveal:
    """A lead token's text was shown to a user."""

    id: UUID
    company_id: CompanyId
    lead_token_id: LeadTokenId
    user_id: UserId
    revealed_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKeyPair:
    """Both halves of a new API key, for the one moment in which the private one is shown."""

    public: PublicKey
    private: PrivateKeySecret = field(repr=False)


def mint_lead_token(random_bytes: Callable[[int], bytes]) -> LeadTokenSecret:
    """Make a new lead token out of unpredictable bytes."""
    return LeadTokenSecret(_mint_secret(LEAD_TOKEN_PREFIX, random_bytes))


def mint_api_key(random_bytes: Callable[[int], bytes]) -> ApiKeyPair:
    """Make both halves of a new API key out of unpredictable bytes; neither tells the other."""
    return ApiKeyPair(
        public=PublicKey(PUBLIC_KEY_PREFIX + _random_text(random_bytes, _PUBLIC_CHARACTERS)),
        private=PrivateKeySecret(_mint_secret(PRIVATE_KEY_PREFIX, random_bytes)),
    )


def is_well_formed_lead_token(text: str) -> bool:
    """Say whether the text is written as lead tokens are; whether it exists is for the store to say."""
    return _LEAD_TOKEN.fullmatch(text) is not None and _is_checked(text)


def is_well_formed_private_key(text: str) -> bool:
    """Say whether the text is written as private keys are; whether it exists is for the store to say."""
    return _PRIVATE_KEY.fullmatch(text) is not None and _is_checked(text)


def mint_secret_key(random_bytes: Callable[[int], bytes]) -> str:
    """Make a new secret key for an installation: the root of everything that its keyring keeps."""
    return _random_text(random_bytes, _SECRET_KEY_CHARACTERS)


def weakness_of_secret_key(text: str) -> str | None:
    """Return what is wrong with an installation's secret key, as a sentence that does not repeat it, or None.

    Any text will do (base64, hexadecimal, a long passphrase); what is refused is what could be guessed.
    """
    if len(text) < _FEWEST_SECRET_KEY_CHARACTERS:
        return f"is too short: it must have {_FEWEST_SECRET_KEY_CHARACTERS} random characters or more"
    if len(set(text)) < _FEWEST_DIFFERENT_CHARACTERS:
        return "repeats a few characters: it must be random"
    return None


def fingerprint(lookup: bytes) -> str:
    """Return eight hexadecimal digits that tell credentials apart in logs.

    They come from the keyed digest and not from the secret: no guess at a secret can be checked against a log.
    """
    return lookup[:4].hex()


def _mint_secret(prefix: str, random_bytes: Callable[[int], bytes]) -> str:
    """Return prefix, random text and checksum."""
    checked = prefix + _random_text(random_bytes, _SECRET_CHARACTERS)
    return f"{checked}_{_checksum(checked)}"


def _random_text(random_bytes: Callable[[int], bytes], length: int) -> str:
    """Return base62 characters, all equally likely.

    320 bits are reduced to 257 at most, so no text is likelier than another by more than one part in 2^63;
    throwing single bytes away instead would be exact, but never end on a source that is stuck.
    """
    return _base62(int.from_bytes(random_bytes(_RANDOM_BYTES), "big"), length)


def _is_checked(text: str) -> bool:
    """Say whether the checksum at the end is that of what stands before it."""
    checked, _, checksum = text.rpartition("_")
    return checksum == _checksum(checked)


def _checksum(text: str) -> str:
    """Return CRC-32 in base62: it notices every change of a single character, and needs no key."""
    return _base62(zlib.crc32(text.encode("ascii")), _CHECKSUM_CHARACTERS)


def _base62(number: int, length: int) -> str:
    """Return the last digits of the number in base62, padded with zeros on the left."""
    digits = []
    for _ in range(length):
        number, digit = divmod(number, len(_ALPHABET))
        digits.append(_ALPHABET[digit])
    return "".join(reversed(digits))
