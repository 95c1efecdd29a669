"""How a browser reaches this installation: the scheme and the host in its address bar."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from leadintake.entrypoints.api.context import is_from_proxy

if TYPE_CHECKING:
    from flask import Request

# A name or an address, and maybe a port; whatever else is no host that a sample could name.
_HOST: Final = re.compile(r"(?:[0-9A-Za-z._-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(?::\d{1,5})?")


def is_https(request: Request) -> bool:
    """Say whether the browser asked by https; a proxy's word is taken only if the proxy is trusted."""
    return _said(request, "X-Forwarded-Proto", request.scheme).lower() == "https"


def base_url(request: Request) -> str:
    """Return scheme and host as the browser has them, without a slash at the end."""
    host = _said(request, "X-Forwarded-Host", request.host)
    if not _HOST.fullmatch(host):
        host = request.host
    return f"{'https' if is_https(request) else 'http'}://{host}"


def _said(request: Request, header: str, otherwise: str) -> str:
    """Return what the nearest trusted proxy says, or what the connection itself does."""
    said = request.headers.get(header, "").rpartition(",")[2].strip()
    return said if said and is_from_proxy() else otherwise
