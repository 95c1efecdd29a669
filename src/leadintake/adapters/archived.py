"""What backups are told of in, whichever database they are of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


class ArchiveError(Exception):
    """A backup cannot be made or put back; the message says why, and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Archived:
    """What is in a backup.

    Shape: `rows` counts the rows of each table, in order of their names; `revision` is the schema's.
    """

    database: str
    revision: str
    size_bytes: int
    rows: Mapping[str, int]
