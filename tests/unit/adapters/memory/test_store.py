"""What the memory store adds to the contracts: stricter than a database where a mistake would be ours."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

import pytest

from leadintake.adapters.memory.store import MemoryStore
from leadintake.domain.company import Company, CompanyId
from leadintake.domain.errors import NotFound, StaleWrite, Unavailable
from leadintake.domain.owner import OfferId
from leadintake.domain.ports import LeadFilter

from tests.support.builders import (
    ADA,
    BEN,
    NOW,
    a_contact,
    a_lead,
    a_receipt,
    a_submission,
    a_user,
    an_event,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from leadintake.domain.ports import Installation, UnitOfWork, UnitOfWorkFactory


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore(wait_seconds=0.01)


@pytest.fixture
def company(store: MemoryStore) -> Company:
    return store.installation.add_company(name="Solar Savings", region="US", time_zone="UTC")


def test_store_is_what_the_use_cases_ask_for(store: MemoryStore) -> None:
    """The type checker reads this: the adapters conform to the ports by their shape."""
    factories: list[UnitOfWorkFactory] = [store.unit_of_work, store.reading]
    installation: Installation = store.installation

    assert (len(factories), installation.companies()) == (2, [])


def test_open_unit_keeps_the_view_it_began_with(store: MemoryStore, company: Company) -> None:
    """Two looks at the store in one unit must fit together, whatever is committed between them."""
    lead = a_lead()
    with store.unit_of_work(company.id) as reader:
        before = reader.leads.live_of([ADA])
        with store.unit_of_work(company.id) as writer:
            writer.leads.add_all([lead])
            writer.submissions.append_all([a_submission()])
            writer.directory.add_offer(name="Solar roofs")
            writer.commit()

        assert before == reader.leads.live_of([ADA]) == []
        assert reader.leads.search(LeadFilter(at=NOW), offset=0, limit=1).total_count == 0
        assert reader.submissions.newest(limit=1) == []
        assert reader.directory.current().offers == {}
    with store.unit_of_work(company.id) as after:
        assert after.leads.live_of([ADA]) == [lead]


def test_unit_that_begins_to_write_sees_what_was_committed_before(store: MemoryStore, company: Company) -> None:
    """A decision over an old view would overwrite what somebody else has just done."""
    lead = a_lead()
    with store.unit_of_work(company.id) as late:
        late.directory.current()
        with store.unit_of_work(company.id) as early:
            early.leads.add_all([lead])
            early.commit()

        late.contacts.claim({ADA}, at=NOW)
        assert late.leads.live_of([ADA]) == [lead]


@pytest.mark.parametrize(
    "use",
    [
        lambda uow: uow.leads.live_of([ADA]),
        lambda uow: uow.contacts.claim({ADA}, at=NOW),
        lambda uow: uow.commit(),
    ],
    ids=["read", "claim", "commit"],
)
def test_unit_that_has_ended_cannot_be_used(
    store: MemoryStore, company: Company, use: Callable[[UnitOfWork], object]
) -> None:
    """After the commit nothing is held any more; whoever goes on writing has lost their way."""
    with store.unit_of_work(company.id) as uow:
        uow.commit()

        with pytest.raises(RuntimeError, match="begin another"):
            use(uow)


def test_commit_lets_go_at_once(store: MemoryStore, company: Company) -> None:
    with store.unit_of_work(company.id) as first:
        first.contacts.claim({ADA}, at=NOW)
        first.commit()

        with store.unit_of_work(company.id) as second:
            assert second.contacts.claim({ADA}, at=NOW)[ADA].is_new


def test_caller_must_be_claimed_before_they_are_saved(store: MemoryStore, company: Company) -> None:
    with store.unit_of_work(company.id) as uow, pytest.raises(RuntimeError, match="claimed"):
        uow.contacts.save_all([a_contact()])


def test_contact_saved_since_its_claim_is_stale(store: MemoryStore, company: Company) -> None:
    with store.unit_of_work(company.id) as uow:
        claimed = uow.contacts.claim({ADA}, at=NOW)[ADA]
        uow.contacts.save_all([claimed])

        with pytest.raises(StaleWrite):
            uow.contacts.save_all([claimed.opt_out(at=NOW)])


@pytest.mark.parametrize(
    "append",
    [
        lambda uow: uow.events.append_all([an_event()] * 2),
        lambda uow: uow.submissions.append_all([a_submission()] * 2),
    ],
    ids=["event", "submission"],
)
def test_nothing_is_appended_twice(
    store: MemoryStore, company: Company, append: Callable[[UnitOfWork], object]
) -> None:
    with store.unit_of_work(company.id) as uow, pytest.raises(StaleWrite):
        append(uow)


@pytest.mark.parametrize(
    "value",
    [float("nan"), {1, 2}, b"bytes", NOW, "nul \x00", "surrogate \ud83d", ["\\\x00"]],
    ids=["nan", "set", "bytes", "instant", "nul", "surrogate", "nul behind a backslash"],
)
def test_what_json_cannot_carry_is_refused(store: MemoryStore, company: Company, value: Any) -> None:  # noqa: ANN401 - anything
    """A suite that runs in memory must not pass with values that a database would choke on."""
    submission = a_submission(receipt=a_receipt(request={"body": value}))

    with store.unit_of_work(company.id) as uow, pytest.raises((TypeError, ValueError)):
        uow.submissions.append_all([submission])


def test_lead_token_that_no_database_can_keep_is_refused(store: MemoryStore, company: Company) -> None:
    with store.unit_of_work(company.id) as uow, pytest.raises(ValueError, match="NUL"):
        uow.leads.add_all([a_lead(tokens={"interest": "kit\x00tens"})])


def test_instant_without_a_zone_is_refused(store: MemoryStore, company: Company) -> None:
    """Which moment it means depends on the machine, so it means none."""
    naive = datetime(2026, 3, 1, 12, 0)  # noqa: DTZ001 - that is the point

    with store.unit_of_work(company.id) as uow, pytest.raises(ValueError, match="zone"):
        uow.leads.add_all([a_lead(expires_at=naive)])


def test_schedule_cannot_belong_to_an_offer_that_does_not_exist(store: MemoryStore, company: Company) -> None:
    with store.unit_of_work(company.id) as uow, pytest.raises(NotFound):
        uow.directory.add_schedule(name="Call at once", actions=(), offer_id=OfferId(1))


@pytest.mark.parametrize(
    "write",
    [
        lambda uow: uow.contacts.claim({ADA}, at=NOW),
        lambda uow: uow.leads.add_all([a_lead()]),
        lambda uow: uow.directory.add_offer(name="Solar roofs"),
    ],
    ids=["claim", "lead", "offer"],
)
def test_nothing_is_written_for_a_company_that_does_not_exist(
    store: MemoryStore, write: Callable[[UnitOfWork], object]
) -> None:
    with store.unit_of_work(CompanyId(1)) as uow, pytest.raises(NotFound):
        write(uow)


def test_refused_batch_changes_nothing(store: MemoryStore, company: Company) -> None:
    """Here a unit outlives its refusal, and what it commits then must not be half a batch."""
    first, second = a_lead(), a_lead(caller=BEN)
    with store.unit_of_work(company.id) as uow:
        uow.leads.add_all([first])
        with pytest.raises(StaleWrite):
            uow.leads.save_all([(replace(first, version=2), 1), (second, 1)])
        with pytest.raises(StaleWrite):
            uow.leads.add_all([second, a_lead()])

        assert uow.leads.live_of([ADA, BEN]) == [first]


def test_value_of_another_company_is_refused(store: MemoryStore, company: Company) -> None:
    """It is a mistake of ours, which a suite should hear of where it is made."""
    with store.unit_of_work(company.id) as uow, pytest.raises(ValueError, match="own company"):
        uow.leads.add_all([a_lead(company_id=CompanyId(2))])


def test_adding_users_waits_for_whoever_adds_them_elsewhere(store: MemoryStore, company: Company) -> None:
    """Addresses are unique above the companies, so this is the one thing that units of two companies share."""
    other = store.installation.add_company(name="Other", region="US", time_zone="UTC")
    with store.unit_of_work(company.id) as first, store.unit_of_work(other.id) as second:
        first.directory.add_user(a_user())

        with pytest.raises(Unavailable):
            second.directory.add_user(a_user(company_id=other.id))


def test_stores_know_nothing_of_each_other(store: MemoryStore, company: Company) -> None:
    """Each test of a suite has a world of its own."""
    assert MemoryStore().installation.companies() == []
    assert store.installation.companies() == [company]


def test_store_says_that_it_does_not_last(store: MemoryStore) -> None:
    """Somebody who runs a business on it by mistake should hear so from `doctor`."""
    doubts = [finding.check for finding in store.installation.inspect() if not finding.is_fine]

    assert doubts == ["commits_durable"]
