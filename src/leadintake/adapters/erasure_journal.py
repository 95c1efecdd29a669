"""The journal of erasures: a file beside the database, which a restored backup does not take back.

A line is a JSON object: the company's number, a keyed digest, the time, whether they had opted out, the receipt's
identifier. No number can be read from it.
"""

from __future__ import annotations

import json
import os
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from leadintake.domain.company import CompanyId
from leadintake.domain.errors import Unavailable
from leadintake.domain.ports import JournalEntry

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

JOURNAL_FILE_NAME: Final = "erasures.journal"
_OWNER_ONLY: Final = 0o600
_LINE_FEED: Final = b"\n"


class FileErasureJournal:
    """`ErasureJournal` over one file; several processes may append to it at once."""

    def __init__(self, folder: Path) -> None:
        """Keep it in that folder; nothing is touched before the first erasure."""
        self._file = folder / JOURNAL_FILE_NAME

    def append_all(self, entries: Sequence[JournalEntry]) -> None:
        """Write and flush the lines."""
        if not entries:
            return
        lines = b"".join(_line(entry) for entry in entries)
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            descriptor = os.open(self._file, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, _OWNER_ONLY)
            try:
                # What a machine wrote half before it lost its power must not swallow the next line.
                os.write(descriptor, lines if _ends_whole(descriptor) else _LINE_FEED + lines)
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
            _flush_folder(self._file.parent)
        except OSError as error:
            raise Unavailable(f"The journal of erasures cannot be written: {error.strerror}.") from error

    def entries(self) -> Sequence[JournalEntry]:
        """Read the lines; half a line is one of an erasure that was never answered."""
        try:
            text = self._file.read_bytes()
        except FileNotFoundError:
            return ()
        except OSError as error:
            raise Unavailable(f"The journal of erasures cannot be read: {error.strerror}.") from error
        return [entry for line in text.split(_LINE_FEED) if (entry := _entry(line)) is not None]


class MemoryErasureJournal:
    """`ErasureJournal` that ends with the process."""

    def __init__(self) -> None:
        """Start empty."""
        self._entries: list[JournalEntry] = []

    def append_all(self, entries: Sequence[JournalEntry]) -> None:
        """Keep these lines."""
        self._entries.extend(entries)

    def entries(self) -> Sequence[JournalEntry]:
        """Return all lines, oldest first."""
        return tuple(self._entries)


def _line(entry: JournalEntry) -> bytes:
    document = {
        "company_id": entry.company_id,
        "digest": entry.digest.hex(),
        "was_opted_out": entry.was_opted_out,
        "erased_at": entry.erased_at.isoformat(),
        "erasure_id": str(entry.erasure_id),
    }
    return json.dumps(document).encode() + _LINE_FEED


def _entry(line: bytes) -> JournalEntry | None:
    try:
        document: dict[str, Any] = json.loads(line)
        return JournalEntry(
            company_id=CompanyId(document["company_id"]),
            digest=bytes.fromhex(document["digest"]),
            was_opted_out=bool(document["was_opted_out"]),
            erased_at=datetime.fromisoformat(document["erased_at"]),
            erasure_id=UUID(document["erasure_id"]),
        )
    except (ValueError, KeyError, TypeError):
        return None


def _ends_whole(descriptor: int) -> bool:
    size = os.fstat(descriptor).st_size
    return size == 0 or os.pread(descriptor, 1, size - 1) == _LINE_FEED


def _flush_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
