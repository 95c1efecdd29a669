"""Users: what may be said about them, and what is shown; a password goes in, and never comes out."""

from __future__ import annotations

import re
from typing import Any, Final

from marshmallow import Schema, ValidationError, fields

from leadintake.domain.user import Role, address_of_user
from leadintake.entrypoints.schemas.answers import AnswerSchema, RootSchema
from leadintake.entrypoints.schemas.company.documents import one, page
from leadintake.entrypoints.schemas.company.fields import CommandSchema, Flag, Instant, OneOf, Text

_MOST_ADDRESS_CHARS: Final = 254
_ADDRESS: Final = re.compile(r"[^@\s]{1,64}@[^@\s]+")


class Address(Text):
    """The e-mail address that somebody signs in with."""

    def __init__(self, **options: Any) -> None:
        super().__init__(most=_MOST_ADDRESS_CHARS, **options)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        text = address_of_user(super()._deserialize(value, attr, data, **kwargs))
        if not _ADDRESS.fullmatch(text):
            message = "is not an e-mail address"
            raise ValidationError(message)
        return text


class NewUserSchema(CommandSchema):
    """Somebody who is to sign in; without a password one is made."""

    email = Address(required=True)
    role = OneOf(Role, required=True)
    # Not trimmed: blanks at its ends are part of it. How strong it must be is the use case's to say.
    password = fields.String()


class ChangedUserSchema(CommandSchema):
    """What is to change about a user; what is left out stays."""

    role = OneOf(Role)
    is_active = Flag()


class UserSchema(AnswerSchema):
    """A user."""

    id = fields.UUID(required=True)
    email = fields.String(required=True)
    role = OneOf(Role, required=True)
    is_active = fields.Boolean(required=True)
    created_at = Instant(required=True)
    deactivated_at = Instant(required=True, allow_none=True)
    last_signed_in_at = Instant(required=True, allow_none=True)


class AddedUserSchema(AnswerSchema):
    """A user with the password that was made for them, null when they have one of their own."""

    user = fields.Nested(UserSchema, required=True)
    password = fields.String(required=True, allow_none=True)
    metadata = fields.Nested(RootSchema, required=True)


ONE_USER: Final[Schema] = one("user", UserSchema)
USERS: Final[Schema] = page("users", UserSchema)
ADDED_USER: Final[Schema] = AddedUserSchema()
