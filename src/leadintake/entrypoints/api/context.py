"""What the views need of the application that they are part of."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import TYPE_CHECKING, TypeAlias, cast

from flask import current_app, request

from leadintake.domain.parameters import Limits

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from flask import Flask

    from leadintake.bootstrap import Services

EXTENSION = "leadintake"

Address: TypeAlias = IPv4Address | IPv6Address


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiContext:
    """The services behind the views, and what the installation has set for them."""

    services: Services
    limits: Limits = field(default_factory=Limits)
    trusted_proxies: tuple[IPv4Network | IPv6Network, ...] = ()
    metrics: Callable[[], bytes] = bytes
    metrics_token: str | None = field(default=None, repr=False)


def context() -> ApiContext:
    """Return the application's context."""
    # Every look through a proxy costs as much as a look-up, and a lead asks for this several times.
    application: Flask = current_app._get_current_object()  # type: ignore[attr-defined]  # noqa: SLF001  documented
    return cast("ApiContext", application.extensions[EXTENSION])


def services() -> Services:
    """Return the use cases."""
    return context().services


def remote_ip() -> str | None:
    """Return the client's address: the connection's, or behind trusted proxies the last one they did not add.

    Returns: An IP address without port and zone; None when there is none, as on a Unix socket.
    """
    connection, proxies = request.remote_addr or "", context().trusted_proxies
    if not proxies:
        return _plain(connection)
    address = _address(connection)
    if address is not None:
        address = _behind(proxies, address)
    return None if address is None else str(address)


def is_from_proxy() -> bool:
    """Say whether the connection comes from a proxy whose word is taken."""
    address = _address(request.remote_addr or "")
    return address is not None and any(address in network for network in context().trusted_proxies)


def page_origin() -> str | None:
    """Return the origin of the browser page that the request comes from, None when it comes from none."""
    origin: str | None = request.environ.get("HTTP_ORIGIN")
    return origin


def _behind(proxies: Sequence[IPv4Network | IPv6Network], connection: Address) -> Address:
    """Return the first address, from the right, that is not a proxy of ours.

    Those further left in ``X-Forwarded-For`` are whatever the client wrote there.
    """
    seen = connection
    forwarded = [part for part in request.headers.get("X-Forwarded-For", "").split(",") if part.strip()]
    while forwarded and any(seen in network for network in proxies):
        candidate = _address(forwarded.pop())
        if candidate is None:
            break
        seen = candidate
    return seen


@lru_cache(maxsize=1024)
def _plain(text: str) -> str | None:
    """Return an address without port and zone, None for what is none."""
    address = _address(text)
    return None if address is None else str(address)


_WITH_PORT = re.compile(r"(?:\[(?P<v6>[^\]]*)\]|(?P<v4>[\d.]+))(?::\d+)?")


@lru_cache(maxsize=1024)
def _address(text: str) -> Address | None:
    """Read an address as proxies write it: with a port, in brackets, or IPv4 in the dress of IPv6."""
    bare = text.strip()
    if match := _WITH_PORT.fullmatch(bare):
        bare = match["v6"] or match["v4"] or ""
    try:
        # A zone names an interface of some machine: no part of who the client is, and free text.
        address = ip_address(bare.partition("%")[0])
    except ValueError:
        return None
    return (address.ipv4_mapped or address) if isinstance(address, IPv6Address) else address
