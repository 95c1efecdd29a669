"""Metrics of a running service: of all its workers, and of no sender."""

from __future__ import annotations

import http.client
from contextlib import closing
from typing import TYPE_CHECKING

from tests.support.loads import Sender
from tests.support.servers import wait_until

if TYPE_CHECKING:
    from tests.integration.faults.installations import Installation

METRICS_TOKEN = "0123456789abcdef-metrics"


def counted(port: int) -> str:
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=10)) as connection:
        connection.request("GET", "/metrics", headers={"Authorization": f"Bearer {METRICS_TOKEN}"})
        return connection.getresponse().read().decode()


def test_any_worker_tells_what_all_have_counted(installation: Installation) -> None:
    """A scrape meets one worker by chance; half of the leads must not be missing then."""
    with installation.serving(METRICS_TOKEN=METRICS_TOKEN) as server:
        for number in range(20):
            # A connection each, so that every worker gets some.
            with Sender(server.port) as sender:
                assert sender.post(installation.token, f"+1202555{number:04}").status == 200

        wait_until(
            lambda: 'leadintake_submissions_total{code="",outcome="created"} 20.0' in counted(server.port),
            what="all are counted",
        )
        text = counted(server.port)

        assert installation.token not in text
        assert "2025550" not in text
        assert server.terminate() == 0
