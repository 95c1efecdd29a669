"""The company itself: what may be changed about it, and what is answered."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from marshmallow import ValidationError, fields

from leadintake.domain.phone import is_region
from leadintake.entrypoints.schemas.answers import AnswerSchema
from leadintake.entrypoints.schemas.company.documents import one
from leadintake.entrypoints.schemas.company.fields import CommandSchema, Text
from leadintake.entrypoints.schemas.list_leads import ZoneName

if TYPE_CHECKING:
    from collections.abc import Mapping

    from marshmallow import Schema


class RegionCode(Text):
    """A country by its two letters, in any case."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> Any:
        code = super()._deserialize(value, attr, data, **kwargs).upper()
        if not is_region(code):
            message = "must be the two letters of a country, such as US or GB"
            raise ValidationError(message)
        return code


class ChangedCompanySchema(CommandSchema):
    """What is to change about the company; what is left out stays."""

    region = RegionCode(metadata={"description": "The country in which numbers without a country code are read."})
    time_zone = ZoneName(metadata={"description": "Of times without an offset, of days and months of reports."})


class RenamedCompanySchema(ChangedCompanySchema):
    """The same for who administers the installation: whether a name is free tells of the other companies."""

    name = Text()


class CompanySchema(AnswerSchema):
    """The company that the API key belongs to."""

    id = fields.Integer(required=True, strict=True)
    name = fields.String(required=True)
    region = fields.String(required=True)
    time_zone = fields.String(required=True)
    currency = fields.String(required=True)


ONE_COMPANY: Final[Schema] = one("company", CompanySchema)
