"""Meta lead ads: fields as names with lists of values, from the Graph API, a relay, or inside a page's event.

Source: developers.facebook.com/docs/marketing-api/guides/lead-ads/retrieving.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from leadintake.domain.notice import Notice
from leadintake.domain.parameters import items_of
from leadintake.entrypoints.api.intake.builders.submission import (
    Form,
    Holds,
    are_scalars,
    envelope_of,
    object_of,
    objects_of,
    rest_of,
    text_of,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from leadintake.domain.parameters import Value
    from leadintake.entrypoints.api.intake.builders.submission import BuilderSubmission
    from leadintake.entrypoints.api.intake.carriers import Body

BUILDER: Final = "meta_lead_ads"
SIGN: Final = "field_data"
SIGN_OF_EVENT: Final = "entry"

LEFT_OUT: Final = frozenset({"object"})
LEFT_OUT_OF_ENTRY: Final = frozenset({"id", "time"})

_RENAMED: Final = {"id": "leadgen_id"}
_HOLDS: Final[Mapping[str, Holds]] = {
    "phone_number": "phone",
    "work_phone_number": "phone",
    "whatsapp_number": "phone",
    "email": "email",
    "work_email": "email",
}
_ONLY_AN_ID = Notice(
    "lead_data_missing",
    "entry",
    "The page's event names the lead only; fetch its field_data from the Graph API and post that.",
)


def read(value: Value, body: Body) -> BuilderSubmission | None:
    """Read a lead; None when its fields are none."""
    envelope = envelope_of(body.pairs)
    form = Form(BUILDER)
    if envelope is None or not _add_fields(form, value):
        return None
    form.keep((_RENAMED.get(name, name), inner) for name, inner in rest_of(envelope, SIGN))
    return form.submission(envelope.get("leadgen_id") or envelope.get("id"))


def read_event(value: Value, body: Body) -> BuilderSubmission | None:
    """Read a page's event about one lead; None for any other, and for several at once."""
    envelope = envelope_of(body.pairs)
    entry = _only(value)
    change = _only(entry.get("changes")) if entry else None
    lead = object_of(change.get("value")) if change and change.get("field") == "leadgen" else None
    if envelope is None or entry is None or change is None or lead is None or envelope.get("object") != "page":
        return None
    form = Form(BUILDER)
    if SIGN not in lead:
        form.say(_ONLY_AN_ID)
    elif not _add_fields(form, lead[SIGN]):
        return None
    form.tell(rest_of(lead, SIGN))
    form.tell(rest_of(change, "field", "value"))
    form.tell(form.leave_out(rest_of(entry, "changes"), LEFT_OUT_OF_ENTRY))
    form.keep(form.leave_out(rest_of(envelope, SIGN_OF_EVENT), LEFT_OUT))
    return form.submission(lead.get("leadgen_id"))


def _only(value: Value) -> dict[str, Value] | None:
    objects = objects_of(value) or []
    return objects[0] if len(objects) == 1 else None


def _add_fields(form: Form, value: Value) -> bool:
    """Add the fields, and say whether they are that: a list of names with values, or simply an object."""
    if isinstance(value, dict):
        for name, inner in items_of(value):
            form.add(name, inner, _HOLDS.get(name))
        return True
    fields = objects_of(value)
    if fields is None or not all("name" in given and are_scalars(given["name"]) for given in fields):
        return False
    for given in fields:
        name = text_of(given["name"])
        form.add(name, given.get("values"), _HOLDS.get(name))
        for further, inner in rest_of(given, "name", "values"):
            form.add(f"{name}_{further}", inner)
    return True
