"""What a lead token is good for: its kind, and the restrictions that its company has put on it.

Source: specification, section 5.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import TYPE_CHECKING, Final, TypeAlias
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from leadintake.domain.attribution import TrafficSourceId

Network: TypeAlias = IPv4Network | IPv6Network

OPERATIONS_PER_DAY: Final = 500
"""How many caller operations a lead token may ask for in a day unless its rules say otherwise."""

_DEFAULT_PORTS: Final = {"http": 80, "https": 443}
_MAPPED_BITS: Final = 96
_MOST_ORIGIN_CHARS: Final = 300
_NO_ORIGIN: Final = "scheme, host and port of a web page, and nothing more"


class TokenKind(StrEnum):
    """Where a lead token is meant to be: on a server, where it stays secret, or in a browser page for all to read."""

    SECRET = "secret"  # noqa: S105 - a kind of token, none itself
    PUBLISHABLE = "publishable"


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenRules:
    """A lead token's restrictions; empty and None restrict nothing.

    Shape: `networks` are addresses and CIDR blocks, `origins` browser origins as ``https://shop.example``.
    `traffic_source_id` is the one source whose leads the token may bring.
    Units: `rate_per_minute` counts requests, `daily_cap` accepted leads of a day in the company's time zone,
    `operations_per_day` caller operations.
    """

    networks: tuple[str, ...] = ()
    origins: tuple[str, ...] = ()
    traffic_source_id: TrafficSourceId | None = None
    rate_per_minute: int | None = None
    daily_cap: int | None = None
    operations_per_day: int | None = None

    def allows_address(self, remote_ip: str | None) -> bool:
        """Say whether a sender at that address may use the token; who has none may not where networks are named."""
        if not self.networks or remote_ip is None:
            return not self.networks
        address = ip_address(remote_ip)
        return any(address in network for network in _networks(self.networks))

    def allows_origin(self, origin: str | None) -> bool:
        """Say whether a page of that origin may use the token; who names none may not where origins are named."""
        return not self.origins or (origin is not None and origin.strip().lower() in self.origins)


UNRESTRICTED: Final = TokenRules()


def read_network(text: str) -> str:
    """Return an address or a CIDR block as rules hold it.

    Raises: ValueError: it is neither, or has bits set beyond its prefix.

    >>> read_network(" 203.0.113.7/32"), read_network("2001:DB8::/32"), read_network("::ffff:10.0.0.0/104")
    ('203.0.113.7', '2001:db8::/32', '10.0.0.0/8')
    """
    network: Network = ip_network(text.strip())
    if isinstance(network, IPv6Network) and network.prefixlen >= _MAPPED_BITS:
        # An IPv4 address in the dress of IPv6 is met undressed.
        mapped = network.network_address.ipv4_mapped
        network = network if mapped is None else IPv4Network((mapped, network.prefixlen - _MAPPED_BITS))
    return str(network.network_address) if network.num_addresses == 1 else str(network)


def read_origin(text: str) -> str:
    """Return a browser's origin as browsers send it.

    Raises: ValueError: it is no origin of a web page, or says more than one.

    >>> (
    ...     read_origin("HTTPS://Shop.Example:443/"),
    ...     read_origin("http://localhost:5173"),
    ...     read_origin("https://bücher.example"),
    ... )
    ('https://shop.example', 'http://localhost:5173', 'https://xn--bcher-kva.example')
    """
    parts = urlsplit(text.strip())
    host, port = parts.hostname, parts.port
    is_more = parts.path not in {"", "/"} or parts.query or parts.fragment or "@" in parts.netloc
    if parts.scheme not in _DEFAULT_PORTS or not host or is_more or len(text) > _MOST_ORIGIN_CHARS:
        raise ValueError(_NO_ORIGIN)
    name = f"[{host}]" if ":" in host else host.encode("idna").decode()
    if not all(character.isalnum() or character in "-._:[]" for character in name):
        raise ValueError(_NO_ORIGIN)
    return f"{parts.scheme}://{name}" + ("" if port in {None, _DEFAULT_PORTS[parts.scheme]} else f":{port}")


@lru_cache(maxsize=1024)
def _networks(texts: tuple[str, ...]) -> tuple[Network, ...]:
    """Return networks ready to be compared with; the same few tokens come with every request."""
    return tuple(ip_network(text) for text in texts)
