"""The composition root: the only place that knows which adapter stands behind which port.

`wire` binds the use cases to any ports; `build` makes the ports that the settings name. Nothing connects before
the first use.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Protocol

from leadintake.adapters.coalescer import Coalescer
from leadintake.adapters.keyring import CannotOpen
from leadintake.adapters.keyring import Keyring as SecretKeyring
from leadintake.adapters.memoised_installation import MemoisedInstallation
from leadintake.adapters.passwords import Argon2Passwords
from leadintake.adapters.sampling import Sampled
from leadintake.adapters.system import new_id, random_bytes, utc_now
from leadintake.domain.minting import Mint
from leadintake.domain.parameters import Limits
from leadintake.domain.use_cases.enroll_leads import enroll_leads
from leadintake.domain.use_cases.found_company import found_company
from leadintake.domain.use_cases.identify_sender import identify_api_key, identify_lead_token
from leadintake.domain.use_cases.inspect_records import inspect_records
from leadintake.domain.use_cases.keep_unclaimed import keep_unclaimed
from leadintake.domain.use_cases.read_directory import list_companies, read_directory, reveal_lead_tokens
from leadintake.domain.use_cases.read_leads import list_leads, read_lead

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from leadintake.config import Settings
    from leadintake.domain.claims import EnrollLead
    from leadintake.domain.company import Company, CompanyId
    from leadintake.domain.credential import ApiKey, LeadTokenCredential, LeadTokenSecret
    from leadintake.domain.directory import Directory
    from leadintake.domain.enrollment import Decision
    from leadintake.domain.lead import Lead, LeadId
    from leadintake.domain.owner import OwnerKind, OwnerRef
    from leadintake.domain.ports import (
        Clock,
        Finding,
        Installation,
        Keyring,
        LeadPage,
        NewId,
        PasswordHasher,
        RandomBytes,
        UnitOfWorkFactory,
    )
    from leadintake.domain.submission import UnclaimedSubmission
    from leadintake.domain.use_cases.found_company import FoundCompany, FoundedCompany
    from leadintake.domain.use_cases.identify_sender import Sender
    from leadintake.domain.use_cases.read_leads import ListLeads

_UNCLAIMED_PER_MINUTE = 60

__all__ = [
    "CannotOpen",
    "Coalescing",
    "IdentifyApiKey",
    "IdentifyLeadToken",
    "Ports",
    "Services",
    "build",
    "limits_of",
    "wire",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ports:
    """One adapter for each thing that the use cases need from outside.

    Shape: `reading` begins units that only read and never wait for one that writes.
    """

    unit_of_work: UnitOfWorkFactory
    reading: UnitOfWorkFactory
    installation: Installation
    keyring: Keyring
    passwords: PasswordHasher
    clock: Clock = utc_now
    new_id: NewId = new_id
    random_bytes: RandomBytes = random_bytes


class IdentifyApiKey(Protocol):
    """`identify_api_key` with its ports bound."""

    def __call__(self, private: str, *, public: str | None) -> ApiKey:
        """Return what is kept of the key."""


class IdentifyLeadToken(Protocol):
    """`identify_lead_token` with its ports bound."""

    def __call__(self, secret: str, *, kind: OwnerKind | None) -> Sender:
        """Return whom the token leads to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """The use cases, ready to call; entrypoints know nothing else of the inside."""

    clock: Clock
    new_id: NewId
    enroll_lead: Callable[[EnrollLead], Decision]
    enroll_leads: Callable[[Sequence[EnrollLead]], Sequence[Decision]]
    keep_unclaimed: Callable[[UnclaimedSubmission], None]
    identify_lead_token: IdentifyLeadToken
    identify_api_key: IdentifyApiKey
    list_leads: Callable[[ListLeads], LeadPage]
    read_lead: Callable[[CompanyId, LeadId], Lead]
    list_companies: Callable[[], Sequence[Company]]
    read_directory: Callable[[CompanyId], Directory]
    reveal_lead_tokens: Callable[[CompanyId, OwnerRef], Sequence[tuple[LeadTokenCredential, LeadTokenSecret]]]
    found_company: Callable[[FoundCompany], FoundedCompany]
    inspect: Callable[[], Sequence[Finding]]
    inspect_records: Callable[[], Sequence[Finding]]
    migrate: Callable[[], None]
    close: Callable[[], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Coalescing:
    """How requests share commits."""

    batch_size: int = 64
    leaders: int = 1
    wait_seconds: float = 10.0


def wire(
    ports: Ports,
    *,
    coalescing: Coalescing | None = None,
    migrate: Callable[[], None] = lambda: None,
    close: Callable[[], None] = lambda: None,
) -> Services:
    """Bind the use cases to these ports."""
    mint = Mint(keyring=ports.keyring, clock=ports.clock, new_id=ports.new_id, random_bytes=ports.random_bytes)
    enroll = partial(enroll_leads, unit_of_work=ports.unit_of_work, clock=ports.clock, new_id=ports.new_id)
    how = coalescing or Coalescing()
    coalescer = Coalescer(enroll, batch_size=how.batch_size, leaders=how.leaders, wait_seconds=how.wait_seconds)
    return Services(
        clock=ports.clock,
        new_id=ports.new_id,
        enroll_lead=coalescer.decide,
        enroll_leads=enroll,
        keep_unclaimed=Sampled(
            partial(keep_unclaimed, installation=ports.installation),
            per_minute=_UNCLAIMED_PER_MINUTE,
            clock=ports.clock,
        ),
        identify_lead_token=partial(identify_lead_token, installation=ports.installation, keyring=ports.keyring),
        identify_api_key=partial(identify_api_key, installation=ports.installation, keyring=ports.keyring),
        list_leads=partial(list_leads, reading=ports.reading, clock=ports.clock),
        read_lead=partial(read_lead, reading=ports.reading, clock=ports.clock),
        list_companies=partial(list_companies, installation=ports.installation),
        read_directory=partial(read_directory, reading=ports.reading),
        reveal_lead_tokens=partial(reveal_lead_tokens, reading=ports.reading, mint=mint),
        found_company=partial(
            found_company,
            installation=ports.installation,
            unit_of_work=ports.unit_of_work,
            passwords=ports.passwords,
            mint=mint,
        ),
        inspect=ports.installation.inspect,
        inspect_records=partial(
            inspect_records,
            installation=ports.installation,
            reading=ports.reading,
            mint=mint,
            clock=ports.clock,
            cannot_open=CannotOpen,
        ),
        migrate=migrate,
        close=close,
    )


def build(settings: Settings) -> Services:
    """Make the services of an installation; nothing connects yet."""
    # Imported here: a test on the memory adapters, and the command line's help, do without SQLAlchemy.
    from leadintake.adapters.sql.store import SqlStore  # noqa: PLC0415 - see above

    if settings.sqlite_path is not None:
        settings.sqlite_path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    store = SqlStore(
        settings.database_url,
        wait_seconds=settings.database_timeout_seconds,
        # One connection for each batch under way, and a few for look-ups and lists beside them.
        most_connections=settings.batch_leaders + 4,
    )
    ports = Ports(
        unit_of_work=store.unit_of_work,
        reading=store.reading,
        installation=MemoisedInstallation(store.installation),
        keyring=SecretKeyring(settings.secret_key),
        passwords=Argon2Passwords(),
    )
    return wire(
        ports,
        coalescing=Coalescing(
            batch_size=settings.batch_size,
            leaders=settings.batch_leaders,
            wait_seconds=settings.commit_wait_seconds,
        ),
        migrate=store.migrate,
        close=store.close,
    )


def limits_of(settings: Settings) -> Limits:
    """Return how much one submission may hold in this installation."""
    return Limits(
        max_tokens=settings.max_tokens,
        max_value_chars=settings.max_token_chars,
        max_depth=settings.max_depth,
        max_body_bytes=settings.max_body_bytes,
    )
