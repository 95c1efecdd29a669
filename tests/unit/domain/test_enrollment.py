"""Enrollment: every outcome, and what is to be stored because of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest

from leadintake.domain.attribution import Attribution, TrafficSourceId
from leadintake.domain.claims import Claim, Reach, examine
from leadintake.domain.credential import LeadTokenId, TokenGrant
from leadintake.domain.enrollment import MOST_TOKENS, Decision, Dedupe, Snapshot, decide, refuse
from leadintake.domain.errors import (
    CallerBlocked,
    CallerOptedOut,
    CallerSuppressed,
    InvalidCallerId,
    PermissionDenied,
    TooManyFromAddress,
    TooManyTokens,
    UnknownLeadToken,
)
from leadintake.domain.event import EventKind
from leadintake.domain.lead import LIVE, LeadStatus
from leadintake.domain.notice import Notice
from leadintake.domain.owner import Action, ActionKind, OfferId, ScheduleId
from leadintake.domain.owner_rules import OwnerRules
from leadintake.domain.submission import Outcome
from leadintake.domain.suppression import SuppressionListId

from tests.support.builders import (
    ADA,
    BEN,
    EVE,
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
    from collections.abc import Iterable

    from leadintake.domain.contact import Contact
    from leadintake.domain.directory import Directory
    from leadintake.domain.lead import Lead
    from leadintake.domain.owner import OwnerRef

EARLIER = NOW - MINUTE
LATER = NOW + MINUTE
TOKENS = {
    SCHEDULE: LeadTokenId(UUID(int=1)),
    OTHER_SCHEDULE: LeadTokenId(UUID(int=2)),
    OFFER: LeadTokenId(UUID(int=3)),
}
DIRECTORY = a_directory(
    schedules={ScheduleId(1): a_schedule(), ScheduleId(2): a_schedule(id=ScheduleId(2))},
    offers={OfferId(1): an_offer()},
    traffic_sources={TrafficSourceId(number): a_traffic_source(id=number) for number in (1000, 1001)},
    lead_tokens={token: TokenGrant(owner=owner) for owner, token in TOKENS.items()},
)
STORED = a_contact(created_at=EARLIER, version=1)


def a_snapshot(contact: Contact = STORED, leads: Iterable[Lead] = ()) -> Snapshot:
    """Return all that decisions about one caller depend on."""
    return Snapshot(
        directory=DIRECTORY,
        contacts={contact.caller: contact},
        leads={(lead.caller, lead.owner): lead for lead in leads},
    )


def a_claim(owner: OwnerRef = SCHEDULE, /, *, directory: Directory = DIRECTORY, **fields: Any) -> Claim:  # noqa: ANN401 - any field of the command
    """Return what a sound submission of Ada's claims."""
    claim = examine(an_enroll_lead(receipt=a_receipt(lead_token_id=TOKENS[owner]), **fields), directory)
    assert isinstance(claim, Claim), claim
    return claim


def decided(snapshot: Snapshot, owner: OwnerRef = SCHEDULE, /, **fields: Any) -> Decision:  # noqa: ANN401 - likewise
    """Decide a sound submission of Ada's."""
    claim = a_claim(owner, directory=snapshot.directory, **fields)
    return decide(claim, snapshot, now=NOW, new_id=CountingIds())


def the_lead(decision: Decision) -> Lead:
    """Return the one lead that the decision is about and changes."""
    assert decision.lead is not None
    assert decision.leads == (decision.lead,)
    return decision.lead


def kinds(decision: Decision) -> list[EventKind]:
    return [event.kind for event in decision.events]


# --- created ----------------------------------------------------------------------------------------------------------


def test_new_caller_gets_a_lead_and_a_contact() -> None:
    new = a_contact()

    decision = decided(a_snapshot(new), tokens={"interest": "kittens"}, email="ada@example.com")

    lead = the_lead(decision)
    assert (decision.outcome, decision.refusal, decision.owner) == (Outcome.CREATED, None, SCHEDULE)
    assert decision.contact == new
    assert (lead.caller, lead.owner, lead.status, lead.version) == (ADA, SCHEDULE, LeadStatus.SCHEDULED, 1)
    assert (lead.created_at, lead.updated_at) == (NOW, NOW)
    assert (lead.tokens, lead.email) == ({"interest": "kittens"}, "ada@example.com")
    assert (lead.next_action, lead.next_action_at) == (0, NOW)
    assert (lead.priority, lead.expires_at, lead.remote_ip) == (Decimal(0), None, "203.0.113.7")


def test_all_that_was_given_is_on_the_new_lead() -> None:
    decision = decided(
        a_snapshot(),
        traffic_source_id="1000",
        sub_id="creative-A",
        lead_priority=Decimal("-0.5"),
        expires_in=timedelta(minutes=1),
        next_action_at="2026-03-01T12:01:00Z",
    )

    lead = the_lead(decision)
    assert lead.attribution == decision.attribution == Attribution(TrafficSourceId(1000), "creative-A")
    assert (lead.priority, lead.expires_at) == (Decimal("-0.5"), LATER)
    assert (lead.next_action, lead.next_action_at) == (0, LATER)


def test_lead_of_an_offer_waits_in_its_queue() -> None:
    lead = the_lead(decided(a_snapshot(), OFFER))

    assert (lead.owner, lead.status, lead.next_action_at) == (OFFER, LeadStatus.QUEUE, None)


def test_lead_does_not_gather_tokens_without_end() -> None:
    """Each submission is small enough; a sender who goes on with new names must not let one lead grow for ever."""
    known = a_lead(tokens={f"t{number}": "x" for number in range(MOST_TOKENS)})
    same = decided(a_snapshot(leads=[known]), tokens={"t1": "y"})
    more = decided(a_snapshot(leads=[known]), tokens={"one_more": "x"})

    assert same.outcome is Outcome.UPDATED
    assert more.refusal == TooManyTokens(
        errors={"tokens": ["would be more than 1000 on this lead, together with those it has"]}
    )
    assert (more.leads, more.contact) == ((), None)


def test_creation_is_told() -> None:
    """Token names are facts, token values are the person's."""
    decision = decided(a_snapshot(), tokens={"zip": "94301", "age": "44"}, traffic_source_id="1000", sub_id="a")

    [event] = decision.events
    lead = the_lead(decision)
    assert (event.kind, event.caller, event.lead_id, event.lead_version) == (EventKind.LEAD_CREATED, ADA, lead.id, 1)
    assert event.at == NOW
    assert event.details == {
        "submission_id": str(decision.command.receipt.id),
        "owner": {"kind": "schedule", "id": 1},
        "status": "scheduled",
        "traffic_source_id": 1000,
        "sub_id": "a",
        "tokens": ["age", "zip"],
    }


def test_live_lead_of_another_owner_is_no_matter() -> None:
    other = a_lead(owner=OTHER_SCHEDULE)

    decision = decided(a_snapshot(leads=[other]), SCHEDULE)

    assert decision.outcome is Outcome.CREATED
    assert the_lead(decision).id != other.id


# --- updated ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", sorted(LIVE))
def test_live_lead_is_updated_and_goes_on_where_it_stands(status: LeadStatus) -> None:
    """A sender who posts twice must not start the calls from the beginning."""
    known = a_lead(
        status=status, created_at=EARLIER, updated_at=EARLIER, next_action=3, next_action_at=LATER, version=4
    )

    decision = decided(a_snapshot(leads=[known]))

    lead = the_lead(decision)
    assert decision.outcome is Outcome.UPDATED
    assert kinds(decision) == [EventKind.LEAD_UPDATED]
    assert lead == replace(known, updated_at=NOW, remote_ip="203.0.113.7", version=5)


def test_tokens_are_merged_and_later_values_win() -> None:
    known = a_lead(tokens={"interest": "kittens", "age": "44"})

    lead = the_lead(decided(a_snapshot(leads=[known]), tokens={"interest": "dogs", "zip": "94301"}))

    assert lead.tokens == {"interest": "dogs", "age": "44", "zip": "94301"}


def test_what_is_given_replaces_what_was_stored() -> None:
    known = a_lead(
        email="old@example.com", priority=Decimal(1), expires_at=NOW + 2 * MINUTE, next_action=3, next_action_at=NOW
    )

    lead = the_lead(
        decided(
            a_snapshot(leads=[known]),
            email="new@example.com",
            lead_priority=Decimal(0),
            expires_in=timedelta(minutes=1),
            next_action_at="2026-03-01T12:01:00Z",
        )
    )

    assert (lead.email, lead.priority, lead.expires_at) == ("new@example.com", Decimal(0), LATER)
    assert (lead.next_action, lead.next_action_at) == (3, LATER)


def test_what_is_not_given_is_kept() -> None:
    known = a_lead(
        tokens={"interest": "kittens"},
        email="ada@example.com",
        attribution=Attribution(TrafficSourceId(1000), "creative-A"),
        priority=Decimal("2.5"),
        expires_at=LATER,
        next_action=3,
        next_action_at=LATER,
    )

    lead = the_lead(decided(a_snapshot(leads=[known])))

    assert lead == replace(known, updated_at=NOW, remote_ip="203.0.113.7", version=2)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, Attribution(TrafficSourceId(1000), "old")),
        ({"traffic_source_id": "1001"}, Attribution(TrafficSourceId(1001), None)),
        ({"sub_id": "new"}, Attribution(None, "new")),
        ({"traffic_source_id": "1001", "sub_id": "new"}, Attribution(TrafficSourceId(1001), "new")),
        ({"traffic_source_id": "1000", "sub_id": "new"}, Attribution(TrafficSourceId(1000), "new")),
        ({"traffic_source_id": "9999"}, Attribution(TrafficSourceId(1000), "old")),
        ({"traffic_source_id": "9999", "sub_id": "new"}, Attribution(TrafficSourceId(1000), "old")),
    ],
)
def test_source_and_sub_id_are_replaced_together(given: dict[str, str], expected: Attribution) -> None:
    """Half of one statement beside half of another would pay somebody for another one's work."""
    known = a_lead(attribution=Attribution(TrafficSourceId(1000), "old"))

    lead = the_lead(decided(a_snapshot(leads=[known]), **given))

    assert lead.attribution == expected


def test_pair_that_was_replaced_stays_in_the_events() -> None:
    known = a_lead(attribution=Attribution(TrafficSourceId(1000), "old"))

    changed = decided(a_snapshot(leads=[known]), traffic_source_id="1001", sub_id="new")
    kept = decided(a_snapshot(leads=[known]), traffic_source_id="1000", sub_id="old")

    assert changed.events[0].details["previous"] == {"traffic_source_id": 1000, "sub_id": "old"}
    assert "previous" not in kept.events[0].details


# --- restarted --------------------------------------------------------------------------------------------------------


def test_restart_begins_the_plan_again_with_the_new_data() -> None:
    known = a_lead(status=LeadStatus.RUNNING, tokens={"age": "44"}, next_action=3, next_action_at=LATER)

    decision = decided(a_snapshot(leads=[known]), restart_schedule=True, tokens={"age": "45"})

    lead = the_lead(decision)
    assert decision.outcome is Outcome.RESTARTED
    assert kinds(decision) == [EventKind.LEAD_RESTARTED]
    assert (lead.id, lead.status, lead.tokens) == (known.id, LeadStatus.SCHEDULED, {"age": "45"})
    assert (lead.next_action, lead.next_action_at, lead.version) == (0, NOW, 2)


def test_restart_at_a_moment_begins_then() -> None:
    decision = decided(a_snapshot(leads=[a_lead()]), restart_schedule=True, next_action_at="2026-03-01T12:01:00Z")

    assert the_lead(decision).next_action_at == LATER


def test_restart_of_nothing_is_a_beginning() -> None:
    assert decided(a_snapshot(), restart_schedule=True).outcome is Outcome.CREATED


def test_offer_lead_is_updated_and_not_restarted() -> None:
    known = a_lead(owner=OFFER, status=LeadStatus.QUEUE)

    decision = decided(a_snapshot(leads=[known]), OFFER, restart_schedule=True)

    assert (decision.outcome, the_lead(decision).status) == (Outcome.UPDATED, LeadStatus.QUEUE)


# --- the plan and its end ---------------------------------------------------------------------------------------------

HOUR = timedelta(hours=1)
PLAN = {"leaves_plan_in": HOUR, "max_contact_attempts": 3, "callback_in": timedelta(minutes=1)}


def test_plan_ends_and_callback_comes_when_they_were_asked_for() -> None:
    lead = the_lead(decided(a_snapshot(), **PLAN))

    assert (lead.plan_expires_at, lead.max_contact_attempts, lead.callback_at) == (NOW + HOUR, 3, LATER)
    assert (lead.next_action, lead.next_action_at) == (0, NOW), "the callback comes beside the plan"


def test_offer_has_a_callback_and_no_plan_to_leave() -> None:
    lead = the_lead(decided(a_snapshot(), OFFER, **PLAN))

    assert (lead.plan_expires_at, lead.max_contact_attempts, lead.callback_at) == (None, None, LATER)


@pytest.mark.parametrize("fields", [{}, PLAN], ids=["kept", "given"])
def test_what_ends_the_plan_counts_from_the_submission_that_says_so(fields: dict[str, Any]) -> None:
    known = a_lead(plan_expires_at=LATER, max_contact_attempts=9, callback_at=NOW + HOUR)

    lead = the_lead(decided(a_snapshot(leads=[known]), **fields))

    found = (lead.plan_expires_at, lead.max_contact_attempts, lead.callback_at)
    assert found == ((NOW + HOUR, 3, LATER) if fields else (LATER, 9, NOW + HOUR))


def test_time_that_was_named_goes_before_the_one_that_was_counted() -> None:
    lead = the_lead(decided(a_snapshot(), schedule_callback_at="2026-03-01T13:00:00Z", callback_in=timedelta(0)))

    assert lead.callback_at == NOW + HOUR


def test_callback_at_once_is_one() -> None:
    assert the_lead(decided(a_snapshot(), callback_in=timedelta(0))).callback_at == NOW


@pytest.mark.parametrize(
    ("end_actions", "outcome", "statuses", "told"),
    [
        (
            (Action("Say goodbye", ActionKind.EMAIL),),
            Outcome.UPDATED,
            [LeadStatus.SCHEDULED, LeadStatus.SCHEDULED],
            [EventKind.LEAD_MOVED_TO_END, EventKind.LEAD_UPDATED],
        ),
        (
            (),
            Outcome.CREATED,
            [LeadStatus.COMPLETED, LeadStatus.SCHEDULED],
            [EventKind.LEAD_COMPLETED, EventKind.LEAD_CREATED],
        ),
    ],
    ids=["end actions", "none"],
)
def test_lead_past_its_plan_leaves_it_before_anything_else(
    end_actions: tuple[Action, ...], outcome: Outcome, statuses: list[LeadStatus], told: list[EventKind]
) -> None:
    """Nobody has come by to note it; the submission that does must not find a lead in a plan that is over."""
    known = a_lead(plan_expires_at=NOW, next_action=4, version=2)
    snapshot = a_snapshot(leads=[known])
    snapshot.directory = replace(DIRECTORY, schedules={ScheduleId(1): a_schedule(end_actions=end_actions)})

    decision = decided(snapshot)

    assert decision.outcome is outcome
    assert [lead.status for lead in decision.leads] == statuses
    assert kinds(decision) == told
    assert [event.lead_version for event in decision.events] == [lead.version for lead in decision.leads]


def test_restart_brings_a_lead_back_from_the_end_of_its_schedule() -> None:
    lead = the_lead(decided(a_snapshot(leads=[a_lead(is_ending=True, next_action=1)]), restart_schedule=True))

    assert (lead.is_ending, lead.next_action) == (False, 0)


def test_restart_in_the_offer_is_by_the_plan_of_the_lead_that_was_found() -> None:
    """The offer's token has found a schedule's lead; the plan is that schedule's."""
    known = a_lead(owner=OTHER_SCHEDULE, status=LeadStatus.RUNNING, next_action=4)
    snapshot = a_snapshot(leads=[known])
    snapshot.directory = OF_ONE_OFFER

    decision = decided(snapshot, OFFER, restart_schedule=True, leaves_plan_in=HOUR, reach=Reach.OFFER)

    lead = the_lead(decision)
    assert (decision.outcome, lead.owner, lead.next_action) == (Outcome.RESTARTED, OTHER_SCHEDULE, 0)
    assert (lead.plan_expires_at, decision.notices) == (NOW + HOUR, ())


def test_create_or_update_of_an_offers_lead_tells_what_it_has_no_use_for() -> None:
    snapshot = a_snapshot(a_contact())
    snapshot.directory = OF_ONE_OFFER

    decision = decided(snapshot, OFFER, restart_schedule=True, leaves_plan_in=HOUR, reach=Reach.OFFER)

    assert decision.outcome is Outcome.CREATED
    assert [notice.field for notice in decision.notices] == ["restart_schedule", "hours_to_expire"]


def test_calls_that_the_tokens_apply_to_are_noted() -> None:
    assert decided(a_snapshot(), applies_to_calls=True).events[0].details["apply_to"] == "calls"
    assert "apply_to" not in decided(a_snapshot()).events[0].details


# --- the whole offer --------------------------------------------------------------------------------------------------

OF_ONE_OFFER = replace(
    DIRECTORY,
    schedules={ScheduleId(number): a_schedule(id=ScheduleId(number), offer_id=OfferId(1)) for number in (1, 2)},
)


def of_one_offer(*leads: Lead) -> Snapshot:
    """Return a snapshot in which both schedules belong to the offer."""
    snapshot = a_snapshot(leads=leads)
    snapshot.directory = OF_ONE_OFFER
    return snapshot


def test_newest_lead_in_the_offer_is_meant_unless_the_owner_has_one() -> None:
    own, older, newer = a_lead(), a_lead(owner=OFFER, status=LeadStatus.QUEUE), a_lead(owner=OTHER_SCHEDULE)

    found = [decided(of_one_offer(*leads), reach=Reach.OFFER).lead for leads in ((newer, older), (newer, older, own))]

    assert [lead and lead.id for lead in found] == [newer.id, own.id]


def test_matching_leads_get_the_data_and_nothing_else() -> None:
    """Another plan goes on as it stands, and nobody is paid for somebody else's lead."""
    other = a_lead(
        owner=OTHER_SCHEDULE,
        tokens={"age": "44", "zip": "1"},
        attribution=Attribution(TrafficSourceId(1001), "theirs"),
        remote_ip="203.0.113.9",
        next_action=2,
        next_action_at=LATER,
    )

    decision = decided(
        of_one_offer(other),
        update_all_matching_leads=True,
        tokens={"zip": "2"},
        email="ada@example.com",
        traffic_source_id="1000",
        next_action_at="2026-03-01T13:00:00Z",
        lead_priority=Decimal(5),
        expires_in=HOUR,
        **PLAN,
    )

    own, matched = decision.leads
    assert (decision.lead, own.owner) == (own, SCHEDULE)
    assert matched == replace(
        other, updated_at=NOW, tokens={"age": "44", "zip": "2"}, email="ada@example.com", version=2
    )
    assert kinds(decision) == [EventKind.LEAD_CREATED, EventKind.LEAD_UPDATED]


def test_matching_lead_whose_time_is_up_ends_instead() -> None:
    other = a_lead(owner=OTHER_SCHEDULE, expires_at=NOW)

    decision = decided(of_one_offer(other), update_all_matching_leads=True, update_only=True)

    assert decision.outcome is Outcome.IGNORED
    assert [lead.status for lead in decision.leads] == [LeadStatus.EXPIRED]


def test_matching_lead_does_not_gather_tokens_without_end_either() -> None:
    other = a_lead(owner=OTHER_SCHEDULE, tokens={f"t{number}": "x" for number in range(MOST_TOKENS)})

    decision = decided(of_one_offer(other), update_all_matching_leads=True, tokens={"one_more": "x"})

    assert isinstance(decision.refusal, TooManyTokens)
    assert decision.leads == ()


# --- suppression ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("offer_id", "is_refused"), [(None, True), (OfferId(1), True), (OfferId(2), False)], ids=str)
def test_only_lists_of_the_company_and_of_the_offer_hold(offer_id: OfferId | None, *, is_refused: bool) -> None:
    """Who is left alone for one offer may well be called for another."""
    snapshot = a_snapshot()
    snapshot.directory = replace(
        OF_ONE_OFFER, suppression_lists={SuppressionListId(1): a_suppression_list(offer_id=offer_id)}
    )
    snapshot.suppressed = {ADA: frozenset({SuppressionListId(1)})}

    decision = decided(snapshot)

    assert decision.refusal == (CallerSuppressed() if is_refused else None)


# --- lifting ----------------------------------------------------------------------------------------------------------


def test_lifting_is_told_before_the_lead_that_it_lets_in() -> None:
    contact = STORED.opt_out(at=EARLIER).block(at=EARLIER)

    decision = decided(a_snapshot(contact), opt_out=False, blocked=False, may_lift=True)

    assert decision.outcome is Outcome.CREATED
    assert decision.contact == STORED
    assert kinds(decision) == [
        EventKind.CONTACT_OPT_OUT_LIFTED,
        EventKind.CONTACT_UNBLOCKED,
        EventKind.LEAD_CREATED,
    ]


def test_lifting_that_leaves_another_reason_lifts_nothing() -> None:
    contact = STORED.opt_out(at=EARLIER).block(at=EARLIER)

    decision = decided(a_snapshot(contact), unblock_contact=True, may_lift=True)

    assert (decision.refusal, decision.contact, decision.events) == (CallerOptedOut(), None, ())


def test_lifting_without_permission_says_what_it_takes() -> None:
    decision = decided(a_snapshot(STORED.block(at=EARLIER)), unblock_contact=True)

    assert isinstance(decision.refusal, PermissionDenied)
    assert "API key with write permission" in decision.refusal.detail


def test_test_lifts_nothing() -> None:
    decision = decided(a_snapshot(STORED.block(at=EARLIER)), unblock_contact=True, may_lift=True, test=True)

    assert (decision.outcome, decision.contact, decision.events) == (Outcome.TEST, None, ())


# --- what was known ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("snapshot", "fields", "dedupe"),
    [
        (a_snapshot(a_contact()), {}, Dedupe.NONE),
        (a_snapshot(), {}, Dedupe.MATCHED_CONTACT),
        (a_snapshot(leads=[a_lead()]), {}, Dedupe.MATCHED_LIVE_LEAD),
        (a_snapshot(leads=[a_lead(expires_at=NOW)]), {}, Dedupe.MATCHED_CONTACT),
        (a_snapshot(leads=[a_lead()]), {"test": True}, Dedupe.MATCHED_LIVE_LEAD),
        (a_snapshot(leads=[a_lead()]), {"expire_existing": True}, Dedupe.MATCHED_CONTACT),
    ],
    ids=["nothing", "contact", "live", "overdue", "test", "expired first"],
)
def test_decision_says_what_was_known_of_the_caller(
    snapshot: Snapshot, fields: dict[str, bool], dedupe: Dedupe
) -> None:
    assert decided(snapshot, **fields).dedupe is dedupe


# --- ignored ----------------------------------------------------------------------------------------------------------


def test_update_only_never_creates() -> None:
    decision = decided(a_snapshot(a_contact()), update_only=True)

    assert (decision.outcome, decision.lead, decision.leads, decision.events) == (Outcome.IGNORED, None, (), ())
    assert decision.contact is None, "somebody unknown leaves no trace"


def test_update_only_updates_what_is_live() -> None:
    assert decided(a_snapshot(leads=[a_lead()]), update_only=True).outcome is Outcome.UPDATED


# --- expiry -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("expires_at", [NOW, EARLIER])
def test_lead_whose_time_is_up_ends_and_another_begins(expires_at: object) -> None:
    known = a_lead(expires_at=expires_at, next_action_at=NOW, tokens={"age": "44"}, version=3)

    decision = decided(a_snapshot(leads=[known]))

    gone, begun = decision.leads
    assert decision.outcome is Outcome.CREATED
    assert (gone.id, gone.status, gone.next_action_at, gone.version) == (known.id, LeadStatus.EXPIRED, None, 4)
    assert (begun, begun.tokens, begun.version) == (decision.lead, {}, 1)
    assert kinds(decision) == [EventKind.LEAD_EXPIRED, EventKind.LEAD_CREATED]
    assert [event.lead_version for event in decision.events] == [4, 1]


def test_lead_whose_time_is_up_is_nothing_to_update() -> None:
    decision = decided(a_snapshot(leads=[a_lead(expires_at=NOW)]), update_only=True)

    assert (decision.outcome, decision.lead) == (Outcome.IGNORED, None)
    assert [lead.status for lead in decision.leads] == [LeadStatus.EXPIRED]
    assert kinds(decision) == [EventKind.LEAD_EXPIRED]


def test_lead_that_has_time_left_is_updated() -> None:
    assert decided(a_snapshot(leads=[a_lead(expires_at=LATER)])).outcome is Outcome.UPDATED


# --- refused ----------------------------------------------------------------------------------------------------------


def test_opted_out_caller_is_refused() -> None:
    decision = decided(a_snapshot(STORED.opt_out(at=EARLIER)), tokens={"interest": "kittens"})

    assert (decision.outcome, decision.refusal, decision.owner) == (Outcome.REFUSED, CallerOptedOut(), SCHEDULE)
    assert (decision.lead, decision.contact, decision.leads, decision.events) == (None, None, (), ())


def test_blocked_caller_is_refused() -> None:
    assert decided(a_snapshot(STORED.block(at=EARLIER))).refusal == CallerBlocked()


def test_test_of_a_refused_caller_is_refused_too() -> None:
    """Whoever tries out a form must see what it will really answer."""
    assert decided(a_snapshot(STORED.opt_out(at=EARLIER)), test=True).refusal == CallerOptedOut()


def test_refusal_names_the_owner_as_far_as_there_is_one() -> None:
    own = Notice("renamed_token", "Age", "It is kept as age.")
    known = an_enroll_lead(receipt=a_receipt(lead_token_id=TOKENS[OFFER]), notices=(own,))
    unknown = an_enroll_lead()

    decisions = [
        refuse(known, InvalidCallerId(), DIRECTORY),
        refuse(unknown, UnknownLeadToken(), a_directory()),
    ]

    assert [decision.owner for decision in decisions] == [OFFER, None]
    assert [decision.outcome for decision in decisions] == [Outcome.REFUSED] * 2
    assert decisions[0].notices == (own,)


# --- opted out and blocked --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wish", "outcome", "status", "lead_kind", "contact_kind"),
    [
        (
            "opt_out",
            Outcome.OPTED_OUT,
            LeadStatus.OPT_OUT,
            EventKind.LEAD_OPTED_OUT,
            EventKind.CONTACT_OPTED_OUT,
        ),
        ("blocked", Outcome.BLOCKED, LeadStatus.BLOCKED, EventKind.LEAD_BLOCKED, EventKind.CONTACT_BLOCKED),
    ],
)
def test_wish_ends_every_live_lead_of_the_company(
    wish: str, outcome: Outcome, status: LeadStatus, lead_kind: EventKind, contact_kind: EventKind
) -> None:
    """Whichever form the caller met, they mean the company."""
    leads = [
        a_lead(next_action_at=LATER, version=2),
        a_lead(owner=OFFER, status=LeadStatus.QUEUE),
        a_lead(caller=BEN),
    ]

    decision = decided(a_snapshot(leads=leads), **{wish: True})

    assert (decision.outcome, decision.lead, decision.refusal) == (outcome, None, None)
    assert [(lead.id, lead.status, lead.version) for lead in decision.leads] == [
        (leads[0].id, status, 3),
        (leads[1].id, status, 2),
    ]
    assert {lead.next_action_at for lead in decision.leads} == {None}
    assert kinds(decision) == [lead_kind, lead_kind, contact_kind]
    assert decision.contact is not None
    assert (decision.contact.opted_out_at, decision.contact.blocked_at) == (
        (NOW, None) if wish == "opt_out" else (None, NOW)
    )


def test_wish_of_a_number_never_seen_is_recorded() -> None:
    decision = decided(a_snapshot(a_contact()), opt_out=True)

    assert decision.contact == a_contact(opted_out_at=NOW)
    assert kinds(decision) == [EventKind.CONTACT_OPTED_OUT]
    assert (decision.events[0].lead_id, decision.events[0].lead_version) == (None, None)


def test_opt_out_goes_before_a_block_and_both_are_kept() -> None:
    decision = decided(a_snapshot(leads=[a_lead()]), opt_out=True, blocked=True)

    assert decision.outcome is Outcome.OPTED_OUT
    assert [lead.status for lead in decision.leads] == [LeadStatus.OPT_OUT]
    assert decision.contact == replace(STORED, opted_out_at=NOW, blocked_at=NOW)
    assert kinds(decision) == [EventKind.LEAD_OPTED_OUT, EventKind.CONTACT_OPTED_OUT, EventKind.CONTACT_BLOCKED]


@pytest.mark.parametrize("wish", ["opt_out", "blocked"])
def test_wish_said_twice_is_said_once(wish: str) -> None:
    """The first request is the one kept, and tells nothing new the second time."""
    before = replace(STORED, opted_out_at=EARLIER, blocked_at=EARLIER)

    decision = decided(a_snapshot(before), **{wish: True})

    assert decision.outcome in {Outcome.OPTED_OUT, Outcome.BLOCKED}
    assert (decision.contact, decision.events, decision.leads) == (before, (), ())


def test_block_of_an_opted_out_caller_is_recorded() -> None:
    decision = decided(a_snapshot(STORED.opt_out(at=EARLIER)), blocked=True)

    assert decision.contact == replace(STORED, opted_out_at=EARLIER, blocked_at=NOW)
    assert kinds(decision) == [EventKind.CONTACT_BLOCKED]


def test_lead_whose_time_was_up_has_expired_and_was_not_opted_out() -> None:
    """Reports must not blame the form for a lead that was over anyway."""
    decision = decided(a_snapshot(leads=[a_lead(expires_at=NOW)]), opt_out=True)

    assert [(lead.status, lead.version) for lead in decision.leads] == [(LeadStatus.EXPIRED, 2)]
    assert kinds(decision) == [EventKind.LEAD_EXPIRED, EventKind.CONTACT_OPTED_OUT]


# --- tests ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "fields", [{}, {"opt_out": True}, {"blocked": True}, {"update_only": True}, {"restart_schedule": True}], ids=str
)
@pytest.mark.parametrize("leads", [[], [a_lead()], [a_lead(expires_at=NOW)]], ids=["none", "live", "expired"])
def test_test_stores_nothing(fields: dict[str, bool], leads: list[Lead]) -> None:
    """Trying out a form on one's own number must not opt anybody out."""
    decision = decided(a_snapshot(leads=leads), test=True, **fields)

    assert decision.outcome is Outcome.TEST
    assert (decision.contact, decision.leads, decision.events) == (None, (), ())
    assert decision.submission().lead_id is None


def test_test_shows_the_lead_as_it_would_be() -> None:
    known = a_lead(tokens={"age": "44"})

    created = decided(a_snapshot(), test=True, tokens={"zip": "94301"}).lead
    updated = decided(a_snapshot(leads=[known]), test=True, tokens={"zip": "94301"}).lead

    assert created is not None
    assert updated is not None
    assert (created.tokens, updated.tokens) == ({"zip": "94301"}, {"age": "44", "zip": "94301"})


# --- a batch ----------------------------------------------------------------------------------------------------------


def in_turn(snapshot: Snapshot, *claims: Claim) -> list[Decision]:
    """Decide these one after the other, each over what came before."""
    new_id = CountingIds()
    decisions = []
    for claim in claims:
        decision = decide(claim, snapshot, now=NOW, new_id=new_id)
        snapshot.after(decision)
        decisions.append(decision)
    return decisions


def test_second_command_updates_the_lead_of_the_first() -> None:
    """Two posts for one caller in one batch are what they would be in two."""
    first, second = in_turn(a_snapshot(a_contact()), a_claim(tokens={"a": "1"}), a_claim(tokens={"b": "2"}))

    assert [first.outcome, second.outcome] == [Outcome.CREATED, Outcome.UPDATED]
    assert the_lead(second).id == the_lead(first).id
    assert (the_lead(second).tokens, the_lead(second).version) == ({"a": "1", "b": "2"}, 2)


def test_update_only_finds_the_lead_of_the_first() -> None:
    outcomes = [each.outcome for each in in_turn(a_snapshot(a_contact()), a_claim(), a_claim(update_only=True))]

    assert outcomes == [Outcome.CREATED, Outcome.UPDATED]


def test_opt_out_holds_for_the_rest_of_the_batch() -> None:
    before, wish, after = in_turn(a_snapshot(a_contact()), a_claim(), a_claim(OFFER, opt_out=True), a_claim())

    assert [before.outcome, wish.outcome, after.outcome] == [Outcome.CREATED, Outcome.OPTED_OUT, Outcome.REFUSED]
    assert [(lead.id, lead.status) for lead in wish.leads] == [(the_lead(before).id, LeadStatus.OPT_OUT)]
    assert after.refusal == CallerOptedOut()


def test_lead_that_expired_in_the_batch_expires_once() -> None:
    known = a_lead(expires_at=NOW)

    first, second = in_turn(a_snapshot(leads=[known]), a_claim(update_only=True), a_claim())

    assert [lead.id for lead in first.leads] == [known.id]
    assert second.outcome is Outcome.CREATED
    assert known.id not in {lead.id for lead in second.leads}


def test_successor_of_an_expired_lead_is_the_live_one() -> None:
    first, second = in_turn(a_snapshot(leads=[a_lead(expires_at=NOW)]), a_claim(), a_claim())

    assert second.outcome is Outcome.UPDATED
    assert second.lead is not None
    assert first.lead is not None
    assert second.lead.id == first.lead.id


def test_ended_lead_says_nothing_about_the_live_one() -> None:
    """What is folded in late must not take the place of a lead that stands there now."""
    live, old = a_lead(), a_lead(status=LeadStatus.COMPLETED)
    snapshot = a_snapshot(leads=[live])

    snapshot.after(Decision(command=an_enroll_lead(), outcome=Outcome.UPDATED, leads=(old,)))

    assert snapshot.live_of(ADA) == [live]


def test_test_leaves_nothing_to_the_next_command() -> None:
    outcomes = [
        each.outcome
        for each in in_turn(a_snapshot(a_contact()), a_claim(test=True), a_claim(test=True, opt_out=True), a_claim())
    ]

    assert outcomes == [Outcome.TEST, Outcome.TEST, Outcome.CREATED]


def test_deciding_changes_nothing() -> None:
    """Only folding a decision in does."""
    snapshot = a_snapshot(leads=[a_lead()])
    before = (dict(snapshot.contacts), dict(snapshot.leads))

    decided(snapshot, opt_out=True)

    assert (snapshot.contacts, snapshot.leads) == before


def ruled(leads: Iterable[Lead] = (), **rules: Any) -> Snapshot:  # noqa: ANN401 - any rule
    """Return a snapshot whose schedule has these rules, and which looks back at these leads."""
    snapshot = a_snapshot(leads=leads)
    snapshot.directory = replace(
        DIRECTORY, schedules={**DIRECTORY.schedules, ScheduleId(1): a_schedule(rules=OwnerRules(**rules))}
    )
    snapshot.past = {ADA: {lead.id: lead for lead in leads}}
    return snapshot


def test_lead_of_the_batch_makes_the_next_one_a_duplicate() -> None:
    snapshot = ruled(duplicate_timeframe=HOUR)

    first, second = in_turn(snapshot, a_claim(directory=snapshot.directory), a_claim(directory=snapshot.directory))

    assert (first.outcome, second.refusal and second.refusal.code) == (Outcome.CREATED, "duplicate_lead")


def test_lead_of_the_batch_can_be_hidden_by_the_next_one() -> None:
    snapshot = ruled(duplicate_timeframe=HOUR)

    first, second = in_turn(
        snapshot, a_claim(directory=snapshot.directory), a_claim(directory=snapshot.directory, delete_existing=True)
    )

    assert second.outcome is Outcome.CREATED
    assert [(lead.id, lead.status) for lead in second.leads] == [
        (the_lead(first).id, LeadStatus.REMOVED),
        (second.lead and second.lead.id, LeadStatus.SCHEDULED),
    ]


def test_leads_of_the_batch_count_for_their_address() -> None:
    """What begins a lead counts; a test and an update do not."""
    snapshot = ruled(most_per_ip_a_day=3)
    snapshot.from_ip = {(SCHEDULE, "203.0.113.7"): 1}
    snapshot.contacts |= {caller: a_contact(caller=caller) for caller in (BEN, EVE)}
    directory = snapshot.directory

    decisions = in_turn(
        snapshot,
        a_claim(directory=directory, test=True),
        a_claim(directory=directory),
        a_claim(directory=directory),
        a_claim(directory=directory, caller_id=BEN.e164),
        a_claim(directory=directory, caller_id=EVE.e164),
    )

    assert [decision.outcome for decision in decisions] == [
        Outcome.TEST,
        Outcome.CREATED,
        Outcome.UPDATED,
        Outcome.CREATED,
        Outcome.REFUSED,
    ]
    assert decisions[4].refusal == TooManyFromAddress()
    assert the_lead(decisions[1]).counted_ip == "203.0.113.7"


def test_lead_without_an_address_is_not_counted() -> None:
    snapshot = ruled(most_per_ip_a_day=0)
    receipt = a_receipt(lead_token_id=TOKENS[SCHEDULE], remote_ip=None)
    claim = examine(an_enroll_lead(receipt=receipt), snapshot.directory)
    assert isinstance(claim, Claim)

    assert decide(claim, snapshot, now=NOW, new_id=CountingIds()).outcome is Outcome.CREATED


# --- the ledger's entry -----------------------------------------------------------------------------------------------


def test_accepted_submission_names_its_lead() -> None:
    decision = decided(a_snapshot(), traffic_source_id="9999")

    submission = decision.submission()
    assert submission.receipt == decision.command.receipt
    assert (submission.outcome, submission.owner) == (Outcome.CREATED, SCHEDULE)
    assert submission.lead_id == the_lead(decision).id
    assert (submission.code, submission.errors) == (None, {})
    assert [notice.code for notice in submission.notices] == ["unknown_traffic_source"]


def test_refused_submission_says_why() -> None:
    command = an_enroll_lead(receipt=a_receipt(lead_token_id=TOKENS[SCHEDULE]))

    submission = refuse(command, InvalidCallerId(), DIRECTORY).submission()

    assert (submission.outcome, submission.lead_id, submission.code) == (Outcome.REFUSED, None, "invalid_caller_id")
    assert submission.errors == {"caller_id": ("is not a valid phone number",)}
