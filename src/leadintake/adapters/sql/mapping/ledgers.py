"""Facts, submissions with their replays, and samples of what belonged to nobody."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from leadintake.domain.attribution import Attribution, TrafficSourceId
from leadintake.domain.company import CompanyId
from leadintake.domain.credential import ApiKeyId, LeadTokenId
from leadintake.domain.event import Event, EventId, EventKind
from leadintake.domain.lead import LeadId
from leadintake.domain.notice import Notice
from leadintake.domain.owner import OwnerKind, OwnerRef
from leadintake.domain.phone import PhoneNumber
from leadintake.domain.rollup import CountedAs
from leadintake.domain.submission import (
    Outcome,
    Receipt,
    Replay,
    ReplayId,
    Submission,
    SubmissionId,
    UnclaimedReason,
    UnclaimedSubmission,
)
from leadintake.domain.user import UserId

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import Row

NO_LEAD_TOKEN: Final = LeadTokenId(UUID(int=0))
"""Stands in the ledger's rows for what came by no lead token; no lead token has it."""


def to_event(row: Row[Any]) -> Event:
    """Return the fact of a row of `events`."""
    return Event(
        id=EventId(row.id),
        company_id=CompanyId(row.company_id),
        kind=EventKind(row.kind),
        caller=PhoneNumber(row.caller) if row.caller else None,
        lead_id=None if row.lead_id is None else LeadId(row.lead_id),
        lead_version=row.lead_version,
        at=row.at,
        details=row.details,
    )


def from_event(event: Event) -> dict[str, Any]:
    """Return the row of a fact."""
    return {
        "company_id": event.company_id,
        "id": event.id,
        "kind": event.kind.value,
        # A fact that is about nobody has no number, which is no null: the column is part of an index over all others.
        "caller": "" if event.caller is None else event.caller.e164,
        "lead_id": event.lead_id,
        "lead_version": event.lead_version,
        "at": event.at,
        "details": event.details,
    }


def to_submission(row: Row[Any]) -> Submission:
    """Return the submission of a row of `submissions`."""
    return Submission(
        receipt=Receipt(
            id=SubmissionId(row.id),
            company_id=CompanyId(row.company_id),
            lead_token_id=None if row.lead_token_id == NO_LEAD_TOKEN else LeadTokenId(row.lead_token_id),
            received_at=row.received_at,
            route=row.route,
            remote_ip=row.remote_ip,
            request=row.request,
            api_key_id=None if row.api_key_id is None else ApiKeyId(row.api_key_id),
        ),
        outcome=Outcome(row.outcome),
        owner=None if row.owner_kind is None else OwnerRef(OwnerKind(row.owner_kind), row.owner_id),
        lead_id=None if row.lead_id is None else LeadId(row.lead_id),
        code=row.code,
        errors={name: tuple(messages) for name, messages in row.errors.items()},
        notices=_to_notices(row.notices),
        caller_digest=None if row.caller_digest is None else bytes(row.caller_digest),
        counted_as=_to_counted_as(row) if row.counted else None,
    )


def from_submission(submission: Submission) -> dict[str, Any]:
    """Return the row of a submission."""
    receipt, owner = submission.receipt, submission.owner
    return {
        "company_id": receipt.company_id,
        "id": receipt.id,
        "lead_token_id": receipt.lead_token_id or NO_LEAD_TOKEN,
        "received_at": receipt.received_at,
        "route": receipt.route,
        "remote_ip": receipt.remote_ip,
        "request": receipt.request,
        "outcome": submission.outcome.value,
        "owner_kind": owner.kind.value if owner else None,
        "owner_id": owner.id if owner else None,
        "lead_id": submission.lead_id,
        "code": submission.code,
        "errors": submission.errors,
        "notices": _from_notices(submission.notices),
        "api_key_id": receipt.api_key_id,
        "caller_digest": submission.caller_digest,
        "counted": None if submission.counted_as is None else True,
        **_from_counted_as(submission.counted_as),
    }


def to_replay(row: Row[Any]) -> Replay:
    """Return the replay of a row of `replays`."""
    return Replay(
        id=ReplayId(row.id),
        company_id=CompanyId(row.company_id),
        submission_id=SubmissionId(row.submission_id),
        at=row.at,
        outcome=Outcome(row.outcome),
        lead_id=None if row.lead_id is None else LeadId(row.lead_id),
        code=row.code,
        errors={name: tuple(messages) for name, messages in row.errors.items()},
        edits=row.edits,
        caller_digest=None if row.caller_digest is None else bytes(row.caller_digest),
        owner=None if row.owner_kind is None else OwnerRef(OwnerKind(row.owner_kind), row.owner_id),
        counted_as=None if row.owner_kind is None else _to_counted_as(row),
        api_key_id=None if row.api_key_id is None else ApiKeyId(row.api_key_id),
        user_id=None if row.user_id is None else UserId(row.user_id),
    )


def from_replay(replay: Replay) -> dict[str, Any]:
    """Return the row of a replay."""
    return {
        "company_id": replay.company_id,
        "id": replay.id,
        "submission_id": replay.submission_id,
        "done": True if replay.is_done else None,
        "at": replay.at,
        "outcome": replay.outcome.value,
        "lead_id": replay.lead_id,
        "code": replay.code,
        "errors": dict(replay.errors),
        "edits": None if replay.edits is None else dict(replay.edits),
        "caller_digest": replay.caller_digest,
        "owner_kind": replay.owner.kind.value if replay.owner else None,
        "owner_id": replay.owner.id if replay.owner else None,
        **_from_counted_as(replay.counted_as),
        "api_key_id": replay.api_key_id,
        "user_id": replay.user_id,
    }


def to_unclaimed(row: Row[Any]) -> UnclaimedSubmission:
    """Return the sample of a row of `unclaimed_submissions`."""
    return UnclaimedSubmission(
        id=SubmissionId(row.id),
        received_at=row.received_at,
        reason=UnclaimedReason(row.reason),
        route=row.route,
        remote_ip=row.remote_ip,
        request=row.request,
    )


def from_unclaimed(sample: UnclaimedSubmission) -> dict[str, Any]:
    """Return the row of a sample."""
    return {
        "id": sample.id,
        "received_at": sample.received_at,
        "reason": sample.reason.value,
        "route": sample.route,
        "remote_ip": sample.remote_ip,
        "request": sample.request,
    }


def _to_counted_as(row: Row[Any]) -> CountedAs:
    source = None if row.traffic_source_id is None else TrafficSourceId(row.traffic_source_id)
    return CountedAs(Attribution(source, row.sub_id), row.country)


def _from_counted_as(counted_as: CountedAs | None) -> dict[str, Any]:
    attribution, country = counted_as or CountedAs()
    return {
        "traffic_source_id": attribution.traffic_source_id,
        "sub_id": attribution.sub_id,
        "country": country,
    }


def _to_notices(stored: Sequence[Mapping[str, Any]]) -> tuple[Notice, ...]:
    return tuple(Notice(notice["code"], notice["field"], notice["message"]) for notice in stored)


def _from_notices(notices: Sequence[Notice]) -> list[dict[str, Any]]:
    return [{"code": notice.code, "field": notice.field, "message": notice.message} for notice in notices]
