"""The query string of a list: its filters by name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from leadintake.domain.reserved_names import RESERVED, ValueKind, reserved_key
from leadintake.entrypoints.schemas.company.fields import shown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from marshmallow import Schema

    from leadintake.domain.parameters import TextPairs

# Clients of the field send these with every request; they change nothing here.
_PASSED_BY: Final = frozenset(name for name, entry in RESERVED.items() if entry.kind is ValueKind.IGNORED)


def given_filters(query: TextPairs, schema: Schema) -> tuple[dict[str, str], dict[str, Sequence[str]]]:
    """Return the filters that have a value, and what is wrong with the names of the others.

    An unknown one is an error, for a misspelt filter would list everything; one that is given twice has to say the
    same both times.
    """
    given: dict[str, str] = {}
    errors: dict[str, Sequence[str]] = {}
    for name, text in query:
        key = reserved_key(name)
        # The blank that a raw plus became says that the number is an international one.
        value = text.rstrip() if key == "caller_id" else text.strip()
        if not value.strip() or (key in _PASSED_BY and key not in schema.fields):
            continue
        if key not in schema.fields:
            errors[shown(key)] = [f"is no filter here; these are: {', '.join(schema.fields)}"]
        elif given.setdefault(key, value) != value:
            errors[key] = ["was given more than once with different values"]
    return given, errors
