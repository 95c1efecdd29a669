"""A caller operation as a command: whom it is about, and with what; every fault kept for the verdict."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from marshmallow import Schema, ValidationError, fields

from leadintake.domain.claims import PHONE_TAKEN_FROM
from leadintake.domain.contact import LeftAlone
from leadintake.domain.credential import SECRET_PATTERN
from leadintake.domain.errors import InvalidParameter, TooManyTokens
from leadintake.domain.lead import LeadId
from leadintake.domain.notice import Notice
from leadintake.domain.operations import CameBy, OperateOnCaller, Operation
from leadintake.domain.owner import OwnerKind, OwnerRef
from leadintake.domain.redaction import REDACTED
from leadintake.domain.reserved_names import RESERVED, ValueKind, reserved_key
from leadintake.domain.reserving import FieldError, reserve
from leadintake.domain.use_cases.read_callers import ListLeftAlone
from leadintake.entrypoints.schemas.list_leads import MOST_PER_PAGE
from leadintake.entrypoints.schemas.platform_fields import Flag, Whole
from leadintake.entrypoints.schemas.submission import to_command

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from leadintake.domain.company import CompanyId
    from leadintake.domain.parameters import Limits, Submitted, TextPairs
    from leadintake.domain.reserving import Reserved
    from leadintake.domain.submission import Receipt

_MOST_ID: Final = 2**31 - 1
_MOST_PAGE: Final = 1_000_000
_MOST_NAMES_SHOWN: Final = 10


class OperationSchema(Schema):
    """The parameters of an operation beside its caller; every value is text."""

    schedule_id = Whole(1, _MOST_ID)
    offer_id = Whole(1, _MOST_ID)
    lift_opt_out = Flag()
    test = Flag()


_SCHEMA = OperationSchema()
_OWNER_FIELDS: Final = {"schedule_id": OwnerKind.SCHEDULE, "offer_id": OwnerKind.OFFER}
# What the company alone can say, and so what a lead token's owner takes the place of.
_OF_AN_OWNER: Final = frozenset({Operation.CALLER_REMOVE, Operation.CALLER_MOVE_TO_END_OF_SCHEDULE})


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What is asked for, beside the parameters.

    Shape: `lead_id` is the text in the address of an operation that names a lead; `region` that of the company, in
    which phone numbers are compared; `origin` that of the page that asks; `secrets` are the request's credentials,
    redacted wherever they turn up; `errors` what was already found wrong, `notices` what is already to be told.
    """

    receipt: Receipt
    operation: Operation
    came_by: CameBy
    region: str
    limits: Limits
    secrets: Collection[str] = field(default=(), repr=False)
    lead_id: str | None = None
    origin: str | None = None
    errors: tuple[FieldError, ...] = ()
    notices: tuple[Notice, ...] = ()


def to_operation(submitted: Submitted, asked: Asked) -> OperateOnCaller:
    """Read an operation into a command; what is wrong with it goes along, and is judged with all the rest.

    Args:
        submitted: The parameters, wherever they came from, the number in the address among them.
        asked: Everything else.
    """
    if asked.operation is Operation.LEAD_UPDATE:
        return _update(submitted, asked)
    operation = asked.operation
    reserved = reserve(submitted, limits=asked.limits, region=asked.region, secrets=asked.secrets)
    is_used = _used_by(asked)
    given = reserved.tokens | reserved.platform
    values, invalid = _load({name: given[name] for name in given.keys() & is_used})
    owner, too_many_owners = _owner(values)
    notices, faults = _about_the_number(reserved, operation)
    return OperateOnCaller(
        receipt=asked.receipt,
        operation=operation,
        came_by=asked.came_by,
        owner=owner,
        origin=asked.origin,
        caller_id=None if operation.names_a_lead else reserved.caller_id,
        lead_id=_lead_id(asked.lead_id),
        lifts_opt_out=values.get("lift_opt_out", False),
        test=values.get("test", False),
        notices=(*asked.notices, *notices, *_unused(reserved, is_used, operation)),
        errors=(*asked.errors, *faults, *invalid, *too_many_owners),
    )


def _update(submitted: Submitted, asked: Asked) -> OperateOnCaller:
    """Read an update as the submission that it is, save for whom it is about."""
    update = to_command(
        submitted,
        asked.receipt,
        region=asked.region,
        limits=asked.limits,
        secrets=asked.secrets,
        origin=asked.origin,
        errors=asked.errors,
        notices=asked.notices,
    )
    # The lead says whom it is about, so no lead token has to stand in for the number.
    told = tuple(notice for notice in update.notices if notice.code != PHONE_TAKEN_FROM)
    return OperateOnCaller(
        receipt=asked.receipt,
        operation=asked.operation,
        came_by=asked.came_by,
        origin=asked.origin,
        caller_id=None if update.phone_alias else update.caller_id,
        lead_id=_lead_id(asked.lead_id),
        update=replace(update, notices=told),
    )


def _lead_id(text: str | None) -> LeadId | None:
    try:
        return LeadId(UUID(text)) if text else None
    except ValueError:
        return None


def _load(texts: Mapping[str, str]) -> tuple[dict[str, Any], list[FieldError]]:
    try:
        return _SCHEMA.load(texts), []
    except ValidationError as invalid:
        values = invalid.valid_data if isinstance(invalid.valid_data, dict) else {}
        return values, [
            FieldError(InvalidParameter.code, name, str(said))
            for name, all_said in invalid.messages_dict.items()
            for said in all_said
        ]


def _owner(values: Mapping[str, Any]) -> tuple[OwnerRef | None, list[FieldError]]:
    named = [OwnerRef(kind, values[name]) for name, kind in _OWNER_FIELDS.items() if name in values]
    if len(named) > 1:
        return None, [FieldError(InvalidParameter.code, "offer_id", _ONE_OWNER)]
    return next(iter(named), None), []


_ONE_OWNER: Final = "cannot be combined with schedule_id: a lead has one owner"


def _used_by(asked: Asked) -> frozenset[str]:
    """Return the parameters that mean something to an operation, beside whom it is about."""
    names = {"test"}
    if asked.operation in _OF_AN_OWNER and asked.came_by is not CameBy.LEAD_TOKEN:
        names |= _OWNER_FIELDS.keys()
    if asked.operation is Operation.CALLER_UNBLOCK:
        names.add("lift_opt_out")
    return frozenset(names)


def _about_the_number(reserved: Reserved, operation: Operation) -> tuple[list[Notice], list[FieldError]]:
    """Return what was said of the caller's number: what is wrong with unused parameters is no reason to refuse."""
    if operation.names_a_lead:
        return [], []
    return (
        [notice for notice in reserved.notices if notice.code == PHONE_TAKEN_FROM or notice.field == "caller_id"],
        [error for error in reserved.errors if error.field == "caller_id" or error.code == TooManyTokens.code],
    )


def _unused(reserved: Reserved, is_used: Collection[str], operation: Operation) -> list[Notice]:
    alias = reserved.phone_alias.name if reserved.phone_alias else None
    about = set() if operation.names_a_lead else {"caller_id", alias}
    names = [
        name
        for name in dict.fromkeys((*reserved.platform, *reserved.tokens))
        if name not in is_used and name not in about and not _is_passed_by(name)
    ]
    if not names:
        return []
    more = len(names) - _MOST_NAMES_SHOWN
    listed = ", ".join(names[:_MOST_NAMES_SHOWN]) + (f" and {more} more" if more > 0 else "")
    return [Notice("unused_parameters", None, f"Parameters that mean nothing here were left out: {listed}.")]


def _is_passed_by(name: str) -> bool:
    return name in RESERVED and RESERVED[name].kind is ValueKind.IGNORED


# --- the list of those who are left alone -----------------------------------------------------------------------------


class Reason(fields.Field[LeftAlone]):
    """Why callers are left alone."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> LeftAlone:  # noqa: ARG002 - marshmallow's signature
        try:
            return LeftAlone(value.lower())
        except ValueError:
            message = f"must be one of: {', '.join(LeftAlone)}"
            raise ValidationError(message) from None


class SuppressionListSchema(Schema):
    """Filter and page of ``GET /api/v1/contacts/suppression_list``; every value is text."""

    reason = Reason(load_default=LeftAlone.ANY)
    page = Whole(1, _MOST_PAGE, load_default=1)
    per_page = Whole(1, MOST_PER_PAGE, load_default=25)


_LIST_SCHEMA = SuppressionListSchema()
_MOST_CHARS_SHOWN: Final = 100
_UNPRINTABLE: Final = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_NO_FILTER: Final = f"is no filter here; these are: {', '.join(_LIST_SCHEMA.fields)}"


def load_list_left_alone(query: TextPairs, *, company_id: CompanyId) -> ListLeftAlone:
    """Read the filter and the page of the list; an unknown name is an error, for a misspelt one would list everybody.

    Raises: InvalidParameter: naming every parameter at fault.
    """
    given: dict[str, str] = {}
    errors: dict[str, Any] = {}
    for name, text in query:
        key, value = reserved_key(name), text.strip()
        if not value or _is_passed_by(key):
            continue
        if key not in _LIST_SCHEMA.fields:
            errors[_shown(key)] = [_NO_FILTER]
        elif given.setdefault(key, value) != value:
            errors[key] = ["was given more than once with different values"]
    try:
        values = _LIST_SCHEMA.load(given)
    except ValidationError as invalid:
        raise InvalidParameter(errors=errors | invalid.messages_dict) from invalid
    if errors:
        raise InvalidParameter(errors=errors)
    return ListLeftAlone(company_id=company_id, **values)


def _shown(name: str) -> str:
    """Return a stranger's name for a filter fit to be shown: no credential, nothing unprintable, not endless."""
    return _UNPRINTABLE.sub("\ufffd", SECRET_PATTERN.sub(REDACTED, name))[:_MOST_CHARS_SHOWN]
