"""What the use cases need from outside, in the domain's words.

A unit of work is one transaction inside one company. Leaving it without `commit` forgets everything. Whoever
claims a caller holds that caller until the unit ends; everybody else who wants the same caller waits.

Everything is imported from here; each module is one subject:

    machine         the time, identifiers, and what nobody can guess
    unit_of_work    one transaction, and the repositories in it
    directory       what a company has set up
    contacts        callers
    leads           leads, and how they are searched
    suppression     who is on suppression lists
    submissions     the ledger of submissions, and their replays
    idempotency     what repeats of a request are answered with
    events          facts, and the chain that they are sealed in
    erasures        evidence of consent, and who was erased
    recorded        calls and conversions
    rollups         what is counted, and reports of it
    credentials     how credentials are kept, and what is noted of their use
    limits          brakes, and the daily caps
    installation    what lies above the companies
"""

from __future__ import annotations

from leadintake.domain.ports.contacts import ContactPage, ContactRepository
from leadintake.domain.ports.credentials import CredentialLog, Keyring, Leak, PasswordHasher, Sighted, Sightings
from leadintake.domain.ports.directory import DirectoryRepository
from leadintake.domain.ports.erasures import ConsentLog, ErasureJournal, ErasureLog, ErasurePage, JournalEntry
from leadintake.domain.ports.events import EventChain, EventLog, EventsToSeal, Horizon, UnsealedPage
from leadintake.domain.ports.idempotency import IdempotencyLedger
from leadintake.domain.ports.installation import Finding, Installation
from leadintake.domain.ports.leads import LeadFilter, LeadPage, LeadRepository
from leadintake.domain.ports.limits import Client, GuessingBrake, QuotaRepository, Quotas, RequestCounter, SignInBrake
from leadintake.domain.ports.machine import Clock, NewId, RandomBytes
from leadintake.domain.ports.recorded import (
    CallFilter,
    CallPage,
    CallRepository,
    ConversionFilter,
    ConversionPage,
    ConversionRepository,
    StampFilter,
)
from leadintake.domain.ports.rollups import RollupRepository
from leadintake.domain.ports.submissions import (
    MOST_COUNTED,
    SubmissionFilter,
    SubmissionLedger,
    SubmissionPage,
    SubmissionScan,
)
from leadintake.domain.ports.suppression import SuppressionPage, SuppressionRepository
from leadintake.domain.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory

__all__ = [
    "MOST_COUNTED",
    "CallFilter",
    "CallPage",
    "CallRepository",
    "Client",
    "Clock",
    "ConsentLog",
    "ContactPage",
    "ContactRepository",
    "ConversionFilter",
    "ConversionPage",
    "ConversionRepository",
    "CredentialLog",
    "DirectoryRepository",
    "ErasureJournal",
    "ErasureLog",
    "ErasurePage",
    "EventChain",
    "EventLog",
    "EventsToSeal",
    "Finding",
    "GuessingBrake",
    "Horizon",
    "IdempotencyLedger",
    "Installation",
    "JournalEntry",
    "Keyring",
    "LeadFilter",
    "LeadPage",
    "LeadRepository",
    "Leak",
    "NewId",
    "PasswordHasher",
    "QuotaRepository",
    "Quotas",
    "RandomBytes",
    "RequestCounter",
    "RollupRepository",
    "Sighted",
    "Sightings",
    "SignInBrake",
    "StampFilter",
    "SubmissionFilter",
    "SubmissionLedger",
    "SubmissionPage",
    "SubmissionScan",
    "SuppressionPage",
    "SuppressionRepository",
    "UnitOfWork",
    "UnitOfWorkFactory",
    "UnsealedPage",
]
