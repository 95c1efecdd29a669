"""Explanations: each rule with its verdict, and no stored value."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from leadintake.adapters.memory.store import MemoryStore
from leadintake.domain.contact_field import FieldType
from leadintake.domain.owner import OfferId, ScheduleId
from leadintake.domain.owner_rules import OwnerRules
from leadintake.domain.parameter_text import FieldError
from leadintake.domain.submission import SubmissionId
from leadintake.domain.trace import Step, TraceStep, Verdict
from leadintake.domain.use_cases.enroll_leads import enroll_leads

from tests.support.apps import KEYRING
from tests.support.builders import (
    ADA,
    BEN,
    NOW,
    CountingIds,
    SteppingClock,
    a_contact_field,
    a_lead_token,
    a_receipt,
    an_enroll_lead,
    new_id,
)

if TYPE_CHECKING:
    from leadintake.domain.decision import Decision

STRICT = OwnerRules(
    duplicate_timeframe=timedelta(hours=1),
    rejects_same_source=True,
    phone_lengths=(10, 10),
    most_per_ip_a_day=1,
    enforces_contact_fields=True,
)
SOUND = {"tokens": {"zip": "90210"}, "traffic_source_id": "1000"}


class Desk:
    """A company whose schedule has every rule there is."""

    def __init__(self) -> None:
        self.store = MemoryStore()
        self.company = self.store.installation.add_company(name="Solar", region="US", time_zone="UTC")
        self.token = a_lead_token()
        self.clock, self.new_id = SteppingClock(), CountingIds()
        with self.store.unit_of_work(self.company.id) as uow:
            uow.directory.add_offer(name="Solar roofs")
            uow.directory.add_schedule(name="Call", actions=(), offer_id=OfferId(1), rules=STRICT)
            uow.directory.add_traffic_source(name="Kitten banners")
            uow.directory.add_lead_token(self.token)
            uow.directory.add_contact_field(a_contact_field(type=FieldType.ZIP, required=True))
            uow.suppression.add(uow.directory.add_suppression_list(name="Complaints").id, [BEN], at=NOW)
            uow.commit()

    def submit(self, **fields: Any) -> Decision:  # noqa: ANN401 - any field of the command
        """Submit a lead of Ada's and ask why."""
        receipt = a_receipt(id=SubmissionId(new_id()), lead_token_id=self.token.id)
        command = an_enroll_lead(**{"receipt": receipt, "explain": True, **SOUND, **fields})
        [decision] = enroll_leads(
            [command], unit_of_work=self.store.unit_of_work, keyring=KEYRING, clock=self.clock, new_id=self.new_id
        )
        return decision


@pytest.fixture
def desk() -> Desk:
    return Desk()


def verdicts(decision: Decision) -> dict[str, str]:
    """Return the verdict of each rule."""
    return {each.rule: each.verdict for each in decision.trace}


def refusing(decision: Decision) -> list[tuple[Step, str]]:
    """Return the steps and rules that refused."""
    return [(each.step, each.rule) for each in decision.trace if each.verdict == Verdict.REFUSED]


def test_trace_of_a_lead_that_is_in_goes_through_every_step_in_order(desk: Desk) -> None:
    trace = desk.submit().trace

    assert [step for place, step in enumerate(each.step for each in trace) if place in first_places(trace)] == [*Step]
    assert {each.verdict for each in trace[:-1]} == {Verdict.PASSED, Verdict.NOT_IN_FORCE}
    assert trace[-1] == TraceStep(Step.ENROL, "one_live_lead", "created")
    assert verdicts(desk.submit(update_only=True))["update_only"] == "updated"


def first_places(trace: tuple[TraceStep, ...]) -> set[int]:
    """Return where each step is named first."""
    steps = [each.step for each in trace]
    return {steps.index(step) for step in steps}


def test_only_rules_that_can_judge_are_in_force(desk: Desk) -> None:
    with desk.store.unit_of_work(desk.company.id) as uow:
        [schedule] = uow.directory.current().schedules.values()
        uow.directory.save_schedule(replace(schedule, rules=OwnerRules()))
        uow.commit()

    found = verdicts(desk.submit(traffic_source_id=None))

    assert {rule for rule, verdict in found.items() if verdict == Verdict.NOT_IN_FORCE} == {
        "token_networks",
        "token_origins",
        "token_kind",
        "token_traffic_source",
        "token_operations",
        "contact_fields",
        "traffic_source",
        "lifting",
        "duplicate_timeframe",
        "same_source",
        "most_per_ip_a_day",
        "daily_cap",
    }


@pytest.mark.parametrize(
    ("fields", "step", "rule"),
    [
        ({"errors": (FieldError("invalid_parameter", "sub_id", "is too long"),)}, Step.PARSE, "parameters"),
        ({"caller_id": "12"}, Step.NORMALISE, "caller_id"),
        ({"caller_id": None}, Step.NORMALISE, "caller_id"),
        ({"caller_id": "+4930123456"}, Step.NORMALISE, "caller_id"),
        ({"tokens": {}}, Step.FIELDS, "contact_fields"),
        ({"caller_id": BEN.e164}, Step.SUPPRESSION, "suppression_lists"),
    ],
    ids=str,
)
def test_rule_that_refused_is_named(desk: Desk, fields: dict[str, Any], step: Step, rule: str) -> None:
    decision = desk.submit(**fields)

    assert refusing(decision) == [(step, rule)]
    assert decision.trace[-1].verdict == Verdict.NOT_REACHED


def test_rules_of_what_was_there_before_are_named(desk: Desk) -> None:
    desk.submit()

    assert refusing(desk.submit()) == [(Step.DUPLICATES, "duplicate_timeframe")]
    desk.clock.advance(timedelta(hours=2))
    assert refusing(desk.submit()) == [(Step.DUPLICATES, "same_source")]
    assert refusing(desk.submit(caller_id="+12025550149")) == [(Step.LIMITS, "most_per_ip_a_day")]


def test_rules_of_the_contact_are_named(desk: Desk) -> None:
    left_alone = desk.submit(opt_out=True)

    assert verdicts(left_alone)["leave_alone"] == "opted_out"
    assert refusing(desk.submit()) == [(Step.SUPPRESSION, "opt_out")]
    assert refusing(desk.submit(opt_out=False)) == [(Step.SUPPRESSION, "lifting")]
    desk.submit(caller_id="+12025550149", blocked=True)
    assert refusing(desk.submit(caller_id="+12025550149")) == [(Step.SUPPRESSION, "block")]


def test_what_comes_after_the_refusal_was_not_reached(desk: Desk) -> None:
    found = verdicts(desk.submit(caller_id=BEN.e164))

    assert found["opt_out"] == Verdict.PASSED
    assert found["duplicate_timeframe"] == found["most_per_ip_a_day"] == Verdict.NOT_REACHED


def test_owner_and_source_that_are_closed_are_named(desk: Desk) -> None:
    with desk.store.unit_of_work(desk.company.id) as uow:
        directory = uow.directory.current()
        [source] = directory.traffic_sources.values()
        uow.directory.save_traffic_source(replace(source, paused_at=NOW))
        uow.commit()
    of_source = desk.submit()
    with desk.store.unit_of_work(desk.company.id) as uow:
        uow.directory.save_schedule(replace(directory.schedules[ScheduleId(1)], paused_at=NOW))
        uow.commit()

    assert refusing(of_source) == [(Step.LIMITS, "traffic_source")]
    assert refusing(desk.submit()) == [(Step.LIMITS, "owner_open")]


def test_dead_lead_token_explains_nothing_about_the_company(desk: Desk) -> None:
    """Who has no token learns no rule, not even which ones there are."""
    with desk.store.unit_of_work(desk.company.id) as uow:
        uow.directory.revoke_lead_token(desk.token.id, at=NOW)
        uow.commit()

    found = verdicts(desk.submit())

    assert found.pop("lead_token") == Verdict.REFUSED
    assert set(found.values()) == {Verdict.NOT_REACHED}


def test_too_many_tokens_of_the_lead_are_told_from_those_of_the_request(desk: Desk) -> None:
    desk.submit(tokens={"zip": "90210"} | {f"t{number}": "x" for number in range(999)})

    over = desk.submit(update_only=True, tokens={"one_more": "x"})

    assert refusing(over) == [(Step.PARSE, "tokens_of_the_lead")]


def test_who_does_not_ask_gets_no_trace(desk: Desk) -> None:
    assert desk.submit(explain=False).trace == ()


def test_no_trace_holds_a_value(desk: Desk) -> None:
    """A leaked lead token and a phone number must not read what was stored."""
    desk.submit(tokens={"zip": "90210", "interest": "kittens"}, email="ada@example.com")

    told = str([desk.submit().trace, desk.submit(update_only=True).trace])

    assert not [value for value in ("kittens", "90210", "ada@", ADA.e164, "1000") if value in told]
