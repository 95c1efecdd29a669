"""Form builders: the table of them, and the question which one a body comes from.

A body is recognised by its shape alone, and only if all of it is as that builder writes it; anything else is an
ordinary submission. Source: specification, section 6.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeAlias

from leadintake.entrypoints.api.intake.builders import (
    automation,
    clickfunnels,
    elementor,
    gohighlevel,
    google_lead_forms,
    gravity_forms,
    instapage,
    jotform,
    meta_lead_ads,
    typeform,
    unbounce,
    webflow,
)
from leadintake.entrypoints.api.intake.builders.submission import BuilderSubmission

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from leadintake.domain.parameters import Value
    from leadintake.entrypoints.api.intake.carriers import Body

__all__ = ["BUILDERS", "BuilderSubmission", "recognise"]

_Reader: TypeAlias = "Callable[[Value, Body], BuilderSubmission | None]"


def recognise(body: Body) -> BuilderSubmission | None:
    """Return a body as the submission of the form builder that it comes from, None when it is an ordinary one.

    An ordinary body costs one look-up for each of its top-level names. Never raises.
    """
    tried: list[str] = []
    for name, value in body.pairs:
        reader = _READERS.get(name)
        # A name that is sent a thousand times is looked into once.
        if reader is None or name in tried:
            continue
        if (found := reader(value, body)) is not None:
            return found
        tried.append(name)
    return None


def _read_relayed(value: Value, body: Body) -> BuilderSubmission | None:
    return automation.read(value, body, recognise)


_READERS: Final[Mapping[str, _Reader]] = {
    automation.SIGN: _read_relayed,
    clickfunnels.SIGN_OF_BARE_CONTACT: clickfunnels.read_bare_contact,
    clickfunnels.SIGN_OF_CONTACT: clickfunnels.read_contact,
    clickfunnels.SIGN_OF_EVENT: clickfunnels.read_event,
    clickfunnels.SIGN_OF_RESOURCE: clickfunnels.read_resource,
    elementor.SIGN: elementor.read,
    elementor.SIGN_OF_SIMPLE: elementor.read_simple,
    **dict.fromkeys(gohighlevel.SIGNS, gohighlevel.read),
    google_lead_forms.SIGN: google_lead_forms.read,
    gravity_forms.SIGN: gravity_forms.read,
    instapage.SIGN: instapage.read,
    instapage.SIGN_IN_BASE64: instapage.read,
    jotform.SIGN: jotform.read,
    meta_lead_ads.SIGN: meta_lead_ads.read,
    meta_lead_ads.SIGN_OF_EVENT: meta_lead_ads.read_event,
    typeform.SIGN: typeform.read,
    **dict.fromkeys(unbounce.SIGNS, unbounce.read),
    unbounce.SIGN_OF_JSON: unbounce.read_json,
    webflow.SIGN: webflow.read,
    webflow.SIGN_OF_VERSION_1: webflow.read_version_1,
}
"""Who reads a body that has a top-level name, by that name."""

BUILDERS: Final = frozenset(
    module.BUILDER
    for module in (
        *(automation, clickfunnels, elementor, gohighlevel, google_lead_forms, gravity_forms),
        *(instapage, jotform, meta_lead_ads, typeform, unbounce, webflow),
    )
)
"""The keys of all of them."""
