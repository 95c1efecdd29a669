"""Schedules and offers: what may be said about them, and what is answered."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from marshmallow import Schema, ValidationError, fields, post_load

from leadintake.domain.owner import Action, ActionKind
from leadintake.domain.owner_rules import DuplicateScope
from leadintake.entrypoints.schemas.answers import AnswerSchema
from leadintake.entrypoints.schemas.company.documents import ListOfPausableSchema, one, page
from leadintake.entrypoints.schemas.company.fields import (
    MOST_ID,
    CommandSchema,
    Flag,
    Instant,
    OneOf,
    Paused,
    Seconds,
    Several,
    Text,
    Texts,
    TokenName,
    Whole,
    WholeText,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

_TEN_YEARS_IN_SECONDS: Final = 315_532_800
_MOST_ACTIONS: Final = 200
_MOST_DIGITS: Final = 15
_MOST_PHONE_FIELDS: Final = 25
_MOST_PER_IP: Final = 1_000_000


class ActionSchema(CommandSchema):
    """One step of a plan."""

    name = Text(required=True)
    kind = OneOf(ActionKind, required=True)

    @post_load
    def to_action(self, data: dict[str, Any], **_: Any) -> Action:
        """Return the action."""
        return Action(data["name"], data["kind"])


class PhoneLengths(Several):
    """The fewest and the most digits of a national number."""

    def __init__(self, **options: Any) -> None:
        super().__init__(Whole(1, _MOST_DIGITS), fewest=2, most=2, **options)

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> Any:
        lengths = super()._deserialize(value, attr, data, **kwargs)
        if list(lengths) != sorted(lengths):
            message = "must be the fewest digits and then the most"
            raise ValidationError(message)
        return lengths


class RulesSchema(CommandSchema):
    """The rules of an owner, beside its other members; all of them together are `rules` in the command."""

    require_traffic_source = Flag(attribute="requires_traffic_source")
    lead_duplicate_timeframe = Seconds(_TEN_YEARS_IN_SECONDS, attribute="rules.duplicate_timeframe")
    lead_duplicate_scope = OneOf(DuplicateScope, attribute="rules.duplicate_scope")
    reject_same_source = Flag(attribute="rules.rejects_same_source")
    phone_lengths = PhoneLengths(attribute="rules.phone_lengths", allow_none=True)
    max_leads_per_ip_per_day = Whole(1, _MOST_PER_IP, attribute="rules.most_per_ip_a_day", allow_none=True)
    enforce_contact_fields = Flag(attribute="rules.enforces_contact_fields")
    phone_fields = Texts(TokenName(), most=_MOST_PHONE_FIELDS, attribute="rules.phone_fields")


class NewOfferSchema(RulesSchema):
    """An offer to be made; what is left out is as it comes: open, and without rules."""

    name = Text(required=True)
    paused = Flag()


class ChangedOfferSchema(NewOfferSchema):
    """What is to change about an offer; what is left out stays."""

    name = Text()


class NewScheduleSchema(NewOfferSchema):
    """A schedule to be made; what is left out is as it comes: without a plan, standing alone, open, without rules."""

    offer_id = Whole(1, MOST_ID, allow_none=True)
    actions = Several(fields.Nested(ActionSchema), most=_MOST_ACTIONS)
    end_actions = Several(fields.Nested(ActionSchema), most=_MOST_ACTIONS)


class ChangedScheduleSchema(NewScheduleSchema):
    """What is to change about a schedule; what is left out stays, a plan that is given replaces the whole plan."""

    name = Text()


class _OwnerSchema(AnswerSchema):
    """What is shown of every owner."""

    id = fields.Integer(required=True, strict=True)
    name = fields.String(required=True)
    paused = Paused(required=True)
    paused_at = Instant(required=True, allow_none=True)
    require_traffic_source = fields.Boolean(required=True, attribute="requires_traffic_source")
    lead_duplicate_timeframe = Seconds(_TEN_YEARS_IN_SECONDS, required=True, attribute="rules.duplicate_timeframe")
    lead_duplicate_scope = OneOf(DuplicateScope, required=True, attribute="rules.duplicate_scope")
    reject_same_source = fields.Boolean(required=True, attribute="rules.rejects_same_source")
    phone_lengths = fields.List(fields.Integer(), required=True, allow_none=True, attribute="rules.phone_lengths")
    max_leads_per_ip_per_day = fields.Integer(required=True, allow_none=True, attribute="rules.most_per_ip_a_day")
    enforce_contact_fields = fields.Boolean(required=True, attribute="rules.enforces_contact_fields")
    phone_fields = fields.List(fields.String(), required=True, attribute="rules.phone_fields")


class OfferSchema(_OwnerSchema):
    """An offer."""


class ShownActionSchema(AnswerSchema):
    """One step of a plan."""

    name = fields.String(required=True)
    kind = OneOf(ActionKind, required=True)


class ScheduleSchema(_OwnerSchema):
    """A schedule."""

    offer_id = fields.Integer(required=True, strict=True, allow_none=True)
    actions = fields.List(fields.Nested(ShownActionSchema), required=True)
    end_actions = fields.List(fields.Nested(ShownActionSchema), required=True)


class ListSchedulesSchema(ListOfPausableSchema):
    """Which schedules to list."""

    offer_id = WholeText(1, MOST_ID)


class ListOffersSchema(ListOfPausableSchema):
    """Which offers to list."""


ONE_OFFER: Final[Schema] = one("offer", OfferSchema)
OFFERS: Final[Schema] = page("offers", OfferSchema)
ONE_SCHEDULE: Final[Schema] = one("schedule", ScheduleSchema)
SCHEDULES: Final[Schema] = page("schedules", ScheduleSchema)
