"""Backups of SQLite, by its own backup API: a snapshot, while others write."""

from __future__ import annotations

import sqlite3
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Final
from uuid import UUID

from leadintake.adapters.archived import Archived, ArchiveError
from leadintake.adapters.sql.archives import flush, require_known, written

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from leadintake.adapters.sql.archives import Advance, Opens

_PAGES_AT_ONCE: Final = 2_000
_WAIT_SECONDS: Final = 30.0
_MOST_TRIED: Final = 100


class SqliteArchive:
    """Backups of one database file."""

    def __init__(self, file: Path) -> None:
        """Work for that database; nothing is opened yet."""
        self._file = file

    def back_up(self, to: Path, *, replaces: bool, advance: Advance) -> Archived:
        """Write a copy as of now. Raises: ArchiveError: it cannot be made."""
        if not self._file.exists():
            raise ArchiveError(f"there is no database at {self._file} yet")
        if to.exists() and to.samefile(self._file):
            raise ArchiveError("a backup beside the database, please: this is the database itself")
        with _told("the database cannot be copied"), written(to, replaces=replaces) as partial:
            _copy(self._file, partial, advance)
            with closing(_opened(partial)) as copy:
                # One file without a log beside it, and without the traces that split pages hold of rows long gone.
                copy.execute("PRAGMA journal_mode = DELETE")
                copy.execute("VACUUM")
            return examined(partial)

    @contextmanager
    def restoring(self, source: Path, *, replaces: bool, opens: Opens, advance: Advance) -> Iterator[str]:
        """Lend the URL of a database made from a backup, which takes this one's place when all has gone well.

        Raises: ArchiveError: the backup is none, or of another installation; or what is here must not be replaced.
        """
        with _told("the backup cannot be read"):
            examined(source)
            _require_openable(source, opens)
        with _told("the database cannot be looked at"):
            self._require_replaceable(replaces=replaces)
        self._file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        fresh = self._file.with_name(f".{self._file.name}.restoring")
        _remove(fresh)
        try:
            with _told("the backup cannot be copied"), written(fresh, replaces=True) as partial:
                _copy(source, partial, advance)
            yield f"sqlite:///{fresh}"
            with _told("the restored database cannot be put in its place"):
                with closing(_opened(fresh)) as database:
                    database.execute("PRAGMA journal_mode = DELETE")
                examined(fresh)
                flush(fresh)
                _remove_log(self._file)
                fresh.replace(self._file)
                flush(self._file.parent)
        finally:
            _remove(fresh)

    def contents(self) -> Archived:
        """Return what is in the database now."""
        with _told("the database cannot be read"):
            return examined(self._file)

    def _require_replaceable(self, *, replaces: bool) -> None:
        if not self._file.exists():
            return
        with closing(_opened(self._file, wait_seconds=0)) as database:
            try:
                # Leaving the write-ahead log takes being alone: the one sign of other processes that SQLite gives.
                database.execute("PRAGMA locking_mode = EXCLUSIVE")
                database.execute("PRAGMA journal_mode = DELETE").fetchone()
                database.execute("BEGIN EXCLUSIVE")
                database.execute("ROLLBACK")
            except sqlite3.OperationalError as error:
                raise ArchiveError(f"{self._file} is in use: stop the server and every other command first") from error
            tables = {name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
            is_empty = not tables or (
                "companies" in tables and not database.execute("SELECT count(*) FROM companies").fetchone()[0]
            )
        if not (is_empty or replaces):
            raise ArchiveError(f"{self._file} is not empty; --force replaces it, for good")


def examined(file: Path) -> Archived:
    """Return what is in a copy, once every page of it has been looked at. Raises: ArchiveError: it is damaged."""
    with closing(_opened(file)) as database:
        found = [said for (said,) in database.execute("PRAGMA integrity_check")]
        if found != ["ok"]:
            raise ArchiveError(f"{file} is damaged: {found[0]}")
        tables = sorted(name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'"))
        if "alembic_version" not in tables:
            raise ArchiveError(f"{file} is no backup of leadintake")
        revision = database.execute("SELECT version_num FROM alembic_version").fetchone()
        # Names of tables, from the database itself.
        rows = {
            name: database.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0]  # noqa: S608 - see above
            for name in tables
            if name != "alembic_version" and not name.startswith("sqlite_")
        }
    return Archived(
        database="sqlite",
        revision=require_known(revision[0] if revision else None),
        size_bytes=file.stat().st_size,
        rows=rows,
    )


def _require_openable(file: Path, opens: Opens) -> None:
    with closing(_opened(file)) as database:
        sealed = database.execute("SELECT id, sealed FROM lead_tokens WHERE revoked_at IS NULL LIMIT ?", (_MOST_TRIED,))
        for token_id, secret in sealed:
            opens(secret, UUID(token_id).bytes)


def _copy(source: Path, target: Path, advance: Advance) -> None:
    with closing(_opened(source)) as ours, closing(sqlite3.connect(target)) as copy:
        # Held open, the snapshot stays what it is while others write; else the copy would begin anew each time.
        ours.execute("BEGIN")
        ours.execute("SELECT count(*) FROM sqlite_master").fetchone()
        ours.backup(copy, pages=_PAGES_AT_ONCE, progress=lambda _, left, total: advance(total - left, total))
        ours.execute("ROLLBACK")


def _opened(file: Path, *, wait_seconds: float = _WAIT_SECONDS) -> sqlite3.Connection:
    """Open a database that is there; nobody wants a new one here."""
    return sqlite3.connect(f"{file.absolute().as_uri()}?mode=rw", uri=True, isolation_level=None, timeout=wait_seconds)


def _remove(file: Path) -> None:
    file.unlink(missing_ok=True)
    _remove_log(file)


def _remove_log(file: Path) -> None:
    for ending in ("-wal", "-shm", "-journal"):
        file.with_name(file.name + ending).unlink(missing_ok=True)


@contextmanager
def _told(what: str) -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        raise ArchiveError(f"{what}: {error}") from error
    except OSError as error:
        raise ArchiveError(f"{what}: {error.strerror}") from error
