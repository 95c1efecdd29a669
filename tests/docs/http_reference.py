"""docs/reference/http.md: every operation and every schema of the OpenAPI document, for people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from leadintake.testing import in_memory_leadintake

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

_METHODS = ("get", "post", "put", "patch", "delete")
_ANYBODY = "none"
_CREDENTIALS = {
    "lead_token": "a lead token",
    "lead_token_in_query": "a lead token",
    "api_key": "an API key",
    "api_key_basic": "an API key",
    "metrics_token": "the metrics token",
}


def http_reference(table: Callable[[Iterable[str], Iterable[Iterable[str]]], str]) -> str:
    """Return the whole reference; `table` writes a table of a head and rows."""
    document = in_memory_leadintake().client.get("/api/v1/openapi.json").get_json()
    return "\n".join([*_operations(document, table), *_schemas(document, table)])


def _operations(document: dict[str, Any], table: Callable[..., str]) -> Iterator[str]:
    by_tag: dict[str, list[str]] = {}
    for path, item in document["paths"].items():
        for methods, operation in _alike(item):
            [tag] = operation["tags"]
            shared = item.get("parameters", [])
            by_tag.setdefault(tag, []).append("\n".join(_operation(methods, path, shared, operation, table)))
    for tag, operations in by_tag.items():
        yield f"## {tag}\n"
        yield from operations


def _alike(item: dict[str, Any]) -> Iterator[tuple[list[str], dict[str, Any]]]:
    """Yield the operations of an address, those that do the same together."""
    told: list[tuple[list[str], dict[str, Any]]] = []
    for method in _METHODS:
        if method in item:
            operation = {name: value for name, value in item[method].items() if name != "operationId"}
            twin = next((methods for methods, other in told if other == operation), None)
            if twin is None:
                told.append(([method.upper()], operation))
            else:
                twin.append(method.upper())
    yield from told


def _operation(
    methods: list[str], path: str, shared: list[Any], operation: dict[str, Any], table: Callable[..., str]
) -> Iterator[str]:
    yield f"### {', '.join(methods)} {path}\n"
    yield " ".join(filter(None, (operation["summary"], operation.get("description")))) + "\n"
    taken = dict.fromkeys(_CREDENTIALS.get(name, name) for way in operation.get("security", []) for name in way)
    lines = [f"- Credential: {' or '.join(taken) or _ANYBODY}"]
    if body := operation.get("requestBody"):
        kinds = ", ".join(f"`{kind}`" for kind in body["content"])
        [schema, *_] = (content["schema"] for content in body["content"].values())
        lines.append(f"- Body: {_type(schema)} as {kinds}")
    lines += [f"- {status}: {_answer(answer)}" for status, answer in _answers(operation)]
    problems = [status for status, answer in operation["responses"].items() if _is_problem(answer)]
    if problems:
        lines.append(f"- Refusals, as {_link('Problem')}: {', '.join(sorted(problems))}")
    yield "\n".join(lines) + "\n"
    if parameters := [*shared, *operation.get("parameters", [])]:
        yield table(
            ("Parameter", "In", "Type", "Meaning"),
            (
                (
                    f"`{one['name']}`" + (" (required)" if one.get("required") else ""),
                    one["in"],
                    _type(one["schema"]),
                    one.get("description") or one["schema"].get("description", ""),
                )
                for one in parameters
            ),
        )


def _answers(operation: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    yield from ((status, one) for status, one in sorted(operation["responses"].items()) if not _is_problem(one))


def _is_problem(answer: dict[str, Any]) -> bool:
    return str(answer.get("$ref", "")).endswith("/Problem")


def _answer(answer: dict[str, Any]) -> str:
    content = answer.get("content", {})
    return ", ".join(f"{_type(one['schema'])} as `{kind}`" for kind, one in content.items()) or answer["description"]


def _schemas(document: dict[str, Any], table: Callable[..., str]) -> Iterator[str]:
    yield "## Schemas\n"
    for name, schema in sorted(document["components"]["schemas"].items()):
        yield f"### {name}\n"
        if "description" in schema:
            yield schema["description"] + "\n"
        required = schema.get("required", [])
        rows = [
            (f"`{member}`" + (" (required)" if member in required else ""), _type(one), one.get("description", ""))
            for member, one in schema.get("properties", {}).items()
        ]
        yield table(("Member", "Type", "Meaning"), rows) if rows else f"{_type(schema)}\n"


def _type(schema: dict[str, Any]) -> str:
    if "$ref" in schema:
        return _link(schema["$ref"].rpartition("/")[2])
    for either in ("anyOf", "oneOf", "allOf"):
        if either in schema:
            return " or ".join(dict.fromkeys(_type(one) for one in schema[either]))
    if "enum" in schema:
        return ", ".join("null" if word is None else f"`{word}`" for word in schema["enum"])
    kinds = schema.get("type", "anything")
    said = " or ".join([kinds] if isinstance(kinds, str) else kinds)
    if "items" in schema:
        return f"{said} of {_type(schema['items'])}"
    return said + _bounds(schema)


def _bounds(schema: dict[str, Any]) -> str:
    """Return what limits a value, in brackets."""
    told = []
    if "format" in schema:
        told.append(schema["format"])
    for low, high, unit in (("minimum", "maximum", ""), ("minLength", "maxLength", " characters")):
        if low in schema and high in schema:
            told.append(f"{schema[low]} to {schema[high]}{unit}")
        elif high in schema:
            told.append(f"at most {schema[high]}{unit}")
        elif low in schema:
            told.append("not empty" if unit and schema[low] == 1 else f"at least {schema[low]}{unit}")
    if "default" in schema:
        told.append(f"{schema['default']} unless given")
    return f" ({', '.join(told)})" if told else ""


def _link(name: str) -> str:
    return f"[{name}](#{name.lower()})"
