"""Calls and conversions for holders of an API key: which to list, and what is answered.

The documents are written by hand, for a thousand go out at once; the schemas describe the same, and a test compares.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from marshmallow import Schema, fields, validate

from leadintake.domain.attribution import TrafficSourceId
from leadintake.domain.call import CallId, Direction
from leadintake.domain.conversion import ConversionId
from leadintake.domain.errors import InvalidParameter
from leadintake.domain.lead import LeadId
from leadintake.domain.money import write_amount
from leadintake.domain.owner import OwnerKind
from leadintake.domain.ports import CallFilter, ConversionFilter
from leadintake.domain.recording import NO_LEAD, RecordOutcome
from leadintake.domain.use_cases.read_calls import ListCalls, ListConversions
from leadintake.entrypoints.schemas.answers import AnswerSchema, RootSchema, WarningSchema
from leadintake.entrypoints.schemas.company.documents import ListSchema, page
from leadintake.entrypoints.schemas.company.fields import (
    MOST_ID,
    CommandSchema,
    FlagText,
    Instant,
    Moment,
    OneOf,
    Several,
    Text,
    WholeText,
)
from leadintake.entrypoints.schemas.company.queries import load_filters
from leadintake.entrypoints.schemas.company.recorded import MOST_AT_ONCE, MOST_CHARS
from leadintake.entrypoints.schemas.company.submissions import CountedMetadataSchema, SomeId, owner_among
from leadintake.entrypoints.schemas.list_leads import Cursor, ZoneName

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from leadintake.domain.call import Call
    from leadintake.domain.company import Company
    from leadintake.domain.conversion import Conversion
    from leadintake.domain.money import Currency
    from leadintake.domain.parameters import TextPairs
    from leadintake.domain.recording import Recording
    from leadintake.domain.stamp import Stamp
    from leadintake.domain.use_cases.read_calls import Listed
    from leadintake.entrypoints.schemas.company.queries import Filters

_ZONE: Final = {"description": "Of times without an offset; the company's unless given."}
_CURSOR: Final = {"description": "The next_cursor of the page before; instead of page."}
_AMOUNT: Final = {"description": "A decimal text in the smallest unit's precision, such as 12.50."}


# --- what is listed ---------------------------------------------------------------------------------------------------


class ListRecordedSchema(ListSchema):
    """The filters that lists of calls and of conversions share; every value is text."""

    external_id = Text(most=MOST_CHARS)
    lead_id = SomeId(metadata={"format": "uuid"})
    caller_id = fields.String(metadata={"description": "A phone number in any form."})
    schedule_id = WholeText(1, MOST_ID)
    offer_id = WholeText(1, MOST_ID)
    traffic_source_id = WholeText(1, MOST_ID)
    sub_id = Text(most=MOST_CHARS)
    country = Text(most=2)
    time_zone = ZoneName(metadata=_ZONE)
    cursor = Cursor(metadata=_CURSOR)


class ListCallsSchema(ListRecordedSchema):
    """Filters and page of ``GET /api/v1/calls``."""

    direction = OneOf(Direction)
    connected = FlagText()
    disposition = Text(most=MOST_CHARS)
    started_at_from = Moment()
    started_at_to = Moment()


class ListConversionsSchema(ListRecordedSchema):
    """Filters and page of ``GET /api/v1/conversions``."""

    call_id = SomeId(metadata={"format": "uuid"})
    call_external_id = Text(most=MOST_CHARS)
    kind = Text(most=MOST_CHARS)
    reversed = FlagText()
    occurred_at_from = Moment()
    occurred_at_to = Moment()


_LIST_CALLS: Final = ListCallsSchema()
_LIST_CONVERSIONS: Final = ListConversionsSchema()


def load_list_calls(query: TextPairs, *, company: Company) -> ListCalls:
    """Read the filters of a list of calls. Raises: InvalidParameter: naming every parameter at fault."""
    filters = load_filters(query, _LIST_CALLS, company, one_owner="a lead")
    values = filters.values
    wanted = CallFilter(
        **_stamped_as(filters),
        direction=values.get("direction"),
        is_connected=values.get("connected"),
        disposition=values.get("disposition"),
        started_from=filters.instant("started_at_from"),
        started_to=filters.instant("started_at_to"),
        after=CallId(values["cursor"]) if "cursor" in values else None,
    )
    return ListCalls(company_id=company.id, wanted=wanted, page=values["page"], per_page=values["per_page"])


def load_list_conversions(query: TextPairs, *, company: Company) -> ListConversions:
    """Read the filters of a list of conversions. Raises: InvalidParameter: naming every parameter at fault."""
    filters = load_filters(query, _LIST_CONVERSIONS, company, one_owner="a lead")
    values = filters.values
    if "call_id" in values and "call_external_id" in values:
        raise InvalidParameter(errors={"call_external_id": ["cannot be combined with call_id: one names the call"]})
    wanted = ConversionFilter(
        **_stamped_as(filters),
        call_id=CallId(values["call_id"]) if "call_id" in values else None,
        kind=values.get("kind"),
        is_reversed=values.get("reversed"),
        occurred_from=filters.instant("occurred_at_from"),
        occurred_to=filters.instant("occurred_at_to"),
        after=ConversionId(values["cursor"]) if "cursor" in values else None,
    )
    return ListConversions(
        company_id=company.id,
        wanted=wanted,
        call_external_id=values.get("call_external_id"),
        page=values["page"],
        per_page=values["per_page"],
    )


def _stamped_as(filters: Filters) -> dict[str, Any]:
    """Return the filters by the stamp, as the domain has them."""
    values = filters.values
    source = values.get("traffic_source_id")
    return {
        "caller": filters.caller,
        "lead_id": LeadId(values["lead_id"]) if "lead_id" in values else None,
        "owner": owner_among(values),
        "traffic_source_id": None if source is None else TrafficSourceId(source),
        "sub_id": values.get("sub_id"),
        "country": values["country"].upper() if "country" in values else None,
        "external_id": values.get("external_id"),
    }


# --- what is answered -------------------------------------------------------------------------------------------------


class CallsBatchSchema(CommandSchema):
    """Calls that somebody tells of, each judged by itself."""

    calls = Several(fields.Dict(), fewest=1, most=MOST_AT_ONCE, required=True)


class ConversionsBatchSchema(CommandSchema):
    """Conversions that somebody tells of, each judged by itself."""

    conversions = Several(fields.Dict(), fewest=1, most=MOST_AT_ONCE, required=True)


class StampedSchema(AnswerSchema):
    """What calls and conversions have in common: what they are counted under, as it was when they were recorded."""

    id = fields.UUID(required=True)
    external_id = fields.String(required=True, allow_none=True)
    lead_id = fields.UUID(required=True, allow_none=True)
    caller_id = fields.String(required=True, allow_none=True)
    schedule_id = fields.Integer(required=True, allow_none=True, strict=True)
    offer_id = fields.Integer(required=True, allow_none=True, strict=True)
    traffic_source_id = fields.Integer(required=True, allow_none=True, strict=True)
    sub_id = fields.String(required=True, allow_none=True)
    country = fields.String(required=True, allow_none=True)
    revenue = fields.String(required=True, metadata=_AMOUNT)
    payout = fields.String(required=True, metadata=_AMOUNT)
    currency = fields.String(required=True)
    recorded_at = Instant(required=True)
    corrected_at = Instant(required=True, allow_none=True)


class CallSchema(StampedSchema):
    """A call."""

    direction = OneOf(Direction, required=True)
    started_at = Instant(required=True)
    duration_seconds = fields.Integer(required=True, strict=True)
    disposition = fields.String(required=True, allow_none=True)
    connected = fields.Boolean(required=True, truthy={True}, falsy={False})
    tokens = fields.Dict(keys=fields.String(), values=fields.String(), required=True)


class ConversionSchema(StampedSchema):
    """A conversion; one that was reversed counts no more."""

    call_id = fields.UUID(required=True, allow_none=True)
    kind = fields.String(required=True)
    occurred_at = Instant(required=True)
    reversed = fields.Boolean(required=True, truthy={True}, falsy={False})
    reversed_at = Instant(required=True, allow_none=True)


class RecordedSchema(AnswerSchema):
    """What was done with what was told; what is kept is null for a key that may only record."""

    outcome = OneOf(RecordOutcome, required=True)
    id = fields.UUID(required=True, allow_none=True)
    warnings = fields.List(fields.Nested(WarningSchema), required=True)


class RecordedOneSchema(RecordedSchema):
    """The same as an answer."""

    success = fields.Boolean(required=True, validate=validate.Equal(True))  # noqa: FBT003 - marshmallow's signature
    status = fields.Integer(required=True, strict=True)
    metadata = fields.Nested(RootSchema, required=True)


class RecordedCallSchema(RecordedOneSchema):
    """What was done with a call."""

    call = fields.Nested(CallSchema, required=True, allow_none=True)


class RecordedConversionSchema(RecordedOneSchema):
    """What was done with a conversion."""

    conversion = fields.Nested(ConversionSchema, required=True, allow_none=True)


class BatchEntrySchema(RecordedSchema):
    """What was done with one of several; `code`, `error` and `errors` say why it was refused."""

    external_id = fields.String(required=True, allow_none=True)
    code = fields.String(required=True, allow_none=True)
    error = fields.String(required=True, allow_none=True)
    errors = fields.Dict(keys=fields.String(), values=fields.List(fields.String()), required=True)


class CallEntrySchema(BatchEntrySchema):
    """What was done with one of several calls."""

    call = fields.Nested(CallSchema, required=True, allow_none=True)


class ConversionEntrySchema(BatchEntrySchema):
    """What was done with one of several conversions."""

    conversion = fields.Nested(ConversionSchema, required=True, allow_none=True)


class BatchMetadataSchema(RootSchema):
    """How many there were of each outcome."""

    recorded = fields.Integer(required=True, strict=True)
    unchanged = fields.Integer(required=True, strict=True)
    refused = fields.Integer(required=True, strict=True)


ONE_CALL: Final[Schema] = AnswerSchema.from_dict(
    {"call": fields.Nested(CallSchema, required=True), "metadata": fields.Nested(RootSchema, required=True)},
    name="CallAnswer",
)()
ONE_CONVERSION: Final[Schema] = AnswerSchema.from_dict(
    {
        "conversion": fields.Nested(ConversionSchema, required=True),
        "metadata": fields.Nested(RootSchema, required=True),
    },
    name="ConversionAnswer",
)()
RECORDED_CALL: Final[Schema] = RecordedCallSchema()
RECORDED_CONVERSION: Final[Schema] = RecordedConversionSchema()
CALLS: Final[Schema] = page("calls", CallSchema, metadata=CountedMetadataSchema)
CONVERSIONS: Final[Schema] = page("conversions", ConversionSchema, metadata=CountedMetadataSchema)
CALLS_TOLD: Final[Schema] = AnswerSchema.from_dict(
    {
        "calls": fields.List(fields.Nested(CallEntrySchema), required=True),
        "metadata": fields.Nested(BatchMetadataSchema, required=True),
    },
    name="CallsTold",
)()
CONVERSIONS_TOLD: Final[Schema] = AnswerSchema.from_dict(
    {
        "conversions": fields.List(fields.Nested(ConversionEntrySchema), required=True),
        "metadata": fields.Nested(BatchMetadataSchema, required=True),
    },
    name="ConversionsTold",
)()


def call_document(call: Call, currency: Currency) -> dict[str, Any]:
    """Return a call for holders of an API key that may read."""
    return {
        **_stamped(call, currency),
        "direction": call.direction.value,
        "started_at": call.started_at,
        "duration_seconds": call.duration_seconds,
        "disposition": call.disposition,
        "connected": call.is_connected,
        "tokens": call.tokens,
    }


def conversion_document(one: Conversion, currency: Currency) -> dict[str, Any]:
    """Return a conversion for holders of an API key that may read."""
    return {
        **_stamped(one, currency),
        "call_id": one.call_id,
        "kind": one.kind,
        "occurred_at": one.occurred_at,
        "reversed": not one.counts,
        "reversed_at": one.reversed_at,
    }


def _stamped(one: Call | Conversion, currency: Currency) -> dict[str, Any]:
    stamp: Stamp = one.stamp
    return {
        "id": one.id,
        "external_id": one.external_id,
        "lead_id": stamp.lead_id,
        "caller_id": stamp.caller.e164 if stamp.caller else None,
        "schedule_id": stamp.owner.id if stamp.owner and stamp.owner.kind is OwnerKind.SCHEDULE else None,
        "offer_id": stamp.owner.id if stamp.owner and stamp.owner.kind is OwnerKind.OFFER else None,
        "traffic_source_id": stamp.attribution.traffic_source_id,
        "sub_id": stamp.attribution.sub_id,
        "country": stamp.country,
        "revenue": write_amount(one.revenue, currency),
        "payout": write_amount(one.payout, currency),
        "currency": currency,
        "recorded_at": one.recorded_at,
        "corrected_at": one.corrected_at,
    }


def recorded_document(
    recording: Recording[Any], root: str, show: Callable[[Any], dict[str, Any]] | None
) -> dict[str, Any]:
    """Return what was done, and what is kept; None for `show` for those who may not read that."""
    return {
        "success": True,
        "status": 200,
        "outcome": recording.outcome.value,
        "id": recording.one.id if recording.one else None,
        root: show(recording.one) if show and recording.one else None,
        "warnings": _warnings(recording, is_open=show is not None),
        "metadata": {"root": root},
    }


def batch_document(
    recordings: Sequence[Recording[Any]],
    names: Sequence[str | None],
    roots: str,
    show: Callable[[Any], dict[str, Any]] | None,
) -> dict[str, Any]:
    """Return what was done with each of several, in their order; `names` are their external ids as they were sent."""
    root = roots.removesuffix("s")
    outcomes = [recording.outcome for recording in recordings]
    return {
        roots: [
            {
                "outcome": recording.outcome.value,
                "id": recording.one.id if recording.one else None,
                "external_id": name,
                root: show(recording.one) if show and recording.one else None,
                "warnings": _warnings(recording, is_open=show is not None),
                **_refusal(recording),
            }
            for recording, name in zip(recordings, names, strict=True)
        ],
        "metadata": {"root": roots}
        | {
            outcome.value: outcomes.count(outcome)
            for outcome in (RecordOutcome.RECORDED, RecordOutcome.UNCHANGED, RecordOutcome.REFUSED)
        },
    }


def _refusal(recording: Recording[Any]) -> Mapping[str, Any]:
    refusal = recording.refusal
    if refusal is None:
        return {"code": None, "error": None, "errors": {}}
    return {"code": refusal.code, "error": refusal.detail, "errors": refusal.errors}


def _warnings(recording: Recording[Any], *, is_open: bool) -> list[dict[str, Any]]:
    """Return the warnings; who may not read is not told either whether somebody is known here."""
    told = [one for one in recording.notices if is_open or one != NO_LEAD]
    return [{"code": one.code, "field": one.field, "message": one.message} for one in told]


def list_document(found: Listed[Any], command: ListCalls | ListConversions, roots: str, shown: list[Any]) -> Any:
    """Return a page."""
    return {
        roots: shown,
        "metadata": {
            "root": roots,
            "total_count": found.total_count,
            "page": None if command.wanted.after else command.page,
            "per_page": command.per_page,
            "next_cursor": found.next,
            "total_count_is_exact": found.is_count_exact,
        },
    }
