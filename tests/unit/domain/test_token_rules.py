"""Restrictions of lead tokens: who is let in, and how they are read."""

from __future__ import annotations

from ipaddress import IPv4Network, IPv6Network, ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadintake.domain.errors import IpNotAllowed, OriginNotAllowed
from leadintake.domain.token_rules import UNRESTRICTED, TokenRules, read_network, read_origin

from tests.support.builders import a_lead_token

ADDRESSES = st.ip_addresses()
V4_NETWORKS = st.builds(
    lambda address, length: IPv4Network((int(address), length), strict=False),
    st.ip_addresses(v=4),
    st.integers(0, 32),
)
V6_NETWORKS = st.builds(
    lambda address, length: IPv6Network((int(address), length), strict=False),
    st.ip_addresses(v=6),
    st.integers(0, 95),
)
PAGE = "https://shop.example"


@given(ADDRESSES, st.lists(V4_NETWORKS | V6_NETWORKS, min_size=1, max_size=4))
def test_address_is_allowed_exactly_within_the_networks(address: object, networks: list[IPv4Network]) -> None:
    """A sender who is let in by mistake enrolls people; one who is kept out by mistake loses leads."""
    rules = TokenRules(networks=tuple(read_network(str(network)) for network in networks))

    assert rules.allows_address(str(address)) == any(address in network for network in networks)


@given(V4_NETWORKS | V6_NETWORKS)
def test_network_reads_back_as_itself(network: IPv4Network) -> None:
    assert read_network(read_network(str(network))) == read_network(str(network))


@given(st.ip_addresses(v=4))
def test_single_address_is_a_network_of_its_own(address: object) -> None:
    rules = TokenRules(networks=(read_network(str(address)),))

    assert rules.allows_address(str(address))
    assert not rules.allows_address(str(ip_address(int(ip_address(str(address))) ^ 1)))


@pytest.mark.parametrize("text", ["", "shop", "203.0.113.0/33", "203.0.113.7/24", "203.0.113", "fe80::1%eth0/64 x"])
def test_what_is_no_network_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        read_network(text)


@pytest.mark.parametrize(
    ("text", "origin"),
    [
        ("https://shop.example", PAGE),
        (" HTTPS://SHOP.example:443/ ", PAGE),
        ("http://shop.example:80", "http://shop.example"),
        ("http://shop.example:443", "http://shop.example:443"),
        ("http://[2001:DB8::1]:8080", "http://[2001:db8::1]:8080"),
        ("http://localhost:5173", "http://localhost:5173"),
        ("https://bücher.example", "https://xn--bcher-kva.example"),
    ],
)
def test_origin_is_read_as_browsers_send_it(text: str, origin: str) -> None:
    assert read_origin(text) == origin
    assert TokenRules(origins=(origin,)).allows_origin(origin)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "null",
        "shop.example",
        "ftp://shop.example",
        "https://",
        "https://shop.example/page",
        "https://shop.example?x",
        "https://ada@shop.example",
        "https://shop.example:port",
        "https://shop.example:99999",
        "https://shop example",
        "https://*.shop.example",
        "https://" + "a" * 300 + ".example",
    ],
)
def test_what_is_no_origin_is_refused(text: str) -> None:
    """One that no browser ever sends would lock everybody out, and nobody would know why."""
    with pytest.raises(ValueError, match=r"."):
        read_origin(text)


@given(st.none() | st.ip_addresses().map(str), st.none() | st.text())
def test_unrestricted_token_refuses_nobody(remote_ip: str | None, origin: str | None) -> None:
    assert UNRESTRICTED.allows_address(remote_ip)
    assert UNRESTRICTED.allows_origin(origin)


@given(st.text())
def test_origin_that_is_not_named_is_not_allowed(origin: str) -> None:
    if origin.strip().lower() != PAGE:
        assert not TokenRules(origins=(PAGE,)).allows_origin(origin)


def test_who_says_neither_address_nor_origin_is_kept_out() -> None:
    """A restriction that cannot be checked must not be taken for kept."""
    by_network = a_lead_token(rules=TokenRules(networks=("203.0.113.0/24",))).grant
    by_origin = a_lead_token(rules=TokenRules(origins=(PAGE,))).grant

    assert by_network.refusal(remote_ip=None, origin=PAGE) == IpNotAllowed()
    assert by_origin.refusal(remote_ip="203.0.113.7", origin=None) == OriginNotAllowed()
    assert by_origin.refusal(remote_ip=None, origin=PAGE.upper()) is None
