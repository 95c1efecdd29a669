"""What the use cases need from outside, in the domain's words.

A unit of work is one transaction inside one company. Leaving it without `commit` forgets everything. Whoever
claims a caller holds that caller until the unit ends; everybody else who wants the same caller waits.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Final, Protocol, TypeAlias
from uuid import UUID

from leadintake.domain.company import CompanyId
from leadintake.domain.money import DEFAULT_CURRENCY, Currency
from leadintake.domain.owner_rules import NO_RULES, OwnerRules

if TYPE_CHECKING:
    from leadintake.domain.alarm import Alarm
    from leadintake.domain.attribution import TrafficSource, TrafficSourceId
    from leadintake.domain.budget import Budget, Standing
    from leadintake.domain.call import Call, CallId, Direction
    from leadintake.domain.company import Company
    from leadintake.domain.consent import Consent
    from leadintake.domain.contact import Contact, LeftAlone
    from leadintake.domain.contact_field import ContactField
    from leadintake.domain.conversion import Conversion, ConversionId
    from leadintake.domain.credential import ApiKey, ApiKeyId, LeadTokenCredential, LeadTokenId, Reveal
    from leadintake.domain.directory import Directory
    from leadintake.domain.erasure import ErasedCaller, Erasure
    from leadintake.domain.event import Event, EventId, EventKind
    from leadintake.domain.idempotency import IdempotencyKey, IdempotencyRecord
    from leadintake.domain.lead import Lead, LeadId, LeadStatus
    from leadintake.domain.owner import Action, Offer, OfferId, OwnerRef, Schedule
    from leadintake.domain.phone import PhoneNumber
    from leadintake.domain.posting_page import PostingPage, PostingPageId
    from leadintake.domain.quota import Quota
    from leadintake.domain.report import Sums, Wanted
    from leadintake.domain.rollup import Measures, Quarter, RollupDelta, RollupKey
    from leadintake.domain.sealing import Head, KeptEvent, Segment
    from leadintake.domain.submission import (
        KeptClass,
        Outcome,
        Replay,
        Submission,
        SubmissionId,
        UnclaimedSubmission,
    )
    from leadintake.domain.suppression import SuppressedCaller, SuppressionList, SuppressionListId
    from leadintake.domain.user import User, UserId

Clock: TypeAlias = Callable[[], datetime]
"""Now, aware, UTC."""
NewId: TypeAlias = Callable[[], UUID]
"""A fresh UUIDv7, later than every one that this process has handed out before."""
RandomBytes: TypeAlias = Callable[[int], bytes]
"""That many unpredictable bytes."""
Client: TypeAlias = Callable[[], str | None]
"""The address that a request comes from, None when it has none; asked only when somebody counts addresses."""


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

    def save_company(self, company: Company) -> None:
        """Replace the company's name, region and time zone; its currency stays as it is.

        Raises: NameTaken: another company of the installation is called so. NotFound.
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
        """Replace a traffic source. Raises: NotFound. NameTaken: another one has that `external_id`."""

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

    def all_lead_tokens(self) -> Sequence[LeadTokenCredential]:
        """Return the company's lead tokens, revoked and expired ones included, oldest first."""

    def find_lead_token(self, lead_token_id: LeadTokenId) -> LeadTokenCredential | None:
        """Return that lead token, revoked or not, or None."""

    def save_lead_token(self, credential: LeadTokenCredential) -> None:
        """Replace a lead token; under another look-up, the one before finds it no more. Raises: NotFound."""

    def revoke_lead_token(self, lead_token_id: LeadTokenId, *, at: datetime) -> None:
        """End a lead token for good; revoking it again changes nothing. Raises: NotFound."""

    def add_api_key(self, key: ApiKey) -> None:
        """Store an API key."""

    def api_keys(self) -> Sequence[ApiKey]:
        """Return the company's API keys that are not revoked, oldest first."""

    def all_api_keys(self) -> Sequence[ApiKey]:
        """Return the company's API keys, revoked ones included, oldest first."""

    def revoke_api_key(self, api_key_id: ApiKeyId, *, at: datetime) -> None:
        """End an API key for good; revoking it again changes nothing. Raises: NotFound."""

    def add_user(self, user: User) -> None:
        """Store a user. Raises: NameTaken: somebody signs in with that address already."""

    def users(self) -> Sequence[User]:
        """Return the company's users, oldest first."""

    def find_user(self, user_id: UserId) -> User | None:
        """Return that user, or None."""

    def save_user(self, user: User) -> None:
        """Replace a user; the address that they sign in with stays. Raises: NotFound."""

    def note_sign_in(self, user_id: UserId, *, at: datetime) -> None:
        """Note when a user signed in; it is no change of the set-up. Raises: NotFound."""

    def find_posting_page(self, owner: OwnerRef) -> PostingPage | None:
        """Return the owner's posting page, None while it is switched off."""

    def switch_posting_page_on(self, page: PostingPage) -> None:
        """Publish an owner's posting page, in the place of the one it had if any."""

    def switch_posting_page_off(self, owner: OwnerRef) -> None:
        """Publish an owner's posting page no more; one that is off stays off."""


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
        """Return the next numbers after that one, in their order.

        Shape: each once: those of contacts, on suppression lists, and of calls and conversions.
        """

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
    of the offer and of its schedules. `email` finds an address whatever the case of its letters A to Z.
    `created_from` is inclusive, `created_to` is not. `after` is the last lead of the page before: only what comes after
    it in the list is found, whether or not it is still there itself.
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
    """One page of leads, newest first, and how many match in all, those before `LeadFilter.after` included.

    Shape: where not all were looked at, `total_count` counts those that were, and `until` is the last of them; None
    when nothing is left to look at.
    """

    leads: Sequence[Lead]
    total_count: int
    until: LeadId | None = None


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

    def search(self, wanted: LeadFilter, *, offset: int, limit: int, among: int | None = None) -> LeadPage:
        """Return the leads that match, newest first: in the order of their identifiers, which count up.

        Args:
            wanted: Which.
            offset: How many of them to leave out.
            limit: How many to return.
            among: Look only at so many of the leads of that caller, address and time behind `wanted.after`; as for
                the time, identifiers follow the clock. Another filter, that few leads match, would read all of them.
                None looks at all.
        """

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

    def of_contacts_since(self, kind: EventKind, since: datetime) -> Sequence[Event]:
        """Return the facts of that kind about contacts themselves, of that moment or later, oldest first."""

    def erase(self, caller: PhoneNumber) -> int:
        """Take the caller and the details out of all events of that caller, and return how many there were.

        Those about the caller's leads are among them, sealed or not. The salts of the sealed ones are gone too; what
        is left of an event still verifies. Doing it twice is doing it once.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class Horizon:
    """A stretch of the order in which the store took events in; only the store knows what the places mean.

    Shape: `begin` is inclusive, `end` is not. `anchor` tells the store whether its places still mean the same.
    """

    begin: int = 0
    end: int = 2**63 - 1
    anchor: str = ""


@dataclass(frozen=True, slots=True)
class EventsToSeal:
    """Who has events within a horizon behind which no further event can come in, lowest number first."""

    company_ids: Sequence[CompanyId]
    horizon: Horizon


@dataclass(frozen=True, slots=True)
class UnsealedPage:
    """Events that are in no segment, in order of their identifiers.

    Shape: `after` asks for the next page, None says that there is none.
    """

    events: Sequence[KeptEvent]
    after: EventId | None


class EventChain(Protocol):
    """The company's events in hash-linked segments."""

    def head(self) -> Head:
        """Return the end of the chain."""

    def size(self) -> int:
        """Return how many events are sealed."""

    def unsealed(self, within: Horizon, *, after: EventId | None, limit: int) -> UnsealedPage:
        """Return a page of the events within the horizon that are in no segment.

        Shape: a page may be empty though others come after it. Nobody is held, and nobody is waited for.
        """

    def append(self, segment: Segment, *, replacing: Head) -> None:
        """Keep the segment that comes after that head.

        Raises, here or at the commit: StaleWrite: the chain has changed since that head was read.
        """

    def segments(self, *, after: int, limit: int) -> Sequence[Segment]:
        """Return the segments of a higher number, in their order."""

    def find_events(self, event_ids: Collection[EventId]) -> Mapping[EventId, KeptEvent]:
        """Return those of these events that the store still has, as they are there."""

    def prune(self, *, before: datetime, at: datetime, limit: int) -> int:
        """Forget the events of up to so many segments that were sealed before then, and return how many events.

        The segments stay, marked as pruned at `at` and without salts: the chain stays valid.
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
    what comes after it in the list is found. `lead_ids` finds those that touched any of these leads. `accepted` tells
    those that were refused from all others.
    """

    outcome: Outcome | None = None
    code: str | None = None
    owner: OwnerRef | None = None
    lead_ids: frozenset[LeadId] | None = None
    lead_token_id: LeadTokenId | None = None
    api_key_id: ApiKeyId | None = None
    route: str | None = None
    received_from: datetime | None = None
    received_to: datetime | None = None
    accepted: bool | None = None
    after: SubmissionId | None = None


@dataclass(frozen=True, slots=True)
class SubmissionPage:
    """One page of submissions, newest first, and how many match in all, those before `after` included.

    Shape: nobody counts on beyond `MOST_COUNTED`; with more than those `total_count` is that. Where not all were looked
    at, it counts those that were, and `until` is the last of them; None when nothing is left to look at.
    """

    submissions: Sequence[Submission]
    total_count: int
    until: SubmissionId | None = None


MOST_COUNTED: Final = 10_000
"""How far the submissions of a list are counted: the whole of a long ledger would be read for each page."""


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

    def search(self, wanted: SubmissionFilter, *, offset: int, limit: int, among: int | None = None) -> SubmissionPage:
        """Return the submissions that match, newest first: in the order of their identifiers, which count up.

        Args:
            wanted: Which.
            offset: How many of them to leave out.
            limit: How many to return.
            among: Look only at so many submissions of that time behind `wanted.after`, refused ones if only these are
                wanted. None looks at all.
        """

    def count_codes(self, wanted: SubmissionFilter, *, among: int) -> Mapping[str, int]:
        """Count the refused submissions by their codes, looking at so many as `search` does.

        Shape: `wanted.code` and `wanted.after` are not looked at.
        """

    def following(self, wanted: SubmissionFilter, *, after: SubmissionId | None, limit: int) -> Sequence[Submission]:
        """Return the submissions that match and have a later identifier than `after`, oldest first.

        Shape: None for `after` begins with the oldest; `wanted.after` is not looked at.
        """

    def find_all(self, submission_ids: Collection[SubmissionId]) -> Sequence[Submission]:
        """Return those of these submissions that exist, oldest first."""

    def empty(self, submission_ids: Collection[SubmissionId]) -> None:
        """Forget what these requests and their replays held, and where they came from; the verdicts stay."""

    def add_replays(self, replays: Collection[Replay]) -> None:
        """Keep what became of submissions that were judged again.

        Raises, here or at the commit: StaleWrite: one of the submissions has been taken by another replay already.
        """

    def replays_of(self, submission_ids: Collection[SubmissionId]) -> Mapping[SubmissionId, Sequence[Replay]]:
        """Return the replays of those of these submissions that have any, oldest first."""

    def emptied_to(self, kept_class: KeptClass) -> SubmissionId | None:
        """Return up to which submission, in the order of their identifiers, that class has been emptied; or None."""

    def mark_emptied(self, kept_class: KeptClass, submission_id: SubmissionId) -> None:
        """Note up to which submission that class has been emptied."""

    def reconsider(self, submission_id: SubmissionId) -> None:
        """Take every such note back to before that submission: it came into the ledger later than its time."""

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
        """Blank what was sent, from where, and what was said of it; return how many there were.

        Their replays are blanked too. The verdicts stay.
        """

    def replays_about(self, digests: Collection[bytes], lead_ids: Collection[LeadId]) -> Sequence[Replay]:
        """Return the replays that may be about these callers, oldest first.

        Shape: by their digest, by their lead, or because of edits in which nobody could read whom they are about.
        """


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


class QuotaRepository(Protocol):
    """How much of the daily caps is leased out."""

    def claim(self, lead_token_id: LeadTokenId, day: date) -> int:
        """Return how much of that day's cap is leased out, and hold that until the unit ends; 0 where none was.

        Raises: Unavailable: somebody else held it for too long.
        """

    def save(self, lead_token_id: LeadTokenId, day: date, *, leased: int) -> None:
        """Replace what was claimed."""

    def forget(self, lead_token_id: LeadTokenId, *, before: date) -> None:
        """Forget the lead token's earlier days."""


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


class RollupRepository(Protocol):
    """How much came in and what became of it, summed up."""

    def append_all(self, deltas: Collection[RollupDelta]) -> None:
        """Add these to what is counted; whoever does the same meanwhile is not waited for."""

    def fold(self, *, limit: int) -> int:
        """Put up to so many deltas together with what was counted before; return how many they were, 0 at the end.

        Nothing that is read of roll-ups changes by that. Where another unit is folding just now, it returns 0. A
        store that keeps no deltas by themselves has nothing to fold.
        """

    def unfolded_since(self) -> datetime | None:
        """Return when the oldest of what is to be folded was added, to the millisecond; None where nothing is."""

    def counted(self, begin: Quarter, end: Quarter) -> Mapping[RollupKey, Measures]:
        """Return what is counted in a time, `end` not included, under every key where that is not nothing."""

    def recounted(self, begin: Quarter, end: Quarter) -> Mapping[RollupKey, Measures]:
        """Return the same, counted anew from what is stored of submissions, replays, calls and conversions."""

    def differences(self, *, limit: int) -> Mapping[RollupKey, Measures]:
        """Return what the facts say beyond what is counted, under up to so many keys: nothing, if all is right."""

    def agrees_with_itself(self) -> bool:
        """Say whether sums that are kept more than once, over less and over longer, are the same sums."""

    def rebuild(self) -> None:
        """Count everything anew from the facts, in the place of what was counted; the first thing that a unit does.

        Raises, here or at the commit: StaleWrite: somebody else was folding or rebuilding.
        """

    def report(self, wanted: Wanted) -> Sums:
        """Return a report, as `domain.report.summed_up` makes it out of everything that counts.

        In a unit that only reads, whatever it is asked for shows one moment.
        """

    def last_leads(
        self, source_ids: Collection[TrafficSourceId], begin: Quarter, end: Quarter
    ) -> Mapping[TrafficSourceId, Quarter]:
        """Return in which quarter of an hour each of these sources brought its last lead of a time, `end` not included.

        Who brought none is not there. Leads are never taken back from what is counted: where a longer time has none,
        no part of it has any.
        """

    def first_leads(
        self, source_ids: Collection[TrafficSourceId], begin: Quarter, end: Quarter
    ) -> Mapping[TrafficSourceId, Quarter]:
        """Return the same of the first lead."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StampFilter:
    """Which calls or conversions to list, by what they are stamped with; None leaves a column open."""

    caller: PhoneNumber | None = None
    lead_id: LeadId | None = None
    owner: OwnerRef | None = None
    traffic_source_id: TrafficSourceId | None = None
    sub_id: str | None = None
    country: str | None = None
    external_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CallFilter(StampFilter):
    """Which calls to list.

    Shape: `started_from` is inclusive, `started_to` is not. `after` is the last call of the page before.
    """

    direction: Direction | None = None
    is_connected: bool | None = None
    disposition: str | None = None
    started_from: datetime | None = None
    started_to: datetime | None = None
    after: CallId | None = None


@dataclass(frozen=True, slots=True)
class CallPage:
    """One page of calls, those recorded last first, and how many match in all, but no more than `MOST_COUNTED`."""

    calls: Sequence[Call]
    total_count: int


class CallRepository(Protocol):
    """The company's calls. No two of them have the same `external_id`."""

    def find(self, call_id: CallId) -> Call | None:
        """Return that call, or None."""

    def find_all(self, call_ids: Collection[CallId]) -> Sequence[Call]:
        """Return those of these calls that exist, those recorded first first."""

    def of_external_ids(self, external_ids: Collection[str]) -> Mapping[str, Call]:
        """Return the calls that are called so, each under its `external_id`."""

    def of_leads(self, lead_ids: Collection[LeadId]) -> Sequence[Call]:
        """Return the calls of these leads, those recorded first first."""

    def search(self, wanted: CallFilter, *, offset: int, limit: int) -> CallPage:
        """Return the calls that match, those recorded last first: in the order of their identifiers."""

    def add_all(self, calls: Collection[Call]) -> None:
        """Insert new calls; they are found by whoever reads in this unit.

        A unit that is inserting one of the same `external_id` is waited for. Raises, here or at the commit: StaleWrite:
        one of them is called as another one is already. Unavailable: the other unit took too long.
        """

    def save_all(self, changes: Collection[tuple[Call, int]]) -> None:
        """Replace calls that are stored in the version that stands beside each.

        Raises: StaleWrite: one of them is stored in another version, or not at all; or is called as another one is.
        """

    def erase(self, caller: PhoneNumber) -> int:
        """Take a claimed caller out of all their calls, as `Call.erased` does, and return how many there were."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversionFilter(StampFilter):
    """Which conversions to list.

    Shape: `occurred_from` is inclusive, `occurred_to` is not. `after` is the last conversion of the page before.
    """

    call_id: CallId | None = None
    kind: str | None = None
    is_reversed: bool | None = None
    occurred_from: datetime | None = None
    occurred_to: datetime | None = None
    after: ConversionId | None = None


@dataclass(frozen=True, slots=True)
class ConversionPage:
    """One page of conversions, those recorded last first, and how many match, but no more than `MOST_COUNTED`."""

    conversions: Sequence[Conversion]
    total_count: int


class ConversionRepository(Protocol):
    """The company's conversions. No two of them have the same `external_id`; a call may have it too."""

    def find(self, conversion_id: ConversionId) -> Conversion | None:
        """Return that conversion, or None."""

    def of_external_ids(self, external_ids: Collection[str]) -> Mapping[str, Conversion]:
        """Return the conversions that are called so, each under its `external_id`."""

    def of_leads(self, lead_ids: Collection[LeadId]) -> Sequence[Conversion]:
        """Return the conversions of these leads, those recorded first first."""

    def search(self, wanted: ConversionFilter, *, offset: int, limit: int) -> ConversionPage:
        """Return the conversions that match, those recorded last first: in the order of their identifiers."""

    def add_all(self, conversions: Collection[Conversion]) -> None:
        """Insert new conversions, as `CallRepository.add_all` does calls. Raises: StaleWrite, Unavailable: likewise."""

    def save_all(self, changes: Collection[tuple[Conversion, int]]) -> None:
        """Replace conversions that are stored in the version that stands beside each. Raises: StaleWrite: likewise."""

    def erase(self, caller: PhoneNumber) -> int:
        """Take a claimed caller out of all their conversions, and return how many there were."""


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
    def chain(self) -> EventChain:
        """Return the segments of the company's facts."""

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
    def quotas(self) -> QuotaRepository:
        """Return how much of the daily caps is leased out."""

    @property
    def credentials(self) -> CredentialLog:
        """Return how the company's credentials are used."""

    @property
    def consents(self) -> ConsentLog:
        """Return the evidence of consent."""

    @property
    def erasures(self) -> ErasureLog:
        """Return who was erased."""

    @property
    def rollups(self) -> RollupRepository:
        """Return what is counted."""

    @property
    def calls(self) -> CallRepository:
        """Return the calls that were recorded."""

    @property
    def conversions(self) -> ConversionRepository:
        """Return the conversions that were recorded."""

    def commit(self) -> None:
        """Make everything durable, all or nothing.

        Raises: StaleWrite: another unit met this one; nothing was written, trying again is right.
            OutcomeUnknown: the store went away before it confirmed.
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

    def add_company(self, *, name: str, region: str, time_zone: str, currency: Currency = DEFAULT_CURRENCY) -> Company:
        """Store a company under the next number. Raises: NameTaken."""

    def find_company(self, company_id: CompanyId) -> Company | None:
        """Return that company, or None."""

    def companies_with_due_leads(self, *, at: datetime) -> Sequence[CompanyId]:
        """Return the companies some of whose leads are due (`LeadRepository.due_to_expire`), lowest number first."""

    def companies_with_answers(self, *, before: datetime) -> Sequence[CompanyId]:
        """Return the companies that keep answers made before then (`IdempotencyLedger`), lowest number first."""

    def companies_with_deltas(self) -> Sequence[CompanyId]:
        """Return the companies that have anything to fold (`RollupRepository`), lowest number first."""

    def events_to_seal(self, *, from_start: bool = False) -> EventsToSeal:
        """Return who has events that came in after the watermark and behind all that is still under way.

        Args:
            from_start: Look at every event there is, as after a move to another server.
        """

    def sealed_until(self) -> int:
        """Return the watermark: every event of a lower place is in a segment."""

    def lease_sealing(self, holder: str, *, at: datetime, until: datetime) -> bool:
        """Take or prolong the lease of whoever seals, and say whether it is the holder's now.

        A lease spares others the work; that a chain never forks does not depend on it.
        """

    def mark_sealed(self, horizon: Horizon) -> None:
        """Move the watermark to the end of the horizon: every event before it is in a segment."""

    def find_lead_token(self, *lookups: bytes) -> LeadTokenCredential | None:
        """Return the lead token of one of these look-ups unless it is revoked, or None."""

    def find_api_key(self, *lookups: bytes) -> ApiKey | None:
        """Return the API key of one of these look-ups unless it is revoked, or None."""

    def find_user(self, email: str) -> User | None:
        """Return who signs in with that address, which is in lower case, or None."""

    def has_users(self) -> bool:
        """Say whether anybody can sign in at all."""

    def find_posting_page(self, page_id: PostingPageId) -> PostingPage | None:
        """Return the posting page of that address, or None."""

    def keep_unclaimed(self, submission: UnclaimedSubmission, *, most: int) -> None:
        """Keep the sample and at most that many in all, dropping the oldest."""

    def unclaimed(self) -> Sequence[UnclaimedSubmission]:
        """Return the samples kept, newest first."""

    def forget_unclaimed(self, submission_ids: Collection[SubmissionId]) -> int:
        """Destroy these samples; return how many there were. One that is not there is no matter."""

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

    def inspect_separation(self) -> Sequence[Finding]:
        """Look at what keeps the companies apart behind the filters; leads are taken whatever it says.

        Raises: Unavailable: the store cannot be reached.
        """


class RequestCounter(Protocol):
    """Who has asked how often within the last minute, as far as this process knows."""

    @property
    def is_idle(self) -> bool:
        """Say whether nobody is counted at all; costs next to nothing."""

    def stand(self, budget: Budget) -> Standing:
        """Say how the budget stands for one more request, without counting it."""

    def take(self, budgets: Sequence[Budget]) -> Sequence[Standing]:
        """Count a request in each of these budgets, or in none if one of them is used up, and say how they stand."""


class GuessingBrake(Protocol):
    """Slows down whoever tries out credentials."""

    def admit(self, lookup: bytes, client: Client) -> None:
        """Let a credential be looked up, unless its client has failed too often and it is not known to be good.

        Raises: TooManyRequests.
        """

    def note_good(self, lookup: bytes) -> None:
        """Remember that the credential is good."""

    def note_failed(self, lookup: bytes, client: Client) -> None:
        """Count a credential that is not good against its client."""


class SignInBrake(Protocol):
    """Slows down whoever tries out passwords, the longer the more often."""

    def admit(self, email: str, client: Client) -> None:
        """Let a password be looked at, and count it as a failure until it is known to be good.

        Raises: TooManySignIns: too many have failed for that address, or from that client; it says how long to wait.
        """

    def note_good(self, email: str, client: Client) -> None:
        """Forget what was counted, and know the client as one from which that user signs in."""


class Quotas(Protocol):
    """The daily caps, shared out so that all processes together never exceed one."""

    def take(self, quota: Quota) -> bool:
        """Take one out of the quota; False when it is used up.

        Raises: Unavailable: that cannot be said just now.
        """

    def give_back(self, quota: Quota) -> None:
        """Give one back that was taken and not used."""
