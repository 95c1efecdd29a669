"""The composition root: the only place that knows which adapter stands behind which port.

`wire` binds the use cases to any ports; `build` makes the ports that the settings name. Nothing connects before
the first use.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Protocol

from leadintake.adapters.archived import Archived, ArchiveError
from leadintake.adapters.coalescer import Coalescer
from leadintake.adapters.erasure_journal import FileErasureJournal, MemoryErasureJournal
from leadintake.adapters.keyring import CannotOpen
from leadintake.adapters.keyring import Keyring as SecretKeyring
from leadintake.adapters.memoised_installation import MemoisedInstallation
from leadintake.adapters.passwords import Argon2Passwords
from leadintake.adapters.sampling import Sampled
from leadintake.adapters.system import new_id, random_bytes, utc_now
from leadintake.domain.minting import Mint
from leadintake.domain.parameters import Limits
from leadintake.domain.use_cases.change_lead import change_lead, remove_lead
from leadintake.domain.use_cases.enroll_leads import enroll_leads
from leadintake.domain.use_cases.erase_callers import (
    Eraser,
    count_submissions,
    erase_again,
    erase_callers,
    list_erasures,
)
from leadintake.domain.use_cases.expire_due_leads import expire_due_leads
from leadintake.domain.use_cases.forget_answers import forget_outlived_answers
from leadintake.domain.use_cases.found_company import found_company
from leadintake.domain.use_cases.identify_sender import identify_api_key, identify_lead_token
from leadintake.domain.use_cases.inspect_records import inspect_records
from leadintake.domain.use_cases.keep_unclaimed import keep_unclaimed
from leadintake.domain.use_cases.manage_contact_fields import (
    add_contact_field,
    change_contact_field,
    list_contact_fields,
    read_contact_field,
    remove_contact_field,
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
from leadintake.domain.use_cases.operate_on_callers import operate_on_callers
from leadintake.domain.use_cases.read_callers import list_left_alone, read_caller
from leadintake.domain.use_cases.read_consents import list_consents
from leadintake.domain.use_cases.read_directory import list_companies, read_directory, reveal_lead_tokens
from leadintake.domain.use_cases.read_leads import list_leads, read_lead
from leadintake.domain.use_cases.read_submissions import list_submissions, read_submission

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from leadintake.adapters.sql.postgresql_archive import PostgresqlArchive
    from leadintake.adapters.sql.sqlite_archive import SqliteArchive
    from leadintake.config import Settings
    from leadintake.domain.attribution import TrafficSource, TrafficSourceId
    from leadintake.domain.claims import EnrollLead
    from leadintake.domain.company import Company, CompanyId
    from leadintake.domain.consent import Consent
    from leadintake.domain.contact_field import ContactField
    from leadintake.domain.credential import ApiKey, LeadTokenCredential, LeadTokenSecret
    from leadintake.domain.directory import Directory
    from leadintake.domain.enrollment import Decision
    from leadintake.domain.erasure import Erasure
    from leadintake.domain.lead import Lead, LeadId
    from leadintake.domain.operations import OperateOnCaller, OperationDecision
    from leadintake.domain.owner import Offer, OfferId, OwnerKind, OwnerRef, Schedule, ScheduleId
    from leadintake.domain.phone import PhoneNumber
    from leadintake.domain.ports import (
        Clock,
        ContactPage,
        ErasureJournal,
        Finding,
        Installation,
        Keyring,
        NewId,
        PasswordHasher,
        RandomBytes,
        UnitOfWorkFactory,
    )
    from leadintake.domain.submission import Submission, SubmissionId, UnclaimedSubmission
    from leadintake.domain.suppression import SuppressedCaller, SuppressionList, SuppressionListId
    from leadintake.domain.use_cases.change_lead import ChangeLead, RemoveLead
    from leadintake.domain.use_cases.erase_callers import EraseCallers, ErasedPerson
    from leadintake.domain.use_cases.found_company import FoundCompany, FoundedCompany
    from leadintake.domain.use_cases.identify_sender import Sender
    from leadintake.domain.use_cases.manage_contact_fields import ContactFieldData
    from leadintake.domain.use_cases.manage_offers import OfferData
    from leadintake.domain.use_cases.manage_schedules import ScheduleData
    from leadintake.domain.use_cases.manage_suppression_lists import ChangedEntries, SuppressionListData
    from leadintake.domain.use_cases.manage_traffic_sources import TrafficSourceData
    from leadintake.domain.use_cases.paging import Page, Wanted, Window
    from leadintake.domain.use_cases.read_callers import CallerRecord, ListLeftAlone
    from leadintake.domain.use_cases.read_leads import ListedLeads, ListLeads
    from leadintake.domain.use_cases.read_submissions import ListedSubmissions, ListSubmissions

_UNCLAIMED_PER_MINUTE = 60

__all__ = [
    "ArchiveError",
    "Archived",
    "CannotOpen",
    "Coalescing",
    "IdentifyApiKey",
    "IdentifyLeadToken",
    "Ports",
    "Services",
    "back_up",
    "build",
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

    def __call__(self, private: str, *, public: str | None) -> ApiKey:
        """Return what is kept of the key."""


class EraseThem(Protocol):
    """`erase_callers` with its ports bound."""

    def __call__(
        self, command: EraseCallers, *, advance: Callable[[int], None] = lambda _count: None
    ) -> Sequence[ErasedPerson]:
        """Destroy all that a company keeps of these callers."""


class IdentifyLeadToken(Protocol):
    """`identify_lead_token` with its ports bound."""

    def __call__(self, secret: str, *, kind: OwnerKind | None) -> Sender:
        """Return whom the token leads to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """The use cases, ready to call; entrypoints know nothing else of the inside."""

    clock: Clock
    new_id: NewId
    digest: Callable[[str, bytes], bytes]
    enroll_lead: Callable[[EnrollLead], Decision]
    enroll_leads: Callable[[Sequence[EnrollLead]], Sequence[Decision]]
    expire_due_leads: Callable[[], int]
    forget_outlived_answers: Callable[[], int]
    operate_on_callers: Callable[[Sequence[OperateOnCaller]], Sequence[OperationDecision]]
    rehearse_on_callers: Callable[[Sequence[OperateOnCaller]], Sequence[OperationDecision]]
    list_left_alone: Callable[[ListLeftAlone], ContactPage]
    read_caller: Callable[[CompanyId, PhoneNumber], CallerRecord]
    keep_unclaimed: Callable[[UnclaimedSubmission], None]
    identify_lead_token: IdentifyLeadToken
    identify_api_key: IdentifyApiKey
    list_leads: Callable[[ListLeads], ListedLeads]
    read_lead: Callable[[CompanyId, LeadId], Lead]
    change_lead: Callable[[ChangeLead], Lead]
    remove_lead: Callable[[RemoveLead], Lead]
    list_submissions: Callable[[ListSubmissions], ListedSubmissions]
    read_submission: Callable[[CompanyId, SubmissionId], Submission]
    list_schedules: Callable[[CompanyId, Wanted], Page[Schedule]]
    read_schedule: Callable[[CompanyId, ScheduleId], Schedule]
    add_schedule: Callable[[CompanyId, ScheduleData], Schedule]
    change_schedule: Callable[[CompanyId, ScheduleId, ScheduleData], Schedule]
    list_offers: Callable[[CompanyId, Wanted], Page[Offer]]
    read_offer: Callable[[CompanyId, OfferId], Offer]
    add_offer: Callable[[CompanyId, OfferData], Offer]
    change_offer: Callable[[CompanyId, OfferId, OfferData], Offer]
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
    reveal_lead_tokens: Callable[[CompanyId, OwnerRef], Sequence[tuple[LeadTokenCredential, LeadTokenSecret]]]
    found_company: Callable[[FoundCompany], FoundedCompany]
    list_consents: Callable[[CompanyId, LeadId], Sequence[Consent]]
    count_submissions: Callable[[CompanyId], int]
    erase_callers: EraseThem
    erase_again: Callable[[], int]
    list_erasures: Callable[[CompanyId, Window], Page[Erasure]]
    rebuild: Callable[[], None]
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
    eraser = Eraser(
        unit_of_work=ports.unit_of_work,
        reading=ports.reading,
        installation=ports.installation,
        journal=ports.journal,
        keyring=ports.keyring,
        clock=ports.clock,
        new_id=ports.new_id,
    )
    how = coalescing or Coalescing()
    coalescer = Coalescer(enroll, batch_size=how.batch_size, leaders=how.leaders, wait_seconds=how.wait_seconds)
    return Services(
        clock=ports.clock,
        new_id=ports.new_id,
        digest=ports.keyring.digest,
        enroll_lead=coalescer.decide,
        enroll_leads=enroll,
        expire_due_leads=partial(
            expire_due_leads,
            installation=ports.installation,
            reading=ports.reading,
            unit_of_work=ports.unit_of_work,
            clock=ports.clock,
            new_id=ports.new_id,
        ),
        forget_outlived_answers=partial(
            forget_outlived_answers,
            installation=ports.installation,
            unit_of_work=ports.unit_of_work,
            clock=ports.clock,
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
        identify_lead_token=partial(identify_lead_token, installation=ports.installation, keyring=ports.keyring),
        identify_api_key=partial(identify_api_key, installation=ports.installation, keyring=ports.keyring),
        list_leads=partial(list_leads, reading=ports.reading, clock=ports.clock),
        read_lead=partial(read_lead, reading=ports.reading, clock=ports.clock),
        change_lead=partial(change_lead, unit_of_work=ports.unit_of_work, clock=ports.clock, new_id=ports.new_id),
        remove_lead=partial(remove_lead, unit_of_work=ports.unit_of_work, clock=ports.clock, new_id=ports.new_id),
        list_submissions=partial(list_submissions, reading=ports.reading),
        read_submission=partial(read_submission, reading=ports.reading),
        list_schedules=partial(list_schedules, reading=ports.reading),
        read_schedule=partial(read_schedule, reading=ports.reading),
        add_schedule=partial(add_schedule, unit_of_work=ports.unit_of_work, clock=ports.clock, mint=mint),
        change_schedule=partial(change_schedule, unit_of_work=ports.unit_of_work, clock=ports.clock),
        list_offers=partial(list_offers, reading=ports.reading),
        read_offer=partial(read_offer, reading=ports.reading),
        add_offer=partial(add_offer, unit_of_work=ports.unit_of_work, clock=ports.clock, mint=mint),
        change_offer=partial(change_offer, unit_of_work=ports.unit_of_work, clock=ports.clock),
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
        reveal_lead_tokens=partial(reveal_lead_tokens, reading=ports.reading, mint=mint),
        found_company=partial(
            found_company,
            installation=ports.installation,
            unit_of_work=ports.unit_of_work,
            passwords=ports.passwords,
            mint=mint,
        ),
        list_consents=partial(list_consents, reading=ports.reading),
        count_submissions=partial(count_submissions, reading=ports.reading),
        erase_callers=partial(erase_callers, eraser=eraser),
        erase_again=partial(erase_again, eraser=eraser),
        list_erasures=partial(list_erasures, reading=ports.reading),
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
        journal=FileErasureJournal(settings.data_dir),
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
    archive, keyring = _archive(settings), SecretKeyring(settings.secret_key)

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
