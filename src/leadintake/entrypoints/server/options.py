"""How the server runs, as one value."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerOptions:
    """What to listen on, and how much to take on at once.

    Shape: `host` is a name or an address; `port` 0 means a free one, which `on_ready` names; `socket_path`,
    if given, is a Unix socket listened on instead of host and port. `threads` is how many requests each
    worker works on at once, `connections` how many it holds open: a request whose body is still arriving
    takes up a connection, not a place to work. With `pins_workers` each worker keeps to a processor of its own.
    Units: seconds and bytes. A body of at most `buffered_body_bytes` is read whole before the application
    sees the request; a longer one is left to the application, which refuses it by its length.
    """

    host: str
    port: int
    workers: int
    threads: int
    socket_path: Path | None = None
    pins_workers: bool = True
    connections: int = 512
    backlog: int = 1024
    buffered_body_bytes: int = 262_144
    header_timeout_seconds: float = 5.0
    body_timeout_seconds: float = 20.0
    kill_timeout_seconds: int = 10
