"""What clients look up: the API itself, the error codes behind every problem's ``type``, and the reserved names."""

from __future__ import annotations

from functools import lru_cache
from html import escape
from importlib.resources import files
from typing import TYPE_CHECKING, Final

from flask import Blueprint, Response

from leadintake.domain.errors import NotFound, Refusal
from leadintake.domain.reserved_names import RESERVED
from leadintake.entrypoints.api.answers import json_response
from leadintake.entrypoints.api.problems import DOCUMENT, FRAMEWORK_REFUSALS, status_of

if TYPE_CHECKING:
    from collections.abc import Iterator

bp = Blueprint("documents", __name__)

PAGE: Final = "/api/docs"
ASSETS: Final = f"{PAGE}/assets"
OPENAPI: Final = "/api/v1/openapi.json"

# Everything comes from here, and nothing that is written into the page runs; Swagger UI has its icons in its style.
_HEADERS: Final = {"Content-Security-Policy": "default-src 'self'; img-src 'self' data:; frame-ancestors 'none'"}
_PAGE: Final = f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>leadintake: HTTP API</title>
<link rel="stylesheet" href="{ASSETS}/swagger-ui.css"></head>
<body><div id="ui"></div>
<script src="{ASSETS}/swagger-ui-bundle.js"></script>
<script src="{ASSETS}/start.js"></script></body></html>
"""
_START: Final = f"""SwaggerUIBundle({{
  url: "{OPENAPI}", dom_id: "#ui", deepLinking: true, displayRequestDuration: true,
  validatorUrl: null, queryConfigEnabled: false, persistAuthorization: false
}});
"""
_TYPES: Final = {"css": "text/css; charset=utf-8", "js": "text/javascript; charset=utf-8"}
_OF_SWAGGER_UI: Final = frozenset({"swagger-ui.css", "swagger-ui-bundle.js"})


@bp.get(OPENAPI)
def openapi() -> Response:
    """Describe the whole API as OpenAPI 3.1."""
    # Imported here: a worker starts without what makes the document.
    from leadintake.entrypoints.api.openapi.document import openapi_json  # noqa: PLC0415 - see above

    return Response(openapi_json(), content_type="application/json")


@bp.get(PAGE)
def page() -> Response:
    """Show the API as a page that loads nothing from anywhere else."""
    return Response(_PAGE, content_type="text/html; charset=utf-8", headers=_HEADERS)


@bp.get(f"{ASSETS}/<name>")
def asset(name: str) -> Response:
    """Serve what the page consists of."""
    return Response(_asset(name), content_type=_TYPES[name.rpartition(".")[2]], headers=_HEADERS)


@lru_cache(maxsize=len(_OF_SWAGGER_UI))
def _asset(name: str) -> bytes:
    if name == "start.js":
        return _START.encode()
    if name not in _OF_SWAGGER_UI:
        raise NotFound
    return (files("flask_swagger_ui") / "dist" / name).read_bytes()


@bp.get("/api/v1/reserved_keys")
def reserved_keys() -> Response:
    """List the names that are platform fields; every other name becomes a lead token."""
    return json_response(
        {
            "reserved_keys": [
                {
                    "name": entry.name,
                    "type": entry.kind.value,
                    "description": entry.description,
                    "supported": entry.is_supported,
                }
                for entry in RESERVED.values()
            ]
        }
    )


@bp.get(DOCUMENT)
def errors() -> Response:
    """Explain every error code, at the address that problem documents point to."""
    rows = "".join(
        f'<tr id="{code}"><td>{status}</td><td><code>{code}</code></td>'
        f"<td>{escape(meaning)}</td><td>{escape(detail)}</td></tr>"
        for status, code, meaning, detail in documented_codes()
    )
    page = (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width"><title>leadintake: error codes</title></head><body>'
        "<h1>Error codes</h1><table><thead><tr><th>Status</th><th>Code</th><th>Meaning</th><th>Detail</th></tr>"
        f"</thead><tbody>{rows}</tbody></table></body></html>"
    )
    return Response(page, content_type="text/html; charset=utf-8")


def documented_codes() -> list[tuple[int, str, str, str]]:
    """Return every code that an answer can carry, by status: status, code, meaning and the usual sentence."""
    refusals = [
        (status_of(kind)[0], kind.code, (kind.__doc__ or "").partition("\n")[0], kind.default_detail)
        for kind in documented_refusals()
    ]
    codes = {code for _, code, _, _ in refusals}
    others = [(one.status, one.code, one.meaning, one.detail) for one in FRAMEWORK_REFUSALS if one.code not in codes]
    return sorted(refusals + others)


def documented_refusals() -> list[type[Refusal]]:
    """Return one kind of refusal for each code, by status and code."""
    by_code: dict[str, type[Refusal]] = {}
    for kind in _descendants(Refusal):
        by_code.setdefault(kind.code, kind)
    by_code.pop(Refusal.code)
    return sorted(by_code.values(), key=lambda kind: (status_of(kind)[0], kind.code))


def _descendants(kind: type[Refusal]) -> Iterator[type[Refusal]]:
    for child in kind.__subclasses__():
        yield child
        yield from _descendants(child)
