"""Replays for holders of an API key: which submissions to judge again, with what edited, and what is answered."""

from __future__ import annotations

import re
from collections import Counter
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from marshmallow import Schema, ValidationError, fields

from leadintake.domain.claims import read_time
from leadintake.domain.errors import InvalidParameter
from leadintake.domain.ports import SubmissionFilter
from leadintake.domain.reserved_names import is_credential_name, token_name
from leadintake.domain.submission import Outcome, SubmissionId
from leadintake.domain.use_cases.replay_submissions import MOST_REPLAYS, ReplaySubmissions
from leadintake.entrypoints.schemas.answers import AnswerSchema, RootSchema, WarningSchema
from leadintake.entrypoints.schemas.company.documents import one, page
from leadintake.entrypoints.schemas.company.fields import (
    MOST_ID,
    CommandSchema,
    Flag,
    Instant,
    Moment,
    OneOf,
    Several,
    Text,
    Whole,
    shown,
)
from leadintake.entrypoints.schemas.company.submissions import SomeId, owner_among
from leadintake.entrypoints.schemas.list_leads import ZoneName

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from leadintake.domain.company import Company
    from leadintake.domain.credential import ApiKeyId
    from leadintake.domain.use_cases.replay_submissions import Edits, Replayed, ReplayedSubmissions

_MOST_EDITS: Final = 50
# What a text may not hold: PostgreSQL keeps no NUL, and nobody can see the others.
_UNSEEN: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
_EDITED_VALUE: Final = {"type": ["string", "number", "boolean", "null"]}


class EditedValues(fields.Dict):
    """Parameters to set in a kept request, by name; null takes one out."""

    default_error_messages = {"invalid": "must be an object", "null": "must not be null"}  # noqa: RUF012 - marshmallow's way to say it

    def __init__(self, **options: Any) -> None:
        super().__init__(metadata={"additionalProperties": _EDITED_VALUE}, **options)

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> Any:  # noqa: ARG002 - marshmallow's signature
        if not isinstance(value, dict):
            raise self.make_error("invalid")
        errors = faults_of(value)
        if errors:
            raise ValidationError(errors)
        return {name: _as_text(entry) for name, entry in value.items()}


def faults_of(edits: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is wrong with edits, by name; empty for none."""
    if len(edits) > _MOST_EDITS:
        return {"_schema": [f"must have at most {_MOST_EDITS} entries"]}
    faults = {name: _fault(name, entry) for name, entry in edits.items()}
    return {shown(name): [said] for name, said in faults.items() if said is not None}


def _fault(name: str, entry: Any) -> str | None:
    if not token_name(name).strip("_"):
        return "must have a name"
    if is_credential_name(name):
        return "is a credential, and none is ever kept"
    if isinstance(entry, dict | list):
        return "must be text, a number or a boolean"
    if _UNSEEN.search(name) or (isinstance(entry, str) and _UNSEEN.search(entry)):
        return "must not hold control characters"
    return None


def _as_text(entry: Any) -> str | None:
    if isinstance(entry, bool):
        return "true" if entry else "false"
    return entry if entry is None or isinstance(entry, str) else f"{Decimal(entry):f}"


class JsonZoneName(ZoneName):
    """The name of a time zone, in JSON."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> Any:
        if not isinstance(value, str):
            raise self.make_error("invalid")
        return super()._deserialize(value, attr, data, **kwargs)


class ReplaySchema(CommandSchema):
    """How to judge a submission again."""

    edits = EditedValues()
    dry_run = Flag(load_default=False)


class ReplaySeveralSchema(ReplaySchema):
    """Which submissions to judge again: those of `ids`, or the refused ones that match the other members."""

    ids = Several(SomeId(), most=MOST_REPLAYS, fewest=1)
    code = Text()
    schedule_id = Whole(1, MOST_ID)
    offer_id = Whole(1, MOST_ID)
    lead_token_id = SomeId(metadata={"format": "uuid"})
    api_key_id = SomeId(metadata={"format": "uuid"})
    route = Text()
    received_at_from = Moment()
    received_at_to = Moment()
    time_zone = JsonZoneName(metadata={"description": "Of times without an offset; the company's unless given."})
    cursor = SomeId(metadata={"description": "The next_cursor of the answer before."})


class ReplayedSchema(AnswerSchema):
    """What became of one submission; `unchanged` if it was taken before. In a dry run no lead has an id yet."""

    submission_id = fields.UUID(required=True, attribute="submission.receipt.id")
    received_at = Instant(required=True, attribute="submission.receipt.received_at")
    outcome = OneOf(Outcome, required=True)
    lead_id = fields.UUID(required=True, allow_none=True)
    code = fields.String(required=True, allow_none=True)
    detail = fields.String(required=True, allow_none=True)
    errors = fields.Dict(keys=fields.String(), values=fields.List(fields.String()), required=True)
    warnings = fields.List(fields.Nested(WarningSchema), required=True, attribute="notices")

    def get_attribute(self, obj: Any, attr: str, default: Any) -> Any:
        """Return what the refusal says under the names that answers have for it."""
        if attr in {"code", "detail"}:
            return None if obj.refusal is None else getattr(obj.refusal, attr)
        if attr == "errors":
            return {} if obj.refusal is None else obj.refusal.errors
        return super().get_attribute(obj, attr, default)


class ReplayedMetadataSchema(RootSchema):
    """How many were taken, still refused, or taken before, and why they were refused; whether there are more."""

    dry_run = fields.Boolean(required=True, truthy={True}, falsy={False})
    taken = fields.Integer(required=True, strict=True)
    refused = fields.Integer(required=True, strict=True)
    unchanged = fields.Integer(required=True, strict=True)
    codes = fields.Dict(keys=fields.String(), values=fields.Integer(strict=True), required=True)
    next_cursor = fields.UUID(required=True, allow_none=True)


ONE_REPLAY: Final[Schema] = one("replay", ReplayedSchema)
REPLAYS: Final[Schema] = page("replays", ReplayedSchema, metadata=ReplayedMetadataSchema)

_FILTERS: Final = frozenset(ReplaySeveralSchema().fields) - {"ids", "edits", "dry_run", "cursor", "time_zone"}


def replay_of(data: Mapping[str, Any], *, company: Company, api_key_id: ApiKeyId) -> ReplaySubmissions:
    """Return the command that the members of `ReplaySeveralSchema` make.

    Raises: InvalidParameter: they name neither submissions nor a filter, for all of them would be meant; or both.
    """
    filters = _FILTERS.intersection(data)
    errors: dict[str, Sequence[str]] = {}
    if not filters and "ids" not in data:
        errors["ids"] = ["or a filter is required: say which refused submissions are meant"]
    if filters and "ids" in data:
        errors["ids"] = ["cannot be combined with filters"]
    if "schedule_id" in data and "offer_id" in data:
        errors["offer_id"] = ["cannot be combined with schedule_id: a submission has one owner"]
    if errors:
        raise InvalidParameter(errors=errors)
    zone = data.get("time_zone", company.time_zone)
    times = {name: read_time(data[name], zone) for name in ("received_at_from", "received_at_to") if name in data}
    return ReplaySubmissions(
        company_id=company.id,
        submission_ids=frozenset(map(SubmissionId, data["ids"])) if "ids" in data else None,
        wanted=SubmissionFilter(
            code=data.get("code"),
            owner=owner_among(data),
            lead_token_id=data.get("lead_token_id"),
            api_key_id=data.get("api_key_id"),
            route=data.get("route"),
            received_from=times.get("received_at_from"),
            received_to=times.get("received_at_to"),
        ),
        after=data.get("cursor"),
        edits=data.get("edits", {}),
        is_dry_run=data["dry_run"],
        api_key_id=api_key_id,
    )


def replays_document(found: ReplayedSubmissions, *, is_dry_run: bool) -> dict[str, Any]:
    """Return the document of a replay of several."""
    return {"replays": found.replayed, "metadata": summary(found.replayed, is_dry_run=is_dry_run, next_=found.next)}


def summary(replayed: Sequence[Replayed], *, is_dry_run: bool, next_: SubmissionId | None = None) -> dict[str, Any]:
    """Return what became of all of them, in numbers."""
    codes = Counter(each.refusal.code for each in replayed if each.refusal is not None)
    return {
        "root": "replays",
        "dry_run": is_dry_run,
        "taken": sum(each.is_taken for each in replayed),
        "refused": codes.total(),
        "unchanged": sum(each.outcome is Outcome.UNCHANGED for each in replayed),
        "codes": dict(codes.most_common()),
        "next_cursor": next_,
    }


def edits_of(settings: Sequence[str], removals: Sequence[str]) -> Edits:
    """Return edits written as ``name=value``, and the names that are taken out.

    Raises: ValueError: saying which one cannot be used.
    """
    edits: dict[str, str | None] = dict.fromkeys(removals)
    for setting in settings:
        name, is_setting, value = setting.partition("=")
        if not is_setting:
            raise ValueError(f"{setting} says no value: write NAME=VALUE.")
        if name in edits:
            raise ValueError(f"{name} is given twice.")
        edits[name] = value
    for said in faults_of(edits).items():
        raise ValueError(f"{said[0]} {said[1][0]}.")
    return edits
