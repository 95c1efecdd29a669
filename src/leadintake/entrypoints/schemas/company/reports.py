"""Reports for holders of an API key: what can be asked for, and what is answered."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

from marshmallow import Schema, ValidationError, fields, validate

from leadintake.domain.attribution import TrafficSourceId
from leadintake.domain.calendar import Period
from leadintake.domain.errors import InvalidParameter
from leadintake.domain.owner import OfferId, ScheduleId
from leadintake.domain.report import FIGURES, MONEY, RATES, By, Dimension, Only
from leadintake.domain.use_cases.report_attribution import ReportAttribution
from leadintake.entrypoints.schemas.answers import AnswerSchema
from leadintake.entrypoints.schemas.company.documents import ListMetadataSchema, ListSchema
from leadintake.entrypoints.schemas.company.fields import MOST_ID, FlagText, Instant, OneOf, Text, WholeText, flattened
from leadintake.entrypoints.schemas.company.queries import given_filters
from leadintake.entrypoints.schemas.list_leads import ZoneName

if TYPE_CHECKING:
    from collections.abc import Mapping

    from leadintake.domain.company import CompanyId
    from leadintake.domain.parameters import TextPairs

NONE: Final = "none"
"""Stands for what is not known, where a number or a country is asked for."""
_MOST_SUB_ID_CHARS: Final = 1_000
_MOST_SORT_CHARS: Final = 100
_BYS: Final = ", ".join(f"{by}:<name>" if by is By.TOKEN else str(by) for by in By)


class Format(StrEnum):
    """What a report comes as."""

    JSON = "json"
    CSV = "csv"


class Dimensions(fields.String):
    """One or two things to group by, with a comma between."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> Any:  # noqa: ARG002 - marshmallow's signature
        try:
            return tuple(Dimension.of(name.strip()) for name in value.lower().split(","))
        except ValueError:
            message = f"must be one of these, or two with a comma between: {_BYS}"
            raise ValidationError(message) from None


class SourceNumbers(fields.String):
    """One number of a traffic source or several with commas between; ``none`` is no source."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> Any:  # noqa: ARG002 - likewise
        number = WholeText(1, MOST_ID)
        names = [name.strip().lower() for name in value.split(",")]
        return frozenset(None if name == NONE else TrafficSourceId(number.deserialize(name)) for name in names)


class Countries(fields.String):
    """Two letters of ISO 3166, or several countries with commas between; ``none`` is no known country."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> Any:  # noqa: ARG002 - likewise
        names = [name.strip().upper() for name in value.split(",")]
        if not all(
            name == NONE.upper() or (len(name) == len("US") and name.isascii() and name.isalpha()) for name in names
        ):
            message = f"must be a country such as US, several with commas between, or {NONE}"
            raise ValidationError(message)
        return frozenset(None if name == NONE.upper() else name for name in names)


# Made of a mapping, for ``from`` is a word of Python.
ReportQuerySchema: Final = ListSchema.from_dict(
    {
        "group_by": Dimensions(metadata={"description": f"One or two of {_BYS}; traffic_source unless given."}),
        "from": Text(metadata={"description": "From then on: a day, or ISO 8601, at a quarter of an hour."}),
        "to": Text(metadata={"description": "Before then: the day or moment itself is not part of it."}),
        "period": OneOf(Period),
        "time_zone": ZoneName(
            metadata={"description": "Of times without an offset, and of hours, days, weeks and months."}
        ),
        "traffic_source_id": SourceNumbers(
            metadata={"description": "These sources only, with commas between; none for what has no source."}
        ),
        "sub_id": Text(most=_MOST_SUB_ID_CHARS, metadata={"description": "This sub id only."}),
        "without_sub_id": FlagText(metadata={"description": "Only what has no sub id."}),
        "offer_id": WholeText(1, MOST_ID, metadata={"description": "This offer and its schedules only."}),
        "schedule_id": WholeText(1, MOST_ID, metadata={"description": "This schedule only."}),
        "country": Countries(metadata={"description": "Callers of these countries only; none for those of none."}),
        "sort": Text(
            most=_MOST_SORT_CHARS,
            metadata={"description": "A figure or one of group_by, with a minus before it for the highest first."},
        ),
        "compare": FlagText(metadata={"description": "Also the period before, row by row."}),
        "format": OneOf(Format),
    },
    name="ReportQuery",
)
_SCHEMA: Final = ReportQuerySchema()


def _count(name: str) -> fields.Field[Any]:
    if name in MONEY:
        return fields.String(required=True, validate=validate.Regexp(r"-?\d+(\.\d+)?\Z"))
    if name in RATES:
        return fields.String(required=True, allow_none=True, validate=validate.Regexp(r"-?\d+\.\d{4}\Z"))
    return fields.Integer(required=True, strict=True)


FiguresSchema: Final = AnswerSchema.from_dict({name: _count(name) for name in FIGURES}, name="Figures")


def _named(by: By) -> dict[str, fields.Field[Any]]:
    return {
        f"{by}_id": fields.Integer(strict=True, allow_none=True),
        f"{by}_name": fields.String(allow_none=True),
    }


RowSchema: Final = FiguresSchema.from_dict(
    {
        **_named(By.TRAFFIC_SOURCE),
        "sub_id": fields.String(allow_none=True),
        **_named(By.OFFER),
        **_named(By.SCHEDULE),
        "country": fields.String(allow_none=True),
        **{str(by): fields.String() for by in (By.HOUR, By.DAY, By.WEEK, By.MONTH)},
        "status": fields.String(allow_none=True),
        "tokens": fields.Dict(keys=fields.String(), values=fields.String(allow_none=True)),
        "previous": fields.Nested(FiguresSchema, allow_none=True),
    },
    name="ReportRow",
)


ReportMetadataSchema: Final = ListMetadataSchema.from_dict(
    {
        "from": Instant(required=True),
        "to": Instant(required=True),
        "time_zone": fields.String(required=True),
        "currency": fields.String(required=True),
        "group_by": fields.List(fields.String(), required=True),
        "sort": fields.String(required=True),
        "previous_from": Instant(required=True, allow_none=True),
        "previous_to": Instant(required=True, allow_none=True),
    },
    name="ReportMetadata",
)


class ReportSchema(AnswerSchema):
    """A report: a page of its rows, and the figures of all of them."""

    rows = fields.List(fields.Nested(RowSchema), required=True)
    totals = fields.Nested(FiguresSchema, required=True)
    previous_totals = fields.Nested(FiguresSchema, required=True, allow_none=True)
    metadata = fields.Nested(ReportMetadataSchema, required=True)


REPORT: Final[Schema] = ReportSchema()


@dataclass(frozen=True, slots=True)
class ReportWanted:
    """What to report, which page of it that is, and as what; `format` is None where the query does not say."""

    command: ReportAttribution
    page: int
    per_page: int
    format: Format | None


def load_report(query: TextPairs, *, company_id: CompanyId) -> ReportWanted:
    """Read what is asked for; an unknown filter is an error, for a misspelt one would count everything.

    Raises: InvalidParameter: naming every parameter at fault, save those that only the use case can judge.
    """
    given, errors = given_filters(query, _SCHEMA)
    values: dict[str, Any]
    try:
        values = _SCHEMA.load(given)
    except ValidationError as invalid:
        values = {}
        errors |= flattened(invalid.messages_dict)
    if "sub_id" in given and "without_sub_id" in given:
        errors.setdefault("without_sub_id", ["cannot be combined with sub_id"])
    if errors:
        raise InvalidParameter(errors=errors)
    sub_ids = frozenset({values["sub_id"]}) if "sub_id" in values else None
    page, per_page = values["page"], values["per_page"]
    command = ReportAttribution(
        company_id=company_id,
        dimensions=values.get("group_by", (Dimension(By.TRAFFIC_SOURCE),)),
        begin=values.get("from"),
        end=values.get("to"),
        period=values.get("period"),
        time_zone=values.get("time_zone"),
        only=Only(
            traffic_source_ids=values.get("traffic_source_id"),
            sub_ids=frozenset({None}) if values.get("without_sub_id") else sub_ids,
            countries=values.get("country"),
        ),
        offer_id=OfferId(values["offer_id"]) if "offer_id" in values else None,
        schedule_id=ScheduleId(values["schedule_id"]) if "schedule_id" in values else None,
        sort=values.get("sort"),
        offset=(page - 1) * per_page,
        limit=per_page,
        compares=values.get("compare", False),
    )
    return ReportWanted(command, page, per_page, values.get("format"))
