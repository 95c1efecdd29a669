"""Reports over HTTP: what is counted, put together, on every store."""

from __future__ import annotations

import csv
from datetime import timedelta
from io import StringIO
from typing import TYPE_CHECKING, Any

import pytest

from leadintake.domain.report import FIGURES
from leadintake.entrypoints.schemas.company.reports import REPORT

from tests.support.apps import a_world

if TYPE_CHECKING:
    from tests.support.apps import World

API = "/api/v1/reports/attribution"
ADA, BEN, EVE = "+12025550143", "+12025550144", "+442079460018"
DAY = timedelta(days=1)
OF_TODAY = {"period": "today"}


def report(world: World, **query: str | int) -> dict[str, Any]:
    """Ask for a report, and return it."""
    answer = world.get(API, **query)
    document: dict[str, Any] = answer.get_json()
    assert (answer.status_code, REPORT.validate(document)) == (200, {}), document
    return document


def refused(world: World, **query: str | int) -> dict[str, Any]:
    """Ask for what cannot be reported, and return what is wrong with it."""
    answer = world.get(API, **query)
    assert (answer.status_code, answer.get_json()["code"]) == (422, "invalid_parameter"), answer.get_json()
    errors: dict[str, Any] = answer.get_json()["errors"]
    return errors


def told(document: dict[str, Any], *names: str) -> list[tuple[Any, ...]]:
    """Return these members of each row."""
    return [tuple(row[name] for name in names) for row in document["rows"]]


@pytest.fixture
def busy(world: World) -> World:
    """Return a world in which something has come in."""
    world.submit(caller_id=ADA, traffic_source_id=1000, sub_id="A", interest="kittens")
    world.submit(caller_id=BEN, traffic_source_id=1000, sub_id="B", interest="puppies")
    world.submit(caller_id=EVE)
    world.submit(world.offer_token, caller_id=ADA, traffic_source_id=1000)
    world.submit(caller_id="12", traffic_source_id=1000, sub_id="A")
    return world


def test_sources_are_reported_with_their_names_and_what_has_none_is_a_row(busy: World) -> None:
    found = report(busy)

    names = ("traffic_source_id", "traffic_source_name", "submissions", "leads", "refused")
    assert told(found, *names) == [(1000, busy.source.name, 4, 3, 1), (None, None, 1, 1, 0)]
    assert (found["totals"]["submissions"], found["totals"]["leads"], found["totals"]["refused"]) == (5, 4, 1)
    assert (found["metadata"]["group_by"], found["metadata"]["sort"]) == (["traffic_source"], "-leads")
    assert (found["metadata"]["total_count"], found["metadata"]["currency"]) == (2, "USD")


def test_sources_are_the_sum_of_their_sub_ids(busy: World) -> None:
    found = report(busy, group_by="traffic_source,sub_id", sort="sub_id")

    assert told(found, "traffic_source_id", "sub_id", "submissions", "leads") == [
        (1000, "A", 2, 1),
        (1000, "B", 1, 1),
        (1000, None, 1, 1),
        (None, None, 1, 1),
    ]


def test_an_offer_has_the_leads_of_its_schedules(busy: World) -> None:
    with busy.store.unit_of_work(busy.company.id) as uow:
        inside = uow.directory.add_schedule(name="Inside", actions=(), offer_id=busy.offer.id)
        uow.commit()
    busy.submit(busy.another_token(inside.ref), caller_id=BEN)

    by_offer = report(busy, group_by="offer,schedule", sort="schedule")

    assert told(by_offer, "offer_id", "schedule_id", "schedule_name", "leads") == [
        (None, busy.schedule.id, busy.schedule.name, 3),
        (busy.offer.id, inside.id, "Inside", 1),
        (busy.offer.id, None, None, 1),
    ]
    assert told(report(busy, offer_id=busy.offer.id), "leads") == [(1,), (1,)]
    assert told(report(busy, offer_id=busy.offer.id, schedule_id=inside.id), "leads") == [(1,)]
    assert report(busy, offer_id=busy.offer.id, schedule_id=busy.schedule.id)["rows"] == []


def test_status_and_lead_tokens_are_those_of_the_leads_as_they_are(busy: World) -> None:
    busy.post(f"/api/v1/leads/{ADA}/caller_remove", headers={"X-Lead-Token": busy.schedule_token})

    by_status = report(busy, group_by="status", sort="status")
    by_interest = report(busy, group_by="token:interest,country", sort="token:interest")

    assert told(by_status, "status", "submissions", "leads") == [
        ("queue", 1, 1),
        ("removed", 1, 1),
        ("scheduled", 2, 2),
        (None, 1, 0),
    ]
    assert told(by_interest, "tokens", "country", "leads") == [
        ({"interest": "kittens"}, "US", 1),
        ({"interest": "puppies"}, "US", 1),
        ({"interest": None}, "GB", 1),
        ({"interest": None}, "US", 1),
        ({"interest": None}, None, 0),
    ]


def test_a_lead_whose_time_is_up_is_expired_in_a_report_too(world: World) -> None:
    world.submit(caller_id=ADA, expires_in=60)
    world.clock.advance(DAY)

    assert told(report(world, group_by="status"), "status", "leads") == [("expired", 1)]


def test_a_time_is_half_open_and_its_zone_is_told(busy: World) -> None:
    on = busy.clock().date()
    query = {"from": str(on), "to": str(on + DAY), "group_by": "day", "time_zone": "UTC"}

    found = report(busy, **query)

    assert told(found, "day", "leads") == [(str(on), 4)]
    assert (found["metadata"]["from"], found["metadata"]["to"]) == (f"{on}T00:00:00Z", f"{on + DAY}T00:00:00Z")
    assert found["metadata"]["time_zone"] == "UTC"
    assert report(busy, **query | {"from": str(on - DAY), "to": str(on)})["rows"] == []
    assert report(busy, **query | {"from": str(on + DAY), "to": str(on + 2 * DAY)})["rows"] == []


def test_days_are_those_of_the_zone(busy: World) -> None:
    """At noon in UTC it is the next day already in Kiritimati, fourteen hours ahead."""
    on = busy.clock().date()

    found = report(busy, group_by="day", time_zone="Pacific/Kiritimati", period="today")

    assert told(found, "day", "leads") == [(str(on + DAY), 4)]


def test_the_period_before_stands_beside_each_row(busy: World) -> None:
    busy.clock.advance(DAY)
    busy.submit(caller_id="+12025550199", traffic_source_id=1000)

    found = report(busy, period="today", compare="true", group_by="traffic_source")

    [row] = found["rows"]
    assert (row["leads"], row["previous"]["leads"], row["previous"]["refused"]) == (1, 3, 1)
    assert (found["totals"]["leads"], found["previous_totals"]["leads"]) == (1, 4)
    assert found["metadata"]["previous_to"] == found["metadata"]["from"]


def test_by_day_the_period_before_is_told_day_by_day(busy: World) -> None:
    busy.clock.advance(DAY)
    busy.submit(caller_id="+12025550199")

    [row] = report(busy, period="today", compare="true", group_by="day")["rows"]

    assert (row["leads"], row["previous"]["leads"]) == (1, 4)


def test_pages_make_up_the_whole_and_every_page_tells_the_totals(world: World) -> None:
    for number in range(7):
        world.submit(caller_id=f"+1202555{1000 + number}", traffic_source_id=1000, sub_id=f"sub {number}")

    pages = [report(world, group_by="sub_id", per_page=3, page=page, sort="sub_id") for page in (1, 2, 3, 4)]

    assert [[row["sub_id"] for row in page["rows"]] for page in pages] == [
        ["sub 0", "sub 1", "sub 2"],
        ["sub 3", "sub 4", "sub 5"],
        ["sub 6"],
        [],
    ]
    assert {page["metadata"]["total_count"] for page in pages} == {7}
    assert {page["totals"]["leads"] for page in pages} == {7}


def test_figures_are_divided_only_where_there_is_something_to_divide_by(world: World) -> None:
    assert world.submit(caller_id="12").status_code == 422

    [row] = report(world)["rows"]

    assert (row["conversion_rate"], row["revenue_per_lead"], row["revenue"], row["profit"]) == (
        None,
        None,
        "0.00",
        "0.00",
    )


@pytest.mark.parametrize("asks", ["format=csv", "accept"])
def test_a_spreadsheet_has_all_rows_and_no_formulas(world: World, asks: str) -> None:
    evil = ["=1+1", "+SUM(A1)", "-2", "@x", ' "quoted", said she', "a,b", "  =cmd"]
    for number, sub_id in enumerate(evil * 5):
        world.submit(caller_id=f"+1202555{1000 + number}", traffic_source_id=1000, sub_id=sub_id)
    query = {"group_by": "traffic_source,sub_id", "sort": "sub_id", "per_page": 1}
    headers = world.bearer() | ({} if asks == "format=csv" else {"Accept": "text/csv"})
    if asks == "format=csv":
        query["format"] = "csv"

    answer = world.client.get(API, query_string=query, headers=headers)

    assert answer.content_type.startswith("text/csv")
    assert answer.get_data(as_text=True).count("\r\n") == len({text.strip() for text in evil}) + 1
    rows = [*csv.DictReader(StringIO(answer.get_data(as_text=True), newline=""))]
    assert [*rows[0]] == ["traffic_source_id", "traffic_source_name", "sub_id", *FIGURES]
    assert sorted(row["sub_id"] for row in rows) == sorted(
        f"'{text.strip()}" if text.strip()[0] in "=+-@" else text.strip() for text in evil
    )
    assert {(row["leads"], row["traffic_source_id"], row["revenue"]) for row in rows} == {("5", "1000", "0.00")}


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"group_by": "flavour"}, "group_by"),
        ({"group_by": "token"}, "group_by"),
        ({"group_by": "token:No Name"}, "group_by"),
        ({"group_by": "sub_id:x"}, "group_by"),
        ({"group_by": "sub_id,sub_id"}, "group_by"),
        ({"group_by": "day,week"}, "group_by"),
        ({"group_by": "sub_id,offer,day"}, "group_by"),
        ({"group_by": "hour", "from": "2020-01-01", "to": "2026-01-01"}, "group_by"),
        ({"from": "2026-03-01"}, "to"),
        ({"to": "2026-03-01"}, "from"),
        ({"from": "soon", "to": "2026-03-01"}, "from"),
        ({"from": "2026-03-02", "to": "2026-03-01"}, "to"),
        ({"from": "2026-03-01", "to": "2026-03-01"}, "to"),
        ({"from": "2026-03-01T00:01:00", "to": "2026-03-02"}, "from"),
        ({"from": "1969-01-01", "to": "2026-03-02"}, "from"),
        ({"from": "2001-01-01", "to": "2026-03-02"}, "to"),
        ({"from": "2001-01-01", "to": "9999-12-31"}, "to"),
        ({"from": "2026-03-01", "to": "2026-03-02", "period": "today"}, "period"),
        ({"period": "some_day"}, "period"),
        ({"time_zone": "Mars/Olympus"}, "time_zone"),
        ({"traffic_source_id": "x"}, "traffic_source_id"),
        ({"country": "USA"}, "country"),
        ({"sort": "glory"}, "sort"),
        ({"sort": "sub_id"}, "sort"),
        ({"sub_id": "a", "without_sub_id": "true"}, "without_sub_id"),
        ({"sub_id": "a\x00b"}, "sub_id"),
        ({"per_page": "251"}, "per_page"),
        ({"format": "pdf"}, "format"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_what_cannot_be_reported_is_named(world: World, query: dict[str, str], field: str) -> None:
    assert [*refused(world, **query)] == [field]


def test_the_largest_page_there_is_is_empty(busy: World) -> None:
    found = report(busy, page=1_000_000, per_page=250, group_by="sub_id")

    assert (found["rows"], found["metadata"]["total_count"]) == ([], 3)


def test_filters_narrow_down_rows_and_totals(busy: World) -> None:
    assert told(report(busy, traffic_source_id="none"), "leads") == [(1,)]
    assert told(report(busy, traffic_source_id="1000,none"), "leads") == [(3,), (1,)]
    assert told(report(busy, sub_id="A"), "submissions", "leads") == [(2, 1)]
    assert told(report(busy, without_sub_id="yes", traffic_source_id=1000), "leads") == [(1,)]
    assert report(busy, country="GB")["totals"]["leads"] == 1
    assert report(busy, country="none")["totals"]["submissions"] == 1
    assert report(busy, country="gb,us")["totals"]["submissions"] == 4
    assert report(busy, traffic_source_id=4711)["totals"]["submissions"] == 0


def test_a_report_needs_an_api_key(busy: World) -> None:
    assert busy.client.get(API).status_code == 401
    assert busy.client.get(API, query_string={"lead_token": busy.schedule_token}).status_code == 401


def test_nobody_sees_what_another_company_counts(busy: World, world: World) -> None:
    other = a_world(busy.store)

    assert report(other)["rows"] == []
    assert report(other, group_by="status")["rows"] == []
    assert report(world)["totals"]["submissions"] == 5
