"""A disk so small that a test can fill it."""

from __future__ import annotations

import errno
import os
import resource
import subprocess
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

_BLOCK = b"\0" * 65_536


class Disk(Protocol):
    """Something that files grow on, until they cannot."""

    def fill(self) -> None:
        """Leave no room for another byte."""

    def make_room(self) -> None:
        """Give all of the room back."""


@dataclass(frozen=True, slots=True)
class SmallFileSystem:
    """A file system of its own, in memory."""

    folder: Path

    def fill(self) -> None:
        """Write until the system says that it is full."""
        with (self.folder / "ballast").open("wb", buffering=0) as ballast:
            for block in (_BLOCK, _BLOCK[:1]):
                try:
                    while ballast.write(block):
                        pass
                except OSError as error:
                    if error.errno != errno.ENOSPC:
                        raise

    def make_room(self) -> None:
        """Remove what was written."""
        (self.folder / "ballast").unlink()


@dataclass(frozen=True, slots=True)
class LimitedFiles:
    """Where nobody may mount anything: the writing processes may not let any file grow, which fails at the same place.

    Shape: `pids` says which processes these are.
    """

    pids: Callable[[], Sequence[int]]

    def fill(self) -> None:
        """Let no file grow beyond a page."""
        for pid in self.pids():
            _, hard = resource.prlimit(pid, resource.RLIMIT_FSIZE)
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (4_096, hard))

    def make_room(self) -> None:
        """Let them grow again."""
        for pid in self.pids():
            _, hard = resource.prlimit(pid, resource.RLIMIT_FSIZE)
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (hard, hard))


@contextmanager
def mounted(folder: Path, *, size: str) -> Iterator[bool]:
    """Mount a small file system on the folder if we may, and say whether we could."""
    # Root in a container may not either.
    mount = ["mount", "-t", "tmpfs", "-o", f"size={size},mode=0755", "tmpfs", str(folder)]
    is_mounted = os.geteuid() == 0 and subprocess.run(mount, capture_output=True, check=False).returncode == 0
    try:
        yield is_mounted
    finally:
        if is_mounted:
            unmount = ["umount", "--lazy", str(folder)]
            subprocess.run(unmount, check=True)
