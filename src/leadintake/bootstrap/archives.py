"""Backups of an installation's database."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from leadintake.adapters.archived import Archived, ArchiveError
from leadintake.adapters.keyring import CannotOpen
from leadintake.adapters.keyring import Keyring as SecretKeyring
from leadintake.bootstrap.building import build

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from leadintake.adapters.sql.postgresql_archive import PostgresqlArchive
    from leadintake.adapters.sql.sqlite_archive import SqliteArchive
    from leadintake.config import Settings


def back_up(
    settings: Settings, file: Path, *, replaces: bool = False, advance: Callable[[int, int], None] = lambda *_: None
) -> Archived:
    """Write a backup of the installation's database to a file, while it is used.

    Raises: ArchiveError: it cannot be made, and what to do.
    """
    return _archive(settings).back_up(file, replaces=replaces, advance=advance)


def restore(
    settings: Settings, file: Path, *, replaces: bool = False, advance: Callable[[int, int], None] = lambda *_: None
) -> tuple[Archived, int]:
    """Put a backup in the place of the installation's database, and do the erasures of its journal again.

    Returns: What is there now, and how many erasures the journal names.
    Raises: ArchiveError: it cannot be put back, and what to do.
    """
    archive = _archive(settings)
    keyring = SecretKeyring(settings.secret_key, previous=settings.previous_secret_keys)

    def opens(sealed: bytes, token_id: bytes) -> None:
        try:
            keyring.open(sealed, bound_to=token_id)
        except CannotOpen as error:
            message = (
                "its lead tokens do not open with this secret key: set LEADINTAKE_SECRET_KEY to the one of the "
                "installation that was backed up"
            )
            raise ArchiveError(message) from error

    with archive.restoring(file, replaces=replaces, opens=opens, advance=advance) as url:
        services = build(dataclasses.replace(settings, database_url=url))
        try:
            services.migrate()
            erased = services.erase_again()
            services.rebuild()
        finally:
            services.close()
    return archive.contents(), erased


def _archive(settings: Settings) -> SqliteArchive | PostgresqlArchive:
    # Imported here, as in `build`.
    from leadintake.adapters.sql.postgresql_archive import PostgresqlArchive  # noqa: PLC0415 - see above
    from leadintake.adapters.sql.sqlite_archive import SqliteArchive  # noqa: PLC0415 - see above

    if settings.sqlite_path is not None:
        return SqliteArchive(settings.sqlite_path)
    return PostgresqlArchive(settings.database_url)
