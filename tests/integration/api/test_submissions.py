"""Submissions out by API key, on every store."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from leadintake.domain.credential import Permission
from leadintake.entrypoints.schemas.answers import ProblemSchema
from leadintake.entrypoints.schemas.company.submissions import ONE_SUBMISSION, SUBMISSIONS

from tests.support.apps import a_world

if TYPE_CHECKING:
    from tests.support.apps import World

API = "/api/v1/submissions"
ADA, BEN = "+12025550143", "+12025550144"


@pytest.fixture
def filled(world: World) -> World:
    """Submit a lead, an update, one that is refused and one to the offer, a minute apart each."""
    for fields in ({"caller_id": ADA}, {"caller_id": ADA, "x": "y"}, {"caller_id": "12", "interest": "kittens"}):
        world.submit(**fields)
        world.clock.advance(timedelta(minutes=1))
    world.submit(world.offer_token, caller_id=BEN)
    return world


def outcomes(world: World, /, **query: str | int) -> list[str]:
    """Return the outcomes on that page, once it is a page in every respect."""
    answer = world.get(API, **query)
    document: dict[str, Any] = answer.get_json()
    assert (answer.status_code, SUBMISSIONS.validate(document)) == (200, {}), document
    return [each["outcome"] for each in document["submissions"]]


class TestFilters:
    def test_all_come_newest_first(self, filled: World) -> None:
        assert outcomes(filled) == ["created", "refused", "updated", "created"]

    def test_every_column_filters(self, filled: World) -> None:
        lead_id = filled.get(caller_id=ADA).get_json()["leads"][0]["id"]

        assert outcomes(filled, outcome="REFUSED") == outcomes(filled, code="invalid_caller_id") == ["refused"]
        assert outcomes(filled, offer_id=filled.offer.id) == ["created"]
        assert outcomes(filled, schedule_id=filled.schedule.id) == ["refused", "updated", "created"]
        assert outcomes(filled, lead_id=lead_id) == ["updated", "created"]

    def test_credentials_and_callers_filter(self, filled: World) -> None:
        """A publisher's lead token, or a caller on the phone, is all that is known at first."""
        key = {"schedule_id": str(filled.schedule.id), "caller_id": BEN}
        filled.post("/api/v1/leads/capture", json=key, headers=filled.bearer())
        by_key, *_, by_token = filled.get(API).get_json()["submissions"]

        assert (by_key["lead_token_id"], by_token["api_key_id"]) == (None, None)
        assert outcomes(filled, api_key_id=by_key["api_key_id"]) == ["created"]
        assert outcomes(filled, lead_token_id=by_token["lead_token_id"]) == ["refused", "updated", "created"]
        assert outcomes(filled, route="leads/capture") == ["created"]
        assert outcomes(filled, caller_id="(202) 555-0143") == ["updated", "created"]
        assert outcomes(filled, caller_id="+12025550199") == []

    def test_time_is_half_open_and_in_the_companys_zone(self, filled: World) -> None:
        """The company is in New York, five hours behind."""
        assert outcomes(filled, received_at_from="2026-03-01 07:01", received_at_to="2026-03-01 07:02") == ["updated"]
        assert outcomes(filled, received_at_from="2026-03-01 12:03", time_zone="UTC") == ["created"]

    @pytest.mark.parametrize(
        ("query", "fields"),
        [
            ({"outcome": "kittens", "page": "0"}, {"outcome", "page"}),
            ({"lead_id": "1"}, {"lead_id"}),
            ({"cursor": "1"}, {"cursor"}),
            ({"schedule_id": "1", "offer_id": "1"}, {"offer_id"}),
            ({"received_at_from": "soon", "time_zone": "x"}, {"received_at_from", "time_zone"}),
            (
                {"caller_id": "12", "lead_token_id": "1", "api_key_id": "x"},
                {"caller_id", "lead_token_id", "api_key_id"},
            ),
            ({"kittens": "1"}, {"kittens"}),
        ],
    )
    def test_filter_that_means_nothing_is_refused_by_name(
        self, world: World, query: dict[str, str], fields: set[str]
    ) -> None:
        answer = world.get(API, **query)

        assert (answer.status_code, set(answer.get_json()["errors"])) == (422, fields)
        assert ProblemSchema().validate(answer.get_json()) == {}


class TestPages:
    def test_pages_and_cursor_hold_every_submission_once(self, filled: World) -> None:
        first = filled.get(API, per_page=3).get_json()["metadata"]

        assert first == {
            "root": "submissions",
            "total_count": 4,
            "page": 1,
            "per_page": 3,
            "next_cursor": first["next_cursor"],
            "total_count_is_exact": True,
        }
        assert outcomes(filled, per_page=3, page=2) == ["created"]
        assert outcomes(filled, per_page=3, cursor=first["next_cursor"]) == ["created"]


class TestOne:
    def test_it_is_shown_with_its_request_and_without_its_credential(self, filled: World) -> None:
        """A refused submission is repaired from what is shown here."""
        listed = filled.get(API, outcome="refused").get_json()["submissions"][0]

        answer = filled.get(f"{API}/{listed['id']}")

        document = answer.get_json()
        assert ONE_SUBMISSION.validate(document) == {}
        assert {name: document["submission"][name] for name in listed} == listed
        assert (listed["code"], list(listed["errors"])) == ("invalid_caller_id", ["caller_id"])
        assert "kittens" in str(document["submission"]["request"])
        assert filled.schedule_token not in answer.get_data(as_text=True)

    def test_absent_foreign_and_impossible_ones_look_alike(self, filled: World) -> None:
        other = a_world(filled.store)
        foreign = other.submit(caller_id=ADA).get_json()["submission_id"]

        answers = [filled.get(f"{API}/{each}") for each in (foreign, "01234567-89ab-7def-8123-456789abcdef", "x")]
        assert {answer.status_code for answer in answers} == {404}
        assert len({answer.data for answer in answers}) == 1
        assert outcomes(other) == ["created"]

    def test_reading_needs_a_permission(self, world: World) -> None:
        for permissions, status in (((), 403), ((Permission.READ,), 200)):
            headers = world.bearer(world.another_key(*permissions))
            assert world.client.get(API, headers=headers).status_code == status
