"""Jotform: a form whose part ``rawRequest`` holds the answers as JSON text, each under ``q3_name``.

Source: www.jotform.com/help/245-how-to-setup-a-webhook-with-jotform, api.jotform.com/docs.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from leadintake.entrypoints.api.intake.builders.json_text import object_in
from leadintake.entrypoints.api.intake.builders.submission import (
    Form,
    are_scalars,
    envelope_of,
    object_of,
    rest_of,
    text_of,
)

if TYPE_CHECKING:
    from leadintake.domain.parameters import Value
    from leadintake.entrypoints.api.intake.builders.submission import BuilderSubmission
    from leadintake.entrypoints.api.intake.carriers import Body

BUILDER: Final = "jotform"
SIGN: Final = "rawRequest"

_QUESTION: Final = re.compile(r"q\d+_(.+)", re.DOTALL)
# "pretty" is the answers once more; "webhookURL" is our own address, lead token and all.
LEFT_OUT: Final = frozenset(
    {
        *("action", "appID", "customBody", "customParams", "customTitle", "documentID", "event", "fromTable"),
        *("isSilent", "parent", "pretty", "product", "subject", "teamID", "type", "unread", "username", "webhookURL"),
    }
)
LEFT_OUT_OF_ANSWERS: Final = frozenset(
    {
        *("buildDate", "eventObserver", "event_id", "file_server", "jsExecutionTracker", "path", "slug"),
        *("submitDate", "submitSource", "target_env", "temp_upload", "timeToSubmit", "uploadServerUrl"),
        *("validatedNewRequiredFieldIDs", "visitedPages"),
    }
)
_PARTS_OF_A_PHONE: Final = frozenset({"full", "country", "area", "phone"})


def read(value: Value, body: Body) -> BuilderSubmission | None:
    """Read a submission; None when the answers cannot be read."""
    answers, envelope = object_in(value), envelope_of(body.pairs)
    if answers is None or envelope is None:
        return None
    form = Form(BUILDER)
    for name, answer in form.leave_out(answers.items(), LEFT_OUT_OF_ANSWERS):
        question = _QUESTION.fullmatch(name)
        phone = _phone(answer)
        form.add(
            question[1] if question else name, answer if phone is None else phone, None if phone is None else "phone"
        )
    form.keep(form.leave_out(rest_of(envelope, SIGN), LEFT_OUT))
    return form.submission(envelope.get("submissionID"))


def _phone(answer: Value) -> str | None:
    """Return the number that a phone field's parts make, None for any other field."""
    parts = object_of(answer)
    if not parts or not parts.keys() <= _PARTS_OF_A_PHONE or not parts.keys() & {"full", "phone"}:
        return None
    if not are_scalars(*parts.values()):
        return None
    texts = {name: text_of(part).strip() for name, part in parts.items()}
    country = texts.get("country", "")
    if country.isdecimal():
        texts["country"] = f"+{country}"
    return " ".join(text for name in ("full", "country", "area", "phone") if (text := texts.get(name)))
