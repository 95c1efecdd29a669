"""Contact fields: what may be said about them, and what is answered."""

from __future__ import annotations

from typing import Any, Final

from marshmallow import Schema, fields, validate

from leadintake.domain.contact_field import PATTERNS, FieldType
from leadintake.entrypoints.schemas.answers import AnswerSchema
from leadintake.entrypoints.schemas.company.documents import WindowSchema, one, page
from leadintake.entrypoints.schemas.company.fields import (
    CommandSchema,
    Flag,
    Number,
    OneOf,
    Text,
    Texts,
    TokenName,
    Whole,
)

_MOST_BOUND: Final = 1_000_000_000_000
_DECIMALS: Final = 4
_MOST_CHOICES: Final = 500
_MOST_POSITION: Final = 1_000_000


class PatternName(Text):
    """The name of one of the patterns there are."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.validators = [validate.OneOf(tuple(PATTERNS), error=f"must be one of {', '.join(PATTERNS)}")]


class ChangedContactFieldSchema(CommandSchema):
    """What is to change about a contact field; what is left out stays, and the key with it."""

    title = Text()
    type = OneOf(FieldType)
    required = Flag()
    pattern = PatternName(allow_none=True)
    choices = Texts(Text(), most=_MOST_CHOICES)
    minimum = Number(-_MOST_BOUND, _MOST_BOUND, decimals=_DECIMALS, allow_none=True)
    maximum = Number(-_MOST_BOUND, _MOST_BOUND, decimals=_DECIMALS, allow_none=True)
    position = Whole(0, _MOST_POSITION)


class NewContactFieldSchema(ChangedContactFieldSchema):
    """A contact field to be made; `key` is the name of the lead token that it describes."""

    key = TokenName(required=True)


class ContactFieldSchema(AnswerSchema):
    """A contact field of an offer."""

    offer_id = fields.Integer(required=True, strict=True)
    key = fields.String(required=True)
    title = fields.String(required=True)
    type = OneOf(FieldType, required=True)
    required = fields.Boolean(required=True)
    pattern = fields.String(required=True, allow_none=True)
    choices = fields.List(fields.String(), required=True)
    minimum = Number(-_MOST_BOUND, _MOST_BOUND, decimals=_DECIMALS, required=True, allow_none=True)
    maximum = Number(-_MOST_BOUND, _MOST_BOUND, decimals=_DECIMALS, required=True, allow_none=True)
    position = fields.Integer(required=True, strict=True)


class ListContactFieldsSchema(WindowSchema):
    """Which contact fields to list."""


ONE_CONTACT_FIELD: Final[Schema] = one("contact_field", ContactFieldSchema)
CONTACT_FIELDS: Final[Schema] = page("contact_fields", ContactFieldSchema)
