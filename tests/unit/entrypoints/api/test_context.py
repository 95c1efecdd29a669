"""Whose address a request comes from: the connection's, unless a proxy of ours says otherwise."""

from __future__ import annotations

from ipaddress import ip_network
from typing import TYPE_CHECKING

import pytest

from tests.support.apps import LEADS, a_world

if TYPE_CHECKING:
    from leadintake.adapters.memory.store import MemoryStore

PROXIES = ("10.0.0.0/8", "fd00::/8", "192.0.2.1/32")


def seen(
    store: MemoryStore, connection: str | None, forwarded: str | None, *, trusted: tuple[str, ...] = PROXIES
) -> str | None:
    """Return the address that a lead is filed under."""
    world = a_world(store, trusted_proxies=tuple(ip_network(network) for network in trusted))
    answer = world.ask(
        "POST",
        f"{LEADS}?lead_token=TOKEN&caller_id=8004506787",
        headers={} if forwarded is None else {"X-Forwarded-For": forwarded},
        environ={"REMOTE_ADDR": connection},
    )
    assert answer.status_code == 200
    told: str | None = answer.get_json()["lead"]["remote_ip"]
    assert world.submissions()[0].receipt.remote_ip == told
    return told


@pytest.mark.parametrize(
    ("connection", "forwarded", "address"),
    [
        # Nobody of ours: what the client writes counts for nothing.
        ("203.0.113.9", None, "203.0.113.9"),
        ("203.0.113.9", "198.51.100.1", "203.0.113.9"),
        ("2001:db8::9", "198.51.100.1", "2001:db8::9"),
        # One proxy, and several.
        ("10.1.2.3", "198.51.100.1", "198.51.100.1"),
        ("10.1.2.3", "198.51.100.1, 10.9.9.9", "198.51.100.1"),
        ("10.1.2.3", "198.51.100.1,10.9.9.9 ,fd00::7", "198.51.100.1"),
        # What the client wrote stands further left than what our proxies wrote.
        ("10.1.2.3", "1.1.1.1, 198.51.100.1", "198.51.100.1"),
        ("10.1.2.3", "10.0.0.1, 198.51.100.1", "198.51.100.1"),
        ("10.1.2.3", "127.0.0.1, 10.0.0.1, 198.51.100.1, 10.9.9.9", "198.51.100.1"),
        # Everybody is ours: the far end is.
        ("10.1.2.3", "10.4.4.4", "10.4.4.4"),
        ("10.1.2.3", None, "10.1.2.3"),
        ("10.1.2.3", "", "10.1.2.3"),
        ("10.1.2.3", " , ,", "10.1.2.3"),
        # As proxies write it.
        ("10.1.2.3", "198.51.100.1:51234", "198.51.100.1"),
        ("10.1.2.3", "2001:db8::1", "2001:db8::1"),
        ("10.1.2.3", "2001:0DB8:0::1", "2001:db8::1"),
        ("10.1.2.3", "[2001:db8::1]", "2001:db8::1"),
        ("10.1.2.3", "[2001:db8::1]:443", "2001:db8::1"),
        ("10.1.2.3", "fe80::1%eth0", "fe80::1"),
        ("10.1.2.3", "::ffff:198.51.100.1", "198.51.100.1"),
        ("fd00::3", "2001:db8::1", "2001:db8::1"),
        ("::ffff:10.1.2.3", "198.51.100.1", "198.51.100.1"),
        ("10.1.2.3", "198.51.100.1, ::ffff:10.9.9.9", "198.51.100.1"),
        # What is no address says nothing.
        ("10.1.2.3", "unknown", "10.1.2.3"),
        ("10.1.2.3", "198.51.100.1, _hidden", "10.1.2.3"),
        ("10.1.2.3", "198.51.100.1, 10.9.9.9:x", "10.1.2.3"),
        ("10.1.2.3", "999.1.1.1", "10.1.2.3"),
        ("10.1.2.3", "<script>", "10.1.2.3"),
        ("10.1.2.3", "fe80::1%" + "a" * 60_000, "fe80::1"),
        ("10.1.2.3", "1" * 60_000, "10.1.2.3"),
        ("10.1.2.3", "[" * 60_000, "10.1.2.3"),
        ("10.1.2.3", "198.51.100.1 10.9.9.9", "10.1.2.3"),
        # A Unix socket has no address.
        ("", "198.51.100.1", None),
        ("/run/leadintake.sock", None, None),
        ("203.0.113.9", "198.51.100.1:80", "203.0.113.9"),
    ],
)
def test_address_is_the_last_one_that_our_proxies_did_not_add(
    store: MemoryStore, connection: str, forwarded: str | None, address: str | None
) -> None:
    """An address that a client can choose is worth nothing as evidence, and opens every list of addresses."""
    assert seen(store, connection, forwarded) == address


@pytest.mark.parametrize("connection", ["203.0.113.9", "127.0.0.1", "10.1.2.3"])
def test_without_proxies_of_ours_nobody_is_believed(store: MemoryStore, connection: str) -> None:
    assert seen(store, connection, "198.51.100.1", trusted=()) == connection


@pytest.mark.parametrize("header", ["X-Real-IP", "Forwarded", "CF-Connecting-IP", "True-Client-IP", "X-Client-IP"])
def test_no_other_header_is_believed(store: MemoryStore, header: str) -> None:
    world = a_world(store, trusted_proxies=(ip_network("10.0.0.0/8"),))

    answer = world.ask(
        "POST",
        f"{LEADS}?lead_token=TOKEN&caller_id=8004506787",
        headers={header: "198.51.100.1"},
        environ={"REMOTE_ADDR": "10.1.2.3"},
    )

    assert answer.get_json()["lead"]["remote_ip"] == "10.1.2.3"
