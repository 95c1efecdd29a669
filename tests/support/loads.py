"""Senders under way: connections that post leads, and what each request came to, noted the moment it is known.

The connections are plain sockets, because a client library hides what matters to a test that kills servers: whether
an answer was complete, cut short, or never begun.
"""

from __future__ import annotations

import itertools
import json
import socket
import threading
import time
from collections import defaultdict
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import quote

from tests.support.servers import wait_until
from tests.support.wire import Answer, parse_answer, request_bytes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

LEADS = "/api/v1/leads"
PATIENCE_SECONDS = 45.0
# An impatient sender: the more often it comes back, the more often it meets a service that has just come back itself.
RETRY_SECONDS = 0.1
# Exchanges 555 are nobody's: no list of these numbers rings anywhere.
_AREA_CODES = ("202", "212", "213", "303", "305", "312", "404", "415", "512", "617", "702", "713")


class Fault(StrEnum):
    """Why there is no complete answer."""

    NOT_CONNECTED = "nobody took the connection: the request was never sent"
    NOT_ANSWERED = "the connection ended before the answer began"
    CUT_SHORT = "the connection ended in the middle of the answer"
    TIMED_OUT = "no answer came in time"


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """One request and what it came to.

    Shape: `caller` is in E.164, empty where the request names none; exactly one of `answer` and `fault` is None.
    `client_port` tells the connections of a client apart, None when there was none. With `is_opt_out` the request was
    the caller's wish to be left alone.
    Units: seconds of `time.monotonic`.
    """

    caller: str
    begun_at: float
    ended_at: float
    client_port: int | None
    answer: Answer | None = field(default=None, repr=False)
    fault: Fault | None = None
    is_opt_out: bool = False

    @property
    def status(self) -> int | None:
        """Return the status of the answer, None without one."""
        return self.answer.status if self.answer else None

    @cached_property
    def document(self) -> Mapping[str, Any]:
        """Return the JSON of the answer, nothing without one."""
        return dict(json.loads(self.answer.body)) if self.answer else {}

    @property
    def is_acknowledged(self) -> bool:
        """Say whether the sender has been told that all is well."""
        return self.status == 200

    @property
    def lead_id(self) -> str | None:
        """Return the lead that the answer names."""
        lead_id = self.document.get("lead_id")
        return None if lead_id is None else str(lead_id)

    @property
    def verdict(self) -> str | None:
        """Return the outcome or the code of the answer, None without one."""
        return self.document.get("outcome") or self.document.get("code")


class Sender:
    """One connection, kept as long as the other side keeps it, and opened anew when needed."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._connection: socket.socket | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def connect(self) -> None:
        """Open the connection unless it is open."""
        if self._connection is None:
            self._connection = socket.create_connection(("127.0.0.1", self._port), PATIENCE_SECONDS)
            self._connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def close(self) -> None:
        """Close the connection if it is open."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def send(self, request: bytes, *, caller: str = "", is_opt_out: bool = False) -> Attempt:
        """Send one whole request, and return when it is known what it came to."""
        begun_at, client_port, received = time.monotonic(), None, b""
        fault: Fault | None = None
        try:
            self.connect()
            assert self._connection is not None
            client_port = int(self._connection.getsockname()[1])
            self._connection.sendall(request)
            received, is_complete = _receive(self._connection)
            if not is_complete:
                fault = Fault.CUT_SHORT if received else Fault.NOT_ANSWERED
        except TimeoutError:
            fault = Fault.TIMED_OUT
        except OSError:
            fault = Fault.NOT_ANSWERED if client_port else Fault.NOT_CONNECTED
        ended_at = time.monotonic()
        answer = None if fault else parse_answer(received)
        if answer is None or answer.headers.get("connection") == "close":
            self.close()
        return Attempt(
            caller=caller,
            begun_at=begun_at,
            ended_at=ended_at,
            client_port=client_port,
            answer=answer,
            fault=fault,
            is_opt_out=is_opt_out,
        )

    def opt_out(self, token: str, caller: str) -> Attempt:
        """Opt a caller out by the operation that is there for it."""
        target = f"{LEADS}/{quote(caller)}/caller_opt_out"
        request = request_bytes(target, f"X-Lead-Token: {token}", "Content-Length: 0", method="PUT")
        return self.send(request, caller=caller, is_opt_out=True)

    def post(self, token: str, caller: str, **fields: object) -> Attempt:
        """Post a caller with the plainest of requests; `fields` may spell `caller_id` otherwise."""
        return self.send(lead_request(token, {"caller_id": caller} | fields), caller=caller)


def lead_request(token: str, fields: Mapping[str, object]) -> bytes:
    """Return a request that submits these fields as JSON, the lead token in a header."""
    body = json.dumps(fields).encode()
    kind, length = "Content-Type: application/json", f"Content-Length: {len(body)}"
    return request_bytes(LEADS, f"X-Lead-Token: {token}", kind, length, body=body)


def _receive(connection: socket.socket) -> tuple[bytes, bool]:
    """Return what came of one response, and whether that is all of it.

    Raises: TimeoutError, ConnectionError: nothing came.
    """
    received = b""
    missing = 1
    while missing > 0:
        try:
            part = connection.recv(65_536)
        except ConnectionError:
            part = b""
        if not part:
            return received, False
        received += part
        missing = _missing(received)
    return received, True


def _missing(received: bytes) -> int:
    """Return how many bytes of the response are still to come; at least one while its head is not complete."""
    head, end, body = received.partition(b"\r\n\r\n")
    if not end:
        return 1
    length = parse_answer(head + end).headers["content-length"]
    return int(length) - len(body)


def callers(beginning: int = 0) -> Iterator[str]:
    """Yield numbers in E.164, each once; streams that begin ten thousand apart do not meet for as long."""
    for count in itertools.count(beginning):
        area, line = divmod(count, 10_000)
        yield f"+1{_AREA_CODES[area]}555{line:04d}"


def spellings(caller: str) -> Sequence[str]:
    """Return ways in which senders write an American number, given in E.164."""
    area, exchange, line = caller[2:5], caller[5:8], caller[8:]
    return (
        caller,
        caller[1:],
        caller[2:],
        f"({area}) {exchange}-{line}",
        f"{area}-{exchange}-{line}",
        f"{area}.{exchange}.{line}",
        f"1-{area}-{exchange}-{line}",
        f"+1 ({area}) {exchange} {line}",
        f"  +1 {area} {exchange} {line}\n",
        f"tel:+1-{area}-{exchange}-{line}",
    )


def requests_for(token: str, caller: str) -> Iterator[bytes]:
    """Yield whole requests that all submit that caller, in every spelling and carrier, over and over again."""
    for spelling, carry in itertools.cycle(itertools.product(spellings(caller), _CARRIERS)):
        yield carry(token, spelling)


def _by_query(token: str, caller: str) -> bytes:
    # A raw plus, as people paste it; it arrives as a blank.
    target = f"{LEADS}?lead_token={token}&caller_id={quote(caller, safe='+')}"
    return request_bytes(target, "Content-Length: 0")


def _by_form(token: str, caller: str) -> bytes:
    body = f"lead_token={token}&caller_id={quote(caller)}&interest=kittens".encode()
    kind = "Content-Type: application/x-www-form-urlencoded"
    return request_bytes(LEADS, kind, f"Content-Length: {len(body)}", body=body)


def _by_json(token: str, caller: str) -> bytes:
    body = json.dumps({"lead_token": token, "caller_id": caller, "data": {"interest": "kittens"}}).encode()
    return request_bytes(LEADS, "Content-Type: application/json", f"Content-Length: {len(body)}", body=body)


def _by_header(token: str, caller: str) -> bytes:
    body = json.dumps({"caller_id": caller}).encode()
    return request_bytes(
        LEADS, f"Authorization: Bearer {token}", f"Content-Length: {len(body)}", method="PUT", body=body
    )


_CARRIERS = (_by_query, _by_form, _by_json, _by_header)


def send_at_once(port: int, requests: Sequence[bytes], *, caller: str = "") -> Sequence[Attempt]:
    """Send each request on a connection of its own, all at the same moment, and return what they came to."""
    start = threading.Barrier(len(requests))
    attempts: list[Attempt] = []

    def send(request: bytes) -> None:
        with Sender(port) as sender:
            sender.connect()
            start.wait(PATIENCE_SECONDS)
            attempts.append(sender.send(request, caller=caller))

    run_all([partial(send, request) for request in requests])
    return attempts


def run_all(tasks: Iterable[Callable[[], object]]) -> None:
    """Run the tasks in a thread each until all have ended; the first one's failure is raised here."""
    failures: list[BaseException] = []

    def run(task: Callable[[], object]) -> None:
        try:
            task()
        except BaseException as failure:  # noqa: BLE001 - raised again where the test sees it
            failures.append(failure)

    threads = [threading.Thread(target=run, args=(task,), daemon=True) for task in tasks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(2 * PATIENCE_SECONDS)
    assert not any(thread.is_alive() for thread in threads), "a task does not end"
    if failures:
        raise failures[0]


class Load:
    """Senders that post one new caller after the other, each again and again until it is acknowledged.

    Every fourth acknowledged caller is posted once more in another spelling, as senders do on any doubt. With
    `opts_out` every fifth one is opted out then, and posted once more to no avail.

    Shape: `attempts` is in the order in which they came to their ends.
    """

    def __init__(self, port: int, token: str, *, senders: int = 16, beginning: int = 0, opts_out: bool = False) -> None:
        self.attempts: list[Attempt] = []
        self._opts_out = opts_out
        self._port = port
        self._token = token
        self._callers = callers(beginning)
        self._taking = threading.Lock()
        self._stopping = threading.Event()
        self._threads = [threading.Thread(target=self._run, daemon=True) for _ in range(senders)]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        """Let every sender end the request that it is at, and go home."""
        self._stopping.set()
        for thread in self._threads:
            thread.join(2 * PATIENCE_SECONDS)
        assert not any(thread.is_alive() for thread in self._threads), "a sender does not end"

    def wait_for(self, count: int, matching: Callable[[Attempt], bool], *, what: str, seconds: float = 60) -> None:
        """Wait until that many more attempts match than do now."""
        seen, found = len(self.attempts), 0

        def is_so() -> bool:
            nonlocal seen, found
            fresh = self.attempts[seen:]
            seen += len(fresh)
            found += sum(map(matching, fresh))
            return found >= count

        wait_until(is_so, what=what, seconds=seconds)

    def wait_for_acknowledged(self, count: int) -> None:
        """Wait until that many more requests are acknowledged."""
        self.wait_for(count, lambda attempt: attempt.is_acknowledged, what=f"{count} more acknowledged leads")

    def _run(self) -> None:
        with Sender(self._port) as sender:
            for count in itertools.count():
                with self._taking:
                    caller = next(self._callers)
                self._until_answered(partial(sender.post, self._token, caller))
                if count % 4 == 0:
                    spelling = spellings(caller)[count % 10]
                    self._until_answered(partial(sender.post, self._token, caller, caller_id=spelling))
                if self._opts_out and count % 5 == 0:
                    self._until_answered(partial(sender.opt_out, self._token, caller))
                    self._until_answered(partial(sender.post, self._token, caller))
                if self._stopping.is_set():
                    return

    def _until_answered(self, ask: Callable[[], Attempt]) -> None:
        """Ask again and again until the request is acknowledged, or refused for the caller's sake."""
        while not self._stopping.is_set():
            attempt = ask()
            self.attempts.append(attempt)
            if attempt.is_acknowledged or attempt.verdict == "caller_opted_out":
                return
            self._stopping.wait(RETRY_SECONDS)


def acknowledged_leads(attempts: Iterable[Attempt]) -> Mapping[str, set[str]]:
    """Return the identifiers that senders were given, by caller."""
    found = defaultdict[str, set[str]](set)
    for attempt in attempts:
        if attempt.is_acknowledged and attempt.lead_id and not attempt.is_opt_out:
            found[attempt.caller].add(attempt.lead_id)
    return found
