"""API keys: what may be said about them, and what is answered."""

from __future__ import annotations

from typing import Final

from marshmallow import Schema, fields

from leadintake.domain.credential import Permission
from leadintake.entrypoints.schemas.answers import AnswerSchema, RootSchema
from leadintake.entrypoints.schemas.company.documents import WindowSchema, one, page
from leadintake.entrypoints.schemas.company.fields import CommandSchema, Instant, OneOf, Text, Texts


class NewApiKeySchema(CommandSchema):
    """An API key to be made; who may write may read, and who may administer may both."""

    label = Text(fewest=0, load_default="")
    permissions = Texts(OneOf(Permission), required=True, fewest=1, most=len(Permission))


class ListApiKeysSchema(WindowSchema):
    """Which page of the API keys."""


class ApiKeySchema(AnswerSchema):
    """An API key without its private half."""

    id = fields.UUID(required=True, attribute="key.id")
    label = fields.String(required=True, attribute="key.label")
    public = fields.String(required=True, attribute="key.public")
    permissions = fields.Function(
        lambda record: sorted(permission.value for permission in record.key.permissions),
        required=True,
        metadata={"type": "array", "items": {"type": "string", "enum": [each.value for each in Permission]}},
    )
    created_at = Instant(required=True, attribute="key.created_at")
    revoked_at = Instant(required=True, allow_none=True, attribute="key.revoked_at")
    last_used_at = Instant(required=True, allow_none=True)


class MadeApiKeySchema(ApiKeySchema):
    """The same with its private half, which is never shown again."""

    private = fields.String(required=True)


ONE_API_KEY: Final[Schema] = one("api_key", ApiKeySchema)
MADE_API_KEY: Final[Schema] = AnswerSchema.from_dict(
    {
        "api_key": fields.Nested(MadeApiKeySchema, required=True),
        "metadata": fields.Nested(RootSchema, required=True),
    },
    name="MadeApiKeyAnswer",
)()
API_KEYS: Final[Schema] = page("api_keys", ApiKeySchema)
