"""An in-memory leadintake answers as an installation does: request by request, header by header, and keeps the same."""

from __future__ import annotations

import json
import re
from itertools import count
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
from werkzeug.test import run_wsgi_app
from werkzeug.wrappers import Response

from leadintake.adapters.sql.store import SqlStore
from leadintake.domain.use_cases.found_company import FoundCompany
from leadintake.testing import DEFAULT_NOW, in_memory_leadintake

from tests.integration.api.client_requests import REQUESTS, ClientRequest
from tests.integration.api.test_client_requests import as_environ
from tests.support.apps import a_service
from tests.support.builders import SteppingClock
from tests.support.wire import exchange

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask import Flask

    from leadintake.domain.use_cases.found_company import FoundedCompany

_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
# Each answer has one of its own.
_EACH_ITS_OWN = {"X-Request-Id"}
_REFUSED = {
    "a number that is none": ClientRequest(target="/api/v1/leads?lead_token=TOKEN&caller_id=12", tokens={}),
    "no number": ClientRequest(target="/api/v1/leads?lead_token=TOKEN", tokens={}),
    "no lead token": ClientRequest(target="/api/v1/leads?caller_id=8004506787", tokens={}),
    "an unknown lead token": ClientRequest(target="/api/v1/leads?lead_token=lt_x&caller_id=8004506787", tokens={}),
    "half a body": ClientRequest(content_type="application/json", body=b'{"caller_id":', tokens={}),
    "XML": ClientRequest(content_type="application/xml", body=b"<lead/>", tokens={}),
    "a body that is too large": ClientRequest(content_type="text/plain", body=b"x" * 262_145, tokens={}),
    "a GET": ClientRequest(method="GET", tokens={}),
    "a preflight": ClientRequest(method="OPTIONS", target="/api/v1/leads", tokens={}),
    "an address that is none": ClientRequest(target="/api/v2/leads", tokens={}),
    "explained": ClientRequest(
        target="/api/v1/leads?lead_token=TOKEN&caller_id=8004506787&explain=1&test=1", tokens={}
    ),
}


@pytest.fixture(scope="module")
def sqlite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SqlStore]:
    store = SqlStore(f"sqlite:///{tmp_path_factory.mktemp('same')}/leads.db")
    store.migrate()
    yield store
    store.close()


@pytest.fixture
def installed(sqlite: SqlStore) -> tuple[Flask, FoundedCompany]:
    """Lend an application over SQLite, and a demo company in it."""
    services, app = a_service(sqlite, SteppingClock(DEFAULT_NOW))
    return app, services.found_company(FoundCompany(name=f"Demo {uuid4()}", with_demo=True))


def alike(text: str) -> str:
    """Return a text in which identifiers are numbered in the order in which they come."""
    numbers: dict[str, str] = {}
    numbering = count(1)
    return _ID.sub(lambda found: numbers.setdefault(found[0], f"<{next(numbering)}>"), text)


def ask(app: Flask, request: bytes) -> tuple[int, list[tuple[str, str]], str]:
    answer = Response(*run_wsgi_app(app, as_environ(request), buffered=True))
    headers = [(name, text) for name, text in answer.headers if name not in _EACH_ITS_OWN]
    return answer.status_code, headers, alike(answer.get_data(as_text=True))


def kept(app: Flask, private_key: str | None) -> list[Any]:
    """Return what the company API shows of leads and submissions."""
    client, bearer = app.test_client(), {"Authorization": f"Bearer {private_key}"}
    shown = []
    for path in ("leads", "submissions"):
        listed = client.get(f"/api/v1/{path}", headers=bearer).get_json()[path]
        shown += [client.get(f"/api/v1/{path}/{one['id']}", headers=bearer).get_json() for one in listed]
    return [json.loads(alike(json.dumps(one))) for one in shown]


@pytest.mark.parametrize("request_", [*REQUESTS.values(), *_REFUSED.values()], ids=[*REQUESTS, *_REFUSED])
def test_answer_and_what_is_kept_are_those_of_an_installation(
    installed: tuple[Flask, FoundedCompany], request_: ClientRequest
) -> None:
    app, demo = installed
    assert demo.schedule is not None
    intake = in_memory_leadintake()

    answers = [
        ask(app, request_.as_bytes(demo.schedule.lead_token)),
        ask(intake.app, request_.as_bytes(intake.lead_token)),
    ]

    assert answers[0] == answers[1]
    assert kept(app, demo.private_key) == kept(intake.app, intake.api_key.private)


@pytest.mark.parametrize("request_", REQUESTS.values(), ids=REQUESTS.keys())
def test_answer_over_the_wire_is_the_same(request_: ClientRequest) -> None:
    """The server in this process hands the application the same requests as the one of an installation."""
    intake = in_memory_leadintake()
    request = request_.as_bytes(intake.lead_token)
    status, _, expected = ask(intake.app, request)
    intake.reset()

    with intake.serve() as served:
        answer = exchange(int(served.url.rpartition(":")[2]), request)

    assert (answer.status, alike(answer.body.decode())) == (status, expected.replace("192.0.2.1", "127.0.0.1"))
    assert answer.headers["content-type"] == "application/json"
