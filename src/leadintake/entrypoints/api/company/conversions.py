"""`/api/v1/conversions`: conversions that somebody tells of, listed, corrected and reversed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from leadintake.domain.conversion_recording import CorrectConversion, ReverseConversion
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
from leadintake.entrypoints.recorded_kinds import CONVERSION
from leadintake.entrypoints.schemas.company.recorded import CORRECTED_CONVERSION
from leadintake.entrypoints.schemas.company.recorded_answers import (
    CONVERSIONS,
    CONVERSIONS_TOLD,
    ONE_CONVERSION,
    RECORDED_CONVERSION,
    ConversionsBatchSchema,
    ListConversionsSchema,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from flask import Response

    from leadintake.domain.conversion import ConversionId
    from leadintake.domain.credential import ApiKey

bp = CompanyBlueprint("conversions", "Conversions")


@operation(bp, "GET", "/conversions", needs=Permission.READ, reads_itself=ListConversionsSchema(), answers=CONVERSIONS)
def list_conversions(key: ApiKey) -> Response:
    """List the company's conversions, recorded last first."""
    return answer_list(CONVERSION, key)


@operation(bp, "POST", "/conversions", needs=Permission.RECORD, takes=CONVERSION.new, answers=RECORDED_CONVERSION)
def record_conversion(key: ApiKey, told: Mapping[str, Any]) -> Response:
    """Record a conversion, under the traffic source and the sub id of its call or of its caller's lead."""
    return record_one(CONVERSION, key, told)


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
    return record_several(CONVERSION, key, data)


@operation(
    bp,
    "GET POST",
    "/conversions/postback",
    needs=Permission.RECORD,
    reads_itself=CONVERSION.new,
    answers=RECORDED_CONVERSION,
    unless=nothing_for_head,
    identify=key_of_postback,
)
def conversion_postback(key: ApiKey) -> Response:
    """Record a conversion that a tracker tells of by fetching a URL; parameters may also come as a form or as JSON."""
    return record_postback(CONVERSION, key)


@operation(bp, "GET", "/conversions/<conversion_id>", needs=Permission.READ, answers=ONE_CONVERSION)
def read_conversion(key: ApiKey, conversion_id: ConversionId) -> Response:
    """Show a conversion."""
    return answer_one(CONVERSION, key, conversion_id)


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
    return answer_recording(CONVERSION, key, services().correct_conversion(command))


@operation(bp, "POST", "/conversions/<conversion_id>/reverse", needs=Permission.WRITE, answers=RECORDED_CONVERSION)
def reverse_conversion(key: ApiKey, conversion_id: ConversionId) -> Response:
    """Reverse a conversion: it counts no more, and stays for the record. Twice is once."""
    command = ReverseConversion(company_id=key.company_id, conversion_id=conversion_id, api_key_id=key.id)
    return answer_recording(CONVERSION, key, services().reverse_conversion(command))
