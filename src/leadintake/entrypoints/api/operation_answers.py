"""Answers to caller operations, and callers as JSON; `schemas.answers` describes the same and a test compares."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from leadintake.domain.errors import Unauthenticated
from leadintake.domain.phone import country_of, time_zone_of
from leadintake.domain.submission import Outcome
from leadintake.entrypoints.api.answers import decision_document, json_response, lead_document, notice_documents
from leadintake.entrypoints.api.problems import problem

if TYPE_CHECKING:
    from flask import Response

    from leadintake.domain.consent import Consent
    from leadintake.domain.contact import Contact
    from leadintake.domain.event import Event
    from leadintake.domain.operations import OperationDecision
    from leadintake.domain.ports import ContactPage
    from leadintake.domain.use_cases.read_callers import CallerRecord

# What a lead token may see of a lead that somebody else may have submitted: ids, status and times.
_SEEN_BY_ALL: Final = frozenset(
    {
        "id",
        "uuid",
        "status",
        "is_live",
        "opt_out",
        "blocked",
        "schedule_id",
        "offer_id",
        "expires_at",
        "next_action_at",
        "created_at",
        "updated_at",
    }
)
# The sender has named the number, so these tell nothing new.
_OF_THE_NUMBER: Final = frozenset({"caller_id", "country", "time_zone"})


def operation_answer(decision: OperationDecision, *, sees_stored: bool) -> Response:
    """Return the answer to an operation: what was done, or why nothing was."""
    refusal = decision.refusal
    if refusal is None:
        response = json_response(operation_document(decision, sees_stored=sees_stored))
        response.outcome = decision.outcome.value
        return response
    # A token that died meanwhile looks like any unknown one, and those have no submission to name.
    is_filed = not isinstance(refusal, Unauthenticated)
    return problem(refusal, submission_id=decision.command.receipt.id if is_filed else None)


def operation_document(decision: OperationDecision, *, sees_stored: bool) -> dict[str, Any]:
    """Return what the sender may see of an operation that was not refused.

    Args:
        decision: What was decided.
        sees_stored: Whether the sender may read what is stored; a lead token may only write, and sees of a lead what
            its own request sent.
    """
    lead_id = None if decision.lead is None or decision.outcome is Outcome.TEST else decision.lead.id
    return {
        "success": True,
        "status": 200,
        "outcome": decision.outcome.value,
        "errors": {},
        "warnings": notice_documents(decision.notices),
        "id": lead_id,
        "lead_id": lead_id,
        "lead_ids": [lead.id for lead in decision.done_to if sees_stored or lead.owner == decision.owner],
        "metadata": {"root": "lead"},
        "lead": _lead(decision, sees_stored=sees_stored),
        "submission_id": decision.command.receipt.id,
    }


def _lead(decision: OperationDecision, *, sees_stored: bool) -> dict[str, Any] | None:
    lead = decision.lead
    if lead is None:
        return None
    whole = lead_document(lead)
    if sees_stored:
        return whole
    seen = _SEEN_BY_ALL if decision.command.caller_id is None else _SEEN_BY_ALL | _OF_THE_NUMBER
    sent: dict[str, Any] = {"tokens": {}, "remote_ip": decision.command.receipt.remote_ip}
    if decision.updated is not None:
        of_request = decision_document(decision.updated)["lead"]
        sent = {name: value for name, value in of_request.items() if name not in _SEEN_BY_ALL | _OF_THE_NUMBER}
    return {name: value if name in seen else sent.get(name) for name, value in whole.items()}


def contact_document(contact: Contact) -> dict[str, Any]:
    """Return what is kept of a caller whatever the leads, for holders of an API key."""
    return {
        "caller_id": contact.caller.e164,
        "opted_out": contact.opted_out_at is not None,
        "opted_out_at": contact.opted_out_at,
        "blocked": contact.blocked_at is not None,
        "blocked_at": contact.blocked_at,
        "created_at": contact.created_at,
        "country": country_of(contact.caller),
        "time_zone": time_zone_of(contact.caller),
    }


def contact_page_document(found: ContactPage, *, page: int, per_page: int) -> dict[str, Any]:
    """Return a page of contacts."""
    return {
        "contacts": [contact_document(contact) for contact in found.contacts],
        "metadata": {"root": "contacts", "total_count": found.total_count, "page": page, "per_page": per_page},
    }


def event_document(event: Event) -> dict[str, Any]:
    """Return one fact."""
    return {
        "id": event.id,
        "kind": event.kind.value,
        "at": event.at,
        "lead_id": event.lead_id,
        "lead_version": event.lead_version,
        "details": event.details,
    }


def caller_document(record: CallerRecord) -> dict[str, Any]:
    """Return all that a company knows of one caller."""
    return {
        "contact": contact_document(record.contact) if record.contact else None,
        "suppression_lists": [{"id": one.id, "name": one.name} for one in record.suppression_lists],
        "leads": [lead_document(lead) for lead in record.leads],
        "events": [event_document(event) for event in record.events],
        "consents": [consent_document(consent) for consent in record.consents],
    }


def consent_document(consent: Consent) -> dict[str, Any]:
    """Return the evidence of consent that came with one submission."""
    return {
        "submission_id": consent.submission_id,
        "lead_id": consent.lead_id,
        "received_at": consent.received_at,
        "certificates": [
            {"witness": one.witness.value, "name": one.name, "value": one.value} for one in consent.certificates
        ],
        "page_url": consent.page_url,
        "caller_ip": consent.caller_ip,
        "remote_ip": consent.remote_ip,
        "user_agent": consent.user_agent,
        "disclosure": consent.disclosure,
        "consented_at": consent.consented_at,
    }
