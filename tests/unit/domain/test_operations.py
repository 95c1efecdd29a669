"""Caller operations: whom each is about, and every outcome with what is stored because of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest

from leadintake.domain.attribution import Attribution, TrafficSourceId
from leadintake.domain.credential import LeadTokenId
from leadintake.domain.errors import (
    CallerOptedOut,
    CallerSuppressed,
    InvalidCallerId,
    InvalidParameter,
    LeadHasNoSchedule,
    MissingCallerId,
    NotFound,
    PermissionDenied,
    UnknownLeadToken,
)
from leadintake.domain.event import EventKind
from leadintake.domain.lead import LIVE, LeadId, LeadStatus
from leadintake.domain.operating import decide
from leadintake.domain.operations import (
    CameBy,
    OperateOnCaller,
    Operation,
    OperationDecision,
    Standing,
    Target,
    examine,
    owner_of,
    refuse,
)
from leadintake.domain.owner import Action, ActionKind, OfferId, OwnerKind, OwnerRef, ScheduleId
from leadintake.domain.owner_rules import OwnerRules
from leadintake.domain.reserving import FieldError
from leadintake.domain.submission import Outcome
from leadintake.domain.suppression import SuppressionListId

from tests.support.builders import (
    ADA,
    BEN,
    MINUTE,
    NOW,
    OFFER,
    OTHER_SCHEDULE,
    SCHEDULE,
    CountingIds,
    a_contact,
    a_directory,
    a_lead,
    a_receipt,
    a_schedule,
    a_suppression_list,
    a_traffic_source,
    an_enroll_lead,
    an_offer,
)

if TYPE_CHECKING:
    from leadintake.domain.contact import Contact
    from leadintake.domain.lead import Lead

EARLIER = NOW - MINUTE
TOKENS = {
    SCHEDULE: LeadTokenId(UUID(int=1)),
    OTHER_SCHEDULE: LeadTokenId(UUID(int=2)),
    OFFER: LeadTokenId(UUID(int=3)),
}
LAST_MESSAGE = Action("Say goodbye", ActionKind.SMS)
DIRECTORY = a_directory(
    schedules={
        ScheduleId(1): a_schedule(),
        ScheduleId(2): a_schedule(id=ScheduleId(2), end_actions=(LAST_MESSAGE,)),
    },
    offers={OfferId(1): an_offer()},
    traffic_sources={TrafficSourceId(1000): a_traffic_source()},
    lead_tokens={token: owner for owner, token in TOKENS.items()},
)
STORED = a_contact(created_at=EARLIER, version=1)
OPT_OUTS = [Operation.CALLER_OPT_OUT, Operation.LEAD_OPT_OUT]
REMOVALS = [Operation.CALLER_REMOVE, Operation.LEAD_REMOVE]
MOVES = [Operation.CALLER_MOVE_TO_END_OF_SCHEDULE, Operation.LEAD_MOVE_TO_END_OF_SCHEDULE]


def a_stored(**fields: Any) -> Lead:  # noqa: ANN401 - any field of a lead
    """Return a live lead of Ada's that was stored a minute ago, in its third version."""
    return a_lead(**({"created_at": EARLIER, "updated_at": EARLIER, "version": 3} | fields))


def a_standing(*leads: Lead, contact: Contact = STORED, **fields: Any) -> Standing:  # noqa: ANN401 - any field of a standing
    """Return all that operations on one caller depend on."""
    whole: dict[str, Any] = {
        "directory": DIRECTORY,
        "contacts": {contact.caller: contact},
        "leads": {contact.caller: {lead.id: lead for lead in leads}},
    }
    return Standing(**whole | fields)


def asked(operation: Operation, by: OwnerRef | CameBy = SCHEDULE, **fields: Any) -> OperateOnCaller:  # noqa: ANN401 - any field of the command
    """Return a sound command about Ada, by the lead token of an owner or another way."""
    is_token = isinstance(by, OwnerRef)
    token = TOKENS[by] if isinstance(by, OwnerRef) else None
    came_by = CameBy.LEAD_TOKEN if is_token else by
    caller_id = None if operation.names_a_lead else ADA.e164
    whole: dict[str, Any] = {
        "receipt": a_receipt(lead_token_id=token, route=operation.value),
        "operation": operation,
        "came_by": came_by,
        "caller_id": caller_id,
    }
    return OperateOnCaller(**whole | fields)


def decided(
    standing: Standing,
    operation: Operation,
    by: OwnerRef | CameBy = SCHEDULE,
    **fields: Any,  # noqa: ANN401 - any field of the command
) -> OperationDecision:
    """Decide a command; one that names a lead names the newest, unless told which."""
    leads = [lead for leads in standing.leads.values() for lead in leads.values()]
    if operation.names_a_lead:
        fields.setdefault("lead_id", leads[-1].id if leads else LeadId(UUID(int=9)))
    command = asked(operation, by, **fields)
    target = examine(command, standing.directory, {lead.id: lead for lead in leads})
    if isinstance(target, Target):
        return decide(target, standing, now=NOW, new_id=CountingIds())
    return refuse(command, target, owner=owner_of(command, standing.directory))


def told(decision: OperationDecision) -> list[tuple[EventKind, LeadId | None]]:
    return [(event.kind, event.lead_id) for event in decision.events]


def codes(decision: OperationDecision) -> list[str]:
    return [notice.code for notice in decision.notices]


# --- whom it is about -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("operation", Operation)
def test_revoked_lead_token_is_unknown(operation: Operation) -> None:
    """It died after the request was identified: no operation may slip through in between."""
    command = asked(operation, receipt=a_receipt(lead_token_id=LeadTokenId(UUID(int=99))))

    assert examine(command, DIRECTORY, {}) == UnknownLeadToken()


@pytest.mark.parametrize("operation", [each for each in Operation if each.names_a_lead])
def test_absent_and_foreign_leads_look_the_same(operation: Operation) -> None:
    """Else a lead token could find out which leads others have."""
    foreign = a_stored(owner=OFFER)

    for standing in (a_standing(), a_standing(foreign)):
        assert decided(standing, operation).refusal == NotFound()


@pytest.mark.parametrize("operation", [Operation.CALLER_REMOVE, Operation.CALLER_MOVE_TO_END_OF_SCHEDULE])
def test_absent_and_foreign_callers_look_the_same(operation: Operation) -> None:
    absent = decided(a_standing(contact=a_contact()), operation)
    foreign = decided(a_standing(a_stored(owner=OTHER_SCHEDULE)), operation)

    assert absent.refusal == foreign.refusal
    assert isinstance(foreign.refusal, NotFound)
    assert (foreign.leads, foreign.events, foreign.contact) == ((), (), None)


@pytest.mark.parametrize("operation", [Operation.CALLER_BLOCK, Operation.CALLER_UNBLOCK])
def test_lead_token_cannot_block_or_unblock(operation: Operation) -> None:
    refusal = decided(a_standing(), operation).refusal

    assert isinstance(refusal, PermissionDenied)


def test_owner_that_does_not_exist_is_not_found() -> None:
    """A mistyped number must not act on every owner."""
    nowhere = OwnerRef(OwnerKind.SCHEDULE, 99)

    decision = decided(a_standing(a_stored()), Operation.CALLER_REMOVE, CameBy.API_KEY, owner=nowhere)

    assert isinstance(decision.refusal, NotFound)


@pytest.mark.parametrize("operation", [each for each in Operation if not each.names_a_lead])
def test_caller_must_be_a_number(operation: Operation) -> None:
    by = CameBy.API_KEY

    assert decided(a_standing(), operation, by, caller_id="12").refusal == InvalidCallerId()
    assert decided(a_standing(), operation, by, caller_id=None).refusal == MissingCallerId()


def test_wish_is_heard_whatever_else_is_wrong() -> None:
    """A caller who wants to be left alone must not depend on the sender's other parameters."""
    fault = FieldError("invalid_parameter", "test", "is not yes or no")

    heard = decided(a_standing(), Operation.CALLER_OPT_OUT, errors=(fault,))
    refused = decided(a_standing(a_stored()), Operation.CALLER_REMOVE, errors=(fault,))

    assert (heard.outcome, codes(heard)) == (Outcome.OPTED_OUT, ["invalid_parameter"])
    assert refused.refusal == InvalidParameter(errors={"test": ["is not yes or no"]})


# --- opting out and blocking ------------------------------------------------------------------------------------------


def test_opt_out_ends_every_live_lead_in_the_company() -> None:
    """The wish belongs to the caller: it holds for owners that the lead token knows nothing of."""
    mine, other, offers = a_stored(), a_stored(owner=OTHER_SCHEDULE), a_stored(owner=OFFER, status=LeadStatus.QUEUE)
    done = a_stored(status=LeadStatus.COMPLETED)

    decision = decided(a_standing(done, mine, other, offers), Operation.CALLER_OPT_OUT)

    assert (decision.outcome, decision.lead, decision.owner) == (Outcome.OPTED_OUT, None, SCHEDULE)
    assert decision.contact == STORED.opt_out(at=NOW)
    assert [(lead.id, lead.status, lead.version) for lead in decision.leads] == [
        (lead.id, LeadStatus.OPT_OUT, 4) for lead in (mine, other, offers)
    ]
    assert told(decision) == [(EventKind.LEAD_OPTED_OUT, lead.id) for lead in (mine, other, offers)] + [
        (EventKind.CONTACT_OPTED_OUT, None)
    ]


def test_opt_out_of_a_number_never_seen_is_recorded() -> None:
    """It holds for the next submission, so there must be somewhere to keep it."""
    decision = decided(a_standing(contact=a_contact()), Operation.CALLER_OPT_OUT)

    assert decision.outcome is Outcome.OPTED_OUT
    assert decision.contact == a_contact(opted_out_at=NOW)
    assert told(decision) == [(EventKind.CONTACT_OPTED_OUT, None)]


@pytest.mark.parametrize("operation", OPT_OUTS)
def test_second_opt_out_changes_nothing(operation: Operation) -> None:
    """The first wish is the one kept: its time is evidence."""
    contact = STORED.opt_out(at=EARLIER)

    decision = decided(a_standing(a_stored(status=LeadStatus.OPT_OUT), contact=contact), operation)

    assert (decision.outcome, decision.contact) == (Outcome.UNCHANGED, contact)
    assert (decision.leads, decision.events) == ((), ())


def test_opt_out_by_lead_is_that_of_its_caller() -> None:
    """A caller who says stop means all of it, whichever lead they were told of."""
    first, named = a_stored(owner=OFFER, status=LeadStatus.QUEUE), a_stored()

    decision = decided(a_standing(first, named), Operation.LEAD_OPT_OUT)

    assert decision.contact == STORED.opt_out(at=NOW)
    assert {lead.id for lead in decision.leads} == {first.id, named.id}
    assert decision.lead is not None
    assert (decision.lead.id, decision.lead.status) == (named.id, LeadStatus.OPT_OUT)


def test_opt_out_by_a_lead_that_has_ended_still_opts_the_caller_out() -> None:
    ended = a_stored(status=LeadStatus.REMOVED)

    decision = decided(a_standing(ended), Operation.LEAD_OPT_OUT)

    assert (decision.outcome, decision.lead, decision.leads) == (Outcome.OPTED_OUT, ended, ())


def test_block_ends_every_live_lead_as_blocked() -> None:
    lead = a_stored(owner=OFFER, status=LeadStatus.QUEUE)

    decision = decided(a_standing(lead), Operation.CALLER_BLOCK, CameBy.API_KEY)

    assert (decision.outcome, decision.contact) == (Outcome.BLOCKED, STORED.block(at=NOW))
    assert [one.status for one in decision.leads] == [LeadStatus.BLOCKED]
    assert told(decision) == [(EventKind.LEAD_BLOCKED, lead.id), (EventKind.CONTACT_BLOCKED, None)]


def test_blocked_caller_can_still_opt_out() -> None:
    """The block may be lifted one day; the caller's own wish must be there then."""
    decision = decided(a_standing(contact=STORED.block(at=EARLIER)), Operation.CALLER_OPT_OUT)

    assert decision.outcome is Outcome.OPTED_OUT
    assert decision.contact == STORED.block(at=EARLIER).opt_out(at=NOW)


def test_lead_whose_time_was_up_has_expired_and_not_opted_out() -> None:
    """Reports must not count a wish for a lead that was over before it."""
    overdue = a_stored(expires_at=EARLIER)

    decision = decided(a_standing(overdue), Operation.CALLER_OPT_OUT)

    assert [lead.status for lead in decision.leads] == [LeadStatus.EXPIRED]
    assert decision.done_to == ()
    assert told(decision) == [(EventKind.LEAD_EXPIRED, overdue.id), (EventKind.CONTACT_OPTED_OUT, None)]


# --- unblocking -------------------------------------------------------------------------------------------------------


def test_unblock_lifts_the_block_and_not_the_opt_out() -> None:
    """Whoever corrects the company's choice must not undo the caller's by the way."""
    both = STORED.block(at=EARLIER).opt_out(at=EARLIER)

    decision = decided(a_standing(contact=both), Operation.CALLER_UNBLOCK, CameBy.API_KEY)

    assert (decision.outcome, decision.contact) == (Outcome.UNBLOCKED, STORED.opt_out(at=EARLIER))
    assert told(decision) == [(EventKind.CONTACT_UNBLOCKED, None)]
    assert codes(decision) == ["still_opted_out"]


def test_opt_out_is_lifted_when_asked_in_so_many_words() -> None:
    opted_out = STORED.opt_out(at=EARLIER)

    decision = decided(a_standing(contact=opted_out), Operation.CALLER_UNBLOCK, CameBy.COMMAND_LINE, lifts_opt_out=True)

    assert (decision.outcome, decision.contact) == (Outcome.UNBLOCKED, STORED)
    assert told(decision) == [(EventKind.CONTACT_OPT_OUT_LIFTED, None)]
    assert codes(decision) == []


def test_unblocking_who_is_not_blocked_changes_nothing() -> None:
    decision = decided(a_standing(), Operation.CALLER_UNBLOCK, CameBy.API_KEY)

    assert (decision.outcome, decision.contact, decision.events) == (Outcome.UNCHANGED, None, ())


def test_unblocking_a_number_never_seen_is_not_found() -> None:
    decision = decided(a_standing(contact=a_contact()), Operation.CALLER_UNBLOCK, CameBy.API_KEY)

    assert isinstance(decision.refusal, NotFound)


# --- removing ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("operation", REMOVALS)
@pytest.mark.parametrize("status", sorted(LIVE - {LeadStatus.QUEUE}))
def test_live_lead_is_removed(operation: Operation, status: LeadStatus) -> None:
    lead, other = a_stored(status=status, next_action_at=NOW), a_stored(owner=OTHER_SCHEDULE)

    decision = decided(a_standing(other, lead), operation)

    removed = replace(lead, status=LeadStatus.REMOVED, updated_at=NOW, next_action_at=None, version=4)
    assert (decision.outcome, decision.lead, decision.leads) == (Outcome.REMOVED, removed, (removed,))
    assert (decision.done_to, decision.contact) == ((removed,), None)
    assert told(decision) == [(EventKind.LEAD_REMOVED, lead.id)]


@pytest.mark.parametrize("operation", REMOVALS)
def test_second_removal_changes_nothing(operation: Operation) -> None:
    removed = a_stored(status=LeadStatus.REMOVED)

    decision = decided(a_standing(removed), operation)

    assert (decision.outcome, decision.lead) == (Outcome.UNCHANGED, removed)
    assert (decision.leads, decision.events, codes(decision)) == ((), (), [])


@pytest.mark.parametrize("operation", REMOVALS + MOVES)
@pytest.mark.parametrize("status", [LeadStatus.COMPLETED_CONVERTED, LeadStatus.OPT_OUT, LeadStatus.EXPIRED])
def test_lead_that_had_ended_keeps_how_it_ended(operation: Operation, status: LeadStatus) -> None:
    """A lead token must not be able to turn a conversion into something else."""
    ended = a_stored(status=status)

    decision = decided(a_standing(ended), operation)

    assert (decision.outcome, decision.lead, decision.leads) == (Outcome.UNCHANGED, ended, ())
    assert codes(decision) == ["lead_had_ended"]


@pytest.mark.parametrize("operation", REMOVALS + MOVES)
def test_lead_whose_time_was_up_has_expired(operation: Operation) -> None:
    overdue = a_stored(expires_at=NOW)

    decision = decided(a_standing(overdue), operation)

    assert (decision.outcome, codes(decision)) == (Outcome.UNCHANGED, ["lead_had_ended"])
    assert [lead.status for lead in decision.leads] == [LeadStatus.EXPIRED]
    assert (decision.done_to, told(decision)) == ((), [(EventKind.LEAD_EXPIRED, overdue.id)])


def test_newest_lead_stands_for_those_that_have_ended() -> None:
    """What became of the caller last is what there is to say."""
    older, newer = a_stored(status=LeadStatus.COMPLETED), a_stored(status=LeadStatus.REMOVED)

    decision = decided(a_standing(older, newer), Operation.CALLER_REMOVE)

    assert (decision.lead, codes(decision)) == (newer, [])


def test_api_key_removes_under_every_owner_unless_one_is_named() -> None:
    first, second = a_stored(), a_stored(owner=OFFER, status=LeadStatus.QUEUE)
    standing = a_standing(first, second)

    everywhere = decided(standing, Operation.CALLER_REMOVE, CameBy.API_KEY)
    at_one = decided(standing, Operation.CALLER_REMOVE, CameBy.API_KEY, owner=SCHEDULE)

    assert [lead.id for lead in everywhere.done_to] == [first.id, second.id]
    assert everywhere.lead is not None
    assert everywhere.lead.id == second.id
    assert [lead.id for lead in at_one.done_to] == [first.id]
    assert at_one.owner == SCHEDULE


# --- moving to the end of the schedule --------------------------------------------------------------------------------


@pytest.mark.parametrize("operation", MOVES)
def test_lead_moves_to_the_end_of_schedule_actions(operation: Operation) -> None:
    lead = a_stored(owner=OTHER_SCHEDULE, next_action=0, next_action_at=NOW + timedelta(days=3))

    decision = decided(a_standing(lead), operation, OTHER_SCHEDULE)

    assert decision.outcome is Outcome.MOVED_TO_END_OF_SCHEDULE
    [moved] = decision.leads
    assert (moved.status, moved.is_ending, moved.next_action, moved.next_action_at) == (
        LeadStatus.SCHEDULED,
        True,
        0,
        NOW,
    )
    assert moved.version == 4
    assert told(decision) == [(EventKind.LEAD_MOVED_TO_END, lead.id)]


@pytest.mark.parametrize("operation", MOVES)
def test_lead_completes_where_nothing_is_done_at_the_end(operation: Operation) -> None:
    lead = a_stored()

    decision = decided(a_standing(lead), operation)

    assert decision.outcome is Outcome.MOVED_TO_END_OF_SCHEDULE
    assert [one.status for one in decision.done_to] == [LeadStatus.COMPLETED]
    assert told(decision) == [(EventKind.LEAD_COMPLETED, lead.id)]


@pytest.mark.parametrize("operation", MOVES)
@pytest.mark.parametrize("status", [LeadStatus.SCHEDULED, LeadStatus.WAITING, LeadStatus.COMPLETED])
def test_lead_that_is_at_the_end_stays_there(operation: Operation, status: LeadStatus) -> None:
    """Doing it twice must not run the end-of-schedule actions again."""
    ending = a_stored(owner=OTHER_SCHEDULE, is_ending=True, status=status)

    decision = decided(a_standing(ending), operation, OTHER_SCHEDULE)

    assert (decision.outcome, decision.leads, codes(decision)) == (Outcome.UNCHANGED, (), [])


@pytest.mark.parametrize("operation", MOVES)
@pytest.mark.parametrize("status", [LeadStatus.QUEUE, LeadStatus.EXPIRED])
def test_lead_of_an_offer_has_no_schedule(operation: Operation, status: LeadStatus) -> None:
    decision = decided(a_standing(a_stored(owner=OFFER, status=status)), operation, OFFER)

    assert decision.refusal == LeadHasNoSchedule()


def test_api_key_moves_the_leads_that_have_a_schedule() -> None:
    """One of an offer among them is no reason to leave the others where they are."""
    scheduled, queued = a_stored(), a_stored(owner=OFFER, status=LeadStatus.QUEUE)

    decision = decided(a_standing(scheduled, queued), Operation.CALLER_MOVE_TO_END_OF_SCHEDULE, CameBy.API_KEY)

    assert [lead.id for lead in decision.leads] == [scheduled.id]


# --- updating ---------------------------------------------------------------------------------------------------------


def updated(standing: Standing, by: OwnerRef | CameBy = SCHEDULE, /, **fields: Any) -> OperationDecision:  # noqa: ANN401 - any field of the submission
    """Update the newest lead."""
    command = asked(Operation.LEAD_UPDATE, by)
    update = an_enroll_lead(**({"receipt": command.receipt, "caller_id": None} | fields))
    return decided(standing, Operation.LEAD_UPDATE, by, receipt=command.receipt, update=update)


@pytest.mark.parametrize("by", [SCHEDULE, CameBy.API_KEY, CameBy.COMMAND_LINE])
def test_lead_is_updated_as_by_a_submission(by: OwnerRef | CameBy) -> None:
    lead = a_stored(tokens={"interest": "kittens"}, email="ada@example.com")

    decision = updated(
        a_standing(lead), by, tokens={"color": "red"}, traffic_source_id="1000", sub_id="A", expires_in=MINUTE
    )

    assert decision.outcome is Outcome.UPDATED
    assert decision.lead is not None
    assert decision.leads == decision.done_to == (decision.lead,)
    assert decision.lead.tokens == {"interest": "kittens", "color": "red"}
    assert decision.lead.attribution == Attribution(TrafficSourceId(1000), "A")
    assert (decision.lead.email, decision.lead.expires_at) == ("ada@example.com", NOW + MINUTE)
    assert told(decision) == [(EventKind.LEAD_UPDATED, lead.id)]
    assert decision.events[0].details["came_by"] == (by if isinstance(by, CameBy) else "lead_token")
    assert decision.owner == SCHEDULE


def test_update_changes_the_named_lead_and_begins_none() -> None:
    """A newer lead of the same caller is another lead."""
    named, newer = a_stored(status=LeadStatus.REMOVED), a_stored()
    standing = a_standing(newer, named)

    decision = updated(standing, tokens={"color": "red"})

    assert (decision.outcome, decision.lead, decision.leads) == (Outcome.IGNORED, None, ())
    assert codes(decision) == ["lead_had_ended"]


def test_lead_keeps_its_number() -> None:
    standing = a_standing(a_stored())

    def by_number(caller_id: str) -> OperationDecision:
        command = asked(Operation.LEAD_UPDATE)
        update = an_enroll_lead(receipt=command.receipt, caller_id=caller_id)
        return decided(standing, Operation.LEAD_UPDATE, receipt=command.receipt, update=update, caller_id=caller_id)

    assert by_number("(202) 555-0143").outcome is Outcome.UPDATED
    assert isinstance(by_number(BEN.e164).refusal, InvalidParameter)
    assert isinstance(by_number("12").refusal, InvalidParameter)


def test_lead_token_that_holds_a_number_elsewhere_is_only_data_here() -> None:
    """Submissions may take the caller from it; an update is about the lead's own caller, whatever it says."""
    mapped = a_schedule(rules=OwnerRules(phone_fields=("phone",)))
    standing = a_standing(a_stored(), directory=replace(DIRECTORY, schedules={ScheduleId(1): mapped}))

    decision = updated(standing, tokens={"phone": BEN.e164}, phone_alias="phone")

    assert [(lead.caller, lead.tokens) for lead in decision.leads] == [(ADA, {"phone": BEN.e164})]
    assert codes(decision) == []


def test_update_never_puts_the_lead_away() -> None:
    """It says what a submission should do before it begins a lead, and an update begins none."""
    decision = updated(a_standing(a_stored()), tokens={"color": "red"}, delete_existing=True, expire_existing=True)

    assert decision.outcome is Outcome.UPDATED
    assert [lead.status for lead in decision.leads] == [LeadStatus.SCHEDULED]
    assert codes(decision) == ["unsupported_parameter"] * 2


def test_refused_update_changes_nothing() -> None:
    standing = a_standing(a_stored(), contact=STORED.opt_out(at=EARLIER))

    decision = updated(standing, tokens={"color": "red"})

    assert decision.refusal == CallerOptedOut()
    assert (decision.leads, decision.events, decision.contact) == ((), (), None)


def test_update_of_a_suppressed_caller_is_refused() -> None:
    listed = SuppressionListId(1)
    directory = replace(DIRECTORY, suppression_lists={listed: a_suppression_list()})
    standing = a_standing(a_stored(), directory=directory, suppressed={ADA: frozenset({listed})})

    assert updated(standing, tokens={"color": "red"}).refusal == CallerSuppressed()


def test_only_who_may_lifts_a_block_with_an_update() -> None:
    """The rule of submissions holds here too: a lead token can never lift what stands."""
    standing = a_standing(a_stored(), contact=STORED.block(at=EARLIER))

    assert isinstance(updated(standing, unblock_contact=True).refusal, PermissionDenied)
    assert updated(standing, CameBy.API_KEY, unblock_contact=True).contact == STORED


# --- what holds for all -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("operation", Operation)
def test_rehearsed_operation_changes_nothing(operation: Operation) -> None:
    """`test` answers as usual and does nothing; a test that opts somebody out cannot be taken back."""
    contact = STORED.block(at=EARLIER) if operation is Operation.CALLER_UNBLOCK else STORED
    fields: dict[str, Any] = {"test": True}
    if operation is Operation.LEAD_UPDATE:
        fields = {"update": an_enroll_lead(receipt=a_receipt(lead_token_id=None), caller_id=None, test=True)}

    decision = decided(a_standing(a_stored(), contact=contact), operation, CameBy.API_KEY, **fields)

    assert (decision.outcome, decision.refusal) == (Outcome.TEST, None)
    assert (decision.contact, decision.leads, decision.done_to, decision.events) == (None, (), (), ())
    assert decision.submission().lead_id is None


@pytest.mark.parametrize("by", [SCHEDULE, CameBy.API_KEY, CameBy.COMMAND_LINE])
def test_events_say_which_way_it_came(by: OwnerRef | CameBy) -> None:
    """A leaked lead token is found by what it did; the credential itself is in no event."""
    decision = decided(a_standing(a_stored()), Operation.CALLER_OPT_OUT, by)

    expected = {
        "submission_id": str(decision.command.receipt.id),
        "operation": "caller_opt_out",
        "came_by": by if isinstance(by, CameBy) else "lead_token",
    }
    of_lead, of_contact = decision.events
    assert of_contact.details == expected
    assert of_lead.details == expected | {"owner": {"kind": "schedule", "id": 1}, "status": "opt_out"}


def test_later_operation_sees_what_an_earlier_one_did() -> None:
    standing = a_standing(a_stored())

    outcomes = []
    for operation in (
        Operation.CALLER_REMOVE,
        Operation.CALLER_REMOVE,
        Operation.CALLER_OPT_OUT,
        Operation.LEAD_OPT_OUT,
    ):
        decision = decided(standing, operation)
        standing.after(decision)
        outcomes.append(decision.outcome)

    assert outcomes == [Outcome.REMOVED, Outcome.UNCHANGED, Outcome.OPTED_OUT, Outcome.UNCHANGED]


def test_update_without_anything_to_update_is_a_fault_of_ours() -> None:
    with pytest.raises(ValueError, match="what is to be updated"):
        decided(a_standing(a_stored()), Operation.LEAD_UPDATE)
