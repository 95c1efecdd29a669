"""`/reports`: what came in and what became of it, for people."""

from __future__ import annotations

import csv
import json
import re
from datetime import timedelta
from io import StringIO
from typing import TYPE_CHECKING, Any

import pytest

from leadintake.domain.rollup import Measures
from leadintake.domain.user import Role

from tests.support.apps import a_world
from tests.support.counted import A_REFUSAL, count
from tests.support.visits import a_stranger, a_visit, plain

if TYPE_CHECKING:
    from leadintake.adapters.memory.store import MemoryStore

    from tests.support.apps import World
    from tests.support.visits import Visit

REPORTS = "/reports"
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
MARKUP = "</script><script>alert(1)</script>"
A_SALE = Measures(calls=1, connected_calls=1, talk_seconds=3_661, conversions=1, revenue=123_456, payout=3_456)


def charts_of(html: str) -> dict[str, Any]:
    """Return the data of each chart of a page."""
    blocks = re.findall(r'<script type="application/json" id="([^"]+)">(.*?)</script>', html, re.DOTALL)
    return {name: json.loads(text) for name, text in blocks}


@pytest.fixture
def busy(world: World) -> World:
    """A company in which something came of things."""
    count(world, 1000, HOUR, 2 * HOUR, DAY, sub_id="creative-A")
    count(world, 1000, HOUR, sub_id="creative-B")
    count(world, None, HOUR, country="CA")
    count(world, 1000, HOUR, measures=A_REFUSAL, sub_id="creative-A")
    count(world, 1000, HOUR, measures=A_SALE, sub_id="creative-A")
    return world


class TestTable:
    def test_by_source_is_what_it_begins_with(self, busy: World) -> None:
        said = a_visit(busy, Role.VIEWER).text(REPORTS)

        assert "1000: Kitten banners sub IDs 5 4 1 0 1 1 1:01:01 1 25.00 % 1,234.56 34.56 1,200.00 308.64" in said
        assert "without source 1 1 0" in said
        assert "Total 6 5 1" in said
        assert "by the clocks of America/New_York; amounts in USD" in said

    def test_other_dimensions(self, busy: World, owner: Visit) -> None:
        assert "unknown country" not in owner.text(REPORTS, group_by="country")
        assert "CA 1 1" in owner.text(REPORTS, group_by="country")
        assert "2026-03-01 06:00 (-05:00)" in owner.text(REPORTS, group_by="hour", period="today")
        assert "1: Call at once" in owner.text(REPORTS, group_by="schedule")
        both = owner.text(REPORTS, group_by="traffic_source", then_by="sub_id")
        assert "1000: Kitten banners creative-A" in both
        assert owner.text(REPORTS, group_by="traffic_source,sub_id") == owner.text(
            REPORTS, group_by="traffic_source,sub_id"
        )
        assert busy.source.id == 1000

    def test_by_a_token(self, world: World, owner: Visit) -> None:
        world.submit(caller_id="8004506787", interest="kittens")

        said = owner.text(REPORTS, group_by="token", token="interest")

        assert "kittens 1 1" in said

    def test_filters(self, busy: World, owner: Visit) -> None:
        assert "Total 1 1" in owner.text(REPORTS, group_by="sub_id", sub_id="creative-B")
        assert "Total 1 1" in owner.text(REPORTS, traffic_source_id="none")
        assert "Nothing was counted in this time" in owner.text(REPORTS, schedule_id="77")
        assert "Nothing was counted" in owner.text(REPORTS, offer_id=busy.offer.id)

    def test_days_of_ones_own_end_with_the_last(self, busy: World, owner: Visit) -> None:
        said = owner.text(REPORTS, first_day="2026-02-28", last_day="2026-03-01")
        assert "Total 6 5 1" in said
        assert "Total 1 1" in owner.text(REPORTS, first_day="2026-02-28", last_day="2026-02-28")
        assert busy.company.time_zone in said

    def test_address_of_the_api_means_the_same(self, busy: World, owner: Visit) -> None:
        query = {"from": "2026-02-28", "to": "2026-03-01", "group_by": "sub_id", "sort": "sub_id"}

        answer = busy.get("/api/v1/reports/attribution", **query)

        assert answer.get_json()["totals"]["leads"] == 1
        assert "Total 1 1" in owner.text(REPORTS, **query)

    @pytest.mark.parametrize(
        ("query", "said"),
        [
            ({"first_day": "2026-03-01"}, "is not a day: choose both"),
            ({"first_day": "2026-03-02", "last_day": "2026-03-01"}, "comes before the first day"),
            ({"first_day": "2026-03-01", "last_day": "9999-12-31"}, "is not a day"),
            ({"group_by": "nonsense"}, "must be one of these"),
            ({"group_by": "day", "then_by": "hour"}, "can name one stretch of time only"),
            ({"group_by": "token"}, "must be one of these"),
            ({"sort": "nonsense"}, "must be one of these"),
            ({"period": "nonsense"}, "must be one of"),
            ({"time_zone": "Mars/Olympus"}, ""),
            ({"page": "x"}, "must be a whole number"),
            ({"unheard": "of"}, ""),
        ],
    )
    def test_what_cannot_be_reported_says_why(self, owner: Visit, query: dict[str, str], said: str) -> None:
        answer = owner.get(REPORTS, **query)

        assert answer.status_code == 422
        assert said in plain(answer.text)
        assert "Start anew" in plain(answer.text)

    def test_sorting_by_a_column_and_back(self, busy: World, owner: Visit) -> None:
        page = owner.get(REPORTS, group_by="sub_id", sort="leads").text

        assert page.index("creative-B") < page.index("creative-A")
        assert 'aria-sort="ascending"' in page
        assert "sort=-leads" in page
        assert busy.source.id == 1000

    def test_many_sub_ids_have_pages(self, world: World, owner: Visit) -> None:
        for number in range(60):
            count(world, 1000, HOUR, sub_id=f"sub-{number:02}")

        first = owner.text(REPORTS, group_by="sub_id", sort="sub_id")
        third = owner.text(REPORTS, group_by="sub_id", page=3)

        assert "sub-24" in first
        assert "sub-25" not in first
        assert "Total of all 60 rows 60" in first
        assert "Page 3 of 3" in third
        assert "There is no such page" in owner.text(REPORTS, group_by="sub_id", page=9)

    def test_compared_with_the_period_before(self, world: World, owner: Visit) -> None:
        count(world, 1000, HOUR, 2 * HOUR, 3 * HOUR)
        count(world, 1000, DAY, DAY + HOUR)
        count(world, None, DAY, DAY)

        said = owner.text(REPORTS, period="today", compare="yes")

        assert "3 ▲ +1 (+50.0 %)" in said
        assert "Compared with the time from 2026-02-28" in said
        assert "Total 3 ▼ -1 (-25.0 %)" in said

    def test_nothing_before_makes_no_per_cent(self, world: World, owner: Visit) -> None:
        count(world, 1000, HOUR)

        assert "1 ▲ +1 =" not in owner.text(REPORTS, period="today", compare="yes")
        assert "1 ▲ +1 1 ▲ +1 0 =" in owner.text(REPORTS, period="today", compare="yes")

    def test_company_without_anything_is_told_what_to_do(self, owner: Visit) -> None:
        said = owner.text(REPORTS)

        assert "Nothing was counted in this time" in said
        assert "Export as CSV" not in said

    def test_strangers_are_asked_who_they_are(self, world: World) -> None:
        for path in (REPORTS, f"{REPORTS}/csv", f"{REPORTS}/sub_ids/1000"):
            assert a_stranger(world).get(path).status_code == 303

    def test_other_companies_figures_are_not_told(self, store: MemoryStore, busy: World) -> None:
        other = a_visit(a_world(store))

        assert "Nothing was counted" in other.text(REPORTS)
        assert busy.company.name not in other.get(REPORTS).text


class TestCharts:
    def test_rows_and_time_are_drawn(self, busy: World, owner: Visit) -> None:
        charts = charts_of(owner.get(REPORTS, period="last_7_days").text)

        assert charts["by-row-data"]["labels"] == ["1000: Kitten banners", "without source"]
        assert charts["by-row-data"]["series"] == [{"label": "Leads", "values": [4, 1]}]
        over_time = charts["over-time-data"]
        assert len(over_time["labels"]) == 7
        assert over_time["series"][0]["values"][-2:] == [1, 4]
        assert busy.source.id == 1000

    def test_amounts_are_drawn_in_whole_units(self, busy: World, owner: Visit) -> None:
        charts = charts_of(owner.get(REPORTS, figure="revenue").text)

        assert charts["by-row-data"]["series"][0] == {"label": "Revenue (USD)", "values": [1234.56, 0]}
        rate = charts_of(owner.get(REPORTS, figure="conversion_rate").text)
        assert rate["by-row-data"]["series"][0] == {"label": "Conversion rate (%)", "values": [25, 0]}
        assert busy.source.id == 1000

    @pytest.mark.parametrize(
        ("query", "places"),
        [
            ({"period": "today"}, 24),
            ({"first_day": "2025-11-01", "last_day": "2026-03-10"}, 20),
            ({"first_day": "2024-01-01", "last_day": "2026-03-31"}, 27),
        ],
    )
    def test_time_is_drawn_as_finely_as_it_can_be_read(
        self, busy: World, owner: Visit, query: dict[str, str], places: int
    ) -> None:
        charts = charts_of(owner.get(REPORTS, **query).text)

        labels = charts["over-time-data"]["labels"]
        assert len(labels) == places
        assert len(charts["over-time-data"]["series"][0]["values"]) == places
        assert busy.source.id == 1000

    def test_time_alone_is_one_chart_of_all_of_it(self, busy: World, owner: Visit) -> None:
        charts = charts_of(owner.get(REPORTS, group_by="day", period="last_30_days").text)

        assert list(charts) == ["over-time-data"]
        assert len(charts["over-time-data"]["labels"]) == 30
        assert busy.source.id == 1000

    def test_time_with_something_else_is_drawn_by_row(self, busy: World, owner: Visit) -> None:
        charts = charts_of(owner.get(REPORTS, group_by="day", then_by="sub_id").text)

        assert set(charts) == {"by-row-data", "over-time-data"}
        assert busy.source.id == 1000

    def test_period_before_is_drawn_beside(self, world: World, owner: Visit) -> None:
        count(world, 1000, HOUR)
        count(world, 1000, DAY)
        count(world, None, DAY + HOUR)

        charts = charts_of(owner.get(REPORTS, period="today", compare="yes").text)

        assert charts["by-row-data"]["series"][1] == {"label": "the period before", "values": [1]}
        before = charts["over-time-data"]["series"][1]["values"]
        assert sum(before) == 2
        assert len(before) == 24

    def test_stored_markup_stays_data(self, world: World, owner: Visit) -> None:
        count(world, 1000, HOUR, sub_id=MARKUP)

        page = owner.get(REPORTS, group_by="sub_id").text

        assert MARKUP not in page
        assert "<script>alert" not in page
        assert charts_of(page)["by-row-data"]["labels"] == [MARKUP]


class TestSubIds:
    def test_sub_ids_of_a_source_come_as_a_part(self, busy: World, owner: Visit) -> None:
        part = owner.get(f"{REPORTS}/sub_ids/1000", sort="traffic_source").text

        assert "<html" not in part
        assert "creative-A" in part
        assert "without sub ID" not in part
        assert 'hx-target="#opened-1000"' in owner.get(REPORTS).text
        assert busy.source.id == 1000

    def test_many_lead_on_to_all_of_them(self, world: World, owner: Visit) -> None:
        for number in range(30):
            count(world, 1000, HOUR, sub_id=f"sub-{number:02}")

        part = owner.get(f"{REPORTS}/sub_ids/1000", period="today").text

        assert "All 30 sub IDs, page by page" in part
        assert "/reports?period=today&amp;traffic_source_id=1000&amp;group_by=sub_id" in part

    def test_source_without_any_says_so(self, owner: Visit) -> None:
        assert "No sub IDs in this time" in owner.get(f"{REPORTS}/sub_ids/1000").text

    def test_sources_of_other_companies_are_as_absent_ones(self, store: MemoryStore, owner: Visit) -> None:
        other = a_world(store)
        theirs = other.services.add_traffic_source(other.company.id, {"name": "Theirs"})

        assert owner.get(f"{REPORTS}/sub_ids/{theirs.id}").status_code == 404
        assert owner.get(f"{REPORTS}/sub_ids/999999").status_code == 404


class TestFile:
    def test_file_has_all_rows(self, world: World, owner: Visit) -> None:
        for number in range(60):
            count(world, 1000, HOUR, sub_id=f"sub-{number:02}")

        answer = owner.get(f"{REPORTS}/csv", group_by="sub_id")

        assert answer.content_type.startswith("text/csv")
        assert "attachment" in answer.headers["Content-Disposition"]
        rows = list(csv.reader(StringIO(answer.text)))
        assert len(rows) == 61

    def test_file_holds_no_formulas(self, world: World, owner: Visit) -> None:
        count(world, 1000, HOUR, sub_id="=HYPERLINK(1)")

        answer = owner.get(f"{REPORTS}/csv", group_by="sub_id").text

        assert all(not cell.startswith("=") for row in csv.reader(StringIO(answer)) for cell in row)

    def test_what_cannot_be_reported_is_a_page_that_says_why(self, owner: Visit) -> None:
        assert owner.get(f"{REPORTS}/csv", group_by="nonsense").status_code == 422
