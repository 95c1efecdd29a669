"""Lead tokens as credentials: what may be said about them, and what is answered."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from marshmallow import Schema, ValidationError, fields, post_load, validates_schema

from leadintake.domain.alarm import AlarmKind
from leadintake.domain.claims import read_time
from leadintake.domain.errors import InvalidParameter
from leadintake.domain.owner import OwnerKind, OwnerRef
from leadintake.domain.submission import Outcome
from leadintake.domain.token_rules import TokenKind, read_network, read_origin
from leadintake.domain.use_cases.manage_lead_tokens import MOST_LABEL_CHARS, ListLeadTokens, TokenStatus
from leadintake.domain.use_cases.review_lead_token import LeadsSince
from leadintake.entrypoints.schemas.answers import AnswerSchema, RootSchema
from leadintake.entrypoints.schemas.company.documents import ListSchema, one, page
from leadintake.entrypoints.schemas.company.fields import (
    MOST_ID,
    MOST_PER_PAGE,
    CommandSchema,
    Flag,
    Instant,
    Moment,
    OneOf,
    Text,
    Texts,
    Whole,
    WholeText,
)
from leadintake.entrypoints.schemas.list_leads import Cursor

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from leadintake.domain.company import Company
    from leadintake.domain.credential import LeadTokenId

DEFAULT_GRACE_SECONDS: Final = 86_400
MOST_GRACE_SECONDS: Final = 90 * 86_400
MOST_REMOVED_AT_ONCE: Final = 1_000
"""More leads go in several requests, each of which says that there are more."""
_MOST_ENTRIES: Final = 100
_MOST_CHARS: Final = 300
_MOST_COUNT: Final = 1_000_000_000
_RULES: Final = ("networks", "origins", "traffic_source_id", "rate_per_minute", "daily_cap", "operations_per_day")
_KINDS: Final = {"schedule_id": OwnerKind.SCHEDULE, "offer_id": OwnerKind.OFFER}


class NetworkText(Text):
    """An address or a CIDR block."""

    def __init__(self, **options: Any) -> None:
        super().__init__(most=_MOST_CHARS, metadata={"example": "203.0.113.0/24"}, **options)

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> Any:
        text = super()._deserialize(value, attr, data, **kwargs)
        try:
            return read_network(text)
        except ValueError:
            message = "is no address and no network: send such as 203.0.113.7, or 203.0.113.0/24"
            raise ValidationError(message) from None


class OriginText(Text):
    """The origin of web pages."""

    def __init__(self, **options: Any) -> None:
        super().__init__(most=_MOST_CHARS, metadata={"example": "https://shop.example"}, **options)

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> Any:
        text = super()._deserialize(value, attr, data, **kwargs)
        try:
            return read_origin(text)
        except ValueError:
            message = "is no origin: send scheme, host and port alone, such as https://shop.example"
            raise ValidationError(message) from None


class ChangedLeadTokenSchema(CommandSchema):
    """What is to change about a lead token; what is left out stays, a list that is given replaces the whole list."""

    label = Text(most=MOST_LABEL_CHARS, fewest=0)
    networks = Texts(NetworkText(), most=_MOST_ENTRIES)
    origins = Texts(OriginText(), most=_MOST_ENTRIES)
    traffic_source_id = Whole(1, MOST_ID, allow_none=True)
    rate_per_minute = Whole(1, _MOST_COUNT, allow_none=True)
    daily_cap = Whole(1, _MOST_COUNT, allow_none=True)
    operations_per_day = Whole(0, _MOST_COUNT, allow_none=True)
    expires_at = Moment(allow_none=True)


class NewLeadTokenSchema(ChangedLeadTokenSchema):
    """A lead token to be made, for a schedule or an offer; what is left out restricts nothing."""

    schedule_id = Whole(1, MOST_ID)
    offer_id = Whole(1, MOST_ID)
    kind = OneOf(TokenKind)

    @validates_schema
    def name_one_owner(self, data: dict[str, Any], **_: Any) -> None:
        """Refuse a token for nothing, and one for two."""
        if len(data.keys() & _KINDS.keys()) != 1:
            raise ValidationError({"schedule_id": ["or offer_id is required, and only one of them"]})


class RotateSchema(CommandSchema):
    """How long a rotated lead token goes on working beside its successor; 0 ends it at once."""

    grace_seconds = Whole(0, MOST_GRACE_SECONDS, load_default=DEFAULT_GRACE_SECONDS)

    @post_load
    def to_grace(self, data: dict[str, Any], **_: Any) -> timedelta:
        """Return the span."""
        return timedelta(seconds=data["grace_seconds"])


class ListLeadTokensSchema(ListSchema):
    """Which lead tokens to list."""

    schedule_id = WholeText(1, MOST_ID)
    offer_id = WholeText(1, MOST_ID)
    status = OneOf(TokenStatus)

    @validates_schema
    def name_one_owner(self, data: dict[str, Any], **_: Any) -> None:
        """Refuse two owners: a token has one."""
        if data.keys() >= _KINDS.keys():
            raise ValidationError({"offer_id": ["cannot be combined with schedule_id: a lead token has one owner"]})

    @post_load
    def to_wanted(self, data: dict[str, Any], **_: Any) -> ListLeadTokens:
        """Return the filters."""
        owner = owner_of(data)
        shared = {name: value for name, value in data.items() if name not in _KINDS}
        return ListLeadTokens(owner=owner, **shared)


class AlarmSchema(AnswerSchema):
    """What is alarming about a lead token on a day, in UTC; `origin` is that of the first page it came from."""

    kind = OneOf(AlarmKind, required=True)
    day = fields.Date(required=True)
    first_seen_at = Instant(required=True)
    last_seen_at = Instant(required=True)
    origin = fields.String(required=True, allow_none=True)


class LeadTokenSchema(AnswerSchema):
    """A lead token without its text; empty lists and nulls restrict nothing."""

    id = fields.UUID(required=True, attribute="credential.id")
    schedule_id = fields.Integer(required=True, strict=True, allow_none=True)
    offer_id = fields.Integer(required=True, strict=True, allow_none=True)
    label = fields.String(required=True, attribute="credential.label")
    kind = OneOf(TokenKind, required=True, attribute="credential.kind")
    status = OneOf(TokenStatus, required=True)
    networks = fields.List(fields.String(), required=True, attribute="credential.rules.networks")
    origins = fields.List(fields.String(), required=True, attribute="credential.rules.origins")
    traffic_source_id = fields.Integer(
        required=True, strict=True, allow_none=True, attribute="credential.rules.traffic_source_id"
    )
    rate_per_minute = fields.Integer(
        required=True, strict=True, allow_none=True, attribute="credential.rules.rate_per_minute"
    )
    daily_cap = fields.Integer(required=True, strict=True, allow_none=True, attribute="credential.rules.daily_cap")
    operations_per_day = fields.Integer(
        required=True, strict=True, allow_none=True, attribute="credential.rules.operations_per_day"
    )
    created_at = Instant(required=True, attribute="credential.created_at")
    expires_at = Instant(required=True, allow_none=True, attribute="credential.expires_at")
    revoked_at = Instant(required=True, allow_none=True, attribute="credential.revoked_at")
    successor_id = fields.UUID(required=True, allow_none=True, attribute="credential.successor_id")
    last_used_at = Instant(required=True, allow_none=True)
    alarms = fields.List(fields.Nested(AlarmSchema), required=True)

    def get_attribute(self, obj: Any, attr: str, default: Any) -> Any:
        """Return the owner's number under the name of its kind."""
        if attr in _KINDS:
            return obj.credential.owner_id if obj.credential.owner_kind is _KINDS[attr] else None
        return super().get_attribute(obj, attr, default)


class RevealedLeadTokenSchema(LeadTokenSchema):
    """The same, with the text that senders put into their requests."""

    lead_token = fields.String(required=True)


class RotatedLeadTokenSchema(AnswerSchema):
    """The successor with its text, and the lead token that it replaces."""

    lead_token = fields.Nested(RevealedLeadTokenSchema, required=True, attribute="successor")
    replaces = fields.Nested(LeadTokenSchema, required=True, attribute="ending")
    metadata = fields.Nested(RootSchema, required=True)


class LeadsSinceSchema(CommandSchema):
    """From which moment on, and which page."""

    since = Moment(required=True)
    per_page = WholeText(1, MOST_PER_PAGE, load_default=25)
    cursor = Cursor(metadata={"description": "The next_cursor of the page before."})


class SinceSchema(CommandSchema):
    """From which moment on what came by the lead token is to be undone; a dry run undoes nothing."""

    since = Moment(required=True)
    dry_run = Flag(load_default=False)


class BroughtLeadSchema(AnswerSchema):
    """A lead that the lead token brought in (`created`), or changed."""

    lead_id = fields.UUID(required=True, attribute="lead.id")
    caller_id = fields.String(required=True, attribute="lead.caller.e164")
    status = fields.String(required=True, attribute="lead.status.value")
    is_live = fields.Boolean(required=True, attribute="lead.is_live")
    outcome = OneOf(Outcome, required=True)
    received_at = Instant(required=True)


class LeadsSinceMetadataSchema(RootSchema):
    """Where the next page begins; null on the last one."""

    per_page = fields.Integer(required=True, strict=True)
    next_cursor = fields.UUID(required=True, allow_none=True)


class RemovedLeadsSchema(AnswerSchema):
    """What was done: `removed` leads are hidden now, `has_more` asks for the same again."""

    removed = fields.Integer(required=True, strict=True)
    unchanged = fields.Integer(required=True, strict=True)
    dry_run = fields.Boolean(required=True)
    has_more = fields.Boolean(required=True)


class UndoneOptOutsSchema(AnswerSchema):
    """What was done: callers who may be contacted again, and those of whom nothing was left to lift."""

    lifted = fields.Integer(required=True, strict=True)
    unchanged = fields.Integer(required=True, strict=True)
    dry_run = fields.Boolean(required=True)


ONE_LEAD_TOKEN: Final[Schema] = one("lead_token", LeadTokenSchema)
REVEALED_LEAD_TOKEN: Final[Schema] = AnswerSchema.from_dict(
    {
        "lead_token": fields.Nested(RevealedLeadTokenSchema, required=True),
        "metadata": fields.Nested(RootSchema, required=True),
    },
    name="RevealedLeadTokenAnswer",
)()
LEAD_TOKENS: Final[Schema] = page("lead_tokens", LeadTokenSchema)
ROTATED_LEAD_TOKEN: Final[Schema] = RotatedLeadTokenSchema()
BROUGHT_LEADS: Final[Schema] = AnswerSchema.from_dict(
    {
        "leads": fields.List(fields.Nested(BroughtLeadSchema), required=True),
        "metadata": fields.Nested(LeadsSinceMetadataSchema, required=True),
    },
    name="BroughtLeadsPage",
)()
REMOVED_LEADS: Final[Schema] = RemovedLeadsSchema()
UNDONE_OPT_OUTS: Final[Schema] = UndoneOptOutsSchema()


def owner_of(data: Mapping[str, Any]) -> OwnerRef | None:
    """Return the owner that is named, None for none."""
    return next((OwnerRef(kind, data[name]) for name, kind in _KINDS.items() if name in data), None)


def lead_token_data(data: Mapping[str, Any], company: Company) -> Any:
    """Return what is said about a lead token as its use cases take it; a time without an offset is in the company.

    Raises: InvalidParameter: there is no such time.
    """
    said = {name: data[name] for name in ("label", "kind") if name in data}
    if rules := {name: data[name] for name in _RULES if name in data}:
        said["rules"] = rules
    if "expires_at" in data:
        said["expires_at"] = None if data["expires_at"] is None else moment(data["expires_at"], company, "expires_at")
    return said


def leads_since(data: Mapping[str, Any], company: Company, lead_token_id: LeadTokenId) -> LeadsSince:
    """Return which leads are wanted. Raises: InvalidParameter: there is no such time."""
    return LeadsSince(
        company_id=company.id,
        lead_token_id=lead_token_id,
        since=moment(data["since"], company, "since"),
        per_page=data.get("per_page", MOST_PER_PAGE),
        after=data.get("cursor"),
    )


def moment(text: str, company: Company, name: str) -> datetime:
    """Return the instant that a text means in the company. Raises: InvalidParameter."""
    try:
        return read_time(text, company.time_zone)
    except ValueError as error:
        raise InvalidParameter(errors={name: ["is not a time there"]}) from error
