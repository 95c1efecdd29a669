"""`/api/v1/contacts`: who is left alone, and the company's own choice about it; by API key only."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, request

from leadintake.domain.credential import Permission
from leadintake.domain.operations import Operation
from leadintake.entrypoints.api.answers import json_response
from leadintake.entrypoints.api.callers import operate
from leadintake.entrypoints.api.context import services
from leadintake.entrypoints.api.credentials import require_api_key
from leadintake.entrypoints.api.intake.carriers import read_query
from leadintake.entrypoints.api.operation_answers import contact_page_document
from leadintake.entrypoints.schemas.operations import load_list_left_alone

if TYPE_CHECKING:
    from flask import Response

bp = Blueprint("contacts", __name__, url_prefix="/api/v1/contacts")


@bp.post("/<path:caller_id>/caller_block")
def caller_block(caller_id: str) -> Response:
    """Block the caller everywhere in the company; every live lead of theirs ends."""
    return operate(Operation.CALLER_BLOCK, caller_id=caller_id)


@bp.post("/<path:caller_id>/caller_unblock")
def caller_unblock(caller_id: str) -> Response:
    """Lift the block of the caller, and with `lift_opt_out` their opt-out."""
    return operate(Operation.CALLER_UNBLOCK, caller_id=caller_id)


@bp.get("/suppression_list")
def suppression_list() -> Response:
    """List the callers who have opted out or are blocked, in order of their numbers."""
    key = require_api_key(Permission.READ)
    command = load_list_left_alone(read_query(request.query_string), company_id=key.company_id)
    found = services().list_left_alone(command)
    return json_response(contact_page_document(found, page=command.page, per_page=command.per_page))
