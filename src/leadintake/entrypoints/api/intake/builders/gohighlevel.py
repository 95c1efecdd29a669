"""GoHighLevel: a workflow's contact, bare, beside its location and the data that the workflow's maker chose.

Source: help.gohighlevel.com, "Workflow action: Webhook", and what the action posts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from leadintake.entrypoints.api.intake.builders.submission import Form, envelope_of, object_of, rest_of

if TYPE_CHECKING:
    from leadintake.domain.parameters import Value
    from leadintake.entrypoints.api.intake.builders.submission import BuilderSubmission
    from leadintake.entrypoints.api.intake.carriers import Body

BUILDER: Final = "gohighlevel"
SIGNS: Final = ("customData", "workflow")

_CHOSEN: Final = "customData"


def read(value: Value, body: Body) -> BuilderSubmission | None:
    """Read a workflow's contact; None without its id or the place that it is kept in."""
    envelope = envelope_of(body.pairs)
    if envelope is None or object_of(value) is None or "contact_id" not in envelope:
        return None
    if object_of(envelope.get("location")) is None and object_of(envelope.get("workflow")) is None:
        return None
    form = Form(BUILDER)
    chosen = object_of(envelope.get(_CHOSEN))
    form.add_flat(rest_of(envelope, _CHOSEN) if chosen is not None else envelope.items())
    form.add_all(chosen)
    # The contact's id stays the same for every submission of that person: it identifies none.
    return form.submission()
