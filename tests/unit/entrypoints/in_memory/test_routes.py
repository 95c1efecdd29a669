"""What a server in memory takes beside everything else: the beginning again, another time."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from leadintake.bootstrap import MovableClock
from leadintake.entrypoints.in_memory import InMemoryInstallation, Opening
from leadintake.entrypoints.in_memory.routes import add_routes

from tests.support.builders import NOW

if TYPE_CHECKING:
    from werkzeug.test import TestResponse


@pytest.fixture
def installation() -> InMemoryInstallation:
    return InMemoryInstallation(Opening(), clock=MovableClock(NOW), extend=add_routes)


def submit(installation: InMemoryInstallation, **fields: Any) -> Any:  # noqa: ANN401 - whatever JSON has
    schedule = installation.founded.schedule
    assert schedule is not None
    answer = installation.app.test_client().post(
        "/api/v1/leads",
        json={"caller_id": "+18004506787", **fields},
        headers={"X-Lead-Token": schedule.lead_token},
    )
    return answer.get_json()


def move(installation: InMemoryInstallation, **members: Any) -> TestResponse:  # noqa: ANN401 - likewise
    return installation.app.test_client().post("/testing/clock", json=members)


def test_deleting_the_state_is_the_beginning_again(installation: InMemoryInstallation) -> None:
    schedule = installation.founded.schedule
    assert submit(installation)["outcome"] == "created"
    move(installation, advance_seconds=60)

    answer = installation.app.test_client().delete("/testing/state")

    assert (answer.status_code, answer.data) == (204, b"")
    assert installation.founded.schedule == schedule
    assert installation.clock() == NOW
    assert submit(installation)["outcome"] == "created"


def test_state_can_be_deleted_again_and_again(installation: InMemoryInstallation) -> None:
    """The routes are part of every application that is made, not of the first only."""
    for _ in range(3):
        assert installation.app.test_client().delete("/testing/state").status_code == 204


def test_outage_lasts_until_it_is_ended(installation: InMemoryInstallation) -> None:
    client = installation.app.test_client()

    assert client.put("/testing/outage").status_code == 204
    assert submit(installation)["code"] == "unavailable"
    assert client.delete("/testing/outage").status_code == 204
    assert submit(installation)["outcome"] == "created"


def test_outage_ends_with_the_state(installation: InMemoryInstallation) -> None:
    client = installation.app.test_client()
    client.put("/testing/outage")

    client.delete("/testing/state")

    assert submit(installation)["outcome"] == "created"


def test_clock_is_shown(installation: InMemoryInstallation) -> None:
    assert installation.app.test_client().get("/testing/clock").get_json() == {"now": "2026-03-01T12:00:00Z"}


@pytest.mark.parametrize("to", [{"advance_seconds": 3_600}, {"now": "2026-03-01T14:00:00+01:00"}])
def test_what_is_due_is_done_when_the_clock_has_moved(installation: InMemoryInstallation, to: dict[str, Any]) -> None:
    lead_id = submit(installation, expires_in=60)["id"]

    answer = move(installation, **to)

    assert (answer.status_code, answer.get_json()) == (200, {"now": "2026-03-01T13:00:00Z"})
    assert installation.clock() == NOW + timedelta(hours=1)
    bearer = {"Authorization": f"Bearer {installation.founded.private_key}"}
    lead = installation.app.test_client().get(f"/api/v1/leads/{lead_id}", headers=bearer).get_json()["lead"]
    assert (lead["status"], lead["updated_at"]) == ("expired", "2026-03-01T13:00:00Z")


@pytest.mark.parametrize(
    ("members", "field"),
    [
        ({}, "advance_seconds"),
        ({"advance_seconds": 1, "now": "2026-03-02T00:00:00Z"}, "advance_seconds"),
        ({"advance_seconds": -1}, "advance_seconds"),
        ({"advance_seconds": 1.5}, "advance_seconds"),
        ({"advance_seconds": "soon"}, "advance_seconds"),
        ({"advance_seconds": None}, "advance_seconds"),
        ({"advance_seconds": 10**18}, "advance_seconds"),
        ({"now": "2026-03-01T11:59:59Z"}, "now"),
        ({"now": "2026-03-02T00:00:00"}, "now"),
        ({"now": "tomorrow"}, "now"),
        ({"now": None}, "now"),
        ({"hours": 1}, "hours"),
    ],
)
def test_time_that_makes_no_sense_is_named(
    installation: InMemoryInstallation, members: dict[str, Any], field: str
) -> None:
    answer = move(installation, **members)

    assert (answer.status_code, answer.get_json()["code"]) == (422, "invalid_parameter")
    assert field in answer.get_json()["errors"]
    assert installation.clock() == NOW


@pytest.mark.parametrize("body", [b"[]", b"{", b"\xff"])
def test_body_that_is_no_object_is_a_400(installation: InMemoryInstallation, body: bytes) -> None:
    answer = installation.app.test_client().post("/testing/clock", data=body, content_type="application/json")

    assert answer.status_code == 400


def test_end_of_the_calendar_is_not_passed(installation: InMemoryInstallation) -> None:
    installation.clock.move_to(NOW.replace(year=9999))

    assert move(installation, advance_seconds=315_532_800).status_code == 422
