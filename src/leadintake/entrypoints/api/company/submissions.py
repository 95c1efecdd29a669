"""`/api/v1/submissions`: every request to an intake endpoint with its verdict."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import request

from leadintake.domain.credential import Permission
from leadintake.domain.errors import NotReplayable
from leadintake.domain.use_cases.replay_submissions import ReplaySubmissions
from leadintake.entrypoints.api.company.operations import CompanyBlueprint, operation, shown
from leadintake.entrypoints.api.context import context, services
from leadintake.entrypoints.api.intake.carriers import read_query
from leadintake.entrypoints.api.intake.replaying import kept_reader
from leadintake.entrypoints.schemas.company.replays import (
    ONE_REPLAY,
    REPLAYS,
    ReplaySchema,
    ReplaySeveralSchema,
    replay_of,
    replays_document,
)
from leadintake.entrypoints.schemas.company.submissions import (
    ONE_SUBMISSION,
    SUBMISSIONS,
    ListSubmissionsSchema,
    load_list_submissions,
)

if TYPE_CHECKING:
    from leadintake.domain.credential import ApiKey
    from leadintake.domain.submission import SubmissionId

bp = CompanyBlueprint("submissions", "Submissions")


@operation(bp, "GET", "/submissions", needs=Permission.READ, reads_itself=ListSubmissionsSchema(), answers=SUBMISSIONS)
def list_submissions(key: ApiKey) -> dict[str, Any]:
    """List the company's submissions, newest first."""
    company = services().read_directory(key.company_id).company
    command = load_list_submissions(read_query(request.query_string), company=company)
    found = services().list_submissions(command)
    metadata = {
        "root": "submissions",
        "total_count": found.total_count,
        "page": None if command.after else command.page,
        "per_page": command.per_page,
        "next_cursor": found.next,
        "total_count_is_exact": found.is_count_exact,
    }
    return {"submissions": found.submissions, "metadata": metadata}


@operation(bp, "GET", "/submissions/<submission_id>", needs=Permission.READ, answers=ONE_SUBMISSION)
def read_submission(key: ApiKey, submission_id: SubmissionId) -> dict[str, Any]:
    """Show a submission with the request as it was kept."""
    return shown("submission", services().read_submission(key.company_id, submission_id))


@operation(
    bp, "POST", "/submissions/<submission_id>/replay", needs=Permission.WRITE, body=ReplaySchema(), answers=ONE_REPLAY
)
def replay_submission(key: ApiKey, data: dict[str, Any], submission_id: SubmissionId) -> dict[str, Any]:
    """Judge a refused submission again, as it came or with edits; one that was taken before is unchanged."""
    command = ReplaySubmissions(
        company_id=key.company_id,
        submission_ids=frozenset({submission_id}),
        edits=data.get("edits", {}),
        is_dry_run=data["dry_run"],
        api_key_id=key.id,
    )
    [replayed] = services().replay_submissions(command, kept_reader(context().limits)).replayed
    if isinstance(replayed.refusal, NotReplayable):
        raise replayed.refusal
    return shown("replay", replayed)


@operation(bp, "POST", "/submissions/replay", needs=Permission.WRITE, body=ReplaySeveralSchema(), answers=REPLAYS)
def replay_submissions(key: ApiKey, data: dict[str, Any]) -> dict[str, Any]:
    """Judge refused submissions again, oldest first, up to 250 at a time; next_cursor goes on."""
    command = replay_of(data, company=services().read_directory(key.company_id).company, api_key_id=key.id)
    found = services().replay_submissions(command, kept_reader(context().limits))
    return replays_document(found, is_dry_run=command.is_dry_run)
