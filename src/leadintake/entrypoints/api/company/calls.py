"""`/api/v1/calls`: calls that somebody tells of, listed and corrected."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from leadintake.domain.call_recording import CorrectCall
from leadintake.domain.credential import Permission
from leadintake.entrypoints.api.company.operations import CompanyBlueprint, operation
from leadintake.entrypoints.api.company.recorded import (
    answer_list,
    answer_one,
    answer_recording,
    record_one,
    record_postback,
    record_several,
)
from leadintake.entrypoints.api.company.recording import key_of_postback, nothing_for_head
from leadintake.entrypoints.api.context import services
from leadintake.entrypoints.recorded_kinds import CALL
from leadintake.entrypoints.schemas.company.recorded import CORRECTED_CALL, NewCallSchema
from leadintake.entrypoints.schemas.company.recorded_answers import (
    CALLS,
    CALLS_TOLD,
    ONE_CALL,
    RECORDED_CALL,
    CallsBatchSchema,
    ListCallsSchema,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from flask import Response

    from leadintake.domain.call import CallId
    from leadintake.domain.credential import ApiKey

bp = CompanyBlueprint("calls", "Calls")


@operation(bp, "GET", "/calls", needs=Permission.READ, reads_itself=ListCallsSchema(), answers=CALLS)
def list_calls(key: ApiKey) -> Response:
    """List the company's calls, recorded last first."""
    return answer_list(CALL, key)


@operation(bp, "POST", "/calls", needs=Permission.RECORD, takes=CALL.new, answers=RECORDED_CALL)
def record_call(key: ApiKey, told: Mapping[str, Any]) -> Response:
    """Record a call, under the traffic source and the sub id of its caller's lead."""
    return record_one(CALL, key, told)


@operation(bp, "POST", "/calls/batch", needs=Permission.RECORD, body=CallsBatchSchema(), answers=CALLS_TOLD)
def record_calls(key: ApiKey, data: Mapping[str, Sequence[Mapping[str, Any]]]) -> Response:
    """Record up to 1,000 calls at once; each is answered for itself, in their order."""
    return record_several(CALL, key, data)


@operation(
    bp,
    "GET POST",
    "/calls/postback",
    needs=Permission.RECORD,
    reads_itself=NewCallSchema(exclude=["tokens"]),
    answers=RECORDED_CALL,
    unless=nothing_for_head,
    identify=key_of_postback,
)
def call_postback(key: ApiKey) -> Response:
    """Record a call that a tracker tells of by fetching a URL; parameters may also come as a form or as JSON."""
    return record_postback(CALL, key)


@operation(bp, "GET", "/calls/<call_id>", needs=Permission.READ, answers=ONE_CALL)
def read_call(key: ApiKey, call_id: CallId) -> Response:
    """Show a call."""
    return answer_one(CALL, key, call_id)


@operation(bp, "PATCH PUT", "/calls/<call_id>", needs=Permission.WRITE, body=CORRECTED_CALL, answers=RECORDED_CALL)
def correct_call(key: ApiKey, data: Any, call_id: CallId) -> Response:  # noqa: ANN401 - a TypedDict
    """Correct what is given of a call; it goes on counting under the source that it was recorded under."""
    command = CorrectCall(company_id=key.company_id, call_id=call_id, data=data, api_key_id=key.id)
    return answer_recording(CALL, key, services().correct_call(command))
