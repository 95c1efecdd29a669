"""Expiring due leads: what is due holds though nobody asks."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from leadintake.adapters.memory.store import MemoryStore
from leadintake.domain.errors import Unavailable
from leadintake.domain.event import EventKind
from leadintake.domain.lead import LeadStatus
from leadintake.domain.owner import Action, ActionKind, OwnerKind, OwnerRef
from leadintake.domain.phone import PhoneNumber
from leadintake.domain.ports import LeadFilter
from leadintake.domain.submission import SubmissionId
from leadintake.domain.use_cases.enroll_leads import enroll_leads
from leadintake.domain.use_cases.expire_due_leads import expire_due_leads

from tests.support.apps import KEYRING
from tests.support.builders import (
    ADA,
    BEN,
    NOW,
    OFFER,
    SCHEDULE,
    CountingIds,
    SteppingClock,
    a_lead_token,
    a_receipt,
    an_enroll_lead,
    new_id,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from leadintake.adapters.memory.unit_of_work import MemoryUnitOfWork
    from leadintake.domain.company import Company, CompanyId
    from leadintake.domain.credential import LeadTokenId
    from leadintake.domain.lead import Lead

HOUR = timedelta(hours=1)
NO_END = OwnerRef(OwnerKind.SCHEDULE, 2)


class Desk:
    """Companies with a schedule that has an end-of-schedule action, one that has none, and an offer."""

    def __init__(self) -> None:
        self.store = MemoryStore(wait_seconds=0.01)
        self.clock, self.new_id = SteppingClock(), CountingIds()
        self.tokens: dict[tuple[CompanyId, OwnerRef], LeadTokenId] = {}
        self.company = self.found("Solar")
        self.expire = partial(
            expire_due_leads,
            installation=self.store.installation,
            reading=self.store.reading,
            unit_of_work=self.store.unit_of_work,
            clock=self.clock,
            new_id=self.new_id,
        )

    def found(self, name: str) -> Company:
        """Found one more company."""
        company = self.store.installation.add_company(name=name, region="US", time_zone="UTC")
        with self.store.unit_of_work(company.id) as uow:
            uow.directory.add_schedule(name="Call", actions=(), end_actions=(Action("Say goodbye", ActionKind.EMAIL),))
            uow.directory.add_schedule(name="Text", actions=())
            uow.directory.add_offer(name="Solar roofs")
            for owner in (SCHEDULE, NO_END, OFFER):
                token = a_lead_token(company_id=company.id, owner_kind=owner.kind, owner_id=owner.id)
                uow.directory.add_lead_token(token)
                self.tokens[company.id, owner] = token.id
            uow.commit()
        return company

    def enroll(
        self,
        owner: OwnerRef = SCHEDULE,
        caller: PhoneNumber = ADA,
        company: Company | None = None,
        **fields: Any,  # noqa: ANN401 - any field of the command
    ) -> None:
        """Enroll one lead."""
        company_id = (company or self.company).id
        receipt = a_receipt(
            id=SubmissionId(new_id()), company_id=company_id, lead_token_id=self.tokens[company_id, owner]
        )
        command = an_enroll_lead(receipt=receipt, caller_id=caller.e164, **fields)
        enroll_leads(
            [command], unit_of_work=self.store.unit_of_work, keyring=KEYRING, clock=self.clock, new_id=self.new_id
        )

    def leads(self, company: Company | None = None) -> Sequence[Lead]:
        """Return a company's leads, oldest first."""
        with self.store.reading((company or self.company).id) as uow:
            return uow.leads.search(LeadFilter(at=NOW), offset=0, limit=100).leads[::-1]

    def told(self, lead: Lead) -> list[tuple[EventKind, int | None]]:
        """Return what is told of a lead, and of which of its versions."""
        with self.store.reading(self.company.id) as uow:
            return [(event.kind, event.lead_version) for event in uow.events.of_lead(lead.id)]


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_lead_whose_time_is_up_ends_though_nobody_asks(desk: Desk) -> None:
    """Reports and webhooks read what is stored."""
    desk.enroll(expires_in=HOUR, callback_in=2 * HOUR)
    desk.clock.advance(HOUR)

    count = desk.expire()

    [lead] = desk.leads()
    assert count == 1
    assert (lead.status, lead.next_action_at, lead.callback_at, lead.updated_at) == (
        LeadStatus.EXPIRED,
        None,
        None,
        NOW + HOUR,
    )
    assert desk.told(lead) == [(EventKind.LEAD_CREATED, 1), (EventKind.LEAD_EXPIRED, 2)]


def test_lead_past_its_plan_runs_the_end_of_it(desk: Desk) -> None:
    desk.enroll(leaves_plan_in=HOUR)
    desk.clock.advance(HOUR)

    count = desk.expire()

    [lead] = desk.leads()
    assert count == 1
    assert (lead.status, lead.is_ending, lead.next_action, lead.next_action_at) == (
        LeadStatus.SCHEDULED,
        True,
        0,
        NOW + HOUR,
    )
    assert desk.told(lead)[1:] == [(EventKind.LEAD_MOVED_TO_END, 2)]


def test_lead_past_a_plan_without_an_end_is_completed(desk: Desk) -> None:
    desk.enroll(NO_END, leaves_plan_in=HOUR)
    desk.clock.advance(HOUR)

    desk.expire()

    [lead] = desk.leads()
    assert (lead.status, desk.told(lead)[1:]) == (LeadStatus.COMPLETED, [(EventKind.LEAD_COMPLETED, 2)])


def test_lead_that_is_both_has_expired(desk: Desk) -> None:
    """Nothing more is done with a lead whose time is up, not even goodbye is said."""
    desk.enroll(expires_in=HOUR, leaves_plan_in=HOUR)
    desk.clock.advance(HOUR)

    desk.expire()

    assert [lead.status for lead in desk.leads()] == [LeadStatus.EXPIRED]


def test_what_is_not_due_stays_as_it_is(desk: Desk) -> None:
    desk.enroll(expires_in=HOUR + timedelta(microseconds=1), leaves_plan_in=2 * HOUR)
    desk.enroll(OFFER)
    before = desk.leads()
    desk.clock.advance(HOUR)

    assert desk.expire() == 0
    assert desk.leads() == before


def test_expiring_again_changes_nothing(desk: Desk) -> None:
    desk.enroll(expires_in=HOUR)
    desk.enroll(caller=BEN, leaves_plan_in=HOUR)
    desk.clock.advance(HOUR)

    counts = [desk.expire(), desk.expire()]

    assert counts == [2, 0]


def test_callers_next_submission_finds_its_place_free(desk: Desk) -> None:
    desk.enroll(expires_in=HOUR)
    desk.clock.advance(HOUR)
    desk.expire()

    desk.enroll()

    assert [lead.status for lead in desk.leads()] == [LeadStatus.EXPIRED, LeadStatus.SCHEDULED]


def test_any_number_is_settled_in_batches_in_every_company(desk: Desk) -> None:
    other = desk.found("Roofs")
    callers = [PhoneNumber(f"+1202555{number:04}") for number in range(100, 107)]
    for company in (desk.company, other):
        for caller in callers:
            desk.enroll(caller=caller, company=company, expires_in=HOUR)
            desk.enroll(OFFER, caller=caller, company=company, expires_in=HOUR)
    desk.clock.advance(HOUR)

    count = desk.expire(batch_size=3)

    assert count == 28
    for company in (desk.company, other):
        assert {lead.status for lead in desk.leads(company)} == {LeadStatus.EXPIRED}


def test_company_that_is_held_up_holds_up_no_other(desk: Desk) -> None:
    other = desk.found("Roofs")
    for company in (desk.company, other):
        desk.enroll(company=company, expires_in=HOUR)
    desk.clock.advance(HOUR)

    with desk.store.unit_of_work(desk.company.id) as uow:
        uow.contacts.claim([ADA], at=NOW)
        with pytest.raises(Unavailable):
            desk.expire()

    assert [lead.status for lead in desk.leads(other)] == [LeadStatus.EXPIRED]
    assert [lead.status for lead in desk.leads()] == [LeadStatus.SCHEDULED]
    assert desk.expire() == 1


def test_lead_that_gets_more_time_meanwhile_goes_on(desk: Desk) -> None:
    """Who looked first and held the caller later must look again."""
    desk.enroll(expires_in=HOUR)
    desk.clock.advance(HOUR)

    @contextmanager
    def late(company_id: CompanyId) -> Iterator[MemoryUnitOfWork]:
        with desk.store.unit_of_work(company_id) as uow:
            [lead] = uow.leads.live_of([ADA])
            later = replace(lead, expires_at=NOW + 2 * HOUR, version=lead.version + 1)
            uow.leads.save_all([(later, lead.version)])
            uow.commit()
        with desk.store.unit_of_work(company_id) as uow:
            yield uow

    count = desk.expire(unit_of_work=late)

    [lead] = desk.leads()
    assert (count, lead.status, lead.version) == (0, LeadStatus.SCHEDULED, 2)
