"""The memory adapters keep every port's contract."""

from __future__ import annotations

import pytest

from leadintake.adapters.memory.store import MemoryStore

from tests.contracts.chain import ChainContract, InterleavingContract
from tests.contracts.contact_fields import ContactFieldContract
from tests.contracts.contacts import ContactContract
from tests.contracts.credentials import CredentialLogContract
from tests.contracts.directory import DirectoryContract
from tests.contracts.erasures import ConsentContract, ErasureContract
from tests.contracts.events import EventContract
from tests.contracts.idempotency import IdempotencyContract
from tests.contracts.installation import InstallationContract
from tests.contracts.leads import LeadContract
from tests.contracts.people import PostingPageContract, RevealContract, UserContract
from tests.contracts.quotas import QuotaContract
from tests.contracts.recorded import CallContract, ConversionContract
from tests.contracts.rollups import RollupContract
from tests.contracts.store import PATIENCE_SECONDS
from tests.contracts.submissions import SubmissionContract
from tests.contracts.suppression import SuppressionContract
from tests.contracts.unit_of_work import CompaniesApartContract, UnitOfWorkContract
from tests.support.tampering import MemoryTampering


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore(wait_seconds=PATIENCE_SECONDS)


@pytest.fixture
def impatient_store() -> MemoryStore:
    return MemoryStore(wait_seconds=0.01)


@pytest.fixture
def twin_store(store: MemoryStore) -> MemoryStore:
    return store


@pytest.fixture
def empty_store(store: MemoryStore) -> MemoryStore:
    return store


@pytest.fixture
def tampering(store: MemoryStore) -> MemoryTampering:
    return MemoryTampering(store)


class TestMemoryUnitOfWork(UnitOfWorkContract):
    pass


class TestMemoryCompaniesApart(CompaniesApartContract):
    pass


class TestMemoryContacts(ContactContract):
    pass


class TestMemoryLeads(LeadContract):
    pass


class TestMemoryEvents(EventContract):
    pass


class TestMemoryCalls(CallContract):
    pass


class TestMemoryConversions(ConversionContract):
    pass


class TestMemorySubmissions(SubmissionContract):
    pass


class TestMemoryCredentialLog(CredentialLogContract):
    pass


class TestMemoryDirectory(DirectoryContract):
    pass


class TestMemoryContactFields(ContactFieldContract):
    pass


class TestMemoryUsers(UserContract):
    pass


class TestMemoryReveals(RevealContract):
    pass


class TestMemoryPostingPages(PostingPageContract):
    pass


class TestMemorySuppression(SuppressionContract):
    pass


class TestMemoryIdempotency(IdempotencyContract):
    pass


class TestMemoryRollups(RollupContract):
    pass


class TestMemoryQuotas(QuotaContract):
    pass


class TestMemoryConsents(ConsentContract):
    pass


class TestMemoryErasures(ErasureContract):
    pass


class TestMemoryInstallation(InstallationContract):
    pass


class TestMemoryChain(ChainContract):
    pass


class TestMemoryInterleaving(InterleavingContract):
    pass
