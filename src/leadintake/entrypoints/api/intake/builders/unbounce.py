"""Unbounce: a form whose part ``data.json`` holds the fields as JSON text, every value in a list.

Source: documentation.unbounce.com/hc/en-us/articles/203510044-Using-a-Webhook.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from leadintake.entrypoints.api.intake.builders.json_text import object_in
from leadintake.entrypoints.api.intake.builders.submission import Form, envelope_of, rest_of

if TYPE_CHECKING:
    from leadintake.domain.parameters import Value
    from leadintake.entrypoints.api.intake.builders.submission import BuilderSubmission
    from leadintake.entrypoints.api.intake.carriers import Body

BUILDER: Final = "unbounce"
# Relays written in PHP make an underscore of the point.
SIGNS: Final = ("data.json", "data_json")
SIGN_OF_JSON: Final = "page_uuid"

LEFT_OUT: Final = frozenset({"data.xml", "data_xml"})


def read(value: Value, body: Body) -> BuilderSubmission | None:
    """Read a form post; None when its fields cannot be read."""
    fields, envelope = object_in(value), envelope_of(body.pairs)
    if fields is None or envelope is None:
        return None
    signs = [name for name in SIGNS if name in envelope]
    if len(signs) != 1:
        return None
    form = Form(BUILDER)
    form.add_all(fields)
    form.keep(form.leave_out(rest_of(envelope, *signs), LEFT_OUT))
    return form.submission()


def read_json(value: Value, body: Body) -> BuilderSubmission | None:
    """Read the fields posted as JSON, without a form around them; None when they are not in lists."""
    if not isinstance(value, list):
        return None
    form = Form(BUILDER)
    form.add_flat(body.pairs)
    return form.submission()
