"""`/api/v1/leads`: leads in by lead token, leads out by API key."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from flask import Blueprint, request

from leadintake.domain.credential import Permission
from leadintake.domain.errors import NotFound
from leadintake.domain.lead import LeadId
from leadintake.entrypoints.api.answers import answer, json_response, lead_document, page_document
from leadintake.entrypoints.api.context import services
from leadintake.entrypoints.api.credentials import require_api_key
from leadintake.entrypoints.api.intake.carriers import read_query
from leadintake.entrypoints.api.intake.lead_tokens import find_lead_tokens
from leadintake.entrypoints.api.intake.reading import read_submission
from leadintake.entrypoints.api.problems import problem_document
from leadintake.entrypoints.schemas.list_leads import load_list_leads

if TYPE_CHECKING:
    from flask import Response

bp = Blueprint("leads", __name__, url_prefix="/api/v1/leads")


@bp.route("", methods=["POST", "PUT"])
def submit_lead() -> Response:
    """Take a lead: enroll the caller under the owner that the lead token names, once."""
    return answer(services().enroll_lead(read_submission("leads")))


@bp.get("")
def list_leads() -> Response:
    """List the company's leads by API key; a lead token is told to POST, for a crawler must not enroll people."""
    query = read_query(request.query_string)
    # A stray bearer is more likely a mistyped API key, and answered as one.
    if find_lead_tokens(query, request.headers).outside:
        return _post_instead()
    key = require_api_key(Permission.READ)
    command = load_list_leads(query, company=services().read_directory(key.company_id).company)
    found = services().list_leads(command)
    return json_response(page_document(found, page=command.page, per_page=command.per_page))


@bp.get("/<lead_id>")
def read_lead(lead_id: str) -> Response:
    """Show one lead of the company by API key."""
    key = require_api_key(Permission.READ)
    try:
        wanted = LeadId(UUID(lead_id))
    except ValueError as error:
        raise NotFound from error
    lead = services().read_lead(key.company_id, wanted)
    return json_response({"lead": lead_document(lead), "metadata": {"root": "lead"}})


def _post_instead() -> Response:
    response = problem_document(
        status=405,
        title="Method not allowed",
        code="method_not_allowed",
        detail="A lead is submitted with POST or PUT; GET never enrolls anybody.",
    )
    response.headers["Allow"] = "POST, PUT, OPTIONS"
    return response
