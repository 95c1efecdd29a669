"""Requests on their way into the log and the metrics."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING
from uuid import UUID

from leadintake.entrypoints.logs import configure_logs
from leadintake.entrypoints.request_log import AnsweredRequest, GatheredRequests, gather_requests, log_request, untold

from tests.support.servers import wait_until

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pytest


def a_request(status: int = 200) -> AnsweredRequest:
    return AnsweredRequest(
        method="POST",
        route="/api/v1/leads",
        status=status,
        seconds=0.01234,
        at=1_760_000_000.5,
        request_id="ab-1",
        outcome="created",
        credential=UUID(int=7),
    )


def nothing(_requests: Sequence[AnsweredRequest]) -> None:
    """Count nothing."""


def test_lines_are_written_soon_and_in_order_and_each_is_counted() -> None:
    out, counted = io.StringIO(), list[int]()
    gather_requests(
        count=lambda requests: counted.extend(one.status for one in requests), is_shown=True, is_json=True, stream=out
    )

    for status in range(50):
        log_request(a_request(status))

    wait_until(lambda: out.getvalue().count("\n") == 50, what="the lines are written")
    assert [json.loads(line)["status"] for line in out.getvalue().splitlines()] == counted == [*range(50)]


def test_line_has_everything_that_is_told_of_a_request() -> None:
    out = io.StringIO()
    gather_requests(count=nothing, is_shown=True, is_json=True, stream=out)

    log_request(a_request())

    wait_until(lambda: bool(out.getvalue()), what="the line is written")
    assert json.loads(out.getvalue()) == {
        "event": "request",
        "level": "info",
        "timestamp": "2025-10-09T08:53:20.500000Z",
        "method": "POST",
        "route": "/api/v1/leads",
        "status": 200,
        "ms": 12.3,
        "outcome": "created",
        "credential": str(UUID(int=7)),
        "request_id": "ab-1",
    }


def test_line_for_people_tells_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs(level="info", is_json=False)
    gather_requests(count=nothing, is_shown=True, is_json=False)

    log_request(a_request())

    shown: list[str] = []

    def is_there() -> bool:
        shown.append(capsys.readouterr().err)
        return any(shown)

    wait_until(is_there, what="the line is written")
    assert all(word in "".join(shown) for word in ("request", "created", "ab-1", "12.3"))


def test_log_that_leaves_requests_out_still_counts_them() -> None:
    out, counted = io.StringIO(), list[AnsweredRequest]()
    gather_requests(count=counted.extend, is_shown=False, is_json=True, stream=out)

    log_request(a_request())

    wait_until(lambda: bool(counted), what="it is counted")
    assert out.getvalue() == ""


def test_reader_that_has_gone_away_stops_nothing() -> None:
    """A log that nobody can read is no reason to refuse a lead."""
    gone = io.StringIO()
    gathered = GatheredRequests(lambda requests: gone.writelines(one.method for one in requests))
    gathered.add(a_request())
    gone.close()

    gathered.tell_all()
    gathered.add(a_request())


def test_nobody_is_told_of_requests_that_are_said_to_be_nobody_s_business(capsys: pytest.CaptureFixture[str]) -> None:
    """A service in memory is silent inside somebody else's test run; the next request is told of again."""
    counted: list[AnsweredRequest] = []
    gathered = io.StringIO()
    gather_requests(count=counted.extend, is_shown=True, is_json=True, stream=gathered)

    with untold():
        log_request(a_request(status=201))
    log_request(a_request(status=202))
    wait_until(lambda: bool(counted), what="the request is counted")

    assert [each.status for each in counted] == [202]
    assert capsys.readouterr().out == ""
