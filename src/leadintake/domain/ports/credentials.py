"""How credentials are kept from readers, and what is noted of their use."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import date, datetime
    from uuid import UUID

    from leadintake.domain.alarm import Alarm
    from leadintake.domain.company import CompanyId
    from leadintake.domain.credential import LeadTokenId, Reveal


class Keyring(Protocol):
    """The keys that live outside the database."""

    @property
    def key_ids(self) -> Sequence[str]:
        """Return a public name of each secret key, the current one first; it tells nothing about the key."""

    def lookup(self, secret: str) -> bytes:
        """Return the keyed digest under which a credential is stored from now on."""

    def lookups(self, secret: str) -> tuple[bytes, ...]:
        """Return the digests under which a credential may be stored already, the current key's first."""

    def digest(self, purpose: str, data: bytes) -> bytes:
        """Return a keyed digest of the data; digests of different purposes cannot be compared."""

    def digests(self, purpose: str, data: bytes) -> tuple[bytes, ...]:
        """Return the digest under every secret key, the current one's first."""

    def is_sealed_anew(self, sealed: bytes) -> bool:
        """Say whether this was sealed under the current secret key, and so needs no previous one."""

    def seal(self, secret: str, *, bound_to: bytes) -> bytes:
        """Return the secret encrypted; it opens only under the same `bound_to` (the row's id)."""

    def open(self, sealed: bytes, *, bound_to: bytes) -> str:
        """Return what was sealed."""


class PasswordHasher(Protocol):
    """Slow hashing for what people remember; credentials of machines never come here."""

    def hash(self, password: str) -> str:
        """Return a salted hash that names its own parameters."""

    def verify(self, hashed: str | None, password: str) -> bool:
        """Say whether the password is the one that was hashed; None matches none, and takes as long.

        Raises: Unavailable: too many passwords are being looked at just now.
        """

    def needs_rehash(self, hashed: str) -> bool:
        """Say whether the hash was made with other parameters than today's."""


class CredentialLog(Protocol):
    """How the company's credentials are used, and what is alarming about that."""

    def note_uses(self, uses: Mapping[UUID, datetime]) -> None:
        """Keep when lead tokens and API keys were used, unless a later use is kept already."""

    def last_uses(self) -> Mapping[UUID, datetime]:
        """Return when each of the company's credentials was last used; one that never was is absent."""

    def raise_alarms(self, alarms: Collection[Alarm]) -> Sequence[Alarm]:
        """Keep alarms, one of a kind for each lead token and day: a further one only moves the end of the first.

        Returns: Those that were the first of their day.
        """

    def alarms(self, lead_token_id: LeadTokenId | None = None) -> Sequence[Alarm]:
        """Return the alarms about one lead token, or about all of them, the latest day first."""

    def note_reveal(self, reveal: Reveal) -> None:
        """Keep who was shown the text of a lead token."""

    def reveals(self, lead_token_id: LeadTokenId, *, limit: int) -> Sequence[Reveal]:
        """Return who was shown the text of a lead token, the latest first."""

    def count_operations(self, lead_token_id: LeadTokenId, *, day: date, count: int) -> int:
        """Count so many further operations by the lead token, and return how many that day has had with them.

        Nobody else counts that token's until the unit ends, so that a limit holds.
        Raises: Unavailable: somebody else held it for too long.
        """


class Sightings(Protocol):
    """Where a process notes what it sees of credentials, to be written down by and by: noting costs next to nothing."""

    def used(self, company_id: CompanyId, credential_id: UUID) -> None:
        """Note that a lead token or an API key came in just now."""

    def leaked(self, company_id: CompanyId, lead_token_id: LeadTokenId, *, origin: str) -> None:
        """Note that a secret lead token came from a page of that origin just now."""

    def due(self) -> Sequence[Sighted]:
        """Return what is to be written down now, by company: each thing once a minute at the most."""

    def written(self, sighted: Sighted) -> None:
        """Note that this was written down."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Leak:
    """A secret lead token seen in browsers on one day, in UTC; `origin` is that of the first page."""

    lead_token_id: LeadTokenId
    first_seen_at: datetime
    last_seen_at: datetime
    origin: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighted:
    """What was seen of one company's credentials: when each was last used, and which lead tokens leaked."""

    company_id: CompanyId
    uses: Mapping[UUID, datetime]
    leaks: Sequence[Leak]
