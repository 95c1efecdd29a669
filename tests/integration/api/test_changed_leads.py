"""Leads corrected and hidden by API key, on every store."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest

from leadintake.domain.credential import Permission
from leadintake.domain.event import EventKind
from leadintake.domain.lead import LeadId
from leadintake.domain.parameters import Limits
from leadintake.entrypoints.schemas.answers import LeadAnswerSchema, ProblemSchema

from tests.support.apps import LEADS, a_world

if TYPE_CHECKING:
    from collections.abc import Sequence

    from werkzeug.test import TestResponse

    from leadintake.domain.event import Event

    from tests.support.apps import Store, World

ADA = "+12025550143"


@pytest.fixture
def lead(world: World) -> str:
    """Submit a lead and return its id."""
    answer = world.submit(
        caller_id=ADA, email="ada@example.com", traffic_source_id=1000, sub_id="A", interest="kittens"
    )
    lead_id: str = answer.get_json()["id"]
    return lead_id


def asked(world: World, method: str, lead_id: str, body: object = None) -> TestResponse:
    """Ask with the company's API key."""
    return world.client.open(f"{LEADS}/{lead_id}", method=method, json=body, headers=world.bearer())


def done(world: World, method: str, lead_id: str, body: object = None) -> dict[str, Any]:
    """Ask for what is to succeed, and return the lead."""
    answer = asked(world, method, lead_id, body)
    document: dict[str, Any] = answer.get_json()
    assert (answer.status_code, LeadAnswerSchema().validate(document)) == (200, {}), document
    shown: dict[str, Any] = document["lead"]
    return shown


def refused(world: World, lead_id: str, body: object) -> dict[str, Any]:
    """Ask for a change that is to be refused with a 422, and return the errors."""
    answer = asked(world, "PATCH", lead_id, body)
    document: dict[str, Any] = answer.get_json()
    assert (answer.status_code, ProblemSchema().validate(document)) == (422, {}), document
    return dict(document["errors"])


def facts(world: World, lead_id: str) -> Sequence[Event]:
    """Return the lead's events, oldest first."""
    with world.store.reading(world.company.id) as uow:
        return uow.events.of_lead(LeadId(UUID(lead_id)))


class TestChanging:
    @pytest.mark.parametrize("method", ["PATCH", "PUT"])
    def test_what_is_given_changes_and_the_rest_stays(self, world: World, lead: str, method: str) -> None:
        before = done(world, "GET", lead)
        world.clock.advance(timedelta(minutes=1))

        changed = done(world, method, lead, {"tokens": {"Interest": "puppies", "age": 42}, "lead_priority": -1.5})

        assert changed == before | {
            "tokens": {"email": "ada@example.com", "interest": "puppies", "age": "42"},
            "lead_priority": -1.5,
            "updated_at": "2026-03-01T12:01:00Z",
        }
        assert done(world, "GET", lead) == changed

    def test_numbers_and_booleans_are_kept_as_text(self, world: World, lead: str) -> None:
        tokens = '{"tokens": {"a": 30000.50, "b": true, "c": false, "d": 12345678901234567890, "e": " x "}}'
        answer = world.client.patch(f"{LEADS}/{lead}", data=tokens, headers=world.bearer())

        shown = answer.get_json()["lead"]["tokens"]
        assert {name: shown[name] for name in "abcde"} == {
            "a": "30000.50",
            "b": "true",
            "c": "false",
            "d": "12345678901234567890",
            "e": "x",
        }

    def test_null_takes_away(self, world: World, lead: str) -> None:
        nothing = {"tokens": {"interest": None}, "email": None, "traffic_source_id": None, "sub_id": None}

        changed = done(world, "PATCH", lead, nothing)

        assert (changed["tokens"], changed["email"]) == ({}, None)
        assert (changed["traffic_source_id"], changed["sub_id"]) == (None, None)

    def test_address_is_a_lead_token_too(self, world: World, lead: str) -> None:
        """As in a submission: the two must not tell different things."""
        assert done(world, "PATCH", lead, {"email": "eve@example.com"})["tokens"]["email"] == "eve@example.com"
        assert done(world, "PATCH", lead, {"tokens": {"email": "ben@example.com"}})["email"] == "ben@example.com"

    def test_time_without_an_offset_is_in_the_companys_zone(self, world: World, lead: str) -> None:
        times = {"next_action_at": "2026-07-01 09:00", "expires_at": "2026-08-01T09:00:00Z"}

        changed = done(world, "PATCH", lead, times)

        assert (changed["next_action_at"], changed["expires_at"]) == ("2026-07-01T13:00:00Z", "2026-08-01T09:00:00Z")
        assert done(world, "PATCH", lead, {"expires_at": None})["expires_at"] is None

    def test_expiry_that_is_over_ends_the_lead_at_once(self, world: World, lead: str) -> None:
        assert done(world, "PATCH", lead, {"expires_at": "2026-03-01T12:00:00Z"})["status"] == "expired"

    def test_data_of_an_ended_lead_may_be_corrected_and_its_plan_may_not(self, world: World, lead: str) -> None:
        """Reports go on counting it, so its source can be wrong; but nothing more happens to it."""
        world.submit(caller_id=ADA, opt_out=True)

        assert done(world, "PATCH", lead, {"sub_id": "B"})["sub_id"] == "B"
        assert set(refused(world, lead, {"next_action_at": "2030-01-01", "expires_at": None})) == {
            "next_action_at",
            "expires_at",
        }
        assert done(world, "GET", lead)["status"] == "opt_out"

    def test_lead_whose_time_is_up_has_ended(self, world: World, lead: str) -> None:
        done(world, "PATCH", lead, {"expires_at": "2026-03-01T12:30:00Z"})
        world.clock.advance(timedelta(hours=1))

        assert set(refused(world, lead, {"expires_at": "2030-01-01"})) == {"expires_at"}

    @pytest.mark.parametrize(
        ("body", "fields"),
        [
            ({"status": "completed"}, {"status"}),
            ({"caller_id": ADA}, {"caller_id"}),
            ({"tokens": []}, {"tokens"}),
            ({"tokens": None}, {"tokens"}),
            ({"tokens": {"a": [1], "b": {}, " ": 1}}, {"tokens.a", "tokens.b", "tokens. "}),
            ({"tokens": {"x" * 65: 1}}, {"tokens." + "x" * 65}),
            ({"traffic_source_id": 7}, {"traffic_source_id"}),
            ({"traffic_source_id": "1000"}, {"traffic_source_id"}),
            ({"sub_id": "x" * 256}, {"sub_id"}),
            ({"email": ""}, {"email"}),
            ({"lead_priority": 0.00001}, {"lead_priority"}),
            ({"lead_priority": 1_000_001}, {"lead_priority"}),
            ({"lead_priority": None}, {"lead_priority"}),
            ({"expires_at": "soon", "next_action_at": 5}, {"expires_at", "next_action_at"}),
            ({"expires_at": "9999-12-31T23:59:59"}, {"expires_at"}),
            ({"traffic_source_id": 7, "expires_at": "9999-12-31T23:59:59"}, {"traffic_source_id", "expires_at"}),
        ],
    )  # fmt: skip
    def test_every_field_at_fault_is_named_and_nothing_changes(
        self, world: World, lead: str, body: dict[str, Any], fields: set[str]
    ) -> None:
        before = done(world, "GET", lead)

        assert set(refused(world, lead, body)) == fields
        assert done(world, "GET", lead) == before

    def test_lead_gathers_at_most_1000_lead_tokens(self, world: World, lead: str) -> None:
        tokens = {f"token_{number}": "x" for number in range(1_000)}

        assert set(refused(world, lead, {"tokens": tokens})) == {"tokens"}

    def test_lead_token_is_as_long_as_the_installation_takes_it(self, store: Store) -> None:
        world = a_world(store, limits=Limits(max_value_chars=20))
        lead_id = world.submit(caller_id=ADA).get_json()["id"]

        assert set(refused(world, lead_id, {"tokens": {"a": "x" * 21, "b": "x" * 20}})) == {"tokens.a"}


class TestRemoving:
    def test_removed_lead_is_hidden_and_still_there(self, world: World, lead: str) -> None:
        removed = done(world, "DELETE", lead)

        assert (removed["status"], removed["is_live"], removed["next_action_at"]) == ("removed", False, None)
        assert world.get().get_json()["metadata"]["total_count"] == 0
        assert done(world, "GET", lead) == removed

    def test_removing_twice_is_removing_once(self, world: World, lead: str) -> None:
        removed = done(world, "DELETE", lead)
        world.clock.advance(timedelta(minutes=1))

        assert done(world, "DELETE", lead) == removed
        assert [fact.kind for fact in facts(world, lead)] == [EventKind.LEAD_CREATED, EventKind.LEAD_REMOVED]

    def test_ended_lead_can_be_hidden(self, world: World, lead: str) -> None:
        world.submit(caller_id=ADA, opt_out=True)

        assert done(world, "DELETE", lead)["status"] == "removed"

    def test_callers_next_submission_begins_a_lead_of_its_own(self, world: World, lead: str) -> None:
        done(world, "DELETE", lead)

        answer = world.submit(caller_id=ADA).get_json()
        assert (answer["outcome"], answer["id"] != lead) == ("created", True)


class TestFacts:
    def test_who_changed_what_is_kept(self, world: World, lead: str) -> None:
        done(world, "PATCH", lead, {"tokens": {"age": 42}, "sub_id": "B"})

        fact = facts(world, lead)[-1]
        key = world.store.installation.find_api_key(world.mint.keyring.lookup(world.api_key.private))
        assert key is not None
        assert (fact.kind, fact.lead_version) == (EventKind.LEAD_UPDATED, 2)
        assert fact.details == {
            "api_key_id": str(key.id),
            "owner": {"kind": "schedule", "id": world.schedule.id},
            "status": "scheduled",
            "traffic_source_id": 1000,
            "sub_id": "B",
            "tokens": ["age"],
            "previous": {"traffic_source_id": 1000, "sub_id": "A"},
        }

    def test_change_that_changes_nothing_leaves_no_trace(self, world: World, lead: str) -> None:
        before = done(world, "GET", lead)
        world.clock.advance(timedelta(minutes=1))

        assert done(world, "PATCH", lead, {"sub_id": "A", "tokens": {"interest": "kittens"}}) == before
        assert len(facts(world, lead)) == 1


class TestWhoMay:
    @pytest.mark.parametrize("method", ["PATCH", "PUT", "DELETE"])
    def test_reading_keys_change_nothing(self, world: World, lead: str, method: str) -> None:
        headers = world.bearer(world.another_key(Permission.READ))

        answer = world.client.open(f"{LEADS}/{lead}", method=method, json={"sub_id": "B"}, headers=headers)

        assert (answer.status_code, answer.get_json()["code"]) == (403, "permission_denied")
        assert done(world, "GET", lead)["sub_id"] == "A"

    @pytest.mark.parametrize("method", ["PATCH", "PUT", "DELETE"])
    def test_absent_foreign_and_impossible_leads_look_alike(self, world: World, lead: str, method: str) -> None:
        other = a_world(world.store)
        answers = [
            asked(other, method, lead_id, {"sub_id": "B"})
            for lead_id in (lead, "01234567-89ab-7def-8123-456789abcdef", "kittens", "1")
        ]

        assert {answer.status_code for answer in answers} == {404}
        assert len({answer.data for answer in answers}) == 1
        assert done(world, "GET", lead)["sub_id"] == "A"


class TestSimultaneous:
    def test_no_change_is_lost(self, world: World, lead: str) -> None:
        """Eight who change one lead at once: each waits for the caller, and decides over what the others did."""
        with ThreadPoolExecutor(8) as pool:
            statuses = list(
                pool.map(
                    lambda number: asked(world, "PATCH", lead, {"tokens": {f"token_{number}": "x"}}).status_code,
                    range(8),
                )
            )

        tokens = done(world, "GET", lead)["tokens"]
        assert statuses == [200] * 8
        assert {f"token_{number}" for number in range(8)} <= set(tokens)
