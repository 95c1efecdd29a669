"""Traffic sources: what may be said about them, and what is answered."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from marshmallow import Schema, fields

from leadintake.domain.money import write_amount
from leadintake.entrypoints.schemas.answers import AnswerSchema
from leadintake.entrypoints.schemas.company.documents import ListOfPausableSchema, one, page
from leadintake.entrypoints.schemas.company.fields import CommandSchema, Flag, Instant, Paused, Text
from leadintake.entrypoints.schemas.company.recorded import MOST_CHARS, ToldAmount

if TYPE_CHECKING:
    from leadintake.domain.attribution import TrafficSource
    from leadintake.domain.money import Currency


class NewTrafficSourceSchema(CommandSchema):
    """A traffic source to be made."""

    name = Text(required=True)
    paused = Flag()
    external_id = Text(most=MOST_CHARS, allow_none=True)
    default_payout = ToldAmount(allow_none=True, metadata={"type": ["string", "number"]})


class ChangedTrafficSourceSchema(NewTrafficSourceSchema):
    """What is to change about a traffic source; what is left out stays."""

    name = Text()


class TrafficSourceSchema(AnswerSchema):
    """A traffic source."""

    id = fields.Integer(required=True, strict=True)
    name = fields.String(required=True)
    paused = Paused(required=True)
    paused_at = Instant(required=True, allow_none=True)
    external_id = fields.String(required=True, allow_none=True)
    default_payout = fields.String(required=True, allow_none=True)


class ListTrafficSourcesSchema(ListOfPausableSchema):
    """Which traffic sources to list."""


def source_document(source: TrafficSource, currency: Currency) -> dict[str, Any]:
    """Return a traffic source as the schemas dump it, with its amount as text."""
    payout = source.default_payout
    return {
        "id": source.id,
        "name": source.name,
        "paused_at": source.paused_at,
        "external_id": source.external_id,
        "default_payout": None if payout is None else write_amount(payout, currency),
    }


ONE_TRAFFIC_SOURCE: Final[Schema] = one("traffic_source", TrafficSourceSchema)
TRAFFIC_SOURCES: Final[Schema] = page("traffic_sources", TrafficSourceSchema)
