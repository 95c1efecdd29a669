"""The filters of a list of leads."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID
from zoneinfo import available_timezones

from marshmallow import ValidationError, fields

from leadintake.domain.attribution import TrafficSourceId
from leadintake.domain.lead import LIVE, LeadId, LeadStatus
from leadintake.domain.owner import OfferId, OwnerKind, OwnerRef
from leadintake.domain.use_cases.read_leads import ListLeads
from leadintake.entrypoints.schemas.answers import LeadSchema
from leadintake.entrypoints.schemas.company.documents import ListSchema
from leadintake.entrypoints.schemas.company.fields import MOST_ID, MOST_PER_PAGE, Moment, Text, WholeText
from leadintake.entrypoints.schemas.company.queries import load_filters

if TYPE_CHECKING:
    from collections.abc import Mapping

    from leadintake.domain.company import Company
    from leadintake.domain.parameters import TextPairs

__all__ = ["MOST_PER_PAGE", "LeadsWanted", "ListLeadsSchema", "load_list_leads"]

_STATUS_NAMES: Final = ", ".join(("live", *LeadStatus))
_COLUMNS: Final = tuple(LeadSchema().fields)
_MOST_TEXT_CHARS: Final = 1_000


class Statuses(fields.String):
    """One status or several with commas between; ``live`` stands for all live ones."""

    def _deserialize(
        self,
        value: Any,
        attr: str | None,  # noqa: ARG002 - marshmallow's signature
        data: Mapping[str, Any] | None,  # noqa: ARG002 - likewise
        **kwargs: Any,  # noqa: ARG002 - likewise
    ) -> Any:
        names = [name.strip() for name in value.lower().split(",")]
        try:
            return frozenset(status for name in names for status in (LIVE if name == "live" else {LeadStatus(name)}))
        except ValueError:
            message = f"must be one of, or several with commas between: {_STATUS_NAMES}"
            raise ValidationError(message) from None


class Columns(fields.String):
    """The members to show of each lead, with commas between."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> Any:  # noqa: ARG002 - likewise
        names = dict.fromkeys(name.strip() for name in value.lower().split(",") if name.strip())
        if not names or not set(_COLUMNS).issuperset(names):
            message = f"must be one of, or several with commas between: {', '.join(_COLUMNS)}"
            raise ValidationError(message)
        return tuple(names)


class Cursor(fields.String):
    """Where the page before ended."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> Any:  # noqa: ARG002 - likewise
        try:
            return UUID(value)
        except ValueError:
            message = "is no cursor: send the next_cursor of the page before"
            raise ValidationError(message) from None


class ZoneName(fields.String):
    """The name of a time zone."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> Any:  # noqa: ARG002 - likewise
        if value not in _zones():
            message = "is no time zone: send a name such as America/New_York"
            raise ValidationError(message)
        return value


class ListLeadsSchema(ListSchema):
    """Filters and page of ``GET /api/v1/leads``; every value is text."""

    caller_id = fields.String(metadata={"description": "A phone number in any form."})
    email = Text(most=_MOST_TEXT_CHARS)
    status = Statuses(metadata={"description": "One or several with commas between; live stands for all live ones."})
    schedule_id = WholeText(1, MOST_ID)
    offer_id = WholeText(1, MOST_ID)
    traffic_source_id = WholeText(1, MOST_ID)
    sub_id = Text(most=_MOST_TEXT_CHARS)
    created_at_from = Moment()
    created_at_to = Moment()
    time_zone = ZoneName(metadata={"description": "Of times without an offset; the company's unless given."})
    columns = Columns(metadata={"description": "The members to show of each lead, with commas between."})
    cursor = Cursor(metadata={"description": "The next_cursor of the page before; instead of page."})


_SCHEMA: Final = ListLeadsSchema()


@dataclass(frozen=True, slots=True)
class LeadsWanted:
    """Which leads to list, and which of their members to show: all when `columns` is empty."""

    command: ListLeads
    columns: tuple[str, ...]


def load_list_leads(query: TextPairs, *, company: Company) -> LeadsWanted:
    """Read the filters of a list; an unknown one is an error, for a misspelt filter would list everything.

    Raises: InvalidParameter: naming every parameter at fault.
    """
    filters = load_filters(query, _SCHEMA, company)
    values = filters.values
    schedule_id, offer_id, source_id = (values.get(f"{name}_id") for name in ("schedule", "offer", "traffic_source"))
    command = ListLeads(
        company_id=company.id,
        caller=filters.caller,
        email=values.get("email"),
        statuses=values.get("status"),
        owner=OwnerRef(OwnerKind.SCHEDULE, schedule_id) if schedule_id else None,
        offer_id=OfferId(offer_id) if offer_id else None,
        traffic_source_id=TrafficSourceId(source_id) if source_id else None,
        sub_id=values.get("sub_id"),
        created_from=filters.instant("created_at_from"),
        created_to=filters.instant("created_at_to"),
        after=LeadId(values["cursor"]) if "cursor" in values else None,
        page=values["page"],
        per_page=values["per_page"],
    )
    return LeadsWanted(command, values.get("columns", ()))


@lru_cache(maxsize=1)
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())
