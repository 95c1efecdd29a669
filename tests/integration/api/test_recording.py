"""Calls and conversions over HTTP: found, stamped, once each, corrected with their history, erased with the person."""

from __future__ import annotations

import base64
import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from leadintake.adapters.memory.store import MemoryStore
from leadintake.domain.credential import Permission
from leadintake.domain.event import EventKind
from leadintake.domain.lead import LeadId
from leadintake.domain.phone import PhoneNumber
from leadintake.domain.rollup import Measures, Quarter, RollupKey
from leadintake.entrypoints.schemas.company.recorded import MOST_AT_ONCE

from tests.contracts.store import PATIENCE_SECONDS
from tests.support.apps import LEADS, a_world

if TYPE_CHECKING:
    from collections.abc import Mapping

    from werkzeug.test import TestResponse

    from leadintake.domain.event import Event

    from tests.support.apps import World

ADA, BEN, STRANGER = "+12025550143", "+12025550144", "+442079460018"
ABSENT = "0192f1a0-7c3e-7d59-9d2c-000000000000"
CALLS, CONVERSIONS = "/api/v1/calls", "/api/v1/conversions"
BOTH = pytest.mark.parametrize(("path", "root"), [(CALLS, "call"), (CONVERSIONS, "conversion")])


def tell(world: World, path: str, told: Any = None, /, **fields: Any) -> TestResponse:  # noqa: ANN401 - whatever JSON has
    return world.client.post(path, json=fields if told is None else told, headers=world.bearer())


def fetch(world: World, target: str) -> TestResponse:
    return world.client.get(target, headers=world.bearer())


def told(world: World, path: str, **fields: Any) -> dict[str, Any]:  # noqa: ANN401 - likewise
    """Return what was recorded."""
    answer = tell(world, path, **fields)
    assert answer.status_code == 200, answer.get_json()
    document: dict[str, Any] = answer.get_json()
    return document


def problem(answer: TestResponse) -> tuple[int, str, dict[str, Any]]:
    document = answer.get_json()
    return answer.status_code, document["code"], document["errors"]


def lead_of(world: World, caller: str = ADA, token: str | None = None, **fields: Any) -> dict[str, Any]:  # noqa: ANN401 - likewise
    """Submit a lead of the first source, and return it."""
    answer = world.submit(token, **{"caller_id": caller, "traffic_source_id": 1000, "sub_id": "creative-A", **fields})
    assert answer.status_code == 200
    lead: dict[str, Any] = answer.get_json()["lead"]
    return lead


def record_key(world: World) -> str:
    return world.another_key(Permission.RECORD).private


def facts_of(world: World, lead_id: str) -> list[Event]:
    with world.store.reading(world.company.id) as uow:
        events = uow.events.of_lead(LeadId(UUID(lead_id)))
    return [event for event in events if event.kind.value.startswith(("call", "conversion"))]


def counted(world: World) -> Mapping[RollupKey, Measures]:
    with world.store.reading(world.company.id) as uow:
        return uow.rollups.counted(Quarter(0), Quarter(2**31 - 1))


def total(world: World) -> Measures:
    """Return all that is counted of calls and conversions."""
    found = Measures()
    for measures in counted(world).values():
        found = found.plus(measures)
    return found._replace(submissions=0, leads=0, refused=0, duplicates=0)


class TestWhomItIsAbout:
    def test_call_is_stamped_with_the_callers_lead(self, world: World) -> None:
        lead = lead_of(world)

        call = told(world, CALLS, caller_id="(202) 555-0143", duration_seconds=61)["call"]

        assert call["lead_id"] == lead["id"]
        assert (call["caller_id"], call["country"]) == (ADA, "US")
        assert (call["traffic_source_id"], call["sub_id"], call["schedule_id"]) == (1000, "creative-A", 1)

    @BOTH
    def test_lead_may_be_named_by_its_id(self, world: World, path: str, root: str) -> None:
        lead = lead_of(world)
        lead_of(world, token=world.offer_token, sub_id="creative-B")

        assert told(world, path, lead_id=lead["id"])[root]["sub_id"] == "creative-A"

    @BOTH
    def test_newest_live_lead_comes_before_a_newer_ended_one(self, world: World, path: str, root: str) -> None:
        live = lead_of(world)
        ended = lead_of(world, token=world.offer_token, sub_id="creative-B")
        world.client.delete(f"{LEADS}/{ended['id']}", headers=world.bearer())

        assert told(world, path, caller_id=ADA)[root]["lead_id"] == live["id"]

    @BOTH
    def test_newest_ended_lead_stands_where_none_is_live(self, world: World, path: str, root: str) -> None:
        """Somebody who has opted out may still have bought: it is a fact, and kept."""
        lead = lead_of(world)
        world.client.post(f"{LEADS}/{ADA}/caller_opt_out", headers=world.bearer())

        assert told(world, path, caller_id=ADA)[root]["lead_id"] == lead["id"]

    @BOTH
    def test_expired_lead_is_not_live(self, world: World, path: str, root: str) -> None:
        lead_of(world, token=world.offer_token, expires_in=1, sub_id="creative-B")
        lead = lead_of(world)
        lead_of(world, token=world.offer_token, expires_in=1, sub_id="creative-B")
        world.clock.advance(timedelta(minutes=2))

        assert told(world, path, caller_id=ADA)[root]["lead_id"] == lead["id"]

    @BOTH
    def test_owner_narrows_the_leads_down(self, world: World, path: str, root: str) -> None:
        of_schedule = lead_of(world)
        of_offer = lead_of(world, token=world.offer_token)

        assert told(world, path, caller_id=ADA, schedule_id=1)[root]["lead_id"] == of_schedule["id"]
        assert told(world, path, caller_id=ADA, offer_id="1")[root]["lead_id"] == of_offer["id"]
        assert told(world, path, caller_id=ADA, lead_token=world.schedule_token)[root]["lead_id"] == of_schedule["id"]

    @BOTH
    def test_caller_without_a_lead_is_kept_and_counted_under_no_source(
        self, world: World, path: str, root: str
    ) -> None:
        """A total of calls that leaves some out is none."""
        answer = told(world, path, caller_id=STRANGER, offer_id=1, revenue="12.50")

        one = answer[root]
        assert [warning["code"] for warning in answer["warnings"]] == ["no_lead"]
        assert (one["lead_id"], one["traffic_source_id"], one["offer_id"], one["country"]) == (None, None, 1, "GB")
        with world.store.reading(world.company.id) as uow:
            contact = uow.contacts.find(PhoneNumber(STRANGER))
            [event] = uow.events.of_contact(PhoneNumber(STRANGER))
        assert contact is not None
        assert event.kind.value == f"{root}.recorded"

    def test_conversion_of_a_call_counts_where_the_call_does(self, world: World) -> None:
        lead = lead_of(world)
        call = told(world, CALLS, caller_id=ADA, external_id="CA17")["call"]
        lead_of(world, sub_id="creative-B")

        by_name = told(world, CONVERSIONS, call_external_id="CA17")["conversion"]
        by_id = told(world, CONVERSIONS, call_id=call["id"], caller_id=ADA, lead_id=lead["id"])["conversion"]

        for one in (by_name, by_id):
            assert (one["call_id"], one["lead_id"], one["sub_id"]) == (call["id"], lead["id"], "creative-A")

    @BOTH
    def test_stamp_is_never_rewritten(self, world: World, path: str, root: str) -> None:
        lead = lead_of(world)
        one = told(world, path, caller_id=ADA)[root]

        lead_of(world, sub_id="creative-B")
        changed = world.client.patch(
            f"{LEADS}/{lead['id']}", json={"traffic_source_id": None, "sub_id": None}, headers=world.bearer()
        )
        corrected = world.client.put(f"{path}/{one['id']}", json={"revenue": "5"}, headers=world.bearer())

        assert (changed.status_code, corrected.status_code) == (200, 200)
        for shown in (world.get(f"{path}/{one['id']}").get_json()[root], corrected.get_json()[root]):
            assert (shown["traffic_source_id"], shown["sub_id"]) == (1000, "creative-A")

    @pytest.mark.parametrize(
        ("path", "told", "status", "code", "field"),
        [
            (CALLS, {}, 422, "missing_caller_id", "caller_id"),
            (CALLS, {"caller_id": "12"}, 422, "invalid_caller_id", "caller_id"),
            (CALLS, {"caller_id": "anonymous"}, 422, "invalid_caller_id", "caller_id"),
            (CALLS, {"lead_id": ABSENT}, 422, "lead_not_found", "lead_id"),
            (CALLS, {"lead_id": "it"}, 422, "invalid_parameter", "lead_id"),
            (CALLS, {"caller_id": ADA, "offer_id": 99}, 422, "invalid_parameter", "offer_id"),
            (CALLS, {"caller_id": ADA, "offer_id": 1, "schedule_id": 1}, 422, "invalid_parameter", "offer_id"),
            (CALLS, {"caller_id": ADA, "lead_token": "lt_none"}, 422, "invalid_parameter", "lead_token"),
            (CALLS, {"caller_id": ADA, "offer_id": 1, "lead_token": "lt_none"}, 422, "invalid_parameter", "lead_token"),
            (CONVERSIONS, {}, 422, "missing_caller_id", "caller_id"),
            (CONVERSIONS, {"call_id": ABSENT}, 422, "call_not_found", "call_id"),
            (CONVERSIONS, {"call_external_id": "CA"}, 422, "call_not_found", "call_external_id"),
            (
                CONVERSIONS,
                {"call_external_id": "CA", "call_id": ABSENT},
                422,
                "invalid_parameter",
                "call_external_id",
            ),
        ],
    )
    def test_nobody_is_refused_by_name(
        self, world: World, path: str, told: dict[str, Any], status: int, code: str, field: str
    ) -> None:
        answer = problem(tell(world, path, told))

        assert answer[:2] == (status, code)
        assert field in answer[2]
        assert total(world) == Measures()

    def test_names_that_contradict_each_other_are_refused(self, world: World) -> None:
        lead, other = lead_of(world), lead_of(world, BEN)
        call = told(world, CALLS, caller_id=ADA)["call"]

        assert "caller_id" in problem(tell(world, CALLS, lead_id=lead["id"], caller_id=BEN))[2]
        assert "lead_id" in problem(tell(world, CONVERSIONS, call_id=call["id"], lead_id=other["id"]))[2]
        assert "caller_id" in problem(tell(world, CONVERSIONS, call_id=call["id"], caller_id=BEN))[2]

    def test_lead_token_of_another_company_is_none(self, world: World) -> None:
        other = a_world(world.store)

        assert "lead_token" in problem(tell(world, CALLS, caller_id=ADA, lead_token=other.schedule_token))[2]


class TestFigures:
    def test_defaults_are_those_of_a_call_that_has_just_ended(self, world: World) -> None:
        call = told(world, CALLS, caller_id=ADA, duration_seconds=90)["call"]

        assert call["started_at"] == f"{world.clock.peek() - timedelta(seconds=90):%Y-%m-%dT%H:%M:%SZ}"
        assert (call["direction"], call["connected"], call["revenue"], call["payout"]) == (
            "inbound",
            True,
            "0.00",
            "0.00",
        )

    @pytest.mark.parametrize(
        ("told_of_it", "connected"),
        [
            ({}, False),
            ({"duration_seconds": 1}, True),
            ({"duration_seconds": 30, "disposition": "No Answer"}, False),
            ({"duration_seconds": 30, "disposition": "voicemail"}, False),
            ({"duration_seconds": 30, "disposition": "callback"}, True),
            ({"disposition": "ANSWERED"}, True),
            ({"duration_seconds": 30, "connected": False}, False),
            ({"disposition": "busy", "connected": "yes"}, True),
            ({"connected": 0, "duration_seconds": 9}, False),
        ],
    )
    def test_whether_somebody_talked_is_told_or_derived(
        self, world: World, told_of_it: dict[str, Any], *, connected: bool
    ) -> None:
        assert told(world, CALLS, caller_id=ADA, **told_of_it)["call"]["connected"] is connected

    def test_numbers_may_come_as_text(self, world: World) -> None:
        as_text = {"duration_seconds": " 61 ", "revenue": "12.50", "payout": "3", "connected": "true"}
        as_numbers = {"duration_seconds": 61.0, "revenue": 12.5, "payout": 3, "connected": True}

        for told_of_it in (as_text, as_numbers):
            call = told(world, CALLS, caller_id=ADA, external_id=4711, **told_of_it)["call"]
            assert (call["external_id"], call["duration_seconds"], call["revenue"]) == ("4711", 61, "12.50")

    def test_no_number_of_a_body_becomes_a_float(self, world: World) -> None:
        """0.1 + 0.2 of a float would be refused for its decimals, and a large one would lose cents."""
        body = '{"caller_id": "+12025550143", "revenue": 99999999999.99, "payout": 0.10}'
        answer = world.client.post(CALLS, data=body, content_type="application/json", headers=world.bearer())

        assert (answer.get_json()["call"]["revenue"], answer.get_json()["call"]["payout"]) == ("99999999999.99", "0.10")

    def test_null_and_empty_say_nothing(self, world: World) -> None:
        answer = tell(
            world, CALLS, {"caller_id": ADA, "revenue": "", "payout": None, "tokens": None, "disposition": " "}
        )

        assert answer.get_json()["call"]["revenue"] == "0.00"
        assert answer.get_json()["call"]["disposition"] is None

    def test_times_are_read_in_the_companys_zone_unless_they_say(self, world: World) -> None:
        call = told(world, CALLS, caller_id=ADA, started_at="2026-03-01T04:00:00-05:00")["call"]

        assert call["started_at"] == "2026-03-01T09:00:00Z"

    @pytest.mark.parametrize(
        ("path", "field", "value"),
        [
            (CALLS, "revenue", "12.505"),
            (CALLS, "revenue", "-1"),
            (CALLS, "revenue", "$5"),
            (CALLS, "revenue", "1e3"),
            (CALLS, "revenue", True),
            (CALLS, "revenue", [1]),
            (CALLS, "revenue", 10**30),
            (CALLS, "payout", "100000000000.00"),
            (CALLS, "currency", "EUR"),
            (CALLS, "duration_seconds", -1),
            (CALLS, "duration_seconds", "61.5"),
            (CALLS, "duration_seconds", 604_801),
            (CALLS, "duration_seconds", 10**400),
            (CALLS, "direction", "sideways"),
            (CALLS, "connected", "perhaps"),
            (CALLS, "started_at", "yesterday"),
            (CALLS, "started_at", "1999-12-31T23:59:59Z"),
            (CALLS, "started_at", "2199-12-31T23:59:59Z"),
            (CALLS, "disposition", "x" * 256),
            (CALLS, "disposition", "a\x00b"),
            (CALLS, "external_id", "x" * 256),
            (CALLS, "tokens", "agent"),
            (CALLS, "tokens", {"note": "x" * 10_001}),
            (CALLS, "colour", "red"),
            (CONVERSIONS, "revenue", "12.505"),
            (CONVERSIONS, "currency", "eur"),
            (CONVERSIONS, "occurred_at", "soon"),
            (CONVERSIONS, "kind", "x" * 256),
            (CONVERSIONS, "call_id", 17),
            (CONVERSIONS, "duration_seconds", 1),
        ],
    )
    def test_what_cannot_be_is_refused_by_name(self, world: World, path: str, field: str, value: object) -> None:
        status, code, errors = problem(tell(world, path, {"caller_id": ADA, field: value}))

        assert (status, code) == (422, "invalid_parameter")
        assert field in {name.partition(".")[0] for name in errors}
        assert world.get(path).get_json()["metadata"]["total_count"] == 0

    def test_own_currency_may_be_named(self, world: World) -> None:
        assert told(world, CALLS, caller_id=ADA, revenue="5", currency="usd")["call"]["currency"] == "USD"

    def test_too_many_tokens_are_refused(self, world: World) -> None:
        tokens = {f"token_{number}": "x" for number in range(201)}

        assert problem(tell(world, CALLS, caller_id=ADA, tokens=tokens))[1] == "too_many_tokens"
        call = told(world, CALLS, caller_id=ADA, tokens=dict(list(tokens.items())[:200]))["call"]
        more = world.client.put(f"{CALLS}/{call['id']}", json={"tokens": {"one_more": "x"}}, headers=world.bearer())
        assert problem(more)[1] == "too_many_tokens"

    @pytest.mark.parametrize(
        ("given", "payout"), [({}, "3.25"), ({"payout": "0"}, "0.00"), ({"payout": "1.00"}, "1.00")]
    )
    def test_default_payout_stands_where_none_is_told(self, world: World, given: dict[str, Any], payout: str) -> None:
        world.client.patch("/api/v1/traffic_sources/1000", json={"default_payout": "3.25"}, headers=world.bearer())
        lead_of(world)

        assert told(world, CONVERSIONS, caller_id=ADA, **given)["conversion"]["payout"] == payout
        if not given:
            assert told(world, CONVERSIONS, caller_id=STRANGER)["conversion"]["payout"] == "0.00"


class TestRepeats:
    @BOTH
    def test_repeat_is_the_same_record(self, world: World, path: str, root: str) -> None:
        lead_of(world)
        first = told(world, path, caller_id=ADA, revenue="12.50", external_id="CA17")

        for repeat in (
            {"caller_id": "2025550143", "revenue": 12.5},
            {"caller_id": ADA},
            {"lead_id": first[root]["lead_id"]},
        ):
            answer = told(world, path, external_id="CA17", **repeat)
            assert (answer["outcome"], answer[root]) == ("unchanged", first[root])
        assert total(world).revenue == 1250

    @BOTH
    def test_other_figures_under_the_same_name_are_refused(self, world: World, path: str, root: str) -> None:
        del root
        told(world, path, caller_id=ADA, revenue="12.50", external_id="CA17")

        for otherwise in ({"caller_id": ADA, "revenue": "12.51"}, {"caller_id": BEN}):
            status, code, errors = problem(tell(world, path, external_id="CA17", **otherwise))
            assert (status, code) == (422, "external_id_reused")
            assert list(errors) == [("revenue" if "revenue" in otherwise else "caller_id")]
        assert total(world).revenue == 1250

    @BOTH
    def test_repeat_of_what_was_corrected_since_changes_nothing(self, world: World, path: str, root: str) -> None:
        """A tracker that sends once more what it has sent must not undo what a person has put right."""
        one = told(world, path, caller_id=ADA, revenue="12.50", external_id="CA17")[root]
        world.client.put(f"{path}/{one['id']}", json={"revenue": "10"}, headers=world.bearer())

        answer = told(world, path, caller_id=ADA, revenue="12.50", external_id="CA17")

        assert (answer["outcome"], answer[root]["revenue"]) == ("unchanged", "10.00")
        assert [warning["code"] for warning in answer["warnings"]] == ["corrected_since"]

    def test_call_and_conversion_may_have_one_name(self, world: World) -> None:
        assert told(world, CALLS, caller_id=ADA, external_id="1")["outcome"] == "recorded"
        assert told(world, CONVERSIONS, caller_id=ADA, external_id="1")["outcome"] == "recorded"

    @BOTH
    def test_simultaneous_repeats_make_one(self, world: World, path: str, root: str) -> None:
        """A tracker that times out sends again while the first is under way."""
        lead_of(world)

        def post(_: int) -> dict[str, Any]:
            return told(world, path, caller_id=ADA, revenue="12.50", external_id="CA17")

        with ThreadPoolExecutor(6) as pool:
            answers = list(pool.map(post, range(12), timeout=PATIENCE_SECONDS))

        assert sorted(answer["outcome"] for answer in answers) == ["recorded"] + ["unchanged"] * 11
        assert len({answer["id"] for answer in answers}) == 1
        found = total(world)
        assert (found.calls + found.conversions, found.revenue) == (1, 1250)
        assert world.get(path).get_json()["metadata"]["total_count"] == 1
        assert len(facts_of(world, answers[0][root]["lead_id"])) == 1


class TestCorrections:
    def test_correction_keeps_the_history(self, world: World) -> None:
        lead = lead_of(world)
        call = told(world, CALLS, caller_id=ADA, revenue="12.50", duration_seconds=61, tokens={"agent": "Eve"})["call"]

        answer = world.client.put(
            f"{CALLS}/{call['id']}",
            json={"revenue": "15", "disposition": "sale", "tokens": {"agent": None, "note": "paid"}},
            headers=world.bearer(),
        )

        document = answer.get_json()
        assert (document["outcome"], document["call"]["revenue"]) == ("corrected", "15.00")
        assert (document["call"]["disposition"], document["call"]["tokens"]) == ("sale", {"note": "paid"})
        recorded, corrected = facts_of(world, lead["id"])
        assert (recorded.kind, corrected.kind) == (EventKind.CALL_RECORDED, EventKind.CALL_CORRECTED)
        assert recorded.details["figures"]["revenue"] == corrected.details["previous"]["revenue"] == "12.50"
        assert corrected.details["figures"]["revenue"] == "15.00"
        assert corrected.details["api_key_id"]
        # A value that a person wrote into a lead token is nobody's fact.
        assert "Eve" not in json.dumps([recorded.details, corrected.details])

    @BOTH
    def test_same_figures_again_change_nothing(self, world: World, path: str, root: str) -> None:
        one = told(world, path, caller_id=ADA, revenue="12.50")[root]

        answer = world.client.patch(f"{path}/{one['id']}", json={"revenue": "12.5"}, headers=world.bearer())

        assert (answer.get_json()["outcome"], answer.get_json()[root]) == ("unchanged", one)
        assert answer.get_json()[root]["corrected_at"] is None

    def test_connected_is_derived_anew_unless_it_is_told(self, world: World) -> None:
        call = told(world, CALLS, caller_id=ADA)["call"]

        def corrected(**fields: Any) -> Any:  # noqa: ANN401 - whatever JSON has
            return world.client.put(f"{CALLS}/{call['id']}", json=fields, headers=world.bearer()).get_json()["call"]

        assert corrected(duration_seconds=30)["connected"] is True
        assert corrected(disposition="voicemail")["connected"] is False
        assert corrected(revenue="1")["connected"] is False
        assert corrected(connected=True)["connected"] is True
        assert corrected(disposition=None)["disposition"] is None

    def test_reversed_conversion_counts_no_more_and_stays(self, world: World) -> None:
        lead = lead_of(world)
        one = told(world, CONVERSIONS, caller_id=ADA, revenue="12.50", external_id="order-1")["conversion"]

        answers = [
            world.client.post(f"{CONVERSIONS}/{one['id']}/reverse", headers=world.bearer()).get_json() for _ in range(2)
        ]

        assert [answer["outcome"] for answer in answers] == ["reversed", "unchanged"]
        assert answers[1]["conversion"]["reversed"] is True
        assert total(world) == Measures()
        assert [fact.kind for fact in facts_of(world, lead["id"])][-1] is EventKind.CONVERSION_REVERSED
        corrected = world.client.put(f"{CONVERSIONS}/{one['id']}", json={"revenue": "1"}, headers=world.bearer())
        assert problem(corrected)[:2] == (422, "conversion_reversed")
        again = told(world, CONVERSIONS, caller_id=ADA, revenue="99", external_id="order-1")
        assert [warning["code"] for warning in again["warnings"]] == ["corrected_since"]

    @pytest.mark.parametrize(
        ("path", "body", "field"),
        [
            (CALLS, {"revenue": "1.234"}, "revenue"),
            (CALLS, {"lead_id": ABSENT}, "lead_id"),
            (CALLS, {"external_id": "other"}, "external_id"),
            (CALLS, {"started_at": "soon"}, "started_at"),
            (CALLS, {"currency": "EUR"}, "currency"),
            (CONVERSIONS, {"occurred_at": "soon"}, "occurred_at"),
            (CONVERSIONS, {"caller_id": BEN}, "caller_id"),
        ],
    )
    def test_what_cannot_be_is_not_corrected(self, world: World, path: str, body: dict[str, Any], field: str) -> None:
        before = told(world, path, caller_id=ADA, revenue="12.50")

        answer = world.client.put(f"{path}/{before['id']}", json=body, headers=world.bearer())

        assert problem(answer)[0] == 422
        assert field in problem(answer)[2]

    @BOTH
    def test_what_is_not_there_is_not_found(self, world: World, path: str, root: str) -> None:
        del root
        assert problem(world.get(f"{path}/{ABSENT}"))[:2] == (404, "not_found")
        assert problem(world.client.put(f"{path}/{ABSENT}", json={}, headers=world.bearer()))[:2] == (404, "not_found")
        assert world.client.post(f"{CONVERSIONS}/{ABSENT}/reverse", headers=world.bearer()).status_code == 404


class TestBatches:
    @BOTH
    def test_each_is_answered_for_itself(self, world: World, path: str, root: str) -> None:
        lead_of(world)
        several = [
            {"caller_id": ADA, "external_id": "1", "revenue": "1.01"},
            {"caller_id": "12"},
            {"caller_id": ADA, "external_id": "1", "revenue": "1.01"},
            {"caller_id": ADA, "external_id": "1", "revenue": "2"},
            {"colour": "red", "caller_id": BEN},
            {"caller_id": BEN, "revenue": 2},
        ]

        answer = tell(world, f"{path}/batch", {f"{root}s": several})

        document = answer.get_json()
        assert answer.status_code == 200
        assert [one["outcome"] for one in document[f"{root}s"]] == [
            "recorded",
            "refused",
            "unchanged",
            "refused",
            "refused",
            "recorded",
        ]
        assert [one["code"] for one in document[f"{root}s"]] == [
            None,
            "invalid_caller_id",
            None,
            "external_id_reused",
            "invalid_parameter",
            None,
        ]
        assert document["metadata"] == {"root": f"{root}s", "recorded": 2, "unchanged": 1, "refused": 3}
        assert total(world).revenue == 301

    @BOTH
    def test_batch_has_bounds(self, world: World, path: str, root: str) -> None:
        bad: tuple[Any, ...] = ([], [{}] * (MOST_AT_ONCE + 1), ["it"], {}, None)
        for several in bad:
            assert problem(tell(world, f"{path}/batch", {f"{root}s": several}))[0] == 422
        most = tell(world, f"{path}/batch", {f"{root}s": [{"caller_id": ADA}] * MOST_AT_ONCE})
        assert most.get_json()["metadata"]["recorded"] == MOST_AT_ONCE


class TestPostbacks:
    @BOTH
    @pytest.mark.parametrize("method", ["GET", "POST"])
    def test_tracker_records_by_fetching_a_url(self, world: World, path: str, root: str, method: str) -> None:
        lead_of(world)
        url = f"{path}/postback?key={record_key(world)}&caller_id=+12025550143&revenue=12.50&external_id=CA17&click=9"

        answers = [world.client.open(url, method=method).get_json() for _ in range(2)]

        assert [answer["outcome"] for answer in answers] == ["recorded", "unchanged"]
        assert [warning["code"] for warning in answers[0]["warnings"]] == ["unknown_parameter"]
        # Who may only record sees nothing of what is kept.
        assert answers[0][root] is None
        [one] = world.get(path).get_json()[f"{root}s"]
        assert (one["traffic_source_id"], one["revenue"]) == (1000, "12.50")

    def test_postback_may_have_a_body(self, world: World) -> None:
        url = f"{CALLS}/postback?key={record_key(world)}"
        by_form = world.client.post(url, data={"caller_id": "2025550143", "tokens[agent]": "Eve", "tokens.note": "x"})
        by_json = world.client.post(url, json={"caller_id": ADA, "tokens": {"agent": "Eve"}, "what": {"a": 1}})

        assert (by_form.status_code, by_json.status_code) == (200, 200)
        assert [one["tokens"] for one in world.get(CALLS).get_json()["calls"]] == [
            {"agent": "Eve"},
            {"agent": "Eve", "note": "x"},
        ]
        assert by_json.get_json()["warnings"][0]["field"] == "what"

    def test_names_given_twice_must_agree(self, world: World) -> None:
        url = f"{CALLS}/postback?key={record_key(world)}&caller_id={ADA}"

        assert world.client.get(f"{url}&revenue=1&Revenue=1").status_code == 200
        assert problem(world.client.get(f"{url}&revenue=1&revenue=2"))[:2] == (422, "ambiguous_parameter")

    def test_head_records_nothing(self, world: World) -> None:
        answer = world.client.head(f"{CALLS}/postback?key={record_key(world)}&caller_id={ADA}")

        assert (answer.status_code, total(world)) == (405, Measures())

    @pytest.mark.parametrize("permission", [Permission.READ, Permission.WRITE, Permission.ADMIN])
    def test_key_that_may_do_more_is_not_taken_from_a_url(self, world: World, permission: Permission) -> None:
        """A URL ends up in the logs of everybody on its way."""
        key = world.another_key(permission).private

        assert problem(world.client.get(f"{CALLS}/postback?key={key}&caller_id={ADA}"))[:2] == (
            403,
            "permission_denied",
        )
        assert total(world) == Measures()

    def test_key_in_the_header_may_write(self, world: World) -> None:
        headers = world.bearer(world.another_key(Permission.WRITE))
        assert world.client.get(f"{CALLS}/postback?caller_id={ADA}", headers=headers).status_code == 200
        pair = base64.b64encode(f"{world.api_key.public}:{world.api_key.private}".encode()).decode()
        basic = {"Authorization": f"Basic {pair}"}
        assert world.client.get(f"{CALLS}/postback?caller_id={BEN}", headers=basic).status_code == 200

    @pytest.mark.parametrize("query", ["", "key=", "key=a&key=b", "key=key_unknown"])
    def test_without_a_known_key_nothing_is_recorded(self, world: World, query: str) -> None:
        assert world.client.get(f"{CALLS}/postback?{query}&caller_id={ADA}").status_code == 401
        assert total(world) == Measures()

    def test_record_key_does_nothing_but_record(self, world: World) -> None:
        """If it leaks, nobody is read, changed or found out by it."""
        lead = lead_of(world)
        one = told(world, CONVERSIONS, caller_id=ADA)
        headers = {"Authorization": f"Bearer {record_key(world)}"}

        for method, path in (
            ("GET", CALLS),
            ("GET", CONVERSIONS),
            ("GET", f"{CONVERSIONS}/{one['id']}"),
            ("PUT", f"{CONVERSIONS}/{one['id']}"),
            ("POST", f"{CONVERSIONS}/{one['id']}/reverse"),
            ("GET", LEADS),
            ("GET", f"{LEADS}/{lead['id']}"),
            ("GET", "/api/v1/api_keys"),
            ("GET", "/api/v1/traffic_sources"),
        ):
            assert problem(world.client.open(path, method=method, json={}, headers=headers))[0] == 403, path

    def test_record_key_is_not_told_who_is_known(self, world: World) -> None:
        lead_of(world)
        key = record_key(world)
        answers = [
            world.client.get(f"{path}/postback", query_string={"key": key, "caller_id": caller}).get_json()
            for caller in (ADA, STRANGER)
            for path in (CALLS, CONVERSIONS)
        ]

        assert [{**answer, "id": None} for answer in answers[:2]] == [{**answer, "id": None} for answer in answers[2:]]

    @pytest.mark.parametrize("place", ["external_id", "disposition", "tokens[agent]"])
    def test_key_in_the_wrong_place_is_not_kept(self, world: World, place: str) -> None:
        """A tracker's settings are easily mixed up; a list must not show what was meant for the gate."""
        key = record_key(world)
        answer = world.client.get(
            f"{CALLS}/postback", query_string={"key": key, "caller_id": ADA, place: f"it is {key}"}
        )

        assert answer.status_code == 422
        assert key not in answer.get_data(as_text=True)
        assert fetch(world, CALLS).get_json()["calls"] == []

    def test_key_of_a_url_is_in_no_log_line(self, world: World, capsys: pytest.CaptureFixture[str]) -> None:
        key = record_key(world)
        world.client.get(f"{CALLS}/postback?key={key}&caller_id={ADA}&revenue={key}")

        assert key not in "".join(capsys.readouterr())


class TestLists:
    @BOTH
    def test_list_is_filtered_and_paged(self, world: World, path: str, root: str) -> None:
        lead = lead_of(world)
        mine = [told(world, path, caller_id=ADA, external_id=str(number))["id"] for number in range(3)]
        told(world, path, caller_id=STRANGER)

        def ids(query: str) -> list[str]:
            return [one["id"] for one in fetch(world, f"{path}?{query}").get_json()[f"{root}s"]]

        for query in (
            f"caller_id={ADA}",
            f"lead_id={lead['id']}",
            "traffic_source_id=1000",
            "sub_id=creative-A",
            "country=us",
            "schedule_id=1",
        ):
            assert ids(query) == mine[::-1], query
        assert ids("external_id=1") == mine[1:2]
        first = fetch(world, f"{path}?sub_id=creative-A&per_page=2").get_json()
        assert first["metadata"]["total_count"] == 3
        assert first["metadata"]["total_count_is_exact"] is True
        assert ids(f"sub_id=creative-A&cursor={first['metadata']['next_cursor']}") == mine[:1]

    def test_lists_are_filtered_by_time_and_kind(self, world: World) -> None:
        early = told(world, CALLS, caller_id=ADA, started_at="2026-02-01T00:00:00Z", direction="outbound")["id"]
        late = told(world, CALLS, caller_id=ADA, started_at="2026-03-01T00:00:00Z", external_id="CA17")["id"]
        sale = told(world, CONVERSIONS, call_external_id="CA17", kind="sale")["id"]

        def ids(path: str) -> list[str]:
            [found] = [each for each in fetch(world, path).get_json().values() if isinstance(each, list)]
            return [one["id"] for one in found]

        assert ids(f"{CALLS}?started_at_from=2026-03-01T00:00:00Z") == [late]
        assert ids(f"{CALLS}?started_at_to=2026-03-01T00:00:00Z&direction=outbound") == [early]
        assert ids(f"{CALLS}?connected=no&disposition=sale") == []
        assert ids(f"{CONVERSIONS}?call_id={ABSENT}") == []
        assert ids(f"{CONVERSIONS}?call_external_id=CA17&kind=sale&reversed=false") == [sale]
        assert ids(f"{CONVERSIONS}?call_external_id=none") == []
        assert ids(f"{CONVERSIONS}?occurred_at_to=2026-03-01T00:00:00Z") == []

    @pytest.mark.parametrize(
        "query",
        [
            "caller_id=12",
            "colour=red",
            "page=1&cursor=" + ABSENT,
            "schedule_id=1&offer_id=1",
            "lead_id=it",
            "connected=perhaps",
            "started_at_from=soon",
            "country=USA",
        ],
    )
    def test_filter_that_cannot_be_is_refused(self, world: World, query: str) -> None:
        assert problem(fetch(world, f"{CALLS}?{query}"))[:2] in {
            (422, "invalid_parameter"),
            (422, "invalid_caller_id"),
        }

    def test_call_has_one_name_in_a_list(self, world: World) -> None:
        answer = fetch(world, f"{CONVERSIONS}?call_id={ABSENT}&call_external_id=CA17")
        assert "call_external_id" in problem(answer)[2]


class TestErasure:
    def test_person_goes_and_the_figures_stay(self, world: World) -> None:
        lead = lead_of(world)
        call = told(
            world,
            CALLS,
            caller_id=ADA,
            revenue="12.50",
            disposition="spoke to Ada",
            tokens={"agent": "Eve"},
            external_id="CA17",
        )["call"]
        sale = told(world, CONVERSIONS, caller_id=ADA, revenue="250", external_id=f"{ADA}-1")["conversion"]
        before = counted(world)

        answer = world.client.post(f"/api/v1/contacts/{ADA}/caller_erase", headers=world.bearer())

        removed = answer.get_json()["erasure"]["removed"]
        assert (removed["calls"], removed["conversions"]) == (1, 1)
        kept = world.get(f"{CALLS}/{call['id']}").get_json()["call"]
        assert kept == call | {"caller_id": None, "disposition": None, "tokens": {}}
        assert kept["lead_id"] == lead["id"]
        assert world.get(f"{CONVERSIONS}/{sale['id']}").get_json()["conversion"] == sale | {
            "caller_id": None,
            "external_id": None,
        }
        assert counted(world) == before
        assert [fact.details for fact in facts_of(world, lead["id"])] == [{}, {}]

    def test_erased_call_is_corrected_in_its_figures_only(self, world: World) -> None:
        call = told(world, CALLS, caller_id=ADA, revenue="12.50", external_id="CA17")["call"]
        world.client.post(f"/api/v1/contacts/{ADA}/caller_erase", headers=world.bearer())

        def correct(**fields: Any) -> TestResponse:  # noqa: ANN401 - whatever JSON has
            return world.client.put(f"{CALLS}/{call['id']}", json=fields, headers=world.bearer())

        assert correct(revenue="15").get_json()["call"]["revenue"] == "15.00"
        assert {*problem(correct(disposition="spoke to Ada", tokens={"a": "b"}))[2]} == {"disposition", "tokens"}

    def test_postback_that_comes_again_brings_nobody_back(self, world: World) -> None:
        told(world, CALLS, caller_id=ADA, external_id="CA17", disposition="sale")
        world.client.post(f"/api/v1/contacts/{ADA}/caller_erase", headers=world.bearer())

        again = told(world, CALLS, caller_id=ADA, external_id="CA17", disposition="sale")

        assert (again["outcome"], again["call"]["caller_id"]) == ("unchanged", None)
        with world.store.reading(world.company.id) as uow:
            assert uow.contacts.find(PhoneNumber(ADA)) is None

    def test_who_called_again_after_an_erasure_is_found_by_a_restore(self, world: World) -> None:
        """Who had opted out has no contact any more; their number in a call must be found all the same."""
        world.client.post(f"{LEADS}/{ADA}/caller_opt_out", headers=world.bearer())
        world.client.post(f"/api/v1/contacts/{ADA}/caller_erase", headers=world.bearer())
        told(world, CALLS, caller_id=ADA)

        with world.store.reading(world.company.id) as uow:
            assert uow.contacts.find(PhoneNumber(ADA)) is None
            assert uow.contacts.numbers(after=None, limit=10) == [PhoneNumber(ADA)]
        again = world.client.post(f"/api/v1/contacts/{ADA}/caller_erase", headers=world.bearer()).get_json()
        assert again["erasure"]["removed"]["calls"] == 1

    def test_who_has_only_called_is_erased_too(self, world: World) -> None:
        told(world, CALLS, caller_id=STRANGER)
        answer = world.client.post(f"/api/v1/contacts/{STRANGER}/caller_erase", headers=world.bearer())

        assert answer.get_json()["erasure"]["removed"]["calls"] == 1
        assert fetch(world, f"{CALLS}?caller_id={STRANGER}").get_json()["calls"] == []


class TestAppliedToCalls:
    def test_tokens_of_a_submission_are_copied_to_the_leads_calls(self, world: World) -> None:
        lead_of(world)
        call = told(world, CALLS, caller_id=ADA, tokens={"agent": "Eve", "interest": "dogs"})["call"]
        other = told(world, CALLS, caller_id=STRANGER, tokens={"agent": "Eve"})["call"]

        lead_of(world, interest="kittens", apply_to="calls")
        lead_of(world, age="36")

        assert world.get(f"{CALLS}/{call['id']}").get_json()["call"] == call | {
            "tokens": {"agent": "Eve", "interest": "kittens"}
        }
        assert world.get(f"{CALLS}/{other['id']}").get_json()["call"] == other

    def test_update_of_one_lead_does_the_same(self, world: World) -> None:
        lead = lead_of(world)
        call = told(world, CALLS, lead_id=lead["id"])["call"]

        answer = world.client.post(
            f"{LEADS}/{lead['id']}/lead_update",
            json={"interest": "kittens", "apply_to": "calls"},
            headers=world.bearer(),
        )

        assert answer.status_code == 200
        assert world.get(f"{CALLS}/{call['id']}").get_json()["call"]["tokens"] == {"interest": "kittens"}

    def test_test_submission_copies_nothing(self, world: World) -> None:
        lead_of(world)
        call = told(world, CALLS, caller_id=ADA)["call"]
        world.submit(caller_id=ADA, interest="kittens", apply_to="calls", test=True)

        assert world.get(f"{CALLS}/{call['id']}").get_json()["call"]["tokens"] == {}


class TestSourcesByExternalId:
    def test_lead_may_name_its_source_by_the_external_id(self, world: World) -> None:
        world.client.patch("/api/v1/traffic_sources/1000", json={"external_id": "aff-17"}, headers=world.bearer())

        assert lead_of(world, traffic_source_id="aff-17")["traffic_source_id"] == 1000
        unknown = world.submit(caller_id=BEN, traffic_source_id="aff-18").get_json()
        assert unknown["lead"]["traffic_source_id"] is None
        assert "unknown_traffic_source" in [warning["code"] for warning in unknown["warnings"]]

    def test_digits_are_always_a_number(self, world: World) -> None:
        """Else a source that is numbered so one day would take over what was another's."""
        world.client.patch("/api/v1/traffic_sources/1000", json={"external_id": "1001"}, headers=world.bearer())

        answer = world.submit(caller_id=ADA, traffic_source_id="1001").get_json()

        assert answer["lead"]["traffic_source_id"] is None
        assert "unknown_traffic_source" in [warning["code"] for warning in answer["warnings"]]

    def test_paused_source_is_refused_by_either_name(self, world: World) -> None:
        world.client.patch(
            "/api/v1/traffic_sources/1000", json={"external_id": "aff-17", "paused": True}, headers=world.bearer()
        )

        for name in (1000, "aff-17"):
            assert problem(world.submit(caller_id=ADA, traffic_source_id=name))[:2] == (422, "traffic_source_paused")

    @pytest.mark.parametrize("payout", ["12.505", "-1", "a lot", True, [1]])
    def test_payout_that_cannot_be_is_refused(self, world: World, payout: object) -> None:
        answer = world.client.patch(
            "/api/v1/traffic_sources/1000", json={"default_payout": payout}, headers=world.bearer()
        )

        assert (answer.status_code, list(answer.get_json()["errors"])) == (422, ["default_payout"])

    def test_external_id_is_one_sources(self, world: World) -> None:
        first = world.client.post(
            "/api/v1/traffic_sources", json={"name": "a", "external_id": "x"}, headers=world.bearer()
        )
        second = world.client.post(
            "/api/v1/traffic_sources", json={"name": "b", "external_id": "x"}, headers=world.bearer()
        )

        assert (first.status_code, problem(second)[:2]) == (201, (422, "name_taken"))
        cleared = world.client.patch("/api/v1/traffic_sources/1001", json={"external_id": None}, headers=world.bearer())
        assert cleared.get_json()["traffic_source"]["external_id"] is None


@BOTH
def test_lead_token_records_nothing(world: World, path: str, root: str) -> None:
    """It stands on pages and in other people's tools."""
    for headers in ({"X-Lead-Token": world.schedule_token}, {"Authorization": f"Bearer {world.schedule_token}"}):
        for target in (path, f"{path}/batch", f"{path}/postback"):
            answer = world.client.post(target, json={"caller_id": ADA, f"{root}s": []}, headers=headers)
            assert answer.status_code == 401


bodies = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=5,
)
names = st.sampled_from(
    [
        "caller_id",
        "lead_id",
        "external_id",
        "revenue",
        "payout",
        "duration_seconds",
        "started_at",
        "tokens",
        "connected",
    ]
)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(body=st.dictionaries(names, bodies, max_size=5), as_batch=st.booleans())
def test_whatever_is_told_is_answered(memory_world: World, body: dict[str, Any], *, as_batch: bool) -> None:
    """Bad input is a problem document that names the field, never a fault of ours."""
    told_of_it = {"calls": [body]} if as_batch else body
    answer = tell(memory_world, f"{CALLS}/batch" if as_batch else CALLS, told_of_it)

    assert answer.status_code in {200, 400, 422}, answer.get_json()
    assert answer.get_json()


@pytest.fixture(scope="module")
def memory_world() -> World:
    return a_world(MemoryStore())
