"""Backups of PostgreSQL, by pg_dump and pg_restore."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

import psycopg
from psycopg import sql
from sqlalchemy import make_url

from leadintake.adapters.archived import Archived, ArchiveError
from leadintake.adapters.sql.archives import require_known, written
from leadintake.adapters.sql.row_security import ACROSS_SETTING
from leadintake.adapters.sql.tables import metadata

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from leadintake.adapters.sql.archives import Advance, Opens

_PLACES: Final = "/usr/lib/postgresql/*/bin"
_VERSION: Final = re.compile(r"\(PostgreSQL\) (\d+)")
_CONTENTS: Final = re.compile(r"(?:dumping contents of|processing data for) table")
_COPY: Final = re.compile(r"^COPY \S+ \((.+)\) FROM stdin;$")
_POLICY: Final = re.compile(r"\d+; \d+ \d+ (?:POLICY|ROW SECURITY) ")
_CONNECT_SECONDS: Final = 5
_OURS: Final = tuple(metadata.tables)


class PostgresqlArchive:
    """Backups of one database."""

    def __init__(self, url: str) -> None:
        """Work for that database; nothing connects yet."""
        parsed = make_url(url).set(drivername="postgresql")
        self._dsn = parsed.render_as_string(hide_password=False)
        # Arguments can be seen by everybody on the machine; the password goes by the environment.
        self._public_dsn = parsed.set(password=None).render_as_string(hide_password=False)
        self._password = parsed.password

    def back_up(self, to: Path, *, replaces: bool, advance: Advance) -> Archived:
        """Write a dump as of now. Raises: ArchiveError: it cannot be made."""
        with self._connected() as connection, written(to, replaces=replaces) as partial:
            dump = program("pg_dump", connection.info.server_version // 10_000)
            connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
            # The dump is of the very snapshot whose rows are counted.
            [snapshot] = _one(connection, "SELECT pg_export_snapshot()")
            rows, revision = _counted(connection), _revision(connection)
            # As the tables' owner it is held by the policies, and looks across them as this connection does.
            arguments = ["--enable-row-security", f"--snapshot={snapshot}"]
            arguments += ["--format=custom", "--no-owner", "--no-privileges", "--verbose"]
            self._run([dump, *arguments, f"--file={partial}", f"--dbname={self._public_dsn}"], len(rows), advance)
            connection.execute("ROLLBACK")
            # Reading it all is what shows that it can be read.
            restore = program("pg_restore", connection.info.server_version // 10_000)
            self._run([restore, f"--file={os.devnull}", str(partial)], 0, advance)
            return Archived(
                database="postgresql", revision=require_known(revision), size_bytes=partial.stat().st_size, rows=rows
            )

    @contextmanager
    def restoring(self, source: Path, *, replaces: bool, opens: Opens, advance: Advance) -> Iterator[str]:
        """Put a backup into the database and lend its URL; nothing may be served before this is left.

        Raises: ArchiveError: the backup is none, or of another installation; or what is here must not be replaced.
        """
        with self._connected() as connection:
            restore = program("pg_restore", connection.info.server_version // 10_000)
            versions = self._column(restore, source, "alembic_version", "version_num")
            require_known(versions[0] if versions else None)
            sealed = self._column(restore, source, "lead_tokens", "sealed")
            for token_id, secret in zip(self._column(restore, source, "lead_tokens", "id"), sealed, strict=True):
                opens(bytes.fromhex(secret.removeprefix("\\\\x")), UUID(token_id).bytes)
            self._run([restore, f"--file={os.devnull}", str(source)], 0, advance)
            _require_replaceable(connection, replaces=replaces)
            for name in (*_OURS, "alembic_version"):
                connection.execute(sql.SQL("DROP TABLE IF EXISTS {} CASCADE").format(sql.Identifier(name)))
        arguments = ["--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges", "--verbose"]
        arguments += ["--clean", "--if-exists"]
        try:
            with self._without_policies(restore, source) as listed:
                arguments += [f"--use-list={listed}", f"--dbname={self._public_dsn}"]
                self._run([restore, *arguments, str(source)], len(_OURS), advance)
        except ArchiveError as error:
            raise ArchiveError(f"{error}; the database is empty now: mend that, and restore again") from error
        yield self._dsn.replace("postgresql://", "postgresql+psycopg://", 1)
        with self._connected() as connection:
            connection.execute("ANALYZE")

    @contextmanager
    def _without_policies(self, restore: str, source: Path) -> Iterator[Path]:
        """Lend a list of all that is in the dump but what keeps companies apart: it names roles that may not be here.

        Whoever migrates puts that in again.
        """
        lines = self._run([restore, "--list", str(source)], 0, lambda _done, _total: None).splitlines(keepends=True)
        with TemporaryDirectory(prefix="leadintake-") as folder:
            listed = Path(folder, "restore.list")
            listed.write_text("".join(line for line in lines if not _POLICY.match(line)), encoding="utf-8")
            yield listed

    def contents(self) -> Archived:
        """Return what is in the database now."""
        with self._connected() as connection:
            [size] = _one(connection, "SELECT pg_database_size(current_database())")
            return Archived(
                database="postgresql",
                revision=require_known(_revision(connection)),
                size_bytes=size,
                rows=_counted(connection),
            )

    @contextmanager
    def _connected(self) -> Iterator[psycopg.Connection[Any]]:
        try:
            with psycopg.connect(self._dsn, autocommit=True, connect_timeout=_CONNECT_SECONDS) as connection:
                # A dump takes as long as it takes, whatever the server's defaults are.
                for setting in ("statement_timeout", "idle_in_transaction_session_timeout", "lock_timeout"):
                    connection.execute(f"SET {setting} = 0")
                connection.execute(f"SET {ACROSS_SETTING} = on")
                yield connection
        except psycopg.Error as error:
            raise ArchiveError(f"the database does not do it: {str(error).splitlines()[0]}") from error

    def _column(self, restore: str, source: Path, table: str, column: str) -> list[str]:
        """Return a column of a table in the dump, as PostgreSQL writes it."""
        text = self._run(
            [restore, "--data-only", f"--table={table}", "--file=-", str(source)], 0, lambda _done, _total: None
        )
        lines = iter(text.splitlines())
        for line in lines:
            if heading := _COPY.match(line):
                position = heading[1].split(", ").index(column)
                rows = iter(lambda: next(lines, "\\."), "\\.")
                return [row.split("\t")[position] for row in rows]
        return []

    def _run(self, command: Sequence[str], tables: int, advance: Advance) -> str:
        """Run a program to its end and return what it prints. Raises: ArchiveError: it failed."""
        process = subprocess.Popen(  # noqa: S603 - a program of PostgreSQL's
            command,
            env={**os.environ, **self._environment()},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT if "--verbose" in command else subprocess.PIPE,
            encoding="utf-8",
            errors="replace",
        )
        said, done = [], 0
        with process:
            for line in process.stdout or ():
                said.append(line)
                if tables and _CONTENTS.search(line):
                    done += 1
                    advance(min(done, tables), tables)
            complaint = "" if process.stderr is None else process.stderr.read()
        if process.returncode:
            last = (complaint.splitlines() or [line.rstrip() for line in said] or ["it said nothing"])[-1]
            raise ArchiveError(f"{Path(command[0]).name} failed: {last}")
        return "".join(said)

    def _environment(self) -> Mapping[str, str]:
        given = " ".join(filter(None, (os.environ.get("PGOPTIONS"), f"-c {ACROSS_SETTING}=on")))
        password = {} if self._password is None else {"PGPASSWORD": str(self._password)}
        return {"LC_ALL": "C", "PGOPTIONS": given} | password


def program(name: str, server: int) -> str:
    """Return such a program that is no older than the server. Raises: ArchiveError: what to install."""
    first = shutil.which(name)
    candidates = [] if first is None else [first]
    candidates += sorted(str(folder / name) for folder in Path("/").glob(_PLACES[1:]) if (folder / name).exists())
    versions = {candidate: version for candidate in candidates if (version := _version(candidate)) is not None}
    fitting = [candidate for candidate, version in versions.items() if version >= server]
    if fitting:
        return fitting[0]
    package = f"install the package postgresql-client-{server}, or a later one"
    if not versions:
        raise ArchiveError(f"{name} is not installed: {package}")
    raise ArchiveError(f"{name} is of version {max(versions.values())} and the server of {server}: {package}")


def _version(program: str) -> int | None:
    try:
        told = subprocess.run([program, "--version"], capture_output=True, text=True, check=True, timeout=10).stdout  # noqa: S603 - likewise
    except (OSError, subprocess.SubprocessError):
        return None
    found = _VERSION.search(told)
    return int(found[1]) if found else None


def _require_replaceable(connection: psycopg.Connection[Any], *, replaces: bool) -> None:
    others = (
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
        "AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
    )
    if _one(connection, others)[0]:
        raise ArchiveError("the database is in use: stop every server and every other client first")
    if _revision(connection) is None or not _one(connection, "SELECT count(*) FROM companies")[0]:
        return
    if not replaces:
        raise ArchiveError("the database is not empty; --force replaces what is in it, for good")


def _revision(connection: psycopg.Connection[Any]) -> str | None:
    if _one(connection, "SELECT to_regclass('alembic_version')")[0] is None:
        return None
    row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    return None if row is None else str(row[0])


def _counted(connection: psycopg.Connection[Any]) -> dict[str, int]:
    there = (name for name in sorted(_OURS) if _one(connection, "SELECT to_regclass(%s)", name)[0] is not None)
    count = sql.SQL("SELECT count(*) FROM {}")
    return {name: _one(connection, count.format(sql.Identifier(name)))[0] for name in there}


def _one(connection: psycopg.Connection[Any], query: Any, *parameters: object) -> tuple[Any, ...]:  # noqa: ANN401 - psycopg's
    row = connection.execute(query, parameters or None).fetchone()
    return row if row is not None else (None,)
