"""What the views of calls and of conversions share: who tells, and in which form.

Trackers that can only be given a URL send everything in it, their credential too. So that a URL that leaks lets nobody
read or change anything, only an API key that may do nothing but record is taken from one. Source: ADR 0029.
"""

from __future__ import annotations

from http import HTTPMethod
from typing import TYPE_CHECKING, Any, Final

from flask import request

from leadintake.domain.credential import Permission
from leadintake.domain.errors import AmbiguousParameter, MissingApiKey, PermissionDenied, UnknownLeadToken
from leadintake.domain.notice import Notice
from leadintake.domain.use_cases.identify_sender import is_granted
from leadintake.entrypoints.api.body import read_body as read_whole
from leadintake.entrypoints.api.context import context, page_origin, remote_ip, services
from leadintake.entrypoints.api.credentials import counted, identified, known_api_key
from leadintake.entrypoints.api.intake.carriers import read_body, read_query
from leadintake.entrypoints.api.problems import problem_document
from leadintake.entrypoints.schemas.company.fields import shown
from leadintake.entrypoints.schemas.company.recorded import gathered

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from flask import Response
    from marshmallow import Schema

    from leadintake.domain.credential import ApiKey
    from leadintake.domain.owner import OwnerRef

KEY: Final = "key"
"""The parameter of a postback's URL that carries the API key."""
_ONLY_RECORDS: Final = frozenset({Permission.RECORD})
_MAY_DO_MORE: Final = (
    "A URL is kept in many logs: put only an API key into it that may record and nothing else "
    "(leadintake api-key add --permission record), or send this one in the Authorization header."
)
_MOST_NAMES_SAID: Final = 10


def key_of_postback(permission: Permission) -> ApiKey:
    """Return the API key of a postback, from the Authorization header or from the URL, and count the request.

    Raises: MissingApiKey, UnknownApiKey, TooManyRequests: as for any request.
        PermissionDenied: it may not record; or it came in the URL and may do more than that.
    """
    if request.authorization is not None:
        return counted(known_api_key(permission))
    texts = {text.strip() for name, text in read_query(request.query_string) if name.strip().lower() == KEY}
    if len(texts) != 1 or not (private := texts.pop()):
        raise MissingApiKey
    key = identified(private, public=None)
    if key.permissions != _ONLY_RECORDS:
        raise PermissionDenied(_MAY_DO_MORE)
    return counted(key)


def nothing_for_head() -> Response | None:
    """Refuse what the framework would take for a GET: to ask for headers must not record anything."""
    if request.method != HTTPMethod.HEAD:
        return None
    response = problem_document(
        status=405, title="Method not allowed", code="method_not_allowed", detail="HEAD never changes anything."
    )
    response.headers["Allow"] = "GET, POST, OPTIONS"
    return response


def read_postback(schema: Schema) -> tuple[Mapping[str, Any], tuple[Notice, ...]]:
    """Return what a postback tells in its query and its body, and what of it told nothing.

    Raises: MalformedBody, PayloadTooLarge, UnsupportedMediaType: the request cannot be read.
        AmbiguousParameter: something was given twice with different values.
    """
    limits = context().limits
    pairs = [pair for pair in read_query(request.query_string) if pair[0].strip().lower() != KEY]
    body = read_body(request.headers.get("Content-Type"), read_whole(request, limits.max_body_bytes), limits=limits)
    texts = [(name, value) for name, value in body.pairs if isinstance(value, str)]
    told, unknown, ambiguous = gathered((*pairs, *texts), schema)
    # The bracketed names of a form are an object by now, as one of JSON is.
    nested = {name: value for name, value in body.pairs if not isinstance(value, str) and value is not None}
    for name in nested.keys() & schema.fields.keys():
        value, flat = nested[name], told.get(name)
        told[name] = {**value, **flat} if isinstance(value, dict) and isinstance(flat, dict) else value
    if ambiguous:
        raise AmbiguousParameter(
            errors={shown(name): ["was given more than once with different values"] for name in ambiguous}
        )
    left_out = [*unknown, *(name for name in nested if name not in schema.fields)]
    return told, tuple(
        Notice("unknown_parameter", shown(name), "It is not known here and was left out.")
        for name in left_out[:_MOST_NAMES_SAID]
    )


def sees_kept(key: ApiKey) -> bool:
    """Say whether the API key may see what is kept of what it tells: whether somebody is known here, to begin with."""
    return is_granted(key, Permission.READ)


def owner_finder(key: ApiKey) -> Callable[[str], OwnerRef | None]:
    """Return what finds the owner that a lead token of the key's company names; one of another company is unknown."""
    found: dict[str, OwnerRef | None] = {}

    def find(lead_token: str) -> OwnerRef | None:
        if lead_token not in found:
            try:
                sender = services().identify_lead_token(lead_token, kind=None, origin=page_origin(), client=remote_ip)
            except UnknownLeadToken:
                found[lead_token] = None
            else:
                is_own = sender.company.id == key.company_id
                found[lead_token] = sender.lead_token.owner if is_own else None
        return found[lead_token]

    return find
