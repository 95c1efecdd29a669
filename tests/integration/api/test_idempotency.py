"""The same request once more: its first answer again, to the letter, on every store."""

from __future__ import annotations

import json
from collections import ChainMap, Counter
from dataclasses import fields, replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select

from leadintake.adapters.memory.store import MemoryStore
from leadintake.adapters.sql.tables import metadata
from leadintake.domain.errors import IdempotencyKeyReused
from leadintake.domain.event import EventKind
from leadintake.domain.owner_rules import OwnerRules
from leadintake.entrypoints.api.intake.reading import read_submission

from tests.integration.api.test_simultaneous import at_once
from tests.support.apps import LEADS, UNKNOWN_TOKEN, a_world
from tests.support.builders import NOW

if TYPE_CHECKING:
    from collections.abc import Mapping

    from werkzeug.test import TestResponse

    from tests.support.apps import World

CALLER = "+18004506787"
ADA = "+12025550143"
KEY = "order-4711:first-try"
ROUTES = (LEADS, f"{LEADS}/capture", f"{LEADS}/create_or_update")
BUILDERS = Path(__file__).parents[2] / "fixtures" / "builders"
REPLAYED = "Idempotent-Replayed"


def sent(
    world: World,
    body: Mapping[str, Any],
    *,
    key: str = KEY,
    token: str | None = None,
    path: str = LEADS,
    method: str = "POST",
    headers: Mapping[str, str] | None = None,
) -> TestResponse:
    """Send one lead as JSON under a key."""
    named = {"X-Lead-Token": token or world.schedule_token, "Idempotency-Key": key, **(headers or {})}
    return world.client.open(path, method=method, json=body, headers=named)


def is_first(answer: TestResponse) -> bool:
    """Say whether the answer is given for the first time."""
    return REPLAYED not in answer.headers


def is_repeat_of(answer: TestResponse, first: TestResponse) -> bool:
    """Say whether the answer is the first one again, byte for byte, and says so."""
    return (
        (answer.status_code, answer.content_type, answer.data) == (first.status_code, first.content_type, first.data)
        and answer.headers[REPLAYED] == "true"
        and is_first(first)
    )


def outcomes(world: World) -> list[str]:
    """Return what became of the company's submissions, oldest first."""
    return [submission.outcome.value for submission in reversed(world.submissions())]


def stored(world: World) -> dict[str, list[str]]:
    """Return all that the store holds of the company, by table, each row as text."""
    store, company_id = world.store, world.company.id
    if isinstance(store, MemoryStore):
        rows = store.installation._tenants[company_id].rows  # noqa: SLF001 - no port shows all that is kept
        tables = {each.name: getattr(rows, each.name) for each in fields(rows)}
        return {
            name: [repr(row) for row in table.items()] for name, table in tables.items() if isinstance(table, ChainMap)
        }
    with store._engine.connect() as connection:  # noqa: SLF001 - likewise
        return {
            table.name: [
                repr(tuple(row))
                for row in connection.execute(select(table).where(table.c.company_id == company_id)).fetchall()
            ]
            for table in metadata.sorted_tables
            if "company_id" in table.c
        }


def created(world: World) -> int:
    """Return how many leads the events say were created."""
    with world.store.reading(world.company.id) as uow:
        kinds = [event.kind for lead in world.leads() for event in uow.events.of_lead(lead.id)]
    return kinds.count(EventKind.LEAD_CREATED)


class TestSamePayload:
    @pytest.mark.parametrize("path", ROUTES)
    def test_first_answer_comes_again_to_the_letter(self, world: World, path: str) -> None:
        body = {"caller_id": CALLER, "interest": "kittens"}
        first = sent(world, body, path=path)
        [lead] = world.leads()

        world.clock.advance(timedelta(minutes=5))
        answers = [sent(world, body, path=path) for _ in range(3)]

        assert first.status_code == 200
        assert all(is_repeat_of(answer, first) for answer in answers)
        assert world.leads() == [lead]
        assert outcomes(world) == ["created", "replayed", "replayed", "replayed"]

    def test_repeat_is_answered_alike_after_the_lead_has_changed(self, world: World) -> None:
        """What the sender asks is what became of that request, not how the lead stands."""
        first = sent(world, {"caller_id": CALLER})
        world.submit(caller_id=CALLER, opt_out=True)

        answer = sent(world, {"caller_id": CALLER})

        assert is_repeat_of(answer, first)
        assert [lead.is_live for lead in world.leads()] == [False]

    def test_repeated_verdict_is_the_first_verdict(self, world: World) -> None:
        first = sent(world, {"caller_id": "123"})

        answer = sent(world, {"caller_id": "123"})

        assert (first.status_code, first.content_type) == (422, "application/problem+json")
        assert is_repeat_of(answer, first)
        assert outcomes(world) == ["refused", "replayed"]

    def test_verdict_stands_after_its_cause_has_gone(self, world: World) -> None:
        """A repeat that was judged anew could enrol the caller though its sender was told of a refusal."""
        world.pause(schedule=NOW)
        first = sent(world, {"caller_id": CALLER})
        with world.store.unit_of_work(world.company.id) as uow:
            uow.directory.save_schedule(world.schedule)
            uow.commit()

        answer = sent(world, {"caller_id": CALLER})

        assert first.get_json()["code"] == "schedule_paused"
        assert is_repeat_of(answer, first)
        assert world.leads() == []

    def test_repeat_goes_before_the_rule_against_duplicates(self, world: World) -> None:
        """A retry is no duplicate: it is the same lead's first submission, on its way twice."""
        with world.store.unit_of_work(world.company.id) as uow:
            rules = OwnerRules(duplicate_timeframe=timedelta(days=30))
            uow.directory.save_schedule(replace(world.schedule, rules=rules))
            uow.commit()
        first = sent(world, {"caller_id": CALLER})

        answer = sent(world, {"caller_id": CALLER})
        stranger = sent(world, {"caller_id": CALLER}, key="another")

        assert is_repeat_of(answer, first)
        assert stranger.get_json()["code"] == "duplicate_lead"

    def test_test_and_ignored_update_are_repeated_too(self, world: World) -> None:
        for key, body in (("a", {"caller_id": CALLER, "test": True}), ("b", {"caller_id": CALLER, "update_only": 1})):
            first = sent(world, body, key=key)

            assert is_repeat_of(sent(world, body, key=key), first)
        assert outcomes(world) == ["test", "replayed", "ignored", "replayed"]

    def test_opt_out_is_repeated_too(self, world: World) -> None:
        first = sent(world, {"caller_id": CALLER, "opt_out": True})

        assert first.get_json()["outcome"] == "opted_out"
        assert is_repeat_of(sent(world, {"caller_id": CALLER, "opt_out": True}), first)

    def test_put_repeats_post(self, world: World) -> None:
        """Both mean the same, so a client that tries the other has not sent another request."""
        first = sent(world, {"caller_id": CALLER})

        assert is_repeat_of(sent(world, {"caller_id": CALLER}, method="PUT"), first)

    def test_key_outlives_a_rotated_lead_token_wherever_that_is_carried(self, world: World) -> None:
        rotated = world.another_token(world.schedule.ref)
        by_header = sent(world, {"caller_id": CALLER}, key="header")
        by_body = [
            world.post(json={"lead_token": token, "caller_id": CALLER}, headers={"Idempotency-Key": "body"})
            for token in (world.schedule_token, rotated)
        ]
        by_query = [
            world.post(query_string={"lead_token": token, "caller_id": CALLER}, headers={"Idempotency-Key": "query"})
            for token in (world.schedule_token, rotated)
        ]

        world.revoke(world.schedule_token)

        assert is_repeat_of(sent(world, {"caller_id": CALLER}, key="header", token=rotated), by_header)
        assert is_repeat_of(by_body[1], by_body[0])
        assert is_repeat_of(by_query[1], by_query[0])

    def test_other_process_repeats_it_too(self, world: World) -> None:
        first = sent(world, {"caller_id": CALLER})

        assert is_repeat_of(sent(world.another_process(), {"caller_id": CALLER}), first)

    def test_explanation_is_repeated_with_the_answer(self, world: World) -> None:
        first = sent(world, {"caller_id": CALLER}, path=f"{LEADS}?explain=1")

        answer = sent(world, {"caller_id": CALLER}, path=f"{LEADS}?explain=1")

        assert first.get_json()["explain"]
        assert is_repeat_of(answer, first)

    def test_page_of_another_origin_can_see_that_it_is_a_repeat(self, world: World) -> None:
        sent(world, {"caller_id": CALLER})

        answer = sent(world, {"caller_id": CALLER}, headers={"Origin": "https://landing.example"})

        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        assert REPLAYED in answer.headers["Access-Control-Expose-Headers"]


class TestOtherPayload:
    @pytest.mark.parametrize("path", ROUTES)
    def test_other_payload_under_the_key_is_refused_and_the_first_stands(self, world: World, path: str) -> None:
        first = sent(world, {"caller_id": CALLER, "interest": "kittens"}, path=path)

        other = sent(world, {"caller_id": CALLER, "interest": "puppies"}, path=path)

        assert (other.status_code, other.get_json()["code"]) == (422, "idempotency_key_reused")
        assert is_first(other)
        assert is_repeat_of(sent(world, {"caller_id": CALLER, "interest": "kittens"}, path=path), first)
        assert [dict(lead.tokens) for lead in world.leads()] == [{"interest": "kittens"}]
        assert outcomes(world) == ["created", "refused", "replayed"]

    def test_parameter_in_the_query_is_part_of_the_payload(self, world: World) -> None:
        sent(world, {"caller_id": CALLER})

        assert sent(world, {"caller_id": CALLER}, path=f"{LEADS}?interest=kittens").status_code == 422


class TestWhatIsNotKept:
    def test_unknown_lead_token_is_judged_each_time(self, world: World) -> None:
        answers = [sent(world, {"caller_id": CALLER}, token=UNKNOWN_TOKEN) for _ in range(2)]

        assert [(answer.status_code, is_first(answer)) for answer in answers] == [(401, True)] * 2

    def test_revoked_lead_token_gets_no_answer_again(self, world: World) -> None:
        """A token that was cut off must not read even what it once was told."""
        sent(world, {"caller_id": CALLER})
        world.revoke(world.schedule_token)

        answer = sent(world, {"caller_id": CALLER})

        assert (answer.status_code, is_first(answer)) == (401, True)

    def test_refused_permission_is_judged_each_time(self, world: World) -> None:
        """The sender that mends its permission sends the same request again, and means it."""
        world.submit(caller_id=CALLER, opt_out=True)
        body = {"caller_id": CALLER, "opt_out": False}
        refused = [sent(world, body) for _ in range(2)]

        mended = sent(world, body, headers=world.bearer())

        assert [(answer.status_code, is_first(answer)) for answer in refused] == [(403, True)] * 2
        assert (mended.status_code, is_first(mended), mended.get_json()["outcome"]) == (200, True, "created")
        assert is_repeat_of(sent(world, body, headers=world.bearer()), mended)

    def test_full_address_is_judged_each_time(self, world: World) -> None:
        """Told to come again later, a sender that comes again later must not be told the same for ever."""
        with world.store.unit_of_work(world.company.id) as uow:
            uow.directory.save_schedule(replace(world.schedule, rules=OwnerRules(most_per_ip_a_day=1)))
            uow.commit()
        world.submit(caller_id=ADA)
        refused = sent(world, {"caller_id": CALLER})

        world.clock.advance(timedelta(hours=25))
        answer = sent(world, {"caller_id": CALLER})

        assert refused.status_code == 429
        assert (answer.status_code, is_first(answer)) == (200, True)

    def test_unreadable_body_is_judged_each_time(self, world: World) -> None:
        headers = {"X-Lead-Token": world.schedule_token, "Idempotency-Key": KEY}
        answers = [world.post(data="{", content_type="application/json", headers=headers) for _ in range(2)]

        assert [(answer.status_code, is_first(answer)) for answer in answers] == [(400, True)] * 2
        assert sent(world, {"caller_id": CALLER}).get_json()["outcome"] == "created"


class TestScope:
    def test_each_owner_has_keys_of_its_own(self, world: World) -> None:
        sent(world, {"caller_id": CALLER})

        answer = sent(world, {"caller_id": CALLER, "interest": "kittens"}, token=world.offer_token)

        assert (answer.status_code, is_first(answer), answer.get_json()["outcome"]) == (200, True, "created")

    def test_each_route_has_keys_of_its_own(self, world: World) -> None:
        answers = [sent(world, {"caller_id": CALLER}, path=path) for path in ROUTES]

        assert [answer.get_json()["outcome"] for answer in answers] == ["created", "updated", "updated"]
        assert all(map(is_first, answers))

    def test_each_company_has_keys_of_its_own(self, world: World) -> None:
        other = a_world(world.store)
        sent(world, {"caller_id": CALLER})

        answer = sent(other, {"caller_id": CALLER})

        assert (is_first(answer), answer.get_json()["outcome"]) == (True, "created")

    def test_api_key_shares_no_keys_with_the_lead_token_of_the_owner(self, world: World) -> None:
        """Its answer shows the whole lead, which a lead token must not read."""
        path = f"{LEADS}/capture"
        body = {"caller_id": CALLER, "schedule_id": world.schedule.id}
        first = world.post(path, json=body, headers={**world.bearer(), "Idempotency-Key": KEY})

        by_key = world.post(path, json=body, headers={**world.bearer(), "Idempotency-Key": KEY})
        by_token = sent(world, body, path=path)

        assert first.get_json()["outcome"] == "created"
        assert is_repeat_of(by_key, first)
        assert (is_first(by_token), by_token.get_json()["outcome"]) == (True, "updated")

    def test_key_stands_for_72_hours(self, world: World) -> None:
        first = sent(world, {"caller_id": CALLER})

        world.clock.advance(timedelta(hours=72) - timedelta(microseconds=1))
        last = sent(world, {"caller_id": CALLER})
        world.clock.advance(timedelta(microseconds=1))
        later = sent(world, {"caller_id": CALLER})

        assert is_repeat_of(last, first)
        assert (is_first(later), later.get_json()["outcome"]) == (True, "updated")

    def test_outlived_key_is_free_for_another_payload_and_stands_again(self, world: World) -> None:
        sent(world, {"caller_id": CALLER})
        world.clock.advance(timedelta(hours=72))

        second = sent(world, {"caller_id": CALLER, "interest": "kittens"})

        assert second.get_json()["outcome"] == "updated"
        world.clock.advance(timedelta(hours=71))
        assert is_repeat_of(sent(world, {"caller_id": CALLER, "interest": "kittens"}), second)


class TestTwins:
    @pytest.mark.parametrize("path", ROUTES)
    def test_thirty_twins_make_one_lead_and_get_one_answer(self, world: World, path: str) -> None:
        answers = at_once(
            world, [lambda world, _: sent(world, {"caller_id": CALLER, "interest": "kittens"}, path=path)] * 30
        )

        assert {(answer.status_code, answer.data) for answer in answers} == {(200, answers[0].data)}
        assert sorted(map(is_first, answers)) == [False] * 29 + [True]
        [lead] = world.leads()
        with world.store.reading(world.company.id) as uow:
            assert len(uow.events.of_lead(lead.id)) == 1
        assert Counter(outcomes(world)) == {"created": 1, "replayed": 29}

    def test_twins_in_several_processes_get_one_answer(self, world: World) -> None:
        """Only the store stands between processes."""
        processes = [world, world.another_process(), world.another_process()]

        answers = at_once(world, [lambda _, number: sent(processes[number % 3], {"caller_id": CALLER})] * 30)

        assert {(answer.status_code, answer.data) for answer in answers} == {(200, answers[0].data)}
        assert sorted(map(is_first, answers)) == [False] * 29 + [True]
        assert Counter(outcomes(world)) == {"created": 1, "replayed": 29}

    def test_refused_twins_in_several_processes_get_one_verdict(self, world: World) -> None:
        """Without a caller there is no row but the key's own for which a twin could wait."""
        processes = [world, world.another_process(), world.another_process()]

        answers = at_once(world, [lambda _, number: sent(processes[number % 3], {"caller_id": "123"})] * 30)

        assert {(answer.status_code, answer.data) for answer in answers} == {(422, answers[0].data)}
        assert Counter(outcomes(world)) == {"refused": 1, "replayed": 29}

    def test_one_of_several_payloads_under_one_key_gets_in(self, world: World) -> None:
        """Another caller is another row to wait for: here too the key's own row decides."""
        processes = [world, world.another_process(), world.another_process()]

        answers = at_once(
            world, [lambda _, number: sent(processes[number % 3], {"caller_id": f"+1202555{1000 + number}"})] * 30
        )

        assert Counter(answer.get_json().get("code") for answer in answers) == {None: 1, "idempotency_key_reused": 29}
        assert (len(world.leads()), created(world)) == (1, 1)

    def test_twins_of_one_batch_get_one_answer(self, world: World) -> None:
        """Whether twins meet in one batch is chance; here they do."""
        headers = {"X-Lead-Token": world.schedule_token, "Idempotency-Key": KEY}
        commands = []
        for body in ({"caller_id": CALLER}, {"caller_id": CALLER}, {"caller_id": ADA}, {"caller_id": CALLER}):
            with world.app.test_request_context(LEADS, method="POST", json=body, headers=headers):
                commands.append(read_submission("leads"))

        decisions = world.services.enroll_leads(commands)

        assert [decision.outcome.value for decision in decisions] == ["created", "replayed", "refused", "replayed"]
        assert decisions[1].replay == decisions[3].replay
        assert isinstance(decisions[2].refusal, IdempotencyKeyReused)
        assert (len(world.leads()), created(world)) == (1, 1)
        assert decisions[1].replay is not None
        assert sent(world, {"caller_id": CALLER}).get_data(as_text=True) == decisions[1].replay.document

    def test_keys_among_plain_posts_touch_nobody_else(self, world: World) -> None:
        def plain(world: World, number: int) -> TestResponse:
            return world.submit(caller_id=f"+1202555{1000 + number}")

        answers = at_once(world, [lambda world, _: sent(world, {"caller_id": CALLER}), plain] * 15)

        assert {answer.status_code for answer in answers} == {200}
        assert Counter(outcomes(world)) == {"created": 16, "replayed": 14}


class TestBuildersOwnNumber:
    """Builders send again until they are answered, and have no header for it."""

    def posted(self, world: World, document: object, path: str = LEADS) -> TestResponse:
        return world.post(path, query_string={"lead_token": world.schedule_token}, json=document)

    @pytest.mark.parametrize("path", ROUTES)
    def test_retry_is_absorbed(self, world: World, path: str) -> None:
        document = json.loads((BUILDERS / "typeform.json").read_text())

        first, retry = self.posted(world, document, path), self.posted(world, document, path)

        assert first.get_json()["outcome"] == "created"
        assert is_repeat_of(retry, first)
        assert outcomes(world) == ["created", "replayed"]

    def test_more_answers_under_the_same_number_are_a_new_submission(self, world: World) -> None:
        """Partial leads reuse their number: what a visitor adds must not be lost as a repeat."""
        document = json.loads((BUILDERS / "typeform.json").read_text())
        self.posted(world, document)
        document["form_response"]["hidden"]["utm_source"] = "billboard"

        second, retry = self.posted(world, document), self.posted(world, document)

        assert (is_first(second), second.get_json()["outcome"]) == (True, "updated")
        assert is_repeat_of(retry, second)
        assert {lead.tokens["utm_source"] for lead in world.leads()} == {"billboard"}

    def test_number_outside_a_builders_submission_means_nothing(self, world: World) -> None:
        answers = [self.posted(world, {"caller_id": CALLER, "event_id": "01HQ"}) for _ in range(2)]

        assert [answer.get_json()["outcome"] for answer in answers] == ["created", "updated"]

    def test_senders_own_key_goes_before_the_builders_number(self, world: World) -> None:
        document = json.loads((BUILDERS / "typeform.json").read_text())
        first = sent(world, document)

        assert is_repeat_of(sent(world, document), first)
        assert sent(world, document, key="another").get_json()["outcome"] == "updated"


@pytest.mark.parametrize(
    "key",
    ["", "k" * 256, "two words", " ", "tab\there", "bell\x07", "\x7f", "line\x85feed"],
    ids=["empty", "256 characters", "a blank", "only a blank", "a tab", "a control", "a delete", "a C1 control"],
)
@pytest.mark.parametrize("path", ROUTES)
def test_bad_key_is_refused_by_name(world: World, path: str, key: str) -> None:
    """Taken for no key at all, a retry would enrol what its sender believes is safe to send again."""
    answer = world.ask(
        "POST",
        path,
        body=b'{"caller_id":"8004506787"}',
        content_type="application/json",
        headers={"X-Lead-Token": "TOKEN"},
        environ={"HTTP_IDEMPOTENCY_KEY": key},
    )

    document = json.loads(answer.data)
    assert (answer.status_code, document["code"]) == (422, "invalid_parameter")
    assert list(document["errors"]) == ["Idempotency-Key"]
    assert world.leads() == []


def test_key_of_255_characters_is_one(world: World) -> None:
    first = sent(world, {"caller_id": CALLER}, key="k" * 255)

    assert first.status_code == 200
    assert is_repeat_of(sent(world, {"caller_id": CALLER}, key="k" * 255), first)


def test_key_itself_is_kept_nowhere(world: World) -> None:
    """Some senders put a session or an order into it, and some the person."""
    key = "key-of-ada-lovelace-nobody-else"
    sent(world, {"caller_id": CALLER}, key=key)
    sent(world, {"caller_id": CALLER}, key=key)
    sent(world, {"caller_id": CALLER, "interest": "kittens"}, key=key)

    kept = stored(world)
    assert len(kept["submissions"]) == 3
    assert [name for name, rows in kept.items() for row in rows if key in row] == []
    assert CALLER in str(kept)


def test_plain_posts_leave_no_record(world: World) -> None:
    """Nearly all requests have no key; they must not pay for those that have."""
    table = "answers" if isinstance(world.store, MemoryStore) else "idempotency_records"

    world.submit(caller_id=CALLER)
    assert stored(world)[table] == []
    sent(world, {"caller_id": ADA})
    assert len(stored(world)[table]) == 1
