"""The SQL adapters keep every port's contract on PostgreSQL, where units wait only for the callers they share."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from leadintake.adapters.sql.store import SqlStore

from tests.contracts.chain import ChainContract, InterleavingContract
from tests.contracts.contact_fields import ContactFieldContract
from tests.contracts.contacts import CallersApartContract, ContactContract
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
from tests.support.tampering import SqlTampering

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.postgres import Postgres

# One server for the whole file: every worker process would start its own.
pytestmark = pytest.mark.xdist_group("postgres_stores")


@pytest.fixture(scope="module")
def store(postgres_shared_url: str) -> Iterator[SqlStore]:
    with closing(SqlStore(postgres_shared_url, wait_seconds=PATIENCE_SECONDS)) as store:
        yield store


@pytest.fixture(scope="module")
def impatient_store(postgres_shared_url: str) -> Iterator[SqlStore]:
    with closing(SqlStore(postgres_shared_url, wait_seconds=0.3)) as store:
        yield store


@pytest.fixture(scope="module")
def twin_store(postgres_shared_url: str) -> Iterator[SqlStore]:
    with closing(SqlStore(postgres_shared_url, wait_seconds=PATIENCE_SECONDS)) as store:
        yield store


@pytest.fixture
def empty_store(postgres_server: Postgres, postgres_template: str) -> Iterator[SqlStore]:
    name = f"own_{uuid4().hex}"
    with closing(SqlStore(postgres_server.create_database(name, template=postgres_template))) as store:
        yield store
    postgres_server.drop_database(name)


@pytest.fixture
def tampering(store: SqlStore) -> SqlTampering:
    return SqlTampering(store)


class TestPostgresUnitOfWork(UnitOfWorkContract):
    pass


class TestPostgresCompaniesApart(CompaniesApartContract):
    pass


class TestPostgresContacts(ContactContract):
    pass


class TestPostgresCallersApart(CallersApartContract):
    pass


class TestPostgresLeads(LeadContract):
    pass


class TestPostgresEvents(EventContract):
    pass


class TestPostgresCalls(CallContract):
    pass


class TestPostgresConversions(ConversionContract):
    pass


class TestPostgresSubmissions(SubmissionContract):
    pass


class TestPostgresCredentialLog(CredentialLogContract):
    pass


class TestPostgresDirectory(DirectoryContract):
    pass


class TestPostgresContactFields(ContactFieldContract):
    pass


class TestPostgresUsers(UserContract):
    pass


class TestPostgresReveals(RevealContract):
    pass


class TestPostgresPostingPages(PostingPageContract):
    pass


class TestPostgresSuppression(SuppressionContract):
    pass


class TestPostgresIdempotency(IdempotencyContract):
    pass


class TestPostgresRollups(RollupContract):
    pass


class TestPostgresQuotas(QuotaContract):
    pass


class TestPostgresConsents(ConsentContract):
    pass


class TestPostgresErasures(ErasureContract):
    pass


class TestPostgresInstallation(InstallationContract):
    pass


class TestPostgresChain(ChainContract):
    pass


class TestPostgresInterleaving(InterleavingContract):
    slots = 3
