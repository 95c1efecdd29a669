"""Leads and decisions as JSON, written by hand for speed; `schemas.answers` describes the same and a test compares."""

from __future__ import annotations

from decimal import Decimal
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

import orjson
from flask import Response

from leadintake.domain.errors import Unauthenticated
from leadintake.domain.owner import OwnerKind
from leadintake.domain.phone import country_of, time_zone_of
from leadintake.domain.submission import Outcome
from leadintake.entrypoints.api.problems import PROBLEM_JSON, problem

if TYPE_CHECKING:
    from leadintake.domain.decision import Decision
    from leadintake.domain.idempotency import IdempotencyRecord
    from leadintake.domain.lead import Lead
    from leadintake.domain.notice import Notice
    from leadintake.domain.trace import TraceStep

CAPTURE: Final = "leads/capture"
"""The route whose answers say more."""


def json_response(document: Any) -> Response:  # noqa: ANN401 - whatever JSON can carry
    """Return a document as an answer; instants are ISO 8601 in UTC with a Z."""
    return Response(orjson.dumps(document, option=orjson.OPT_UTC_Z, default=_plain), content_type="application/json")


def answer(decision: Decision) -> Response:
    """Return the answer to a submission: what was done with the lead, or why nothing was."""
    if decision.replay is not None:
        return _repeated(decision.replay)
    refusal = decision.refusal
    if refusal is None:
        return json_response(decision_document(decision))
    # A token that died meanwhile looks like any unknown one, and those have no submission to name.
    is_filed = not isinstance(refusal, Unauthenticated)
    return problem(
        refusal,
        submission_id=decision.command.receipt.id if is_filed else None,
        explain=trace_documents(decision.trace) if decision.trace else None,
    )


def written_answer(decision: Decision) -> tuple[int, str]:
    """Return the status and the text of the answer, to be given again when the request is repeated."""
    response = answer(decision)
    return response.status_code, response.get_data(as_text=True)


def _repeated(first: IdempotencyRecord) -> Response:
    """Return the first answer to a request once more, to the letter."""
    kind = "application/json" if first.status == HTTPStatus.OK else PROBLEM_JSON
    response = Response(first.document, status=first.status, content_type=kind)
    response.headers["Idempotent-Replayed"] = "true"
    return response


def lead_document(lead: Lead) -> dict[str, Any]:
    """Return the whole lead, for holders of an API key."""
    is_schedule = lead.owner.kind is OwnerKind.SCHEDULE
    return {
        "id": lead.id,
        "uuid": lead.id,
        "caller_id": lead.caller.e164,
        "email": lead.email,
        "status": lead.status.value,
        "is_live": lead.is_live,
        "opt_out": lead.status.value == "opt_out",
        "blocked": lead.status.value == "blocked",
        "schedule_id": lead.owner.id if is_schedule else None,
        "offer_id": None if is_schedule else lead.owner.id,
        "traffic_source_id": lead.attribution.traffic_source_id,
        "sub_id": lead.attribution.sub_id,
        "tokens": lead.tokens,
        "lead_priority": lead.priority,
        "expires_at": lead.expires_at,
        "next_action_at": lead.next_action_at,
        "created_at": lead.created_at,
        "updated_at": lead.updated_at,
        "country": country_of(lead.caller),
        "time_zone": time_zone_of(lead.caller),
        "remote_ip": lead.remote_ip,
    }


def decision_document(decision: Decision) -> dict[str, Any]:
    """Return what the sender may see of an accepted submission: the whole lead with an API key.

    A lead token can only write: of the lead's data it sees what this request sent and nothing that was stored
    before, else a leaked token and a phone number would read a person's data.
    """
    command, lead = decision.command, decision.lead
    document, lead_id = None, None
    if lead is not None:
        lead_id = None if decision.outcome is Outcome.TEST else lead.id
        document = lead_document(lead) | {"id": lead_id, "uuid": lead_id}
        if not command.sees_whole_lead:
            document |= {
                "email": command.email,
                "traffic_source_id": decision.attribution.traffic_source_id,
                "sub_id": command.sub_id,
                "tokens": command.tokens,
                # A lead that was there before has a priority that somebody else may have given it.
                "lead_priority": lead.priority if lead.version == 1 else command.lead_priority,
            }
    answered = {
        "success": True,
        "status": 200,
        "outcome": decision.outcome.value,
        "errors": {},
        "warnings": notice_documents(decision.notices),
        "id": lead_id,
        "lead_id": lead_id,
        "metadata": {"root": "lead"},
        "lead": document,
        "submission_id": command.receipt.id,
    }
    if command.receipt.route == CAPTURE:
        is_schedule = decision.owner is not None and decision.owner.kind is OwnerKind.SCHEDULE
        answered["dedupe"] = decision.dedupe.value
        answered["schedule"] = {"id": decision.owner.id} if decision.owner and is_schedule else None
    if decision.trace:
        answered["explain"] = trace_documents(decision.trace)
    return answered


def trace_documents(trace: tuple[TraceStep, ...]) -> list[dict[str, str]]:
    """Return the entries of ``explain``: each step's rule and verdict, and nothing that is stored."""
    return [{"step": step.step.value, "rule": step.rule, "verdict": step.verdict} for step in trace]


def notice_documents(notices: tuple[Notice, ...]) -> list[dict[str, Any]]:
    """Return the entries of ``warnings``."""
    return [{"code": notice.code, "field": notice.field, "message": notice.message} for notice in notices]


def _plain(value: object) -> object:
    """Return what the JSON writer does not know as something that it does."""
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return dict(value)  # type: ignore[call-overload]  # mappings that are no dict
