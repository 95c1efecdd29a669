"""The composition root: what `wire` binds to any ports, here those in memory."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING

import pytest

from leadintake.adapters.memory.store import MemoryStore
from leadintake.bootstrap import Coalescing, Ports, wire
from leadintake.domain.errors import NotFound, UnknownApiKey, UnknownLeadToken
from leadintake.domain.lead import LeadId
from leadintake.domain.owner import OwnerKind, OwnerRef
from leadintake.domain.submission import Outcome
from leadintake.domain.use_cases.found_company import FoundCompany
from leadintake.domain.use_cases.read_leads import ListLeads

from tests.support.apps import KEYRING, PlainPasswords
from tests.support.builders import (
    ADA,
    BEN,
    CountingIds,
    SteppingClock,
    a_receipt,
    an_enroll_lead,
    an_unclaimed_submission,
)

if TYPE_CHECKING:
    from leadintake.bootstrap import Services
    from leadintake.domain.claims import EnrollLead
    from leadintake.domain.use_cases.found_company import FoundedCompany


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


@pytest.fixture
def ports(store: MemoryStore) -> Ports:
    return Ports(
        unit_of_work=store.unit_of_work,
        reading=store.reading,
        installation=store.installation,
        keyring=KEYRING,
        passwords=PlainPasswords(),
        clock=SteppingClock(),
        new_id=CountingIds(77),
    )


@pytest.fixture
def services(ports: Ports) -> Services:
    return wire(ports)


@pytest.fixture
def founded(services: Services) -> FoundedCompany:
    return services.found_company(FoundCompany(name="Solar Savings", with_demo=True))


def of(founded: FoundedCompany, services: Services, caller: str = ADA.e164) -> EnrollLead:
    """Return a sound submission by the schedule's lead token."""
    assert founded.schedule is not None
    sender = services.identify_lead_token(founded.schedule.lead_token, kind=None)
    receipt = a_receipt(
        id=services.new_id(),
        company_id=founded.company.id,
        lead_token_id=sender.lead_token.id,
        received_at=services.clock(),
    )
    return an_enroll_lead(receipt=receipt, caller_id=caller)


def test_single_commands_and_batches_are_one_path(services: Services, founded: FoundedCompany) -> None:
    """An import and a web request must not judge differently."""
    first = services.enroll_lead(of(founded, services))
    second, third = services.enroll_leads([of(founded, services), of(founded, services, BEN.e164)])

    assert [decision.outcome for decision in (first, second, third)] == [
        Outcome.CREATED,
        Outcome.UPDATED,
        Outcome.CREATED,
    ]


def test_what_was_enrolled_can_be_read(services: Services, founded: FoundedCompany) -> None:
    lead = services.enroll_lead(of(founded, services)).lead
    assert lead is not None

    page = services.list_leads(ListLeads(company_id=founded.company.id))

    assert [found.id for found in page.leads] == [lead.id]
    assert services.read_lead(founded.company.id, lead.id).caller == ADA
    with pytest.raises(NotFound):
        services.read_lead(founded.company.id, LeadId(services.new_id()))


def test_credentials_lead_to_whom_they_were_made_for(services: Services, founded: FoundedCompany) -> None:
    assert founded.offer is not None
    assert founded.private_key is not None

    assert services.identify_lead_token(founded.offer.lead_token, kind=OwnerKind.OFFER).company == founded.company
    assert services.identify_api_key(founded.private_key, public=founded.public_key).company_id == founded.company.id
    with pytest.raises(UnknownLeadToken):
        services.identify_lead_token(founded.offer.lead_token, kind=OwnerKind.SCHEDULE)
    with pytest.raises(UnknownApiKey):
        services.identify_api_key(founded.private_key, public="pub_x")


def test_directory_and_lead_tokens_can_be_looked_up(services: Services, founded: FoundedCompany) -> None:
    assert founded.schedule is not None
    schedule = founded.schedule.owner.ref

    [(_, secret)] = services.reveal_lead_tokens(founded.company.id, schedule)

    assert secret == founded.schedule.lead_token
    assert services.list_companies() == [founded.company]
    assert list(services.read_directory(founded.company.id).schedules) == [schedule.id]
    with pytest.raises(NotFound):
        services.reveal_lead_tokens(founded.company.id, OwnerRef(OwnerKind.OFFER, 99))


def test_no_use_case_is_offered_by_two_parts(services: Services) -> None:
    """One of the two would be bound for nothing, and which one is called would depend on an order."""
    offered = [use_case.name for part in type(services).__bases__ for use_case in fields(part)]

    assert sorted(offered) == sorted(set(offered))


def test_samples_are_kept_up_to_a_measure(services: Services, store: MemoryStore) -> None:
    for _ in range(61):
        services.keep_unclaimed(an_unclaimed_submission(id=services.new_id()))

    assert len(store.installation.unclaimed()) == 60


def test_store_is_inspected_migrated_and_closed_by_what_is_given(ports: Ports, store: MemoryStore) -> None:
    called = []

    services = wire(ports, migrate=lambda: called.append("migrate"), close=lambda: called.append("close"))
    services.migrate()
    services.close()

    assert called == ["migrate", "close"]
    assert services.inspect() == store.installation.inspect()


def test_store_without_schema_needs_no_migration(services: Services) -> None:
    services.migrate()
    services.close()


def test_coalescing_is_the_installations_own(ports: Ports) -> None:
    assert Coalescing() == Coalescing(batch_size=64, leaders=1, wait_seconds=10)

    tight = wire(ports, coalescing=Coalescing(batch_size=1, leaders=2, wait_seconds=0.5))

    founded = tight.found_company(FoundCompany(name="Solar Savings", with_demo=True))
    assert tight.enroll_lead(of(founded, tight)).outcome is Outcome.CREATED
