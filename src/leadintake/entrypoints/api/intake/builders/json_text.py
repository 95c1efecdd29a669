"""JSON that a builder has put into a field of a form, as text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from leadintake.domain.errors import MalformedBody, PayloadTooLarge
from leadintake.domain.parameters import Limits
from leadintake.entrypoints.api.intake.builders.submission import envelope_of, object_of
from leadintake.entrypoints.api.intake.json_body import read_json_object

if TYPE_CHECKING:
    from leadintake.domain.parameters import Value

# Only how deep a parser may recurse; how much a submission may hold is judged with everything else.
_LIMITS: Final = Limits()


def object_in(value: Value) -> dict[str, Value] | None:
    """Return the object that a JSON text holds, or that stands there already; None for anything else.

    >>> object_in('{"email": ["ada@example.com"]}'), object_in("kittens")
    ({'email': ['ada@example.com']}, None)
    """
    if not isinstance(value, str):
        return object_of(value)
    if not value.lstrip().startswith("{"):
        return None
    try:
        return envelope_of(read_json_object(value, _LIMITS))
    except (MalformedBody, PayloadTooLarge):
        return None
