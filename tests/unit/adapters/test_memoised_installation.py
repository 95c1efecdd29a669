"""What is remembered of an installation, for how long, and what never is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from leadintake.adapters.memoised_installation import MemoisedInstallation
from leadintake.adapters.memory.store import MemoryStore
from leadintake.domain.errors import Unavailable

from tests.support.builders import COMPANY, NOW, a_company, a_lead_token, an_api_key, an_unclaimed_submission

if TYPE_CHECKING:
    from leadintake.adapters.memory.installation import MemoryInstallation
    from leadintake.domain.company import Company, CompanyId
    from leadintake.domain.credential import ApiKey, LeadTokenCredential
    from leadintake.domain.ports import Installation

TOKEN = a_lead_token()
KEY = an_api_key()


@pytest.fixture
def store() -> MemoryStore:
    """A store with one company, one lead token and one API key."""
    store = MemoryStore()
    company = store.installation.add_company(name="Solar Savings", region="US", time_zone="UTC")
    with store.unit_of_work(company.id) as uow:
        uow.directory.add_lead_token(TOKEN)
        uow.directory.add_api_key(KEY)
        uow.commit()
    return store


def revoke(store: MemoryStore) -> None:
    """End the lead token."""
    with store.unit_of_work(COMPANY) as uow:
        uow.directory.revoke_lead_token(TOKEN.id, at=NOW)
        uow.commit()


class Counted:
    """An installation that counts what it is asked, and can be away for the next questions."""

    def __init__(self, installation: MemoryInstallation) -> None:
        self._installation = installation
        self.questions = 0
        self.away = 0

    def find_lead_token(self, *lookups: bytes) -> LeadTokenCredential | None:
        self._asked()
        return self._installation.find_lead_token(*lookups)

    def find_company(self, company_id: CompanyId) -> Company | None:
        self._asked()
        return a_company(id=company_id)

    def _asked(self) -> None:
        self.questions += 1
        if self.away:
            self.away -= 1
            raise Unavailable


class Everywhere:
    """An installation in which every lookup is some lead token's."""

    def find_lead_token(self, *lookups: bytes) -> LeadTokenCredential | None:
        return a_lead_token(lookup=lookups[0])

    find_company = None


def over(installation: object, *, seconds: float = 60.0) -> MemoisedInstallation:
    """Remember what a part of an installation says."""
    port: Installation = installation  # type: ignore[assignment]  # the questions that are asked are there
    return MemoisedInstallation(port, seconds=seconds)


class TestRemembered:
    def test_lead_token_and_company_are_asked_for_once(self, store: MemoryStore) -> None:
        """Every request asks whose token it has."""
        counted = Counted(store.installation)
        memoised = over(counted)

        for _ in range(3):
            assert memoised.find_lead_token(TOKEN.lookup) == TOKEN
            assert memoised.find_company(COMPANY) == a_company()

        assert counted.questions == 2

    def test_memory_ends_with_its_time(self, store: MemoryStore) -> None:
        memoised = over(store.installation, seconds=0)
        assert memoised.find_lead_token(TOKEN.lookup) == TOKEN

        revoke(store)

        assert memoised.find_lead_token(TOKEN.lookup) is None

    def test_memory_may_be_late_within_its_time(self, store: MemoryStore) -> None:
        """Each batch checks the token again; a test of the whole application shows that it dies at once."""
        memoised = over(store.installation)
        memoised.find_lead_token(TOKEN.lookup)

        revoke(store)

        assert memoised.find_lead_token(TOKEN.lookup) == TOKEN

    def test_memory_does_not_grow_for_ever(self) -> None:
        memoised = over(Everywhere())

        for number in range(10_001):
            memoised.find_lead_token(number.to_bytes(4, "big"))

        assert len(memoised._lead_tokens._answers) == 1  # noqa: SLF001 - it shows nowhere else


class TestNeverRemembered:
    def test_unknown_token_works_as_soon_as_it_is_there(self) -> None:
        store = MemoryStore()
        memoised = over(store.installation)
        store.installation.add_company(name="Solar Savings", region="US", time_zone="UTC")
        assert memoised.find_lead_token(TOKEN.lookup) is None

        with store.unit_of_work(COMPANY) as uow:
            uow.directory.add_lead_token(TOKEN)
            uow.commit()

        assert memoised.find_lead_token(TOKEN.lookup) == TOKEN

    def test_company_is_found_as_soon_as_it_is_there(self) -> None:
        store = MemoryStore()
        memoised = over(store.installation)
        assert memoised.find_company(COMPANY) is None

        memoised.add_company(name="Solar Savings", region="US", time_zone="UTC")

        assert memoised.find_company(COMPANY) == store.installation.companies()[0]

    def test_api_key_is_asked_for_each_time(self, store: MemoryStore) -> None:
        """Nothing checks it again, so a revoked one must be noticed here."""

        class Asked:
            answers: tuple[ApiKey | None, ...] = (KEY, None)
            find_lead_token = find_company = None

            def find_api_key(self, _lookup: bytes) -> ApiKey | None:
                first, *rest = self.answers
                self.answers = tuple(rest)
                return first

        memoised = over(Asked())

        assert memoised.find_api_key(KEY.lookup) == KEY
        assert memoised.find_api_key(KEY.lookup) is None
        assert over(store.installation).find_api_key(KEY.lookup) == KEY


class TestAway:
    def test_connection_that_had_died_is_tried_once_more(self, store: MemoryStore) -> None:
        """A database that was restarted must not cost the next sender a refusal."""
        counted = Counted(store.installation)
        counted.away = 1

        assert over(counted).find_lead_token(TOKEN.lookup) == TOKEN

    def test_store_that_is_away_is_away(self, store: MemoryStore) -> None:
        counted = Counted(store.installation)
        counted.away = 2

        with pytest.raises(Unavailable):
            over(counted).find_lead_token(TOKEN.lookup)

    def test_being_away_is_not_remembered(self, store: MemoryStore) -> None:
        counted = Counted(store.installation)
        memoised = over(counted)
        counted.away = 2
        with pytest.raises(Unavailable):
            memoised.find_lead_token(TOKEN.lookup)

        assert memoised.find_lead_token(TOKEN.lookup) == TOKEN

    def test_what_is_remembered_needs_no_store(self, store: MemoryStore) -> None:
        counted = Counted(store.installation)
        memoised = over(counted)
        memoised.find_lead_token(TOKEN.lookup)
        counted.away = 99

        assert memoised.find_lead_token(TOKEN.lookup) == TOKEN


def test_everything_else_is_passed_on(store: MemoryStore) -> None:
    memoised = over(store.installation)
    sample = an_unclaimed_submission()

    memoised.keep_unclaimed(sample, most=5)

    assert memoised.unclaimed() == store.installation.unclaimed() == [sample]
    assert memoised.companies() == store.installation.companies()
    assert memoised.inspect() == store.installation.inspect()
