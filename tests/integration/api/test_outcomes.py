"""What becomes of a submission, and what its answer shows, on every store."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest

from leadintake.domain.lead import LeadId
from leadintake.entrypoints.schemas.answers import ProblemSchema, SubmitAnswerSchema

from tests.support.apps import LEADS, UNKNOWN_TOKEN, a_world
from tests.support.builders import NOW

if TYPE_CHECKING:
    from werkzeug.test import TestResponse

    from tests.support.apps import World

CALLER = "+18004506787"
ADA = "+12025550143"


def accepted(answer: TestResponse, outcome: str) -> dict[str, Any]:
    """Return the document of an accepted submission, once it is one in every respect."""
    document: dict[str, Any] = answer.get_json()
    assert (answer.status_code, answer.content_type, document.get("outcome")) == (200, "application/json", outcome)
    assert SubmitAnswerSchema().validate(document) == {}
    return document


def refused(answer: TestResponse, status: int, code: str) -> dict[str, Any]:
    """Return the document of a refused submission, once it is one in every respect."""
    document: dict[str, Any] = answer.get_json()
    assert (answer.status_code, answer.content_type, document.get("code")) == (status, "application/problem+json", code)
    assert ProblemSchema().validate(document) == {}
    return document


def kinds_of_events(world: World, lead_id: str) -> list[str]:
    """Return what happened to a lead, oldest first."""
    with world.store.reading(world.company.id) as uow:
        return [event.kind.value for event in uow.events.of_lead(LeadId(UUID(lead_id)))]


class TestSeed:
    """The examples that the product was asked for with."""

    def test_form_example_is_answered_with_the_lead(self, world: World) -> None:
        query = f"lead_token={world.schedule_token}&caller_id=+18004506787&email=john@example.com&interest=kittens"

        answer = world.client.post(f"{LEADS}?{query}")

        document = accepted(answer, "created")
        assert document["lead"] == {
            "id": document["id"],
            "uuid": document["id"],
            "caller_id": CALLER,
            "email": "john@example.com",
            "status": "scheduled",
            "is_live": True,
            "opt_out": False,
            "blocked": False,
            "schedule_id": world.schedule.id,
            "offer_id": None,
            "traffic_source_id": None,
            "sub_id": None,
            "tokens": {"email": "john@example.com", "interest": "kittens"},
            "lead_priority": 0,
            "expires_at": None,
            "next_action_at": "2026-03-01T12:00:00Z",
            "created_at": "2026-03-01T12:00:00Z",
            "updated_at": "2026-03-01T12:00:00Z",
            "country": "US",
            "time_zone": None,
            "remote_ip": "127.0.0.1",
        }
        assert (document["success"], document["status"], document["errors"], document["warnings"]) == (
            True,
            200,
            {},
            [],
        )
        assert (document["metadata"], document["lead_id"]) == ({"root": "lead"}, document["id"])

    @pytest.mark.parametrize("content_type", ["application/json", "application/x-www-form-urlencoded"])
    def test_json_example_is_answered_with_the_lead(self, world: World, content_type: str) -> None:
        """Without -H curl labels it a form."""
        body = (
            f'{{"lead_token":"{world.schedule_token}","caller_id":"+18004506787","expires_in":60,'
            '"data":{"interest":"kittens","email":"john@example.com"}}'
        )

        answer = world.client.post(LEADS, data=body, content_type=content_type)

        lead = accepted(answer, "created")["lead"]
        assert lead["tokens"] == {"interest": "kittens", "email": "john@example.com"}
        assert (lead["email"], lead["expires_at"]) == ("john@example.com", "2026-03-01T13:00:00Z")

    def test_put_is_post(self, world: World) -> None:
        answer = world.client.put(f"{LEADS}?lead_token={world.schedule_token}&caller_id=+18004506787")

        accepted(answer, "created")

    def test_wrong_token_is_401(self, world: World) -> None:
        answer = world.submit(UNKNOWN_TOKEN, caller_id=CALLER)

        refused(answer, 401, "unknown_lead_token")

    def test_bad_phone_is_422_and_names_the_field(self, world: World) -> None:
        answer = world.submit(caller_id="123")

        document = refused(answer, 422, "invalid_caller_id")
        assert document["errors"] == {"caller_id": ["is not a valid phone number"]}
        assert document["detail"] == document["error"] == document["message"] == "caller_id is not a valid phone number"

    def test_source_and_sub_id_beside_the_token_are_the_leads(self, world: World) -> None:
        query = f"lead_token={world.schedule_token}&caller_id=8004506787&traffic_source_id=1000&sub_id=creative-A"

        lead = accepted(world.client.post(f"{LEADS}?{query}"), "created")["lead"]

        assert (lead["traffic_source_id"], lead["sub_id"], lead["tokens"]) == (1000, "creative-A", {})


class TestOutcomes:
    def test_offer_keeps_its_lead_in_the_queue(self, world: World) -> None:
        lead = accepted(world.submit(world.offer_token, caller_id=CALLER), "created")["lead"]

        assert (lead["status"], lead["schedule_id"], lead["offer_id"]) == ("queue", None, world.offer.id)
        assert lead["next_action_at"] is None

    def test_live_lead_is_updated_and_keeps_its_identity(self, world: World) -> None:
        first = accepted(world.submit(caller_id=CALLER, interest="puppies", state="WA"), "created")

        world.clock.advance(timedelta(minutes=5))
        second = accepted(world.submit(caller_id="(800) 450-6787", interest="kittens"), "updated")

        assert second["id"] == first["id"]
        assert second["lead"]["created_at"] == "2026-03-01T12:00:00Z"
        assert second["lead"]["updated_at"] == "2026-03-01T12:05:00Z"
        [stored] = world.leads()
        assert stored.tokens == {"interest": "kittens", "state": "WA"}
        assert kinds_of_events(world, first["id"]) == ["lead.created", "lead.updated"]

    def test_one_caller_can_have_a_lead_under_each_owner(self, world: World) -> None:
        accepted(world.submit(caller_id=CALLER), "created")
        accepted(world.submit(world.offer_token, caller_id=CALLER), "created")

        assert len(world.leads()) == 2

    def test_restart_begins_the_plan_again(self, world: World) -> None:
        first = accepted(world.submit(caller_id=CALLER), "created")

        world.clock.advance(timedelta(hours=1))
        second = accepted(world.submit(caller_id=CALLER, restart_schedule=True), "restarted")

        assert second["id"] == first["id"]
        assert second["lead"]["next_action_at"] == "2026-03-01T13:00:00Z"

    def test_restart_without_a_live_lead_creates_one(self, world: World) -> None:
        accepted(world.submit(caller_id=CALLER, restart_schedule=True), "created")

    def test_update_only_of_nobody_is_ignored(self, world: World) -> None:
        document = accepted(world.submit(caller_id=CALLER, update_only=True, interest="kittens"), "ignored")

        assert (document["lead"], document["id"], document["lead_id"]) == (None, None, None)
        assert world.leads() == []

    def test_update_only_of_a_live_lead_updates_it(self, world: World) -> None:
        accepted(world.submit(caller_id=CALLER), "created")

        accepted(world.submit(caller_id=CALLER, update_only="yes", interest="kittens"), "updated")

        [stored] = world.leads()
        assert stored.tokens == {"interest": "kittens"}

    def test_expired_lead_is_no_live_lead(self, world: World) -> None:
        """A caller who comes back after the lead's time is a new lead, though nobody has swept the old one yet."""
        first = accepted(world.submit(caller_id=CALLER, expires_in=60), "created")

        world.clock.advance(timedelta(minutes=60))
        second = accepted(world.submit(caller_id=CALLER), "created")

        assert second["id"] != first["id"]
        assert {lead.status.value for lead in world.leads()} == {"expired", "scheduled"}
        assert kinds_of_events(world, first["id"]) == ["lead.created", "lead.expired"]

    def test_expiry_counts_from_each_submission(self, world: World) -> None:
        accepted(world.submit(caller_id=CALLER, expires_in=60), "created")

        world.clock.advance(timedelta(minutes=30))
        lead = accepted(world.submit(caller_id=CALLER, expires_in="60"), "updated")["lead"]

        assert lead["expires_at"] == "2026-03-01T13:30:00Z"

    def test_test_shows_the_lead_and_enrolls_nobody(self, world: World) -> None:
        document = accepted(world.submit(caller_id=CALLER, interest="kittens", test="on"), "test")

        assert (document["id"], document["lead_id"], document["lead"]["id"], document["lead"]["uuid"]) == (None,) * 4
        assert (document["lead"]["tokens"], document["lead"]["status"]) == ({"interest": "kittens"}, "scheduled")
        assert world.leads() == []

    def test_test_over_a_live_lead_changes_nothing(self, world: World) -> None:
        accepted(world.submit(caller_id=CALLER, interest="puppies"), "created")
        [before] = world.leads()

        accepted(world.submit(caller_id=CALLER, interest="kittens", test=True), "test")

        assert world.leads() == [before]

    def test_test_of_an_opt_out_opts_nobody_out(self, world: World) -> None:
        accepted(world.submit(caller_id=CALLER, opt_out=True, test=True), "test")

        accepted(world.submit(caller_id=CALLER), "created")

    @pytest.mark.parametrize(
        ("wish", "outcome", "code"),
        [("opt_out", "opted_out", "caller_opted_out"), ("blocked", "blocked", "caller_blocked")],
    )
    def test_wish_ends_every_live_lead_and_refuses_the_next(
        self, world: World, wish: str, outcome: str, code: str
    ) -> None:
        """An opted-out caller is never contacted: not by the other owner, and not after the next form."""
        accepted(world.submit(caller_id=CALLER), "created")
        accepted(world.submit(world.offer_token, caller_id=CALLER), "created")

        document = accepted(world.submit(**{"caller_id": CALLER, wish: True}), outcome)

        assert (document["lead"], document["id"]) == (None, None)
        assert {lead.is_live for lead in world.leads()} == {False}
        refusal = refused(world.submit(caller_id=CALLER), 422, code)
        assert refusal["submission_id"] is not None
        refused(world.submit(world.offer_token, caller_id=CALLER, test=True), 422, code)
        assert len(world.leads()) == 2

    def test_opt_out_of_a_number_never_seen_is_kept(self, world: World) -> None:
        accepted(world.submit(caller_id=CALLER, opt_out="1"), "opted_out")

        refused(world.submit(caller_id=CALLER), 422, "caller_opted_out")

    def test_opting_out_twice_is_opting_out_once(self, world: World) -> None:
        accepted(world.submit(caller_id=CALLER, opt_out=True), "opted_out")

        accepted(world.submit(caller_id=CALLER, opt_out=True), "opted_out")

    def test_lead_token_lifts_no_opt_out(self, world: World) -> None:
        accepted(world.submit(caller_id=CALLER, opt_out=True), "opted_out")

        refused(world.submit(caller_id=CALLER, opt_out=False, unblock_contact=True), 403, "permission_denied")
        refused(world.submit(caller_id=CALLER), 422, "caller_opted_out")

    def test_wish_of_one_company_is_not_that_of_another(self, world: World) -> None:
        accepted(world.submit(caller_id=CALLER, opt_out=True), "opted_out")

        accepted(a_world(world.store).submit(caller_id=CALLER), "created")

    def test_paused_owner_takes_nobody_but_an_opt_out(self, world: World) -> None:
        world.pause(schedule=NOW)

        refused(world.submit(caller_id=CALLER), 422, "schedule_paused")
        accepted(world.submit(caller_id=CALLER, opt_out=True), "opted_out")

    def test_paused_source_is_refused_by_name(self, world: World) -> None:
        world.pause(source=NOW)

        document = refused(world.submit(caller_id=CALLER, traffic_source_id=1000), 422, "traffic_source_paused")

        assert list(document["errors"]) == ["traffic_source_id"]

    @pytest.mark.parametrize("source", [{}, {"traffic_source_id": 77}, {"traffic_source_id": "kittens"}])
    def test_owner_that_wants_a_source_refuses_strangers(self, world: World, source: dict[str, object]) -> None:
        world.require_traffic_source()

        document = refused(world.submit(caller_id=CALLER, **source), 422, "traffic_source_required")

        assert list(document["errors"]) == ["traffic_source_id"]

    def test_source_and_sub_id_replace_the_stored_pair_together(self, world: World) -> None:
        accepted(world.submit(caller_id=CALLER, traffic_source_id=1000, sub_id="A"), "created")

        accepted(world.submit(caller_id=CALLER, sub_id="B"), "updated")
        accepted(world.submit(caller_id=CALLER), "updated")

        [stored] = world.leads()
        assert (stored.attribution.traffic_source_id, stored.attribution.sub_id) == (None, "B")

    def test_time_without_an_offset_is_in_the_companys_zone(self, world: World) -> None:
        lead = accepted(world.submit(caller_id=CALLER, next_action_at="2026-07-01 09:00:00"), "created")["lead"]

        assert lead["next_action_at"] == "2026-07-01T13:00:00Z"

    def test_time_with_an_offset_is_that_instant(self, world: World) -> None:
        lead = accepted(world.submit(caller_id=CALLER, next_action_at="2026-07-01 09:00:00 +0200"), "created")["lead"]

        assert lead["next_action_at"] == "2026-07-01T07:00:00Z"

    def test_national_number_is_read_in_the_companys_region(self, world: World) -> None:
        british = a_world(world.store, region="GB", time_zone="Europe/London")

        lead = accepted(british.submit(caller_id="020 7946 0018"), "created")["lead"]

        assert (lead["caller_id"], lead["country"], lead["time_zone"]) == ("+442079460018", "GB", "Europe/London")

    def test_priority_comes_back_as_a_number(self, world: World) -> None:
        assert (
            accepted(world.submit(caller_id=CALLER, lead_priority="-2.50"), "created")["lead"]["lead_priority"] == -2.5
        )
        assert accepted(world.submit(caller_id=ADA, lead_priority="7.0"), "created")["lead"]["lead_priority"] == 7

    def test_every_fault_is_told_at_once_and_the_callers_comes_first(self, world: World) -> None:
        """A sender mends a request in one go, and a client that looks at the code alone sees what matters most."""
        answer = world.submit(caller_id="123", expires_in="soon", lead_priority="high", next_action_at="then", test="?")

        document = refused(answer, 422, "invalid_caller_id")
        assert set(document["errors"]) == {"caller_id", "expires_in", "lead_priority", "next_action_at", "test"}

    def test_missing_caller_comes_first_too(self, world: World) -> None:
        document = refused(world.submit(expires_in="soon"), 422, "missing_caller_id")

        assert list(document["errors"]) == ["caller_id", "expires_in"]

    def test_caller_that_contradicts_itself_is_not_missing(self, world: World) -> None:
        """Told that the caller is required, a sender would look for the fault in the wrong place."""
        answer = world.submit(caller_id=["8004506787", "8004506788"])

        document = refused(answer, 422, "ambiguous_parameter")
        assert document["errors"] == {"caller_id": ["was given more than once with different values"]}


class TestLeadTokenCanOnlyWrite:
    """A leaked lead token and a phone number must not read a person's data."""

    @pytest.mark.parametrize(
        ("fields", "outcome"),
        [
            ({}, "updated"),
            ({"update_only": True}, "updated"),
            ({"restart_schedule": True}, "restarted"),
            ({"test": True}, "test"),
            ({"opt_out": True}, "opted_out"),
            ({"blocked": True}, "blocked"),
        ],
    )
    def test_second_sender_sees_nothing_of_the_first(
        self, world: World, fields: dict[str, object], outcome: str
    ) -> None:
        first = {
            "caller_id": CALLER,
            "email": "secret@example.com",
            "traffic_source_id": 1000,
            "sub_id": "secret-sub",
            "lead_priority": 7777,
            "health": "secret-condition",
        }
        world.client.post(
            LEADS,
            json=first,
            headers={"X-Lead-Token": world.schedule_token},
            environ_base={"REMOTE_ADDR": "198.51.100.77"},
        )

        answer = world.submit(**{"caller_id": CALLER, **fields})

        document = accepted(answer, outcome)
        told = answer.get_data(as_text=True)
        assert not [secret for secret in ("secret", "1000", "7777", "198.51.100.77", "health") if secret in told]
        if document["lead"]:
            lead = document["lead"]
            assert (lead["email"], lead["traffic_source_id"], lead["sub_id"], lead["tokens"]) == (None, None, None, {})
            assert (lead["lead_priority"], lead["remote_ip"]) == (None, "127.0.0.1")

    def test_refusal_shows_nothing_of_the_first(self, world: World) -> None:
        world.submit(caller_id=CALLER, email="secret@example.com", health="secret-condition")
        world.submit(caller_id=CALLER, opt_out=True)

        answer = world.submit(caller_id=CALLER)

        assert b"secret" not in answer.data

    def test_api_key_sees_the_whole_lead(self, world: World) -> None:
        world.submit(caller_id=CALLER, email="john@example.com", traffic_source_id=1000, sub_id="A", interest="kittens")

        [lead] = world.get().get_json()["leads"]

        assert (lead["email"], lead["traffic_source_id"], lead["sub_id"]) == ("john@example.com", 1000, "A")
        assert lead["tokens"] == {"email": "john@example.com", "interest": "kittens"}


class TestRevokedToken:
    def test_token_dies_at_once_even_where_it_is_remembered(self, world: World) -> None:
        """Revoking is what stops a leak; the seconds for which a token is remembered must not count."""
        accepted(world.submit(caller_id=CALLER), "created")

        world.revoke(world.schedule_token)

        refused(world.submit(caller_id=CALLER), 401, "unknown_lead_token")

    def test_new_token_works_at_once(self, world: World) -> None:
        token = world.another_token(world.schedule.ref)

        accepted(world.submit(token, caller_id=CALLER), "created")


def test_answers_say_what_curl_users_read_first(world: World) -> None:
    """Members stand in the order in which people look for them."""
    document = json.loads(world.submit(caller_id=CALLER).data)

    assert list(document)[:5] == ["success", "status", "outcome", "errors", "warnings"]
