"""What the views of calls and of conversions do with what a `Kind` describes."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from flask import request

from leadintake.entrypoints.api.answers import json_response
from leadintake.entrypoints.api.company.operations import shown
from leadintake.entrypoints.api.company.recording import owner_finder, read_postback, sees_kept
from leadintake.entrypoints.api.context import services
from leadintake.entrypoints.api.intake.carriers import read_query
from leadintake.entrypoints.schemas.company.recorded_answers import batch_document, list_document, recorded_document

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from flask import Response

    from leadintake.domain.call import Call, CallId
    from leadintake.domain.conversion import Conversion, ConversionId
    from leadintake.domain.credential import ApiKey
    from leadintake.domain.notice import Notice
    from leadintake.domain.recording import Recording
    from leadintake.entrypoints.recorded_kinds import Kind

One = TypeVar("One", "Call", "Conversion")


def answer_list(kind: Kind[One], key: ApiKey) -> Response:
    """Answer with the page that the query asks for."""
    company = services().read_directory(key.company_id).company
    command = kind.load_list(read_query(request.query_string), company=company)
    found = kind.list(services())(command)
    documents = [kind.document(one, company.currency) for one in found.items]
    return json_response(list_document(found, command, kind.plural, documents))


def answer_one(kind: Kind[One], key: ApiKey, one_id: CallId | ConversionId) -> Response:
    """Answer with one that is kept."""
    one = kind.read(services())(key.company_id, one_id)
    company = services().read_directory(key.company_id).company
    return json_response(shown(kind.name, kind.document(one, company.currency)))


def record_one(kind: Kind[One], key: ApiKey, told: Mapping[str, Any], notices: tuple[Notice, ...] = ()) -> Response:
    """Record what is told, and answer with what became of it. Raises: Refusal: it was refused."""
    command = kind.tell(told, company_id=key.company_id, api_key_id=key.id, find_owner=owner_finder(key))
    recording: Recording[One] = kind.record(services())([command])[0]
    return answer_recording(kind, key, replace(recording, notices=(*notices, *recording.notices)))


def record_postback(kind: Kind[One], key: ApiKey) -> Response:
    """Record what a postback tells."""
    told, notices = read_postback(kind.new)
    return record_one(kind, key, told, notices)


def record_several(kind: Kind[One], key: ApiKey, data: Mapping[str, Sequence[Mapping[str, Any]]]) -> Response:
    """Record what is told of several, and answer for each."""
    tell = partial(kind.tell, company_id=key.company_id, api_key_id=key.id, find_owner=owner_finder(key))
    commands = [tell(told) for told in data[kind.plural]]
    recordings = kind.record(services())(commands)
    names = [command.external_id for command in commands]
    return json_response(batch_document(recordings, names, kind.plural, _document(kind, key)))


def answer_recording(kind: Kind[One], key: ApiKey, recording: Recording[One]) -> Response:
    """Answer with what became of one. Raises: Refusal: it was refused."""
    if recording.refusal is not None:
        raise recording.refusal
    response = json_response(recorded_document(recording, kind.name, _document(kind, key)))
    response.outcome = recording.outcome.value
    return response


def _document(kind: Kind[One], key: ApiKey) -> Callable[[One], dict[str, Any]] | None:
    """Return what shows one to the holder of the key, None if they may not read."""
    if not sees_kept(key):
        return None
    currency = services().read_directory(key.company_id).company.currency
    return lambda one: kind.document(one, currency)
