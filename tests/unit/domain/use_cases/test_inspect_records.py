"""What `leadintake doctor` can learn from the records alone."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from leadintake.adapters.keyring import Keyring
from leadintake.adapters.memory.store import MemoryStore
from leadintake.bootstrap import Ports, wire
from leadintake.domain.use_cases.found_company import FoundCompany

from tests.support.apps import KEYRING, PlainPasswords, a_world
from tests.support.builders import NOW, SteppingClock

if TYPE_CHECKING:
    from datetime import datetime

    from leadintake.domain.ports import Finding


def findings(store: MemoryStore, *, keyring: Keyring = KEYRING, now: datetime = NOW) -> dict[str, Finding]:
    services = wire(
        Ports(
            unit_of_work=store.unit_of_work,
            reading=store.reading,
            installation=store.installation,
            keyring=keyring,
            passwords=PlainPasswords(),
            clock=SteppingClock(now),
        )
    )
    return {finding.check: finding for finding in services.inspect_records()}


@pytest.fixture
def store() -> MemoryStore:
    store = MemoryStore()
    a_world(store).submit(caller_id="+12025550143")
    return store


def test_sound_installation_is_fine(store: MemoryStore) -> None:
    assert [check for check, finding in findings(store).items() if not finding.is_fine] == []


def test_installation_without_a_company_is_told_to_found_one() -> None:
    finding = findings(MemoryStore())["companies"]

    assert (finding.is_fine, finding.mend) == (False, "run: leadintake init")


def test_other_secret_key_is_found_out(store: MemoryStore) -> None:
    """With it every sender would be answered that the lead token is unknown."""
    other = Keyring("another secret key, such as a lost one's replacement")
    finding = findings(store, keyring=other)["lead_tokens_open"]

    assert not finding.is_fine
    assert "company 1" in finding.detail
    assert "LEADINTAKE_SECRET_KEY" in finding.mend


def test_company_founded_under_another_secret_key_is_named(store: MemoryStore) -> None:
    """The first company alone would not show that the key was replaced in between."""
    other = Keyring("the secret key that was in use for a short while only")
    company = store.installation.add_company(name="Second", region="US", time_zone="UTC")
    services = wire(
        Ports(
            unit_of_work=store.unit_of_work,
            reading=store.reading,
            installation=store.installation,
            keyring=other,
            passwords=PlainPasswords(),
        )
    )
    services.found_company(FoundCompany(name=company.name, with_demo=True))

    assert "(company 2)" in findings(store)["lead_tokens_open"].detail


def test_clock_behind_the_newest_submission_is_found_out(store: MemoryStore) -> None:
    """Leads would expire late, and new identifiers sort before old ones."""
    assert not findings(store, now=NOW - timedelta(minutes=2))["clock"].is_fine


def test_clock_that_was_never_set_is_found_out_before_the_first_submission() -> None:
    assert not findings(MemoryStore(), now=NOW.replace(year=1970))["clock"].is_fine


def test_clocks_of_several_machines_may_differ_a_little(store: MemoryStore) -> None:
    assert findings(store, now=NOW - timedelta(seconds=30))["clock"].is_fine
