"""What backups of either kind of database have in common."""

from __future__ import annotations

import os
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Final, TypeAlias

from alembic.script import ScriptDirectory

from leadintake.adapters.archived import ArchiveError
from leadintake.adapters.sql.migrations import configuration

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

Advance: TypeAlias = "Callable[[int, int], None]"
"""Told how much is done, and of how much."""
Opens: TypeAlias = "Callable[[bytes, bytes], None]"
"""Tries to open what was sealed, for the row of that identifier. Raises: what the keyring raises."""

_OWNER_ONLY: Final = 0o600


@contextmanager
def written(file: Path, *, replaces: bool) -> Iterator[Path]:
    """Lend a place to write to, for nobody else to read; it becomes the file when all has gone well.

    Raises: ArchiveError: there is such a file already, or it cannot be made there.
    """
    if file.exists() and not replaces:
        raise ArchiveError(f"{file} is there already; --force replaces it")
    partial = file.with_name(f".{file.name}.partial")
    try:
        partial.unlink(missing_ok=True)
        os.close(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, _OWNER_ONLY))
    except OSError as error:
        raise ArchiveError(f"{file} cannot be written: {error.strerror}") from error
    try:
        yield partial
        flush(partial)
        partial.replace(file)
        flush(file.parent)
    except OSError as error:
        raise ArchiveError(f"{file} cannot be written: {error.strerror}") from error
    finally:
        with suppress(OSError):
            partial.unlink(missing_ok=True)


def flush(place: Path) -> None:
    """Return once a file, or what a folder says of its files, is on the disk."""
    descriptor = os.open(place, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def require_known(revision: str | None) -> str:
    """Return the revision of a backup. Raises: ArchiveError: this version of the code does not know it."""
    known = {script.revision for script in ScriptDirectory.from_config(configuration()).walk_revisions()}
    if revision is None:
        raise ArchiveError("it is no backup of leadintake: it has no schema revision in it")
    if revision not in known:
        raise ArchiveError(f"it was made by a newer version (schema {revision}): install that one, or a later one")
    return revision
