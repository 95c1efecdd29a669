"""One transaction inside one company."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Protocol, TypeAlias

from leadintake.domain.company import CompanyId

if TYPE_CHECKING:
    from leadintake.domain.ports.contacts import ContactRepository
    from leadintake.domain.ports.credentials import CredentialLog
    from leadintake.domain.ports.directory import DirectoryRepository
    from leadintake.domain.ports.erasures import ConsentLog, ErasureLog
    from leadintake.domain.ports.events import EventChain, EventLog
    from leadintake.domain.ports.idempotency import IdempotencyLedger
    from leadintake.domain.ports.leads import LeadRepository
    from leadintake.domain.ports.limits import QuotaRepository
    from leadintake.domain.ports.recorded import CallRepository, ConversionRepository
    from leadintake.domain.ports.rollups import RollupRepository
    from leadintake.domain.ports.submissions import SubmissionLedger
    from leadintake.domain.ports.suppression import SuppressionRepository


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


UnitOfWorkFactory: TypeAlias = Callable[[CompanyId], AbstractContextManager[UnitOfWork]]
"""Begin a unit of work in a company. Raises: Unavailable: the store cannot be reached.

A store has two: one whose units may write, and one whose units only read and never wait for a writer.
"""
