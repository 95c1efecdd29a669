"""Caller operations over HTTP, on every store: what is answered, what is stored, and what a lead token may not see."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import quote
from uuid import uuid4

import pytest

from leadintake.domain.credential import Permission
from leadintake.domain.event import EventKind
from leadintake.domain.lead import LeadStatus
from leadintake.domain.owner import Action, ActionKind
from leadintake.domain.phone import PhoneNumber
from leadintake.domain.submission import Outcome
from leadintake.entrypoints.schemas.answers import ContactPageSchema, OperationAnswerSchema, ProblemSchema

from tests.support.apps import LEADS, UNKNOWN_TOKEN, a_world

if TYPE_CHECKING:
    from collections.abc import Sequence

    from werkzeug.test import TestResponse
    from werkzeug.wrappers import Response

    from leadintake.domain.contact import Contact
    from leadintake.domain.event import Event

    from tests.support.apps import Store, World

ADA = PhoneNumber("+12025550143")
CONTACTS = "/api/v1/contacts"
SPELLINGS = (
    "+12025550143",
    "%2B12025550143",
    "%2012025550143",
    "12025550143",
    "2025550143",
    "(202)%20555-0143",
    "202.555.0143",
    "%2B1%20202%2F555%2F0143",
    "202/555/0143",
    "tel:+1-202-555-0143",
    "+12025550143%0D%0A",
)


def contact_of(world: World, caller: PhoneNumber = ADA) -> Contact | None:
    with world.store.reading(world.company.id) as uow:
        return uow.contacts.find(caller)


def events_of(world: World, caller: PhoneNumber = ADA) -> Sequence[Event]:
    return world.services.read_caller(world.company.id, caller).events


def by_token(world: World, path: str, **request: Any) -> TestResponse:  # noqa: ANN401 - whatever werkzeug takes
    return world.post(path, headers={"X-Lead-Token": world.schedule_token}, **request)


def by_key(world: World, path: str, **request: Any) -> TestResponse:  # noqa: ANN401 - likewise
    return world.post(path, headers=world.bearer(), **request)


def agreed(answer: Response) -> dict[str, Any]:
    """Return the answer's body, once it is what the schema says, no more and no less."""
    document: dict[str, Any] = answer.get_json()
    schema = OperationAnswerSchema() if answer.status_code == 200 else ProblemSchema()
    assert schema.validate(document) == {}
    assert set(document) == set(schema.fields)
    if document.get("lead"):
        assert set(document["lead"]) == set(OperationAnswerSchema().fields["lead"].schema.fields)  # type: ignore[attr-defined]
    return document


def with_goodbye(world: World) -> None:
    """Let the schedule do something at its end."""
    with world.store.unit_of_work(world.company.id) as uow:
        uow.directory.save_schedule(replace(world.schedule, end_actions=(Action("Goodbye", ActionKind.SMS),)))
        uow.commit()


# --- opting out -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_number_in_the_address_may_be_written_in_any_way(world: World, spelling: str) -> None:
    answer = world.ask("POST", f"{LEADS}/{spelling}/caller_opt_out?lead_token=TOKEN")

    assert answer.status_code == 200
    contact = contact_of(world)
    assert contact is not None
    assert contact.opted_out_at == world.clock()


@pytest.mark.parametrize(
    "address", [f"{LEADS}/{{}}/caller_opt_out", f"{LEADS}/caller_opt_out", f"{CONTACTS}/{{}}/caller_block"]
)
def test_address_may_end_in_a_slash(world: World, address: str) -> None:
    query = "" if "{}" in address else "?caller_id=2025550143"
    answer = world.ask("POST", f"{address.format('+12025550143')}/{query}", headers=world.bearer())

    assert agreed(answer)["outcome"] in {"opted_out", "blocked"}
    assert contact_of(world) is not None


@pytest.mark.parametrize("method", ["PUT", "POST", "GET"])
@pytest.mark.parametrize("path", ["/+12025550143/caller_opt_out?", "/caller_opt_out?caller_id=%2B12025550143&"])
def test_opt_out_takes_every_method(world: World, method: str, path: str) -> None:
    """A link in a message is followed with GET, and a wish must be heard however it comes."""
    assert world.ask(method, f"{LEADS}{path}lead_token=TOKEN").status_code == 200
    assert contact_of(world) is not None


def test_opt_out_ends_every_live_lead_now_and_for_the_next_submission(world: World) -> None:
    world.submit(caller_id=ADA.e164)
    world.submit(world.offer_token, caller_id=ADA.e164)

    answer = agreed(by_token(world, f"{LEADS}/caller_opt_out", json={"caller_id": ADA.e164}))

    assert (answer["outcome"], answer["lead"], answer["lead_id"]) == ("opted_out", None, None)
    assert {lead.status for lead in world.leads()} == {LeadStatus.OPT_OUT}
    assert world.submit(caller_id=ADA.e164).get_json()["code"] == "caller_opted_out"
    assert world.submit(world.offer_token, caller_id=ADA.e164).get_json()["code"] == "caller_opted_out"


def test_lead_token_learns_of_no_lead_of_another_owner(world: World) -> None:
    world.submit(caller_id=ADA.e164)
    mine = world.leads()[0].id
    world.submit(world.offer_token, caller_id=ADA.e164)

    answer = agreed(by_token(world, f"{LEADS}/{ADA}/caller_opt_out"))

    assert answer["lead_ids"] == [str(mine)]


def test_api_key_learns_of_every_lead(world: World) -> None:
    world.submit(caller_id=ADA.e164)
    world.submit(world.offer_token, caller_id=ADA.e164)

    answer = agreed(by_key(world, f"{LEADS}/{ADA}/caller_opt_out"))

    assert answer["lead_ids"] == [str(lead.id) for lead in reversed(world.leads())]


def test_opting_out_twice_is_opting_out_once(world: World) -> None:
    first = agreed(by_token(world, f"{LEADS}/{ADA}/caller_opt_out"))
    world.clock.advance(timedelta(days=1))
    second = agreed(by_token(world, f"{LEADS}/{ADA}/caller_opt_out"))

    assert (first["outcome"], second["outcome"]) == ("opted_out", "unchanged")
    contact = contact_of(world)
    assert contact is not None
    assert (contact.opted_out_at, contact.version) == (world.clock() - timedelta(days=1), 1)
    assert [event.kind for event in events_of(world)] == [EventKind.CONTACT_OPTED_OUT]


@pytest.mark.parametrize(
    ("body", "content_type", "coding", "status"),
    [
        (b"{", "application/json", "", 400),
        (b"<caller/>", "application/xml", "", 415),
        (b"{}", "application/json", "gzip", 415),
        (b"{}" + b" " * 300_000, "application/json", "", 413),
    ],
    ids=["half", "no carrier", "compressed", "too large"],
)
def test_opt_out_is_heard_from_a_body_that_cannot_be_read(
    world: World, body: bytes, content_type: str, coding: str, status: int
) -> None:
    """The number stands in the address and the credential in a header: nothing more is needed."""
    headers = {"X-Lead-Token": "TOKEN", "Content-Encoding": coding}
    before = {sample.id for sample in world.unclaimed()}

    heard = world.ask("POST", f"{LEADS}/{ADA}/caller_opt_out", body=body, content_type=content_type, headers=headers)
    refused = world.ask("POST", f"{LEADS}/{ADA}/caller_remove", body=body, content_type=content_type, headers=headers)

    assert (heard.status_code, refused.status_code) == (200, status)
    assert [warning["code"] for warning in agreed(heard)["warnings"]] == ["unreadable_body"]
    assert contact_of(world) is not None
    assert [sample.route for sample in world.unclaimed() if sample.id not in before] == ["caller_remove"]


def test_two_different_numbers_are_refused(world: World) -> None:
    """Nobody can know which of the two wants to be left alone."""
    answer = agreed(by_token(world, f"{LEADS}/{ADA}/caller_opt_out", json={"caller_id": "+12025550144"}))

    assert (answer["status"], answer["code"]) == (422, "ambiguous_parameter")
    assert contact_of(world) is None


def test_head_opts_nobody_out(world: World) -> None:
    answer = world.ask("HEAD", f"{LEADS}/{ADA}/caller_opt_out?lead_token=TOKEN")

    assert answer.status_code == 405
    assert contact_of(world) is None


@pytest.mark.parametrize("operation", ["caller_remove", "caller_move_to_end_of_schedule"])
def test_get_removes_nobody(world: World, operation: str) -> None:
    """A crawler follows links."""
    world.submit(caller_id=ADA.e164)

    answer = world.ask("GET", f"{LEADS}/{ADA}/{operation}?lead_token=TOKEN")

    assert (answer.status_code, sorted(answer.headers["Allow"].split(", "))) == (405, ["OPTIONS", "POST", "PUT"])
    assert [lead.status for lead in world.leads()] == [LeadStatus.SCHEDULED]


# --- removing and moving on -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["POST", "PUT"])
@pytest.mark.parametrize(
    "path", ["/{caller}/caller_remove?", "/caller_remove?caller_id={caller}&", "/{lead}/lead_remove?"]
)
def test_lead_is_removed(world: World, method: str, path: str) -> None:
    world.submit(caller_id=ADA.e164)
    [lead] = world.leads()
    target = LEADS + path.format(caller=quote(ADA.e164), lead=lead.id) + "lead_token=TOKEN"

    outcomes = [world.ask(method, target).get_json()["outcome"] for _ in range(2)]

    assert outcomes == ["removed", "unchanged"]
    assert [lead.status for lead in world.leads()] == [LeadStatus.REMOVED]
    assert [event.kind for event in events_of(world)] == [EventKind.LEAD_CREATED, EventKind.LEAD_REMOVED]


def test_removed_caller_may_come_again(world: World) -> None:
    """A removal is about one lead, not about the caller."""
    world.submit(caller_id=ADA.e164)
    by_token(world, f"{LEADS}/{ADA}/caller_remove")

    assert world.submit(caller_id=ADA.e164).get_json()["outcome"] == "created"


def test_lead_token_removes_inside_its_owner_only(world: World) -> None:
    world.submit(world.offer_token, caller_id=ADA.e164)
    [lead] = world.leads()

    by_caller = by_token(world, f"{LEADS}/{ADA}/caller_remove").get_json()
    by_lead = by_token(world, f"{LEADS}/{lead.id}/lead_remove").get_json()
    never = by_token(world, f"{LEADS}/+12025550199/caller_remove").get_json()
    nowhere = by_token(world, f"{LEADS}/{uuid4()}/lead_remove").get_json()
    no_id = by_token(world, f"{LEADS}/none/lead_remove").get_json()

    unlike = {"submission_id": None}
    assert by_caller | unlike == never | unlike
    assert by_lead | unlike == nowhere | unlike == no_id | unlike
    assert (by_caller["status"], by_lead["status"]) == (404, 404)
    assert [lead.is_live for lead in world.leads()] == [True]


def test_api_key_acts_on_the_owner_it_names_or_on_all(world: World) -> None:
    world.submit(caller_id=ADA.e164)
    world.submit(world.offer_token, caller_id=ADA.e164)
    path = f"{LEADS}/{ADA}/caller_remove"

    at_offer = agreed(by_key(world, path, json={"offer_id": world.offer.id}))
    everywhere = agreed(by_key(world, path))
    nowhere = agreed(by_key(world, path, json={"schedule_id": 99}))
    both = agreed(by_key(world, path, json={"schedule_id": 1, "offer_id": 1}))
    neither = agreed(by_key(world, path, json={"schedule_id": "x"}))

    assert (at_offer["outcome"], at_offer["lead"]["offer_id"]) == ("removed", world.offer.id)
    assert (everywhere["outcome"], everywhere["lead"]["schedule_id"]) == ("removed", world.schedule.id)
    assert (nowhere["status"], nowhere["code"]) == (404, "not_found")
    assert (both["status"], list(both["errors"])) == (422, ["offer_id"])
    assert (neither["status"], list(neither["errors"])) == (422, ["schedule_id"])


@pytest.mark.parametrize("path", ["/{caller}/caller_move_to_end_of_schedule", "/{lead}/lead_move_to_end_of_schedule"])
def test_lead_moves_to_the_end_of_its_schedule(world: World, path: str) -> None:
    with_goodbye(world)
    world.submit(caller_id=ADA.e164)
    [lead] = world.leads()
    target = LEADS + path.format(caller=ADA, lead=lead.id)

    first, second = agreed(by_token(world, target)), agreed(by_token(world, target))

    assert (first["outcome"], second["outcome"]) == ("moved_to_end_of_schedule", "unchanged")
    assert first["lead"]["status"] == "scheduled"
    [moved] = world.leads()
    assert (moved.is_ending, moved.next_action, moved.version) == (True, 0, 2)


def test_lead_completes_where_nothing_is_done_at_the_end(world: World) -> None:
    world.submit(caller_id=ADA.e164)

    answer = agreed(by_token(world, f"{LEADS}/{ADA}/caller_move_to_end_of_schedule"))

    assert (answer["outcome"], answer["lead"]["status"]) == ("moved_to_end_of_schedule", "completed")


def test_lead_of_an_offer_has_no_schedule_to_come_to_the_end_of(world: World) -> None:
    world.submit(world.offer_token, caller_id=ADA.e164)

    answer = agreed(
        world.post(f"{LEADS}/{ADA}/caller_move_to_end_of_schedule", headers={"X-Lead-Token": world.offer_token})
    )

    assert (answer["status"], answer["code"]) == (422, "lead_has_no_schedule")


# --- updating ---------------------------------------------------------------------------------------------------------


def test_lead_is_updated_with_the_parameters_of_a_submission(world: World) -> None:
    world.submit(caller_id=ADA.e164, interest="kittens", email="ada@example.com")
    [lead] = world.leads()

    answer = agreed(
        by_token(
            world,
            f"{LEADS}/{lead.id}/lead_update?sub_id=A",
            json={"traffic_source_id": 1000, "lead_priority": "2.5", "phone": "none", "data": {"color": "red"}},
        )
    )

    assert answer["outcome"] == "updated"
    assert answer["lead"]["tokens"] == {"phone": "none", "color": "red"}
    assert (answer["lead"]["sub_id"], answer["lead"]["lead_priority"]) == ("A", 2.5)
    assert answer["warnings"] == []
    [stored] = world.leads()
    assert stored.tokens == {"interest": "kittens", "email": "ada@example.com", "phone": "none", "color": "red"}
    assert (stored.attribution.traffic_source_id, stored.email) == (1000, "ada@example.com")


@pytest.mark.parametrize("expires_in", ["x", "-1"])
def test_faulty_update_is_refused_as_a_submission_is(world: World, expires_in: str) -> None:
    world.submit(caller_id=ADA.e164)
    [lead] = world.leads()

    update = agreed(by_token(world, f"{LEADS}/{lead.id}/lead_update", json={"expires_in": expires_in}))
    submission = agreed(world.submit(caller_id=ADA.e164, expires_in=expires_in))

    assert update | {"submission_id": None} == submission | {"submission_id": None}


def test_update_of_a_lead_that_has_ended_is_ignored(world: World) -> None:
    world.submit(caller_id=ADA.e164)
    by_token(world, f"{LEADS}/{ADA}/caller_remove")
    [lead] = world.leads()

    answer = agreed(by_token(world, f"{LEADS}/{lead.id}/lead_update", json={"color": "red"}))

    assert (answer["outcome"], answer["lead"]) == ("ignored", None)
    assert [warning["code"] for warning in answer["warnings"]] == ["lead_had_ended"]
    assert [lead.tokens for lead in world.leads()] == [{}]


# --- the company's own choice -----------------------------------------------------------------------------------------


def test_blocking_and_unblocking(world: World) -> None:
    world.submit(caller_id=ADA.e164)

    answers = [
        agreed(by_key(world, f"{CONTACTS}/{ADA}/{operation}"))["outcome"]
        for operation in ("caller_block", "caller_block", "caller_unblock", "caller_unblock")
    ]

    assert answers == ["blocked", "unchanged", "unblocked", "unchanged"]
    assert [lead.status for lead in world.leads()] == [LeadStatus.BLOCKED]
    assert world.submit(caller_id=ADA.e164).get_json()["outcome"] == "created"
    assert [event.kind for event in events_of(world)] == [
        EventKind.LEAD_CREATED,
        EventKind.LEAD_BLOCKED,
        EventKind.CONTACT_BLOCKED,
        EventKind.CONTACT_UNBLOCKED,
        EventKind.LEAD_CREATED,
    ]


def test_unblocking_lifts_an_opt_out_only_in_so_many_words(world: World) -> None:
    """The company's mistake is easily mended; the caller's own word is not taken back by the way."""
    by_key(world, f"{LEADS}/{ADA}/caller_opt_out")
    path = f"{CONTACTS}/{ADA}/caller_unblock"

    plain = agreed(by_key(world, path))
    lifted = agreed(by_key(world, path, json={"lift_opt_out": True}))

    assert (plain["outcome"], [warning["code"] for warning in plain["warnings"]]) == ("unchanged", ["still_opted_out"])
    assert (lifted["outcome"], lifted["warnings"]) == ("unblocked", [])
    assert world.submit(caller_id=ADA.e164).get_json()["outcome"] == "created"


@pytest.mark.parametrize("operation", ["caller_block", "caller_unblock"])
def test_company_alone_blocks_and_unblocks(world: World, operation: str) -> None:
    path = f"{CONTACTS}/{ADA}/{operation}"
    reader = world.bearer(world.another_key(Permission.READ))

    by_lead_token = by_token(world, path)
    by_reader = world.post(path, headers=reader)

    assert (by_lead_token.status_code, by_lead_token.get_json()["code"]) == (401, "missing_api_key")
    assert (by_reader.status_code, by_reader.get_json()["code"]) == (403, "permission_denied")
    assert contact_of(world) is None


def test_contacts_may_not_be_asked_from_any_page(world: World) -> None:
    """Only what a lead token does is open to pages of any origin."""
    assert "Access-Control-Allow-Origin" not in by_key(world, f"{CONTACTS}/{ADA}/caller_block").headers
    assert by_token(world, f"{LEADS}/{ADA}/caller_opt_out").headers["Access-Control-Allow-Origin"] == "*"
    assert world.ask("OPTIONS", f"{LEADS}/{ADA}/caller_opt_out").status_code == 204


def test_suppression_list_has_who_opted_out_and_who_is_blocked(world: World) -> None:
    blocked, opted_out, neither = "+12025550141", "+12025550142", "+12025550143"
    world.submit(caller_id=neither)
    by_key(world, f"{CONTACTS}/{blocked}/caller_block")
    by_token(world, f"{LEADS}/{opted_out}/caller_opt_out")
    by_key(a_world(world.store), f"{CONTACTS}/{neither}/caller_block")

    pages = {
        reason: world.get(f"{CONTACTS}/suppression_list", reason=reason).get_json()
        for reason in ("any", "opted_out", "blocked")
    }
    second = world.get(f"{CONTACTS}/suppression_list", page=2, per_page=1).get_json()

    assert {reason: [one["caller_id"] for one in page["contacts"]] for reason, page in pages.items()} == {
        "any": [blocked, opted_out],
        "opted_out": [opted_out],
        "blocked": [blocked],
    }
    assert [one["caller_id"] for one in second["contacts"]] == [opted_out]
    assert second["metadata"] == {"root": "contacts", "total_count": 2, "page": 2, "per_page": 1}
    assert all(ContactPageSchema().validate(page) == {} for page in (*pages.values(), second))


def test_suppression_list_may_be_read_with_read_permission(world: World) -> None:
    path = f"{CONTACTS}/suppression_list"

    by_reader = world.client.get(path, headers=world.bearer(world.another_key(Permission.READ)))
    by_lead_token = world.client.get(path, headers={"X-Lead-Token": world.schedule_token})

    assert (by_reader.status_code, by_lead_token.status_code) == (200, 401)


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"reason": "bored"}, "reason"),
        ({"per_page": "251"}, "per_page"),
        ({"page": "0"}, "page"),
        ({"reson": "any"}, "reson"),
    ],
)
def test_faulty_filter_of_the_suppression_list_is_refused(world: World, query: dict[str, str], field: str) -> None:
    """A misspelt filter would list everybody."""
    answer = world.get(f"{CONTACTS}/suppression_list", **query)

    assert (answer.status_code, list(answer.get_json()["errors"])) == (422, [field])


# --- credentials ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path",
    [
        f"/{ADA}/caller_opt_out",
        f"/{ADA}/caller_remove",
        "/caller_opt_out",
        "/0192f1a0-7c3e-7d59-9d2c-3a54b0c1de9f/lead_update",
    ],
)
def test_without_a_known_credential_nothing_is_done(world: World, path: str) -> None:
    missing = world.post(LEADS + path)
    unknown = world.post(LEADS + path, headers={"X-Lead-Token": UNKNOWN_TOKEN})
    no_key = world.post(LEADS + path, headers={"Authorization": f"Bearer key_{UNKNOWN_TOKEN[3:]}"})
    reader = world.post(LEADS + path, headers=world.bearer(world.another_key(Permission.READ)))

    assert [agreed(answer)["code"] for answer in (missing, unknown, no_key, reader)] == [
        "missing_lead_token",
        "unknown_lead_token",
        "unknown_api_key",
        "permission_denied",
    ]
    assert contact_of(world) is None


def test_lead_token_is_taken_from_everywhere(world: World) -> None:
    token, path = world.schedule_token, f"{LEADS}/{ADA}/caller_opt_out"

    answers = [
        world.post(path, headers={"Authorization": f"Bearer {token}"}),
        world.post(path, query_string={"lead_token": token}),
        world.post(path, data={"lead_token": token}),
        world.post(path, json={"schedule_lead_token": token}),
    ]

    assert [answer.get_json()["outcome"] for answer in answers] == ["opted_out", *["unchanged"] * 3]


def test_revoked_lead_token_does_nothing(world: World) -> None:
    """Other processes may have it in memory still."""
    by_token(world, f"{LEADS}/+12025550199/caller_opt_out")
    world.revoke(world.schedule_token)

    answer = by_token(world, f"{LEADS}/{ADA}/caller_opt_out")

    assert (answer.status_code, answer.get_json()["code"]) == (401, "unknown_lead_token")
    assert contact_of(world) is None


def test_wish_counts_though_two_lead_tokens_came(world: World) -> None:
    headers = {"X-Lead-Token": world.schedule_token}
    body = {"lead_token": world.offer_token}

    heard = world.post(f"{LEADS}/{ADA}/caller_opt_out", json=body, headers=headers)
    refused = world.post(f"{LEADS}/{ADA}/caller_remove", json=body, headers=headers)

    assert heard.get_json()["outcome"] == "opted_out"
    assert (refused.status_code, refused.get_json()["code"]) == (422, "ambiguous_parameter")


def test_lead_token_sees_nothing_that_was_stored_before(world: World) -> None:
    """Else a leaked token, with a number or a lead's id, would read a person's data."""
    world.submit(
        caller_id=ADA.e164, email="ada@example.com", interest="kittens", sub_id="creative-A", traffic_source_id=1000
    )
    [lead] = world.leads()
    paths = {
        f"{LEADS}/{lead.id}/lead_update": True,
        f"{LEADS}/{ADA}/caller_move_to_end_of_schedule": False,
        f"{LEADS}/{lead.id}/lead_remove": True,
        f"{LEADS}/{ADA}/caller_remove": False,
        f"{LEADS}/{lead.id}/lead_opt_out": True,
    }

    for path, hides_number in paths.items():
        answer = by_token(world, path, json={"color": "red"} if path.endswith("lead_update") else {})
        agreed(answer)
        for stored in ("ada@example.com", "kittens", "creative-A", "1000"):
            assert stored not in answer.text, path
        assert (ADA.e164 not in answer.text) is hides_number, path


def test_api_key_sees_the_whole_lead(world: World) -> None:
    world.submit(caller_id=ADA.e164, email="ada@example.com", interest="kittens")
    [lead] = world.leads()

    alone = agreed(by_key(world, f"{LEADS}/{lead.id}/lead_update", json={"color": "red"}))
    beside = agreed(
        world.post(
            f"{LEADS}/{ADA}/caller_remove", headers=world.bearer(), query_string={"lead_token": world.schedule_token}
        )
    )

    for answer in (alone, beside):
        assert answer["lead"]["email"] == "ada@example.com"
        assert answer["lead"]["tokens"] == {"interest": "kittens", "email": "ada@example.com", "color": "red"}


def test_lead_token_with_a_key_of_another_company_is_refused(world: World) -> None:
    stranger = a_world(world.store)

    answer = world.post(
        f"{LEADS}/{ADA}/caller_opt_out",
        headers=world.bearer(stranger.api_key),
        query_string={"lead_token": world.schedule_token},
    )

    assert (answer.status_code, answer.get_json()["code"]) == (401, "unknown_api_key")


def test_password_of_a_gateway_does_not_disturb_a_lead_token(world: World) -> None:
    gateway = b64encode(b"gateway:its own password").decode()

    answer = world.post(
        f"{LEADS}/{ADA}/caller_opt_out",
        headers={"Authorization": f"Basic {gateway}", "X-Lead-Token": world.schedule_token},
    )

    assert answer.get_json()["outcome"] == "opted_out"


def test_both_halves_of_an_api_key_are_taken(world: World) -> None:
    halves = b64encode(f"{world.api_key.public}:{world.api_key.private}".encode()).decode()

    answer = world.post(f"{LEADS}/{ADA}/caller_opt_out", headers={"Authorization": f"Basic {halves}"})

    assert answer.get_json()["outcome"] == "opted_out"


def test_companies_stay_apart(store: Store) -> None:
    """The same number in another company is another contact."""
    mine, theirs = a_world(store), a_world(store)
    theirs.submit(caller_id=ADA.e164)
    [lead] = theirs.leads()

    by_token(mine, f"{LEADS}/{ADA}/caller_opt_out")
    answers = [
        by_key(mine, f"{LEADS}/{lead.id}/lead_remove"),
        by_key(mine, f"{LEADS}/{ADA}/caller_remove"),
        mine.post(f"{LEADS}/{lead.id}/lead_opt_out", headers=mine.bearer()),
    ]

    assert {answer.status_code for answer in answers} == {404}
    assert [one.is_live for one in theirs.leads()] == [True]
    assert theirs.submit(caller_id=ADA.e164).get_json()["outcome"] == "updated"


# --- what is kept -----------------------------------------------------------------------------------------------------


def test_every_operation_is_in_the_ledger(world: World) -> None:
    world.submit(caller_id=ADA.e164)
    [lead] = world.leads()

    done = by_token(world, f"{LEADS}/{ADA}/caller_remove?note={world.schedule_token}", data={"caller_id": "2025550143"})
    refused = by_key(world, f"{LEADS}/{uuid4()}/lead_remove")

    second, first = world.submissions()[:2]
    assert (str(first.receipt.id), str(second.receipt.id)) == (
        done.get_json()["submission_id"],
        refused.get_json()["submission_id"],
    )
    assert (first.receipt.route, first.outcome, first.owner, first.lead_id) == (
        "caller_remove",
        Outcome.REMOVED,
        world.schedule.ref,
        lead.id,
    )
    assert first.receipt.request == {
        "query": [["caller_id", ADA.e164], ["note", "[redacted]"]],
        "body": "form",
        "fields": [["caller_id", "2025550143"]],
        "came_by": "lead_token",
    }
    assert (second.receipt.route, second.outcome, second.code) == ("lead_remove", Outcome.REFUSED, "not_found")
    assert second.receipt.request["came_by"] == "api_key"
    assert world.api_key.private not in str(second.receipt.request)


def test_credential_is_in_no_event(world: World) -> None:
    world.submit(caller_id=ADA.e164)
    by_key(world, f"{LEADS}/{ADA}/caller_opt_out?lead_token={world.schedule_token}")
    by_key(world, f"{CONTACTS}/{ADA}/caller_unblock?lift_opt_out=1")

    events = events_of(world)

    assert [event.details.get("came_by") for event in events] == [None, "lead_token", "lead_token", "api_key"]
    for secret in (world.schedule_token, world.api_key.private, world.api_key.public):
        assert secret not in str(events)


def test_test_of_an_operation_changes_nothing(world: World) -> None:
    world.submit(caller_id=ADA.e164)

    answer = agreed(by_token(world, f"{LEADS}/{ADA}/caller_opt_out?test=1"))

    assert answer["outcome"] == "test"
    assert [lead.is_live for lead in world.leads()] == [True]
    assert world.submissions()[0].outcome is Outcome.TEST


def test_parameters_that_mean_nothing_are_told(world: World) -> None:
    world.submit(caller_id=ADA.e164)

    answer = agreed(
        by_token(world, f"{LEADS}/{ADA}/caller_remove", json={"color": "red", "schedule_id": 2, "_method": "x"})
    )

    assert [(one["code"], one["message"].rpartition(": ")[2]) for one in answer["warnings"]] == [
        ("unused_parameters", "color, schedule_id.")
    ]
    assert answer["outcome"] == "removed"
