"""The front page: what came in, and what needs looking at."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from typing import TYPE_CHECKING

from leadintake.domain.user import Role

from tests.support.apps import UNKNOWN_TOKEN
from tests.support.counted import A_REFUSAL, count
from tests.support.visits import a_visit

if TYPE_CHECKING:
    from tests.support.apps import World
    from tests.support.visits import Visit

HOUR = timedelta(hours=1)
MARKUP = "<script>alert(1)</script>"


def drawn(page: str) -> dict[str, list[int]]:
    """Return the values of each series of the chart."""
    found = re.search(r'id="by-hour-data">(.*?)</script>', page)
    assert found is not None
    return {series["label"]: series["values"] for series in json.loads(found[1])["series"]}


class TestFirstRun:
    def test_new_company_is_told_three_steps(self, world: World, owner: Visit) -> None:
        said = owner.text("/")

        assert "Nothing has come in yet" in said
        assert "A schedule or an offer done" in said
        assert "API Token & Examples of Call at once" in said
        assert "curl http://localhost/api/v1/leads" in said
        assert world.schedule_token not in owner.get("/").text

    def test_unknown_token_is_no_submission_of_the_company(self, world: World, owner: Visit) -> None:
        world.submit(UNKNOWN_TOKEN, caller_id="8004506787")

        assert "Nothing has come in yet" in owner.text("/")

    def test_first_submission_ends_it_though_it_is_refused(self, world: World, owner: Visit) -> None:
        world.submit(caller_id="123")

        said = owner.text("/")

        assert "Nothing has come in yet" not in said
        assert "invalid_caller_id 1" in said
        assert "None was taken yet" in said


class TestWhatCameIn:
    def test_hours_are_told_by_outcome(self, world: World, owner: Visit) -> None:
        world.submit(caller_id="8004506787")
        world.submit(caller_id="8004506787")
        world.submit(caller_id="123")

        page = owner.get("/").text

        series = drawn(page)
        assert {label: values[-1] for label, values in series.items()} == {
            "New leads": 1,
            "Taken otherwise": 1,
            "Duplicates": 0,
            "Refused": 1,
        }
        assert len(series["New leads"]) == 24
        assert "2026-03-01 07:00 1 1 0 1" in owner.text("/")

    def test_week_is_told_by_the_hour_too(self, world: World, owner: Visit) -> None:
        world.submit(caller_id="8004506787")
        count(world, 1000, 100 * HOUR)

        assert sum(drawn(owner.get("/").text)["New leads"]) == 1
        week = drawn(owner.get("/", span="week").text)["New leads"]
        assert (len(week), sum(week)) == (168, 2)
        assert len(drawn(owner.get("/", span="nonsense").text)["New leads"]) == 24

    def test_nothing_lately_says_so(self, world: World, owner: Visit) -> None:
        world.submit(caller_id="8004506787")
        world.clock.advance(timedelta(days=30))

        # The session is over by then.
        said = a_visit(world, email="later@example.com").text("/")

        assert "Nothing came in the last 24 hours" in said
        assert "+18004506787" in said
        assert owner.get("/").status_code == 303

    def test_refusals_lead_to_their_submissions(self, world: World, owner: Visit) -> None:
        world.submit(caller_id="123")

        page = owner.get("/").text

        assert "/submissions?code=invalid_caller_id&amp;from=2026-02-28" in page
        assert owner.get("/submissions", **{"code": "invalid_caller_id", "from": "2026-02-28"}).status_code == 200

    def test_names_are_text_and_nothing_else(self, world: World, owner: Visit) -> None:
        world.submit(caller_id="8004506787", sub_id=MARKUP)
        world.services.change_schedule(world.company.id, world.schedule.id, {"name": MARKUP})

        assert MARKUP not in owner.get("/").text


class TestSignals:
    def test_quiet_company_is_told_so(self, world: World, owner: Visit) -> None:
        world.submit(caller_id="8004506787")

        assert "All is quiet" in owner.text("/")

    def test_everything_alarming_is_told(self, world: World, owner: Visit) -> None:
        count(world, 1000, *(each * HOUR for each in range(8, 80)))
        count(world, None, timedelta(), *[timedelta(minutes=5)] * 30, measures=A_REFUSAL)
        world.client.post(
            "/api/v1/leads",
            json={"caller_id": "8004506787", "expires_in": "1"},
            headers={"X-Lead-Token": world.schedule_token, "Origin": "https://shop.example"},
        )
        world.services.write_down_sightings()
        world.clock.advance(timedelta(minutes=10))

        said = owner.text("/")

        assert "silent Kitten banners : no lead since" in said
        assert "97 % of the last hour's 32 submissions were refused, and 0 % of those of the week before" in said
        assert "Leads whose time is up wait to be ended" in said
        assert "Events wait to be sealed" in said
        assert "the token of schedule 1 was sent by a browser page" in said
        assert "All is quiet" not in said

    def test_viewers_see_it_too(self, world: World) -> None:
        world.submit(caller_id="8004506787")

        assert "All is quiet" in a_visit(world, Role.VIEWER).text("/")
