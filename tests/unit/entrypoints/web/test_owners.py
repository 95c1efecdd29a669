"""Schedules and offers in pages: made, changed, paused, and told what is wrong."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from html import unescape
from typing import TYPE_CHECKING, Any

import pytest

from leadintake.domain.owner import Action, ActionKind
from leadintake.domain.owner_rules import DuplicateScope, OwnerRules
from leadintake.domain.user import Role
from leadintake.entrypoints.api import create_app

from tests.support.visitors import Visitor, a_visitor
from tests.support.visits import plain

if TYPE_CHECKING:
    from leadintake.domain.owner import Owner
    from leadintake.domain.use_cases.report_attribution import Report, ReportAttribution

    from tests.support.apps import World

RULES: dict[str, Any] = {
    "lead_duplicate_timeframe": "86400",
    "lead_duplicate_scope": "company",
    "max_leads_per_ip_per_day": "5",
    "phone_lengths": "10, 11",
    "phone_fields": "mobile, phone_number",
    "reject_same_source": "yes",
    "require_traffic_source": "yes",
}


@pytest.fixture
def visitor(world: World) -> Visitor:
    return a_visitor(world, Role.OPERATOR)


def wrong(text: str) -> list[str]:
    """Return what is said beside the fields of a form."""
    return re.findall(r'class="wrong">([^<]+)<', text)


@pytest.mark.parametrize("kind", ["schedules", "offers"])
def test_owner_is_made_with_its_rules_and_leads_on_to_its_token(world: World, visitor: Visitor, kind: str) -> None:
    answer = visitor.post(f"/{kind}/new", {"name": "Roofs, North", **RULES})

    assert (answer.status_code, answer.headers["Location"]) == (303, f"/{kind}/2/submit_leads_help")
    directory = world.services.read_directory(world.company.id)
    owners: list[Owner] = [*directory.schedules.values(), *directory.offers.values()]
    made = next(each for each in owners if each.name == "Roofs, North")
    assert made.requires_traffic_source is True
    assert made.rules == OwnerRules(
        duplicate_timeframe=timedelta(days=1),
        duplicate_scope=DuplicateScope.COMPANY,
        rejects_same_source=True,
        phone_lengths=(10, 11),
        most_per_ip_a_day=5,
        phone_fields=("mobile", "phone_number"),
    )
    help_page = visitor.get(answer.headers["Location"])
    assert "Copy a sample, and send a test lead." in help_page.text


def test_schedule_has_the_plan_that_its_rows_say(world: World, visitor: Visitor) -> None:
    fields = {
        "name": "Call at once",
        "action_name": ["Call", "", "  ", "Text"],
        "action_kind": ["call", "wait", "wait", "sms"],
        "offer_id": "1",
    }

    assert visitor.post("/schedules/1/edit", fields).status_code == 303

    schedule = world.services.read_schedule(world.company.id, world.schedule.id)
    assert schedule.actions == (Action("Call", ActionKind.CALL), Action("Text", ActionKind.SMS))
    assert schedule.offer_id == world.offer.id


def test_what_is_saved_comes_back_as_it_was(world: World, visitor: Visitor) -> None:
    """Saving a form that nobody has touched changes nothing."""
    visitor.post("/schedules/1/edit", {"name": "Call at once", "action_name": "Call", "action_kind": "call", **RULES})
    before = world.services.read_schedule(world.company.id, world.schedule.id)
    page = visitor.get("/schedules/1/edit").text
    form = page[page.index('action="/schedules/1/edit"') :]

    fields: dict[str, Any] = dict(
        re.findall(r'<input id="\w+" name="(\w+)" type="(?:text|number)" value="([^"]*)"', form)
    )
    fields |= dict.fromkeys(re.findall(r'name="(\w+)" type="checkbox" value="yes" checked', form), "yes")
    fields |= dict(re.findall(r'<select id="\w+" name="(\w+)".*?<option value="([^"]*)" selected', form, re.DOTALL))
    fields["action_name"] = re.findall(r'name="action_name" value="([^"]*)"', form)
    fields["action_kind"] = ["call", "wait", "wait"]
    assert visitor.post("/schedules/1/edit", fields).status_code == 303

    assert world.services.read_schedule(world.company.id, world.schedule.id) == before


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("name", "", "must have 1 to 100 characters"),
        ("name", "x" * 101, "must have 1 to 100 characters"),
        ("lead_duplicate_timeframe", "soon", "must be a whole number"),
        ("lead_duplicate_timeframe", "-1", "must be from 0 to 315532800"),
        ("lead_duplicate_timeframe", "1e999", "must be from 0 to 315532800"),
        ("lead_duplicate_timeframe", "NaN", "must be a whole number"),
        ("max_leads_per_ip_per_day", "0", "must be from 1 to 1000000"),
        ("phone_lengths", "11, 10", "must be the fewest digits and then the most"),
        ("phone_lengths", "ten, eleven", "must be a whole number"),
        ("lead_duplicate_scope", "everybody", "must be one of schedule, company"),
        ("offer_id", "99", "is no offer of this company"),
    ],
)
def test_what_is_wrong_is_told_beside_its_field(
    world: World, visitor: Visitor, field: str, value: str, said: str
) -> None:
    answer = visitor.post("/schedules/1/edit", {"name": "Call at once", field: value})

    assert answer.status_code == 422
    assert any(said in each for each in wrong(answer.text)), answer.text
    assert "Nothing is saved yet" in answer.text
    assert world.services.read_schedule(world.company.id, world.schedule.id) == world.schedule
    if field == "phone_lengths":
        assert f'value="{value}"' in answer.text


def test_name_that_is_taken_is_told(world: World, visitor: Visitor) -> None:
    visitor.post("/schedules/new", {"name": "Another"})

    answer = visitor.post("/schedules/new", {"name": "another"})

    assert answer.status_code == 422
    assert wrong(answer.text) == ["is already taken"]
    assert len(world.services.read_directory(world.company.id).schedules) == 2


@pytest.mark.parametrize("kind", ["schedules", "offers"])
def test_pausing_refuses_leads_until_it_is_resumed(world: World, visitor: Visitor, kind: str) -> None:
    token = world.schedule_token if kind == "schedules" else world.offer_token

    visitor.post(f"/{kind}/1/paused", {"paused": "yes"})
    refused = world.submit(token, caller_id="+18004506787")
    assert "takes leads" in visitor.get("/offers" if kind == "schedules" else "/schedules").text
    assert "paused" in visitor.get(f"/{kind}").text
    assert "schedule_paused" in visitor.get(f"/{kind}/1/submit_leads_help").text
    visitor.post(f"/{kind}/1/paused", {"paused": "no"})

    assert refused.get_json()["code"] == "schedule_paused"
    assert world.submit(token, caller_id="+18004506787").get_json()["outcome"] == "created"


class TestContactFields:
    def test_field_is_added_changed_and_removed(self, world: World, visitor: Visitor) -> None:
        added = {"key": "age", "title": "Age", "type": "integer", "required": "yes", "minimum": "18", "maximum": "99.5"}
        assert visitor.post("/offers/1/contact_fields/new", added).status_code == 303
        [field] = world.services.read_directory(world.company.id).fields_of(world.offer)
        assert (field.key, field.required, str(field.minimum), str(field.maximum)) == ("age", True, "18", "99.5")

        changed = {"title": "Age in years", "type": "integer", "choices": "18, 21\n30", "minimum": "", "maximum": ""}
        assert visitor.post("/offers/1/contact_fields/age/edit", changed).status_code == 303
        [field] = world.services.read_directory(world.company.id).fields_of(world.offer)
        assert (field.title, field.required, field.choices) == ("Age in years", False, ("18", "21", "30"))
        assert (field.minimum, field.maximum) == (None, None)

        assert visitor.post("/offers/1/contact_fields/age/remove").status_code == 303
        assert world.services.read_directory(world.company.id).fields_of(world.offer) == ()

    def test_fields_are_in_the_samples(self, world: World, visitor: Visitor) -> None:
        """And a sample of an offer that checks its fields works as it stands."""
        for fields in (
            {"key": "state", "type": "text", "pattern": "state_code", "required": "yes"},
            {"key": "story", "type": "text", "minimum": "20", "required": "yes"},
        ):
            visitor.post("/offers/1/contact_fields/new", fields)
        visitor.post("/offers/1/edit", {"name": "Solar roofs", "enforce_contact_fields": "yes"})

        page = visitor.get("/offers/1/submit_leads_help").text
        fields = dict(re.findall(r'name="field\.(\w+)" value="([^"]*)"', page))

        assert set(fields) == {"caller_id", "state", "story"}
        assert world.submit(world.offer_token, **fields).get_json()["outcome"] == "created"

    @pytest.mark.parametrize(
        ("fields", "said"),
        [
            ({"key": "Not a name", "type": "text"}, "must be a lead token"),
            ({"key": "age", "type": "colour"}, "must be one of"),
            ({"key": "age", "type": "text", "pattern": ".*"}, "must be one of"),
            ({"key": "age", "type": "integer", "minimum": "many"}, "must be a number"),
            ({"type": "text"}, "is required"),
        ],
    )
    def test_what_is_wrong_is_told_beside_its_field(
        self, world: World, visitor: Visitor, fields: dict[str, str], said: str
    ) -> None:
        answer = visitor.post("/offers/1/contact_fields/new", fields)

        assert answer.status_code == 422
        assert any(said in each for each in wrong(answer.text)), wrong(answer.text)
        assert world.services.read_directory(world.company.id).fields_of(world.offer) == ()

    def test_field_that_is_not_there_is_404(self, visitor: Visitor) -> None:
        assert visitor.get("/offers/1/contact_fields/age/edit").status_code == 404
        assert visitor.post("/offers/1/contact_fields/age/remove").status_code == 404


def test_empty_lists_say_what_to_do_next(world: World) -> None:
    other = world.store.installation.add_company(name="Empty", region="US", time_zone="UTC")
    world.services.add_user(other.id, {"email": "e@example.com", "role": Role.OPERATOR, "password": "a long password"})
    visitor = Visitor(client=world.client, email="e@example.com")
    visitor.sign_in("a long password")

    for path, said in (
        ("/", "Make the first schedule"),
        ("/schedules", "Make the first schedule"),
        ("/offers", "Make the first offer"),
    ):
        assert said in visitor.get(path).text


def test_long_lists_come_in_pages(world: World, visitor: Visitor) -> None:
    with world.store.unit_of_work(world.company.id) as uow:
        for number in range(30):
            uow.directory.add_schedule(name=f"Plan {number}", actions=())
        uow.commit()

    first, second = visitor.get("/schedules").text, visitor.get("/schedules?page=2").text

    assert ("Plan 23" in first, "Plan 24" in first, "Plan 24" in second) == (True, False, True)
    assert "Page 1 of 2" in first
    assert 'href="/schedules?page=1" rel="prev"' in second
    for odd in ("0", "-1", "x", "9" * 50, "٣"):
        assert visitor.get(f"/schedules?page={odd}").status_code == 200


class TestLeadsToday:
    def test_each_owner_shows_how_many_it_has_got_since_midnight_of_the_company(
        self, world: World, visitor: Visitor
    ) -> None:
        visitor.post("/schedules/new", {"name": "Nobody's"})
        world.submit(caller_id="8004506787")
        # The clock shows 12:00 UTC, 7:00 in New York, where it is the first of March.
        world.clock.advance(timedelta(hours=16, minutes=59))
        world.submit(caller_id="8004506788")
        world.submit(caller_id="8004506788", interest="kittens")
        visitor.sign_in()

        assert today(visitor, "schedules") == {"Call at once": "2", "Nobody's": "0"}
        world.clock.advance(timedelta(minutes=1))
        assert today(visitor, "schedules") == {"Call at once": "0", "Nobody's": "0"}

    def test_number_leads_to_those_leads_removed_ones_too(self, world: World, visitor: Visitor) -> None:
        world.submit(caller_id="8004506787")
        removed = world.submit(caller_id="8004506788").get_json()["lead_id"]
        visitor.post(f"/leads/{removed}/remove")
        world.submit(world.offer_token, caller_id="8004506789")

        address = unescape(re.findall(r'href="([^"]+)" aria-label="Today’s', visitor.get("/schedules").text)[0])

        assert address == "/leads?owner=schedule%3A1&status=any&from=2026-03-01&to=2026-03-01"
        assert "2 leads." in " ".join(visitor.get(address).text.split())

    def test_offer_has_the_leads_of_its_schedules_as_its_list_of_leads_has(
        self, world: World, visitor: Visitor
    ) -> None:
        visitor.post("/schedules/1/edit", {"name": "Call at once", "offer_id": "1"})
        world.submit(caller_id="8004506787")
        world.submit(world.offer_token, caller_id="8004506787")

        assert today(visitor, "offers") == {"Solar roofs": "2"}
        assert "2 leads." in " ".join(visitor.get("/leads?owner=offer:1&from=2026-03-01").text.split())

    @pytest.mark.parametrize("kind", ["schedules", "offers"])
    def test_counts_of_a_page_are_one_question(self, world: World, kind: str) -> None:
        asked: list[ReportAttribution] = []

        def reported(command: ReportAttribution) -> Report:
            asked.append(command)
            return world.services.report_attribution(command)

        app = create_app(replace(world.services, report_attribution=reported))
        visitor = a_visitor(replace(world, app=app))
        visitor.post(f"/{kind}/new", {"name": "Another"})

        assert set(today(visitor, kind).values()) == {"0"}
        assert len(asked) == 1


def today(visitor: Visitor, kind: str) -> dict[str, str]:
    """Return how many leads the list says that each owner has got today."""
    found = re.findall(r'aria-label="Today’s leads of ([^"]+)">([^<]+)<', visitor.get(f"/{kind}").text)
    return {unescape(name): number for name, number in found}


class TestTryingRules:
    @pytest.mark.parametrize("kind", ["schedules", "offers"])
    def test_form_says_which_verdicts_its_rules_would_change(self, world: World, visitor: Visitor, kind: str) -> None:
        token = world.schedule_token if kind == "schedules" else world.offer_token
        world.submit(token, caller_id="8004506787")
        world.clock.advance(timedelta(hours=1))
        repeated = world.submit(token, caller_id="8004506787").get_json()["submission_id"]

        page = visitor.post(
            f"/{kind}/1/try",
            {"name": "Tried", "lead_duplicate_timeframe": "86400", "lead_duplicate_scope": "schedule", "days": "2"},
        )

        said = plain(page.text)
        assert page.status_code == 200
        assert re.search(r"Of 2 submissions from .* the rules as they stand refuse 0 , these would refuse 1 ", said)
        assert "One verdict would change." in said
        assert f'href="/submissions/{repeated}"' in page.text
        assert "duplicate_lead" in page.text
        # What was typed is still there, to be saved.
        assert 'name="lead_duplicate_timeframe" type="number" value="86400"' in page.text
        assert 'name="name" type="text" value="Tried"' in page.text
        assert 'name="days" type="number" value="2"' in page.text

    def test_nothing_is_saved(self, world: World, visitor: Visitor) -> None:
        before = world.services.read_schedule(world.company.id, world.schedule.id)

        answer = visitor.post("/schedules/1/try", {"name": "Tried", "days": "7", **RULES})

        assert "Nothing that could be judged again was submitted" in plain(answer.text)
        assert world.services.read_schedule(world.company.id, world.schedule.id) == before

    def test_rules_that_stand_change_nothing(self, world: World, visitor: Visitor) -> None:
        """A box that is not ticked is tried as no."""
        visitor.post("/schedules/1/edit", {"name": "Call at once", "require_traffic_source": "yes"})
        world.submit(caller_id="8004506787")

        kept = visitor.post("/schedules/1/try", {"require_traffic_source": "yes", "days": "7"})
        dropped = visitor.post("/schedules/1/try", {"days": "7"})

        assert "refuse 1 , these would refuse 1 . No verdict would change." in plain(kept.text)
        assert "refuse 1 , these would refuse 0 . One verdict would change." in plain(dropped.text)

    @pytest.mark.parametrize(
        ("field", "value", "said"),
        [("days", "31", "must be from 1 to 30"), ("lead_duplicate_timeframe", "soon", "must be a whole number")],
    )
    def test_what_is_wrong_is_told_beside_its_field(self, visitor: Visitor, field: str, value: str, said: str) -> None:
        answer = visitor.post("/schedules/1/try", {"days": "7", field: value})

        assert answer.status_code == 422
        assert any(said in each for each in wrong(answer.text)), answer.text

    def test_enter_key_saves_and_does_not_try(self, visitor: Visitor) -> None:
        """The first button of a form is what the enter key presses."""
        form = visitor.get("/schedules/1/edit").text.partition('action="/schedules/1/edit"')[2]

        assert form.index(">Save</button>") < form.index(">Try these rules</button>")

    def test_others_owners_and_viewers_try_nothing(self, world: World) -> None:
        assert a_visitor(world, Role.VIEWER).post("/schedules/1/try", {"days": "7"}).status_code == 403
        assert a_visitor(world, Role.OPERATOR).post("/schedules/99/try", {"days": "7"}).status_code == 404
