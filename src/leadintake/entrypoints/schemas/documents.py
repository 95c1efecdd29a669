"""The documents that clients look up, and what the answers to submissions may have beside `schemas.answers`."""

from __future__ import annotations

from marshmallow import fields, validate

from leadintake.domain.decision import Dedupe
from leadintake.entrypoints.schemas.answers import AnswerSchema, ProblemSchema, RootSchema, SubmitAnswerSchema
from leadintake.entrypoints.schemas.company.contact_fields import ContactFieldSchema


class HealthSchema(AnswerSchema):
    """That the process answers."""

    status = fields.String(required=True, validate=validate.OneOf(["alive"]))


class ReservedKeySchema(AnswerSchema):
    """A reserved name; one that is not supported is answered with a warning."""

    name = fields.String(required=True)
    type = fields.String(required=True)
    description = fields.String(required=True)
    supported = fields.Boolean(required=True)


class ReservedKeysSchema(AnswerSchema):
    """Every reserved name."""

    reserved_keys = fields.List(fields.Nested(ReservedKeySchema), required=True)


class OwnersFieldsSchema(AnswerSchema):
    """The contact fields that hold for an owner; unless they are `enforced`, a lead is in whatever they say."""

    schedule_id = fields.Integer(required=True, strict=True, allow_none=True)
    offer_id = fields.Integer(required=True, strict=True, allow_none=True)
    enforced = fields.Boolean(required=True)
    contact_fields = fields.List(fields.Nested(ContactFieldSchema), required=True)
    metadata = fields.Nested(RootSchema, required=True)


class TraceStepSchema(AnswerSchema):
    """One step of a decision: the rule that was asked, and what it said."""

    step = fields.String(required=True)
    rule = fields.String(required=True)
    verdict = fields.String(required=True)


class ExplainedAnswerSchema(SubmitAnswerSchema):
    """The answer to an accepted submission; `explain` is there when it was asked for."""

    explain = fields.List(fields.Nested(TraceStepSchema))


class JoinedScheduleSchema(AnswerSchema):
    """The schedule that a lead joined."""

    id = fields.Integer(required=True, strict=True)


class CaptureAnswerSchema(ExplainedAnswerSchema):
    """The answer to a capture: also what was known of the caller, and the schedule joined, null on an offer."""

    dedupe = fields.String(required=True, validate=validate.OneOf([each.value for each in Dedupe]))
    schedule = fields.Nested(JoinedScheduleSchema, required=True, allow_none=True)


class ExplainedProblemSchema(ProblemSchema):
    """A refusal: RFC 9457, and beside it the members that older clients read; `explain` when it was asked for."""

    explain = fields.List(fields.Nested(TraceStepSchema))
