"""Traffic sources: what may be said about them, and what is answered."""

from __future__ import annotations

from typing import Final

from marshmallow import Schema, fields

from leadintake.entrypoints.schemas.answers import AnswerSchema
from leadintake.entrypoints.schemas.company.documents import ListOfPausableSchema, one, page
from leadintake.entrypoints.schemas.company.fields import CommandSchema, Flag, Instant, Paused, Text


class NewTrafficSourceSchema(CommandSchema):
    """A traffic source to be made."""

    name = Text(required=True)
    paused = Flag()


class ChangedTrafficSourceSchema(NewTrafficSourceSchema):
    """What is to change about a traffic source; what is left out stays."""

    name = Text()


class TrafficSourceSchema(AnswerSchema):
    """A traffic source."""

    id = fields.Integer(required=True, strict=True)
    name = fields.String(required=True)
    paused = Paused(required=True)
    paused_at = Instant(required=True, allow_none=True)


class ListTrafficSourcesSchema(ListOfPausableSchema):
    """Which traffic sources to list."""


ONE_TRAFFIC_SOURCE: Final[Schema] = one("traffic_source", TrafficSourceSchema)
TRAFFIC_SOURCES: Final[Schema] = page("traffic_sources", TrafficSourceSchema)
