"""Enrolling leads: a batch is judged and kept as one."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from leadintake.adapters.memory.store import MemoryStore
from leadintake.domain.company import Company, CompanyId
from leadintake.domain.errors import (
    CallerOptedOut,
    InvalidCallerId,
    NotFound,
    SchedulePaused,
    UnknownLeadToken,
)
from leadintake.domain.lead import LeadStatus
from leadintake.domain.ports import LeadFilter
from leadintake.domain.remembering import digest_of
from leadintake.domain.rollup import CountedAs
from leadintake.domain.submission import Outcome
from leadintake.domain.use_cases.enroll_leads import enroll_leads

from tests.support.apps import KEYRING
from tests.support.builders import (
    ADA,
    BEN,
    MINUTE,
    NOW,
    OFFER,
    SCHEDULE,
    CountingIds,
    SteppingClock,
    a_lead_token,
    a_receipt,
    an_enroll_lead,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from leadintake.adapters.memory.unit_of_work import MemoryUnitOfWork
    from leadintake.domain.claims import EnrollLead
    from leadintake.domain.credential import LeadTokenId
    from leadintake.domain.enrollment import Decision
    from leadintake.domain.lead import Lead
    from leadintake.domain.owner import OwnerRef
    from leadintake.domain.submission import Submission


class Desk:
    """A company with a schedule and an offer, that submissions come in to."""

    def __init__(self) -> None:
        self.store = MemoryStore()
        self.clock = SteppingClock()
        self.new_id = CountingIds()
        self.company: Company = self.store.installation.add_company(name="Solar", region="US", time_zone="UTC")
        self.lead_tokens: dict[OwnerRef, LeadTokenId] = {}
        with self.unit() as uow:
            uow.directory.add_schedule(name="Call at once", actions=())
            uow.directory.add_offer(name="Solar roofs")
            for owner in (SCHEDULE, OFFER):
                token = a_lead_token(owner_kind=owner.kind, owner_id=owner.id)
                uow.directory.add_lead_token(token)
                self.lead_tokens[owner] = token.id
            uow.commit()

    @contextmanager
    def unit(self) -> Iterator[MemoryUnitOfWork]:
        """Begin a unit of work in the company."""
        with self.store.unit_of_work(self.company.id) as uow:
            yield uow

    def submission(self, owner: OwnerRef = SCHEDULE, **fields: Any) -> EnrollLead:  # noqa: ANN401 - any field of the command
        """Return a sound submission of Ada's."""
        return an_enroll_lead(receipt=a_receipt(lead_token_id=self.lead_tokens[owner]), **fields)

    def enroll(self, *commands: EnrollLead) -> Sequence[Decision]:
        """Enroll these as one batch."""
        return enroll_leads(
            commands, unit_of_work=self.store.unit_of_work, keyring=KEYRING, clock=self.clock, new_id=self.new_id
        )

    def leads(self) -> Sequence[Lead]:
        """Return all leads, oldest first."""
        with self.unit() as uow:
            return list(uow.leads.search(LeadFilter(at=self.clock()), offset=0, limit=100).leads)[::-1]

    def ledger(self) -> Sequence[Submission]:
        """Return all submissions, oldest first."""
        with self.unit() as uow:
            return list(uow.submissions.newest(limit=100))[::-1]


@pytest.fixture
def desk() -> Desk:
    return Desk()


def outcomes(decisions: Sequence[Decision]) -> list[Outcome]:
    return [decision.outcome for decision in decisions]


def outcomes_of(submissions: Sequence[Submission]) -> list[Outcome]:
    return [submission.outcome for submission in submissions]


def test_lead_is_kept_with_its_caller_its_events_and_its_submission(desk: Desk) -> None:
    [decision] = desk.enroll(desk.submission(tokens={"interest": "kittens"}))

    [lead] = desk.leads()
    assert lead == decision.lead
    with desk.unit() as uow:
        contact = uow.contacts.find(ADA)
        assert uow.events.of_lead(lead.id) == list(decision.events)
    assert contact is not None
    assert contact.version == 1
    whose = digest_of(ADA, desk.company.id, KEYRING)
    counted_as = CountedAs(country="US")
    assert desk.ledger() == [decision.submission(caller_digest=whose, counted_as=counted_as)]


def test_decisions_come_in_the_order_of_the_commands(desk: Desk) -> None:
    commands = [
        desk.submission(caller_id=BEN.e164),
        desk.submission(caller_id="12"),
        desk.submission(OFFER),
        desk.submission(caller_id=BEN.e164),
    ]

    decisions = desk.enroll(*commands)

    assert [decision.command for decision in decisions] == commands
    assert outcomes(decisions) == [Outcome.CREATED, Outcome.REFUSED, Outcome.CREATED, Outcome.UPDATED]


def test_refused_command_does_not_fail_its_neighbours(desk: Desk) -> None:
    decisions = desk.enroll(desk.submission(caller_id="12"), desk.submission())

    assert [decision.refusal for decision in decisions] == [InvalidCallerId(), None]
    assert len(desk.leads()) == 1


def test_every_command_has_one_submission_accepted_or_not(desk: Desk) -> None:
    """A refused submission is never gone: it can be repaired and replayed."""
    commands = [desk.submission(), desk.submission(caller_id=None), desk.submission(test=True), desk.submission()]

    decisions = desk.enroll(*commands)

    assert [submission.receipt for submission in desk.ledger()] == [command.receipt for command in commands]
    assert [submission.outcome for submission in desk.ledger()] == outcomes(decisions)


def test_same_command_again_is_the_same_lead(desk: Desk) -> None:
    """Senders post again on any network doubt."""
    for _ in range(3):
        desk.enroll(desk.submission(tokens={"interest": "kittens"}))

    [lead] = desk.leads()
    assert (lead.version, lead.tokens) == (3, {"interest": "kittens"})


def test_same_caller_many_times_in_a_batch_is_one_lead(desk: Desk) -> None:
    desk.enroll(*(desk.submission(caller_id=spelling) for spelling in ("+12025550143", "(202) 555-0143") * 3))

    [lead] = desk.leads()
    assert lead.version == 6
    with desk.unit() as uow:
        assert [event.lead_version for event in uow.events.of_lead(lead.id)] == [1, 2, 3, 4, 5, 6]


def test_owners_have_leads_of_their_own(desk: Desk) -> None:
    desk.enroll(desk.submission(SCHEDULE), desk.submission(OFFER))

    assert {lead.owner for lead in desk.leads()} == {SCHEDULE, OFFER}


def test_opt_out_ends_all_and_lasts(desk: Desk) -> None:
    desk.enroll(desk.submission(SCHEDULE), desk.submission(OFFER))

    desk.enroll(desk.submission(OFFER, opt_out=True))
    [again] = desk.enroll(desk.submission(SCHEDULE))

    assert {lead.status for lead in desk.leads()} == {LeadStatus.OPT_OUT}
    assert again.refusal == CallerOptedOut()


def test_lead_that_begins_and_ends_in_one_batch_is_kept_as_ended(desk: Desk) -> None:
    desk.enroll(desk.submission(), desk.submission(opt_out=True))

    [lead] = desk.leads()
    assert (lead.status, lead.version) == (LeadStatus.OPT_OUT, 2)


def test_expired_lead_makes_place_for_its_successor(desk: Desk) -> None:
    desk.enroll(desk.submission(expires_in=timedelta(minutes=1)))
    desk.clock.advance(MINUTE)

    desk.enroll(desk.submission())

    assert [lead.status for lead in desk.leads()] == [LeadStatus.EXPIRED, LeadStatus.SCHEDULED]


def test_ignored_update_of_an_unknown_caller_leaves_no_trace_but_its_submission(desk: Desk) -> None:
    [decision] = desk.enroll(desk.submission(update_only=True))

    assert decision.outcome is Outcome.IGNORED
    assert desk.leads() == []
    assert outcomes_of(desk.ledger()) == [Outcome.IGNORED]
    with desk.unit() as uow:
        assert uow.contacts.find(ADA) is None


def test_test_enrolls_nobody(desk: Desk) -> None:
    desk.enroll(desk.submission(test=True), desk.submission(caller_id=BEN.e164, test=True, opt_out=True))

    assert desk.leads() == []
    with desk.unit() as uow:
        assert [uow.contacts.find(caller) for caller in (ADA, BEN)] == [None, None]


def test_unchanged_contact_is_not_written_again(desk: Desk) -> None:
    """Half of all writes are repeats; they need not cost a row each."""
    for _ in range(3):
        desk.enroll(desk.submission())

    with desk.unit() as uow:
        contact = uow.contacts.find(ADA)
    assert contact is not None
    assert contact.version == 1


def test_revoked_token_is_dead_for_what_is_already_under_way(desk: Desk) -> None:
    command = desk.submission()
    with desk.unit() as uow:
        uow.directory.revoke_lead_token(desk.lead_tokens[SCHEDULE], at=NOW)
        uow.commit()

    decisions = desk.enroll(command, desk.submission(OFFER))

    assert [decision.refusal for decision in decisions] == [UnknownLeadToken(), None]
    assert [submission.owner for submission in desk.ledger()] == [None, OFFER]


def test_owner_that_is_paused_meanwhile_takes_nothing_more(desk: Desk) -> None:
    with desk.unit() as uow:
        [schedule] = uow.directory.current().schedules.values()
        uow.directory.save_schedule(replace(schedule, paused_at=NOW))
        uow.commit()

    [decision] = desk.enroll(desk.submission())

    assert decision.refusal == SchedulePaused()


def test_moment_is_that_after_the_callers_are_held(desk: Desk) -> None:
    """Who waited for somebody else's opt-out must not decide at a moment before it."""
    desk.clock = SteppingClock(step=MINUTE)

    [decision] = desk.enroll(desk.submission())

    assert decision.lead is not None
    assert decision.lead.created_at == NOW + MINUTE


def test_fault_before_the_commit_keeps_nothing(desk: Desk) -> None:
    desk.enroll(desk.submission())
    command = desk.submission(caller_id=BEN.e164)
    desk.enroll(command)

    # The same receipt a second time is a fault of ours; the lead before it must not stay behind alone.
    with pytest.raises(Exception, match="changed"):
        desk.enroll(desk.submission(OFFER, opt_out=True), command)

    assert len(desk.ledger()) == 2
    assert {lead.status for lead in desk.leads()} == {LeadStatus.SCHEDULED}


def test_company_that_does_not_exist_is_not_found(desk: Desk) -> None:
    command = an_enroll_lead(receipt=a_receipt(company_id=CompanyId(99)))

    with pytest.raises(NotFound):
        desk.enroll(command)
