"""Trials of rules: what is tried, and what is answered."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from marshmallow import Schema, fields

from leadintake.domain.submission import Outcome
from leadintake.domain.use_cases.try_rules import MOST_FLIPS, TryRules
from leadintake.entrypoints.schemas.answers import AnswerSchema
from leadintake.entrypoints.schemas.company.contact_fields import NewContactFieldSchema
from leadintake.entrypoints.schemas.company.documents import one
from leadintake.entrypoints.schemas.company.fields import Instant, OneOf, Several, Whole
from leadintake.entrypoints.schemas.company.owners import RulesSchema

if TYPE_CHECKING:
    from collections.abc import Mapping

    from leadintake.domain.company import CompanyId
    from leadintake.domain.owner import OwnerRef

MOST_DAYS: Final = 30
_MOST_FIELDS: Final = 200


class TrialSchema(RulesSchema):
    """Rules to try on the submissions of the last days; what is left out is as it stands."""

    days = Whole(1, MOST_DAYS, load_default=7)
    contact_fields = Several(
        fields.Nested(NewContactFieldSchema),
        most=_MOST_FIELDS,
        metadata={"description": "In the place of all contact fields of the offer."},
    )


class FlipSchema(AnswerSchema):
    """A submission that would have another verdict; a code is null where it is taken."""

    submission_id = fields.UUID(required=True, attribute="submission.receipt.id")
    received_at = Instant(required=True, attribute="submission.receipt.received_at")
    outcome = OneOf(Outcome, required=True, attribute="submission.outcome")
    lead_id = fields.UUID(required=True, allow_none=True, attribute="submission.lead_id")
    code_now = fields.String(required=True, allow_none=True)
    code_then = fields.String(required=True, allow_none=True)
    errors = fields.Dict(keys=fields.String(), values=fields.List(fields.String()), required=True)

    def get_attribute(self, obj: Any, attr: str, default: Any) -> Any:
        """Return what the two verdicts say under the names that answers have for it."""
        if attr in {"code_now", "code_then"}:
            refusal = obj.before if attr == "code_now" else obj.after
            return None if refusal is None else refusal.code
        if attr == "errors":
            return {} if obj.after is None else obj.after.errors
        return super().get_attribute(obj, attr, default)


class RulesTrialSchema(AnswerSchema):
    """How many submissions the rules that stand (now) and those that are tried (then) refuse, and which flip."""

    since = Instant(required=True)
    until = Instant(required=True)
    is_complete = fields.Boolean(required=True)
    tried = fields.Integer(required=True, strict=True)
    unreadable = fields.Integer(required=True, strict=True)
    refused_now = fields.Integer(required=True, strict=True)
    refused_then = fields.Integer(required=True, strict=True)
    flip_count = fields.Integer(required=True, strict=True)
    codes = fields.Dict(keys=fields.String(), values=fields.Integer(strict=True), required=True)
    flips = fields.List(
        fields.Nested(FlipSchema), required=True, metadata={"description": f"The first {MOST_FLIPS} of them."}
    )


ONE_TRIAL: Final[Schema] = one("trial", RulesTrialSchema)


def trial_of(data: Mapping[str, Any], company_id: CompanyId, owner: OwnerRef) -> TryRules:
    """Return the command that the members of `TrialSchema` make."""
    changes = {name: said for name, said in data.items() if name != "days"}
    return TryRules(company_id=company_id, owner=owner, data=changes, within=timedelta(days=data["days"]))  # type: ignore[arg-type]  # what the schema loads
