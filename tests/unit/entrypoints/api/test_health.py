"""Alive and ready, for supervisors and load balancers."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from leadintake.domain.ports import Finding
from leadintake.entrypoints.api import create_app
from leadintake.entrypoints.schemas.answers import ReadinessSchema

if TYPE_CHECKING:
    from collections.abc import Sequence

    from werkzeug.test import TestResponse

    from tests.support.apps import World

FINE = Finding("database_reachable", is_fine=True, detail="sqlite")
WRONG = Finding("schema_current", is_fine=False, detail="the schema is at nothing", mend="run: leadintake migrate")


def ready_with(world: World, *findings: Finding) -> TestResponse:
    """Ask an application whose store finds this whether it is ready."""

    def inspect() -> Sequence[Finding]:
        return findings

    return create_app(replace(world.services, inspect=inspect)).test_client().get("/readyz")


def test_process_that_answers_is_alive(world: World) -> None:
    answer = world.ask("GET", "/healthz")

    assert (answer.status_code, answer.get_json()) == (200, {"status": "alive"})


def test_head_is_enough_for_a_load_balancer(world: World) -> None:
    assert world.ask("HEAD", "/healthz").status_code == 200


def test_ready_is_every_finding_fine(world: World) -> None:
    answer = ready_with(world, FINE)

    assert answer.status_code == 200
    assert answer.get_json() == {
        "status": "ready",
        "checks": {"database_reachable": {"ok": True, "detail": "sqlite", "mend": ""}},
    }


def test_one_wrong_finding_is_not_ready_and_says_what_to_mend(world: World) -> None:
    answer = ready_with(world, FINE, WRONG)

    assert answer.status_code == 503
    assert answer.get_json()["status"] == "not ready"
    assert answer.get_json()["checks"]["schema_current"] == {
        "ok": False,
        "detail": "the schema is at nothing",
        "mend": "run: leadintake migrate",
    }


def test_store_that_forgets_is_not_ready(world: World) -> None:
    """A load balancer must not send leads to a demonstration in memory."""
    answer = world.ask("GET", "/readyz")

    assert answer.status_code == 503
    assert ReadinessSchema().validate(answer.get_json()) == {}


class TestMetrics:
    def asked(self, world: World, token: str | None, **headers: str) -> TestResponse:
        app = create_app(world.services, metrics=lambda: b"leadintake_requests_total 1.0\n", metrics_token=token)
        return app.test_client().get("/metrics", headers=headers)

    def test_who_sends_the_token_reads_what_was_counted(self, world: World) -> None:
        answer = self.asked(world, "a secret of ours", Authorization="Bearer a secret of ours")

        assert (answer.status_code, answer.data) == (200, b"leadintake_requests_total 1.0\n")
        assert answer.headers["Content-Type"].startswith("text/plain; version=0.0.4")

    @pytest.mark.parametrize("token", [None, "", "a secret of ours"])
    @pytest.mark.parametrize(
        "sent", [{}, {"Authorization": "Bearer "}, {"Authorization": "Bearer x"}, {"Authorization": "Basic eDp5"}]
    )
    def test_there_is_nothing_for_anybody_else(self, world: World, token: str | None, sent: dict[str, str]) -> None:
        """How much business somebody does is nobody's business; that there is a page for it is not told either."""
        answer, nowhere = self.asked(world, token, **sent), world.ask("GET", "/nowhere")

        assert (answer.status_code, answer.data) == (404, nowhere.data)
