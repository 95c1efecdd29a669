"""The answers that are written by hand agree with the schemas that describe them, for every outcome."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from types import MappingProxyType
from typing import TYPE_CHECKING, Any
from uuid import UUID

import orjson
import pytest

from leadintake.domain.attribution import Attribution, TrafficSourceId
from leadintake.domain.enrollment import Decision
from leadintake.domain.errors import CallerOptedOut
from leadintake.domain.lead import LeadId, LeadStatus
from leadintake.domain.notice import Notice
from leadintake.domain.submission import Outcome
from leadintake.entrypoints.api.answers import decision_document, json_response, lead_document
from leadintake.entrypoints.api.problems import problem
from leadintake.entrypoints.schemas.answers import (
    LeadAnswerSchema,
    LeadSchema,
    ProblemSchema,
    SubmitAnswerSchema,
)

from tests.support.builders import ADA, EVE, NOW, OFFER, SCHEDULE, a_lead, an_enroll_lead

if TYPE_CHECKING:
    from marshmallow import Schema

    from leadintake.domain.lead import Lead

STORED = a_lead(
    tokens=MappingProxyType({"interest": "kittens", "email": "john@example.com"}),
    email="john@example.com",
    attribution=Attribution(TrafficSourceId(1000), "creative-A"),
    remote_ip="2001:db8::1",
    priority=Decimal("2.5"),
    next_action_at=NOW,
    expires_at=NOW + timedelta(microseconds=1),
    version=1,
)
LEADS = {
    "a full lead": STORED,
    "a bare lead": a_lead(),
    "an offer's lead": a_lead(owner=OFFER, status=LeadStatus.QUEUE),
    "a lead abroad": a_lead(caller=EVE),
    "a lead of another zone": replace(STORED, created_at=datetime(2026, 1, 1, tzinfo=UTC)),
    **{f"a lead that is {status.value}": a_lead(status=status) for status in LeadStatus},
}


def wired(document: Any) -> Any:  # noqa: ANN401 - whatever JSON can carry
    """Return the document as a client gets it."""
    return orjson.loads(json_response(document).data)


def agrees(schema: Schema, document: dict[str, Any]) -> dict[str, Any]:
    """Return the document, once it is what the schema says, no more and no less."""
    assert schema.validate(document) == {}
    assert set(document) == set(schema.fields)
    return document


@pytest.mark.parametrize("lead", LEADS.values(), ids=LEADS.keys())
def test_whole_lead_agrees_with_its_schema(lead: Lead) -> None:
    document = agrees(LeadSchema(), wired(lead_document(lead)))

    assert agrees(LeadAnswerSchema(), {"lead": document, "metadata": {"root": "lead"}})


@pytest.mark.parametrize("lead", LEADS.values(), ids=LEADS.keys())
@pytest.mark.parametrize(
    "outcome", [Outcome.CREATED, Outcome.UPDATED, Outcome.RESTARTED, Outcome.TEST], ids=lambda outcome: outcome.value
)
@pytest.mark.parametrize("version", [1, 2])
def test_answer_with_a_lead_agrees_with_its_schema(outcome: Outcome, lead: Lead, version: int) -> None:
    decision = Decision(
        command=an_enroll_lead(tokens={"interest": "kittens"}, sub_id="A"),
        outcome=outcome,
        owner=SCHEDULE,
        lead=replace(lead, version=version),
        notices=(Notice("renamed_token", "Interest", "It is kept as the lead token interest."), Notice("x", None, "y")),
    )

    document = agrees(SubmitAnswerSchema(), wired(decision_document(decision)))

    agrees(LeadSchema(), document["lead"])
    assert (document["id"] is None) is (outcome is Outcome.TEST)
    assert document["id"] == document["lead_id"] == document["lead"]["id"] == document["lead"]["uuid"]


@pytest.mark.parametrize(
    "outcome",
    [Outcome.IGNORED, Outcome.OPTED_OUT, Outcome.BLOCKED, Outcome.TEST],
    ids=lambda outcome: outcome.value,
)
def test_answer_without_a_lead_agrees_with_its_schema(outcome: Outcome) -> None:
    document = agrees(
        SubmitAnswerSchema(), wired(decision_document(Decision(command=an_enroll_lead(), outcome=outcome)))
    )

    assert (document["lead"], document["id"], document["lead_id"]) == (None, None, None)


@pytest.mark.parametrize(
    "outcome", [Outcome.UPDATED, Outcome.RESTARTED, Outcome.TEST], ids=lambda outcome: outcome.value
)
def test_lead_that_was_there_shows_this_requests_data_only(outcome: Outcome) -> None:
    """A leaked lead token and a phone number must not read a person's data."""
    decision = Decision(command=an_enroll_lead(), outcome=outcome, lead=replace(STORED, version=2, remote_ip=None))

    lead = wired(decision_document(decision))["lead"]

    assert (lead["email"], lead["traffic_source_id"], lead["sub_id"], lead["tokens"]) == (None, None, None, {})
    assert (lead["lead_priority"], lead["remote_ip"]) == (None, None)


def test_refusal_agrees_with_its_schema() -> None:
    answer = problem(CallerOptedOut(), submission_id=UUID(int=7))

    agrees(ProblemSchema(), orjson.loads(answer.data))


def test_member_that_nobody_described_is_noticed() -> None:
    """Else the description would fall behind without a word."""
    document = wired(lead_document(STORED))

    assert LeadSchema().validate(document | {"shoe_size": 46}) == {"shoe_size": ["Unknown field."]}
    assert LeadSchema().validate({name: value for name, value in document.items() if name != "email"})
    assert LeadSchema().validate(document | {"status": "lost"})
    assert LeadSchema().validate(document | {"is_live": "yes"})


def test_instants_are_utc_with_a_z() -> None:
    lead = wired(lead_document(replace(STORED, id=LeadId(UUID(int=1)), created_at=NOW)))

    assert (lead["created_at"], lead["expires_at"]) == ("2026-03-01T12:00:00Z", "2026-03-01T12:00:00.000001Z")


@pytest.mark.parametrize(
    ("priority", "shown"), [("2.5", b"2.5"), ("7", b"7"), ("-0.0001", b"-0.0001"), ("1E+3", b"1000")]
)
def test_priority_is_a_number_as_short_as_it_can_be(priority: str, shown: bytes) -> None:
    document = json_response(lead_document(replace(STORED, priority=Decimal(priority)))).data

    assert b'"lead_priority":' + shown + b"," in document


def test_caller_is_shown_as_e164() -> None:
    assert wired(lead_document(STORED))["caller_id"] == ADA.e164
