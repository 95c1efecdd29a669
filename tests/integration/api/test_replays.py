"""Refused submissions judged again: by the same reading, with their own time, once."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from leadintake.adapters.memory.store import MemoryStore
from leadintake.domain.credential import Permission
from leadintake.domain.owner_rules import OwnerRules
from leadintake.entrypoints.schemas.answers import ProblemSchema
from leadintake.entrypoints.schemas.company.replays import ONE_REPLAY, REPLAYS
from leadintake.entrypoints.schemas.company.submissions import ONE_SUBMISSION

from tests.integration.api.test_simultaneous import at_once
from tests.support.apps import LEADS, a_world

if TYPE_CHECKING:
    from werkzeug.test import TestResponse

    from tests.support.apps import World

API = "/api/v1/submissions"
ADA, BEN = "+12025550143", "+12025550144"
HOUR = timedelta(hours=1)


def refused(world: World, /, **fields: Any) -> str:  # noqa: ANN401 - whatever JSON has
    """Submit what is refused, and return the submission's id."""
    answer = world.submit(**fields)
    assert answer.status_code == 422, answer.get_json()
    return str(answer.get_json()["submission_id"])


def refused_while_paused(world: World, /, **fields: Any) -> str:  # noqa: ANN401 - likewise
    """Submit while the schedule takes no leads, and let it take them again."""
    world.pause(schedule=world.clock())
    submission_id = refused(world, **fields)
    resume(world)
    return submission_id


def resume(world: World) -> None:
    """Let the schedule take leads again."""
    with world.store.unit_of_work(world.company.id) as uow:
        uow.directory.save_schedule(world.schedule)
        uow.commit()


def replay(world: World, submission_id: str, /, **body: Any) -> dict[str, Any]:  # noqa: ANN401 - likewise
    """Judge a submission again, and return what became of it."""
    answer = world.post(f"{API}/{submission_id}/replay", json=body, headers=world.bearer())
    document: dict[str, Any] = answer.get_json()
    assert (answer.status_code, ONE_REPLAY.validate(document)) == (200, {}), document
    replayed: dict[str, Any] = document["replay"]
    return replayed


def replay_all(world: World, /, **body: Any) -> dict[str, Any]:  # noqa: ANN401 - likewise
    """Judge several again, and return the document."""
    answer = world.post(f"{API}/replay", json=body, headers=world.bearer())
    document: dict[str, Any] = answer.get_json()
    assert (answer.status_code, REPLAYS.validate(document)) == (200, {}), document
    return document


def shown(world: World, submission_id: str) -> dict[str, Any]:
    """Return a submission as it is shown."""
    document: dict[str, Any] = world.get(f"{API}/{submission_id}").get_json()
    assert ONE_SUBMISSION.validate(document) == {}
    submission: dict[str, Any] = document["submission"]
    return submission


class TestOne:
    def test_it_is_taken_once_the_cause_is_mended(self, world: World) -> None:
        submission_id = refused_while_paused(world, caller_id=ADA, interest="kittens", sub_id="A")

        replayed = replay(world, submission_id)

        [lead] = world.leads()
        assert (replayed["outcome"], replayed["lead_id"], replayed["code"]) == ("created", str(lead.id), None)
        assert (lead.caller.e164, lead.tokens, lead.attribution.sub_id) == (ADA, {"interest": "kittens"}, "A")

    def test_its_own_verdict_stays_and_the_new_one_stands_beside_it(self, world: World) -> None:
        submission_id = refused_while_paused(world, caller_id=ADA)
        before = shown(world, submission_id)

        replayed = replay(world, submission_id)

        after = shown(world, submission_id)
        [kept] = after.pop("replays")
        assert before.pop("replays") == []
        assert after == before
        assert (kept["outcome"], kept["lead_id"], kept["edits"]) == ("created", replayed["lead_id"], None)
        key = world.services.identify_api_key(world.api_key.private, public=None)
        assert (kept["api_key_id"], kept["user_id"]) == (str(key.id), None)
        assert len(world.submissions()) == 1

    def test_replaying_twice_is_replaying_once(self, world: World) -> None:
        submission_id = refused_while_paused(world, caller_id=ADA)
        first = replay(world, submission_id)

        again = replay(world, submission_id)

        assert (again["outcome"], again["lead_id"]) == ("unchanged", first["lead_id"])
        assert [lead.version for lead in world.leads()] == [1]
        assert len(shown(world, submission_id)["replays"]) == 1

    def test_what_was_taken_at_first_is_unchanged(self, world: World) -> None:
        answer = world.submit(caller_id=ADA).get_json()

        replayed = replay(world, answer["submission_id"])

        assert (replayed["outcome"], replayed["lead_id"]) == ("unchanged", answer["lead_id"])
        assert [lead.version for lead in world.leads()] == [1]

    def test_what_still_fails_says_why_and_is_noted(self, world: World) -> None:
        submission_id = refused(world, caller_id="12")

        replayed = replay(world, submission_id)

        assert (replayed["outcome"], replayed["code"]) == ("refused", "invalid_caller_id")
        assert replayed["errors"] == {"caller_id": ["is not a valid phone number"]}
        [kept] = shown(world, submission_id)["replays"]
        assert (kept["outcome"], kept["code"], kept["errors"]) == ("refused", "invalid_caller_id", replayed["errors"])

    def test_dry_run_says_what_would_be_and_changes_nothing(self, world: World) -> None:
        submission_id = refused_while_paused(world, caller_id=ADA)

        replayed = replay(world, submission_id, dry_run=True)

        assert (replayed["outcome"], replayed["lead_id"]) == ("created", None)
        assert world.leads() == []
        assert shown(world, submission_id)["replays"] == []
        assert world.get("/api/v1/contacts/suppression_list").status_code == 200

    def test_company_of_another_key_has_none(self, world: World) -> None:
        other = a_world(world.store)
        submission_id = refused_while_paused(other, caller_id=ADA)

        answers = [
            world.post(f"{API}/{submission_id}/replay", json={}, headers=world.bearer()),
            world.post(f"{API}/replay", json={"ids": [submission_id]}, headers=world.bearer()),
        ]

        assert [answer.status_code for answer in answers] == [404, 404]
        assert other.leads() == []

    def test_replaying_needs_permission_to_write(self, world: World) -> None:
        submission_id = refused_while_paused(world, caller_id=ADA)
        headers = world.bearer(world.another_key(Permission.READ))

        for path in (f"{API}/{submission_id}/replay", f"{API}/replay"):
            assert world.post(path, json={"ids": [submission_id]}, headers=headers).status_code == 403
        assert world.leads() == []

    def test_operations_are_not_replayed(self, world: World) -> None:
        headers = {"X-Lead-Token": world.schedule_token}
        world.post(f"{LEADS}/{ADA}/caller_remove", headers=headers)
        [submission] = world.submissions()

        answer = world.post(f"{API}/{submission.receipt.id}/replay", json={}, headers=world.bearer())

        assert (answer.status_code, answer.get_json()["code"]) == (422, "not_replayable")
        assert ProblemSchema().validate(answer.get_json()) == {}


class TestWishes:
    @pytest.mark.parametrize("wish", ["opt_out", "blocked"])
    def test_who_is_left_alone_by_now_stays_so(self, world: World, wish: str) -> None:
        """A replay is no way round a wish that came after the submission."""
        submission_id = refused_while_paused(world, caller_id=ADA)
        world.submit(caller_id=ADA, **{wish: True})

        replayed = replay(world, submission_id)

        assert replayed["outcome"] == "refused"
        assert replayed["code"] in {"caller_opted_out", "caller_blocked"}
        assert world.leads() == []

    def test_replay_lifts_nothing(self, world: World) -> None:
        """The key that might have lifted it then is not the one that replays."""
        world.submit(caller_id=ADA, opt_out=True)
        world.pause(schedule=world.clock())
        headers = {"X-Lead-Token": world.schedule_token} | world.bearer()
        lifting = world.post(json={"caller_id": ADA, "opt_out": False}, headers=headers).get_json()
        resume(world)

        replayed = replay(world, lifting["submission_id"])

        assert (replayed["outcome"], replayed["code"]) == ("refused", "permission_denied")
        assert replay(world, lifting["submission_id"], edits={"opt_out": None})["code"] == "caller_opted_out"
        assert world.leads() == []


class TestTime:
    def test_what_counts_from_now_counts_from_then(self, world: World) -> None:
        received_at = world.clock()
        submission_id = refused_while_paused(world, caller_id=ADA, expires_in=120, schedule_callback_in_seconds=60)
        world.clock.advance(HOUR)

        replay(world, submission_id)

        [lead] = world.leads()
        assert lead.expires_at == received_at + 2 * HOUR
        assert lead.callback_at == received_at + timedelta(seconds=60)
        assert lead.created_at == received_at + HOUR
        assert lead.is_live

    def test_lead_whose_time_is_over_is_expired_and_never_live(self, world: World) -> None:
        """Nobody is called an hour after they wanted to be left alone again."""
        submission_id = refused_while_paused(world, caller_id=ADA, expires_in=60)
        world.clock.advance(HOUR)

        replayed = replay(world, submission_id)

        [lead] = world.leads()
        assert (replayed["outcome"], lead.status.value, lead.is_live) == ("created", "expired", False)
        with world.store.reading(world.company.id) as uow:
            told = [(event.kind.value, event.lead_version) for event in uow.events.of_lead(lead.id)]
        assert told == [("lead.created", 1), ("lead.expired", 2)]
        assert lead.version == 2

    def test_it_does_not_touch_the_lead_that_is_live_now(self, world: World) -> None:
        submission_id = refused_while_paused(world, caller_id=ADA, expires_in=60, interest="old")
        world.clock.advance(HOUR)
        live = world.submit(caller_id=ADA, interest="new").get_json()["lead_id"]

        replayed = replay(world, submission_id)
        again = world.submit(caller_id=ADA).get_json()

        assert replayed["lead_id"] != live
        assert {str(lead.id): lead.is_live for lead in world.leads()} == {live: True, replayed["lead_id"]: False}
        assert (again["outcome"], again["lead_id"]) == ("updated", live)


class TestEdits:
    def test_edited_request_is_judged_and_the_original_stays(self, world: World) -> None:
        submission_id = refused(world, caller_id="12", interest="kittens", junk="x", data={"age": "7"})

        replayed = replay(world, submission_id, edits={"caller_id": "(202) 555-0143", "junk": None, "age": 8})

        [lead] = world.leads()
        assert (replayed["outcome"], lead.caller.e164) == ("created", ADA)
        assert lead.tokens == {"interest": "kittens", "age": "8"}
        submission = shown(world, submission_id)
        assert '"12"' in submission["request"]["json"]
        assert submission["replays"][0]["edits"] == {"caller_id": "(202) 555-0143", "junk": None, "age": "8"}

    @pytest.mark.parametrize("spelling", ["Caller_ID", " caller_id "])
    def test_names_are_matched_as_the_intake_matches_them(self, world: World, spelling: str) -> None:
        submission_id = refused(world, **{"CALLER_ID": "12", "data[junk]": "x"})

        assert replay(world, submission_id, edits={spelling: ADA})["outcome"] == "created"

    def test_query_and_form_are_edited_too(self, world: World) -> None:
        query = urlencode({"caller_id": "12", "data[junk]": "x", "data[interest]": "kittens"})
        form = {"Sub_ID": "A", "data[age]": "7"}
        answer = world.post(f"{LEADS}?{query}", data=form, headers={"X-Lead-Token": world.schedule_token})

        edits = {"caller_id": ADA, "junk": None, "age": None, "sub_id": None}
        replay(world, answer.get_json()["submission_id"], edits=edits)

        [lead] = world.leads()
        assert (lead.tokens, lead.attribution.sub_id) == ({"interest": "kittens"}, None)

    def test_api_key_names_another_owner(self, world: World) -> None:
        body = {"caller_id": ADA, "schedule_id": "77"}
        answer = world.post(f"{LEADS}/capture", json=body, headers=world.bearer()).get_json()

        assert replay(world, answer["submission_id"])["code"] == "invalid_parameter"
        edits = {"schedule_id": None, "offer_id": str(world.offer.id)}
        assert replay(world, answer["submission_id"], edits=edits)["outcome"] == "created"
        assert [lead.owner for lead in world.leads()] == [world.offer.ref]

    @pytest.mark.parametrize(
        "edits",
        [
            {"lead_token": "lt_secret"},
            {"": "x"},
            {"a": {"b": "c"}},
            {"a": "\u0000"},
            {f"n{number}": "x" for number in range(51)},
            ["a"],
            None,
            "a=b",
        ],
    )
    def test_edits_that_cannot_be_are_refused(self, world: World, edits: object) -> None:
        submission_id = refused_while_paused(world, caller_id=ADA)

        answer = world.post(f"{API}/{submission_id}/replay", json={"edits": edits}, headers=world.bearer())

        assert (answer.status_code, ProblemSchema().validate(answer.get_json())) == (422, {})
        assert all(name.startswith("edits") for name in answer.get_json()["errors"])
        assert "lt_secret" not in answer.get_data(as_text=True)
        assert world.leads() == []


class TestSeveral:
    def test_dry_run_counts_what_would_pass_and_why_the_rest_would_not(self, world: World) -> None:
        world.pause(schedule=world.clock())
        for number in range(4):
            refused(world, caller_id=f"+1202555{1000 + number}")
        refused(world, caller_id=ADA)
        resume(world)
        world.submit(caller_id=ADA, opt_out=True)

        told = replay_all(world, code="schedule_paused", dry_run=True)["metadata"]

        assert {name: told[name] for name in ("dry_run", "taken", "refused", "unchanged", "codes")} == {
            "dry_run": True,
            "taken": 4,
            "refused": 1,
            "unchanged": 0,
            "codes": {"caller_opted_out": 1},
        }
        assert world.leads() == []
        assert replay_all(world, code="schedule_paused")["metadata"]["taken"] == 4
        assert replay_all(world, code="schedule_paused")["metadata"]["unchanged"] == 4
        assert len(world.leads()) == 4

    def test_they_are_judged_in_the_order_in_which_they_came(self, world: World) -> None:
        world.pause(schedule=world.clock())
        ids = [refused(world, caller_id=ADA, place=place) for place in ("first", "second")]
        resume(world)

        replayed = replay_all(world, ids=[*reversed(ids)])["replays"]

        assert all(each["api_key_id"] for submission_id in ids for each in shown(world, submission_id)["replays"])
        assert [(each["submission_id"], each["outcome"]) for each in replayed] == [
            (ids[0], "created"),
            (ids[1], "updated"),
        ]
        assert [lead.tokens for lead in world.leads()] == [{"place": "second"}]

    def test_filters_choose(self, world: World) -> None:
        world.pause(schedule=world.clock())
        refused(world, caller_id=ADA)
        world.clock.advance(HOUR)
        refused(world, caller_id=BEN)
        resume(world)
        refused(world, caller_id="12")

        since = (world.clock() - HOUR / 2).isoformat()
        found = replay_all(world, schedule_id=world.schedule.id, received_at_from=since, code="schedule_paused")

        assert [each["outcome"] for each in found["replays"]] == ["created"]
        assert [lead.caller.e164 for lead in world.leads()] == [BEN]
        assert replay_all(world, offer_id=world.offer.id)["replays"] == []

    def test_many_are_replayed_a_part_at_a_time(self, world: World) -> None:
        world.pause(schedule=world.clock())
        for number in range(253):
            refused(world, caller_id=f"+1202555{1000 + number}")
        resume(world)

        first = replay_all(world, code="schedule_paused")
        second = replay_all(world, code="schedule_paused", cursor=first["metadata"]["next_cursor"])

        assert [len(each["replays"]) for each in (first, second)] == [250, 3]
        assert second["metadata"]["next_cursor"] is None
        assert len(world.leads()) == 253

    @pytest.mark.parametrize(
        ("body", "fields"),
        [
            ({}, {"ids"}),
            ({"dry_run": True}, {"ids"}),
            ({"ids": []}, {"ids"}),
            ({"ids": ["x"]}, {"ids.0"}),
            ({"ids": [1]}, {"ids.0"}),
            ({"ids": ["019a5d6e-0000-7000-8000-000000000001"], "code": "x"}, {"ids"}),
            ({"schedule_id": 1, "offer_id": 1}, {"offer_id"}),
            ({"received_at_from": "soon", "time_zone": 7, "cursor": 7}, {"received_at_from", "time_zone", "cursor"}),
            ({"code": "x", "time_zone": ["UTC"]}, {"time_zone"}),
            ({"code": "x", "kittens": 1}, {"kittens"}),
        ],
    )
    def test_what_means_nothing_is_refused_by_name(self, world: World, body: dict[str, Any], fields: set[str]) -> None:
        """A misspelt filter would replay everything."""
        answer = world.post(f"{API}/replay", json=body, headers=world.bearer())

        assert (answer.status_code, set(answer.get_json()["errors"])) == (422, fields)


@pytest.mark.parametrize("edits", [None, {}], ids=["as it came", "with edits of its own"])
def test_many_replays_at_once_make_one_lead(world: World, edits: dict[str, str] | None) -> None:
    """Two people press the button; each may even have corrected the number in another way."""
    submission_id = refused_while_paused(world, caller_id=ADA)
    processes = [world, world.another_process()]

    def send(_world: World, number: int) -> TestResponse:
        own = {} if edits is None else {"caller_id": f"+1202555{1000 + number}"}
        body = {"edits": own} if own else {}
        sender = processes[number % 2]
        return sender.post(f"{API}/{submission_id}/replay", json=body, headers=world.bearer())

    answers = at_once(world, [send] * 8)

    assert {answer.status_code for answer in answers} == {200}
    outcomes = [answer.get_json()["replay"]["outcome"] for answer in answers]
    assert (outcomes.count("created"), set(outcomes) - {"created", "unchanged"}) == (1, set())
    [lead] = world.leads()
    assert lead.version == 1
    assert [kept["lead_id"] for kept in shown(world, submission_id)["replays"]] == [str(lead.id)]


TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=12)
BODIES = st.dictionaries(
    st.sampled_from(
        ["caller_id", "phone", "email", "sub_id", "expires_in", "interest", "Age", "data", "lead_priority", "test"]
    ),
    TEXTS | st.sampled_from([ADA, BEN, "12", "60", "true"]) | st.dictionaries(TEXTS, TEXTS, max_size=3),
    max_size=6,
)


def comparable(world: World) -> list[tuple[object, ...]]:
    """Return the leads as far as they do not depend on when and under which number they were made."""
    return [
        (lead.caller, lead.owner, lead.status, lead.tokens, lead.email, lead.attribution, lead.priority)
        for lead in world.leads()
    ]


@given(bodies=st.lists(st.tuples(BODIES, st.sampled_from(["json", "form", "query"])), min_size=1, max_size=5))
@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.too_slow])
def test_replay_of_what_a_mended_cause_refused_is_what_a_fresh_post_gives(
    bodies: list[tuple[dict[str, Any], str]],
) -> None:
    """Whatever was sent, by whichever carrier: a kept request is read as one that comes."""
    replaying, posting = a_world(MemoryStore()), a_world(MemoryStore())
    strict = replace(replaying.schedule, paused_at=replaying.clock(), rules=OwnerRules(phone_lengths=(15, 15)))
    with replaying.store.unit_of_work(replaying.company.id) as uow:
        uow.directory.save_schedule(strict)
        uow.commit()

    def post(world: World, body: dict[str, Any], carrier: str) -> TestResponse:
        headers = {"X-Lead-Token": world.schedule_token}
        flat = {name: value for name, value in body.items() if isinstance(value, str)}
        if carrier == "json":
            return world.post(json=body, headers=headers)
        if carrier == "form":
            return world.post(data=flat, headers=headers)
        return world.post(query_string=flat, headers=headers)

    first = [post(replaying, body, carrier).get_json() for body, carrier in bodies]
    resume(replaying)
    fresh = [post(posting, body, carrier).get_json() for body, carrier in bodies]

    for before, expected in zip(first, fresh, strict=True):
        if before.get("submission_id") is None:
            # It could not be read at all, and neither could the other.
            assert expected["code"] == before["code"]
            continue
        again = replay(replaying, before["submission_id"])
        if before["success"]:
            continue
        assert (again["outcome"], again["code"]) == (expected.get("outcome", "refused"), expected.get("code"))
        assert again["errors"] == expected["errors"]
        assert again["warnings"] == expected.get("warnings", again["warnings"])
    assert comparable(replaying) == comparable(posting)
