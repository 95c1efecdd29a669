"""`/traffic_sources`: who sends leads."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from leadintake.domain.attribution import TrafficSourceId
from leadintake.domain.user import Role

from tests.support.apps import a_world
from tests.support.counted import A_REFUSAL, count
from tests.support.visits import a_stranger, a_visit, plain

if TYPE_CHECKING:
    from leadintake.adapters.memory.store import MemoryStore
    from leadintake.domain.attribution import TrafficSource

    from tests.support.apps import World
    from tests.support.visits import Visit

SOURCES = "/traffic_sources"
MARKUP = "<img src=x onerror=alert(1)>"
HOUR = timedelta(hours=1)


def source(world: World, number: int = 1000) -> TrafficSource:
    return world.services.read_traffic_source(world.company.id, TrafficSourceId(number))


class TestList:
    def test_tells_what_each_source_brought_lately(self, world: World, owner: Visit) -> None:
        count(world, 1000, HOUR, 2 * HOUR, 24 * 8 * HOUR)
        count(world, 1000, HOUR, measures=A_REFUSAL)

        said = owner.text(SOURCES)

        assert "1000 Kitten banners 2 1 2026-03-01" in said
        assert "active" in said

    def test_silent_and_paused_sources_are_told_apart(self, world: World, owner: Visit) -> None:
        count(world, 1000, *(each * HOUR for each in range(8, 80)))
        assert "silent" in owner.text(SOURCES)

        world.pause(source=world.clock())
        assert "silent" not in owner.text(SOURCES)
        assert "There is none like that" in owner.text(SOURCES, paused="no")
        assert "Kitten banners" in owner.text(SOURCES, paused="yes")

    def test_company_without_sources_is_told_what_they_are(self, world: World, store: MemoryStore) -> None:
        bare = world_without_anything(world, store)

        assert "There is no traffic source yet" in a_visit(bare).text(SOURCES)
        assert "Make the first one" not in a_visit(bare, Role.VIEWER).text(SOURCES)

    def test_long_list_has_pages(self, world: World, owner: Visit) -> None:
        for number in range(30):
            world.services.add_traffic_source(world.company.id, {"name": f"Source {number}"})

        assert "Page 1 of 2" in owner.text(SOURCES)
        assert "Source 29" in owner.text(SOURCES, page=2)
        assert "There is none like that" in owner.text(SOURCES, page=9)


class TestForms:
    def test_new_source_gets_the_next_number(self, world: World, owner: Visit) -> None:
        assert owner.get(f"{SOURCES}/new").status_code == 200

        answer = owner.post(SOURCES, name="Puppy banners", external_id="P-1", default_payout="12.5")

        assert answer.headers["Location"] == f"{SOURCES}/1001"
        made = source(world, 1001)
        assert (made.name, made.external_id, made.default_payout) == ("Puppy banners", "P-1", 1250)
        assert "Puppy banners is traffic source 1001" in owner.text(f"{SOURCES}/1001")

    @pytest.mark.parametrize(
        ("fields", "said"),
        [
            ({"name": ""}, "must have 1 to"),
            ({"name": "Kitten banners"}, "is already taken"),
            ({"name": "x", "default_payout": "a lot"}, "is not an amount"),
        ],
    )
    def test_bad_source_is_told_at_its_field_and_what_was_typed_stays(
        self, owner: Visit, fields: dict[str, str], said: str
    ) -> None:
        answer = owner.send(SOURCES, {"external_id": "typed", **fields})

        assert answer.status_code == 422
        assert said in plain(answer.text)
        assert 'value="typed"' in answer.text

    def test_source_is_changed(self, world: World, owner: Visit) -> None:
        owner.post(f"{SOURCES}/1000", name="Kittens", external_id="K-1", default_payout="2")
        assert 'value="2.00"' in owner.get(f"{SOURCES}/1000/edit").text
        owner.post(f"{SOURCES}/1000", name="Kittens", external_id="", default_payout="")

        changed = source(world)
        assert (changed.name, changed.external_id, changed.default_payout) == ("Kittens", None, None)
        assert owner.post(f"{SOURCES}/1000", name=" ").status_code == 422

    def test_source_is_paused_and_resumed(self, world: World, owner: Visit) -> None:
        owner.post(f"{SOURCES}/1000/pause")
        assert source(world).paused_at is not None
        assert "Resume" in owner.text(f"{SOURCES}/1000")

        owner.post(f"{SOURCES}/1000/resume")
        assert source(world).paused_at is None

    def test_editing_keeps_a_paused_source_paused(self, world: World, owner: Visit) -> None:
        owner.post(f"{SOURCES}/1000/pause")

        owner.post(f"{SOURCES}/1000", name="Kittens")

        assert source(world).paused_at is not None

    def test_viewers_see_and_change_nothing(self, world: World) -> None:
        viewer = a_visit(world, Role.VIEWER)

        assert "Pause" not in viewer.text(SOURCES)
        assert "Pause" not in viewer.text(f"{SOURCES}/1000")
        assert viewer.get(f"{SOURCES}/new").status_code == 403
        assert viewer.get(f"{SOURCES}/1000/edit").status_code == 403
        for path in ("", "/1000", "/1000/pause", "/1000/resume"):
            assert viewer.post(f"{SOURCES}{path}", name="x").status_code == 403

    def test_forged_form_changes_nothing(self, world: World, owner: Visit) -> None:
        assert owner.post(f"{SOURCES}/1000/pause", forged=True).status_code == 400
        assert source(world).paused_at is None


class TestOneSource:
    def test_tells_first_and_last_lead_and_its_sub_ids(self, world: World, owner: Visit) -> None:
        count(world, 1000, HOUR, sub_id="creative-A")
        count(world, 1000, HOUR, 2 * HOUR, sub_id="creative-B")
        count(world, 1000, 40 * 24 * HOUR)

        said = owner.text(f"{SOURCES}/1000")

        assert "First lead 2026-01-20" in said
        assert "Last lead 2026-03-01 06:00 EST" in said
        assert "creative-B 2 0" in said
        assert "Total 3" in said
        assert "without sub ID" not in said

    def test_period_is_chosen(self, world: World, owner: Visit) -> None:
        count(world, 1000, 10 * 24 * HOUR, sub_id="in February")

        assert "Nothing in this time" in owner.text(f"{SOURCES}/1000", period="today")
        assert "in February" in owner.text(f"{SOURCES}/1000", period="last_month")
        assert "in February" in owner.text(f"{SOURCES}/1000", period="nonsense")

    def test_sort_that_makes_no_sense_sorts_as_usual(self, world: World, owner: Visit) -> None:
        count(world, 1000, HOUR, sub_id="creative-A")

        assert owner.get(f"{SOURCES}/1000", sort="-nonsense").status_code == 200
        assert "creative-A" in owner.text(f"{SOURCES}/1000", sort="-revenue")

    def test_silence_says_what_to_do(self, world: World, owner: Visit) -> None:
        count(world, 1000, *(each * HOUR for each in range(8, 80)))

        said = owner.text(f"{SOURCES}/1000")

        assert "though it used to send" in said
        assert "its longest pause in the two weeks before was less than an hour" in said

    def test_leads_on_to_reports_and_samples(self, owner: Visit) -> None:
        page = owner.get(f"{SOURCES}/1000").text

        assert "/reports?traffic_source_id=1000" in page
        assert "/schedules/1/submit_leads_help#attributed-title" in page
        assert "/offers/1/submit_leads_help" in page
        assert "lead_token=YOUR_API_TOKEN&amp;traffic_source_id=1000&amp;sub_id=creative-A" in page

    def test_stored_markup_is_text(self, world: World, owner: Visit) -> None:
        world.services.change_traffic_source(world.company.id, TrafficSourceId(1000), {"name": MARKUP})
        count(world, 1000, HOUR, sub_id=MARKUP)

        for path in (SOURCES, f"{SOURCES}/1000", f"{SOURCES}/1000/edit"):
            page = owner.get(path).text
            assert MARKUP not in page
            assert "&lt;img src=x" in page

    def test_sources_of_other_companies_are_as_absent_ones(self, world: World, store: MemoryStore) -> None:
        other = a_world(store)
        theirs = other.services.add_traffic_source(other.company.id, {"name": "Theirs"})
        visit = a_visit(world)

        for number in (theirs.id, 999_999, 10**30):
            page = f"{SOURCES}/{number}"
            assert visit.get(page).status_code == 404
            assert visit.get(f"{page}/edit").status_code == 404
            for path in ("", "/pause", "/resume"):
                assert visit.post(f"{page}{path}", name="x").status_code == 404
        assert source(other, theirs.id).paused_at is None

    def test_strangers_are_asked_who_they_are(self, world: World) -> None:
        assert a_stranger(world).get(f"{SOURCES}/1000").status_code == 303


def world_without_anything(world: World, store: MemoryStore) -> World:
    """Return the same service for a company that has set up nothing."""
    return replace(world, company=store.installation.add_company(name="Bare", region="US", time_zone="UTC"))
