"""What a company sets up by API key: schedules, offers, traffic sources, contact fields and suppression lists."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

import pytest

from leadintake.domain.credential import Permission
from leadintake.entrypoints.schemas.answers import ProblemSchema
from leadintake.entrypoints.schemas.company.contact_fields import CONTACT_FIELDS, ONE_CONTACT_FIELD
from leadintake.entrypoints.schemas.company.owners import OFFERS, ONE_OFFER, ONE_SCHEDULE, SCHEDULES
from leadintake.entrypoints.schemas.company.suppression_lists import (
    CALLERS,
    CHANGED_ENTRIES,
    ONE_SUPPRESSION_LIST,
    SUPPRESSION_LISTS,
)
from leadintake.entrypoints.schemas.company.traffic_sources import ONE_TRAFFIC_SOURCE, TRAFFIC_SOURCES

from tests.support.apps import a_world

if TYPE_CHECKING:
    from marshmallow import Schema
    from werkzeug.test import TestResponse

    from tests.support.apps import World

API: Final = "/api/v1"
ADA, BEN, EVE = "+12025550143", "+12025550144", "+442079460018"
SCHEMAS: Final[dict[str, tuple[Schema, Schema]]] = {
    "schedules": (ONE_SCHEDULE, SCHEDULES),
    "offers": (ONE_OFFER, OFFERS),
    "traffic_sources": (ONE_TRAFFIC_SOURCE, TRAFFIC_SOURCES),
    "suppression_lists": (ONE_SUPPRESSION_LIST, SUPPRESSION_LISTS),
}
EVERY_KIND = pytest.mark.parametrize("kind", list(SCHEMAS))


def asked(world: World, method: str, path: str, body: object = None, **query: str | int) -> TestResponse:
    """Ask with the company's API key."""
    return world.client.open(f"{API}/{path}", method=method, json=body, query_string=query, headers=world.bearer())


def done(world: World, method: str, path: str, body: object = None, **query: str | int) -> dict[str, Any]:
    """Ask for what is to succeed, and return the document."""
    answer = asked(world, method, path, body, **query)
    document: dict[str, Any] = answer.get_json()
    assert answer.status_code in {200, 201}, document
    return document


def refused(
    world: World, method: str, path: str, body: object = None, **query: str | int
) -> tuple[str, dict[str, Any]]:
    """Ask for what is to be refused with a 422, and return the code and the errors."""
    answer = asked(world, method, path, body, **query)
    document: dict[str, Any] = answer.get_json()
    assert (answer.status_code, answer.content_type) == (422, "application/problem+json"), document
    assert ProblemSchema().validate(document) == {}
    return document["code"], document["errors"]


def root_of(kind: str) -> str:
    return kind.removesuffix("s")


class TestEveryKind:
    @EVERY_KIND
    def test_what_is_made_can_be_read_listed_and_changed(self, world: World, kind: str) -> None:
        answer = asked(world, "POST", kind, {"name": "  Wind  "})
        made = answer.get_json()
        thing = made[root_of(kind)]
        address, (one, page) = f"{kind}/{thing['id']}", SCHEMAS[kind]

        assert (answer.status_code, thing["name"], made["metadata"]) == (201, "Wind", {"root": root_of(kind)})
        assert one.validate(made) == {}
        assert done(world, "GET", address) == made
        listed = done(world, "GET", kind, name="WIND")
        assert page.validate(listed) == {}
        assert listed[kind] == [thing]
        assert listed["metadata"] == {"root": kind, "total_count": 1, "page": 1, "per_page": 25}
        for method in ("PATCH", "PUT"):
            assert done(world, method, address, {"name": method})[root_of(kind)] == thing | {"name": method}
        assert done(world, "PATCH", address, {})[root_of(kind)] == thing | {"name": "PUT"}

    @EVERY_KIND
    def test_name_is_free_once_in_any_case(self, world: World, kind: str) -> None:
        """Whoever reads a name in a list must know which one it is; and a retry makes no second one."""
        made = done(world, "POST", kind, {"name": "Wind"})[root_of(kind)]
        other = done(world, "POST", kind, {"name": "Water"})[root_of(kind)]

        taken = ("name_taken", {"name": ["is already taken"]})
        assert refused(world, "POST", kind, {"name": " wIND "}) == taken
        assert refused(world, "PATCH", f"{kind}/{other['id']}", {"name": "WIND"}) == taken
        assert done(world, "PATCH", f"{kind}/{made['id']}", {"name": "WIND"})[root_of(kind)]["name"] == "WIND"
        assert asked(a_world(world.store), "POST", kind, {"name": "Wind"}).status_code == 201

    @EVERY_KIND
    def test_of_those_who_add_the_same_name_at_once_one_succeeds(self, world: World, kind: str) -> None:
        with ThreadPoolExecutor(6) as pool:
            answers = list(pool.map(lambda _: asked(world, "POST", kind, {"name": "Wind"}).status_code, range(6)))

        assert sorted(answers) == [201, 422, 422, 422, 422, 422]
        assert done(world, "GET", kind, name="wind")["metadata"]["total_count"] == 1

    @EVERY_KIND
    def test_pages_hold_everything_once(self, world: World, kind: str) -> None:
        before = done(world, "GET", kind)["metadata"]["total_count"]
        for number in range(5):
            done(world, "POST", kind, {"name": f"Number {number}"})

        pages = [done(world, "GET", kind, page=number, per_page=2)[kind] for number in range(1, 5)]
        ids = [thing["id"] for each in pages for thing in each]
        assert len(ids) == len(set(ids)) == before + 5
        assert ids == sorted(ids)

    @EVERY_KIND
    @pytest.mark.parametrize(
        ("body", "fields"),
        [
            ({}, {"name"}),
            ({"name": None}, {"name"}),
            ({"name": ""}, {"name"}),
            ({"name": " \u2003"}, {"name"}),
            ({"name": 5}, {"name"}),
            ({"name": ["x"]}, {"name"}),
            ({"name": "x" * 101}, {"name"}),
            ({"name": "a\x00b"}, {"name"}),
            ({"name": "a\nb"}, {"name"}),
            ({"name": "x", "nmae": "y", "id": 7}, {"nmae", "id"}),
            ({"name": {}, "unknown": 1}, {"name", "unknown"}),
        ],
    )
    def test_every_field_at_fault_is_named(self, world: World, kind: str, body: object, fields: set[str]) -> None:
        code, errors = refused(world, "POST", kind, body)

        assert (code, set(errors)) == ("invalid_parameter", fields)

    @EVERY_KIND
    def test_absent_foreign_and_impossible_ones_look_alike(self, world: World, kind: str) -> None:
        """Whether another company has something is nobody's business."""
        other = a_world(world.store)
        foreign = [done(other, "POST", kind, {"name": name})[root_of(kind)]["id"] for name in ("A", "B", "C")]
        paths = [f"{kind}/{id_}" for id_ in (foreign[-1], 2**31 - 1, 2**31, 0, -1, "1.0", "x", "٣", "9" * 5_000)]

        answers = [asked(world, method, path, {}) for path in paths for method in ("GET", "PATCH", "PUT")]
        assert {answer.status_code for answer in answers} == {404}
        assert len({answer.data for answer in answers}) == 1

    @EVERY_KIND
    @pytest.mark.parametrize(
        ("query", "fields"),
        [
            ({"page": "0"}, {"page"}),
            ({"per_page": "251", "page": "x"}, {"page", "per_page"}),
            ({"nmae": "x", "page": "-1"}, {"nmae", "page"}),
            ({"name": "x" * 101}, {"name"}),
        ],
    )
    def test_filter_that_means_nothing_is_refused_by_name(
        self, world: World, kind: str, query: dict[str, str], fields: set[str]
    ) -> None:
        """A misspelt filter would list everything."""
        code, errors = refused(world, "GET", kind, **query)

        assert (code, set(errors)) == ("invalid_parameter", fields)


class TestSchedules:
    def test_schedule_is_kept_as_it_was_said(self, world: World) -> None:
        said = {
            "name": "Wind",
            "offer_id": world.offer.id,
            "actions": [{"name": "Call", "kind": "call"}, {"name": "Again", "kind": "restart"}],
            "end_actions": [{"name": "Bye", "kind": "sms"}],
            "paused": True,
            "require_traffic_source": True,
            "lead_duplicate_timeframe": 86_400,
            "lead_duplicate_scope": "company",
            "reject_same_source": True,
            "phone_lengths": [9, 10],
            "max_leads_per_ip_per_day": 5,
            "enforce_contact_fields": True,
            "phone_fields": ["best_number", "phone"],
        }
        made = done(world, "POST", "schedules", said)["schedule"]

        assert made == said | {"id": made["id"], "paused_at": "2026-03-01T12:00:00Z"}
        assert done(world, "GET", f"schedules/{made['id']}")["schedule"] == made

    def test_what_is_left_out_stays_and_null_takes_away(self, world: World) -> None:
        said = {"name": "Wind", "offer_id": world.offer.id, "phone_lengths": [10, 10], "max_leads_per_ip_per_day": 5}
        made = done(world, "POST", "schedules", said)["schedule"]
        nothing = {"offer_id": None, "phone_lengths": None, "max_leads_per_ip_per_day": None}

        address = f"schedules/{made['id']}"
        assert done(world, "PATCH", address, {"reject_same_source": True})["schedule"] == made | {
            "reject_same_source": True
        }
        assert done(world, "PATCH", address, nothing)["schedule"] == made | nothing | {"reject_same_source": True}

    def test_pausing_twice_is_pausing_once(self, world: World) -> None:
        address = f"schedules/{world.schedule.id}"
        first = done(world, "PATCH", address, {"paused": True})["schedule"]
        world.clock.advance(timedelta(hours=1))

        assert done(world, "PATCH", address, {"paused": True})["schedule"] == first
        assert done(world, "PATCH", address, {"paused": False})["schedule"]["paused_at"] is None

    def test_paused_schedule_takes_no_leads_from_then_on(self, world: World) -> None:
        done(world, "PATCH", f"schedules/{world.schedule.id}", {"paused": True})

        assert world.submit(caller_id=ADA).get_json()["code"] == "schedule_paused"

    def test_filters_find_those_that_match(self, world: World) -> None:
        done(world, "POST", "schedules", {"name": "Wind", "offer_id": world.offer.id, "paused": True})

        def names(**query: str | int) -> list[str]:
            return [each["name"] for each in done(world, "GET", "schedules", **query)["schedules"]]

        assert names(paused="yes") == names(offer_id=world.offer.id) == names(name="wind") == ["Wind"]
        assert names(paused="false") == ["Call at once"]
        assert names(offer_id=99) == []

    @pytest.mark.parametrize(
        ("body", "fields"),
        [
            ({"offer_id": 99}, {"offer_id"}),
            ({"offer_id": "1"}, {"offer_id"}),
            ({"offer_id": True}, {"offer_id"}),
            ({"offer_id": 1e99}, {"offer_id"}),
            ({"offer_id": 1.5}, {"offer_id"}),
            ({"actions": "call"}, {"actions"}),
            ({"actions": {"name": "x"}}, {"actions"}),
            ({"actions": [{"name": "x"}, 5, {"kind": "fly", "name": ""}]},
             {"actions.0.kind", "actions.1", "actions.2.kind", "actions.2.name"}),
            ({"actions": [{"name": "x", "kind": "call"}] * 201}, {"actions"}),
            ({"paused": "yes"}, {"paused"}),
            ({"paused": None}, {"paused"}),
            ({"lead_duplicate_timeframe": -1}, {"lead_duplicate_timeframe"}),
            ({"lead_duplicate_timeframe": 10**9}, {"lead_duplicate_timeframe"}),
            ({"lead_duplicate_scope": "world"}, {"lead_duplicate_scope"}),
            ({"phone_lengths": [10]}, {"phone_lengths"}),
            ({"phone_lengths": [10, 9]}, {"phone_lengths"}),
            ({"phone_lengths": [0, "x"]}, {"phone_lengths.0", "phone_lengths.1"}),
            ({"max_leads_per_ip_per_day": 0}, {"max_leads_per_ip_per_day"}),
            ({"phone_fields": ["Best Number"]}, {"phone_fields.0"}),
            ({"phone_fields": [f"phone_{number}" for number in range(26)]}, {"phone_fields"}),
        ],
    )  # fmt: skip
    def test_part_that_cannot_be_is_named(self, world: World, body: dict[str, Any], fields: set[str]) -> None:
        assert set(refused(world, "POST", "schedules", {"name": "Wind"} | body)[1]) == fields
        assert set(refused(world, "PATCH", f"schedules/{world.schedule.id}", body)[1]) == fields

    def test_offer_of_another_company_is_none(self, world: World) -> None:
        other = a_world(world.store)
        foreign = done(other, "POST", "offers", {"name": "Theirs"})["offer"]["id"]

        assert refused(world, "POST", "schedules", {"name": "Wind", "offer_id": foreign})[1] == {
            "offer_id": ["is no offer of this company"]
        }

    def test_refused_change_changes_nothing(self, world: World) -> None:
        before = done(world, "GET", f"schedules/{world.schedule.id}")
        refused(world, "PATCH", f"schedules/{world.schedule.id}", {"name": "Wind", "offer_id": 99})

        assert done(world, "GET", f"schedules/{world.schedule.id}") == before


class TestTrafficSources:
    def test_first_one_after_1000_is_1001(self, world: World) -> None:
        assert done(world, "POST", "traffic_sources", {"name": "Banners"})["traffic_source"]["id"] == 1001

    def test_new_one_attributes_leads_at_once(self, world: World) -> None:
        number = done(world, "POST", "traffic_sources", {"name": "Banners"})["traffic_source"]["id"]

        assert world.submit(caller_id=ADA, traffic_source_id=number).get_json()["warnings"] == []


class TestTheCompany:
    def test_change_holds_for_the_next_lead_and_report(self, world: World) -> None:
        world.submit(caller_id="8004506787")
        period = {"group_by": "day", "period": "today"}
        assert world.get("/api/v1/reports/attribution", **period).get_json()["rows"][0]["day"] == "2026-03-01"

        changed = done(world, "PATCH", "company", {"region": "gb", "time_zone": "Pacific/Kiritimati"})["company"]

        assert changed == {
            "id": world.company.id,
            "name": world.company.name,
            "region": "GB",
            "time_zone": "Pacific/Kiritimati",
            "currency": "USD",
        }
        assert done(world, "GET", "company")["company"] == changed
        assert world.submit(caller_id="020 7946 0018").get_json()["lead"]["caller_id"] == "+442079460018"
        # The lead from before came at noon of UTC, when it was the second of March there.
        [row] = world.get("/api/v1/reports/attribution", **period).get_json()["rows"]
        assert (row["day"], row["leads"]) == ("2026-03-02", 2)

    def test_name_tells_nothing_of_the_other_companies(self, world: World) -> None:
        """Who may change it learns which names are taken."""
        taken, free = a_world(world.store).company.name, "Nobody's"

        refusals = [refused(world, "PATCH", "company", {"name": name}) for name in (taken, free)]

        assert refusals[0] == refusals[1]
        assert set(refusals[0][1]) == {"name"}

    @pytest.mark.parametrize("body", [{"currency": "EUR"}, {"id": 7}, {"region": "XX"}, {"time_zone": ""}])
    def test_what_cannot_be_is_refused_by_its_name(self, world: World, body: dict[str, Any]) -> None:
        assert set(refused(world, "PATCH", "company", body)[1]) == set(body)
        assert done(world, "GET", "company")["company"]["currency"] == "USD"

    def test_writing_is_not_enough_to_change_it(self, world: World) -> None:
        key = world.another_key(Permission.WRITE)

        answer = world.client.patch("/api/v1/company", json={"region": "GB"}, headers=world.bearer(key))

        assert (answer.status_code, answer.get_json()["code"]) == (403, "permission_denied")


class TestContactFields:
    AGE: Final = {
        "key": "age",
        "title": "Your age",
        "type": "integer",
        "required": True,
        "pattern": "digits",
        "choices": [],
        "minimum": 18,
        "maximum": 99.5,
        "position": 2,
    }

    def path(self, world: World, key: str = "") -> str:
        return f"offers/{world.offer.id}/contact_fields" + (f"/{key}" if key else "")

    def test_field_is_kept_as_it_was_said(self, world: World) -> None:
        made = done(world, "POST", self.path(world), self.AGE)

        assert ONE_CONTACT_FIELD.validate(made) == {}
        assert made["contact_field"] == self.AGE | {"offer_id": world.offer.id}
        assert done(world, "GET", self.path(world, "age")) == made

    def test_fields_come_in_the_order_in_which_they_are_shown(self, world: World) -> None:
        for key, position in {"b": 1, "a": 1, "c": 0}.items():
            done(world, "POST", self.path(world), {"key": key, "position": position})

        listed = done(world, "GET", self.path(world))
        assert CONTACT_FIELDS.validate(listed) == {}
        assert [field["key"] for field in listed["contact_fields"]] == ["c", "a", "b"]
        assert [
            field["key"] for field in done(world, "GET", self.path(world), per_page=2, page=2)["contact_fields"]
        ] == ["b"]

    def test_what_is_left_out_stays_and_null_takes_away(self, world: World) -> None:
        made = done(world, "POST", self.path(world), self.AGE)["contact_field"]
        nothing = {"pattern": None, "minimum": None, "maximum": None}

        assert done(world, "PATCH", self.path(world, "age"), {"title": "Age"})["contact_field"] == made | {
            "title": "Age"
        }
        assert (
            done(world, "PUT", self.path(world, "age"), nothing)["contact_field"] == made | {"title": "Age"} | nothing
        )

    def test_removed_field_is_gone(self, world: World) -> None:
        made = done(world, "POST", self.path(world), self.AGE)

        assert done(world, "DELETE", self.path(world, "age")) == made
        assert asked(world, "GET", self.path(world, "age")).status_code == 404
        assert asked(world, "DELETE", self.path(world, "age")).status_code == 404
        assert done(world, "GET", self.path(world))["contact_fields"] == []

    def test_key_is_taken_once_on_an_offer(self, world: World) -> None:
        done(world, "POST", self.path(world), {"key": "age"})
        other = done(world, "POST", "offers", {"name": "Other"})["offer"]["id"]

        assert refused(world, "POST", self.path(world), {"key": "age"}) == (
            "name_taken",
            {"key": ["is already taken"]},
        )
        assert asked(world, "POST", f"offers/{other}/contact_fields", {"key": "age"}).status_code == 201

    @pytest.mark.parametrize(
        ("body", "fields"),
        [
            ({"type": "list"}, {"choices"}),
            ({"type": "list", "choices": []}, {"choices"}),
            ({"type": "date", "minimum": 1}, {"minimum"}),
            ({"type": "email", "minimum": 1, "maximum": 2}, {"minimum", "maximum"}),
            ({"minimum": 2, "maximum": 1}, {"maximum"}),
            ({"minimum": "2"}, {"minimum"}),
            ({"minimum": 1e308}, {"minimum"}),
            ({"minimum": 0.00001}, {"minimum"}),
            ({"minimum": True}, {"minimum"}),
            ({"pattern": "[a-z]+"}, {"pattern"}),
            ({"choices": ["a", ""]}, {"choices.1"}),
            ({"position": -1}, {"position"}),
            ({"type": "kittens", "required": 1, "title": None}, {"type", "required", "title"}),
        ],
    )
    def test_parts_that_do_not_fit_are_named(self, world: World, body: dict[str, Any], fields: set[str]) -> None:
        assert set(refused(world, "POST", self.path(world), {"key": "age"} | body)[1]) == fields
        done(world, "POST", self.path(world), {"key": "age"})
        assert set(refused(world, "PATCH", self.path(world, "age"), body)[1]) == fields

    @pytest.mark.parametrize("key", [None, "", "Age", "first name", "x" * 65, "größe", 5])
    def test_key_is_a_lead_tokens_name(self, world: World, key: object) -> None:
        """Under any other name no lead would ever have it."""
        assert set(refused(world, "POST", self.path(world), {"key": key})[1]) == {"key"}

    def test_key_stays(self, world: World) -> None:
        done(world, "POST", self.path(world), {"key": "age"})

        assert set(refused(world, "PATCH", self.path(world, "age"), {"key": "years"})[1]) == {"key"}

    def test_offer_has_at_most_200(self, world: World) -> None:
        for number in range(200):
            done(world, "POST", self.path(world), {"key": f"field_{number}"})

        assert set(refused(world, "POST", self.path(world), {"key": "one_more"})[1]) == {"key"}

    def test_fields_of_another_companys_offer_are_absent(self, world: World) -> None:
        other = a_world(world.store)
        foreign = done(other, "POST", "offers", {"name": "Theirs"})["offer"]["id"]
        done(other, "POST", f"offers/{foreign}/contact_fields", {"key": "age"})

        path = f"offers/{foreign}/contact_fields"
        answers = [
            asked(world, "GET", path),
            asked(world, "POST", path, {"key": "age"}),
            *(asked(world, method, f"{path}/age", {}) for method in ("GET", "PATCH", "PUT", "DELETE")),
        ]
        assert {answer.status_code for answer in answers} == {404}


class TestSuppressionLists:
    @pytest.fixture
    def entries(self, world: World) -> str:
        """Return the address of a list's entries."""
        made = done(world, "POST", "suppression_lists", {"name": "A"})["suppression_list"]
        return f"suppression_lists/{made['id']}/callers"

    def test_callers_are_put_on_and_taken_off(self, world: World, entries: str) -> None:
        put = done(world, "POST", entries, {"callers": [EVE, "(202) 555-0144", "2025550143", ADA]})
        listed = done(world, "GET", entries)
        taken = done(world, "POST", f"{entries}/remove", {"callers": ["12025550144", "+12025550199"]})

        assert CHANGED_ENTRIES.validate(put) == {}
        assert (put["callers"], put["metadata"]["total_count"]) == ([EVE, BEN, ADA], 3)
        assert CALLERS.validate(listed) == {}
        assert [entry["caller_id"] for entry in listed["callers"]] == [ADA, BEN, EVE]
        assert (taken["callers"], taken["metadata"]["total_count"]) == ([BEN, "+12025550199"], 2)

    def test_one_caller_is_taken_off_by_address(self, world: World, entries: str) -> None:
        done(world, "POST", entries, {"callers": [ADA, BEN]})

        assert done(world, "DELETE", f"{entries}/12025550143")["metadata"]["total_count"] == 1
        assert done(world, "DELETE", f"{entries}/+12025550143")["metadata"]["total_count"] == 1

    def test_caller_who_is_on_it_stays_as_of_then(self, world: World, entries: str) -> None:
        done(world, "POST", entries, {"callers": [ADA]})
        world.clock.advance(timedelta(days=1))
        done(world, "POST", entries, {"callers": [ADA]})

        assert done(world, "GET", entries)["callers"] == [{"caller_id": ADA, "added_at": "2026-03-01T12:00:00Z"}]

    @pytest.mark.parametrize("operation", ["", "/remove"])
    def test_all_are_taken_or_none_and_every_bad_number_is_named(
        self, world: World, entries: str, operation: str
    ) -> None:
        """A list that was half taken looks like one that was taken."""
        done(world, "POST", entries, {"callers": [BEN]})

        code, errors = refused(world, "POST", entries + operation, {"callers": [ADA, "12", "kittens", BEN]})

        assert (code, set(errors)) == ("invalid_parameter", {"callers.1", "callers.2"})
        assert [entry["caller_id"] for entry in done(world, "GET", entries)["callers"]] == [BEN]

    @pytest.mark.parametrize(
        "body", [{}, {"callers": []}, {"callers": ADA}, {"callers": [5]}, {"callers": [ADA] * 1_001}]
    )
    def test_callers_are_a_list_of_one_to_1000_texts(self, world: World, entries: str, body: object) -> None:
        assert next(iter(refused(world, "POST", entries, body)[1])).startswith("callers")

    def test_removed_list_is_gone_with_its_entries(self, world: World, entries: str) -> None:
        done(world, "POST", entries, {"callers": [ADA]})
        address = entries.removesuffix("/callers")

        assert done(world, "DELETE", address)["suppression_list"]["name"] == "A"
        assert asked(world, "GET", address).status_code == asked(world, "GET", entries).status_code == 404
        assert asked(world, "DELETE", address).status_code == 404

    def test_entries_of_another_company_are_absent(self, world: World, entries: str) -> None:
        other = a_world(world.store)
        answers = [
            asked(other, "GET", entries),
            asked(other, "POST", entries, {"callers": [ADA]}),
            asked(other, "POST", f"{entries}/remove", {"callers": [ADA]}),
            asked(other, "DELETE", f"{entries}/{ADA}"),
            asked(other, "DELETE", entries.removesuffix("/callers")),
        ]

        assert {answer.status_code for answer in answers} == {404}

    def test_list_may_hold_for_one_offer(self, world: World) -> None:
        made = done(world, "POST", "suppression_lists", {"name": "B", "offer_id": world.offer.id})["suppression_list"]

        assert done(world, "GET", "suppression_lists", offer_id=world.offer.id)["suppression_lists"] == [made]
        whole = done(world, "PATCH", f"suppression_lists/{made['id']}", {"offer_id": None})
        assert whole["suppression_list"]["offer_id"] is None
        assert refused(world, "POST", "suppression_lists", {"name": "C", "offer_id": 99})[1] == {
            "offer_id": ["is no offer of this company"]
        }


class TestKeys:
    @pytest.mark.parametrize(
        ("permissions", "reads", "writes"),
        [
            ((Permission.READ,), True, False),
            ((Permission.WRITE,), True, True),
            ((Permission.ADMIN,), True, True),
            ((), False, False),
        ],
    )
    def test_who_may_write_may_read_and_who_administers_may_both(
        self, world: World, permissions: tuple[Permission, ...], *, reads: bool, writes: bool
    ) -> None:
        headers = world.bearer(world.another_key(*permissions))

        read = world.client.get(f"{API}/schedules", headers=headers)
        written = world.client.post(f"{API}/schedules", json={"name": "Wind"}, headers=headers)

        assert (read.status_code, written.status_code) == (200 if reads else 403, 201 if writes else 403)

    def test_key_is_judged_before_the_request(self, world: World) -> None:
        """A stranger learns nothing about what is there, or what is wrong with a request."""
        for path in ("schedules", f"schedules/{world.schedule.id}", "schedules/99", "leads/kittens"):
            answer = world.client.open(f"{API}/{path}?page=0", method="GET", data="{")
            assert (answer.status_code, answer.get_json()["code"]) == (401, "missing_api_key"), path

    def test_lead_token_is_no_api_key(self, world: World) -> None:
        answer = world.client.get(f"{API}/schedules", headers={"Authorization": f"Bearer {world.schedule_token}"})

        assert (answer.status_code, answer.get_json()["code"]) == (401, "unknown_api_key")


class TestBodies:
    @pytest.mark.parametrize(
        ("body", "content_type", "status", "code"),
        [
            (b"{", "application/json", 400, "malformed_body"),
            (b"[]", "application/json", 400, "malformed_body"),
            (b'"x"', "application/json", 400, "malformed_body"),
            (b"null", "application/json", 400, "malformed_body"),
            (b'{"name": NaN}', "application/json", 400, "malformed_body"),
            (b'{"name": "\xff"}', "application/json", 400, "malformed_body"),
            (b'{"name": "\\ud800"}', "application/json", 400, "malformed_body"),
            (b'{"\\udfff": 1}', "application/json", 400, "malformed_body"),
            (b'{"name": 1e99999999999999999999}', "application/json", 400, "malformed_body"),
            (b'{"name": ' + b"9" * 5_000 + b"}", "application/json", 400, "malformed_body"),
            (b"[" * 100_000, "application/json", 413, "payload_too_large"),
            (b'{"name": "' + b"x" * 262_144 + b'"}', "application/json", 413, "payload_too_large"),
            (b"name=Wind", "application/x-www-form-urlencoded", 415, "unsupported_media_type"),
            (b"<name>Wind</name>", "text/xml", 415, "unsupported_media_type"),
            (b"", "application/json", 422, "invalid_parameter"),
            (b" ", "text/plain", 422, "invalid_parameter"),
        ],
    )
    def test_body_that_is_no_object_is_refused(
        self, world: World, body: bytes, content_type: str, status: int, code: str
    ) -> None:
        answer = world.client.post(f"{API}/offers", data=body, content_type=content_type, headers=world.bearer())

        assert (answer.status_code, answer.content_type) == (status, "application/problem+json")
        assert answer.get_json()["code"] == code

    @pytest.mark.parametrize(
        "content_type", [None, "text/plain", "application/vnd.api+json", "APPLICATION/JSON; charset=x"]
    )
    def test_object_is_read_however_it_is_labelled(self, world: World, content_type: str | None) -> None:
        answer = world.ask(
            "POST",
            f"{API}/offers",
            body=b'\xef\xbb\xbf{"name": "Wind \xe2\x98\x80"}',
            content_type=content_type,
            headers=world.bearer(),
        )

        assert (answer.status_code, answer.get_json()["offer"]["name"]) == (201, "Wind ☀")

    def test_credential_that_came_as_a_name_is_not_shown(self, world: World) -> None:
        _, errors = refused(world, "POST", "offers", {world.schedule_token: 1, "x" * 500: 1, "\x00\x1b": 1})

        assert set(errors) == {"name", "[redacted]", "x" * 100, "��"}
