"""`leadintake.testing`: the real application in memory, seen by somebody else's test."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from threading import Thread
from typing import TYPE_CHECKING

import pytest

from leadintake.domain.use_cases.read_leads import ListLeads
from leadintake.entrypoints.api import create_app
from leadintake.testing import DEFAULT_NOW, ApiKey, InMemoryLeadintake, Limits, in_memory_leadintake
from leadintake.testing.intake import _there

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Flask

CALLER = "+18004506787"


@pytest.fixture
def intake() -> InMemoryLeadintake:
    return in_memory_leadintake()


def test_lead_is_taken_by_the_demo_schedule(intake: InMemoryLeadintake) -> None:
    answer = intake.submit(caller_id="(800) 450-6787", interest="kittens", traffic_source_id=1000, sub_id="creative-A")

    lead = intake.leads.only()
    assert answer.json is not None
    assert (answer.status_code, answer.json["id"]) == (200, str(lead.id))
    assert (lead.caller_id, lead.status, lead.is_live, lead.tokens) == (
        CALLER,
        "scheduled",
        True,
        {"interest": "kittens"},
    )
    assert (lead.schedule_id, lead.offer_id) == (intake.schedule.id, None)
    assert (lead.traffic_source_id, lead.sub_id) == (intake.traffic_source_id, "creative-A")
    assert lead.created_at == intake.clock.now == DEFAULT_NOW


def test_lead_is_taken_by_the_demo_offer(intake: InMemoryLeadintake) -> None:
    intake.submit(intake.offer.lead_token, caller_id=CALLER)

    lead = intake.leads.only()
    assert (lead.status, lead.schedule_id, lead.offer_id) == ("queue", None, intake.offer.id)
    assert lead.id == intake.submissions.only().lead_id


def test_client_speaks_the_http_api(intake: InMemoryLeadintake) -> None:
    answer = intake.client.post(f"/api/v1/leads?lead_token={intake.lead_token}&caller_id=+18004506787")

    assert answer.json is not None
    assert answer.json["outcome"] == "created"
    listed = intake.client.get("/api/v1/leads", headers=intake.api_key.headers).json
    assert listed is not None
    assert [lead["caller_id"] for lead in listed["leads"]] == [CALLER]


def test_addresses_are_those_of_the_real_application(intake: InMemoryLeadintake) -> None:
    """A test must find nothing there that an installation has not, and miss nothing that it has."""

    def addresses(app: Flask) -> set[str]:
        return {f"{rule.rule} {sorted(rule.methods or ())}" for rule in app.url_map.iter_rules()}

    assert addresses(intake.app) == addresses(create_app(intake.services))
    assert not any(rule.rule.startswith("/testing") for rule in intake.app.url_map.iter_rules())


def test_use_cases_work_on_the_same_leads(intake: InMemoryLeadintake) -> None:
    intake.submit(caller_id=CALLER)

    listed = intake.services.list_leads(ListLeads(company_id=intake.company.id))

    assert [lead.id for lead in listed.leads] == [intake.leads.only().id]


def test_refusal_is_found_with_its_code(intake: InMemoryLeadintake) -> None:
    intake.submit(caller_id="12")
    intake.submit(caller_id=CALLER)

    refused = intake.submissions.refused().only()
    assert (refused.code, refused.lead_id, refused.route) == ("invalid_caller_id", None, "leads")
    assert refused.errors == {"caller_id": ("is not a valid phone number",)}
    assert intake.submissions.refused("invalid_caller_id").only() == refused
    assert intake.submissions.accepted().only().outcome == "created"
    assert intake.lead_token not in str(refused.request)


def test_submissions_are_found_by_their_caller(intake: InMemoryLeadintake) -> None:
    intake.submit(caller_id=CALLER)
    intake.submit()

    assert intake.submissions.of("800-450-6787").only().lead_id == intake.leads.of(CALLER).only().id
    assert len(intake.submissions) == 2


def test_what_was_guessed_is_among_the_warnings(intake: InMemoryLeadintake) -> None:
    intake.submit(caller_id=CALLER, email="nobody", **{"First Name": "Ada"})

    assert sorted(intake.submissions.only().warnings) == ["invalid_email", "renamed_token"]


def test_request_with_an_unknown_lead_token_is_a_sample(intake: InMemoryLeadintake) -> None:
    intake.submit("lt_unknown", caller_id=CALLER)

    intake.leads.none()
    intake.submissions.none()
    assert intake.unclaimed.only().reason == "unknown_lead_token"
    with pytest.raises(TypeError, match="nobody has read"):
        intake.unclaimed.of(CALLER)


def test_events_tell_what_happened_in_order(intake: InMemoryLeadintake) -> None:
    intake.submit(caller_id=CALLER)
    intake.submit(caller_id=CALLER, interest="kittens")
    intake.opt_out(CALLER)
    intake.submit()

    assert intake.events.of(CALLER).kinds == ["lead.created", "lead.updated", "lead.opted_out", "contact.opted_out"]
    created = intake.events.where(kind="lead.created", caller_id=CALLER).only()
    assert (created.lead_id, created.at) == (intake.leads.of(CALLER).only().id, intake.clock.now)


def test_opted_out_caller_is_refused(intake: InMemoryLeadintake) -> None:
    intake.opt_out(CALLER)
    intake.submit(caller_id=CALLER)

    intake.leads.none()
    intake.submissions.refused("caller_opted_out").only()
    contact = intake.contact(CALLER)
    assert contact is not None
    assert (contact.is_opted_out, contact.is_blocked, contact.opted_out_at) == (True, False, intake.clock.now)


def test_blocked_caller_is_refused(intake: InMemoryLeadintake) -> None:
    intake.block("(800) 450-6787")
    intake.submit(caller_id=CALLER)

    intake.submissions.refused("caller_blocked").only()
    contact = intake.contact(CALLER)
    assert contact is not None
    assert contact.is_blocked


def test_nobody_is_known_of_whom_nothing_was_heard(intake: InMemoryLeadintake) -> None:
    assert intake.contact(CALLER) is None


def test_lead_expires_when_its_time_has_passed(intake: InMemoryLeadintake) -> None:
    """No clock of the machine is waited for, and no thread."""
    intake.submit(caller_id=CALLER, expires_in=60)
    assert intake.time_passes(minutes=59, seconds=59) == DEFAULT_NOW + timedelta(minutes=59, seconds=59)
    assert intake.leads.only().status == "scheduled"

    intake.time_passes(seconds=1)

    assert intake.leads.only().status == "expired"
    assert intake.events.kinds == ["lead.created", "lead.expired"]
    intake.submit(caller_id=CALLER)
    assert intake.leads.live().only().id != intake.leads[0].id


def test_moved_clock_shows_on_leads_before_anything_is_done(intake: InMemoryLeadintake) -> None:
    """As in an installation: who looks at a lead whose time is up sees it as expired at once."""
    intake.submit(expires_in=60)

    intake.clock.advance(hours=1)

    assert intake.leads.only().status == "expired"
    assert intake.events.kinds == ["lead.created"]
    intake.do_chores()
    assert intake.events.kinds == ["lead.created", "lead.expired"]


def test_every_chore_is_done_whatever_its_turn(intake: InMemoryLeadintake) -> None:
    """Requests are forgotten after a time, which a server does in one of five hundred rounds."""
    intake.submit()
    assert intake.submissions.only().request

    intake.time_passes(days=4_000)

    assert intake.submissions.only().request == {}


def test_pause_refuses_leads(intake: InMemoryLeadintake) -> None:
    intake.pause(intake.schedule)
    intake.pause(intake.offer)

    intake.submit()
    intake.submit(intake.offer.lead_token)

    assert [one.code for one in intake.submissions.refused()] == ["schedule_paused", "schedule_paused"]


def test_schedule_is_added_as_the_api_takes_it(intake: InMemoryLeadintake) -> None:
    schedule = intake.add_schedule(name="Solar", actions=[{"name": "Call", "kind": "call"}], phone_lengths=[10, 10])

    intake.submit(schedule.lead_token)

    assert intake.leads.only().schedule_id == schedule.id
    assert (schedule.kind, schedule.name) == ("schedule", "Solar")
    assert schedule.lead_token not in repr(schedule)


def test_what_is_added_without_a_name_gets_one_of_its_own(intake: InMemoryLeadintake) -> None:
    names = {intake.add_schedule().name, intake.add_schedule().name, intake.add_offer().name, intake.add_offer().name}

    assert len(names) == 4
    assert intake.add_traffic_source() != intake.add_traffic_source()


def test_what_the_api_refuses_to_add_is_said(intake: InMemoryLeadintake) -> None:
    with pytest.raises(ValueError, match="nonsense"):
        intake.add_schedule(nonsense=True)
    with pytest.raises(ValueError, match="name_taken"):
        intake.add_offer(name="Demo offer")
    with pytest.raises(ValueError, match=r"^not_found: .*[^ ]$"):
        intake.change(replace(intake.offer, id=99), paused=True)


def test_contact_fields_are_enforced_where_the_offer_says_so(intake: InMemoryLeadintake) -> None:
    intake.add_contact_field(intake.offer, key="zip", type="zip", required=True)
    intake.change(intake.offer, enforce_contact_fields=True)

    intake.submit(intake.offer.lead_token, zip="no")

    assert intake.submissions.only().code == "contact_field_invalid"


def test_lead_token_is_added_with_its_restrictions(intake: InMemoryLeadintake) -> None:
    lead_token = intake.add_lead_token(intake.offer, networks=["203.0.113.0/24"])

    answer = intake.submit(lead_token)

    assert answer.json is not None
    assert (answer.status_code, answer.json["code"]) == (403, "ip_not_allowed")


def test_revoked_lead_token_dies_at_once(intake: InMemoryLeadintake) -> None:
    """In memory nothing is remembered of look-ups, so a test need not wait for anything to be forgotten."""
    assert intake.submit().status_code == 200
    listed = intake.api("GET", "/api/v1/lead_tokens", schedule_id=1).json
    assert listed is not None
    [token] = listed["lead_tokens"]

    assert intake.api("POST", f"/api/v1/lead_tokens/{token['id']}/revoke").status_code == 200

    assert intake.submit().status_code == 401


def test_unnamed_callers_are_all_different(intake: InMemoryLeadintake) -> None:
    for _ in range(150):
        assert intake.submit().status_code == 200

    assert len({lead.caller_id for lead in intake.leads}) == 150
    assert all(re.fullmatch(r"\+1\d{3}55501\d\d", lead.caller_id) for lead in intake.leads)


def test_every_number_that_is_given_out_is_valid(intake: InMemoryLeadintake) -> None:
    callers = [intake.a_caller() for _ in range(1_500)]

    assert len(set(callers)) == len(callers)
    with pytest.raises(ValueError, match="no more numbers"):
        intake.a_caller()
    assert all(intake.contact(caller) is None for caller in callers)


def test_region_and_time_zone_are_the_company_s() -> None:
    intake = in_memory_leadintake(company="Kittens Ltd", region="GB", time_zone="Europe/London")

    intake.submit(caller_id="020 7946 0018", next_action_at="2026-07-01 09:00:00")

    lead = intake.leads.of("020 7946 0018").only()
    assert (lead.caller_id, lead.next_action_at) == ("+442079460018", datetime(2026, 7, 1, 8, 0, tzinfo=UTC))
    assert intake.company.name == "Kittens Ltd"


def test_limits_can_be_others() -> None:
    intake = in_memory_leadintake(limits=Limits(max_tokens=1))

    intake.submit(one="1", two="2")

    intake.submissions.refused("too_many_tokens").only()


def test_limits_on_guessing_hold_unless_they_are_lifted() -> None:
    def last(intake: InMemoryLeadintake) -> int:
        return [intake.submit("lt_unknown").status_code for _ in range(61)][-1]

    assert last(in_memory_leadintake()) == 429
    assert last(in_memory_leadintake(rate_limits=False)) == 401


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"region": "us"}, "region"),
        ({"region": "XX"}, "region"),
        ({"time_zone": "New York"}, "time zone"),
        ({"time_zone": "America"}, "time zone"),
        ({"time_zone": "../UTC"}, "time zone"),
        ({"now": datetime(2026, 3, 1)}, "zone of the instant"),  # noqa: DTZ001 - that is what is wrong
    ],
)
def test_beginning_that_makes_no_sense_is_refused(wrong: dict[str, str], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        in_memory_leadintake(**wrong)  # type: ignore[arg-type]  # one of each


def test_reset_forgets_everything_but_the_credentials(intake: InMemoryLeadintake) -> None:
    before = (intake.lead_token, intake.offer, intake.api_key, intake.admin)
    intake.submit()
    intake.submit("lt_unknown")
    intake.opt_out(CALLER)
    intake.add_schedule()
    intake.time_passes(days=2)

    intake.reset()

    for kept in (intake.leads, intake.submissions, intake.events, intake.unclaimed):
        assert len(kept) == 0
    assert (intake.lead_token, intake.offer, intake.api_key, intake.admin) == before
    assert intake.clock.now == DEFAULT_NOW
    assert intake.submit(caller_id=CALLER).status_code == 200
    assert intake.api("GET", "/api/v1/schedules").get_json()["metadata"]["total_count"] == 1


def test_client_can_be_told_to_come_again(intake: InMemoryLeadintake) -> None:
    """What a client does about a 503 is what keeps leads from being lost, so suites have to see one."""
    with intake.outage():
        assert [intake.submit(caller_id=CALLER).status_code for _ in range(3)] == [503, 503, 503]
        assert intake.api("GET", "/api/v1/leads").status_code == 503
        intake.leads.none()
        intake.submissions.none()

    assert intake.submit(caller_id=CALLER).status_code == 200
    intake.leads.only()


def test_outage_ends_with_its_block_whatever_happens(intake: InMemoryLeadintake) -> None:
    with pytest.raises(ZeroDivisionError), intake.outage():
        raise ZeroDivisionError

    assert intake.submit().status_code == 200


def test_reset_ends_an_outage(intake: InMemoryLeadintake) -> None:
    with intake.outage():
        intake.reset()

        assert intake.submit().status_code == 200


def test_reset_forgets_who_was_slowed_down(intake: InMemoryLeadintake) -> None:
    for _ in range(61):
        intake.submit("lt_unknown")

    intake.reset()

    assert intake.submit("lt_unknown").status_code == 401


def test_two_stand_beside_each_other(intake: InMemoryLeadintake) -> None:
    """Suites run their tests in parallel, and some need two companies that know nothing of each other."""
    other = in_memory_leadintake()
    intake.submit()
    intake.time_passes(hours=1)

    other.leads.none()
    assert other.clock.now == DEFAULT_NOW
    assert other.submit(intake.lead_token).status_code == 401
    assert {intake.lead_token, intake.offer.lead_token}.isdisjoint({other.lead_token, other.offer.lead_token})
    assert intake.api_key != other.api_key


def test_many_threads_may_use_many_of_them() -> None:
    made: list[InMemoryLeadintake] = []

    def use() -> None:
        intake = in_memory_leadintake()
        for _ in range(5):
            intake.submit()
        made.append(intake)

    threads = [Thread(target=use) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert [len(intake.leads) for intake in made] == [5] * 8


def test_hundred_simultaneous_posts_of_one_caller_make_one_lead(intake: InMemoryLeadintake) -> None:
    """The promise holds in memory as in a database: suites test their own retries against it."""
    threads = [Thread(target=intake.submit, kwargs={"caller_id": CALLER}) for _ in range(100)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    intake.leads.only()
    assert len(intake.submissions.accepted()) == 100


def test_it_is_a_wsgi_application(intake: InMemoryLeadintake) -> None:
    from werkzeug.middleware.dispatcher import DispatcherMiddleware  # noqa: PLC0415 - for this test only
    from werkzeug.test import Client  # noqa: PLC0415 - likewise

    mounted = Client(DispatcherMiddleware(create_app(intake.services), {"/in": intake}))

    answer = mounted.post("/in/api/v1/leads", json={"caller_id": CALLER, "lead_token": intake.lead_token})

    assert answer.status_code == 200
    intake.leads.only()
    intake.reset()
    assert mounted.post("/in/api/v1/leads", json={"lead_token": intake.lead_token}).status_code == 422
    intake.submissions.only()


def test_administrator_can_be_told(intake: InMemoryLeadintake) -> None:
    email, password = intake.admin

    assert "@" in email
    assert len(password) == 24


def test_demo_company_that_lacks_something_is_a_fault_that_is_said() -> None:
    with pytest.raises(LookupError, match="lacks something"):
        _there(None)


def test_requests_are_told_to_nobody(intake: InMemoryLeadintake, capfd: pytest.CaptureFixture[str]) -> None:
    """A suite's own output is not buried under a line for each request."""
    intake.submit()

    assert capfd.readouterr() == ("", "")


def test_credentials_are_in_no_representation(intake: InMemoryLeadintake) -> None:
    """What an assert shows ends up in somebody's build log."""
    with intake.app.app_context():
        shown = repr([intake, intake.schedule, intake.api_key, intake.submissions, intake.leads])

    for secret in (intake.lead_token, intake.offer.lead_token, intake.api_key.private, intake.admin[1]):
        assert secret not in shown
    assert repr(intake) == "<in-memory leadintake of 'Demo company' at 2026-03-02T18:00:00Z>"
    assert intake.api_key == ApiKey(public=intake.api_key.public, private=intake.api_key.private)


@pytest.mark.parametrize(
    "ask",
    [
        lambda intake: intake.leads.of("12"),
        lambda intake: intake.submissions.of("12"),
        lambda intake: intake.contact("12"),
        lambda intake: intake.opt_out("12"),
        lambda intake: intake.block("12"),
    ],
)
def test_what_is_no_number_is_said_at_once(
    intake: InMemoryLeadintake, ask: Callable[[InMemoryLeadintake], object]
) -> None:
    """A mistyped number in a test would otherwise be about nobody, and the assert true for the wrong reason."""
    intake.submit()

    with pytest.raises(ValueError, match=r"no phone number|invalid_caller_id"):
        ask(intake)
