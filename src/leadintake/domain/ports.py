"""What the use cases need from outside, in the domain's words.

A unit of work is one transaction inside one company. Leaving it without `commit` forgets everything. Whoever
claims a caller holds that caller until the unit ends; everybody else who wants the same caller waits.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Protocol, TypeAlias
from uuid import UUID

from leadintake.domain.company import CompanyId

if TYPE_CHECKING:
    from leadintake.domain.attribution import TrafficSource
    from leadintake.domain.company import Company
    from leadintake.domain.contact import Contact
    from leadintake.domain.credential import ApiKey, LeadTokenCredential, LeadTokenId
    from leadintake.domain.directory import Directory
    from leadintake.domain.event import Event
    from leadintake.domain.lead import Lead, LeadId, LeadStatus
    from leadintake.domain.owner import Action, Offer, OfferId, OwnerRef, Schedule
    from leadintake.domain.phone import PhoneNumber
    from leadintake.domain.submission import Submission, UnclaimedSubmission
    from leadintake.domain.user import User

Clock: TypeAlias = Callable[[], datetime]
"""Now, aware, UTC."""
NewId: TypeAlias = Callable[[], UUID]
"""A fresh UUIDv7, later than every one that this process has handed out before."""
RandomBytes: TypeAlias = Callable[[int], bytes]
"""That many unpredictable bytes."""


class Keyring(Protocol):
    """The keys that live outside the database."""

    def lookup(self, secret: str) -> bytes:
        """Return the keyed digest under which a credential is found again."""

    def seal(self, secret: str, *, bound_to: bytes) -> bytes:
        """Return the secret encrypted; it opens only under the same `bound_to` (the row's id)."""

    def open(self, sealed: bytes, *, bound_to: bytes) -> str:
        """Return what was sealed."""


class PasswordHasher(Protocol):
    """Slow hashing for what people remember; credentials of machines never come here."""

    def hash(self, password: str) -> str:
        """Return a salted hash that names its own parameters."""

    def verify(self, hashed: str, password: str) -> bool:
        """Say whether the password is the one that was hashed."""


class DirectoryRepository(Protocol):
    """What a company has set up. Every change makes a new version of the directory."""

    def current(self) -> Directory:
        """Return the directory as of this unit's beginning, or as this unit has changed it.

        Raises: NotFound: there is no such company.
        """

    def hold(self) -> None:
        """Keep everybody else from changing the set-up until the unit ends; what is read from now on is the latest.

        Raises: NotFound: there is no such company. Unavailable: somebody else held it for too long.
        """

    def add_schedule(self, *, name: str, actions: Sequence[Action], offer_id: OfferId | None = None) -> Schedule:
        """Store a schedule under the company's next schedule number."""

    def add_offer(self, *, name: str) -> Offer:
        """Store an offer under the company's next offer number."""

    def add_traffic_source(self, *, name: str) -> TrafficSource:
        """Store a traffic source under the company's next number, the first being 1000."""

    def save_schedule(self, schedule: Schedule) -> None:
        """Replace a schedule. Raises: NotFound."""

    def save_offer(self, offer: Offer) -> None:
        """Replace an offer. Raises: NotFound."""

    def save_traffic_source(self, source: TrafficSource) -> None:
        """Replace a traffic source. Raises: NotFound."""

    def add_lead_token(self, credential: LeadTokenCredential) -> None:
        """Store a lead token; from the commit on it is found by its look-up."""

    def lead_tokens_of(self, owner: OwnerRef) -> Sequence[LeadTokenCredential]:
        """Return the owner's lead tokens that are not revoked, oldest first."""

    def revoke_lead_token(self, lead_token_id: LeadTokenId, *, at: datetime) -> None:
        """End a lead token for good; revoking it again changes nothing. Raises: NotFound."""

    def add_api_key(self, key: ApiKey) -> None:
        """Store an API key."""

    def api_keys(self) -> Sequence[ApiKey]:
        """Return the company's API keys that are not revoked, oldest first."""

    def add_user(self, user: User) -> None:
        """Store a user. Raises: NameTaken: somebody signs in with that address already."""

    def users(self) -> Sequence[User]:
        """Return the company's users, oldest first."""


class ContactRepository(Protocol):
    """The company's callers."""

    def claim(self, callers: Collection[PhoneNumber], *, at: datetime) -> Mapping[PhoneNumber, Contact]:
        """Hold these callers until the unit ends and return their contacts as they are then.

        A caller never stored comes back as a new contact of version 0, created at `at`; unless it is saved,
        it leaves no trace. Callers are held in order of their numbers, so that two units cannot block each other.
        Raises: Unavailable: somebody else held one of them for too long.
        """

    def find(self, caller: PhoneNumber) -> Contact | None:
        """Return the caller's contact without holding it, or None."""

    def save_all(self, contacts: Collection[Contact]) -> None:
        """Insert or replace claimed contacts, each a version later than it was."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadFilter:
    """Which leads to list; None leaves a column open.

    Shape: `statuses` are those *seen* at `at`: a lead whose time is up counts as expired.
    """

    caller: PhoneNumber | None = None
    statuses: frozenset[LeadStatus] | None = None
    owner: OwnerRef | None = None
    at: datetime


@dataclass(frozen=True, slots=True)
class LeadPage:
    """One page of leads, newest first, and how many there are in all."""

    leads: Sequence[Lead]
    total_count: int


class LeadRepository(Protocol):
    """The company's leads: at most one live one per owner and caller."""

    def live_of(self, callers: Collection[PhoneNumber]) -> Sequence[Lead]:
        """Return the live leads of these callers under any owner, oldest first."""

    def find(self, lead_id: LeadId) -> Lead | None:
        """Return that lead, or None."""

    def search(self, wanted: LeadFilter, *, offset: int, limit: int) -> LeadPage:
        """Return the leads that match, newest first."""

    def add_all(self, leads: Collection[Lead]) -> None:
        """Insert new leads. Raises: StaleWrite: the owner has a live lead for that caller already."""

    def save_all(self, changes: Collection[tuple[Lead, int]]) -> None:
        """Replace leads that are stored in the version that stands beside each.

        Raises: StaleWrite: one of them is stored in another version, or not at all.
        """


class EventLog(Protocol):
    """The company's facts, only ever appended."""

    def append_all(self, events: Collection[Event]) -> None:
        """Keep these facts, in this order."""

    def of_lead(self, lead_id: LeadId) -> Sequence[Event]:
        """Return the lead's events, oldest first."""


class SubmissionLedger(Protocol):
    """Every submission to the company with its verdict."""

    def append_all(self, submissions: Collection[Submission]) -> None:
        """Keep these submissions, in this order."""

    def newest(self, *, limit: int) -> Sequence[Submission]:
        """Return the latest submissions, newest first."""


class UnitOfWork(Protocol):
    """One transaction inside one company."""

    @property
    def directory(self) -> DirectoryRepository:
        """Return what the company has set up."""

    @property
    def contacts(self) -> ContactRepository:
        """Return the company's callers."""

    @property
    def leads(self) -> LeadRepository:
        """Return the company's leads."""

    @property
    def events(self) -> EventLog:
        """Return the company's facts."""

    @property
    def submissions(self) -> SubmissionLedger:
        """Return the company's submissions."""

    def commit(self) -> None:
        """Make everything durable, all or nothing.

        Raises: StaleWrite: another unit met this one; nothing was written, trying again is right.
            OutcomeUnknown: the store went away before it confirmed.
        """


UnitOfWorkFactory: TypeAlias = Callable[[CompanyId], AbstractContextManager[UnitOfWork]]
"""Begin a unit of work in a company. Raises: Unavailable: the store cannot be reached.

A store has two: one whose units may write, and one whose units only read and never wait for a writer.
"""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at in the installation.

    Shape: `check` is a stable name, `mend` says what to do, empty when `is_fine`.
    """

    check: str
    is_fine: bool
    detail: str
    mend: str = ""


class Installation(Protocol):
    """What lies above the companies: the only place that may look across them."""

    def companies(self) -> Sequence[Company]:
        """Return all companies, oldest first."""

    def add_company(self, *, name: str, region: str, time_zone: str) -> Company:
        """Store a company under the next number. Raises: NameTaken."""

    def find_company(self, company_id: CompanyId) -> Company | None:
        """Return that company, or None."""

    def find_lead_token(self, lookup: bytes) -> LeadTokenCredential | None:
        """Return the lead token of that look-up unless it is revoked, or None."""

    def find_api_key(self, lookup: bytes) -> ApiKey | None:
        """Return the API key of that look-up unless it is revoked, or None."""

    def keep_unclaimed(self, submission: UnclaimedSubmission, *, most: int) -> None:
        """Keep the sample and at most that many in all, dropping the oldest."""

    def unclaimed(self) -> Sequence[UnclaimedSubmission]:
        """Return the samples kept, newest first."""

    def inspect(self) -> Sequence[Finding]:
        """Look at the store: reachable, its schema current, its settings durable. Never raises."""
