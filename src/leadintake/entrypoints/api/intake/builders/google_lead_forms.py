"""Google lead forms: columns of a user's data beside the ids of the campaign.

Source: developers.google.com/google-ads/webhook/docs/implementation.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from leadintake.domain.reserved_names import BOOLEANS
from leadintake.entrypoints.api.intake.builders.submission import (
    Form,
    Holds,
    are_scalars,
    envelope_of,
    objects_of,
    readable,
    rest_of,
    text_of,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from leadintake.domain.parameters import Value
    from leadintake.entrypoints.api.intake.builders.submission import BuilderSubmission
    from leadintake.entrypoints.api.intake.carriers import Body

BUILDER: Final = "google_lead_forms"
SIGN: Final = "user_column_data"

LEFT_OUT: Final = frozenset({"api_version"})
_HOLDS: Final[Mapping[str, Holds]] = {
    "PHONE_NUMBER": "phone",
    "WORK_PHONE": "phone",
    "EMAIL": "email",
    "WORK_EMAIL": "email",
}


def read(value: Value, body: Body) -> BuilderSubmission | None:
    """Read a lead; None when the columns are none."""
    columns, envelope = objects_of(value), envelope_of(body.pairs)
    if columns is None or envelope is None:
        return None
    form = Form(BUILDER)
    for column in columns:
        column_id, title = column.get("column_id"), column.get("column_name")
        if not are_scalars(column_id, title):
            return None
        name = readable(column_id, title)
        form.add(name, column.get("string_value"), _HOLDS.get(text_of(column_id)))
        # A value of a type that is yet to be invented keeps its name.
        for further, inner in rest_of(column, "column_id", "column_name", "string_value"):
            form.add(f"{name}_{further}", inner)
    # The key shows a receiver that the lead is Google's: whoever knows it can pretend to be that.
    if "google_key" in envelope:
        form.hide("google_key", envelope["google_key"])
    form.keep(form.leave_out(rest_of(envelope, SIGN, "google_key", "is_test"), LEFT_OUT))
    return form.submission(envelope.get("lead_id"), is_test=_is_true(envelope.get("is_test")))


def _is_true(value: Value) -> bool:
    return value is True or BOOLEANS.get(text_of(value).strip().lower(), False)
