"""`/api/v1/tokens`: what a lead token leads to, for those who build forms and scripts for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from flask import Blueprint, Response, request
from marshmallow import ValidationError

from leadintake.domain.credential import Permission
from leadintake.domain.errors import InvalidParameter, MissingLeadToken, NotFound, UnknownLeadToken
from leadintake.domain.owner import OwnerKind, OwnerRef, Schedule, offer_of
from leadintake.entrypoints.api.answers import json_response
from leadintake.entrypoints.api.context import page_origin, remote_ip, services
from leadintake.entrypoints.api.credentials import identify, require_api_key
from leadintake.entrypoints.api.intake.carriers import read_query
from leadintake.entrypoints.api.intake.lead_tokens import find_lead_tokens
from leadintake.entrypoints.api.limiting import count
from leadintake.entrypoints.schemas.company.fields import MOST_ID, CommandSchema, WholeText, flattened
from leadintake.entrypoints.schemas.company.queries import given_filters
from leadintake.entrypoints.schemas.documents import OwnersFieldsSchema

if TYPE_CHECKING:
    from leadintake.domain.company import CompanyId
    from leadintake.domain.directory import Directory
    from leadintake.domain.owner import Owner
    from leadintake.domain.parameters import TextPairs
    from leadintake.entrypoints.api.intake.lead_tokens import LeadTokenCandidate

bp = Blueprint("tokens", __name__, url_prefix="/api/v1/tokens")

_CORS: Final = {
    # Form builders ask from pages of any origin; the lead token is what lets them, and no cookie is ever read.
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Methods": "GET, OPTIONS",
    "Access-Control-Allow-Headers": "Authorization, X-Lead-Token",
    "Access-Control-Max-Age": "86400",
}
_FIELDS = OwnersFieldsSchema()


class OwnerSchema(CommandSchema):
    """Which owner somebody with an API key asks about."""

    schedule_id = WholeText(1, MOST_ID)
    offer_id = WholeText(1, MOST_ID)


_OWNER = OwnerSchema()


@bp.get("/fields")
def fields() -> Response:
    """List the contact fields behind a lead token, as data."""
    directory, owner = _asked_about()
    return json_response(_FIELDS.dump(_fields_document(directory, owner)))


@bp.get("/openapi.json")
def openapi() -> Response:
    """Describe the intake behind a lead token as OpenAPI 3.1, with its contact fields and samples ready to copy."""
    # Imported here: a worker starts without what makes the document.
    from leadintake.entrypoints.api.openapi.of_owner import intake_document  # noqa: PLC0415 - see above

    directory, owner = _asked_about()
    return json_response(intake_document(directory, owner, base_url=request.host_url.rstrip("/")))


@bp.after_request
def _dress(response: Response) -> Response:
    for name, value in _CORS.items():
        response.headers[name] = value
    return response


def _asked_about() -> tuple[Directory, Owner]:
    """Return the owner that the credential names, in what its company has set up.

    Raises: MissingLeadToken, UnknownLeadToken, UnknownApiKey, PermissionDenied: there is none that leads anywhere.
        InvalidParameter: an API key is sent without saying which owner is meant. NotFound: there is no such owner.
    """
    query = read_query(request.query_string)
    tokens = find_lead_tokens(query, request.headers).outside
    if not tokens and request.authorization is None:
        raise MissingLeadToken
    company_id, ref = _behind(tokens, query) if tokens else _named(query)
    directory = services().read_directory(company_id)
    owner = directory.owner(ref)
    if owner is None:
        raise NotFound
    return directory, owner


def _behind(tokens: tuple[LeadTokenCandidate, ...], query: TextPairs) -> tuple[CompanyId, OwnerRef]:
    senders = [identify(token) for token in tokens]
    credential = senders[0].lead_token
    if any(sender.lead_token.id != credential.id for sender in senders):
        raise InvalidParameter(errors={"lead_token": ["was given more than once with different values"]})
    # Whether it is alive is for the directory to say: what was identified may have been remembered for seconds.
    grant = services().read_directory(credential.company_id).grant(credential.id, at=services().clock())
    if grant is None:
        raise UnknownLeadToken
    if refusal := grant.refusal(remote_ip=remote_ip(), origin=page_origin()):
        raise refusal
    count(services(), credential.company_id, credential)
    if errors := {
        name: ["goes with an API key: the lead token says itself"] for name, _ in query if name in _OWNER.fields
    }:
        raise InvalidParameter(errors=errors)
    return credential.company_id, credential.owner


def _named(query: TextPairs) -> tuple[CompanyId, OwnerRef]:
    key = require_api_key(Permission.READ)
    given, errors = given_filters(query, _OWNER)
    try:
        values: dict[str, int] = _OWNER.load(given)
    except ValidationError as invalid:
        values, errors = {}, dict(errors) | flattened(invalid.messages_dict)
    if not errors and len(values) != 1:
        errors = {"schedule_id": ["or offer_id is required with an API key, and only one of them"]}
    if errors:
        raise InvalidParameter(errors=errors)
    [(name, number)] = values.items()
    return key.company_id, OwnerRef(OwnerKind(name.removesuffix("_id")), number)


def _fields_document(directory: Directory, owner: Owner) -> dict[str, Any]:
    return {
        "schedule_id": owner.id if isinstance(owner, Schedule) else None,
        "offer_id": offer_of(owner),
        "enforced": owner.rules.enforces_contact_fields,
        "contact_fields": directory.fields_of(owner),
        "metadata": {"root": "contact_fields"},
    }
