"""ClickFunnels: a contact, in four wrappings: an event (2.0), a contact, a JSON:API resource, or bare (Classic).

Source: developers.myclickfunnels.com/docs/webhooks; Classic as its funnels post it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from leadintake.domain.reserved_names import token_name
from leadintake.entrypoints.api.intake.builders.submission import (
    Form,
    Holds,
    envelope_of,
    object_of,
    rest_of,
    text_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from leadintake.domain.parameters import Value
    from leadintake.entrypoints.api.intake.builders.submission import BuilderSubmission
    from leadintake.entrypoints.api.intake.carriers import Body

BUILDER: Final = "clickfunnels"
SIGN_OF_CONTACT: Final = "contact"
SIGN_OF_BARE_CONTACT: Final = "contact_profile"
SIGN_OF_RESOURCE: Final = "data"
SIGN_OF_EVENT: Final = "subject_type"
LEFT_OUT: Final = frozenset({"api_version"})

# A contact of anybody else's has none of these.
_MARKS: Final = frozenset(
    {
        *("additional_info", "aff_sub", "cart_affiliate_id", "cf_affiliate_id", "cf_uvid", "contact_profile"),
        *("funnel_id", "funnel_step", "funnel_step_id", "webinar_at", "workspace_id"),
    }
)
_OWN_FIELDS: Final = ("additional_info", "additional-info", "custom_attributes")
_RENAMED: Final = {"id": "contact_id"}
_HOLDS: Final[Mapping[str, Holds]] = {"phone_number": "phone", "phone": "phone", "email_address": "email"}


def read_contact(value: Value, body: Body) -> BuilderSubmission | None:
    """Read a contact; None when it bears no mark of the builder."""
    contact, envelope = object_of(value), envelope_of(body.pairs)
    if contact is None or envelope is None or _MARKS.isdisjoint({*contact, *envelope}):
        return None
    form = Form(BUILDER)
    _add_contact(form, contact.items())
    form.keep(rest_of(envelope, SIGN_OF_CONTACT))
    return form.submission(contact.get("id"))


def read_bare_contact(value: Value, body: Body) -> BuilderSubmission | None:
    """Read a contact whose fields are the body's own; None when it bears no further mark of the builder."""
    envelope = envelope_of(body.pairs)
    if envelope is None or object_of(value) is None or not envelope.keys() & (_MARKS - {SIGN_OF_BARE_CONTACT}):
        return None
    form = Form(BUILDER)
    for name in _OWN_FIELDS:
        form.add_all(envelope.get(name))
    spread = [name for name in _OWN_FIELDS if object_of(envelope.get(name)) is not None]
    form.add_flat((_RENAMED.get(name, name), inner) for name, inner in rest_of(envelope, *spread))
    return form.submission(envelope.get("id"))


def read_resource(value: Value, body: Body) -> BuilderSubmission | None:
    """Read a JSON:API resource of a contact; None for any other ``data``."""
    # Most leads in JSON have a hash of this name: what tells them apart comes first.
    if not isinstance(value, dict) or "attributes" not in value:
        return None
    resource, attributes = object_of(value), object_of(value["attributes"])
    envelope = envelope_of(body.pairs)
    if resource is None or attributes is None or envelope is None:
        return None
    if text_of(resource.get("type")) not in {"contact", "contacts"}:
        return None
    form = Form(BUILDER)
    form.tell(rest_of(resource, "type", "attributes"), renamed=_RENAMED)
    _add_contact(form, attributes.items())
    form.keep(rest_of(envelope, SIGN_OF_RESOURCE))
    return form.submission(resource.get("id"))


def read_event(value: Value, body: Body) -> BuilderSubmission | None:
    """Read an event, be it about a contact or a form's submission; None for any other body."""
    envelope = envelope_of(body.pairs)
    subject = object_of(envelope.get("data")) if envelope and isinstance(value, str) else None
    if envelope is None or subject is None or not envelope.keys() >= {"event_type", "event_id"}:
        return None
    form = Form(BUILDER)
    for name in ("contact", "primary_contact"):
        _add_contact(form, (object_of(subject.get(name)) or {}).items())
    form.add_all(object_of(subject.get("data")))
    spread = [name for name in ("contact", "primary_contact", "data") if object_of(subject.get(name)) is not None]
    _add_contact(form, rest_of(subject, *spread))
    form.keep(form.leave_out(rest_of(envelope, "data"), LEFT_OUT))
    return form.submission(envelope["event_id"])


def _add_contact(form: Form, entries: Iterable[tuple[str, Value]]) -> None:
    """Add a contact's fields, the ones of the form's own making by their own names."""
    for name, value in entries:
        if name not in _OWN_FIELDS or not form.add_all(value):
            form.add(_RENAMED.get(name, name), value, _HOLDS.get(token_name(name)))
