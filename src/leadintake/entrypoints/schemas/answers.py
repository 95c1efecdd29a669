"""The documents that go out, as `docs/api.md` describes them.

The hot path writes its answers by hand (`api.answers`, `api.problems`), at a seventh of what a schema costs. These are
the documents' description: strict, so that a test which loads every answer in them finds any difference.
"""

from __future__ import annotations

from typing import Any

from marshmallow import RAISE, Schema, fields, validate

from leadintake.domain.lead import LeadStatus
from leadintake.domain.submission import Outcome


class AnswerSchema(Schema):
    """Base of the documents: a member that is not described is an error."""

    class Meta:
        """Nothing passes unseen."""

        unknown = RAISE


def _nullable(kind: type[fields.Field[Any]], **options: Any) -> fields.Field[Any]:
    return kind(required=True, allow_none=True, **options)


class WarningSchema(AnswerSchema):
    """What was changed, left out or guessed; `field` is null when it is about the whole request."""

    code = fields.String(required=True, validate=validate.Regexp(r"[a-z][a-z_]*\Z"))
    field = _nullable(fields.String)
    message = fields.String(required=True, validate=validate.Length(min=1))


class LeadSchema(AnswerSchema):
    """A lead. For a lead token the personal members show this request's data only, and are null without any."""

    id = _nullable(fields.UUID)
    uuid = _nullable(fields.UUID)
    caller_id = fields.String(required=True, validate=validate.Regexp(r"\+[1-9]\d{4,14}\Z"))
    email = _nullable(fields.String)
    status = fields.String(required=True, validate=validate.OneOf([status.value for status in LeadStatus]))
    is_live = fields.Boolean(required=True, truthy={True}, falsy={False})
    opt_out = fields.Boolean(required=True, truthy={True}, falsy={False})
    blocked = fields.Boolean(required=True, truthy={True}, falsy={False})
    schedule_id = _nullable(fields.Integer, strict=True)
    offer_id = _nullable(fields.Integer, strict=True)
    traffic_source_id = _nullable(fields.Integer, strict=True)
    sub_id = _nullable(fields.String)
    tokens = fields.Dict(
        keys=fields.String(validate=validate.Regexp(r"[a-z0-9_]{1,64}\Z")), values=fields.String(), required=True
    )
    lead_priority = _nullable(fields.Float)
    expires_at = _nullable(fields.AwareDateTime, format="iso")
    next_action_at = _nullable(fields.AwareDateTime, format="iso")
    created_at = fields.AwareDateTime(required=True, format="iso")
    updated_at = fields.AwareDateTime(required=True, format="iso")
    country = _nullable(fields.String, validate=validate.Length(equal=2))
    time_zone = _nullable(fields.String)
    remote_ip = _nullable(fields.IP)


class RootSchema(AnswerSchema):
    """Which member of the document holds what was asked for."""

    root = fields.String(required=True)


class SubmitAnswerSchema(AnswerSchema):
    """The answer to an accepted submission; `lead` is null when no lead was touched, its `id` when none is kept."""

    success = fields.Boolean(required=True, truthy={True}, falsy=set())
    status = fields.Integer(required=True, strict=True, validate=validate.Equal(200))
    outcome = fields.String(
        required=True, validate=validate.OneOf([outcome.value for outcome in Outcome if outcome is not Outcome.REFUSED])
    )
    errors = fields.Dict(required=True, validate=validate.Length(equal=0))
    warnings = fields.List(fields.Nested(WarningSchema), required=True)
    id = _nullable(fields.UUID)
    lead_id = _nullable(fields.UUID)
    metadata = fields.Nested(RootSchema, required=True)
    lead = fields.Nested(LeadSchema, required=True, allow_none=True)
    submission_id = fields.UUID(required=True)


class ProblemSchema(AnswerSchema):
    """A refusal: RFC 9457, and beside it the members that older clients read."""

    type = fields.String(required=True, validate=validate.Regexp(r"/api/docs/errors#[a-z][a-z_]*\Z"))
    title = fields.String(required=True, validate=validate.Length(min=1))
    status = fields.Integer(required=True, strict=True, validate=validate.Range(400, 599))
    code = fields.String(required=True, validate=validate.Regexp(r"[a-z][a-z_]*\Z"))
    detail = fields.String(required=True, validate=validate.Length(min=1))
    success = fields.Boolean(required=True, truthy=set(), falsy={False})
    error = fields.String(required=True)
    message = fields.String(required=True)
    errors = fields.Dict(
        keys=fields.String(), values=fields.List(fields.String(), validate=validate.Length(min=1)), required=True
    )
    error_codes = fields.Dict(
        keys=fields.String(),
        values=fields.List(fields.String(validate=validate.Regexp(r"[a-z][a-z_]*\Z")), validate=validate.Length(min=1)),
        required=True,
    )
    submission_id = _nullable(fields.UUID)


class LeadAnswerSchema(AnswerSchema):
    """One lead, for an API key."""

    lead = fields.Nested(LeadSchema, required=True)
    metadata = fields.Nested(RootSchema, required=True)


class PageSchema(RootSchema):
    """Which page this is, and how many leads match in all."""

    total_count = fields.Integer(required=True, strict=True, validate=validate.Range(0))
    page = fields.Integer(required=True, strict=True, validate=validate.Range(1))
    per_page = fields.Integer(required=True, strict=True, validate=validate.Range(1))


class CheckSchema(AnswerSchema):
    """One thing that was looked at; `mend` says what to do, empty when it is fine."""

    ok = fields.Boolean(required=True, truthy={True}, falsy={False})
    detail = fields.String(required=True)
    mend = fields.String(required=True)


class ReadinessSchema(AnswerSchema):
    """Whether leads can be taken, by check."""

    status = fields.String(required=True, validate=validate.OneOf(["ready", "not ready"]))
    checks = fields.Dict(keys=fields.String(), values=fields.Nested(CheckSchema), required=True)


class OperatedLeadSchema(LeadSchema):
    """A lead that an operation was about. For a lead token its number is null too, unless the request has named it."""

    caller_id = fields.String(required=True, allow_none=True, validate=validate.Regexp(r"\+[1-9]\d{4,14}\Z"))


class OperationAnswerSchema(SubmitAnswerSchema):
    """The answer to an operation; `lead` is null when it was about the contact alone.

    `lead_ids` are the leads that it was done to; a lead token is told of those of its owner only.
    """

    lead_ids = fields.List(fields.UUID(), required=True)
    lead = fields.Nested(OperatedLeadSchema, required=True, allow_none=True)


class ContactSchema(AnswerSchema):
    """One caller, whatever the leads, for an API key."""

    caller_id = fields.String(required=True, validate=validate.Regexp(r"\+[1-9]\d{4,14}\Z"))
    opted_out = fields.Boolean(required=True, truthy={True}, falsy={False})
    opted_out_at = _nullable(fields.AwareDateTime, format="iso")
    blocked = fields.Boolean(required=True, truthy={True}, falsy={False})
    blocked_at = _nullable(fields.AwareDateTime, format="iso")
    created_at = fields.AwareDateTime(required=True, format="iso")
    country = _nullable(fields.String, validate=validate.Length(equal=2))
    time_zone = _nullable(fields.String)


class ContactPageSchema(AnswerSchema):
    """A page of contacts in order of their numbers, for an API key."""

    contacts = fields.List(fields.Nested(ContactSchema), required=True)
    metadata = fields.Nested(PageSchema, required=True)
