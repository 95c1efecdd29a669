"""`/api/v1/conversions`: conversions that somebody tells of, listed, corrected and reversed."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from flask import request

from leadintake.domain.conversion_recording import CorrectConversion, ReverseConversion
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
from leadintake.entrypoints.schemas.company.recorded import CORRECTED_CONVERSION, NewConversionSchema, told_conversion
from leadintake.entrypoints.schemas.company.recorded_answers import (
    CONVERSIONS,
    CONVERSIONS_TOLD,
    ONE_CONVERSION,
    RECORDED_CONVERSION,
    ConversionsBatchSchema,
    ListConversionsSchema,
    batch_document,
    conversion_document,
    list_document,
    load_list_conversions,
    recorded_document,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from flask import Response

    from leadintake.domain.conversion import Conversion, ConversionId
    from leadintake.domain.credential import ApiKey
    from leadintake.domain.notice import Notice
    from leadintake.domain.recording import Recording

bp = CompanyBlueprint("conversions", "Conversions")

_NEW: NewConversionSchema = NewConversionSchema()


@operation(bp, "GET", "/conversions", needs=Permission.READ, reads_itself=ListConversionsSchema(), answers=CONVERSIONS)
def list_conversions(key: ApiKey) -> Response:
    """List the company's conversions, recorded last first."""
    company = services().read_directory(key.company_id).company
    command = load_list_conversions(read_query(request.query_string), company=company)
    found = services().list_conversions(command)
    documents = [conversion_document(one, company.currency) for one in found.items]
    return json_response(list_document(found, command, "conversions", documents))


@operation(bp, "POST", "/conversions", needs=Permission.RECORD, takes=_NEW, answers=RECORDED_CONVERSION)
def record_conversion(key: ApiKey, told: Mapping[str, Any]) -> Response:
    """Record a conversion, under the traffic source and the sub id of its call or of its caller's lead."""
    return _record(key, told)


@operation(
    bp,
    "POST",
    "/conversions/batch",
    needs=Permission.RECORD,
    body=ConversionsBatchSchema(),
    answers=CONVERSIONS_TOLD,
)
def record_conversions(key: ApiKey, data: Mapping[str, Sequence[Mapping[str, Any]]]) -> Response:
    """Record up to 1,000 conversions at once; each is answered for itself, in their order."""
    read = partial(told_conversion, company_id=key.company_id, api_key_id=key.id, find_owner=owner_finder(key))
    commands = [read(told) for told in data["conversions"]]
    recordings = services().record_conversions(commands)
    names = [command.external_id for command in commands]
    return json_response(batch_document(recordings, names, "conversions", _shown(key)))


@operation(
    bp,
    "GET POST",
    "/conversions/postback",
    needs=Permission.RECORD,
    reads_itself=_NEW,
    answers=RECORDED_CONVERSION,
    unless=nothing_for_head,
    identify=key_of_postback,
)
def conversion_postback(key: ApiKey) -> Response:
    """Record a conversion that a tracker tells of by fetching a URL; parameters may also come as a form or as JSON."""
    told, notices = read_postback(_NEW)
    return _record(key, told, notices)


@operation(bp, "GET", "/conversions/<conversion_id>", needs=Permission.READ, answers=ONE_CONVERSION)
def read_conversion(key: ApiKey, conversion_id: ConversionId) -> Response:
    """Show a conversion."""
    one = services().read_conversion(key.company_id, conversion_id)
    company = services().read_directory(key.company_id).company
    return json_response(shown("conversion", conversion_document(one, company.currency)))


@operation(
    bp,
    "PATCH PUT",
    "/conversions/<conversion_id>",
    needs=Permission.WRITE,
    body=CORRECTED_CONVERSION,
    answers=RECORDED_CONVERSION,
)
def correct_conversion(key: ApiKey, data: Any, conversion_id: ConversionId) -> Response:  # noqa: ANN401 - a TypedDict
    """Correct what is given of a conversion; it goes on counting under the source that it was recorded under."""
    command = CorrectConversion(company_id=key.company_id, conversion_id=conversion_id, data=data, api_key_id=key.id)
    return _answer(key, services().correct_conversion(command))


@operation(bp, "POST", "/conversions/<conversion_id>/reverse", needs=Permission.WRITE, answers=RECORDED_CONVERSION)
def reverse_conversion(key: ApiKey, conversion_id: ConversionId) -> Response:
    """Reverse a conversion: it counts no more, and stays for the record. Twice is once."""
    command = ReverseConversion(company_id=key.company_id, conversion_id=conversion_id, api_key_id=key.id)
    return _answer(key, services().reverse_conversion(command))


def _record(key: ApiKey, told: Mapping[str, Any], notices: tuple[Notice, ...] = ()) -> Response:
    command = told_conversion(told, company_id=key.company_id, api_key_id=key.id, find_owner=owner_finder(key))
    [recording] = services().record_conversions([command])
    return _answer(key, replace(recording, notices=(*notices, *recording.notices)))


def _answer(key: ApiKey, recording: Recording[Conversion]) -> Response:
    if recording.refusal is not None:
        raise recording.refusal
    response = json_response(recorded_document(recording, "conversion", _shown(key)))
    response.outcome = recording.outcome.value
    return response


def _shown(key: ApiKey) -> Callable[[Conversion], dict[str, Any]] | None:
    if not sees_kept(key):
        return None
    return partial(conversion_document, currency=services().read_directory(key.company_id).company.currency)
