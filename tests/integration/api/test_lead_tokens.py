"""Lead tokens that are restricted, rotated, revoked and reviewed, over HTTP and on every store."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from leadintake.domain.credential import Permission
from leadintake.domain.event import EventKind
from leadintake.domain.lead import LeadStatus

from tests.support.apps import LEADS, UNKNOWN_TOKEN, a_world

if TYPE_CHECKING:
    from werkzeug.test import TestResponse

    from tests.support.apps import Store, World

TOKENS = "/api/v1/lead_tokens"
KEYS = "/api/v1/api_keys"
PAGE = "https://shop.example"
ADA, BEN, EVE = "+12025550143", "+12025550144", "+12025550145"
HERE = "203.0.113.7"
OF_THE_ANSWER = ("WWW-Authenticate", "Content-Type", "Access-Control-Allow-Origin", "Cache-Control")


def make(world: World, **fields: Any) -> dict[str, Any]:  # noqa: ANN401 - whatever JSON has
    """Make a lead token of the schedule and return what is answered of it."""
    answer = world.post(TOKENS, json={"schedule_id": world.schedule.id, **fields}, headers=world.bearer())
    assert answer.status_code == 201, answer.get_json()
    made: dict[str, Any] = answer.get_json()["lead_token"]
    return made


def submit(
    world: World,
    token: str,
    *,
    origin: str | None = None,
    ip: str = HERE,
    path: str = LEADS,
    **fields: Any,  # noqa: ANN401 - likewise
) -> TestResponse:
    """Submit Ada's lead from an address, and from a browser page if one is named."""
    headers = {"X-Lead-Token": token} | ({} if origin is None else {"Origin": origin})
    return world.client.post(path, json={"caller_id": ADA, **fields}, headers=headers, environ_base={"REMOTE_ADDR": ip})


def operate(
    world: World,
    operation: str,
    caller: str = ADA,
    *,
    token: str,
    **request: Any,  # noqa: ANN401 - whatever werkzeug takes
) -> TestResponse:
    """Ask for an operation on a caller by lead token."""
    headers = {"X-Lead-Token": token, **request.pop("headers", {})}
    return world.client.post(f"{LEADS}/{caller}/{operation}", headers=headers, **request)


def show(world: World, token_id: str) -> dict[str, Any]:
    """Return what the API shows of a lead token."""
    shown: dict[str, Any] = world.get(f"{TOKENS}/{token_id}").get_json()["lead_token"]
    return shown


def codes(answer: TestResponse) -> tuple[int, str]:
    """Return status and code of a refusal."""
    return answer.status_code, answer.get_json()["code"]


class TestRestrictions:
    def test_token_that_is_restricted_to_networks_works_from_there_only(self, world: World) -> None:
        token = make(world, networks=["203.0.113.0/24", "2001:db8::1"])["lead_token"]

        assert submit(world, token).status_code == 200
        assert submit(world, token, ip="2001:db8::1").status_code == 200
        assert codes(submit(world, token, ip="198.51.100.7")) == (403, "ip_not_allowed")

    def test_token_that_is_restricted_to_origins_works_on_those_pages_only(self, world: World) -> None:
        token = make(world, kind="publishable", origins=[f"{PAGE}:443/"])["lead_token"]

        assert submit(world, token, origin=PAGE).status_code == 200
        for elsewhere in ("https://evil.example", f"{PAGE}.evil.example", "http://shop.example", "null", None):
            assert codes(submit(world, token, origin=elsewhere)) == (403, "origin_not_allowed")

    def test_refusal_is_kept_in_the_ledger_and_enrolls_nobody(self, world: World) -> None:
        token = make(world, networks=["198.51.100.7"])["lead_token"]
        answer = submit(world, token)

        [kept] = world.submissions()
        assert (kept.code, kept.owner, str(kept.receipt.id)) == (
            "ip_not_allowed",
            world.schedule.ref,
            answer.get_json()["submission_id"],
        )
        assert world.leads() == []

    def test_token_of_a_traffic_source_attributes_by_itself(self, world: World) -> None:
        """A publisher who forgets to name themselves is paid all the same, and nobody else is."""
        token = make(world, traffic_source_id=world.source.id)["lead_token"]

        assert submit(world, token).get_json()["lead"]["traffic_source_id"] == world.source.id
        assert submit(world, token, traffic_source_id=world.source.id).status_code == 200
        for other in (world.source.id + 1, "banners"):
            refused = submit(world, token, traffic_source_id=other)
            assert codes(refused) == (403, "permission_denied")
            assert list(refused.get_json()["errors"]) == ["traffic_source_id"]

    def test_wish_is_heard_whatever_source_is_named_with_it(self, world: World) -> None:
        token = make(world, traffic_source_id=world.source.id)["lead_token"]

        assert submit(world, token, traffic_source_id=7, opt_out=True).get_json()["outcome"] == "opted_out"

    @pytest.mark.parametrize(
        "name", ["opt_out", "blocked", "delete_existing", "expire_existing", "update_all_matching_leads"]
    )
    def test_publishable_token_only_submits(self, world: World, name: str) -> None:
        """Everybody who looks at the page has it: they must not be able to opt out whom they like."""
        token = make(world, kind="publishable", origins=[PAGE])["lead_token"]
        submit(world, token, origin=PAGE)

        wish: dict[str, Any] = {name: True}
        refused = submit(world, token, origin=PAGE, **wish)

        assert codes(refused) == (403, "permission_denied")
        assert list(refused.get_json()["errors"]) == [name]
        assert [lead.status for lead in world.leads()] == [LeadStatus.SCHEDULED]

    @pytest.mark.parametrize("operation", ["caller_opt_out", "caller_remove", "caller_move_to_end_of_schedule"])
    def test_publishable_token_operates_on_nobody(self, world: World, operation: str) -> None:
        token = make(world, kind="publishable", origins=[PAGE])["lead_token"]
        submit(world, token, origin=PAGE)

        refused = operate(world, operation, token=token, headers={"Origin": PAGE})

        assert codes(refused) == (403, "permission_denied")
        assert world.submissions()[0].code == "permission_denied"

    @pytest.mark.parametrize("operation", ["lead_opt_out", "lead_remove", "lead_update"])
    def test_restrictions_hold_for_operations_on_leads(self, world: World, operation: str) -> None:
        lead_id = world.submit(caller_id=ADA).get_json()["lead_id"]
        by_network = make(world, networks=["198.51.100.7"])["lead_token"]
        by_origin = make(world, origins=[PAGE])["lead_token"]

        assert codes(operate(world, operation, lead_id, token=by_network)) == (403, "ip_not_allowed")
        assert codes(operate(world, operation, lead_id, token=by_origin)) == (403, "origin_not_allowed")
        assert operate(world, operation, lead_id, token=by_origin, headers={"Origin": PAGE}).status_code == 200

    def test_restrictions_hold_for_what_a_token_may_read(self, world: World) -> None:
        token = make(world, networks=["198.51.100.7"])["lead_token"]
        answer = world.client.get("/api/v1/tokens/fields", headers={"X-Lead-Token": token})

        assert codes(answer) == (403, "ip_not_allowed")

    def test_barred_sender_is_not_told_what_was_answered_elsewhere(self, world: World) -> None:
        """An idempotency key is no way round a restriction."""
        token = make(world, networks=[HERE])["lead_token"]
        request: dict[str, Any] = {
            "json": {"caller_id": ADA},
            "headers": {"X-Lead-Token": token, "Idempotency-Key": "one"},
        }
        first = world.client.post(LEADS, environ_base={"REMOTE_ADDR": HERE}, **request)
        barred = world.client.post(LEADS, environ_base={"REMOTE_ADDR": "198.51.100.7"}, **request)

        assert first.status_code == 200
        assert codes(barred) == (403, "ip_not_allowed")

    def test_trace_names_the_restriction_that_refused(self, world: World) -> None:
        for fields, rule in (
            ({"networks": ["198.51.100.7"]}, "token_networks"),
            ({"origins": [PAGE]}, "token_origins"),
            ({"traffic_source_id": world.source.id}, "token_traffic_source"),
        ):
            token = make(world, **fields)["lead_token"]
            answer = submit(world, token, path=f"{LEADS}?explain=1", traffic_source_id=7)
            refused = [step for step in answer.get_json()["explain"] if step["verdict"] == "refused"]

            assert refused == [{"step": "credential", "rule": rule, "verdict": "refused"}]

    def test_changed_restriction_holds_at_once_in_every_process(self, world: World) -> None:
        """The token is being abused just now, and every process remembers it."""
        made = make(world)
        processes = [world, world.another_process()]
        assert [submit(each, made["lead_token"]).status_code for each in processes] == [200, 200]

        changed = world.client.patch(
            f"{TOKENS}/{made['id']}", json={"networks": ["198.51.100.7"]}, headers=world.bearer()
        )

        assert changed.get_json()["lead_token"]["networks"] == ["198.51.100.7"]
        assert [submit(each, made["lead_token"]).status_code for each in processes] == [403, 403]


class TestEnding:
    def test_dead_tokens_all_look_alike(self, store: Store, world: World) -> None:
        """Whoever tries tokens learns nothing: not even that one of them was good once."""
        expired = make(world, expires_at="2099-01-01T00:00:00Z")
        revoked = make(world)
        remembered = submit(world, expired["lead_token"])
        world.post(f"{TOKENS}/{revoked['id']}/revoke", headers=world.bearer())
        world.clock.advance(timedelta(days=365 * 80))
        foreign = a_world(store).offer_token
        texts = {
            "unknown": UNKNOWN_TOKEN,
            "malformed": "no-token",
            "revoked": revoked["lead_token"],
            "expired": expired["lead_token"],
            # Another company's, under the one name for tokens that it is not.
            "foreign": foreign,
        }
        answers = {
            name: world.client.post(
                LEADS, data={"schedule_lead_token": text, "caller_id": ADA}, headers={"X-Lead-Token": text}
            )
            for name, text in texts.items()
        }
        shapes = {
            (
                answer.status_code,
                tuple((name, answer.headers.get(name)) for name in OF_THE_ANSWER),
                tuple(sorted((key, str(value)) for key, value in answer.get_json().items())),
                tuple(sorted(answer.headers.keys())),
            )
            for answer in answers.values()
        }

        assert remembered.status_code == 200
        assert {name: codes(answer) for name, answer in answers.items()} == dict.fromkeys(
            texts, (401, "unknown_lead_token")
        )
        assert len(shapes) == 1
        # Nor do strangers fill the company's ledger with what it never took.
        assert len(world.submissions()) == 1

    def test_revoked_token_is_dead_at_once_in_every_process(self, world: World) -> None:
        made = make(world)
        processes = [world, world.another_process()]
        assert [submit(each, made["lead_token"]).status_code for each in processes] == [200, 200]

        for _ in range(2):
            revoked = world.post(f"{TOKENS}/{made['id']}/revoke", headers=world.bearer())
            assert revoked.get_json()["lead_token"]["status"] == "revoked"

        assert [codes(submit(each, made["lead_token"])) for each in processes] == [(401, "unknown_lead_token")] * 2
        assert codes(operate(world, "caller_remove", token=made["lead_token"])) == (401, "unknown_lead_token")

    def test_rotated_token_works_beside_its_successor_until_the_grace_is_over(self, world: World) -> None:
        """The publisher's page is changed some time tomorrow: no lead in between is lost."""
        old = make(world, label="Kitten banners", networks=[HERE], daily_cap=7)
        answer = world.post(f"{TOKENS}/{old['id']}/rotate", json={"grace_seconds": 3_600}, headers=world.bearer())
        new = answer.get_json()["lead_token"]

        same = ("label", "kind", "networks", "daily_cap", "schedule_id", "offer_id", "origins")
        assert answer.status_code == 200
        assert {name: new[name] for name in same} == {name: old[name] for name in same}
        assert answer.get_json()["replaces"]["successor_id"] == new["id"]
        assert "lead_token" not in answer.get_json()["replaces"]
        assert [submit(world, token["lead_token"]).status_code for token in (old, new)] == [200, 200]
        assert (show(world, old["id"])["status"], show(world, new["id"])["status"]) == ("ending", "active")

        world.clock.advance(timedelta(seconds=3_600))

        assert codes(submit(world, old["lead_token"])) == (401, "unknown_lead_token")
        assert codes(operate(world, "caller_opt_out", token=old["lead_token"])) == (401, "unknown_lead_token")
        assert submit(world, new["lead_token"]).status_code == 200
        assert show(world, old["id"])["status"] == "expired"

    def test_rotation_without_grace_ends_the_old_one_at_once(self, world: World) -> None:
        old = make(world)
        world.post(f"{TOKENS}/{old['id']}/rotate", json={"grace_seconds": 0}, headers=world.bearer())

        assert codes(submit(world, old["lead_token"])) == (401, "unknown_lead_token")
        assert show(world, old["id"])["status"] == "revoked"

    def test_token_is_rotated_once(self, world: World) -> None:
        """A click that was repeated must not leave a token about that nobody knows of."""
        old = make(world)
        rotate = f"{TOKENS}/{old['id']}/rotate"
        assert world.post(rotate, json={}, headers=world.bearer()).status_code == 200

        assert codes(world.post(rotate, json={}, headers=world.bearer())) == (422, "lead_token_ended")
        assert len(world.get(TOKENS, schedule_id=world.schedule.id).get_json()["lead_tokens"]) == 3

    def test_batch_judges_an_expired_token_by_the_time_of_the_request(self, world: World) -> None:
        """It expired between being identified and the transaction: the directory's copy still has it."""
        made = make(world, expires_at=(world.clock() + timedelta(seconds=1)).isoformat())
        sender = world.services.identify_lead_token(made["lead_token"], kind=None)
        assert submit(world, made["lead_token"]).status_code == 200
        world.clock.advance(timedelta(seconds=1))

        with world.store.reading(world.company.id) as uow:
            directory = uow.directory.current()
        assert sender.lead_token.id in directory.lead_tokens
        assert directory.grant(sender.lead_token.id, at=world.clock()) is None

    def test_ended_token_is_neither_changed_nor_revealed(self, world: World) -> None:
        made = make(world)
        one = f"{TOKENS}/{made['id']}"
        world.post(f"{one}/revoke", headers=world.bearer())

        for answer in (
            world.client.patch(one, json={"label": "x"}, headers=world.bearer()),
            world.post(f"{one}/rotate", json={}, headers=world.bearer()),
            world.post(f"{one}/reveal", headers=world.bearer()),
        ):
            assert codes(answer) == (422, "lead_token_ended")


class TestLookingAfter:
    def test_text_is_shown_when_made_and_to_an_administrator_who_asks(self, world: World) -> None:
        made = make(world, label="Kitten banners")
        reveal = f"{TOKENS}/{made['id']}/reveal"

        assert world.post(reveal, headers=world.bearer()).get_json()["lead_token"]["lead_token"] == made["lead_token"]
        for answer in (world.get(TOKENS), world.get(f"{TOKENS}/{made['id']}")):
            assert "lt_" not in answer.get_data(as_text=True)
        writer = world.bearer(world.another_key(Permission.WRITE))
        assert codes(world.post(reveal, headers=writer)) == (403, "permission_denied")

    def test_list_is_filtered_by_owner_and_status(self, world: World) -> None:
        revoked = make(world)
        world.post(f"{TOKENS}/{revoked['id']}/revoke", headers=world.bearer())
        of_offer = world.post(TOKENS, json={"offer_id": world.offer.id}, headers=world.bearer()).get_json()

        def ids(**query: str | int) -> list[str]:
            return [each["id"] for each in world.get(TOKENS, **query).get_json()["lead_tokens"]]

        assert len(ids()) == 4
        assert ids(status="revoked") == [revoked["id"]]
        assert ids(offer_id=world.offer.id)[-1] == of_offer["lead_token"]["id"]
        assert ids(schedule_id=world.schedule.id, status="active") == ids(schedule_id=world.schedule.id)[:1]
        assert world.get(TOKENS, schedule_id=1, offer_id=1).status_code == 422

    @pytest.mark.parametrize(
        ("fields", "at_fault"),
        [
            ({"kind": "publishable"}, "origins"),
            ({"traffic_source_id": 7}, "traffic_source_id"),
            ({"networks": ["203.0.113.7/24"]}, "networks.0"),
            ({"origins": ["https://shop.example/page"]}, "origins.0"),
            ({"expires_at": "2001-01-01T00:00:00Z"}, "expires_at"),
            ({"schedule_id": 99}, "schedule_id"),
            ({"offer_id": 1}, "schedule_id"),
            ({"kind": "public"}, "kind"),
            ({"daily_cap": 0}, "daily_cap"),
        ],
    )
    def test_what_could_not_work_is_refused(self, world: World, fields: dict[str, Any], at_fault: str) -> None:
        answer = world.post(TOKENS, json={"schedule_id": world.schedule.id, **fields}, headers=world.bearer())

        assert (answer.status_code, list(answer.get_json()["errors"])) == (422, [at_fault])

    def test_publishable_token_keeps_an_origin(self, world: World) -> None:
        made = make(world, kind="publishable", origins=[PAGE])
        answer = world.client.patch(f"{TOKENS}/{made['id']}", json={"origins": []}, headers=world.bearer())

        assert (answer.status_code, list(answer.get_json()["errors"])) == (422, ["origins"])

    def test_what_is_left_out_of_a_change_stays(self, world: World) -> None:
        made = make(world, label="Kitten banners", networks=[HERE], daily_cap=7)
        changed = world.client.patch(f"{TOKENS}/{made['id']}", json={"daily_cap": None}, headers=world.bearer())

        expected = {name: value for name, value in made.items() if name != "lead_token"} | {"daily_cap": None}
        assert changed.get_json()["lead_token"] == expected

    @pytest.mark.parametrize(
        "action", ["", "/rotate", "/revoke", "/reveal", "/leads", "/leads/remove", "/undo_opt_outs"]
    )
    def test_foreign_and_absent_tokens_look_the_same(self, store: Store, world: World, action: str) -> None:
        other = a_world(store)
        theirs = make(other)
        method = "GET" if action in {"", "/leads"} else "POST"
        query = {"since": "2020-01-01T00:00:00Z"}
        bodies = [
            world.client.open(
                f"{TOKENS}/{token_id}{action}",
                method=method,
                query_string=query if action == "/leads" else None,
                json=(query if "leads" in action or "undo" in action else {}) if method == "POST" else None,
                headers=world.bearer(),
            )
            for token_id in (theirs["id"], uuid4())
        ]

        assert [codes(answer) for answer in bodies] == [(404, "not_found")] * 2
        assert bodies[0].get_json() == bodies[1].get_json()
        assert submit(other, theirs["lead_token"]).status_code == 200


class TestSightings:
    def test_last_use_is_shown_once_it_is_written_down(self, world: World) -> None:
        made = make(world)
        assert show(world, made["id"])["last_used_at"] is None
        submit(world, made["lead_token"])

        assert world.services.write_down_sightings() > 0
        assert show(world, made["id"])["last_used_at"] is not None
        [key] = world.get(KEYS).get_json()["api_keys"]
        assert key["last_used_at"] is not None

    def test_refused_lead_is_a_use_too(self, world: World) -> None:
        made = make(world, networks=["198.51.100.7"])
        submit(world, made["lead_token"])
        world.services.write_down_sightings()

        assert show(world, made["id"])["last_used_at"] is not None

    def test_secret_token_on_a_page_is_answered_and_raises_one_alarm_a_day(self, world: World) -> None:
        """Most public clients are browser pages: their leads are taken, and somebody is told."""
        made = make(world)
        for _ in range(3):
            assert submit(world, made["lead_token"], origin=PAGE).status_code == 200
        for _ in range(2):
            world.services.write_down_sightings()
            world.another_process().services.write_down_sightings()
        world.clock.advance(timedelta(minutes=2))
        submit(world.another_process(), made["lead_token"], origin="https://evil.example")
        world.services.write_down_sightings()

        [alarm] = show(world, made["id"])["alarms"]
        assert (alarm["kind"], alarm["origin"], alarm["day"]) == ("leaked", PAGE, world.clock().date().isoformat())
        assert "lt_" not in str(alarm)
        with world.store.reading(world.company.id) as uow:
            facts = uow.events.of_contacts_since(EventKind.LEAD_TOKEN_LEAKED, world.clock() - timedelta(days=1))
        assert [(fact.caller, fact.details["lead_token_id"]) for fact in facts] == [(None, made["id"])]

        world.clock.advance(timedelta(days=1))
        submit(world, made["lead_token"], origin=PAGE)
        world.services.write_down_sightings()
        assert len(show(world, made["id"])["alarms"]) == 2

    def test_neither_a_server_nor_a_publishable_token_raises_an_alarm(self, world: World) -> None:
        secret, public = make(world), make(world, kind="publishable", origins=[PAGE])
        submit(world, secret["lead_token"])
        submit(world, public["lead_token"], origin=PAGE)
        world.services.write_down_sightings()

        assert [show(world, each["id"])["alarms"] for each in (secret, public)] == [[], []]


class TestBudget:
    def test_token_over_its_budget_removes_nobody_and_opts_out_whoever_wishes(self, world: World) -> None:
        """A leaked token must not undo a company unseen; a caller's wish waits for no budget."""
        made = make(world, operations_per_day=1)
        token = made["lead_token"]
        for caller in (ADA, BEN, EVE):
            submit(world, token, caller_id=caller)

        assert operate(world, "caller_remove", ADA, token=token).get_json()["outcome"] == "removed"
        refused = operate(world, "caller_remove", BEN, token=token)
        assert codes(refused) == (429, "rate_limited")
        assert int(refused.headers["Retry-After"]) > 0
        assert codes(submit(world, token, caller_id=BEN, blocked=True)) == (429, "rate_limited")
        assert codes(submit(world, token, caller_id=BEN, delete_existing=True)) == (429, "rate_limited")
        assert codes(operate(world, "caller_move_to_end_of_schedule", BEN, token=token)) == (429, "rate_limited")
        assert operate(world, "caller_opt_out", BEN, token=token).get_json()["outcome"] == "opted_out"
        assert submit(world, token, caller_id=EVE, opt_out=True).get_json()["outcome"] == "opted_out"

        [alarm] = show(world, made["id"])["alarms"]
        assert alarm["kind"] == "operations_exhausted"
        with world.store.reading(world.company.id) as uow:
            long_ago = world.clock() - timedelta(days=1)
            opted_out = uow.events.of_contacts_since(EventKind.CONTACT_OPTED_OUT, long_ago)
            told = uow.events.of_contacts_since(EventKind.LEAD_TOKEN_OPERATIONS_EXHAUSTED, long_ago)
        assert [fact.details["for_review"] for fact in opted_out] == [True, True]
        assert len(told) == 1

    def test_budget_is_for_a_day(self, world: World) -> None:
        token = make(world, operations_per_day=1)["lead_token"]
        submit(world, token)
        operate(world, "caller_remove", token=token)
        assert operate(world, "caller_remove", token=token).status_code == 429

        world.clock.advance(timedelta(days=1))
        assert operate(world, "caller_remove", token=token).status_code == 200

    def test_api_key_and_plain_leads_spend_nothing(self, world: World) -> None:
        token = make(world, operations_per_day=0)["lead_token"]

        assert [submit(world, token).status_code for _ in range(3)] == [200] * 3
        assert world.post(f"{LEADS}/{ADA}/caller_remove", headers=world.bearer()).status_code == 200
        assert operate(world, "caller_remove", token=token, json={"test": True}).status_code == 200

    def test_trace_names_the_budget(self, world: World) -> None:
        token = make(world, operations_per_day=0)["lead_token"]
        answer = submit(world, token, path=f"{LEADS}?explain=1", delete_existing=True)

        assert [step["rule"] for step in answer.get_json()["explain"] if step["verdict"] == "refused"] == [
            "token_operations"
        ]

    def test_what_a_leaked_token_opted_out_is_lifted_together(self, world: World) -> None:
        """And nothing else: what callers said by another way is their own wish."""
        made = make(world)
        token = made["lead_token"]
        operate(world, "caller_opt_out", "+12025550100", token=token)
        world.clock.advance(timedelta(hours=1))
        since = world.clock().isoformat()
        for caller in (ADA, BEN):
            operate(world, "caller_opt_out", caller, token=token)
        submit(world, token, caller_id=EVE, blocked=True)
        operate(world, "caller_opt_out", "+12025550101", token=world.schedule_token)
        # Ben's was lifted, and he said it again himself.
        world.post(f"/api/v1/contacts/{BEN}/caller_unblock", json={"lift_opt_out": True}, headers=world.bearer())
        world.clock.advance(timedelta(minutes=1))
        world.post(f"{LEADS}/{BEN}/caller_opt_out", headers=world.bearer())

        undo = f"{TOKENS}/{made['id']}/undo_opt_outs"
        rehearsed = world.post(undo, json={"since": since, "dry_run": True}, headers=world.bearer()).get_json()
        done = world.post(undo, json={"since": since}, headers=world.bearer()).get_json()
        again = world.post(undo, json={"since": since}, headers=world.bearer()).get_json()

        assert rehearsed == {"lifted": 2, "unchanged": 1, "dry_run": True}
        assert done == {"lifted": 2, "unchanged": 1, "dry_run": False}
        assert again == {"lifted": 0, "unchanged": 3, "dry_run": False}
        assert {caller: submit(world, token, caller_id=caller).status_code for caller in (ADA, BEN, EVE)} == {
            ADA: 200,
            BEN: 422,
            EVE: 200,
        }
        for still in ("+12025550100", "+12025550101"):
            assert codes(submit(world, token, caller_id=still)) == (422, "caller_opted_out")


class TestLeadsSince:
    def test_leads_of_a_token_are_listed_from_a_moment_on(self, world: World) -> None:
        made = make(world)
        submit(world, made["lead_token"], caller_id="+12025550100")
        world.submit(caller_id=BEN)
        world.clock.advance(timedelta(hours=1))
        since = world.clock().isoformat()
        for caller in (ADA, BEN):
            submit(world, made["lead_token"], caller_id=caller)
        submit(world, made["lead_token"], caller_id="12")
        world.submit(caller_id=EVE)

        answer = world.get(f"{TOKENS}/{made['id']}/leads", since=since).get_json()
        assert [(lead["caller_id"], lead["outcome"]) for lead in answer["leads"]] == [
            (BEN, "updated"),
            (ADA, "created"),
        ]
        assert answer["metadata"]["next_cursor"] is None

    def test_pages_follow_one_another(self, world: World) -> None:
        made = make(world)
        callers = [f"+1202555010{digit}" for digit in range(5)]
        for caller in callers:
            submit(world, made["lead_token"], caller_id=caller)
        seen: list[str] = []
        query: dict[str, str | int] = {"since": "2020-01-01T00:00:00Z", "per_page": 2}
        while True:
            page = world.get(f"{TOKENS}/{made['id']}/leads", **query).get_json()
            seen += [lead["caller_id"] for lead in page["leads"]]
            if page["metadata"]["next_cursor"] is None:
                break
            query["cursor"] = page["metadata"]["next_cursor"]

        assert seen == callers[::-1]

    def test_what_began_by_the_token_is_removed_together(self, world: World) -> None:
        """What was there before is not the leak's: it stays."""
        made = make(world)
        world.submit(caller_id=BEN)
        for caller in (ADA, BEN, EVE):
            submit(world, made["lead_token"], caller_id=caller)
        remove = f"{TOKENS}/{made['id']}/leads/remove"
        since = "2020-01-01T00:00:00Z"

        rehearsed = world.post(remove, json={"since": since, "dry_run": True}, headers=world.bearer()).get_json()
        assert {lead.status for lead in world.leads()} == {LeadStatus.SCHEDULED}
        done = world.post(remove, json={"since": since}, headers=world.bearer()).get_json()
        again = world.post(remove, json={"since": since}, headers=world.bearer()).get_json()

        assert rehearsed == {"removed": 2, "unchanged": 0, "dry_run": True, "has_more": False}
        assert done == {"removed": 2, "unchanged": 0, "dry_run": False, "has_more": False}
        assert again["removed"] == 0
        assert {lead.caller.e164: lead.status for lead in world.leads()} == {
            ADA: LeadStatus.REMOVED,
            BEN: LeadStatus.SCHEDULED,
            EVE: LeadStatus.REMOVED,
        }
        assert [each.receipt.route for each in world.submissions()[:2]] == ["lead_remove"] * 2


class TestApiKeys:
    def test_private_half_is_shown_once(self, world: World) -> None:
        made = world.post(KEYS, json={"permissions": ["read"], "label": "The dialer"}, headers=world.bearer())
        key = made.get_json()["api_key"]
        bearer = {"Authorization": f"Bearer {key['private']}"}

        assert made.status_code == 201
        assert world.client.get(LEADS, headers=bearer).status_code == 200
        for path in (KEYS, f"{KEYS}/{key['id']}"):
            shown = world.get(path)
            assert shown.status_code == 200
            assert "key_" not in shown.get_data(as_text=True).replace("api_key", "")

    def test_revoked_key_is_dead_at_once(self, world: World) -> None:
        key = world.post(KEYS, json={"permissions": ["read"]}, headers=world.bearer()).get_json()["api_key"]
        bearer = {"Authorization": f"Bearer {key['private']}"}
        assert world.client.get(LEADS, headers=bearer).status_code == 200

        for _ in range(2):
            revoked = world.post(f"{KEYS}/{key['id']}/revoke", headers=world.bearer())
            assert revoked.get_json()["api_key"]["revoked_at"] is not None

        assert codes(world.client.get(LEADS, headers=bearer)) == (401, "unknown_api_key")

    @pytest.mark.parametrize("permission", [Permission.READ, Permission.WRITE])
    def test_only_an_administrator_looks_after_keys(self, world: World, permission: Permission) -> None:
        """Who may make keys may make one that may do everything."""
        bearer = world.bearer(world.another_key(permission))

        assert codes(world.client.get(KEYS, headers=bearer)) == (403, "permission_denied")
        assert codes(world.post(KEYS, json={"permissions": ["admin"]}, headers=bearer)) == (403, "permission_denied")

    def test_foreign_and_absent_keys_look_the_same(self, store: Store, world: World) -> None:
        other = a_world(store)
        [theirs] = other.get(KEYS).get_json()["api_keys"]

        for action, method in (("", "GET"), ("/revoke", "POST")):
            answers = [
                world.client.open(f"{KEYS}/{key_id}{action}", method=method, headers=world.bearer())
                for key_id in (theirs["id"], uuid4())
            ]
            assert [codes(answer) for answer in answers] == [(404, "not_found")] * 2
            assert answers[0].get_json() == answers[1].get_json()
