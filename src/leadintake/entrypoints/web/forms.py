"""Forms, read by the schemas of the company API: one place says what may be set, and what is wrong with it."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from flask import request
from marshmallow import ValidationError, fields

from leadintake.domain.errors import InvalidParameter
from leadintake.domain.use_cases.paging import Window
from leadintake.entrypoints.schemas.company.fields import Flag, Number, Several, Whole, flattened

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from marshmallow import Schema
    from werkzeug.datastructures import MultiDict

PER_PAGE: Final = 25
NOTHING: Final[Mapping[str, Any]] = MappingProxyType({})
_MOST_PAGE_CHARS: Final = 7


def read_form(schema: Schema, shown: Collection[str] | None = None, *, besides: Mapping[str, Any] = NOTHING) -> Any:  # noqa: ANN401 - whatever the schema makes
    """Return what a form of ours says.

    Args:
        schema: One of those that read JSON.
        shown: The schema's fields that the form has: a box among them that is not ticked says no.
        besides: What the form says in another way than by its fields' names, as JSON has it.

    Raises: InvalidParameter: naming every field at fault.
    """
    try:
        return schema.load({**said(schema, request.form, shown), **besides})
    except ValidationError as invalid:
        raise InvalidParameter(errors=_beside_fields(flattened(invalid.messages_dict))) from invalid


def said(schema: Schema, form: MultiDict[str, str], shown: Collection[str] | None = None) -> dict[str, Any]:
    """Return a form as the JSON object that says the same; what is left empty is null or not said."""
    found: dict[str, Any] = {}
    for name, field in schema.fields.items():
        if shown is not None and name not in shown:
            continue
        if isinstance(field, Flag):
            if shown is not None or name in form:
                found[name] = name in form
        elif name in form:
            found |= _said_of(name, field, form)
    return found


def _said_of(name: str, field: Any, form: MultiDict[str, str]) -> dict[str, Any]:  # noqa: ANN401 - marshmallow's, of any kind
    if isinstance(field, Several):
        # One a line, or separated by commas, as people write lists.
        parts = [_read(field.inner)(part.strip()) for part in _lines(form, name) if part.strip()]
        return {name: None if not parts and field.allow_none else parts}
    text = form[name].strip()
    if text or field.required:
        return {name: _read(field)(text)}
    if field.allow_none:
        return {name: None}
    # Too short, if it may not be empty: that is to be said.
    return {name: text} if isinstance(field, fields.String) else {}


def window() -> Window:
    """Return which page of a list the address asks for; the first, if it says nothing sensible."""
    text = request.args.get("page", "")
    is_number = text.isascii() and text.isdigit() and len(text) <= _MOST_PAGE_CHARS
    return Window(page=max(1, int(text)) if is_number else 1, per_page=PER_PAGE)


def _beside_fields(errors: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    """Return messages under the names of the form's fields: those about an entry of a list stand beside the list.

    >>> _beside_fields({"name": ["is required"], "actions.1.kind": ["must be text"]})
    {'name': ['is required'], 'actions': ['entry 2 kind must be text']}
    """
    found: dict[str, list[str]] = {}
    for path, messages in errors.items():
        name, *inside = path.split(".")
        place = " ".join(f"entry {int(part) + 1}" if part.isdigit() else part for part in inside)
        found.setdefault(name, []).extend(f"{place} {message}".strip() for message in messages)
    return found


def _lines(form: MultiDict[str, str], name: str) -> list[str]:
    return [part for text in form.getlist(name) for line in text.splitlines() for part in line.split(",")]


def _read(field: Any) -> Callable[[str], Any]:  # noqa: ANN401 - marshmallow's, of any kind
    """Return how a text becomes what JSON would have; one that cannot stays text, and the schema says so."""
    is_number = isinstance(field, Whole | Number | fields.Integer | fields.Decimal)
    return _number if is_number else str


def _number(text: str) -> int | Decimal | str:
    try:
        number = Decimal(text)
    except InvalidOperation:
        return text
    return number if number.is_finite() else text
