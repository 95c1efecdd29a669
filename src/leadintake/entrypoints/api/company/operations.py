"""What every operation of the company API has in common: its key, its input, its answer, its description."""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeAlias
from uuid import UUID

from flask import Response, request
from flask_smorest import Blueprint  # type: ignore[import-untyped]  # it ships no types

from leadintake.domain.errors import NotFound
from leadintake.entrypoints.api.answers import json_response
from leadintake.entrypoints.api.body import read_body
from leadintake.entrypoints.api.company.json_reading import CompanyParser, read_object
from leadintake.entrypoints.api.context import context
from leadintake.entrypoints.api.credentials import require_api_key
from leadintake.entrypoints.schemas.company.fields import MOST_ID

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from marshmallow import Schema

    from leadintake.domain.credential import ApiKey, Permission
    from leadintake.domain.use_cases.paging import Page, Window

View: TypeAlias = "Callable[..., Any]"

_MOST_DIGITS: Final = len(str(MOST_ID))


class CompanyBlueprint(Blueprint):  # type: ignore[misc]  # likewise
    """A resource of the company API; the tag is its heading in the document."""

    ARGUMENTS_PARSER = CompanyParser()

    def __init__(self, name: str, tag: str) -> None:
        super().__init__(name, __name__, url_prefix="/api/v1")
        self.tag = tag


class _PathPart(NamedTuple):
    """A variable part of an address: how it is read, and how it is described."""

    read: Callable[[str], Any]
    schema: dict[str, Any]


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS and 0 < int(text) <= MOST_ID):
        raise NotFound
    return int(text)


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise NotFound from error


_NUMBER: Final = _PathPart(_number, {"type": "integer", "minimum": 1, "maximum": MOST_ID})
_UUID: Final = _PathPart(_uuid, {"type": "string", "format": "uuid"})
_TEXT: Final = _PathPart(str, {"type": "string", "minLength": 1})
_PATH: Final = {
    "schedule_id": _NUMBER,
    "offer_id": _NUMBER,
    "traffic_source_id": _NUMBER,
    "list_id": _NUMBER,
    "lead_id": _UUID,
    "submission_id": _UUID,
    "call_id": _UUID,
    "conversion_id": _UUID,
    "lead_token_id": _UUID,
    "api_key_id": _UUID,
    "key": _TEXT,
    "caller_id": _TEXT,
}
"""Every variable part by its name. What cannot be one is absent, like what belongs to another company."""

_BY_URL_TOO: Final[list[dict[str, list[str]]]] = [{"api_key": []}, {"api_key_basic": []}, {"record_key": []}]


def operation(  # noqa: PLR0913 - each says one thing about the operation
    blueprint: CompanyBlueprint,
    methods: str,
    rule: str,
    *,
    needs: Permission,
    answers: Schema,
    body: Schema | None = None,
    takes: Schema | None = None,
    query: Schema | None = None,
    reads_itself: Schema | None = None,
    unless: Callable[[], Response | None] | None = None,
    identify: Callable[[Permission], ApiKey] = require_api_key,
    status: int = 200,
    also: Mapping[str, Any] | None = None,
) -> Callable[[View], View]:
    """Make a view an operation: with an API key, its input checked, its answer dumped, and all of that described.

    The view is given the API key, the variable parts of the address by name, and what `body` or `query` loads. The
    key is judged first, so that a stranger learns nothing about what is wrong with a request.

    Args:
        blueprint: Where it belongs.
        methods: One, or several with blanks between, that do the same.
        rule: The address below ``/api/v1``.
        needs: The permission that the API key must have.
        answers: The schema of the answer; a view may also return a response of its own.
        body: The schema of the JSON object that it takes.
        takes: The same where the view judges the object by itself; it is given as it came.
        query: The schema of the filters that it takes.
        reads_itself: The schema of filters that the view reads by itself.
        unless: Answers in place of the view, if it has an answer, before the API key is judged.
        identify: Finds the API key, where it may come in another way too.
        status: Of the answer.
        also: Further kinds of content that it may have, by media type, as the document describes them.
    """

    def decorate(view: View) -> View:
        names = [name for name in _PATH if f"<{name}>" in rule]
        described = blueprint.response(status, answers)(_answering(_given(view) if takes else view, answers, status))
        if body is not None:
            described = blueprint.arguments(body)(described)
        if query is not None:
            described = blueprint.arguments(query, location="query")(described)
        if reads_itself is not None:
            described._apidoc["arguments"] = {"parameters": [{"in": "query", "schema": reads_itself}]}  # noqa: SLF001
        if takes is not None:
            content = {"application/json": {"schema": takes}}
            described = blueprint.doc(requestBody={"required": True, "content": content})(described)
        has_input = bool(body or takes or query or reads_itself)
        described = blueprint.doc(**_described(needs, has_path=bool(names), has_input=has_input))(described)
        if also is not None:
            described = blueprint.doc(responses={status: {"content": also}})(described)
        if identify is not require_api_key:
            described = blueprint.doc(security=_BY_URL_TOO)(described)
        guarded = _guarded(described, needs, names, unless, identify)
        blueprint.route(
            rule,
            methods=methods.split(),
            tags=[blueprint.tag],
            parameters=[{"in": "path", "name": name, "schema": _PATH[name].schema} for name in names],
        )(guarded)
        return view

    return decorate


def shown(root: str, thing: object) -> dict[str, Any]:
    """Return the document of one thing."""
    return {root: thing, "metadata": {"root": root}}


def listed(root: str, found: Page[Any], window: Window) -> dict[str, Any]:
    """Return the document of a page."""
    metadata = {
        "root": root,
        "total_count": found.total_count,
        "page": window.page,
        "per_page": window.per_page,
    }
    return {root: found.items, "metadata": metadata}


def _answering(view: View, answers: Schema, status: int) -> View:
    @wraps(view)
    def answer(*args: Any, **kwargs: Any) -> Response:  # noqa: ANN401 - whatever the view takes
        document = view(*args, **kwargs)
        if isinstance(document, Response):
            return document
        response = json_response(answers.dump(document))
        response.status_code = status
        return response

    return answer


def _given(view: View) -> View:
    """Give the view the JSON object of the request as it came."""

    @wraps(view)
    def read(key: ApiKey, **path: Any) -> Any:  # noqa: ANN401 - whatever the view returns
        limits = context().limits
        return view(
            key,
            read_object(request.headers.get("Content-Type"), read_body(request, limits.max_body_bytes), limits),
            **path,
        )

    return read


def _guarded(
    view: View,
    needs: Permission,
    names: Sequence[str],
    unless: Callable[[], Response | None] | None,
    identify: Callable[[Permission], ApiKey],
) -> View:
    @wraps(view)
    def guard(**path: str) -> Any:  # noqa: ANN401 - whatever the view returns
        if unless is not None and (response := unless()) is not None:
            return response
        key = identify(needs)
        return view(key, **{name: _PATH[name].read(path[name]) for name in names})

    return guard


def _described(needs: Permission, *, has_path: bool, has_input: bool) -> dict[str, Any]:
    """Return what is said of an operation beyond its schemas."""
    statuses = [401, 403, *([404] if has_path else []), *([400, 413, 415, 422] if has_input else []), 429, 503]
    return {
        "description": f"Needs an API key with the permission `{needs}`.",
        "responses": {str(status): {"$ref": "#/components/responses/Problem"} for status in statuses},
        "security": [{"api_key": []}, {"api_key_basic": []}],
    }
