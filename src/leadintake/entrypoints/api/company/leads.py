"""`/api/v1/leads` for holders of an API key: leads out, corrected and hidden."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import request

from leadintake.domain.credential import Permission
from leadintake.domain.use_cases.change_lead import ChangeLead, RemoveLead
from leadintake.entrypoints.api.answers import json_response, lead_document
from leadintake.entrypoints.api.company.operations import CompanyBlueprint, operation, shown
from leadintake.entrypoints.api.context import context, services
from leadintake.entrypoints.api.intake.carriers import read_query
from leadintake.entrypoints.api.intake.lead_tokens import find_lead_tokens
from leadintake.entrypoints.api.problems import problem_document
from leadintake.entrypoints.schemas.company.leads import LEADS, ONE_LEAD, ChangedLeadSchema, require_within
from leadintake.entrypoints.schemas.list_leads import ListLeadsSchema, load_list_leads

if TYPE_CHECKING:
    from flask import Response

    from leadintake.domain.credential import ApiKey
    from leadintake.domain.lead import Lead, LeadId
    from leadintake.domain.use_cases.change_lead import LeadData
    from leadintake.domain.use_cases.read_leads import ListedLeads
    from leadintake.entrypoints.schemas.list_leads import LeadsWanted

bp = CompanyBlueprint("company_leads", "Leads")


def _post_instead() -> Response | None:
    """Tell who comes with a lead token to POST, for a crawler must not enroll people."""
    # A stray bearer is more likely a mistyped API key, and answered as one.
    if not find_lead_tokens(read_query(request.query_string), request.headers).outside:
        return None
    response = problem_document(
        status=405,
        title="Method not allowed",
        code="method_not_allowed",
        detail="A lead is submitted with POST or PUT; GET never enrolls anybody.",
    )
    response.headers["Allow"] = "POST, PUT, OPTIONS"
    return response


@operation(
    bp,
    "GET",
    "/leads",
    needs=Permission.READ,
    reads_itself=ListLeadsSchema(),
    answers=LEADS,
    unless=_post_instead,
)
def list_leads(key: ApiKey) -> Response:
    """List the company's leads, newest first."""
    wanted = load_list_leads(
        read_query(request.query_string), company=services().read_directory(key.company_id).company
    )
    return json_response(_page(wanted, services().list_leads(wanted.command)))


@operation(bp, "GET", "/leads/<lead_id>", needs=Permission.READ, answers=ONE_LEAD)
def read_lead(key: ApiKey, lead_id: LeadId) -> Response:
    """Show a lead."""
    return _one(services().read_lead(key.company_id, lead_id))


@operation(bp, "PATCH PUT", "/leads/<lead_id>", needs=Permission.WRITE, body=ChangedLeadSchema(), answers=ONE_LEAD)
def change_lead(key: ApiKey, data: LeadData, lead_id: LeadId) -> Response:
    """Change what is given of a lead, whether it is live or has ended."""
    data = require_within(data, context().limits)
    command = ChangeLead(company_id=key.company_id, lead_id=lead_id, data=data, api_key_id=key.id)
    return _one(services().change_lead(command))


@operation(bp, "DELETE", "/leads/<lead_id>", needs=Permission.WRITE, answers=ONE_LEAD)
def remove_lead(key: ApiKey, lead_id: LeadId) -> Response:
    """Hide a lead: it is `removed`, nothing more happens to it, and reports go on counting it."""
    command = RemoveLead(company_id=key.company_id, lead_id=lead_id, api_key_id=key.id)
    return _one(services().remove_lead(command))


def _one(lead: Lead) -> Response:
    return json_response(shown("lead", lead_document(lead)))


def _page(wanted: LeadsWanted, found: ListedLeads) -> dict[str, Any]:
    """Return a page of leads, each with the columns that are wanted."""
    documents = [lead_document(lead) for lead in found.leads]
    if wanted.columns:
        documents = [{name: document[name] for name in wanted.columns} for document in documents]
    command = wanted.command
    metadata = {
        "root": "leads",
        "total_count": found.total_count,
        "page": None if command.after else command.page,
        "per_page": command.per_page,
        "next_cursor": found.next,
    }
    return {"leads": documents, "metadata": metadata}
