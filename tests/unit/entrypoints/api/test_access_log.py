"""One line for each request, and nothing in it that an address could carry."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from structlog.testing import capture_logs

from tests.support.apps import LEADS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.support.apps import World

UUID = "01234567-89ab-7def-8123-456789abcdef"
REQUESTS: Mapping[str, tuple[str, str, str, str | None, int]] = {
    "a lead": ("POST", f"{LEADS}?lead_token=TOKEN&caller_id=8004506787", "POST", "/api/v1/leads", 200),
    "a refused lead": ("PUT", f"{LEADS}?lead_token=TOKEN&caller_id=123", "PUT", "/api/v1/leads", 422),
    "a stranger": ("POST", f"{LEADS}?lead_token=TOKENx&caller_id=8004506787", "POST", "/api/v1/leads", 401),
    "one lead": ("GET", f"{LEADS}/{UUID}", "GET", "/api/v1/leads/<lead_id>", 401),
    "a caller for a lead": ("GET", f"{LEADS}/+18004506787", "GET", "/api/v1/leads/<lead_id>", 401),
    "no address": ("GET", "/8004506787/TOKEN", "GET", None, 404),
    "a preflight": ("OPTIONS", LEADS, "OPTIONS", "/api/v1/leads", 204),
    "an odd method": ("TOKEN", LEADS, "other", None, 405),
}


@pytest.mark.parametrize(("method", "target", "shown", "route", "status"), REQUESTS.values(), ids=REQUESTS.keys())
def test_line_says_what_was_asked_and_nothing_personal(
    world: World, method: str, target: str, shown: str, route: str | None, status: int
) -> None:
    """A log is read by more people than a database, and lives longer."""
    with capture_logs() as lines:
        world.ask(
            method.replace("TOKEN", world.schedule_token), target, body=b"x=8004506787", content_type="text/plain"
        )

    [line] = lines
    assert {name: line[name] for name in ("event", "method", "status")} == {
        "event": "request",
        "method": shown,
        "status": status,
    }
    assert line["route"] in {route, LEADS}
    assert line["ms"] >= 0
    assert set(line) == {"event", "log_level", "method", "route", "status", "ms"}
    assert not [secret for secret in (world.schedule_token, "8004506787", UUID) if secret in str(line)]


def test_fault_of_ours_is_logged_once_as_a_request(world: World) -> None:
    def fails() -> str:
        raise RuntimeError

    world.app.add_url_rule("/fails", view_func=fails)
    with capture_logs() as lines:
        world.ask("GET", "/fails")

    assert [line["event"] for line in lines] == ["internal_error", "request"]
    assert lines[1]["status"] == 500


def test_sample_that_cannot_be_kept_is_said_so_and_changes_no_answer(world: World) -> None:
    """Losing a sample is no reason to tell a stranger anything else."""
    from dataclasses import replace  # noqa: PLC0415 - for this one test

    from leadintake.domain.errors import Unavailable  # noqa: PLC0415 - likewise
    from leadintake.entrypoints.api import create_app  # noqa: PLC0415 - likewise

    def away(_sample: object) -> None:
        raise Unavailable

    app = create_app(replace(world.services, keep_unclaimed=away))
    with capture_logs() as lines:
        answer = app.test_client().post(f"{LEADS}?lead_token=nobodys&caller_id=8004506787")

    assert answer.status_code == 401
    assert [line["event"] for line in lines] == ["sample_not_kept", "request"]
    assert "8004506787" not in str(lines)
