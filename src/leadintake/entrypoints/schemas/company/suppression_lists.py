"""Suppression lists and their entries: what may be said about them, and what is answered."""

from __future__ import annotations

from typing import Final

from marshmallow import Schema, fields, validate

from leadintake.entrypoints.schemas.answers import AnswerSchema, RootSchema
from leadintake.entrypoints.schemas.company.documents import ListOfNamedSchema, WindowSchema, one, page
from leadintake.entrypoints.schemas.company.fields import (
    MOST_ID,
    CommandSchema,
    Instant,
    Text,
    Texts,
    Whole,
    WholeText,
)

MOST_CALLERS: Final = 1_000
"""More come in several requests: each is one transaction, and holds up those who want the same callers."""

_MOST_CALLER_CHARS: Final = 100
_CALLER: Final = validate.Regexp(r"\+[1-9]\d{4,14}\Z")


class NewSuppressionListSchema(CommandSchema):
    """A list to be made; without an offer it holds for the whole company."""

    name = Text(required=True)
    offer_id = Whole(1, MOST_ID, allow_none=True)


class ChangedSuppressionListSchema(NewSuppressionListSchema):
    """What is to change about a list; what is left out stays."""

    name = Text()


class SuppressionListSchema(AnswerSchema):
    """A suppression list; `offer_id` is null when it holds for the whole company."""

    id = fields.Integer(required=True, strict=True)
    name = fields.String(required=True)
    offer_id = fields.Integer(required=True, strict=True, allow_none=True)


class ListSuppressionListsSchema(ListOfNamedSchema):
    """Which suppression lists to list."""

    offer_id = WholeText(1, MOST_ID)


class CallersSchema(CommandSchema):
    """Callers, as phone numbers in any form; all are taken, or none."""

    callers = Texts(Text(most=_MOST_CALLER_CHARS), required=True, fewest=1, most=MOST_CALLERS)


class ListCallersSchema(WindowSchema):
    """Which entries to list."""


class SuppressedCallerSchema(AnswerSchema):
    """An entry of a list."""

    caller_id = fields.String(required=True, attribute="caller.e164", validate=_CALLER)
    added_at = Instant(required=True)


class EntriesMetadataSchema(RootSchema):
    """How many entries the list has now."""

    total_count = fields.Integer(required=True, strict=True, validate=validate.Range(0))


class ChangedEntriesSchema(AnswerSchema):
    """The callers that were meant, in E.164."""

    callers = fields.List(fields.String(validate=_CALLER), required=True)
    metadata = fields.Nested(EntriesMetadataSchema, required=True)


ONE_SUPPRESSION_LIST: Final[Schema] = one("suppression_list", SuppressionListSchema)
SUPPRESSION_LISTS: Final[Schema] = page("suppression_lists", SuppressionListSchema)
CALLERS: Final[Schema] = page("callers", SuppressedCallerSchema)
CHANGED_ENTRIES: Final[Schema] = ChangedEntriesSchema()
