"""`/api/v1/submissions`: every request to an intake endpoint with its verdict."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import request

from leadintake.domain.credential import Permission
from leadintake.entrypoints.api.company.operations import CompanyBlueprint, operation, shown
from leadintake.entrypoints.api.context import services
from leadintake.entrypoints.api.intake.carriers import read_query
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
    }
    return {"submissions": found.submissions, "metadata": metadata}


@operation(bp, "GET", "/submissions/<submission_id>", needs=Permission.READ, answers=ONE_SUBMISSION)
def read_submission(key: ApiKey, submission_id: SubmissionId) -> dict[str, Any]:
    """Show a submission with the request as it was kept."""
    return shown("submission", services().read_submission(key.company_id, submission_id))
