"""The JSON objects and the filters that the company API takes, read as strictly as the intake is lenient."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final, NoReturn

from marshmallow import RAISE, ValidationError
from webargs.flaskparser import FlaskParser

from leadintake.domain.errors import InvalidParameter, MalformedBody, UnsupportedMediaType
from leadintake.entrypoints.api.body import read_body
from leadintake.entrypoints.api.context import context
from leadintake.entrypoints.api.intake.carriers import read_query
from leadintake.entrypoints.api.intake.json_body import require_shallow
from leadintake.entrypoints.api.intake.media_type import parse_media_type
from leadintake.entrypoints.schemas.company.fields import flattened
from leadintake.entrypoints.schemas.company.queries import given_filters

if TYPE_CHECKING:
    from collections.abc import Mapping

    from flask import Request
    from marshmallow import Schema

    from leadintake.domain.parameters import Limits

# What clients send that do not say what they send.
_UNTOLD: Final = frozenset({"", "*/*", "text/plain", "application/octet-stream"})


class CompanyParser(FlaskParser):
    """webargs' parser with our own reading, limits and refusals."""

    DEFAULT_UNKNOWN_BY_LOCATION = {"json": RAISE, "query": RAISE}  # noqa: RUF012 - webargs' way to say it

    def load_json(self, req: Request, schema: Schema) -> Any:  # noqa: ANN401, ARG002 - webargs' signature; JSON is anything
        """Return the body's object. Raises: MalformedBody, PayloadTooLarge, UnsupportedMediaType: as they say."""
        limits = context().limits
        return read_object(req.headers.get("Content-Type"), read_body(req, limits.max_body_bytes), limits)

    def load_querystring(self, req: Request, schema: Schema) -> Any:  # noqa: ANN401 - webargs' signature
        """Return the filters. Raises: MalformedBody: the query string cannot be read."""
        given, errors = given_filters(read_query(req.query_string), schema)
        if errors:
            # Those that have a value which cannot be are named as well.
            raise ValidationError(dict(errors) | schema.validate(given))
        return given

    def handle_error(
        self,
        error: ValidationError,
        req: Request,  # noqa: ARG002 - webargs' signature
        schema: Schema,  # noqa: ARG002 - likewise
        *,
        error_status_code: int | None,  # noqa: ARG002 - likewise
        error_headers: Mapping[str, str] | None,  # noqa: ARG002 - likewise
    ) -> NoReturn:
        """Refuse, naming every field at fault."""
        # webargs files all messages under where they came from.
        [messages] = error.messages_dict.values()
        raise InvalidParameter(errors=flattened(messages)) from error


def read_object(content_type: str | None, body: bytes, limits: Limits) -> dict[str, Any]:
    """Return the body's JSON object; an empty body is an empty one. Numbers with a point keep every digit.

    Raises: MalformedBody: it is no JSON object. UnsupportedMediaType: it says that it is none.
        PayloadTooLarge: it is nested more deeply than the limit.
    """
    if not body.strip():
        return {}
    name = parse_media_type(content_type or "").name
    if not name.endswith("json") and name not in _UNTOLD:
        raise UnsupportedMediaType("Send the fields as one JSON object, with Content-Type: application/json.")
    try:
        text = body.decode("utf-8-sig")
        require_shallow(text, limits.max_depth)
        value = json.loads(text, parse_float=Decimal, parse_constant=_refuse)
        if "\\u" in text:
            # Half a character can be written in JSON, and kept nowhere.
            json.dumps(value, ensure_ascii=False, default=str).encode()
    except UnicodeError as error:
        raise MalformedBody("The body holds text that is not UTF-8.") from error
    except (ValueError, ArithmeticError, RecursionError) as error:
        raise MalformedBody("The body is not valid JSON.") from error
    if not isinstance(value, dict):
        raise MalformedBody('The body is JSON, but no object. Send the fields as one, such as {"name": "Solar"}.')
    return value


def _refuse(constant: str) -> NoReturn:
    raise ValueError(constant)
