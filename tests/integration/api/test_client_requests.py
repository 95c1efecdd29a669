"""Public clients' requests, byte for byte: each of them gets the lead in that its author means, on every store."""

from __future__ import annotations

import json
from io import BytesIO
from typing import TYPE_CHECKING, Any

import pytest
from werkzeug.test import run_wsgi_app
from werkzeug.wrappers import Response

from tests.integration.api.client_requests import BROWSERS, BUILDERS, COMMAND_LINE, PHP, RELAYS, REQUESTS, SCRIPTS

if TYPE_CHECKING:
    from tests.integration.api.client_requests import ClientRequest
    from tests.support.apps import World

FEWEST = 110


def as_environ(request: bytes) -> dict[str, Any]:
    """Return what a WSGI server makes of the bytes of a request."""
    head, _, body = request.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    method, target, version = first.split(" ")
    path, _, query = target.partition("?")
    environ: dict[str, Any] = {
        "REQUEST_METHOD": method,
        "SCRIPT_NAME": "",
        "PATH_INFO": path,
        "QUERY_STRING": query,
        "SERVER_NAME": "leads.example.com",
        "SERVER_PORT": "443",
        "SERVER_PROTOCOL": version,
        "REMOTE_ADDR": "192.0.2.1",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "https",
        "wsgi.input": BytesIO(body),
        "wsgi.errors": BytesIO(),
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    for name, text in (line.split(": ", 1) for line in lines):
        key = name.upper().replace("-", "_")
        environ[key if key in {"CONTENT_TYPE", "CONTENT_LENGTH"} else f"HTTP_{key}"] = text
    return environ


@pytest.mark.parametrize("request_", REQUESTS.values(), ids=REQUESTS.keys())
def test_client_gets_its_lead_in(world: World, request_: ClientRequest) -> None:
    """What the answer says is what is stored; a lead that only looks right in the answer is lost."""
    token = world.schedule_token

    answer = Response(*run_wsgi_app(world.app, as_environ(request_.as_bytes(token)), buffered=True))

    document = json.loads(answer.data)
    assert (answer.status_code, answer.content_type) == (200, "application/json"), document
    assert document["outcome"] == request_.outcome
    assert document["lead"]["caller_id"] == request_.caller
    assert document["lead"]["tokens"] == request_.tokens
    assert sorted(warning["code"] for warning in document["warnings"]) == sorted(request_.warnings)
    assert token not in answer.get_data(as_text=True)
    [submission] = world.submissions()
    assert (str(submission.receipt.id), submission.outcome) == (document["submission_id"], request_.outcome)
    assert token not in str(submission.receipt.request)
    if request_.outcome == "test":
        assert world.leads() == []
        return
    [lead] = world.leads()
    assert (str(lead.id), lead.caller.e164, lead.tokens) == (document["id"], request_.caller, request_.tokens)
    assert (lead.owner, lead.email) == (world.schedule.ref, request_.email)
    assert (lead.attribution.traffic_source_id, lead.attribution.sub_id) == (request_.source, request_.sub_id)
    assert document["lead"]["expires_at"] == request_.expires_at


def test_there_are_clients_of_every_kind() -> None:
    parts = (BROWSERS, PHP, SCRIPTS, COMMAND_LINE, RELAYS, BUILDERS)

    assert sum(map(len, parts)) == len(REQUESTS) >= FEWEST
