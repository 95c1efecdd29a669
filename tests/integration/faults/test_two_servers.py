"""A second server on the port of the first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.support.loads import Sender

if TYPE_CHECKING:
    from tests.integration.faults.installations import Installation


def test_second_server_on_the_same_port_is_refused(installation: Installation) -> None:
    """The kernel would deal the connections to both, and half of them to a process that nobody knows of."""
    with installation.serving() as server, Sender(server.port) as sender:
        second = installation.run("serve", "--port", str(installation.port))
        attempt = sender.post(installation.token, "+18004506787")

        assert (second.returncode, second.stdout) == (1, "")
        assert f"Port {installation.port} on 127.0.0.1 is taken" in second.stderr
        assert attempt.status == 200
        assert server.terminate() == 0
