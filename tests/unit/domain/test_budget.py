"""Who is counted as one client."""

from __future__ import annotations

import pytest

from leadintake.domain.budget import client_of


@pytest.mark.parametrize(
    ("address", "client"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2::1", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff:ffff:ffff:ffff", "2001:db8:1:2::/64"),
        ("2001:db8:1:3::1", "2001:db8:1:3::/64"),
        ("::1", "::/64"),
        (None, ""),
    ],
)
def test_ipv6_clients_count_by_their_network(address: str | None, client: str) -> None:
    """A single machine has 2^64 addresses there to fail from."""
    assert client_of(address) == client
