"""The intake of one owner: its contact fields as a schema, and samples that work as they stand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from flask import current_app

from leadintake.domain.contact_field import PATTERNS, FieldType
from leadintake.domain.reserved_names import RESERVED
from leadintake.entrypoints.api.openapi.document import openapi_document
from leadintake.entrypoints.api.openapi.examples import example_lead
from leadintake.entrypoints.api.openapi.plain import submitted_lead
from leadintake.entrypoints.api.openapi.samples import samples

if TYPE_CHECKING:
    from leadintake.domain.contact_field import ContactField
    from leadintake.domain.directory import Directory
    from leadintake.domain.owner import Owner

_INTAKE: Final = ("/api/v1/leads", "/api/v1/leads/capture", "/api/v1/leads/create_or_update")
_SUBMIT: Final = "/api/v1/leads"
_SCHEMAS: Final = (
    "SubmittedLead",
    "SubmitAnswer",
    "CaptureAnswer",
    "JoinedSchedule",
    "Lead",
    "Warning",
    "Root",
    "TraceStep",
    "Problem",
)
_BY_LEAD_TOKEN: Final = ("lead_token", "lead_token_in_query")

# Numbers and booleans are kept as text, so each may be sent as text as well.
_TYPES: Final[dict[FieldType, dict[str, Any]]] = {
    FieldType.TEXT: {"type": "string"},
    FieldType.NUMBER: {"type": ["number", "string"]},
    FieldType.INTEGER: {"type": ["integer", "string"]},
    FieldType.DATE: {"type": "string"},
    FieldType.EMAIL: {"type": "string", "format": "email"},
    FieldType.PHONE: {"type": "string"},
    FieldType.BOOLEAN: {"type": ["boolean", "string"]},
    FieldType.LIST: {"type": "string"},
    FieldType.ZIP: {"type": "string"},
    FieldType.URL: {"type": "string", "format": "uri"},
}


def intake_document(directory: Directory, owner: Owner, *, base_url: str) -> dict[str, Any]:
    """Return the OpenAPI document of the owner's intake.

    Args:
        directory: What its company has set up.
        owner: Whose intake.
        base_url: Where this installation is reached, without a slash at the end.
    """
    fields = described(directory, owner)
    enforced = owner.rules.enforces_contact_fields
    whole = openapi_document(current_app)
    schemas = whole["components"]["schemas"]
    lead = submitted_lead(
        {field.key: property_of(field) for field in fields},
        [field.key for field in fields if field.required] if enforced else (),
    )
    paths = {path: whole["paths"][path] for path in _INTAKE if path in whole["paths"]}
    for path, item in paths.items():
        paths[path] = {method: _by_lead_token(item[method]) for method in ("post", "put") if method in item}
    paths[_SUBMIT]["post"]["x-codeSamples"] = [
        {"lang": language, "label": language, "source": text}
        for language, text in samples(
            f"{base_url}{_SUBMIT}", example_lead(fields, region=directory.company.region)
        ).items()
    ]
    return {
        "openapi": whole["openapi"],
        "info": whole["info"] | {"title": "Submit leads", "description": _description(enforced=enforced)},
        "servers": [{"url": base_url}],
        "paths": paths,
        "components": {
            "schemas": {name: schemas[name] for name in _SCHEMAS} | {"SubmittedLead": lead},
            "responses": whole["components"]["responses"],
            "securitySchemes": {name: whole["components"]["securitySchemes"][name] for name in _BY_LEAD_TOKEN},
        },
    }


def property_of(field: ContactField) -> dict[str, Any]:
    """Return what a contact field says of its lead token, as a JSON schema."""
    document = _TYPES[field.type] | {"title": field.title}
    pattern = PATTERNS[field.pattern].pattern if field.pattern else ""
    # OpenAPI's patterns know no switches for a part; what cannot be said in them is said in words.
    if pattern and "(?" not in pattern:
        document["pattern"] = f"^(?:{pattern})$"
    if field.pattern:
        document["description"] = f"Must match `{field.pattern}`."
    if field.choices:
        document["enum"] = list(field.choices)
    lowest, highest = ("minLength", "maxLength") if field.type is FieldType.TEXT else ("minimum", "maximum")
    document |= {
        name: int(bound) if bound == int(bound) else float(bound)
        for name, bound in ((lowest, field.minimum), (highest, field.maximum))
        if bound is not None
    }
    return document


def _by_lead_token(operation: dict[str, Any]) -> dict[str, Any]:
    """Return an operation without what only an API key could do."""
    return operation | {"security": [{name: []} for name in _BY_LEAD_TOKEN]}


def described(directory: Directory, owner: Owner) -> list[ContactField]:
    """Return the contact fields that senders fill in: what is named like a platform field is none of theirs."""
    return [field for field in directory.fields_of(owner) if field.key not in RESERVED or field.key == "email"]


def _description(*, enforced: bool) -> str:
    said = "Every name that is not reserved becomes a lead token of the lead."
    return f"{said} The lead tokens described here are checked." if enforced else said
