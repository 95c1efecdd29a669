"""Elementor: fields with their types, the form and what is known of the visitor; or the fields' titles only.

Source: developers.elementor.com/docs/form-actions, and what its webhook action posts with "Advanced Data" on and off.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from leadintake.domain.parameters import items_of
from leadintake.entrypoints.api.intake.builders.submission import (
    Form,
    Holds,
    are_scalars,
    envelope_of,
    object_of,
    readable,
    rest_of,
    text_of,
)
from leadintake.entrypoints.api.intake.carriers import BodyKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from leadintake.domain.parameters import Value
    from leadintake.entrypoints.api.intake.builders.submission import BuilderSubmission
    from leadintake.entrypoints.api.intake.carriers import Body

BUILDER: Final = "elementor"
SIGN: Final = "fields"
SIGN_OF_SIMPLE: Final = "form_name"

LEFT_OUT: Final = frozenset({"credit"})

_HOLDS: Final[Mapping[str, Holds]] = {"tel": "phone", "phone": "phone", "email": "email"}
# What a field is called until somebody gives it a name.
_MADE_ID: Final = re.compile(r"field_[0-9a-f]+")
_WIDGET_ID: Final = re.compile(r"[0-9a-f]{7,8}")
_USED: Final = ("id", "type", "title", "value", "raw_value", "required")
_END_OF_SIMPLE: Final = ["form_id", "form_name"]


def read(value: Value, body: Body) -> BuilderSubmission | None:
    """Read a form post with all its data; None when the fields are none."""
    envelope = envelope_of(body.pairs)
    if envelope is None or not isinstance(value, dict | list) or not value:
        return None
    form = Form(BUILDER)
    # Brackets that count from nothing on are a list.
    numbered = ((str(index), one) for index, one in enumerate(value))
    fields: Iterable[tuple[str, Value]] = items_of(value) if isinstance(value, dict) else numbered
    if not all(_add(form, key, given) for key, given in fields):
        return None
    form.keep(rest_of(envelope, SIGN, "form", "meta"))
    # Flattened with the rest, the form's own name would be the person's.
    form.tell([("form", envelope["form"])] if "form" in envelope else ())
    _tell_meta(form, envelope)
    return form.submission()


def read_simple(value: Value, body: Body) -> BuilderSubmission | None:
    """Read a form post with the fields' titles only; None unless it ends as the builder ends it."""
    last = body.pairs[-2:]
    if body.kind is not BodyKind.FORM or [name for name, _ in last] != _END_OF_SIMPLE or value != last[1][1]:
        return None
    if not _WIDGET_ID.fullmatch(text_of(last[0][1])):
        return None
    form = Form(BUILDER)
    form.add_flat(body.pairs)
    return form.submission()


def _add(form: Form, key: str, given: Value) -> bool:
    """Add one field, and say whether it is one."""
    if not isinstance(given, dict) or not given.keys() & {"value", "raw_value"}:
        return False
    id_, title, kind = given.get("id"), given.get("title"), given.get("type")
    if not are_scalars(id_, title, kind, given.get("required")):
        return False
    stable = text_of(id_) or key
    name = readable("" if _MADE_ID.fullmatch(stable) else stable, title, stable)
    called = "value" if "value" in given else "raw_value"
    values = [inner for further, inner in items_of(given) if further == called]
    form.add(name, values[0] if len(values) == 1 else values, _HOLDS.get(text_of(kind)))
    for further, inner in items_of(given):
        if further not in _USED:
            form.add(f"{name}_{further}", inner)
    return True


def _tell_meta(form: Form, envelope: Mapping[str, Value]) -> None:
    """Tell what is known of the visitor, each by its key: the titles are in the site's language."""
    meta = object_of(envelope.get("meta"))
    if meta is None:
        form.tell([("meta", envelope["meta"])] if "meta" in envelope else ())
        return
    for name, told in form.leave_out(meta.items(), LEFT_OUT):
        entry = object_of(told)
        is_titled = entry is not None and entry.keys() == {"title", "value"}
        form.tell([(name, entry["value"] if entry is not None and is_titled else told)])
