"""Leads for holders of an API key: what may be changed, and what is answered."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from marshmallow import Schema, fields

from leadintake.domain.errors import InvalidParameter
from leadintake.entrypoints.schemas.answers import AnswerSchema, LeadAnswerSchema, LeadSchema
from leadintake.entrypoints.schemas.company.documents import CursorMetadataSchema
from leadintake.entrypoints.schemas.company.fields import (
    MOST_ID,
    CommandSchema,
    Moment,
    Number,
    Text,
    TokenValues,
    Whole,
)

if TYPE_CHECKING:
    from leadintake.domain.parameters import Limits
    from leadintake.domain.use_cases.change_lead import LeadData

_MOST_EMAIL_CHARS: Final = 1_000
_MOST_SUB_ID_CHARS: Final = 255
_MOST_PRIORITY: Final = 1_000_000
_DECIMALS: Final = 4


class ChangedLeadSchema(CommandSchema):
    """What is to change about a lead; what is left out stays, and null takes it away."""

    tokens = TokenValues()
    email = Text(most=_MOST_EMAIL_CHARS, allow_none=True)
    traffic_source_id = Whole(1, MOST_ID, allow_none=True)
    sub_id = Text(most=_MOST_SUB_ID_CHARS, allow_none=True)
    lead_priority = Number(-_MOST_PRIORITY, _MOST_PRIORITY, decimals=_DECIMALS, attribute="priority")
    next_action_at = Moment(allow_none=True)
    expires_at = Moment(allow_none=True)


class LeadsPageSchema(AnswerSchema):
    """A page of leads, newest first; with `columns` each has these only."""

    leads = fields.List(fields.Nested(LeadSchema(partial=True)), required=True)
    metadata = fields.Nested(CursorMetadataSchema, required=True)


ONE_LEAD: Final[Schema] = LeadAnswerSchema()
LEADS: Final[Schema] = LeadsPageSchema()


def require_within(data: LeadData, limits: Limits) -> LeadData:
    """Return what is to change, if no lead token is longer than this installation takes them.

    Raises: InvalidParameter: naming every one that is.
    """
    most = limits.max_value_chars
    errors = {
        f"tokens.{name}": [f"must be at most {most} characters"]
        for name, text in data.get("tokens", {}).items()
        if text is not None and len(text) > most
    }
    if errors:
        raise InvalidParameter(errors=errors)
    return data
