"""The query string of a list: its filters by name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from marshmallow import ValidationError

from leadintake.domain.claims import read_time
from leadintake.domain.errors import InvalidCallerId, InvalidParameter
from leadintake.domain.phone import PhoneNumber
from leadintake.domain.reserved_names import RESERVED, ValueKind, reserved_key
from leadintake.entrypoints.schemas.company.fields import flattened, shown

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from marshmallow import Schema

    from leadintake.domain.company import Company
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """The filters of a list as its schema has read them, and the caller among them.

    Units: `zone` is that of times without an offset.
    """

    values: Mapping[str, Any]
    caller: PhoneNumber | None
    zone: str

    def instant(self, name: str) -> datetime | None:
        """Return the time that a filter names, None where it is not there."""
        return read_time(self.values[name], self.zone) if name in self.values else None


def load_filters(query: TextPairs, schema: Schema, company: Company, *, one_owner: str | None = None) -> Filters:
    """Read the filters of a list.

    Args:
        query: What was asked for.
        schema: Which filters there are.
        company: Whose region numbers are read in, and in whose zone times are.
        one_owner: What has one owner, such as ``a lead``: a schedule and an offer together are refused then.

    Raises: InvalidParameter: naming every parameter at fault.
    """
    given, errors = given_filters(query, schema)
    values: Mapping[str, Any] = {}
    caller = None
    try:
        values = schema.load(given)
    except ValidationError as invalid:
        errors |= flattened(invalid.messages_dict)
    if "caller_id" in given:
        try:
            caller = PhoneNumber.parse(given["caller_id"], company.region)
        except InvalidCallerId as refusal:
            errors |= dict(refusal.errors)
    if "cursor" in given and "page" in given:
        errors.setdefault("cursor", ["cannot be combined with page: it says itself where the page begins"])
    if one_owner is not None and "schedule_id" in given and "offer_id" in given:
        errors.setdefault("offer_id", [f"cannot be combined with schedule_id: {one_owner} has one owner"])
    if errors:
        raise InvalidParameter(errors=errors)
    return Filters(values=values, caller=caller, zone=values.get("time_zone", company.time_zone))
