"""Gravity Forms: an entry, whose fields have numbers for names: ``1``, and ``1.3`` for a part of field 1.

Source: docs.gravityforms.com/triggering-webhooks-form-submissions, docs.gravityforms.com/entry-object.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from leadintake.entrypoints.api.intake.builders.submission import (
    Form,
    Holds,
    are_scalars,
    envelope_of,
    rest_of,
    text_of,
)

if TYPE_CHECKING:
    from leadintake.domain.parameters import Value
    from leadintake.entrypoints.api.intake.builders.submission import BuilderSubmission
    from leadintake.entrypoints.api.intake.carriers import Body

BUILDER: Final = "gravity_forms"
SIGN: Final = "form_id"
LEFT_OUT: Final = frozenset({"is_fulfilled", "is_read", "is_starred"})

_FIELD: Final = re.compile(r"\d+(?:\.\d+)?", re.ASCII)
# The format that the builder gives phone fields and others like it, and a number as all the world writes it.
_PHONE: Final = re.compile(r"\(?\d{3}\)?[ .-]?\d{3}[ .-]\d{4}|\+\d[\d ().-]{6,20}", re.ASCII)
_EMAIL: Final = re.compile(r"[^\s@]{1,64}@[^\s@]{1,185}\.[^\s@.]{2,63}")
_RENAMED: Final = {"id": "entry_id"}


def read(value: Value, body: Body) -> BuilderSubmission | None:
    """Read an entry; None when the body is none."""
    envelope = envelope_of(body.pairs)
    if envelope is None or "id" not in envelope or not are_scalars(value, envelope["id"]):
        return None
    fields = {name for name in envelope if _FIELD.fullmatch(name)}
    if not fields:
        return None
    form = Form(BUILDER)
    about = form.leave_out(rest_of(envelope, *fields), LEFT_OUT)
    form.add_flat((_RENAMED.get(name, name), inner) for name, inner in about)
    for name, inner in envelope.items():
        if name in fields:
            form.add(name, inner, _holds(inner))
    return form.submission(envelope["id"])


def _holds(value: Value) -> Holds | None:
    """Return what a value looks like: an entry says neither what its fields are called nor what they hold."""
    text = text_of(value).strip()
    if _PHONE.fullmatch(text):
        return "phone"
    return "email" if _EMAIL.fullmatch(text) else None
