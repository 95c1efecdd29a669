"""Refusals as HTTP answers: RFC 9457 problem documents that older clients can read too."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import orjson
from flask import Response

from leadintake.domain.errors import (
    AmbiguousParameter,
    Conflict,
    ContactFieldInvalid,
    Forbidden,
    Invalid,
    InvalidParameter,
    Malformed,
    NotFound,
    RateLimited,
    Refusal,
    Refused,
    TooLarge,
    TooManyTokens,
    Unauthenticated,
    Unavailable,
    UnsupportedMediaType,
)

if TYPE_CHECKING:
    from collections.abc import Mapping
    from uuid import UUID

PROBLEM_JSON: Final = "application/problem+json"
DOCUMENT: Final = "/api/docs/errors"
RETRY_AFTER_SECONDS: Final = "1"

STATUSES: Final[Mapping[type[Refusal], tuple[int, str]]] = {
    Malformed: (400, "Unreadable request"),
    Unauthenticated: (401, "Unknown sender"),
    Forbidden: (403, "Not allowed"),
    NotFound: (404, "Not found"),
    Conflict: (409, "Conflict"),
    TooLarge: (413, "Too large"),
    UnsupportedMediaType: (415, "Unsupported media type"),
    Invalid: (422, "Refused"),
    Refused: (422, "Refused"),
    RateLimited: (429, "Too many requests"),
    Unavailable: (503, "Unavailable"),
}
"""Kind of refusal → HTTP status and title."""

# Their own sentence names no field; the ones of these that are at fault do.
_NAME_NO_FIELD: Final = (InvalidParameter, AmbiguousParameter, TooManyTokens, ContactFieldInvalid)
_MOST_FIELDS_SAID: Final = 3


class FrameworkRefusal(NamedTuple):
    """What is refused before a use case is asked, or fails in ours."""

    status: int
    title: str
    code: str
    meaning: str
    detail: str


FRAMEWORK_REFUSALS: Final = (
    FrameworkRefusal(
        400,
        "Unreadable request",
        "malformed_request",
        "The request is no sound HTTP.",
        "The request could not be read.",
    ),
    FrameworkRefusal(
        404,
        "Not found",
        "not_found",
        "The thing named does not exist.",
        "There is nothing at this address; leads are submitted with POST to /api/v1/leads.",
    ),
    FrameworkRefusal(
        405,
        "Method not allowed",
        "method_not_allowed",
        "The address takes other methods than this.",
        "This address takes other methods only; the Allow header names them.",
    ),
    FrameworkRefusal(
        500,
        "Internal error",
        "internal_error",
        "A fault of this service, never of the sender.",
        "An internal error; it has been logged. Send the request again, a repeat is never enrolled twice.",
    ),
)
"""The answers that stand for no `Refusal`, by status."""


def of_status(status: int) -> FrameworkRefusal:
    """Return the answer to a status that the framework came to; an odd one stands for its whole class."""
    nearest = next((one for one in FRAMEWORK_REFUSALS if one.status == status), None)
    return nearest or FRAMEWORK_REFUSALS[0 if status < HTTPStatus.INTERNAL_SERVER_ERROR else -1]


def status_of(kind: type[Refusal]) -> tuple[int, str]:
    """Return the status and the title of a kind of refusal."""
    return next(STATUSES[ancestor] for ancestor in kind.__mro__ if ancestor in STATUSES)


def problem(
    refusal: Refusal, *, submission_id: UUID | None = None, explain: list[dict[str, str]] | None = None
) -> Response:
    """Return the answer to a refused request; `explain` is the decision's trace, if it was asked for."""
    status, title = status_of(type(refusal))
    if submission_id is not None and status == HTTPStatus.UNPROCESSABLE_ENTITY:
        title = "Lead refused"
    response = problem_document(
        status=status,
        title=title,
        code=refusal.code,
        detail=_sentence(refusal),
        errors=refusal.errors,
        error_codes=refusal.error_codes,
        submission_id=submission_id,
        explain=explain,
    )
    if isinstance(refusal, Unauthenticated):
        # Bearer, although Basic works too: for Basic a browser would ask the visitor of a landing page to sign in.
        response.headers["WWW-Authenticate"] = 'Bearer realm="leadintake"'
    if isinstance(refusal, RateLimited):
        response.headers["Retry-After"] = str(refusal.retry_after_seconds)
    elif isinstance(refusal, Unavailable):
        response.headers["Retry-After"] = RETRY_AFTER_SECONDS
    return response


def _sentence(refusal: Refusal) -> str:
    """Return what a client shows that reads one sentence and no `errors`: it has to name the fields."""
    if not refusal.errors or refusal.detail != refusal.default_detail or not isinstance(refusal, _NAME_NO_FIELD):
        return refusal.detail
    said = [f"{field} {message}" for field, messages in refusal.errors.items() for message in messages]
    more = len(said) - _MOST_FIELDS_SAID
    return "; ".join(said[:_MOST_FIELDS_SAID]) + (f"; and {more} more, see errors" if more > 0 else "")


def problem_document(
    *,
    status: int,
    title: str,
    code: str,
    detail: str,
    errors: Mapping[str, Any] | None = None,
    error_codes: Mapping[str, Any] | None = None,
    submission_id: UUID | None = None,
    explain: list[dict[str, str]] | None = None,
) -> Response:
    """Return a problem document; `error`, `message` and `success` repeat it for clients older than RFC 9457."""
    document = {
        "type": f"{DOCUMENT}#{code}",
        "title": title,
        "status": status,
        "code": code,
        "detail": detail,
        "success": False,
        "error": detail,
        "message": detail,
        "errors": errors or {},
        "error_codes": error_codes or {},
        "submission_id": submission_id,
    }
    if explain is not None:
        document["explain"] = explain
    return Response(orjson.dumps(document), status=status, content_type=PROBLEM_JSON)
