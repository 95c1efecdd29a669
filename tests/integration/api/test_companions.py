"""What the companions of `/api/v1/leads` do besides: capture, create or update, explain, on every store."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from leadintake.domain.credential import Permission
from leadintake.domain.owner_rules import OwnerRules
from leadintake.domain.trace import Step

from tests.support.apps import LEADS, UNKNOWN_TOKEN, a_world
from tests.support.builders import NOW

if TYPE_CHECKING:
    from werkzeug.test import TestResponse

    from leadintake.domain.credential import LeadTokenSecret
    from leadintake.domain.owner import OfferId, Schedule

    from tests.support.apps import World

CALLER = "+18004506787"
ADA = "+12025550143"
CAPTURE = f"{LEADS}/capture"
CREATE_OR_UPDATE = f"{LEADS}/create_or_update"
ROUTES = (LEADS, CAPTURE, CREATE_OR_UPDATE)
NOBODYS = 987_654


def accepted(answer: TestResponse, outcome: str) -> dict[str, Any]:
    """Return the document of an accepted submission."""
    document: dict[str, Any] = answer.get_json()
    assert (answer.status_code, answer.content_type) == (200, "application/json"), document
    assert document["outcome"] == outcome
    return document


def refused(answer: TestResponse, status: int, code: str) -> dict[str, Any]:
    """Return the document of a refused request."""
    document: dict[str, Any] = answer.get_json()
    assert (answer.status_code, answer.content_type) == (status, "application/problem+json"), document
    assert document["code"] == code
    return document


def sent(world: World, path: str, token: str | None = None, /, **fields: Any) -> TestResponse:  # noqa: ANN401 - whatever JSON has
    """Post these fields as JSON by lead token, the schedule's unless another is given."""
    return world.post(path, json=fields, headers={"X-Lead-Token": token or world.schedule_token})


def captured(world: World, /, **fields: Any) -> TestResponse:  # noqa: ANN401 - whatever JSON has
    """Capture these fields by the company's API key."""
    return world.post(CAPTURE, json=fields, headers=world.bearer())


def a_schedule_of(world: World, offer: OfferId | None) -> tuple[Schedule, LeadTokenSecret]:
    """Return a further schedule, of an offer if one is given, and its lead token."""
    with world.store.unit_of_work(world.company.id) as uow:
        schedule = uow.directory.add_schedule(name="Further", actions=world.schedule.actions, offer_id=offer)
        uow.commit()
    return schedule, world.another_token(schedule.ref)


def ruled(world: World, rules: OwnerRules) -> None:
    """Give the schedule these rules."""
    with world.store.unit_of_work(world.company.id) as uow:
        uow.directory.save_schedule(replace(world.schedule, rules=rules))
        uow.commit()


def names_of_owners(world: World) -> list[tuple[str, int]]:
    """Return whose the company's leads are, oldest first."""
    return [(lead.owner.kind.value, lead.owner.id) for lead in reversed(world.leads())]


class TestEveryRoute:
    """What holds for one of the three holds for all of them."""

    @pytest.mark.parametrize("path", ROUTES)
    @pytest.mark.parametrize("method", ["POST", "PUT"])
    @pytest.mark.parametrize("slash", ["", "/"])
    def test_lead_is_taken(self, world: World, path: str, method: str, slash: str) -> None:
        target = f"{path}{slash}?lead_token={world.schedule_token}&caller_id=+18004506787&interest=kittens"

        answer = world.client.open(target, method=method)

        document = accepted(answer, "created")
        assert document["lead"]["tokens"] == {"interest": "kittens"}
        [lead] = world.leads()
        assert (lead.caller.e164, lead.tokens, lead.owner) == (CALLER, {"interest": "kittens"}, world.schedule.ref)
        assert [one.receipt.route for one in world.submissions()] == [path.removeprefix("/api/v1/")]

    @pytest.mark.parametrize("path", ROUTES)
    def test_browser_may_ask_without_a_token(self, world: World, path: str) -> None:
        asked = {
            "Origin": "https://landing.example",
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "content-type,idempotency-key,x-lead-token",
        }

        answer = world.client.options(path, headers=asked)

        assert (answer.status_code, answer.data) == (204, b"")
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        allowed = answer.headers["Access-Control-Allow-Headers"].lower().split(", ")
        assert {"authorization", "content-type", "idempotency-key", "x-lead-token"} <= set(allowed)
        assert {"POST", "PUT"} <= set(answer.headers["Access-Control-Allow-Methods"].split(", "))

    @pytest.mark.parametrize("path", ROUTES)
    @pytest.mark.parametrize(
        ("token", "body", "status"),
        [
            ("", '{"caller_id":"8004506787"}', 200),
            ("", '{"caller_id":"123"}', 422),
            ("", '{"caller_id":"2025550143","opt_out":false}', 403),
            ("", "{", 400),
            (UNKNOWN_TOKEN, '{"caller_id":"8004506787"}', 401),
        ],
    )
    def test_page_of_another_origin_can_read_every_answer(
        self, world: World, path: str, token: str, body: str, status: int
    ) -> None:
        world.submit(caller_id=ADA, opt_out=True)

        answer = world.post(
            path,
            data=body,
            content_type="application/json",
            headers={"X-Lead-Token": token or world.schedule_token, "Origin": "https://landing.example"},
        )

        assert (answer.status_code, answer.headers["Access-Control-Allow-Origin"]) == (status, "*")

    @pytest.mark.parametrize("path", ROUTES)
    @pytest.mark.parametrize("method", ["GET", "HEAD"])
    def test_crawler_enrols_nobody(self, world: World, path: str, method: str) -> None:
        target = f"{path}?lead_token={world.schedule_token}&caller_id=8004506787"

        answer = world.client.open(target, method=method)

        assert answer.status_code == 405
        assert (world.leads(), world.submissions()) == ([], [])

    @pytest.mark.parametrize("path", [LEADS, CREATE_OR_UPDATE])
    def test_api_key_alone_submits_nothing_where_a_lead_token_says_whose(self, world: World, path: str) -> None:
        answer = world.post(path, json={"caller_id": CALLER, "schedule_id": 1}, headers=world.bearer())

        refused(answer, 401, "missing_lead_token")
        assert world.leads() == []

    @pytest.mark.parametrize("path", ROUTES)
    def test_api_key_may_accompany_the_lead_token(self, world: World, path: str) -> None:
        world.submit(caller_id=CALLER, opt_out=True)

        answer = world.post(
            path,
            json={"caller_id": CALLER, "opt_out": False},
            headers={"X-Lead-Token": world.schedule_token, **world.bearer()},
        )

        accepted(answer, "created")

    @pytest.mark.parametrize("path", ROUTES)
    def test_only_an_api_key_is_shown_what_others_have_sent(self, world: World, path: str) -> None:
        """A leaked lead token and a phone number must not read a person's data; a key may read it anyway."""
        world.submit(caller_id=CALLER, email="ada@example.com", interest="kittens")
        token, key = {"X-Lead-Token": world.schedule_token}, world.bearer()

        by_token = accepted(world.post(path, json={"caller_id": CALLER}, headers=token), "updated")["lead"]
        by_both = accepted(world.post(path, json={"caller_id": CALLER}, headers=token | key), "updated")["lead"]

        assert (by_token["email"], by_token["tokens"]) == (None, {})
        assert by_both["email"] == "ada@example.com"
        assert by_both["tokens"] == {"interest": "kittens", "email": "ada@example.com"}

    def test_lead_token_is_not_given_the_answer_that_an_api_key_was_given(self, world: World) -> None:
        """The same Idempotency-Key without the API key is another request."""
        world.submit(caller_id=CALLER, interest="kittens")
        token = {"X-Lead-Token": world.schedule_token, "Idempotency-Key": "one"}
        accepted(world.post(LEADS, json={"caller_id": CALLER}, headers=token | world.bearer()), "updated")

        answer = world.post(LEADS, json={"caller_id": CALLER}, headers=token)

        assert accepted(answer, "updated")["lead"]["tokens"] == {}
        assert "Idempotent-Replayed" not in answer.headers

    @pytest.mark.parametrize("path", ROUTES)
    def test_number_is_where_the_owner_says_that_it_is(self, world: World, path: str) -> None:
        ruled(world, OwnerRules(phone_fields=("handset", "answer_7")))

        document = accepted(sent(world, path, phone="2025550143", answer_7="8004506787"), "created")

        assert [(w["code"], w["field"]) for w in document["warnings"]] == [("phone_taken_from", "answer_7")]
        [lead] = world.leads()
        assert (lead.caller.e164, lead.tokens) == (CALLER, {"phone": "2025550143", "answer_7": "8004506787"})

    @pytest.mark.parametrize("path", ROUTES)
    def test_likeliest_field_of_the_owner_goes_first(self, world: World, path: str) -> None:
        ruled(world, OwnerRules(phone_fields=("handset", "answer_7")))

        document = accepted(sent(world, path, answer_7="2025550143", handset="8004506787"), "created")

        assert (document["lead"]["caller_id"], document["warnings"][0]["field"]) == (CALLER, "handset")

    @pytest.mark.parametrize("path", ROUTES)
    def test_caller_id_goes_before_the_owners_fields(self, world: World, path: str) -> None:
        ruled(world, OwnerRules(phone_fields=("answer_7",)))

        document = accepted(sent(world, path, caller_id="8004506787", answer_7="2025550143"), "created")

        assert (document["lead"]["caller_id"], document["warnings"]) == (CALLER, [])

    @pytest.mark.parametrize("path", ROUTES)
    def test_well_known_name_serves_where_the_owners_fields_are_not_sent(self, world: World, path: str) -> None:
        ruled(world, OwnerRules(phone_fields=("answer_7",)))

        document = accepted(sent(world, path, phone="8004506787", answer_7=""), "created")

        assert document["lead"]["caller_id"] == CALLER
        assert ("phone_taken_from", "phone") in [(w["code"], w["field"]) for w in document["warnings"]]

    def test_only_capture_says_what_was_known(self, world: World) -> None:
        documents = {path: accepted(sent(a_world(world.store), path, caller_id=CALLER), "created") for path in ROUTES}

        assert [path for path, document in documents.items() if "dedupe" in document or "schedule" in document] == [
            CAPTURE
        ]


class TestCapture:
    def test_stranger_is_told_as_none(self, world: World) -> None:
        document = accepted(sent(world, CAPTURE, caller_id=CALLER), "created")

        assert (document["dedupe"], document["schedule"]) == ("none", {"id": world.schedule.id})

    def test_live_lead_is_told_as_matched(self, world: World) -> None:
        first = accepted(world.submit(caller_id=CALLER), "created")

        document = accepted(sent(world, CAPTURE, caller_id="(800) 450-6787", interest="kittens"), "updated")

        assert (document["dedupe"], document["id"]) == ("matched_live_lead", first["id"])
        assert document["schedule"] == {"id": world.schedule.id}

    def test_known_caller_without_a_live_lead_is_told_as_contact(self, world: World) -> None:
        accepted(world.submit(caller_id=CALLER, expires_in=60), "created")
        world.clock.advance(timedelta(hours=2))

        document = accepted(sent(world, CAPTURE, caller_id=CALLER), "created")

        assert document["dedupe"] == "matched_contact"

    def test_caller_of_another_owner_is_told_as_contact(self, world: World) -> None:
        accepted(world.submit(caller_id=CALLER), "created")

        document = accepted(sent(world, CAPTURE, world.offer_token, caller_id=CALLER), "created")

        assert (document["dedupe"], document["schedule"]) == ("matched_contact", None)

    def test_caller_of_another_company_is_a_stranger(self, world: World) -> None:
        accepted(a_world(world.store).submit(caller_id=CALLER), "created")

        assert accepted(sent(world, CAPTURE, caller_id=CALLER), "created")["dedupe"] == "none"

    def test_test_tells_what_would_be_matched(self, world: World) -> None:
        accepted(world.submit(caller_id=CALLER), "created")

        document = accepted(sent(world, CAPTURE, caller_id=CALLER, test=True), "test")

        assert (document["dedupe"], document["lead"]["id"]) == ("matched_live_lead", None)

    def test_refusal_tells_nothing_of_the_kind(self, world: World) -> None:
        """Whether a number is known is not for whoever is refused."""
        document = refused(sent(world, CAPTURE, caller_id=CALLER, expires_in="soon"), 422, "invalid_parameter")

        assert {"dedupe", "schedule"}.isdisjoint(document)


class TestCaptureByApiKey:
    @pytest.mark.parametrize("method", ["POST", "PUT"])
    def test_schedule_is_named_by_its_number(self, world: World, method: str) -> None:
        further, _ = a_schedule_of(world, None)

        answer = world.client.open(
            CAPTURE,
            method=method,
            json={"schedule_id": further.id, "caller_id": CALLER, "interest": "kittens"},
            headers=world.bearer(),
        )

        document = accepted(answer, "created")
        assert (document["schedule"], document["dedupe"]) == ({"id": further.id}, "none")
        assert document["lead"]["tokens"] == {"interest": "kittens"}
        [lead] = world.leads()
        assert (lead.owner, lead.tokens) == (further.ref, {"interest": "kittens"})

    def test_offer_is_named_by_its_number(self, world: World) -> None:
        document = accepted(captured(world, offer_id=world.offer.id, caller_id=CALLER), "created")

        assert (document["schedule"], document["lead"]["offer_id"]) == (None, world.offer.id)
        assert names_of_owners(world) == [("offer", world.offer.id)]

    @pytest.mark.parametrize("kind", ["query", "form", "JSON text", "basic"])
    def test_owner_and_key_may_be_written_in_every_way(self, world: World, kind: str) -> None:
        number = world.schedule.id
        headers, fields = world.bearer(), {"schedule_id": f" {number} ", "caller_id": CALLER}
        if kind == "query":
            answer = world.post(CAPTURE, query_string=fields, headers=headers)
        elif kind == "form":
            answer = world.post(CAPTURE, data=fields, headers=headers)
        elif kind == "JSON text":
            answer = world.post(CAPTURE, data=json.dumps(fields), content_type="text/plain", headers=headers)
        else:
            answer = world.post(CAPTURE, json=fields, auth=(world.api_key.public, world.api_key.private))

        assert accepted(answer, "created")["lead"]["tokens"] == {}
        assert names_of_owners(world) == [("schedule", number)]

    def test_key_that_may_only_read_captures_nobody(self, world: World) -> None:
        reader = world.another_key(Permission.READ)

        answer = world.post(
            CAPTURE, json={"schedule_id": world.schedule.id, "caller_id": CALLER}, headers=world.bearer(reader)
        )

        refused(answer, 403, "permission_denied")
        assert world.leads() == []

    @pytest.mark.parametrize("permission", [Permission.WRITE, Permission.ADMIN])
    def test_key_that_may_write_captures(self, world: World, permission: Permission) -> None:
        writer = world.another_key(permission)

        answer = world.post(
            CAPTURE, json={"schedule_id": world.schedule.id, "caller_id": CALLER}, headers=world.bearer(writer)
        )

        accepted(answer, "created")

    def test_unknown_key_is_401(self, world: World) -> None:
        stranger = {"Authorization": "Bearer key_0123456789ABCDEFGHIJKLMNOPQRST_0Sm4vN"}

        answer = world.post(CAPTURE, json={"schedule_id": 1, "caller_id": CALLER}, headers=stranger)

        assert answer.status_code == 401

    def test_nothing_that_names_anybody_is_401(self, world: World) -> None:
        refused(world.post(CAPTURE, json={"schedule_id": 1, "caller_id": CALLER}), 401, "missing_lead_token")

    @pytest.mark.parametrize("name", ["schedule_id", "offer_id"])
    def test_number_of_nobody_and_of_another_company_look_the_same(self, world: World, name: str) -> None:
        """Which numbers other companies use is theirs to know."""
        other = a_world(world.store)
        with other.store.unit_of_work(other.company.id) as uow:
            schedules = [uow.directory.add_schedule(name=f"S{number}", actions=[]) for number in range(20)]
            offers = [uow.directory.add_offer(name=f"O{number}") for number in range(20)]
            uow.commit()
        theirs = schedules[-1].id if name == "schedule_id" else offers[-1].id

        documents = [
            refused(captured(world, **{name: number, "caller_id": CALLER}), 422, "invalid_parameter")
            for number in (theirs, NOBODYS)
        ]

        unlike = [{**document, "submission_id": None} for document in documents]
        assert unlike[0] == unlike[1]
        assert list(documents[0]["errors"]) == ["schedule_id"]
        assert (world.leads(), other.leads()) == ([], [])
        assert [submission.outcome.value for submission in world.submissions()] == ["refused", "refused"]

    @pytest.mark.parametrize(
        "named",
        [
            {},
            {"schedule_id": ""},
            {"schedule_id": None},
            {"schedule_id": "kittens"},
            {"schedule_id": -1},
            {"schedule_id": 1.5},
            {"schedule_id": "9" * 40},
            {"schedule_id": [1, 2]},
            {"schedule_id": {"id": 1}},
            {"schedule_id": 1, "offer_id": 1},
            {"schedule_id": "kittens", "offer_id": 1},
        ],
        ids=str,
    )
    def test_owner_must_be_named_once(self, world: World, named: dict[str, object]) -> None:
        document = refused(captured(world, caller_id=CALLER, **named), 422, "invalid_parameter")

        assert list(document["errors"]) == ["schedule_id"]
        assert world.leads() == []

    def test_number_in_query_and_body_must_agree(self, world: World) -> None:
        further, _ = a_schedule_of(world, None)
        body = {"schedule_id": world.schedule.id, "caller_id": CALLER}

        same = world.post(f"{CAPTURE}?schedule_id={world.schedule.id}", json=body, headers=world.bearer())
        other = world.post(f"{CAPTURE}?schedule_id={further.id}", json=body, headers=world.bearer())

        accepted(same, "created")
        refused(other, 422, "invalid_parameter")

    def test_key_may_lift_an_opt_out(self, world: World) -> None:
        accepted(world.submit(caller_id=CALLER, opt_out=True), "opted_out")

        accepted(captured(world, schedule_id=world.schedule.id, caller_id=CALLER, opt_out=False), "created")

        accepted(world.submit(caller_id=CALLER), "updated")

    def test_owners_rules_hold_for_the_key_too(self, world: World) -> None:
        world.pause(schedule=NOW)

        refused(captured(world, schedule_id=world.schedule.id, caller_id=CALLER), 422, "schedule_paused")

    def test_key_itself_is_kept_nowhere(self, world: World) -> None:
        private = world.api_key.private
        answer = captured(world, schedule_id=world.schedule.id, caller_id=CALLER, note=f"by {private}")

        document = accepted(answer, "created")
        assert private not in answer.get_data(as_text=True)
        assert document["lead"]["tokens"] == {"note": "by [redacted]"}
        [submission] = world.submissions()
        assert private not in str(submission.receipt.request)

    def test_number_is_no_lead_token_for_the_key_but_one_beside_a_lead_token(self, world: World) -> None:
        """A lead token names the owner; what else is in the request is the sender's own data."""
        document = accepted(sent(world, CAPTURE, caller_id=CALLER, offer_id=77), "created")

        assert document["lead"]["tokens"] == {"offer_id": "77"}
        assert names_of_owners(world) == [("schedule", world.schedule.id)]


class TestCreateOrUpdate:
    def test_live_lead_of_a_sister_schedule_is_updated(self, world: World) -> None:
        one, of_one = a_schedule_of(world, world.offer.id)
        _, of_other = a_schedule_of(world, world.offer.id)
        first = accepted(world.submit(of_one, caller_id=CALLER, state="WA"), "created")

        document = accepted(sent(world, CREATE_OR_UPDATE, of_other, caller_id=CALLER, interest="kittens"), "updated")

        assert (document["id"], document["lead"]["schedule_id"]) == (first["id"], one.id)
        assert document["lead"]["tokens"] == {"interest": "kittens"}
        [lead] = world.leads()
        assert (lead.owner, lead.tokens) == (one.ref, {"state": "WA", "interest": "kittens"})

    def test_live_lead_of_the_offer_itself_is_updated(self, world: World) -> None:
        _, of_schedule = a_schedule_of(world, world.offer.id)
        first = accepted(world.submit(world.offer_token, caller_id=CALLER), "created")

        document = accepted(sent(world, CREATE_OR_UPDATE, of_schedule, caller_id=CALLER), "updated")

        assert (document["id"], document["lead"]["offer_id"]) == (first["id"], world.offer.id)

    def test_lead_token_of_the_offer_reaches_its_schedules(self, world: World) -> None:
        schedule, of_schedule = a_schedule_of(world, world.offer.id)
        first = accepted(world.submit(of_schedule, caller_id=CALLER), "created")

        document = accepted(sent(world, CREATE_OR_UPDATE, world.offer_token, caller_id=CALLER), "updated")

        assert (document["id"], document["lead"]["schedule_id"]) == (first["id"], schedule.id)
        assert len(world.leads()) == 1

    def test_own_live_lead_goes_before_that_of_a_sister(self, world: World) -> None:
        _, of_one = a_schedule_of(world, world.offer.id)
        _, of_other = a_schedule_of(world, world.offer.id)
        accepted(world.submit(of_other, caller_id=CALLER), "created")
        own = accepted(world.submit(of_one, caller_id=CALLER), "created")
        accepted(world.submit(world.offer_token, caller_id=CALLER), "created")

        document = accepted(sent(world, CREATE_OR_UPDATE, of_one, caller_id=CALLER, interest="kittens"), "updated")

        assert document["id"] == own["id"]
        assert sorted(len(lead.tokens) for lead in world.leads()) == [0, 0, 1]

    def test_nobody_live_is_created_under_the_tokens_owner(self, world: World) -> None:
        one, of_one = a_schedule_of(world, world.offer.id)
        _, of_other = a_schedule_of(world, world.offer.id)
        accepted(world.submit(of_other, caller_id=CALLER, expires_in=60), "created")
        world.clock.advance(timedelta(hours=2))

        document = accepted(sent(world, CREATE_OR_UPDATE, of_one, caller_id=CALLER), "created")

        assert document["lead"]["schedule_id"] == one.id
        assert sorted(lead.status.value for lead in world.leads()) == ["expired", "scheduled"]

    def test_live_lead_outside_the_offer_is_let_alone(self, world: World) -> None:
        with world.store.unit_of_work(world.company.id) as uow:
            other_offer = uow.directory.add_offer(name="Heat pumps")
            uow.commit()
        own, of_own = a_schedule_of(world, world.offer.id)
        _, of_other = a_schedule_of(world, other_offer.id)
        accepted(world.submit(caller_id=CALLER), "created")
        accepted(world.submit(of_other, caller_id=CALLER), "created")
        before = world.leads()

        document = accepted(sent(world, CREATE_OR_UPDATE, of_own, caller_id=CALLER, interest="kittens"), "created")

        assert document["lead"]["schedule_id"] == own.id
        assert [lead for lead in world.leads() if str(lead.id) != document["id"]] == list(before)

    def test_schedule_that_stands_alone_reaches_itself_only(self, world: World) -> None:
        """Two schedules without an offer have nothing in common."""
        _, of_other = a_schedule_of(world, None)
        accepted(world.submit(of_other, caller_id=CALLER), "created")

        accepted(sent(world, CREATE_OR_UPDATE, caller_id=CALLER), "created")
        accepted(sent(world, CREATE_OR_UPDATE, caller_id=CALLER), "updated")

        assert len(world.leads()) == 2

    def test_plain_submission_looks_under_its_owner_only(self, world: World) -> None:
        _, of_one = a_schedule_of(world, world.offer.id)
        _, of_other = a_schedule_of(world, world.offer.id)
        accepted(world.submit(of_one, caller_id=CALLER), "created")

        accepted(world.submit(of_other, caller_id=CALLER), "created")

    def test_update_only_updates_a_sisters_lead_and_creates_none(self, world: World) -> None:
        _, of_one = a_schedule_of(world, world.offer.id)
        _, of_other = a_schedule_of(world, world.offer.id)
        accepted(sent(world, CREATE_OR_UPDATE, of_one, caller_id=CALLER, update_only=True), "ignored")
        accepted(world.submit(of_other, caller_id=CALLER), "created")

        accepted(
            sent(world, CREATE_OR_UPDATE, of_one, caller_id=CALLER, update_only=True, interest="kittens"), "updated"
        )

        assert [dict(lead.tokens) for lead in world.leads()] == [{"interest": "kittens"}]

    def test_repost_is_no_duplicate(self, world: World) -> None:
        """Who asks to update or create means the lead that is there."""
        ruled(world, OwnerRules(duplicate_timeframe=timedelta(days=30)))
        accepted(sent(world, CREATE_OR_UPDATE, caller_id=CALLER), "created")

        accepted(sent(world, CREATE_OR_UPDATE, caller_id=CALLER), "updated")
        refused(sent(world, LEADS, caller_id=CALLER), 422, "duplicate_lead")

    def test_lead_token_sees_nothing_that_was_stored_under_a_sister(self, world: World) -> None:
        """A leaked lead token and a phone number must not read a person's data, not even across an offer."""
        _, of_one = a_schedule_of(world, world.offer.id)
        _, of_other = a_schedule_of(world, world.offer.id)
        world.submit(of_other, caller_id=CALLER, email="secret@example.com", sub_id="secret-sub", health="secret")

        answer = sent(world, CREATE_OR_UPDATE, of_one, caller_id=CALLER)

        accepted(answer, "updated")
        assert b"secret" not in answer.data


class TestExplain:
    def explained(self, answer: TestResponse) -> list[dict[str, str]]:
        """Return the trace, once its steps stand in order and say nothing else than rules and verdicts."""
        trace: list[dict[str, str]] = answer.get_json()["explain"]
        steps = [step["step"] for step in trace]
        order = [step.value for step in Step]
        assert steps == sorted(steps, key=order.index)
        assert set(steps) == set(order)
        assert all(step.keys() == {"step", "rule", "verdict"} for step in trace)
        return trace

    def test_wish_that_is_neither_yes_nor_no_is_refused(self, world: World) -> None:
        document = refused(sent(world, f"{LEADS}?explain=maybe", caller_id=CALLER), 422, "invalid_parameter")

        assert list(document["errors"]) == ["explain"]

    @pytest.mark.parametrize("path", ROUTES)
    def test_accepted_lead_is_explained(self, world: World, path: str) -> None:
        answer = sent(world, f"{path}?explain=1", caller_id=CALLER)

        trace = self.explained(answer)
        accepted(answer, "created")
        assert {step["verdict"] for step in trace[:-1]} <= {"passed", "not_in_force"}
        assert (trace[-1]["step"], trace[-1]["verdict"]) == ("enrol", "created")

    @pytest.mark.parametrize("path", ROUTES)
    @pytest.mark.parametrize(
        ("fields", "code", "step"),
        [
            ({"caller_id": "123"}, "invalid_caller_id", "normalise"),
            ({}, "missing_caller_id", "normalise"),
            ({"caller_id": CALLER, "expires_in": "soon"}, "invalid_parameter", "parse"),
            ({"caller_id": ADA}, "caller_opted_out", "suppression"),
        ],
    )
    def test_refused_lead_is_explained(
        self, world: World, path: str, fields: dict[str, object], code: str, step: str
    ) -> None:
        world.submit(caller_id=ADA, opt_out=True)

        answer = sent(world, f"{path}?explain=true", **fields)

        refused(answer, 422, code)
        trace = self.explained(answer)
        assert [one["step"] for one in trace if one["verdict"] == "refused"] == [step]
        assert trace[-1]["verdict"] == "not_reached"

    def test_rule_against_duplicates_is_named(self, world: World) -> None:
        ruled(world, OwnerRules(duplicate_timeframe=timedelta(days=30)))
        sent(world, LEADS, caller_id=CALLER)

        answer = sent(world, f"{LEADS}?explain=1", caller_id=CALLER)

        refused(answer, 422, "duplicate_lead")
        [refusing] = [step for step in self.explained(answer) if step["verdict"] == "refused"]
        assert (refusing["step"], refusing["rule"]) == ("duplicates", "duplicate_timeframe")

    def test_paused_schedule_is_named(self, world: World) -> None:
        world.pause(schedule=NOW)

        answer = sent(world, f"{LEADS}?explain=1", caller_id=CALLER)

        [refusing] = [step for step in self.explained(answer) if step["verdict"] == "refused"]
        assert (refusing["step"], refusing["rule"]) == ("limits", "owner_open")

    @pytest.mark.parametrize("path", ROUTES)
    def test_no_stored_value_is_told(self, world: World, path: str) -> None:
        """An explanation for the owner's support must not become a way to read what others have sent."""
        world.submit(caller_id=CALLER, email="secret@example.com", sub_id="secret-sub", health="secret-condition")

        answer = sent(world, f"{path}?explain=1", caller_id=CALLER)

        accepted(answer, "updated")
        assert b"secret" not in answer.data

    @pytest.mark.parametrize("value", ["1", "true", "yes", "on", "0", "false", "no", "off", ""])
    def test_wish_in_the_query_is_no_lead_token(self, world: World, value: str) -> None:
        document = accepted(sent(world, f"{LEADS}?Explain={value}", caller_id=CALLER), "created")

        assert ("explain" in document) == (value in {"1", "true", "yes", "on"})
        [lead] = world.leads()
        assert lead.tokens == {}

    def test_name_in_a_body_is_a_lead_token_as_any(self, world: World) -> None:
        document = accepted(sent(world, LEADS, caller_id=CALLER, explain="1"), "created")

        assert "explain" not in document
        assert document["lead"]["tokens"] == {"explain": "1"}

    def test_nobody_is_explained_to_unasked(self, world: World) -> None:
        assert "explain" not in accepted(sent(world, LEADS, caller_id=CALLER), "created")
        assert "explain" not in refused(sent(world, LEADS, caller_id="123"), 422, "invalid_caller_id")

    def test_wish_for_a_test_is_explained_as_one(self, world: World) -> None:
        """Trying a lead out and asking why is what the posting instructions recommend."""
        answer = sent(world, f"{LEADS}?explain=1", caller_id=CALLER, test=True)

        accepted(answer, "test")
        assert self.explained(answer)[-1]["verdict"] == "test"
        assert world.leads() == []
