"""The OpenAPI document of an application: its company API from the decorators, its plain views from `plain`."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import orjson
from flask import Flask, current_app

from leadintake import __version__
from leadintake.entrypoints.api.addresses import is_for_programs
from leadintake.entrypoints.api.company import BLUEPRINTS
from leadintake.entrypoints.api.openapi.plain import (
    IDEMPOTENCY_KEY,
    INTAKE,
    PLAIN,
    PROBLEM,
    SECURITY_SCHEMES,
    body_of_a_submission,
    described,
    submitted_lead,
)
from leadintake.entrypoints.api.problems import PROBLEM_JSON
from leadintake.entrypoints.schemas.answers import (
    ContactPageSchema,
    OperationAnswerSchema,
    ReadinessSchema,
)
from leadintake.entrypoints.schemas.documents import (
    CaptureAnswerSchema,
    ExplainedAnswerSchema,
    ExplainedProblemSchema,
    HealthSchema,
    OwnersFieldsSchema,
    ReservedKeysSchema,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from marshmallow import Schema

VERSION: Final = "3.1.0"

Route: TypeAlias = "tuple[str, str]"
"""A method in lower case and an address as OpenAPI writes it."""

_VARIABLE: Final = re.compile(r"<(?:\w+(?:\([^)]*\))?:)?(\w+)>")
_OF_EVERY_ADDRESS: Final = frozenset({"HEAD", "OPTIONS"})
# Routes that are there only to say that the address takes other methods.
_TAKE_NOTHING: Final = frozenset({"leads.post_instead"})
_END: Final = r"\Z"
_PLAIN_SCHEMAS: Final = {
    "Problem": ExplainedProblemSchema,
    "SubmitAnswer": ExplainedAnswerSchema,
    "CaptureAnswer": CaptureAnswerSchema,
    "OperationAnswer": OperationAnswerSchema,
    "ContactPage": ContactPageSchema,
    "Readiness": ReadinessSchema,
    "Health": HealthSchema,
    "ReservedKeys": ReservedKeysSchema,
    "OwnersFields": OwnersFieldsSchema,
}
_INFO: Final = (
    "Leads in by lead token, leads out and set-up by API key. A refusal is a problem document (RFC 9457); its `code` "
    "is stable, and explained at /api/docs/errors."
)


def routes_of(app: Flask) -> frozenset[Route]:
    """Return every operation that the application has a route for; pages are for people."""
    return frozenset(
        (method.lower(), _VARIABLE.sub(r"{\1}", rule.rule))
        for rule in app.url_map.iter_rules()
        if rule.endpoint not in _TAKE_NOTHING and is_for_programs(rule.rule)
        for method in (rule.methods or set()) - _OF_EVERY_ADDRESS
    )


def openapi_json() -> bytes:
    """Return the document of the current application."""
    return _openapi_json(routes_of(current_app))


def openapi_document(app: Flask) -> dict[str, Any]:
    """Return the document of an application, for whoever wants to change it."""
    document: dict[str, Any] = orjson.loads(_openapi_json(routes_of(app)))
    return document


# Made when it is first asked for: workers start without it, and it is the same for the life of an application.
@lru_cache(maxsize=4)
def _openapi_json(routes: frozenset[Route]) -> bytes:
    document = _company_document()
    paths, components = document["paths"], document["components"]
    components["securitySchemes"] = dict(SECURITY_SCHEMES)
    components["schemas"] |= {"SubmittedLead": submitted_lead(), "OpenApi": {"type": "object"}}
    for plain in PLAIN:
        for method in plain.methods.lower().split():
            if (method, plain.path) not in routes:
                continue
            operation = described(plain)
            if plain.takes_lead and method != "get":
                operation["requestBody"] = body_of_a_submission()
            if plain.tag == INTAKE:
                operation.setdefault("parameters", []).append(IDEMPOTENCY_KEY)
            item = paths.setdefault(plain.path, {})
            item[method] = operation
            if variables := _variables(plain.path):
                item["parameters"] = variables
    for path, method, operation in _operations(document):
        operation["operationId"] = _operation_id(method, path)
        if "422" in operation["responses"]:
            operation["responses"]["422"] = PROBLEM
        _let_filters_be_empty(operation)
    document["paths"] = dict(sorted(paths.items()))
    return orjson.dumps(_in_ecmascript(document))


def _company_document() -> dict[str, Any]:
    """Return what the decorators of the company API say, over an application that serves nothing."""
    # Imported here: only whoever asks for the document needs what makes it.
    from apispec.ext.marshmallow import MarshmallowPlugin  # noqa: PLC0415 - see above
    from flask_smorest import Api  # type: ignore[import-untyped]  # noqa: PLC0415 - see above

    plugin = MarshmallowPlugin(schema_name_resolver=_name_of)
    spec = {"title": "leadintake", "version": __version__, "openapi_version": VERSION, "marshmallow_plugin": plugin}
    app = Flask("leadintake", static_folder=None)
    api = Api(app, spec_kwargs=spec | {"info": {"description": _INFO}})
    api.DEFAULT_ERROR_RESPONSE_NAME = None
    for name, schema in _PLAIN_SCHEMAS.items():
        api.spec.components.schema(name, schema=schema)
    api.spec.components.response(
        "Problem",
        {"description": "Refused: a problem document.", "content": {PROBLEM_JSON: {"schema": "Problem"}}},
    )
    for blueprint in BLUEPRINTS:
        api.register_blueprint(blueprint)
    document: dict[str, Any] = api.spec.to_dict()
    document.pop("tags", None)
    # What flask-smorest adds for answers that are not given here.
    document["components"]["responses"] = {"Problem": document["components"]["responses"]["Problem"]}
    for unused in ("headers", "parameters"):
        document["components"].pop(unused, None)
    for unused in ("Error", "PaginationMetadata"):
        document["components"]["schemas"].pop(unused, None)
    return document


def _name_of(schema: type[Schema] | Schema) -> str:
    kind = schema if isinstance(schema, type) else type(schema)
    partial = "Partial" if getattr(schema, "partial", False) else ""
    return partial + kind.__name__.removesuffix("Schema")


def _operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, item in document["paths"].items():
        for method, operation in item.items():
            if method != "parameters":
                yield path, method, operation


def _let_filters_be_empty(operation: dict[str, Any]) -> None:
    """Say that a filter without a value is sound: it filters nothing."""
    for parameter in operation.get("parameters", ()):
        if parameter.get("in") == "query":
            parameter.get("schema", {}).pop("minLength", None)


def _operation_id(method: str, path: str) -> str:
    return re.sub(r"\W+", "_", f"{method}{path.removeprefix('/api/v1').removeprefix('/api')}").strip("_")


def _variables(path: str) -> list[dict[str, Any]]:
    """Return what is variable in the address of a plain view."""
    schema = {"lead_id": {"type": "string", "format": "uuid"}}
    return [
        {"in": "path", "name": name, "required": True, "schema": schema.get(name, {"type": "string", "minLength": 1})}
        for name in re.findall(r"{(\w+)}", path)
    ]


def _in_ecmascript(value: Any) -> Any:  # noqa: ANN401 - any part of the document
    """Return the document with its patterns as OpenAPI has them: whole, and ending in a dollar."""
    if isinstance(value, dict):
        return {
            name: f"^{part.removesuffix(_END)}$"
            if name == "pattern" and isinstance(part, str) and part.endswith(_END)
            else _in_ecmascript(part)
            for name, part in value.items()
        }
    return [_in_ecmascript(part) for part in value] if isinstance(value, list) else value
