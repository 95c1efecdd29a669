"""The composition root: the only place that knows which adapter stands behind which port.

`wire` binds the use cases to any ports; `build` makes the ports that the settings name. Nothing connects before
the first use.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from threading import Event
from typing import TYPE_CHECKING, Protocol

from leadintake.adapters.archived import Archived, ArchiveError
from leadintake.adapters.coalescer import Coalescer
from leadintake.adapters.erasure_journal import FileErasureJournal, MemoryErasureJournal
from leadintake.adapters.guessing_brake import CountedFailures
from leadintake.adapters.keyring import CannotOpen
from leadintake.adapters.keyring import Keyring as SecretKeyring
from leadintake.adapters.leased_quotas import LeasedQuotas
from leadintake.adapters.memoised_installation import MemoisedInstallation
from leadintake.adapters.memory.machine import BytesAgain, IdsInOrder, MovableClock
from leadintake.adapters.memory.store import MemoryStore
from leadintake.adapters.passwords import Argon2Passwords, cheap_passwords
from leadintake.adapters.recent_signals import RecentSignals
from leadintake.adapters.request_counter import LimitsRequestCounter
from leadintake.adapters.sampling import Sampled
from leadintake.adapters.sightings import SightingBook
from leadintake.adapters.sign_in_brake import GrowingDelays
from leadintake.adapters.system import new_id, random_bytes, utc_now
from leadintake.domain.errors import Unavailable
from leadintake.domain.minting import Mint
from leadintake.domain.parameters import Limits
from leadintake.domain.use_cases.audit_events import audit_events, read_chain_heads
from leadintake.domain.use_cases.change_lead import change_lead, remove_lead
from leadintake.domain.use_cases.correct_calls import correct_call, correct_conversion, reverse_conversion
from leadintake.domain.use_cases.count_request import RequestLimits, count_request
from leadintake.domain.use_cases.enroll_leads import enroll_leads
from leadintake.domain.use_cases.enroll_within_caps import enroll_within_cap, enroll_within_caps
from leadintake.domain.use_cases.erase_callers import (
    Eraser,
    count_submissions,
    erase_again,
    erase_callers,
    list_erasures,
)
from leadintake.domain.use_cases.expire_due_leads import expire_due_leads
from leadintake.domain.use_cases.fold_rollups import fold_rollups
from leadintake.domain.use_cases.forget_answers import forget_outlived_answers
from leadintake.domain.use_cases.found_company import found_company
from leadintake.domain.use_cases.identify_sender import identify_api_key, identify_lead_token
from leadintake.domain.use_cases.inspect_records import inspect_records
from leadintake.domain.use_cases.inspect_rollups import inspect_rollups, rebuild_rollups
from leadintake.domain.use_cases.keep_unclaimed import keep_unclaimed
from leadintake.domain.use_cases.lease_quota import lease_quota, return_quota
from leadintake.domain.use_cases.manage_api_keys import add_api_key, list_api_keys, read_api_key, revoke_api_key
from leadintake.domain.use_cases.manage_company import change_company
from leadintake.domain.use_cases.manage_contact_fields import (
    add_contact_field,
    change_contact_field,
    list_contact_fields,
    read_contact_field,
    remove_contact_field,
)
from leadintake.domain.use_cases.manage_lead_tokens import (
    add_lead_token,
    change_lead_token,
    list_lead_tokens,
    read_lead_token,
    reveal_lead_token,
    revoke_lead_token,
    rotate_lead_token,
)
from leadintake.domain.use_cases.manage_offers import add_offer, change_offer, list_offers, read_offer
from leadintake.domain.use_cases.manage_schedules import add_schedule, change_schedule, list_schedules, read_schedule
from leadintake.domain.use_cases.manage_suppression_lists import (
    add_suppression_list,
    change_suppression_list,
    list_suppressed_callers,
    list_suppression_lists,
    read_suppression_list,
    release_callers,
    remove_suppression_list,
    suppress_callers,
)
from leadintake.domain.use_cases.manage_traffic_sources import (
    add_traffic_source,
    change_traffic_source,
    list_traffic_sources,
    read_traffic_source,
)
from leadintake.domain.use_cases.manage_users import (
    add_user,
    change_password,
    change_user,
    end_sessions,
    has_users,
    list_users,
    read_user,
    reset_password,
)
from leadintake.domain.use_cases.operate_on_callers import operate_on_callers
from leadintake.domain.use_cases.prune_submissions import Retention, prune_submissions
from leadintake.domain.use_cases.publish_posting_page import (
    find_posting_page,
    read_posting_page,
    switch_posting_page,
)
from leadintake.domain.use_cases.read_callers import list_left_alone, read_caller
from leadintake.domain.use_cases.read_calls import list_calls, list_conversions, read_call, read_conversion
from leadintake.domain.use_cases.read_consents import list_consents
from leadintake.domain.use_cases.read_directory import list_companies, read_directory, reveal_lead_tokens
from leadintake.domain.use_cases.read_lead_record import read_lead_record
from leadintake.domain.use_cases.read_leads import list_leads, read_lead
from leadintake.domain.use_cases.read_submissions import (
    count_codes,
    follow_submissions,
    list_replays,
    list_submissions,
    read_submission,
)
from leadintake.domain.use_cases.record_calls import record_calls, record_conversions
from leadintake.domain.use_cases.renew_credentials import renew_credentials
from leadintake.domain.use_cases.replay_submissions import replay_submissions
from leadintake.domain.use_cases.replay_unclaimed import list_unclaimed, read_unclaimed, replay_unclaimed
from leadintake.domain.use_cases.report_attribution import Report, ReportAttribution, report_attribution
from leadintake.domain.use_cases.reveal_to_user import list_reveals, reveal_to_user
from leadintake.domain.use_cases.review_lead_token import leads_since
from leadintake.domain.use_cases.seal_events import seal_events
from leadintake.domain.use_cases.sign_in import resume_session, sign_in
from leadintake.domain.use_cases.try_rules import try_rules
from leadintake.domain.use_cases.undo_wishes import undo_wishes
from leadintake.domain.use_cases.watch_company import watch_company
from leadintake.domain.use_cases.watch_intake import watch_intake
from leadintake.domain.use_cases.watch_sources import read_source_history, watch_sources
from leadintake.domain.use_cases.write_down_sightings import write_down_sightings

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path

    from leadintake.adapters.sql.postgresql_archive import PostgresqlArchive
    from leadintake.adapters.sql.sqlite_archive import SqliteArchive
    from leadintake.config import Settings
    from leadintake.domain.attribution import TrafficSource, TrafficSourceId
    from leadintake.domain.budget import Standing
    from leadintake.domain.call import Call, CallId
    from leadintake.domain.call_recording import CorrectCall, RecordCall
    from leadintake.domain.claims import EnrollLead
    from leadintake.domain.company import Company, CompanyId
    from leadintake.domain.consent import Consent
    from leadintake.domain.contact_field import ContactField
    from leadintake.domain.conversion import Conversion, ConversionId
    from leadintake.domain.conversion_recording import CorrectConversion, RecordConversion, ReverseConversion
    from leadintake.domain.credential import (
        ApiKey,
        ApiKeyId,
        LeadTokenCredential,
        LeadTokenId,
        LeadTokenSecret,
        Permission,
    )
    from leadintake.domain.directory import Directory
    from leadintake.domain.enrollment import Decision
    from leadintake.domain.erasure import Erasure
    from leadintake.domain.lead import Lead, LeadId
    from leadintake.domain.operations import OperateOnCaller, OperationDecision
    from leadintake.domain.owner import Offer, OfferId, OwnerKind, OwnerRef, Schedule, ScheduleId
    from leadintake.domain.phone import PhoneNumber
    from leadintake.domain.ports import (
        Client,
        Clock,
        ContactPage,
        ErasureJournal,
        Finding,
        Installation,
        Keyring,
        NewId,
        PasswordHasher,
        RandomBytes,
        UnitOfWork,
        UnitOfWorkFactory,
    )
    from leadintake.domain.posting_page import PostingPage, PostingPageId
    from leadintake.domain.recording import Recording
    from leadintake.domain.signals import Signals
    from leadintake.domain.submission import KeptClass, Replay, Submission, SubmissionId, UnclaimedSubmission
    from leadintake.domain.suppression import SuppressedCaller, SuppressionList, SuppressionListId
    from leadintake.domain.use_cases.audit_events import AuditEvents, ChainHead
    from leadintake.domain.use_cases.change_lead import ChangeLead, RemoveLead
    from leadintake.domain.use_cases.erase_callers import EraseCallers, ErasedPerson
    from leadintake.domain.use_cases.found_company import FoundCompany, FoundedCompany
    from leadintake.domain.use_cases.identify_sender import Sender
    from leadintake.domain.use_cases.manage_api_keys import ApiKeyRecord
    from leadintake.domain.use_cases.manage_company import CompanyData
    from leadintake.domain.use_cases.manage_contact_fields import ContactFieldData
    from leadintake.domain.use_cases.manage_lead_tokens import (
        LeadTokenData,
        LeadTokenRecord,
        ListLeadTokens,
        RotatedLeadToken,
    )
    from leadintake.domain.use_cases.manage_offers import OfferData
    from leadintake.domain.use_cases.manage_schedules import ScheduleData
    from leadintake.domain.use_cases.manage_suppression_lists import ChangedEntries, SuppressionListData
    from leadintake.domain.use_cases.manage_traffic_sources import TrafficSourceData
    from leadintake.domain.use_cases.manage_users import AddedUser, ChangePassword, NewUserData, UserData
    from leadintake.domain.use_cases.paging import Page, Wanted, Window
    from leadintake.domain.use_cases.publish_posting_page import PublishedOwner
    from leadintake.domain.use_cases.read_callers import CallerRecord, ListLeftAlone
    from leadintake.domain.use_cases.read_calls import ListCalls, ListConversions, Listed
    from leadintake.domain.use_cases.read_lead_record import LeadRecord
    from leadintake.domain.use_cases.read_leads import ListedLeads, ListLeads
    from leadintake.domain.use_cases.read_submissions import ListedSubmissions, ListSubmissions, SubmissionRecord
    from leadintake.domain.use_cases.renew_credentials import Progress, RenewedCredentials
    from leadintake.domain.use_cases.replay_submissions import (
        ReadKept,
        Replayed,
        ReplayedSubmissions,
        ReplaySubmissions,
    )
    from leadintake.domain.use_cases.replay_unclaimed import ReplayUnclaimed
    from leadintake.domain.use_cases.reveal_to_user import ShownReveal
    from leadintake.domain.use_cases.review_lead_token import LeadsSince, ListedLeadsSince
    from leadintake.domain.use_cases.seal_events import SealEvents
    from leadintake.domain.use_cases.sign_in import Session, SignIn
    from leadintake.domain.use_cases.try_rules import Trial, TryRules
    from leadintake.domain.use_cases.undo_wishes import UndoneWishes, UndoWishes
    from leadintake.domain.use_cases.watch_intake import WatchedIntake, WatchIntake
    from leadintake.domain.use_cases.watch_sources import SourceActivity, SourceHistory
    from leadintake.domain.user import User, UserId

_UNCLAIMED_PER_MINUTE = 60

__all__ = [
    "ArchiveError",
    "Archived",
    "CannotOpen",
    "Coalescing",
    "IdentifyApiKey",
    "IdentifyLeadToken",
    "InMemory",
    "Limiting",
    "MovableClock",
    "Ports",
    "Services",
    "back_up",
    "build",
    "build_in_memory",
    "limits_of",
    "restore",
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
    journal: ErasureJournal = field(default_factory=MemoryErasureJournal)
    clock: Clock = utc_now
    new_id: NewId = new_id
    random_bytes: RandomBytes = random_bytes


class IdentifyApiKey(Protocol):
    """`identify_api_key` with its ports bound."""

    def __call__(self, private: str, *, public: str | None, client: Client | None = None) -> ApiKey:
        """Return what is kept of the key."""


class EraseThem(Protocol):
    """`erase_callers` with its ports bound."""

    def __call__(
        self, command: EraseCallers, *, advance: Callable[[int], None] = lambda _count: None
    ) -> Sequence[ErasedPerson]:
        """Destroy all that a company keeps of these callers."""


class IdentifyLeadToken(Protocol):
    """`identify_lead_token` with its ports bound."""

    def __call__(
        self, secret: str, *, kind: OwnerKind | None, origin: str | None = None, client: Client | None = None
    ) -> Sender:
        """Return whom the token leads to."""


class FollowSubmissions(Protocol):
    """`follow_submissions` with its ports bound."""

    def __call__(self, command: ListSubmissions, *, since: SubmissionId | None) -> Sequence[Submission]:
        """Return what has come since."""


class CountRequest(Protocol):
    """`count_request` with its ports bound."""

    def __call__(
        self, company_id: CompanyId, *, lead_token: LeadTokenCredential | None, client: Client
    ) -> Sequence[Standing]:
        """Count one request, and say how the budgets stand that it is limited by."""


class Seal(Protocol):
    """`seal_events` with its ports bound."""

    def __call__(self, command: SealEvents = ...) -> int:
        """Seal what is committed, and return how many events that were."""


class Audit(Protocol):
    """`audit_events` with its ports bound."""

    def __call__(self, command: AuditEvents, *, advance: Callable[[int], None] = ...) -> Sequence[Finding]:
        """Verify the events, and return what there is to say about them."""


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


class SwitchPostingPage(Protocol):
    """`switch_posting_page` with its ports bound."""

    def __call__(self, company_id: CompanyId, owner: OwnerRef, *, is_on: bool) -> PostingPage | None:
        """Return the page, None when it is off."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """The use cases, ready to call; entrypoints know nothing else of the inside.

    Shape: unless `counts_all_requests`, only those need `count_request` that come by a lead token with a rate.
    """

    clock: Clock
    new_id: NewId
    digest: Callable[[str, bytes], bytes]
    digests: Callable[[str, bytes], tuple[bytes, ...]]
    enroll_lead: Callable[[EnrollLead], Decision]
    enroll_leads: Callable[[Sequence[EnrollLead]], Sequence[Decision]]
    expire_due_leads: Callable[[], int]
    fold_rollups: Callable[[], int]
    report_attribution: Callable[[ReportAttribution], Report]
    inspect_rollups: Callable[[], Sequence[Finding]]
    rebuild_rollups: Callable[[CompanyId], int]
    forget_outlived_answers: Callable[[], int]
    write_down_sightings: Callable[[], int]
    operate_on_callers: Callable[[Sequence[OperateOnCaller]], Sequence[OperationDecision]]
    rehearse_on_callers: Callable[[Sequence[OperateOnCaller]], Sequence[OperationDecision]]
    list_left_alone: Callable[[ListLeftAlone], ContactPage]
    read_caller: Callable[[CompanyId, PhoneNumber], CallerRecord]
    keep_unclaimed: Callable[[UnclaimedSubmission], None]
    identify_lead_token: IdentifyLeadToken
    identify_api_key: IdentifyApiKey
    count_request: CountRequest
    counts_all_requests: bool
    list_leads: Callable[[ListLeads], ListedLeads]
    read_lead: Callable[[CompanyId, LeadId], Lead]
    read_lead_record: Callable[[CompanyId, LeadId], LeadRecord]
    change_lead: Callable[[ChangeLead], Lead]
    remove_lead: Callable[[RemoveLead], Lead]
    list_submissions: Callable[[ListSubmissions], ListedSubmissions]
    count_codes: Callable[[ListSubmissions], Mapping[str, int]]
    list_replays: Callable[[CompanyId, Collection[SubmissionId]], Mapping[SubmissionId, Sequence[Replay]]]
    follow_submissions: FollowSubmissions
    read_submission: Callable[[CompanyId, SubmissionId], SubmissionRecord]
    replay_submissions: Callable[[ReplaySubmissions, ReadKept], ReplayedSubmissions]
    prune_submissions: Callable[[], Mapping[KeptClass, int]]
    count_outlived_submissions: Callable[[], Mapping[KeptClass, int]]
    list_unclaimed: Callable[[], Sequence[UnclaimedSubmission]]
    read_unclaimed: Callable[[SubmissionId], UnclaimedSubmission]
    replay_unclaimed: Callable[[ReplayUnclaimed, ReadKept], Replayed]
    list_schedules: Callable[[CompanyId, Wanted], Page[Schedule]]
    read_schedule: Callable[[CompanyId, ScheduleId], Schedule]
    add_schedule: Callable[[CompanyId, ScheduleData], Schedule]
    change_schedule: Callable[[CompanyId, ScheduleId, ScheduleData], Schedule]
    list_offers: Callable[[CompanyId, Wanted], Page[Offer]]
    read_offer: Callable[[CompanyId, OfferId], Offer]
    add_offer: Callable[[CompanyId, OfferData], Offer]
    change_offer: Callable[[CompanyId, OfferId, OfferData], Offer]
    try_rules: Callable[[TryRules, ReadKept], Trial]
    list_traffic_sources: Callable[[CompanyId, Wanted], Page[TrafficSource]]
    read_traffic_source: Callable[[CompanyId, TrafficSourceId], TrafficSource]
    add_traffic_source: Callable[[CompanyId, TrafficSourceData], TrafficSource]
    change_traffic_source: Callable[[CompanyId, TrafficSourceId, TrafficSourceData], TrafficSource]
    list_contact_fields: Callable[[CompanyId, OfferId, Window], Page[ContactField]]
    read_contact_field: Callable[[CompanyId, OfferId, str], ContactField]
    add_contact_field: Callable[[CompanyId, OfferId, ContactFieldData], ContactField]
    change_contact_field: Callable[[CompanyId, OfferId, str, ContactFieldData], ContactField]
    remove_contact_field: Callable[[CompanyId, OfferId, str], ContactField]
    list_suppression_lists: Callable[[CompanyId, Wanted], Page[SuppressionList]]
    read_suppression_list: Callable[[CompanyId, SuppressionListId], SuppressionList]
    add_suppression_list: Callable[[CompanyId, SuppressionListData], SuppressionList]
    change_suppression_list: Callable[[CompanyId, SuppressionListId, SuppressionListData], SuppressionList]
    remove_suppression_list: Callable[[CompanyId, SuppressionListId], SuppressionList]
    list_suppressed_callers: Callable[[CompanyId, SuppressionListId, Window], Page[SuppressedCaller]]
    suppress_callers: Callable[[CompanyId, SuppressionListId, Sequence[str]], ChangedEntries]
    release_callers: Callable[[CompanyId, SuppressionListId, Sequence[str]], ChangedEntries]
    list_companies: Callable[[], Sequence[Company]]
    read_directory: Callable[[CompanyId], Directory]
    change_company: Callable[[CompanyId, CompanyData], Company]
    reveal_lead_tokens: Callable[[CompanyId, OwnerRef], Sequence[tuple[LeadTokenCredential, LeadTokenSecret]]]
    list_lead_tokens: Callable[[CompanyId, ListLeadTokens], Page[LeadTokenRecord]]
    read_lead_token: Callable[[CompanyId, LeadTokenId], LeadTokenRecord]
    reveal_lead_token: Callable[[CompanyId, LeadTokenId], LeadTokenRecord]
    add_lead_token: Callable[[CompanyId, OwnerRef, LeadTokenData], LeadTokenRecord]
    change_lead_token: Callable[[CompanyId, LeadTokenId, LeadTokenData], LeadTokenRecord]
    rotate_lead_token: RotateLeadToken
    revoke_lead_token: Callable[[CompanyId, LeadTokenId], LeadTokenRecord]
    leads_since: Callable[[LeadsSince], ListedLeadsSince]
    undo_wishes: Callable[[UndoWishes], UndoneWishes]
    list_api_keys: Callable[[CompanyId, Window], Page[ApiKeyRecord]]
    read_api_key: Callable[[CompanyId, ApiKeyId], ApiKeyRecord]
    add_api_key: AddApiKey
    revoke_api_key: Callable[[CompanyId, ApiKeyId], ApiKeyRecord]
    renew_credentials: RenewCredentials
    found_company: Callable[[FoundCompany], FoundedCompany]
    sign_in: Callable[[SignIn], User]
    resume_session: Callable[[Session], User | None]
    has_users: Callable[[], bool]
    list_users: Callable[[CompanyId, Window], Page[User]]
    read_user: Callable[[CompanyId, UserId], User]
    add_user: Callable[[CompanyId, NewUserData], AddedUser]
    change_user: Callable[[CompanyId, UserId, UserData], User]
    change_password: Callable[[ChangePassword], User]
    reset_password: Callable[[CompanyId, UserId, str | None], AddedUser]
    end_sessions: Callable[[CompanyId, UserId], User]
    reveal_to_user: Callable[[CompanyId, LeadTokenId, UserId], LeadTokenSecret]
    list_reveals: Callable[[CompanyId, LeadTokenId], Sequence[ShownReveal]]
    find_posting_page: Callable[[CompanyId, OwnerRef], PostingPage | None]
    switch_posting_page: SwitchPostingPage
    read_posting_page: Callable[[PostingPageId], PublishedOwner]
    watch_intake: Callable[[WatchIntake, ReadKept], WatchedIntake]
    list_consents: Callable[[CompanyId, LeadId], Sequence[Consent]]
    count_submissions: Callable[[CompanyId], int]
    erase_callers: EraseThem
    erase_again: Callable[[], int]
    list_erasures: Callable[[CompanyId, Window], Page[Erasure]]
    record_calls: Callable[[Sequence[RecordCall]], Sequence[Recording[Call]]]
    rehearse_calls: Callable[[Sequence[RecordCall]], Sequence[Recording[Call]]]
    list_calls: Callable[[ListCalls], Listed[Call]]
    read_call: Callable[[CompanyId, CallId], Call]
    correct_call: Callable[[CorrectCall], Recording[Call]]
    record_conversions: Callable[[Sequence[RecordConversion]], Sequence[Recording[Conversion]]]
    rehearse_conversions: Callable[[Sequence[RecordConversion]], Sequence[Recording[Conversion]]]
    list_conversions: Callable[[ListConversions], Listed[Conversion]]
    read_conversion: Callable[[CompanyId, ConversionId], Conversion]
    correct_conversion: Callable[[CorrectConversion], Recording[Conversion]]
    reverse_conversion: Callable[[ReverseConversion], Recording[Conversion]]
    watch_company: Callable[[CompanyId], Signals]
    recent_signals: Callable[[CompanyId], Signals]
    watch_sources: Callable[[CompanyId, Sequence[TrafficSourceId]], Mapping[TrafficSourceId, SourceActivity]]
    read_source_history: Callable[[CompanyId, TrafficSourceId], SourceHistory]
    rebuild: Callable[[], None]
    inspect: Callable[[], Sequence[Finding]]
    inspect_records: Callable[[], Sequence[Finding]]
    seal_events: Seal
    read_chain_heads: Callable[[Sequence[Company]], Sequence[ChainHead]]
    audit_events: Audit
    migrate: Callable[[], None]
    close: Callable[[], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Coalescing:
    """How requests share commits."""

    batch_size: int = 64
    leaders: int = 1
    wait_seconds: float = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Limiting:
    """What is limited; lead tokens bring limits of their own."""

    is_on: bool = True
    failures_per_minute: int = 60
    requests: RequestLimits = field(default_factory=RequestLimits)


def wire(
    ports: Ports,
    *,
    coalescing: Coalescing | None = None,
    retention: Retention | None = None,
    limiting: Limiting | None = None,
    migrate: Callable[[], None] = lambda: None,
    close: Callable[[], None] = lambda: None,
) -> Services:
    """Bind the use cases to these ports."""
    mint = Mint(keyring=ports.keyring, clock=ports.clock, new_id=ports.new_id, random_bytes=ports.random_bytes)
    enroll = partial(
        enroll_leads,
        unit_of_work=ports.unit_of_work,
        keyring=ports.keyring,
        clock=ports.clock,
        new_id=ports.new_id,
    )
    operate = partial(
        operate_on_callers,
        unit_of_work=ports.unit_of_work,
        keyring=ports.keyring,
        clock=ports.clock,
        new_id=ports.new_id,
    )
    prune = partial(
        prune_submissions,
        retention=retention or Retention(),
        installation=ports.installation,
        reading=ports.reading,
        unit_of_work=ports.unit_of_work,
        clock=ports.clock,
    )
    watch = partial(watch_company, installation=ports.installation, reading=ports.reading, clock=ports.clock)
    sightings = SightingBook(ports.clock)
    eraser = Eraser(
        unit_of_work=ports.unit_of_work,
        reading=ports.reading,
        installation=ports.installation,
        journal=ports.journal,
        keyring=ports.keyring,
        clock=ports.clock,
        new_id=ports.new_id,
    )
    record = partial(
        record_calls,
        unit_of_work=ports.unit_of_work,
        keyring=ports.keyring,
        clock=ports.clock,
        new_id=ports.new_id,
    )
    convert = partial(
        record_conversions,
        unit_of_work=ports.unit_of_work,
        keyring=ports.keyring,
        clock=ports.clock,
        new_id=ports.new_id,
    )
    how = coalescing or Coalescing()
    coalescer = Coalescer(enroll, batch_size=how.batch_size, leaders=how.leaders, wait_seconds=how.wait_seconds)
    limited = limiting or Limiting()
    leased = LeasedQuotas(
        partial(lease_quota, unit_of_work=ports.unit_of_work),
        partial(return_quota, unit_of_work=ports.unit_of_work),
        clock=ports.clock,
        wait_seconds=how.wait_seconds,
    )
    quotas = leased if limited.is_on else None
    brake, sign_in_brake = None, None
    if limited.is_on:
        sign_in_brake = GrowingDelays(ports.clock)
        brake = CountedFailures(LimitsRequestCounter(ports.clock), per_minute=limited.failures_per_minute)
    return Services(
        clock=ports.clock,
        new_id=ports.new_id,
        digest=ports.keyring.digest,
        digests=ports.keyring.digests,
        enroll_lead=partial(enroll_within_cap, enroll=coalescer.decide, quotas=quotas, clock=ports.clock),
        enroll_leads=partial(enroll_within_caps, enroll=enroll, quotas=quotas, clock=ports.clock),
        expire_due_leads=partial(
            expire_due_leads,
            installation=ports.installation,
            reading=ports.reading,
            unit_of_work=ports.unit_of_work,
            clock=ports.clock,
            new_id=ports.new_id,
        ),
        fold_rollups=partial(
            fold_rollups,
            installation=ports.installation,
            unit_of_work=ports.unit_of_work,
        ),
        inspect_rollups=partial(inspect_rollups, installation=ports.installation, reading=ports.reading),
        rebuild_rollups=partial(rebuild_rollups, unit_of_work=ports.unit_of_work),
        report_attribution=partial(report_attribution, reading=ports.reading, clock=ports.clock),
        forget_outlived_answers=partial(
            forget_outlived_answers,
            installation=ports.installation,
            unit_of_work=ports.unit_of_work,
            clock=ports.clock,
        ),
        write_down_sightings=partial(
            write_down_sightings, sightings=sightings, unit_of_work=ports.unit_of_work, new_id=ports.new_id
        ),
        operate_on_callers=operate,
        rehearse_on_callers=partial(operate, is_rehearsal=True),
        list_left_alone=partial(list_left_alone, reading=ports.reading),
        read_caller=partial(read_caller, reading=ports.reading, clock=ports.clock),
        keep_unclaimed=Sampled(
            partial(keep_unclaimed, installation=ports.installation),
            per_minute=_UNCLAIMED_PER_MINUTE,
            clock=ports.clock,
        ),
        identify_lead_token=partial(
            identify_lead_token,
            installation=ports.installation,
            keyring=ports.keyring,
            clock=ports.clock,
            sightings=sightings,
            brake=brake,
        ),
        identify_api_key=partial(
            identify_api_key,
            installation=ports.installation,
            keyring=ports.keyring,
            sightings=sightings,
            brake=brake,
        ),
        count_request=partial(
            count_request,
            limits=limited.requests,
            counter=LimitsRequestCounter(ports.clock) if limited.is_on else None,
        ),
        counts_all_requests=limited.is_on and limited.requests != RequestLimits(),
        list_leads=partial(list_leads, reading=ports.reading, clock=ports.clock),
        read_lead=partial(read_lead, reading=ports.reading, clock=ports.clock),
        read_lead_record=partial(read_lead_record, reading=ports.reading, clock=ports.clock),
        change_lead=partial(change_lead, unit_of_work=ports.unit_of_work, clock=ports.clock, new_id=ports.new_id),
        remove_lead=partial(remove_lead, unit_of_work=ports.unit_of_work, clock=ports.clock, new_id=ports.new_id),
        list_submissions=partial(list_submissions, reading=ports.reading),
        count_codes=partial(count_codes, reading=ports.reading),
        list_replays=partial(list_replays, reading=ports.reading),
        follow_submissions=partial(follow_submissions, reading=ports.reading),
        read_submission=partial(read_submission, reading=ports.reading),
        replay_submissions=partial(
            replay_submissions,
            reading=ports.reading,
            unit_of_work=ports.unit_of_work,
            keyring=ports.keyring,
            clock=ports.clock,
            new_id=ports.new_id,
        ),
        prune_submissions=prune,
        count_outlived_submissions=partial(prune, is_dry_run=True),
        list_unclaimed=partial(list_unclaimed, installation=ports.installation),
        read_unclaimed=partial(read_unclaimed, installation=ports.installation),
        replay_unclaimed=partial(
            replay_unclaimed,
            installation=ports.installation,
            unit_of_work=ports.unit_of_work,
            keyring=ports.keyring,
            clock=ports.clock,
            new_id=ports.new_id,
        ),
        list_schedules=partial(list_schedules, reading=ports.reading),
        read_schedule=partial(read_schedule, reading=ports.reading),
        add_schedule=partial(add_schedule, unit_of_work=ports.unit_of_work, clock=ports.clock, mint=mint),
        change_schedule=partial(change_schedule, unit_of_work=ports.unit_of_work, clock=ports.clock),
        list_offers=partial(list_offers, reading=ports.reading),
        read_offer=partial(read_offer, reading=ports.reading),
        add_offer=partial(add_offer, unit_of_work=ports.unit_of_work, clock=ports.clock, mint=mint),
        change_offer=partial(change_offer, unit_of_work=ports.unit_of_work, clock=ports.clock),
        try_rules=partial(try_rules, reading=ports.reading, clock=ports.clock, new_id=ports.new_id),
        list_traffic_sources=partial(list_traffic_sources, reading=ports.reading),
        read_traffic_source=partial(read_traffic_source, reading=ports.reading),
        add_traffic_source=partial(add_traffic_source, unit_of_work=ports.unit_of_work, clock=ports.clock),
        change_traffic_source=partial(change_traffic_source, unit_of_work=ports.unit_of_work, clock=ports.clock),
        list_contact_fields=partial(list_contact_fields, reading=ports.reading),
        read_contact_field=partial(read_contact_field, reading=ports.reading),
        add_contact_field=partial(add_contact_field, unit_of_work=ports.unit_of_work),
        change_contact_field=partial(change_contact_field, unit_of_work=ports.unit_of_work),
        remove_contact_field=partial(remove_contact_field, unit_of_work=ports.unit_of_work),
        list_suppression_lists=partial(list_suppression_lists, reading=ports.reading),
        read_suppression_list=partial(read_suppression_list, reading=ports.reading),
        add_suppression_list=partial(add_suppression_list, unit_of_work=ports.unit_of_work),
        change_suppression_list=partial(change_suppression_list, unit_of_work=ports.unit_of_work),
        remove_suppression_list=partial(remove_suppression_list, unit_of_work=ports.unit_of_work),
        list_suppressed_callers=partial(list_suppressed_callers, reading=ports.reading),
        suppress_callers=partial(suppress_callers, unit_of_work=ports.unit_of_work, clock=ports.clock),
        release_callers=partial(release_callers, unit_of_work=ports.unit_of_work),
        list_companies=partial(list_companies, installation=ports.installation),
        read_directory=partial(read_directory, reading=ports.reading),
        change_company=partial(change_company, unit_of_work=ports.unit_of_work),
        reveal_lead_tokens=partial(reveal_lead_tokens, reading=ports.reading, mint=mint),
        list_lead_tokens=partial(list_lead_tokens, reading=ports.reading, clock=ports.clock),
        read_lead_token=partial(read_lead_token, reading=ports.reading, clock=ports.clock),
        reveal_lead_token=partial(reveal_lead_token, reading=ports.reading, clock=ports.clock, mint=mint),
        add_lead_token=partial(add_lead_token, unit_of_work=ports.unit_of_work, mint=mint),
        change_lead_token=partial(change_lead_token, unit_of_work=ports.unit_of_work, clock=ports.clock),
        rotate_lead_token=partial(rotate_lead_token, unit_of_work=ports.unit_of_work, clock=ports.clock, mint=mint),
        revoke_lead_token=partial(revoke_lead_token, unit_of_work=ports.unit_of_work, clock=ports.clock),
        leads_since=partial(leads_since, reading=ports.reading),
        undo_wishes=partial(
            undo_wishes,
            reading=ports.reading,
            unit_of_work=ports.unit_of_work,
            clock=ports.clock,
            new_id=ports.new_id,
        ),
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
        found_company=partial(
            found_company,
            installation=ports.installation,
            unit_of_work=ports.unit_of_work,
            passwords=ports.passwords,
            mint=mint,
        ),
        sign_in=partial(
            sign_in,
            installation=ports.installation,
            unit_of_work=ports.unit_of_work,
            passwords=ports.passwords,
            clock=ports.clock,
            brake=sign_in_brake,
        ),
        resume_session=partial(resume_session, reading=ports.reading),
        has_users=partial(has_users, installation=ports.installation),
        list_users=partial(list_users, reading=ports.reading),
        read_user=partial(read_user, reading=ports.reading),
        add_user=partial(add_user, unit_of_work=ports.unit_of_work, passwords=ports.passwords, mint=mint),
        change_user=partial(change_user, unit_of_work=ports.unit_of_work, clock=ports.clock),
        change_password=partial(
            change_password,
            reading=ports.reading,
            unit_of_work=ports.unit_of_work,
            passwords=ports.passwords,
            brake=sign_in_brake,
        ),
        reset_password=partial(
            reset_password,
            reading=ports.reading,
            unit_of_work=ports.unit_of_work,
            passwords=ports.passwords,
            mint=mint,
        ),
        end_sessions=partial(end_sessions, unit_of_work=ports.unit_of_work),
        reveal_to_user=partial(reveal_to_user, unit_of_work=ports.unit_of_work, mint=mint),
        list_reveals=partial(list_reveals, reading=ports.reading),
        find_posting_page=partial(find_posting_page, reading=ports.reading),
        switch_posting_page=partial(switch_posting_page, unit_of_work=ports.unit_of_work, mint=mint),
        read_posting_page=partial(read_posting_page, installation=ports.installation, reading=ports.reading),
        watch_intake=partial(watch_intake, reading=ports.reading),
        list_consents=partial(list_consents, reading=ports.reading),
        count_submissions=partial(count_submissions, reading=ports.reading),
        erase_callers=partial(erase_callers, eraser=eraser),
        erase_again=partial(erase_again, eraser=eraser),
        list_erasures=partial(list_erasures, reading=ports.reading),
        record_calls=record,
        rehearse_calls=partial(record, is_rehearsal=True),
        list_calls=partial(list_calls, reading=ports.reading),
        read_call=partial(read_call, reading=ports.reading),
        correct_call=partial(correct_call, unit_of_work=ports.unit_of_work, clock=ports.clock, new_id=ports.new_id),
        record_conversions=convert,
        rehearse_conversions=partial(convert, is_rehearsal=True),
        list_conversions=partial(list_conversions, reading=ports.reading),
        read_conversion=partial(read_conversion, reading=ports.reading),
        correct_conversion=partial(
            correct_conversion, unit_of_work=ports.unit_of_work, clock=ports.clock, new_id=ports.new_id
        ),
        reverse_conversion=partial(
            reverse_conversion, unit_of_work=ports.unit_of_work, clock=ports.clock, new_id=ports.new_id
        ),
        watch_company=watch,
        recent_signals=RecentSignals(watch, ports.clock),
        watch_sources=partial(watch_sources, reading=ports.reading, clock=ports.clock),
        read_source_history=partial(read_source_history, reading=ports.reading, clock=ports.clock),
        rebuild=ports.installation.rebuild,
        inspect=ports.installation.inspect,
        inspect_records=partial(
            inspect_records,
            installation=ports.installation,
            reading=ports.reading,
            mint=mint,
            clock=ports.clock,
            cannot_open=CannotOpen,
        ),
        seal_events=partial(
            seal_events,
            installation=ports.installation,
            reading=ports.reading,
            unit_of_work=ports.unit_of_work,
            clock=ports.clock,
            random_bytes=ports.random_bytes,
            holder=ports.random_bytes(8).hex(),
        ),
        read_chain_heads=partial(read_chain_heads, reading=ports.reading),
        audit_events=partial(audit_events, installation=ports.installation, reading=ports.reading, clock=ports.clock),
        migrate=migrate,
        close=partial(_close_in_order, leased.put_all_back, close),
    )


def _close_in_order(*steps: Callable[[], None]) -> None:
    for step in steps:
        step()


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
        keyring=SecretKeyring(settings.secret_key, previous=settings.previous_secret_keys),
        passwords=Argon2Passwords(),
        journal=FileErasureJournal(settings.data_dir),
    )
    return wire(
        ports,
        coalescing=Coalescing(
            batch_size=settings.batch_size,
            leaders=settings.batch_leaders,
            wait_seconds=settings.commit_wait_seconds,
        ),
        retention=Retention(
            accepted=timedelta(days=settings.keep_accepted_days),
            refused=timedelta(days=settings.keep_refused_days),
            without_caller=timedelta(days=settings.keep_callerless_days),
            unclaimed=timedelta(days=settings.keep_unclaimed_days),
        ),
        limiting=Limiting(
            is_on=settings.rate_limits,
            failures_per_minute=settings.failed_credentials_per_minute,
            requests=RequestLimits(
                per_address=settings.requests_per_minute_per_address,
                per_company=settings.requests_per_minute_per_company,
            ),
        ),
        migrate=store.migrate,
        close=store.close,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class InMemory:
    """An installation in memory: its use cases, and its store for those who look at what is kept.

    Shape: while `outage` is set the use cases cannot reach the store, as when a database is away; who looks can.
    """

    services: Services
    store: MemoryStore = field(repr=False)
    outage: Event = field(repr=False)


def build_in_memory(*, clock: Clock, secret_key: str, limiting: Limiting | None = None) -> InMemory:
    """Make the services of an installation that is empty, keeps everything in memory and ends with its last user.

    Credentials are random, and the same each time for the same secret key. Nothing is remembered of look-ups: what
    is revoked or changed is so at once, and password hashing is cheap.
    """
    store, outage = MemoryStore(), Event()
    ports = Ports(
        unit_of_work=partial(_unless_away, outage, store.unit_of_work),
        reading=partial(_unless_away, outage, store.reading),
        installation=store.installation,
        keyring=SecretKeyring(secret_key),
        passwords=cheap_passwords(),
        clock=clock,
        new_id=IdsInOrder(clock),
        random_bytes=BytesAgain(secret_key.encode()),
    )
    return InMemory(services=wire(ports, limiting=limiting), store=store, outage=outage)


def _unless_away(outage: Event, begin: UnitOfWorkFactory, company_id: CompanyId) -> AbstractContextManager[UnitOfWork]:
    if outage.is_set():
        raise Unavailable
    return begin(company_id)


def back_up(
    settings: Settings, file: Path, *, replaces: bool = False, advance: Callable[[int, int], None] = lambda *_: None
) -> Archived:
    """Write a backup of the installation's database to a file, while it is used.

    Raises: ArchiveError: it cannot be made, and what to do.
    """
    return _archive(settings).back_up(file, replaces=replaces, advance=advance)


def restore(
    settings: Settings, file: Path, *, replaces: bool = False, advance: Callable[[int, int], None] = lambda *_: None
) -> tuple[Archived, int]:
    """Put a backup in the place of the installation's database, and do the erasures of its journal again.

    Returns: What is there now, and how many erasures the journal names.
    Raises: ArchiveError: it cannot be put back, and what to do.
    """
    archive = _archive(settings)
    keyring = SecretKeyring(settings.secret_key, previous=settings.previous_secret_keys)

    def opens(sealed: bytes, token_id: bytes) -> None:
        try:
            keyring.open(sealed, bound_to=token_id)
        except CannotOpen as error:
            message = (
                "its lead tokens do not open with this secret key: set LEADINTAKE_SECRET_KEY to the one of the "
                "installation that was backed up"
            )
            raise ArchiveError(message) from error

    with archive.restoring(file, replaces=replaces, opens=opens, advance=advance) as url:
        services = build(dataclasses.replace(settings, database_url=url))
        try:
            services.migrate()
            erased = services.erase_again()
            services.rebuild()
        finally:
            services.close()
    return archive.contents(), erased


def _archive(settings: Settings) -> SqliteArchive | PostgresqlArchive:
    # Imported here, as in `build`.
    from leadintake.adapters.sql.postgresql_archive import PostgresqlArchive  # noqa: PLC0415 - see above
    from leadintake.adapters.sql.sqlite_archive import SqliteArchive  # noqa: PLC0415 - see above

    if settings.sqlite_path is not None:
        return SqliteArchive(settings.sqlite_path)
    return PostgresqlArchive(settings.database_url)


def limits_of(settings: Settings) -> Limits:
    """Return how much one submission may hold in this installation."""
    return Limits(
        max_tokens=settings.max_tokens,
        max_value_chars=settings.max_token_chars,
        max_depth=settings.max_depth,
        max_body_bytes=settings.max_body_bytes,
    )
