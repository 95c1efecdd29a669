"""The operations that are plain views: those of lead tokens, and those that need no credential.

They take any carrier and are on the hot path, so nothing wraps them; what they take and answer is said here instead.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from leadintake.domain.reserved_names import RESERVED, ValueKind

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

JSON: Final = "application/json"
HTML: Final = "text/html"
FORMS: Final = ("application/x-www-form-urlencoded", "multipart/form-data")
PROBLEM: Final = {"$ref": "#/components/responses/Problem"}

SECURITY_SCHEMES: Final[Mapping[str, dict[str, str]]] = {
    "metrics_token": {
        "type": "http",
        "scheme": "bearer",
        "description": "The installation's own LEADINTAKE_METRICS_TOKEN.",
    },
    "lead_token": {
        "type": "apiKey",
        "in": "header",
        "name": "X-Lead-Token",
        "description": "The lead token of a schedule or an offer; also as `Authorization: Bearer`.",
    },
    "lead_token_in_query": {
        "type": "apiKey",
        "in": "query",
        "name": "lead_token",
        "description": "The same, for senders that can only be given an address.",
    },
    "api_key": {"type": "http", "scheme": "bearer", "description": "The private half of an API key."},
    "api_key_basic": {"type": "http", "scheme": "basic", "description": "Both halves of an API key, public:private."},
    "record_key": {
        "type": "apiKey",
        "in": "query",
        "name": "key",
        "description": "The private half of an API key that may record and nothing else, for trackers' URLs.",
    },
}

NO_CREDENTIAL: Final[Sequence[str]] = ()
LEAD_TOKEN: Final = ("lead_token", "lead_token_in_query")
API_KEY: Final = ("api_key", "api_key_basic")
_METRICS_TOKEN: Final = ("metrics_token",)
EITHER: Final = (*LEAD_TOKEN, *API_KEY)

INTAKE: Final = "Intake"
_CALLERS: Final = "Caller operations"
_CONTACTS: Final = "Contacts"
_TOKENS: Final = "Lead tokens"
_DOCUMENTS: Final = "Documents"
_MACHINE_ROOM: Final = "Machine room"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlainOperation:
    """One operation of a plain view.

    Shape: `methods` with blanks between; `answers` is the name of a schema, or of a media type where the answer is
    no JSON; `takes_lead` says that it takes the parameters of a submission; `filters` maps names to JSON schemas;
    `also` are statuses that are answered as `answers` is, `problems` those answered by problem documents.
    """

    methods: str
    path: str
    tag: str
    summary: str
    by: Sequence[str]
    answers: str
    takes_lead: bool = False
    filters: Mapping[str, Mapping[str, Any]] | None = None
    also: Sequence[int] = ()
    problems: Sequence[int] = ()


_SENT: Final = (400, 401, 403, 413, 415, 422, 429, 503)
_READ: Final = (400, 401, 403, 422, 503)
_TEXT: Final = {"type": "string"}
_NUMBER: Final = {"type": "integer", "minimum": 1, "maximum": 2**31 - 1}
_EXPLAIN: Final = {"explain": {"type": "string", "description": "1 adds each step of the decision to the answer."}}
_OWNER: Final = {"schedule_id": _NUMBER, "offer_id": _NUMBER}


def _caller(operation: str, summary: str, methods: str) -> tuple[PlainOperation, PlainOperation]:
    """Return an operation on a caller, whose number stands in the address or among the parameters."""
    address, parameter = (
        PlainOperation(
            methods=methods,
            path=path,
            tag=_CALLERS,
            summary=summary,
            by=EITHER,
            answers="OperationAnswer",
            takes_lead=True,
            problems=(*_SENT, 404),
        )
        for path in (f"/api/v1/leads/{{caller_id}}/{operation}", f"/api/v1/leads/{operation}")
    )
    return address, parameter


def _lead(operation: str, summary: str, methods: str) -> PlainOperation:
    return PlainOperation(
        methods=methods,
        path=f"/api/v1/leads/{{lead_id}}/{operation}",
        tag=_CALLERS,
        summary=summary,
        by=EITHER,
        answers="OperationAnswer",
        takes_lead=True,
        problems=(*_SENT, 404),
    )


def _contact(operation: str, summary: str) -> PlainOperation:
    return PlainOperation(
        methods="POST",
        path=f"/api/v1/contacts/{{caller_id}}/{operation}",
        tag=_CONTACTS,
        summary=summary,
        by=API_KEY,
        answers="OperationAnswer",
        takes_lead=True,
        problems=(*_SENT, 404),
    )


PLAIN: Final = (
    PlainOperation(
        methods="POST PUT",
        path="/api/v1/leads",
        tag=INTAKE,
        summary="Submit a lead: enroll its caller under the owner that the lead token names, once.",
        by=LEAD_TOKEN,
        answers="SubmitAnswer",
        takes_lead=True,
        filters=_EXPLAIN,
        problems=_SENT,
    ),
    PlainOperation(
        methods="POST PUT",
        path="/api/v1/leads/capture",
        tag=INTAKE,
        summary="Submit a lead, by lead token or by API key with an owner, and learn what it joined.",
        by=EITHER,
        answers="CaptureAnswer",
        takes_lead=True,
        filters=_EXPLAIN,
        problems=_SENT,
    ),
    PlainOperation(
        methods="POST PUT",
        path="/api/v1/leads/create_or_update",
        tag=INTAKE,
        summary="Update the caller's live lead in the whole offer, or make one.",
        by=LEAD_TOKEN,
        answers="SubmitAnswer",
        takes_lead=True,
        filters=_EXPLAIN,
        problems=_SENT,
    ),
    *_caller("caller_opt_out", "Opt the caller out: every live lead of theirs in the company ends.", "PUT POST GET"),
    *_caller("caller_remove", "Take the owner's live lead of the caller out.", "POST PUT"),
    *_caller("caller_move_to_end_of_schedule", "Skip what is left of the plan for the caller's live lead.", "POST PUT"),
    _lead("lead_opt_out", "Opt the caller of that lead out.", "PUT POST GET"),
    _lead("lead_remove", "Take that lead out.", "POST PUT"),
    _lead("lead_move_to_end_of_schedule", "Skip what is left of the plan for that lead.", "POST PUT"),
    _lead("lead_update", "Update that lead, with the parameters of a submission.", "POST PUT"),
    _contact("caller_block", "Block the caller everywhere in the company."),
    _contact("caller_unblock", "Lift the block of the caller, and with `lift_opt_out` their opt-out."),
    PlainOperation(
        methods="GET",
        path="/api/v1/contacts/suppression_list",
        tag=_CONTACTS,
        summary="List the callers who have opted out or are blocked.",
        by=API_KEY,
        answers="ContactPage",
        filters={
            "reason": {"type": "string", "enum": ["opted_out", "blocked", "any"]},
            "page": {"type": "integer", "minimum": 1, "maximum": 1_000_000},
            "per_page": {"type": "integer", "minimum": 1, "maximum": 250},
        },
        problems=_READ,
    ),
    PlainOperation(
        methods="GET",
        path="/api/v1/tokens/fields",
        tag=_TOKENS,
        summary="List the contact fields behind a lead token, or with an API key those of an owner.",
        by=EITHER,
        answers="OwnersFields",
        filters=_OWNER,
        problems=(*_READ, 404),
    ),
    PlainOperation(
        methods="GET",
        path="/api/v1/tokens/openapi.json",
        tag=_TOKENS,
        summary="Describe the intake behind a lead token with its contact fields, and show how it is asked.",
        by=EITHER,
        answers="OpenApi",
        filters=_OWNER,
        problems=(*_READ, 404),
    ),
    PlainOperation(
        methods="GET",
        path="/api/v1/reserved_keys",
        tag=_DOCUMENTS,
        summary="List the reserved names; every other name becomes a lead token.",
        by=NO_CREDENTIAL,
        answers="ReservedKeys",
    ),
    PlainOperation(
        methods="GET",
        path="/api/v1/openapi.json",
        tag=_DOCUMENTS,
        summary="Describe this API: the document that you are reading.",
        by=NO_CREDENTIAL,
        answers="OpenApi",
    ),
    PlainOperation(
        methods="GET",
        path="/api/docs",
        tag=_DOCUMENTS,
        summary="Show the document as a page.",
        by=NO_CREDENTIAL,
        answers=HTML,
    ),
    PlainOperation(
        methods="GET",
        path="/api/docs/errors",
        tag=_DOCUMENTS,
        summary="Explain the error codes, as a page.",
        by=NO_CREDENTIAL,
        answers=HTML,
    ),
    PlainOperation(
        methods="GET",
        path="/api/docs/assets/{name}",
        tag=_DOCUMENTS,
        summary="Serve what the page consists of.",
        by=NO_CREDENTIAL,
        answers="*/*",
        problems=(404,),
    ),
    PlainOperation(
        methods="GET",
        path="/healthz",
        tag=_MACHINE_ROOM,
        summary="Say that the process answers.",
        by=NO_CREDENTIAL,
        answers="Health",
    ),
    PlainOperation(
        methods="GET",
        path="/readyz",
        tag=_MACHINE_ROOM,
        summary="Say whether leads can be taken, and if not what to do about it.",
        by=NO_CREDENTIAL,
        answers="Readiness",
        also=(503,),
    ),
    PlainOperation(
        methods="GET",
        path="/metrics",
        tag=_MACHINE_ROOM,
        summary="Tell what was counted, in the text format of Prometheus; 404 without the token that is set for it.",
        by=_METRICS_TOKEN,
        answers="text/plain",
        problems=(404,),
    ),
)
"""Every operation of a plain view; one whose route the application does not have is left out of the document."""


def described(operation: PlainOperation) -> dict[str, Any]:
    """Return the operation as a path item has it."""
    content = _content(operation.answers)
    responses: dict[str, Any] = {"200": {"description": "Done.", "content": content}}
    responses |= {str(status): {"description": "Not done.", "content": content} for status in operation.also}
    responses |= {str(status): PROBLEM for status in sorted(operation.problems)}
    document: dict[str, Any] = {
        "tags": [operation.tag],
        "summary": operation.summary,
        "security": [{scheme: []} for scheme in operation.by],
        "responses": responses,
    }
    if operation.filters:
        document["parameters"] = [
            {"in": "query", "name": name, "schema": schema} for name, schema in operation.filters.items()
        ]
    return document


def body_of_a_submission(schema: str = "SubmittedLead") -> dict[str, Any]:
    """Return the body that takes the parameters of a submission, in any carrier."""
    shape = {"schema": {"$ref": f"#/components/schemas/{schema}"}}
    return {"required": False, "content": dict.fromkeys((JSON, *FORMS), shape)}


IDEMPOTENCY_KEY: Final = {
    "in": "header",
    "name": "Idempotency-Key",
    "schema": _TEXT,
    "description": "The same key with the same payload replays the first answer.",
}

_TYPES: Final[Mapping[ValueKind, dict[str, Any]]] = {
    ValueKind.PHONE: {"type": ["string", "integer", "null"]},
    ValueKind.EMAIL: {"type": ["string", "null"]},
    ValueKind.TEXT: {"type": ["string", "number", "null"]},
    ValueKind.NUMBER_OR_TEXT: {"type": ["integer", "string", "null"]},
    ValueKind.DECIMAL: {"type": ["number", "string", "null"]},
    ValueKind.INTEGER: {"type": ["integer", "string", "null"]},
    ValueKind.TIME: {"type": ["string", "null"]},
    ValueKind.BOOLEAN: {"type": ["boolean", "string", "null"]},
}


def submitted_lead(properties: Mapping[str, Any] | None = None, required: Sequence[str] = ()) -> dict[str, Any]:
    """Return the schema of a submission: the platform fields, and every other name a lead token.

    Args:
        properties: What is said about lead tokens of the owner.
        required: The lead tokens that must be there.
    """
    platform = {
        name: _TYPES[entry.kind] | {"description": entry.description}
        for name, entry in RESERVED.items()
        if entry.kind in _TYPES and entry.is_supported
    }
    data = {
        "type": "object",
        "description": "Lead tokens, whatever they are called.",
        "additionalProperties": True,
    }
    tokens = dict(properties or {})
    document: dict[str, Any] = {
        "type": "object",
        "description": "Platform fields by their reserved names; every other name becomes a lead token.",
        "properties": {
            **platform,
            **{name: platform.get(name, {}) | said for name, said in tokens.items()},
            "data": data,
        },
        "additionalProperties": True,
    }
    if required:
        document["required"] = list(required)
    return document


def _content(answers: str) -> dict[str, Any]:
    if "/" in answers:
        return {answers: {"schema": _TEXT}}
    return {JSON: {"schema": {"$ref": f"#/components/schemas/{answers}"}}}
