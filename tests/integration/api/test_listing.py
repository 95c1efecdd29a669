"""Leads out by API key: filters, pages and one lead, on every store."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from leadintake.domain.credential import Permission
from leadintake.entrypoints.schemas.answers import LeadAnswerSchema, LeadSchema, ProblemSchema
from leadintake.entrypoints.schemas.company.leads import LEADS as LEADS_PAGE

from tests.support.apps import LEADS, a_world

if TYPE_CHECKING:
    from tests.support.apps import World

ADA, BEN, EVE = "+12025550143", "+12025550144", "+442079460018"


def callers(world: World, /, **query: str | int) -> list[str]:
    """Return the callers on that page, once it is a page in every respect."""
    answer = world.get(**query)
    document: dict[str, Any] = answer.get_json()
    assert answer.status_code == 200, document
    assert LEADS_PAGE.validate(document) == {}
    assert {tuple(lead) for lead in document["leads"]} <= {tuple(LeadSchema().fields)}
    return [lead["caller_id"] for lead in document["leads"]]


def refused(world: World, **query: str) -> dict[str, list[str]]:
    """Return what is wrong with the filters."""
    answer = world.get(**query)
    document: dict[str, Any] = answer.get_json()
    assert (answer.status_code, answer.content_type, document["code"]) == (
        422,
        "application/problem+json",
        "invalid_parameter",
    )
    assert ProblemSchema().validate(document) == {}
    return dict(document["errors"])


@pytest.fixture
def filled(world: World) -> World:
    """Fill a company: Ada's leads on the schedule and the offer, Ben's expired by time, Eve's opted out."""
    world.submit(caller_id=ADA)
    world.submit(world.offer_token, caller_id=ADA)
    world.submit(caller_id=BEN, expires_in=10)
    world.submit(caller_id=EVE)
    world.submit(caller_id=EVE, opt_out=True)
    world.clock.advance(timedelta(minutes=10))
    return world


class TestFilters:
    def test_all_leads_come_newest_first(self, filled: World) -> None:
        assert callers(filled) == [EVE, BEN, ADA, ADA]

    @pytest.mark.parametrize("spelling", [ADA, "(202) 555-0143", "2025550143", " 12025550143", "1-202-555-0143"])
    def test_caller_is_found_in_any_spelling(self, filled: World, spelling: str) -> None:
        assert callers(filled, caller_id=spelling) == [ADA, ADA]

    @pytest.mark.parametrize(
        "query", ["caller_id=+442079460018", "caller_id=%2B442079460018", "Caller_ID=+442079460018"]
    )
    def test_plus_may_be_raw(self, filled: World, query: str) -> None:
        answer = filled.ask("GET", f"{LEADS}?{query}", headers=filled.bearer())

        assert [lead["caller_id"] for lead in answer.get_json()["leads"]] == [EVE]

    def test_raw_plus_before_a_short_foreign_number_is_one(self, world: World) -> None:
        """Ten digits after the plus could be a number at home, if it were not for the blank."""
        world.submit(caller_id="+4532123456")

        answer = world.ask("GET", f"{LEADS}?caller_id=+4532123456", headers=world.bearer())

        assert [lead["caller_id"] for lead in answer.get_json()["leads"]] == ["+4532123456"]

    @pytest.mark.parametrize(
        ("status", "found"),
        [
            ("live", [ADA, ADA]),
            ("scheduled", [ADA]),
            ("queue", [ADA]),
            ("expired", [BEN]),
            ("opt_out", [EVE]),
            ("completed", []),
            ("live,expired", [BEN, ADA, ADA]),
            (" Live , EXPIRED ", [BEN, ADA, ADA]),
            ("queue,opt_out", [EVE, ADA]),
        ],
    )
    def test_status_is_that_of_now(self, filled: World, status: str, found: list[str]) -> None:
        """A lead whose time is up counts as expired, although nobody has swept it yet."""
        assert callers(filled, status=status) == found

    def test_shown_status_is_that_of_now(self, filled: World) -> None:
        [lead] = filled.get(caller_id=BEN).get_json()["leads"]

        assert (lead["status"], lead["is_live"], lead["next_action_at"]) == ("expired", False, None)

    def test_owner_is_a_schedule_or_an_offer(self, filled: World) -> None:
        assert callers(filled, schedule_id=filled.schedule.id) == [EVE, BEN, ADA]
        assert callers(filled, offer_id=filled.offer.id) == [ADA]
        assert callers(filled, offer_id=2**31 - 1) == []

    def test_filters_are_combined(self, filled: World) -> None:
        assert callers(filled, caller_id=ADA, status="live", offer_id=filled.offer.id) == [ADA]
        assert callers(filled, caller_id=EVE, status="live") == []

    def test_empty_filters_and_what_clients_always_send_filter_nothing(self, filled: World) -> None:
        everything = callers(filled)

        assert callers(filled, status="", caller_id=" ", format="json", root="leads", utf8="✓") == everything

    def test_unknown_filter_is_refused_by_name(self, filled: World) -> None:
        """A misspelt filter would list everything."""
        errors = refused(filled, stauts="live", page="0")

        assert set(errors) == {"stauts", "page"}
        assert "status" in errors["stauts"][0]

    @pytest.mark.parametrize(
        ("name", "text"),
        [
            ("status", "lively"),
            ("status", ","),
            ("status", "live;expired"),
            ("caller_id", "123"),
            ("caller_id", "kittens"),
            ("schedule_id", "0"),
            ("schedule_id", "x"),
            ("schedule_id", str(2**31)),
            ("offer_id", "-1"),
            ("offer_id", "1.0"),
            ("offer_id", "١"),
            ("page", "0"),
            ("page", "-1"),
            ("page", "1e3"),
            ("page", "9" * 5_000),
            ("page", "1_0"),
            ("per_page", "0"),
            ("per_page", "251"),
            ("traffic_source_id", "kittens"),
            ("created_at_from", "yesterday"),
            ("created_at_to", "0001-01-01T00:00:00+14:00"),
            ("time_zone", "../../etc/passwd"),
            ("time_zone", "EST5"),
            ("columns", "id,secret"),
            ("columns", ","),
            ("cursor", "2"),
            ("email", "x" * 1_001),
        ],
    )
    def test_filter_that_means_nothing_is_refused_by_name(self, filled: World, name: str, text: str) -> None:
        assert list(refused(filled, **{name: text})) == [name]

    def test_leads_of_an_offers_schedules_are_found_with_the_offer(self, filled: World) -> None:
        """The campaign is what people ask about; on which of its plans a lead is, is another question."""
        schedule = {"offer_id": filled.offer.id}
        filled.client.patch(f"/api/v1/schedules/{filled.schedule.id}", json=schedule, headers=filled.bearer())

        assert callers(filled, offer_id=filled.offer.id) == [EVE, BEN, ADA, ADA]
        assert callers(filled, offer_id=filled.offer.id, schedule_id=filled.schedule.id) == [EVE, BEN, ADA]

    def test_every_column_can_be_asked_for(self, world: World) -> None:
        world.submit(caller_id=ADA, email="ada@example.com", traffic_source_id=1000, sub_id="A")
        world.submit(caller_id=BEN)

        assert callers(world, email="ada@example.com") == [ADA]
        assert callers(world, traffic_source_id=1000) == [ADA]
        assert callers(world, sub_id="A") == [ADA]
        assert callers(world, email="ADA@Example.com") == [ADA]
        assert callers(world, email="da@example.com") == []
        assert callers(world, sub_id="B") == []

    def test_time_of_creation_is_half_open(self, world: World) -> None:
        """Days that follow each other hold every lead once."""
        for caller in (ADA, BEN, EVE):
            world.submit(caller_id=caller)
            world.clock.advance(timedelta(hours=1))
        noon, one = "2026-03-01T12:00:00Z", "2026-03-01T13:00:00Z"

        assert callers(world, created_at_from=noon, created_at_to=one) == [ADA]
        assert callers(world, created_at_from=one) == [EVE, BEN]

    def test_time_without_an_offset_is_in_the_zone_asked_for_or_the_companys(self, world: World) -> None:
        """The company is in New York, five hours behind."""
        world.submit(caller_id=ADA)

        assert callers(world, created_at_from="2026-03-01 07:00:00") == [ADA]
        assert callers(world, created_at_from="2026-03-01 07:00:01") == []
        assert callers(world, created_at_from="2026-03-01 12:00:00", time_zone="UTC") == [ADA]
        assert callers(world, created_at_from="2026-03-01 13:00:01", time_zone="Europe/Berlin") == []
        assert callers(world, created_at_to="2026-03-01", time_zone="Asia/Tokyo") == []

    def test_columns_are_the_members_that_are_shown(self, filled: World) -> None:
        document = filled.get(columns="status, caller_id,status", per_page=1).get_json()

        assert document["leads"] == [{"status": "opt_out", "caller_id": EVE}]

    def test_removed_leads_are_hidden_unless_asked_for(self, filled: World) -> None:
        lead = filled.get(caller_id=BEN).get_json()["leads"][0]["id"]
        filled.client.delete(f"{LEADS}/{lead}", headers=filled.bearer())

        assert callers(filled) == [EVE, ADA, ADA]
        assert callers(filled, status="removed") == [BEN]
        assert callers(filled, status="removed,opt_out") == [EVE, BEN]

    def test_filter_given_twice_is_refused_unless_it_says_the_same(self, filled: World) -> None:
        twice = filled.ask("GET", f"{LEADS}?status=live&status=expired", headers=filled.bearer())
        same = filled.ask("GET", f"{LEADS}?status=live&status=live&status=", headers=filled.bearer())

        assert (twice.status_code, list(twice.get_json()["errors"])) == (422, ["status"])
        assert same.status_code == 200

    def test_credential_that_came_as_a_name_is_not_shown(self, filled: World) -> None:
        answer = filled.ask("GET", f"{LEADS}?TOKEN=1&{'x' * 5_000}=1&%00%1b=1", headers=filled.bearer())

        assert answer.status_code == 422
        assert filled.schedule_token not in answer.get_data(as_text=True)
        assert set(answer.get_json()["errors"]) == {"[redacted]", "x" * 100, "��"}

    def test_query_that_is_no_utf_8_is_400(self, filled: World) -> None:
        answer = filled.ask("GET", f"{LEADS}?status=%FF", headers=filled.bearer())

        assert (answer.status_code, answer.get_json()["code"]) == (400, "malformed_body")


class TestPages:
    def test_pages_hold_every_lead_once(self, filled: World) -> None:
        pages = [callers(filled, page=page, per_page=3) for page in (1, 2, 3)]

        assert pages == [[EVE, BEN, ADA], [ADA], []]

    def test_page_says_where_it_stands(self, filled: World) -> None:
        metadata = filled.get(page=2, per_page=3, schedule_id=filled.schedule.id).get_json()["metadata"]

        assert metadata == {"root": "leads", "total_count": 3, "page": 2, "per_page": 3, "next_cursor": None}

    def test_cursor_leads_from_page_to_page(self, filled: World) -> None:
        first = filled.get(per_page=3).get_json()["metadata"]
        second = filled.get(per_page=3, cursor=first["next_cursor"]).get_json()

        assert [lead["caller_id"] for lead in second["leads"]] == [ADA]
        assert second["metadata"] == {
            "root": "leads", "total_count": 4, "page": None, "per_page": 3, "next_cursor": None,
        }  # fmt: skip

    def test_lead_that_comes_meanwhile_moves_nothing_under_a_cursor(self, filled: World) -> None:
        """By page numbers the last lead of a page would come again on the next."""
        cursor = filled.get(per_page=2).get_json()["metadata"]["next_cursor"]
        filled.submit(caller_id="+12025550199")

        assert callers(filled, per_page=2, cursor=cursor) == [ADA, ADA]

    def test_cursor_and_page_are_not_combined(self, filled: World) -> None:
        cursor = filled.get(per_page=2).get_json()["metadata"]["next_cursor"]

        assert list(refused(filled, cursor=cursor, page="2")) == ["cursor"]

    def test_page_has_25_leads_unless_told(self, world: World) -> None:
        for number in range(27):
            world.submit(caller_id=f"+1202555{1000 + number}")

        assert len(callers(world)) == 25
        assert len(callers(world, page=2)) == 2
        assert len(callers(world, per_page=250)) == 27

    def test_last_page_there_can_be_is_empty(self, filled: World) -> None:
        assert callers(filled, page=1_000_000, per_page=250) == []


class TestOneLead:
    def test_lead_is_shown_whole(self, world: World) -> None:
        posted = world.submit(
            caller_id=ADA, email="ada@example.com", traffic_source_id=1000, sub_id="A", x="y"
        ).get_json()

        answer = world.get(f"{LEADS}/{posted['id']}")

        assert LeadAnswerSchema().validate(answer.get_json()) == {}
        lead = answer.get_json()["lead"]
        assert (lead["id"], lead["email"], lead["sub_id"]) == (posted["id"], "ada@example.com", "A")
        assert lead["tokens"] == {"email": "ada@example.com", "x": "y"}
        assert answer.get_json()["metadata"] == {"root": "lead"}

    def test_shown_lead_and_listed_lead_are_the_same(self, world: World) -> None:
        posted = world.submit(caller_id=ADA).get_json()

        assert world.get(f"{LEADS}/{posted['id']}").get_json()["lead"] == world.get().get_json()["leads"][0]

    def test_absent_foreign_and_impossible_leads_look_alike(self, world: World) -> None:
        """Whether another company has a lead is nobody's business."""
        foreign = a_world(world.store).submit(caller_id=ADA).get_json()["id"]
        ids = ["01234567-89ab-7def-8123-456789abcdef", foreign, "kittens", "1", "%00", "0" * 5_000, "%F0%9F%90%B1"]

        answers = [world.ask("GET", f"{LEADS}/{lead_id}", headers=world.bearer()) for lead_id in ids]

        assert {answer.status_code for answer in answers} == {404}
        assert len({answer.data for answer in answers}) == 1
        assert answers[0].get_json()["code"] == "not_found"

    def test_expired_by_time_lead_is_shown_expired(self, filled: World) -> None:
        [listed] = filled.get(caller_id=BEN).get_json()["leads"]

        assert filled.get(f"{LEADS}/{listed['id']}").get_json()["lead"]["status"] == "expired"


class TestCompaniesApart:
    def test_list_holds_no_other_companys_leads(self, filled: World) -> None:
        assert callers(a_world(filled.store)) == []

    def test_owner_number_of_another_company_finds_nothing_of_it(self, filled: World) -> None:
        """Owners are numbered per company: the first schedule of each is number 1."""
        other = a_world(filled.store)
        other.submit(caller_id=BEN)

        assert callers(other, schedule_id=filled.schedule.id) == [BEN]


class TestKeys:
    @pytest.mark.parametrize("path", [LEADS, f"{LEADS}/01234567-89ab-7def-8123-456789abcdef"])
    @pytest.mark.parametrize(
        ("permissions", "may_read"),
        [((Permission.READ,), True), ((Permission.WRITE,), True), ((Permission.ADMIN,), True), ((), False)],
    )
    def test_reading_needs_the_permission_to_read(
        self, world: World, path: str, permissions: tuple[Permission, ...], *, may_read: bool
    ) -> None:
        key = world.another_key(*permissions)

        answer = world.client.get(path, headers=world.bearer(key))

        assert (answer.status_code == 403) is not may_read
        assert may_read or answer.get_json()["code"] == "permission_denied"
