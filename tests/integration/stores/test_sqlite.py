"""The SQL adapters keep every port's contract on SQLite, which has one writer in the whole file."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from leadintake.adapters.sql.store import SqlStore

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
from tests.contracts.unit_of_work import UnitOfWorkContract
from tests.support.statements import watched
from tests.support.tampering import SqlTampering

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="module")
def store(sqlite_file: Path) -> Iterator[SqlStore]:
    with closing(SqlStore(f"sqlite:///{sqlite_file}", wait_seconds=PATIENCE_SECONDS)) as store, watched(store):
        yield store


@pytest.fixture(scope="module")
def impatient_store(sqlite_file: Path) -> Iterator[SqlStore]:
    with closing(SqlStore(f"sqlite:///{sqlite_file}", wait_seconds=0.3)) as store, watched(store):
        yield store


@pytest.fixture(scope="module")
def twin_store(sqlite_file: Path) -> Iterator[SqlStore]:
    with closing(SqlStore(f"sqlite:///{sqlite_file}", wait_seconds=PATIENCE_SECONDS)) as store:
        yield store


@pytest.fixture
def empty_store(tmp_path: Path) -> Iterator[SqlStore]:
    with closing(SqlStore(f"sqlite:///{tmp_path}/own.db")) as store, watched(store):
        store.migrate()
        yield store


@pytest.fixture
def tampering(store: SqlStore) -> SqlTampering:
    return SqlTampering(store)


class TestSqliteUnitOfWork(UnitOfWorkContract):
    pass


class TestSqliteContacts(ContactContract):
    pass


class TestSqliteLeads(LeadContract):
    pass


class TestSqliteEvents(EventContract):
    pass


class TestSqliteCalls(CallContract):
    pass


class TestSqliteConversions(ConversionContract):
    pass


class TestSqliteSubmissions(SubmissionContract):
    pass


class TestSqliteCredentialLog(CredentialLogContract):
    pass


class TestSqliteDirectory(DirectoryContract):
    pass


class TestSqliteContactFields(ContactFieldContract):
    pass


class TestSqliteUsers(UserContract):
    pass


class TestSqliteReveals(RevealContract):
    pass


class TestSqlitePostingPages(PostingPageContract):
    pass


class TestSqliteSuppression(SuppressionContract):
    pass


class TestSqliteIdempotency(IdempotencyContract):
    pass


class TestSqliteRollups(RollupContract):
    pass


class TestSqliteQuotas(QuotaContract):
    pass


class TestSqliteConsents(ConsentContract):
    pass


class TestSqliteErasures(ErasureContract):
    pass


class TestSqliteInstallation(InstallationContract):
    pass


class TestSqliteChain(ChainContract):
    pass


class TestSqliteInterleaving(InterleavingContract):
    pass
