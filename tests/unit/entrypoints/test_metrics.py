"""What is counted of requests and submissions."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from leadintake.adapters.memory.store import MemoryStore
from leadintake.domain.errors import Unavailable
from leadintake.entrypoints.metrics import READ_EVERY, Metrics, SignalMetrics
from leadintake.entrypoints.request_log import AnsweredRequest

from tests.support.apps import World, a_world
from tests.support.counted import A_REFUSAL, count

if TYPE_CHECKING:
    from collections.abc import Sequence

    from leadintake.bootstrap import Services
    from leadintake.domain.company import Company


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


class TestSignals:
    @pytest.fixture
    def world(self) -> World:
        return a_world(MemoryStore())

    def lines(self, services: Services) -> list[str]:
        text = SignalMetrics(services).written().decode()
        return [line for line in text.splitlines() if not line.startswith("#")]

    def test_quiet_company_is_told_as_quiet(self, world: World) -> None:
        number = world.company.id

        assert self.lines(world.services) == [
            "leadintake_signals_read 1.0",
            f'leadintake_silent_sources{{company="{number}"}} 0.0',
            f'leadintake_refused_share{{company="{number}",over="hour"}} 0.0',
            f'leadintake_refused_share{{company="{number}",over="week"}} 0.0',
            f'leadintake_refusals_jumped{{company="{number}"}} 0.0',
            f'leadintake_work_lag_seconds{{company="{number}",work="settle_due_leads"}} 0.0',
            f'leadintake_work_lag_seconds{{company="{number}",work="seal_events"}} 0.0',
            f'leadintake_work_lag_seconds{{company="{number}",work="fold_rollups"}} 0.0',
        ]

    def test_alarming_things_are_told_without_a_name(self, world: World) -> None:
        number = world.company.id
        count(world, 1000, *(timedelta(hours=each) for each in range(8, 80)))
        count(world, None, *[timedelta()] * 30, measures=A_REFUSAL)
        world.submit(caller_id="8004506787", expires_in="1")
        world.clock.advance(timedelta(minutes=5))

        lines = self.lines(world.services)

        assert f'leadintake_silent_sources{{company="{number}"}} 1.0' in lines
        assert f'leadintake_refusals_jumped{{company="{number}"}} 1.0' in lines
        assert f'leadintake_work_lag_seconds{{company="{number}",work="settle_due_leads"}} 240.0' in lines
        assert f'leadintake_work_lag_seconds{{company="{number}",work="seal_events"}} 300.0' in lines
        assert not any("Kitten" in line or "1000" in line or world.company.name in line for line in lines)

    def test_store_is_not_asked_each_time(self, world: World) -> None:
        metrics = SignalMetrics(world.services)
        first = metrics.written()
        count(world, 1000, *(timedelta(hours=each) for each in range(8, 80)))

        assert metrics.written() == first
        world.clock.advance(READ_EVERY)
        assert metrics.written() != first

    def test_store_that_is_away_is_what_is_told(self, world: World) -> None:
        def away() -> Sequence[Company]:
            raise Unavailable

        assert self.lines(replace(world.services, list_companies=away)) == ["leadintake_signals_read 0.0"]
