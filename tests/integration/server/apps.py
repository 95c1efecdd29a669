"""Tiny applications for the server's own tests."""

from __future__ import annotations

import json
import os
import time
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

from leadintake.domain.errors import Refusal
from leadintake.entrypoints.api.body import read_body

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

LIMIT = 4_096
_STATUS = {"payload_too_large": "413 Content Too Large", "malformed_body": "400 Bad Request"}


def echo() -> WSGIApplication:
    """Return an application that says what it received, by path."""
    return _echo


def _echo(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    path = environ["PATH_INFO"]
    # So that a test can see which requests were let in. A method may be any word, a credential too.
    method = environ["REQUEST_METHOD"] if environ["REQUEST_METHOD"] in {"GET", "HEAD", "POST"} else "another"
    print(f"served {method} {path}", flush=True)  # noqa: T201
    if path == "/slow":
        time.sleep(float(parse_qs(environ["QUERY_STRING"])["seconds"][0]))
    if path == "/bug":
        raise RuntimeError(f"cannot read {environ['QUERY_STRING']}")
    if path == "/stream":
        start_response("200 OK", [("Content-Type", "text/plain")])
        return _pieces()
    if path == "/environ":
        return _say(start_response, "200 OK", {key: str(value) for key, value in environ.items()})
    if path == "/deaf":
        return _say(start_response, "200 OK", {"pid": os.getpid()})
    try:
        body = read_body(environ, LIMIT)
    except Refusal as refusal:
        return _say(start_response, _STATUS[refusal.code], {"code": refusal.code, "detail": refusal.detail})
    said = {"pid": os.getpid(), "path": path, "bytes": len(body), "starts": body[:40].decode("latin-1")}
    return _say(start_response, "200 OK", said)


def _pieces() -> Iterator[bytes]:
    for number in range(3):
        yield f"piece {number}\n".encode()


def _say(start_response: StartResponse, status: str, said: dict[str, object]) -> list[bytes]:
    text = json.dumps(said).encode()
    start_response(status, [("Content-Type", "application/json"), ("Content-Length", str(len(text)))])
    return [text]


def broken() -> WSGIApplication:
    """Fail as an application does whose settings are wrong."""
    raise LookupError("the moon is in the wrong house")


def loading() -> WSGIApplication:
    """Take very long to start."""
    print("loading", flush=True)  # noqa: T201  a test waits for it
    time.sleep(60)
    return _echo
