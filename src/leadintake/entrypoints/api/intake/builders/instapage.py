"""Instapage: a page's form as the browser serialises it, its settings among the fields.

Source: help.instapage.com, "Form Submission tracking for Google Tag Manager"; older pages write names in base64.
"""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING, Final

from leadintake.entrypoints.api.intake.builders.submission import Form

if TYPE_CHECKING:
    from collections.abc import Iterator

    from leadintake.domain.parameters import Pairs, Value
    from leadintake.entrypoints.api.intake.builders.submission import BuilderSubmission
    from leadintake.entrypoints.api.intake.carriers import Body

BUILDER: Final = "instapage"
SIGN: Final = "lpsSubmissionConfig"
SIGN_IN_BASE64: Final = base64.b64encode(SIGN.encode()).decode()

LEFT_OUT: Final = frozenset(
    {
        *(SIGN, "redirect", "thank-you-message", "thank-you-message-timeout"),
        *("hubspot-integration", "salesforce-integration", "zapier2-integration"),
    }
)


def read(value: Value, body: Body) -> BuilderSubmission | None:
    """Read a form post; None when its settings are none."""
    if not isinstance(value, str):
        return None
    form = Form(BUILDER)
    is_encoded = any(name == SIGN_IN_BASE64 for name, _ in body.pairs)
    form.add_flat(form.leave_out(_decoded(body.pairs) if is_encoded else body.pairs, LEFT_OUT))
    return form.submission()


def _decoded(pairs: Pairs) -> Iterator[tuple[str, Value]]:
    """Yield the pairs with their names in clear; a name that is no base64 is in clear already."""
    for name, value in pairs:
        try:
            clear = base64.b64decode(name, validate=True).decode()
        except (binascii.Error, ValueError):
            clear = ""
        yield (clear if clear.isprintable() and clear else name), value
