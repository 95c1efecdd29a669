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
from leadintake.domain.owner_rules import NO_RULES, OwnerRules

if TYPE_CHECKING:
    from leadintake.domain.attribution import TrafficSource, TrafficSourceId
    from leadintake.domain.company import Company
    from leadintake.domain.consent import Consent
    from leadintake.domain.contact import Contact, LeftAlone
    from leadintake.domain.contact_field import ContactField
    from leadintake.domain.credential import ApiKey, LeadTokenCredential, LeadTokenId
    from leadintake.domain.directory import Directory
    from leadintake.domain.erasure import ErasedCaller, Erasure
    from leadintake.domain.event import Event
    from leadintake.domain.idempotency import IdempotencyKey, IdempotencyRecord
    from leadintake.domain.lead import Lead, LeadId, LeadStatus
    from leadintake.domain.owner import Action, Offer, OfferId, OwnerRef, Schedule
    from leadintake.domain.phone import PhoneNumber
    from leadintake.domain.submission import Outcome, Submission, SubmissionId, UnclaimedSubmission
    from leadintake.domain.suppression import SuppressedCaller, SuppressionList, SuppressionListId
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

    def digest(self, purpose: str, data: bytes) -> bytes:
        """Return a keyed digest of the data; digests of different purposes cannot be compared."""

    def digests(self, purpose: str, data: bytes) -> Sequence[bytes]:
        """Return the digest under every secret key that is known, the one of `digest` first."""

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

    def add_schedule(
        self,
        *,
        name: str,
        actions: Sequence[Action],
        end_actions: Sequence[Action] = (),
        offer_id: OfferId | None = None,
        rules: OwnerRules = NO_RULES,
    ) -> Schedule:
        """Store a schedule under the company's next schedule number."""

    def add_offer(self, *, name: str, rules: OwnerRules = NO_RULES) -> Offer:
        """Store an offer under the company's next offer number."""

    def add_traffic_source(self, *, name: str) -> TrafficSource:
        """Store a traffic source under the company's next number, the first being 1000."""

    def save_schedule(self, schedule: Schedule) -> None:
        """Replace a schedule. Raises: NotFound."""

    def save_offer(self, offer: Offer) -> None:
        """Replace an offer. Raises: NotFound."""

    def save_traffic_source(self, source: TrafficSource) -> None:
        """Replace a traffic source. Raises: NotFound."""

    def add_contact_field(self, field: ContactField) -> None:
        """Store a contact field. Raises: NotFound: no such offer. NameTaken: the offer has a field of that key."""

    def save_contact_field(self, field: ContactField) -> None:
        """Replace the field of that offer and key. Raises: NotFound."""

    def remove_contact_field(self, offer_id: OfferId, key: str) -> None:
        """Forget a contact field. Raises: NotFound."""

    def add_suppression_list(self, *, name: str, offer_id: OfferId | None = None) -> SuppressionList:
        """Store a list under the number after the greatest that is in use, the first being 1.

        Raises: NotFound: no such offer.
        """

    def save_suppression_list(self, suppression_list: SuppressionList) -> None:
        """Replace a list; its entries stay. Raises: NotFound."""

    def remove_suppression_list(self, list_id: SuppressionListId) -> None:
        """Forget a list with its entries. Raises: NotFound."""

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

    def search(self, only: LeftAlone, *, offset: int, limit: int) -> ContactPage:
        """Return the contacts that are left alone for that reason, in order of their numbers."""

    def numbers(self, *, after: PhoneNumber | None, limit: int) -> Sequence[PhoneNumber]:
        """Return the next numbers after that one, in their order: those of contacts and on suppression lists."""

    def erase(self, caller: PhoneNumber) -> int:
        """Destroy a claimed caller's contact, from the commit on; return how many there were: one or none."""


@dataclass(frozen=True, slots=True)
class ContactPage:
    """One page of contacts, and how many there are in all."""

    contacts: Sequence[Contact]
    total_count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadFilter:
    """Which leads to list; None leaves a column open.

    Shape: `statuses` are those *seen* at `at`: a lead whose time is up counts as expired. `offer_id` finds the leads
    of the offer and of its schedules. `created_from` is inclusive, `created_to` is not. `after` is the last lead of
    the page before: only what comes after it in the list is found, whether or not it is still there itself.
    """

    caller: PhoneNumber | None = None
    statuses: frozenset[LeadStatus] | None = None
    owner: OwnerRef | None = None
    offer_id: OfferId | None = None
    traffic_source_id: TrafficSourceId | None = None
    sub_id: str | None = None
    email: str | None = None
    created_from: datetime | None = None
    created_to: datetime | None = None
    after: LeadId | None = None
    at: datetime


@dataclass(frozen=True, slots=True)
class LeadPage:
    """One page of leads, newest first, and how many match in all, those before `LeadFilter.after` included."""

    leads: Sequence[Lead]
    total_count: int


class LeadRepository(Protocol):
    """The company's leads: at most one live one per owner and caller."""

    def live_of(self, callers: Collection[PhoneNumber]) -> Sequence[Lead]:
        """Return the live leads of these callers under any owner, oldest first."""

    def find(self, lead_id: LeadId) -> Lead | None:
        """Return that lead, or None."""

    def find_all(self, lead_ids: Collection[LeadId]) -> Sequence[Lead]:
        """Return those of these leads that exist, oldest first."""

    def of_callers(
        self, callers: Collection[PhoneNumber], *, owner: OwnerRef | None = None, since: datetime | None = None
    ) -> Sequence[Lead]:
        """Return the leads of these callers, live and ended, oldest first.

        Args:
            callers: Whose.
            owner: Under this owner only.
            since: Created then or later only.
        """

    def newest_of(self, owner: OwnerRef, callers: Collection[PhoneNumber]) -> Mapping[PhoneNumber, Lead]:
        """Return the newest lead, live or ended, that each of these callers has under the owner."""

    def count_from_ip(self, remote_ip: str, owner: OwnerRef, *, since: datetime) -> int:
        """Count the owner's leads with that `counted_ip` that were created then or later.

        Nobody else counts that address for that owner until the unit ends, so that a limit holds. Claim the callers
        first, and count in order of owners and addresses, so that two units cannot block each other.
        Raises: Unavailable: somebody else held it for too long.
        """

    def due_to_expire(self, *, at: datetime, limit: int) -> Sequence[Lead]:
        """Return live leads whose time is up, then those whose time for their plan is up, without holding them.

        The longest overdue come first, of each kind.
        """

    def search(self, wanted: LeadFilter, *, offset: int, limit: int) -> LeadPage:
        """Return the leads that match, newest first: in the order of their identifiers, which count up."""

    def add_all(self, leads: Collection[Lead]) -> None:
        """Insert new leads; they are found by whoever reads in this unit.

        Raises: StaleWrite: the owner has a live lead for that caller already. At the latest the commit says so.
        """

    def save_all(self, changes: Collection[tuple[Lead, int]]) -> None:
        """Replace leads that are stored in the version that stands beside each.

        Raises: StaleWrite: one of them is stored in another version, or not at all.
        """

    def erase(self, caller: PhoneNumber) -> int:
        """Destroy all leads of a claimed caller, from the commit on; return how many there were."""


class EventLog(Protocol):
    """The company's facts, only ever appended."""

    def append_all(self, events: Collection[Event]) -> None:
        """Keep these facts, in this order."""

    def of_lead(self, lead_id: LeadId) -> Sequence[Event]:
        """Return the lead's events, oldest first."""

    def of_contact(self, caller: PhoneNumber) -> Sequence[Event]:
        """Return the facts about the contact itself, not those about its leads, oldest first."""

    def erase(self, caller: PhoneNumber, *, at: datetime) -> int:
        """Take the caller and all details out of the facts about them; return how many there were.

        What happened to which lead when stays.
        """


class ConsentLog(Protocol):
    """The evidence of consent that came with submissions, only ever appended."""

    def append_all(self, consents: Collection[Consent]) -> None:
        """Keep this evidence."""

    def of_caller(self, caller: PhoneNumber) -> Sequence[Consent]:
        """Return what came for all leads of that caller, oldest first."""

    def erase(self, caller: PhoneNumber) -> int:
        """Destroy the evidence about a caller, from the commit on; return how much there was."""


class ErasureLog(Protocol):
    """Who was erased, known by keyed digests only, and the receipts of that."""

    def opted_out(self, digests: Collection[bytes]) -> Mapping[bytes, datetime]:
        """Return those of these digests that stand for somebody to be left alone, with when they were erased."""

    def find(self, digests: Collection[bytes]) -> ErasedCaller | None:
        """Return the one who was erased under one of these digests, the latest if there are several, or None."""

    def keep(self, erased: ErasedCaller) -> None:
        """Keep that somebody was erased, in place of what was kept under that digest."""

    def add(self, erasure: Erasure) -> None:
        """Keep a receipt, in place of one of the same identifier."""

    def receipt(self, erasure_id: UUID) -> Erasure | None:
        """Return that receipt, or None."""

    def receipts(self, *, offset: int, limit: int) -> ErasurePage:
        """Return a page of the receipts, newest first: in the order of their identifiers, which count up."""


@dataclass(frozen=True, slots=True)
class ErasurePage:
    """One page of receipts, and how many there are in all."""

    erasures: Sequence[Erasure]
    total_count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalEntry:
    """One erasure as it stands outside the database."""

    company_id: CompanyId
    digest: bytes
    was_opted_out: bool
    erased_at: datetime
    erasure_id: UUID


class ErasureJournal(Protocol):
    """What outlives the database, so that a restored backup brings nobody back."""

    def append_all(self, entries: Sequence[JournalEntry]) -> None:
        """Keep these lines for good; they are on the disk when this returns.

        Raises: Unavailable: they cannot be written; nothing may be erased then.
        """

    def entries(self) -> Sequence[JournalEntry]:
        """Return all lines, oldest first. Raises: Unavailable: they cannot be read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmissionFilter:
    """Which submissions to list; None leaves a column open.

    Shape: `received_from` is inclusive, `received_to` is not. `after` is the last submission of the page before: only
    what comes after it in the list is found.
    """

    outcome: Outcome | None = None
    code: str | None = None
    owner: OwnerRef | None = None
    lead_id: LeadId | None = None
    received_from: datetime | None = None
    received_to: datetime | None = None
    after: SubmissionId | None = None


@dataclass(frozen=True, slots=True)
class SubmissionPage:
    """One page of submissions, newest first, and how many match in all, those before `after` included."""

    submissions: Sequence[Submission]
    total_count: int


@dataclass(frozen=True, slots=True)
class SubmissionScan:
    """Some of the submissions that were looked at; `last` was the last of all of these, None when there was none."""

    submissions: Sequence[Submission]
    looked_at: int
    last: SubmissionId | None


class SubmissionLedger(Protocol):
    """Every submission to the company with its verdict."""

    def append_all(self, submissions: Collection[Submission]) -> None:
        """Keep these submissions, in this order."""

    def newest(self, *, limit: int) -> Sequence[Submission]:
        """Return the latest submissions, newest first."""

    def find(self, submission_id: SubmissionId) -> Submission | None:
        """Return that submission, or None."""

    def search(self, wanted: SubmissionFilter, *, offset: int, limit: int) -> SubmissionPage:
        """Return the submissions that match, newest first: in the order of their identifiers, which count up."""

    def count(self) -> int:
        """Return how many submissions there are."""

    def look_through(
        self, digests: Collection[bytes], lead_ids: Collection[LeadId], *, after: SubmissionId | None, limit: int
    ) -> SubmissionScan:
        """Look at the next submissions after that one, oldest first.

        Returns: Those among them that may be about these callers: by their digest, by their lead, or because nobody
            could read whom they are about.
        """

    def erase(self, submission_ids: Collection[SubmissionId]) -> int:
        """Blank what was sent, from where, and what was said of it; return how many there were. The verdict stays."""


@dataclass(frozen=True, slots=True)
class SuppressionPage:
    """One page of a suppression list, and how many entries it has in all."""

    entries: Sequence[SuppressedCaller]
    total_count: int


class SuppressionRepository(Protocol):
    """The callers on the company's suppression lists."""

    def add(self, list_id: SuppressionListId, callers: Collection[PhoneNumber], *, at: datetime) -> None:
        """Put callers on a list; who is there already stays as of when they were added. Raises: NotFound."""

    def remove(self, list_id: SuppressionListId, callers: Collection[PhoneNumber]) -> None:
        """Take callers off a list; who is not there is no matter. Raises: NotFound."""

    def suppressed(self, callers: Collection[PhoneNumber]) -> Mapping[PhoneNumber, frozenset[SuppressionListId]]:
        """Return those of these callers who are on any list, each with the lists."""

    def search(self, list_id: SuppressionListId, *, offset: int, limit: int) -> SuppressionPage:
        """Return a list's entries in order of the callers' numbers. Raises: NotFound."""

    def erase(self, caller: PhoneNumber) -> int:
        """Take the caller off every list, from the commit on; return on how many they were."""


class IdempotencyLedger(Protocol):
    """The answers that stand for senders' idempotency keys."""

    def find_all(self, keys: Collection[IdempotencyKey]) -> Mapping[IdempotencyKey, IdempotencyRecord]:
        """Return the records of those of these keys that have one, whatever their age."""

    def append_all(self, records: Collection[IdempotencyRecord]) -> None:
        """Keep these records.

        A twin that is under way in another unit is waited for. Raises, here or at the commit: StaleWrite: one of
        the keys has a record already. Unavailable: the twin took too long.
        """

    def forget_all(self, keys: Collection[IdempotencyKey]) -> None:
        """Forget the records of these keys; a key without one is no matter."""

    def prune(self, *, before: datetime) -> int:
        """Forget the records made before then and return how many they were."""

    def forget_mentioning(self, words: Collection[str]) -> int:
        """Forget the records whose document has one of these words in it and return how many they were."""


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

    @property
    def suppression(self) -> SuppressionRepository:
        """Return who is on the company's suppression lists."""

    @property
    def idempotency(self) -> IdempotencyLedger:
        """Return the answers that stand for idempotency keys."""

    @property
    def consents(self) -> ConsentLog:
        """Return the evidence of consent."""

    @property
    def erasures(self) -> ErasureLog:
        """Return who was erased."""

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

    def companies_with_due_leads(self, *, at: datetime) -> Sequence[CompanyId]:
        """Return the companies some of whose leads are due (`LeadRepository.due_to_expire`), lowest number first."""

    def companies_with_answers(self, *, before: datetime) -> Sequence[CompanyId]:
        """Return the companies that keep answers made before then (`IdempotencyLedger`), lowest number first."""

    def find_lead_token(self, lookup: bytes) -> LeadTokenCredential | None:
        """Return the lead token of that look-up unless it is revoked, or None."""

    def find_api_key(self, lookup: bytes) -> ApiKey | None:
        """Return the API key of that look-up unless it is revoked, or None."""

    def keep_unclaimed(self, submission: UnclaimedSubmission, *, most: int) -> None:
        """Keep the sample and at most that many in all, dropping the oldest."""

    def unclaimed(self) -> Sequence[UnclaimedSubmission]:
        """Return the samples kept, newest first."""

    def forget_unclaimed(self, sample_ids: Collection[SubmissionId]) -> int:
        """Destroy these samples; return how many there were."""

    def expect_erased(self, company_id: CompanyId) -> None:
        """Let everybody know that the company has erased callers (`Directory.has_erased`).

        From its return on no unit is under way, or will be, that does not ask for them.
        Raises: NotFound: there is no such company. Unavailable: units that do not know took too long to end.
        """

    def scrub(self) -> None:
        """Take what was erased out of the store's own files too, as far as the store can do so at once."""

    def rebuild(self) -> None:
        """Write the store's files anew where that is what it takes for nothing erased to be left in them.

        Who writes waits meanwhile. Raises: Unavailable: others wrote all the time.
        """

    def inspect(self) -> Sequence[Finding]:
        """Look at the store: reachable, its schema current, its settings durable. Never raises."""
