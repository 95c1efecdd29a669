"""The same load where wrk is not installed: one asyncio loop, which takes more CPU from the server beside it."""

from __future__ import annotations

import asyncio
import random
import re
import time
from typing import TYPE_CHECKING, Final

from benchmarks.figures import Load, latencies

if TYPE_CHECKING:
    from benchmarks.callers import Callers

_LENGTH: Final = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_END_OF_HEAD: Final = b"\r\n\r\n"
_PATIENCE_SECONDS: Final = 15


def lead_body(token: str, number: str, n: int) -> bytes:
    """Return the n-th lead."""
    return (
        f'{{"lead_token":"{token}","caller_id":"{number}","first_name":"Ada","last_name":"Lovelace",'
        f'"email":"ada.{n}@example.com","zip":"97205","interest":"rooftop solar",'
        f'"landing_page":"https://solar.example/quote?step=3","gclid":"Cj0KCQjw{n}wcB"}}'
    ).encode()


class _Sending:
    """What the connections of one run share."""

    def __init__(self, port: int, token: str, callers: Callers, *, seconds: float, pause_ms: float) -> None:
        self._head = f"POST /api/v1/leads HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Type: application/json\r\n"
        self._token = token
        self._callers = callers
        self._next = callers.take()
        self._pause_ms = pause_ms
        self.ends_at = time.perf_counter() + seconds
        self.times: list[float] = []
        self.refused = 0
        self.failed = 0

    def next_request(self) -> bytes:
        """Return the request of a caller nobody has had yet."""
        body = lead_body(self._token, self._callers.number(self._next), self._next)
        self._next += 1
        return f"{self._head}Content-Length: {len(body)}\r\n\r\n".encode() + body

    def pause_seconds(self) -> float:
        """Return how long to wait before the next request."""
        return random.expovariate(1000 / self._pause_ms) if self._pause_ms else 0.0


class _Connection(asyncio.Protocol):
    """One connection: a request, its answer, a pause, and again until the time is up."""

    def __init__(self, sending: _Sending, ended: asyncio.Future[None]) -> None:
        self._sending = sending
        self._ended = ended
        self._received = b""
        self._sent_at = 0.0
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        if isinstance(transport, asyncio.Transport):
            self._transport = transport
        self._pause()

    def data_received(self, data: bytes) -> None:
        """Take what arrived; when that makes the answer complete, go on to the next request."""
        self._received += data
        head, separator, body = self._received.partition(_END_OF_HEAD)
        length = _LENGTH.search(head)
        if not separator or length is None or len(body) < int(length[1]):
            return
        self._sending.times.append(time.perf_counter() - self._sent_at)
        self._sending.refused += not head.split(b" ", 2)[1].startswith(b"2")
        self._received = b""
        self._pause()

    def connection_lost(self, _error: Exception | None) -> None:
        """Count a request that was under way."""
        if not self._ended.done():
            self._sending.failed += 1
            self._ended.set_result(None)

    def _pause(self) -> None:
        pause = self._sending.pause_seconds()
        if pause:
            asyncio.get_running_loop().call_later(pause, self._send)
        else:
            self._send()

    def _send(self) -> None:
        if self._transport is None or self._ended.done():
            return
        if time.perf_counter() >= self._sending.ends_at:
            self._ended.set_result(None)
            self._transport.close()
            return
        self._sent_at = time.perf_counter()
        self._transport.write(self._sending.next_request())


def drive_in_python(
    port: int, token: str, *, callers: Callers, connections: int, seconds: float, pause_ms: float
) -> Load:
    """Send leads for that long, and wait for the last answers."""
    cpu_before, began_at = time.process_time(), time.perf_counter()
    sending = _Sending(port, token, callers, seconds=seconds, pause_ms=pause_ms)
    asyncio.run(_drive(sending, port, connections))
    found = latencies(sending.times or [float("inf")])
    return Load(
        seconds=time.perf_counter() - began_at,
        answers=len(sending.times),
        refused=sending.refused,
        failed=sending.failed,
        mean_ms=found.mean,
        p50_ms=found.p50,
        p99_ms=found.p99,
        max_ms=found.max,
        cpu_seconds=time.process_time() - cpu_before,
    )


async def _drive(sending: _Sending, port: int, connections: int) -> None:
    loop = asyncio.get_running_loop()
    ends = [loop.create_future() for _ in range(connections)]
    for ended in ends:
        await loop.create_connection(lambda ended=ended: _Connection(sending, ended), "127.0.0.1", port)  # type: ignore[misc]  # mypy infers no default
    patience = sending.ends_at - time.perf_counter() + _PATIENCE_SECONDS
    _, waiting = await asyncio.wait(ends, timeout=patience)
    sending.failed += len(waiting)
