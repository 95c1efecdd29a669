"""JSON as strangers write it, read without losing a digit, a repeated name or the interpreter's stack."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Final

from leadintake.domain.errors import MalformedBody, PayloadTooLarge
from leadintake.domain.parameters import JsonNumber, as_object, items_of

if TYPE_CHECKING:
    from leadintake.domain.parameters import Limits, Pairs, Value

# Numbers stay text: no precision is lost, no overflow is silent, and no length meets the interpreter's limit on
# integers. Raw control characters in strings are let through, to be stripped with a warning like any others.
_DECODER: Final = json.JSONDecoder(
    object_pairs_hook=as_object, parse_int=JsonNumber, parse_float=JsonNumber, parse_constant=JsonNumber, strict=False
)

# A string, ended or not, or a bracket. Nothing in it is ever tried twice, so the scan is linear whatever comes.
_STRING_OR_BRACKET: Final = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"?|[{}\[\]]', re.DOTALL)


def read_json_object(text: str, limits: Limits) -> Pairs:
    """Read a body's JSON object as its top-level pairs, repeats included.

    ``null`` is an empty object, and a list of one object is that one.

    Raises:
        MalformedBody: it is no JSON, or JSON of another kind.
        PayloadTooLarge: it is nested more deeply than the limit.

    >>> from leadintake.domain.parameters import Limits
    >>> read_json_object('{"a": 1.50, "a": {"b": null}}', Limits())
    (('a', '1.50'), ('a', {'b': None}))
    """
    require_shallow(text, limits.max_depth)
    try:
        value: Value = _DECODER.decode(text)
    except json.JSONDecodeError as error:
        raise MalformedBody(
            f"The body is not valid JSON: {error.msg} at line {error.lineno}, column {error.colno}."
        ) from error
    if value is None:
        return ()
    if isinstance(value, list) and len(value) == 1:
        # What automation tools make of one item when they are told to send a list.
        value = value[0]
    if not isinstance(value, dict):
        raise MalformedBody(
            'The body is JSON, but no object. Send one lead as an object, such as {"caller_id": "+18004506787"}.'
        )
    return tuple(items_of(value))


def require_shallow(text: str, max_depth: int) -> None:
    """Refuse a JSON text that is nested more deeply than the limit, before a parser recurses into it.

    Raises: PayloadTooLarge: it is.
    """
    # Nearly every body has fewer brackets than levels are allowed: two counts settle it.
    if text.count("{") + text.count("[") <= max_depth:
        return
    depth = 0
    for match in _STRING_OR_BRACKET.finditer(text):
        first = match[0][0]
        if first in "{[":
            depth += 1
            if depth > max_depth:
                raise PayloadTooLarge(f"The body is nested more deeply than {max_depth} levels.")
        elif first in "}]":
            depth -= 1
