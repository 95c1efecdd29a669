"""Submissions for holders of an API key: which to list, and what is answered."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from marshmallow import Schema, ValidationError, fields

from leadintake.domain.lead import LeadId
from leadintake.domain.owner import OwnerKind, OwnerRef
from leadintake.domain.submission import Outcome, SubmissionId
from leadintake.domain.use_cases.read_submissions import ListSubmissions
from leadintake.entrypoints.schemas.answers import AnswerSchema, WarningSchema
from leadintake.entrypoints.schemas.company.documents import CursorMetadataSchema, ListSchema, one, page
from leadintake.entrypoints.schemas.company.fields import MOST_ID, Instant, Moment, OneOf, Text, WholeText
from leadintake.entrypoints.schemas.company.queries import load_filters
from leadintake.entrypoints.schemas.list_leads import Cursor, ZoneName

if TYPE_CHECKING:
    from collections.abc import Mapping

    from leadintake.domain.company import Company
    from leadintake.domain.parameters import TextPairs


class LeadIdText(fields.String):
    """The id of a lead."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> Any:  # noqa: ARG002 - marshmallow's signature
        try:
            return UUID(value)
        except ValueError:
            message = "is no lead's id"
            raise ValidationError(message) from None


class SomeId(fields.String):
    """The id of anything else."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> Any:
        try:
            return UUID(super()._deserialize(value, attr, data, **kwargs))
        except ValueError:
            message = "is no id"
            raise ValidationError(message) from None


class ListSubmissionsSchema(ListSchema):
    """Filters and page of ``GET /api/v1/submissions``; every value is text."""

    outcome = OneOf(Outcome)
    code = Text()
    schedule_id = WholeText(1, MOST_ID)
    offer_id = WholeText(1, MOST_ID)
    lead_id = LeadIdText(metadata={"format": "uuid"})
    caller_id = fields.String(metadata={"description": "A phone number in any form: what touched a lead of theirs."})
    lead_token_id = SomeId(metadata={"format": "uuid"})
    api_key_id = SomeId(metadata={"format": "uuid"})
    route = Text()
    received_at_from = Moment()
    received_at_to = Moment()
    time_zone = ZoneName(metadata={"description": "Of times without an offset; the company's unless given."})
    cursor = Cursor(metadata={"description": "The next_cursor of the page before; instead of page."})


_SCHEMA: Final = ListSubmissionsSchema()


class ListedSubmissionSchema(AnswerSchema):
    """What came in, and what became of it."""

    id = fields.UUID(required=True, attribute="receipt.id")
    received_at = Instant(required=True, attribute="receipt.received_at")
    route = fields.String(required=True, attribute="receipt.route")
    remote_ip = fields.String(required=True, allow_none=True, attribute="receipt.remote_ip")
    lead_token_id = fields.UUID(required=True, allow_none=True, attribute="receipt.lead_token_id")
    api_key_id = fields.UUID(required=True, allow_none=True, attribute="receipt.api_key_id")
    outcome = OneOf(Outcome, required=True)
    code = fields.String(required=True, allow_none=True)
    errors = fields.Dict(keys=fields.String(), values=fields.List(fields.String()), required=True)
    warnings = fields.List(fields.Nested(WarningSchema), required=True, attribute="notices")
    schedule_id = fields.Integer(required=True, allow_none=True)
    offer_id = fields.Integer(required=True, allow_none=True)
    lead_id = fields.UUID(required=True, allow_none=True)

    def get_attribute(self, obj: Any, attr: str, default: Any) -> Any:
        """Return the owner's number under the name of its kind."""
        if attr in _KINDS:
            return obj.owner.id if obj.owner is not None and obj.owner.kind is _KINDS[attr] else None
        return super().get_attribute(obj, attr, default)


_KINDS: Final = {"schedule_id": OwnerKind.SCHEDULE, "offer_id": OwnerKind.OFFER}


class KeptReplaySchema(AnswerSchema):
    """What became of a submission that was judged again; `edits` are null when it was judged as it came.

    It was asked for by an API key, by a user on the pages, or with neither at the command line.
    """

    id = fields.UUID(required=True)
    at = Instant(required=True)
    outcome = OneOf(Outcome, required=True)
    code = fields.String(required=True, allow_none=True)
    errors = fields.Dict(keys=fields.String(), values=fields.List(fields.String()), required=True)
    lead_id = fields.UUID(required=True, allow_none=True)
    edits = fields.Dict(keys=fields.String(), values=fields.String(allow_none=True), required=True, allow_none=True)
    api_key_id = fields.UUID(required=True, allow_none=True)
    user_id = fields.UUID(required=True, allow_none=True)


class SubmissionSchema(ListedSubmissionSchema):
    """The same, with the request as it was kept: everything but its credentials, empty once its time is over."""

    request = fields.Dict(keys=fields.String(), required=True, attribute="receipt.request")
    replays = fields.List(fields.Nested(KeptReplaySchema), required=True)

    def get_attribute(self, obj: Any, attr: str, default: Any) -> Any:
        """Return what is told of the submission in its record."""
        return obj.replays if attr == "replays" else super().get_attribute(obj.submission, attr, default)


class CountedMetadataSchema(CursorMetadataSchema):
    """The same; beyond ten thousand nobody counts: `total_count` stays there, and `total_count_is_exact` is false."""

    total_count_is_exact = fields.Boolean(required=True, truthy={True}, falsy={False})


ONE_SUBMISSION: Final[Schema] = one("submission", SubmissionSchema)
SUBMISSIONS: Final[Schema] = page("submissions", ListedSubmissionSchema, metadata=CountedMetadataSchema)


def owner_among(values: Mapping[str, Any]) -> OwnerRef | None:
    """Return the owner that filters name, None when they name none."""
    return next((OwnerRef(kind, values[name]) for name, kind in _KINDS.items() if name in values), None)


def load_list_submissions(query: TextPairs, *, company: Company) -> ListSubmissions:
    """Read the filters of a list; an unknown one is an error, for a misspelt filter would list everything.

    Raises: InvalidParameter: naming every parameter at fault.
    """
    filters = load_filters(query, _SCHEMA, company, one_owner="a submission")
    values = filters.values
    return ListSubmissions(
        company_id=company.id,
        outcome=values.get("outcome"),
        code=values.get("code"),
        owner=owner_among(values),
        lead_id=LeadId(values["lead_id"]) if "lead_id" in values else None,
        caller=filters.caller,
        lead_token_id=values.get("lead_token_id"),
        api_key_id=values.get("api_key_id"),
        route=values.get("route"),
        received_from=filters.instant("received_at_from"),
        received_to=filters.instant("received_at_to"),
        after=SubmissionId(values["cursor"]) if "cursor" in values else None,
        page=values["page"],
        per_page=values["per_page"],
    )
