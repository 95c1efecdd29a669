"""Who sends a request: by its lead token, or by its API key.

An API key comes as HTTP Basic ``public:private``, or as ``Authorization: Bearer`` with the private half.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from flask import request

from leadintake.domain.credential import PRIVATE_KEY_PREFIX, PUBLIC_KEY_PREFIX, Permission
from leadintake.domain.errors import MissingApiKey, UnknownApiKey, UnknownLeadToken
from leadintake.domain.owner import OwnerKind
from leadintake.domain.use_cases.identify_sender import require_permission
from leadintake.entrypoints.api.access_log import note_credential
from leadintake.entrypoints.api.context import context, page_origin, remote_ip
from leadintake.entrypoints.api.limiting import count

if TYPE_CHECKING:
    from leadintake.domain.company import Company
    from leadintake.domain.credential import ApiKey
    from leadintake.domain.use_cases.identify_sender import Sender
    from leadintake.entrypoints.api.context import ApiContext
    from leadintake.entrypoints.api.intake.lead_tokens import LeadTokenCandidate

_KINDS: Final = {"schedule_lead_token": OwnerKind.SCHEDULE, "offer_lead_token": OwnerKind.OFFER}


def identify(candidate: LeadTokenCandidate) -> Sender:
    """Return whom a lead token leads to. Raises: UnknownLeadToken: to nobody."""
    here = context()
    try:
        sender = here.services.identify_lead_token(
            candidate.text, kind=_KINDS.get(candidate.name), origin=page_origin(), client=remote_ip
        )
    except UnknownLeadToken:
        note_credential(_fingerprint(candidate.text, here))
        raise
    note_credential(sender.lead_token.id)
    return sender


def require_api_key(permission: Permission) -> ApiKey:
    """Return the request's API key, and count the request.

    Raises: MissingApiKey, UnknownApiKey: there is none, or none that is known.
        PermissionDenied: it may not do that; ``admin`` includes ``write``, and ``write`` includes ``read``.
        TooManyRequests: it is one too many.
    """
    return counted(known_api_key(permission))


def counted(key: ApiKey) -> ApiKey:
    """Count the request of an API key. Raises: TooManyRequests: it is one too many."""
    count(context().services, key.company_id)
    return key


def known_api_key(permission: Permission) -> ApiKey:
    """Return the request's API key; whether the request is one too many is not asked.

    Raises: MissingApiKey, UnknownApiKey, PermissionDenied: as above. TooManyRequests: its client has failed too often.
    """
    sent = request.authorization
    if sent is None:
        raise MissingApiKey
    if sent.type == "basic" and sent.password:
        key = identified(sent.password, public=sent.username)
    elif sent.type == "bearer" and sent.token:
        key = identified(sent.token, public=None)
    else:
        raise MissingApiKey
    require_permission(key, permission)
    return key


def identified(private: str, *, public: str | None) -> ApiKey:
    """Return the API key of that private half, whatever it may do. Raises: UnknownApiKey, TooManyRequests."""
    here = context()
    try:
        key = here.services.identify_api_key(private, public=public, client=remote_ip)
    except UnknownApiKey:
        note_credential(_fingerprint(private, here))
        raise
    note_credential(key.id)
    return key


def api_key_beside(company: Company) -> ApiKey | None:
    """Return the API key that accompanies a lead token of that company, None when there is none.

    Raises: UnknownApiKey: it is unknown here, and so is one of another company. PermissionDenied: it may not read.
    """
    sent = request.authorization
    if sent is None:
        return None
    # Any other user and password are those of a gateway in front of us.
    named, prefix = (sent.username, PUBLIC_KEY_PREFIX) if sent.type == "basic" else (sent.token, PRIVATE_KEY_PREFIX)
    if not (named or "").startswith(prefix):
        return None
    key = known_api_key(Permission.READ)
    if key.company_id != company.id:
        raise UnknownApiKey
    return key


def _fingerprint(unknown: str, here: ApiContext) -> str:
    """Return what an unknown credential is called in the log: the same each time, and no way back to it."""
    return "unknown-" + here.services.digest("access log", unknown.encode("utf-8", "surrogatepass"))[:6].hex()
