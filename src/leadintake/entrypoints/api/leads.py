"""`/api/v1/leads`: leads in by lead token; what an API key does there is in `company.leads`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint
from werkzeug.exceptions import MethodNotAllowed

from leadintake.entrypoints.api.answers import CAPTURE, answer
from leadintake.entrypoints.api.context import services
from leadintake.entrypoints.api.intake.reading import CREATE_OR_UPDATE, LEADS, read_submission

if TYPE_CHECKING:
    from typing import NoReturn

    from flask import Response

bp = Blueprint("leads", __name__, url_prefix="/api/v1/leads")


@bp.route("", methods=["POST", "PUT"])
def submit_lead() -> Response:
    """Take a lead: enroll the caller under the owner that the lead token names, once."""
    return answer(services().enroll_lead(read_submission(LEADS)))


@bp.route("/capture", methods=["POST", "PUT"])
def capture_lead() -> Response:
    """Take a lead, also by API key; the answer tells what was known of the caller, and which schedule they joined."""
    return answer(services().enroll_lead(read_submission(CAPTURE)))


@bp.route("/create_or_update", methods=["POST", "PUT"])
def create_or_update_lead() -> Response:
    """Update the caller's live lead wherever it is in the offer, or take a new one."""
    return answer(services().enroll_lead(read_submission(CREATE_OR_UPDATE)))


@bp.get("/capture")
@bp.get("/create_or_update")
def post_instead() -> NoReturn:
    """Tell who gets where leads are posted to POST; the words would be taken for a lead's id otherwise."""
    raise MethodNotAllowed(valid_methods=["POST", "PUT", "OPTIONS"])
