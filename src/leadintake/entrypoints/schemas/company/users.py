"""Users: what may be said about them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from marshmallow import ValidationError

from leadintake.domain.user import Role
from leadintake.entrypoints.schemas.company.fields import CommandSchema, OneOf, Text

if TYPE_CHECKING:
    from collections.abc import Mapping

_MOST_EMAIL_CHARS: Final = 254


class Email(Text):
    """An e-mail address as people sign in with it; whether mail arrives there is not asked."""

    def __init__(self, **options: Any) -> None:
        super().__init__(most=_MOST_EMAIL_CHARS, **options)

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> Any:
        # Imported here: it takes time that the command line's help does without.
        from email_validator import EmailNotValidError, validate_email  # noqa: PLC0415 - see above

        text = super()._deserialize(value, attr, data, **kwargs)
        try:
            return validate_email(text, check_deliverability=False, test_environment=True).normalized
        except EmailNotValidError:
            message = "is not an e-mail address"
            raise ValidationError(message) from None


class NewUserSchema(CommandSchema):
    """Somebody who is to sign in, with a password that is made for them."""

    email = Email(required=True)
    role = OneOf(Role, required=True)


class ChangedUserSchema(CommandSchema):
    """What is to change about a user; what is left out stays."""

    role = OneOf(Role)
