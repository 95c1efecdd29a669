"""The API key of a request: HTTP Basic ``public:private``, or ``Authorization: Bearer`` with the private half."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import request

from leadintake.domain.errors import MissingApiKey, PermissionDenied
from leadintake.entrypoints.api.context import services

if TYPE_CHECKING:
    from leadintake.domain.credential import ApiKey, Permission


def require_api_key(permission: Permission) -> ApiKey:
    """Return the request's API key.

    Raises: MissingApiKey, UnknownApiKey: there is none, or none that is known.
        PermissionDenied: it may not do that.
    """
    sent = request.authorization
    if sent is None:
        raise MissingApiKey
    if sent.type == "basic" and sent.password:
        key = services().identify_api_key(sent.password, public=sent.username)
    elif sent.type == "bearer" and sent.token:
        key = services().identify_api_key(sent.token, public=None)
    else:
        raise MissingApiKey
    if permission not in key.permissions:
        raise PermissionDenied
    return key
