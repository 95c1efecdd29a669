"""Caller operations under `/api/v1/leads`: by lead token inside its owner, or by API key inside the company."""

from __future__ import annotations

from http import HTTPMethod
from typing import TYPE_CHECKING, Final

from flask import Blueprint, request

from leadintake.domain.operations import Operation
from leadintake.entrypoints.api.caller_requests import read_operation
from leadintake.entrypoints.api.context import services
from leadintake.entrypoints.api.operation_answers import operation_answer
from leadintake.entrypoints.api.problems import problem_document

if TYPE_CHECKING:
    from flask import Response

bp = Blueprint("callers", __name__, url_prefix="/api/v1/leads")

# A wish to be left alone may come as a link that somebody follows.
_BY_ANY: Final = ["PUT", "POST", "GET"]
_BY_WRITING: Final = ["POST", "PUT"]


@bp.route("/caller_opt_out", methods=_BY_ANY)
@bp.route("/<path:caller_id>/caller_opt_out", methods=_BY_ANY)
def caller_opt_out(caller_id: str | None = None) -> Response:
    """Opt the caller out: every live lead of theirs in the company ends, now and for good."""
    return operate(Operation.CALLER_OPT_OUT, caller_id=caller_id)


@bp.route("/caller_remove", methods=_BY_WRITING)
@bp.route("/<path:caller_id>/caller_remove", methods=_BY_WRITING)
def caller_remove(caller_id: str | None = None) -> Response:
    """Take the owner's live lead of the caller out."""
    return operate(Operation.CALLER_REMOVE, caller_id=caller_id)


@bp.route("/caller_move_to_end_of_schedule", methods=_BY_WRITING)
@bp.route("/<path:caller_id>/caller_move_to_end_of_schedule", methods=_BY_WRITING)
def caller_move_to_end_of_schedule(caller_id: str | None = None) -> Response:
    """Skip what is left of the plan for the owner's live lead of the caller."""
    return operate(Operation.CALLER_MOVE_TO_END_OF_SCHEDULE, caller_id=caller_id)


@bp.route("/<lead_id>/lead_opt_out", methods=_BY_ANY)
def lead_opt_out(lead_id: str) -> Response:
    """Opt the caller of that lead out."""
    return operate(Operation.LEAD_OPT_OUT, lead_id=lead_id)


@bp.route("/<lead_id>/lead_remove", methods=_BY_WRITING)
def lead_remove(lead_id: str) -> Response:
    """Take that lead out."""
    return operate(Operation.LEAD_REMOVE, lead_id=lead_id)


@bp.route("/<lead_id>/lead_move_to_end_of_schedule", methods=_BY_WRITING)
def lead_move_to_end_of_schedule(lead_id: str) -> Response:
    """Skip what is left of the plan for that lead."""
    return operate(Operation.LEAD_MOVE_TO_END_OF_SCHEDULE, lead_id=lead_id)


@bp.route("/<lead_id>/lead_update", methods=_BY_WRITING)
def lead_update(lead_id: str) -> Response:
    """Update that lead, with the parameters of a submission."""
    return operate(Operation.LEAD_UPDATE, lead_id=lead_id)


def operate(operation: Operation, *, caller_id: str | None = None, lead_id: str | None = None) -> Response:
    """Read the request, obey it, and answer."""
    if request.method == HTTPMethod.HEAD:
        return _nothing_for_head()
    asked = read_operation(operation, caller_id=caller_id, lead_id=lead_id)
    [decision] = services().operate_on_callers([asked.command])
    return operation_answer(decision, sees_stored=asked.sees_stored)


def _nothing_for_head() -> Response:
    """Refuse what the framework would take for a GET: to ask for headers must not change anything."""
    response = problem_document(
        status=405, title="Method not allowed", code="method_not_allowed", detail="HEAD never changes anything."
    )
    response.headers["Allow"] = ", ".join((*_BY_ANY, "OPTIONS"))
    return response
