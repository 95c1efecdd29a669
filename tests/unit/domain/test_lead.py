"""Leads: where they stand, and where they can go from there."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadintake.domain.lead import LIVE, TRANSITIONS, ImpossibleTransition, LeadStatus, beginning
from leadintake.domain.owner import Action, ActionKind

from tests.support.builders import MINUTE, NOW, a_lead, a_schedule, an_offer

LATER = NOW + MINUTE
ENDED = frozenset(LeadStatus) - LIVE

statuses = st.sampled_from(LeadStatus)


def test_live_is_what_something_may_still_be_done_with() -> None:
    assert {LeadStatus.QUEUE, LeadStatus.SCHEDULED, LeadStatus.WAITING, LeadStatus.RUNNING} == LIVE
    assert {status for status in LeadStatus if status.is_live} == LIVE
    assert {status for status in LeadStatus if a_lead(status=status).is_live} == LIVE


def test_every_status_has_its_transitions() -> None:
    assert set(TRANSITIONS) == set(LeadStatus)


def test_live_lead_can_end_in_every_way() -> None:
    assert all(TRANSITIONS[status] >= ENDED for status in LIVE)


def test_ended_lead_can_only_be_hidden() -> None:
    """What was reported as over must never start to call somebody again."""
    assert all(TRANSITIONS[status] == {LeadStatus.REMOVED} for status in ENDED - {LeadStatus.REMOVED})
    assert TRANSITIONS[LeadStatus.REMOVED] == frozenset()


def test_no_lead_comes_back_into_the_queue() -> None:
    assert not any(LeadStatus.QUEUE in after for after in TRANSITIONS.values())


@given(statuses, statuses)
def test_lead_goes_where_the_table_leads_and_nowhere_else(before: LeadStatus, after: LeadStatus) -> None:
    lead = a_lead(status=before)

    if after in TRANSITIONS[before]:
        assert lead.become(after, at=LATER) == a_lead(id=lead.id, status=after, updated_at=LATER)
    else:
        with pytest.raises(ImpossibleTransition, match=f"from {before} to {after}"):
            lead.become(after, at=LATER)


@pytest.mark.parametrize("before", sorted(LIVE))
@pytest.mark.parametrize("after", sorted(ENDED))
def test_nothing_is_planned_for_a_lead_that_has_ended(before: LeadStatus, after: LeadStatus) -> None:
    """An opt-out between two actions stops the next one, always."""
    lead = a_lead(status=before, next_action=1, next_action_at=LATER, callback_at=LATER)

    ended = lead.end(after, at=NOW)

    assert (ended.status, ended.is_live, ended.next_action_at, ended.callback_at) == (after, False, None, None)


# --- expiry -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "expires_at", "is_due"),
    [
        (LeadStatus.SCHEDULED, None, False),
        (LeadStatus.SCHEDULED, LATER, False),
        (LeadStatus.SCHEDULED, NOW, True),
        (LeadStatus.QUEUE, NOW - MINUTE, True),
        (LeadStatus.COMPLETED, NOW - MINUTE, False),
        (LeadStatus.EXPIRED, NOW - MINUTE, False),
    ],
)
def test_live_lead_is_due_to_expire_from_its_moment_on(status: LeadStatus, expires_at: object, *, is_due: bool) -> None:
    lead = a_lead(status=status, expires_at=expires_at)

    assert lead.is_due_to_expire(at=NOW) is is_due


def test_lead_whose_time_is_up_is_seen_as_expired() -> None:
    """Nobody needs to come by and end it first."""
    lead = a_lead(expires_at=NOW, next_action_at=LATER)

    seen = lead.seen(at=NOW)

    assert (seen.status, seen.next_action_at) == (LeadStatus.EXPIRED, None)


def test_any_other_lead_is_seen_as_it_is() -> None:
    lead = a_lead(expires_at=LATER)

    assert lead.seen(at=NOW) is lead


# --- leaving the plan -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "is_due"),
    [
        ({}, False),
        ({"plan_expires_at": LATER}, False),
        ({"plan_expires_at": NOW}, True),
        ({"plan_expires_at": NOW, "status": LeadStatus.QUEUE}, True),
        ({"plan_expires_at": NOW, "is_ending": True}, False),
        ({"plan_expires_at": NOW, "status": LeadStatus.COMPLETED}, False),
    ],
)
def test_live_lead_is_due_to_leave_its_plan_once(fields: dict[str, object], *, is_due: bool) -> None:
    assert a_lead(**fields).is_due_to_leave_plan(at=NOW) is is_due


@pytest.mark.parametrize("before", sorted(LIVE))
def test_lead_that_leaves_its_plan_runs_the_end_actions_at_once(before: LeadStatus) -> None:
    lead = a_lead(status=before, next_action=4, next_action_at=LATER, callback_at=LATER, plan_expires_at=NOW)

    left = lead.leave_plan([Action("Say goodbye", ActionKind.EMAIL)], at=NOW)

    assert (left.status, left.is_ending, left.next_action) == (LeadStatus.SCHEDULED, True, 0)
    assert (left.next_action_at, left.callback_at, left.plan_expires_at) == (NOW, None, None)


def test_lead_that_leaves_its_plan_is_done_where_nothing_comes_after() -> None:
    left = a_lead(next_action=4, next_action_at=LATER).leave_plan([], at=NOW)

    assert (left.status, left.next_action, left.next_action_at) == (LeadStatus.COMPLETED, None, None)


def test_restart_goes_back_into_the_plan() -> None:
    lead = a_lead(is_ending=True, next_action=2)

    restarted = lead.restart(beginning(a_schedule(), at=NOW), at=NOW)

    assert (restarted.is_ending, restarted.next_action) == (False, 0)


# --- beginning --------------------------------------------------------------------------------------------------------


def test_lead_begins_at_the_first_action_at_once() -> None:
    assert beginning(a_schedule(), at=LATER) == (LeadStatus.SCHEDULED, 0, LATER)


def test_lead_begins_at_the_moment_asked_for() -> None:
    assert beginning(a_schedule(), at=NOW, first_action_at=LATER) == (LeadStatus.SCHEDULED, 0, LATER)


def test_lead_of_an_empty_plan_waits_for_one() -> None:
    assert beginning(a_schedule(actions=()), at=NOW) == (LeadStatus.SCHEDULED, None, None)


def test_lead_of_an_offer_waits_in_the_queue_for_its_call() -> None:
    assert beginning(an_offer(), at=NOW) == (LeadStatus.QUEUE, None, None)


@pytest.mark.parametrize("status", sorted(LIVE - {LeadStatus.QUEUE}))
def test_restart_begins_again_from_anywhere_in_the_plan(status: LeadStatus) -> None:
    plan = beginning(a_schedule(), at=LATER)
    lead = a_lead(status=status, next_action=7, next_action_at=NOW).restart(plan, at=LATER)

    assert (lead.status, lead.next_action, lead.next_action_at) == (LeadStatus.SCHEDULED, 0, LATER)
    assert lead.updated_at == LATER


@pytest.mark.parametrize("status", sorted(ENDED))
def test_ended_lead_cannot_begin_again(status: LeadStatus) -> None:
    with pytest.raises(ImpossibleTransition):
        a_lead(status=status).restart(beginning(a_schedule(), at=LATER), at=LATER)
