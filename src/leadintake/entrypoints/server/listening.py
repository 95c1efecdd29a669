"""The address to listen on: found, and refused when it is taken.

granian binds with SO_REUSEPORT, so a second server on the same port starts without a word and the kernel deals
the connections to both. Binding once without that option shows whether somebody is there.
"""

from __future__ import annotations

import errno
import socket
import stat
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from leadintake.entrypoints.server.options import ServerOptions

_PROBE_SECONDS = 1.0
_HERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104  looked up, not bound


class CannotListen(Exception):
    """The address cannot be had; the message says what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listening:
    """Where the server listens.

    Shape: either `ip` and `port`, or `socket_path`.
    """

    ip: str = ""
    port: int = 0
    socket_path: Path | None = None

    @property
    def url(self) -> str:
        """Return the address as somebody on this machine would open it."""
        if self.socket_path:
            return f"unix:{self.socket_path}"
        ip = _HERE.get(self.ip, self.ip)
        return f"http://[{ip}]:{self.port}" if ":" in ip else f"http://{ip}:{self.port}"

    def answers(self) -> bool:
        """Say whether somebody takes connections there."""
        if self.socket_path:
            return _takes_connections(socket.AF_UNIX, str(self.socket_path))
        ip = _HERE.get(self.ip, self.ip)
        return _takes_connections(_family(ip), (ip, self.port))


def claim(options: ServerOptions) -> Listening:
    """Return the address to listen on, free at this moment.

    Raises: CannotListen: the host is unknown, or the port or the socket is somebody else's.
    """
    if options.socket_path:
        return _claim_socket(options.socket_path.absolute())
    ip = _resolve(options.host)
    return Listening(ip=ip, port=_claim_port(ip, options.port))


def _resolve(host: str) -> str:
    """Return the host's address, of the older family if it has both: every client reaches that one."""
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except OSError as error:
        raise CannotListen(f"The host {host} is not known here; use an address of this machine.") from error
    return str(min(found, key=lambda entry: entry[0] != socket.AF_INET)[4][0])


def _claim_port(ip: str, port: int) -> int:
    with socket.socket(_family(ip), socket.SOCK_STREAM) as probe:
        # Connections that an earlier server closed linger on its port for a minute; they are no reason to refuse.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((ip, port))
        except OSError as error:
            raise CannotListen(_why_not(error, ip, port)) from error
        return int(probe.getsockname()[1])


def _why_not(error: OSError, ip: str, port: int) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"Port {port} on {ip} is taken: stop the program that listens there, or choose another with --port."
    if error.errno == errno.EACCES:
        return f"Port {port} is reserved for administrators: choose one above 1023 with --port."
    return f"{ip} is no address of this machine: choose one of its own with --host."


def _claim_socket(path: Path) -> Listening:
    """Take a socket's name, also from a server that died without clearing it away."""
    if len(str(path).encode()) >= 108:  # noqa: PLR2004  the length of sun_path on Linux
        raise CannotListen(f"The path {path} is too long for a Unix socket: choose a shorter one.")
    with suppress(FileNotFoundError):
        if not stat.S_ISSOCK(path.lstat().st_mode):
            raise CannotListen(f"{path} is there and no socket: choose another path, or move the file away.")
        if _takes_connections(socket.AF_UNIX, str(path)):
            raise CannotListen(f"Another server answers on {path}: stop it, or choose another path.")
        path.unlink()
    if not path.parent.is_dir():
        raise CannotListen(f"The folder {path.parent} is not there: make it, or choose another path.")
    return Listening(socket_path=path)


def _family(ip: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in ip else socket.AF_INET


def _takes_connections(family: socket.AddressFamily, address: str | tuple[str, int]) -> bool:
    with socket.socket(family, socket.SOCK_STREAM) as caller:
        caller.settimeout(_PROBE_SECONDS)
        return caller.connect_ex(address) == 0
