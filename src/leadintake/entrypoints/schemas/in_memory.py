"""How a test suite moves the clock of a server in memory."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, cast

from marshmallow import ValidationError, fields, post_load, validates_schema

from leadintake.entrypoints.schemas.company.fields import CommandSchema, Seconds

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime, timedelta

_TEN_YEARS_IN_SECONDS: Final = 315_532_800


class MovedClockSchema(CommandSchema):
    """How far, or to when."""

    advance_seconds = Seconds(_TEN_YEARS_IN_SECONDS)
    now = fields.AwareDateTime(
        error_messages={
            "invalid": "must be a time with its offset, such as 2030-01-31T09:00:00Z",
            "invalid_awareness": "must say its offset, such as 2030-01-31T09:00:00Z",
            "null": "must be a time",
        }
    )

    @validates_schema
    def require_one(self, data: Mapping[str, Any], **_: Any) -> None:
        """Refuse both, and neither."""
        if len(data) != 1:
            raise ValidationError("or now is required, and only one of them", "advance_seconds")

    @post_load
    def to_move(self, data: dict[str, Any], **_: Any) -> timedelta | datetime:
        """Return by how much, or to when."""
        [move] = data.values()
        return cast("timedelta | datetime", move)
