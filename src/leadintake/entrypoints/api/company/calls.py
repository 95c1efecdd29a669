"""`/api/v1/calls`: calls that somebody tells of, listed and corrected."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from flask import request

from leadintake.domain.call_recording import CorrectCall
from leadintake.domain.credential import Permission
from leadintake.entrypoints.api.answers import json_response
from leadintake.entrypoints.api.company.operations import CompanyBlueprint, operation, shown
from leadintake.entrypoints.api.company.recording import (
    key_of_postback,
    nothing_for_head,
    owner_finder,
    read_postback,
    sees_kept,
)
from leadintake.entrypoints.api.context import services
from leadintake.entrypoints.api.intake.carriers import read_query
from leadintake.entrypoints.schemas.company.recorded import CORRECTED_CALL, NewCallSchema, told_call
from leadintake.entrypoints.schemas.company.recorded_answers import (
    CALLS,
    CALLS_TOLD,
    ONE_CALL,
    RECORDED_CALL,
    CallsBatchSchema,
    ListCallsSchema,
    batch_document,
    call_document,
    list_document,
    load_list_calls,
    recorded_document,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from flask import Response

    from leadintake.domain.call import Call, CallId
    from leadintake.domain.credential import ApiKey
    from leadintake.domain.notice import Notice
    from leadintake.domain.recording import Recording

bp = CompanyBlueprint("calls", "Calls")

_NEW: NewCallSchema = NewCallSchema()


@operation(bp, "GET", "/calls", needs=Permission.READ, reads_itself=ListCallsSchema(), answers=CALLS)
def list_calls(key: ApiKey) -> Response:
    """List the company's calls, recorded last first."""
    company = services().read_directory(key.company_id).company
    command = load_list_calls(read_query(request.query_string), company=company)
    found = services().list_calls(command)
    documents = [call_document(call, company.currency) for call in found.items]
    return json_response(list_document(found, command, "calls", documents))


@operation(bp, "POST", "/calls", needs=Permission.RECORD, takes=_NEW, answers=RECORDED_CALL)
def record_call(key: ApiKey, told: Mapping[str, Any]) -> Response:
    """Record a call, under the traffic source and the sub id of its caller's lead."""
    return _record(key, told)


@operation(bp, "POST", "/calls/batch", needs=Permission.RECORD, body=CallsBatchSchema(), answers=CALLS_TOLD)
def record_calls(key: ApiKey, data: Mapping[str, Sequence[Mapping[str, Any]]]) -> Response:
    """Record up to 1,000 calls at once; each is answered for itself, in their order."""
    read = partial(told_call, company_id=key.company_id, api_key_id=key.id, find_owner=owner_finder(key))
    commands = [read(told) for told in data["calls"]]
    recordings = services().record_calls(commands)
    names = [command.external_id for command in commands]
    return json_response(batch_document(recordings, names, "calls", _shown(key)))


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
    told, notices = read_postback(_NEW)
    return _record(key, told, notices)


@operation(bp, "GET", "/calls/<call_id>", needs=Permission.READ, answers=ONE_CALL)
def read_call(key: ApiKey, call_id: CallId) -> Response:
    """Show a call."""
    call = services().read_call(key.company_id, call_id)
    company = services().read_directory(key.company_id).company
    return json_response(shown("call", call_document(call, company.currency)))


@operation(bp, "PATCH PUT", "/calls/<call_id>", needs=Permission.WRITE, body=CORRECTED_CALL, answers=RECORDED_CALL)
def correct_call(key: ApiKey, data: Any, call_id: CallId) -> Response:  # noqa: ANN401 - a TypedDict
    """Correct what is given of a call; it goes on counting under the source that it was recorded under."""
    command = CorrectCall(company_id=key.company_id, call_id=call_id, data=data, api_key_id=key.id)
    return _answer(key, services().correct_call(command))


def _record(key: ApiKey, told: Mapping[str, Any], notices: tuple[Notice, ...] = ()) -> Response:
    command = told_call(told, company_id=key.company_id, api_key_id=key.id, find_owner=owner_finder(key))
    [recording] = services().record_calls([command])
    return _answer(key, replace(recording, notices=(*notices, *recording.notices)))


def _answer(key: ApiKey, recording: Recording[Call]) -> Response:
    if recording.refusal is not None:
        raise recording.refusal
    response = json_response(recorded_document(recording, "call", _shown(key)))
    response.outcome = recording.outcome.value
    return response


def _shown(key: ApiKey) -> Callable[[Call], dict[str, Any]] | None:
    if not sees_kept(key):
        return None
    return partial(call_document, currency=services().read_directory(key.company_id).company.currency)
