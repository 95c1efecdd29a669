"""Limits over HTTP: of failed credentials, of requests, and of new leads a day."""

from __future__ import annotations

from datetime import timedelta
from ipaddress import ip_network
from typing import TYPE_CHECKING, Any

import pytest

from leadintake.bootstrap import Limiting
from leadintake.domain.submission import Outcome
from leadintake.domain.token_rules import TokenRules
from leadintake.domain.use_cases.count_request import RequestLimits

from tests.support.apps import LEADS, UNKNOWN_TOKEN, a_world

if TYPE_CHECKING:
    from collections.abc import Callable

    from werkzeug.test import TestResponse

    from tests.support.apps import Store, World

FAILURES = 60
# Of exchange 555, one for each place in a test.
CALLERS = [f"+12025550{number}" for number in range(100, 200)]
ELSEWHERE = {"REMOTE_ADDR": "198.51.100.7"}
MINUTE = timedelta(minutes=1)


def outcomes(responses: list[TestResponse]) -> list[str]:
    """Return the outcome or the code of each answer."""
    return [response.json["outcome" if response.status_code == 200 else "code"] for response in responses]  # type: ignore[index]


def fail(world: World, times: int = FAILURES, **request: Any) -> list[int]:  # noqa: ANN401 - as werkzeug takes it
    """Try so many unknown lead tokens and return the statuses."""
    asked = {"headers": {"X-Lead-Token": UNKNOWN_TOKEN}, "query_string": {"caller_id": CALLERS[0]}} | request
    return [world.post(**asked).status_code for _ in range(times)]


class TestFailedCredentials:
    def test_address_that_fails_too_often_is_put_off_until_the_minute_is_over(self, world: World) -> None:
        statuses = fail(world)
        refused = world.submit(UNKNOWN_TOKEN, caller_id=CALLERS[0])
        world.clock.advance(MINUTE)

        assert statuses == [401] * FAILURES
        assert (refused.status_code, refused.json["code"]) == (429, "rate_limited")  # type: ignore[index]
        assert refused.headers["Retry-After"] == "60"
        assert refused.headers["RateLimit-Policy"] == '"failed-credentials";q=60;w=60'
        assert refused.headers["RateLimit"] == '"failed-credentials";r=0;t=60'
        assert fail(world, 1) == [401]

    def test_credential_is_not_even_looked_up_then(self, world: World) -> None:
        """Whoever guesses learns nothing more, and costs the database nothing more."""
        fail(world)

        assert world.submit(caller_id=CALLERS[0]).status_code == 429
        assert world.get().status_code == 429
        assert world.leads() == []

    def test_those_behind_the_same_address_who_were_known_go_on(self, world: World) -> None:
        """An office has one address: a form with a mistyped token must not stop its neighbours."""
        world.submit(caller_id=CALLERS[0])
        world.get()
        fail(world)

        assert world.submit(caller_id=CALLERS[1]).status_code == 200
        assert world.get().status_code == 200
        assert world.submit(world.offer_token, caller_id=CALLERS[1]).status_code == 429

    def test_other_addresses_go_on(self, world: World) -> None:
        fail(world)

        elsewhere = world.post(
            headers={"X-Lead-Token": world.schedule_token}, json={"caller_id": CALLERS[0]}, environ_base=ELSEWHERE
        )

        assert elsewhere.status_code == 200

    @pytest.mark.parametrize(
        "ask",
        [
            lambda world: world.get(),
            lambda world: world.client.get("/api/v1/schedules", auth=("pub_x", "key_x")),
            lambda world: world.post(f"{LEADS}/capture", headers=world.bearer(), json={"caller_id": CALLERS[0]}),
            lambda world: world.post(f"{LEADS}/caller_remove", json={"lead_token": UNKNOWN_TOKEN}),
            lambda world: world.client.get("/api/v1/tokens/fields", query_string={"lead_token": UNKNOWN_TOKEN}),
            lambda world: world.post(f"/api/v1/contacts/{CALLERS[0]}/caller_block", headers=world.bearer()),
        ],
        ids=["leads", "company", "capture", "operation", "tokens", "contacts"],
    )
    def test_budget_is_one_over_all_routes(self, world: World, ask: Callable[[World], TestResponse]) -> None:
        fail(world)

        assert ask(world).status_code == 429

    def test_lead_tokens_and_api_keys_count_alike(self, world: World) -> None:
        for _ in range(FAILURES // 2):
            world.client.get(LEADS, headers={"Authorization": "Bearer key_guessed"})
            world.client.get("/api/v1/tokens/fields", query_string={"lead_token": UNKNOWN_TOKEN})

        assert fail(world, 1) == [429]

    def test_ipv6_client_cannot_go_on_from_another_address_of_its_network(self, world: World) -> None:
        statuses = [
            fail(world, 1, environ_base={"REMOTE_ADDR": f"2001:db8::{number:x}"})[0] for number in range(FAILURES + 1)
        ]

        assert statuses == [401] * FAILURES + [429]
        assert fail(world, 1, environ_base={"REMOTE_ADDR": "2001:db8:0:1::1"}) == [401]

    def test_client_behind_a_proxy_is_the_one_that_is_counted(self, store: Store) -> None:
        """Else the first who guesses would put everybody off who comes by the same proxy."""
        world = a_world(store, trusted_proxies=(ip_network("127.0.0.1"),))
        for _ in range(FAILURES):
            fail(world, 1, headers={"X-Lead-Token": UNKNOWN_TOKEN, "X-Forwarded-For": "203.0.113.9"})

        ours = {"X-Lead-Token": world.schedule_token, "X-Forwarded-For": "203.0.113.10"}
        theirs = ours | {"X-Forwarded-For": "203.0.113.9"}
        assert world.post(headers=theirs, json={"caller_id": CALLERS[0]}).status_code == 429
        assert world.post(headers=ours, json={"caller_id": CALLERS[0]}).status_code == 200

    def test_budget_is_the_installations_own(self, store: Store) -> None:
        assert fail(a_world(store, limiting=Limiting(failures_per_minute=2)), 3) == [401, 401, 429]

    def test_revoked_token_is_no_longer_known(self, world: World) -> None:
        token = world.another_token(world.schedule.ref)
        world.submit(token, caller_id=CALLERS[0])
        world.revoke(token)
        # Another process has not remembered for seconds whose token it was.
        other = world.another_process()
        fail(other)

        assert other.submit(token, caller_id=CALLERS[1]).status_code == 429


class TestRates:
    def test_token_is_held_to_its_rate_and_told_how_it_stands(self, world: World) -> None:
        token = world.another_token(world.schedule.ref, rules=TokenRules(rate_per_minute=2))

        first, second, third = (world.submit(token, caller_id=caller) for caller in CALLERS[:3])

        assert [answer.status_code for answer in (first, second, third)] == [200, 200, 429]
        assert {answer.headers["RateLimit-Policy"] for answer in (first, second, third)} == {'"lead-token";q=2;w=60'}
        assert first.headers["RateLimit"] == '"lead-token";r=1;t=60'
        assert third.headers["RateLimit"] == '"lead-token";r=0;t=60'
        assert third.headers["Retry-After"] == "60"
        assert "RateLimit" in third.headers["Access-Control-Expose-Headers"]
        assert third.json is not None
        assert (third.json["code"], third.json["submission_id"]) == ("rate_limited", None)
        assert len(world.leads()) == 2

    def test_rate_comes_back_as_time_passes(self, world: World) -> None:
        token = world.another_token(world.schedule.ref, rules=TokenRules(rate_per_minute=1))
        world.submit(token, caller_id=CALLERS[0])
        world.clock.advance(MINUTE)

        assert world.submit(token, caller_id=CALLERS[1]).status_code == 200

    def test_other_tokens_of_the_owner_go_on_and_are_told_nothing(self, world: World) -> None:
        token = world.another_token(world.schedule.ref, rules=TokenRules(rate_per_minute=0))
        world.submit(token, caller_id=CALLERS[0])

        answer = world.submit(caller_id=CALLERS[0])

        assert answer.status_code == 200
        assert not {"RateLimit", "RateLimit-Policy"} & set(answer.headers.keys())

    def test_operations_and_look_ups_count_too(self, world: World) -> None:
        token = world.another_token(world.schedule.ref, rules=TokenRules(rate_per_minute=2))
        asked = {"lead_token": token, "caller_id": CALLERS[0]}

        answers = [
            world.client.get("/api/v1/tokens/fields", query_string={"lead_token": token}),
            world.post(f"{LEADS}/caller_remove", json=asked),
            world.post(f"{LEADS}/caller_remove", json=asked),
        ]

        assert [answer.status_code for answer in answers] == [200, 404, 429]
        assert answers[0].headers["RateLimit"] == '"lead-token";r=1;t=60'

    def test_wish_to_be_left_alone_is_always_heard(self, store: Store) -> None:
        """A limit on requests must not keep anybody on the list who wants to be off it."""
        world = a_world(store, limiting=Limiting(requests=RequestLimits(per_address=1, per_company=1)))
        token = world.another_token(world.schedule.ref, rules=TokenRules(rate_per_minute=0))
        asked = {"lead_token": token, "caller_id": CALLERS[0]}

        answers = [
            world.post(f"{LEADS}/caller_opt_out", json=asked),
            world.submit(token, caller_id=CALLERS[1], opt_out=True),
            world.post(f"{LEADS}/{CALLERS[2]}/caller_opt_out", headers=world.bearer()),
        ]

        assert outcomes(answers) == ["opted_out"] * 3

    def test_address_is_held_to_its_rate_by_whatever_credential(self, store: Store) -> None:
        world = a_world(store, limiting=Limiting(requests=RequestLimits(per_address=2)))

        answers = [world.submit(caller_id=CALLERS[0]), world.get(), world.submit(caller_id=CALLERS[1])]
        elsewhere = world.client.get(LEADS, headers=world.bearer(), environ_base=ELSEWHERE)

        assert [answer.status_code for answer in answers] == [200, 200, 429]
        assert answers[1].headers["RateLimit"] == '"address";r=0;t=60'
        assert elsewhere.status_code == 200

    def test_company_is_held_to_its_rate_and_no_other(self, store: Store) -> None:
        world = a_world(store, limiting=Limiting(requests=RequestLimits(per_company=2)))
        other = a_world(store)
        token = world.another_token(world.schedule.ref, rules=TokenRules(rate_per_minute=9))

        answers = [world.submit(token, caller_id=CALLERS[number]) for number in range(3)]
        elsewhere = world.client.post(
            LEADS, json={"caller_id": CALLERS[0]}, headers={"X-Lead-Token": other.schedule_token}
        )

        assert [answer.status_code for answer in answers] == [200, 200, 429]
        assert answers[1].headers["RateLimit-Policy"] == '"lead-token";q=9;w=60, "company";q=2;w=60'
        assert answers[2].headers["RateLimit"] == '"lead-token";r=7;t=60, "company";r=0;t=60'
        assert elsewhere.status_code == 200

    def test_api_key_beside_a_lead_token_is_one_request(self, store: Store) -> None:
        world = a_world(store, limiting=Limiting(requests=RequestLimits(per_company=1)))

        answer = world.post(
            headers={"X-Lead-Token": world.schedule_token} | world.bearer(), json={"caller_id": CALLERS[0]}
        )

        assert answer.status_code == 200


class TestDailyCaps:
    def capped(self, world: World, most: int) -> str:
        return world.another_token(world.schedule.ref, rules=TokenRules(daily_cap=most))

    def test_lead_over_the_cap_is_put_off_to_the_companys_next_day(self, world: World) -> None:
        token = self.capped(world, 3)

        answers = [world.submit(token, caller_id=caller) for caller in CALLERS[:5]]

        assert outcomes(answers) == ["created"] * 3 + ["daily_cap_reached"] * 2
        assert (answers[3].status_code, answers[3].headers["Retry-After"]) == (429, str(17 * 3600))
        assert answers[3].headers["RateLimit-Policy"] == '"daily-cap";q=3'
        assert answers[3].headers["RateLimit"] == f'"daily-cap";r=0;t={17 * 3600}'
        world.clock.advance(timedelta(seconds=17 * 3600 - 1))
        assert outcomes([world.submit(token, caller_id=CALLERS[3])]) == ["daily_cap_reached"]
        world.clock.advance(timedelta(seconds=1))
        assert outcomes([world.submit(token, caller_id=CALLERS[3])]) == ["created"]

    def test_refusal_by_a_cap_is_in_the_ledger(self, world: World) -> None:
        answer = world.submit(self.capped(world, 0), caller_id=CALLERS[0])

        [submission] = world.submissions()
        assert answer.json is not None
        assert answer.json["submission_id"] == str(submission.receipt.id)
        assert (submission.outcome, submission.code) == (Outcome.REFUSED, "daily_cap_reached")

    def test_only_new_leads_count(self, world: World) -> None:
        """A sender that repeats itself, or sends what is refused, has its places left for leads."""
        token = self.capped(world, 2)

        answers = [
            world.submit(token, caller_id=CALLERS[0]),
            world.submit(token, caller_id=CALLERS[0]),
            world.submit(token, caller_id="12"),
            world.submit(token, caller_id=CALLERS[1], test=True),
            world.submit(token, caller_id=CALLERS[1], update_only=True),
            world.submit(token, caller_id=CALLERS[2], opt_out=True),
            world.submit(token, caller_id=CALLERS[1]),
            world.submit(token, caller_id=CALLERS[3]),
        ]

        assert outcomes(answers) == [
            "created",
            "updated",
            "invalid_caller_id",
            "test",
            "ignored",
            "opted_out",
            "created",
            "daily_cap_reached",
        ]

    def test_what_begins_nothing_goes_on_over_the_cap(self, world: World) -> None:
        """A retry whose first answer was lost must not hear that its lead was refused."""
        token = self.capped(world, 1)
        keyed = {"X-Lead-Token": token, "Idempotency-Key": "order-4711"}
        first = world.post(headers=keyed, json={"caller_id": CALLERS[0]})

        again = world.post(headers=keyed, json={"caller_id": CALLERS[0]})
        answers = [
            world.submit(token, caller_id=CALLERS[0], interest="kittens"),
            world.submit(token, caller_id=CALLERS[1], opt_out=True),
            world.submit(token, caller_id=CALLERS[2], test=True),
        ]

        assert (again.data, again.headers["Idempotent-Replayed"]) == (first.data, "true")
        assert outcomes(answers) == ["updated", "opted_out", "daily_cap_reached"]

    def test_explanation_names_the_cap(self, world: World) -> None:
        token = self.capped(world, 1)
        headers = {"X-Lead-Token": token}

        traces = [
            world.post(f"{LEADS}?explain=1", headers=headers, json={"caller_id": caller}).json["explain"]  # type: ignore[index]
            for caller in CALLERS[:2]
        ]

        assert [step["verdict"] for trace in traces for step in trace if step["rule"] == "daily_cap"] == [
            "passed",
            "refused",
        ]

    def test_processes_share_the_cap(self, world: World) -> None:
        token, other = self.capped(world, 20), world.another_process()

        answers = [(world, other)[place % 2].submit(token, caller_id=caller) for place, caller in enumerate(CALLERS)]

        assert outcomes(answers).count("created") == 20
        assert len(world.leads()) == 20

    def test_process_that_ends_leaves_its_places_to_the_others(self, world: World) -> None:
        token, other = self.capped(world, 50), world.another_process()
        world.submit(token, caller_id=CALLERS[0])

        world.services.close()

        assert outcomes([other.submit(token, caller_id=each) for each in CALLERS[1:60]]).count("created") == 49


def test_switched_off_nothing_is_limited(store: Store) -> None:
    """Load tests come from one address, by one token, all day long."""
    world = a_world(store, limiting=Limiting(is_on=False, failures_per_minute=1, requests=RequestLimits(per_address=1)))
    token = world.another_token(world.schedule.ref, rules=TokenRules(rate_per_minute=1, daily_cap=1))

    assert fail(world, 3) == [401] * 3
    assert outcomes([world.submit(token, caller_id=caller) for caller in CALLERS[:3]]) == ["created"] * 3
