"""What is counted of requests and submissions."""

from __future__ import annotations

from leadintake.entrypoints.metrics import Metrics
from leadintake.entrypoints.request_log import AnsweredRequest


def answered(
    status: int,
    outcome: str | None,
    *,
    route: str | None = "/api/v1/leads",
    seconds: float | None = 0.01,
) -> AnsweredRequest:
    return AnsweredRequest("POST", route, status, seconds, 0.0, "ab-1", outcome, "unknown-7")


def written(*requests: AnsweredRequest) -> list[str]:
    metrics = Metrics()
    metrics.count(requests[:1])
    metrics.count(requests[1:])
    return [line for line in metrics.written().decode().splitlines() if "_total{" in line]


def test_requests_are_counted_by_method_route_and_status() -> None:
    lines = written(answered(200, "created"), answered(200, "updated"), answered(404, None, route=None))

    assert 'leadintake_requests_total{method="POST",route="/api/v1/leads",status="200"} 2.0' in lines
    assert 'leadintake_requests_total{method="POST",route="none",status="404"} 1.0' in lines


def test_submissions_are_counted_by_what_became_of_them() -> None:
    lines = written(
        answered(200, "created"),
        answered(200, "created"),
        answered(422, "duplicate_lead"),
        answered(401, "unknown_api_key", route="/api/v1/schedules"),
    )

    assert [line for line in lines if line.startswith("leadintake_submissions")] == [
        'leadintake_submissions_total{code="",outcome="created"} 2.0',
        'leadintake_submissions_total{code="duplicate_lead",outcome="refused"} 1.0',
    ]


def test_time_is_added_up_and_slow_requests_are_told_by_how_slow_they_were() -> None:
    lines = written(answered(200, "created", seconds=0.2), answered(200, "created"), answered(200, "x", seconds=None))

    [total] = [line for line in lines if line.startswith("leadintake_request_seconds_total")]
    assert total.startswith('leadintake_request_seconds_total{route="/api/v1/leads"} 0.21')
    assert [line for line in lines if line.startswith("leadintake_slow")] == [
        'leadintake_slow_requests_total{over="0.05",route="/api/v1/leads"} 1.0',
        'leadintake_slow_requests_total{over="0.1",route="/api/v1/leads"} 1.0',
    ]


def test_nothing_of_a_sender_is_a_label() -> None:
    text = "".join(written(answered(200, "created")))

    assert "unknown-7" not in text
    assert "ab-1" not in text
