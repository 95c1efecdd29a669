"""Webflow: a form's data beside the form's own name, with an envelope (version 2) and without (version 1).

Source: developers.webflow.com/data/reference/webhooks/events/form-submission,
developers.webflow.com/data/v1.0.0/reference/form_submission.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from leadintake.entrypoints.api.intake.builders.submission import Form, envelope_of, object_of, rest_of

if TYPE_CHECKING:
    from leadintake.domain.parameters import Value
    from leadintake.entrypoints.api.intake.builders.submission import BuilderSubmission
    from leadintake.entrypoints.api.intake.carriers import Body

BUILDER: Final = "webflow"
SIGN: Final = "triggerType"
SIGN_OF_VERSION_1: Final = "_id"
LEFT_OUT: Final = frozenset({"schema", "triggerType"})

# Beside the person's name the form's own would be mistaken for it.
_RENAMED: Final = {"name": "form_name", "id": "submission_id", "_id": "submission_id", "d": "submitted_at"}


def read(value: Value, body: Body) -> BuilderSubmission | None:
    """Read the event of a form that was submitted; None for any other."""
    envelope = envelope_of(body.pairs)
    payload = object_of(envelope.get("payload")) if envelope and isinstance(value, str) else None
    form = Form(BUILDER)
    if envelope is None or payload is None or not form.add_all(payload.get("data")):
        return None
    form.tell(form.leave_out(rest_of(payload, "data"), LEFT_OUT), renamed=_RENAMED)
    form.keep(form.leave_out(rest_of(envelope, "payload"), LEFT_OUT))
    return form.submission(payload.get("id") or payload.get("_id"))


def read_version_1(value: Value, body: Body) -> BuilderSubmission | None:
    """Read a form's data beside its name and site; None when one of them is missing."""
    envelope = envelope_of(body.pairs)
    form = Form(BUILDER)
    if envelope is None or not envelope.keys() >= {"name", "site", "d"} or not form.add_all(envelope.get("data")):
        return None
    form.tell(((name, envelope[name]) for name in ("name", "d", "_id")), renamed=_RENAMED)
    form.keep(rest_of(envelope, "name", "d", "_id", "data"))
    return form.submission(value)
