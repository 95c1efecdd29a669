"""The API key of a request: HTTP Basic ``public:private``, or ``Authorization: Bearer`` with the private half."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import request

from leadintake.domain.credential import PRIVATE_KEY_PREFIX, PUBLIC_KEY_PREFIX, Permission
from leadintake.domain.errors import MissingApiKey, UnknownApiKey
from leadintake.domain.use_cases.identify_sender import require_permission
from leadintake.entrypoints.api.context import remote_ip, services
from leadintake.entrypoints.api.limiting import count

if TYPE_CHECKING:
    from leadintake.domain.company import Company
    from leadintake.domain.credential import ApiKey


def require_api_key(permission: Permission) -> ApiKey:
    """Return the request's API key, and count the request.

    Raises: MissingApiKey, UnknownApiKey: there is none, or none that is known.
        PermissionDenied: it may not do that; ``admin`` includes ``write``, and ``write`` includes ``read``.
        TooManyRequests: it is one too many.
    """
    key = known_api_key(permission)
    count(services(), key.company_id)
    return key


def known_api_key(permission: Permission) -> ApiKey:
    """Return the request's API key; whether the request is one too many is not asked.

    Raises: MissingApiKey, UnknownApiKey, PermissionDenied: as above. TooManyRequests: its client has failed too often.
    """
    sent = request.authorization
    if sent is None:
        raise MissingApiKey
    if sent.type == "basic" and sent.password:
        key = services().identify_api_key(sent.password, public=sent.username, client=remote_ip)
    elif sent.type == "bearer" and sent.token:
        key = services().identify_api_key(sent.token, public=None, client=remote_ip)
    else:
        raise MissingApiKey
    require_permission(key, permission)
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
