"""Every submission is kept with its verdict, and none of its credentials, on every store."""

from __future__ import annotations

import base64
import json
import re
from dataclasses import fields, is_dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from psycopg import sql

from leadintake.adapters.memory.store import MemoryStore

from tests.support.apps import LEADS, UNKNOWN_TOKEN

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from uuid import UUID

    from leadintake.domain.submission import UnclaimedSubmission

    from tests.support.apps import Store, World
    from tests.support.postgres import Postgres

JSON = "application/json"
FORM = "application/x-www-form-urlencoded"
CALLER = "+18004506787"
FOREIGN_TOKEN = "abcdef0123456789abcdef0123456789"
"""A lead token as another platform writes them: nothing about it tells what it is."""


@pytest.fixture
def everything_kept(
    store: Store, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[], bytes]:
    """Return all that the store keeps, as near to its bytes as one gets."""
    if isinstance(store, MemoryStore):
        return lambda: b"\n".join(_texts_in(store))
    if "sqlite" in request.node.callspec.id:
        folder = next(path for path in tmp_path_factory.getbasetemp().glob("api*") if (path / "leads.db").exists())
        return lambda: b"".join(path.read_bytes() for path in sorted(folder.iterdir()))
    server: Postgres = request.getfixturevalue("postgres_server")
    return lambda: _dump(server, request.getfixturevalue("postgres_name"))


def _dump(server: Postgres, database: str) -> bytes:
    with psycopg.connect(server.dsn(database)) as connection:
        tables = connection.execute("SELECT relname FROM pg_stat_user_tables").fetchall()
        rows = [
            row[0]
            for (table,) in tables
            for row in connection.execute(sql.SQL("SELECT t::text FROM {} AS t").format(sql.Identifier(table)))
        ]
    # Bytes columns are shown in hexadecimal digits; text in them must be found, too.
    return "\n".join(rows).encode() + b"".join(bytes.fromhex(part) for row in rows for part in _hexadecimal(row))


_HEXADECIMAL = re.compile(r"\\x((?:[0-9a-f]{2})+)")


def _hexadecimal(row: str) -> Iterator[str]:
    return (match[1] for match in _HEXADECIMAL.finditer(row))


def _texts_in(value: object, seen: set[int] | None = None) -> Iterator[bytes]:
    """Yield every text and every bytes that can be reached from a value."""
    seen = set() if seen is None else seen
    if isinstance(value, str | bytes):
        yield value.encode() if isinstance(value, str) else value
        return
    if id(value) in seen:
        return
    seen.add(id(value))
    if is_dataclass(value):
        inner: list[object] = [getattr(value, field.name) for field in fields(value)]
    elif hasattr(value, "items"):
        inner = [part for pair in value.items() for part in pair]
    elif isinstance(value, list | tuple | set | frozenset):
        inner = list(value)
    else:
        inner = list(getattr(value, "__dict__", {}).values())
    for part in inner:
        yield from _texts_in(part, seen)


def sample_of(world: World, before: set[UUID]) -> UnclaimedSubmission:
    """Return the one sample that was not there before."""
    [sample] = [sample for sample in world.unclaimed() if sample.id not in before]
    return sample


def known(world: World) -> set[UUID]:
    """Return the samples that are there."""
    return {sample.id for sample in world.unclaimed()}


class TestSubmissions:
    def test_every_submission_is_kept_with_its_verdict_newest_first(self, world: World) -> None:
        """A refused submission is never gone: it can be mended and sent again."""
        ids = [
            world.submit(**fields).get_json()["submission_id"]
            for fields in (
                {"caller_id": CALLER, "interest": "kittens"},
                {"caller_id": CALLER},
                {"caller_id": CALLER, "restart_schedule": True},
                {"caller_id": CALLER, "test": True},
                {"caller_id": "123", "expires_in": "soon"},
                {"caller_id": CALLER, "opt_out": True},
                {"caller_id": CALLER},
                {"caller_id": "+12025550143", "update_only": True},
            )
        ]

        kept = list(reversed(world.submissions()))
        assert [str(submission.receipt.id) for submission in kept] == ids
        assert [(submission.outcome.value, submission.code) for submission in kept] == [
            ("created", None),
            ("updated", None),
            ("restarted", None),
            ("test", None),
            ("refused", "invalid_caller_id"),
            ("opted_out", None),
            ("refused", "caller_opted_out"),
            ("ignored", None),
        ]
        assert dict(kept[4].errors) == {
            "caller_id": ("is not a valid phone number",),
            "expires_in": ("is not a number",),
        }
        assert [submission.lead_id is not None for submission in kept] == [True] * 3 + [False] * 5
        assert {submission.owner for submission in kept} == {world.schedule.ref}

    def test_request_is_kept_as_received(self, world: World) -> None:
        world.post(f"{LEADS}?lead_token={world.schedule_token}&a=1&a=2", json={"caller_id": " 800 450 6787", "n": 1.50})

        [submission] = world.submissions()
        assert submission.receipt.request == {
            "query": [["lead_token", "[redacted]"], ["a", "1"], ["a", "2"]],
            "body": "json",
            "json": '{"caller_id": " 800 450 6787", "n": 1.5}',
        }
        assert (submission.receipt.route, submission.receipt.remote_ip) == ("leads", "127.0.0.1")
        assert submission.receipt.received_at == world.clock()

    def test_revoked_tokens_submission_is_kept_with_the_company(self, world: World) -> None:
        world.submit(caller_id=CALLER)
        world.revoke(world.schedule_token)

        world.submit(caller_id=CALLER)

        assert (world.submissions()[0].outcome.value, world.submissions()[0].code) == ("refused", "unknown_lead_token")

    def test_two_tokens_are_refused_and_kept(self, world: World) -> None:
        answer = world.submit(world.schedule_token, lead_token=world.offer_token, caller_id=CALLER)

        assert (answer.status_code, answer.get_json()["code"]) == (422, "ambiguous_parameter")
        [submission] = world.submissions()
        assert submission.code == "ambiguous_parameter"


class TestCredentials:
    def test_no_credential_is_anywhere_in_the_store(self, world: World, everything_kept: Callable[[], bytes]) -> None:
        """A copy of the database must not let anybody in."""
        token, private = world.schedule_token, world.api_key.private
        escaped = token.replace("_", "\\u005f")
        basic = base64.b64encode(f"{world.api_key.public}:{private}".encode()).decode()
        ways: list[dict[str, Any]] = [
            {"query_string": f"lead_token={token}&caller_id=8004506787&page=https://x/?t={token}"},
            {"query_string": f"LEAD_TOKEN={token.replace('_', '%5F')}&caller_id=8004506787&{token}=x&x%5B{token}%5D=1"},
            {"data": f"lead_token={token}&caller_id=123&expires_in={token}", "content_type": FORM},
            {"data": f'{{"lead_token":"{escaped}","caller_id":"{token}","sub_id":"{token}"}}', "content_type": JSON},
            {
                "json": {
                    "lead_token": token,
                    "caller_id": CALLER,
                    "email": token,
                    "data": {"lead_token": token, "x": token},
                }
            },
            {"json": {"lead_token": token, "caller_id": CALLER, "deep": {"list": [{"auth_token": private}, token]}}},
            {
                "json": {
                    "lead_token": token,
                    "caller_id": CALLER,
                    "auto_format_nested_fields": False,
                    "y": {token: [token]},
                }
            },
            {
                "json": {"caller_id": CALLER, "note": f"{private} {token}"},
                "headers": {"X-Lead-Token": token, "Authorization": f"Bearer {private}"},
            },
            {
                "json": {"caller_id": CALLER, "note": f"{private} {basic}"},
                "headers": {"X-Lead-Token": token, "Authorization": f"Basic {basic}"},
            },
            {"data": {"lead_token": token, "caller_id": "8004506787", f"a{token}": token}},
            {"json": {"lead_token": [token, token], "caller_id": CALLER}},
            {"json": {"lead_token": token, "offer_lead_token": world.offer_token, "caller_id": CALLER}},
        ]

        statuses = [world.post(LEADS, **way).status_code for way in ways]

        assert set(statuses) <= {200, 422}
        assert len(world.submissions()) == len(ways)
        kept = everything_kept()
        assert world.company.name.encode() in kept
        for secret in (token, world.offer_token, private):
            assert secret.encode() not in kept
            assert secret.split("_")[1][:20].encode() not in kept
        assert basic.encode() not in kept

    def test_header_that_is_a_token_of_elsewhere_is_redacted_too(
        self, world: World, everything_kept: Callable[[], bytes]
    ) -> None:
        world.post(
            LEADS,
            json={"caller_id": CALLER, "copy": FOREIGN_TOKEN},
            headers={"X-Lead-Token": world.schedule_token, "Authorization": f"Bearer {FOREIGN_TOKEN}"},
        )

        assert FOREIGN_TOKEN.encode() not in everything_kept()


class TestUnclaimed:
    @pytest.mark.parametrize("token", [UNKNOWN_TOKEN, FOREIGN_TOKEN])
    def test_unknown_tokens_request_is_sampled_without_the_token(
        self, world: World, everything_kept: Callable[[], bytes], token: str
    ) -> None:
        """The administrator sees that leads come in with an old token, and whose they are."""
        before = known(world)

        world.post(f"{LEADS}?lead_token={token}", json={"caller_id": CALLER, "copy": token, "interest": "kittens"})

        sample = sample_of(world, before)
        assert (sample.reason.value, sample.route, sample.remote_ip) == ("unknown_lead_token", "leads", "127.0.0.1")
        body = json.loads(sample.request["json"])
        assert (sample.request["query"], sample.request["body"]) == ([["lead_token", "[redacted]"]], "json")
        assert body == {"caller_id": CALLER, "copy": "[redacted]", "interest": "kittens"}
        assert token.encode() not in everything_kept()

    def test_missing_tokens_request_is_sampled(self, world: World) -> None:
        before = known(world)

        world.post(LEADS, data={"caller_id": CALLER})

        assert sample_of(world, before).reason.value == "missing_lead_token"

    def test_unreadable_body_is_sampled_without_the_token(
        self, world: World, everything_kept: Callable[[], bytes]
    ) -> None:
        """What cannot be parsed can still hold a token that works."""
        before = known(world)

        answer = world.post(LEADS, data=f'{{"lead_token":"{world.schedule_token}","a":\x00}}', content_type=JSON)

        assert (answer.status_code, answer.get_json()["code"]) == (400, "malformed_body")
        sample = sample_of(world, before)
        assert (sample.reason.value, sample.request["unreadable"]) == (
            "malformed_body",
            '{"lead_token":"[redacted]","a":}',
        )
        assert world.schedule_token.encode() not in everything_kept()

    def test_flood_is_sampled_and_not_kept_whole(self, world: World) -> None:
        """A flood of unknown tokens must neither fill the disk nor wash every honest sample away."""
        before = known(world)
        # From several addresses: one alone is put off before.
        for number in range(70):
            here = {"REMOTE_ADDR": f"192.0.2.{number % 5}"}
            flooding = world.post(query_string={"lead_token": UNKNOWN_TOKEN}, environ_base=here)
            assert flooding.status_code == 401

        assert len(known(world) - before) == 60
        world.clock.advance(timedelta(minutes=1))
        world.submit(UNKNOWN_TOKEN, caller_id=CALLER)
        assert len(known(world) - before) == 61

    def test_nothing_of_a_stranger_is_filed_under_a_company(self, world: World) -> None:
        world.submit(UNKNOWN_TOKEN, caller_id=CALLER)

        assert world.submissions() == []
