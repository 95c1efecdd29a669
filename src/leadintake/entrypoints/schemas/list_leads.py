"""The filters of a list of leads."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from marshmallow import Schema, ValidationError, fields

from leadintake.domain.credential import SECRET_PATTERN
from leadintake.domain.errors import InvalidCallerId, InvalidParameter
from leadintake.domain.lead import LIVE, LeadStatus
from leadintake.domain.owner import OwnerKind, OwnerRef
from leadintake.domain.phone import PhoneNumber
from leadintake.domain.redaction import REDACTED
from leadintake.domain.reserved_names import RESERVED, ValueKind, reserved_key
from leadintake.domain.use_cases.read_leads import ListLeads

if TYPE_CHECKING:
    from collections.abc import Mapping

    from leadintake.domain.company import Company
    from leadintake.domain.parameters import TextPairs

MOST_PER_PAGE: Final = 250
_MOST_PAGE: Final = 1_000_000
_MOST_ID: Final = 2**31 - 1
_STATUS_NAMES: Final = ", ".join(("live", *LeadStatus))
_MOST_CHARS_SHOWN: Final = 100
_UNPRINTABLE: Final = re.compile(r"[\x00-\x1f\x7f-\x9f]")
# Clients of the field send these with every request; they change nothing here.
_PASSED_BY: Final = frozenset(name for name, entry in RESERVED.items() if entry.kind is ValueKind.IGNORED)


class Whole(fields.Field[int]):
    """A whole number in plain digits; its message goes on where the parameter's name ends."""

    def __init__(self, lowest: int, highest: int, **options: Any) -> None:
        super().__init__(**options)
        self._range = range(lowest, highest + 1)

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> int:  # noqa: ARG002 - marshmallow's signature
        is_short = value.isascii() and value.isdigit() and len(value) <= len(str(self._range[-1]))
        if not is_short or int(value) not in self._range:
            message = f"must be a whole number from {self._range[0]} to {self._range[-1]}"
            raise ValidationError(message)
        return int(value)


class Statuses(fields.Field[frozenset[LeadStatus]]):
    """One status or several with commas between; ``live`` stands for all live ones."""

    def _deserialize(
        self,
        value: Any,
        attr: str | None,  # noqa: ARG002 - likewise
        data: Mapping[str, Any] | None,  # noqa: ARG002 - likewise
        **kwargs: Any,  # noqa: ARG002 - likewise
    ) -> frozenset[LeadStatus]:
        names = [name.strip() for name in value.lower().split(",")]
        try:
            return frozenset(status for name in names for status in (LIVE if name == "live" else {LeadStatus(name)}))
        except ValueError:
            message = f"must be one of, or several with commas between: {_STATUS_NAMES}"
            raise ValidationError(message) from None


class ListLeadsSchema(Schema):
    """Filters and page of ``GET /api/v1/leads``; every value is text."""

    caller_id = fields.Raw()
    status = Statuses()
    schedule_id = Whole(1, _MOST_ID)
    offer_id = Whole(1, _MOST_ID)
    page = Whole(1, _MOST_PAGE, load_default=1)
    per_page = Whole(1, MOST_PER_PAGE, load_default=25)


_SCHEMA = ListLeadsSchema()
_UNKNOWN: Final = f"is no filter of leads; these are: {', '.join(_SCHEMA.fields)}"


def load_list_leads(query: TextPairs, *, company: Company) -> ListLeads:
    """Read the filters of a list; an unknown one is an error, for a misspelt filter would list everything.

    Raises: InvalidParameter: naming every parameter at fault.
    """
    given, errors = _given(query)
    values: dict[str, Any]
    try:
        values = _SCHEMA.load(given)
    except ValidationError as invalid:
        values = {}
        errors |= invalid.messages_dict
    caller, fault = _caller(given.get("caller_id"), company.region)
    errors |= fault
    if "schedule_id" in given and "offer_id" in given:
        errors.setdefault("offer_id", ["cannot be combined with schedule_id: a lead has one owner"])
    if errors:
        raise InvalidParameter(errors=errors)
    return ListLeads(
        company_id=company.id,
        caller=caller,
        statuses=values.get("status"),
        owner=_owner(values),
        page=values["page"],
        per_page=values["per_page"],
    )


def _given(query: TextPairs) -> tuple[dict[str, str], dict[str, Any]]:
    """Return the filters that have a value, and what is wrong with their names."""
    given: dict[str, str] = {}
    errors: dict[str, Any] = {}
    for name, text in query:
        key = reserved_key(name)
        # The blank that a raw plus became says that the number is an international one.
        value = text.rstrip() if key == "caller_id" else text.strip()
        if not value.strip() or key in _PASSED_BY:
            continue
        if key not in _SCHEMA.fields:
            errors[_shown(key)] = [_UNKNOWN]
        elif given.setdefault(key, value) != value:
            errors[key] = ["was given more than once with different values"]
    return given, errors


def _shown(name: str) -> str:
    """Return a stranger's name for a filter fit to be shown: no credential, nothing unprintable, not endless."""
    return _UNPRINTABLE.sub("\ufffd", SECRET_PATTERN.sub(REDACTED, name))[:_MOST_CHARS_SHOWN]


def _caller(text: str | None, region: str) -> tuple[PhoneNumber | None, dict[str, Any]]:
    if text is None:
        return None, {}
    try:
        return PhoneNumber.parse(text, region), {}
    except InvalidCallerId as refusal:
        return None, dict(refusal.errors)


def _owner(values: Mapping[str, Any]) -> OwnerRef | None:
    if "schedule_id" in values:
        return OwnerRef(OwnerKind.SCHEDULE, values["schedule_id"])
    return OwnerRef(OwnerKind.OFFER, values["offer_id"]) if "offer_id" in values else None
