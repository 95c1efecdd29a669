"""One transaction inside one company, in memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadintake.adapters.memory.chain import MemoryChain
from leadintake.adapters.memory.contacts import MemoryContacts
from leadintake.adapters.memory.credentials import MemoryCredentialLog
from leadintake.adapters.memory.directory import MemoryDirectory
from leadintake.adapters.memory.erasures import MemoryConsents, MemoryErasures
from leadintake.adapters.memory.idempotency import MemoryIdempotency
from leadintake.adapters.memory.leads import MemoryLeads
from leadintake.adapters.memory.ledgers import MemoryEvents, MemorySubmissions
from leadintake.adapters.memory.quotas import MemoryQuotas
from leadintake.adapters.memory.recorded import MemoryCalls, MemoryConversions
from leadintake.adapters.memory.rollups import MemoryRollups
from leadintake.adapters.memory.suppression import MemorySuppression

if TYPE_CHECKING:
    from leadintake.adapters.memory.transaction import Transaction


class MemoryUnitOfWork:
    """`UnitOfWork` in memory. It ends with its commit: what comes after needs a unit of its own."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction
        self._directory = MemoryDirectory(transaction)
        self._contacts = MemoryContacts(transaction)
        self._leads = MemoryLeads(transaction)
        self._events = MemoryEvents(transaction)
        self._chain = MemoryChain(transaction)
        self._submissions = MemorySubmissions(transaction)
        self._suppression = MemorySuppression(transaction)
        self._idempotency = MemoryIdempotency(transaction)
        self._quotas = MemoryQuotas(transaction)
        self._credentials = MemoryCredentialLog(transaction)
        self._consents = MemoryConsents(transaction)
        self._erasures = MemoryErasures(transaction)
        self._rollups = MemoryRollups(transaction)
        self._calls = MemoryCalls(transaction)
        self._conversions = MemoryConversions(transaction)

    @property
    def directory(self) -> MemoryDirectory:
        """Return what the company has set up."""
        return self._directory

    @property
    def contacts(self) -> MemoryContacts:
        """Return the company's callers."""
        return self._contacts

    @property
    def leads(self) -> MemoryLeads:
        """Return the company's leads."""
        return self._leads

    @property
    def events(self) -> MemoryEvents:
        """Return the company's facts."""
        return self._events

    @property
    def chain(self) -> MemoryChain:
        """Return the segments of the company's facts."""
        return self._chain

    @property
    def submissions(self) -> MemorySubmissions:
        """Return the company's submissions."""
        return self._submissions

    @property
    def suppression(self) -> MemorySuppression:
        """Return who is on the company's suppression lists."""
        return self._suppression

    @property
    def idempotency(self) -> MemoryIdempotency:
        """Return the answers that stand for idempotency keys."""
        return self._idempotency

    @property
    def quotas(self) -> MemoryQuotas:
        """Return how much of the daily caps is leased out."""
        return self._quotas

    @property
    def credentials(self) -> MemoryCredentialLog:
        """Return how the company's credentials are used."""
        return self._credentials

    @property
    def consents(self) -> MemoryConsents:
        """Return the evidence of consent."""
        return self._consents

    @property
    def erasures(self) -> MemoryErasures:
        """Return who was erased."""
        return self._erasures

    @property
    def rollups(self) -> MemoryRollups:
        """Return what is counted."""
        return self._rollups

    @property
    def calls(self) -> MemoryCalls:
        """Return the calls that were recorded."""
        return self._calls

    @property
    def conversions(self) -> MemoryConversions:
        """Return the conversions that were recorded."""
        return self._conversions

    def commit(self) -> None:
        """Make everything visible to others, all or nothing."""
        self._transaction.commit()
