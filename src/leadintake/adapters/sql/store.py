"""The SQL store: one database, and the ports over it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from leadintake.adapters.sql import engine as engines
from leadintake.adapters.sql.installation import SqlInstallation
from leadintake.adapters.sql.migrations import migrate
from leadintake.adapters.sql.unit_of_work import sql_unit_of_work

if TYPE_CHECKING:
    from collections.abc import Collection

    from leadintake.domain.company import CompanyId
    from leadintake.domain.directory import Directory
    from leadintake.domain.ports import UnitOfWorkFactory


class SqlStore:
    """A database of either kind.

    Args:
        url: ``sqlite:///path`` or ``postgresql+psycopg://…``.
        wait_seconds: How long a claim may wait for another unit, and anybody for a connection.
        most_connections: How many units may be open at once in this process.
        processors: Numbers of those that reports from SQLite may use, where the process keeps to one of them.
    """

    def __init__(
        self, url: str, *, wait_seconds: float = 5.0, most_connections: int = 8, processors: Collection[int] = ()
    ) -> None:
        """Prepare everything; nothing connects yet."""
        self._engine = engines.create(
            url, wait_seconds=wait_seconds, most_connections=most_connections, processors=processors
        )
        directories: dict[CompanyId, Directory] = {}
        self.unit_of_work: UnitOfWorkFactory = partial(sql_unit_of_work, self._engine, directories)
        self.reading: UnitOfWorkFactory = partial(sql_unit_of_work, self._engine, directories, is_reading=True)
        self.installation = SqlInstallation(self._engine)

    def migrate(self) -> None:
        """Bring the schema to this version's; safe to run from several processes at once."""
        migrate(self._engine)

    def close(self) -> None:
        """Give all connections back."""
        self._engine.dispose()
