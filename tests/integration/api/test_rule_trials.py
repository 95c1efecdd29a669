"""Rules tried on the submissions of the last days: what the trial foretells is what the rules do."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from leadintake.adapters.memory.store import MemoryStore
from leadintake.domain.credential import Permission
from leadintake.entrypoints.schemas.company.trials import ONE_TRIAL

from tests.support.apps import a_world

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tests.support.apps import World

ADA, BEN = "+12025550143", "+12025550144"
HOUR, A_DAY = timedelta(hours=1), timedelta(days=1)


def try_(world: World, /, of: str = "schedules", **body: Any) -> dict[str, Any]:  # noqa: ANN401 - whatever JSON has
    """Try rules, and return what came of it."""
    owner = world.schedule if of == "schedules" else world.offer
    answer = world.post(f"/api/v1/{of}/{owner.id}/try", json=body, headers=world.bearer())
    document: dict[str, Any] = answer.get_json()
    assert (answer.status_code, ONE_TRIAL.validate(document)) == (200, {}), document
    trial: dict[str, Any] = document["trial"]
    return trial


def in_an_offer(world: World) -> None:
    """Let the schedule belong to the offer, whose contact fields hold for it then."""
    path = f"/api/v1/schedules/{world.schedule.id}"
    assert world.client.patch(path, json={"offer_id": world.offer.id}, headers=world.bearer()).status_code == 200


def test_duplicates_are_foretold(world: World) -> None:
    first = world.submit(caller_id=ADA).get_json()["submission_id"]
    world.clock.advance(HOUR)
    again = world.submit(caller_id=ADA).get_json()["submission_id"]
    world.submit(caller_id=BEN)

    trial = try_(world, lead_duplicate_timeframe=7_200)

    [flip] = trial["flips"]
    assert (flip["submission_id"], flip["code_now"], flip["code_then"]) == (again, None, "duplicate_lead")
    assert flip["submission_id"] != first
    assert (trial["tried"], trial["refused_now"], trial["refused_then"]) == (3, 0, 1)
    assert (trial["flip_count"], trial["codes"]) == (1, {"duplicate_lead": 1})
    assert (trial["is_complete"], trial["unreadable"]) == (True, 0)


def test_what_would_be_taken_is_foretold(world: World) -> None:
    path = f"/api/v1/schedules/{world.schedule.id}"
    world.client.patch(path, json={"phone_lengths": [11, 11]}, headers=world.bearer())
    refused = world.submit(caller_id=ADA).get_json()["submission_id"]

    trial = try_(world, phone_lengths=None)

    [flip] = trial["flips"]
    assert (flip["submission_id"], flip["outcome"], flip["code_now"]) == (refused, "refused", "invalid_caller_id")
    assert (flip["code_then"], flip["errors"], trial["codes"]) == (None, {}, {})


def test_contact_fields_are_tried_in_the_place_of_those_that_stand(world: World) -> None:
    in_an_offer(world)
    world.submit(caller_id=ADA, interest="kittens")
    without = world.submit(caller_id=BEN).get_json()["submission_id"]
    fields = [{"key": "interest", "required": True}]

    trial = try_(world, enforce_contact_fields=True, contact_fields=fields)

    [flip] = trial["flips"]
    assert (flip["submission_id"], flip["code_then"]) == (without, "contact_field_invalid")
    assert list(flip["errors"]) == ["interest"]


def test_the_offers_own_submissions_are_tried_by_its_rules(world: World) -> None:
    world.submit(world.offer_token, caller_id=ADA)
    world.submit(world.schedule_token, caller_id=BEN)

    trial = try_(world, of="offers", require_traffic_source=True)

    assert (trial["tried"], trial["codes"]) == (1, {"traffic_source_required": 1})


def test_trying_changes_nothing(world: World) -> None:
    world.submit(caller_id=ADA)
    before = (world.leads(), world.submissions())

    try_(world, lead_duplicate_timeframe=3_600, lead_duplicate_scope="company")

    schedule = world.get(f"/api/v1/schedules/{world.schedule.id}").get_json()["schedule"]
    assert (world.leads(), world.submissions()) == before
    assert (schedule["lead_duplicate_timeframe"], schedule["lead_duplicate_scope"]) == (0, "schedule")


def test_only_the_last_days_are_looked_at(world: World) -> None:
    world.submit(caller_id=ADA)
    world.clock.advance(2 * A_DAY)
    world.submit(caller_id=BEN)

    assert try_(world, require_traffic_source=True, days=1)["tried"] == 1
    assert try_(world, require_traffic_source=True, days=3)["tried"] == 2


def test_leads_from_before_that_time_make_duplicates_too(world: World) -> None:
    world.submit(caller_id=ADA)
    world.clock.advance(2 * A_DAY)
    world.submit(caller_id=ADA)

    assert try_(world, lead_duplicate_timeframe=7 * 86_400, days=1)["codes"] == {"duplicate_lead": 1}


def test_what_was_erased_is_counted_and_not_judged(world: World) -> None:
    world.submit(caller_id=ADA)
    world.submit(caller_id=BEN)
    erased = world.post(f"/api/v1/contacts/{ADA}/caller_erase", headers=world.bearer(world.another_key(*Permission)))
    assert erased.status_code == 200

    trial = try_(world, require_traffic_source=True)

    assert (trial["tried"], trial["unreadable"]) == (1, 1)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"days": 31}, "days"),
        ({"days": 0}, "days"),
        ({"lead_duplicate_timeframe": -1}, "lead_duplicate_timeframe"),
        ({"name": "x"}, "name"),
        ({"contact_fields": [{"key": "a"}, {"key": "a"}]}, "contact_fields"),
        ({"contact_fields": [{"key": "a", "type": "list"}]}, "choices"),
        ({"contact_fields": [{}]}, "contact_fields.0.key"),
    ],
)
def test_what_cannot_be_tried_is_named(world: World, body: Mapping[str, Any], field: str) -> None:
    in_an_offer(world)
    answer = world.post(f"/api/v1/schedules/{world.schedule.id}/try", json=body, headers=world.bearer())

    assert (answer.status_code, list(answer.get_json()["errors"])) == (422, [field])


def test_contact_fields_need_an_offer(world: World) -> None:
    body = {"contact_fields": [{"key": "interest"}]}

    answer = world.post(f"/api/v1/schedules/{world.schedule.id}/try", json=body, headers=world.bearer())

    assert (answer.status_code, list(answer.get_json()["errors"])) == (422, ["contact_fields"])


def test_there_must_be_such_a_schedule(world: World) -> None:
    assert world.post("/api/v1/schedules/999/try", json={}, headers=world.bearer()).status_code == 404


RULES = st.fixed_dictionaries(
    {},
    optional={
        "lead_duplicate_timeframe": st.sampled_from([0, 3_600, 7_200, 86_400]),
        "lead_duplicate_scope": st.sampled_from(["schedule", "company"]),
        "reject_same_source": st.booleans(),
        "require_traffic_source": st.booleans(),
        "max_leads_per_ip_per_day": st.sampled_from([1, 2, None]),
        "phone_lengths": st.sampled_from([[10, 10], [7, 9], None]),
        "phone_fields": st.sampled_from([[], ["alt"]]),
    },
)
SUBMISSIONS = st.lists(
    st.tuples(
        st.fixed_dictionaries(
            {"caller_id": st.sampled_from([ADA, BEN, "12"])},
            optional={
                "traffic_source_id": st.sampled_from(["1000", "7"]),
                "alt": st.sampled_from([ADA, BEN, "no number"]),
                "update_only": st.booleans(),
                "restart_schedule": st.booleans(),
                "expire_existing": st.booleans(),
                "delete_existing": st.booleans(),
            },
        ),
        st.sampled_from([timedelta(minutes=1), HOUR, timedelta(hours=13)]),
    ),
    min_size=1,
    max_size=8,
)


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(rules=RULES, submissions=SUBMISSIONS)
def test_what_is_foretold_is_what_happens(
    rules: Mapping[str, Any], submissions: Sequence[tuple[Mapping[str, Any], timedelta]]
) -> None:
    """The same submissions, sent to a schedule that has had the rules from the start, are refused as was foretold."""
    tried, ruled = a_world(MemoryStore()), a_world(MemoryStore())
    path = f"/api/v1/schedules/{ruled.schedule.id}"
    assert ruled.client.patch(path, json=dict(rules), headers=ruled.bearer()).status_code == 200
    ids, codes = [], []
    for fields, pause in submissions:
        for world in (tried, ruled):
            world.clock.advance(pause)
        ids.append(tried.submit(**fields).get_json()["submission_id"])
        codes.append(ruled.submit(**fields).get_json().get("code"))

    trial = try_(tried, days=30, **rules)

    foretold = {flip["submission_id"]: flip["code_then"] for flip in trial["flips"]}
    stored = {str(each.receipt.id): each.code for each in tried.submissions()}
    expected = {
        each: code for each, code in zip(ids, codes, strict=True) if (code is None) is not (stored[each] is None)
    }
    assert foretold == expected
    assert trial["refused_now"] == sum(stored[each] is not None for each in ids)
    assert trial["refused_then"] == sum(code is not None for code in codes)
