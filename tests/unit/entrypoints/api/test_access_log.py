"""One line for each request, and nothing in it that an address could carry."""

from __future__ import annotations

import os
import uuid
from typing import TYPE_CHECKING, Any

import pytest
from structlog.testing import capture_logs

from leadintake.entrypoints.api.access_log import new_request_id

from tests.support.apps import LEADS, UNKNOWN_TOKEN

if TYPE_CHECKING:
    from collections.abc import Mapping, MutableMapping

    from tests.support.apps import World

UUID = "01234567-89ab-7def-8123-456789abcdef"
REQUESTS: Mapping[str, tuple[str, str, str, str | None, int]] = {
    "a lead": ("POST", f"{LEADS}?lead_token=TOKEN&caller_id=8004506787", "POST", "/api/v1/leads", 200),
    "a refused lead": ("PUT", f"{LEADS}?lead_token=TOKEN&caller_id=123", "PUT", "/api/v1/leads", 422),
    "a stranger": ("POST", f"{LEADS}?lead_token=TOKENx&caller_id=8004506787", "POST", "/api/v1/leads", 401),
    "one lead": ("GET", f"{LEADS}/{UUID}", "GET", "/api/v1/leads/<lead_id>", 401),
    "a caller for a lead": ("GET", f"{LEADS}/+18004506787", "GET", "/api/v1/leads/<lead_id>", 401),
    "no address": ("GET", "/8004506787/TOKEN", "GET", None, 404),
    "a preflight": ("OPTIONS", LEADS, "OPTIONS", "/api/v1/leads", 204),
    "an odd method": ("TOKEN", LEADS, "other", None, 405),
}


@pytest.mark.parametrize(("method", "target", "shown", "route", "status"), REQUESTS.values(), ids=REQUESTS.keys())
def test_line_says_what_was_asked_and_nothing_personal(
    world: World, method: str, target: str, shown: str, route: str | None, status: int
) -> None:
    """A log is read by more people than a database, and lives longer."""
    with capture_logs() as lines:
        world.ask(
            method.replace("TOKEN", world.schedule_token), target, body=b"x=8004506787", content_type="text/plain"
        )

    [line] = lines
    assert {name: line[name] for name in ("event", "method", "status")} == {
        "event": "request",
        "method": shown,
        "status": status,
    }
    assert line["route"] in {route, LEADS}
    assert line["ms"] >= 0
    assert set(line) - {"outcome", "credential"} == {
        *("event", "log_level", "method", "route", "status", "ms", "request_id")
    }
    assert not [secret for secret in (world.schedule_token, "8004506787", UUID) if secret in str(line)]


def test_fault_of_ours_is_logged_once_as_a_request(world: World) -> None:
    def fails() -> str:
        raise RuntimeError

    world.app.add_url_rule("/fails", view_func=fails)
    with capture_logs() as lines:
        world.ask("GET", "/fails")

    assert [line["event"] for line in lines] == ["internal_error", "request"]
    assert lines[1]["status"] == 500


def test_sample_that_cannot_be_kept_is_said_so_and_changes_no_answer(world: World) -> None:
    """Losing a sample is no reason to tell a stranger anything else."""
    from dataclasses import replace  # noqa: PLC0415 - for this one test

    from leadintake.domain.errors import Unavailable  # noqa: PLC0415 - likewise
    from leadintake.entrypoints.api import create_app  # noqa: PLC0415 - likewise

    def away(_sample: object) -> None:
        raise Unavailable

    app = create_app(replace(world.services, keep_unclaimed=away))
    with capture_logs() as lines:
        answer = app.test_client().post(f"{LEADS}?lead_token=nobodys&caller_id=8004506787")

    assert answer.status_code == 401
    assert [line["event"] for line in lines] == ["sample_not_kept", "request"]
    assert "8004506787" not in str(lines)


class TestWhose:
    def line(self, world: World, **sent: Any) -> MutableMapping[str, Any]:  # noqa: ANN401 - the test client's own
        with capture_logs() as lines:
            world.client.post(LEADS, **sent)
        return lines[-1]

    def test_lead_token_is_told_by_its_identifier(self, world: World) -> None:
        line = self.line(world, json={"lead_token": world.schedule_token, "caller_id": "8004506787"})

        [kept] = world.submissions()
        assert (line["credential"], line["outcome"]) == (kept.receipt.lead_token_id, "created")

    def test_api_key_is_told_by_its_identifier(self, world: World) -> None:
        with capture_logs() as lines:
            world.client.get("/api/v1/schedules", headers=world.bearer())

        assert isinstance(lines[-1]["credential"], uuid.UUID)

    def test_unknown_credential_is_told_the_same_each_time_and_never_itself(self, world: World) -> None:
        """Who guesses or has an old token can be told from others, and the log helps nobody to use it."""
        other = UNKNOWN_TOKEN[:-1] + "x"

        told = [self.line(world, json={"lead_token": text}) for text in (UNKNOWN_TOKEN, UNKNOWN_TOKEN, other)]

        first, second, third = (line["credential"] for line in told)
        assert first == second != third
        assert first.startswith("unknown-")
        assert told[0]["outcome"] == "unknown_lead_token"
        assert UNKNOWN_TOKEN not in str(told)


class TestRequestId:
    def test_every_answer_has_one_of_its_own_and_the_log_has_it_too(self, world: World) -> None:
        with capture_logs() as lines:
            answers = [world.client.post(LEADS, json={}), world.client.get("/healthz")]

        told = [answer.headers["X-Request-Id"] for answer in answers]
        assert told == [line["request_id"] for line in lines]
        assert len(set(told)) == 2

    def test_senders_own_is_kept(self, world: World) -> None:
        answer = world.client.post(LEADS, json={}, headers={"X-Request-Id": "7d2-Order-41"})

        assert answer.headers.getlist("X-Request-Id") == ["7d2-Order-41"]

    @pytest.mark.parametrize("odd", ["", "a b", "x" * 65, "a;b", "caf\u00e9", UNKNOWN_TOKEN])
    def test_what_could_be_anything_else_is_not_taken(self, world: World, odd: str) -> None:
        """The log is no place for a sender to write into, or to lose a credential in."""
        with capture_logs() as lines:
            answer = world.client.post(LEADS, json={}, headers={"X-Request-Id": odd})

        assert answer.headers["X-Request-Id"] == lines[0]["request_id"] != odd

    def test_page_of_another_origin_may_read_it(self, world: World) -> None:
        answer = world.client.post(LEADS, json={}, headers={"Origin": "https://shop.example"})

        assert "X-Request-Id" in answer.headers["Access-Control-Expose-Headers"]

    def test_forked_process_gives_others(self) -> None:
        """Servers that load the application before they fork would give the same ones in every worker."""
        reader, writer = os.pipe()
        children = [os.fork()]
        if children[-1]:
            children.append(os.fork())
        if not children[-1]:
            os.write(writer, new_request_id().encode() + b" ")
            os._exit(0)
        for child in children:
            os.waitpid(child, 0)
        theirs = os.read(reader, 100).decode().split()
        os.close(reader)
        os.close(writer)

        assert len({*theirs, new_request_id()}) == 3
