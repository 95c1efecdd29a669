"""The use case behind all caller operations, on every store: batches, repeats, other writers."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from leadintake.adapters.system import new_id
from leadintake.domain.errors import NotFound, StaleWrite
from leadintake.domain.lead import LeadStatus
from leadintake.domain.operations import CameBy, OperateOnCaller, Operation
from leadintake.domain.owner import Action, ActionKind
from leadintake.domain.phone import PhoneNumber
from leadintake.domain.submission import Outcome, Receipt, SubmissionId
from leadintake.domain.use_cases.operate_on_callers import operate_on_callers

from tests.support.apps import KEYRING, a_world

if TYPE_CHECKING:
    from collections.abc import Iterator

    from leadintake.domain.company import CompanyId
    from leadintake.domain.ports import UnitOfWork

    from tests.support.apps import Store, World

ADA, BEN, EVE = "+12025550143", "+12025550144", "+12025550145"


def a_command(world: World, operation: Operation, caller: str = ADA, **fields: Any) -> OperateOnCaller:  # noqa: ANN401 - any field of the command
    """Return an operation as an API key orders it."""
    return OperateOnCaller(
        receipt=Receipt(
            id=SubmissionId(new_id()),
            company_id=world.company.id,
            lead_token_id=None,
            received_at=world.clock(),
            route=operation.value,
            remote_ip=None,
            request={},
        ),
        operation=operation,
        came_by=CameBy.API_KEY,
        caller_id=caller,
        **fields,
    )


def test_batch_is_judged_and_kept_as_one(world: World) -> None:
    """A stop list of thousands takes a handful of commits, and one bad number among them fails nobody else."""
    world.submit(caller_id=ADA)
    world.submit(caller_id=BEN)
    orders = [
        (Operation.CALLER_REMOVE, ADA),
        (Operation.CALLER_OPT_OUT, BEN),
        (Operation.CALLER_REMOVE, "12"),
        (Operation.CALLER_REMOVE, EVE),
        (Operation.CALLER_REMOVE, ADA),
        (Operation.CALLER_OPT_OUT, ADA),
        (Operation.CALLER_OPT_OUT, EVE),
        (Operation.CALLER_REMOVE, BEN),
    ]

    decisions = world.services.operate_on_callers([a_command(world, *order) for order in orders])

    assert [decision.outcome for decision in decisions] == [
        Outcome.REMOVED,
        Outcome.OPTED_OUT,
        Outcome.REFUSED,
        Outcome.REFUSED,
        Outcome.UNCHANGED,
        Outcome.OPTED_OUT,
        Outcome.OPTED_OUT,
        Outcome.UNCHANGED,
    ]
    assert {lead.caller.e164: lead.status for lead in world.leads()} == {
        ADA: LeadStatus.REMOVED,
        BEN: LeadStatus.OPT_OUT,
    }
    kept = world.submissions()[: len(orders)]
    assert [submission.outcome for submission in reversed(kept)] == [decision.outcome for decision in decisions]


def test_lead_that_changes_twice_in_a_batch_has_a_version_for_each(world: World) -> None:
    """Its events are ordered by them."""
    world.submit(caller_id=ADA)
    [lead] = world.leads()
    with world.store.unit_of_work(world.company.id) as uow:
        goodbye = (Action("Goodbye", ActionKind.SMS),)
        uow.directory.save_schedule(replace(world.schedule, end_actions=goodbye))
        uow.commit()

    world.services.operate_on_callers(
        [
            a_command(world, Operation.CALLER_MOVE_TO_END_OF_SCHEDULE),
            a_command(world, Operation.CALLER_OPT_OUT),
        ]
    )

    [stored] = world.leads()
    with world.store.reading(world.company.id) as uow:
        versions = [event.lead_version for event in uow.events.of_lead(lead.id)]
    assert (versions, stored.version) == ([1, 2, 3], 3)


def test_rehearsal_keeps_nothing(world: World) -> None:
    world.submit(caller_id=ADA)
    before = world.leads(), len(world.submissions())

    decisions = world.services.rehearse_on_callers(
        [a_command(world, Operation.CALLER_OPT_OUT), a_command(world, Operation.CALLER_REMOVE, EVE)]
    )

    assert [decision.outcome for decision in decisions] == [Outcome.OPTED_OUT, Outcome.REFUSED]
    assert (world.leads(), len(world.submissions())) == before
    with world.store.reading(world.company.id) as uow:
        assert uow.contacts.find(decisions[0].leads[0].caller) is not None
    assert world.submit(caller_id=ADA).get_json()["outcome"] == "updated"


def test_refused_operation_leaves_no_contact_behind(world: World) -> None:
    """A list of strangers must not fill the contacts."""
    [decision] = world.services.operate_on_callers([a_command(world, Operation.CALLER_REMOVE, EVE)])

    assert isinstance(decision.refusal, NotFound)
    with pytest.raises(NotFound):
        world.services.read_caller(world.company.id, PhoneNumber(EVE))


def test_batch_of_two_companies_is_a_fault_of_ours(store: Store) -> None:
    one, other = a_world(store), a_world(store)

    with pytest.raises(ValueError, match="one company"):
        one.services.operate_on_callers(
            [a_command(one, Operation.CALLER_OPT_OUT), a_command(other, Operation.CALLER_OPT_OUT)]
        )


@pytest.mark.parametrize("meetings", [1, 3])
def test_other_writers_are_given_way_to_and_then_it_is_done(world: World, meetings: int) -> None:
    """A worker that moves the lead on in the same moment must not lose the caller's wish."""
    units = Unlucky(world, meetings)

    [decision] = operate_on_callers(
        [a_command(world, Operation.CALLER_OPT_OUT)],
        unit_of_work=units.begin,
        keyring=KEYRING,
        clock=world.clock,
        new_id=new_id,
    )

    assert decision.outcome is Outcome.OPTED_OUT
    assert len(world.submissions()) == 1


def test_writers_that_never_stop_are_told_of(world: World) -> None:
    units = Unlucky(world, 99)

    with pytest.raises(StaleWrite):
        operate_on_callers(
            [a_command(world, Operation.CALLER_OPT_OUT)],
            unit_of_work=units.begin,
            keyring=KEYRING,
            clock=world.clock,
            new_id=new_id,
        )


class Unlucky:
    """Units of work that another writer meets at first."""

    def __init__(self, world: World, meetings: int) -> None:
        self._world = world
        self._meetings = meetings

    @contextmanager
    def begin(self, company_id: CompanyId) -> Iterator[UnitOfWork]:
        with self._world.store.unit_of_work(company_id) as uow:
            if self._meetings:
                self._meetings -= 1
                raise StaleWrite
            yield uow
