"""Typeform: a form's definition and the answers to it, each under its type.

Source: developers.typeform.com/webhooks/example-payload.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from leadintake.entrypoints.api.intake.builders.submission import (
    Form,
    Holds,
    are_scalars,
    envelope_of,
    object_of,
    objects_of,
    readable,
    rest_of,
    text_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from leadintake.domain.parameters import Value
    from leadintake.entrypoints.api.intake.builders.submission import BuilderSubmission
    from leadintake.entrypoints.api.intake.carriers import Body

BUILDER: Final = "typeform"
SIGN: Final = "form_response"
LEFT_OUT: Final = frozenset({"definition", "ending"})
LEFT_OUT_OF_EVENT: Final = frozenset({"event_type"})

# What a reference is made of when nobody wrote one: a UUID or a ULID.
_MADE_REF: Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9A-HJKMNP-TV-Z]{26}", re.IGNORECASE)
_HOLDS: Final[Mapping[str, Holds]] = {"phone_number": "phone", "email": "email"}
_RENAMED: Final = {"token": "response_id"}


def read(value: Value, body: Body) -> BuilderSubmission | None:
    """Read a response; None when it is not as the builder writes it."""
    response, envelope = object_of(value), envelope_of(body.pairs)
    if response is None or envelope is None or "form_id" not in response:
        return None
    answers = objects_of(response.get("answers", []))
    if answers is None:
        return None
    form = Form(BUILDER)
    about = rest_of(response, "answers", "hidden", "variables")
    form.tell(form.leave_out(about, LEFT_OUT), renamed=_RENAMED)
    form.tell([("variables", _variables(response["variables"]))] if "variables" in response else ())
    if not form.add_all(response.get("hidden")) and "hidden" in response:
        form.add("hidden", response["hidden"])
    titles = dict(_titles(response.get("definition")))
    if not all(_add(form, answer, titles) for answer in answers):
        return None
    form.keep(form.leave_out(rest_of(envelope, SIGN), LEFT_OUT_OF_EVENT))
    return form.submission(envelope.get("event_id") or response.get("token"))


def _add(form: Form, answer: dict[str, Value], titles: Mapping[str, str]) -> bool:
    """Add one answer, and say whether it is one."""
    kind, asked = answer.get("type"), object_of(answer.get("field"))
    if not isinstance(kind, str) or asked is None or not are_scalars(asked.get("ref"), asked.get("id")):
        return False
    ref, id_ = text_of(asked.get("ref")), text_of(asked.get("id"))
    name = readable("" if _MADE_REF.fullmatch(ref) else ref, titles.get(id_), titles.get(ref), ref, id_)
    form.add(name, _chosen(answer.get(kind)), _HOLDS.get(kind))
    for further, inner in rest_of(answer, "type", "field", kind):
        form.add(f"{name}_{further}", inner)
    return True


def _chosen(value: Value) -> Value:
    """Return the text of what was chosen; whatever is no choice stays as it is."""
    choice = object_of(value)
    if choice is None or not choice.keys() & {"label", "labels", "other"}:
        return value
    if choice.keys() - {"id", "ids", "ref", "refs", "label", "labels", "other"}:
        return value
    labels = choice.get("labels")
    texts = [choice.get("label"), *(labels if isinstance(labels, list) else [labels]), choice.get("other")]
    return [text for text in texts if text is not None]


def _variables(value: Value) -> Value:
    """Return the variables by their keys, or as they came when they are not as expected."""
    variables = objects_of(value)
    if variables is None:
        return value
    by_key: dict[str, Value] = {}
    for variable in variables:
        key, kind = text_of(variable.get("key")), text_of(variable.get("type"))
        if not key or key in by_key or variable.keys() != {"key", "type", kind}:
            return value
        by_key[key] = variable[kind]
    return by_key


def _titles(definition: Value) -> Iterator[tuple[str, str]]:
    """Yield the title of each question by its id and by its reference; groups hold further ones."""
    holder = object_of(definition) or {}
    for question in objects_of(holder.get("fields")) or ():
        if title := text_of(question.get("title")):
            yield from ((known, title) for key in ("id", "ref") if (known := text_of(question.get(key))))
        yield from _titles(question.get("properties"))
